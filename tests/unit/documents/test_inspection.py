"""Inspection says what the desk would make of a file, with the keys it promises, whatever the file is."""

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.inspection import inspect_cfdi, inspect_sheet, look_at_cfdi, look_at_sheet
from tests.samples import hostile
from tests.samples.hostile import put
from tests.samples.lists import PEOPLE

SAMPLES = Path("tests/samples/workbooks").resolve()
SHEET_KEYS = ["file", "outcome", "error", "sheets", "rows", "texts", "problems", "seconds"]
CFDI_KEYS = [
    "file",
    "outcome",
    "error",
    "version",
    "uuid",
    "emisor_rfc",
    "receptor_rfc",
    "folio",
    "serie",
    "fecha",
    "tipo",
    "moneda",
    "subtotal",
    "total",
    "conceptos",
    "seconds",
]


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_sample_is_answered_with_all_keys(path, workshop):
    seen = look_at_sheet(workshop, path)

    assert list(seen) == SHEET_KEYS
    assert seen["file"] == str(path)
    assert json.dumps(seen)
    is_refused = "renamed" in path.name or "missing" in path.name or path.suffix == ".xls"
    assert (seen["outcome"] == "refused") == is_refused
    assert bool(seen["error"]) == is_refused


@pytest.mark.parametrize(
    ("name", "outcome", "rows"),
    [
        ("template", "list", 5),
        ("template.gnumeric", "list", 5),
        ("moved_columns.libreoffice", "list", 5),
        ("hidden", "list", 5),
        ("missing_column", "refused", 5),
        ("dates.gnumeric", "list", 5),
    ],
)
def test_a_list_is_told_from_a_table(name, outcome, rows, workshop):
    seen = look_at_sheet(workshop, SAMPLES / f"{name}.xlsx")

    assert (seen["outcome"], seen["rows"]) == (outcome, rows)


def test_a_table_that_is_no_list_is_a_table(tmp_path, workshop):
    book = openpyxl.Workbook()
    book.active.title = "Reporte"
    book.active.append(["Nombre", "Localidad", "Municipio", "Importe", "Oficina"])
    book.active.append(["Ana Ruiz", "Abasolo", "Ocosingo", 1000.5, None])
    path = tmp_path / "reporte.xlsx"
    book.save(path)

    seen = look_at_sheet(workshop, path)

    assert (seen["outcome"], seen["error"], seen["rows"]) == ("table", None, 2)
    assert seen["sheets"] == [{"name": "Reporte", "rows": 2, "columns": 5}]
    assert seen["texts"][5:] == ["Ana Ruiz", "Abasolo", "Ocosingo", "1000.5"]


def test_a_list_of_ours_without_a_column_is_refused_with_the_reason(tmp_path, workshop):
    book = openpyxl.load_workbook(SAMPLES / "template.xlsx")
    book["Listado"].delete_cols(6)
    path = tmp_path / "lista.xlsx"
    book.save(path)

    seen = look_at_sheet(workshop, path)

    assert seen["outcome"] == "refused"
    assert seen["error"] == "Falta la columna «Clave INEGI»."
    assert seen["texts"]


def test_sheets_have_names_and_sizes_and_texts_are_as_people_see_them(workshop):
    seen = look_at_sheet(workshop, SAMPLES / "codes_by_format.libreoffice.xlsx")

    assert seen["sheets"] == [{"name": "Listado", "rows": 7, "columns": 15}]
    assert {person.clave_inegi for person in PEOPLE} <= set(seen["texts"])
    assert {"1000", "800", "María López Gómez"} <= set(seen["texts"])
    assert not any(text.endswith(".0") for text in seen["texts"])


def test_dates_are_told_as_dates_in_both_calendars(workshop):
    for name in ("dates", "dates_1904.gnumeric"):
        texts = look_at_sheet(workshop, SAMPLES / f"{name}.xlsx")["texts"]
        assert {"2027-01-01", "2027-02-01 10:30:00", "1904-02-29"} <= set(texts)


HOSTILE = {
    name: make
    for name, make in vars(hostile).items()
    if getattr(make, "__module__", "") == hostile.__name__
    and name not in {"package", "put", "sheet_of"}
    and not name.startswith("_")
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_answered(name, workshop, tmp_path):
    seen = look_at_sheet(workshop, put(tmp_path / "x.xlsx", HOSTILE[name]()))

    assert list(seen) == SHEET_KEYS
    harmless = {"far_cell", "far_columns", "odd_writer", "external_link", "embedded_object"}
    harmless |= {"hidden_spans", "wide_titles"}
    assert (seen["outcome"] in {"table", "list"}) is (name in harmless)
    assert "root:" not in json.dumps(seen)


def test_there_are_hostile_workbooks():
    assert len(HOSTILE) > 12


@pytest.mark.parametrize("name", ["no-such-file.xlsx", ""])
def test_a_file_that_is_not_there_is_answered(name, workshop, tmp_path):
    assert look_at_sheet(workshop, tmp_path / name)["outcome"] == "refused"
    assert look_at_cfdi(workshop, tmp_path / name)["outcome"] == "refused"


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"<?xml version='1.0'?>", b"\xef\xbb\xbf<"])
)
def test_no_junk_is_too_much(tmp_path_factory, start, junk):
    path = tmp_path_factory.getbasetemp() / "junk.xlsx"
    path.write_bytes(start + junk)

    assert list(inspect_sheet(str(path))) == SHEET_KEYS
    assert list(inspect_cfdi(str(path))) == CFDI_KEYS


