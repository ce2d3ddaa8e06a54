"""The PS's own layout: checked, put in force, used in A27, and the same file made again years later (LAY; 5.2.4)."""

import hashlib
import io
from pathlib import Path

import pytest
import pyzipper

from documents.protection import password_for
from service.demo import office as demo_office
from storage.lists import ListLevel
from tests.people import CACYPCS, CFI, CPEEYPB, PERIOD, SAC_R03

SAMPLES = Path(__file__).parents[1] / "samples" / "layouts"
FIXED = SAMPLES / "ancho_fijo.yaml"
PS = demo_office.PS_ADDRESS


@pytest.fixture
def wide(tmp_path):
    """A layout of fixed width with room for every name of the demonstration's office."""
    path = tmp_path / "prestador.yaml"
    text = (
        FIXED.read_text(encoding="utf-8")
        .replace("width: 10,", "width: 40,")
        .replace("width: 30,", "width: 60,")
    )
    path.write_text(
        text.replace("width: 28,", "width: 40,").replace("width: 24,", "width: 40,"), encoding="utf-8"
    )
    return path


def loaded(command, scene, path, *options):
    return command("layout", "load", path, "--as", CPEEYPB.key, *options, "--data", scene.folder)


async def test_the_file_is_made_in_the_layout_that_was_loaded_and_says_so(authorised, command, wide):
    status, told = loaded(
        command, authorised, wide, "--provider", "prestador de servicios de la DEMOSTRACIÓN"
    )

    await authorised[CACYPCS].does("A26")
    await authorised[CPEEYPB].does("A27")
    await authorised[CPEEYPB].does("A28")

    assert (status, "ancho_fijo versión 3" in told) == (0, True)
    [version] = authorised.versions("", ListLevel.LD)
    assert version.layout_sha256 == hashlib.sha256(wide.read_bytes()).hexdigest()
    assert authorised.noted("layout_made")[0].text.count("con el layout ancho_fijo 3")
    [(name, content)] = authorised[PS].last("M-17").attachments.items()
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        [info] = archive.infolist()
        inside = archive.read(
            info, pwd=password_for(authorised.settings.office.secret, version.file_sha256).encode()
        )
    assert (name, info.filename) == (f"LD_{PERIOD}_v1.zip", f"LD_{PERIOD}_v1.txt")
    lines = inside.decode("latin-1").splitlines()
    assert (len(lines), {line[0] for line in lines}, len({len(line) for line in lines})) == (
        version.rows,
        {"D"},
        1,
    )


@pytest.mark.parametrize("first", ["shipped", "loaded"])
async def test_an_auditor_makes_the_same_file_again_whatever_is_in_force_since(
    authorised, command, wide, tmp_path, first
):
    if first == "loaded":
        loaded(command, authorised, wide)
    await authorised[CACYPCS].does("A26")
    await authorised[CPEEYPB].does("A27")
    newer = tmp_path / "otro.yaml"
    newer.write_text(wide.read_text(encoding="utf-8").replace("version: 3", "version: 4"), encoding="utf-8")
    assert loaded(command, authorised, newer)[0] == 0
    [version] = authorised.versions("", ListLevel.LD)
    again = tmp_path / "ld.bin"

    status, told = command(
        "lists", "export", PERIOD, again, "--form", "layout", "--as", CPEEYPB.key, "--reason", "auditoría",
        "--data", authorised.folder,
    )  # fmt: skip
    same, said = command("lists", "compare", PERIOD, again, "--as", CFI.key, "--data", authorised.folder)
    shown, listed = command("layout", "list", "--data", authorised.folder)
    _status, text = command("layout", "show", version.layout_sha256[:10], "--data", authorised.folder)

    assert status == 0, told
    assert hashlib.sha256(again.read_bytes()).hexdigest() == version.file_sha256
    assert same == 0, said
    assert shown == 0
    assert version.layout_sha256[:10] in listed
    assert [line.split()[-1] for line in listed.splitlines() if "ancho_fijo" in line][-1] == "sí"
    assert hashlib.sha256(text.encode()).hexdigest() == version.layout_sha256


async def test_only_who_processes_the_list_or_holds_the_contract_loads_a_layout(authorised, command, wide):
    status, told = command("layout", "load", wide, "--as", SAC_R03.key, "--data", authorised.folder)

    assert (status, "no ocupa un puesto de" in told) == (1, True)
    assert authorised.noted("layout_denied")
    assert not authorised.noted("layout_loaded")


async def test_what_is_no_layout_is_told_by_its_lines_and_changes_nothing(
    authorised, command, tmp_path, wide
):
    bad = tmp_path / "malo.yaml"
    bad.write_text(
        wide.read_text(encoding="utf-8").replace("type: digits", "type: dígitos"), encoding="utf-8"
    )

    status, told = loaded(command, authorised, bad)
    _status, listed = command("layout", "list", "--data", authorised.folder)

    assert status == 1
    assert "línea 12: «type: dígitos» no existe" in told
    assert "No se ha cargado ni usado ningún layout" in listed


async def test_the_same_version_with_other_words_is_refused_and_so_is_an_unknown_provider(
    authorised, command, tmp_path, wide
):
    other = tmp_path / "otro.yaml"
    other.write_text(
        wide.read_text(encoding="utf-8").replace('constant: "D"', 'constant: "E"'), encoding="utf-8"
    )

    assert loaded(command, authorised, wide)[0] == 0
    again = loaded(command, authorised, wide)
    changed = loaded(command, authorised, other)
    stranger = loaded(command, authorised, other, "--provider", "Banco de Nadie")

    assert again[0] == changed[0] == stranger[0] == 1
    assert "ya es el vigente" in again[1]
    assert "suba el número de «version»" in changed[1]
    assert "Prestadores con contrato: Prestador de Servicios de la Demostración." in stranger[1]


def test_a_layout_is_checked_without_an_office_and_shows_what_it_makes(command):
    status, told = command("layout", "check", FIXED)

    assert status == 0
    assert "línea" not in told
    assert "OCOSINGO" in told
    assert "«NOMBRE» tiene 47 caracteres y el layout admite 30." in told
    assert "Puede usarse" in told


def test_what_a_check_finds_is_told_with_its_lines_to_people_and_to_programs(command, tmp_path):
    bad = tmp_path / "malo.yaml"
    bad.write_text(FIXED.read_text(encoding="utf-8").replace("width: 9", "width: nueve"), encoding="utf-8")

    status, told = command("layout", "check", bad)
    code, answer = command("layout", "check", bad, "--json")

    assert status == code == 1
    assert "línea 12: «width» debe ser un número entero de 1 a 1000." in told
    assert '"usable": false' in answer


def test_the_layout_that_ships_is_a_start_for_ones_own(command, tmp_path):
    mine = tmp_path / "mio.yaml"
    status, text = command("layout", "show")
    mine.write_text(text, encoding="utf-8")

    assert status == 0
    assert command("layout", "check", mine)[0] == 0
