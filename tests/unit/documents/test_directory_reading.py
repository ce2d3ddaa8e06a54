"""The directory workbook into records: what is understood, and what is told about the rest."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from documents.directory.cells import MONTHS, Unreadable, read_cell
from documents.directory.reading import read_directory
from documents.directory.sheets import Column, book
from documents.directory.values import Holding, Pac, Person, Weight
from tests import people

Grid = Sequence[Sequence[Any]]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Mapping[str, Grid]], Path]:
    """Write sheets of plain cells, as somebody would who did not start from the template."""

    def write(sheets: Mapping[str, Grid]) -> Path:
        path = tmp_path / "directorio.xlsx"
        with xlsxwriter.Workbook(
            str(path), {"strings_to_urls": False, "strings_to_formulas": False}
        ) as book_:
            day = book_.add_format({"num_format": "dd/mm/yyyy"})
            for name, rows in sheets.items():
                sheet = book_.add_worksheet(name)
                for row, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        if isinstance(cell, date):
                            sheet.write_datetime(row, column, cell, day)
                        elif cell is not None:
                            sheet.write(row, column, cell)
        return path

    return write


def told(reading) -> list[tuple[str, str]]:
    return [(problem.code, problem.cell) for problem in reading.problems]


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "oficina.xlsx"
    people.write_directory(path)

    reading = read_directory(path)

    assert reading.problems == ()
    assert reading.values == people.office()


def test_headers_are_known_without_accents_case_or_order(workbook):
    path = workbook(
        {
            "pac": [
                ["TIPO", "nombre ", "REGION:", "Codigo *"],
                ["umm", "Damasco", "ooad07-r03", "ooad07 - r03 - pac012"],
            ]
        }
    )

    reading = read_directory(path)

    assert reading.problems == ()
    assert reading.values.pacs == (
        Pac(code="OOAD07-R03-PAC012", region="OOAD07-R03", name="Damasco", kind="UMM"),
    )


def test_an_alias_stands_for_a_column_that_is_not_there(workbook):
    path = workbook(
        {
            "Directorio": [
                ["Matrícula", "Nombre completo", "E-mail"],
                [123, "Ana Ruiz", "Ana.Ruiz@Example.ORG"],
            ]
        }
    )

    assert read_directory(path).values.persons == (
        Person(key="123", full_name="Ana Ruiz", email="ana.ruiz@example.org"),
    )


def test_titles_above_the_header_empty_rows_and_examples_are_passed_over(workbook):
    path = workbook(
        {
            "Requisitos": [
                ["Requisitos para cobrar"],
                [],
                ["Marca", "Orden", "Requisito"],
                ["EJEMPLO", 1, "Ejemplo de requisito"],
                [None, None, "   "],
                [None, 1, "Identificación oficial vigente"],
            ]
        }
    )

    reading = read_directory(path)

    assert reading.problems == ()
    assert [(row.position, row.text) for row in reading.values.requisites] == [
        (1, "Identificación oficial vigente")
    ]


def test_a_column_that_is_not_there_is_told_apart_from_an_empty_cell(workbook):
    path = workbook({"Personas": [["Clave", "Nombre"], ["P1", "Ana Ruiz"]]})

    assert read_directory(path).absent_columns["persons"] == {"cargo", "email"}


def test_a_missing_mandatory_column_stops_its_sheet_only(workbook):
    path = workbook(
        {
            "Personas": [["Clave", "Correo"], ["P1", "ana@example.org"]],
            "Requisitos": [["Orden", "Requisito"], [1, "Identificación"]],
        }
    )

    reading = read_directory(path)

    assert told(reading) == [("header_missing", "A1")]
    assert reading.values.persons == ()
    assert len(reading.values.requisites) == 1


def test_every_problem_is_told_with_its_sheet_its_cell_and_how_to_mend_it(workbook):
    path = workbook(
        {
            "Puestos": [
                ["Rol", "Unidad", "Persona", "Desde", "Hasta", "Calidad"],
                ["PAC", "OOAD07-R03-PAC012", "P1", "31/02/2027", None, "titular"],
                ["JEFE", "PIB", "P2", None, None, None],
                ["CFI", None, "P3", None, None, "interino"],
            ]
        }
    )

    reading = read_directory(path)

    assert told(reading) == [
        ("bad_date", "D2"),
        ("bad_choice", "A3"),
        ("required", "B4"),
        ("bad_choice", "F4"),
    ]
    assert not reading.is_sound
    first = reading.problems[0]
    assert str(first) == (
        "hoja «Puestos», D2: «31/02/2027» no es una fecha. "
        "Escriba la fecha como día/mes/año, por ejemplo 01/01/2027."
    )


def test_a_row_twice_is_told_with_the_first_one(workbook):
    path = workbook(
        {"Personas": [["Clave", "Nombre"], ["P1", "Ana Ruiz"], ["P2", "Eva Sol"], ["p1", "Ana Ruiz Paz"]]}
    )

    reading = read_directory(path)

    assert told(reading) == [("twice", "A4")]
    assert "renglón 2" in reading.problems[0].says


def test_a_strange_sheet_is_a_warning_and_a_twin_an_error(workbook):
    path = workbook(
        {
            "Notas mías": [["algo"]],
            "Requisitos": [["Orden", "Requisito"], [1, "Identificación"]],
            "Requisito": [["Orden", "Requisito"], [1, "Otra"]],
        }
    )

    reading = read_directory(path)

    assert [(problem.code, problem.weight) for problem in reading.problems] == [
        ("unknown_sheet", Weight.WARNING),
        ("twin_sheet", Weight.ERROR),
    ]


def test_a_workbook_without_any_of_the_sheets_says_where_the_template_is(workbook):
    reading = read_directory(workbook({"Hoja1": [["a", "b"]]}))

    assert [problem.code for problem in reading.problems] == ["unknown_sheet", "no_sheet"]
    assert "--template" in reading.problems[-1].mend


@pytest.mark.parametrize(
    "content", [b"", b"not a workbook", b"PK\x03\x04 cut"], ids=["empty", "text", "cut zip"]
)
def test_what_is_no_workbook_is_told_not_raised(tmp_path, content):
    path = tmp_path / "directorio.xlsx"
    path.write_bytes(content)

    assert [problem.code for problem in read_directory(path).problems] == ["unreadable"]


def test_a_cell_far_away_does_no_harm(workbook):
    rows: list[list[Any]] = [["Orden", "Requisito"], [1, "Identificación"]]
    path = workbook({"Requisitos": rows, "Hoja2": [["x"]]})
    with xlsxwriter.Workbook(str(path)) as book_:
        sheet = book_.add_worksheet("Requisitos")
        sheet.write_row(0, 0, rows[0])
        sheet.write_row(1, 0, rows[1])
        sheet.write(1_048_575, 16_383, "lejos")

    assert len(read_directory(path).values.requisites) == 1


def test_months_take_the_year_of_their_period(workbook):
    path = workbook(
        {
            "Historial": [
                ["Periodo", "Nombre", "Tipo", "Clave INEGI", "PAC", "Meses cubiertos"],
                ["2026-B6", "Ana Ruiz Paz", "vrs", "070590068", "OOAD07-R03-PAC012", "nov-dic"],
            ]
        }
    )

    assert read_directory(path).values.history[0].months == ("2026-11", "2026-12")


def test_a_key_that_lost_its_zero_is_mended_with_a_note(workbook):
    path = workbook({"Localidades": [["PAC", "Clave INEGI"], ["OOAD07-R03-PAC012", 70590068]]})

    reading = read_directory(path)

    assert reading.values.localities[0].clave == "070590068"
    assert [(problem.code, problem.weight) for problem in reading.problems] == [
        ("padded_clave", Weight.WARNING)
    ]


def column(kind: str, **more: Any) -> Column:
    return Column(name="x", header="X", kind=kind, note="", width=10, **more)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("bool", "SÍ", True),
        ("bool", "no", False),
        ("bool", True, True),
        ("bool", Decimal(0), False),
        ("date", date(2027, 1, 4), date(2027, 1, 4)),
        ("date", datetime(2027, 1, 4, 0, 0), date(2027, 1, 4)),
        ("date", "04/01/2027", date(2027, 1, 4)),
        ("date", "4-1-2027", date(2027, 1, 4)),
        ("date", "2027-01-04", date(2027, 1, 4)),
        ("date", "4 de enero de 2027", date(2027, 1, 4)),
        ("date", "4-ene-2027", date(2027, 1, 4)),
        ("date", Decimal(46391), date(2027, 1, 4)),
        ("integer", Decimal(1200), 1200),
        ("integer", "1,200", 1200),
        ("money", Decimal("500.5"), Decimal("500.50")),
        ("money", "$1,500.00", Decimal("1500.00")),
        ("decimal", "-92.0958", -92.0958),
        ("decimal", "−92.0958", -92.0958),
        ("clave", "07-059-0001", "070590001"),
        ("clave", "'070590001", "070590001"),
        ("clave", Decimal(70590001), "070590001"),
        ("clave", "70590001.0", "070590001"),
        ("email", " Ana.Ruiz@Example.org ", "ana.ruiz@example.org"),
        ("period", Decimal(2027), "2027"),
        ("period", "2027-b1", "2027-B1"),
        ("months", "2026-11, 2026-12", ("2026-11", "2026-12")),
        ("months", "noviembre y diciembre", ("11", "12")),
        ("months", "ene-feb", ("01", "02")),
        ("text", "  dos   palabras ", "dos palabras"),
        ("code", "ooad07 – r03", "OOAD07-R03"),
    ],
)
def test_a_cell_is_understood_however_it_is_written(kind, cell, value):
    assert read_cell(cell, column(kind)) == value


@given(st.dates(min_value=date(1960, 1, 1), max_value=date(2100, 12, 31)))
def test_every_way_to_write_a_day_is_the_same_day(day):
    month = MONTHS[day.month - 1]
    serial = Decimal((day - date(1899, 12, 30)).days)
    written = [
        f"{day:%d/%m/%Y}",
        f"{day}",
        f"{day.day} de {month} de {day.year}",
        f"{day.day}-{month[:3]}-{day.year}",
        serial,
    ]

    assert {read_cell(cell, column("date")) for cell in written} == {day}


@given(st.integers(1, 32), st.integers(1, 999), st.integers(1, 9999))
def test_a_key_is_the_same_as_text_as_number_or_with_hyphens(entity, municipality, locality):
    clave = f"{entity:02d}{municipality:03d}{locality:04d}"
    written = [
        clave,
        Decimal(clave),
        f"{clave[:2]}-{clave[2:5]}-{clave[5:]}",
        f" '{clave}",
        f"{int(clave)}.0",
    ]

    assert {read_cell(cell, column("clave")) for cell in written} == {clave}


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("bool", "quizá", "bad_bool"),
        ("date", "31/02/2027", "bad_date"),
        ("date", "mañana", "bad_date"),
        ("date", Decimal(3), "bad_date"),
        ("integer", "-1", "bad_integer"),
        ("integer", Decimal("1.5"), "bad_integer"),
        ("money", Decimal(0), "bad_money"),
        ("money", "500.005", "bad_money"),
        ("money", "1.500,00", "bad_money"),
        ("decimal", "16° 54'", "bad_decimal"),
        ("clave", "7059001", "bad_clave"),
        ("clave", "0705900011", "bad_clave"),
        ("clave", "330590001", "bad_clave"),
        ("clave", "070000001", "bad_clave"),
        ("clave", "070590000", "bad_clave"),
        ("email", "josé@example.org", "bad_email"),
        ("email", "ana ruiz@example.org", "bad_email"),
        ("email", "ana@localhost", "bad_email"),
        ("email", "ana..ruiz@example.org", "bad_email"),
        ("email", "a@example.org, b@example.org", "bad_email"),
        ("period", "2027-B7", "bad_period"),
        ("months", "enero-abril", "bad_months"),
        ("months", "primavera", "bad_months"),
        ("text", "#REF!", "error_cell"),
        ("text", "#N/A", "error_cell"),
    ],
)
def test_a_cell_that_cannot_be_what_it_should_is_told(kind, cell, code):
    with pytest.raises(Unreadable) as wrong:
        read_cell(cell, column(kind))

    assert wrong.value.code == code


def test_a_text_longer_than_the_books_take_is_told():
    with pytest.raises(Unreadable) as wrong:
        read_cell("x" * 11, column("text", limit=10))

    assert wrong.value.facts["length"] == 11


def test_a_holding_without_quality_is_that_of_a_titular(workbook):
    path = workbook({"Puestos": [["Rol", "Unidad", "Persona"], ["cpeepb", "PIB", "P1"]]})

    assert read_directory(path).values.holdings == (
        Holding(role="CPEEyPB", unit="PIB", person="P1", kind="titular"),
    )


def test_no_header_or_alias_of_a_sheet_names_two_of_its_columns():
    sheets = book().sheets
    assert sheets
    for sheet in sheets:
        headers = [column.header for column in sheet.columns]
        assert len(set(headers)) == len(headers), sheet.title
        aliases = [alias for column in sheet.columns for alias in column.aliases]
        assert len(set(aliases)) == len(aliases), sheet.title
