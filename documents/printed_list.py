"""Print a list as PDF, to be rubricated on paper: header and codes on every page, totals, signatures together.

Every page bears, twice, a code that names the list, its version, its record digest and "page x of y", so that the scan
that comes back can be checked page by page (documents/scans.py). The text of a list reaches typst as JSON, never as
markup, and the template can read nothing but that.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

from documents.list_values import day_in_words, legend, month_names
from documents.list_workbook import title_of
from documents.page_codes import PageCode
from documents.sandbox import JsonValue, Workshop
from procedures.lists.digest import short_digest
from procedures.lists.rows import ListRow
from procedures.yaml_text import read_yaml

_COLUMNS = {
    "number": 4,
    "reference": 12,
    "estado": 8,
    "municipio": 11,
    "localidad": 14,
    "clave_inegi": 7,
    "nombre": 24,
    "tipo": 4,
    "importe": 7,
    "meses": 9,
    "unidad_medica": 13,
}
"""Columns and their shares of the page's width."""
_RIGHT = frozenset({"number", "importe"})
_CENTRED = frozenset({"clave_inegi", "tipo"})
_LINES_PER_PART = 800
"""Lines set at once; typst needs some 130 kB of memory for each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """Somebody who rubricates a print."""

    post: str
    """Short, for the box on each page: "SAC"."""
    cargo: str
    name: str = ""
    absence: str = ""
    """"Por ausencia de …, oficio …" of a suplente."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedList:
    """A list as it is printed. What a print says of people is what stood in the books when it was made."""

    office: str
    level: str
    """LVP, LVR, LVO, LVN or LD."""
    unit: str
    """Code of the unit, which the pages' codes bear: OOAD07-R03; of a national list the OOAD of this file."""
    unit_name: str
    period: str
    months: tuple[str, ...]
    version: int
    digest: str
    """Record digest of the whole list, in hexadecimal."""
    made_on: date
    rows: tuple[ListRow, ...]
    """Kept together by unit, as the consolidation orders them."""
    references: tuple[str, ...] = ()
    """LD only."""
    unit_names: Mapping[str, str] = field(default_factory=dict)
    signers: tuple[Signer, ...] = ()
    notes: tuple[str, ...] = ()
    copy: str = ""
    """Whose copy it is, on every page (R-5.1.3b); empty on the print that is rubricated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Print:
    """A print that was made."""

    content: bytes
    pages: int


# typst, pdfium and zxing are loaded by the workers only: they are the heaviest libraries of all.


def make_print(workshop: Workshop, printed: PrintedList) -> Print:
    """Print a list in the sandbox, where its memory is given back.

    It is set twice: only the first setting tells how many pages there are, and each
    page's code names that number. A long list is set in parts, each by a worker that has
    room for it, so that any list can be printed in the same memory.

    Raises:
        JobDied, JobTimedOut, JobFailed: the worker could not.
    """
    parts = list(_parts(printed))
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        paths = [str(Path(folder) / f"{number}.pdf") for number in range(len(parts))]
        jobs = list(zip(paths, parts, strict=True))
        counts = [workshop.run("documents.printed_list:set_part", path, part) for path, part in jobs]
        pages = sum(counts)
        first = 1
        for (path, part), count in zip(jobs, counts, strict=True):
            codes = [str(_code(printed, page, pages)) for page in range(first, first + count)]
            paged = {**part, "first_page": first, "pages": pages, "codes": codes}
            workshop.run("documents.printed_list:set_part", path, paged)
            first += count
        whole = paths[0]
        if len(paths) > 1:
            whole = str(Path(folder) / "listado.pdf")
            workshop.run("documents.printed_list:join_parts", whole, paths)
        return Print(content=Path(whole).read_bytes(), pages=pages)


def set_part(path: str, data: dict[str, JsonValue]) -> int:
    """Set a part of a list, write it to a file, and return its number of pages; runs in a worker."""
    import pypdfium2
    import typst

    codes = [_drawn(code) for code in data["codes"]]
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        template = Path(folder) / "list.typ"
        template.write_bytes(_template())
        content = typst.compile(
            template,
            # The folder holds nothing else: there is nothing that a template could read.
            root=template.parent,
            format="pdf",
            # Fonts of the machine would make the same list break its lines differently elsewhere.
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps({**data, "codes": codes}, ensure_ascii=False)},
            # Tags make a file five times as large; who cannot read paper is given the workbook.
            pdf_tags=False,
        )
    Path(path).write_bytes(content)
    document = pypdfium2.PdfDocument(content)
    pages = len(document)
    document.close()
    return pages


def join_parts(target: str, paths: list[str]) -> None:
    """Put parts together into one file; runs in a worker."""
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for path in paths:
        with pypdfium2.PdfDocument(path) as part:
            whole.import_pages(part)
    whole.save(target)
    whole.close()


def _code(printed: PrintedList, page: int, pages: int) -> PageCode:
    return PageCode(
        period=printed.period,
        level=printed.level,
        unit=printed.unit,
        version=printed.version,
        digest=short_digest(printed.digest),
        page=page,
        pages=pages,
    )


def _drawn(code: str) -> str:
    import zxingcpp

    # A quarter of the code may be lost to a stamp, a fold or a scanner's dust.
    barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    # The paper around it is the quiet zone: what is drawn may be all code, and larger.
    drawn: str = barcode.to_svg(add_quiet_zones=False)
    return drawn


@cache
def _template() -> bytes:
    return resources.files("documents").joinpath("printed_list.typ").read_bytes()


@cache
def _words() -> dict[str, Any]:
    text = resources.files("documents").joinpath("printed_list.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = read_yaml(text)
    return found


def copy_line(name: str, day: date, reason: str) -> str:
    """Return what every page of somebody's copy says."""
    text: str = _words()["copy"].format(name=name, day=day_in_words(day), reason=reason)
    return text


