"""Put the parts together: books, writer, mailbox, couriers, ticks."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from actions.deliver_letters import take_back_letters
from actions.ports import Clock
from documents.sandbox import Workshop
from mail.delivery import SmtpPost, SmtpSettings
from mail.inbox import ImapMailbox, ImapSettings
from mail.transport import Security
from schedules.couriers import Couriers
from schedules.intake import Intake
from schedules.ticker import Ticker
from schedules.writer import Writer
from service.clock import SystemClock
from service.settings import Settings
from storage.blobs import BlobStore, open_blobs
from storage.database import ServiceLock, Store

if TYPE_CHECKING:
    from service.chat_line import ChatLine

log = structlog.get_logger()


def open_store(settings: Settings) -> Store:
    """Open the books that the settings name, migrated to the version of this program."""
    store = Store(settings.database_url or settings.data_dir, data_dir=settings.data_dir)
    store.upgrade()
    return store


@contextmanager
def writing(settings: Settings, clock: Clock | None = None) -> Iterator[Writer]:
    """Give a writer for a command: short transactions beside a service that may be running."""
    store = open_store(settings)
    workshop = make_workshop(settings)
    writer = Writer(
        store=store,
        blobs=open_blobs(settings.data_dir, store),
        office=settings.office,
        workshop=workshop,
        clock=clock or SystemClock(),
    )
    try:
        yield writer
    finally:
        writer.close()
        workshop.close()
        store.close()


def make_workshop(settings: Settings) -> Workshop:
    """Return the sandboxed workers; they start with the first job."""
    return Workshop(workers=settings.workers)


class Service:
    """The running desk."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.store = open_store(settings)
        self.workshop = make_workshop(settings)
        self.blobs: BlobStore = open_blobs(settings.data_dir, self.store)
        workshop: Workshop = self.workshop
        self.writer = Writer(
            store=self.store,
            blobs=self.blobs,
            office=settings.office,
            workshop=workshop,
            clock=self.clock,
        )
        self.mailbox = ImapMailbox(imap_settings(settings))
        self.post = SmtpPost(smtp_settings(settings))
        self.intake = Intake(writer=self.writer, mailbox=self.mailbox, poll_seconds=settings.poll_seconds)
        self.couriers = Couriers(writer=self.writer, courier=self.post)
        self.ticker = Ticker(writer=self.writer, tick_seconds=settings.tick_seconds)
        self.chat_line = _chat_line(settings, self.writer)
        self.writer.on_letters(self.wake_couriers)
        self._tasks: list[asyncio.Task[None]] = []
        _collect_rarely()

    @property
    def at_work(self) -> bool:
        """Whether something is being read, carried or fired right now."""
        chatting = self.chat_line is not None and self.chat_line.at_work
        return bool(self.intake.reading or self.couriers.in_flight or self.ticker.ticking or chatting)

    def wake_couriers(self) -> None:
        """Let the couriers of every channel look at the outbox at once."""
        self.couriers.wake()
        if self.chat_line is not None:
            self.chat_line.couriers.wake()

    async def start(self) -> None:
        """Start every part; what fell due while nobody ran is caught up first, in order."""
        if self.store.is_sqlite:
            # One service owns these books: whoever had letters in flight is no more.
            await self.writer.run(take_back_letters)
        await self.ticker.tick()
        self.ticker.start()
        self._tasks = [
            asyncio.create_task(self.intake.run(), name="intake"),
            asyncio.create_task(self.couriers.run(), name="couriers"),
            *(self.chat_line.start() if self.chat_line is not None else ()),
        ]
        log.info("service_started")

    async def stop(self) -> None:
        """Stop every part; what was under way is finished or found again at the next start."""
        self.ticker.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.mailbox.close()
        await self.post.close()
        if self.chat_line is not None:
            await self.chat_line.close()
        self.writer.close()
        self.workshop.close()
        self.store.close()
        log.info("service_stopped")

    async def run(self, until: Callable[[], Awaitable[object]] | None = None) -> None:
        """Run until a signal arrives, or until what is given is over."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, stopped.set)
        await self.start()
        waits: list[asyncio.Future[Any]] = [asyncio.create_task(stopped.wait())]
        if until is not None:
            waits.append(asyncio.ensure_future(until()))
        try:
            await asyncio.wait([*waits, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in self._tasks:
                if task.done() and not task.cancelled() and task.exception() is not None:
                    raise task.exception() or RuntimeError(task.get_name())
        finally:
            for wait in waits:
                wait.cancel()
            await self.stop()


def _collect_rarely() -> None:
    """Let the collector of cycles look at what is new, and seldom at what is there to stay.

    The programs and catalogues stay to the end, and twenty thousand rows are no garbage: looking through
    both again and again took a fifth of the processor's time that a large list costs.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()
    gc.set_threshold(5_000, 10, 20)


def _chat_line(settings: Settings, writer: Writer) -> "ChatLine | None":
    """Return the line to Telegram, whose library is imported only by a desk that has a token."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    from bot.wires import TelegramSettings
    from service.chat_line import ChatLine

    return ChatLine(TelegramSettings(token=token, api=settings.telegram_api), writer)


def imap_settings(settings: Settings) -> ImapSettings:
    """Return what the mailbox needs."""
    return ImapSettings(
        host=settings.imap_host,
        port=settings.imap_port,
        security=Security(settings.imap_security),
        user=settings.imap_user or settings.address,
        password=settings.imap_password.get_secret_value(),
        ca_file=Path(settings.ca_file) if settings.ca_file else None,
    )


def smtp_settings(settings: Settings) -> SmtpSettings:
    """Return what the couriers need."""
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=Security(settings.smtp_security),
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        ca_file=Path(settings.ca_file) if settings.ca_file else None,
        sender=settings.address,
        connections=settings.smtp_connections,
    )


def service_lock(data_dir: Path) -> ServiceLock:
    """Return the lock by which one service owns the books of a folder."""
    return ServiceLock(data_dir)
