"""Who acts: four eyes over the whole chain, suplencia by oficio, handover of a post (features 21 and 29; 5.2.10)."""

from datetime import date

import pytest

from actions.arrange_post import PostNotArranged, hand_over_post, name_deputy
from actions.attest_step import AttestationRefused, attest_step
from procedures.engine import Status
from storage.lists import ListLevel
from tests.acceptance.test_rubrics import EMS_R01
from tests.acceptance.test_variants import CHIAPAS, integrate_region
from tests.people import (
    ADMIN,
    CACYPCS,
    CFI,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_R03,
    JSPM_CHIAPAS,
    PAC012,
    PERIOD,
    SAC_R01,
    SAC_R03,
)

REGION = SAC_R03.unit
OFICIO = "JSPM/012/2027"


def deputise(scene, role, unit, member, *, until=None, since=None, by=JSPM_CHIAPAS):
    """Name a deputy from today on, as somebody does at the keyboard."""
    return scene.service.writer.act(
        lambda desk: name_deputy(
            desk,
            role,
            unit,
            person=member.key,
            from_on=since or desk.today,
            to_on=until or date(2027, 12, 31),
            oficio=OFICIO,
            as_person=by.key,
        )
    )


def hand_over(scene, role, unit, member, *, by=JSPM_CHIAPAS, on=None):
    return scene.service.writer.act(
        lambda desk: hand_over_post(
            desk, role, unit, person=member.key, on=on or desk.today, oficio=OFICIO, as_person=by.key
        )
    )


def last_step(scene, step, unit):
    return [row for row in scene.steps(unit) if row.step == step][-1]


# ------------------------------------------------------------------ four eyes


async def test_whoever_rubricated_below_may_not_approve_above_in_anybodys_place(delivered):
    await delivered[SAC_R03].does("A10")
    await delivered[SAC_R03].does("A11")
    deputise(delivered, "EMS", REGION, SAC_R03)
    await delivered.settle()

    told = delivered[SAC_R03].last("EYES")
    by_keyboard = delivered.service.writer.act(
        lambda desk: attest_step(desk, PERIOD, "A12", REGION, as_person=SAC_R03.key)
    )

    assert not delivered[SAC_R03].is_asked("A12")
    assert "A10 (región 03 Ocosingo" in told.text
    assert "nombre con oficio a una persona suplente" in told.text
    assert delivered[ADMIN].last("EYES").text
    assert isinstance(by_keyboard, AttestationRefused)
    assert "Quien ya intervino en el listado no puede además aprobarlo" in by_keyboard.reasons[0]
    assert "A11 (región 03 Ocosingo" in by_keyboard.reasons[0]
    assert delivered.stands("A12", REGION) is Status.OPEN


async def test_being_the_deputy_bars_nobody_who_did_nothing(delivered):
    deputise(delivered, "EMS", REGION, SAC_R01)
    await delivered[SAC_R03].does("A10")
    await delivered[SAC_R03].does("A11")

    await delivered[SAC_R01].does("A12")

    assert "A12" in delivered.done(REGION)


async def test_ac_33_and_four_eyes_up_to_the_authorisation(delivered):
    """A PAC who becomes the CACyPCS's deputy finds the own list in the nation's."""
    deputise(delivered, "CACyPCS", "PIB", PAC012, by=CACYPCS)
    await delivered.settle()

    refused = delivered.service.writer.act(
        lambda desk: attest_step(desk, PERIOD, "A25", "", as_person=PAC012.key)
    )

    assert isinstance(refused, AttestationRefused)
    assert "Falta rúbrica de la JSPM: Chiapas, Puebla (5.2.10)." in refused.reasons
    [eyes] = [reason for reason in refused.reasons if "no puede además aprobarlo" in reason]
    assert f"listado de {PAC012.unit[-6:]}" in eyes
    assert delivered.stands("A25", "") is Status.PENDING


async def test_a_deputy_named_beforehand_lets_the_period_go_on(delivered):
    await delivered[SAC_R03].does("A10")
    await delivered[SAC_R03].does("A11")
    deputise(delivered, "EMS", REGION, SAC_R03)
    await delivered.settle()
    deputise(delivered, "EMS", REGION, SAC_R01)
    await delivered.settle()

    await delivered[SAC_R01].does("A12")

    done = last_step(delivered, "A12", REGION)
    assert done.acting_for == f"por ausencia de {EMS_R03.name}, oficio {OFICIO}"


# ------------------------------------------------------------------ suplencia


