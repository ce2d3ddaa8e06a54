"""The writer's thread: every action runs there, each in a transaction of its own.

Async ends here. SQLite has one writer, so one thread serves it; an action never
awaits, because everything it sends leaves by the outbox.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from actions.desk import Desk, Office
from actions.ports import Clock
from actions.standings import Standings
from documents.sandbox import Workshop
from storage.blobs import BlobStore
from storage.database import Store

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """Runs actions, one transaction each, off the event loop."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        office: Office,
        workshop: Workshop,
        clock: Clock,
        threads: int = 1,
    ) -> None:
        self.store = store
        self.blobs = blobs
        self.office = office
        self.workshop = workshop
        self.clock = clock
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="writer")
        self._standings = Standings()
        self._wake: Callable[[], None] = lambda: None

    def on_letters(self, wake: Callable[[], None]) -> None:
        """Say whom to wake when an action left letters in the outbox."""
        self._wake = wake

    def act(self, action: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an action here and now, in one transaction."""
        with self.store.transaction() as session:
            woken: list[bool] = []
            desk = Desk(
                session=session,
                now=self.clock.now(),
                office=self.office,
                blobs=self.blobs,
                workshop=self.workshop,
                standings=self._standings,
                wake_couriers=lambda: woken.append(True),
            )
            result = action(desk, *args, **kwargs)
            if desk.kept:
                self.blobs.keep(session, desk.kept)
        if woken:
            self._wake()
        return result

    async def run(self, action: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an action in the writer's thread, in one transaction."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.act(action, *args, **kwargs))

    async def call(self, function: Callable[[], T]) -> T:
        """Run something that brings its own transactions in the writer's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def close(self) -> None:
        """Let the thread finish what it is doing."""
        self._threads.shutdown(wait=True)
