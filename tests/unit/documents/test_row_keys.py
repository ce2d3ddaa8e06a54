"""The keys of rows: nobody makes one by accident, and each goes with its row through any programme."""

from io import BytesIO

import openpyxl
import pytest

from documents.raw_lists import raw_list_from_json
from documents.returned_list import ReturnedList, write_returned_list
from documents.row_keys import check_row_key, keys_of, make_row_key
from documents.workbooks import read_list
from procedures.lists.rows import RawRow
from tests.samples.lists import MARK_KEY, template_values
from tests.samples.make_samples import FOLDER

HERE = {"period": "2027-B1", "unit": "OOAD07-R03-PAC012"}
KEY = make_row_key(MARK_KEY, version=1, row=7, **HERE)


def test_a_key_is_known_again_whatever_its_case_and_the_blanks_around_it():
    assert check_row_key(f" {KEY.lower()} ", MARK_KEY, **HERE) == KEY


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(KEY.replace("R7", "R8"), id="dragged-down"),
        pytest.param(KEY[:-1], id="cut"),
        pytest.param(make_row_key("ff", version=1, row=7, **HERE), id="of-another-desk"),
        pytest.param(
            make_row_key(MARK_KEY, version=1, row=7, period="2027-B2", unit=HERE["unit"]),
            id="of-another-period",
        ),
        pytest.param(
            make_row_key(MARK_KEY, version=1, row=7, period="2027-B1", unit="OOAD07-R03-PAC015"),
            id="of-another-ambito",
        ),
        pytest.param("V1-R7-ñññññ", id="signs"),
        pytest.param("7", id="number"),
    ],
)
def test_what_the_desk_did_not_make_is_no_key(text):
    assert check_row_key(text, MARK_KEY, **HERE) == ""


def test_a_row_keeps_the_key_that_it_came_with_unless_several_came_with_it():
    rows = [
        RawRow(number=number, values={}, key=key) for number, key in ((3, KEY), (4, ""), (5, "V1-R9-AAAAAA"))
    ]

    keys = keys_of(rows, MARK_KEY, version=2, **HERE)

    assert keys[3] == KEY
    assert [check_row_key(keys[number], MARK_KEY, **HERE) for number in (4, 5)] == [
        make_row_key(MARK_KEY, version=2, row=number, **HERE) for number in (4, 5)
    ]
    copied = [RawRow(number=number, values={}, key=KEY) for number in (3, 4)]
    assert len(set(keys_of(copied, MARK_KEY, version=2, **HERE).values())) == 2


def test_keys_go_out_in_a_column_of_their_own_and_come_back_with_their_rows(tmp_path):
    raw = raw_list_from_json(read_list(str(FOLDER / "template.xlsx")))
    keys = keys_of(raw.rows, MARK_KEY, version=1, **HERE)
    buffer = BytesIO()
    write_returned_list(
        buffer, ReturnedList(raw=raw, findings=(), values=template_values(version=2), keys=keys)
    )
    book = openpyxl.load_workbook(BytesIO(buffer.getvalue()))
    sheet = book["Listado"]
    assert (sheet["P2"].value, sheet["P3"].value) == ("Clave de renglón", keys[3])
    assert "No la escriba ni la cambie" in sheet["P2"].comment.text
    # Cut out and put elsewhere, with its key, as sorting does.
    sheet.move_range("A3:P3", rows=20)
    path = tmp_path / "Listado.xlsx"
    book.save(path)

    again = raw_list_from_json(read_list(str(path)))

    assert again.findings == ()
    assert {row.values["nombre"]: row.key for row in again.rows} == {
        row.values["nombre"]: keys[row.number] for row in raw.rows
    }
