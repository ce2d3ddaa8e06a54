"""The template that a PAC receives: readable by the desk, and nothing in it that the desk would object to."""

import zipfile
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from documents.list_columns import columns
from documents.list_mark import check_mark, make_mark
from documents.list_template import template_bytes, write_template
from documents.list_values import legend, month_names, values_from_json, values_to_json
from documents.raw_lists import raw_list_from_json
from documents.workbooks import read_list
from procedures.lists.messages import title_of
from procedures.lists.months import parse_months
from tests.samples.lists import LOCALITIES, MARK_KEY, MONTHS, PEOPLE, template_values

LEGEND = (
    "Este programa es público, ajeno a cualquier partido político. "
    "Queda prohibido el uso para fines distintos a los establecidos en el programa"
)


@pytest.fixture
def book():
    return openpyxl.load_workbook(BytesIO(template_bytes(template_values())))


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "lista.xlsx"
    write_template(path, template_values())
    return raw_list_from_json(read_list(str(path)))


def test_the_same_values_give_the_same_bytes():
    assert template_bytes(template_values()) == template_bytes(template_values())


def test_the_desk_finds_nothing_wrong_with_its_own_template(raw):
    assert raw.findings == ()
    assert len(raw.rows) == len(PEOPLE)


def test_the_people_of_the_last_period_are_filled_in_with_amounts_as_values(book):
    sheet = book["Listado"]

    assert [sheet.cell(row, 7).value for row in range(3, 8)] == [person.nombre for person in PEOPLE]
    assert [sheet.cell(row, 9).value for row in range(3, 8)] == [1000, 800, 1000, 800, 1000]
    assert {sheet.cell(row, 9).data_type for row in range(3, 8)} == {"n"}
    assert {sheet.cell(row, 10).value for row in range(3, 8)} == {"enero-febrero"}


def test_nothing_is_hidden_and_no_data_cell_is_merged_or_a_formula(book):
    assert [sheet.sheet_state for sheet in book] == ["visible"] * 4
    assert book.sheetnames == ["Listado", "Control", "Listas", "Instructivo"]
    sheet = book["Listado"]
    assert sheet.merged_cells.ranges == set()
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_keys_are_texts_down_to_the_last_row_of_the_sheet(book):
    sheet = book["Listado"]

    assert sheet["F3"].number_format == "@"
    assert sheet["F50"].number_format == "@"
    assert sheet.column_dimensions["F"].number_format == "@"


def test_each_column_offers_what_it_accepts(book):
    sheet = book["Listado"]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}

    assert rules["H3"].formula1 == '"VRS,PVR"'
    assert rules["E3"].formula1 == "Listas!$A$5:$A$7"
    assert rules["F3"].formula1 == "Listas!$B$5:$B$7"
    assert rules["J3"].formula1 == "Listas!$F$5:$F$7"
    assert rules["N3"].formula1 == '"activo,alta,baja"'
    offered = [book["Listas"].cell(row, 2).value for row in range(5, 8)]
    assert offered == [place.clave for place in LOCALITIES]


@pytest.mark.parametrize("months", [MONTHS, ("2027-01", "2027-02", "2027-03"), ("2027-12",)])
def test_the_months_that_the_template_offers_are_understood(months):
    assert parse_months(month_names(months), months) == months


def test_every_sheet_for_people_bears_the_legend(book):
    assert legend() == LEGEND
    for name in ("Control", "Instructivo"):
        texts = {cell.value for row in book[name].iter_rows() for cell in row}
        assert LEGEND in texts, name
    assert LEGEND in book["Listado"].oddFooter.left.text
    assert all(
        len(footer.text or "") < 255
        for footer in (book["Listado"].oddFooter.left, book["Listado"].oddFooter.right)
    )


def test_the_mark_tells_period_ambito_and_version(raw):
    assert (raw.template, raw.period, raw.unit, raw.version) == (
        "0780-PLA-v3",
        "2027-B1",
        "OOAD07-R03-PAC012",
        1,
    )
    assert check_mark(raw, MARK_KEY)
    assert not check_mark(raw, "ff" * 16)


@pytest.mark.parametrize("change", [{"period": "2027-B2"}, {"unit": "OOAD07-R03-PAC015"}, {"version": 2}])
def test_a_mark_that_somebody_changed_is_no_mark(change, tmp_path):
    path = tmp_path / "lista.xlsx"
    old = template_values().mark
    write_template(path, template_values(**change, mark=old))

    raw = raw_list_from_json(read_list(str(path)))

    assert raw.mark == old
    assert not check_mark(raw, MARK_KEY)


def test_the_mark_survives_the_loss_of_the_sheet_control(tmp_path):
    book = openpyxl.load_workbook(BytesIO(template_bytes(template_values())))
    del book["Control"]
    path = tmp_path / "lista.xlsx"
    book.save(path)

    raw = raw_list_from_json(read_list(str(path)))

    assert check_mark(raw, MARK_KEY)
    assert raw.declared == {}


def test_control_totals_typed_by_hand_are_declared(tmp_path):
    book = openpyxl.load_workbook(BytesIO(template_bytes(template_values())))
    control = book["Control"]
    for row in control.iter_rows():
        if row[0].value == "Importe total":
            row[1].value = "$4,500.00"
        if row[0].value == "Sin voluntarios":
            row[1].value = "SIN VOLUNTARIOS"
    path = tmp_path / "lista.xlsx"
    book.save(path)

    raw = raw_list_from_json(read_list(str(path)))

    assert raw.declared == {"importe": Decimal("4500.00")}
    assert raw.empty_declared


def test_an_ambito_without_anybody_gets_an_empty_template(tmp_path):
    path = tmp_path / "lista.xlsx"
    write_template(path, template_values(people=(), localities=(), medical_units=(), tariff={}))

    raw = raw_list_from_json(read_list(str(path)))

    assert raw.rows == ()
    assert raw.findings == ()
    assert raw.declared == {"renglones": 0, "vrs": 0, "pvr": 0, "importe": 0}


def test_values_cross_the_pipe_unchanged():
    values = template_values()

    assert values_from_json(values_to_json(values)) == values


def test_titles_are_the_same_in_both_catalogues():
    assert {column.field: column.title for column in columns()} == {
        column.field: title_of(column.field) for column in columns()
    }


def test_a_mark_is_made_of_all_its_parts():
    parts = {"template": "0780-PLA-v3", "period": "2027-B1", "unit": "OOAD07-R03-PAC012", "version": 1}
    changed = [
        {"template": "0780-PLA-v2"},
        {"period": "2026-B6"},
        {"unit": "OOAD07-R03-PAC01"},
        {"version": 12},
    ]

    marks = {make_mark(MARK_KEY, **{**parts, **change}) for change in [{}, *changed]}

    assert len(marks) == 5


def test_the_package_holds_no_macros_and_no_links():
    with zipfile.ZipFile(BytesIO(template_bytes(template_values()))) as archive:
        names = archive.namelist()

    assert not [name for name in names if "vba" in name or "external" in name or "embed" in name]
