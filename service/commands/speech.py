"""How the command line speaks: complaints with an exit status, JSON for programs, lines for people."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

FAILED = 1
"""What was asked was done and the answer is bad: a broken journal, a refused calendar."""
MISUSED = 2
"""What was asked cannot be done as asked."""


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
        envvar="OFICIALIA_DATA_DIR",
        show_default="oficialia-datos",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Salida para programas: un objeto JSON.")]


def data_dir(given: Path | None) -> Path:
    """Return the data folder that was given, or the default one."""
    return given or Path("oficialia-datos")


def say(line: str = "") -> None:
    """Say a line to a person."""
    typer.echo(line)


def say_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_plain))


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


@contextmanager
def settings_or_complaint(given: Path | None) -> Iterator[Any]:
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
        raise Complaint(
            "Los ajustes tienen problemas:", *(f"  - {problem}" for problem in error.problems)
        ) from error
    yield settings
