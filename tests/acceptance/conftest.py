"""Offices in the states from which the scenarios begin, prepared once and copied for each test."""

import asyncio
import fcntl
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path

import pytest

from actions.open_period import open_period
from documents.sandbox import Workshop
from service.clock import LeapingClock
from service.demo.hub import MailStore
from service.demo.world import World
from service.main import main
from tests.acceptance import delivery_scene
from tests.acceptance.scene import BEGINS, NEXT_PERIOD, Maildirs, Scene, at_work, set_up
from tests.people import PERIOD
from tests.wires.conftest import dovecot

__all__ = ["dovecot"]


class Offices:
    """Data folders by the state that they are in; each is made when it is first asked for."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def copy(self, state: str, target: Path) -> datetime:
        """Copy an office into a folder and return its instant of office time."""
        folder = self.made(state)
        shutil.copytree(folder, target)
        return datetime.fromisoformat((folder / "instant").read_text())

    def made(self, state: str) -> Path:
        """Return the folder of a state, which nobody may change."""
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


Play = Callable[[Scene], Awaitable[None]]
DeskIn = Callable[..., AbstractAsyncContextManager[Scene]]


def _played(play: Play) -> Callable[[Offices, Path], datetime]:
    """Return what lets everybody play in an office that was just set up."""

    def make(offices: Offices, folder: Path) -> datetime:
        now = offices.copy("set-up", folder)

        async def act() -> datetime:
            async with at_work(folder, now) as scene:
                await play(scene)
                return scene.clock.now()

        # A loop of its own, wherever pytest asks for it.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, act()).result()

    return make


def _until(step: str) -> Play:
    """Return what opens the period and lets everybody do their part until a step is done everywhere."""

    async def play(scene: Scene) -> None:
        await scene.service.writer.run(open_period, PERIOD)
        await scene.play(lambda status: step in status.steps_done)

    return play


async def _two_periods(scene: Scene) -> None:
    """Let the first period be in delivery when the PACs are asked for the lists of the second."""
    await _until("A30")(scene)
    await scene.leap_to("2027-03-08")
    await scene.service.writer.run(open_period, NEXT_PERIOD)
    await scene.play(lambda status: "A04" in status.steps_done, period=NEXT_PERIOD)
    await scene.leap_to("2027-03-10")


def _demonstration(_offices: Offices, folder: Path) -> datetime:
    """Run the demonstration, A01 to A40, with the slips of its cast; its mailboxes lie in `buzones`."""
    folder.mkdir()
    world = World(folder, watch=lambda _who, _what: None)
    result = asyncio.run(world.run())
    assert result.activities_done == 40
    return world.clock.now()


_MAKERS = {
    "set-up": _set_up,
    "asked": _played(_until("A04")),
    "delivered": _played(_until("A09")),
    "authorised": _played(_until("A25")),
    "two-periods": _played(_two_periods),
    "demonstration": _demonstration,
    **delivery_scene.MAKERS,
}


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Offices:
    """The prepared offices."""
    base = tmp_path_factory.getbasetemp()
    return Offices((base if worker_id == "master" else base.parent) / "offices")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """Workers that every desk of the session may use."""
    with Workshop(workers=2) as workers:
        yield workers


@pytest.fixture
def desk_in(offices: Offices, workshop: Workshop, tmp_path: Path) -> DeskIn:
    """Return what opens a desk in one of the prepared states."""

    def open_desk(state: str, mailboxes: MailStore | None = None) -> AbstractAsyncContextManager[Scene]:
        now = offices.copy(state, tmp_path / "datos")
        return at_work(tmp_path / "datos", now, mailboxes=mailboxes, workshop=workshop)

    return open_desk


@pytest.fixture
async def asked(desk_in: DeskIn) -> AsyncIterator[Scene]:
    """A desk on 4 January 2027, when every PAC has been asked for a list (A04)."""
    async with desk_in("asked") as scene:
        yield scene


@pytest.fixture(params=["pymap", "dovecot"])
async def asked_anywhere(request: pytest.FixtureRequest, desk_in: DeskIn) -> AsyncIterator[Scene]:
    """The desk of `asked`, once over each kind of IMAP server."""
    mailboxes = Maildirs(request.getfixturevalue("dovecot")) if request.param == "dovecot" else None
    async with desk_in("asked", mailboxes) as scene:
        yield scene


@pytest.fixture
async def delivered(desk_in: DeskIn) -> AsyncIterator[Scene]:
    """A desk to which every PAC has delivered; each SAC is asked to integrate (A10)."""
    async with desk_in("delivered") as scene:
        yield scene


@pytest.fixture
async def authorised(desk_in: DeskIn) -> AsyncIterator[Scene]:
    """A desk whose national list is authorised (A25)."""
    async with desk_in("authorised") as scene:
        yield scene


@pytest.fixture
async def two_periods(desk_in: DeskIn) -> AsyncIterator[Scene]:
    """A desk on 10 March 2027: 2027-B1 is being paid out, and the lists of 2027-B2 are asked for."""
    async with desk_in("two-periods") as scene:
        yield scene


@pytest.fixture
async def funded(desk_in: DeskIn) -> AsyncIterator[Scene]:
    """A desk on 16 February 2027: the anticipo is paid (EV33B), and the circular of A34 is to be approved."""
    async with desk_in("funded") as scene:
        yield scene


@pytest.fixture
async def announced(desk_in: DeskIn) -> AsyncIterator[Scene]:
    """A desk on 22 February 2027, when the circular was passed on to every PAC (A36)."""
    async with desk_in("announced") as scene:
        yield scene


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command of the command line; return its exit status and what it said."""

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["oficialia", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out + said.err

    return run
