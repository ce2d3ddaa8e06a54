"""Write the workbook of an annual calendar: empty to be filled in, or with the values given."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from documents.calendar_workbook import (
    CalendarValues,
    DayOff,
    PeriodLine,
    SheetDescription,
    sheet_description,
    words,
)
from documents.directory.sheets import Column
from documents.workbook_style import (
    BODY,
    GOLD,
    GREEN,
    GREY,
    HEADER,
    LABEL,
    LEGEND,
    SECTION,
    SUBTITLE,
    TITLE,
    WINE,
    WRAPPED,
    Style,
)
from procedures.deadline_words import spanish_date
from procedures.working_days import Base, holidays

_DATE_FORMAT = "dd/mm/yyyy"
_HEADER_ROW = 4
"""Counted from 0: title, explanation, an empty line and the notes stand above."""
_BLANK_PERIODS = 12
_BLANK_DAYS_OFF = 40
_EARLIEST = date(2000, 1, 1)
_NOTE: Style = {**LEGEND, "valign": "bottom"}
_DATE: Style = {**BODY, "num_format": _DATE_FORMAT, "align": "center"}
_OPTIONAL: Style = {**HEADER, "bold": False, "bg_color": "#7C9A92", "border_color": "#7C9A92"}


def write_template(target: Path | BinaryIO, values: CalendarValues | None = None) -> None:
    """Write the workbook to a path or a binary stream; without values, bimesters to be filled in."""
    shown = values or CalendarValues(periods=_bimesters())
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": _DATE_FORMAT,
        "in_memory": True,
    }
    book = _Book(xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options))
    _write_instructions(book, shown)
    _write_approval(book, shown)
    _write_periods(book, shown.periods)
    _write_days_off(book, shown.days_off)
    book.workbook.close()


def template_bytes(values: CalendarValues | None = None) -> bytes:
    """Return the bytes of the workbook."""
    buffer = BytesIO()
    write_template(buffer, values)
    return buffer.getvalue()


class _Book:
    """A workbook that makes each format once."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, style: Style) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(style)
        return self._formats[key]

    def sheet(self, name: str, colour: str) -> Any:
        sheet = self.workbook.add_worksheet(name)
        sheet.set_tab_color(colour)
        sheet.hide_gridlines(2)
        sheet.set_paper(1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        return sheet


def _bimesters() -> tuple[PeriodLine, ...]:
    """Return the lines of a year of bimesters, whose year and dates are to be filled in."""
    return tuple(PeriodLine(code=f"B{k}", months=(f"{2 * k - 1:02}", f"{2 * k:02}")) for k in range(1, 7))


def _write_instructions(book: _Book, values: CalendarValues) -> None:
    text = words()["instructions"]
    sheet = book.sheet(text["title"], GREY)
    sheet.set_column(0, 0, 9)
    sheet.set_column(1, 1, 110)
    sheet.write_string(0, 0, text["heading"], book.style(TITLE))
    sheet.write_string(1, 1, text["purpose"], book.style(WRAPPED))
    sheet.set_row(0, 28)
    sheet.set_row(1, 34)
    row = 3
    for number, step in enumerate(text["steps"], 1):
        sheet.write_number(row, 0, number, book.style({**WRAPPED, "bold": True, "align": "center"}))
        sheet.write_string(row, 1, step, book.style(WRAPPED))
        sheet.set_row(row, 34 if len(step) > 105 else 18)
        row += 1
    row = _section(book, sheet, row + 1, text["checks_heading"])
    for check, meaning in text["checks"].items():
        sheet.write_string(row, 0, check, book.style({**WRAPPED, "bold": True, "font_color": WINE}))
        sheet.write_string(row, 1, meaning, book.style(WRAPPED))
        row += 1
    if values.year is not None:
        row = _section(book, sheet, row + 1, text["holidays_heading"].format(year=values.year))
        for base in (Base.LFT74, Base.LFPA28):
            named = ", ".join(spanish_date(day)[:6] for day in sorted(holidays(base, values.year)))
            sheet.write_string(row, 0, base, book.style({**WRAPPED, "bold": True}))
            sheet.write_string(row, 1, named, book.style(WRAPPED))
            row += 1
    for style, meaning in ((HEADER, "required"), (_OPTIONAL, "optional")):
        row += 1
        sheet.write_blank(row, 0, None, book.style(style))
        sheet.write_string(row, 1, text["colours"][meaning], book.style(SUBTITLE))
    sheet.write_string(row + 2, 1, words()["legend"], book.style(LEGEND))
    sheet.set_row(row + 2, 28)


def _section(book: _Book, sheet: Any, row: int, title: str) -> int:
    sheet.write_string(row, 0, title, book.style(SECTION))
    sheet.write_blank(row, 1, None, book.style(SECTION))
    sheet.set_row(row, 22)
    return row + 1


def _write_approval(book: _Book, values: CalendarValues) -> None:
    description = sheet_description("approval")
    sheet = book.sheet(description.title, WINE)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, 2, 70)
    _write_heading(book, sheet, description)
    given: Mapping[str, object] = {
        "year": values.year,
        "approved_by": values.approved_by,
        "approved_on": values.approved_on,
        "document": values.document,
        "base": values.base.value,
    }
    for row, column in enumerate(description.columns, 3):
        sheet.set_row(row, 32)
        sheet.write_string(row, 0, column.header, book.style({**LABEL, "bold": True}))
        style = _DATE if column.kind == "date" else BODY
        _write_cell(sheet, row, 1, given[column.name], book.style({**style, "align": "left"}))
        sheet.write_string(row, 2, column.note, book.style({**LEGEND, "valign": "vcenter", "indent": 1}))
        _restrict(sheet, column, row, row, 1)
    sheet.set_selection(3, 1, 3, 1)


