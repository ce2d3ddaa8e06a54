"""Phones for the people of a scene: the desk's chat at work beside its mail, over HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.wires import TelegramSettings
from service.chat_line import ChatLine
from service.demo.bot_api import BotApi
from service.demo.phone import Phone, Seen
from storage import chats, people
from storage.outbox import LetterState
from tests.acceptance.scene import Scene
from tests.people import Member


class Phones:
    """Who of a scene has a phone, and what they do with it."""

    def __init__(self, scene: Scene, api: BotApi) -> None:
        self.scene = scene
        self.api = api
        self.line: ChatLine | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        settings = TelegramSettings(token=self.api.token, api=self.api.url.removesuffix("/bot"))
        self.line = ChatLine(settings, self.scene.service.writer)
        self.scene.service.chat_line = self.line
        self._tasks = self.line.start()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.line is not None:
            await self.line.close()
        self.line = self.scene.service.chat_line = None

    async def settle(self) -> None:
        """Wait until nothing is in flight, neither in the chat nor in the mail."""
        await self.settle_chat()
        await self.scene.settle()

    async def settle_chat(self) -> None:
        """Wait until everything that people did is answered, whatever becomes of the mail."""
        async with asyncio.timeout(20):
            while self.api.in_flight() or (self.line and self.line.at_work) or self._waiting():  # noqa: ASYNC110 - real wires tell nobody
                await asyncio.sleep(0.01)

    def _waiting(self) -> bool:
        now = self.scene.clock.now()
        return any(
            row.channel == "telegram" and row.state is LetterState.WAITING and row.not_before <= now
            for row in self.scene.letters()
        )

    async def of(self, member: Member) -> Phone:
        """The phone of somebody, tied to them as if by code and mail."""
        phone = self.api.phone(member.name)
        # A bot may only write to whoever wrote to it.
        await self.hear(phone, "hola")

        def link(desk) -> None:
            person = people.find_person_by_email(desk.session, member.email)
            assert person is not None
            chats.link_person(desk.session, chats.open_chat(desk.session, phone.id), person.id or 0, desk.now)

        self.scene.service.writer.act(link)
        return phone

    async def say(self, phone: Phone, text: str) -> Seen:
        """Let somebody write, and return the last that the desk answered."""
        return (await self.hear(phone, text))[-1]

    async def hear(self, phone: Phone, text: str) -> list[Seen]:
        """Let somebody write, and return everything that the desk answered."""
        phone.unread()
        phone.say(text)
        await self.settle()
        return phone.unread()

    async def press(self, phone: Phone, *labels: str) -> Seen:
        """Press buttons one after the other, each under the last message that has it; return the last answer."""
        phone.unread()
        for label in labels:
            phone.press(label)
            await self.settle()
        return phone.unread()[-1]


@contextlib.asynccontextmanager
async def phones_for(scene: Scene) -> AsyncIterator[Phones]:
    """Give the people of a scene phones, for as long as it lasts."""
    async with BotApi(scene.clock) as api:
        found = Phones(scene, api)
        await found.start()
        try:
            yield found
        finally:
            await found.stop()
