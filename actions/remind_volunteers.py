"""Tell volunteers of the delivery period, remind them, and correct what does not hold any more (A37, M-25, ledger 7.5).

A round is a row of the agenda for a region; when it falls due, its notices go into the
outbox in pieces, each a transaction. Who has a notice is never picked again, so a desk
that is killed between two pieces, or within one, goes on where it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from actions import notice_texts
from actions.desk import Desk, sentences
from actions.letter_values import period_in_words
from actions.read_case import working_days
from actions.send_chat import TELEGRAM, button_token, pattern_of, send_chat
from procedures import reminders as times
from procedures.reminders import Round
from procedures.working_days import WorkingDays
from storage import (
    agenda,
    cases,
    chats,
    journal,
    organisation,
    outbox,
    payees,
    people,
    periods,
    provider,
    reminders,
)
from storage.agenda import DeadlineKind, DeadlineRow, DeadlineState
from storage.cases import CaseRow, CaseState
from storage.entries import EntryRow
from storage.organisation import ooad_of
from storage.outbox import Letter
from storage.provider import ProviderOfficeRow
from storage.reminders import Outdated, Reader

STEP = "A37"
PIECE = 200
"""Notices of one transaction: a nation is told in pieces that nobody waits for."""
BUTTONS_LAST = timedelta(days=3)
"""Buttons can be pressed until so long after the delivery's end."""
TOLD_AT = time(18)
SAID = "SAID"
"""The round that tells a PAC, once a day, how many people said to have collected."""
REPLACED_BY_CASE = frozenset({Round.THREE_DAYS_LEFT, Round.LAST_DAY})

ACKNOWLEDGE, WHERE, PROBLEM = "rv_acknowledge", "rv_where", "rv_problem"
COLLECTED, MUTE = "rv_collected", "rv_mute"
"""What the buttons of a notice are for; the value is the payee's number."""
_FIRST_BUTTONS = ((("acknowledge", ACKNOWLEDGE),), (("where", WHERE), ("problem", PROBLEM)))
_REMINDER_BUTTONS = ((("collected", COLLECTED), ("problem", PROBLEM)), (("mute", MUTE),))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Notice:
    """A notice that is about to be queued."""

    reader: Reader
    kind: str
    text: str
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Delivery:
    """A delivery period as the people of a region live through it."""

    case: CaseRow
    region: str
    t0: date
    t1: date
    zone: ZoneInfo
    days: WorkingDays

    @property
    def dates(self) -> str:
        """The dates as notices keep them."""
        return reminders.dates_key(self.t0, self.t1)

    @property
    def pacs(self) -> list[str]:
        """The ámbitos of the region."""
        return [code for code in self.case.tree.get("pac", []) if self.case.parents.get(code) == self.region]


# ------------------------------------------------------------------ when


BEHIND_A_CORRECTION = timedelta(minutes=1)


def plan_rounds(desk: Desk, case: CaseRow, region: str, *, after: datetime | None = None) -> None:
    """Put the rounds of a region into the agenda, once its PAC have been told (A36).

    The first one leaves at the later of its hour and that moment; all of them move when
    the dates do. `after` keeps the first one behind a correction: who was told already
    is to read that something changed, and not the same notice again.
    """
    delivery = _delivery(desk, case, region)
    for name, day in times.round_days(delivery.t0, delivery.t1, delivery.days).items():
        due_at = times.morning_of(day, delivery.zone)
        if name is Round.FIRST:
            due_at = times.open_moment(max(due_at, after or desk.now), delivery.zone, delivery.days)
        put_round(desk, case, region, name.value, due_at, day)


def correct_notices(desk: Desk, case: CaseRow, regions: Iterable[str] | None = None) -> None:
    """Let everybody know who was told what does not hold any more: dates, office, what to bring, another list.

    It leaves the same day, or the next morning on which somebody may be written to.
    Notices that wait and say the old are kept from leaving. Who was told by a person
    stands as not told, and the PAC hears of it.
    """
    asked = case.tree.get("region", []) if regions is None else list(regions)
    planned = [region for region in asked if agenda.find(desk.session, _key(case, region, Round.FIRST))]
    if not planned:
        return
    cancelled = reminders.cancel_outdated(
        desk.session, case.id, _delivery(desk, case, planned[0]).dates, fingerprints(desk)
    )
    if cancelled:
        desk.note("notices_cancelled", case_id=case.id, step=STEP, count=cancelled)
    for region in planned:
        delivery = _delivery(desk, case, region)
        moment = times.open_moment(desk.now, delivery.zone, delivery.days)
        put_round(desk, case, region, reminders.CORRECTION, moment)
        plan_rounds(desk, case, region, after=moment + BEHIND_A_CORRECTION)


