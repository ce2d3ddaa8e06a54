"""The state behind the demonstration's Bot API: people, rooms, messages, files, waiting updates.

Nothing here knows HTTP. Both sides use it: the bot through `bot_api.py`, people
through `phone.py`, from any thread. Words and rules are those of Telegram's own
documentation (core.telegram.org/bots/api, Bot API 9).
"""

import asyncio
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from actions.ports import Clock

Json = dict[str, Any]

BOT_ID = 780_003_002
_DELETABLE_FOR = timedelta(hours=48)
_COMMAND = re.compile(r"/\w{1,32}(?:@\w+)?(?!\S)")
# What is not sent to a bot that did not ask for it (getUpdates, allowed_updates).
_ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Refused(Exception):
    """The Bot API says no; the words are Telegram's."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(words: str) -> Refused:
    """Return a refusal of the kind that a corrected request would mend."""
    return Refused(400, f"Bad Request: {words}")


@dataclass(kw_only=True, eq=False)
class Person:
    """Somebody with an account."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    started: bool = False
    """Whether they have opened the conversation; a bot cannot."""
    known: bool = False
    """Whether the bot has met them elsewhere: then it is told that it may not begin."""
    blocked: bool = False
    deactivated: bool = False
    toasts: list[str] = field(default_factory=list)
    """What answers to pressed buttons showed for a moment."""
    keyboard: tuple[tuple[str, ...], ...] = ()
    """The reply keyboard that is shown, if one is."""

    @property
    def user(self) -> Json:
        """The person as Telegram writes a User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": "es"}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        return user


@dataclass(kw_only=True, eq=False)
class Room:
    """A conversation: private, or a group."""

    id: int
    person: Person | None = None
    title: str = ""
    bot_is_member: bool = True
    messages: dict[int, Json] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    """Messages that came without a sound."""

    @property
    def chat(self) -> Json:
        """The room as Telegram writes a Chat."""
        if self.person is None:
            return {"id": self.id, "type": "group", "title": self.title}
        user = self.person.user
        chat: Json = {"id": self.id, "type": "private"}
        return chat | {key: user[key] for key in ("first_name", "last_name", "username") if key in user}


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that somebody sent."""

    id: str
    unique_id: str
    path: str
    name: str
    media_type: str
    content: bytes


