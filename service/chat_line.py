"""Put the parts of the chat together: its wires, its watcher, its courier. Only for a desk that has a token."""

import asyncio

from bot.delivery import TelegramCourier
from bot.wires import IN_FLIGHT, TelegramChat, TelegramSettings, make_bot
from schedules.chat import ChatIntake
from schedules.couriers import Couriers
from schedules.writer import Writer

CHANNEL = "telegram"
HANDS_FOR_ANSWERS = IN_FLIGHT
HANDS = 7
"""Of the messages in flight a round of reminders fills no more than these: the others are free for who waits for an answer."""


class ChatLine:
    """The desk's line to Telegram, while the service runs."""

    def __init__(self, settings: TelegramSettings, writer: Writer) -> None:
        bot = make_bot(settings)
        self.chat = TelegramChat(bot)
        self.intake = ChatIntake(writer=writer, chat=self.chat)
        self.couriers = Couriers(
            writer=writer,
            courier=TelegramCourier(bot),
            channel=CHANNEL,
            hands=HANDS,
            hands_for_answers=HANDS_FOR_ANSWERS,
            in_order=True,
        )

    @property
    def at_work(self) -> bool:
        """Whether something is being answered or carried right now."""
        return bool(self.intake.answering or self.couriers.in_flight)

    def start(self) -> list[asyncio.Task[None]]:
        """Start to listen and to carry."""
        return [
            asyncio.create_task(self.intake.run(), name="chat"),
            asyncio.create_task(self.couriers.run(), name="chat couriers"),
        ]

    async def close(self) -> None:
        """Give the connections back."""
        await self.chat.close()
