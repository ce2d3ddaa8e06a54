"""The wires to Telegram: long polling, pressed buttons, and what its failures mean to us."""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from actions.desk import Desk
from actions.ports import ChatLost, FetchedUpdate, PressedButton
from bot.conversation import respond
from bot.texts import commands_of, text
from bot.updates import chat_of, sent_at

log = structlog.get_logger()

WANTED = ("message", "callback_query", "my_chat_member")
"""What Telegram is asked for: what is not needed is not even received."""
BATCH = 100
IN_FLIGHT = 10
"""Calls to Telegram at once: messages, edits and answers to buttons together; polling has its own."""
ANSWER_SECONDS = 10.0
REJECTED_SECONDS = 300.0
"""A token that Telegram does not know is the operator's to mend; meanwhile the desk asks seldom."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramSettings:
    """The account of the desk, and the server behind which it lives."""

    token: str = field(repr=False)
    api: str = "https://api.telegram.org"
    connections: int = IN_FLIGHT


class RawBot(Bot):
    """A bot that hands over what Telegram answered as it came, where nobody needs objects of it."""

    async def fetch_raw(self, *, offset: int | None, wait_seconds: float) -> list[dict[str, Any]]:
        """Return updates as the server wrote them, having confirmed those below the offset.

        The library's own method makes objects of a whole batch, so that one update that
        it cannot read would keep all others from arriving, for ever.
        """
        data: dict[str, Any] = {"limit": BATCH, "timeout": int(wait_seconds), "allowed_updates": list(WANTED)}
        if offset is not None:
            data["offset"] = offset
        answer = await self._post("getUpdates", data, read_timeout=wait_seconds + ANSWER_SECONDS)
        return [update for update in answer if isinstance(update, dict)] if isinstance(answer, list) else []

    async def send_text(self, chat_id: int, text: str, rows: Sequence[Sequence[InlineKeyboardButton]]) -> int:
        """Send a message with buttons under it and return Telegram's number for it.

        The library's own method makes objects of the whole answer, which costs more than the sending.
        """
        data: dict[str, Any] = {
            "chat_id": chat_id,
            "text": text,
            "link_preview_options": {"is_disabled": True},
        }
        if rows:
            data["reply_markup"] = InlineKeyboardMarkup(rows)
        answer = await self._post("sendMessage", data)
        return int(answer["message_id"])


def make_bot(settings: TelegramSettings) -> RawBot:
    """Return the library's client; polling has connections of its own."""
    return RawBot(
        settings.token,
        base_url=f"{settings.api.rstrip('/')}/bot",
        base_file_url=f"{settings.api.rstrip('/')}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=settings.connections,
            read_timeout=ANSWER_SECONDS,
            pool_timeout=30.0,
        ),
        get_updates_request=HTTPXRequest(connection_pool_size=2, pool_timeout=5.0),
    )


class TelegramChat:
    """The chat of `actions/ports.py`, on Telegram."""

    def __init__(self, bot: RawBot) -> None:
        self._bot = bot

    async def connect(self) -> str:
        """Make ready: who we are, no webhook in the way, the menu of commands."""
        with _at_the_border():
            await self._bot.initialize()
            # Updates that wait are kept: they are somebody's.
            await self._bot.delete_webhook(drop_pending_updates=False)
            await self._bot.set_my_commands([BotCommand(name, says) for name, says in commands_of(())])
            return self._bot.username

    async def fetch(self, *, confirm: int | None, wait_seconds: float) -> Sequence[FetchedUpdate]:
        """Confirm what is recorded, and return what waits or comes within the time."""
        with _at_the_border():
            updates = await self._bot.fetch_raw(
                offset=None if confirm is None else confirm + 1, wait_seconds=wait_seconds
            )
        return [self._fetched(update) for update in updates]

    def _fetched(self, update: Mapping[str, Any]) -> FetchedUpdate:
        number = int(update["update_id"])
        return FetchedUpdate(
            number=number,
            external_id=f"{self._bot.id}/{number}",
            chat_id=chat_of(update),
            sent_at=sent_at(update),
            raw=json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"),
        )

    def respond(self, desk: Desk, entry_id: int, *, system_now: datetime) -> PressedButton | None:
        """Understand a recorded update and do what it means."""
        return respond(desk, entry_id, system_now=system_now)

    async def release(self, button: PressedButton) -> None:
        """Let a button come to rest, and take spent ones away; an old query cannot be answered any more."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._bot.answer_callback_query(button.query_id, text=button.text or None)
                if button.spent and button.message_id:
                    rows = [erase_row(button.erase_button)] if button.erase_button else []
                    await self._bot.edit_message_reply_markup(
                        chat_id=button.chat_id,
                        message_id=button.message_id,
                        reply_markup=InlineKeyboardMarkup(rows) if rows else None,
                    )
        except (TelegramError, TimeoutError) as error:
            log.info("button_not_released", reason=type(error).__name__)

    async def close(self) -> None:
        """Give the connections back."""
        with contextlib.suppress(TelegramError):
            await self._bot.shutdown()


class _at_the_border:  # noqa: N801 - reads as what it does
    """Let nothing of the library out of this folder."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RetryAfter):
            raise ChatLost("429", retry_after_seconds=seconds_of(error)) from error
        if isinstance(error, InvalidToken):
            raise ChatLost("the token was rejected", retry_after_seconds=REJECTED_SECONDS) from None
        if isinstance(error, TelegramError):
            raise ChatLost(f"{type(error).__name__}: {error.message}"[:200]) from error


def erase_row(token: str) -> list[InlineKeyboardButton]:
    """Return the button under a message that names people, which takes it away."""
    return [InlineKeyboardButton(text("erase"), callback_data=token)]


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram wants to be left alone; the library's own attribute warns of its future."""
    return error._retry_after.total_seconds()  # noqa: SLF001
