"""The mailbox's watcher: fetch, record, file away, and let the desk read what was recorded."""

import asyncio
import random
from collections.abc import Sequence

import structlog

from actions.process_entry import Prepared, Reading, apply_entries, fail_entry, prepare_entries, read_entry
from actions.receive_mail import is_known_place, mark_mailbox_read, receive_mails
from mail.inbox import FetchedMail, ImapMailbox, MailboxError, MailboxRefused
from schedules.writer import Writer
from storage.errors import BooksBusy

log = structlog.get_logger()

READ_AHEAD = 24
"""Entries being read or waiting to be applied; their order is that of arrival."""
GROUP = 12
"""Entries applied in one transaction, which waits for the disk once."""
BUSY_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_REFUSED_SECONDS = 300.0
"""A password that is wrong stays wrong, and servers lock those out who insist."""


class Intake:
    """Brings letters in. Recorded first, filed away on the server only after the commit."""

    def __init__(self, *, writer: Writer, mailbox: ImapMailbox, poll_seconds: float) -> None:
        self._writer = writer
        self._mailbox = mailbox
        self._poll_seconds = poll_seconds
        self.reading = 0

    async def run(self) -> None:
        """Watch the mailbox until cancelled; a lost connection is taken up again."""
        failures = 0
        while True:
            try:
                await self._process()
                await self._mailbox.connect()
                while True:
                    await self.poll()
                    failures = 0
                    await self._mailbox.wait_for_news(self._poll_seconds)
            except MailboxError as error:
                failures += 1
                pause = _pause(failures, error)
                if isinstance(error, MailboxRefused):
                    log.error("mailbox_refused", error=str(error), pause=pause, hint="run: oficialia check")  # noqa: TRY400
                else:
                    log.warning("mailbox_lost", error=str(error), pause=pause)
                await self._mailbox.close()
                await asyncio.sleep(pause)
            except BooksBusy as error:
                # A command may hold the books for a while; nothing is lost, and nobody is to blame.
                log.warning("books_busy", error=str(error))
                await asyncio.sleep(BUSY_PAUSE_SECONDS)

    async def poll(self) -> int:
        """Take in everything that lies in the mailbox and return how many mails were new."""
        self.reading += 1
        try:
            started = self._writer.clock.now()
            count = 0
            async for batch in self._mailbox.fetch_batches():
                count += await self.record(batch)
                await self._process()
            await self._writer.run(mark_mailbox_read, started)
            await self._process()
            return count
        finally:
            self.reading -= 1

    async def record(self, batch: Sequence[FetchedMail]) -> int:
        """Record what was not known yet, before the server is told that it was read; return how many."""
        unknown = await self._writer.run(is_known_place, [mail.place for mail in batch])
        fresh = [mail for mail in batch if mail.place in unknown]
        if fresh:
            await self._writer.run(receive_mails, fresh)
        await self._mailbox.file_away([mail.uid for mail in batch])
        return len(fresh)

    async def _process(self) -> None:
        """Read and apply what is recorded, in the order of arrival; one bad entry stops nobody.

        While the writer applies some, the workers read the next ones.
        """
        reading: dict[int, asyncio.Task[Reading | None]] = {}
        try:
            while True:
                fresh = await self._writer.run(prepare_entries, besides=set(reading), limit=READ_AHEAD)
                reading |= {one.entry_id: asyncio.create_task(self._read(one)) for one in fresh}
                if not reading:
                    return
                await self._apply(await _next_of(reading))
        finally:
            for task in reading.values():
                task.cancel()

    async def _apply(self, readings: dict[int, Reading]) -> None:
        """Apply some entries in one transaction; if that fails, each in its own, so that the others stand."""
        if not readings:
            return
        try:
            await self._writer.run(apply_entries, readings)
        except BooksBusy:
            raise
        except Exception as error:
            if len(readings) == 1:
                entry_id = next(iter(readings))
                log.exception("entry_failed", entry_id=entry_id)
                await self._writer.run(fail_entry, entry_id, type(error).__name__)
                return
            for entry_id, reading in readings.items():
                await self._apply({entry_id: reading})

    async def _read(self, prepared: Prepared) -> Reading | None:
        writer = self._writer
        try:
            return await asyncio.to_thread(read_entry, prepared, writer.workshop, writer.office, writer.blobs)
        except BooksBusy:
            raise
        except Exception as error:
            log.exception("entry_unreadable", entry_id=prepared.entry_id)
            await writer.run(fail_entry, prepared.entry_id, type(error).__name__)
            return None


async def _next_of(reading: dict[int, asyncio.Task[Reading | None]]) -> dict[int, Reading]:
    """Take out the first that was read, and as many of those after it as were read by now."""
    taken: dict[int, Reading] = {}
    for entry_id in sorted(reading):
        if len(taken) == GROUP or (taken and not reading[entry_id].done()):
            break
        result = await reading.pop(entry_id)
        if result is not None:
            taken[entry_id] = result
    return taken


def _pause(failures: int, error: MailboxError) -> float:
    """Return how many seconds to wait before the next try: doubled each time, and never two services in step."""
    longest = LONGEST_REFUSED_SECONDS if isinstance(error, MailboxRefused) else LONGEST_PAUSE_SECONDS
    pause = min(longest, 0.5 * 2.0 ** min(failures, 10))
    return round(pause * random.uniform(0.5, 1.5), 1)  # noqa: S311
