"""Read the workbook of an annual calendar into values, and tell everything that is wrong with its cells.

What the values say to each other (whether the calendar can be kept) is for `procedures.calendar_checks`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from documents.cells import Sheet, column_letters
from documents.directory.cells import Unreadable, as_text, is_blank, read_cell
from documents.directory.sheets import Column, folded
from documents.directory.sheets import problem as cell_problem
from documents.directory.values import Problem, Weight
from documents.package import NotAccepted, open_package
from documents.sheets import Workbook
from procedures.periods import is_period_code
from procedures.working_days import Base
from procedures.yaml_text import read_yaml

_HEADER_WITHIN = 15
"""Rows from the top among which the header is looked for."""
_FEWEST_HEADERS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodLine:
    """A row of the sheet Calendario, as its author gave it."""

    code: str
    months: tuple[str, ...]
    """YYYY-MM, in order; only MM in a template whose year is to be filled in."""
    t0: date | None = None
    """None only in a template that is to be filled in."""
    t1: date | None = None
    r: date | None = None
    """None: the usual lead before T0."""
    dates: Mapping[str, date] = field(default_factory=dict)
    """The optional dates of the ledger's names (fecha_entrega_pac …)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayOff:
    """A row of the sheet Días inhábiles."""

    day: date
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarValues:
    """What a calendar workbook holds."""

    year: int | None = None
    approved_by: str = ""
    approved_on: date | None = None
    document: str = ""
    base: Base = Base.LFT74
    periods: tuple[PeriodLine, ...] = ()
    days_off: tuple[DayOff, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarReading:
    """A workbook as it was read: its values, and every problem found in its cells."""

    values: CalendarValues
    problems: tuple[Problem, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Tell whether no problem keeps it from being imported."""
        return all(problem.weight is not Weight.ERROR for problem in self.problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetDescription:
    """A sheet of the workbook as calendar_workbook.yaml describes it."""

    title: str
    heading: str
    explanation: str
    columns: tuple[Column, ...]
    aliases: tuple[str, ...]

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        return next(column for column in self.columns if column.name == name)

    def is_called(self, name: str) -> bool:
        """Tell whether a tab of that name is this sheet."""
        return folded(name) in {folded(known) for known in (self.title, *self.aliases)}

    def column_called(self, text: str) -> Column | None:
        """Return the column that a header names; what it says in brackets does not matter."""
        wanted = {folded(text), folded(re.sub(r"\([^)]*\)", " ", text))} - {""}
        for column in self.columns:
            if wanted & {folded(known) for known in (column.header, *column.aliases)}:
                return column
        return None


def read_calendar(path: Path | str) -> CalendarReading:
    """Read a calendar workbook.

    Nothing is raised for what its author can mend: every problem is told with sheet, cell, what and how.
    """
    try:
        workbook = Workbook(open_package(Path(path)))
        sheets = [workbook.read(part) for part in workbook.package.sheets if part.is_grid]
    except (NotAccepted, OSError):
        return CalendarReading(values=CalendarValues(), problems=(cell_problem("unreadable"),))
    reading = _Reading(sheets)
    return CalendarReading(values=reading.values, problems=tuple(reading.problems))


@cache
def words() -> Mapping[str, Any]:
    """Return the texts of the workbook."""
    text = files("documents").joinpath("calendar_workbook.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = read_yaml(text)
    return found


@cache
def sheet_description(key: str) -> SheetDescription:
    """Return the description of the sheet `periods`, `days_off` or `approval`."""
    described = words()[key]
    columns = tuple(
        Column(
            **{
                **column,
                "aliases": tuple(column["aliases"]),
                "choices": tuple(column.get("choices", ())),
            }
        )
        for column in described["columns"]
    )
    return SheetDescription(
        title=described["title"],
        heading=described["heading"],
        explanation=described["explanation"],
        columns=columns,
        aliases=tuple(described["aliases"]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """A row of a table: its number, and the cells of the recognised columns."""

    number: int
    cells: Mapping[str, object]
    letters: Mapping[str, str]


class _Reading:
    """One workbook on its way into values."""

    def __init__(self, sheets: list[Sheet]) -> None:
        self._sheets = sheets
        self.problems: list[Problem] = []
        approval = self._read_approval()
        self._year: int | None = approval.get("year")
        self.values = CalendarValues(
            **approval, periods=tuple(self._read_periods()), days_off=tuple(self._read_days_off())
        )

    def _find(self, key: str, *, needed: bool) -> Sheet | None:
        description = sheet_description(key)
        for sheet in self._sheets:
            if description.is_called(sheet.name):
                return sheet
        if needed:
            self._tell("no_sheet", "", "", title=description.title)
        return None

    # The sheet Autorización: each datum stands beside its label, or beneath it.

    def _read_approval(self) -> dict[str, Any]:
        sheet = self._find("approval", needed=True)
        if sheet is None:
            return {}
        found: dict[str, Any] = {}
        places = dict(self._labelled(sheet))
        for column in sheet_description("approval").columns:
            row, place = places.get(column.name, (1, 1))
            cell = _cell(sheet, row, place) if column.name in places else None
            if is_blank(cell):
                if column.required:
                    self._tell_of_cell("required", sheet, row, place, header=column.header, note=column.note)
                continue
            try:
                value = read_cell(cell, column)
            except Unreadable as wrong:
                self._tell_of_cell(wrong.code, sheet, row, place, **wrong.facts)
                continue
            if column.name == "year" and not 2000 <= value <= 2100:
                self._tell("bad_year", sheet.name, f"{column_letters(place)}{row}", value=value)
                continue
            found[column.name] = Base(value) if column.name == "base" else value
        return found

    def _labelled(self, sheet: Sheet) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield field -> row and column of its value."""
        description = sheet_description("approval")
        labels = {
            (row, place): column.name
            for row, cells in sheet.rows.items()
            for place, value in cells.items()
            if isinstance(value, str) and (column := description.column_called(value.rstrip(" *:")))
        }
        in_a_row = any((row, place + 1) in labels for row, place in labels)
        for (row, place), name in sorted(labels.items(), reverse=True):
            yield name, (row + 1, place) if in_a_row else (row, place + 1)

    # The sheet Calendario.

    def _read_periods(self) -> Iterator[PeriodLine]:
        sheet = self._find("periods", needed=True)
        if sheet is None:
            return
        seen: dict[str, int] = {}
        for line in self._lines(sheet, "periods"):
            values = self._read_line(sheet, line, "periods")
            code = self._period_code(sheet, line, values.pop("code", ""))
            if not code:
                continue
            if code in seen:
                self._tell("period_twice", sheet.name, _place(line, "code"), value=code, row=seen[code])
                continue
            seen[code] = line.number
            months = tuple(
                month if "-" in month else f"{code[:4]}-{month}" for month in values.pop("months", ())
            )
            frame = {name: values.pop(name, None) for name in ("t0", "t1", "r")}
            if months and frame["t0"] and frame["t1"]:
                yield PeriodLine(code=code, months=months, dates=values, **frame)

    def _period_code(self, sheet: Sheet, line: _Line, text: str) -> str:
        """Return the code of a line; "B1" alone is of the fiscal year that the workbook is for."""
        if not text:
            return ""
        code = text.replace(" ", "").upper()
        is_short = is_period_code(f"2000-{code}")
        if is_short and self._year is None:
            # That the fiscal year is missing is told elsewhere, once.
            return ""
        if is_short:
            code = f"{self._year}-{code}"
        if not is_period_code(code):
            self._tell("bad_code", sheet.name, _place(line, "code"), value=text)
            return ""
        if self._year is not None and code[:4] != str(self._year):
            self._tell("other_year", sheet.name, _place(line, "code"), value=code, year=self._year)
            return ""
        return code

    # The sheet Días inhábiles.

    def _read_days_off(self) -> Iterator[DayOff]:
        sheet = self._find("days_off", needed=False)
        if sheet is None:
            return
        seen: dict[date, int] = {}
        for line in self._lines(sheet, "days_off"):
            values = self._read_line(sheet, line, "days_off")
            day = values.get("day")
            if day is None:
                continue
            if day in seen:
                told = {"value": as_text(day), "row": seen[day]}
                self._tell("day_twice", sheet.name, _place(line, "day"), **told)
                continue
            seen[day] = line.number
            yield DayOff(**values)

    # Tables.

    def _lines(self, sheet: Sheet, key: str) -> Iterator[_Line]:
        """Yield the filled rows below the header, or tell what is wrong with the header."""
        description = sheet_description(key)
        header = self._header(sheet, description)
        if header is None:
            if sheet.rows:
                headers = ", ".join(column.header for column in description.columns)
                self.problems.append(cell_problem("no_header", sheet=sheet.name, headers=headers))
            return
        row, places = header
        missing = [column for column in description.columns if column.required and column.name not in places]
        for column in missing:
            self._tell_of_cell("header_missing", sheet, row, 1, header=column.header)
        if missing:
            return
        letters = {name: column_letters(place) for name, place in places.items()}
        for number in sorted(number for number in sheet.rows if number > row):
            cells = {name: _cell(sheet, number, place) for name, place in places.items()}
            if not all(is_blank(cell) for cell in cells.values()):
                yield _Line(number=number, cells=cells, letters=letters)

    def _header(self, sheet: Sheet, description: SheetDescription) -> tuple[int, Mapping[str, int]] | None:
        """Return the row of the header and field -> column; the row that names most columns."""
        best: tuple[int, dict[str, int]] | None = None
        for number in sorted(sheet.rows)[:_HEADER_WITHIN]:
            places: dict[str, int] = {}
            for place, value in sorted(sheet.rows[number].items()):
                column = description.column_called(value.rstrip(" *:")) if isinstance(value, str) else None
                if column is not None:
                    places.setdefault(column.name, place)
            if len(places) >= min(_FEWEST_HEADERS, len(description.columns)) and (
                best is None or len(places) > len(best[1])
            ):
                best = number, places
        return best

    def _read_line(self, sheet: Sheet, line: _Line, key: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in sheet_description(key).columns:
            cell = line.cells.get(column.name)
            if is_blank(cell):
                if column.required:
                    facts = {"header": column.header, "note": column.note}
                    self._tell_of_line("required", sheet, line, column, **facts)
                continue
            try:
                values[column.name] = read_cell(cell, column)
            except Unreadable as wrong:
                self._tell_of_line(wrong.code, sheet, line, column, **wrong.facts)
        return values

    def _tell_of_line(self, code: str, sheet: Sheet, line: _Line, column: Column, **facts: Any) -> None:
        self.problems.append(cell_problem(code, sheet=sheet.name, cell=_place(line, column.name), **facts))

    def _tell_of_cell(self, code: str, sheet: Sheet, row: int, place: int, **facts: Any) -> None:
        cell = f"{column_letters(place)}{row}"
        self.problems.append(cell_problem(code, sheet=sheet.name, cell=cell, **facts))

    def _tell(self, code: str, sheet: str, cell: str, **facts: Any) -> None:
        message = words()["messages"][code]
        self.problems.append(
            Problem(
                code=code,
                weight=Weight(message.get("severity", "error")),
                says=message["says"].format(**facts),
                mend=message["mend"].format(**facts),
                sheet=sheet,
                cell=cell,
            )
        )


def _cell(sheet: Sheet, row: int, place: int) -> object:
    """Return a cell as the readers of single cells want it: numbers as floats."""
    value = sheet.rows.get(row, {}).get(place)
    return float(value) if isinstance(value, Decimal) else value


def _place(line: _Line, name: str) -> str:
    return f"{line.letters[name]}{line.number}"
