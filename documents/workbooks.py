"""Read a list workbook as people send it: sheets renamed, columns moved, titles merged above, zeros lost.

`read_list` runs in the sandbox; `open_list` is what the service calls. Nothing is judged here beyond the file itself
(V-004 to V-006, V-010, V-015, V-016): the rows are handed on as they were typed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from documents.cells import Sheet, SheetValue, column_letters
from documents.control_sheet import Control, read_control, read_mark_line, says_empty
from documents.file_findings import file_finding
from documents.list_columns import claim_strength, column, field_of, is_row_key, plain
from documents.package import LIST_LIMITS, NotAccepted, SheetPart, open_package
from documents.raw_lists import raw_list_from_json, raw_list_to_json
from documents.sandbox import JobDied, JobFailed, JobTimedOut, Workshop
from documents.sheets import Workbook
from procedures.lists.checks import rows_with_people
from procedures.lists.kinds import parse_kind
from procedures.lists.messages import Flaw, quote
from procedures.lists.rows import MANDATORY_FIELDS, CellValue, Finding, RawList, RawRow

_HEADER_WITHIN = 40
"""A header is looked for in so many filled rows of a sheet."""
_FEWEST_HEADERS = 4
_FEWEST_BELOW = 2
"""So many fields a row names at least that continues the header of the row above."""
_SHEETS_LOOKED_AT = 50
_WIDEST_HEADER = 200
"""So many filled cells of a row are looked at for titles."""
_MOST_LETTERS = 20_000_000
"""In all cells of a list; twenty thousand people take a fifth of it."""
_DIGITS_OF_A_KEY = (8, 9)
"""The second, and the first where the zero in front was lost."""
_OUR_SHEETS = frozenset({"control", "listas", "instructivo", "errores"})
"""Sheets of the template, and of one that came back, that list nobody."""
_SURNAMES = frozenset({"apellido", "apellidos", "paterno", "materno"})
_GIVEN_NAMES = frozenset({"nombre", "nombres", "nombre s"})
_WORDS_OF_A_TITLE = 4
_ONLY_WHERE = frozenset({"no_progresivo", "ooad", "region", "pac"})
"""A row that has nothing but these is an empty line of the form."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """Where the columns are."""

    row: int
    columns: Mapping[str, int]
    """field -> column."""
    repeated: frozenset[str]
    """Fields that several columns claim."""
    unknown: Mapping[int, str]
    """column -> a title that names no field."""
    titles: Mapping[int, SheetValue]
    """column -> what stands above it, of a header in two rows the lower title first."""
    row_key: int | None = None
    """The column of the rows' own keys, in a workbook that came back once."""


def open_list(workshop: Workshop, path: Path, file_name: str = "") -> RawList:
    """Read a list workbook in the sandbox. Whatever the file does, the answer is a list with its findings."""
    try:
        answer = workshop.run("documents.workbooks:read_list", str(path.resolve()), file_name or path.name)
    except (JobDied, JobTimedOut):
        # What exhausts a worker is too large, whatever it says of itself.
        return RawList(findings=(file_finding("V-005"),))
    except JobFailed as error:
        return RawList(findings=(file_finding("V-005" if error.kind == "MemoryError" else "V-006"),))
    return raw_list_from_json(answer)


def read_list(path: str, file_name: str = "") -> dict[str, Any]:
    """Read a list workbook; JSON of `RawList`. Runs in a worker."""
    try:
        package = open_package(Path(path), LIST_LIMITS, file_name=file_name)
        raw = (
            read_workbook(Workbook(package))
            if not package.foreign
            else RawList(findings=(file_finding("V-005"),))
        )
    except NotAccepted as error:
        raw = RawList(findings=(file_finding(error.code),))
    return raw_list_to_json(raw)


def read_workbook(workbook: Workbook) -> RawList:
    """Find the list in a workbook and read it.

    Raises:
        NotAccepted: V-005 too many rows, V-006 the XML is broken.
    """
    control = _control(workbook)
    found = find_list(workbook)
    if found is None:
        return RawList(
            template=control.template,
            period=control.period,
            unit=control.unit,
            version=control.version,
            mark=control.mark,
            empty_declared=control.is_empty,
            declared=control.declared,
            findings=(file_finding("V-010-none"),),
        )
    sheet, header = found
    if not control.template:
        control = _mark_above(sheet, header) or control
    cells = _unmerged(sheet, header)
    rows = tuple(_rows(sheet, header, cells))
    if len(rows) > LIST_LIMITS.rows:
        raise NotAccepted("V-005", f"{len(rows)} rows")
    letters = sum(len(value) for row in rows for value in row.values.values() if type(value) is str)
    if letters > _MOST_LETTERS:
        # One text that many cells point to: the file is small, the list would not be.
        raise NotAccepted("V-005", f"{letters} letters")
    return RawList(
        template=control.template,
        period=control.period,
        unit=control.unit,
        version=control.version,
        mark=control.mark,
        empty_declared=control.is_empty or _declares_empty(sheet, header),
        declared=_trustworthy_totals(control, rows),
        columns={field: column_letters(place) for field, place in header.columns.items()},
        sheet=sheet.name,
        rows=rows,
        findings=(
            *_header_findings(sheet, header),
            *_parts_of_names(sheet, header),
            *_people_elsewhere(workbook, sheet, has_rows=bool(rows)),
            *_hidden_findings(workbook, sheet, header),
            *_formula_findings(sheet, header, rows),
        ),
    )


