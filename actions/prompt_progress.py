"""Ask the PAC for the progress of the delivery: every week of it, and when their SAC wants to know (DL38, C-23)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from actions.close_payout_cases import plan_end
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.find_delivery import Delivery, find_delivery
from actions.letter_values import period_in_words, unit_in_words
from actions.read_case import working_days
from actions.send_chat import Choice
from actions.send_letter import send
from actions.tell_by_chat import tell
from procedures.progress_days import prompt_days
from storage import agenda, cases, periods, progress
from storage.agenda import DeadlineKind, DeadlineRow, Due
from storage.cases import CaseRow
from storage.progress import ProgressRow

STEP = "A38"
ROUND = "PROGRESS"
REPORT = "progress_report"
"""What [Informar avance] does; `bot/progress.py` answers it."""
MORNING = time(9)


def plan_prompts(desk: Desk, case: CaseRow) -> None:
    """Put down the next prompt of a delivery, and its end; asked again, both move with the period."""
    plan_end(desk, case)
    period = periods.get_period(desk.session, case.period)
    days = [day for day in prompt_days(period.t0, period.t1, working_days(desk)) if day > desk.today]
    key = f"{case.id}/{ROUND}"
    if not days:
        agenda.cancel(desk.session, key)
        return
    agenda.put(
        desk.session,
        [
            Due(
                key=key,
                kind=DeadlineKind.ROUND,
                case_id=case.id,
                step="",
                unit="",
                name=ROUND,
                due_at=datetime.combine(days[0], MORNING, desk.office.zone),
                due_on=days[0],
                reason="avance semanal de la entrega (actividad 38)",
            )
        ],
    )


def prompt_round(desk: Desk, row: DeadlineRow) -> None:
    """Ask every PAC who has not reported since the last round; on the last day, whoever has not that day."""
    case = cases.get_case(desk.session, row.case_id)
    delivery = find_delivery(desk, case.tree.get("pac", []), desk.today)
    period = periods.get_period(desk.session, case.period)
    if delivery is not None and delivery.case.id == case.id and desk.today <= period.t1:
        last = progress.latest_progress(desk.session, case.id, list(delivery.payees))
        is_last = desk.today == prompt_days(period.t0, period.t1, working_days(desk))[-1]
        since = desk.today if is_last else desk.today - timedelta(days=6)
        silent = [pac for pac in delivery.payees if pac not in last or last[pac].on < since]
        ask_progress(desk, delivery, silent)
    plan_prompts(desk, case)


def ask_progress(desk: Desk, delivery: Delivery, pacs: Sequence[str], *, by_sac: bool = False) -> int:
    """Ask some PAC for their progress, each once a day at the most, and return how many were asked."""
    case = delivery.case
    last = progress.latest_progress(desk.session, case.id, list(pacs))
    asked = 0
    for pac in pacs:
        to = addressees(desk, "PAC", pac)
        reached = False
        for who in to:
            told = tell(
                desk,
                who.person_id,
                "ask_progress_sac" if by_sac else "ask_progress",
                version=f"{pac}/{desk.today.isoformat()}",
                choices=[[Choice(text="button_report", act=REPORT, value=pac)]],
                case_id=case.id,
                unit=pac,
                payees=delivery.payees[pac],
            )
            reached = reached or told
        values = {
            "day": desk.today,
            "unit": unit_in_words(case, pac).split(",")[0],
            "period": period_in_words(desk, case),
            "payees": delivery.payees[pac],
            "last": report_in_words(last.get(pac)),
            "asked_by_sac": by_sac,
            "due": delivery.t1,
            "due_reason": "término de la entrega",
        }
        letters = send(
            desk, "ASK-A38", values, to, case=case, step=STEP, unit=pac, version=_version(desk.today)
        )
        asked += bool(letters) or reached
    return asked


def _version(day: date) -> str:
    return day.isoformat()


def report_in_words(row: ProgressRow | None) -> str:
    """Return a report in words; empty when there is none."""
    if row is None:
        return ""
    return f"{row.collected} de {row.payees} cobraron, {row.with_problem} con problema, el {row.on:%d-%m-%Y}"
