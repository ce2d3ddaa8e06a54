"""People that stand twice: in a list, in two lists of a region, an OOAD, the nation; surely or probably (V-050 to V-056).

The service never deletes or merges by itself. What it finds is decided by the post of the lowest unit that sees all the
lists: the SAC of a region, EGAS or EMS designado of an OOAD, CACyPCS. The PAC learns that there is another list, never whose.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from procedures.lists.lines import ooad_of, region_of
from procedures.lists.messages import finding
from procedures.lists.names import AlikeNames, alike_across, alike_within
from procedures.lists.rows import Finding, ListRow

SAME_NAME = 0.92
"""How alike two names of one locality are when they could be one person's (V-055)."""
PROBABLE = "V-055"
"""Only a question: nothing waits for its answer."""
WITHIN = frozenset({"V-050", "V-051"})
"""What may be found within one list."""

_MOST_NAMESAKES = 20
"""Of so many lists that have one name in one place it is asked whether a name much alike is the same person's."""


class Identity(NamedTuple):
    """What makes a line's person: the normal name, the key of the locality, and the kind."""

    nombre_norm: str
    clave_inegi: str
    tipo: str


class Listed(NamedTuple):
    """Somebody as the list of an ámbito has them: what it takes to look for the same person elsewhere."""

    unit: str
    row: int
    name_norm: str
    locality: str
    kind: str
    fingerprint: str = ""
    """Changes with anything that the row says of the person."""
    curp_mark: str = ""
    """Equal for equal CURP; empty where none was given. The CURP itself is in no book."""
    version_id: int = 0

    @property
    def namesake(self) -> str:
        """Return what everybody of one name in one municipality shares."""
        return namesake_of(self.name_norm, self.locality)


Person = tuple[str, str]
"""Name and key, whatever the kind: nobody may be VRS and PVR at once, nor stand in two lists as either."""
Alike = Sequence[tuple[str, AlikeNames]]
"""The names of people that are much alike, each pair with the key of the locality where both stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicate:
    """A person that stands several times, as the one tier sees it that has to decide."""

    code: str
    """V-050 within a list, V-051 as VRS and as PVR, V-052 in a region, V-053 in an OOAD, V-054 in the nation, V-055 perhaps,
    V-056 by the CURP."""
    unit: str
    """The unit whose post decides: the region, the OOAD; empty for the nation."""
    records: tuple[Listed, ...]
    """The lines that it is about, in the order of their lists."""
    score: float = 1.0
    """How alike the names are."""

    @property
    def units(self) -> tuple[str, ...]:
        """Return the ámbitos that list the person, each once and in order."""
        return tuple(dict.fromkeys(record.unit for record in self.records))

    @property
    def key(self) -> str:
        """Return what tells this question from all others, the same from whichever list it is found."""
        kinds = "+".join(sorted({record.kind for record in self.records}))
        if self.code == PROBABLE:
            parts = [f"{record.unit}/{record.name_norm}/{record.locality}" for record in self.records]
        elif self.code == "V-056":
            parts = [self.records[0].curp_mark, *self.units]
        elif len(self.units) == 1:
            first = self.records[0]
            parts = [first.name_norm, first.locality, kinds, *self.units, str(len(self.records))]
        else:
            first = self.records[0]
            parts = [first.name_norm, first.locality, kinds, *self.units]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    def rows_of(self, unit: str) -> tuple[int, ...]:
        """Return the rows of one ámbito's list that it is about."""
        return tuple(record.row for record in self.records if record.unit == unit)


class Probable(NamedTuple):
    """Two lines that could be of one person (V-055): a human being tells."""

    one: int
    """Places of both in the sequence that was looked through."""
    other: int
    score: float


def namesake_of(name_norm: str, locality: str) -> str:
    """Return what everybody of one name in one municipality shares.

    >>> namesake_of("ANA LUZ PEREZ", "070590001")
    '07059|ANA LUZ PEREZ'
    """
    return f"{locality[:5]}|{name_norm}"


