"""The desk as a process that can be killed: the service as in production, at the office time of a file."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self

from actions.activate_procedure import activate_procedure
from actions.import_calendar import import_calendar
from actions.import_directory import import_directory
from actions.open_period import open_period
from actions.prepare_office import prepare_office
from documents.calendar_workbook import read_calendar
from documents.directory.reading import read_directory
from service.clock import SystemClock
from service.demo import office
from service.logs import configure_logs
from service.settings import read_settings
from service.wiring import Service, service_lock, writing
from storage import cases, definitions
from tests.crash.kill_points import Executioner

PROCEDURE = "0780-003-002"
PATIENCE_SECONDS = 60.0


class FileClock(SystemClock):
    """Office time that another process writes down."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        return datetime.fromisoformat(self._path.read_text(encoding="ascii"))


def set_time(folder: Path, instant: datetime) -> None:
    """Set the office time of the desk in a folder; who reads it sees the old one or the new one."""
    fresh = folder / "now.new"
    fresh.write_text(instant.isoformat(), encoding="ascii")
    fresh.replace(folder / "now")


def set_up(folder: Path) -> None:
    """Set the office up and open its period; whatever was done before the last kill stays done."""
    settings = read_settings(folder / "data")
    with writing(settings, FileClock(folder / "now")) as writer:
        writer.act(prepare_office)
        directory = read_directory(folder / "directory.xlsx")
        writer.act(lambda desk: import_directory(desk.session, directory, now=desk.now))
        calendar = read_calendar(folder / "calendar.xlsx")
        writer.act(lambda desk: import_calendar(desk.session, calendar, now=desk.now))
        if writer.act(lambda desk: definitions.in_force(desk.session, PROCEDURE)) is None:
            writer.act(activate_procedure, PROCEDURE, as_person="CACYPCS")
        if writer.act(lambda desk: cases.find_case(desk.session, f"{PROCEDURE}/{office.PERIOD}")) is None:
            writer.act(open_period, office.PERIOD)


def attend(folder: Path) -> None:
    """Be the service, until a signal ends it."""
    settings = read_settings(folder / "data")
    with service_lock(settings.data_dir):
        asyncio.run(Service(settings, clock=FileClock(folder / "now")).run())


class Life:
    """A desk at work in a process of its own."""

    def __init__(self, nursery: "Nursery", process_id: int) -> None:
        self._nursery = nursery
        self._process_id = process_id
        self.exit_code: int | None = None

    def is_over(self) -> bool:
        """Tell whether the process has ended, of itself or not."""
        if self.exit_code is None:
            self.exit_code = self._nursery.exit_code()
        return self.exit_code is not None

    def end(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if not self.is_over():
            os.kill(self._process_id, number)

    def wait(self) -> int | None:
        """Wait until the process ends, and return how it did; None when it takes too long."""
        self._nursery.wait(PATIENCE_SECONDS)
        return self.exit_code if self.is_over() else None


class Nursery:
    """One process that has imported everything and forks the desk anew at each start, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._said = (folder / "said").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            cwd=Path(__file__).parents[2],
            text=True,
            bufsize=1,
        )

    def bear(self, role: str) -> Life:
        """Start a life of the desk."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{role}\n")
        return Life(self, int(self._process.stdout.readline()))

    def wait(self, seconds: float) -> bool:
        """Wait for news of the life that was borne last; tell whether there are any."""
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def exit_code(self) -> int | None:
        """Return how the life that was borne last ended; None while it goes on."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline()) if self.wait(0) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, and the desk with it."""
        self._process.communicate()
        self._said.close()


def nurse(folder: Path) -> None:
    """Fork the desk at each order, and tell its number and how it ended; kill it when nobody orders any more."""
    answers = os.dup(1)
    os.dup2(2, 1)
    orders = os.fdopen(os.dup(0))
    while role := orders.readline().strip():
        process_id = os.fork()
        if not process_id:
            orders.close()
            os.close(answers)
            configure_logs()
            Executioner(folder).install()
            ROLES[role](folder)
            sys.exit()
        os.write(answers, f"{process_id}\n".encode())
        ended = os.pidfd_open(process_id)
        if orders in select.select([orders, ended], [], [])[0]:
            os.kill(process_id, signal.SIGKILL)
        os.close(ended)
        _, status = os.waitpid(process_id, 0)
        os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())


ROLES: dict[str, Callable[[Path], None]] = {"set_up": set_up, "attend": attend}

if __name__ == "__main__":
    nurse(Path(sys.argv[1]))
