"""The template: that it explains itself, offers what may be chosen, and reads back."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from documents.directory.checks import check_directory
from documents.directory.merging import merge
from documents.directory.reading import read_directory
from documents.directory.sheets import RECORDS, book, examples
from documents.directory.template import template_bytes, write_directory, write_template
from documents.directory.values import Directory, Office, Person
from tests import people

TODAY = date(2026, 12, 10)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "plantilla.xlsx"
    write_template(path)
    return path


def test_the_empty_template_reads_as_nothing_without_a_problem(template):
    reading = read_directory(template)

    assert reading.problems == ()
    assert reading.values == Directory()


def test_every_sheet_explains_itself_and_shows_an_example(template):
    workbook = openpyxl.load_workbook(template)

    assert workbook.sheetnames == [book().instructions["sheet"], *(sheet.title for sheet in book().sheets)]
    for sheet in book().sheets:
        cells = [[cell for cell in row if cell] for row in workbook[sheet.title].iter_rows(values_only=True)]
        texts = [row for row in cells if row]
        assert texts[0] == [sheet.title]
        assert " ".join(row[0] for row in texts[1:-2]) == sheet.explanation
        assert texts[-2] == [book().mark_header, *(column.header for column in sheet.columns)]
        assert texts[-1][0] == book().example_mark


def test_every_sheet_and_the_instructions_bear_the_legend(template):
    workbook = openpyxl.load_workbook(template)

    assert book().legend in " ".join(
        str(cell)
        for row in workbook[book().instructions["sheet"]].iter_rows(values_only=True)
        for cell in row
        if cell
    )
    assert all(book().legend in sheet.oddFooter.center.text for sheet in workbook)


def test_what_may_be_chosen_is_offered(template):
    workbook = openpyxl.load_workbook(template)
    roles = [
        rule
        for rule in workbook["Puestos"].data_validations.dataValidation
        if rule.type == "list" and rule.formula1 and "CACyPCS" in rule.formula1
    ]

    assert len(roles) == 1
    assert set(roles[0].formula1.strip('"').split(",")) == set(book().roles)


def test_a_code_of_another_sheet_is_offered_below_its_example(template):
    workbook = openpyxl.load_workbook(template)
    example_row = next(
        row[0].row for row in workbook["Regiones"].iter_rows() if row[0].value == book().example_mark
    )
    rule = next(
        rule
        for rule in workbook["PAC"].data_validations.dataValidation
        if "Regiones" in (rule.formula1 or "")
    )

    assert f"'Regiones'!$B${example_row + 1}" in rule.formula1


def test_the_example_office_is_whole(tmp_path):
    path = tmp_path / "ejemplo.xlsx"
    write_template(path, example=True)

    reading = read_directory(path)
    merged = merge(Directory(), reading, today=TODAY)
    claves = {
        locality
        for key in ("localities", "offices", "medical_units")
        for record in getattr(reading.values, key)
        for locality in [getattr(record, "clave" if key == "localities" else "locality")]
    }

    assert reading.problems == ()
    assert all(getattr(reading.values, key) for key in RECORDS)
    assert check_directory(merged, today=TODAY, catalogue=claves, known_ooads={"OOAD21"}) == ()
    assert all(people.place(clave) for clave in claves)


def test_the_examples_name_only_columns_that_exist():
    assert examples().keys() == RECORDS.keys()
    for sheet in book().sheets:
        for row in examples()[sheet.key]:
            assert row.keys() <= {column.name for column in sheet.columns}


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path):
    path = tmp_path / "oficina.xlsx"
    evil = Person(key="P1", full_name='=HYPERLINK("http://example.org")', email="a@example.org")
    write_directory(path, Directory(persons=(evil,)))

    assert read_directory(path).values.persons == (evil,)
    cells = [cell for row in openpyxl.load_workbook(path)["Personas"].iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)


def test_coordinates_and_zeros_survive_the_workbook(tmp_path):
    path = tmp_path / "oficina.xlsx"
    office = Office(clave="0012", name="X", locality="070590001", latitude=16.908038, longitude=-92.095826)
    write_directory(path, Directory(offices=(office,)))

    assert read_directory(path).values.offices == (office,)


def test_the_template_can_be_had_as_bytes():
    assert template_bytes().startswith(b"PK")
