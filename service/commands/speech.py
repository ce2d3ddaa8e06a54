"""How the command line speaks: complaints with an exit status, JSON for programs, lines for people."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from schedules.writer import Writer
    from service.settings import Settings

FAILED = 1
"""What was asked was done and the answer is bad: a broken journal, a refused calendar."""
MISUSED = 2
"""What was asked cannot be done as asked."""
FAULT = 70
"""The program failed (EX_SOFTWARE); the details are in a file."""
BUSY = 75
"""Somebody else holds what is needed; trying again may help (EX_TEMPFAIL)."""
INTERRUPTED = 130
"""Somebody typed Ctrl-C."""

_HALVES = re.compile("[\ud800-\udfff]")
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

USUAL_FOLDER = Path("oficialia-datos")

office_folder: ContextVar[Path | None] = ContextVar("office_folder", default=None)
"""The data folder that the command works on; what goes wrong is written down in it."""


class Complaint(Exception):
    """Something that the person at the keyboard can mend."""

    def __init__(self, *lines: str, status: int = MISUSED) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines
        self.status = status


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Carpeta de datos de la oficina.",
        metavar="CARPETA",
        envvar="OFICIALIA_DATA_DIR",
        show_default=str(USUAL_FOLDER),
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Contesta para programas, en JSON.")]


def data_dir(given: Path | None) -> Path:
    """Return the data folder that was given, or the usual one."""
    folder = given or USUAL_FOLDER
    office_folder.set(folder)
    return folder


def say(line: str = "") -> None:
    """Say a line to a person; signs by which a stranger's text could steer the terminal are left out."""
    typer.echo(_STEERING.sub("\ufffd", line))


def say_aside(line: str) -> None:
    """Say a line that is not part of the answer: it must not end up in a file or another program."""
    typer.echo(_STEERING.sub("\ufffd", line), err=True)


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own.

    Half of a surrogate pair, which a hostile mail can hold, is no text that can be written.
    """
    line = json.dumps(value, ensure_ascii=False, default=_plain)
    typer.echo(_HALVES.sub("\ufffd", line))


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def table(rows: Iterable[Iterable[object]], header: Iterable[str]) -> Iterator[str]:
    """Lay rows out in columns under their header."""
    cells = [[str(cell) for cell in header], *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for number, row in enumerate(cells):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("─" * width for width in widths)


def existing_file(path: Path) -> Path:
    """Return the path of a file that can be read, or complain."""
    if not path.exists():
        raise Complaint(f"No existe el archivo «{path}».")
    if not path.is_file():
        raise Complaint(f"«{path}» no es un archivo.")
    return path


def new_file(path: Path) -> Path:
    """Return the path of a file that may be written, or complain: nothing of anybody's is overwritten."""
    if path.exists():
        raise Complaint(f"Ya existe «{path}», y no se escribe encima; indique otro nombre.")
    if not path.absolute().parent.is_dir():
        raise Complaint(f"No existe la carpeta «{path.absolute().parent}».")
    return path


@contextmanager
def settings_or_complaint(given: Path | None) -> "Iterator[Settings]":
    """Give the settings of a data folder, or complain with every problem at once."""
    from service.settings import BadSettings, read_settings, settings_path

    folder = data_dir(given)
    if not settings_path(folder).exists():
        raise Complaint(
            f"No hay una oficina en «{folder}».",
            f"Prepárela con «oficialia init --data {folder}», o indique otra carpeta con --data.",
        )
    try:
        settings = read_settings(folder)
    except BadSettings as error:
        raise bad_settings(error.problems, folder) from error
    yield settings


@contextmanager
def books(given: Path | None) -> "Iterator[tuple[Writer, Settings]]":
    """Give the books of a data folder, for short transactions beside a service that may be running."""
    from service.wiring import writing

    with settings_or_complaint(given) as settings, writing(settings) as writer:
        yield writer, settings


def bad_settings(problems: Iterable[str], folder: Path) -> Complaint:
    """Return the complaint about settings, every problem on a line of its own."""
    from service.settings import settings_path

    return Complaint(
        "Los ajustes tienen problemas:",
        *(f"  - {problem}." for problem in problems),
        f"Corríjalos en {settings_path(folder)}, o con «oficialia init --data {folder} --set NOMBRE=VALOR».",
    )
