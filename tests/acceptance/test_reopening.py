"""Corrections after the integration, the rubric and the authorisation, and the way back that CACyPCS has (AC-26, AC-27)."""

import json

import pytest

from actions.show_progress import pending_steps
from procedures.engine import Status
from service.clock import SystemClock
from storage.lists import ListLevel, ListState
from tests.acceptance.scene import edited
from tests.acceptance.test_variants import EMS_R01, integrate_region
from tests.people import (
    ANEW,
    CACYPCS,
    CFI,
    CPEEYPB,
    EGAS_CHIAPAS,
    EMS_R03,
    JSPM_CHIAPAS,
    PAC012,
    PERIOD,
    SAC_R01,
    SAC_R03,
    volunteers_of,
)

CHIAPAS = "OOAD07"


@pytest.fixture
def at_desk(command, monkeypatch):
    """Type a command at the office's own time."""

    def typed(scene, *words):
        monkeypatch.setattr(SystemClock, "now", lambda _clock: scene.clock.now())
        return command(*words, "--data", scene.folder)

    return typed


def corrected(scene):
    return edited(scene[PAC012].filled(), {"O3": "cambió de unidad médica", "M3": "UMR corregida"})


# ------------------------------------------------------------------ AC-26


async def test_ac_26_a_correction_after_the_jspms_rubric_voids_everything_above(delivered):
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await integrate_region(delivered, SAC_R03, EMS_R03)
    for who, step in ((EMS_R01, "A13"), (EMS_R03, "A13"), (EGAS_CHIAPAS, "A14"), (EGAS_CHIAPAS, "A15")):
        await delivered[who].does(step)
    await delivered[JSPM_CHIAPAS].does("A21")

    await delivered[PAC012].sends_list(corrected(delivered))

    assert not ({"A14", "A15", "A21"} & delivered.done(CHIAPAS))
    assert not ({"A10", "A11", "A12", "A13"} & delivered.done(SAC_R03.unit))
    assert {"A10", "A11", "A12", "A13"} <= delivered.done(SAC_R01.unit)
    [ooad] = delivered.versions(CHIAPAS, ListLevel.LVO)
    assert ooad.state is ListState.OUTDATED
    assert delivered.stands("A21", CHIAPAS) is Status.PENDING


# ------------------------------------------------------------------ AC-33


async def test_ac_33_a_rubric_that_fell_after_the_question_refuses_the_authorisation_and_says_who_was_asked(
    delivered,
):
    await delivered.play(lambda status: "A24" in status.steps_done)
    question = delivered[CACYPCS].asked("A25")
    await delivered[PAC012].sends_list(corrected(delivered))
    asked_on = delivered.today
    await delivered.leap_to("2027-02-04")

    [answer] = await delivered[CACYPCS].answers(question, f"AUTORIZO {question.code}")

    assert answer.template == "NOT-DONE"
    assert "Falta rúbrica de la JSPM: Chiapas (5.2.10)." in answer.text
    assert "Puebla" not in answer.text
    [waiting] = [line for line in answer.lines if "actividad 10" in line]
    assert "SAC, región 03 Ocosingo, OOAD Chiapas" in answer.text
    assert f"se pidió el {asked_on:%d-%m-%Y}" in answer.text, waiting
    assert "A25" not in delivered.done("")
    [noted] = [line for line in delivered.noted("step_refused") if line.step == "A25"]
    assert "Falta rúbrica de la JSPM: Chiapas (5.2.10)." in noted.text


async def test_ac_33_whoever_authorises_before_being_asked_hears_which_rubrics_are_missing(delivered):
    tag = f"[0780][{PERIOD}][A25][NACIONAL]"

    [tagged] = await delivered[CACYPCS].writes(f"{tag} Autorización", "AUTORIZO el listado")
    [plain] = await delivered[CACYPCS].writes("Listado nacional", "Autorizo el listado del periodo.")
    [invented] = await delivered[CACYPCS].writes(f"{tag} Autorización", "AUTORIZO 123456")
    [below] = await delivered[SAC_R03].writes(f"{tag} Autorización", "AUTORIZO el listado")

    for answer in (tagged, plain):
        assert answer.template == "NOT-DONE"
        assert "Falta rúbrica de la JSPM: Chiapas, Puebla (5.2.10)." in answer.text
        assert "SAC, región 03 Ocosingo, OOAD Chiapas" in answer.text
        assert "se pidió el" in answer.text
    # A code that is none, and somebody whose step it is not, get the neutral text and learn nothing.
    assert [answer.template for answer in (invented, below)] == ["CODE-REFUSED", "CODE-REFUSED"]
    assert "A25" not in delivered.done("")