def put_round(
    desk: Desk, case: CaseRow, unit: str, name: str, due_at: datetime, day: date | None = None
) -> None:
    """Put a round of a unit into the agenda, or move it."""
    agenda.put(
        desk.session,
        [
            agenda.Due(
                key=_key(case, unit, name),
                kind=DeadlineKind.ROUND,
                case_id=case.id,
                # No step: a round goes on when the PAC have attested theirs.
                step="",
                unit=unit,
                name=name,
                due_at=due_at,
                due_on=day or desk.local_date(due_at),
                reason=f"aviso {name} de la entrega, hora local",
            )
        ],
    )


def _key(case: CaseRow, unit: str, name: str) -> str:
    return f"{case.id}/{STEP}/{unit}/{name}"


def is_round_of_volunteers(row: DeadlineRow) -> bool:
    """Tell whether a row of the agenda is a round of notices to volunteers, or of what they said."""
    return row.kind is DeadlineKind.ROUND and row.name in {*reminders.BY_CHAT, SAID}


def first_round(desk: Desk, case: CaseRow, region: str) -> date | None:
    """Return the day of the first notice in a region, None while its PAC have not been told of the delivery."""
    row = agenda.find(desk.session, _key(case, region, Round.FIRST))
    if row is None:
        return None
    delivery = _delivery(desk, case, region)
    return times.round_days(delivery.t0, delivery.t1, delivery.days)[Round.FIRST]


def is_notice(letter: Letter) -> bool:
    """Tell whether a letter tells a volunteer of the delivery."""
    return letter.channel == TELEGRAM and letter.step == STEP and letter.template in reminders.BY_CHAT


# ------------------------------------------------------------------ a round that fell due


def fire_round(desk: Desk, case: CaseRow, row: DeadlineRow, *, limit: int = PIECE) -> int:
    """Queue the notices of a round that fell due, so many at the most, and return how many.

    A round of which more is left stays due. One that comes at a quiet hour waits for
    the morning; one whose time has passed is not made up for.
    """
    if case.state is not CaseState.OPEN:
        return 0
    if row.name == SAID:
        return _tell_who_collected(desk, case, row)
    delivery = _delivery(desk, case, row.unit)
    moment = max(
        times.open_moment(desk.now, delivery.zone, delivery.days), _begins_at(delivery, row.name, desk.now)
    )
    until = _last_day(delivery, row.name)
    if until is None or moment.date() > until:
        desk.note("round_passed", case_id=case.id, step=STEP, unit=row.unit, round=row.name)
        return 0
    if moment > desk.now:
        agenda.put_back(desk.session, row, until=moment)
        return 0
    if row.name == reminders.CORRECTION:
        written = _correct(desk, delivery, limit)
    else:
        written = _remind(desk, delivery, Round(row.name), limit)
    if written == limit:
        agenda.put_back(desk.session, row)
    elif row.name == Round.FIRST.value:
        _tell_who_is_left(desk, delivery)
        # Who links an account, or comes into the list, or was not reached, is told another morning.
        tomorrow = delivery.days.add(moment.date(), 1)
        if tomorrow <= until:
            agenda.put_back(desk.session, row, until=times.morning_of(tomorrow, delivery.zone))
    return written


def _begins_at(delivery: _Delivery, name: str, now: datetime) -> datetime:
    """Return when a round may leave at the earliest: the calendar may have moved since it was put down."""
    wanted = _round_of(name)
    on = times.round_days(delivery.t0, delivery.t1, delivery.days)
    return times.morning_of(on[wanted], delivery.zone) if wanted is not None and wanted in on else now


def _round_of(name: str) -> Round | None:
    return Round(name) if name in reminders.ROUNDS else None


def _last_day(delivery: _Delivery, name: str) -> date | None:
    """Return until when a round says something; None when these dates have no such round."""
    wanted = _round_of(name)
    if wanted is None:
        return delivery.t1
    on = times.round_days(delivery.t0, delivery.t1, delivery.days)
    return times.last_day_of(wanted, on, delivery.t1) if wanted in on else None


