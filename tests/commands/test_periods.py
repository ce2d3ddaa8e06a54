"""Procedures and periods at the keyboard: activate, open, status, attest."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from storage import journal
from storage.database import Store
from tests import people
from tests.commands.conftest import Oficialia

KEY = "0780-003-002"


def kinds(folder) -> list[str]:
    books = Store(folder)
    with books.reading() as session:
        found = [row.kind for row in journal.history(session)]
    books.close()
    return found


# Procedures


def test_the_shipped_procedures_are_listed(oficialia: Oficialia):
    told = oficialia("procedure", "list")
    for_programs = oficialia("procedure", "list", "--json")

    assert [line.split()[0] for line in told.out.splitlines()] == [KEY, "CS-EXP", "INT-SOL"]
    assert [json.loads(line)["key"] for line in for_programs.out.splitlines()] == [KEY, "CS-EXP", "INT-SOL"]


def test_a_procedure_is_drawn_in_three_ways(oficialia: Oficialia, tmp_path):
    text = oficialia("procedure", "show", KEY)
    mermaid = oficialia("procedure", "show", KEY, "--as", "mermaid")
    svg = oficialia("procedure", "show", KEY, "--as", "svg", "--out", "flujo.svg")

    assert all(f"A{number:02}" in text.out for number in range(1, 52))
    assert mermaid.out.startswith("flowchart")
    assert svg.out == "Escrito en flujo.svg.\n"
    assert ET.parse(tmp_path / "flujo.svg").getroot().tag.endswith("svg")
    assert oficialia("procedure", "show", KEY, "--out", "flujo.svg").status == 2


def test_the_checklist_of_a_role(oficialia: Oficialia):
    told = oficialia("procedure", "show", KEY, "--role", "SAC")

    assert told.status == 0
    assert "A04" in told.out
    assert "A25" not in told.out


def test_ac_78_only_the_owner_activates_and_the_refusal_is_in_the_journal(oficialia: Oficialia, office):
    told = oficialia("procedure", "activate", KEY, "--as", people.CFI.key, "--data", office)

    assert told.status == 1
    assert told.aside == "Sólo la CACyPCS puede modificar o interpretar el procedimiento (5.1.4).\n"
    assert kinds(office)[-1] == "procedure_activation_denied"


def test_the_owner_activates_once_however_often_it_is_typed(oficialia: Oficialia, office, tmp_path):
    again = oficialia("procedure", "activate", KEY, "--as", people.CACYPCS.email, "--data", office)

    assert (again.status, again.out) == (0, f"El procedimiento {KEY} ya estaba en vigor: versión 1.\n")
    assert kinds(office).count("procedure_activated") == 1


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"key: nada", "La definición no se sostiene:"),
        (b"\xff\xfe", "no es un texto en UTF-8"),
        (None, "No existe el archivo"),
    ],
)
def test_a_definition_of_ones_own_that_does_not_hold(oficialia: Oficialia, office, tmp_path, content, answer):
    if content is not None:
        (tmp_path / "propia.yaml").write_bytes(content)

    told = oficialia(
        "procedure", "activate", KEY, "--as", "CACYPCS", "--file", "propia.yaml", "--data", office
    )

    assert told.status in {1, 2}
    assert answer in told.aside


def test_a_definition_of_another_procedure_is_not_activated_under_this_name(
    oficialia: Oficialia, office, tmp_path
):
    from procedures.catalogue import read_builtin

    other = read_builtin(KEY).replace(f'key: "{KEY}"', "key: OTRO-1")
    (tmp_path / "propia.yaml").write_text(other, encoding="utf-8")

    told = oficialia(
        "procedure", "activate", KEY, "--as", "CACYPCS", "--file", "propia.yaml", "--data", office
    )

    assert told.status == 2
    assert "define el procedimiento OTRO-1, no 0780-003-002" in told.aside


def test_a_shipped_procedure_that_only_can_be_looked_at_so_far(oficialia: Oficialia, office):
    told = oficialia("procedure", "activate", "CS-EXP", "--as", "CACYPCS", "--data", office)

    assert (told.status, told.aside.count("\n")) == (1, 1)
    assert "oficialia procedure show CS-EXP" in told.aside


def test_somebody_whom_nobody_knows(oficialia: Oficialia, office):
    told = oficialia("procedure", "activate", KEY, "--as", "NADIE", "--data", office)

    assert told.status == 2
    assert told.aside == "Nadie en el directorio tiene la clave o el correo «NADIE».\n"


# Periods


def test_a_period_is_opened_once(oficialia: Oficialia, office):
    first = oficialia("period", "open", "2027-B1", "--data", office, "--as", "CACYPCS")
    second = oficialia("period", "open", "2027-B1", "--data", office)

    assert (first.status, second.status) == (0, 1)
    assert first.out.startswith("Se abrió 0780-003-002/2027-B1 con OOAD07, OOAD21.")
    assert second.aside == "El periodo 2027-B1 ya está abierto.\n"


def test_an_ooad_that_cannot_take_part_is_left_out_with_its_reason(oficialia: Oficialia, office):
    told = oficialia("period", "open", "2027-B1", "--ooad", "OOAD07", "--ooad", "OOAD05", "--data", office)

    assert told.status == 0
    assert "! OOAD05 quedó fuera: no se ha dicho si existe EGAS (AMB-05)" in told.out


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("2029-B1",), "El periodo 2029-B1 no está en el calendario autorizado (5.2.12)."),
        (("2027-B1", "--ooad", "OOAD99"), "OOAD99: no está en el catálogo de OOAD"),
        (("2027-B1", "--as", "NADIE"), "Nadie en el directorio tiene la clave o el correo «NADIE»."),
    ],
)
def test_a_period_that_cannot_be_opened_says_why(oficialia: Oficialia, office, arguments, answer):
    told = oficialia("period", "open", *arguments, "--data", office)

    assert told.status in {1, 2}
    assert answer in told.aside


def test_without_a_period_the_calendar_is_shown(oficialia: Oficialia, office):
    before = oficialia("period", "status", "--data", office)
    oficialia("period", "open", "2027-B1", "--data", office)
    after = oficialia("period", "status", "--data", office)
    for_programs = oficialia("period", "status", "--data", office, "--json")

    assert before.out.count("sin abrir") == 6
    assert after.out.count("sin abrir") == 5
    assert [period["state"] for period in for_programs.json["periods"]] == ["open", *["planned"] * 5]


def test_without_a_calendar_the_way_to_one_is_shown(oficialia: Oficialia):
    oficialia("init", "--data", "nueva", "--yes", "--no-connect")

    told = oficialia("period", "status", "--data", "nueva")

    assert told.out == "No hay un calendario autorizado. Cárguelo con «oficialia import-calendar».\n"


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("2027-B2", "ábralo con «oficialia period open 2027-B2»"),
        ("1999-B1", "No está en el calendario autorizado."),
    ],
)
def test_a_period_that_is_not_open(oficialia: Oficialia, office, code, hint):
    told = oficialia("period", "status", code, "--data", office)

    assert told.status == 1
    assert told.aside.startswith(f"El periodo {code} no está abierto.")
    assert hint in told.aside


def test_the_status_fits_a_hundred_columns_and_gives_reasons(oficialia: Oficialia, office):
    oficialia("period", "open", "2027-B1", "--data", office)

    told = oficialia("period", "status", "2027-B1", "--data", office)
    everything = oficialia("period", "status", "2027-B1", "--data", office, "--all")

    lines = told.out.splitlines()
    assert lines[0] == "0780-003-002/2027-B1, versión 1: 0 de 51 actividades hechas."
    assert [line.split()[0] for line in lines[2:8]] == ["I", "II", "III", "IV", "V", "VI"]
    assert re.search(r"A01 +Circular de solicitud de listados +0/1 +CACyPCS +04-01-2027", told.out)
    assert "A01: 39 días hábiles antes del inicio de la entrega (01-mar-2027)" in told.out
    assert "A02" not in told.out
    assert all(f"A{number:02}" in everything.out for number in range(1, 52))
    reasons = [line for line in lines if line.startswith("  A")]
    assert max(len(line) for line in lines if line not in reasons) <= 100


def test_the_status_for_programs(oficialia: Oficialia, office):
    oficialia("period", "open", "2027-B1", "--data", office)

    status = oficialia("period", "status", "2027-B1", "--data", office, "--json").json

    assert status["activities_done"] == 0
    assert len(status["steps"]) == 51
    first = status["steps"][0]
    assert (first["step"], first["open"], first["due_on"], first["by"]) == (
        "A01",
        1,
        "2027-01-04",
        ["CACyPCS"],
    )
    assert status["stages"]["I"]["total"] == 8


# Attesting


def test_a_step_is_attested_by_who_holds_its_post_and_only_once(oficialia: Oficialia, office):
    oficialia("period", "open", "2027-B1", "--data", office)
    typed = ("attest", "a01", "--period", "2027-B1", "--data", office)

    stranger = oficialia(*typed, "--as", people.CFI.key)
    first = oficialia(*typed, "--as", people.CACYPCS.key, "--text", "UPIB/001/2027")
    second = oficialia(*typed, "--as", people.CACYPCS.key)

    assert (stranger.status, first.status, second.status) == (1, 0, 1)
    assert "corresponde a" in stranger.aside
    assert first.out == "Asentado: A01, Nivel central.\n"
    assert "ya consta en la bitácora" in second.aside


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("A99", "--as", "CACYPCS"), "no tiene el paso A99"),
        (("A05", "--as", "PAC-07-012"), "indíquelo con --unit"),
        (("A05", "--as", "PAC-07-012", "--unit", "OOAD99"), "«OOAD99» no es parte de este expediente"),
        (("A01", "--as", "NADIE"), "Nadie en el directorio"),
        (("A10", "--as", "SAC-07-03", "--unit", "OOAD07-R03"), "Faltan los listados de: Damasco"),
    ],
)
def test_a_step_that_cannot_be_attested_says_why(oficialia: Oficialia, office, arguments, answer):
    oficialia("period", "open", "2027-B1", "--data", office)

    told = oficialia("attest", *arguments, "--period", "2027-B1", "--data", office)

    assert told.status == 1
    assert answer in told.aside
