"""Read an expediente out of the books into what the engine reasons about."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from actions.check_headcounts import excess_of, find_limit, listed_totals
from actions.compose_circular import circular_content, circular_lacks
from actions.desk import Desk
from actions.find_release import acknowledged_on, find_release, find_replaced
from mail.wording import short_date
from procedures import loader
from procedures.definition import Definition
from procedures.engine import Situation
from procedures.situation import Timer, TimerState
from procedures.working_days import WorkingDays
from storage import agenda, cases, definitions, duplicates, folios, lists, payout_cases, periods
from storage.agenda import DeadlineState, TimerRecord
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState
from storage.payout_cases import PayoutState

LEVEL_BELOW = {ListLevel.LVR: ListLevel.LVP, ListLevel.LVO: ListLevel.LVR, ListLevel.LVN: ListLevel.LVO}

LEAD_DAYS = 5
"""The anticipo is asked for on the fifth working day before R, or earlier (5.2.1, AMB-49)."""


@lru_cache(maxsize=16)
def _parsed(text: str) -> Definition:
    return loader.load(text)


def definition_of(desk: Desk, case: CaseRow) -> Definition:
    """Return the version of the procedure that the expediente began with."""
    return _parsed(desk.once(definitions.get_definition, case.procedure, case.version).text)


def working_days(desk: Desk) -> WorkingDays:
    """Return the office's working days."""
    return desk.once(periods.working_days)


def read_situation(desk: Desk, case: CaseRow, unit: str | None = None) -> Situation:
    """Return the situation of an expediente.

    With a unit, the facts that gates read about that unit are gathered too; they
    cost queries, so they are gathered only for the unit that an entry touches.
    """
    standing = desk.standings.read(desk.session, case, lambda: definition_of(desk, case))
    parts = (
        standing,
        agenda.timers_of(desk.session, case.id),
        _case_facts(desk, case),
        _problem_facts(desk, case),
        case.facts,
        case.stage,
    )
    situation = desk.make_once(("situation", case.id), parts, lambda: _informed(*parts))
    return situation if unit is None else situation.with_facts(unit, unit_facts(desk, case, unit))


def _informed(
    standing: Situation,
    timers: Sequence[TimerRecord],
    known: Mapping[str, object],
    problems: Mapping[str, Mapping[str, object]],
    facts: Mapping[str, Mapping[str, object]],
    stage: str,
) -> Situation:
    own = {unit: {**facts.get(unit, {}), **found} for unit, found in problems.items()}
    own[""] = {**facts.get("", {}), **known, **problems.get("", {})}
    return standing.knowing({**facts, **own}, timers=[_timer(row) for row in timers], state=stage)


def _problem_facts(desk: Desk, case: CaseRow) -> dict[str, dict[str, Any]]:
    """Count the payout cases that wait for somebody: for the PAC's mail, the SAC's report, the CACyPCS's receipt."""
    facts: dict[str, dict[str, Any]] = {}

    def add(unit: str, count: int, date_name: str, since: date) -> None:
        known = facts.setdefault(unit, {"problem_cases": 0, date_name: since})
        known["problem_cases"] += count
        known[date_name] = min(known[date_name], since)

    for standing in payout_cases.standing_of(desk.session, case.id, WAITING_CASES):
        since = desk.local_date(standing.since)
        match standing.state:
            case PayoutState.REGISTERED:
                add(standing.pac, standing.number, "case_detected", since)
            case PayoutState.SAC_NOTIFIED:
                add(case.parents[standing.pac], standing.number, "case_received_by_sac", since)
            case _:
                add("", standing.number, "case_received_by_cacypcs", since)
    return facts


WAITING_CASES = (PayoutState.REGISTERED, PayoutState.SAC_NOTIFIED, PayoutState.CACYPCS_INFORMED)

_TIMER_STATES = {
    DeadlineState.WAITING: TimerState.RUNNING,
    DeadlineState.FIRED: TimerState.FIRED,
    DeadlineState.CANCELLED: TimerState.CANCELLED,
}


def _timer(row: TimerRecord) -> Timer:
    if row.due_on is None:
        message = f"the timer {row.key} has no date"
        raise ValueError(message)
    return Timer(name=row.name, unit=row.unit, due_on=row.due_on, state=_TIMER_STATES[row.state])


def _case_facts(desk: Desk, case: CaseRow) -> dict[str, Any]:
    period = desk.once(periods.find_period, case.period) if case.period else None
    if period is None:
        return {}
    return {
        "mailbox_read_until": desk.once(folios.get_fact, "mailbox_read_until"),
        "calendar_loaded": True,
        "headcounts_loaded": True,
        "T0": period.t0,
        "T1": period.t1,
        "R": period.r,
        "months": tuple(period.months),
        "calendar": dict(period.dates),
    }


def unit_facts(desk: Desk, case: CaseRow, unit: str) -> dict[str, Any]:
    """Gather what the gates read about one unit."""
    facts: dict[str, Any] = {
        "undecided_duplicates": duplicates.undecided_duplicates(desk.session, case.id, unit)
    }
    if unit in case.tree.get("pac", []):
        version = lists.latest_version(desk.session, case.id, ListLevel.LVP, unit)
        facts["accepted_list"] = bool(version and version.rejected == 0)
        facts["open_errors"] = version.rejected if version else 0
        return facts
    facts["open_errors"] = facts["undecided_duplicates"]
    if not unit:
        facts |= _money_facts(desk, case)
    if unit in case.tree.get("ooad", []):
        limit = find_limit(desk, case, unit)
        facts["headcount"] = listed_totals(desk, case, unit).rows
        facts["authorised_headcount"] = limit.headcount.total if limit else None
        facts["excess"] = "; ".join(excess_of(desk, case, unit))
    return facts


def _money_facts(desk: Desk, case: CaseRow) -> dict[str, Any]:
    """Gather what the gates before the anticipo read: 5.2.1, 5.2.2 and 5.2.4."""
    definitive = lists.latest_version(desk.session, case.id, ListLevel.LD, "")
    period = desk.once(periods.find_period, case.period) if case.period else None
    facts: dict[str, Any] = {
        # A newer list that did not go to the PS is not the one that it has.
        "same_file": definitive is not None and definitive.state is ListState.TRANSMITTED
    }
    if definitive is not None:
        replaced, release = find_replaced(desk, case, definitive), find_release(desk, definitive)
        facts["replaced_version"] = replaced.version if replaced else 0
        facts["sent_version"] = definitive.version
        facts["sent_on"] = short_date(desk.local_date(release.at)) if release else ""
        facts["acknowledged"] = acknowledged_on(desk, case, definitive) is not None
    if period is None:
        return facts
    if definitive is not None:
        facts |= _circular_facts(desk, case)
    facts["lead_kept"] = desk.today <= working_days(desk).subtract(period.r, LEAD_DAYS)
    facts["first_period"] = period.previous is None
    if period.previous is not None:
        facts["previous_period"] = period.previous
        previous = cases.find_case(desk.session, f"{case.procedure}/{period.previous}")
        facts["previous_proved"] = previous is not None and read_situation(desk, previous).is_done("EV47S")
    return facts


def _circular_facts(desk: Desk, case: CaseRow) -> dict[str, Any]:
    """Gather what the gates of the circular of the delivery period read (act. 34)."""
    content = circular_content(desk, case)
    approval = cases.last_step(desk.session, case.id, "EV34A", "")
    return {
        "circular_lacks": "; ".join(circular_lacks(desk, case, content)),
        "circular_as_approved": approval is None or approval.subject_key == content.digest,
    }
