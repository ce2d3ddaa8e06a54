"""Who was told, how and when: at the keyboard, without names (A37, feature "every volunteer was told")."""

import json
import shutil

import pytest

from tests.acceptance.test_volunteers import desk  # noqa: F401 - the same stage
from tests.acceptance.volunteer_scene import instant
from tests.people import PAC012, PERIOD, volunteers_of

MARIA = volunteers_of(PAC012.unit)[0]


@pytest.fixture
async def told_desk(desk):  # noqa: F811
    desk.permit()
    await desk.phone_of(MARIA)
    pac = await desk.linked(PAC012)
    await desk.go_to(instant("2027-02-24", "12:00"))
    await desk.say(pac, "/notificar")
    await desk.press(pac, "Avisada en persona")
    await desk.press(pac, "No localizada")
    return desk


@pytest.fixture
def folder(told_desk, tmp_path):
    """The books as they stand, for somebody at the keyboard."""
    return shutil.copytree(tmp_path / "datos", tmp_path / "copia")


def test_by_region_with_what_is_missing(command, folder):
    status, said = command("notices", "status", PERIOD, "--data", folder)

    assert status == 0
    assert "Se avisó a 2 de 60 personas (3 %)." in said
    (line,) = [line for line in said.splitlines() if line.startswith("OOAD07-R03 ")]
    assert line.split()[1:7] == ["18", "1", "1", "0", "1", "15"]


def test_of_an_ambito_person_by_person_and_never_a_name(command, folder, told_desk):
    _status, said = command("notices", "status", PERIOD, "--unit", "PAC012", "--data", folder)

    lines = [line for line in said.splitlines() if line.startswith(f"{PERIOD}-")]
    assert len(lines) == 5
    (line,) = [line for line in lines if told_desk.payee(MARIA).row.reference in line]
    assert "por Telegram" in line
    assert "24-02-2027 09:00" in line
    assert "RV-1 24-02" in line
    assert not any(who.name.split()[0] in said for who in volunteers_of(PAC012.unit))


def test_for_programs(command, folder):
    _status, said = command("notices", "status", PERIOD, "--json", "--data", folder)

    found = json.loads(said)
    assert (found["nation"]["told"], found["nation"]["total"], found["nation"]["percent"]) == (2, 60, 3)
    assert {one["unit"] for one in found["regions"]} == {
        "OOAD07-R01",
        "OOAD07-R03",
        "OOAD21-R01",
        "OOAD21-R02",
    }
    assert sum(one["not_found"] for one in found["pacs"]) == 1


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        pytest.param(("2031-B1",), "no está abierto", id="no-period"),
        pytest.param((PERIOD, "--unit", "PAC999"), "no hay una unidad", id="no-unit"),
    ],
)
def test_what_nobody_knows_is_said(command, folder, words, answer):
    status, said = command("notices", "status", *words, "--data", folder)

    assert status != 0
    assert answer in said
