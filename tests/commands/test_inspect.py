"""`inspect`: one object a file, in the order given, whatever the files are."""

import json
from pathlib import Path

import pytest

from service.demo.office import write_calendar
from tests.commands.conftest import ROOT, Oficialia, run_apart

SAMPLES = ROOT / "tests" / "samples"
KEYS = {
    "mail": [
        "file", "from_email", "from_name", "to", "subject", "date", "body_text", "attachments", "class",
        "recipients", "problems", "seconds",
    ],
    "sheet": ["file", "outcome", "error", "sheets", "rows", "texts", "problems", "seconds"],
    "cfdi": [
        "file", "outcome", "error", "version", "uuid", "emisor_rfc", "receptor_rfc", "folio", "serie", "fecha",
        "tipo", "moneda", "subtotal", "total", "conceptos",
    ],
}  # fmt: skip
LARGE_MB = 100


@pytest.fixture
def junk(tmp_path: Path) -> list[str]:
    """Files of which most are none that anybody should read."""
    (tmp_path / "vacio").touch()
    (tmp_path / "carpeta.xlsx").mkdir()
    (tmp_path / "binario.xlsx").write_bytes(bytes(range(256)) * 400)
    (tmp_path / "zip.xlsx").write_bytes(b"PK\x03\x04" + bytes(400))
    (tmp_path / "texto.xml").write_text("<a>&b;</a>")
    (tmp_path / "ñandú con espacios.eml").write_bytes(b"From: a@b.example\n\nhola")
    with (tmp_path / "enorme").open("wb") as large:
        large.truncate(LARGE_MB * 2**20)
    write_calendar(tmp_path / "libro.xlsx")
    bounce = SAMPLES / "mail" / "bounce-postfix.eml"
    (tmp_path / "rebote.eml").write_bytes(bounce.read_bytes())
    return [
        "libro.xlsx", "vacio", "carpeta.xlsx", "no-hay", "rebote.eml", "binario.xlsx", "enorme", "zip.xlsx",
        "texto.xml", "ñandú con espacios.eml", "libro.xlsx",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_junk_among_files_never_crashes_and_keeps_its_place(oficialia: Oficialia, junk, kind):
    told = oficialia("inspect", kind, "--json", *junk)

    assert told.status == 0
    found = [json.loads(line) for line in told.out.splitlines()]
    assert [one["file"] for one in found] == junk
    assert all(list(one) == KEYS[kind] for one in found)
    assert told.aside == ""


def test_a_mail_and_a_workbook_are_recognised_among_the_junk(oficialia: Oficialia, junk):
    junk.remove("enorme")
    mails = [json.loads(line) for line in oficialia("inspect", "mail", "--json", *junk).out.splitlines()]
    sheets = [json.loads(line) for line in oficialia("inspect", "sheet", "--json", *junk).out.splitlines()]

    bounce = mails[junk.index("rebote.eml")]
    assert bounce["class"] == "bounce"
    assert [one["permanent"] for one in bounce["recipients"]] == [True]
    assert {sheets[0]["outcome"], sheets[-1]["outcome"]} == {"table"}
    assert [sheet["name"] for sheet in sheets[0]["sheets"]][:2] == ["Instrucciones", "Autorización"]
    assert all(one["outcome"] == "refused" and one["error"] for one in sheets[1:-1])


def test_a_person_reads_it_in_spanish(oficialia: Oficialia, junk):
    mail = oficialia("inspect", "mail", "rebote.eml", "no-hay").out
    sheet = oficialia("inspect", "sheet", "libro.xlsx", "binario.xlsx").out

    assert "clase: rebote: no se entregó" in mail
    assert "No fue posible abrir el archivo." in mail
    assert "resultado: una tabla, que no es un listado" in sheet
    assert "- Calendario (" in sheet
    assert "resultado: no se recibe" in sheet


def test_what_cannot_be_written_as_text_is_replaced(oficialia: Oficialia, tmp_path):
    (tmp_path / "mitad.eml").write_bytes(
        b"From: a@b.example\nSubject: =?utf-16?B?2AA=?=\nContent-Type: text/plain\n\nx"
    )

    (line,) = oficialia("inspect", "mail", "--json", "mitad.eml").out.splitlines()

    json.loads(line)


def test_as_a_process_of_its_own_it_prints_one_object_a_line_and_nothing_else(junk, tmp_path):
    told = run_apart("inspect", "sheet", "--json", "libro.xlsx", "binario.xlsx", "no-hay", cwd=tmp_path)

    assert (told.status, told.aside) == (0, "")
    assert [json.loads(line)["file"] for line in told.out.splitlines()] == [
        "libro.xlsx",
        "binario.xlsx",
        "no-hay",
    ]
