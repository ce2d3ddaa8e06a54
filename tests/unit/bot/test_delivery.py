"""Messages of one chat arrive in order, whatever Telegram says meanwhile."""

import json

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot import delivery
from bot.delivery import TelegramCourier
from mail.delivery import NotDelivered


class FakeBot:
    """A bot whose answers are given beforehand; without one it delivers."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[int, str]] = []

    async def send_text(self, chat_id: int, text: str, _rows: object) -> int:
        if self.answers:
            raise self.answers.pop(0)
        self.sent.append((chat_id, text))
        return len(self.sent)


def courier(bot: FakeBot) -> TelegramCourier:
    return TelegramCourier(bot, per_second=10_000)  # type: ignore[arg-type]


async def carry(one: TelegramCourier, letter_id: int, address: str = "5") -> str | NotDelivered:
    try:
        return await one.carry(
            address=address, original=json.dumps({"text": str(letter_id)}).encode(), letter_id=letter_id
        )
    except NotDelivered as refusal:
        return refusal


@pytest.mark.parametrize("trouble", [NetworkError("Bad Gateway"), TimedOut()], ids=["502", "lost"])
async def test_nobody_overtakes_a_message_that_comes_again(trouble, monkeypatch):
    monkeypatch.setattr(TelegramCourier, "_hold", lambda *_: 0.0)
    bot = FakeBot(trouble)
    one = courier(bot)

    first, second, other = await carry(one, 1), await carry(one, 2), await carry(one, 3, "6")
    again = [await carry(one, 1), await carry(one, 2)]

    assert isinstance(first, NotDelivered)
    assert isinstance(second, NotDelivered)
    assert not second.permanent
    assert other == "1"
    assert again == ["2", "3"]
    assert bot.sent == [(6, "3"), (5, "1"), (5, "2")]


async def test_a_message_that_never_comes_again_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(TelegramCourier, "_hold", lambda *_: 0.0)
    monkeypatch.setattr(delivery, "_FORGOTTEN_AFTER", -1.0)
    one = courier(FakeBot(NetworkError("Bad Gateway")))

    await carry(one, 1)

    assert await carry(one, 2) == "1"


@pytest.mark.parametrize(
    ("answer", "permanent", "unreachable"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), True, True),
        (Forbidden("Forbidden: user is deactivated"), True, True),
        (BadRequest("Chat not found"), True, True),
        (BadRequest("Message is too long"), True, False),
        (NetworkError("Bad Gateway"), False, False),
    ],
    ids=["blocked", "deactivated", "no such chat", "too long", "502"],
)
async def test_what_a_refusal_means(answer, permanent, unreachable):
    refusal = await carry(courier(FakeBot(answer)), 1)

    assert isinstance(refusal, NotDelivered)
    assert (refusal.permanent, refusal.unreachable) == (permanent, unreachable)


async def test_while_telegram_asks_to_wait_everybody_does():
    bot = FakeBot(RetryAfter(7))
    one = courier(bot)

    first, other = await carry(one, 1), await carry(one, 2, "6")

    assert isinstance(first, NotDelivered)
    assert isinstance(other, NotDelivered)
    assert first.retry_after_seconds == 7
    assert other.retry_after_seconds is not None
    assert 6 < other.retry_after_seconds < 8
    assert bot.sent == []
