"""Close the payout cases that are open when the delivery ends: the conciliation decides them (ledger 4.7)."""

from datetime import datetime, time, timedelta

from actions.desk import Desk
from actions.treat_payout_cases import tell_all
from storage import agenda, cases, payout_cases, periods
from storage.agenda import DeadlineRow
from storage.cases import CaseRow
from storage.payout_cases import OVER, PayoutState

ROUND = "CASES-END"


def plan_end(desk: Desk, case: CaseRow) -> None:
    """Put down the first instant after the last day of the delivery; asked again, it moves with the period."""
    period = periods.get_period(desk.session, case.period)
    agenda.put_round(
        desk.session,
        case.id,
        ROUND,
        unit="",
        due_at=datetime.combine(period.t1 + timedelta(days=1), time(), desk.office.zone),
        due_on=period.t1,
        reason="término del periodo de entrega",
    )


def close_cases(desk: Desk, row: DeadlineRow) -> None:
    """Close every case of an expediente whose delivery is over; what nobody confirmed ends with them."""
    case = cases.get_case(desk.session, row.case_id)
    period = periods.get_period(desk.session, case.period)
    if desk.today <= period.t1:
        plan_end(desk, case)
        return
    still_open = [state for state in PayoutState if state not in OVER]
    rows = payout_cases.cases_of(desk.session, case.id, None, still_open)
    for one in rows:
        one.resolved_at = desk.now
        payout_cases.move(
            desk.session,
            one,
            PayoutState.LEFT_TO_RECONCILE,
            at=desk.now,
            note="Término del periodo de entrega",
        )
    named = [one for one in rows if one.folio]
    if rows:
        desk.note(
            "payout_cases_closed", case_id=case.id, channel="timer", count=len(rows), period=case.period
        )
        tell_all(desk, case, named, version="término", ended=True)
