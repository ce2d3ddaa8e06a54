"""Offices in the states from which the scenarios begin, prepared once and copied for each test."""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from actions.open_period import open_period
from service.clock import LeapingClock
from service.demo.hub import MailStore
from tests.acceptance.scene import BEGINS, Maildirs, Scene, at_work, set_up
from tests.people import PERIOD
from tests.wires.conftest import dovecot

__all__ = ["dovecot"]


class Offices:
    """Data folders by the state that they are in; each is made when it is first asked for."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def copy(self, state: str, target: Path) -> datetime:
        """Copy an office into a folder and return its instant of office time."""
        folder = self._made(state)
        shutil.copytree(folder, target)
        return datetime.fromisoformat((folder / "instant").read_text())

    def _made(self, state: str) -> Path:
        folder = self._shared / state
        self._shared.mkdir(exist_ok=True)
        # Several workers of pytest-xdist share what one of them makes.
        with (self._shared / f"{state}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                draft = self._shared / f"{state}.draft"
                instant = _MAKERS[state](self, draft)
                (draft / "instant").write_text(instant.isoformat())
                draft.rename(folder)
        return folder


def _set_up(_offices: Offices, folder: Path) -> datetime:
    clock = LeapingClock(BEGINS)
    set_up(folder, clock)
    return clock.now()


def _played_until(step: str) -> Callable[[Offices, Path], datetime]:
    """Return what opens the period and lets everybody do their part until a step is done everywhere."""

    def make(offices: Offices, folder: Path) -> datetime:
        now = offices.copy("set-up", folder)

        async def play() -> datetime:
            async with at_work(folder, now) as scene:
                await scene.service.writer.run(open_period, PERIOD)
                await scene.play(lambda status: step in status.steps_done)
                return scene.clock.now()

        # A loop of its own, wherever pytest asks for it.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, play()).result()

    return make


_MAKERS = {
    "set-up": _set_up,
    "asked": _played_until("A04"),
    "delivered": _played_until("A09"),
    "authorised": _played_until("A25"),
}


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Offices:
    """The prepared offices."""
    base = tmp_path_factory.getbasetemp()
    return Offices((base if worker_id == "master" else base.parent) / "offices")


async def _open(
    offices: Offices, state: str, folder: Path, mailboxes: MailStore | None = None
) -> AsyncIterator[Scene]:
    now = offices.copy(state, folder)
    async with at_work(folder, now, mailboxes=mailboxes) as scene:
        yield scene


@pytest.fixture
async def asked(offices: Offices, tmp_path: Path) -> AsyncIterator[Scene]:
    """A desk on 4 January 2027, when every PAC has been asked for a list (A04)."""
    async for scene in _open(offices, "asked", tmp_path / "datos"):
        yield scene


@pytest.fixture(params=["pymap", "dovecot"])
async def asked_anywhere(
    request: pytest.FixtureRequest, offices: Offices, tmp_path: Path
) -> AsyncIterator[Scene]:
    """The desk of `asked`, once over each kind of IMAP server."""
    mailboxes = Maildirs(request.getfixturevalue("dovecot")) if request.param == "dovecot" else None
    async for scene in _open(offices, "asked", tmp_path / "datos", mailboxes):
        yield scene


@pytest.fixture
async def delivered(offices: Offices, tmp_path: Path) -> AsyncIterator[Scene]:
    """A desk to which every PAC has delivered; each SAC is asked to integrate (A10)."""
    async for scene in _open(offices, "delivered", tmp_path / "datos"):
        yield scene


@pytest.fixture
async def authorised(offices: Offices, tmp_path: Path) -> AsyncIterator[Scene]:
    """A desk whose national list is authorised (A25)."""
    async for scene in _open(offices, "authorised", tmp_path / "datos"):
        yield scene
