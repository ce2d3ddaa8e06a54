"""The two readers give the same sheet, and the careful one sees what the quick one cannot."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.cells import column_letters, column_number, exact_number
from documents.package import TABLE_LIMITS, open_package
from documents.sheets import Workbook
from tests.samples.hostile import far_cell, far_columns, odd_writer, package, put, sheet_of

SAMPLES = sorted(Path("tests/samples/workbooks").resolve().glob("*.xlsx"))
READABLE = [path for path in SAMPLES if "renamed" not in path.name]


def open_workbook(path: Path) -> Workbook:
    return Workbook(open_package(path, TABLE_LIMITS))


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_both_readers_agree_on_every_sample(path):
    workbook = open_workbook(path)

    for part in workbook.package.sheets:
        careful = workbook.read_carefully(part)
        quick = workbook._read_quickly(part)
        assert quick is not None
        different = {
            (number, place): (quick.rows.get(number, {}).get(place), value)
            for number, cells in careful.rows.items()
            for place, value in cells.items()
            if quick.rows.get(number, {}).get(place) != value
        }
        if "codes_by_format" in path.name:
            # What only the careful reader sees: numbers shown as codes.
            assert all(place == 6 for _, place in different)
        else:
            assert different == {}
        assert {number for number in quick.rows if number not in careful.rows} == set()


def test_there_are_readable_samples():
    assert len(READABLE) > 30


cell_values = st.one_of(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="_\ufffe\uffff"),
        min_size=1,
        max_size=20,
    ).filter(lambda text: text.strip() == text),
    st.integers(-(10**14), 10**14),
    st.floats(-1e10, 1e10).map(lambda number: round(number, 4)),
    st.booleans(),
    st.dates(date(1904, 1, 2), date(9999, 12, 31)),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(st.none() | cell_values, max_size=8), min_size=1, max_size=12),
    date_1904=st.booleans(),
)
def test_what_was_written_is_what_both_readers_give(rows, date_1904, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "written.xlsx"
    book = xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "date_1904": date_1904}
    )
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    expected: dict[tuple[int, int], object] = {}
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            if value is None:
                continue
            if isinstance(value, date):
                sheet.write_datetime(number - 1, place - 1, datetime.combine(value, time()), day)
            elif isinstance(value, str):
                sheet.write_string(number - 1, place - 1, value)
            else:
                sheet.write(number - 1, place - 1, value)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            expected[number, place] = exact_number(float(value)) if is_number else value
    book.close()
    workbook = open_workbook(path)

    for found in (
        workbook.read_carefully(workbook.package.sheets[0]),
        workbook._read_quickly(workbook.package.sheets[0]),
    ):
        assert {
            (number, place): value for number, cells in found.rows.items() for place, value in cells.items()
        } == expected


@given(st.integers(1, 16_384))
def test_letters_and_numbers_of_columns_are_inverse(number):
    assert column_number(column_letters(number)) == number


@given(st.decimals(-(10**9), 10**9, places=2))
def test_an_amount_survives_the_sheet_s_floats(amount):
    assert exact_number(float(amount)) == amount


def test_far_cells_do_not_blow_up_the_sheet(tmp_path):
    workbook = open_workbook(put(tmp_path / "far.xlsx", far_cell()))

    sheet = workbook.read(workbook.package.sheets[0])

    assert sheet.rows == {1: {1: "cerca"}, 1_048_576: {16_384: "lejos"}}
    assert (sheet.last_row, sheet.last_column) == (1_048_576, 16_384)


def test_many_rows_with_a_far_column_are_read(tmp_path):
    workbook = open_workbook(put(tmp_path / "far.xlsx", far_columns()))

    sheet = workbook.read(workbook.package.sheets[0])

    assert len(sheet.rows) == 5_000
    assert sheet.rows[5_000] == {1: Decimal(5_000), 16_384: Decimal(5_000)}


def test_unusual_writers_are_read(tmp_path):
    workbook = open_workbook(put(tmp_path / "odd.xlsx", odd_writer()))

    sheet = workbook.read(workbook.package.sheets[0])

    assert sheet.rows == {1: {1: "Niña", 2: Decimal(1500), 3: True, 4: date(2027, 1, 31)}}


def test_values_of_every_kind_come_as_people_see_them(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    values = {
        "A1": date(2027, 1, 31),
        "A2": datetime(2027, 1, 31, 14, 30),
        "A3": time(14, 30),
        "A4": timedelta(hours=30),
        "A5": 0.1 + 0.2,
        "A6": 123,
        "A7": "#N/A",
        "A8": "uno_x000D_\ndos",
        "A9": True,
    }
    for name, value in values.items():
        sheet[name] = value
    sheet["A6"].number_format = "00000"
    path = tmp_path / "kinds.xlsx"
    book.save(path)
    workbook = open_workbook(path)

    found = workbook.read(workbook.package.sheets[0])

    assert [cells[1] for cells in found.rows.values()] == [
        date(2027, 1, 31),
        datetime(2027, 1, 31, 14, 30),
        time(14, 30),
        timedelta(hours=30),
        Decimal("0.3"),
        "00123",
        "#N/A",
        "uno\r\ndos",
        True,
    ]


@pytest.mark.parametrize("text", ["NaN", "INF", "1e999", "uno", "1_000", "٣"])
def test_a_number_that_is_none_does_not_stop_the_reader(text, tmp_path):
    cell = (
        f'<row r="1"><c r="A1"><v>{text}</v></c><c r="B1" t="s"><v>99</v></c><c r="C1"><f>1+1</f></c></row>'
    )
    workbook = open_workbook(put(tmp_path / "odd.xlsx", package(sheet_of(cell))))

    sheet = workbook.read(workbook.package.sheets[0])

    assert set(sheet.rows[1]) == {1}
    assert sheet.formulas == {(1, 3)}


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=300), at=st.integers(0, 5_000))
def test_no_damage_makes_the_reader_raise_anything_but_its_own(data, at, tmp_path_factory):
    from documents.workbooks import read_list

    original = next(path for path in READABLE if path.name == "lost_zeros.xlsx").read_bytes()
    path = tmp_path_factory.getbasetemp() / "damaged.xlsx"
    path.write_bytes(original[:at] + data + original[at + len(data) :])

    assert isinstance(read_list(str(path)), dict)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200), at=st.integers(0, 400))
def test_no_damaged_sheet_makes_the_reader_raise_anything_but_its_own(data, at, tmp_path_factory):
    from documents.inspection import inspect_sheet

    xml = sheet_of(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>45000</v></c></row><row r="x"><c r="?"/></row>'
    )
    damaged = xml[:at] + data.decode("latin-1") + xml[at:]
    path = put(tmp_path_factory.getbasetemp() / "damaged-sheet.xlsx", package(damaged))

    assert inspect_sheet(str(path))["outcome"] in {"table", "refused"}
