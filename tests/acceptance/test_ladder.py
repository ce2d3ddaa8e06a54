"""Reminders and the ladder (ledger 7.6): one letter a day, in office hours where people work, and after a stop once (AC-73)."""

from datetime import date

import pytest
from sqlmodel import col, update

from storage import people
from storage.organisation import UnitRow
from storage.people import HoldingRow
from tests.acceptance.delivery_scene import attest_all
from tests.people import (
    CACYPCS,
    CFI,
    EMS_R03,
    JSPM_CHIAPAS,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R03,
    UPIB,
    at,
)

PAC018 = at("PAC", "OOAD07-R03-PAC018")
TOLD = {"M-45", "M-46"}


def told(person):
    return [letter for letter in person.received if letter.template in TOLD]


async def sleep_until(scene, day, hour):
    """Let office time pass while nobody runs the desk, and start it again."""
    target = scene.clock.now().astimezone(scene.service.writer.office.zone).replace(
        year=int(day[:4]), month=int(day[5:7]), day=int(day[8:]), hour=int(hour[:2]), minute=int(hour[3:])
    )  # fmt: skip
    scene.clock.leap_to(target)
    await scene.service.ticker.tick()
    await scene.settle()


async def test_several_late_lists_are_told_to_their_sac_in_one_letter(asked):
    await asked.leap_to("2027-01-19", "09:30")

    [letter] = told(asked[SAC_R03])
    assert letter.template == "M-46"
    assert "3 actividades vencidas en su ámbito" in letter.subject
    assert all(pac in letter.text for pac in ("PAC012", "PAC015", "PAC018"))
    # Each may be excused by itself.
    assert letter.text.count("EXCEPCIÓN") == 3


async def test_nobody_hears_twice_on_one_day(asked):
    await asked.leap_to("2027-01-29", "18:00")

    by_day = {}
    for person in (SAC_R03, EMS_R03, PAC012, JSPM_CHIAPAS, CACYPCS):
        for row in asked.letters():
            if row.address == person.email and row.template in TOLD:
                by_day.setdefault((person.email, row.created_at.date()), []).append(row)
    assert by_day
    assert {len(rows) for rows in by_day.values()} == {1}


async def test_reminders_leave_at_nine_on_working_days_only(asked):
    await asked.leap_to("2027-02-08", "18:00")

    zone = asked.service.writer.office.zone
    moments = {row.created_at.astimezone(zone) for row in asked.letters() if row.template in TOLD}
    assert moments
    assert {(moment.hour, moment.minute) for moment in moments} == {(9, 0)}
    assert not {moment.date() for moment in moments} & {
        date(2027, 1, 23),
        date(2027, 1, 24),
        date(2027, 2, 1),
    }


async def test_ac_73_what_a_stop_left_behind_is_told_once_and_never_at_night(asked):
    pac, sac = asked[PAC015], asked[SAC_R03]

    await sleep_until(asked, "2027-01-23", "22:00")
    at_night = told(pac) + told(sac)
    await asked.leap_to("2027-01-25", "08:59")
    before = told(pac) + told(sac)
    await asked.leap_to("2027-01-25", "09:00")
    for _ in range(3):
        await asked.service.ticker.tick()
    await asked.settle()

    assert (at_night, before) == ([], [])
    [to_pac], [to_sac] = told(pac), told(sac)
    assert "Plazo vencido: actividad 8, 18-ene-2027" in to_pac.subject
    assert "venció hace 5 días hábiles" in to_pac.text
    assert to_sac.text.count("PAC015") >= 1
    [to_ems] = told(asked[EMS_R03])
    assert "PAC015" in to_ems.text


async def test_what_was_done_in_the_meantime_is_not_told(asked):
    await sleep_until(asked, "2027-01-23", "22:00")
    pac = asked[PAC012]
    await pac.sends_list(pac.filled())

    await asked.leap_to("2027-01-25", "09:30")

    assert told(pac) == []
    assert "PAC012" not in told(asked[SAC_R03])[0].text


async def test_three_working_days_late_two_levels_up_hear_of_it(asked):
    await asked.leap_to("2027-01-20", "18:00")
    before = told(asked[EMS_R03])

    await asked.leap_to("2027-01-21", "09:30")

    assert before == []
    [letter] = told(asked[EMS_R03])
    assert "PAC, PAC015 Taniperla" in letter.text
    assert PAC015.name not in letter.text


async def test_people_are_told_at_nine_where_they_work(asked):
    def move_west(desk):
        desk.session.exec(
            update(UnitRow).where(col(UnitRow.code) == "OOAD07").values(timezone="America/Tijuana")
        )

    await asked.service.writer.run(move_west)
    await asked.leap_to("2027-01-18", "10:59")
    before = [letter for letter in told(asked[PAC012]) if "Vence hoy" in letter.subject]
    await asked.leap_to("2027-01-18", "11:00")

    assert before == []
    assert [letter for letter in told(asked[PAC012]) if "Vence hoy" in letter.subject]


async def test_a_vacant_post_is_told_to_the_next_level_instead(asked):
    def leave(desk):
        person = people.find_person_by_email(desk.session, PAC018.email)
        desk.session.exec(
            update(HoldingRow).where(col(HoldingRow.person_id) == person.id).values(to_on=date(2027, 1, 5))
        )

    await asked.service.writer.run(leave)
    await asked.leap_to("2027-01-14", "09:30")

    [letter] = told(asked[SAC_R03])
    assert "PAC018" in letter.text
    assert "sin persona o sin correo registrado" in letter.text
    assert "PAC012" not in letter.text


# ------------------------------------------------------------------ A44 and A47


@pytest.fixture
async def to_be_refunded(announced):
    """A desk on 16 March 2027, when the amount is determined (A43) and the oficio to the CT is due the next day."""
    await announced.leap_to("2027-03-16", "10:00")
    attest_all(announced.service.writer, {"A42", "A43"})
    await announced.settle()
    return announced


async def test_the_oficio_to_the_treasury_is_insisted_on_three_times_on_its_day(to_be_refunded):
    desk = to_be_refunded
    desk[CFI].news()

    await desk.leap_to("2027-03-17", "18:00")

    letters = [letter for letter in desk[CFI].news() if letter.template == "M-45"]
    assert ["actividad 44" in letter.subject for letter in letters] == [True, True, True]
    zone = desk.service.writer.office.zone
    hours = [
        row.created_at.astimezone(zone).hour
        for row in desk.letters()
        if row.template == "M-45" and row.address == CFI.email and row.step == "A44"
    ]
    assert hours[-3:] == [9, 13, 16]


async def test_an_hour_that_was_missed_is_not_made_up_for_at_night(to_be_refunded):
    desk = to_be_refunded
    await desk.leap_to("2027-03-17", "09:30")
    desk[CFI].news()

    await sleep_until(desk, "2027-03-17", "21:00")
    at_night = desk[CFI].news()
    await desk.leap_to("2027-03-18", "09:00")

    assert [letter for letter in at_night if letter.template == "M-45"] == []
    [late] = [letter for letter in desk[CFI].news() if letter.template in TOLD]
    assert "vencida" in late.subject
    assert "actividad 44" in late.text.lower()
    assert PERIOD in late.subject
    # UPIB is named to hear of it at once, besides being the next level.
    assert "actividad: 44." in told(desk[UPIB])[-1].text.lower()
