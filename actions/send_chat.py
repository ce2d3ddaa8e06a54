"""Put a chat message in the outbox: its text and buttons are fixed before the first try, as a letter's bytes are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.desk import Desk
from storage import chats, outbox
from storage.entries import EntryRow
from storage.outbox import LetterRow

TELEGRAM = "telegram"
TEXT_LIMIT = 4096
"""Telegram takes no longer message, in UTF-16 code units."""
BUTTON_LIFE = timedelta(hours=24)


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
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    case_id: int | None = None,
    unit: str = "",
) -> LetterRow | None:
    """Queue a message to a chat; None when it was queued already under the same template and version.

    `leave` makes the courier leave the group after the message. The chat must be in
    the books when there are buttons. An answer leaves before everything else.
    """
    key = f"chat|{chat_id}|{template}|{version}"[:240]
    if outbox.is_known(desk.session, key):
        return None
    if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
        message = f"{template}: {len(text)} characters are more than one message carries"
        raise ValueError(message)
    rows = [
        [
            {
                "text": choice.text,
                "data": chats.offer_button(
                    desk.session,
                    chat_id=chat_id,
                    sheet=f"{template}|{version}"[:64],
                    act=choice.act,
                    value=choice.value,
                    expires_at=(not_before or desk.now) + BUTTON_LIFE,
                ),
            }
            for choice in row
        ]
        for row in choices
    ]
    content = json.dumps({"text": text, "buttons": rows, "leave": leave}, ensure_ascii=False)
    letter = LetterRow(
        key=key,
        channel=TELEGRAM,
        template=template[:32],
        case_id=case_id,
        unit=unit,
        person_id=person_id,
        address=str(chat_id),
        reply_to_entry=answering.id if answering else None,
        created_at=desk.now,
        not_before=max(not_before or desk.now, desk.now),
        not_after=not_after,
        blob_sha256=desk.blobs.put(content.encode()),
    )
    outbox.enqueue(desk.session, [letter])
    desk.note(
        "chat_letter_queued",
        case_id=case_id,
        unit=unit,
        person_id=person_id,
        letter_id=letter.id,
        channel="chat",
        template=template,
        sha256=letter.blob_sha256,
    )
    desk.wake_couriers()
    return letter
