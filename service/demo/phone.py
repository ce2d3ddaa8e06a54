"""A person's phone: what they write, press and send, and what they see (the demonstration, tests)."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from service.demo.chats import BOT_ID, Chats, Json, Person, Room, commands_in

T = TypeVar("T")

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LINK = re.compile(r"https://t\.me/(\w+)(?:\?start=(.*))?")
_PATIENCE_SECONDS = 20.0


class NothingCame(Exception):
    """What a person waited for did not come."""


class NoSuchButton(Exception):
    """A person looked for a button and it is not there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """A button under a message."""

    text: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A message as a person sees it."""

    id: int
    at: datetime
    mine: bool
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    file_name: str = ""
    content: bytes = b""
    location: tuple[float, float] | None = None
    edited: bool = False
    silent: bool = False

    def button(self, text: str) -> Button:
        """Return the button whose text begins so."""
        for row in self.buttons:
            for button in row:
                if button.text.startswith(text):
                    return button
        raise NoSuchButton(text)


class Phone:
    """A phone in the conversation with the bot; use it from any thread."""

    def __init__(self, chats: Chats, person: Person) -> None:
        self.person = person
        self._chats = chats
        self._room: Room = chats.rooms[person.id]
        self._read = 0

    @property
    def id(self) -> int:
        """The person's id, and that of the conversation."""
        return self.person.id

    # Writing

    def start(self, payload: str = "") -> Seen:
        """Press "start", with what a link carried.

        Raises:
            ValueError: Telegram would not carry such a payload.
        """
        if payload and not _PAYLOAD.fullmatch(payload):
            message = f"not a payload of a link: {payload!r}"
            raise ValueError(message)
        return self.say(f"/start {payload}".strip())

    def open_link(self, url: str) -> Seen:
        """Open a link to the bot, and press "start".

        Raises:
            ValueError: it is not a link to this bot.
        """
        found = _LINK.fullmatch(url)
        if found is None or found[1].lower() != str(self._chats.bot["username"]).lower():
            message = f"not a link to this bot: {url!r}"
            raise ValueError(message)
        return self.start(found[2] or "")

    def say(self, text: str) -> Seen:
        """Write something."""
        content: Json = {"text": text}
        entities = commands_in(text)
        if entities:
            content["entities"] = entities
        return self._send(content)

    def correct(self, message: Seen, text: str) -> None:
        """Edit something written before."""
        original = self._room.messages[message.id]
        original.update(text=text, edit_date=self._chats.seconds())
        self._chats.push("edited_message", dict(original))

    def send_document(
        self, name: str, content: bytes, *, media_type: str = "application/octet-stream"
    ) -> Seen:
        """Send a file."""
        stored = self._chats.keep_file(content, name=name, media_type=media_type, folder="documents")
        return self._send(
            {
                "document": {
                    "file_id": stored.id,
                    "file_unique_id": stored.unique_id,
                    "file_name": name,
                    "mime_type": media_type,
                    "file_size": len(content),
                }
            }
        )

    def send_photo(self, content: bytes, *, caption: str = "") -> Seen:
        """Send a photo."""
        stored = self._chats.keep_file(content, name="photo.jpg", media_type="image/jpeg", folder="photos")
        sizes = [{"file_id": stored.id, "file_unique_id": stored.unique_id, "width": 90, "height": 90}]
        return self._send({"photo": sizes} | ({"caption": caption} if caption else {}))

    def send_location(self, latitude: float, longitude: float) -> Seen:
        """Send where one is."""
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def send_contact(self, phone_number: str) -> Seen:
        """Share one's own number."""
        contact = {"phone_number": phone_number, "first_name": self.person.first_name, "user_id": self.id}
        return self._send({"contact": contact})

    def press(self, text: str, *, under: Seen | None = None) -> str:
        """Press the button whose text begins so, under the last message that has it; return the query's id.

        Raises:
            NoSuchButton: no message in sight has it.
        """
        for message in [under] if under else reversed(self.messages()):
            try:
                button = message.button(text)
            except NoSuchButton:
                continue
            return self._chats.ask(self.person, self._room.messages[message.id], button.data)
        raise NoSuchButton(text)

    # Looking

    def messages(self) -> list[Seen]:
        """Return the conversation as it looks now: edits done, deleted messages gone."""
        with self._chats.lock:
            return [self._seen(message) for message in self._room.messages.values()]

    def unread(self) -> list[Seen]:
        """Return what the bot wrote since the last look."""
        with self._chats.lock:
            if max(self._room.messages, default=0) <= self._read:
                return []
        new = [message for message in self.messages() if not message.mine and message.id > self._read]
        self._read = max([self._read, *(message.id for message in new)])
        return new

    async def hear(self, words: str = "", *, patience_seconds: float = _PATIENCE_SECONDS) -> Seen:
        """Wait for the next message of the bot that has these words; those before it count as read.

        Raises:
            NothingCame: with what came instead.
        """

        def look() -> Seen | None:
            for message in self.messages():
                if not message.mine and message.id > self._read and words in message.text:
                    self._read = message.id
                    return message
            return None

        return await self.wait_until(look, patience_seconds=patience_seconds)

    async def wait_until(
        self, look: Callable[[], T | None], *, patience_seconds: float = _PATIENCE_SECONDS
    ) -> T:
        """Look again whenever something changes, until there is something to see; return it.

        Raises:
            NothingCame: nothing did in time.
        """
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def listen(room_id: int) -> None:
            if room_id == self.id and not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

        self._chats.listeners.append(listen)
        try:
            async with asyncio.timeout(patience_seconds):
                while not (found := look()):
                    await changed.wait()
                    changed.clear()
                return found
        except TimeoutError:
            last = [message.text for message in self.messages()][-3:]
            raise NothingCame(f"{self.person.first_name} sees {last}") from None
        finally:
            self._chats.listeners.remove(listen)

    @property
    def toasts(self) -> list[str]:
        """What answers to pressed buttons showed."""
        return list(self.person.toasts)

    @property
    def keyboard(self) -> tuple[tuple[str, ...], ...]:
        """The reply keyboard that is shown; its buttons are written with `say`."""
        return self.person.keyboard

    @property
    def menu(self) -> tuple[str, ...]:
        """The commands that the conversation's menu names."""
        return self._chats.menu_of(self.id)

    # Leaving

    def block(self) -> None:
        """Block the bot."""
        self._change_membership("member", "kicked")
        self.person.blocked = True

    def unblock(self) -> None:
        """Let the bot write again."""
        self.person.blocked = False
        self._change_membership("kicked", "member")

    def deactivate(self) -> None:
        """Give the account up."""
        self.person.deactivated = True

    def _change_membership(self, before: str, after: str) -> None:
        self._chats.push(
            "my_chat_member",
            {
                "chat": self._room.chat,
                "from": self.person.user,
                "date": self._chats.seconds(),
                "old_chat_member": _membership(self._chats.bot, before),
                "new_chat_member": _membership(self._chats.bot, after),
            },
        )

    def _send(self, content: Json) -> Seen:
        self.person.started = True
        message = self._chats.post(self._room, self.person.user, content)
        self._chats.push("message", dict(message))
        return self._seen(message)

    def _seen(self, message: Json) -> Seen:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        file_id = message.get("document", {}).get("file_id") or (message.get("photo") or [{}])[-1].get(
            "file_id"
        )
        stored = self._chats.files.get(file_id) if file_id else None
        place = message.get("location")
        venue = message.get("venue")
        return Seen(
            id=message["message_id"],
            at=datetime.fromtimestamp(message["date"], UTC),
            mine=message["from"]["id"] != BOT_ID,
            text=f"{venue['title']}\n{venue['address']}"
            if venue
            else message.get("text") or message.get("caption") or "",
            buttons=tuple(
                tuple(
                    Button(text=one["text"], data=one.get("callback_data", ""), url=one.get("url", ""))
                    for one in row
                )
                for row in rows
            ),
            file_name=stored.name if stored else "",
            content=stored.content if stored else b"",
            location=(place["latitude"], place["longitude"]) if place else None,
            edited="edit_date" in message,
            silent=message["message_id"] in self._room.silent,
        )


