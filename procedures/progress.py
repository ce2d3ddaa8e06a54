"""Whether a report of the delivery's progress adds up (act. 38, C-14)."""

from dataclasses import dataclass
from enum import StrEnum


class Doubt(StrEnum):
    """What is wrong with a report, or wants to be confirmed."""

    NONE = ""
    TOO_MANY = "too_many"
    """More collected and in trouble than there are payees."""
    FEWER = "fewer"
    """Fewer collected than reported before: possible, and to be confirmed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How the delivery stands in an ámbito, in people."""

    payees: int
    collected: int
    with_problem: int

    @property
    def pending(self) -> int:
        """Who neither collected nor has a problem."""
        return self.payees - self.collected - self.with_problem


def doubt_about(count: Count, collected_before: int | None = None) -> Doubt:
    """Return what is doubtful about a report.

    >>> doubt_about(Count(payees=5, collected=3, with_problem=3))
    <Doubt.TOO_MANY: 'too_many'>
    >>> doubt_about(Count(payees=5, collected=3, with_problem=2), collected_before=4)
    <Doubt.FEWER: 'fewer'>
    >>> doubt_about(Count(payees=5, collected=3, with_problem=2), collected_before=3)
    <Doubt.NONE: ''>
    """
    if count.pending < 0:
        return Doubt.TOO_MANY
    if collected_before is not None and count.collected < collected_before:
        return Doubt.FEWER
    return Doubt.NONE
