"""Remind the PAC of a region whose list has not come, each once a day at the most (C-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.letter_values import period_in_words, unit_in_words
from actions.read_case import read_situation, working_days
from actions.send_letter import send
from procedures import engine
from procedures.engine import Instance, Status
from storage import outbox
from storage.cases import CaseRow
from storage.entries import EntryRow

REQUEST, DELIVERY = "A04", "A08"
REMINDER = "M-45"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminders:
    """Which PAC can be reminded today, and which were reminded already."""

    due: tuple[str, ...]
    already: tuple[str, ...]


def missing_lists(desk: Desk, case: CaseRow, region: str) -> Reminders:
    """Return the PAC of a region who still owe their list."""
    situation = read_situation(desk, case)
    owing = [
        pac
        for pac in case.tree.get("pac", [])
        if case.parents.get(pac) == region
        and situation.is_done(REQUEST, region)
        and engine.status(situation, Instance(DELIVERY, pac)) in {Status.OPEN, Status.BLOCKED, Status.PENDING}
    ]
    since = datetime.combine(desk.today, time(), desk.office.zone)
    reminded = outbox.units_written_to(
        desk.session, case_id=case.id, template=REMINDER, step=DELIVERY, units=owing, since=since
    )
    return Reminders(
        due=tuple(pac for pac in owing if pac not in reminded),
        already=tuple(pac for pac in owing if pac in reminded),
    )


def remind_missing(
    desk: Desk, case: CaseRow, region: str, *, person_id: int, entry: EntryRow
) -> Sequence[str]:
    """Write to every PAC of a region who owes a list and was not reminded today; return their ámbitos."""
    situation = read_situation(desk, case)
    days = working_days(desk)
    due = missing_lists(desk, case, region).due
    for pac in due:
        limit = engine.due(situation, Instance(DELIVERY, pac), days)
        if limit is None:
            continue
        on_time = limit.on >= desk.today
        values = {
            "step": DELIVERY,
            "title": situation.definition.steps[DELIVERY].title,
            "unit": unit_in_words(case, pac),
            "period": period_in_words(desk, case),
            "due": limit.on,
            "due_reason": limit.reason,
            "days_left": days.count(desk.today, limit.on) if on_time else -days.count(limit.on, desk.today),
        }
        send(
            desk,
            REMINDER,
            values,
            addressees(desk, "PAC", pac, asks=DELIVERY, asks_unit=pac),
            case=case,
            step=DELIVERY,
            unit=pac,
            version=f"pedido/{desk.today.isoformat()}",
        )
    if due:
        desk.note(
            "missing_reminded",
            case_id=case.id,
            unit=region,
            person_id=person_id,
            entry_id=entry.id,
            channel="chat",
            count=len(due),
        )
    return due
