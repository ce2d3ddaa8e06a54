"""Read the sheets of a workbook: quickly where that loses nothing, carefully where it would.

A glance at the raw XML decides. Calamine is fast, but it fills the rectangle up to the farthest cell (and aborts the
process when memory ends), and does not tell formulas, hidden rows, errors, or codes that are numbers with leading zeros
in their format. Both readers give the same `Sheet`; a test holds them together.
"""

import re
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cached_property

import python_calamine

from documents.cells import (
    Formats,
    Sheet,
    SheetValue,
    column_number,
    exact_number,
    read_cells,
    read_formats,
    read_shared_strings,
)
from documents.package import Package, SheetPart

_NEEDS_CARE = (
    b"<f>",
    b"<f ",
    b"<f/",
    b"<mergeCell ",
    b'hidden="1"',
    b'hidden="true"',
    b' t="e"',
    b' t="d"',
    b"='",
)
"""Formulas, merged cells, hidden rows, errors, ISO dates; and quotes unlike those that the rest looks for."""
_LAST_ROW = re.compile(rb'<row [^>]*?\br="(\d+)"')
_FAR_COLUMN = re.compile(rb' r="([A-Z]{2,3})\d')
_CODE_FORMAT = re.compile(rb'formatCode="0{2,}"')
_CROSSED_OUT = re.compile(rb"<(?:\w+:)?strike\b(?![^>]*val=\"(?:0|false)\")")
_HAS_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[ />]")
_WIDEST_RECTANGLE = 3_000_000


class Workbook:
    """The sheets of a package, read when asked for."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._already: dict[str, Sheet] = {}

    def read(self, part: SheetPart) -> Sheet:
        """Return what a sheet holds; a sheet is read once."""
        if part.name not in self._already:
            self._already[part.name] = self._read(part)
        return self._already[part.name]

    def _read(self, part: SheetPart) -> Sheet:
        if not part.is_grid:
            return Sheet(name=part.name, visible=part.visible)
        if not self._needs_care(part):
            sheet = self._read_quickly(part)
            if sheet is not None:
                return sheet
        return read_cells(self.package, part, self._formats, self._strings)

    def read_carefully(self, part: SheetPart) -> Sheet:
        """Return what a sheet holds, cell by cell."""
        return read_cells(self.package, part, self._formats, self._strings)

    def has_values(self, part: SheetPart) -> bool:
        """Tell whether any cell of the sheet holds something."""
        return part.is_grid and _HAS_VALUE.search(self.package.parts[part.part]) is not None

    def _needs_care(self, part: SheetPart) -> bool:
        data = self.package.parts[part.part]
        # Where the names bear a prefix (<x:row>), none of what follows would be seen.
        if b"<sheetData" not in data or any(mark in data for mark in _NEEDS_CARE) or self._is_tricky:
            return True
        last_row = _LAST_ROW.match(data, max(0, data.rfind(b"<row ")))
        last_column = max(
            (column_number(letters.decode()) for letters in set(_FAR_COLUMN.findall(data))), default=26
        )
        return (int(last_row[1]) if last_row else data.count(b"<row")) * last_column > _WIDEST_RECTANGLE

    def _read_quickly(self, part: SheetPart) -> Sheet | None:
        """Read with Calamine; None where it refuses, as it does some workbooks that others open."""
        workbook = self._calamine
        if workbook is None:
            return None
        try:
            sheet = workbook.get_sheet_by_name(part.name)
            lines = sheet.iter_rows()
            first = (sheet.start or (0, 0))[1] + 1
            rows = {}
            for number, line in enumerate(lines, 1):
                cells = {
                    column: value if type(value) is str else _as_seen(value)
                    for column, value in enumerate(line, first)
                    if value != ""
                }
                if cells:
                    rows[number] = cells
        except (python_calamine.CalamineError, OSError):
            return None
        return Sheet(name=part.name, visible=part.visible, rows=rows)

    @cached_property
    def _calamine(self) -> python_calamine.CalamineWorkbook | None:
        try:
            return python_calamine.CalamineWorkbook.from_path(str(self.package.path))
        except (python_calamine.CalamineError, OSError):
            return None

    @cached_property
    def _is_tricky(self) -> bool:
        """Tell whether numbers are shown as codes, cells crossed out, or texts hold signs that XML cannot."""
        parts = self.package.parts
        strings, styles = parts.get(self.package.shared_strings, b""), parts.get(self.package.styles, b"")
        return any(mark.search(styles) for mark in (_CODE_FORMAT, _CROSSED_OUT)) or b"_x00" in strings

    @cached_property
    def _formats(self) -> Formats:
        return read_formats(self.package)

    @cached_property
    def _strings(self) -> tuple[str, ...]:
        return read_shared_strings(self.package)


def _as_seen(value: str | float | bool | date | time | timedelta) -> SheetValue:
    if isinstance(value, float):
        return exact_number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
