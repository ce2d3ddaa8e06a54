"""Find the delivery that somebody reports of: the period whose payees stand in the books (act. 38)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from actions.desk import Desk
from storage import cases, payees, periods
from storage.cases import CaseRow

PROCEDURE = "0780-003-002"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A delivery period as some ámbitos see it."""

    case: CaseRow
    t0: date
    t1: date
    payees: Mapping[str, int]
    """How many people may collect, by ámbito; only the ámbitos that were asked for."""

    @property
    def total(self) -> int:
        """How many people may collect in all of them."""
        return sum(self.payees.values())

    def covers(self, day: date) -> bool:
        """Tell whether a day lies in the period, first and last day included."""
        return self.t0 <= day <= self.t1


def find_delivery(desk: Desk, pacs: Sequence[str], on: date) -> Delivery | None:
    """Find the delivery of some ámbitos that runs on a day; else the last that began, else the next.

    None when no listado definitivo names anybody of them.
    """
    found = []
    for case in desk.once(cases.open_cases, PROCEDURE):
        own = set(pacs) & set(case.tree.get("pac", []))
        period = desk.once(periods.find_period, case.period) if own else None
        if period is None:
            continue
        named = desk.once(payees.count_payees, case.id, tuple(sorted(own)))
        if named:
            found.append(Delivery(case=case, t0=period.t0, t1=period.t1, payees=named))
    if not found:
        return None
    running = [one for one in found if one.covers(on)]
    begun = sorted((one for one in found if one.t0 <= on), key=lambda one: one.t0)
    return running[0] if running else begun[-1] if begun else min(found, key=lambda one: one.t0)


def pacs_of_region(case: CaseRow, region: str) -> list[str]:
    """Return the ámbitos of a region in an expediente."""
    return [code for code in case.tree.get("pac", []) if case.parents.get(code) == region]
