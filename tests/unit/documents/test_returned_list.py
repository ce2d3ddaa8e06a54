"""The workbook that comes back: the sender's rows, marked and explained; mended, it can be read again."""

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from documents.list_template import template_bytes
from documents.raw_lists import raw_list_from_json
from documents.returned_list import ReturnedList, make_returned_list, summary, write_returned_list
from documents.workbooks import open_list, read_list
from procedures.lists.messages import finding
from procedures.lists.rows import Finding, RawList, RawRow, Severity
from tests.samples.lists import MARK_KEY, template_values
from tests.samples.make_samples import FOLDER


def read(name: str) -> RawList:
    return raw_list_from_json(read_list(str(FOLDER / f"{name}.xlsx")))


def returned_bytes(raw: RawList, findings: tuple[Finding, ...]) -> bytes:
    buffer = BytesIO()
    write_returned_list(buffer, ReturnedList(raw=raw, findings=findings, values=template_values(version=2)))
    return buffer.getvalue()


WRONG_KEY = finding("V-022", row=6, field="clave_inegi", column="F", digits=7)
WRONG_NAME = finding("V-036", row=3, field="nombre", column="G", title="Nombre completo")
DOUBTFUL_UNIT = finding("V-033", row=4, field="unidad_medica", column="M")
PADDED = finding("V-022-padded", row=3, field="clave_inegi", column="F", clave="070590001")


def test_ac_24_what_begins_like_a_formula_comes_back_as_text():
    raw = read("injection")

    book = openpyxl.load_workbook(BytesIO(returned_bytes(raw, (WRONG_NAME,))))

    cells = [book["Listado"].cell(row, 7) for row in range(3, 8)]
    assert cells[0].value == '=HYPERLINK("http://x.example","ver")'
    assert [cell.data_type for cell in cells] == ["s"] * 5
    assert all(cell.quotePrefix for cell in cells)


def test_rows_keep_their_numbers_order_and_raw_values():
    raw = read("lost_zeros")

    back = openpyxl.load_workbook(BytesIO(returned_bytes(raw, (WRONG_KEY,))))["Listado"]

    assert [back.cell(row, 6).value for row in range(3, 8)] == [
        70590001,
        "70590012.0",
        "07-078-0004",
        7059001,
        "'070590012",
    ]


def test_wrong_cells_are_coloured_and_explained():
    back = openpyxl.load_workbook(
        BytesIO(returned_bytes(read("lost_zeros"), (WRONG_KEY, DOUBTFUL_UNIT, PADDED)))
    )
    sheet = back["Listado"]

    assert sheet["F6"].fill.start_color.rgb == "FFFBD5D5"
    assert "debe tener 9 dígitos" in sheet["F6"].comment.text
    assert "Cómo corregir: La clave escrita tiene 7 dígitos" in sheet["F6"].comment.text
    assert sheet["M4"].fill.start_color.rgb == "FFFFF0C2"
    assert sheet["F3"].comment is None
    assert "1 celda por corregir en 1 renglón; 1 aviso por revisar" in sheet["A1"].value


def test_the_sheet_errores_says_where_what_and_how():
    back = openpyxl.load_workbook(BytesIO(returned_bytes(read("lost_zeros"), (DOUBTFUL_UNIT, WRONG_KEY))))
    rows = [[cell.value for cell in row] for row in back["Errores"].iter_rows(min_row=5, max_row=7)]

    assert rows[0] == ["Hoja", "Celda", "Qué", "Cómo corregir", "Clave"]
    assert rows[1][:2] == ["Listado", "F6"]
    assert rows[1][4] == "V-022"
    assert rows[2][2].startswith("Aviso: ")
    assert back["Errores"]["B6"].hyperlink.location == "'Listado'!F6"


def test_findings_of_the_whole_file_say_that_nothing_was_accepted():
    back = openpyxl.load_workbook(
        BytesIO(returned_bytes(read("missing_column"), read("missing_column").findings))
    )
    texts = [cell.value for row in back["Errores"].iter_rows() for cell in row if cell.value]

    assert any("No fue posible recibir el listado" in text for text in texts)
    assert "Falta la columna «Clave INEGI»." in texts


