"""How many people may be listed: the number of an OOAD, its exception with a document, references and jumps (V-057 to V-059)."""

import pypdfium2
import pytest
from sqlmodel import col, select

from service.clock import SystemClock
from service.demo.correspondent import Attachment
from storage.entries import AttachmentRow
from storage.lists import ListLevel
from storage.periods import HeadcountRow
from tests.acceptance.scene import edited
from tests.acceptance.test_duplicates import PAC018, deliver, with_somebody_of_pac012
from tests.acceptance.test_variants import (
    EMS_R01,
    PUEBLA,
    SAC_PUEBLA_R01,
    SAC_PUEBLA_R02,
    integrate_region,
    lower_headcount,
)
from tests.people import (
    CACYPCS,
    CFI,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_PUEBLA_R02,
    EMS_R03,
    JSPM_CHIAPAS,
    JSPM_PUEBLA,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R01,
    SAC_R03,
    VOLUNTEERS,
    volunteers_of,
)

CHIAPAS = "OOAD07"
OFICIO = Attachment(name="oficio-045.pdf", content=b"%PDF-1.7 oficio", media_type="application/pdf")


async def bring_to_egas(scene):
    """Both regions of Chiapas deliver to the EGAS."""
    await integrate_region(scene, SAC_R01, EMS_R01)
    await integrate_region(scene, SAC_R03, EMS_R03)
    await scene[EMS_R01].does("A13")
    await scene[EMS_R03].does("A13")


async def bring_to_ems_designado(scene):
    """Both regions of Puebla, which has no EGAS, deliver to the EMS that they designated."""
    await integrate_region(scene, SAC_PUEBLA_R01, EMS_PUEBLA_R01)
    await integrate_region(scene, SAC_PUEBLA_R02, EMS_PUEBLA_R02)
    ems = scene[EMS_PUEBLA_R01]
    question = ems.asked("A16")
    await ems.answers(question, f"DECIDO 1 tiene el personal {question.code}")
    await scene[EMS_PUEBLA_R02].does("A17")


@pytest.fixture
async def over(delivered):
    """Chiapas lists 30 people and may list 29; the EGAS cannot integrate."""
    lower_headcount(delivered, CHIAPAS, 29)
    await bring_to_egas(delivered)
    return delivered


@pytest.fixture
def at_desk(command, monkeypatch):
    """Type a command at the office's own time."""

    def typed(scene, *words):
        monkeypatch.setattr(SystemClock, "now", lambda _clock: scene.clock.now())
        return command(*words, "--data", scene.folder)

    return typed


async def test_ac_23_cacypcs_and_the_jspm_hear_of_the_excess_and_only_cacypcs_may_except_it(over):
    question = over[CACYPCS].last("HEADCOUNT")
    told = over[JSPM_CHIAPAS].last("HEADCOUNT")

    assert "30 de 29 autorizados" in question.text
    assert "30 de 29 autorizados" in told.text
    assert question.code
    assert "EXCEPCIÓN" not in told.text
    assert "30 de 29 autorizados" in over[EGAS_CHIAPAS].asked("A14").text


async def test_ac_23_an_exception_needs_its_document_and_then_the_ooad_goes_on_and_everybody_sees_it(over):
    question = over[CACYPCS].last("HEADCOUNT")

    [without] = await over[CACYPCS].answers(question, f"EXCEPCIÓN oficio UPIB/045 {question.code}")
    integrated_without = over.versions(CHIAPAS, ListLevel.LVO)
    await over[CACYPCS].answers(question, f"EXCEPCIÓN oficio UPIB/045 {question.code}", files=[OFICIO])
    await over[EGAS_CHIAPAS].does("A14")

    assert "Falta el documento que autoriza la excepción" in without.text
    assert integrated_without == []
    [line] = over.noted("headcount_excepted")
    assert "30 personas en lugar de 29, con oficio-045.pdf" in line.text
    assert OFICIO.content in [over.service.blobs.get(row.sha256) for row in attachments(over)]
    [version] = over.versions(CHIAPAS, ListLevel.LVO)
    assert version.rows == 30
    shown = "la CACyPCS autorizó 30 personas"
    assert shown in over[EGAS_CHIAPAS].asked("A15").text
    await over[EGAS_CHIAPAS].does("A15")
    assert shown in over[JSPM_CHIAPAS].last("M-11").text
    assert shown in over[JSPM_CHIAPAS].asked("A21").text
    assert shown in printed(over[JSPM_CHIAPAS].last("M-11"))


