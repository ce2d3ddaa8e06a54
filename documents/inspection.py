"""Tell what the desk would make of a workbook or a CFDI, changing nothing (`oficialia inspect`).

Whatever the file is, the answer is a JSON object: `look_at_sheet` and `look_at_cfdi` run the readers in the sandbox and
put even the death of a worker into words.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from documents.cells import Sheet, SheetValue
from documents.cfdi import read_cfdi
from documents.errors import DocumentError
from documents.file_findings import file_finding
from documents.list_columns import plain
from documents.package import LIST_LIMITS, TABLE_LIMITS, NotAccepted, Package, open_package
from documents.sandbox import JobDied, JobFailed, JobTimedOut, JsonValue, Workshop
from documents.sheets import Workbook
from documents.workbooks import read_workbook
from procedures.lists.rows import RawList, Severity

_MOST_TEXTS = 10_000
_LONG_NUMBER = 21
"""From so many digits on, a number is shown with an exponent."""

_NO_SHEET: dict[str, JsonValue] = {
    "outcome": "refused",
    "error": None,
    "sheets": [],
    "rows": 0,
    "texts": [],
    "problems": [],
}
_NO_CFDI: dict[str, JsonValue] = {
    "outcome": "refused",
    "error": None,
    **dict.fromkeys(
        (
            "version",
            "uuid",
            "emisor_rfc",
            "receptor_rfc",
            "folio",
            "serie",
            "fecha",
            "tipo",
            "moneda",
            "subtotal",
            "total",
        )
    ),
    "conceptos": [],
}


def look_at_sheet(workshop: Workshop, path: Path) -> dict[str, JsonValue]:
    """Inspect a workbook in the sandbox; never raises for what the file is."""
    return _look(workshop, "documents.inspection:inspect_sheet", path, _NO_SHEET)


def look_at_cfdi(workshop: Workshop, path: Path) -> dict[str, JsonValue]:
    """Inspect a CFDI in the sandbox; never raises for what the file is."""
    return _look(workshop, "documents.inspection:inspect_cfdi", path, _NO_CFDI)


def inspect_sheet(path: str) -> dict[str, JsonValue]:
    """Return what a workbook is (list, table or refused) and what it holds; runs in a worker."""
    return _inspect(path, _NO_SHEET, _sheet)


def inspect_cfdi(path: str) -> dict[str, JsonValue]:
    """Return what a CFDI says; runs in a worker."""
    return _inspect(path, _NO_CFDI, _cfdi)


def _look(
    workshop: Workshop, function: str, path: Path, nothing: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    began = time.perf_counter()
    answer: dict[str, JsonValue]
    try:
        answer = workshop.run(function, str(path.absolute()))
    except (JobDied, JobTimedOut):
        answer = {**nothing, "error": file_finding("V-005").message}
    except JobFailed as error:
        answer = {
            **nothing,
            "error": file_finding("V-005" if error.kind == "MemoryError" else "V-006").message,
        }
    return {"file": str(path), **answer, "seconds": round(time.perf_counter() - began, 4)}


def _inspect(
    path: str, nothing: dict[str, JsonValue], read: Callable[[Path], dict[str, JsonValue]]
) -> dict[str, JsonValue]:
    began = time.perf_counter()
    try:
        answer = {**nothing, **read(Path(path))}
    except NotAccepted as error:
        answer = {**nothing, "error": file_finding(error.code).message}
    except DocumentError as error:
        answer = {**nothing, "error": str(error)}
    except OSError:
        answer = {**nothing, "error": file_finding("unreadable").message}
    return {"file": path, **answer, "seconds": round(time.perf_counter() - began, 4)}


def _sheet(path: Path) -> dict[str, JsonValue]:
    package = open_package(path, TABLE_LIMITS)
    workbook = Workbook(package)
    sheets = [workbook.read(part) for part in package.sheets]
    found: dict[str, JsonValue] = {
        "outcome": "table",
        "sheets": [
            {"name": sheet.name, "rows": sheet.last_row, "columns": sheet.last_column} for sheet in sheets
        ],
        "rows": sum(len(sheet.rows) for sheet in sheets),
        "texts": _texts(sheets),
        "problems": [],
    }
    raw = _as_list(workbook)
    if raw is None:
        return {**found, "problems": [_problem("V-005", name) for name in package.foreign[:20]]}
    errors = [finding for finding in raw.findings if finding.severity is Severity.ERROR]
    error = errors[0].message if errors else None
    if _exceeds_a_list(package, raw):
        error = file_finding("V-005").message
    return {
        **found,
        "outcome": "refused" if error else "list",
        "error": error,
        "rows": len(raw.rows),
        "problems": [f"{finding.code}: {finding.message}" for finding in raw.findings],
    }


def _as_list(workbook: Workbook) -> RawList | None:
    """Return the list that a workbook holds: one that bears our mark, or one with all our columns."""
    try:
        raw = read_workbook(workbook)
    except NotAccepted:
        return RawList(findings=(file_finding("V-005"),))
    has_all_columns = not any(
        finding.code == "V-010" and finding.severity is Severity.ERROR for finding in raw.findings
    )
    names = {plain(part.name) for part in workbook.package.sheets}
    return raw if has_all_columns or (raw.template and "listado" in names) else None


def _exceeds_a_list(package: Package, raw: RawList) -> bool:
    megabyte = 1024 * 1024
    return (
        bool(package.foreign)
        or package.file_bytes > LIST_LIMITS.file_mb * megabyte
        or package.unzipped_bytes > LIST_LIMITS.unzipped_mb * megabyte
        or package.unzipped_bytes > LIST_LIMITS.ratio * package.file_bytes
        or len(raw.rows) > LIST_LIMITS.rows
    )


def _problem(code: str, detail: str) -> str:
    return f"{code}: {file_finding(code).message} ({detail})"


def _texts(sheets: list[Sheet]) -> list[str]:
    """Return the texts of the first cells, sheet by sheet, row by row."""
    texts: list[str] = []
    for value in _values(sheets):
        if len(texts) == _MOST_TEXTS:
            break
        texts.append(as_seen(value))
    return texts


def _values(sheets: list[Sheet]) -> Iterator[SheetValue]:
    for sheet in sheets:
        for cells in sheet.rows.values():
            for column in sorted(cells):
                yield cells[column]


def as_seen(value: SheetValue) -> str:
    """Return a value as people see it, dates as ISO 8601.

    >>> as_seen(Decimal("1000")), as_seen(Decimal("0.5")), as_seen(datetime(2027, 1, 31, 9)), as_seen(True)
    ('1000', '0.5', '2027-01-31 09:00:00', 'TRUE')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Decimal):
        return f"{value:f}" if value.adjusted() < _LONG_NUMBER else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return value if isinstance(value, str) else value.isoformat()


def _cfdi(path: Path) -> dict[str, Any]:
    return {"outcome": "cfdi", **read_cfdi(path)}