class _Poll:
    """One getUpdates that waits."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.superseded = False


class Chats:
    """Everything that Telegram would remember of one bot."""

    def __init__(self, clock: Clock, *, bot_name: str, bot_username: str) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.bot: Json = {"id": BOT_ID, "is_bot": True, "first_name": bot_name, "username": bot_username}
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, Room] = {}
        self.files: dict[str, StoredFile] = {}
        self.commands: dict[str, list[Json]] = {}
        self.sent: Counter[str] = Counter()
        """Messages that the bot sent, by kind."""
        self.listeners: list[Callable[[int], None]] = []
        """Called with the room's id after whatever a person could see change."""
        self._updates: list[Json] = []
        self._update_id = 100_000_000
        self._message_id = 0
        self._allowed: frozenset[str] | None = None
        self._queries: dict[str, Person] = {}
        self._poll: _Poll | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    # Updates

    def push(self, kind: str, content: Json) -> int:
        """Let an update wait for the bot, unless it does not want that kind; return its id."""
        with self.lock:
            self._update_id += 1
            wanted = kind in self._allowed if self._allowed else kind not in _ON_REQUEST_ONLY
            if wanted:
                self._updates.append({"update_id": self._update_id, kind: content})
                self._wake()
            return self._update_id

    def unconfirmed(self) -> int:
        """Count the updates whose offset the bot has not confirmed."""
        with self.lock:
            return len(self._updates)

    def is_polled(self) -> bool:
        """Tell whether a getUpdates waits right now."""
        with self.lock:
            return self._poll is not None

    async def take_updates(
        self, *, offset: int, limit: int, wait_seconds: float, allowed: list[str] | None
    ) -> list[Json]:
        """Answer getUpdates: what waits from an offset on, or what comes within the time.

        Raises:
            Refused: 409, when another getUpdates began after this one.
        """
        poll = _Poll()
        with self.lock:
            self._loop = asyncio.get_running_loop()
            if allowed is not None:
                self._allowed = frozenset(allowed) or None
            self._confirm(offset)
            if self._poll is not None:
                self._poll.superseded = True
                self._poll.changed.set()
            self._poll = poll
        try:
            async with asyncio.timeout(wait_seconds):
                while not poll.superseded and not self._closing and not self._updates:
                    await poll.changed.wait()
                    poll.changed.clear()
        except TimeoutError:
            pass
        finally:
            with self.lock:
                if self._poll is poll:
                    self._poll = None
        if poll.superseded:
            raise Refused(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        with self.lock:
            return self._updates[:limit]

    def forget_updates(self) -> None:
        """Drop what waits (deleteWebhook with drop_pending_updates)."""
        with self.lock:
            self._updates.clear()

    def close(self) -> None:
        """Let whoever waits go."""
        self._closing = True
        self._wake()

    def open(self) -> None:
        """Let getUpdates wait again."""
        self._closing = False

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self._updates = self._updates[offset:]
        elif offset > 0:
            self._updates = [update for update in self._updates if update["update_id"] >= offset]

    def _wake(self) -> None:
        with self.lock:
            if self._poll is not None and self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._poll.changed.set)

    def menu_of(self, chat_id: int) -> tuple[str, ...]:
        """Return the commands that a private chat shows: its own, else those of all private chats, else everybody's."""
        for scope in (
            {"type": "chat", "chat_id": chat_id},
            {"type": "all_private_chats"},
            {"type": "default"},
        ):
            if commands := self.commands.get(menu_key(scope)):
                return tuple(str(command["command"]) for command in commands)
        return ()

    # Rooms and messages

    def room_for_bot(self, chat_id: object) -> Room:
        """Find the room that the bot means, if it may write there.

        Raises:
            Refused: there is none, or the bot may not write there.
        """
        try:
            number = int(str(chat_id))
        except ValueError:
            raise bad_request("chat_id is empty" if chat_id in (None, "") else "chat not found") from None
        room = self.rooms.get(number)
        if room is None:
            raise bad_request("chat not found")
        if room.person is None:
            if not room.bot_is_member:
                raise Refused(403, "Forbidden: bot is not a member of the group chat")
            return room
        if room.person.deactivated:
            raise Refused(403, "Forbidden: user is deactivated")
        if room.person.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if not room.person.started:
            if room.person.known:
                raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
            raise bad_request("chat not found")
        return room

    def post(self, room: Room, author: Json, content: Json, *, reply_to: Json | None = None) -> Json:
        """Write a message into a room and return it."""
        with self.lock:
            self._message_id += 1
            message: Json = {
                "message_id": self._message_id,
                "from": author,
                "chat": room.chat,
                "date": self.seconds(),
                **content,
            }
            if reply_to is not None:
                message["reply_to_message"] = {
                    key: value for key, value in reply_to.items() if key != "reply_to_message"
                }
            room.messages[self._message_id] = message
        self.tell(room)
        return message

    def own_message(self, room: Room, message_id: object, *, to: str) -> Json:
        """Find a message of the bot's own that it wants to edit.

        Raises:
            Refused: it is gone, or somebody else's.
        """
        message = room.messages.get(_number(message_id))
        if message is None:
            raise bad_request(f"message to {to} not found")
        if message["from"]["id"] != BOT_ID:
            raise bad_request("message can't be edited")
        return message

    def edit(self, room: Room, message: Json, content: Json) -> Json:
        """Change a message, unless nothing would change."""
        with self.lock:
            changed = {
                key: value for key, value in message.items() if key not in ("reply_markup", "entities")
            }
            changed |= content
            if "text" not in content and "entities" in message:
                changed["entities"] = message["entities"]
            same = {key: value for key, value in message.items() if key != "edit_date"}
            if {key: value for key, value in changed.items() if key != "edit_date"} == same:
                raise bad_request(
                    "message is not modified: specified new message content and reply markup are exactly the same"
                    " as a current content and reply markup of the message"
                )
            message.clear()
            message.update(changed, edit_date=self.seconds())
        self.tell(room)
        return message

    def delete(self, room: Room, message_id: object) -> None:
        """Take a message away, while it is young enough."""
        with self.lock:
            message = room.messages.get(_number(message_id))
            if message is None:
                raise bad_request("message to delete not found")
            if self.seconds() - message["date"] > _DELETABLE_FOR.total_seconds():
                raise bad_request("message can't be deleted for everyone")
            del room.messages[message["message_id"]]
        self.tell(room)

    def tell(self, room: Room) -> None:
        """Let those who look at a room look again."""
        for listener in list(self.listeners):
            listener(room.id)

    def seconds(self) -> int:
        """Return office time as Telegram writes dates."""
        return int(self.clock.now().timestamp())

    # Files and buttons

    def keep_file(self, content: bytes, *, name: str, media_type: str, folder: str) -> StoredFile:
        """Keep a file and give it the ids by which it is named from now on."""
        number = len(self.files)
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        stored = StoredFile(
            id=secrets.token_urlsafe(36),
            unique_id=secrets.token_urlsafe(9),
            path=f"{folder}/file_{number}.{suffix}",
            name=name,
            media_type=media_type,
            content=content,
        )
        self.files[stored.id] = stored
        return stored

    def file(self, file_id: object) -> StoredFile:
        """Find a file by its id.

        Raises:
            Refused: nobody sent such a file.
        """
        stored = self.files.get(str(file_id))
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        return stored

    def ask(self, person: Person, message: Json, data: str) -> str:
        """Let a pressed button wait for the bot; return the query's id."""
        query_id = str(secrets.randbelow(10**18))
        with self.lock:
            self._queries[query_id] = person
        self.push(
            "callback_query",
            {
                "id": query_id,
                "from": person.user,
                "message": dict(message),
                "chat_instance": str(message["chat"]["id"]),
                "data": data,
            },
        )
        return query_id

    def answer(self, query_id: object, text: str) -> None:
        """Take the bot's answer to a pressed button.

        Raises:
            Refused: it was answered, or never asked.
        """
        with self.lock:
            person = self._queries.pop(str(query_id), None)
        if person is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if text:
            person.toasts.append(text)
        self.tell(self.rooms[person.id])

    def waiting_buttons(self) -> int:
        """Count the pressed buttons that still turn, because the bot did not answer."""
        with self.lock:
            return len(self._queries)


def menu_key(scope: Json, language_code: str = "") -> str:
    """Return under what the commands of a scope are kept."""
    return json.dumps([scope, language_code], sort_keys=True)


def commands_in(text: str) -> list[Json]:
    """Return the entities of the commands in what somebody wrote."""
    return [
        {
            "type": "bot_command",
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found[0]),
        }
        for found in _COMMAND.finditer(text)
        if found.start() == 0 or text[found.start() - 1].isspace()
    ]


def utf16_length(text: str) -> int:
    """Return a length as Telegram counts: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
