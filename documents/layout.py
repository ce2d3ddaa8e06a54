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
import yaml

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

_FILE_KEYS = frozenset({"kind", "encoding", "delimiter", "quoting", "header", "line_end"})
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 -- the same rows give the same bytes, whenever they are written


class BadLayout(DocumentError):
    """The layout's declaration cannot be used; `problems` names all reasons."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


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


def builtin_layout(key: str = "generico") -> Layout:
    """Return a layout that comes with the project."""
    return load_layout(builtin_layout_text(key))


def builtin_layout_text(key: str = "generico") -> str:
    """Return the declaration of a layout that comes with the project."""
    return resources.files("documents").joinpath("layouts", f"{key}.yaml").read_text(encoding="utf-8")


def load_layout(text: str) -> Layout:
    """Load a layout's declaration.

    Raises:
        BadLayout: with all problems at once, V-048 (a mandatory column is missing) among them.
    """
    try:
        data = read_yaml(text)
    except yaml.YAMLError as error:
        raise BadLayout([f"not YAML: {error}"]) from error
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("file"), dict)
        or not isinstance(data.get("columns"), list)
    ):
        raise BadLayout(["a layout has the keys key, version, file and columns"])
    file = data["file"]
    problems = [
        *(
            f"unknown key {name}"
            for name in sorted(set(data) - {"key", "version", "cites", "file", "columns"})
        ),
        *(f"file: unknown key {name}" for name in sorted(set(file) - _FILE_KEYS)),
        *(f"file: {name} is mandatory" for name in ("kind", "encoding") if name not in file),
    ]
    layout = Layout(
        key=str(data.get("key", "")),
        version=int(data.get("version", 0)),
        columns=tuple(_columns(data["columns"], file.get("kind"), problems)),
        **{"kind": "csv", "encoding": "utf-8", **{name: file[name] for name in _FILE_KEYS & set(file)}},
    )
    problems.extend(_problems(layout))
    if problems:
        raise BadLayout(problems)
    return layout


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


def _columns(data: list[Any], kind: object, problems: list[str]) -> Iterator[LayoutColumn]:
    known = {item.name for item in fields(LayoutColumn)} | {"transform"}
    for number, item in enumerate(data, 1):
        place = f"columns[{number}]"
        if not isinstance(item, dict) or not {"name", "type", "width"} <= set(item):
            problems.append(f"{place}: name, type and width are mandatory")
            continue
        problems.extend(f"{place}: unknown key {name}" for name in sorted(set(item) - known))
        transform = item.get("transform") or ()
        column = LayoutColumn(
            **{name: value for name, value in item.items() if name in known - {"transform", "transforms"}}
            | {
                "source": item.get("source") or "",
                "transforms": tuple([transform] if isinstance(transform, str) else transform),
            }
        )
        if kind == "fixed" and not column.fill:
            column = replace(column, fill=" ")
        problems.extend(f"{place}: {problem}" for problem in _column_problems(column))
        yield column


def _column_problems(column: LayoutColumn) -> Iterator[str]:
    if column.type not in TYPES:
        yield f"no type {column.type}"
    if column.type != "constant" and column.source not in SOURCES:
        yield f"no source {column.source}"
    if not isinstance(column.width, int) or column.width < 1:
        yield "width is a whole number of characters"
    if len(column.fill) > 1 or column.side not in {"left", "right"}:
        yield "fill is one sign, side is left or right"
    if column.form not in MONTH_FORMS:
        yield f"no form {column.form} of months"
    for transform in column.transforms:
        if transform not in TRANSFORMS:
            yield f"no transform {transform}"


def _problems(layout: Layout) -> Iterator[str]:
    if layout.kind not in KINDS:
        yield f"no kind {layout.kind}"
    try:
        "".encode(layout.encoding)
    except (LookupError, TypeError):
        yield f"no encoding {layout.encoding}"
    if layout.quoting not in QUOTING or layout.line_end not in LINE_ENDS:
        yield "quoting is minimal, all or none; line_end is crlf or lf"
    if not isinstance(layout.delimiter, str) or len(layout.delimiter) != 1:
        yield "delimiter is one sign"
    mapped = [column.source for column in layout.columns]
    for source in SOURCES:
        if source not in mapped:
            yield f"V-048: no column for {source}"
    names = [column.name for column in layout.columns]
    if len(set(names)) < len(names):
        yield "two columns have the same name"


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
        return "V-048", {}
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
