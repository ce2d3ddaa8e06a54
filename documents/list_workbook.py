"""Write a consolidated list for people: LVR, LVO, LVN and LD as a workbook to read, to print and to rubricate.

It bears the legend, the totals, the record digest of 5.2.4 and, on every printed page, the short form of that digest
and "Página x de y". The last column says from which PAC and row a line came.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Any, BinaryIO

from documents.cells import SheetValue, column_letters
from documents.layout import LayoutLine
from documents.list_book import Book
from documents.list_columns import column
from documents.list_values import day_in_words, legend, month_names
from documents.package import TABLE_LIMITS, open_package
from documents.sandbox import JsonValue, Workshop
from documents.sheets import Workbook
from documents.workbook_style import (
    AS_TEXT,
    BODY,
    GOLD,
    GREEN,
    GREY,
    HEADER,
    LEGEND,
    MONEY,
    SUBTITLE,
    WINE,
    Style,
)
from procedures.lists.rows import ListRow
from procedures.yaml_text import read_yaml

_SHORT_DIGEST = 10
_TABLE_ROW = 6
"""Row of the header, from 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsolidatedList:
    """A list above the PACs, as it is shown to people."""

    level: str
    """LVP, LVR, LVO, LVN or LD."""
    period: str
    months: tuple[str, ...]
    unit_name: str
    version: int
    digest: str
    """Record digest in hexadecimal."""
    made_on: date
    rows: tuple[ListRow, ...]
    """In their order; `number` is the row in the PAC's sheet."""
    references: tuple[str, ...] = ()
    """LD only: the opaque reference of each row."""
    unit_names: Mapping[str, str] = field(default_factory=dict)
    """Names of the units of the totals, by code; a code without a name stands for itself."""
    signatures: tuple[str, ...] = ()
    """Posts that rubricate the print, such as "EMS · OOAD07-R03"."""
    copy: str = ""
    """Whose copy it is (R-5.1.3b); empty in the workbook that letters bring."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitTotal:
    """What one unit of a list adds up to."""

    unit: str
    vrs: int
    vrs_amount: Decimal
    pvr: int
    pvr_amount: Decimal


def make_list_workbook(workshop: Workshop, target: Path, consolidated: ConsolidatedList) -> None:
    """Write the workbook in the sandbox, where its memory is given back.

    Raises:
        JobDied, JobTimedOut, JobFailed: the worker could not.
    """
    data = {
        **{
            name: getattr(consolidated, name)
            for name in ("level", "period", "months", "unit_name", "version")
        },
        "digest": consolidated.digest,
        "made_on": consolidated.made_on.isoformat(),
        "rows": [{**asdict(row), "importe": str(row.importe)} for row in consolidated.rows],
        "references": consolidated.references,
        "unit_names": dict(consolidated.unit_names),
        "signatures": consolidated.signatures,
        "copy": consolidated.copy,
    }
    workshop.run("documents.list_workbook:write_from_json", str(target.resolve()), data)


def write_from_json(path: str, data: dict[str, JsonValue]) -> None:
    """Write the workbook; runs in a worker."""
    rows = tuple(
        ListRow(**{**row, "importe": Decimal(row["importe"]), "meses": tuple(row["meses"])})
        for row in data["rows"]
    )
    consolidated = ConsolidatedList(
        **{
            **data,
            "months": tuple(data["months"]),
            "made_on": date.fromisoformat(data["made_on"]),
            "rows": rows,
            "references": tuple(data["references"]),
            "signatures": tuple(data["signatures"]),
        }
    )
    write_list_workbook(Path(path), consolidated)


def write_list_workbook(target: Path | BinaryIO, consolidated: ConsolidatedList) -> None:
    """Write the workbook to a path or a binary stream."""
    words = _words()
    title = words["titles"][consolidated.level]
    book = Book(target, title=title, subject=consolidated.period, made_on=consolidated.made_on)
    sheet = book.sheet(words["sheets"]["list"], GREEN)
    totals = tuple(unit_totals(consolidated))
    _write_head(book, sheet, consolidated, totals)
    last = _write_rows(book, sheet, consolidated)
    _write_signatures(book, sheet, last + 2, consolidated.signatures)
    _set_up_page(sheet, consolidated, repeated=_TABLE_ROW)
    _write_totals(book, book.sheet(words["sheets"]["totals"], GOLD), consolidated, totals)
    book.close()


def read_list_workbook(path: Path, months: Sequence[str]) -> tuple[LayoutLine, ...]:
    """Read back a listado definitivo as people got it, in a worker: its lines, whatever was done to its looks.

    Raises:
        ValueError: it is no such workbook, or holds a value that no list of ours has.
        NotAccepted: it is no workbook at all.
    """
    package = open_package(path, TABLE_LIMITS, file_name="listado.xlsx")
    book = Workbook(package)
    reference = _words()["headers"]["reference"]
    for part in package.sheets[:4]:
        sheet = book.read(part)
        for number, cells in sheet.rows.items():
            places = {str(value): place for place, value in cells.items()}
            if reference in places and column("clave_inegi").title in places:
                below = (row for at, row in sheet.rows.items() if at > number)
                return tuple(_lines_of(below, places, reference, _months_by_words(months)))
    message = f"no sheet has the columns {reference} and {column('clave_inegi').title}"
    raise ValueError(message)


def _lines_of(
    rows: Iterable[Mapping[int, SheetValue]],
    places: Mapping[str, int],
    reference: str,
    months: Mapping[str, tuple[str, ...]],
) -> Iterator[LayoutLine]:
    fields = ("ooad", "estado", "municipio", "localidad", "clave_inegi", "nombre", "tipo")
    for cells in rows:
        named = cells.get(places[reference])
        if named in (None, ""):
            # Below the lines stand the signatures.
            continue
        yield LayoutLine(
            reference=str(named),
            importe=Decimal(str(cells[places[column("importe").title]])),
            meses=months[str(cells.get(places[column("meses").title], ""))],
            **{name: str(cells.get(places[column(name).title], "")) for name in fields},
        )


def _months_by_words(months: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the months that each wording of a list can mean within a period."""
    found = {}
    for count in range(1, len(months) + 1):
        for chosen in combinations(months, count):
            found[month_names(chosen)] = chosen
    return found


