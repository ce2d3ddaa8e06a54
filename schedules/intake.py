"""The mailbox's watcher: fetch, record, file away, and let the desk read what was recorded."""

import asyncio
import random
from collections.abc import Sequence

import structlog

from actions.process_entry import Reading, apply_entry, fail_entry, pending_entries, prepare_entry, read_entry
from actions.receive_mail import is_known_place, mark_mailbox_read, receive_mails
from mail.inbox import FetchedMail, ImapMailbox, MailboxError, MailboxRefused
from schedules.writer import Writer
from storage.errors import BooksBusy

log = structlog.get_logger()

BATCH = 16
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
                count += await self._record(batch)
                await self._process()
            await self._writer.run(mark_mailbox_read, started)
            await self._process()
            return count
        finally:
            self.reading -= 1

    async def _record(self, batch: Sequence[FetchedMail]) -> int:
        unknown = await self._writer.run(is_known_place, [mail.place for mail in batch])
        fresh = [mail for mail in batch if mail.place in unknown]
        if fresh:
            await self._writer.run(receive_mails, fresh)
        await self._mailbox.file_away([mail.uid for mail in batch])
        return len(fresh)

    async def _process(self) -> None:
        """Read and apply what is recorded, in the order of arrival; one bad entry stops nobody."""
        while entries := await self._writer.run(pending_entries, limit=BATCH):
            readings = await asyncio.gather(*(self._read(entry_id) for entry_id in entries))
            for entry_id, reading in zip(entries, readings, strict=True):
                if reading is None:
                    continue
                try:
                    await self._writer.run(apply_entry, entry_id, reading)
                except BooksBusy:
                    raise
                except Exception as error:
                    log.exception("entry_failed", entry_id=entry_id)
                    await self._writer.run(fail_entry, entry_id, type(error).__name__)

    async def _read(self, entry_id: int) -> Reading | None:
        try:
            prepared = await self._writer.run(prepare_entry, entry_id)
            return await asyncio.to_thread(read_entry, prepared, self._writer.workshop, self._writer.office)
        except BooksBusy:
            raise
        except Exception as error:
            log.exception("entry_unreadable", entry_id=entry_id)
            await self._writer.run(fail_entry, entry_id, type(error).__name__)
            return None


def _pause(failures: int, error: MailboxError) -> float:
    """Return how many seconds to wait before the next try: doubled each time, and never two services in step."""
    longest = LONGEST_REFUSED_SECONDS if isinstance(error, MailboxRefused) else LONGEST_PAUSE_SECONDS
    pause = min(longest, 0.5 * 2.0 ** min(failures, 10))
    return round(pause * random.uniform(0.5, 1.5), 1)  # noqa: S311
