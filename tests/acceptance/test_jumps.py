"""Unusual jumps at every tier, and the reason that goes up with each (V-059): asked for, kept, shown; it holds nothing up."""

import json

import pytest

from service.clock import SystemClock
from storage import volunteers
from storage.lists import ListLevel
from tests.acceptance.scene import edited
from tests.acceptance.test_duplicates import PAC018
from tests.acceptance.test_headcounts import bring_to_ems_designado
from tests.acceptance.test_variants import EMS_R01, PUEBLA, integrate_region
from tests.people import (
    CACYPCS,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_R03,
    JSPM_CHIAPAS,
    JSPM_PUEBLA,
    PAC012,
    PERIOD,
    SAC_R01,
    SAC_R03,
    at,
)

CHIAPAS = "OOAD07"
REGION = SAC_R03.unit
WHY = "dos familias se mudaron a Palenque; se revisó con la asamblea"


def without(scene, pac, count: int) -> bytes:
    """The list of a PAC with so many fewer people."""
    rows = range(3, 3 + count)
    gone = {f"{column}{row}": None for row in rows for column in "ABCDEFGHIJKLMNO"}
    return edited(scene[pac].filled(), gone)


def jump(count: int, before: int) -> str:
    return f"{count} personas; en el periodo anterior fueron {before} ({count - before:+})."


async def test_v_059_a_pac_is_asked_why_and_the_answer_goes_to_the_sac_in_its_own_words(asked):
    pac, sac = asked[PAC012], asked[SAC_R03]
    [acuse] = await pac.sends_list(without(asked, PAC012, 2))
    arrived = sac.last("LIST-ARRIVED")

    [thanks] = await pac.answers(acuse, f"Motivo: {WHY}\n\nSaludos")

    assert "una línea que empiece con «Motivo:»" in acuse.text
    assert f"{jump(3, 5)} Sin motivo." in arrived.text
    assert thanks.template == "THANKS"
    assert WHY in thanks.text
    told = sac.last("NOTE")
    assert f"{jump(3, 5)} Motivo: {WHY}" in told.text
    [line] = asked.noted("jump_explained")
    assert WHY in line.text
    assert len(asked.versions(PAC012.unit)) == 1


async def test_v_059_a_reason_that_comes_with_the_list_stands_and_one_without_a_jump_is_not_needed(asked):
    workbook = without(asked, PAC012, 2)
    sentence = "CONFIRMO que este listado se elaboró con el Equipo de Salud (Dra. Paz)."

    [acuse] = await asked[PAC012].sends_list(workbook, text=f"Motivo: {WHY}\n{sentence}")
    arrived = asked[SAC_R03].last("LIST-ARRIVED")
    [plain] = await asked[PAC018].sends_list(asked[PAC018].filled())
    [needless] = await asked[PAC018].answers(plain, "Motivo: ninguno en especial")

    assert f"Motivo asentado de la diferencia con el periodo anterior: «{WHY}»" in acuse.text
    assert "A08" in asked.done(PAC012.unit)
    assert f"Motivo: «{WHY}»" in arrived.text
    assert "«Motivo:»" not in plain.text
    assert "no hace falta motivo" in needless.text
    # As many people again, in a corrected list: the reason stands. Others: it says nothing of them.
    [same] = await asked[PAC012].sends_list(edited(workbook, {"O5": "sin novedad"}))
    [other] = await asked[PAC012].sends_list(without(asked, PAC012, 3))
    assert f"«{WHY}»" in same.text
    assert "«Motivo:»" in other.text


@pytest.fixture
async def jumped(asked):
    """Two PACs of region 03 of Chiapas list five people fewer, one of them without a reason."""
    scene = asked
    reason = f"\nMotivo: {WHY}"
    members = [at("PAC", unit) for unit in scene.case().tree["pac"]]
    for member in members:
        workbook = without(scene, member, {PAC012.unit: 2, PAC018.unit: 3}.get(member.unit, 0))
        text = "CONFIRMO que este listado se elaboró con el Equipo de Salud (Dra. Paz)."
        await scene[member].sends_list(workbook, text=text + (reason if member.unit == PAC012.unit else ""))
    return scene


