"""Write the file for the Prestador de Servicios from a declared layout, and read it back (act. 27 and 28; 5.2.4).

A layout is data: which columns, in which order, how wide, in which encoding. A row that does not fit is left out and
named with its reason (V-048, V-049): LVN less those rows is the LD. Reading the file back gives the values from which
the record digest is computed again, so that two files of different form can be held to be the same list.
"""

import csv
import io
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import xlsxwriter

from documents.errors import DocumentError
from documents.package import TABLE_LIMITS, open_package
from documents.sheets import Workbook
from procedures.lists.rows import ListRow
from procedures.yaml_text import read_yaml

KINDS = ("csv", "fixed", "xlsx")
TYPES = ("text", "digits", "money", "months", "constant")
TRANSFORMS = ("upper", "ascii", "collapse")
MONTH_FORMS = ("YYYY-MM", "YYYYMM")
LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "none": csv.QUOTE_NONE}

_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 -- the same rows give the same bytes, whenever they are written


class BadLayoutFile(DocumentError):
    """A file does not follow the layout that it is read with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutLine:
    """A row of the LD as it goes to the PS."""

    reference: str
    ooad: str
    estado: str
    municipio: str
    localidad: str
    clave_inegi: str
    nombre: str
    tipo: str
    importe: Decimal
    meses: tuple[str, ...]


SOURCES = tuple(item.name for item in fields(LayoutLine))
"""What a column may be filled from; all of them are mandatory: act. 28, the type of 5.2.9 and the reference."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutColumn:
    """One column of the file."""

    name: str
    source: str
    type: str
    width: int
    transforms: tuple[str, ...] = ()
    constant: str = ""
    decimals: int = 2
    point: bool = True
    """False writes 1000.00 as 100000."""
    separator: str = ","
    """Between months."""
    form: str = "YYYY-MM"
    """Of a month."""
    fill: str = ""
    """What the column is filled up with to its width, if it is."""
    side: str = "right"
    """On which side of the value it is filled up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A layout of the PS."""

    key: str
    version: int
    kind: str
    encoding: str
    columns: tuple[LayoutColumn, ...]
    delimiter: str = ","
    quoting: str = "minimal"
    header: bool = True
    line_end: str = "crlf"

    @property
    def extension(self) -> str:
        """Return the ending of the file's name."""
        return {"csv": ".csv", "fixed": ".txt", "xlsx": ".xlsx"}[self.kind]

    def as_workbook(self) -> "Layout":
        """Return the same columns as an .xlsx."""
        return replace(self, kind="xlsx", header=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutRefusal:
    """A row that does not fit, and why."""

    position: int
    """Position among the lines, from 1."""
    reference: str
    code: str
    column: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LayoutFile:
    """The file, and what is not in it."""

    content: bytes
    written: tuple[LayoutLine, ...]
    refused: tuple[LayoutRefusal, ...]


def layout_line(row: ListRow, reference: str) -> LayoutLine:
    """Return a row of the LD with its reference."""
    return LayoutLine(
        reference=reference,
        ooad=row.ooad,
        estado=row.estado,
        municipio=row.municipio,
        localidad=row.localidad,
        clave_inegi=row.clave_inegi,
        nombre=row.nombre,
        tipo=row.tipo,
        importe=row.importe,
        meses=row.meses,
    )


def write_layout(lines: Sequence[LayoutLine], layout: Layout) -> LayoutFile:
    """Write the lines that fit; name those that do not."""
    written: list[LayoutLine] = []
    cells: list[list[str]] = []
    refused: list[LayoutRefusal] = []
    for position, line in enumerate(lines, 1):
        texts, reasons = _texts(line, layout)
        if reasons:
            refused.extend(
                LayoutRefusal(
                    position=position, reference=line.reference, code=code, column=column, reason=reason
                )
                for code, column, reason in reasons
            )
        else:
            written.append(line)
            cells.append(texts)
    writer = {"csv": _write_delimited, "fixed": _write_fixed, "xlsx": _write_workbook}[layout.kind]
    return LayoutFile(content=writer(cells, layout), written=tuple(written), refused=tuple(refused))


def shown_cells(lines: Sequence[LayoutLine], layout: Layout) -> list[list[str]]:
    """Return what stands in the cells of lines that fit, under their header."""
    return [[column.name for column in layout.columns], *(_texts(line, layout)[0] for line in lines)]


def check_written(file: LayoutFile, layout: Layout) -> None:
    """Read a file back before it is kept, and hold it to be the very lines that were to be written (5.2.4).

    Raises:
        BadLayoutFile: it says something else; nothing may leave then.
    """
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        path = Path(folder) / f"ld{layout.extension}"
        path.write_bytes(file.content)
        found = read_layout_rows(path, layout)
    if found != tuple(kept_by(line, layout) for line in file.written):
        message = f"the file of layout {layout.key} does not read back as the lines that it was written from"
        raise BadLayoutFile(message)


def kept_by(line: LayoutLine, layout: Layout) -> LayoutLine:
    """Return a line as a layout keeps it: what reading its file back gives, capitals and all.

    Raises:
        BadLayoutFile: the line does not fit the layout.
    """
    texts, reasons = _texts(line, layout)
    if reasons:
        raise BadLayoutFile("; ".join(reason for _code, _column, reason in reasons))
    return _line(texts, layout)


def read_layout_rows(path: Path, layout: Layout) -> tuple[LayoutLine, ...]:
    """Read back a file of that layout. One that came from outside belongs into the sandbox.

    Raises:
        BadLayoutFile: the file does not follow the layout.
        NotAccepted: an .xlsx that is none.
    """
    reader = {"csv": _read_delimited, "fixed": _read_fixed, "xlsx": _read_workbook}[layout.kind]
    try:
        return tuple(_line(cells, layout) for cells in reader(path, layout))
    except (UnicodeDecodeError, csv.Error, InvalidOperation, ValueError) as error:
        raise BadLayoutFile(f"{path.name}: {error}") from error


def _texts(line: LayoutLine, layout: Layout) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Return the text of each column, and (code, column, reason) of what does not fit."""
    texts, reasons = [], []
    for column in layout.columns:
        text = _text(line, column)
        found = _misfit(text, line, column, layout)
        if found:
            key, words = found
            reason = _reasons()[key].format(reference=line.reference, column=column.name, **words)
            reasons.append((key[:5], column.name, reason))
        texts.append(_filled(text, column) if layout.kind != "xlsx" else text)
    return texts, reasons


def _text(line: LayoutLine, column: LayoutColumn) -> str:
    if column.type == "constant":
        return column.constant
    value = getattr(line, column.source)
    if column.type == "money":
        amount = f"{value:.{column.decimals}f}"
        return amount if column.point else amount.replace(".", "")
    if column.type == "months":
        return column.separator.join(
            month if column.form == "YYYY-MM" else month.replace("-", "") for month in value
        )
    text = str(value)
    for transform in column.transforms:
        text = _transformed(text, transform)
    return text


def _transformed(text: str, transform: str) -> str:
    if transform == "upper":
        return text.upper()
    if transform == "collapse":
        return " ".join(text.split())
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _misfit(
    text: str, line: LayoutLine, column: LayoutColumn, layout: Layout
) -> tuple[str, dict[str, Any]] | None:
    """Return the key of the reason why a text cannot stand in its column, and its words."""
    if not text.strip():
        # A constant may be blank: what the PS keeps for later is filled with nothing.
        return None if column.type == "constant" else ("V-048", {})
    if len(text) > column.width:
        return "V-049-width", {"length": len(text), "width": column.width}
    if column.type == "digits" and not (text.isascii() and text.isdigit()):
        return "V-049-digits", {}
    if column.type == "money" and line.importe != round(line.importe, column.decimals):
        return "V-049-cents", {"decimals": column.decimals}
    if any(unicodedata.category(sign) == "Cc" for sign in text) or (
        layout.kind == "csv" and layout.quoting == "none" and (layout.delimiter in text or '"' in text)
    ):
        return "V-049-sign", {}
    if layout.kind != "xlsx":
        try:
            text.encode(layout.encoding)
        except UnicodeEncodeError as error:
            return "V-049-charset", {"sign": text[error.start], "encoding": layout.encoding}
    return None


def _filled(text: str, column: LayoutColumn) -> str:
    if not column.fill:
        return text
    return (
        text.rjust(column.width, column.fill)
        if column.side == "left"
        else text.ljust(column.width, column.fill)
    )


def _write_delimited(cells: list[list[str]], layout: Layout) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        delimiter=layout.delimiter,
        quoting=QUOTING[layout.quoting],  # type: ignore[arg-type]
        lineterminator=LINE_ENDS[layout.line_end],
    )
    if layout.header:
        writer.writerow([column.name for column in layout.columns])
    writer.writerows(cells)
    return buffer.getvalue().encode(layout.encoding)


def _write_fixed(cells: list[list[str]], layout: Layout) -> bytes:
    end = LINE_ENDS[layout.line_end]
    lines = ["".join(texts) + end for texts in cells]
    if layout.header:
        lines.insert(
            0, "".join(column.name[: column.width].ljust(column.width) for column in layout.columns) + end
        )
    return "".join(lines).encode(layout.encoding)


def _write_workbook(cells: list[list[str]], layout: Layout) -> bytes:
    buffer = io.BytesIO()
    workbook: Any = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    workbook.set_properties({"created": _MADE})
    sheet = workbook.add_worksheet(layout.key[:31] or "layout")
    text, money = workbook.add_format({"num_format": "@"}), workbook.add_format({"num_format": "0.00"})
    head = workbook.add_format({"bold": True})
    for place, column in enumerate(layout.columns):
        sheet.set_column(place, place, min(40, max(len(column.name) + 2, column.width)))
        sheet.write_string(0, place, column.name, head)
    for number, texts in enumerate(cells, 1):
        for place, (column, value) in enumerate(zip(layout.columns, texts, strict=True)):
            if column.type == "money" and column.point:
                sheet.write_number(number, place, Decimal(value), money)
            else:
                sheet.write_string(number, place, value, text)
    sheet.freeze_panes(1, 0)
    workbook.close()
    return buffer.getvalue()


def _read_delimited(path: Path, layout: Layout) -> Iterator[list[str]]:
    text = path.read_bytes().decode(layout.encoding)
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=layout.delimiter,
        quoting=QUOTING[layout.quoting],  # type: ignore[arg-type]
        strict=True,
    )
    if layout.header:
        _check_header(next(rows, []), layout)
    yield from rows


def _read_fixed(path: Path, layout: Layout) -> Iterator[list[str]]:
    text = path.read_bytes().decode(layout.encoding)
    for number, line in enumerate(
        text.removesuffix(LINE_ENDS[layout.line_end]).split(LINE_ENDS[layout.line_end])
    ):
        if layout.header and not number:
            continue
        cells, start = [], 0
        for column in layout.columns:
            cells.append(line[start : start + column.width])
            start += column.width
        if len(line) != start:
            message = f"line {number + 1} has {len(line)} signs, not {start}"
            raise ValueError(message)
        yield cells


def _read_workbook(path: Path, layout: Layout) -> Iterator[list[str]]:
    package = open_package(path, TABLE_LIMITS, file_name="layout.xlsx")
    sheet = Workbook(package).read(package.sheets[0])
    rows = (
        [str(cells.get(place, "")) for place in range(1, max(sheet.last_column, len(layout.columns)) + 1)]
        for cells in sheet.rows.values()
    )
    _check_header(next(rows, []), layout)
    yield from rows


def _check_header(header: list[str], layout: Layout) -> None:
    if header != [column.name for column in layout.columns]:
        message = "the header is not that of the layout"
        raise ValueError(message)


def _line(cells: list[str], layout: Layout) -> LayoutLine:
    if len(cells) != len(layout.columns):
        message = f"a row has {len(cells)} columns, not {len(layout.columns)}"
        raise ValueError(message)
    values: dict[str, Any] = {}
    for text, column in zip(cells, layout.columns, strict=True):
        if column.type != "constant":
            values[column.source] = _value(_bare(text, column), column)
    return LayoutLine(**values)


def _bare(text: str, column: LayoutColumn) -> str:
    """Take the filling off again. A key or an amount may begin or end with the sign that fills it, so that it stays."""
    if not column.fill or column.fill.isalnum():
        return text
    return text.lstrip(column.fill) if column.side == "left" else text.rstrip(column.fill)


def _value(text: str, column: LayoutColumn) -> str | Decimal | tuple[str, ...]:
    if column.type == "money":
        amount = Decimal(text)
        return amount if column.point else amount.scaleb(-column.decimals)
    if column.type == "months":
        months = (
            text.split(column.separator)
            if column.separator
            else [text[at : at + 6] for at in range(0, len(text), 6)]
        )
        return tuple(month if "-" in month else f"{month[:4]}-{month[4:]}" for month in months)
    return text


@cache
def _reasons() -> Mapping[str, str]:
    text = resources.files("documents").joinpath("layout_reasons.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = read_yaml(text)
    return found