def find_list(workbook: Workbook) -> tuple[Sheet, Header] | None:
    """Return the sheet that has most of a list's headers, and where they are; one called Listado goes first."""
    best: tuple[Sheet, Header] | None = None
    for part in sorted(workbook.package.sheets[:_SHEETS_LOOKED_AT], key=_looked_at_first):
        sheet = workbook.read(part)
        header = find_header(sheet)
        if header is None:
            continue
        if len(set(MANDATORY_FIELDS) & set(header.columns)) >= len(MANDATORY_FIELDS) - 3:
            return sheet, header
        if best is None or len(header.columns) > len(best[1].columns):
            best = (sheet, header)
    return best


def find_header(sheet: Sheet) -> Header | None:
    """Return the row that names most fields, of the first filled ones; None where no row names four."""
    best: Header | None = None
    above: Mapping[int, SheetValue] = {}
    for number in list(sheet.rows)[:_HEADER_WITHIN]:
        cells = sheet.rows[number]
        for header in _headers(number, cells, above if number - 1 in sheet.rows else {}):
            if len(header.columns) >= _FEWEST_HEADERS and (
                best is None or len(header.columns) > len(best.columns)
            ):
                best = header
        if best is not None and len(best.columns) >= len(MANDATORY_FIELDS):
            break
        above = cells
    return best


def _headers(
    number: int, cells: Mapping[int, SheetValue], above: Mapping[int, SheetValue]
) -> Iterator[Header]:
    """Yield what a row is as a header: by itself, and below a row of titles over several columns."""
    alone = _header(number, cells)
    yield alone
    if len(alone.columns) >= _FEWEST_BELOW and len(above) > 1:
        yield _header(number, {**above, **cells})


def _looked_at_first(part: SheetPart) -> tuple[bool, bool]:
    return (plain(part.name) != "listado", not part.visible)


def _header(number: int, cells: Mapping[int, SheetValue]) -> Header:
    claims: dict[str, list[int]] = {}
    unknown = {}
    row_key = None
    for place, value in islice(cells.items(), _WIDEST_HEADER):
        field = field_of(value)
        if field:
            claims.setdefault(field, []).append(place)
        elif is_row_key(value):
            row_key = row_key or place
        elif isinstance(value, str):
            unknown[place] = value.strip()
    columns, repeated = {}, set()
    for field, places in claims.items():
        strengths = {place: claim_strength(field, str(cells[place])) for place in places}
        best = min(strengths.values())
        columns[field] = next(place for place in places if strengths[place] == best)
        if list(strengths.values()).count(best) > 1:
            repeated.add(field)
        unknown |= {place: str(cells[place]).strip() for place in places if strengths[place] > best}
    return Header(
        row=number,
        columns=columns,
        repeated=frozenset(repeated),
        unknown=unknown,
        titles=cells,
        row_key=row_key,
    )


def _rows(sheet: Sheet, header: Header, cells: Mapping[int, Mapping[int, SheetValue]]) -> Iterator[RawRow]:
    places = header.columns
    telling = [field for field in places if field not in _ONLY_WHERE]
    titles = header.titles
    formulas: dict[int, set[int]] = {}
    for number, place in sheet.formulas:
        formulas.setdefault(number, set()).add(place)
    nothing: frozenset[str] = frozenset()
    # A formula that was never computed has no value; its row may seem empty and is none.
    for number in sorted({*cells, *formulas}) if formulas else cells:
        if number <= header.row:
            continue
        line = cells.get(number, {})
        # A cell of blanks alone is empty; any other text stays as it was typed.
        kept = [
            (None if value.isspace() else value) if type(value) is str else _cell(value)
            for value in map(line.get, places.values())
        ]
        values: dict[str, CellValue] = dict(zip(places, kept, strict=True))
        is_filled = any(values[field] is not None for field in telling)
        computed = nothing
        if number in formulas:
            computed = frozenset(field for field, place in places.items() if place in formulas[number])
        if not (is_filled or computed) or _repeats_header(line, titles) or _says_empty(line):
            continue
        key = line.get(header.row_key) if header.row_key else None
        yield RawRow(number=number, values=values, formulas=computed, key=key if isinstance(key, str) else "")