async def test_v_059_each_tier_names_what_jumped_below_with_its_reason_or_none(jumped, command, monkeypatch):
    scene = jumped
    with scene.books() as session:
        before = {
            **{unit: volunteers.count_active_at(session, unit) for unit in (PAC012.unit, PAC018.unit)},
            **{unit: volunteers.count_active(session, unit) for unit in (REGION, CHIAPAS)},
        }
    sac, ems, egas, jspm, cacypcs = (
        scene[who] for who in (SAC_R03, EMS_R03, EGAS_CHIAPAS, JSPM_CHIAPAS, CACYPCS)
    )
    question = sac.asked("A10")
    count = sum(len(scene.lines(unit)) for unit in scene.case().tree["pac"] if unit.startswith(f"{REGION}-"))
    of_region = jump(count, before[REGION])

    regional = "se cerró un camino en la zona"
    await sac.answers(question, f"APRUEBO {question.code}\nMotivo: {regional}")
    await sac.does("A11")
    for who, step in ((EMS_R03, "A12"), (EMS_R03, "A13")):
        await scene[who].does(step)
    await integrate_region(scene, SAC_R01, EMS_R01)
    await scene[EMS_R01].does("A13")
    to_egas = egas.asked("A14")
    for who, step in (
        (EGAS_CHIAPAS, "A14"),
        (EGAS_CHIAPAS, "A15"),
        (JSPM_CHIAPAS, "A21"),
        (JSPM_CHIAPAS, "A22"),
    ):
        await scene[who].does(step)
    await bring_to_ems_designado(scene)
    for who, step in (
        (EMS_PUEBLA_R01, "A19"), (EMS_PUEBLA_R01, "A20"), (JSPM_PUEBLA, "A21"), (JSPM_PUEBLA, "A22"),
    ):  # fmt: skip
        await scene[who].does(step)
    await cacypcs_receives(scene)

    # The SAC is asked for the region's own reason, and sees those of its PACs.
    assert (
        f"PAC012 Damasco: {jump(before[PAC012.unit] - 2, before[PAC012.unit])} Motivo: «{WHY}»"
        in question.text
    )
    assert (
        f"PAC018 Nueva Palestina: {jump(before[PAC018.unit] - 3, before[PAC018.unit])} Sin motivo. (V-059)"
        in question.text
    )
    assert (
        f"difiere en más de una décima del periodo anterior: región 03 Ocosingo: {of_region}" in question.text
    )
    # From there on it goes up, region by region, and OOAD by OOAD.
    with_reason = f"región 03 Ocosingo: {of_region} Motivo: «{regional}». (V-059)"
    for letter in (ems.last("M-08"), to_egas):
        assert with_reason in letter.text, letter.template
    [version] = scene.versions(CHIAPAS, ListLevel.LVO)
    of_ooad = f"OOAD Chiapas: {jump(version.rows, before[CHIAPAS])} Sin motivo. (V-059)"
    for letter in (
        jspm.last("M-11"),
        next(one for one in cacypcs.received if one.template == "M-15" and "Chiapas" in one.subject),
    ):
        assert of_ooad in letter.text, letter.template
        assert with_reason in letter.text, letter.template
    for step in ("A24", "A25"):
        assert of_ooad in cacypcs.asked(step).text, step
    assert scene.is_open("A25", "")
    # No jump held anything up, and the totals explain themselves with the reasons; without names not in people's words.
    monkeypatch.setattr(SystemClock, "now", lambda _clock: scene.clock.now())
    words = ("lists", "explain", PERIOD, "--unit", REGION, "--data", scene.folder)
    told = command(*words, "--json")
    jumps = json.loads(told[1])["jumps"]
    assert any("región 03 Ocosingo" in one and "Con motivo asentado" in one for one in jumps)
    assert any("PAC018" in one and "Sin motivo" in one for one in jumps)
    assert WHY not in told[1]
    [mailed] = await sac.writes("Totales", f"EXPLICA {PERIOD}")
    assert WHY in mailed.text
    assert with_reason in mailed.text


async def cacypcs_receives(scene):
    """A23 of both OOADs, and A24."""
    cacypcs = scene[CACYPCS]
    for ooad in (CHIAPAS, PUEBLA):
        asked = [
            letter
            for letter in cacypcs.received
            if (scene.row_of(letter).asks, scene.row_of(letter).asks_unit) == ("A23", ooad)
        ][-1]
        await cacypcs.answers(asked, f"{asked.word} {asked.code}")
    await cacypcs.does("A24")
