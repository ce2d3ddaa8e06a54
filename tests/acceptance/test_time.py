"""What time does (ledger 7.2, 7.6): due dates and their reasons, reminders, the late PAC and the exception (AC-25)."""

from datetime import date, datetime

import pytest

from procedures.engine import Status
from service.demo.cast import ZONE
from storage import agenda
from storage.agenda import DeadlineKind
from storage.cases import StepOutcome
from storage.lists import ListLevel
from tests.people import ADMIN, EMS_R03, PAC012, PAC015, SAC_R03, at, volunteers_of

PAC018 = at("PAC", "OOAD07-R03-PAC018")


def kinds(letters):
    return [letter.template for letter in letters]


# ------------------------------------------------------------------ AC-25


@pytest.fixture
async def waiting_for_one(asked):
    """The desk of `asked` on the day after the lists were due; PAC015 of region 3 has sent nothing."""
    for pac in (PAC012, PAC018):
        await asked[pac].sends_list(asked[pac].filled())
    for who in (PAC012, PAC015, SAC_R03, EMS_R03):
        asked[who].news()
    await asked.leap_to("2027-01-19", "09:30")
    return asked


async def test_ac_25_a_late_pac_is_overdue_and_its_sac_hears_of_it(waiting_for_one):
    desk = waiting_for_one

    status = await desk.status()

    [late] = [item for item in status.late if "PAC015" in item.unit]
    assert late.due_on == date(2027, 1, 18)
    assert late.reason
    [overdue] = [line for line in desk.noted("step_overdue") if line.unit == PAC015.unit]
    assert overdue.text.endswith("vencido desde el 18-01-2027.")
    to_pac = [letter for letter in desk[PAC015].news() if letter.template == "M-45"]
    assert "El plazo de esta actividad venció hace 1 día hábil." in to_pac[-1].text
    [to_sac] = [letter for letter in desk[SAC_R03].news() if letter.template == "M-46"]
    assert "PAC015 Taniperla" in to_sac.text
    assert "lunes 18 de enero de 2027" in to_sac.text
    assert not [person for person in volunteers_of(PAC015.unit) if person.name in to_sac.words]
    assert "M-45" not in kinds(desk[PAC012].news())
    assert "M-46" not in kinds(desk[EMS_R03].news())


async def test_ac_25_the_sac_records_that_nothing_was_delivered_and_the_region_goes_on(waiting_for_one):
    desk = waiting_for_one
    sac = desk[SAC_R03]
    escalation = sac.last("M-46")

    await sac.answers(escalation, f"EXCEPCIÓN no entregó su listado en el plazo {escalation.code}")
    [excepted] = [row for row in desk.steps(PAC015.unit) if row.step == "A08"]
    await sac.does("A10")

    assert (excepted.outcome, excepted.by_system) == (StepOutcome.EXCEPTED, False)
    assert "no entregó" in excepted.text
    assert [line.unit for line in desk.noted("step_excepted") if line.step == "A08"] == [PAC015.unit]
    [region] = desk.versions("OOAD07-R03", ListLevel.LVR)
    assert region.rows == 5 + 6
    assert [note for note in region.notes if "PAC015" in note]
    delivered = desk[EMS_R03].last("M-08")
    assert "PAC015" in delivered.text
    assert "no entregó su listado en el plazo" in delivered.text


async def test_ac_25_without_the_exception_the_region_waits(waiting_for_one):
    assert not waiting_for_one[SAC_R03].is_asked("A10")
    assert waiting_for_one.stands("A10", SAC_R03.unit) is Status.PENDING


async def test_ac_25_a_list_that_comes_after_all_is_taken_and_marked_late(waiting_for_one):
    desk = waiting_for_one
    pac = desk[PAC015]

    [acuse] = await pac.sends_list(pac.filled())

    assert acuse.template == "M-06"
    assert {(row.step, row.late) for row in desk.steps(PAC015.unit) if row.step == "A08"} == {("A08", True)}
    assert desk[SAC_R03].is_asked("A10")


# ------------------------------------------------------------------ reminders


async def test_the_owner_is_reminded_two_working_days_before_and_on_the_day(asked):
    pac = asked[PAC015]
    pac.news()

    await asked.leap_to("2027-01-13", "18:00")
    too_early = kinds(pac.news())
    await asked.leap_to("2027-01-14", "09:00")
    before = pac.news()
    await asked.leap_to("2027-01-18", "08:59")
    between = kinds(pac.news())
    await asked.leap_to("2027-01-18", "09:00")
    on_the_day = pac.news()

    assert too_early == []
    assert kinds(before) == ["M-45"]
    assert "Le quedan 2 días hábiles" in before[0].text
    assert between == []
    assert kinds(on_the_day) == ["M-45"]
    assert "Hoy es el último día" in on_the_day[0].text


async def test_who_delivered_is_left_alone(asked):
    pac = asked[PAC012]
    await pac.sends_list(pac.filled())
    pac.news()

    await asked.leap_to("2027-01-19")

    assert kinds(pac.news()) == []


async def test_the_same_deadline_is_told_once_however_often_the_desk_looks(asked):
    await asked.leap_to("2027-01-19")
    before = len(asked.letters())

    for _ in range(3):
        await asked.service.ticker.tick()
    await asked.settle()

    assert len(asked.letters()) == before


# ------------------------------------------------------------------ our own faults


async def test_what_fails_by_a_fault_of_ours_holds_up_nothing_else_that_is_due(asked):
    """A step that no definition knows cannot be told of: whatever comes after it must fire all the same."""

    def put_down(desk):
        broken = agenda.Due(
            key="1/broken",
            kind=DeadlineKind.OVERDUE,
            case_id=1,
            step="A99",
            unit="OOAD07-R03",
            name="1",
            due_at=datetime(2027, 1, 18, 8, 0, tzinfo=ZONE),
            due_on=date(2027, 1, 18),
            reason="",
        )
        agenda.put(desk.session, [broken])

    asked[PAC015].news()
    await asked.service.writer.run(put_down)

    await asked.leap_to("2027-01-19", "09:30")

    failed = asked.noted("deadline_failed")
    assert failed
    assert all("1/broken" in line.text for line in failed)
    assert [letter for letter in asked[PAC015].news() if letter.template == "M-45"]
    assert "1/broken" in asked[ADMIN].last("M-48").text