def test_the_returned_workbook_mended_is_read_again_without_a_word(workshop, tmp_path):
    raw = read("lost_zeros")
    path = tmp_path / "Listado.xlsx"
    make_returned_list(
        workshop, path, ReturnedList(raw=raw, findings=(WRONG_KEY,), values=template_values(version=2))
    )
    book = openpyxl.load_workbook(path)
    book["Listado"]["F6"] = "070590001"
    book.save(path)

    again = open_list(workshop, path)

    assert again.findings == ()
    assert again.version == 2
    assert [row.number for row in again.rows] == [row.number for row in raw.rows]
    assert again.rows[3].values["clave_inegi"] == "070590001"
    unchanged = [field for field in raw.columns if field != "clave_inegi"]
    for before, after in zip(raw.rows, again.rows, strict=True):
        assert {field: after.values[field] for field in unchanged} == {
            field: before.values[field] for field in unchanged
        }


def test_returned_and_sent_back_without_a_change_the_values_are_the_same(tmp_path):
    for name in ("template", "text_numbers", "injection", "moved_columns", "dates"):
        raw = read(name)
        path = tmp_path / f"{name}.xlsx"
        path.write_bytes(returned_bytes(raw, (WRONG_KEY,)))

        again = raw_list_from_json(read_list(str(path)))

        fields = set(raw.columns) - {"curp"}
        assert [{field: row.values[field] for field in fields} for row in again.rows] == [
            {field: row.values[field] for field in fields} for row in raw.rows
        ], name


def test_a_list_that_begins_in_the_second_row_moves_down_to_make_room(tmp_path):
    raw = read("template")
    high = replace(raw, rows=tuple(replace(row, number=row.number - 1) for row in raw.rows))
    wrong = replace(WRONG_NAME, row=2)

    sheet = openpyxl.load_workbook(BytesIO(returned_bytes(high, (wrong,))))["Listado"]

    assert sheet["G2"].value == "Nombre completo"
    assert sheet["G3"].comment is not None


def test_a_file_without_rows_comes_back_as_an_empty_template():
    raw = RawList(findings=(finding("V-006"),))

    book = openpyxl.load_workbook(BytesIO(returned_bytes(raw, raw.findings)))

    assert book["Listado"]["A2"].value == "No."
    assert book["Errores"]["A6"].value == "Todo el archivo"


def test_curp_comes_back_only_to_whoever_sent_it():
    raw = read("template")
    assert "CURP" not in [
        cell.value
        for cell in openpyxl.load_workbook(BytesIO(template_bytes(template_values())))["Listado"][2]
    ]
    with_curp = replace(
        raw,
        columns={**raw.columns, "curp": "P"},
        rows=tuple(replace(row, values={**row.values, "curp": "X"}) for row in raw.rows),
    )

    header = [
        cell.value
        for cell in openpyxl.load_workbook(BytesIO(returned_bytes(with_curp, (WRONG_KEY,))))["Listado"][2]
    ]

    assert header[-1] == "CURP"


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        ((), "Sin observaciones"),
        ((WRONG_KEY,), "1 celda por corregir en 1 renglón"),
        ((WRONG_KEY, WRONG_NAME), "2 celdas por corregir en 2 renglones"),
        ((finding("V-006"),), "1 observación del archivo completo"),
        ((DOUBTFUL_UNIT, DOUBTFUL_UNIT), "2 avisos por revisar"),
        ((PADDED,), "Sin observaciones"),
    ],
)
def test_the_summary_counts_in_words(findings, text):
    assert summary(findings) == text


def test_odd_values_come_back_as_they_are():
    row = RawRow(
        number=3, values={"nombre": True, "importe": Decimal("1e30"), "obs": "x" * 300, "clave_inegi": None}
    )
    raw = RawList(columns={"nombre": "A", "importe": "B", "obs": "C", "clave_inegi": "D"}, rows=(row,))
    told = Finding(code="V-045", severity=Severity.ERROR, message="Fila 3", row=3, column="ZZ")

    sheet = openpyxl.load_workbook(BytesIO(returned_bytes(raw, (told,))))["Listado"]

    assert sheet["G3"].value is True
    assert sheet["I3"].value == "1E+30"
    assert sheet["A3"].comment is not None


def test_the_mark_of_the_returned_workbook_holds(tmp_path):
    from documents.list_mark import check_mark

    path = tmp_path / "x.xlsx"
    path.write_bytes(returned_bytes(read("template"), (WRONG_KEY,)))

    assert check_mark(raw_list_from_json(read_list(str(path))), MARK_KEY)