class Group:
    """A group that somebody adds the bot to."""

    def __init__(self, chats: Chats, room: Room) -> None:
        self._chats = chats
        self._room = room

    @property
    def id(self) -> int:
        """The group's id, negative as Telegram's are."""
        return self._room.id

    @property
    def has_bot(self) -> bool:
        """Whether the bot is still there."""
        return self._room.bot_is_member

    def add_bot(self, by: Phone) -> None:
        """Let somebody add the bot; it is told twice, as it is by Telegram."""
        self._room.bot_is_member = True
        by.person.known = True
        event = {"chat": self._room.chat, "from": by.person.user, "date": self._chats.seconds()}
        members = {
            "old_chat_member": _membership(self._chats.bot, "left"),
            "new_chat_member": _membership(self._chats.bot, "member"),
        }
        self._chats.push("my_chat_member", event | members)
        joined = self._chats.post(self._room, by.person.user, {"new_chat_members": [self._chats.bot]})
        self._chats.push("message", dict(joined))

    def say(self, by: Phone, text: str) -> None:
        """Write into the group; the bot hears commands and what names it, no more."""
        by.person.known = True
        entities = commands_in(text)
        content: Json = {"text": text} | ({"entities": entities} if entities else {})
        message = self._chats.post(self._room, by.person.user, content)
        if self.has_bot and (entities or f"@{self._chats.bot['username']}" in text):
            self._chats.push("message", dict(message))

    def texts(self) -> list[str]:
        """Return what the bot wrote there."""
        return [
            message["text"]
            for message in self._room.messages.values()
            if message["from"]["id"] == BOT_ID and "text" in message
        ]


def _membership(user: Json, status: str) -> Json:
    member: Json = {"user": user, "status": status}
    return member | ({"until_date": 0} if status == "kicked" else {})
