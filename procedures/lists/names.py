"""Names of people and places: their normal form, whether they can be one, and how alike two are (ledger 4.3)."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Indel
from rapidfuzz.process import extract

_APOSTROPHES = "'`´‘’ʼʻ\ua78b\ua78c"
"""The last two are the saltillo of several indigenous languages."""
_HYPHENS = "-‐‑–"
_USUAL_NAME = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ][A-Za-zÁÉÍÓÚÜÑáéíóúüñ '.\-]*")
_PLACEHOLDER = re.compile(
    r"\b(?:X{2,}|PENDIENTES?|VACANTES?|DESCONOCID[OA]|POR (?:DEFINIR|ASIGNAR|CONFIRMAR|DESIGNAR)"
    r"|SIN (?:NOMBRE|DATOS?|ASIGNAR|VOLUNTARI[OA]S?)|NO (?:APLICA|HAY|TIENE)|NOMBRE (?:COMPLETO|Y APELLIDOS))\b"
)
_SUSPECT = frozenset(
    {"PENDIENTE", "PENDIENTES", "VACANTE", "VACANTES", "DESCONOCIDO", "DESCONOCIDA"}
    | {"POR", "SIN", "NO", "NOMBRE"}
)
"""A placeholder that is no row of X has one of these words; most names have none, and need not be searched."""
SHORTEST_NAME = 5
LONGEST_NAME = 120


class _Normal(dict[int, str]):
    """Characters by code -> what stands for them in a normal name; it fills itself."""

    def __missing__(self, code: int) -> str:
        self[code] = normal = _normal_character(chr(code))
        return normal


class _Foreign(dict[int, str]):
    """Characters by code -> nothing when a name may hold them, an exclamation mark when not."""

    def __missing__(self, code: int) -> str:
        self[code] = verdict = "" if _is_of_a_name(chr(code)) else "!"
        return verdict


def _normal_character(character: str) -> str:
    if character in "ñÑ":
        return "Ñ"
    if character in _APOSTROPHES or unicodedata.category(character) == "Cf":
        return ""
    letters = [
        part for part in unicodedata.normalize("NFKD", character.upper()) if not unicodedata.combining(part)
    ]
    if not letters:
        return ""
    return "".join(part.upper() if part.isalnum() else " " for part in letters)


def _is_of_a_name(character: str) -> bool:
    if character.isspace() or character == "." or character in _APOSTROPHES or character in _HYPHENS:
        return True
    if unicodedata.category(character) in {"Mn", "Cf"}:
        return True
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")


_NORMAL = _Normal()
_FOREIGN = _Foreign()


def normalise_name(text: str) -> str:
    """Return the nombre_norm of a name; place names are compared in the same form.

    NFKC, upper case, no accents but that of the Ñ, one space between words, no
    punctuation: an apostrophe joins (O'Higgins), any other sign parts (García-López).
    Particles stay.

    >>> normalise_name("  maría   LÓPEZ "), normalise_name("Núñez de la O'Higgins")
    ('MARIA LOPEZ', 'NUÑEZ DE LA OHIGGINS')
    """
    if not text.isascii():
        # NFKC would tear this accent, typed for an apostrophe, into a space and a mark.
        text = unicodedata.normalize("NFKC", text.replace("´", "'"))
    return " ".join(text.translate(_NORMAL).split())


def is_plausible_name(text: str, normal: str | None = None) -> bool:
    """Tell whether a text can be the full name of a person (V-035).

    At least two words, 5 to 120 characters, Latin letters with spaces, apostrophes,
    hyphens and periods only, and nothing that only keeps the place of a name.

    >>> is_plausible_name("María López"), is_plausible_name("NUÑEZ")
    (True, False)
    >>> is_plausible_name("PENDIENTE POR DEFINIR"), is_plausible_name("Juan Pérez 2")
    (False, False)
    """
    if normal is None:
        normal = normalise_name(text)
    if " " not in normal or not SHORTEST_NAME <= len(normal) <= LONGEST_NAME:
        return False
    if len(text) > LONGEST_NAME and len(" ".join(text.split())) > LONGEST_NAME:
        return False
    if not _USUAL_NAME.fullmatch(text) and unicodedata.normalize("NFKC", text.replace("´", "'")).translate(
        _FOREIGN
    ):
        return False
    if ("XX" in normal or not _SUSPECT.isdisjoint(normal.split())) and _PLACEHOLDER.search(normal):
        return False
    return len(set(normal)) > 3


def similarity(one: str, other: str) -> float:
    """Return how alike two normalised texts are, from 0 to 1, whatever the order of their words.

    It is the part of their letters that both have in the same order, be they typed one
    by one or anew: twice the longest common subsequence over both lengths.

    >>> similarity("MARIA LOPEZ", "LOPEZ MARIA"), similarity("ABASOLO", "ABASOLO")
    (1.0, 1.0)
    >>> round(similarity("CHANAL", "CHENALHO"), 2)
    0.71
    """
    straight: float = Indel.normalized_similarity(one, other)
    turned: float = Indel.normalized_similarity(_sorted(one), _sorted(other))
    return max(straight, turned)


def are_alike(one: str, other: str, at_least: float) -> bool:
    """Tell whether two normalised texts are at least so alike.

    >>> are_alike("MARIA LOPEZ HERNANDEZ", "MARIA LOPES HERNANDEZ", 0.92)
    True
    >>> are_alike("MARIA LOPEZ HERNANDEZ", "MARTA LOPES HERNANDEZ", 0.92)
    False
    """
    return similarity(one, other) >= at_least


class AlikeNames(NamedTuple):
    """Two names that are much alike, and how much."""

    one: str
    other: str
    score: float


def alike_within(names: Iterable[str], at_least: float) -> list[AlikeNames]:
    """Return the pairs of different names that are much alike, each once and `one` before `other`.

    >>> alike_within(["ANA LUZ RUIZ", "ANA LUZ RUIS", "EVA PAZ CRUZ"], 0.9)
    [AlikeNames(one='ANA LUZ RUIS', other='ANA LUZ RUIZ', score=0.9166666666666666)]
    """
    return _alike([(block, block) for block in _blocks([*set(names)])], at_least)


def alike_across(names: Iterable[str], others: Iterable[str], at_least: float) -> list[AlikeNames]:
    """Return the pairs of different names that are much alike, `one` being of `names` and `other` of `others`."""
    own, rest = set(names), set(others)
    blocks = (
        ([name for name in block if name in own], [name for name in block if name in rest])
        for block in _blocks([*own | rest])
    )
    return _alike(blocks, at_least)


_CROWD = 200
"""Where there are more names, only those with a word in common are compared."""
_MOST_COMPARED = 1_000_000
"""So many pairs of the names that share a word are compared, each name with its next in the alphabet."""
_MOST_ALIKE = 20
"""So many names much like one are enough in a crowd: the most alike ones."""


def _blocks(names: list[str]) -> Iterator[list[str]]:
    """Yield names that are compared with each other, sorted."""
    names.sort()
    if len(names) <= _CROWD:
        yield names
        return
    by_word: dict[str, list[str]] = {}
    for name in names:
        for word in set(name.split()):
            by_word.setdefault(word, []).append(name)
    yield from (block for block in by_word.values() if len(block) > 1)


def _alike(blocks: Iterable[tuple[Sequence[str], Sequence[str]]], at_least: float) -> list[AlikeNames]:
    found: dict[tuple[str, str], float] = {}
    for names, others in blocks:
        within = others is names
        reach = _MOST_COMPARED // max(len(others), 1)
        most = None if len(others) <= _CROWD else _MOST_ALIKE
        turned = [_sorted(other) for other in others]
        for name in names:
            place = bisect_right(others, name)
            start = place if within else max(place - reach, 0)
            for written, choices in ((name, others), (_sorted(name), turned)):
                for _, score, at in extract(
                    written,
                    choices[start : place + reach],
                    scorer=Indel.normalized_similarity,
                    processor=None,
                    score_cutoff=at_least,
                    limit=most,
                ):
                    pair = (name, others[start + at])
                    if pair[1] != name and score > found.get(pair, 0):
                        found[pair] = score
    return [AlikeNames(one, other, score) for (one, other), score in sorted(found.items())]


SAME_PLACE = 0.85
"""How alike two written names of a place are at least: a slip of the finger, not another place."""
_KINDS_OF_PLACE = frozenset(
    [
        "EL",
        "LA",
        "LOS",
        "LAS",
        "EJIDO",
        "COLONIA",
        "COL",
        "RANCHERIA",
        "RANCHO",
        "BARRIO",
        "COMUNIDAD",
        "LOCALIDAD",
        "PUEBLO",
        "POBLADO",
    ]
)


def is_same_place(written: str, known: str) -> bool:
    """Tell whether somebody wrote the name of a place, give or take accents, articles and a slip of the finger.

    >>> is_same_place("  sto. domingo", "Santo Domingo"), is_same_place("ejido TANIPERLAS", "Taniperla")
    (True, True)
    >>> is_same_place("San Juan", "Santo Domingo"), is_same_place("", "Damasco")
    (False, False)
    """
    one, other = _words_of_place(written), _words_of_place(known)
    return bool(one and other) and are_alike(one, other, SAME_PLACE)


_SHORT_FOR = {"STO": "SANTO", "STA": "SANTA", "SN": "SAN", "GRAL": "GENERAL", "CD": "CIUDAD"}


def _words_of_place(text: str) -> str:
    words = [_SHORT_FOR.get(word, word) for word in normalise_name(text.partition("(")[0]).split()]
    return " ".join([word for word in words if word not in _KINDS_OF_PLACE] or words)


@lru_cache(maxsize=4096)
def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))
