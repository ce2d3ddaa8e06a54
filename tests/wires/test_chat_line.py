"""The line to Telegram: ten calls in flight at the most, and reminders never fill them all."""

import asyncio
from collections.abc import Callable

import pytest

from actions.desk import Desk
from actions.ports import PressedButton
from actions.send_chat import send_chat
from bot.wires import TelegramSettings
from service.chat_line import ChatLine
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.settings import read_settings, write_settings
from service.wiring import writing
from storage import chats, entries
from storage.entries import EntryChannel

PEOPLE = 20


class HeldTelegram(BotApi):
    """A server that answers nothing while it holds, and counts who waits."""

    def __init__(self, clock: LeapingClock) -> None:
        super().__init__(clock)
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.held = self.most = 0

    def hold(self) -> None:
        self.let_go.clear()
        self.most = 0

    async def _call(self, *arguments: object) -> object:
        self.held += 1
        self.most = max(self.most, self.held)
        await self.let_go.wait()
        self.held -= 1
        return await super()._call(*arguments)  # type: ignore[arg-type]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 -- nobody tells when it is so
            await asyncio.sleep(0.01)


def remind(desk: Desk, people: list[int]) -> None:
    for chat_id in people:
        send_chat(desk, chat_id, "Recordatorio", template="RV-3", version="1")


def answer(desk: Desk, people: list[int]) -> None:
    for number, chat_id in enumerate(people):
        chats.open_chat(desk.session, chat_id)
        entry, _known = entries.record(
            desk.session,
            channel=EntryChannel.CHAT,
            external_id=f"{chat_id}/{number}",
            place="",
            received_at=desk.now,
            recorded_at=desk.now,
            blob_sha256="",
            size=0,
            folio=lambda: f"E-{chat_id}/{number}",  # noqa: B023 - drawn at once
        )
        desk.session.flush()
        text = f"Respuesta {number}"
        send_chat(desk, chat_id, text, template="chat:help", version=str(number), answering=entry)


@pytest.fixture
async def telegram(clock: LeapingClock):
    async with HeldTelegram(clock) as server:
        yield server


@pytest.fixture
def writer(tmp_path, clock: LeapingClock):
    write_settings(tmp_path / "data", {"secret": "5e" * 32, "authentication": "off"})
    with writing(read_settings(tmp_path / "data"), clock) as writer:
        yield writer


@pytest.fixture
async def line(telegram: HeldTelegram, writer):
    chat_line = ChatLine(TelegramSettings(token=telegram.token, api=telegram.address), writer)
    writer.on_letters(chat_line.couriers.wake)
    await chat_line.chat.connect()
    telegram.hold()
    yield chat_line
    await chat_line.close()


async def test_ten_are_in_flight_at_the_most_and_no_answer_stands_behind_reminders(telegram, writer, line):
    phones = [telegram.phone(f"P{number}") for number in range(2 * PEOPLE)]
    for phone in phones:
        phone.start()
    people = [phone.id for phone in phones]
    couriers = asyncio.create_task(line.couriers.run())
    await writer.run(remind, people[:PEOPLE])
    await until(lambda: telegram.held == line.couriers.in_flight > 0)
    reminders = telegram.held

    await writer.run(answer, people[PEOPLE:])
    await until(lambda: telegram.held == line.couriers.in_flight > reminders)
    both = telegram.held
    telegram.let_go.set()
    await until(lambda: telegram.calls["sendmessage"] == 2 * PEOPLE and not line.couriers.in_flight)
    couriers.cancel()
    await asyncio.gather(couriers, return_exceptions=True)

    assert (reminders, both, telegram.most) == (7, 10, 10)
    assert [len(phone.unread()) for phone in phones] == [1] * 2 * PEOPLE


async def test_many_messages_to_one_chat_take_one_hand_and_arrive_in_order(telegram, writer, line):
    one, *others = [telegram.phone(f"P{number}") for number in range(9)]
    for phone in (one, *others):
        phone.start()
    couriers = asyncio.create_task(line.couriers.run())
    await writer.run(answer, [one.id] * PEOPLE)
    await until(lambda: telegram.held == line.couriers.in_flight > 0)
    alone = telegram.held

    await writer.run(answer, [phone.id for phone in others])
    await until(lambda: telegram.held == line.couriers.in_flight > alone)
    together = telegram.held
    telegram.let_go.set()
    await until(lambda: telegram.calls["sendmessage"] == PEOPLE + 8 and not line.couriers.in_flight)
    couriers.cancel()
    await asyncio.gather(couriers, return_exceptions=True)

    assert (alone, together) == (1, 9)
    assert [seen.text for seen in one.unread()] == [f"Respuesta {number}" for number in range(PEOPLE)]
    assert [len(phone.unread()) for phone in others] == [1] * 8


async def test_buttons_that_come_to_rest_count_among_the_ten(telegram, line):
    buttons = [
        PressedButton(query_id=str(number), text="", chat_id=5, message_id=1, spent=False)
        for number in range(PEOPLE)
    ]
    rest = asyncio.gather(*(line.chat.release(button) for button in buttons))

    await until(lambda: telegram.held >= 10)
    telegram.let_go.set()
    await rest

    assert telegram.most == 10