def _cell(value: SheetValue | None) -> CellValue:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, time | timedelta):
        return str(value)
    return value


def _repeats_header(line: Mapping[int, SheetValue], titles: Mapping[int, SheetValue]) -> bool:
    """Tell whether a row repeats the header, as printed lists do on each page."""
    same = 0
    for place, title in titles.items():
        if line.get(place) == title:
            same += 1
        elif not same:
            # A list has twenty thousand rows, and this one does not even begin like the header.
            return False
    return same >= _FEWEST_HEADERS


def _unmerged(sheet: Sheet, header: Header) -> Mapping[int, Mapping[int, SheetValue]]:
    """Give each row of a merged cell the value that people see."""
    ranges = _merged_below(sheet, header)
    if not ranges:
        return sheet.rows
    rows = {number: dict(cells) for number, cells in sheet.rows.items()}
    last_row = sheet.last_row
    covered = 0
    for first, left, last, _ in ranges:
        value = rows.get(first, {}).get(left)
        if value is not None:
            covered += max(0, min(last, last_row) - first)
            if covered > last_row * len(header.columns):
                # Merged cells never lie over each other, but in a file that somebody made to keep us busy.
                raise NotAccepted("V-006", "merged cells over merged cells")
            for number in range(first + 1, min(last, last_row) + 1):
                if number in rows:
                    rows[number].setdefault(left, value)
    return rows


def _merged_below(sheet: Sheet, header: Header) -> list[tuple[int, int, int, int]]:
    places = set(header.columns.values())
    return [area for area in sheet.merged if area[0] > header.row and area[2] > area[0] and area[1] in places]


def _control(workbook: Workbook) -> Control:
    part = next((part for part in workbook.package.sheets if plain(part.name) == "control"), None)
    return read_control(workbook.read(part)) if part else Control()


def _mark_above(sheet: Sheet, header: Header) -> Control | None:
    for number, cells in sheet.rows.items():
        if number >= header.row:
            break
        found = read_mark_line(" ".join(str(value) for value in cells.values()))
        if found.template:
            return found
    return None


def _declares_empty(sheet: Sheet, header: Header) -> bool:
    return any(_says_empty(cells) for number, cells in sheet.rows.items() if number > header.row)


def _says_empty(line: Mapping[int, SheetValue]) -> bool:
    """Tell whether a row says SIN VOLUNTARIOS; such a row holds little else."""
    return len(line) <= _FEWEST_HEADERS and any(map(says_empty, line.values()))


def _trustworthy_totals(control: Control, rows: tuple[RawRow, ...]) -> Mapping[str, Decimal]:
    """Leave out the totals that a formula of ours could not compute.

    COUNTIF sees only what is written VRS or PVR, and SUM only numbers, while the checks read "$1,000.00" and
    "Partera Voluntaria Rural" as well.
    """
    declared = dict(control.declared)
    if not control.computed:
        return declared
    if len(rows_with_people(RawList(rows=rows))) < len(rows):
        # A formula counts and sums up the sender's own line of totals as well.
        return _without(declared, control.computed)
    if any(isinstance(row.values.get("importe"), str) or "importe" in row.formulas for row in rows):
        declared = _without(declared, control.computed & {"importe"})
    if any(str(row.values.get("tipo") or "").upper() not in {"VRS", "PVR"} for row in rows):
        declared = _without(declared, control.computed & {"vrs", "pvr"})
    if any(not isinstance(row.values.get("nombre"), str) for row in rows):
        declared = _without(declared, control.computed & {"renglones"})
    return declared


def _without(declared: Mapping[str, Decimal], names: frozenset[str]) -> dict[str, Decimal]:
    return {name: value for name, value in declared.items() if name not in names}


def _header_findings(sheet: Sheet, header: Header) -> Iterator[Finding]:
    for field in MANDATORY_FIELDS:
        title = column(field).title
        if field not in header.columns:
            yield file_finding("V-010", sheet=sheet.name, field=field, column_title=title)
        elif field in header.repeated:
            letters = column_letters(header.columns[field])
            yield file_finding(
                "V-010-twice",
                sheet=sheet.name,
                row=header.row,
                column=letters,
                field=field,
                column_title=title,
            )
    for place, title in sorted(header.unknown.items())[:20]:
        yield file_finding(
            "V-010-ignored",
            sheet=sheet.name,
            row=header.row,
            column=column_letters(place),
            column_title=quote(title),
        )


