"""Read an update: who did what in which chat. What nobody here cares for is `OTHER`, and so is what nobody knows yet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from telegram import Chat, ChatMember


class Deed(Enum):
    """What somebody did."""

    SAID = "said"
    FILE = "file"
    PRESSED = "pressed"
    CAME = "came"
    """The bot may write here: it was added to a group, or unblocked."""
    WENT = "went"
    """The bot may not write here any more."""
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatUpdate:
    """An update, as far as the desk cares."""

    deed: Deed
    chat_id: int = 0
    private: bool = False
    user_id: int = 0
    number: int = 0
    text: str = ""
    query_id: str = ""
    token: str = ""
    message_id: int = 0


NOTHING = ChatUpdate(deed=Deed.OTHER)
_FILES = (
    "document",
    "photo",
    "video",
    "audio",
    "voice",
    "video_note",
    "animation",
    "paid_media",
    "live_photo",
)
_SPEECH = ("sticker", "contact", "location", "venue")
"""Content that says something, and nothing that the desk understands."""
_PRESENT = frozenset({ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER, ChatMember.RESTRICTED})


def chat_of(update: Mapping[str, Any]) -> int:
    """Return the chat that an update belongs to, without understanding the update; 0 when it has none.

    >>> chat_of({"update_id": 1, "message": {"chat": {"id": 5}}}), chat_of({"update_id": 2, "poll": {}})
    (5, 0)
    """
    for content in update.values():
        if not isinstance(content, dict):
            continue
        for place in (content, content.get("message")):
            chat = place.get("chat") if isinstance(place, dict) else None
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return 0


def sent_at(update: Mapping[str, Any]) -> datetime | None:
    """Return when Telegram took an update from its sender; a pressed button does not say.

    >>> sent_at({"update_id": 1, "message": {"date": 1799000000}})
    datetime.datetime(2027, 1, 3, 18, 13, 20, tzinfo=datetime.timezone.utc)
    >>> sent_at({"update_id": 2, "poll": {}})
    """
    for content in update.values():
        date = content.get("date") if isinstance(content, dict) else None
        if isinstance(date, int) and 0 < date < 2**37:
            return datetime.fromtimestamp(date, UTC)
    return None


def read_update(raw: bytes) -> ChatUpdate:
    """Return what an update says; one that is not as Telegram documents it says nothing."""
    try:
        return _read(json.loads(raw))
    except Exception:  # noqa: BLE001 - whatever Telegram invents must not stop the others (the bot's error handler)
        return NOTHING


# Read from the plain JSON and not through the library's objects: these cost thirty times as
# much, and break over a part of an update that nobody here looks at.


def _read(update: Mapping[str, Any]) -> ChatUpdate:
    number = int(update["update_id"])
    if query := update.get("callback_query"):
        message = query.get("message")
        chat = message["chat"] if message else {"id": query["from"]["id"], "type": Chat.PRIVATE}
        return ChatUpdate(
            deed=Deed.PRESSED,
            chat_id=int(chat["id"]),
            private=chat["type"] == Chat.PRIVATE,
            user_id=int(query["from"]["id"]),
            number=number,
            query_id=str(query["id"]),
            token=query.get("data") or "",
            message_id=int(message["message_id"]) if message else 0,
        )
    if member := update.get("my_chat_member"):
        before, now = (member[one]["status"] in _PRESENT for one in ("old_chat_member", "new_chat_member"))
        if before == now:
            return NOTHING  # Promoted, or restricted: it is there as before.
        return ChatUpdate(
            deed=Deed.CAME if now else Deed.WENT,
            chat_id=int(member["chat"]["id"]),
            private=member["chat"]["type"] == Chat.PRIVATE,
            user_id=int(member["from"]["id"]),
            number=number,
        )
    if message := update.get("message"):
        return _read_message(number, message)
    return NOTHING


def _read_message(number: int, message: Mapping[str, Any]) -> ChatUpdate:
    chat, sender = message["chat"], message.get("from")
    if chat["type"] == Chat.CHANNEL:
        return NOTHING
    private = chat["type"] == Chat.PRIVATE
    # In a group everything calls for the same: one line, and to leave.
    if not private:
        deed = Deed.OTHER if message.get("left_chat_member") else Deed.SAID
    elif not sender or sender["is_bot"]:
        deed = Deed.OTHER
    elif any(message.get(name) for name in _FILES):
        deed = Deed.FILE
    elif message.get("text") or any(message.get(name) for name in _SPEECH):
        deed = Deed.SAID
    else:
        deed = Deed.OTHER
    return ChatUpdate(
        deed=deed,
        chat_id=int(chat["id"]),
        private=private,
        user_id=int(sender["id"]) if sender else 0,
        number=number,
        text=str(message.get("text") or ""),
        message_id=int(message["message_id"]),
    )