def fingerprint_of(row: ListRow, curp_mark: str = "") -> str:
    """Return what changes with anything that a row says of its person; not with its place or its remarks."""
    said = "|".join(
        (
            row.nombre_norm,
            row.clave_inegi,
            row.tipo,
            f"{row.importe:.2f}",
            ",".join(row.meses),
            row.unidad_medica,
            curp_mark,
        )
    )
    return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


def find_duplicates(
    own: Sequence[Listed], others: Sequence[Listed] = (), alike: Alike | None = None
) -> list[Duplicate]:
    """Return the duplicates that the list of an ámbito makes, within itself and with the lists of others.

    `others` are those who share with somebody of the list a name in the municipality, a
    locality or a CURP; it may hold more people than that. Each tier that sees several of
    the lists has one question, with all of that tier's lists. Without others, `own` may
    be the lines of any number of lists. `alike` is what `find_alike` says of them, if it
    was asked already; it may tell of more people.
    """
    everybody = [*own, *others]
    units = {record.unit for record in own}
    within = find_alike(map(_person, own)) if alike is None else alike
    across = _alike_elsewhere(own, others) if others else ()
    found = [*_exact(everybody), *_by_curp(everybody), *_probable(everybody, [*within, *across])]
    mine = [duplicate for duplicate in found if not units.isdisjoint(duplicate.units)]
    return sorted(mine, key=lambda duplicate: (duplicate.code, duplicate.unit, duplicate.records))


def pac_findings(duplicates: Iterable[Duplicate], unit: str) -> tuple[Finding, ...]:
    """Return what a PAC is told of duplicates with other lists: one line a row, the same whatever the tier (AC-16).

    What only could be the same person is no matter of the PAC's, until somebody decided.
    """
    rows = {
        row
        for duplicate in duplicates
        if len(duplicate.units) > 1 and duplicate.code != PROBABLE
        for row in duplicate.rows_of(unit)
    }
    return tuple(finding("V-052", row=row, field="nombre") for row in sorted(rows))


def find_alike(identities: Iterable[tuple[str, ...]]) -> Alike:
    """Return the names of people that are much alike and stand in one locality (V-055)."""
    return [
        (locality, pair)
        for locality, names in _by_locality(identities).items()
        if len(names) > 1
        for pair in alike_within(names, SAME_NAME)
    ]


def find_probable(identities: Sequence[tuple[str, ...]], alike: Alike | None = None) -> list[Probable]:
    """Return pairs that could be one person: one name in two localities of a municipality, or two names much alike in one.

    `identities` are nombre_norm, clave and anything else, such as the kind or the ámbito; `alike` is what
    `find_alike` says of them, or of more people, if it was asked already.

    >>> find_probable([("ANA LUZ PEREZ", "070590001", "VRS"), ("ANA LUZ PEREZ", "070590002", "VRS")])
    [Probable(one=0, other=1, score=1.0)]
    """
    by_town: dict[Person, list[int]] = {}
    for place, (name, clave, *_rest) in enumerate(identities):
        by_town.setdefault((name, clave[:5]), []).append(place)
    found = [
        Probable(one, other, 1.0)
        for same in by_town.values()
        if len(same) > 1
        for one, other in pairwise(same)
        if identities[one][1] != identities[other][1]
    ]
    for locality, pair in find_alike(identities) if alike is None else alike:
        ones, others = (
            [place for place in by_town.get((name, locality[:5]), ()) if identities[place][1] == locality]
            for name in (pair.one, pair.other)
        )
        found += (
            Probable(min(one, other), max(one, other), round(pair.score, 3))
            for one in ones[:_MOST_NAMESAKES]
            for other in others[:_MOST_NAMESAKES]
        )
    return sorted(found)