def _parts_of_names(sheet: Sheet, header: Header) -> Iterator[Finding]:
    """Yield that names and surnames stand in columns of their own: half a name is nobody's."""
    place = header.columns.get("nombre")
    surnames = [
        title
        for title in header.unknown.values()
        if set(plain(title).split()) & _SURNAMES and len(plain(title).split()) <= _WORDS_OF_A_TITLE
    ]
    if place is None or not surnames:
        return
    title = str(header.titles[place]).strip()
    if plain(title) in _GIVEN_NAMES:
        yield file_finding(
            "V-010-parts",
            sheet=sheet.name,
            row=header.row,
            column=column_letters(place),
            field="nombre",
            which=_some(f"«{quote(each)}»" for each in (title, *surnames)),
        )


def _people_elsewhere(workbook: Workbook, sheet: Sheet, *, has_rows: bool) -> Iterator[Finding]:
    """Yield which other sheets hold people: a list that is read by halves is worse than none."""
    found = {}
    for part in workbook.package.sheets[:_SHEETS_LOOKED_AT]:
        if part.name == sheet.name or plain(part.name) in _OUR_SHEETS or not workbook.has_values(part):
            continue
        if people := _count_people(workbook.read(part)):
            found[part.name] = people
    if found:
        which = _some(
            f"«{quote(name)}» ({number} {'renglón' if number == 1 else 'renglones'})"
            for name, number in found.items()
        )
        yield file_finding(
            "V-010-elsewhere" if has_rows else "V-010-only-elsewhere",
            sheet=sheet.name,
            here=quote(sheet.name),
            which=which,
        )


def _count_people(sheet: Sheet) -> int:
    """Count the rows of a sheet that say of somebody where and as what: a key of a locality, and VRS or PVR."""
    return sum(
        any(_is_key(value) for value in cells.values()) and any(_is_kind(value) for value in cells.values())
        for cells in islice(sheet.rows.values(), LIST_LIMITS.rows)
    )


def _is_key(value: SheetValue) -> bool:
    text = str(value).strip().replace("-", "").removesuffix(".0") if isinstance(value, str | Decimal) else ""
    return text.isascii() and text.isdigit() and len(text) in _DIGITS_OF_A_KEY


def _is_kind(value: SheetValue) -> bool:
    return isinstance(value, str) and not isinstance(parse_kind(value), Flaw)


def _hidden_findings(workbook: Workbook, sheet: Sheet, header: Header) -> Iterator[Finding]:
    rows = sorted(number for number in sheet.hidden_rows if number > header.row)
    if rows:
        yield file_finding("V-015-rows", sheet=sheet.name, row=rows[0], which=_some(map(str, rows)))
    crossed_out = _crossed_out(sheet, header)
    if crossed_out:
        yield file_finding(
            "V-015-struck", sheet=sheet.name, row=crossed_out[0], which=_some(map(str, crossed_out))
        )
    columns = sorted(sheet.hidden_columns)
    if columns:
        letters = [column_letters(number) for number in columns]
        yield file_finding("V-015-columns", sheet=sheet.name, column=letters[0], which=_some(letters))
    hidden = [
        part
        for part in workbook.package.sheets
        if not part.visible and part.name != sheet.name and workbook.has_values(part)
    ]
    if any(not part.visible and part.name == sheet.name for part in workbook.package.sheets):
        yield file_finding("V-015-own", sheet=sheet.name, which=f"«{quote(sheet.name)}»")
    if hidden:
        yield file_finding(
            "V-015-sheets", sheet=hidden[0].name, which=_some(f"«{part.name}»" for part in hidden)
        )
    merged = _merged_below(sheet, header)
    if merged:
        which = _some(
            f"{column_letters(left)}{first}:{column_letters(right)}{last}"
            for first, left, last, right in merged
        )
        yield file_finding("V-015-merged", sheet=sheet.name, row=merged[0][0], which=which)


def _crossed_out(sheet: Sheet, header: Header) -> list[int]:
    """Return the rows whose name is crossed out: people do that instead of deleting somebody."""
    place = header.columns.get("nombre")
    return sorted(row for row, column in sheet.struck if row > header.row and column == place)


def _formula_findings(sheet: Sheet, header: Header, rows: tuple[RawRow, ...]) -> Iterator[Finding]:
    for field, place in header.columns.items() if sheet.formulas else ():
        first = next((row.number for row in rows if field in row.formulas), None)
        if first is not None:
            yield file_finding(
                "V-016",
                sheet=sheet.name,
                row=first,
                column=column_letters(place),
                field=field,
                column_title=column(field).title,
            )


def _some(things: Iterator[str] | list[str]) -> str:
    """Name the first ten, and say how many more there are."""
    names = list(things)
    return ", ".join(names[:10]) + (f" y {len(names) - 10} más" if len(names) > 10 else "")