def _remind(desk: Desk, delivery: _Delivery, name: Round, limit: int) -> int:
    today = desk.now.astimezone(delivery.zone).date()
    readers = reminders.readers_of(
        desk.session,
        delivery.case.id,
        delivery.pacs,
        kind=name.value,
        dates=delivery.dates,
        since=datetime.combine(today, datetime.min.time(), delivery.zone),
        limit=limit,
    )
    firsts = _FirstNotices(desk, delivery)
    text = "" if name is Round.FIRST else notice_texts.reminder(delivery.t0, delivery.t1, today)
    notices = []
    for reader in readers:
        if reader.is_first:
            notices.append(firsts.notice(reader))
        elif reader.in_case and name in REPLACED_BY_CASE:
            notices.append(_Notice(reader=reader, kind=name.value, text=notice_texts.notice_text("in_case")))
        else:
            notices.append(_Notice(reader=reader, kind=name.value, text=text, buttons=_REMINDER_BUTTONS))
    _queue(desk, delivery, notices, not_after=times.evening_of(today, delivery.zone))
    if notices:
        desk.note(
            "round_queued",
            case_id=delivery.case.id,
            step=STEP,
            unit=delivery.region,
            round=name.value,
            count=len(notices),
        )
    return len(notices)


class _FirstNotices:
    """The first notices of a delivery: one text an office, written once."""

    def __init__(self, desk: Desk, delivery: _Delivery) -> None:
        self._delivery = delivery
        self._offices = offices_by_key(desk)
        self._requisites = desk.once(provider.requisites)
        self._texts: dict[str, str] = {}

    def notice(self, reader: Reader) -> _Notice:
        """Return the notice for somebody."""
        if reader.office not in self._texts:
            self._texts[reader.office] = notice_texts.first_notice(
                self._delivery.t0,
                self._delivery.t1,
                self._offices.get(reader.office),
                self._requisites,
            )
        return _Notice(
            reader=reader,
            kind=Round.FIRST.value,
            text=self._texts[reader.office],
            buttons=_FIRST_BUTTONS,
        )


def notify_linked(desk: Desk, volunteer_id: int, *, entry: EntryRow) -> None:
    """Tell somebody who has just linked an account what the others were told already."""
    for case in cases.open_cases(desk.session):
        payee = payees.payee_of_volunteer(desk.session, case.id, volunteer_id)
        region = case.parents.get(payee.row.pac, "") if payee else ""
        row = agenda.find(desk.session, _key(case, region, Round.FIRST))
        if row is None:
            continue
        delivery = _delivery(desk, case, region)
        first = times.round_days(delivery.t0, delivery.t1, delivery.days)[Round.FIRST]
        reader = reminders.reader_of(desk.session, case.id, volunteer_id, delivery.dates)
        today = desk.now.astimezone(delivery.zone).date()
        begun = row.state is DeadlineState.FIRED or today > first or row.due_at <= desk.now
        if reader is not None and begun and today <= delivery.t1:
            notice = _FirstNotices(desk, delivery).notice(reader)
            _queue(desk, delivery, [notice], not_after=None, answering=entry)


# ------------------------------------------------------------------ what does not hold any more


def _correct(desk: Desk, delivery: _Delivery, limit: int) -> int:
    today = desk.now.astimezone(delivery.zone).date()
    prints = fingerprints(desk)
    found = reminders.outdated(
        desk.session, delivery.case.id, delivery.pacs, delivery.dates, prints, limit=limit
    )
    offices = offices_by_key(desk)
    requisites = desk.once(provider.requisites)
    notices = []
    by_hand: dict[tuple[str, str], int] = {}
    for one in found:
        changes = _changes(one, delivery, prints)
        if one.chat_id is None:
            place = (one.pac, notice_texts.changes_in_words(changes))
            by_hand[place] = by_hand.get(place, 0) + 1
            continue
        reader = Reader(one.payee_id, 0, one.chat_id, one.pac, one.office)
        text = notice_texts.correction(
            delivery.t0, delivery.t1, offices.get(one.office), requisites, changes=changes
        )
        notices.append(_Notice(reader=reader, kind=reminders.CORRECTION, text=text, buttons=_FIRST_BUTTONS))
    reminders.untell(desk.session, [one.payee_id for one in found])
    left = limit - len(found)
    if left > 0:
        notices.extend(_withdrawals(desk, delivery, left))
    _queue(desk, delivery, notices, not_after=times.evening_of(today, delivery.zone))
    for (pac, what), count in by_hand.items():
        _tell_pac(desk, delivery, pac, what, count)
    if found or notices:
        desk.note(
            "notices_corrected",
            case_id=delivery.case.id,
            step=STEP,
            unit=delivery.region,
            count=len(notices),
            by_hand=sum(by_hand.values()),
        )
    return len(notices) + sum(by_hand.values())


