"""Make the workbook that comes back to a PAC: our template, the sender's rows, the wrong cells marked and explained.

Rows keep the sender's order, raw values and, wherever there is room for the header above them, their very row numbers,
so that "Fila 7" means the same in the mail, in the sender's file and here. What was typed stays a text: nothing that
begins with = + - @ comes back as a formula (V-036, AC-24).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from documents.cells import column_letters
from documents.list_book import FIRST_ROW, Book, CellNote, Lines, template_book, write_sheets
from documents.list_values import TemplateValues, legend, values_from_json, values_to_json
from documents.raw_lists import finding_from_json, finding_to_json, raw_list_from_json, raw_list_to_json
from documents.sandbox import JsonValue, Workshop
from documents.workbook_style import BODY, DOUBTFUL, HEADER, LEGEND, WINE, WRONG
from procedures.lists.rows import FIELDS, Finding, RawList, Severity
from procedures.yaml_text import read_yaml

_MOST_LISTED = 2_000
"""Findings on the sheet Errores; whoever has more begins with these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnedList:
    """The rows of a list and what was found in them."""

    raw: RawList
    findings: tuple[Finding, ...]
    """All findings, those of the file among them; those of severity info are left out of the workbook."""
    values: TemplateValues
    """The template of that ámbito, with the mark that the next version will bear."""
    keys: Mapping[int, str] = field(default_factory=dict)
    """Row -> its own key, by which a correction finds it."""
    is_draft: bool = False
    """Whether the list was only tried, and nothing of it was kept."""


def make_returned_list(workshop: Workshop, target: Path, returned: ReturnedList) -> None:
    """Write the workbook in the sandbox.

    Raises:
        JobDied, JobTimedOut, JobFailed: the worker could not.
    """
    workshop.run(
        "documents.returned_list:write_from_json",
        str(target.resolve()),
        {
            "raw": raw_list_to_json(returned.raw),
            "findings": [finding_to_json(finding) for finding in returned.findings],
            "values": values_to_json(returned.values),
            "keys": sorted(returned.keys.items()),
            "is_draft": returned.is_draft,
        },
    )


def write_from_json(path: str, data: dict[str, JsonValue]) -> None:
    """Write the workbook; runs in a worker."""
    returned = ReturnedList(
        raw=raw_list_from_json(data["raw"]),
        findings=tuple(finding_from_json(finding) for finding in data["findings"]),
        values=values_from_json(data["values"]),
        keys=dict(data["keys"]),
        is_draft=data["is_draft"],
    )
    write_returned_list(Path(path), returned)


def write_returned_list(target: Path | BinaryIO, returned: ReturnedList) -> None:
    """Write the workbook to a path or a binary stream."""
    raw = returned.raw
    told = [finding for finding in returned.findings if finding.severity is not Severity.INFO]
    first = raw.rows[0].number if raw.rows else FIRST_ROW
    moved = max(0, FIRST_ROW - first)
    lines = Lines(
        header_row=first + moved - 1,
        rows={row.number + moved: row.values for row in raw.rows},
        notes=_notes(told, raw, moved),
        summary=f"{summary(told)}: {_words()['summary']['where']}." if told else "",
        with_curp="curp" in raw.columns,
        keys={row + moved: key for row, key in returned.keys.items()},
    )
    book = template_book(target, returned.values)
    write_sheets(book, returned.values, lines)
    _write_findings(book, told, returned, lines, moved)
    book.close()


def summary(findings: Sequence[Finding]) -> str:
    """Say in a line how much there is to mend.

    >>> summary([])
    'Sin observaciones'
    """
    words = _words()["summary"]
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    in_rows = [finding for finding in errors if finding.row is not None]
    cells = {(finding.row, finding.field or finding.column) for finding in in_rows}
    parts = []
    if len(errors) > len(in_rows):
        parts.append(_count(words["file"], len(errors) - len(in_rows)))
    if cells:
        rows = _count(words["rows"], len({finding.row for finding in in_rows}))
        parts.append(f"{_count(words['cells'], len(cells))} {rows}")
    warnings = sum(finding.severity is Severity.WARNING for finding in findings)
    if warnings:
        parts.append(_count(words["warnings"], warnings))
    return "; ".join(parts) or str(words["nothing"])


