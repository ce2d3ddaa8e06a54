"""The stage of the chat's scenarios: a desk whose chat is at work over HTTP, and people with phones."""

import asyncio
import re
from email.parser import BytesParser
from email.policy import default
from typing import Any

from sqlmodel import col, select

from actions.link_chat import issue_link_code
from bot.wires import TelegramSettings
from schedules.writer import Writer
from service.chat_line import ChatLine
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.demo.phone import Phone
from storage import chats, journal, people
from storage.chats import ChatRow
from storage.entries import EntryChannel, EntryRow
from storage.outbox import LetterRow, LetterState
from tests.people import Member


class Desk:
    """A desk in January 2027 whose chat is at work; its mail stays in the outbox."""

    def __init__(self, writer: Writer, api: BotApi, clock: LeapingClock) -> None:
        self.writer = writer
        self.api = api
        self.clock = clock
        self.line: ChatLine | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def settings(self) -> TelegramSettings:
        return TelegramSettings(token=self.api.token, api=self.api.url.removesuffix("/bot"))

    async def start(self) -> None:
        self.line = ChatLine(self.settings(), self.writer)
        self.writer.on_letters(self.line.couriers.wake)
        self._tasks = self.line.start()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.line is not None:
            await self.line.close()
        self.line = None

    async def settle(self) -> None:
        """Wait until everything that people did is answered and carried."""
        async with asyncio.timeout(20):
            while self.api.in_flight() or (self.line and self.line.at_work) or self.waiting():  # noqa: ASYNC110 - real wires tell nobody
                await asyncio.sleep(0.01)

    def waiting(self) -> int:
        with self.writer.store.reading() as session:
            return len(
                session.exec(
                    select(LetterRow.id).where(
                        col(LetterRow.channel) == "telegram", col(LetterRow.state) == LetterState.WAITING
                    )
                ).all()
            )

    def person_id(self, member: Member) -> int:
        with self.writer.store.reading() as session:
            person = people.find_person_by_email(session, member.email)
            assert person is not None
            assert person.id is not None
            return person.id

    def letters(self, template: str) -> list[tuple[str, str]]:
        """Mails in the outbox: address and text."""
        with self.writer.store.reading() as session:
            rows = session.exec(
                select(LetterRow).where(col(LetterRow.template) == template).order_by(col(LetterRow.id))
            ).all()
        found = []
        for row in rows:
            part = (
                BytesParser(policy=default)
                .parsebytes(self.writer.blobs.get(row.blob_sha256))
                .get_body(("plain",))
            )
            found.append((row.address, str(part.get_content()) if part else ""))
        return found

    def link_code(self, member: Member) -> str:
        assert self.writer.act(issue_link_code, self.person_id(member))
        address, text = self.letters("LINK")[-1]
        assert address == member.email
        found = re.search(r"/vincular (\S+)", text)
        assert found
        return found[1]

    def digits(self, member: Member) -> str:
        address, text = self.letters("LINK-CONFIRM")[-1]
        assert address == member.email
        found = re.search(r"^\s*(\d{6})\s*$", text, re.MULTILINE)
        assert found
        return found[1]

    async def say(self, phone: Phone, text: str) -> str:
        """Let somebody write, and return what the desk answered."""
        phone.unread()
        phone.say(text)
        await self.settle()
        return "\n".join(message.text for message in phone.unread())

    async def linked(self, member: Member) -> Phone:
        phone = self.api.phone(member.name.split()[0])
        await self.say(phone, f"/start {self.link_code(member)}")
        answer = await self.say(phone, self.digits(member))
        assert answer.startswith("Listo, su cuenta quedó vinculada.")
        return phone

    def chat(self, phone: Phone) -> ChatRow | None:
        with self.writer.store.reading() as session:
            return chats.find_chat(session, phone.id)

    def count(self, kind: str) -> int:
        with self.writer.store.reading() as session:
            return journal.count(session, kind)

    def push_raw(self, content: dict[str, Any]) -> None:
        """Let an update wait that Telegram would not even send, since it was not asked for."""
        with self.api.chats.lock:
            self.api.chats._update_id += 1
            self.api.chats._updates.append({"update_id": self.api.chats._update_id, **content})

    def updates(self) -> list[EntryRow]:
        with self.writer.store.reading() as session:
            return list(
                session.exec(
                    select(EntryRow)
                    .where(col(EntryRow.channel) == EntryChannel.CHAT)
                    .order_by(col(EntryRow.id))
                )
            )
