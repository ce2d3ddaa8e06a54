"""Make the workbooks in tests/samples/workbooks: lists as PACs send them, saved by four different programs.

Run `python -m tests.samples.make_samples` where LibreOffice (soffice) and Gnumeric (ssconvert) are installed. What was
made is committed, so that the tests need neither.
"""

import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.styles import Font

from documents.list_columns import columns
from documents.list_template import write_template
from documents.raw_lists import raw_list_from_json
from documents.returned_list import ReturnedList, write_returned_list
from documents.row_keys import keys_of
from documents.workbooks import read_list
from procedures.lists.messages import finding
from tests.samples.lists import MARK_KEY, PEOPLE, template_values

FOLDER = Path(__file__).parent / "workbooks"
TITLES = [column.title for column in columns() if column.field != "curp"]

Row = list[Any]


def plain_rows() -> list[Row]:
    """The five people of ledger 4.9 as values in the order of the template's columns."""
    return [
        [
            number,
            "Chiapas",
            person.estado,
            person.municipio,
            person.localidad,
            person.clave_inegi,
            person.nombre,
            person.tipo,
            1000 if person.tipo == "VRS" else 800,
            "enero-febrero",
            "OOAD07-R03",
            "OOAD07-R03-PAC012",
            person.unidad_medica,
            "activo",
            None,
        ]
        for number, person in enumerate(PEOPLE, 1)
    ]


def _book(rows: list[Row], titles: list[str] | None = None) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Listado"
    sheet.append(["0780-PLA-v3 · 2027-B1 · OOAD07-R03-PAC012"])
    sheet.append(titles or TITLES)
    for row in rows:
        sheet.append(row)
    return book


def template(path: Path) -> None:
    """The template as the desk sends it."""
    write_template(path, template_values())


def openpyxl_template(path: Path) -> None:
    """The template, opened and saved by openpyxl: its formulas lose their values."""
    template(path)
    openpyxl.load_workbook(path).save(path)


def lost_zeros(path: Path) -> None:
    """Keys as numbers, as a number with a decimal, and as text with hyphens: the zeros of Chiapas are gone."""
    rows = plain_rows()
    for row, key in zip(rows, (70590001, "70590012.0", "07-078-0004", 7059001, "'070590012"), strict=True):
        row[5] = key
    _book(rows).save(path)


def codes_by_format(path: Path) -> None:
    """Keys as numbers that only their format 000000000 shows with nine digits."""
    rows = plain_rows()
    for row in rows:
        row[5] = int(row[5])
    book = _book(rows)
    for number in range(3, 8):
        book.active.cell(number, 6).number_format = "000000000"
    book.save(path)


def text_numbers(path: Path) -> None:
    """Amounts and numbers typed as texts, with signs and blanks."""
    rows = plain_rows()
    for row, amount in zip(rows, ("$1,000.00", " 800 ", "1,000.00", "800.00", "mil"), strict=True):
        row[0], row[8] = str(row[0]), amount
    _book(rows).save(path)


def moved_columns(path: Path) -> None:
    """Columns moved and renamed, titles merged above, the header in row 7, a column of the sender's own."""
    names = {
        "Nombre completo": "NOMBRE DE LA PERSONA VOLUNTARIA",
        "Clave INEGI": "clave  inegi (9 dígitos)",
        "Importe": "MONTO DEL APOYO",
        "No.": "Núm. progresivo",
        "Región / EMS": "EMS",
        "PAC (ámbito)": "Ámbito de responsabilidad",
        "Unidad Médica": "U.M.",
        "Municipio": "MPIO.",
    }
    names["Unidad Médica"] = "UNIDAD MEDICA"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Hoja1"
    for number, title in enumerate(
        ("IMSS-BIENESTAR", "Listado de personas voluntarias", "Periodo 2027-B1"), 1
    ):
        sheet.cell(number, 1, title).font = Font(bold=True, size=14)
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=16)
    order = [6, 7, 8, 9, 5, 4, 3, 2, 1, 0, 10, 11, 12, 13, 14]
    for place, index in enumerate(order, 2):
        sheet.cell(7, place, names.get(TITLES[index], TITLES[index].upper()))
        for number, row in enumerate(plain_rows(), 8):
            sheet.cell(number, place, row[index])
    sheet.cell(7, 17, "Teléfono")
    sheet.cell(8, 17, "919 000 0000")
    book.save(path)


