"""Read an update: who did what in which chat. What nobody here cares for is `OTHER`, and so is what nobody knows yet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from telegram import Chat, ChatMember, Message, Update


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
    """Return what an update says; one that the library cannot read says nothing."""
    try:
        update = Update.de_json(json.loads(raw), None)
        return _read(update)
    except Exception:  # noqa: BLE001 - whatever Telegram invents must not stop the others (the bot's error handler)
        return NOTHING


def _read(update: Update) -> ChatUpdate:
    if update.callback_query is not None:
        query = update.callback_query
        message = query.message
        return ChatUpdate(
            deed=Deed.PRESSED,
            chat_id=message.chat.id if message else query.from_user.id,
            private=message is None or message.chat.type == Chat.PRIVATE,
            user_id=query.from_user.id,
            number=update.update_id,
            query_id=query.id,
            token=query.data or "",
            message_id=message.message_id if message else 0,
        )
    if update.my_chat_member is not None:
        member = update.my_chat_member
        before, now = (one.status in _PRESENT for one in (member.old_chat_member, member.new_chat_member))
        if before == now:
            return NOTHING  # Promoted, or restricted: it is there as before.
        return ChatUpdate(
            deed=Deed.CAME if now else Deed.WENT,
            chat_id=member.chat.id,
            private=member.chat.type == Chat.PRIVATE,
            user_id=member.from_user.id,
            number=update.update_id,
        )
    if update.message is not None:
        return _read_message(update, update.message)
    return NOTHING


def _read_message(update: Update, message: Message) -> ChatUpdate:
    if message.chat.type == Chat.CHANNEL:
        return NOTHING
    private = message.chat.type == Chat.PRIVATE
    # In a group everything calls for the same: one line, and to leave.
    if not private:
        deed = Deed.OTHER if message.left_chat_member else Deed.SAID
    elif message.from_user is None or message.from_user.is_bot:
        deed = Deed.OTHER
    elif any(getattr(message, name, None) for name in _FILES):
        deed = Deed.FILE
    elif message.text or any(getattr(message, name, None) for name in _SPEECH):
        deed = Deed.SAID
    else:
        deed = Deed.OTHER
    return ChatUpdate(
        deed=deed,
        chat_id=message.chat.id,
        private=private,
        user_id=message.from_user.id if message.from_user else 0,
        number=update.update_id,
        text=message.text or "",
        message_id=message.message_id,
    )
