"""Run a server of the demonstration in a thread of its own, beside code that does not await."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Startable(Protocol):
    """Something that opens ports: the mail hub, the Bot API."""

    async def start(self) -> None:
        """Open it."""

    async def stop(self) -> None:
        """Close it."""


class Background:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="far-side", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], *, timeout_seconds: float = 60) -> T:
        """Do one piece of work in the thread's loop and return its value."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_seconds)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


@contextmanager
def in_background(*servers: Startable) -> Iterator[Background]:
    """Open servers in a thread of their own and close them in the end, last one first."""
    background = Background()
    started: list[Startable] = []
    try:
        for server in servers:
            background.run(server.start())
            started.append(server)
        yield background
    finally:
        for server in reversed(started):
            background.run(server.stop())
        background.close()