def unit_totals(consolidated: ConsolidatedList) -> Iterator[UnitTotal]:
    """Yield the totals of each unit of the tier below, in the order of their codes."""
    found: dict[str, dict[str, list[Decimal]]] = {}
    for row in consolidated.rows:
        found.setdefault(_unit(row, consolidated.level), {"VRS": [], "PVR": []})[row.tipo].append(row.importe)
    for unit, amounts in sorted(found.items()):
        yield UnitTotal(
            unit=unit,
            vrs=len(amounts["VRS"]),
            vrs_amount=sum(amounts["VRS"], Decimal(0)),
            pvr=len(amounts["PVR"]),
            pvr_amount=sum(amounts["PVR"], Decimal(0)),
        )


def title_of(level: str) -> str:
    """Return the official name of a level's list."""
    title: str = _words()["titles"][level]
    return title


@cache
def _words() -> dict[str, Any]:
    text = resources.files("documents").joinpath("list_workbook.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = read_yaml(text)
    return found


def _unit(row: ListRow, level: str) -> str:
    """Return the unit of the tier below that a row belongs to; codes are hierarchical."""
    if level in {"LVP", "LVR"}:
        return row.pac
    return row.pac.rpartition("-")[0] if level == "LVO" else row.ooad


def _write_head(book: Book, sheet: Any, consolidated: ConsolidatedList, totals: Iterable[UnitTotal]) -> None:
    words = _words()
    subtitle = words["subtitle"].format(
        unit_name=consolidated.unit_name,
        period=consolidated.period,
        months=month_names(consolidated.months),
        version=consolidated.version,
        made_on=day_in_words(consolidated.made_on),
    )
    book.title(sheet, words["titles"][consolidated.level], subtitle)
    everything = _sum(totals)
    counts = words["counts"].format(
        lines=len(consolidated.rows),
        vrs=everything.vrs,
        pvr=everything.pvr,
        total=everything.vrs_amount + everything.pvr_amount,
    )
    sheet.write_string(2, 0, counts, book.style(SUBTITLE, bold=True, font_color=GREEN))
    sheet.write_string(
        3, 0, words["digest"].format(digest=consolidated.digest), book.style(SUBTITLE, font_size=9)
    )
    sheet.write_string(4, 0, legend(), book.style(LEGEND, text_wrap=False))
    if consolidated.copy:
        sheet.write_string(5, 0, consolidated.copy, book.style(SUBTITLE, bold=True, font_color=WINE))


def _columns(consolidated: ConsolidatedList) -> list[tuple[str, int, Style]]:
    """Return title, width and style of each column."""
    headers = _words()["headers"]
    text: Style = {"num_format": AS_TEXT}
    centred: Style = {"align": "center", "indent": 0}
    shown = [(headers["number"], 7, centred)]
    if consolidated.references:
        shown.append((headers["reference"], 18, text))
    own: dict[str, Style] = {
        "clave_inegi": text,
        "tipo": centred,
        "importe": {"num_format": MONEY, "indent": 0},
    }
    for name in (
        "ooad",
        "estado",
        "municipio",
        "localidad",
        "clave_inegi",
        "nombre",
        "tipo",
        "importe",
        "meses",
        "unidad_medica",
    ):
        found = column(name)
        shown.append((found.title, found.width, own.get(name, {})))
    shown.append((headers["source"], 22, {**text, "font_color": GREY}))
    shown.append((headers["source_row"], 9, {**centred, "font_color": GREY}))
    return shown


def _write_rows(book: Book, sheet: Any, consolidated: ConsolidatedList) -> int:
    """Write header and rows; return the last row, from 0."""
    shown = _columns(consolidated)
    sheet.set_row(_TABLE_ROW, 34)
    styles = []
    for place, (title, width, style) in enumerate(shown):
        sheet.set_column(place, place, width)
        sheet.write_string(_TABLE_ROW, place, title, book.style(HEADER))
        styles.append(book.style(BODY, **style))
    months = {row.meses: month_names(row.meses) for row in consolidated.rows}
    for index, row in enumerate(consolidated.rows):
        reference = (consolidated.references[index],) if consolidated.references else ()
        values: tuple[str | int | Decimal, ...] = (
            index + 1,
            *reference,
            row.ooad,
            row.estado,
            row.municipio,
            row.localidad,
            row.clave_inegi,
            row.nombre,
            row.tipo,
            row.importe,
            months[row.meses],
            row.unidad_medica,
            row.pac,
            row.number,
        )
        for place, (value, style) in enumerate(zip(values, styles, strict=True)):
            if isinstance(value, str):
                sheet.write_string(_TABLE_ROW + 1 + index, place, value, style)
            else:
                sheet.write_number(_TABLE_ROW + 1 + index, place, value, style)
    last = _TABLE_ROW + len(consolidated.rows)
    sheet.autofilter(_TABLE_ROW, 0, max(last, _TABLE_ROW + 1), len(shown) - 1)
    sheet.freeze_panes(_TABLE_ROW + 1, 0)
    return last


def _write_signatures(book: Book, sheet: Any, row: int, signatures: tuple[str, ...]) -> None:
    """Leave room for the rubrics that the print is for (A11 to A21)."""
    if not signatures:
        return
    words = _words()["signatures"]
    row = book.section(sheet, row, words["title"], 8)
    for signature in signatures:
        sheet.set_row(row + 1, 34)
        for place in range(3, 6):
            sheet.write_blank(row + 1, place, None, book.style(SUBTITLE, bottom=1))
        sheet.write_string(row + 2, 3, f"{signature} · {words['line']}", book.style(SUBTITLE))
        row += 3


def _set_up_page(sheet: Any, consolidated: ConsolidatedList, *, repeated: int) -> None:
    sheet.set_landscape()
    sheet.set_paper(5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(repeated)
    sheet.set_footer(
        _words()["footer"].format(
            legend=legend(),
            level=consolidated.level,
            period=consolidated.period,
            version=consolidated.version,
            short=consolidated.digest[:_SHORT_DIGEST],
        )
    )


def _write_totals(
    book: Book, sheet: Any, consolidated: ConsolidatedList, totals: tuple[UnitTotal, ...]
) -> None:
    words = _words()["totals"]
    book.title(sheet, words["title"], _words()["titles"][consolidated.level])
    sheet.write_string(2, 0, legend(), book.style(LEGEND, text_wrap=False))
    headers = [words["by"][consolidated.level], *words["headers"]]
    for place, header in enumerate(headers):
        sheet.set_column(place, place, 16 if place else 44)
        sheet.write_string(4, place, header, book.style(HEADER))
    everything = _sum(totals)
    for number, total in enumerate((*totals, everything), 5):
        strong = total is everything
        name = consolidated.unit_names.get(total.unit, "")
        label = words["all"] if strong else f"{total.unit} · {name}" if name else total.unit
        sheet.write_string(number, 0, label, book.style(BODY, bold=strong))
        count = total.vrs + total.pvr
        amount = total.vrs_amount + total.pvr_amount
        for place, value in enumerate(
            (total.vrs, total.vrs_amount, total.pvr, total.pvr_amount, count, amount), 1
        ):
            shape = MONEY if isinstance(value, Decimal) else "#,##0"
            sheet.write_number(
                number, place, value, book.style(BODY, num_format=shape, bold=strong, indent=0)
            )
    sheet.print_area(f"A1:{column_letters(len(headers))}{6 + len(totals)}")
    _set_up_page(sheet, consolidated, repeated=4)


def _sum(totals: Iterable[UnitTotal]) -> UnitTotal:
    found = tuple(totals)
    return UnitTotal(
        unit="",
        vrs=sum(total.vrs for total in found),
        vrs_amount=sum((total.vrs_amount for total in found), Decimal(0)),
        pvr=sum(total.pvr for total in found),
        pvr_amount=sum((total.pvr_amount for total in found), Decimal(0)),
    )