def printed(letter):
    """Return what the print says that goes with a letter."""
    [content] = [content for name, content in letter.attachments.items() if name.endswith(".pdf")]
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]
    return " ".join(" ".join(pages).split())


def attachments(scene):
    with scene.books() as session:
        return list(session.exec(select(AttachmentRow)))


async def test_an_exception_is_for_those_who_were_shown_and_no_more(over):
    question = over[CACYPCS].last("HEADCOUNT")
    pac = over[PAC012]
    book = pac.filled()
    await pac.sends_list(edited(book, dict.fromkeys(f"{column}3" for column in "ABCDEFGHIJKLMNO")))

    [answer] = await over[CACYPCS].answers(
        question, f"EXCEPCIÓN oficio UPIB/045 {question.code}", files=[OFICIO]
    )

    assert "no excede su número autorizado" in answer.text
    assert over.noted("headcount_excepted") == []


async def test_the_number_by_kind_counts_too(delivered):
    with delivered.service.store.transaction() as session:
        for row in session.exec(select(HeadcountRow).where(col(HeadcountRow.unit) == CHIAPAS)):
            row.total, row.vrs, row.pvr = 40, 10, 30
            session.add(row)
    await bring_to_egas(delivered)

    await delivered[EGAS_CHIAPAS].does("A14")

    assert delivered.versions(CHIAPAS, ListLevel.LVO) == []
    assert "VRS de 10 autorizados" in delivered[EGAS_CHIAPAS].asked("A14").text
    assert "VRS de 10 autorizados" in delivered[CACYPCS].last("HEADCOUNT").text


async def test_at_the_keyboard_only_cacypcs_excepts_and_with_a_file(over, at_desk, tmp_path):
    file = tmp_path / "oficio.pdf"
    file.write_bytes(b"%PDF-1.7 firmado")
    words = ("lists", "headcount", PERIOD, "--ooad", "Chiapas")

    before = at_desk(over, *words)
    by_cfi = at_desk(over, *words, "--document", file, "--reason", "UPIB/045", "--as", CFI.key)
    without_reason = at_desk(over, *words, "--document", file, "--as", CACYPCS.key)
    done = at_desk(over, *words, "--document", file, "--reason", "UPIB/045", "--as", CACYPCS.key)
    after = at_desk(over, *words)
    await over.settle()

    assert before[0] == 1
    assert "30 de 29 autorizados" in before[1]
    assert (by_cfi[0], without_reason[0], done[0], after[0]) == (1, 1, 0, 0)
    assert "la CACyPCS autorizó 30 personas" in after[1]
    assert len(over.noted("headcount_excepted")) == 1
    await over[EGAS_CHIAPAS].does("A14")
    assert len(over.versions(CHIAPAS, ListLevel.LVO)) == 1


async def test_ac_23_an_ooad_without_egas_goes_on_by_the_exception_and_the_nation_sees_by_which_document(
    delivered,
):
    listed = sum(one.unit.startswith(f"{PUEBLA}-") for one in VOLUNTEERS)
    lower_headcount(delivered, PUEBLA, listed - 1)
    ems, jspm, cacypcs = delivered[EMS_PUEBLA_R01], delivered[JSPM_PUEBLA], delivered[CACYPCS]
    await bring_to_ems_designado(delivered)
    question = cacypcs.last("HEADCOUNT")

    early = await ems.does("A19")
    await cacypcs.answers(question, f"EXCEPCIÓN oficio UPIB/046 {question.code}", files=[OFICIO])
    for who, steps in ((ems, ("A19", "A20")), (jspm, ("A21", "A22")), (cacypcs, ("A23",))):
        for step in steps:
            await who.does(step)
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await integrate_region(delivered, SAC_R03, EMS_R03)
    for member, step in (
        (EMS_R01, "A13"), (EMS_R03, "A13"), (EGAS_CHIAPAS, "A14"), (EGAS_CHIAPAS, "A15"),
        (JSPM_CHIAPAS, "A21"), (JSPM_CHIAPAS, "A22"), (CACYPCS, "A23"), (CACYPCS, "A24"), (CACYPCS, "A25"),
    ):  # fmt: skip
        await delivered[member].does(step)

    assert [letter.template for letter in early] == ["NOT-DONE", "ASK-A19"]
    assert f"{listed} personas de {listed - 1} autorizadas" in early[0].text
    for letter in (early[1], question):
        assert f"{listed} de {listed - 1} autorizados" in letter.text
    shown = f"OOAD Puebla: la CACyPCS autorizó {listed} personas"
    [brought] = [
        letter for letter in cacypcs.received if letter.template == "M-15" and "Puebla" in letter.subject
    ]
    for letter in (jspm.last("M-14"), jspm.asked("A21"), brought, cacypcs.asked("A24"), cacypcs.asked("A25")):
        assert shown in letter.text, letter.subject
        assert "oficio-045.pdf" in letter.text
    assert delivered.versions(PUEBLA, ListLevel.LVO)[-1].rows == listed
    assert "A25" in delivered.done("")
    # Of another OOAD's exception nobody there hears.
    assert not [letter for letter in delivered[JSPM_CHIAPAS].received if "autorizó" in letter.text]


