"""Who has not sent: told apart, reminded once a day, left alone when the list arrives (issue part three, 8; act. 9, 18)."""

import json
from io import BytesIO

import openpyxl
import pytest

from service.clock import SystemClock
from storage.cases import StepOutcome
from storage.lists import ListLevel
from tests.acceptance.scene import edited, saved
from tests.acceptance.test_variants import EMS_R01, integrate_region
from tests.people import (
    CFI,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_R03,
    JSPM_CHIAPAS,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R01,
    SAC_R03,
    at,
    volunteers_of,
)

PAC018 = at("PAC", "OOAD07-R03-PAC018")
PAC001, PAC004 = at("PAC", "OOAD07-R01-PAC001"), at("PAC", "OOAD07-R01-PAC004")
SAC_PUEBLA_R01, SAC_PUEBLA_R02 = at("SAC", "OOAD21-R01"), at("SAC", "OOAD21-R02")


@pytest.fixture
def at_desk(command, monkeypatch):
    """Type a command at the office's own time."""

    def typed(scene, *words):
        monkeypatch.setattr(SystemClock, "now", lambda _clock: scene.clock.now())
        return command(*words, "--data", scene.folder)

    return typed


def of(scene, member, template):
    """The letters of one kind in somebody's mailbox."""
    return [letter for letter in scene[member].received if letter.template == template]