@cache
def _words() -> dict[str, Any]:
    text = resources.files("documents").joinpath("returned_list.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = read_yaml(text)
    return found


def _count(forms: dict[str, str], number: int) -> str:
    return forms["one"] if number == 1 else forms["many"].format(n=number)


def _field(finding: Finding, raw: RawList) -> str:
    """Return the field that a finding is about; a row as a whole is marked at its number."""
    if finding.field in FIELDS:
        return finding.field
    fields = {letters: field for field, letters in raw.columns.items()}
    return fields.get(finding.column, "no_progresivo")


def _notes(findings: Sequence[Finding], raw: RawList, moved: int) -> dict[tuple[int, str], CellNote]:
    known = {row.number for row in raw.rows}
    notes: dict[tuple[int, str], CellNote] = {}
    for finding in findings:
        if finding.row not in known:
            continue
        place = (finding.row + moved, _field(finding, raw))
        text = finding.message
        if finding.mend:
            text += "\n" + _words()["comment"]["mend"].format(mend=finding.mend)
        before = notes.get(place)
        is_error = finding.severity is Severity.ERROR
        notes[place] = CellNote(
            text=f"{before.text}\n\n{text}" if before else text,
            is_error=is_error or bool(before and before.is_error),
        )
    return notes


def _write_findings(
    book: Book, findings: Sequence[Finding], returned: ReturnedList, lines: Lines, moved: int
) -> None:
    raw = returned.raw
    words = _words()["sheet"]
    sheet = book.sheet(words["name"], WINE)
    is_refused = any(finding.severity is Severity.ERROR and finding.row is None for finding in findings)
    what = "refused" if is_refused else "draft" if returned.is_draft else "partial"
    book.title(sheet, words["title"], words[what])
    sheet.write_string(2, 0, legend(), book.style(LEGEND, text_wrap=False))
    for place, (header, width) in enumerate(zip(words["headers"], words["widths"], strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(4, place, header, book.style(HEADER))
    letters = {column.field: column_letters(place) for place, column in enumerate(lines.columns, 1)}
    known = {row.number for row in raw.rows}
    for number, finding in enumerate(_in_order(findings, raw)[:_MOST_LISTED], 5):
        is_error = finding.severity is Severity.ERROR
        style = book.style(BODY, text_wrap=True)
        message = finding.message if is_error else words["warning"].format(message=finding.message)
        where = book.style(BODY, bg_color=WRONG if is_error else DOUBTFUL)
        if finding.row in known:
            cell = f"{letters[_field(finding, raw)]}{finding.row + moved}"
            sheet.write_string(number, 0, "Listado", style)
            sheet.write_url(number, 1, f"internal:'Listado'!{cell}", where, string=cell)
        else:
            sheet.write_string(number, 0, finding.sheet or words["whole_file"], style)
            sheet.write_string(number, 1, f"{finding.column}{finding.row or ''}", where)
        for place, text in enumerate((message, finding.mend, finding.code), 2):
            sheet.write_string(number, place, text, style)
        sheet.set_row(number, 4 + 15 * max(1 + len(message) // 68, 1 + len(finding.mend) // 58))
    sheet.freeze_panes(5, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(4)
    sheet.set_footer("&C&8Página &P de &N")


def _in_order(findings: Sequence[Finding], raw: RawList) -> list[Finding]:
    """Errors first, then by row and column: the order in which somebody mends them."""
    return sorted(
        findings,
        key=lambda finding: (
            finding.severity is not Severity.ERROR,
            finding.row or 0,
            FIELDS.index(_field(finding, raw)),
        ),
    )
