"""Offer a SAC the new cases of the region to be reported on, by chat and by mail (A39, C-25, DL39)."""

from datetime import datetime, time

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.letter_values import period_in_words, unit_in_words
from actions.payout_letters import ask_for_release, new_cases
from actions.read_case import working_days
from actions.send_chat import Choice
from actions.send_letter import send
from actions.tell_by_chat import tell
from mail.wording import count_of
from storage import agenda, cases, payout_cases
from storage.agenda import DeadlineKind, DeadlineRow, Due
from storage.cases import CaseRow
from storage.payout_cases import PayoutState

ROUND = "CASES"
"""The morning of a working day on which a region still has cases to report (DL39)."""
REVIEW, RELEASE, LATER = "cases_review", "cases_release", "cases_later"
"""What the buttons do; `bot/casework.py` answers them."""
MORNING = time(9)


def offer_release(desk: Desk, case: CaseRow, region: str) -> None:
    """Tell the SAC that there are new cases, once a day by chat, and put down the morning that asks by mail."""
    count = len(new_cases(desk, case, region))
    if not count:
        return
    _tell(desk, case, region, count)
    due_on = working_days(desk).add(desk.today, 1)
    key = f"{case.id}/{ROUND}/{region}"
    if agenda.is_waiting(desk.session, key):
        return
    agenda.put(
        desk.session,
        [
            Due(
                key=key,
                kind=DeadlineKind.ROUND,
                case_id=case.id,
                step="",
                unit=region,
                name=ROUND,
                due_at=datetime.combine(due_on, MORNING, desk.office.zone),
                due_on=due_on,
                reason="un día hábil después de que el caso llegó a la SAC (actividad 39)",
            )
        ],
    )


def ask_again(desk: Desk, row: DeadlineRow) -> None:
    """Send the SAC the cases that are not reported yet; from the second morning on its EMS hears of it, too."""
    case = cases.get_case(desk.session, row.case_id)
    region = row.unit
    count = len(new_cases(desk, case, region))
    if not count:
        return
    since = min(
        (
            standing.since
            for standing in payout_cases.standing_of(desk.session, case.id, [PayoutState.SAC_NOTIFIED])
            if case.parents.get(standing.pac) == region
        ),
        default=desk.now,
    )
    days = working_days(desk)
    due_on = days.add(desk.local_date(since), 1)
    late = desk.today > due_on
    ask_for_release(desk, case, region, version=desk.today.isoformat(), late=late)
    _tell(desk, case, region, count)
    if late:
        where = unit_in_words(case, region)
        days_late = days.count(due_on, desk.today)
        item = {
            "step": "A39",
            "title": f"Informar a la CACyPCS de {count} casos con problemas para cobrar",
            "unit": where,
            "period": period_in_words(desk, case),
            "owner": f"SAC, {where}",
            "due": due_on,
            "due_reason": row.reason,
            "days_left": -days_late,
            "options": [],
        }
        late_for = count_of(days_late, "día hábil", "días hábiles")
        values = {
            "summary": f"Actividad 39 vencida: SAC, {where.split(',')[0]}, {late_for}",
            "own": [],
            "team": [item],
        }
        ems = addressees(desk, "EMS", region)
        send(desk, "M-46", values, ems, case=case, step="A39", unit=region, version=desk.today.isoformat())
    next_on = days.add(desk.today, 1)
    agenda.put(
        desk.session,
        [
            Due(
                key=row.key,
                kind=DeadlineKind.ROUND,
                case_id=case.id,
                step="",
                unit=region,
                name=ROUND,
                due_at=datetime.combine(next_on, MORNING, desk.office.zone),
                due_on=next_on,
                reason=row.reason,
            )
        ],
    )


def _tell(desk: Desk, case: CaseRow, region: str, count: int) -> None:
    value = f"{case.id}|{region}"
    for who in addressees(desk, "SAC", region):
        tell(
            desk,
            who.person_id,
            "new_cases_one" if count == 1 else "new_cases_many",
            version=f"{region}/{desk.today.isoformat()}",
            choices=release_choices(value),
            case_id=case.id,
            unit=region,
            count=count,
        )


def release_choices(value: str) -> list[list[Choice]]:
    """Return the buttons under the count of new cases (C-25)."""
    return [
        [
            Choice(text="button_review", act=REVIEW, value=value),
            Choice(text="button_send", act=RELEASE, value=value),
        ],
        [Choice(text="button_later", act=LATER, value=value)],
    ]
