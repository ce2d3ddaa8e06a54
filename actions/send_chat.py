"""Put a chat message in the outbox: its text and buttons are fixed before the first try, as a letter's bytes are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.desk import Desk
from storage import agenda, chats, outbox
from storage.agenda import DeadlineKind, Due
from storage.entries import EntryRow
from storage.outbox import Letter

TELEGRAM = "telegram"
TEXT_LIMIT = 4096
"""Telegram takes no longer message, in UTF-16 code units."""
BUTTON_LIFE = timedelta(hours=24)
NAMES_LIFE = timedelta(hours=24)
"""What names people is taken away after this; Telegram lets a bot delete for twice as long (ledger 6.1)."""
ERASE = "erase"
"""The act of the button that takes its own message away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A button: what stands on it, and what it does."""

    text: str
    act: str
    value: str = ""


def send_chat(
    desk: Desk,
    chat_id: int,
    text: str,
    *,
    template: str,
    version: str,
    choices: Sequence[Sequence[Choice]] = (),
    person_id: int | None = None,
    answering: EntryRow | None = None,
    leave: bool = False,
    personal: bool = False,
    buttons_for: timedelta = BUTTON_LIFE,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    case_id: int | None = None,
    unit: str = "",
) -> bool:
    """Queue a message to a chat; False when it was queued already under the same template and version.

    `leave` makes the courier leave the group after the message. A `personal` message names
    people: it has a button that takes it away, and is taken away after a day. The chat must be
    in the books when there are buttons. An answer leaves before everything else.
    """
    key = _key(chat_id, template, version)
    # What answers an update is said in the one transaction that answers it, and was never said before.
    if answering is None and outbox.is_known(desk.session, key):
        return False
    if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
        message = f"{template}: {len(text)} characters are more than one message carries"
        raise ValueError(message)
    leaves_at = max(not_before or desk.now, desk.now)

    def offer(act: str, value: str) -> str:
        return chats.offer_button(
            desk.session,
            chat_id=chat_id,
            sheet=chats.sheet_of(template, version),
            act=act,
            value=value,
            expires_at=leaves_at + buttons_for,
        )

    content: dict[str, object] = {
        "text": text,
        "buttons": [
            [{"text": choice.text, "data": offer(choice.act, choice.value)} for choice in row]
            for row in choices
        ],
        "leave": leave,
    }
    if personal:
        content["erase_button"] = offer(ERASE, "")
        gone_at = leaves_at + NAMES_LIFE
        not_after = min(not_after or gone_at, gone_at)
        erasure = Due(
            key=f"{ERASE}/{key}"[:200],
            kind=DeadlineKind.ERASURE,
            case_id=None,
            step="",
            unit="",
            name=str(chat_id),
            due_at=gone_at,
            due_on=None,
            reason=key,
        )
        agenda.put(desk.session, [erasure])
    return _queue(
        desk,
        chat_id,
        content,
        template=template,
        version=version,
        person_id=person_id,
        answering=answering,
        not_before=leaves_at,
        not_after=not_after,
        case_id=case_id,
        unit=unit,
        is_new=True,
    )


def pattern_of(text: str, buttons: Sequence[Sequence[tuple[str, str]]]) -> bytes:
    """Return the content that many letters share: what stands on each button and what it does, without its token."""
    rows = [[{"text": label, "act": act} for label, act in row] for row in buttons]
    return json.dumps({"text": text, "buttons": rows, "leave": False}, ensure_ascii=False).encode()


def content_of(desk: Desk, key: str, original: bytes) -> bytes:
    """Return the content of a letter as it leaves: in a pattern, its own tokens are filled in, the same ones each time."""
    if b'"act"' not in original:
        return original
    content = json.loads(original)
    for row in content["buttons"]:
        for button in row:
            button["data"] = button_token(desk, key, button.pop("act"))
    return json.dumps(content, ensure_ascii=False).encode()


def button_token(desk: Desk, letter: str, act: str) -> str:
    """Return what a button of a letter that follows a pattern carries."""
    return chats.button_token(bytes.fromhex(desk.office.secret), letter, act)


def send_place(
    desk: Desk,
    chat_id: int,
    *,
    latitude: float,
    longitude: float,
    title: str,
    address: str,
    template: str,
    version: str,
    answering: EntryRow | None = None,
) -> None:
    """Show a place on the map, with its name and address under it."""
    place = {"latitude": latitude, "longitude": longitude, "title": title, "address": address}
    _queue(desk, chat_id, {"place": place}, template=template, version=version, answering=answering)


def show_commands(desk: Desk, chat_id: int, commands: Sequence[tuple[str, str]], *, version: str) -> None:
    """Let the menu of one chat name these commands; without any, it is the menu of everybody again."""
    content = {"commands": [list(command) for command in commands]}
    _queue(desk, chat_id, content, template="chat:commands", version=version)


def erase_message(desk: Desk, chat_id: int, message_id: int, *, answering: EntryRow | None = None) -> None:
    """Take a message of the desk's away, once however often it is wanted."""
    _queue(
        desk,
        chat_id,
        {"erase": message_id},
        template=f"chat:{ERASE}",
        version=str(message_id),
        answering=answering,
    )


def _key(chat_id: int, template: str, version: str) -> str:
    return f"chat|{chat_id}|{template}|{version}"[:240]


def _queue(
    desk: Desk,
    chat_id: int,
    content: Mapping[str, object],
    *,
    template: str,
    version: str,
    person_id: int | None = None,
    answering: EntryRow | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    case_id: int | None = None,
    unit: str = "",
    is_new: bool = False,
) -> bool:
    key = _key(chat_id, template, version)
    if not is_new and outbox.is_known(desk.session, key):
        return False
    letter = Letter(
        key=key,
        channel=TELEGRAM,
        template=template[:32],
        case_id=case_id,
        unit=unit,
        person_id=person_id,
        address=str(chat_id),
        reply_to_entry=answering.id if answering else None,
        created_at=desk.now,
        not_before=not_before or desk.now,
        not_after=not_after,
        blob_sha256=desk.keep(json.dumps(content, ensure_ascii=False).encode()),
    )
    if answering is None:
        for queued in outbox.enqueue(desk.session, [letter]):
            _note_queued(desk, queued, template)
    else:
        outbox.enqueue_later(desk.session, letter, lambda queued: _note_queued(desk, queued, template))
    desk.wake_couriers()
    return True


def _note_queued(desk: Desk, letter: Letter, template: str) -> None:
    desk.note(
        "chat_letter_queued",
        case_id=letter.case_id,
        unit=letter.unit,
        person_id=letter.person_id,
        letter_id=letter.id,
        channel="chat",
        template=template,
        sha256=letter.blob_sha256,
    )