def without_volunteers(workbook):
    """The request's workbook, which says in its Control sheet that there is nobody."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    for row in book["Listado"].iter_rows(min_row=3):
        for cell in row:
            cell.value = None
    for row in book["Control"].iter_rows():
        if row[0].value == "Sin voluntarios":
            row[1].value = "SIN VOLUNTARIOS"
    return saved(book)


@pytest.fixture
async def mixed(asked):
    """Chiapas after the date: one delivered, one with errors, one without volunteers, one excused, one silent."""
    await asked[PAC012].sends_list(asked[PAC012].filled())
    await asked[PAC018].sends_list(edited(asked[PAC018].filled(), {"I3": 1}))
    await asked[PAC001].sends_list(without_volunteers(asked[PAC001].blank()))
    await asked.leap_to("2027-01-19", "09:30")
    escalation = asked[SAC_R01].last("M-46")
    assert "PAC004" in escalation.text
    await asked[SAC_R01].answers(escalation, f"EXCEPCIÓN la persona está de licencia {escalation.code}")
    return asked


async def test_each_way_of_having_sent_or_not_is_told_apart(mixed, at_desk):
    status, said = at_desk(mixed, "lists", "missing", PERIOD, "--unit", "Chiapas", "--json")

    told = json.loads(said)
    states = {one["unit"]: (one["state"], one["late"]) for one in told["units"]}
    assert status == 1
    assert states == {
        PAC012.unit: ("entregado", False),
        PAC015.unit: ("vencido", True),
        PAC018.unit: ("con errores", True),
        PAC001.unit: ("sin voluntarios", False),
        PAC004.unit: ("excepción", False),
    }
    assert told["missing"] == [PAC015.unit, PAC018.unit]


async def test_the_answer_at_the_keyboard_names_units_dates_and_reasons_and_nobody(mixed, at_desk):
    _status, said = at_desk(mixed, "lists", "missing", PERIOD, "--unit", "OOAD07", "--all")

    assert "3 de 5 resueltos, 2 con plazo vencido" in said
    assert "PAC015 Taniperla, región 03 Ocosingo: vencido desde el 18-01-2027" in said
    assert "1 renglón por corregir" in said
    assert "la persona está de licencia" in said
    assert not [who for who in volunteers_of(PAC012.unit) if who.name in said]


async def test_a_superior_asks_by_mail_who_is_missing_and_is_told_of_the_own_unit_only(mixed):
    [of_region] = await mixed[SAC_R03].writes("Pregunta", "FALTANTES")
    [of_ooad] = await mixed[JSPM_CHIAPAS].writes("Pregunta", "Faltantes")
    [of_another] = await mixed[SAC_R03].writes("Pregunta", "FALTANTES OOAD07-R01")

    assert "1 de 3 resueltos" in of_region.text
    assert "PAC004" not in of_region.text
    assert "3 de 5 resueltos" in of_ooad.text
    assert of_another.template == "NOT-DONE"
    assert "No encontré ese listado en su ámbito." in of_another.text


async def test_in_the_nation_each_pac_is_named_with_its_region_and_ooad_and_who_may_not_remind_is_not_told_to(
    mixed,
):
    [told] = await mixed[CFI].writes("Pregunta", "FALTANTES")
    [of_region] = await mixed[SAC_R03].writes("Pregunta", "¿Quién falta?")

    assert "PAC015 Taniperla, región 03 Ocosingo, OOAD Chiapas: vencido desde el 18-01-2027" in told.text
    assert "RECUERDA" not in told.text
    assert "- PAC015 Taniperla: vencido" in of_region.text
    assert "RECUERDA" in of_region.text


# ------------------------------------------------------------------ chasing


async def test_exactly_those_who_owe_are_reminded_and_only_once_a_day(asked, at_desk):
    await asked[PAC012].sends_list(asked[PAC012].filled())
    before = len(of(asked, PAC015, "M-45"))

    [told] = await asked[SAC_R03].writes("Recordatorio", "RECUERDA")
    [again] = await asked[SAC_R03].writes("Recordatorio", "RECUERDA")
    by_ooad = at_desk(asked, "lists", "remind", PERIOD, "--unit", "OOAD07", "--as", EGAS_CHIAPAS.key)
    await asked.settle()

    assert "Se recordó a 2 PAC: PAC015 Taniperla, PAC018 Nueva Palestina." in told.text
    assert "Ya se recordó hoy: PAC015 Taniperla, PAC018 Nueva Palestina." in again.text
    assert by_ooad[0] == 0
    assert "PAC001" in by_ooad[1]
    assert "Ya se recordó hoy: PAC015" in by_ooad[1]
    assert len(of(asked, PAC015, "M-45")) == before + 1
    assert of(asked, PAC012, "M-45") == []
    assert {line.channel for line in asked.noted("missing_reminded")} == {"mail", "command"}


async def test_nobody_below_or_beside_can_have_others_reminded(asked, at_desk):
    [by_pac] = await asked[PAC012].writes("Recordatorio", f"RECUERDA {PAC012.unit}")
    beside = at_desk(asked, "lists", "remind", PERIOD, "--unit", "OOAD07-R03", "--as", SAC_R01.key)

    assert by_pac.template == "NOT-DONE"
    assert beside[0] == 1
    assert asked.noted("missing_reminded") == []


async def test_a_late_list_is_asked_for_each_working_day_until_it_comes(asked):
    late, done = asked[PAC015], asked[PAC012]
    await done.sends_list(done.filled())
    await asked.leap_to("2027-01-18", "18:00")
    late.news()
    done.news()

    await asked.leap_to("2027-01-21", "18:00")
    chased = [letter for letter in late.news() if letter.template == "M-45"]
    await late.sends_list(late.filled())
    await asked.leap_to("2027-01-29", "18:00")

    assert [letter.subject.count("Plazo vencido") for letter in chased] == [1, 1, 1]
    assert [letter for letter in late.news() if letter.template == "M-45"] == []
    assert [letter for letter in done.received if "Plazo vencido" in letter.subject] == []


async def test_nobody_is_chased_for_ever(asked):
    await asked.leap_to("2027-03-01", "08:00")

    late = [letter for letter in of(asked, PAC015, "M-45") if "Plazo vencido" in letter.subject]
    assert len(late) == 10


async def test_a_list_with_errors_is_still_owed_and_reminded_of(asked):
    pac = asked[PAC012]
    await pac.sends_list(edited(pac.filled(), {"I3": 1}))
    pac.news()

    await asked.leap_to("2027-01-19", "09:30")

    assert [letter.template for letter in pac.news() if letter.template == "M-45"] != []
    assert [letter for letter in of(asked, SAC_R03, "M-46") if "PAC012" in letter.text]


async def test_who_was_excused_is_left_alone(mixed):
    mixed[PAC004].news()

    await mixed.leap_to("2027-01-25", "18:00")

    assert [letter for letter in mixed[PAC004].news() if letter.template in {"M-45", "M-46"}] == []


async def test_three_days_late_the_level_above_the_next_hears_of_it_too(asked):
    ems = asked[EMS_R03]
    await asked.leap_to("2027-01-20", "18:00")
    before = [letter for letter in of(asked, EMS_R03, "M-46") if "PAC015" in letter.text]

    await asked.leap_to("2027-01-21", "09:30")

    assert before == []
    [told] = [letter for letter in ems.received if letter.template == "M-46" and "PAC015" in letter.text]
    assert "EXCEPCIÓN" not in told.text


# ------------------------------------------------------------------ a region that does not deliver


async def test_an_egas_documents_that_a_region_did_not_deliver_and_the_ooad_goes_on(delivered):
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await delivered[EMS_R01].does("A13")
    await delivered.leap_to("2027-01-29", "18:00")
    egas = delivered[EGAS_CHIAPAS]
    escalation = [letter for letter in of(delivered, EGAS_CHIAPAS, "M-46") if "región 03" in letter.text][-1]

    await egas.answers(escalation, f"EXCEPCIÓN la región no entregó en el plazo {escalation.code}")
    await egas.does("A14")

    [excepted] = [row for row in delivered.steps("OOAD07-R03") if row.step == "A13"]
    assert excepted.outcome is StepOutcome.EXCEPTED
    assert "no entregó en el plazo" in excepted.text
    [version] = delivered.versions("OOAD07", ListLevel.LVO)
    assert [note for note in version.notes if "R03" in note]
    assert version.rows == delivered.versions("OOAD07-R01", ListLevel.LVR)[-1].rows


async def test_the_ems_designado_documents_it_of_another_region_where_there_is_no_egas(delivered):
    await integrate_region(delivered, SAC_PUEBLA_R01, EMS_PUEBLA_R01)
    question = delivered[EMS_PUEBLA_R01].asked("A16")
    await delivered[EMS_PUEBLA_R01].answers(question, f"DECIDO 1 tiene el personal {question.code}")
    await delivered.leap_to("2027-01-29", "18:00")
    escalation = [
        letter
        for letter in of(delivered, EMS_PUEBLA_R01, "M-46")
        if "región 02" in letter.text and letter.code
    ][-1]

    await delivered[EMS_PUEBLA_R01].answers(
        escalation, f"EXCEPCIÓN la región no entregó en el plazo {escalation.code}"
    )

    assert [row.outcome for row in delivered.steps("OOAD21-R02") if row.step == "A17"] == [
        StepOutcome.EXCEPTED
    ]
    assert delivered[EMS_PUEBLA_R01].is_asked("A19")