def _changes(one: Outdated, delivery: _Delivery, prints: Mapping[str, str]) -> list[str]:
    """Return what somebody was told and is not so any more."""
    found = notice_texts.find_changes(one.told_print, prints.get(one.office, prints[""]))
    if one.told_office != one.office:
        found = ["office", *(change for change in found if change != "place")]
    return ["dates", *found] if one.told_dates != delivery.dates else found


def _withdrawals(desk: Desk, delivery: _Delivery, limit: int) -> list[_Notice]:
    text = notice_texts.notice_text("withdrawn", period=period_in_words(desk, delivery.case))
    return [
        _Notice(reader=reader, kind=reminders.WITHDRAWN, text=text)
        for reader in reminders.left_out(desk.session, delivery.case.id, delivery.pacs, limit=limit)
    ]


def _tell_pac(desk: Desk, delivery: _Delivery, pac: str, what: str, count: int) -> None:
    """Tell a PAC by chat how many people have to be told again in person; who has no chat hears by mail of the circular."""
    text = notice_texts.notice_text(
        "tell_again",
        what=what,
        period=period_in_words(desk, delivery.case),
        count=notice_texts.people_in_words(count),
    )
    _write_to_pac(
        desk, delivery.case, pac, text, template="chat:tell_again", version=f"{what}/{desk.now.isoformat()}"
    )


def _tell_who_is_left(desk: Desk, delivery: _Delivery) -> None:
    """Tell each PAC of a region, once, how many people the first notice reaches, and how many are left to the PAC."""
    for one in reminders.tally_of(desk.session, delivery.case.id, delivery.pacs):
        left = one.total - one.reached
        if not left:
            continue
        text = notice_texts.notice_text(
            "left_to_pac",
            period=period_in_words(desk, delivery.case),
            reached=notice_texts.people_in_words(one.reached),
            left=notice_texts.people_in_words(left),
        )
        _write_to_pac(desk, delivery.case, one.pac, text, template="chat:left_to_pac", version=delivery.dates)


def plan_telling_who_collected(desk: Desk, case: CaseRow, pac: str) -> None:
    """Let a PAC hear at the end of the day how many people of the ámbito said to have collected."""
    zone, days = zone_of(case, pac), working_days(desk)
    today = desk.now.astimezone(zone).date()
    evening = datetime.combine(today, TOLD_AT, zone)
    if not days.is_working_day(today) or desk.now >= evening:
        evening = datetime.combine(days.add(today, 1), TOLD_AT, zone)
    put_round(desk, case, pac, SAID, evening)


def _tell_who_collected(desk: Desk, case: CaseRow, row: DeadlineRow) -> int:
    """Tell a PAC how many people said to have collected, unless they all took it back."""
    moment = times.open_moment(desk.now, zone_of(case, row.unit), working_days(desk))
    if moment > desk.now:
        agenda.put_back(desk.session, row, until=moment)
        return 0
    said, total = reminders.count_said(desk.session, case.id, row.unit)
    if said:
        text = notice_texts.notice_text(
            "said_collected",
            count=notice_texts.people_in_words(said),
            total=total,
            period=period_in_words(desk, case),
        )
        now = desk.now.isoformat()
        _write_to_pac(desk, case, row.unit, text, template="chat:said_collected", version=now)
    return 0


def _write_to_pac(
    desk: Desk, case: CaseRow, pac: str, text: str, *, template: str, version: str = ""
) -> None:
    today = desk.now.astimezone(zone_of(case, pac)).date()
    for person, _holding in people.holders(desk.session, "PAC", pac, desk.today):
        chat = chats.chat_of_person(desk.session, person.id)
        if chat is not None:
            send_chat(
                desk,
                chat.chat_id,
                text,
                template=template,
                version=f"{case.id}/{pac}/{version}",
                person_id=person.id,
                case_id=case.id,
                unit=pac,
                not_after=times.evening_of(today, zone_of(case, pac)),
            )


