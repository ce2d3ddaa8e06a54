"""Make the workbook in which a PAC lists the VRS and PVR of an ámbito (PLA, ledger 4.3)."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from documents.list_book import FIRST_ROW, Book, Lines, template_book, template_names, write_sheets
from documents.list_columns import columns
from documents.list_values import TemplateValues, legend, month_choices, month_names, words
from documents.workbook_style import BODY, HEADER, LEGEND, SUBTITLE, WINE, WRAPPED
from procedures.lists.rows import MANDATORY_FIELDS, CellValue


def template_bytes(values: TemplateValues) -> bytes:
    """Return the workbook's bytes; the same values give the same bytes."""
    buffer = BytesIO()
    write_template(buffer, values)
    return buffer.getvalue()


def write_template(target: Path | BinaryIO, values: TemplateValues) -> None:
    """Write the workbook to a path or a binary stream, with the people of the last period filled in."""
    book = template_book(target, values)
    rows = {FIRST_ROW + number: _line(number, values) for number in range(len(values.people))}
    write_sheets(book, values, Lines(rows=rows))
    _write_instructions(book, book.sheet("Instructivo", WINE), values)
    book.close()


def _line(number: int, values: TemplateValues) -> dict[str, CellValue]:
    person = values.people[number]
    return {
        "no_progresivo": Decimal(number + 1),
        "ooad": values.ooad,
        "estado": person.estado,
        "municipio": person.municipio,
        "localidad": person.localidad,
        "clave_inegi": person.clave_inegi,
        "nombre": person.nombre,
        "tipo": person.tipo,
        "importe": values.amount(person.tipo, values.months),
        "meses": month_names(values.months),
        "region": values.region,
        "pac": values.unit,
        "unidad_medica": person.unidad_medica or None,
        "situacion": person.situacion or None,
        "obs": person.obs or None,
    }


def _write_instructions(book: Book, sheet: Any, values: TemplateValues) -> None:
    text = words()["instructivo"]
    names = template_names(values)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 74)
    sheet.set_column(2, 2, 16)
    book.title(sheet, text["title"], text["subtitle"].format(**names))
    sheet.write_string(2, 0, text["due"].format(**names), book.style(SUBTITLE, bold=True, font_color=WINE))
    row = book.section(sheet, 4, text["steps_title"], 2)
    for number, step in enumerate(text["steps"], 1):
        row = _paragraph(book, sheet, row, f"{number}.  {step}")
    row = book.section(sheet, row + 1, text["amounts_title"], 2)
    row = _table(book, sheet, row, text["amounts_headers"], _amount_lines(values))
    row = book.section(sheet, row + 1, text["columns_title"], 2)
    lines = [
        (item.title, item.note, text["mandatory"] if item.field in MANDATORY_FIELDS else text["optional"])
        for item in columns()
        if item.field != "curp"
    ]
    row = _table(book, sheet, row, text["columns_headers"], lines)
    for part in ("empty", "after"):
        row = book.section(sheet, row + 1, text[f"{part}_title"], 2)
        for sentence in text[part]:
            row = _paragraph(book, sheet, row, f"•  {sentence}")
    sheet.merge_range(row + 1, 0, row + 1, 2, legend(), book.style(LEGEND))
    sheet.set_row(row + 1, 28)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&8Página &P de &N")


def _paragraph(book: Book, sheet: Any, row: int, text: str) -> int:
    sheet.merge_range(row, 0, row, 2, text, book.style(WRAPPED))
    sheet.set_row(row, 3 + 16 * (1 + len(text) // 118))
    return row + 1


def _table(book: Book, sheet: Any, row: int, headers: list[str], lines: list[tuple[str, str, str]]) -> int:
    for place, header in enumerate(headers):
        sheet.write_string(row, place, header, book.style(HEADER))
    for number, line in enumerate(lines, row + 1):
        sheet.set_row(number, 3 + 15 * (1 + len(line[1]) // 80))
        for place, text in enumerate(line):
            sheet.write_string(number, place, text, book.style(BODY, text_wrap=True, bold=not place))
    return row + 1 + len(lines)


def _amount_lines(values: TemplateValues) -> list[tuple[str, str, str]]:
    return [
        (tipo, month_names(months), f"${amount:,.2f}")
        for tipo in ("VRS", "PVR")
        for months in month_choices(values.months)
        if (amount := values.amount(tipo, months)) is not None
    ]
