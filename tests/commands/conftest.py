"""The command line as somebody at the keyboard meets it: in this process, or as a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.clock import LeapingClock, SystemClock
from service.commands.speech import office_folder
from service.demo.background import in_background
from service.demo.hub import MailHub
from service.main import application
from service.settings import read_settings
from service.wiring import writing
from tests import people

DESK = "oficialia@imss-bienestar.example"
PASSWORD = "clave del correo"
NOW = datetime(2026, 12, 10, 18, tzinfo=UTC)
"""When commands are typed: the year before the calendar's, as offices do."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a command answered."""

    status: int
    out: str
    aside: str

    @property
    def all(self) -> str:
        """Everything that a person at a terminal reads."""
        return self.out + self.aside

    @property
    def json(self) -> Any:
        """The one object that it printed."""
        return json.loads(self.out)


Oficialia = Callable[..., Told]


@pytest.fixture
def oficialia(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Oficialia:
    """Run a command in this process, in an empty folder, with the answers to its questions."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("OFICIALIA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(SystemClock, "now", lambda _clock: NOW)

    def run(*arguments: object, answers: tuple[str, ...] = ()) -> Told:
        office_folder.set(None)
        result = CliRunner().invoke(
            application,
            [str(argument) for argument in arguments],
            input="".join(f"{line}\n" for line in answers),
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Told(status=result.exit_code, out=result.stdout, aside=result.stderr)

    return run


def start(*arguments: object, cwd: Path, **options: Any) -> "subprocess.Popen[str]":
    """Start a command as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OFICIALIA_")}
    return subprocess.Popen(
        [sys.executable, "-m", "service.main", *(str(argument) for argument in arguments)],
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        text=True,
        **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),
    )


def run_apart(*arguments: object, cwd: Path) -> Told:
    """Run a command as a process of its own, to its end."""
    process = start(*arguments, cwd=cwd)
    try:
        out, aside = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Told(status=process.returncode, out=out, aside=aside)


@pytest.fixture(scope="session")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's two workbooks, filled in: directorio.xlsx and calendario.xlsx."""
    folder = tmp_path_factory.mktemp("workbooks")
    people.write_directory(folder / "directorio.xlsx")
    people.write_calendar(folder / "calendario.xlsx")
    return folder


@pytest.fixture(scope="session")
def made_office(tmp_path_factory: pytest.TempPathFactory, workbooks: Path) -> Path:
    """An office with directory, calendar and procedure; made once, copied for each test."""
    from actions.activate_procedure import activate_procedure
    from actions.import_calendar import import_calendar
    from actions.import_directory import import_directory
    from actions.prepare_office import prepare_office
    from documents.calendar_workbook import read_calendar
    from documents.directory.reading import read_directory
    from service.settings import write_settings

    folder = tmp_path_factory.mktemp("office") / "datos"
    write_settings(folder, {"address": DESK, "authserv_id": "mx.oficialia.example"})
    with writing(read_settings(folder), LeapingClock(NOW)) as writer:
        writer.act(prepare_office)
        directory = read_directory(workbooks / "directorio.xlsx")
        writer.act(lambda desk: import_directory(desk.session, directory, now=desk.now))
        calendar = read_calendar(workbooks / "calendario.xlsx")
        writer.act(lambda desk: import_calendar(desk.session, calendar, now=desk.now))
        writer.act(activate_procedure, "0780-003-002", as_person=people.CACYPCS.key)
    return folder


@pytest.fixture
def office(tmp_path: Path, made_office: Path) -> Path:
    """The folder of an office of one's own, ready to open a period."""
    return Path(shutil.copytree(made_office, tmp_path / "datos"))


@pytest.fixture
def post(clock: LeapingClock) -> Iterator[MailHub]:
    """A mail server with the desk's mailbox."""
    hub = MailHub(clock)
    hub.add_account(DESK, PASSWORD)
    with in_background(hub):
        yield hub


def wires(hub: MailHub, **changes: object) -> list[str]:
    """Return the settings by which a desk reaches the hub, as `init` takes them."""
    values = {
        "address": DESK,
        "imap_host": hub.host,
        "imap_port": hub.imap_port,
        "imap_security": "plain",
        "imap_password": PASSWORD,
        "smtp_host": hub.host,
        "smtp_port": hub.smtp_port,
        "smtp_security": "plain",
        "smtp_user": DESK,
        "smtp_password": PASSWORD,
        **changes,
    }
    return [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