def hidden(path: Path) -> None:
    """A hidden row, a hidden column and a hidden sheet, all with data."""
    book = _book(plain_rows())
    book.active.row_dimensions[5].hidden = True
    book.active.column_dimensions["N"].hidden = True
    other = book.create_sheet("Viejo")
    other.append(["Bajas de 2026"])
    other.sheet_state = "hidden"
    book.create_sheet("Vacía").sheet_state = "veryHidden"
    book.save(path)


def merged_cells(path: Path) -> None:
    """Localities merged over the people who live there."""
    rows = sorted(plain_rows(), key=lambda row: row[5])
    book = _book(rows)
    for letter in "CDEF":
        book.active.merge_cells(f"{letter}3:{letter}4")
        book.active.merge_cells(f"{letter}5:{letter}6")
    book.save(path)


def formulas_computed(path: Path) -> None:
    """Amounts as formulas with the values that Excel kept."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Listado")
    sheet.write_row(1, 0, TITLES)
    for number, row in enumerate(plain_rows(), 2):
        sheet.write_row(number, 0, row)
        sheet.write_formula(number, 8, f"=2*{row[8] // 2}", None, row[8])
    book.close()


def formulas_not_computed(path: Path) -> None:
    """Amounts and names as formulas that nobody has computed yet."""
    rows = plain_rows()
    for number, row in enumerate(rows, 3):
        row[8] = "=500*2"
        row[0] = f"=ROW()-{number - 1}"
    _book(rows).save(path)


def dates(path: Path) -> None:
    """Months that the sheet took for dates, and a date as remark."""
    rows = plain_rows()
    rows[0][9], rows[1][9], rows[2][14] = date(2027, 1, 1), datetime(2027, 2, 1, 10, 30), date(1904, 2, 29)
    _book(rows).save(path)


def dates_1904(path: Path) -> None:
    """The same dates, counted from 1904."""
    book = xlsxwriter.Workbook(path, {"date_1904": True})
    day = book.add_format({"num_format": "mmm-yy"})
    instant = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet = book.add_worksheet("Listado")
    sheet.write_row(1, 0, TITLES)
    for number, row in enumerate(plain_rows(), 2):
        sheet.write_row(number, 0, row)
    sheet.write_datetime(2, 9, datetime(2027, 1, 1), day)
    sheet.write_datetime(3, 9, datetime(2027, 2, 1, 10, 30), instant)
    sheet.write_datetime(4, 14, datetime(1904, 2, 29), day)
    book.close()


def whole_columns(path: Path) -> None:
    """Whole columns formatted, and formatted rows without end below the data."""
    book = _book(plain_rows())
    for letter in "ABCDEFGHIJKLMNO":
        book.active.column_dimensions[letter].font = Font(name="Arial")
    for number in range(8, 400):
        for place in range(1, 16):
            book.active.cell(number, place).font = Font(name="Arial")
    book.active.row_dimensions[1_048_576].height = 20
    book.save(path)


def empty_declared(path: Path) -> None:
    """The sheet says SIN VOLUNTARIOS."""
    _book([[None] * 6 + ["Sin voluntarios."]]).save(path)


def missing_column(path: Path) -> None:
    """No column Clave INEGI, and two called Importe (AC-14)."""
    rows = plain_rows()
    titles = [title if title != "Clave INEGI" else "Importe" for title in TITLES]
    _book(rows, titles).save(path)


def injection(path: Path) -> None:
    """A name that would be a formula (AC-24), as text."""
    rows = plain_rows()
    for row, name in zip(
        rows, ('=HYPERLINK("http://x.example","ver")', "+52", "-1+1", "@SUM(A1)", "'=1"), strict=True
    ):
        row[6] = name
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    sheet = book.add_worksheet("Listado")
    sheet.write_row(1, 0, TITLES)
    for number, row in enumerate(rows, 2):
        sheet.write_row(number, 0, row)
    book.close()


def table(path: Path) -> None:
    """A table of Excel's, with its own row of totals below, which is nobody."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Listado")
    sheet.write_string(0, 0, "0780-PLA-v3 · 2027-B1 · OOAD07-R03-PAC012")
    rows = plain_rows()
    totals = {"Nombre completo": {"total_string": "Total"}, "Importe": {"total_function": "sum"}}
    sheet.add_table(
        1,
        0,
        2 + len(rows),
        len(TITLES) - 1,
        {
            "data": rows,
            "total_row": True,
            "columns": [{"header": title, **totals.get(title, {})} for title in TITLES],
        },
    )
    book.close()


