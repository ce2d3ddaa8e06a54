"""Read the directory workbook into records, and every problem of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documents.cells import Sheet as Grid
from documents.cells import column_letters
from documents.directory.cells import Cell, Unreadable, as_text, is_blank, read_cell
from documents.directory.sheets import RECORDS, Book, Column, Sheet, book, folded, label, problem, problem_at
from documents.directory.values import Directory, DirectoryReading, Place, Problem, Record
from documents.package import TABLE_LIMITS, NotAccepted, open_package
from documents.sheets import Workbook

HEADER_WITHIN = 12
"""Rows from the top among which the header is looked for."""
FEWEST_HEADERS = 2


def read_directory(path: Path | str) -> DirectoryReading:
    """Read a directory workbook.

    Nothing is raised for what its author can mend: every problem is told with sheet,
    cell, what and how. Sheets may be missing, since a workbook may bring one part only;
    what the records say to each other and to the books is for `checks.check_directory`.
    """
    try:
        workbook = Workbook(open_package(Path(path), TABLE_LIMITS))
        grids = [workbook.read(part) for part in workbook.package.sheets if part.is_grid]
    except (NotAccepted, OSError):
        return DirectoryReading(values=Directory(), problems=(problem("unreadable"),))
    description = book()
    problems: list[Problem] = []
    records: dict[str, tuple[Record, ...]] = {}
    absent: dict[str, frozenset[str]] = {}
    for grid in grids:
        sheet = _find_sheet(description, grid.name)
        if sheet is None:
            if folded(grid.name) != folded(str(description.instructions["sheet"])):
                titles = ", ".join(known.title for known in description.sheets)
                problems.append(problem("unknown_sheet", sheet=grid.name, value=grid.name, titles=titles))
        elif sheet.key in records:
            problems.append(problem("twin_sheet", sheet=grid.name, value=grid.name, title=sheet.title))
        else:
            reading = _SheetReading(description, sheet, grid)
            records[sheet.key] = tuple(reading.records)
            absent[sheet.key] = reading.absent
            problems.extend(reading.problems)
    if not records:
        problems.append(problem("no_sheet"))
    # The keys of RECORDS and the fields of Directory are the same names, of the same types.
    values: dict[str, Any] = dict(records)
    return DirectoryReading(values=Directory(**values), problems=tuple(problems), absent_columns=absent)


def _find_sheet(description: Book, name: str) -> Sheet | None:
    wanted = folded(name)
    return next(
        (
            sheet
            for sheet in description.sheets
            if wanted in {folded(sheet.title), *(folded(alias) for alias in sheet.aliases)}
        ),
        None,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Header:
    """Where the header of a sheet is, and which column holds which field; both count from 1."""

    row: int
    columns: Mapping[int, Column]
    mark: int


class _SheetReading:
    """One sheet on its way into records."""

    def __init__(self, description: Book, sheet: Sheet, grid: Grid) -> None:
        self.description = description
        self.sheet = sheet
        self.name = grid.name
        self.problems: list[Problem] = []
        self.records: list[Record] = []
        self.absent: frozenset[str] = frozenset()
        header = self._find_header(grid)
        if header is None:
            headers = ", ".join(column.header for column in sheet.columns)
            if grid.rows:
                self.problems.append(problem("no_header", sheet=self.name, headers=headers))
            return
        present = {column.name for column in header.columns.values()}
        self.absent = frozenset(column.name for column in sheet.columns if column.name not in present)
        missing = [column for column in sheet.columns if column.required and column.name in self.absent]
        self.problems.extend(
            problem("header_missing", sheet=self.name, cell=f"A{header.row}", header=column.header)
            for column in missing
        )
        if not missing:
            self._read_rows(grid, header)

    def _find_header(self, grid: Grid) -> _Header | None:
        """Find the row that names most columns, two at the least."""
        candidates = [
            self._as_header(number, cells) for number, cells in grid.rows.items() if number <= HEADER_WITHIN
        ]
        best = max(candidates, key=lambda header: len(header.columns), default=None)
        if best is None or len(best.columns) < FEWEST_HEADERS:
            return None
        seen: set[str] = set()
        for position, column in sorted(best.columns.items()):
            if column.name in seen:
                cell = f"{column_letters(position)}{best.row}"
                self.problems.append(
                    problem("header_twice", sheet=self.name, cell=cell, header=column.header)
                )
            seen.add(column.name)
        return best

    def _as_header(self, number: int, cells: Mapping[int, Cell]) -> _Header:
        by_header = {folded(column.header): column for column in self.sheet.columns}
        by_alias = {folded(alias): column for column in self.sheet.columns for alias in column.aliases}
        words = {position: folded(as_text(cell).rstrip(" *:")) for position, cell in cells.items()}
        columns = {position: by_header[word] for position, word in words.items() if word in by_header}
        # An alias stands for a column that is not there under its own name ("Clave" beside "Clave INEGI").
        named = {column.name for column in columns.values()}
        for position, word in words.items():
            column = by_alias.get(word)
            if position not in columns and column is not None and column.name not in named:
                columns[position] = column
        mark = folded(self.description.mark_header)
        marked = next((position for position, word in words.items() if word == mark), 1)
        return _Header(row=number, columns=columns, mark=marked)

    def _read_rows(self, grid: Grid, header: _Header) -> None:
        positions: dict[str, int] = {}
        for position, column in sorted(header.columns.items()):
            positions.setdefault(column.name, position)
        letters = {name: column_letters(position) for name, position in positions.items()}
        example = folded(self.description.example_mark)
        first_at: dict[tuple[Any, ...], int] = {}
        for number, cells in grid.rows.items():
            is_example = folded(as_text(cells.get(header.mark))) == example
            is_filled = any(not is_blank(cells.get(position)) for position in header.columns)
            if number <= header.row or is_example or not is_filled:
                continue
            place = Place(sheet=self.name, row=number, columns=letters)
            record = self._read_row(cells, positions, place)
            if record is None:
                continue
            identity = self.sheet.identify(record)
            if identity in first_at:
                called = label(self.sheet.key, record)
                name = self.sheet.identity[0]
                self.problems.append(problem_at("twice", place, name, label=called, row=first_at[identity]))
                continue
            first_at[identity] = number
            self.records.append(record)

    def _read_row(
        self, cells: Mapping[int, Cell], positions: Mapping[str, int], place: Place
    ) -> Record | None:
        """Read one row; None when what identifies it is wrong."""
        values: dict[str, Any] = {}
        lost: set[str] = set()
        for column in self.sheet.columns:
            cell = cells.get(positions.get(column.name, 0))
            if is_blank(cell):
                if column.required:
                    lost.add(column.name)
                    self._tell(place, column, "required", header=column.header, note=column.note)
                elif column.default is not None:
                    values[column.name] = column.default
                continue
            try:
                values[column.name] = read_cell(cell, column)
            except Unreadable as wrong:
                lost.add(column.name)
                self._tell(place, column, wrong.code, **wrong.facts)
            else:
                self._note(place, column, cell, values[column.name])
        if lost & set(self.sheet.identity):
            return None
        if "months" in values:
            year = str(values.get("period", ""))[:4]
            values["months"] = tuple(
                month if "-" in month else f"{year}-{month}" for month in values["months"]
            )
        return RECORDS[self.sheet.key](place=place, **values)

    def _tell(self, place: Place, column: Column, code: str, **facts: Any) -> None:
        self.problems.append(problem_at(code, place, column.name, **facts))

    def _note(self, place: Place, column: Column, cell: Cell, value: Any) -> None:
        """Tell what was mended on the way: a key that had lost its zero."""
        if column.kind == "clave" and sum(sign.isdigit() for sign in as_text(cell).removesuffix(".0")) == 8:
            self._tell(place, column, "padded_clave", value=as_text(cell), clave=value)
