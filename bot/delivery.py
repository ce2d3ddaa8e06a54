"""Chat messages out: the courier for Telegram, and what its refusals mean."""

import asyncio
import contextlib
import json
from collections import deque
from typing import Any

from telegram import BotCommand, BotCommandScopeChat, InlineKeyboardButton
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError, TimedOut

from bot.wires import RawBot, erase_row, seconds_of
from mail.delivery import NotDelivered

PER_SECOND = 29.7
"""Telegram takes about 30 messages a second of one bot."""
LONGEST_HOLD = 300.0
_BEHIND = 0.05
"""What waits for an earlier message is tried a moment after it."""
_FORGOTTEN_AFTER = 60.0


class TelegramCourier:
    """Carries messages to chats; the Courier of `actions/ports.py`. Those of one chat are given to it one after the other."""

    def __init__(self, bot: RawBot, *, per_second: float = PER_SECOND) -> None:
        self._bot = bot
        self._interval = 1 / per_second
        self._next_at = 0.0
        most = max(round(per_second), 1)
        self._moments: deque[float] = deque(maxlen=most)
        # A hair more than a second, at our own pace: what we count as sent reaches Telegram a moment later.
        self._span = most * self._interval
        self._flood_until = 0.0
        # Chats whose last message did not get through: failures in a row, and until when they are held.
        self._held: dict[str, tuple[int, float]] = {}
        # Messages that come again, by chat and letter, and until when that is believed.
        self._expected: dict[tuple[str, int], float] = {}

    async def carry(self, *, address: str, original: bytes, letter_id: int) -> str:
        """Hand one message over and return Telegram's id for it.

        Raises:
            NotDelivered: `unreachable` when the account blocked the bot or is no more,
                `in_doubt` when it may have arrived, with the time that Telegram asks to wait.
        """
        content = json.loads(original)
        is_message = content.keys().isdisjoint(("erase", "commands"))
        try:
            await self._take_turn(address, letter_id, is_message=is_message)
            answer = await self._send(address, content)
        except NotDelivered as refusal:
            self._expect_again(address, letter_id, refusal)
            raise
        self._expected.pop((address, letter_id), None)
        return answer

    def _expect_again(self, address: str, letter_id: int, refusal: NotDelivered) -> None:
        """Remember which messages come again, so that later ones of the same chat wait for them."""
        self._expected.pop((address, letter_id), None)
        if not refusal.permanent:
            wait = (refusal.retry_after_seconds or 0.0) + _FORGOTTEN_AFTER
            self._expected[address, letter_id] = asyncio.get_running_loop().time() + wait

    async def _take_turn(self, address: str, letter_id: int, *, is_message: bool) -> None:
        """Wait for a place in this second; nobody overtakes a message of the same chat that comes again.

        Deletions and menus are no messages, and take nobody's place.
        """
        now = asyncio.get_running_loop().time()
        # One that was cancelled meanwhile never comes: it is not waited for for ever.
        self._expected = {key: until for key, until in self._expected.items() if until > now}
        until = max(self._flood_until, self._held.get(address, (0, 0.0))[1])
        overtakes = any(chat == address and earlier < letter_id for chat, earlier in self._expected)
        if now < until or overtakes:
            raise NotDelivered(
                address, "waiting", permanent=False, retry_after_seconds=max(until - now, 0.0) + _BEHIND
            )
        if not is_message:
            return
        turn = max(now, self._next_at)
        self._next_at = turn + self._interval
        await asyncio.sleep(turn - now)
        await self._keep_within_a_second()

    async def _keep_within_a_second(self) -> None:
        """Wait where a stall of ours pushed messages together: never more in any second than Telegram takes."""
        clock = asyncio.get_running_loop().time
        while True:
            full = len(self._moments) == self._moments.maxlen
            wait = self._moments[0] + self._span - clock() if full else 0.0
            if wait <= 0:
                break
            await asyncio.sleep(wait)
        self._moments.append(clock())

    async def _send(self, address: str, content: dict[str, Any]) -> str:
        try:
            answer = await self._do(address, content)
        except (Forbidden, BadRequest, ChatMigrated) as error:
            self._held.pop(address, None)
            if content.get("leave"):
                await self._leave(address)
                return ""
            raise NotDelivered(
                address, f"{error.message}"[:500], permanent=True, unreachable=_is_gone(error)
            ) from error
        except RetryAfter as error:
            wait = seconds_of(error)
            self._flood_until = asyncio.get_running_loop().time() + wait
            raise NotDelivered(address, "429", permanent=False, retry_after_seconds=wait) from error
        except TelegramError as error:
            raise NotDelivered(
                address,
                f"{type(error).__name__}: {error.message}"[:500],
                permanent=False,
                in_doubt=_may_have_arrived(error),
                retry_after_seconds=self._hold(address),
            ) from error
        self._held.pop(address, None)
        if content.get("leave"):
            await self._leave(address)
        return answer

    def _hold(self, address: str) -> float:
        """Hold a chat's messages back for a while, longer each time, and return how long."""
        failures = self._held.get(address, (0, 0.0))[0] + 1
        wait = min(2.0**failures, LONGEST_HOLD)
        self._held[address] = (failures, asyncio.get_running_loop().time() + wait)
        return wait

    async def _do(self, address: str, content: dict[str, Any]) -> str:
        """Do what a letter to a chat is for, and return Telegram's id of its message, if it is one."""
        if "erase" in content:
            # It may be gone already, or so old that Telegram keeps it whatever we say.
            with contextlib.suppress(BadRequest):
                await self._bot.delete_message(int(address), content["erase"])
            return ""
        if "commands" in content:
            scope = BotCommandScopeChat(int(address))
            if content["commands"]:
                await self._bot.set_my_commands(
                    [BotCommand(name, says) for name, says in content["commands"]], scope=scope
                )
            else:
                await self._bot.delete_my_commands(scope=scope)
            return ""
        if "place" in content:
            return str((await self._bot.send_venue(chat_id=int(address), **content["place"])).message_id)
        return str(await self._message(address, content))

    async def _message(self, address: str, content: dict[str, Any]) -> int:
        rows = [
            [InlineKeyboardButton(button["text"], callback_data=button["data"]) for button in row]
            for row in content.get("buttons", [])
        ]
        if erase := content.get("erase_button"):
            rows.append(erase_row(erase))
        return await self._bot.send_text(int(address), content["text"], rows)

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


def _is_gone(error: TelegramError) -> bool:
    """Tell whether nothing reaches this chat any more: blocked, deactivated, or never begun."""
    return isinstance(error, Forbidden) or "chat not found" in error.message.lower()


def _may_have_arrived(error: TelegramError) -> bool:
    """Tell whether a message may be there although no answer came: not when nothing could be sent at all."""
    cause = type(error.__cause__).__name__
    if cause in {"ConnectError", "ConnectTimeout", "PoolTimeout"}:
        return False
    return isinstance(error, TimedOut) or "httpx." in error.message
