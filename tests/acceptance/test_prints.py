"""Lists on paper: the print that goes with its letter, and the copies that are handed out at the keyboard (6.8)."""

import pypdfium2
import pytest
from typer.testing import CliRunner

from service.main import application
from storage.lists import ListLevel
from tests.people import CFI, EMS_R03, JSPM_PUEBLA, PAC012, PERIOD, SAC_R01, SAC_R03, volunteers_of

REGION = SAC_R03.unit


def pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def print_of(letter) -> bytes:
    [content] = [content for name, content in letter.attachments.items() if name.endswith(".pdf")]
    return content


async def test_a_list_travels_with_the_print_that_is_to_be_rubricated(delivered):
    await delivered[SAC_R03].does("A10")

    sent, asked = delivered[EMS_R03].last("M-08"), delivered[SAC_R03].asked("A11")
    [version] = delivered.versions(REGION, ListLevel.LVR)
    assert print_of(sent) == print_of(asked)
    text = " ".join(pages(print_of(asked)))
    assert f"huella {version.digest[:10]}" in text
    assert SAC_R03.name in text
    assert EMS_R03.name in text
    for person in volunteers_of(PAC012.unit):
        assert person.name in text


@pytest.fixture
def oficialia(offices, tmp_path):
    """Commands at the keyboard of an office whose listado definitivo was released."""
    offices.copy("demonstration", tmp_path / "datos")

    def run(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(
            application, [*(str(one) for one in arguments), "--data", str(tmp_path / "datos")]
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout + result.stderr

    return run


def test_the_definitive_list_is_printed_as_a_file_an_ooad(oficialia, tmp_path):
    status, told = oficialia(
        "lists", "print", PERIOD, "--to", tmp_path / "papel", "--as", CFI.key, "--reason", "entrega a la UPIB"
    )

    assert status == 0, told
    files = sorted(path.name for path in (tmp_path / "papel").iterdir())
    assert files == ["LD_2027-B1_OOAD07_v1.pdf", "LD_2027-B1_OOAD21_v1.pdf"]
    for name in files:
        for text in pages((tmp_path / "papel" / name).read_bytes()):
            assert f"Copia para {CFI.name}" in text
            assert "Motivo: entrega a la UPIB" in text


def test_a_copy_is_handed_to_whom_it_concerns_and_to_nobody_else(oficialia, tmp_path):
    def export(member, unit: str) -> tuple[int, str]:
        path = tmp_path / f"{member.key}-{unit}.xlsx"
        return oficialia(
            "lists", "export", PERIOD, path, "--unit", unit, "--as", member.key, "--reason", "revisión"
        )

    own = export(SAC_R03, REGION)
    others = export(SAC_R01, REGION)
    nowhere = export(SAC_R01, "OOAD99-R09")
    below = export(JSPM_PUEBLA, "OOAD21-R01")
    above = export(SAC_R01, "OOAD07")
    money = export(CFI, "OOAD07")

    assert own[0] == below[0] == 0, own[1] + below[1]
    assert others[0] == above[0] == money[0] == 1
    assert others[1] == nowhere[1] == f"{SAC_R01.name} no tiene a su alcance ese listado (5.1.3).\n"


def test_a_copy_without_a_reason_is_not_made(oficialia, tmp_path):
    status, told = oficialia(
        "lists", "export", PERIOD, tmp_path / "x.csv", "--form", "layout", "--as", CFI.key, "--reason", " "
    )

    assert status == 1
    assert "Indique el motivo" in told
    assert not (tmp_path / "x.csv").exists()