def _write_periods(book: _Book, periods: Sequence[PeriodLine]) -> None:
    lines = [
        {
            "code": line.code,
            "months": _months_in_words(line),
            "t0": line.t0,
            "t1": line.t1,
            "r": line.r,
            **line.dates,
        }
        for line in periods
    ]
    _write_table(book, sheet_description("periods"), GREEN, lines, _BLANK_PERIODS)


def _months_in_words(line: PeriodLine) -> str:
    """Return the months as people write them: enero-febrero. Those of another year keep it."""
    if any(month[:-3] not in {"", line.code[:4]} for month in line.months):
        return ", ".join(line.months)
    names = [words()["periods"]["months"][int(month[-2:]) - 1] for month in line.months]
    return "-".join(names) if len(names) < 3 else ", ".join(names)


def _write_days_off(book: _Book, days: Sequence[DayOff]) -> None:
    lines = [{"day": line.day, "reason": line.reason, "source": line.source} for line in days]
    _write_table(book, sheet_description("days_off"), GOLD, lines, _BLANK_DAYS_OFF)


def _write_table(
    book: _Book,
    description: SheetDescription,
    colour: str,
    lines: Sequence[Mapping[str, object]],
    at_least: int,
) -> None:
    sheet = book.sheet(description.title, colour)
    _write_heading(book, sheet, description)
    last_row = _HEADER_ROW + max(len(lines), at_least)
    # A note of narrow columns needs many lines; the row takes the tallest.
    sheet.set_row(
        _HEADER_ROW - 1,
        14 * max(-(-len(column.note) // (column.width - 1)) for column in description.columns),
    )
    sheet.set_row(_HEADER_ROW, 34)
    for place, column in enumerate(description.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(_HEADER_ROW - 1, place, column.note, book.style(_NOTE))
        header = HEADER if column.required else _OPTIONAL
        sheet.write_string(_HEADER_ROW, place, column.header, book.style({**header, "align": "center"}))
        style = book.style(_DATE if column.kind == "date" else BODY)
        for row in range(_HEADER_ROW + 1, last_row + 1):
            number = row - _HEADER_ROW - 1
            _write_cell(
                sheet, row, place, lines[number].get(column.name) if number < len(lines) else None, style
            )
        _restrict(sheet, column, _HEADER_ROW + 1, last_row, place)
    sheet.freeze_panes(_HEADER_ROW + 1, 1)
    sheet.repeat_rows(_HEADER_ROW)


def _write_heading(book: _Book, sheet: Any, description: SheetDescription) -> None:
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, description.heading, book.style(TITLE))
    sheet.write_string(1, 0, description.explanation, book.style(SUBTITLE))


def _write_cell(sheet: Any, row: int, place: int, value: object, style: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, place, value, style)
    elif isinstance(value, int):
        sheet.write_number(row, place, value, style)
    elif isinstance(value, str) and value:
        sheet.write_string(row, place, value, style)
    else:
        sheet.write_blank(row, place, None, style)


def _restrict(sheet: Any, column: Column, first: int, last: int, place: int) -> None:
    """Say in the cells themselves what they take."""
    errors = words()["errors"]
    if column.kind == "date":
        # A warning only: a date typed as text is understood too.
        rule = {"validate": "date", "criteria": ">=", "value": _EARLIEST, "error_type": "warning"}
        message = errors["date"]
    elif column.kind == "choice":
        rule = {"validate": "list", "source": list(column.choices)}
        message = errors["base"]
    elif column.kind == "integer":
        rule = {"validate": "integer", "criteria": "between", "minimum": 2000, "maximum": 2100}
        message = errors["year"]
    else:
        return
    titles = {"error_title": column.header[:32], "error_message": message}
    sheet.data_validation(first, place, last, place, rule | titles)