# ------------------------------------------------------------------ AC-27


@pytest.fixture
async def refused(authorised):
    """The national list is authorised, and PAC012's correction was refused."""
    [answer] = await authorised[PAC012].sends_list(corrected(authorised))
    assert "ya fue autorizado" in answer.text
    return authorised


async def test_ac_27_cacypcs_opens_the_list_again_by_mail_with_a_reason(refused):
    question = refused[CACYPCS].last("M-48")
    for who in (JSPM_CHIAPAS, CPEEYPB, PAC012):
        refused[who].news()

    [without] = await refused[CACYPCS].answers(question, f"REABRO {question.code}")
    still = refused.versions("", ListLevel.LVN)[-1].state
    await refused[CACYPCS].answers(question, f"REABRO se omitió un cambio de unidad {question.code}")

    assert "conteste REABRO, el motivo y el código" in without.text
    assert still is ListState.AUTHORISED
    assert refused.versions("", ListLevel.LVN)[-1].state is ListState.INTEGRATED
    assert refused.is_open("A25", "")
    [line] = refused.noted("list_reopened")
    assert "se omitió un cambio de unidad" in line.text
    assert [letter.template for letter in refused[JSPM_CHIAPAS].news()] == ["REOPENED"]
    [told] = refused[PAC012].news()
    assert "Puede enviar de nuevo la corrección" in told.text
    assert not [who for who in volunteers_of(PAC012.unit) if who.name in told.words]


async def test_ac_27_after_the_reopening_the_correction_is_taken_and_authorised_anew(refused, at_desk):
    question = refused[CACYPCS].last("M-48")
    await refused[CACYPCS].answers(question, f"REABRO se omitió un cambio {question.code}")

    [acuse] = await refused[PAC012].sends_list(corrected(refused))
    await refused.take_turns(ANEW)

    assert acuse.template == "M-06"
    first, second = refused.versions("", ListLevel.LVN)
    assert (first.state, second.state) == (ListState.REPLACED, ListState.AUTHORISED)
    told = json.loads(at_desk(refused, "lists", "explain", PERIOD, "--json")[1])
    assert told["whole"] is True
    [history] = [one for one in told["versions"] if one["title"].startswith("LVN")]
    assert "UMR corregida" in json.dumps(told["versions"], ensure_ascii=False)
    assert [line["turn"] for line in history["lines"]] == ["changed"]


async def test_ac_27_without_any_correction_the_same_list_is_authorised_again(refused):
    question = refused[CACYPCS].last("M-48")
    await refused[CACYPCS].answers(question, f"REABRO revisión {question.code}")

    await refused[CACYPCS].does("A25")

    [version] = refused.versions("", ListLevel.LVN)
    assert version.state is ListState.AUTHORISED
    assert len(refused.noted("list_authorised")) == 2


async def test_at_the_keyboard_only_cacypcs_opens_it_again_and_with_a_reason(authorised, at_desk):
    by_cfi = at_desk(authorised, "lists", "reopen", PERIOD, "--reason", "error", "--as", CFI.key)
    without = at_desk(authorised, "lists", "reopen", PERIOD, "--reason", " ", "--as", CACYPCS.key)
    done = at_desk(
        authorised, "lists", "reopen", PERIOD, "--reason", "se omitió a alguien", "--as", CACYPCS.key
    )
    again = at_desk(authorised, "lists", "reopen", PERIOD, "--reason", "otra vez", "--as", CACYPCS.key)
    await authorised.settle()

    assert (by_cfi[0], without[0], done[0], again[0]) == (1, 1, 0, 1)
    assert len(authorised.noted("list_reopened")) == 1
    assert authorised[CACYPCS].is_asked("A25")


async def test_nobody_is_asked_for_a_reopening(authorised):
    waiting = await authorised.service.writer.run(pending_steps, [("CACyPCS", "PIB")])

    assert "EV25R" not in {one.step for one in waiting}
    assert not authorised[CACYPCS].is_asked("EV25R")
