"""The chat's watcher: fetch, record, confirm, and let the desk answer what was recorded."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import structlog

from actions.link_chat import remember_bot_name
from actions.ports import Chat, ChatLost, PressedButton
from actions.receive_update import (
    PendingUpdate,
    fail_update,
    pending_updates,
    receive_updates,
    respond_together,
)
from schedules.writer import Writer

log = structlog.get_logger()

IN_FLIGHT = 10
"""Groups that are answered at once; nobody is in two of them, so that each has one thing after the other."""
GROUP = 25
"""Updates that are answered in one transaction, and wait for the disk once."""
BATCH = 200
WAIT_SECONDS = 25.0


class ChatIntake:
    """Brings what happens in the chat in. Recorded first, confirmed to the server only after the commit."""

    def __init__(self, *, writer: Writer, chat: Chat, wait_seconds: float = WAIT_SECONDS) -> None:
        self._writer = writer
        self._chat = chat
        self._wait = wait_seconds
        self._recorded = asyncio.Event()
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._releases: set[asyncio.Task[None]] = set()
        self.answering = 0
        """Updates that were fetched and not answered yet, and buttons that still turn."""

    async def run(self) -> None:
        """Watch the chat and answer until cancelled; what was recorded before is answered first."""
        self._recorded.set()
        answers = asyncio.create_task(self._answer_for_ever())
        try:
            await self._watch()
        finally:
            answers.cancel()
            for release in self._releases:
                release.cancel()
            await asyncio.gather(answers, *self._releases, return_exceptions=True)

    async def _watch(self) -> None:
        """Fetch and record; conflicts, gateways that are down and lost networks are waited out."""
        failures = 0
        connected = False
        confirm: int | None = None
        while True:
            try:
                if not connected:
                    name = await self._chat.connect()
                    await self._writer.run(remember_bot_name, name)
                    connected = True
                confirm = await self.poll(confirm)
                failures = 0
            except ChatLost as lost:
                failures += 1
                pause = lost.retry_after_seconds or min(60.0, 0.5 * 2 ** min(failures, 8))
                pause *= random.uniform(1.0, 1.5)  # noqa: S311 - so that two do not meet again
                log.warning("chat_lost", reason=str(lost), pause=round(pause, 1))
                await asyncio.sleep(pause)
            except Exception:
                # Our own books may be busy: what was not recorded is not confirmed, and comes again.
                failures += 1
                log.exception("chat_not_recorded")
                await asyncio.sleep(min(60.0, 0.5 * 2 ** min(failures, 8)))

    async def poll(self, confirm: int | None) -> int | None:
        """Confirm what is recorded, take in what comes, and return up to where the next call may confirm.

        Nothing is confirmed by a number that was not just recorded: after a week of
        silence Telegram may begin to count anywhere.
        """
        updates = await self._chat.fetch(confirm=confirm, wait_seconds=self._wait)
        if not updates:
            return None
        self.answering += 1
        try:
            await self._writer.run(receive_updates, updates)
            self._recorded.set()
        finally:
            self.answering -= 1
        return max(update.number for update in updates)

    async def _answer_for_ever(self) -> None:
        while True:
            await self._recorded.wait()
            self._recorded.clear()
            try:
                await self.answer_recorded()
            except Exception:
                log.exception("chat_answers_failed")
                await asyncio.sleep(1.0)
                self._recorded.set()

    async def answer_recorded(self) -> None:
        """Answer what is recorded: each person's updates in order, several people together; one bad update stops nobody."""
        self.answering += 1
        try:
            while pending := await self._writer.run(pending_updates, limit=BATCH):
                lines: defaultdict[str, list[PendingUpdate]] = defaultdict(list)
                for update in pending:
                    lines[update.chat].append(update)
                answered = await asyncio.gather(*(self._answer(group) for group in _groups(lines.values())))
                if len(pending) < BATCH and all(answered):
                    # Nothing is left: what failed still waits, and what comes meanwhile sets the event.
                    return
        finally:
            self.answering -= 1

    async def _answer(self, lines: Sequence[Sequence[PendingUpdate]]) -> bool:
        """Answer a group in one transaction; where one of them cannot be, each by itself. Tell whether all were."""
        async with self._places:
            try:
                buttons = await self._writer.run(
                    respond_together,
                    self._chat,
                    [update.entry_id for line in lines for update in line],
                    system_now=self._writer.clock.system_now(),
                )
            except Exception:
                log.exception("updates_failed_together")
                return all([await self._answer_line(line) for line in lines])
            for button in buttons:
                self._release(button)
            return True

    async def _answer_line(self, line: Sequence[PendingUpdate]) -> bool:
        for update in line:
            try:
                button = await self._writer.run(
                    self._chat.respond, update.entry_id, system_now=self._writer.clock.system_now()
                )
            except Exception as error:
                log.exception("update_failed", entry_id=update.entry_id)
                await self._writer.run(fail_update, update.entry_id, type(error).__name__)
                return False
            if button is not None:
                self._release(button)
        return True

    def _release(self, button: PressedButton) -> None:
        """Let a button come to rest without holding up its person's next message."""
        self.answering += 1
        task = asyncio.create_task(self._chat.release(button))
        self._releases.add(task)
        task.add_done_callback(self._released)

    def _released(self, task: asyncio.Task[None]) -> None:
        self._releases.discard(task)
        self.answering -= 1


def _groups(lines: Iterable[Sequence[PendingUpdate]]) -> list[list[Sequence[PendingUpdate]]]:
    """Put the lines of several people together, each whole, up to the size of a transaction."""
    groups: list[list[Sequence[PendingUpdate]]] = [[]]
    for line in lines:
        if groups[-1] and sum(map(len, groups[-1])) + len(line) > GROUP:
            groups.append([])
        groups[-1].append(line)
    return groups
