"""Draw the boards of the tiers: how far the lists are, what is overdue, how the delivery goes. Counts, never a person."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from actions.designate_ems import designated_region
from actions.desk import Desk
from actions.letter_values import name_of, period_in_words, unit_in_words
from actions.read_case import read_situation, working_days
from procedures import engine
from procedures.engine import Instance, Situation
from storage import cases, lists, payout_cases, progress
from storage.cases import CaseRow
from storage.lists import ListLevel
from storage.payout_cases import OVER, PayoutState

HANDED_UP = "A22"
"""With it the list of an OOAD is with the UPIB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitBoard:
    """How far one unit is: the PAC below it, and what of it is overdue."""

    name: str
    delivered: int
    total: int
    with_errors: int
    received: bool
    """Whether its own list is with the tier above."""
    overdue: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """The board of a unit, or of the nation, in one period."""

    case_id: int
    unit: str
    name: str
    period: str
    delivered: int
    total: int
    with_errors: int
    units: tuple[UnitBoard, ...]
    overdue: tuple[tuple[str, int], ...]
    """Titles of steps and at how many units each is overdue."""
    open_cases: int

    @property
    def received(self) -> int:
        """How many of the units below handed their list up."""
        return sum(unit.received for unit in self.units)

    @property
    def overdue_steps(self) -> int:
        """How many steps are overdue here and below."""
        return sum(number for _title, number in self.overdue)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryBoard:
    """How the delivery goes by what PAC report; the PS's own report comes with the reconciliation."""

    case_id: int
    period: str
    collected: int
    with_problem: int
    payees: int
    reporting: int
    """How many PAC reported."""
    pacs: int
    latest_on: date | None
    ooads: tuple[tuple[str, int, int], ...]
    """Name, collected, payees."""

    @property
    def percent(self) -> int:
        """How much of what the reporting PAC know of was collected."""
        return round(100 * self.collected / self.payees) if self.payees else 0


def ooad_boards(desk: Desk, ooad: str) -> list[Board]:
    """Return the board of an OOAD in every period that runs, its regions below."""
    return [
        _board(desk, case, ooad, [code for code in case.tree["region"] if case.parents.get(code) == ooad])
        for case in desk.once(cases.open_cases)
        if ooad in case.tree.get("ooad", [])
    ]


def national_boards(desk: Desk) -> list[Board]:
    """Return the board of the nation in every period that runs, its OOAD below."""
    return [
        _board(desk, case, "", case.tree["ooad"])
        for case in desk.once(cases.open_cases)
        if case.tree.get("ooad")
    ]


def find_board(desk: Desk, case_id: int, unit: str) -> Board | None:
    """Find a board again, by its expediente and unit; None when that period is over."""
    boards = ooad_boards(desk, unit) if unit else national_boards(desk)
    return next((board for board in boards if board.case_id == case_id), None)


def designated_ooads(desk: Desk, region: str) -> list[str]:
    """Return the OOAD whose list the EMS of a region integrates in a period that runs (A16)."""
    found = {
        ooad
        for case in desk.once(cases.open_cases)
        if (ooad := case.parents.get(region, ""))
        and not case.facts.get(ooad, {}).get("has_egas")
        and designated_region(case, ooad) == region
    }
    return sorted(found)


def _board(desk: Desk, case: CaseRow, unit: str, below: Sequence[str]) -> Board:
    situation = read_situation(desk, case)
    late = _overdue(desk, situation)
    pacs = {code: _pacs_below(case, code) for code in below}
    current = lists.current_versions(
        desk.session, case.id, ListLevel.LVP, [pac for some in pacs.values() for pac in some]
    )
    errors = {row.unit for row in current if row.rejected}
    arrived = {row.unit for row in current}
    handed_up = HANDED_UP if not unit else ("A13" if case.facts.get(unit, {}).get("has_egas") else "A17")
    units = tuple(
        UnitBoard(
            name=name_of(case, code) if not unit else unit_in_words(case, code).split(",")[0],
            delivered=len(arrived & set(pacs[code])),
            total=len(pacs[code]),
            with_errors=len(errors & set(pacs[code])),
            received=situation.is_done(handed_up, code),
            overdue=sum(_is_within(instance.unit, code) for instance in late),
        )
        for code in below
    )
    titles = Counter(
        situation.definition.steps[instance.step].title
        for instance in late
        if _is_within(instance.unit, unit)
    )
    return Board(
        case_id=case.id or 0,
        unit=unit,
        name=unit_in_words(case, unit) if unit else "",
        period=period_in_words(desk, case) if case.period else case.folio,
        delivered=len(arrived),
        total=sum(one.total for one in units),
        with_errors=len(errors),
        units=units,
        overdue=tuple(titles.most_common()),
        open_cases=_open_cases(desk, case, [pac for some in pacs.values() for pac in some]),
    )


def _overdue(desk: Desk, situation: Situation) -> list[Instance]:
    days = working_days(desk)
    return [
        instance
        for instance in engine.waiting_instances(situation)
        if (due := engine.due(situation, instance, days)) is not None and engine.is_late(due, desk.today)
    ]


def _pacs_below(case: CaseRow, unit: str) -> list[str]:
    return [pac for pac in case.tree.get("pac", []) if _is_within(pac, unit)]


def _is_within(unit: str, container: str) -> bool:
    return not container or f"{unit}-".startswith(f"{container}-")


def _open_cases(desk: Desk, case: CaseRow, pacs: Sequence[str]) -> int:
    states = [state for state in PayoutState if state not in OVER]
    return len(payout_cases.cases_of(desk.session, case.id, pacs, states))


def delivery_boards(desk: Desk) -> list[DeliveryBoard]:
    """Return how the delivery goes in every period that runs and of which somebody reported."""
    found = []
    for case in desk.once(cases.open_cases):
        pacs = case.tree.get("pac", [])
        reports = progress.latest_progress(desk.session, case.id, pacs)
        if not reports:
            continue
        found.append(
            DeliveryBoard(
                case_id=case.id or 0,
                period=period_in_words(desk, case),
                collected=sum(row.collected for row in reports.values()),
                with_problem=sum(row.with_problem for row in reports.values()),
                payees=sum(row.payees for row in reports.values()),
                reporting=len(reports),
                pacs=len(pacs),
                latest_on=max(row.on for row in reports.values()),
                ooads=tuple(
                    (
                        name_of(case, ooad),
                        sum(row.collected for pac, row in reports.items() if _is_within(pac, ooad)),
                        sum(row.payees for pac, row in reports.items() if _is_within(pac, ooad)),
                    )
                    for ooad in case.tree.get("ooad", [])
                ),
            )
        )
    return found
