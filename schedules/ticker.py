"""The ticks: one interval job looks at the agenda; the agenda is the truth."""

import asyncio

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from actions.fire_deadlines import fire_deadlines, set_aside
from actions.prepare_prints import keep_made, next_print, put_prints_off
from actions.report_verification import is_verification_due, report_verification
from documents.printed_list import make_print
from documents.sandbox import JobDied, JobFailed, JobTimedOut
from schedules.writer import Writer
from storage.errors import BooksBusy, BooksDisagree
from storage.sealing import seal_journal
from storage.verification import verify

log = structlog.get_logger()


class Ticker:
    """Fires what fell due, and seals the journal."""

    def __init__(self, *, writer: Writer, tick_seconds: float) -> None:
        self._writer = writer
        self._seconds = tick_seconds
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self.ticking = 0

    def start(self) -> None:
        """Begin to tick; a late tick runs late, never not at all."""
        self._scheduler.add_job(
            self.tick,
            "interval",
            seconds=self._seconds,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()

    async def tick(self) -> None:
        """Fire everything that is due, in order, seal what was committed, and once a day verify the books."""
        self.ticking += 1
        try:
            await self._print()
            await self._fire()
            await self._seal()
            if await self._writer.run(is_verification_due):
                found = await asyncio.to_thread(verify, self._writer.store, self._writer.blobs)
                await self._writer.run(report_verification, found.problems)
        except Exception:
            log.exception("tick_failed")
        finally:
            self.ticking -= 1

    async def _print(self) -> None:
        """Print what a round waits for, a file at a time, while no transaction is open."""
        while (order := await self._writer.run(next_print)) is not None:
            try:
                made = await asyncio.to_thread(make_print, self._writer.workshop, order.printed)
            except (JobDied, JobFailed, JobTimedOut) as error:
                log.exception("print_failed", version_id=order.version_id, part=order.part)
                await self._writer.run(put_prints_off, order, type(error).__name__)
                return
            await self._writer.run(keep_made, order, made)

    async def _fire(self) -> None:
        """Fire what is due; if something of it fails, one by one, so that it holds up none of the others."""
        try:
            while await self._writer.run(fire_deadlines):
                pass
        except BooksBusy:
            raise
        except Exception:
            log.exception("deadlines_failed")
            while await self._fire_one():
                pass

    async def _fire_one(self) -> int:
        try:
            return await self._writer.run(fire_deadlines, limit=1)
        except BooksBusy:
            raise
        except Exception as error:
            log.exception("deadline_failed")
            await self._writer.run(set_aside, type(error).__name__)
            return 1

    async def _seal(self) -> None:
        """Seal the journal; books that no longer hold what was sealed are told of once a day, by the verification."""
        try:
            await self._writer.call(lambda: seal_journal(self._writer.store, self._writer.clock.now()))
        except BooksDisagree as error:
            log.error("journal_disagrees_with_its_head", reason=str(error))  # noqa: TRY400 - no fault of the code

    def stop(self) -> None:
        """Stop ticking; a tick under way is finished by its own transaction."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
