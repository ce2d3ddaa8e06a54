"""What is different between two lists: who is new, who is gone, and whose data changed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Generic, TypeVar

from procedures.lists.duplicates import SAME_NAME
from procedures.lists.lines import Line
from procedures.lists.names import alike_across

L = TypeVar("L", bound=Line)

SAID = (
    "name",
    "locality",
    "locality_name",
    "municipality",
    "entity",
    "kind",
    "months",
    "amount_centavos",
    "medical_unit",
    "situation",
    "remarks",
    "curp_mark",
)
"""Everything that the books keep of what a row says of its person, by its name in a line."""
_OF_THE_PERSON = ("name", "locality", "kind", "medical_unit", "curp_mark")
"""What stays with somebody from one period to the next: months, amounts and remarks belong to one."""
_who = attrgetter("name_norm", "locality")
_says = attrgetter(*SAID[:-1])
_says_of_the_person = attrgetter("name_norm", *_OF_THE_PERSON[:-1])
"""The mark of a CURP comes last; it is kept beside the lines, not in them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change(Generic[L]):
    """Somebody who stands in both lists, with other data."""

    before: L
    after: L
    fields: tuple[str, ...]
    """Names of what differs, in the order of `SAID`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference(Generic[L]):
    """What became of a list."""

    joined: tuple[L, ...]
    """Altas, in the order of the new list."""
    left: tuple[L, ...]
    """Bajas, in the order of the old list."""
    changed: tuple[Change[L], ...]
    """Cambios, in the order of the new list."""
    same: int
    """How many stand in both with nothing different."""

    @property
    def moved(self) -> int:
        """Return how many people changed their locality."""
        return sum("locality" in change.fields for change in self.changed)


def compare(before: Iterable[L], after: Iterable[L], *, one_period: bool = False) -> Difference[L]:
    """Tell what is different between two lists.

    A person is who has the same normal name in the same locality; then, of those left
    over, who has a name that nobody else left over of that municipality shares, or one
    much like that of nobody else in the locality. Between versions of one period all
    that is said is compared, as it is written; between periods what is the person's own.
    """
    old, new = list(before), list(after)
    pairs = _matched(old, new)
    matched = {id(line) for line in pairs.values()}
    said = _says if one_period else _says_of_the_person
    changed = []
    for line in new:
        earlier = pairs.get(id(line))
        # Most people are as they were, and are told from the others at a glance.
        if earlier is None or (said(earlier) == said(line) and mark_of(earlier) == mark_of(line)):
            continue
        fields = tuple(_different(earlier, line, one_period=one_period))
        if fields:
            changed.append(Change(before=earlier, after=line, fields=fields))
    return Difference(
        joined=tuple(line for line in new if id(line) not in pairs),
        left=tuple(line for line in old if id(line) not in matched),
        changed=tuple(changed),
        same=len(pairs) - len(changed),
    )


def says_the_same(before: Iterable[Line], after: Iterable[Line]) -> bool:
    """Tell whether two lists say the same of everybody, in whatever order.

    That is more than the record digest tells (5.2.4): everything that is kept counts.
    """
    return Counter(map(_said, before)) == Counter(map(_said, after))


def _matched(old: list[L], new: list[L]) -> dict[int, L]:
    """Return the earlier line by the id of the new one."""
    pairs: dict[int, L] = {}
    places: dict[tuple[str, str], list[L]] = {}
    for line in old:
        places.setdefault(_who(line), []).append(line)
    for line in new:
        same = places.get(_who(line))
        if same:
            alike = next((earlier for earlier in same if earlier.kind == line.kind), same[0])
            same.remove(alike)
            pairs[id(line)] = alike
    taken = {id(line) for line in pairs.values()}
    gone = _by_town(line for line in old if id(line) not in taken)
    come = _by_town(line for line in new if id(line) not in pairs)
    for person, arrived in come.items():
        departed = gone.get(person, [])
        if len(arrived) == len(departed) == 1:
            pairs[id(arrived[0])] = departed[0]
            taken.add(id(departed[0]))
    _match_alike(
        [line for line in old if id(line) not in taken],
        [line for line in new if id(line) not in pairs],
        pairs,
    )
    return pairs


def _match_alike(old: list[L], new: list[L], pairs: dict[int, L]) -> None:
    """Pair a name with the only one much like it in the same locality: a mended spelling."""
    gone = _by_locality(old)
    for locality, arrived in _by_locality(new).items():
        departed = gone.get(locality, {})
        alike = alike_across(arrived, departed, SAME_NAME)
        choices = Counter(pair.one for pair in alike for _line in departed[pair.other])
        found = [
            (line, departed[pair.other][0])
            for pair in alike
            if choices[pair.one] == 1
            for line in arrived[pair.one]
        ]
        claims = Counter(id(earlier) for _, earlier in found)
        pairs.update((id(line), earlier) for line, earlier in found if claims[id(earlier)] == 1)


def _by_locality(lines: Iterable[L]) -> dict[str, dict[str, list[L]]]:
    """Return lines by key and name."""
    found: dict[str, dict[str, list[L]]] = {}
    for line in lines:
        found.setdefault(line.locality, {}).setdefault(line.name_norm, []).append(line)
    return found


def _by_town(lines: Iterable[L]) -> dict[tuple[str, str], list[L]]:
    towns: dict[tuple[str, str], list[L]] = {}
    for line in lines:
        towns.setdefault((line.name_norm, line.locality[:5]), []).append(line)
    return towns


def _said(line: Line) -> tuple[object, ...]:
    return (_says(line), mark_of(line))


def _different(before: Line, after: Line, *, one_period: bool) -> Iterator[str]:
    for name in SAID if one_period else _OF_THE_PERSON:
        old, new = getattr(before, name, ""), getattr(after, name, "")
        if not one_period:
            if name == "name":
                # A name that is only typed in another way has not changed.
                old, new = before.name_norm, after.name_norm
            elif name == "curp_mark" and not (old and new):
                # No template brings the CURP of the period before: one that is not given again says nothing.
                continue
        if old != new:
            yield name


def mark_of(line: Line) -> str:
    """Return what tells a line's CURP from others; it is kept beside the lines, not in them."""
    mark: str = getattr(line, "curp_mark", "")
    return mark
