"""Bring corrected rows together with the list that they correct.

Whoever mends three rows of sixty may send all sixty back, or only the three. The whole list replaces what was there. A
correction replaces the rows that it is of, adds those that are new, and leaves the others as they were. Which of the two
came is never guessed when it could be either.

A row finds its counterpart by whom it is about: name and key of the locality. Where those were wrong, the row's own key
tells (`RawRow.key`), but only of a row that is about the same person as far as that can be seen. People sort some
columns and leave others, copy rows with their keys, clear the column: none of that puts one person's data over
another's. What finds no counterpart is a new row, and the old one stays.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from procedures.lists.inegi_keys import InegiKey, parse_inegi_key
from procedures.lists.names import are_alike, normalise_name
from procedures.lists.rows import FIELDS, RawList, RawRow
from procedures.lists.typed import tidy

_FEW = 2
"""So many people may leave a list without a word, however short it is."""
_SAME_NAME = 0.85
_LOST_ZERO = frozenset(f"0{digit}" for digit in range(1, 10))
_LETTERS = dict(zip(FIELDS, "ABCDEFGHIJKLMNOP", strict=True))

Person = tuple[str, str]
"""Normal name and key of the locality, of a row that has both."""


class Nature(StrEnum):
    """What the rows that came are."""

    WHOLE = "whole"
    CORRECTION = "correction"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptList:
    """The list that a correction is of, as its rows were read."""

    rows: Sequence[RawRow]
    keys: Mapping[int, str] = field(default_factory=dict)
    """Row -> the key that it went back with."""
    wrong: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Row that does not stand -> the fields that are wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """A whole list again, and how it came about."""

    raw: RawList
    replaced: int
    added: int
    kept: int
    """Rows that did not come and stay as they were."""


def person_of(row: RawRow) -> Person | None:
    """Return whom a row is about, as far as name and key of the locality tell."""
    name, clave = name_of_row(row), _clave(row)
    return (name, clave) if name and clave else None


def seems_whole(standing: int, found: int) -> bool:
    """Tell whether a list that has `found` of the `standing` people of the one before it is a whole list.

    >>> seems_whole(58, 55), seems_whole(58, 3), seems_whole(2, 0)
    (True, False, False)
    """
    return found > 0 and not _leaves_many_out(standing, found)


def seems_partial(tried: int, came: int) -> bool:
    """Tell whether the first list that is delivered can be but a few rows of the one that was only tried.

    >>> seems_partial(65, 3), seems_partial(65, 60), seems_partial(3, 1)
    (True, False, False)
    """
    return _leaves_many_out(tried, came)


def nature_of(kept: KeptList, counterparts: Mapping[int, int]) -> Nature:
    """Tell what came: the whole list, a correction of it, or what could be either."""
    found = set(counterparts.values())
    standing = [row.number for row in kept.rows if row.number not in kept.wrong]
    still_standing = sum(number in found for number in standing)
    if found and not standing:
        # Nobody has been accepted yet: a few rows may be withdrawn, but not most of them.
        return Nature.CORRECTION if _leaves_many_out(len(kept.rows), len(found)) else Nature.WHOLE
    if found and not still_standing:
        return Nature.CORRECTION
    return Nature.UNCLEAR if _leaves_many_out(len(standing), still_standing) else Nature.WHOLE


def find_counterparts(kept: KeptList, sent: Sequence[RawRow]) -> dict[int, int]:
    """Return, by the place of a sent row, the number of the kept row that it is of."""
    found: dict[int, int] = {}
    by_number = {row.number: row for row in kept.rows}
    by_key = {key: number for number, key in kept.keys.items()}
    open_rows = set(by_number)

    def pair(place: int, number: int) -> None:
        found[place] = number
        open_rows.discard(number)

    people: dict[Person, list[int]] = {}
    for row in kept.rows:
        person = person_of(row)
        if person:
            people.setdefault(person, []).append(row.number)
    persons = [person_of(row) for row in sent]
    # Of somebody who stands twice, each row goes to its own counterpart first.
    for place, person in enumerate(persons):
        number = by_key.get(sent[place].key)
        if person and number in open_rows and number in people.get(person, ()):
            pair(place, number)
    for place, person in enumerate(persons):
        if person and place not in found:
            number = next((one for one in people.get(person, ()) if one in open_rows), None)
            if number is not None:
                pair(place, number)
    for place, row in enumerate(sent):
        number = by_key.get(row.key)
        if place not in found and number in open_rows and _is_same(by_number[number], row, kept):
            pair(place, number)
    left = [place for place in range(len(sent)) if place not in found]
    for place, number in _mended_keys(kept, [(place, sent[place]) for place in left], open_rows):
        pair(place, number)
    return found


def merge(kept: KeptList, sent: RawList, rows: Sequence[RawRow], counterparts: Mapping[int, int]) -> Merged:
    """Return the list that a correction makes of the kept one; `rows` are those of `sent` that hold somebody.

    A column that the sent sheet does not have leaves what was there; an empty cell does not.
    """
    came = {number: rows[place] for place, number in counterparts.items()}
    whole = []
    for row in kept.rows:
        key = kept.keys.get(row.number, "")
        new = came.get(row.number)
        if new is None:
            whole.append(replace(row, key=key))
        else:
            values = {**row.values, **{name: new.values.get(name) for name in sent.columns}}
            whole.append(replace(new, number=row.number, values=values, key=key))
    last = max((row.number for row in kept.rows), default=2)
    added = [row for place, row in enumerate(rows) if place not in counterparts]
    whole += [replace(row, number=number, key="") for number, row in enumerate(added, last + 1)]
    fields = {name for row in whole for name, value in row.values.items() if value is not None}
    return Merged(
        raw=replace(
            sent,
            empty_declared=False,
            # They were of the rows that came.
            declared={},
            columns={name: _LETTERS[name] for name in FIELDS if name in fields or name != "curp"},
            sheet="Listado",
            rows=tuple(whole),
            findings=tuple(replace(item, row=None, column="") for item in sent.findings),
        ),
        replaced=len(counterparts),
        added=len(added),
        kept=len(kept.rows) - len(counterparts),
    )


def _leaves_many_out(standing: int, found: int) -> bool:
    left_out = standing - found
    return left_out > _FEW and left_out * 2 > standing


def _is_same(before: RawRow, after: RawRow, kept: KeptList) -> bool:
    """Tell whether a row with the key of another can be about the same person.

    What was not wrong has to agree: the name, or one much like it in the same place. A
    name that was none is nobody's, and the place alone has to agree.
    """
    wrong = kept.wrong.get(before.number, frozenset())
    old, new = name_of_row(before), name_of_row(after)
    if old and old == new:
        return True
    same_place = _clave(before) == _clave(after) or (
        "clave_inegi" in wrong and _village(before) == _village(after)
    )
    return same_place and ("nombre" in wrong or are_alike(old, new, _SAME_NAME))


def _mended_keys(
    kept: KeptList, left: Sequence[tuple[int, RawRow]], open_rows: Iterable[int]
) -> list[tuple[int, int]]:
    """Pair rows without a key of theirs with the one row of that name whose clave was wrong."""
    by_number = {row.number: row for row in kept.rows}
    wrong = {
        number: name_of_row(by_number[number])
        for number in open_rows
        if "clave_inegi" in kept.wrong.get(number, ()) and name_of_row(by_number[number])
    }
    names = Counter(wrong.values())
    sent = Counter(name_of_row(row) for _, row in left)
    by_name = {name: number for number, name in wrong.items()}
    return [
        (place, by_name[name])
        for place, row in left
        if names[name := name_of_row(row)] == 1 and sent[name] == 1 and name in by_name
    ]


def name_of_row(row: RawRow) -> str:
    """Return the normal name in a row; empty where it has none."""
    cell = tidy(row.values.get("nombre"))
    return normalise_name(cell) if isinstance(cell, str) else ""


def _village(row: RawRow) -> str:
    cell = tidy(row.values.get("localidad"))
    return normalise_name(cell) if isinstance(cell, str) else ""


def _clave(row: RawRow) -> str:
    """Return the key of the locality, its lost zero put back, or what stands in its place."""
    cell = tidy(row.values.get("clave_inegi"))
    if cell is None:
        return ""
    key = parse_inegi_key(cell, _LOST_ZERO)
    return key.clave if isinstance(key, InegiKey) else str(cell)
