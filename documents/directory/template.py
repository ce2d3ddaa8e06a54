"""Write the directory workbook: empty with an example, with the example office, or with an office of the books."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from documents.cells import column_letters
from documents.directory.sheets import Book, Column, Sheet, book, examples
from documents.directory.values import Directory
from documents.workbook_style import (
    AS_TEXT,
    BODY,
    DAY,
    GREY,
    HEADER,
    LEGEND,
    MONEY,
    SAND,
    SECTION,
    SUBTITLE,
    TITLE,
    WRAPPED,
    Style,
)

MARK_WIDTH = 11
SPARE_ROWS = 25
"""Empty rows drawn below what a sheet holds."""
LAST_ROW = 5_000
"""Row down to which cells keep their format and their dropdown."""
WIDEST_LINE = 120
ROW_HEIGHT = 18

OPTIONAL: Style = {**HEADER, "bold": False, "bg_color": "#7C9A92", "border_color": "#7C9A92"}
EXAMPLE: Style = {"italic": True, "font_color": GREY, "bg_color": SAND}
FORMATS: Mapping[str, Style] = {
    "text": {},
    "list": {"num_format": AS_TEXT},
    "months": {"num_format": AS_TEXT},
    "code": {"num_format": AS_TEXT},
    "key": {"num_format": AS_TEXT},
    "clave": {"num_format": AS_TEXT},
    "period": {"num_format": AS_TEXT},
    "email": {"num_format": AS_TEXT},
    "choice": {},
    "bool": {"align": "center"},
    "date": {"num_format": DAY, "align": "center"},
    "integer": {"num_format": "0", "align": "right"},
    "decimal": {"num_format": "0.0000##", "align": "right"},
    "money": {"num_format": MONEY, "align": "right"},
}

Row = Mapping[str, Any]
"""Field -> value of a cell: text, number or date."""


def write_template(target: Path | BinaryIO, *, example: bool = False) -> None:
    """Write the workbook to be filled in.

    Each sheet shows one example row, which is marked and not read. With `example` the
    whole example office stands in it unmarked instead, so that it can be imported as is.
    """
    shown = examples()
    first = {key: rows[:1] for key, rows in shown.items()}
    _write(target, filled=shown if example else {}, marked={} if example else first)


def write_directory(target: Path | BinaryIO, directory: Directory) -> None:
    """Write an office as a workbook that `read_directory` gives back."""
    rows = {
        sheet.key: [
            {column.name: _as_cell(getattr(record, column.name)) for column in sheet.columns}
            for record in getattr(directory, sheet.key)
        ]
        for sheet in book().sheets
    }
    _write(target, filled=rows, marked={})


def template_bytes(*, example: bool = False) -> bytes:
    """Return the bytes of the workbook to be filled in."""
    buffer = BytesIO()
    write_template(buffer, example=example)
    return buffer.getvalue()


def _as_cell(value: object) -> object:
    """Return what a person would have typed for a value of a record."""
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, tuple):
        return ", ".join(value)
    return value


def _write(
    target: Path | BinaryIO, *, filled: Mapping[str, Sequence[Row]], marked: Mapping[str, Sequence[Row]]
) -> None:
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    workbook = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options)
    description = book()
    workbook.set_properties({"title": description.title, "comments": description.legend})
    pages = {sheet.key: _Page.lay_out(sheet) for sheet in description.sheets}
    writer = _Writer(workbook, description, pages, {key: len(rows) for key, rows in marked.items()})
    writer.write_instructions()
    for page in pages.values():
        writer.write_sheet(page, filled.get(page.sheet.key, ()), marked.get(page.sheet.key, ()))
    workbook.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """Where things stand on a sheet; rows count from 0, as the writer of workbooks does."""

    sheet: Sheet
    lines: tuple[str, ...]
    """The explanation, cut to what the columns can hold."""

    @classmethod
    def lay_out(cls, sheet: Sheet) -> "_Page":
        width = MARK_WIDTH + sum(column.width for column in sheet.columns)
        lines = textwrap.wrap(sheet.explanation, min(WIDEST_LINE, max(70, int(width * 1.05))))
        return cls(sheet=sheet, lines=tuple(lines))

    @property
    def header(self) -> int:
        return len(self.lines) + 2

    def position(self, name: str) -> int:
        """Return the column of a field; the mark stands in column A."""
        return next(number for number, column in enumerate(self.sheet.columns, 1) if column.name == name)


class _Writer:
    """A workbook in the making; each format is made once."""

    def __init__(
        self, workbook: Any, description: Book, pages: Mapping[str, _Page], marked: Mapping[str, int]
    ) -> None:
        self.workbook = workbook
        self.description = description
        self.pages = pages
        self.marked = marked
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, *parts: Style) -> Any:
        merged: Style = {}
        for part in parts:
            merged.update(part)
        key = tuple(sorted(merged.items()))
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format(merged)
        return self.formats[key]

    def page(self, name: str, colour: str) -> Any:
        sheet = self.workbook.add_worksheet(name)
        sheet.set_tab_color(colour)
        sheet.hide_gridlines(2)
        sheet.set_default_row(ROW_HEIGHT)
        sheet.set_landscape()
        sheet.set_paper(1)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.set_footer(f"&L&8&A&C&7{self.description.legend}&R&8&P de &N")
        return sheet

    # -------------------------------------------------------------- a sheet of data

    def write_sheet(self, page: _Page, filled: Sequence[Row], marked: Sequence[Row]) -> None:
        sheet = self.page(page.sheet.title, f"#{page.sheet.colour}")
        sheet.write_string(0, 0, page.sheet.title, self.style(TITLE))
        sheet.set_row(0, 30)
        for number, line in enumerate(page.lines, 1):
            sheet.write_string(number, 0, line, self.style(SUBTITLE))
        sheet.set_row(page.header, 24)
        sheet.write_string(page.header, 0, self.description.mark_header, self.style(OPTIONAL))
        sheet.set_column(0, 0, MARK_WIDTH)
        first = page.header + 1
        for position, column in enumerate(page.sheet.columns, 1):
            sheet.set_column(position, position, column.width, self.style(FORMATS[column.kind]))
            sheet.write_string(
                page.header, position, column.header, self.style(HEADER if column.required else OPTIONAL)
            )
            sheet.data_validation(first, position, LAST_ROW, position, self._validation(column))
        rows = [*((row, True) for row in marked), *((row, False) for row in filled)]
        for number, (row, is_example) in enumerate(rows, first):
            self._write_row(sheet, page, number, row, is_example=is_example)
        for number in range(first + len(rows), first + len(rows) + SPARE_ROWS):
            self._write_row(sheet, page, number, {}, is_example=False)
        sheet.freeze_panes(first, 2)
        sheet.repeat_rows(page.header)

    def _write_row(self, sheet: Any, page: _Page, number: int, row: Row, *, is_example: bool) -> None:
        look = EXAMPLE if is_example else {}
        mark = self.description.example_mark if is_example else ""
        sheet.write(number, 0, mark or None, self.style(BODY, look, {"font_color": GREY}))
        for position, column in enumerate(page.sheet.columns, 1):
            self._write_cell(
                sheet, (number, position), row.get(column.name), self.style(BODY, FORMATS[column.kind], look)
            )

    def _write_cell(self, sheet: Any, at: tuple[int, int], value: object, style: Any) -> None:
        if value is None or value == "":
            sheet.write_blank(*at, None, style)
        elif isinstance(value, date):
            sheet.write_datetime(*at, value, style)
        elif isinstance(value, int | float | Decimal):
            sheet.write_number(*at, value, style)
        else:
            # A text is written as such, whatever it begins with: it never becomes a formula.
            sheet.write_string(*at, str(value), style)

    def _validation(self, column: Column) -> dict[str, Any]:
        """Return the dropdown or the rule of a column, and what is shown while its cell is filled in."""
        shown = {"input_title": column.header[:32], "input_message": column.note[:255]}
        if column.kind == "choice":
            return {"validate": "list", "source": list(column.choices), "error_type": "warning", **shown}
        if column.kind == "bool":
            return {"validate": "list", "source": ["Sí", "No"], **shown}
        if column.kind == "date":
            return {
                "validate": "date",
                "criteria": ">=",
                "value": date(2000, 1, 1),
                "error_message": column.note,
                **shown,
            }
        if column.kind in {"integer", "money"}:
            return {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "error_message": column.note,
                **shown,
            }
        if column.refers:
            return {
                "validate": "list",
                "source": self._source(column.refers),
                "error_type": "warning",
                **shown,
            }
        return {"validate": "any", **shown}

    def _source(self, reference: str) -> str:
        """Return the formula of the cells filled in another sheet, below its example rows."""
        key, _, name = reference.partition(".")
        page = self.pages[key]
        letters = column_letters(page.position(name) + 1)
        first = page.header + 2 + self.marked.get(key, 0)
        cells = f"'{page.sheet.title}'!${letters}${first}"
        return f"=OFFSET({cells},0,0,MAX(1,COUNTA({cells}:${letters}${LAST_ROW})),1)"

    # -------------------------------------------------------------- instructions

    def write_instructions(self) -> None:
        text = self.description.instructions
        sheet = self.page(text["sheet"], GREY)
        sheet.set_column(0, 0, 5)
        sheet.set_column(1, 1, 30)
        sheet.set_column(2, 2, 96)
        sheet.write_string(0, 0, self.description.title, self.style(TITLE))
        sheet.set_row(0, 34)
        row = 1
        for line in textwrap.wrap(" ".join(text["purpose"].split()), WIDEST_LINE):
            sheet.write_string(row, 0, line, self.style(SUBTITLE))
            row += 1
        row = self._section(sheet, row + 1, text["how"])
        for number, step in enumerate(text["steps"], 1):
            sheet.write_number(row, 0, number, self.style(WRAPPED, {"bold": True, "align": "center"}))
            for line in textwrap.wrap(step, WIDEST_LINE):
                sheet.write_string(row, 1, line, self.style(WRAPPED, {"text_wrap": False}))
                row += 1
        row = self._section(sheet, row + 1, text["colours_heading"])
        looks = {"required": HEADER, "optional": OPTIONAL, "example": {**BODY, **EXAMPLE}}
        for name, look in looks.items():
            sheet.write_blank(row, 0, None, self.style(look))
            sheet.write_string(row, 1, text["colours"][name], self.style(WRAPPED, {"text_wrap": False}))
            row += 1
        row = self._section(sheet, row + 1, text["sheets_heading"])
        for page in self.pages.values():
            link = f"internal:'{page.sheet.title}'!B{page.header + 2}"
            look = self.style(BODY, {"font_color": f"#{page.sheet.colour}", "bold": True, "underline": 0})
            sheet.write_blank(row, 0, None, self.style({"bg_color": f"#{page.sheet.colour}"}))
            sheet.write_url(row, 1, link, look, string=page.sheet.title)
            sheet.write_string(row, 2, page.sheet.explanation, self.style(BODY, {"text_wrap": True}))
            sheet.set_row(row, 15 * len(textwrap.wrap(page.sheet.explanation, 92)) + 8)
            row += 1
        for line in textwrap.wrap(self.description.legend, WIDEST_LINE):
            row += 1
            sheet.write_string(row, 0, line, self.style(LEGEND, {"text_wrap": False}))

    def _section(self, sheet: Any, row: int, heading: str) -> int:
        for position in range(3):
            sheet.write_blank(row, position, None, self.style(SECTION))
        sheet.write_string(row, 0, heading, self.style(SECTION))
        sheet.set_row(row, 24)
        return row + 1