def test_no_more_than_ten_thousand_texts(tmp_path, workshop):
    book = openpyxl.Workbook()
    for number in range(1200):
        book.active.append([number] * 10)
    path = tmp_path / "larga.xlsx"
    book.save(path)

    seen = look_at_sheet(workshop, path)

    assert (seen["rows"], len(seen["texts"])) == (1200, 10_000)


def test_what_kills_the_worker_is_refused(tmp_path, workshop):
    class Dying:
        def run(self, function: str, *arguments: object) -> object:
            return workshop.run("os:abort")

    assert look_at_sheet(Dying(), tmp_path / "x.xlsx")["error"].startswith("El archivo excede")
    assert list(look_at_cfdi(Dying(), tmp_path / "x.xml")) == CFDI_KEYS


CFDI_40 = """<?xml version="1.0" encoding="UTF-8"?>
<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" Version="4.0" Serie="A" Folio="00012"
 Fecha="2027-03-15T10:00:00" TipoDeComprobante="I" Moneda="MXN" SubTotal="120.00" Total="139.20">
 <cfdi:Emisor Rfc="EKU9003173C9" Nombre="Prestador de Ejemplo" RegimenFiscal="601"/>
 <cfdi:Receptor Rfc="XAXX010101000" Nombre="Público en general" UsoCFDI="G03"/>
 <cfdi:Conceptos>
  <cfdi:Concepto ClaveProdServ="84121700" Cantidad="8" Descripcion="Comisión por entrega" Importe="120.00"/>
 </cfdi:Conceptos>
 <cfdi:Complemento>
  <tfd:TimbreFiscalDigital xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital"
   UUID="6F9619FF-8B86-D011-B42D-00CF4FC964FF"/>
 </cfdi:Complemento>
</cfdi:Comprobante>
"""


def test_a_cfdi_is_read_plainly(workshop, tmp_path):
    seen = look_at_cfdi(workshop, put(tmp_path / "c.xml", CFDI_40.encode()))

    assert list(seen) == CFDI_KEYS
    assert seen | {"file": "", "seconds": 0} == {
        "file": "",
        "outcome": "cfdi",
        "error": None,
        "version": "4.0",
        "uuid": "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
        "emisor_rfc": "EKU9003173C9",
        "receptor_rfc": "XAXX010101000",
        "folio": "00012",
        "serie": "A",
        "fecha": "2027-03-15T10:00:00",
        "tipo": "I",
        "moneda": "MXN",
        "subtotal": "120.00",
        "total": "139.20",
        "conceptos": [
            {"descripcion": "Comisión por entrega", "cantidad": "8", "importe": "120.00", "clave": "84121700"}
        ],
        "seconds": 0,
    }


def test_version_3_3_without_a_stamp_is_read_too(tmp_path):
    text = CFDI_40.replace("cfd/4", "cfd/3").replace('Version="4.0"', 'Version="3.3"')
    text = text[: text.index(" <cfdi:Complemento")] + "</cfdi:Comprobante>"

    seen = inspect_cfdi(str(put(tmp_path / "c.xml", b"\xef\xbb\xbf" + text.encode())))

    assert (seen["outcome"], seen["version"], seen["uuid"], seen["total"]) == ("cfdi", "3.3", None, "139.20")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<a/>", id="other-xml"),
        pytest.param(CFDI_40.encode()[:300], id="truncated"),
        pytest.param(CFDI_40.replace('Version="4.0"', 'Version="9.9"').encode(), id="version"),
        pytest.param(CFDI_40.replace("?>", "?><!DOCTYPE x>", 1).encode(), id="doctype"),
        pytest.param(
            CFDI_40.replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1)
            .replace("Prestador de Ejemplo", "&e;")
            .encode(),
            id="external-entity",
        ),
        pytest.param(CFDI_40.replace("UTF-8", "klingon").encode(), id="unknown-encoding"),
        pytest.param(bytes(11 * 1024 * 1024), id="too-large"),
    ],
)
def test_what_is_no_cfdi_is_refused(content, workshop, tmp_path):
    seen = look_at_cfdi(workshop, put(tmp_path / "c.xml", content))

    assert list(seen) == CFDI_KEYS
    assert seen["outcome"] == "refused"
    assert seen["error"]