# ------------------------------------------------------------------ into the outbox


def _queue(
    desk: Desk,
    delivery: _Delivery,
    notices: Sequence[_Notice],
    *,
    not_after: datetime | None,
    answering: EntryRow | None = None,
) -> None:
    """Put notices into the outbox in bulk, with their buttons and the record of what was told."""
    if not notices:
        return
    expires_at = times.evening_of(delivery.t1 + BUTTONS_LAST, delivery.zone)
    patterns = _Patterns(desk)
    buttons: list[dict[str, object]] = []
    letters: list[Letter] = []
    for notice in notices:
        reader = notice.reader
        key = f"{notice.kind}|{reader.payee_id}|{delivery.dates}|{desk.now.isoformat()}"
        sheet = chats.sheet_of(notice.kind, f"{reader.payee_id}|{desk.now.isoformat()}")
        buttons.extend(
            {
                "token": button_token(desk, key, act),
                "chat_id": reader.chat_id,
                "sheet": sheet,
                "act": act,
                "value": str(reader.payee_id),
                "expires_at": expires_at,
            }
            for row in notice.buttons
            for _name, act in row
        )
        letters.append(
            Letter(
                key=key,
                channel=TELEGRAM,
                template=notice.kind,
                case_id=delivery.case.id,
                step=STEP,
                unit=reader.pac,
                address=str(reader.chat_id),
                reply_to_entry=answering.id if answering else None,
                created_at=desk.now,
                not_before=desk.now,
                not_after=not_after,
                blob_sha256=patterns.digest(notice),
            )
        )
    prints = fingerprints(desk)
    chats.put_buttons(desk.session, buttons)
    numbers = [letter.id for letter in outbox.enqueue(desk.session, letters)]
    reminders.add_notices(
        desk.session,
        [
            {
                "payee_id": notice.reader.payee_id,
                "kind": notice.kind,
                "channel": TELEGRAM,
                "at": desk.now,
                "letter_id": number,
                "person_id": None,
                "office": notice.reader.office,
                "note": delivery.dates,
                "said": prints.get(notice.reader.office, prints[""]),
            }
            for notice, number in zip(notices, numbers, strict=True)
        ],
    )
    journal.append_many(
        desk.session,
        (
            journal.Line(
                kind="chat_letter_queued",
                at=desk.now,
                text=sentences()["chat_letter_queued"].format(template=notice.kind),
                case_id=delivery.case.id,
                step=STEP,
                unit=notice.reader.pac,
                channel="chat",
                letter_id=number,
                data={"template": notice.kind, "sha256": letter.blob_sha256},
            )
            for notice, number, letter in zip(notices, numbers, letters, strict=True)
        ),
    )
    desk.wake_couriers()


class _Patterns:
    """The originals of a round: one for all notices that say the same."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[tuple[str, object], str] = {}

    def digest(self, notice: _Notice) -> str:
        """Return the hash under which a notice's pattern is kept."""
        what = (notice.text, notice.buttons)
        if what not in self._known:
            rows = [[(notice_texts.button_text(name), act) for name, act in row] for row in notice.buttons]
            self._known[what] = self._desk.keep(pattern_of(notice.text, rows))
        return self._known[what]


def offices_by_key(desk: Desk) -> dict[str, ProviderOfficeRow]:
    """Return the offices in force by their keys."""
    return {office.clave: office for office in desk.once(provider.offices_in_force, desk.today)}


def fingerprints(desk: Desk) -> dict[str, str]:
    """Return by each office's key what tells apart what is said of it and of what to bring; under "" where none is named."""
    requisites = desk.once(provider.requisites)
    offices = offices_by_key(desk)
    return {key: notice_texts.fingerprint(offices.get(key), requisites) for key in ("", *offices)}


def zone_of(case: CaseRow, unit: str) -> ZoneInfo:
    """Return the zone in which the people of a unit live."""
    return ZoneInfo(str(case.facts.get(ooad_of(unit), {}).get("timezone") or organisation.USUAL_ZONE))


def _delivery(desk: Desk, case: CaseRow, region: str) -> _Delivery:
    period = desk.once(periods.get_period, case.period)
    return _Delivery(
        case=case,
        region=region,
        t0=period.t0,
        t1=period.t1,
        zone=zone_of(case, region),
        days=working_days(desk),
    )
