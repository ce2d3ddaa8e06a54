"""Tie a chat account to somebody (ledger 6.2, C-01).

To a person of the staff: a code by mail, then six digits by mail. To a volunteer: a code
from the hand of the PAC, then the name of the own locality.
"""

from dataclasses import dataclass
from datetime import timedelta

from actions.desk import Desk
from actions.find_addressees import Addressee, addressees
from actions.send_letter import one_time_code, send
from procedures.lists.names import is_same_place
from storage import chats, folios, organisation, payees, people, volunteers
from storage.chats import ChatRow
from storage.entries import EntryRow
from storage.volunteers import VolunteerState

CODE_LIFE = timedelta(hours=72)
DIGITS_LIFE = timedelta(minutes=30)
FAILURES = 5
LOCK = timedelta(hours=24)
LINK = "LINK"
BOT_NAME = "telegram_bot"
"""The office fact under which the chat's own name is kept, for links."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A code was good: whose it is, to be confirmed in the same chat."""

    person_id: int | None = None
    volunteer_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """Somebody's account is tied."""

    replaced: tuple[int, ...]
    """Chats of the same person that are tied no more."""


def remember_bot_name(desk: Desk, name: str) -> None:
    """Keep the name by which people find the desk in the chat."""
    if folios.get_fact(desk.session, BOT_NAME) != name:
        folios.set_fact(desk.session, BOT_NAME, name)


def issue_link_code(desk: Desk, person_id: int, *, issued_by: int | None = None) -> bool:
    """Send a person of the staff a code for the chat, by mail to the registered address.

    The code itself is told to nobody else, not even to whoever asked for it. False
    when the person has no address or holds no post: there is nothing to link then.
    """
    who = _addressee(desk, person_id)
    if who is None or not people.posts_of(desk.session, person_id, desk.today):
        return False
    code = chats.issue_link_code(
        desk.session,
        key=_key(desk),
        person_id=person_id,
        issued_by=issued_by,
        now=desk.now,
        ttl=CODE_LIFE,
    )
    number = desk.note_now("link_code_issued", person_id=person_id, channel="chat", issued_by=issued_by)
    values = {"until": desk.now + CODE_LIFE, "bot": folios.get_fact(desk.session, BOT_NAME) or ""}
    send(desk, "LINK", values, [who], version=str(number), codes={who.email: code})
    return True


def begin_link(desk: Desk, chat: ChatRow, code: str, *, entry: EntryRow) -> Begun | None:
    """Take a link code, and send a person of the staff six digits by mail; None when the code is no good.

    Wrong, used and expired codes, and those of people who left, are told apart by nobody.
    """
    if is_locked(desk, chat):
        return None
    row = chats.claim_link_code(desk.session, code, key=_key(desk), chat_id=chat.chat_id, now=desk.now)
    if row is not None and row.volunteer_id is not None and _is_volunteer(desk, row.volunteer_id):
        desk.note("link_begun_by_volunteer", channel="chat", entry_id=entry.id)
        return Begun(volunteer_id=row.volunteer_id)
    who = _addressee(desk, row.person_id) if row and row.person_id else None
    if who is None or who.person_id is None:
        count_failure(desk, chat)
        return None
    digits = one_time_code(
        desk,
        who.person_id,
        case_id=None,
        act=LINK,
        unit="",
        subject_key=str(chat.chat_id),
        valid=DIGITS_LIFE,
    )
    values = {"until": desk.now + DIGITS_LIFE}
    send(desk, "LINK-CONFIRM", values, [who], version=entry.folio, codes={who.email: digits})
    desk.note("link_begun", person_id=who.person_id, channel="chat", entry_id=entry.id)
    return Begun(person_id=who.person_id)