def _by_locality(identities: Iterable[tuple[str, ...]]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for name, locality, *_rest in identities:
        names.setdefault(locality, set()).add(name)
    return names


def _alike_elsewhere(own: Iterable[Listed], others: Iterable[Listed]) -> Alike:
    """Return the names of a list that are much like others of their locality which it does not have."""
    here, there = _by_locality(map(_person, own)), _by_locality(map(_person, others))
    return [
        (locality, pair)
        for locality, names in here.items()
        if locality in there
        for pair in alike_across(names, there[locality] - names, SAME_NAME)
    ]


def _person(record: Listed) -> Person:
    return record.name_norm, record.locality


def _exact(everybody: Iterable[Listed]) -> Iterator[Duplicate]:
    """Yield who stands twice under the same name and key, in one list or in several."""
    people: dict[Person, list[Listed]] = {}
    for record in everybody:
        people.setdefault((record.name_norm, record.locality), []).append(record)
    for same in people.values():
        if len(same) == 1:
            continue
        listed = _by_unit(same)
        for pac, records in listed.items():
            if len(records) > 1:
                code = "V-050" if len({record.kind for record in records}) == 1 else "V-051"
                yield _duplicate(code, region_of(pac), records)
        yield from _tiers(listed)


def _by_curp(everybody: Iterable[Listed]) -> Iterator[Duplicate]:
    """Yield who stands twice under one CURP and several names or keys (V-056)."""
    marks: dict[str, list[Listed]] = {}
    for record in everybody:
        if record.curp_mark:
            marks.setdefault(record.curp_mark, []).append(record)
    for same in marks.values():
        if len({(record.name_norm, record.locality) for record in same}) > 1:
            yield from _tiers(_by_unit(same), "V-056")


def _probable(everybody: Iterable[Listed], alike: Alike) -> Iterator[Duplicate]:
    """Yield who could be one person. A CURP that both gave tells better than any likeness."""
    # Somebody who stands twice in one list, as VRS and as PVR, is asked about once.
    listed = {
        (record.name_norm, record.locality, record.unit): record for record in sorted(everybody, reverse=True)
    }
    ordered = [listed[who] for who in sorted(listed)]
    for pair in find_probable([_person(record) for record in ordered], alike):
        one, other = ordered[pair.one], ordered[pair.other]
        if not (one.curp_mark and other.curp_mark):
            yield _duplicate(PROBABLE, _common_unit(one.unit, other.unit), [one, other], pair.score)


def _by_unit(records: Iterable[Listed]) -> dict[str, list[Listed]]:
    listed: dict[str, list[Listed]] = {}
    for record in records:
        listed.setdefault(record.unit, []).append(record)
    return listed


def _tiers(listed: Mapping[str, Sequence[Listed]], code: str = "") -> Iterator[Duplicate]:
    """Yield one duplicate for each tier that sees lists of several of its parts."""
    if len(listed) < 2:
        return
    regions: dict[str, list[str]] = {}
    ooads: dict[str, list[str]] = {}
    for pac in sorted(listed):
        regions.setdefault(region_of(pac), []).append(pac)
        ooads.setdefault(ooad_of(pac), []).append(pac)
    for region, pacs in regions.items():
        if len(pacs) > 1:
            records = [record for pac in pacs for record in listed[pac]]
            one_kind = len({record.kind for record in records}) == 1
            yield _duplicate(code or ("V-052" if one_kind else "V-051"), region, records)
    for ooad, pacs in ooads.items():
        if len({region_of(pac) for pac in pacs}) > 1:
            yield _duplicate(code or "V-053", ooad, [record for pac in pacs for record in listed[pac]])
    if len(ooads) > 1:
        yield _duplicate(code or "V-054", "", [record for records in listed.values() for record in records])


def _common_unit(one: str, other: str) -> str:
    """Return the lowest unit with a post that decides which holds two ámbitos; empty for the nation."""
    if region_of(one) == region_of(other):
        return region_of(one)
    return ooad_of(one) if ooad_of(one) == ooad_of(other) else ""


def _duplicate(code: str, unit: str, records: Iterable[Listed], score: float = 1.0) -> Duplicate:
    return Duplicate(
        code=code,
        unit=unit,
        records=tuple(sorted(records, key=lambda record: (record.unit, record.row))),
        score=score,
    )
