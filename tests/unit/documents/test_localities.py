"""INEGI's catalogue of localities, in the forms in which it is downloaded."""

import pytest
import xlsxwriter

from documents.localities import Locality, NotAnAgeeml, read_localities

HEADER = [
    "CVE_ENT",
    "NOM_ENT",
    "CVE_MUN",
    "NOM_MUN",
    "CVE_LOC",
    "NOM_LOC",
    "AMBITO",
    "LAT_DECIMAL",
    "LON_DECIMAL",
    "POB_TOTAL",
]
ROW = ["07", "Chiapas", "059", "Ocosingo", "9001", "Peña Blanca", "R", "16.9", "-91.5", "1,084"]
EXPECTED = Locality(
    clave="070599001",
    entity="Chiapas",
    municipality="Ocosingo",
    name="Peña Blanca",
    rural=True,
    latitude=16.9,
    longitude=-91.5,
    population=1084,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_text_file_is_read_however_it_is_written(tmp_path, encoding, delimiter):
    path = tmp_path / "AGEEML.csv"
    cells = [f'"{cell}"' for cell in ROW]
    path.write_text(f"{delimiter.join(HEADER)}\n{delimiter.join(cells)}\n\n", encoding=encoding)

    assert list(read_localities(path)) == [EXPECTED]


def test_a_workbook_that_took_keys_for_numbers_is_read(tmp_path):
    path = tmp_path / "AGEEML.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [7, "Chiapas", 59, "Ocosingo", 9001, "Peña Blanca", "R", 16.9, -91.5, 1084])

    assert list(read_localities(path)) == [EXPECTED]


@pytest.mark.parametrize(("column", "cell"), [("CVE_LOC", "0000"), ("NOM_LOC", ""), ("CVE_ENT", "99")])
def test_a_row_that_is_no_locality_is_counted_not_taken(tmp_path, column, cell):
    path = tmp_path / "AGEEML.csv"
    row = [cell if name == column else value for name, value in zip(HEADER, ROW, strict=True)]
    path.write_text(";".join(HEADER) + "\n" + ";".join(row) + "\n", encoding="utf-8")

    assert list(read_localities(path)) == [None]


def test_a_figure_that_inegi_withholds_is_unknown(tmp_path):
    path = tmp_path / "AGEEML.csv"
    path.write_text(";".join(HEADER) + "\n" + ";".join([*ROW[:-3], "", "", "*"]) + "\n", encoding="utf-8")

    (found,) = read_localities(path)

    assert found is not None
    assert (found.latitude, found.longitude, found.population) == (None, None, None)


def test_another_file_is_refused_with_the_columns_that_it_lacks(tmp_path):
    path = tmp_path / "otro.csv"
    path.write_text("CVE_ENT,NOMBRE\n07,Chiapas\n", encoding="utf-8")

    with pytest.raises(NotAnAgeeml) as wrong:
        list(read_localities(path))

    assert wrong.value.missing == ("NOM_ENT", "CVE_MUN", "NOM_MUN", "CVE_LOC", "NOM_LOC")