def confirm_link(desk: Desk, chat: ChatRow, digits: str, *, person_id: int, entry: EntryRow) -> Linked | None:
    """Take the six digits and tie the account; None when they are no good for this chat."""
    if is_locked(desk, chat):
        return None
    code = people.use_code(
        desk.session, digits, key=_key(desk), person_id=person_id, now=desk.now, act=LINK, unit=""
    )
    if code is None or code.subject_key != str(chat.chat_id):
        count_failure(desk, chat)
        return None
    replaced = chats.link_person(desk.session, chat, person_id, desk.now)
    for _other in replaced:
        desk.note("chat_replaced", person_id=person_id, channel="chat", entry_id=entry.id)
    desk.note("chat_linked", person_id=person_id, channel="chat", entry_id=entry.id)
    return Linked(replaced=tuple(other.chat_id for other in replaced))


def confirm_volunteer(
    desk: Desk, chat: ChatRow, locality: str, *, volunteer_id: int, entry: EntryRow
) -> Linked | None:
    """Take the name of a volunteer's own locality and tie the account; None when it is another one.

    The code must still be good, and have been presented in this very chat.
    """
    if is_locked(desk, chat):
        return None
    presented = chats.is_presented(desk.session, volunteer_id, chat_id=chat.chat_id, now=desk.now)
    if not presented or not lives_in(desk, volunteer_id, locality):
        count_failure(desk, chat)
        return None
    replaced = chats.link_volunteer(desk.session, chat, volunteer_id, desk.now)
    chats.void_link_codes(desk.session, volunteer_id=volunteer_id, now=desk.now)
    for _other in replaced:
        desk.note("chat_replaced", channel="chat", entry_id=entry.id)
    unit = volunteers.get_volunteer(desk.session, volunteer_id).unit
    desk.note("chat_linked", unit=unit, channel="chat", entry_id=entry.id)
    return Linked(replaced=tuple(other.chat_id for other in replaced))


def lives_in(desk: Desk, volunteer_id: int, written: str) -> bool:
    """Tell whether somebody wrote the name of a volunteer's locality, as any catalogue or list has it."""
    volunteer = volunteers.get_volunteer(desk.session, volunteer_id)
    known = {
        row.name
        for row in organisation.ambito(desk.session, volunteer.unit)
        if row.clave == volunteer.locality
    }
    known.add(organisation.places_of(desk.session, [volunteer.locality])[volunteer.locality].locality)
    known.update(payees.locality_names(desk.session, volunteer_id))
    return any(is_same_place(written, name) for name in known if name)


def unlink_chat(desk: Desk, chat: ChatRow, *, entry: EntryRow) -> None:
    """End the link of an account, because its person says so."""
    desk.note("chat_unlinked", person_id=chat.person_id, channel="chat", entry_id=entry.id)
    chats.unlink(desk.session, chat, desk.now)


def is_locked(desk: Desk, chat: ChatRow) -> bool:
    """Tell whether an account tried too many codes of late."""
    return chat.locked_until is not None and chat.locked_until > desk.now


def count_failure(desk: Desk, chat: ChatRow) -> None:
    """Count a code that is no good; at the fifth the account is locked for a day, and ADMIN and CACyPCS hear of it."""
    chat.failures += 1
    desk.session.add(chat)
    if chat.failures < FAILURES:
        desk.note("link_refused", channel="chat", failures=chat.failures)
        return
    number = desk.note_now("link_locked", channel="chat", failures=chat.failures)
    values = {
        "event": "Una cuenta de chat dio cinco veces un código o una localidad que no corresponden; quedó bloqueada 24 horas.",
        "at": desk.now,
        "count": chat.failures,
    }
    chat.failures, chat.locked_until = 0, desk.now + LOCK
    watchers = [*addressees(desk, "ADMIN", "PIB"), *addressees(desk, "CACyPCS", "PIB")]
    send(desk, "M-48", values, watchers, version=f"link/{number}")


def _is_volunteer(desk: Desk, volunteer_id: int) -> bool:
    return volunteers.get_volunteer(desk.session, volunteer_id).state is not VolunteerState.LEFT


def _addressee(desk: Desk, person_id: int) -> Addressee | None:
    person = people.get_person(desk.session, person_id)
    address = people.active_email(desk.session, person_id)
    if not address or not person.active:
        return None
    return Addressee(
        email=address, name=person.full_name, cargo=person.cargo, role="", unit="", person_id=person_id
    )


def _key(desk: Desk) -> bytes:
    return bytes.fromhex(desk.office.secret)
