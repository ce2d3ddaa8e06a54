"""What is not where it should be: people in other sheets, names in pieces, signatures below. Never a list by halves."""

import openpyxl
import pytest

from documents.list_columns import column
from documents.workbooks import open_list
from procedures.lists.checks import check_list
from procedures.lists.gathering import gather_missing
from procedures.lists.rows import Severity
from tests.samples.mutations import CONTEXT, NAMES, SHOWN, UNIT, right_cells

TITLES = [column(name).title for name in SHOWN]


def cells(number):
    found = right_cells(number, NAMES[number], number % 3, "VRS" if number % 2 else "PVR")
    return [found[name] for name in SHOWN]


@pytest.fixture
def book():
    """A list of three people, who are all right."""
    made = openpyxl.Workbook()
    made.active.title = "Listado"
    for line in ([f"0780-PLA-v3 · 2027-B1 · {UNIT}"], TITLES, *map(cells, (1, 2, 3))):
        made.active.append(line)
    return made


@pytest.fixture
def checked(book, workshop, tmp_path):
    """What becomes of the list once it is saved."""

    def check():
        path = tmp_path / "lista.xlsx"
        book.save(path)
        return check_list(open_list(workshop, path), CONTEXT)

    return check


def told(result):
    return [item.message for item in result.errors]


@pytest.mark.parametrize("with_header", [True, False], ids=["with a header", "without a header"])
def test_people_in_another_sheet_are_told_and_the_list_is_not_taken_by_halves(book, checked, with_header):
    other = book.create_sheet("Abasolo")
    for line in ([TITLES] if with_header else []) + [cells(4), cells(5)]:
        other.append(line)

    result = checked()

    assert not result.file_accepted
    assert told(result) == [
        "También hay personas en otra hoja del libro, y sólo se lee la hoja «Listado»: «Abasolo» (2 renglones)."
    ]


def test_an_empty_template_with_the_people_beside_it_says_where_they_are(book, checked):
    book["Listado"].delete_rows(3, 3)
    other = book.create_sheet("Hoja1")
    for line in (TITLES, cells(1)):
        other.append(line)

    assert "La hoja «Listado» está vacía, y hay personas en otra: «Hoja1» (1 renglón)." in told(checked())


def test_what_lists_nobody_may_stand_in_other_sheets(book, checked):
    summary = book.create_sheet("Resumen")
    for line in (
        ["Localidad", "Clave INEGI", "VRS", "PVR"],
        ["Abasolo", "070590012", 2, 1],
        ["Total", None, 2, 1],
    ):
        summary.append(line)

    result = checked()

    assert (result.file_accepted, len(result.rows), told(result)) == (True, 3, [])


@pytest.mark.parametrize(
    "parts",
    [
        ["Apellido paterno", "Apellido materno", "Nombre(s)"],
        ["APELLIDOS", "Nombre"],
        ["Nombres", "Primer apellido"],
    ],
    ids=", ".join,
)
def test_a_name_in_pieces_is_nobodys_name(book, checked, parts):
    sheet = book["Listado"]
    place = TITLES.index("Nombre completo") + 1
    sheet.insert_cols(place, len(parts) - 1)
    for offset, title in enumerate(parts):
        sheet.cell(2, place + offset).value = title
        for row in (3, 4, 5):
            sheet.cell(row, place + offset).value = "María José" if "ombre" in title else "López"

    result = checked()

    assert (result.file_accepted, result.rows) == (False, ())
    assert "El nombre viene repartido en varias columnas" in told(result)[0]
    assert "«Nombre completo»" in result.errors[0].mend


@pytest.mark.parametrize(
    "words",
    ["TOTAL", "Total:", "TOTAL 65", "Total de personas: 3", "Suma total", "SUBTOTAL VRS", "Gran total"],
)
@pytest.mark.parametrize("where", ["No.", "Nombre completo", "Tipo (VRS/PVR)"])
def test_a_line_that_sums_up_is_nobody_wherever_it_says_so(book, checked, words, where):
    line = [None] * len(TITLES)
    line[TITLES.index("Importe")] = 2800
    line[TITLES.index(where)] = words
    book["Listado"].append(line)

    result = checked()

    assert (len(result.rows), result.rejected) == (3, ())
    assert [item.row for item in result.findings if item.code == "TOTAL"] == [6]


def test_somebody_whose_remark_speaks_of_a_total_is_somebody(book, checked):
    line = cells(4)
    line[TITLES.index("Clave INEGI")] = None
    line[TITLES.index("Observaciones")] = "Total de dos meses"
    book["Listado"].append(line)

    assert checked().rejected == (6,)


def test_signatures_below_the_list_are_nobody_and_are_told(book, checked):
    sheet = book["Listado"]
    for row, texts in ((8, ("Elaboró", "Vo. Bo.")), (9, ("Rosa Díaz Cruz", "Juan Paz Ruiz"))):
        sheet.cell(row, 4).value, sheet.cell(row, 8).value = texts

    result = checked()

    assert (len(result.rows), result.rejected) == (3, ())
    assert [item.row for item in result.findings if item.code == "NOBODY"] == [8, 9]


def test_a_row_with_a_name_alone_is_an_error_that_is_said_once(book, checked):
    book["Listado"].append([None] * 6 + ["Comunidad de Abasolo"])

    result = checked()
    gathered = gather_missing(result.errors)

    assert result.rejected == (6,)
    assert len(result.errors) == 12
    [one] = gathered
    assert one.message.startswith("Fila 6: faltan 12 datos: No., OOAD, Estado, Municipio,")
    assert "elimínelo" in one.mend


def test_what_else_is_wrong_keeps_its_place_when_the_missing_cells_are_gathered(book, checked):
    sheet = book["Listado"]
    sheet["I3"] = 900
    sheet.append([None] * 6 + ["Ana 2"])
    sheet["G5"] = None

    gathered = gather_missing(checked().errors)

    assert [(item.code, item.row) for item in gathered] == [
        ("V-041", 3),
        ("V-045", 5),
        ("V-045", 6),
        ("V-035", 6),
    ]
    assert {item.severity for item in gathered} == {Severity.ERROR}
