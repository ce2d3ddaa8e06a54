"""Lists on paper: the print that goes with its letter, and the copies that are handed out at the keyboard (6.8)."""

import json

import pypdfium2
import pytest
from typer.testing import CliRunner

from actions import prepare_prints
from actions.prepare_prints import in_bundles
from documents.printed_list import make_print
from documents.sandbox import JobTimedOut
from mail.composing import Enclosure
from schedules import ticker
from service.main import application
from storage.lists import ListLevel
from tests.acceptance.test_provider_acuse import to_the_money, to_the_ps
from tests.people import (
    ADMIN,
    CFI,
    EMS_R03,
    JSPM_PUEBLA,
    PAC012,
    PERIOD,
    SAC_R01,
    SAC_R03,
    UPIB,
    volunteers_of,
)

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


# ------------------------------------------------------------------ the listado definitivo to the UPIB (A32)

PARTS = ["LD_2027-B1_OOAD07_v1.pdf", "LD_2027-B1_OOAD21_v1.pdf"]


@pytest.fixture
async def determined(authorised):
    """The amount is determined (A31): the prints are ordered, and the CFI is asked to hand them over."""
    await to_the_ps(authorised)
    await to_the_money(authorised)
    return authorised


def delivered_prints(scene, who, template: str):
    return [letter for letter in scene[who].received if letter.template == template]


async def test_a32_the_upib_gets_the_list_printed_and_electronic_once_the_cfi_delivers(determined):
    asked = determined[CFI].asked("A32")
    before = delivered_prints(determined, CFI, "PRINTS")

    await determined.service.ticker.tick()
    await determined.settle()
    [ready] = delivered_prints(determined, CFI, "PRINTS")
    early = delivered_prints(determined, UPIB, "M-20")
    await determined[CFI].does("A32")

    assert (before, early) == ([], [])
    assert "le llega por separado" in asked.text
    [delivery] = delivered_prints(determined, UPIB, "M-20")
    for letter in (ready, delivery):
        assert sorted(letter.attachments) == ["LD_2027-B1_NACIONAL_v1.xlsx", *PARTS]
    text = " ".join(text for name in PARTS for text in pages(delivery.attachments[name]))
    [version] = determined.versions("", ListLevel.LD)
    assert f"huella {version.digest[:10]}" in text
    assert all(line.reference in text for line in determined.lines("", ListLevel.LD))
    assert "Entrega de Listado definitivo impreso y electrónico" in delivery.subject
    assert "OOAD Chiapas" in delivery.text
    assert "Verificación (5.2.4)".upper() in delivery.text
    assert "recibió la versión 1" in delivery.text
    # What was printed is in the journal, file by file, and is made once.
    assert [json.loads(line.data)["part"] for line in determined.noted("list_printed")] == [
        "OOAD07",
        "OOAD21",
    ]
    await determined.service.ticker.tick()
    await determined.settle()
    assert (
        len(delivered_prints(determined, UPIB, "M-20"))
        == len(delivered_prints(determined, CFI, "PRINTS"))
        == 1
    )


async def test_a32_attested_before_the_prints_are_made_the_letter_waits_for_them(determined):
    await determined[CFI].does("A32")
    at_once = delivered_prints(determined, UPIB, "M-20")

    await determined.service.ticker.tick()
    await determined.settle()

    assert at_once == []
    [delivery] = delivered_prints(determined, UPIB, "M-20")
    assert sorted(delivery.attachments)[1:] == PARTS


async def test_a32_stopped_between_two_files_it_goes_on_with_the_one_that_lacks(determined):
    writer = determined.service.writer
    order = await writer.run(prepare_prints.next_print)
    await writer.run(prepare_prints.keep_made, order, make_print(writer.workshop, order.printed))
    again = await writer.run(prepare_prints.next_print)
    # Made twice at the same time, a file is kept once; a copy that was made and not kept is made anew.
    await writer.run(prepare_prints.keep_made, order, make_print(writer.workshop, order.printed))

    await determined.service.ticker.tick()
    await determined.settle()

    assert (order.part, again.part) == ("OOAD07", "OOAD21")
    assert [json.loads(line.data)["part"] for line in determined.noted("list_printed")] == [
        "OOAD07",
        "OOAD21",
    ]
    [ready] = delivered_prints(determined, CFI, "PRINTS")
    assert sorted(ready.attachments)[1:] == PARTS


async def test_a32_a_print_that_fails_alarms_and_holds_up_nothing_else(determined, monkeypatch):
    def failing(*_values):
        raise JobTimedOut(1)

    with monkeypatch.context() as patched:
        patched.setattr(ticker, "make_print", failing)
        await determined.service.ticker.tick()
    await determined.settle()
    alarm = determined[ADMIN].last("M-48")
    meanwhile = delivered_prints(determined, CFI, "PRINTS")
    determined.clock.leap_to(determined.clock.now() + prepare_prints.FAULT_PATIENCE)

    await determined.service.ticker.tick()
    await determined.settle()

    assert "No se pudo preparar el impreso de OOAD07" in alarm.text
    assert meanwhile == []
    assert len(delivered_prints(determined, CFI, "PRINTS")) == 1


def test_what_no_letter_can_hold_is_named_and_the_rest_is_shared_out():
    files = [
        Enclosure(name=name, media_type="", data=b"0" * size)
        for name, size in (("a", 400), ("b", 300), ("c", 2_000), ("d", 200), ("e", 10))
    ]

    bundles = in_bundles(files, 1_000)

    assert [[file.name for file in bundle.files] for bundle in bundles] == [["a", "b"], ["d", "e"]]
    assert {bundle.left for bundle in bundles} == {("c",)}
    assert [(bundle.number, bundle.of) for bundle in bundles] == [(1, 2), (2, 2)]