def _parts(printed: PrintedList) -> Iterator[dict[str, JsonValue]]:
    """Yield what the template writes, all of it text; a long list in parts, each with its share of the lines."""
    words = _words()
    names = {
        "level": printed.level,
        "unit": printed.unit_name,
        "period": printed.period,
        "months": month_names(printed.months),
        "version": str(printed.version),
        "short": short_digest(printed.digest),
        "made_on": day_in_words(printed.made_on),
        **_sums(printed.rows),
    }
    columns = [
        name
        for name in _COLUMNS
        if (name != "reference" or printed.references) and (name != "unidad_medica" or printed.level != "LD")
    ]
    groups = list(_groups(printed, columns))
    whole = {
        "words": {name: words[name] for name in ("digest", "page", "of", "rubric", "sign_here")},
        "title": title_of(printed.level),
        "name": f"{printed.level} {printed.period} {printed.unit} v{printed.version}",
        "office": printed.office,
        "running_title": words["running_title"].format(**names),
        "running_facts": words["running_facts"].format(**names),
        "unit": printed.unit_name,
        "facts": words["facts"].format(**names),
        "digest": printed.digest,
        "legend": legend(),
        "confidential": words["confidential"],
        "copy": printed.copy,
        "notes": list(printed.notes),
        "columns": [
            {
                "title": words["columns"][name],
                "share": _COLUMNS[name],
                "right": name in _RIGHT,
                "centred": name in _CENTRED,
            }
            for name in columns
        ],
        "totals": [
            [words["totals"][printed.level], *words["totals_headers"]],
            *(total for _title, _rows, total in groups),
            [words["all"], names["vrs"], names["pvr"], names["rows"], names["amount"]],
        ],
        "total": words["total"].format(**names),
        "declaration": words["declaration"].format(**names),
        "signers": [asdict(signer) for signer in printed.signers],
        "codes": [],
        "first_page": 1,
        "pages": 0,
    }
    shares = list(_shares([(title, rows) for title, rows, _total in groups]))
    for number, share in enumerate(shares):
        yield {
            **whole,
            "groups": [{"title": title, "rows": rows} for title, rows in share],
            "begins": number == 0,
            "ends": number == len(shares) - 1,
        }


def _shares(groups: list[tuple[str, list[list[str]]]]) -> Iterator[list[tuple[str, list[list[str]]]]]:
    """Yield the lines in shares of a size that a worker can set; a list without lines is one share."""
    share: list[tuple[str, list[list[str]]]] = []
    room = _LINES_PER_PART
    for title, rows in groups:
        rest = rows
        while rest:
            taken, rest = rest[:room], rest[room:]
            share.append((title, taken))
            room -= len(taken)
            if not room:
                yield share
                share, room = [], _LINES_PER_PART
    if share or not groups:
        yield share


def _groups(printed: PrintedList, columns: list[str]) -> Iterator[tuple[str, list[list[str]], list[str]]]:
    """Yield title, rows and totals of each unit of the tier below."""
    numbered = list(enumerate(printed.rows))
    months = {row.meses: month_names(row.meses) for row in printed.rows}
    for unit, members in groupby(numbered, key=lambda item: _unit(item[1], printed.level)):
        lines = list(members)
        name = f"{unit.rpartition('-')[2]} {printed.unit_names.get(unit, '')}".strip()
        sums = _sums(tuple(row for _number, row in lines))
        title = _words()["group"].format(name=name, **sums)
        rows = [
            [_cell(row, column, number, printed.references, months[row.meses]) for column in columns]
            for number, row in lines
        ]
        yield title, rows, [name, sums["vrs"], sums["pvr"], sums["rows"], sums["amount"]]


def _unit(row: ListRow, level: str) -> str:
    return row.pac if level in {"LVP", "LVR"} else row.pac.rpartition("-")[0]


def _cell(row: ListRow, column: str, number: int, references: tuple[str, ...], months: str) -> str:
    match column:
        case "number":
            return str(number + 1)
        case "reference":
            return references[number]
        case "importe":
            return f"{row.importe:,.2f}"
        case "meses":
            return months
    return str(getattr(row, column))


def _sums(rows: tuple[ListRow, ...]) -> dict[str, str]:
    vrs = sum(row.tipo == "VRS" for row in rows)
    amount = sum((row.importe for row in rows), Decimal(0))
    return {
        "rows": f"{len(rows):,}",
        "vrs": f"{vrs:,}",
        "pvr": f"{len(rows) - vrs:,}",
        "amount": f"{amount:,.2f}",
    }
