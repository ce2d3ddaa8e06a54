"""Remind the PAC of a region, an OOAD or the nation whose list has not come, each once a day at the most (C-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.find_unit import get_case_of, get_unit
from actions.letter_values import unit_in_words
from actions.read_case import read_situation, working_days
from actions.record_command import record_command
from actions.remind_staff import reminder_of
from actions.see_lists import acting_for
from actions.send_letter import send
from procedures import engine
from procedures.engine import Instance, Status
from storage import outbox
from storage.cases import CaseRow
from storage.entries import EntryRow

REQUEST, DELIVERY = "A04", "A08"
REMINDER = "M-45"
CHASERS = frozenset({"SAC", "EMS", "EGAS", "JSPM", "CACyPCS"})
"""Who may have the PAC below reminded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminders:
    """Which PAC can be reminded today, and which were reminded already."""

    due: tuple[str, ...]
    already: tuple[str, ...]


def missing_lists(desk: Desk, case: CaseRow, unit: str) -> Reminders:
    """Return the PAC within a unit who still owe their list; who was excused owes none."""
    situation = read_situation(desk, case)
    owing = [
        pac
        for pac in case.tree.get("pac", [])
        if (not unit or f"{pac}-".startswith(f"{unit}-"))
        and situation.is_done(REQUEST, case.parents[pac])
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
    desk: Desk, case: CaseRow, unit: str, *, person_id: int, entry: EntryRow, channel: str = "chat"
) -> Sequence[str]:
    """Write to every PAC within a unit who owes a list and was not reminded today; return their ámbitos."""
    situation = read_situation(desk, case)
    days = working_days(desk)
    due = missing_lists(desk, case, unit).due
    for pac in due:
        limit = engine.due(situation, Instance(DELIVERY, pac), days)
        if limit is None:
            continue
        send(
            desk,
            REMINDER,
            reminder_of(desk, case, situation, Instance(DELIVERY, pac), limit.on, limit.reason),
            addressees(desk, "PAC", pac, asks=DELIVERY, asks_unit=pac),
            case=case,
            step=DELIVERY,
            unit=pac,
            version=desk.today.isoformat(),
        )
    if due:
        desk.note(
            "missing_reminded",
            case_id=case.id,
            unit=unit,
            person_id=person_id,
            entry_id=entry.id,
            channel=channel,
            count=len(due),
        )
    return due


def remind_at_keyboard(desk: Desk, period: str, unit: str, *, as_person: str) -> str:
    """Remind on behalf of a named person whose post stands above a unit's PAC; return what to say.

    Raises:
        NoSuchPeriod, NoSuchUnit: there is none.
        NotTheirs: nobody has that name, or the unit is not theirs.
    """
    case = get_case_of(desk, period)
    code = get_unit(case, unit)
    person = acting_for(desk, case, code, as_person=as_person, roles=CHASERS)
    already = missing_lists(desk, case, code).already
    entry = record_command(
        desk,
        f"lists remind {period} {code} {as_person}".encode(),
        person_id=person.id,
        case_id=case.id,
        unit=code,
    )
    reminded = remind_missing(desk, case, code, person_id=person.id or 0, entry=entry, channel="command")
    desk.wake_couriers()
    return chased_in_words(case, reminded, already)


def chased_in_words(case: CaseRow, reminded: Sequence[str], already: Sequence[str]) -> str:
    """Say who was reminded now, and who had been today."""

    def names(units: Sequence[str]) -> str:
        return ", ".join(unit_in_words(case, unit).split(",")[0] for unit in units)

    said = [f"Se recordó a {len(reminded)} PAC: {names(reminded)}."] if reminded else []
    if already:
        said.append(f"Ya se recordó hoy: {names(already)}.")
    return " ".join(said) or "No falta ningún listado; no se envió ningún recordatorio."