def accents(path: Path) -> None:
    """Headers and texts as other keyboards write them: accents apart, none at all, hard blanks, capital letters."""
    rows = plain_rows()
    for row in rows:
        row[3] = unicodedata.normalize("NFD", row[3])
        row[6] = unicodedata.normalize("NFD", row[6]).replace(" ", "\u00a0 ")
        row[4], row[12] = row[4].upper(), f" {row[12]} "
    titles = [unicodedata.normalize("NFD", title).upper() for title in TITLES]
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Listado")
    for number, row in enumerate([["0780-PLA-v3 · 2027-B1 · OOAD07-R03-PAC012"], titles, *rows]):
        sheet.write_row(number, 0, row)
    book.close()


def dates_for_keys(path: Path) -> None:
    """Keys and amounts that the sheet took for dates, and a key in scientific form."""
    rows = plain_rows()
    rows[0][5], rows[1][5], rows[2][8] = date(1959, 7, 1), "7.0590012E7", date(1902, 9, 26)
    _book(rows).save(path)


def returned(path: Path) -> None:
    """The workbook that comes back, with its marks, its notes and the rows' own keys."""
    raw = raw_list_from_json(read_list(str(FOLDER / "lost_zeros.xlsx")))
    wrong = finding("V-022", row=6, field="clave_inegi", column="F", digits=7)
    keys = keys_of(raw.rows, MARK_KEY, period="2027-B1", unit="OOAD07-R03-PAC012", version=1)
    write_returned_list(
        path, ReturnedList(raw=raw, findings=(wrong,), values=template_values(version=2), keys=keys)
    )


MADE: dict[str, Callable[[Path], None]] = {
    "template": template,
    "openpyxl_template": openpyxl_template,
    "lost_zeros": lost_zeros,
    "codes_by_format": codes_by_format,
    "text_numbers": text_numbers,
    "moved_columns": moved_columns,
    "hidden": hidden,
    "merged_cells": merged_cells,
    "formulas_computed": formulas_computed,
    "formulas_not_computed": formulas_not_computed,
    "dates": dates,
    "dates_1904": dates_1904,
    "whole_columns": whole_columns,
    "empty_declared": empty_declared,
    "missing_column": missing_column,
    "injection": injection,
    "table": table,
    "accents": accents,
    "dates_for_keys": dates_for_keys,
    "returned": returned,
}
SAVED_AGAIN = tuple(
    name for name in MADE if name not in {"openpyxl_template", "empty_declared", "missing_column"}
)


def _libreoffice(source: Path, kind: str, folder: Path) -> Path:
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation=file://{profile}",
                "--headless",
                "--convert-to",
                kind,
                "--outdir",
                str(folder),
                str(source),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
    return folder / f"{source.stem}.{kind}"


def _gnumeric(source: Path, target: Path) -> None:
    subprocess.run(
        ["ssconvert", "--export-type=Gnumeric_Excel:xlsx", str(source), str(target)],
        check=True,
        capture_output=True,
        timeout=120,
    )


def _others(folder: Path) -> Iterator[Path]:
    """Files of other kinds, some under a false name (AC-09)."""
    source = FOLDER / "template.xlsx"
    old = _libreoffice(source, "xls", folder)
    shutil.copy(old, folder / "xls_renamed.xlsx")
    shutil.copy(_libreoffice(source, "ods", folder), folder / "ods_renamed.xlsx")
    yield from (old, folder / "xls_renamed.xlsx", folder / "ods_renamed.xlsx")


def make_samples() -> None:
    """Make all samples anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in MADE.items():
        make(FOLDER / f"{name}.xlsx")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in SAVED_AGAIN:
            source = FOLDER / f"{name}.xlsx"
            shutil.move(_libreoffice(source, "xlsx", folder), FOLDER / f"{name}.libreoffice.xlsx")
            _gnumeric(source, FOLDER / f"{name}.gnumeric.xlsx")
        for path in _others(folder):
            shutil.move(path, FOLDER / path.name)


if __name__ == "__main__":
    make_samples()
