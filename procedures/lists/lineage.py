"""Why one list has other totals than another: line by line, with nothing left over (ledger 4.4; "412 became 409, why?")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from procedures.lists.compare import compare
from procedures.lists.lines import Line
from procedures.lists.totals import Totals

L = TypeVar("L", bound=Line)

TIERS = ("LVP", "LVR", "LVO", "LVN", "LD")
"""The tiers of a list, from the PAC's to the listado definitivo."""
_LAST_STEP = ((9, "LVP"), (13, "LVR"), (16, "LVO"), (17, "LVR"), (23, "LVO"), (26, "LVN"))
COMPARED = ("kind", "amount_centavos", "months", "locality", "name_norm")
"""What may not change on a line's way up."""


class Turn(StrEnum):
    """What became of a line between two lists."""

    LEFT_OUT = "left_out"
    """A decision about a duplicate left it below."""
    REFUSED = "refused"
    """The layout of the PS cannot hold it."""
    UNTOLD = "untold"
    """It stayed below and nothing in the books says why."""
    UNSOURCED = "unsourced"
    """It stands above and came from nowhere."""
    ALTERED = "altered"
    """It says something else above than below."""
    JOINED = "joined"
    """An alta in a newer version."""
    LEFT = "left"
    """A baja in a newer version."""
    CHANGED = "changed"
    """The same person with other data in a newer version."""

    @property
    def is_wrong(self) -> bool:
        """Tell whether the desk itself never does such a thing: somebody altered the books."""
        return self in {Turn.UNTOLD, Turn.UNSOURCED, Turn.ALTERED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry(Generic[L]):
    """What became of one line, and what that did to the totals."""

    turn: Turn
    line: L
    """As it stands; for what is gone, as it stood."""
    before: L | None = None
    """As it stood, where it says something else now."""
    cause: int | None = None
    """The decision's own number, where one left the line out."""

    @property
    def change(self) -> Totals:
        """Return what it adds to the totals; what is gone counts below zero."""
        if self.turn in {Turn.JOINED, Turn.UNSOURCED}:
            return _one(self.line)
        if self.turn in {Turn.CHANGED, Turn.ALTERED}:
            return _one(self.line) + _negated(_one(self.before or self.line))
        return _negated(_one(self.line))


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage(Generic[L]):
    """The way from one list, or several, to another: the totals at both ends and every line that makes the difference."""

    before: Totals
    after: Totals
    entries: tuple[Entry[L], ...] = ()

    @property
    def unexplained(self) -> Totals:
        """Return what of the difference no line accounts for: nothing, or the books were altered."""
        told = sum((entry.change for entry in self.entries), Totals())
        return self.after + _negated(self.before + told)

    @property
    def is_whole(self) -> bool:
        """Tell whether the lines account for the whole difference, and none of them in a way that the desk never goes."""
        return self.unexplained == Totals() and not any(entry.turn.is_wrong for entry in self.entries)


def tier_of(step: str) -> str:
    """Return the tier whose list an activity works on.

    >>> [tier_of(step) for step in ("A08", "A10", "A17", "A19", "A25", "A28")]
    ['LVP', 'LVR', 'LVR', 'LVO', 'LVN', 'LD']
    """
    number = int(step[1:])
    return next((tier for last, tier in _LAST_STEP if number <= last), "LD")


def tiers_between(first: str, last: str) -> tuple[str, ...]:
    """Return the tiers from one to another, both included.

    >>> tiers_between("LVR", "LVN")
    ('LVR', 'LVO', 'LVN')
    """
    return TIERS[TIERS.index(first) : TIERS.index(last) + 1]


def tell_versions(before: Sequence[L], after: Sequence[L], totals: tuple[Totals, Totals]) -> Passage[L]:
    """Tell what a newer version of a list changed, person by person."""
    difference = compare(before, after, one_period=True)
    entries = [
        *(Entry(turn=Turn.LEFT, line=line) for line in difference.left),
        *(Entry(turn=Turn.JOINED, line=line) for line in difference.joined),
        *(Entry(turn=Turn.CHANGED, line=one.after, before=one.before) for one in difference.changed),
    ]
    return Passage(before=totals[0], after=totals[1], entries=tuple(entries))


def tell_tiers(
    totals: tuple[Totals, Totals],
    *,
    left_behind: Iterable[tuple[L, Turn, int | None]],
    unsourced: Iterable[L] = (),
    altered: Iterable[tuple[L, L]] = (),
) -> Passage[L]:
    """Tell what became of the lines of some lists in the one that was made of them.

    `left_behind` are the lines from which none above came, with how and by which
    decision; `altered` are lines that say something else above, as (below, above).
    """
    entries = [
        *(Entry(turn=turn, line=line, cause=cause) for line, turn, cause in left_behind),
        *(Entry(turn=Turn.UNSOURCED, line=line) for line in unsourced),
        *(Entry(turn=Turn.ALTERED, line=above, before=below) for below, above in altered),
    ]
    return Passage(before=totals[0], after=totals[1], entries=tuple(entries))


def _one(line: Line) -> Totals:
    if line.kind == "VRS":
        return Totals(vrs=1, vrs_centavos=line.amount_centavos)
    return Totals(pvr=1, pvr_centavos=line.amount_centavos)


def _negated(totals: Totals) -> Totals:
    return Totals(
        vrs=-totals.vrs,
        pvr=-totals.pvr,
        vrs_centavos=-totals.vrs_centavos,
        pvr_centavos=-totals.pvr_centavos,
    )