async def test_cacypcs_documents_by_mail_that_an_ooad_did_not_deliver_and_the_nation_goes_on(delivered):
    await bring_to_egas(delivered)
    for member, step in (
        (EGAS_CHIAPAS, "A14"), (EGAS_CHIAPAS, "A15"), (JSPM_CHIAPAS, "A21"), (JSPM_CHIAPAS, "A22"), (CACYPCS, "A23"),
    ):  # fmt: skip
        await delivered[member].does(step)
    await bring_to_ems_designado(delivered)
    for step in ("A19", "A20"):
        await delivered[EMS_PUEBLA_R01].does(step)
    await delivered.leap_to("2027-02-05", "18:00")
    cacypcs = delivered[CACYPCS]
    escalation = [
        letter for letter in cacypcs.received if "EXCEPCIÓN" in letter.text and "Puebla" in letter.text
    ][-1]

    await cacypcs.answers(escalation, f"EXCEPCIÓN el OOAD no entregó en el plazo {escalation.code}")
    for step in ("A24", "A25"):
        await cacypcs.does(step)

    assert "no entregó en el plazo" in cacypcs.asked("A25").text
    # Puebla's list had been integrated, and its JSPM never rubricated it: it does not count (5.2.10).
    [version] = delivered.versions("", ListLevel.LVN)
    assert len(delivered.versions(PUEBLA, ListLevel.LVO)) == 1
    assert version.rows == delivered.versions(CHIAPAS, ListLevel.LVO)[-1].rows
    assert [note for note in version.notes if PUEBLA in note]
    assert "A25" in delivered.done("")
    [told] = await cacypcs.writes("Totales", f"EXPLICA {PERIOD} A22 A25")
    assert (
        "OOAD Puebla, versión 1: no cuenta, se siguió sin este listado (excepción) (30 renglones" in told.text
    )


async def test_who_was_left_out_as_a_duplicate_does_not_count(asked):
    first, second, sac = asked[PAC012], asked[PAC015], asked[SAC_R03]
    await first.sends_list(first.filled())
    workbook, _row = with_somebody_of_pac012(second.filled())
    await second.sends_list(workbook)
    before = asked.situation(CHIAPAS).facts(CHIAPAS)["headcount"]
    question = sac.last("DUPLICATE")
    await sac.answers(question, f"DECIDO 1 participa con PAC012 {question.code}")

    assert asked.situation(CHIAPAS).facts(CHIAPAS)["headcount"] == before - 1


async def test_v_058_and_v_059_the_sac_sees_what_exceeds_a_reference_or_jumped_and_what_changed(asked):
    with asked.service.store.transaction() as session:
        session.add(HeadcountRow(unit=PAC012.unit, period=PERIOD, total=3))
    book = asked[PAC018].filled()
    gone = {f"{column}{row}": None for column in "ABCDEFGHIJKLMNO" for row in (3, 4)}
    await asked[PAC018].sends_list(edited(book, gone))
    await deliver(asked, PAC012, PAC015)

    question = asked[SAC_R03].asked("A10")

    assert "PAC012 Damasco: 5 personas; el cupo de referencia es 3. (V-058)" in question.text
    before = len(volunteers_of(PAC018.unit))
    assert (
        f"PAC018 Nueva Palestina: {before - 2} personas; en el periodo anterior fueron {before} (-2). Sin motivo. (V-059)"
        in question.text
    )
    assert "PAC018 Nueva Palestina: 0 altas, 2 bajas y 0 cambios" in question.text
    await asked[SAC_R03].does("A10")
    assert len(asked.versions(SAC_R03.unit, ListLevel.LVR)) == 1
