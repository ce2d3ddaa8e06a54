"""Look up what the lists of the period before said: how many there were, and what was told of somebody."""

from collections.abc import Sequence

from actions.desk import Desk
from procedures.lists.duplicates import Listed
from storage import cases, duplicates, lists, periods, volunteers
from storage.cases import CaseRow
from storage.lists import ListLevel, ListLineRow


def previous_case(desk: Desk, case: CaseRow) -> CaseRow | None:
    """Return the expediente of the period before; None when the desk did not keep it."""
    period = desk.once(periods.find_period, case.period)
    if period is None or not period.previous:
        return None
    return desk.once(cases.find_case, f"{case.procedure}/{period.previous}")


def previous_count(desk: Desk, case: CaseRow, level: ListLevel, unit: str) -> int | None:
    """Return how many people the list of a unit had in the period before; None when that is not known."""
    earlier = previous_case(desk, case)
    version = lists.latest_version(desk.session, earlier.id, level, unit) if earlier else None
    if version is not None:
        return version.rows
    # Who begins in mid-life has the last period's people in the directory.
    count = volunteers.count_active_at if level is ListLevel.LVP else volunteers.count_active
    return desk.once(count, unit) or None


def previous_lines(desk: Desk, case: CaseRow, people: Sequence[Listed]) -> list[ListLineRow | None]:
    """Return for each of some people the line of the period before, in the same ámbito and municipality."""
    earlier = previous_case(desk, case)
    if earlier is None:
        return [None for _who in people]
    known = {
        (who.unit, who.namesake): who
        for who in duplicates.listed_as(desk.session, earlier.id, {who.namesake for who in people})
    }
    found = []
    for who in people:
        before = known.get((who.unit, who.namesake))
        found.append(duplicates.line_at(desk.session, before.version_id, before.row) if before else None)
    return found
