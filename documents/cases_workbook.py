"""The workbook of payout cases that a SAC sends to the CACyPCS: casos.xlsx (M-28). By mail only: it names people."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from documents.list_book import Book
from documents.list_values import day_in_words, legend
from documents.sandbox import JsonValue, Workshop
from documents.workbook_style import AS_TEXT, BODY, GREEN, HEADER, LEGEND

_COLUMNS = (
    ("folio", "Folio", 18),
    ("ooad", "OOAD", 18),
    ("region", "Región", 22),
    ("pac", "PAC", 22),
    ("reference", "Referencia", 18),
    ("name", "Nombre", 34),
    ("locality", "Localidad", 26),
    ("kind", "Tipo", 8),
    ("reason", "Motivo", 40),
    ("detail", "Detalle", 60),
    ("office", "Oficina", 30),
    ("detected_on", "Se detectó el", 14),
)
_TABLE_ROW = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLine:
    """A payout case as a line of the workbook."""

    folio: str
    ooad: str
    region: str
    pac: str
    reference: str
    name: str
    locality: str
    kind: str
    reason: str
    detail: str
    office: str
    detected_on: str


def make_cases_workbook(
    workshop: Workshop, target: Path, lines: Sequence[CaseLine], *, title: str, made_on: date
) -> None:
    """Write the workbook in the sandbox, where its memory is given back.

    Raises:
        JobDied, JobTimedOut, JobFailed: the worker could not.
    """
    data = {"lines": [asdict(line) for line in lines], "title": title, "made_on": made_on.isoformat()}
    workshop.run("documents.cases_workbook:write_from_json", str(target.resolve()), data)


def write_from_json(path: str, data: dict[str, JsonValue]) -> None:
    """Write the workbook; runs in a worker."""
    made_on = date.fromisoformat(data["made_on"])
    book = Book(Path(path), title=data["title"], subject="casos con problemas para cobrar", made_on=made_on)
    sheet = book.sheet("Casos", GREEN)
    book.title(sheet, data["title"], f"{len(data['lines'])} casos, {day_in_words(made_on)}")
    sheet.write_string(2, 0, legend(), book.style(LEGEND, text_wrap=False))
    text = book.style(BODY, num_format=AS_TEXT, text_wrap=True)
    for place, (_name, title, width) in enumerate(_COLUMNS):
        sheet.set_column(place, place, width)
        sheet.write_string(_TABLE_ROW, place, title, book.style(HEADER))
    for number, line in enumerate(data["lines"], _TABLE_ROW + 1):
        for place, (name, _title, _width) in enumerate(_COLUMNS):
            sheet.write_string(number, place, str(line[name]), text)
    last = _TABLE_ROW + max(len(data["lines"]), 1)
    sheet.autofilter(_TABLE_ROW, 0, last, len(_COLUMNS) - 1)
    sheet.freeze_panes(_TABLE_ROW + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.close()
