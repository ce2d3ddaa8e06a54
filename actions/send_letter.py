"""Put letters in the outbox: composed once, personal for each recipient, their bytes fixed before the first try."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from actions.desk import Desk
from actions.find_addressees import Addressee
from actions.find_expediente import Whereabouts
from actions.notify_by_chat import notify_by_chat
from mail.composing import Enclosure, Office, Recipient, Thread, compose
from mail.invitations import Deadline
from mail.tags import SubjectTag
from storage import outbox, people
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.outbox import Letter
from storage.people import PersonRow

NATIONAL = "NACIONAL"
WITH_CALENDAR = {
    "M-03": "solicitar los listados a los PAC",
    "M-04": "entregar el listado del ámbito",
    "M-07": "corregir el listado del ámbito",
    "DUPLICATE": "decidir un registro doble",
}
"""Letters that bring an .ics besides those that ask for a step."""
TAGS = {
    "M-06": "ACUSE",
    "ALREADY": "ACUSE",
    "M-07": "OBS",
    "REFUSED": "OBS",
    "NOT-DONE": "OBS",
    "LIST-ARRIVED": "ACUSE",
    "ASK-EV34A": "A34",
    "ASK-EV34S": "A34",
}
"""Messages that answer carry a word instead of an activity (ledger 4.8); an approval, that of what it approves."""


def send(
    desk: Desk,
    key: str,
    values: Mapping[str, Any],
    to: Sequence[Addressee],
    *,
    case: CaseRow | None = None,
    step: str = "",
    unit: str = "",
    version: str = "",
    attachments: Sequence[Enclosure] = (),
    answering: EntryRow | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    codes: Mapping[str, str] | None = None,
    invitation: Deadline | None = None,
) -> list[Letter]:
    """Compose a message once and put one letter a recipient in the outbox.

    The key of a letter says what makes it one (expediente, message, step, unit,
    recipient, version): asked for again, it is already there and nothing is queued.
    What has not left by `not_after` no longer does.
    """
    wanted = {letter_key(case, key, step, unit, who.email, version): who for who in to}
    known = outbox.known_keys(desk.session, list(wanted))
    fresh = {name: who for name, who in wanted.items() if name not in known}
    if not fresh:
        return []
    pattern = compose(
        key,
        values,
        office=letterhead(desk),
        attachments=attachments,
        invitation=invitation or _deadline(desk, case, key, step, unit, values),
    )
    letters = []
    thread = _thread(answering)
    for name, who in fresh.items():
        message_id = (
            f"<{hashlib.sha256(name.encode()).hexdigest()[:32]}@{desk.office.address.partition('@')[2]}>"
        )
        recipient = Recipient(
            address=who.email,
            name=who.name,
            cargo=who.cargo,
            code=(codes or {}).get(who.email, ""),
            tag=subject_tag(case, key, who.asks or step, who.asks_unit or unit),
        )
        original = pattern.letter(recipient, message_id=message_id, date=desk.now, thread=thread)
        letters.append(
            Letter(
                key=name,
                template=key,
                case_id=case.id if case else None,
                step=step,
                unit=unit,
                asks=who.asks,
                asks_unit=who.asks_unit,
                person_id=who.person_id,
                address=who.email,
                subject=pattern.subject_for(recipient),
                message_id=message_id,
                blob_sha256=desk.keep(original),
                reply_to_entry=answering.id if answering else None,
                created_at=desk.now,
                not_before=max(not_before or desk.now, desk.now),
                not_after=not_after,
            )
        )
    queued = outbox.enqueue(desk.session, letters)
    for letter in queued:
        desk.note(
            "letter_queued",
            case_id=letter.case_id,
            step=step,
            unit=unit,
            letter_id=letter.id,
            channel="mail",
            template=key,
            sha256=letter.blob_sha256,
            approved=pattern.digest,
        )
    notify_by_chat(
        desk, key, values, list(zip(queued, fresh.values(), strict=True)), case=case, step=step, unit=unit
    )
    desk.wake_couriers()
    return queued


def _deadline(
    desk: Desk, case: CaseRow | None, key: str, step: str, unit: str, values: Mapping[str, Any]
) -> Deadline | None:
    """Return the due date of a letter that asks for something, for the calendar of whoever gets it."""
    due = values.get("due")
    if case is None or not isinstance(due, date) or not (key.startswith("ASK") or key in WITH_CALENDAR):
        return None
    title = str(values.get("title") or WITH_CALENDAR.get(key) or "")
    domain = desk.office.address.partition("@")[2]
    return Deadline(
        uid=f"{case.folio}/{step}/{unit or NATIONAL}@{domain}".replace(" ", "-"),
        on=due,
        summary=f"Vence: {title or step} ({case.period}, {unit or NATIONAL})",
        description=str(values.get("due_reason") or ""),
        stamped_at=desk.now,
        organiser=desk.office.address,
    )


def letter_key(case: CaseRow | None, key: str, step: str, unit: str, address: str, version: str) -> str:
    """Return what makes a letter one."""
    return f"{case.folio if case else '-'}|{key}|{step}|{unit}|{address}|{version}"[:240]


def letterhead(desk: Desk) -> Office:
    """Return who writes, as it is printed on every letter."""
    return Office(
        address=desk.office.address,
        contact=desk.office.address,
        name=desk.office.name,
        zone=desk.office.zone.key,
    )


def subject_tag(case: CaseRow | None, key: str, step: str, unit: str) -> str:
    """Return the bracketed beginning of a letter's subject; empty outside a period."""
    if case is None or not case.period:
        return ""
    activity = TAGS.get(key) or (step if step[:1] in {"A", "B"} else "REC")
    return str(
        SubjectTag(
            procedure=case.procedure[:4], period=case.period, activity=activity, scope=unit or NATIONAL
        )
    )