async def test_a_suplencia_shows_everywhere_who_acted_for_whom(delivered):
    await delivered[SAC_R03].does("A10")
    await delivered[SAC_R03].does("A11")
    deputise(delivered, "EMS", REGION, EMS_R01)
    await delivered.settle()
    told = [delivered[member].last("DEPUTY").text for member in (EMS_R01, EMS_R03)]

    await delivered[EMS_R01].does("A12")
    await delivered[EMS_R01].does("A13")

    words = f"por ausencia de {EMS_R03.name}, oficio {OFICIO}"
    assert last_step(delivered, "A12", REGION).acting_for == words
    assert any(words in line.text for line in delivered.noted("step_taken") if line.step == "A12")
    assert words in delivered[EGAS_CHIAPAS].last("M-10").text
    assert "usted actúa por ausencia de" in told[0]
    assert f"{EMS_R01.name} actúa por usted" in told[1]


async def test_a_suplencia_begins_and_ends_by_itself(delivered):
    deputise(delivered, "SAC", REGION, SAC_R01, since=date(2027, 1, 6), until=date(2027, 1, 7))
    before = delivered[SAC_R01].is_asked("A10") and [
        letter for letter in delivered[SAC_R01].received if delivered.row_of(letter).asks_unit == REGION
    ]

    await delivered.leap_to("2027-01-06")
    question = [
        letter
        for letter in delivered[SAC_R01].received
        if (delivered.row_of(letter).asks, delivered.row_of(letter).asks_unit) == ("A10", REGION)
    ][-1]
    await delivered.leap_to("2027-01-08")
    [answer] = await delivered[SAC_R01].answers(question, f"APRUEBO {question.code}")

    assert not before
    assert answer.template == "CODE-REFUSED"
    assert delivered.stands("A10", REGION) is Status.OPEN
    await delivered[SAC_R03].does("A10")
    assert "A10" in delivered.done(REGION)


@pytest.mark.parametrize(
    ("role", "unit", "by", "reason"),
    [
        ("SAC", "OOAD99-R01", JSPM_CHIAPAS, "No hay un puesto SAC en OOAD99-R01."),
        ("EMS", "OOAD21-R01", JSPM_CHIAPAS, "Sólo asientan cambios de un puesto"),
        ("SAC", REGION, CFI, "Sólo asientan cambios de un puesto"),
    ],
    ids=["no such post", "another OOAD's", "no authority"],
)
async def test_nobody_arranges_a_post_that_is_not_theirs(delivered, role, unit, by, reason):
    with pytest.raises(PostNotArranged) as refused:
        deputise(delivered, role, unit, SAC_R01, by=by)

    assert reason in refused.value.reasons[0]
    assert delivered.noted("deputy_named") == []


# ------------------------------------------------------------------ handover


async def test_a_handover_gives_everything_to_the_new_holder_and_kills_the_old_codes(delivered):
    old = delivered[SAC_R03].asked("A10")

    done = hand_over(delivered, "SAC", REGION, EMS_PUEBLA_R01)
    await delivered.settle()
    told_old, told_new = delivered[SAC_R03].last("HANDOVER"), delivered[EMS_PUEBLA_R01].last("HANDOVER")
    answers = await delivered[SAC_R03].answers(old, f"APRUEBO {old.code}")

    assert done.codes_ended >= 1
    assert "Los códigos que usted tenía para ese puesto dejan de servir" in told_old.text
    assert "A10, Integración del listado de la región" in told_new.text
    assert [letter.template for letter in answers] == ["M-44"]
    assert delivered.stands("A10", REGION) is Status.OPEN
    await delivered[EMS_PUEBLA_R01].does("A10")
    [version] = delivered.versions(REGION, ListLevel.LVR)
    assert version.rows
    assert last_step(delivered, "A10", REGION).role == "SAC"
    assert EMS_PUEBLA_R01.name in delivered[EMS_R03].last("M-08").text


async def test_a_new_pac_gets_the_request_and_the_old_ones_list_counts_for_nothing(asked):
    hand_over(asked, "PAC", PAC012.unit, EMS_PUEBLA_R01)
    await asked.settle()

    request = asked[EMS_PUEBLA_R01].last("M-04")
    [refused] = await asked[PAC012].sends_list(asked[PAC012].filled())
    await asked[EMS_PUEBLA_R01].sends_list(asked[PAC012].filled(), letter=request)

    assert refused.template == "M-44"
    assert "A08" in asked.done(PAC012.unit)


async def test_integration_of_two_regions_by_four_hands_needs_no_deputy(delivered):
    """What the procedure gives to one post stays possible: SAC builds and rubricates, EMS checks, EGAS integrates."""
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await integrate_region(delivered, SAC_R03, EMS_R03)
    await delivered[EMS_R01].does("A13")
    await delivered[EMS_R03].does("A13")
    await delivered[EGAS_CHIAPAS].does("A14")

    assert "A14" in delivered.done(CHIAPAS)
    assert delivered[EGAS_CHIAPAS].is_asked("A15")
