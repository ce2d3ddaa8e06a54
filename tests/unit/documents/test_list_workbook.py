"""The consolidated list for people: totals, digest, legend, provenance, and pages that name themselves."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from documents.list_workbook import ConsolidatedList, make_list_workbook, unit_totals, write_list_workbook
from procedures.lists.rows import ListRow
from tests.samples.lists import MONTHS

DIGEST = "0123456789abcdef" * 4


def row(number: int, pac: str, tipo: str, ooad: str = "OOAD07") -> ListRow:
    return ListRow(
        number=number,
        ooad=ooad,
        pac=pac,
        estado="Chiapas",
        municipio="Ocosingo",
        localidad="Abasolo",
        clave_inegi="070590012",
        nombre=f"Persona Ñ {number}",
        nombre_norm=f"PERSONA Ñ {number}",
        tipo=tipo,
        importe=Decimal("1000.00") if tipo == "VRS" else Decimal("800.00"),
        meses=MONTHS,
        unidad_medica="UMR Abasolo",
    )


ROWS = (
    row(3, "OOAD07-R01-PAC001", "VRS"),
    row(4, "OOAD07-R01-PAC001", "PVR"),
    row(3, "OOAD07-R01-PAC002", "VRS"),
    row(9, "OOAD07-R02-PAC003", "VRS"),
    row(3, "OOAD20-R01-PAC001", "PVR", "OOAD20"),
)


def consolidated(level: str = "LVN", **changes: object) -> ConsolidatedList:
    values = {
        "level": level,
        "period": "2027-B1",
        "months": MONTHS,
        "unit_name": "Nacional",
        "version": 2,
        "digest": DIGEST,
        "made_on": date(2027, 1, 25),
        "rows": ROWS,
        **changes,
    }
    return ConsolidatedList(**values)


@pytest.fixture
def written() -> Callable[[ConsolidatedList], openpyxl.Workbook]:
    def write(value: ConsolidatedList) -> openpyxl.Workbook:
        buffer = BytesIO()
        write_list_workbook(buffer, value)
        return openpyxl.load_workbook(buffer)

    return write


def test_every_row_is_there_with_its_origin(written):
    sheet = written(consolidated())["Listado"]
    header = [cell.value for cell in sheet[7]]
    rows = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=8, max_row=12)]

    assert header[-2:] == ["PAC (origen)", "Fila de origen"]
    assert [line[-2:] for line in rows] == [[item.pac, item.number] for item in ROWS]
    assert [line[0] for line in rows] == [1, 2, 3, 4, 5]
    assert rows[0][header.index("Clave INEGI")] == "070590012"


def test_the_ld_bears_references_and_the_others_do_not(written):
    references = tuple(f"2027-B1-{number:06}" for number in range(1, 6))

    ld = written(consolidated("LD", references=references))["Listado"]
    lvn = written(consolidated())["Listado"]

    assert [ld.cell(line, 2).value for line in range(8, 13)] == list(references)
    assert "Referencia" not in [cell.value for cell in lvn[7]]


def test_the_head_says_how_many_how_much_and_the_digest(written):
    sheet = written(consolidated())["Listado"]

    assert sheet["A3"].value == "5 registros · 3 VRS · 2 PVR · importe total $4,600.00"
    assert DIGEST in sheet["A4"].value
    assert sheet["A5"].value.startswith("Este programa es público")


def test_each_printed_page_repeats_the_header_and_names_itself(written):
    for sheet in written(consolidated()):
        assert "Página &P de &N" in sheet.oddFooter.right.text
        assert "huella 0123456789 " in sheet.oddFooter.right.text
        assert "Este programa es público" in sheet.oddFooter.left.text
        assert sheet.print_title_rows
        assert sheet.page_setup.fitToHeight == 0


@pytest.mark.parametrize(
    ("level", "units"),
    [
        ("LVR", ["OOAD07-R01-PAC001", "OOAD07-R01-PAC002", "OOAD07-R02-PAC003", "OOAD20-R01-PAC001"]),
        ("LVO", ["OOAD07-R01", "OOAD07-R02", "OOAD20-R01"]),
        ("LVN", ["OOAD07", "OOAD20"]),
        ("LD", ["OOAD07", "OOAD20"]),
    ],
)
def test_totals_by_unit_add_up_to_the_whole(level, units, written):
    totals = tuple(unit_totals(consolidated(level)))

    assert [total.unit for total in totals] == units
    assert sum(total.vrs + total.pvr for total in totals) == 5
    assert sum(total.vrs_amount + total.pvr_amount for total in totals) == Decimal("4600.00")
    sheet = written(consolidated(level, unit_names={"OOAD07": "Chiapas"}))["Totales"]
    last = [cell.value for cell in sheet[6 + len(units)]]
    assert last[:7] == ["Total", 3, 3000, 2, 1600, 5, 4600]


def test_there_is_room_for_the_rubrics(written):
    sheet = written(consolidated("LVO", signatures=("EGAS · OOAD07", "JSPM · OOAD07")))["Listado"]

    texts = [cell.value for line in sheet.iter_rows() for cell in line if isinstance(cell.value, str)]
    assert "JSPM · OOAD07 · Nombre, fecha y rúbrica" in texts


def test_the_sandbox_writes_the_same_workbook(workshop, tmp_path):
    path = tmp_path / "lvn.xlsx"
    buffer = BytesIO()

    make_list_workbook(workshop, path, consolidated(signatures=("JSPM",), unit_names={"OOAD07": "Chiapas"}))
    write_list_workbook(buffer, consolidated(signatures=("JSPM",), unit_names={"OOAD07": "Chiapas"}))

    assert path.read_bytes() == buffer.getvalue()


def test_an_empty_list_is_a_list(written):
    assert written(consolidated(rows=()))["Listado"]["A3"].value.startswith("0 registros")