def _thread(entry: EntryRow | None) -> Thread | None:
    if entry is None or not entry.message_id:
        return None
    references = entry.reading.get("references")
    return Thread(
        in_reply_to=entry.message_id, references=tuple(references) if isinstance(references, list) else ()
    )


def send_to_person(
    desk: Desk,
    key: str,
    values: Mapping[str, Any],
    person: PersonRow | int,
    *,
    entry: EntryRow | None = None,
    version: str = "",
) -> list[Letter]:
    """Write to a person at the registered address, whatever address a mail claimed to come from."""
    row = people.get_person(desk.session, person) if isinstance(person, int) else person
    address = desk.once(people.active_email, row.id)
    if not address:
        return []
    who = Addressee(email=address, name=row.full_name, cargo=row.cargo, role="", unit="", person_id=row.id)
    return send(desk, key, values, [who], version=version or (entry.folio if entry else ""), answering=entry)


def send_to_sender(
    desk: Desk,
    key: str,
    values: Mapping[str, Any],
    *,
    entry: EntryRow,
    whereabouts: Whereabouts,
    attachments: Sequence[Enclosure] = (),
    asks: str = "",
) -> list[Letter]:
    """Answer whoever sent an entry, in the same thread; `asks` says what an answer to the answer is for."""
    row = people.get_person(desk.session, whereabouts.person_id)
    who = Addressee(
        email=desk.once(people.active_email, whereabouts.person_id),
        name=row.full_name,
        cargo=row.cargo,
        role="",
        unit=entry.unit,
        person_id=row.id,
        asks=asks,
        asks_unit=entry.unit if asks else "",
    )
    return send(
        desk,
        key,
        values,
        [who],
        case=whereabouts.case,
        step=whereabouts.step if whereabouts.step[:1] == "A" and whereabouts.step[1:].isdigit() else "",
        unit=entry.unit or whereabouts.unit,
        version=entry.folio,
        attachments=attachments,
        answering=entry,
    )


def one_time_code(
    desk: Desk,
    person_id: int,
    *,
    case_id: int | None,
    act: str,
    unit: str,
    subject_key: str = "",
    valid: timedelta,
) -> str:
    """Issue a code that makes a person's answer an act; only its keyed hash stays in the books."""
    return people.issue_code(
        desk.session,
        key=bytes.fromhex(desk.office.secret),
        person_id=person_id,
        case_id=case_id,
        act=act,
        unit=unit,
        subject_key=subject_key,
        now=desk.now,
        ttl=valid,
    )
