"""Whom a PAC still has to tell of the delivery, and what the PAC says of each: told in person, by phone, not found (A37, C-17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from actions.desk import Desk
from actions.letter_values import period_in_words
from actions.read_case import read_situation
from actions.remind_volunteers import STEP, fingerprints, first_round, offices_by_key, zone_of
from actions.take_step import Evidence, take_step
from procedures import engine
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance, Status
from storage import cases, chats, payees, periods, reminders
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.payees import NoticeRow, Payee, Told
from storage.provider import ProviderOfficeRow

CHAT_ACT = "told"
"""What the definition calls the PAC's word that everybody was told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToTell:
    """Somebody whom the PAC has to tell."""

    payee: Payee
    office: ProviderOfficeRow | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """How far an ámbito is with the telling of a period."""

    case: CaseRow
    unit: str
    period: str
    t0: date
    t1: date
    waiting: tuple[ToTell, ...]
    """Who has to be told, locality by locality."""
    not_found: tuple[ToTell, ...]
    by_chat: int
    in_person: int
    by_phone: int
    to_come: int
    """Who will hear by chat when the first notice leaves."""
    is_open: bool
    """Whether activity 37 still waits for the PAC's word."""


def telling_of(desk: Desk, units: Sequence[str]) -> list[Telling]:
    """Return how far some ámbitos are, for each delivery that their PAC were told of and that is not over."""
    found = []
    for case in cases.open_cases(desk.session):
        for unit in units:
            first = first_round(desk, case, case.parents.get(unit, "")) if unit in case.parents else None
            period = desk.once(periods.find_period, case.period) if first is not None else None
            if first is None or period is None or period.t1 < desk.local_date(desk.now):
                continue
            found.append(_telling(desk, case, unit, first))
    return found


def _telling(desk: Desk, case: CaseRow, unit: str, first: date) -> Telling:
    everybody = payees.payees_of(desk.session, case.id, [unit])
    numbers = [one.row.volunteer_id for one in everybody if one.row.volunteer_id is not None]
    linked = chats.linked_volunteers(desk.session, numbers)
    # Until the day of the first notice is over, who has a chat is left to it.
    soon = desk.now.astimezone(zone_of(case, unit)).date() <= first
    offices = offices_by_key(desk)
    period = desk.once(periods.get_period, case.period)
    waiting, not_found, to_come = [], [], 0
    for one in sorted(everybody, key=lambda one: (one.locality_name, one.name, one.row.id or 0)):
        if one.row.collected_on is not None:
            continue
        to_tell = ToTell(payee=one, office=offices.get(one.row.office))
        if one.row.told is Told.NOT_FOUND:
            not_found.append(to_tell)
        elif one.row.told is Told.NOT_YET:
            if soon and one.row.volunteer_id in linked:
                to_come += 1
            else:
                waiting.append(to_tell)
    told = [one.row.told for one in everybody]
    status = engine.status(read_situation(desk, case), Instance(STEP, unit))
    return Telling(
        case=case,
        unit=unit,
        period=period_in_words(desk, case),
        t0=period.t0,
        t1=period.t1,
        waiting=tuple(waiting),
        not_found=tuple(not_found),
        by_chat=told.count(Told.CHAT),
        in_person=told.count(Told.IN_PERSON),
        by_phone=told.count(Told.PHONE),
        to_come=to_come,
        is_open=status in {Status.OPEN, Status.BLOCKED},
    )


def mark_told(
    desk: Desk,
    units: Sequence[str],
    payee_ids: Sequence[int],
    how: Told,
    *,
    person_id: int | None,
    entry: EntryRow,
) -> int:
    """Note how a PAC told some people of the own ámbitos, and return how many; others are left alone."""
    marked = 0
    prints = fingerprints(desk)
    for row in _own(desk, units, payee_ids):
        period = desk.once(periods.get_period, cases.get_case(desk.session, row.row.case_id).period)
        payees.tell(desk.session, row.row.id or 0, how, at=entry.received_at, person_id=person_id)
        payees.add_notices(
            desk.session,
            [
                NoticeRow(
                    payee_id=row.row.id or 0,
                    kind=how.value,
                    channel="pac",
                    at=entry.received_at,
                    person_id=person_id,
                    office=row.row.office,
                    note=reminders.dates_key(period.t0, period.t1),
                    said=prints.get(row.row.office, prints[""]),
                )
            ],
        )
        _note(desk, "payee_told", row, person_id, entry, how)
        marked += 1
    return marked


HOW = {
    Told.IN_PERSON: "en persona",
    Told.PHONE: "por teléfono",
    Told.NOT_FOUND: "no se localizó",
    Told.NOT_YET: "sin avisar",
    Told.CHAT: "por Telegram",
}


def unmark_told(
    desk: Desk, units: Sequence[str], payee_ids: Sequence[int], *, person_id: int | None, entry: EntryRow
) -> int:
    """Take back what a PAC noted of some people, and return of how many; what others noted stays."""
    taken_back = 0
    for row in _own(desk, units, payee_ids):
        if row.row.told_by != person_id or row.row.told in {Told.NOT_YET, Told.CHAT}:
            continue
        payees.tell(desk.session, row.row.id or 0, Told.NOT_YET, at=None)
        payees.add_notices(
            desk.session,
            [
                NoticeRow(
                    payee_id=row.row.id or 0,
                    kind="UNDONE",
                    channel="pac",
                    at=entry.received_at,
                    person_id=person_id,
                )
            ],
        )
        _note(desk, "payee_untold", row, person_id, entry, Told.NOT_YET)
        taken_back += 1
    return taken_back


def confirm_telling(desk: Desk, telling: Telling, *, person_id: int | None, entry: EntryRow) -> bool:
    """Take activity 37 by the PAC's word that everybody was told; False while somebody is not, or nothing waits."""
    if telling.waiting or telling.to_come or not telling.is_open:
        return False
    decision = take_step(
        desk,
        telling.case,
        Happening(
            kind=Source.CHAT,
            name=CHAT_ACT,
            unit=telling.unit,
            step=STEP,
            at=entry.received_at,
            on=desk.local_date(entry.received_at),
            level=Level.ATTESTED,
            role="PAC",
            role_unit=telling.unit,
        ),
        Evidence(
            person_id=person_id,
            entry=entry,
            channel="chat",
            text=(
                f"Avisadas: {telling.by_chat} por Telegram, {telling.in_person} en persona, "
                f"{telling.by_phone} por teléfono; {len(telling.not_found)} sin localizar."
            ),
        ),
    )
    return bool(decision.taken)


def _own(desk: Desk, units: Sequence[str], payee_ids: Sequence[int]) -> list[Payee]:
    found = [payees.find_payee(desk.session, number) for number in payee_ids]
    return [one for one in found if one is not None and one.row.in_list and one.row.pac in units]


def _note(desk: Desk, kind: str, payee: Payee, person_id: int | None, entry: EntryRow, how: Told) -> None:
    desk.note(
        kind,
        case_id=payee.row.case_id,
        step=STEP,
        unit=payee.row.pac,
        person_id=person_id,
        role="PAC",
        channel="chat",
        entry_id=entry.id,
        payee=payee.row.id,
        how=HOW[how],
    )
