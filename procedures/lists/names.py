"""Names of people and places: their normal form, whether they can be one, and how alike two are (ledger 4.3)."""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

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


@lru_cache(maxsize=16384)
def similarity(one: str, other: str) -> float:
    """Return how alike two normalised texts are, from 0 to 1, whatever the order of their words.

    >>> similarity("MARIA LOPEZ", "LOPEZ MARIA"), similarity("ABASOLO", "ABASOLO")
    (1.0, 1.0)
    >>> round(similarity("CHANAL", "CHENALHO"), 2)
    0.71
    """
    if one == other:
        return 1.0
    straight = SequenceMatcher(None, one, other, autojunk=False).ratio()
    if straight == 1.0 or " " not in one or " " not in other:
        return straight
    return max(straight, SequenceMatcher(None, _sorted(one), _sorted(other), autojunk=False).ratio())


def are_alike(one: str, other: str, at_least: float) -> bool:
    """Tell whether two normalised texts are at least so alike, at the least cost.

    >>> are_alike("MARIA LOPEZ HERNANDEZ", "MARIA LOPES HERNANDEZ", 0.92)
    True
    >>> are_alike("MARIA LOPEZ HERNANDEZ", "MARTA LOPES HERNANDEZ", 0.92)
    False
    """
    if one == other:
        return True
    long, short = max(len(one), len(other)), min(len(one), len(other))
    if 2 * short < at_least * (long + short):
        return False
    # Letters that only one of them has are never part of a match.
    unlike = (letters_of(one) ^ letters_of(other)).bit_count()
    return unlike <= (1 - at_least) * (long + short) and similarity(one, other) >= at_least


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
def letters_of(text: str) -> int:
    """Return the letters of a text as bits: one for the first of each letter, one for the second, to the fourth."""
    bits = 0
    for letter in text:
        place = ord(letter) % 64 * 4
        seen = bits >> place & 0b1111
        bits |= ((seen << 1 | 1) & 0b1111) << place
    return bits


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))
