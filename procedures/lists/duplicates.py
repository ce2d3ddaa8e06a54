"""People that stand twice: in a list, in two lists of a region, an OOAD, the nation; surely or probably (V-050 to V-055).

The service never deletes or merges by itself. What it finds is decided by the post of the lowest unit that sees all the
lists: the SAC of a region, EGAS or EMS designado of an OOAD, CACyPCS. The PAC learns that there is another list, never whose.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from procedures.lists.lines import Line, ooad_of, region_of
from procedures.lists.messages import finding
from procedures.lists.names import are_alike, similarity
from procedures.lists.rows import Finding

SAME_NAME = 0.92
"""How alike two names of one locality are when they could be one person's (V-055)."""

_CROWD = 200
_NEIGHBOURS = 20


class Identity(NamedTuple):
    """What makes a line's person: the normal name, the key of the locality, and the kind."""

    nombre_norm: str
    clave_inegi: str
    tipo: str


ListedRow = tuple[str, str, str, int]
"""nombre_norm, clave INEGI, tipo and row of a line: what it takes to look for a person in other lists."""
_Person = tuple[str, str]
"""Name and key, whatever the kind: nobody may be VRS and PVR at once, nor stand in two lists as either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicate:
    """A person that stands in several lists, as the one tier sees it that has to decide."""

    code: str
    """V-050 within a list, V-051 as VRS and as PVR, V-052 in a region, V-053 in an OOAD, V-054 in the nation."""
    unit: str
    """The unit whose post decides: the ámbito, the region, the OOAD; empty for the nation."""
    identity: Identity
    units: tuple[str, ...]
    """The ámbitos that list the person, in order."""
    kinds: tuple[str, ...]
    """As what the person is listed, in order: one kind or both."""
    row: int | None = None
    """Row in the list that has just come, where the duplicate comes of one."""

    @property
    def key(self) -> str:
        """Return what tells this duplicate from all others, the same from whichever list it is found."""
        name, clave, _tipo = self.identity
        return "|".join((name, clave, "+".join(self.kinds), *self.units))


class Probable(NamedTuple):
    """Two lines that could be of one person (V-055): a human being tells."""

    one: int
    """Places of both in the sequence that was looked through."""
    other: int
    score: float


def find_across(
    unit: str, identities: Iterable[ListedRow], elsewhere: Mapping[tuple[str, str, str], Iterable[str]]
) -> list[Duplicate]:
    """Return the duplicates that the list of an ámbito makes with the accepted lists of others.

    `elsewhere` tells which other ámbitos list a person (nombre_norm, clave, tipo). It
    may hold more people than are asked for, and should hold the same person under the
    other kind as well. Each tier that sees several of the lists gets one duplicate,
    with all of that tier's lists.
    """
    others: dict[_Person, dict[str, set[str]]] = {}
    for (name, clave, tipo), units in elsewhere.items():
        kinds = others.setdefault((name, clave), {})
        for other in units:
            if other != unit:
                kinds.setdefault(other, set()).add(tipo)
    found = []
    for name, clave, tipo, row in identities:
        listed = others.get((name, clave))
        if listed:
            everywhere = {**listed, unit: {tipo}}
            tiers = _tiers(Identity(name, clave, tipo), everywhere, row)
            found += [duplicate for duplicate in tiers if unit in duplicate.units]
    return found


def find_exact(lines: Iterable[Line]) -> list[Duplicate]:
    """Return every duplicate among the lines of any number of lists, those within one list first (V-050 to V-054)."""
    people: dict[_Person, list[Line]] = {}
    for line in lines:
        people.setdefault((line.name_norm, line.locality), []).append(line)
    found = []
    for (name, clave), same in people.items():
        if len(same) == 1:
            continue
        listed: dict[str, list[str]] = {}
        for line in same:
            listed.setdefault(line.pac, []).append(line.kind)
        identity = Identity(name, clave, same[0].kind)
        for pac, kinds in sorted(listed.items()):
            if len(kinds) > 1:
                code = "V-050" if len(set(kinds)) == 1 else "V-051"
                found.append(_duplicate(code, pac, identity, {pac: set(kinds)}))
        found += _tiers(identity, {pac: set(kinds) for pac, kinds in listed.items()}, None)
    return sorted(found, key=lambda duplicate: (duplicate.code, duplicate.unit, duplicate.key))


def pac_findings(duplicates: Iterable[Duplicate]) -> tuple[Finding, ...]:
    """Return what a PAC is told of duplicates with other lists: one line a row, the same whatever the tier (AC-16)."""
    rows = sorted({duplicate.row for duplicate in duplicates if duplicate.row is not None})
    return tuple(finding("V-052", row=row, field="nombre") for row in rows)


def find_probable(identities: Sequence[tuple[str, str, str]]) -> list[Probable]:
    """Return pairs that could be one person: one name in two localities of a municipality, or two names much alike in one.

    `identities` are nombre_norm, clave and anything else, such as the kind or the ámbito.

    >>> find_probable([("ANA LUZ PEREZ", "070590001", "VRS"), ("ANA LUZ PEREZ", "070590002", "VRS")])
    [Probable(one=0, other=1, score=1.0)]
    """
    by_town: dict[_Person, list[int]] = {}
    by_village: dict[str, list[int]] = {}
    for place, (name, clave, *_rest) in enumerate(identities):
        by_town.setdefault((name, clave[:5]), []).append(place)
        by_village.setdefault(clave, []).append(place)
    found = [
        Probable(one, other, 1.0)
        for same in by_town.values()
        if len(same) > 1
        for one, other in pairwise(same)
        if identities[one][1] != identities[other][1]
    ]
    for same in by_village.values():
        if len(same) > 1:
            found += _alike(sorted((identities[place][0], place) for place in same))
    return sorted(found)


def _alike(named: Sequence[tuple[str, int]]) -> Iterator[Probable]:
    """Yield the pairs of much alike names of one locality; the names come sorted.

    Only names with a word in common are compared; and where a locality has more people
    than any has, each with its next in the alphabet only.
    """
    reach = len(named) if len(named) <= _CROWD else _NEIGHBOURS
    parted = [(name, place, frozenset(name.split())) for name, place in named]
    for index, (name, place, words) in enumerate(parted):
        for other_name, other, other_words in parted[index + 1 : index + 1 + reach]:
            if (
                not words.isdisjoint(other_words)
                and name != other_name
                and are_alike(name, other_name, SAME_NAME)
            ):
                score = round(similarity(name, other_name), 3)
                yield Probable(min(place, other), max(place, other), score)


def _tiers(identity: Identity, listed: Mapping[str, set[str]], row: int | None) -> list[Duplicate]:
    """Return one duplicate for each tier that sees lists of several of its parts."""
    if len(listed) < 2:
        return []
    regions: dict[str, dict[str, set[str]]] = {}
    ooads: dict[str, dict[str, set[str]]] = {}
    for pac, kinds in listed.items():
        regions.setdefault(region_of(pac), {})[pac] = kinds
        ooads.setdefault(ooad_of(pac), {})[pac] = kinds
    found = []
    for region, part in sorted(regions.items()):
        if len(part) > 1:
            code = "V-052" if len(set().union(*part.values())) == 1 else "V-051"
            found.append(_duplicate(code, region, identity, part, row))
    for ooad, part in sorted(ooads.items()):
        if len({region_of(pac) for pac in part}) > 1:
            found.append(_duplicate("V-053", ooad, identity, part, row))
    if len(ooads) > 1:
        found.append(_duplicate("V-054", "", identity, listed, row))
    return found


def _duplicate(
    code: str, unit: str, identity: Identity, listed: Mapping[str, set[str]], row: int | None = None
) -> Duplicate:
    kinds = tuple(sorted(set().union(*listed.values())))
    return Duplicate(
        code=code, unit=unit, identity=identity, units=tuple(sorted(listed)), kinds=kinds, row=row
    )
