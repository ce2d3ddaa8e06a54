"""Chat messages out: the courier for Telegram, and what its refusals mean."""

import asyncio
import json
from collections import defaultdict
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.wires import RawBot, seconds_of
from mail.delivery import NotDelivered

PER_SECOND = 28
"""Telegram takes about 30 messages a second of one bot."""


class TelegramCourier:
    """Carries messages to chats, in order for each; the Courier of `actions/ports.py`."""

    def __init__(self, bot: RawBot, *, per_second: float = PER_SECOND) -> None:
        self._bot = bot
        self._interval = 1 / per_second
        self._next_at = 0.0
        self._flood_until = 0.0
        self._lines: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def carry(self, *, address: str, original: bytes, letter_id: int) -> str:
        """Hand one message over and return Telegram's id for it.

        Raises:
            NotDelivered: `unreachable` when the account blocked the bot or is no more,
                `in_doubt` when it may have arrived, with the time that Telegram asks to wait.
        """
        del letter_id
        content = json.loads(original)
        line = self._lines[address]
        try:
            async with line:
                await self._take_turn(address)
                return await self._send(address, content)
        finally:
            if not line.locked():
                self._lines.pop(address, None)

    async def _take_turn(self, address: str) -> None:
        """Wait for a place in this second; while Telegram asks to wait, everybody does."""
        now = asyncio.get_running_loop().time()
        if now < self._flood_until:
            raise NotDelivered(
                address,
                "429 (waiting)",
                permanent=False,
                retry_after_seconds=self._flood_until - now,
            )
        turn = max(now, self._next_at)
        self._next_at = turn + self._interval
        await asyncio.sleep(turn - now)

    async def _send(self, address: str, content: dict[str, Any]) -> str:
        try:
            message = await self._message(address, content)
        except RetryAfter as error:
            wait = seconds_of(error)
            self._flood_until = asyncio.get_running_loop().time() + wait
            raise NotDelivered(address, "429", permanent=False, retry_after_seconds=wait) from error
        except Forbidden as error:
            if content.get("leave"):
                return ""
            raise NotDelivered(address, f"403 {error.message}", permanent=True, unreachable=True) from error
        except ChatMigrated as error:
            raise NotDelivered(address, "400 the group became another", permanent=True) from error
        except BadRequest as error:
            if content.get("leave"):
                await self._leave(address)
                return ""
            gone = "chat not found" in error.message.lower()
            raise NotDelivered(address, f"400 {error.message}", permanent=True, unreachable=gone) from error
        except TelegramError as error:
            raise NotDelivered(
                address,
                f"{type(error).__name__}: {error.message}"[:500],
                permanent=False,
                in_doubt=_may_have_arrived(error),
            ) from error
        if content.get("leave"):
            await self._leave(address)
        return str(message.message_id)

    async def _message(self, address: str, content: dict[str, Any]) -> Message:
        rows = [
            [InlineKeyboardButton(button["text"], callback_data=button["data"]) for button in row]
            for row in content.get("buttons", [])
        ]
        return await self._bot.send_message(
            chat_id=int(address),
            text=content["text"],
            reply_markup=InlineKeyboardMarkup(rows) if rows else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _leave(self, address: str) -> None:
        try:
            await self._bot.leave_chat(int(address))
        except (Forbidden, BadRequest):
            return  # We are not there any more, which is what was wanted.
        except TelegramError as error:
            # The line was said: saying it again is less bad than staying.
            raise NotDelivered(
                address, f"{type(error).__name__}: {error.message}"[:500], permanent=False, in_doubt=True
            ) from error


def _may_have_arrived(error: TelegramError) -> bool:
    """Tell whether a message may be there although no answer came: not when nothing could be sent at all."""
    cause = type(error.__cause__).__name__
    if cause in {"ConnectError", "ConnectTimeout", "PoolTimeout"}:
        return False
    return isinstance(error, TimedOut) or "httpx." in error.message
