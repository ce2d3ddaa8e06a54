"""Read the cells of a sheet's XML one by one: exact, sparse, and aware of formulas and hidden rows.

This is the careful reader. It costs three times what the quick one does (`documents.sheets`), and is used where the
quick one would lose something: formulas, hidden rows, merged cells, codes that only look like 070590001, errors, or a
lonely cell far away, for which the quick one would fill the whole rectangle.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache

from lxml import etree

from documents.package import NotAccepted, Package, SheetPart, local_name, parse_part

SheetValue = str | Decimal | bool | date | time | timedelta
"""What a cell that is not empty holds; a date may be a datetime."""

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_BUILTIN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NOT_A_DATE_PART = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_EXACT_BELOW = 1e15
_LAST_SERIAL = 2_958_466
"""31 December 9999 and a day: no date lies behind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What a sheet holds. Rows and columns count from 1; cells without a value are not there."""

    name: str
    visible: bool = True
    rows: Mapping[int, Mapping[int, SheetValue]] = field(default_factory=dict)
    formulas: frozenset[tuple[int, int]] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    """Hidden rows that hold something."""
    hidden_columns: frozenset[int] = frozenset()
    """Hidden columns that hold something."""
    struck: frozenset[tuple[int, int]] = frozenset()
    """Cells, by row and column, that hold something crossed out."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column."""

    @property
    def last_row(self) -> int:
        """Return the last row that holds something, or 0."""
        return max(self.rows, default=0)

    @property
    def last_column(self) -> int:
        """Return the last column that holds something, or 0."""
        return max((column for cells in self.rows.values() for column in cells), default=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Formats:
    """What the number formats of a workbook make of a number, by the cell's style."""

    dates: frozenset[str] = frozenset()
    durations: frozenset[str] = frozenset()
    struck: frozenset[str] = frozenset()
    """Styles whose font is crossed out."""
    widths: Mapping[str, int] = field(default_factory=dict)
    """Styles such as 000000000, which show a number as a code of so many digits."""


def column_number(letters: str) -> int:
    """Return the number of a column.

    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column.

    >>> column_letters(1), column_letters(16384)
    ('A', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def exact_number(value: float) -> Decimal:
    """Return a number as people see it: 15 digits, as the sheet's own programme shows, without a float's noise.

    >>> exact_number(0.1 + 0.2), exact_number(70590001.0)
    (Decimal('0.3'), Decimal('70590001'))
    """
    if abs(value) < _EXACT_BELOW and value.is_integer():
        return Decimal(int(value))
    return Decimal(f"{value:.15g}")


def read_formats(package: Package) -> Formats:
    """Read which styles show dates, durations or codes."""
    data = package.parts.get(package.styles)
    if not data:
        return Formats()
    root = parse_part(data)
    codes = {
        element.get("numFmtId") or "": element.get("formatCode") or "" for element in root.iter("{*}numFmt")
    }
    dates, durations, widths = set(), set(), {}
    fonts = next(root.iter("{*}fonts"), None)
    crossed_out = {
        str(index) for index, font in enumerate(fonts if fonts is not None else ()) if _is_crossed_out(font)
    }
    struck = set()
    styles = next(root.iter("{*}cellXfs"), None)
    for index, style in enumerate(styles if styles is not None else ()):
        if style.get("fontId") in crossed_out:
            struck.add(str(index))
        identity = style.get("numFmtId") or "0"
        code = codes.get(identity, "")
        if re.fullmatch("0{2,}", code):
            widths[str(index)] = len(code)
        elif code:
            bare = _NOT_A_DATE_PART.sub("", code).split(";")[0].lower()
            if re.search(r"\[(h+|m+|s+)\]", bare):
                durations.add(str(index))
            elif re.search("[dmyhs]", bare) and "general" not in bare:
                dates.add(str(index))
        elif identity == "46":
            durations.add(str(index))
        elif identity.isdigit() and int(identity) in _BUILTIN_DATES:
            dates.add(str(index))
    return Formats(
        dates=frozenset(dates),
        durations=frozenset(durations),
        struck=frozenset(struck),
        widths=widths,
    )


def _is_crossed_out(font: etree._Element) -> bool:
    mark = next(font.iter("{*}strike"), None)
    return mark is not None and mark.get("val", "1") in {"1", "true"}


def read_shared_strings(package: Package) -> tuple[str, ...]:
    """Read the texts that the cells point to."""
    data = package.parts.get(package.shared_strings)
    if not data:
        return ()
    return tuple(_rich_text(element) for element in _elements(data, "si"))


def read_cells(
    package: Package,
    part: SheetPart,
    formats: Formats,
    strings: tuple[str, ...],
    *,
    most_cells: int = 5_000_000,
) -> Sheet:
    """Read a sheet cell by cell.

    Raises:
        NotAccepted: V-006 the XML is broken, V-005 there are more cells than `most_cells`.
    """
    reader = _CellReader(formats=formats, strings=strings, date1904=package.date1904)
    rows: dict[int, dict[int, SheetValue]] = {}
    formulas: set[tuple[int, int]] = set()
    struck: set[tuple[int, int]] = set()
    hidden_rows: set[int] = set()
    hidden_spans: list[tuple[int, int]] = []
    merged: list[tuple[int, int, int, int]] = []
    row_number = 0
    count = 0
    for element in _elements(package.parts[part.part], "row", "col", "mergeCell"):
        name = local_name(element)
        is_hidden = element.get("hidden") in {"1", "true"}
        if name == "col":
            if is_hidden:
                hidden_spans.append((_whole(element.get("min"), 0), _whole(element.get("max"), 0)))
            continue
        if name == "mergeCell":
            merged.extend(_range(element.get("ref") or ""))
            continue
        row_number = _whole(element.get("r"), row_number + 1)
        cells: dict[int, SheetValue] = {}
        column = 0
        for cell in element:
            column = _column(cell.get("r"), column + 1)
            value, is_formula = reader.read(cell)
            if is_formula:
                formulas.add((row_number, column))
            if value is not None and value != "":
                cells[column] = value
                if formats.struck and cell.get("s") in formats.struck:
                    struck.add((row_number, column))
        count += len(cells)
        if count > most_cells:
            raise NotAccepted("V-005", f"more than {most_cells} cells")
        if cells:
            rows.setdefault(row_number, {}).update(cells)
            if is_hidden:
                hidden_rows.add(row_number)
    used = {column for cells in rows.values() for column in cells}
    return Sheet(
        name=part.name,
        visible=part.visible,
        rows=rows if list(rows) == sorted(rows) else dict(sorted(rows.items())),
        formulas=frozenset(formulas),
        hidden_rows=frozenset(hidden_rows),
        hidden_columns=frozenset(_within(used, hidden_spans)),
        struck=frozenset(struck),
        merged=tuple(merged),
    )


def _elements(data: bytes, *names: str) -> Iterator[etree._Element]:
    """Yield the elements of those names, forgetting each before the next."""
    try:
        for _, element in etree.iterparse(
            io.BytesIO(data),
            tag=[f"{{*}}{name}" for name in names],
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ):
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAccepted("V-006", f"XML: {error}") from error


def _within(columns: Iterable[int], spans: list[tuple[int, int]]) -> Iterator[int]:
    """Yield the columns that lie within any span, in one sweep however many spans a file has."""
    ordered = sorted(spans)
    place, reach = 0, 0
    for column in sorted(columns):
        while place < len(ordered) and ordered[place][0] <= column:
            reach = max(reach, ordered[place][1])
            place += 1
        if column <= reach:
            yield column


def _range(reference: str) -> Iterator[tuple[int, int, int, int]]:
    ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
    if len(ends) == 2 and ends[0] and ends[1]:
        yield int(ends[0][2]), column_number(ends[0][1]), int(ends[1][2]), column_number(ends[1][1])


class _CellReader:
    """Turns the elements of cells into values."""

    def __init__(self, *, formats: Formats, strings: tuple[str, ...], date1904: bool) -> None:
        self._formats = formats
        self._strings = strings
        self._date1904 = date1904

    def read(self, cell: etree._Element) -> tuple[SheetValue | None, bool]:
        """Return the value of a cell, and whether a formula computes it."""
        text: str | None = None
        inline: str | None = None
        is_formula = False
        for child in cell:
            # Not local_name(): this line runs a million times.
            tag = child.tag
            if tag.endswith("}v"):
                text = child.text
            elif tag.endswith("}f"):
                is_formula = True
            elif tag.endswith("}is"):
                inline = _rich_text(child)
        kind = cell.get("t")
        if kind == "inlineStr":
            return inline, is_formula
        if text is None:
            return None, is_formula
        if kind == "s":
            index = _whole(text, -1)
            return (self._strings[index] if 0 <= index < len(self._strings) else None), is_formula
        if kind is None or kind == "n":
            return self._number(text, cell.get("s") or "0"), is_formula
        if kind == "b":
            return text.strip() in {"1", "true"}, is_formula
        if kind == "d":
            return _iso_date(text), is_formula
        return _unescape(text), is_formula

    def _number(self, text: str, style: str) -> SheetValue:
        try:
            number = float(text)
            exact = exact_number(number)
        except (ValueError, OverflowError):
            return text
        if not exact.is_finite():
            return text
        if style in self._formats.dates and 0 <= number < _LAST_SERIAL:
            return _date(number, date1904=self._date1904)
        if style in self._formats.durations and abs(number) < _LAST_SERIAL:
            return timedelta(seconds=round(number * 86_400))
        width = self._formats.widths.get(style)
        if width and number >= 0 and number.is_integer():
            return str(int(number)).zfill(width)
        return exact


def _date(number: float, *, date1904: bool) -> date | time:
    """Return the day (and hour) of a serial number; below one day there is only an hour."""
    since = timedelta(seconds=round(number * 86_400))
    if date1904:
        epoch = datetime(1904, 1, 1)  # noqa: DTZ001 -- a sheet's dates have no zone
    else:
        # 1900 never had the 29 February that the format counts.
        epoch = datetime(1899, 12, 30 if number >= 60 else 31)  # noqa: DTZ001
        if since.days == 0:
            return (epoch + since).time()
    try:
        instant = epoch + since
    except OverflowError:
        return date.max
    return instant if instant.time() != time() else instant.date()


def _iso_date(text: str) -> SheetValue:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return instant if instant.time() != time() else instant.date()


def _rich_text(element: etree._Element) -> str:
    """Return the text of a string and of its runs, but not of its phonetic guide."""
    pieces = []
    for child in element:
        if child.tag.endswith("}t"):
            pieces.append(_text(child))
        elif child.tag.endswith("}r"):
            pieces.extend(_text(piece) for piece in child if piece.tag.endswith("}t"))
    return _unescape("".join(pieces))


def _text(element: etree._Element) -> str:
    """Return the text; as in Excel, blanks at its ends count only where the file says so."""
    text = element.text or ""
    return text if element.get(_SPACE) == "preserve" else text.strip()


def _unescape(text: str) -> str:
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    # No database takes the sign NUL, and half a surrogate pair is no sign.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF or not code else chr(code)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else otherwise


def _column(reference: str | None, otherwise: int) -> int:
    letters = (reference or "").rstrip("0123456789")
    return _column_of(letters) if letters else otherwise


@cache
def _column_of(letters: str) -> int:
    return column_number(letters) if letters.isascii() and letters.isupper() and len(letters) <= 3 else 0
