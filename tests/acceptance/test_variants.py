"""The ways of a list through an OOAD, and back (ledger 9.2; AC-16, 23, 26 and 27 of 9.1)."""

from dataclasses import replace

import pytest
from sqlmodel import col, select

from actions.open_period import PeriodNotOpened, open_period
from procedures.engine import Status
from service.clock import LeapingClock
from service.demo.cast import CONFIRMATION
from service.demo.correspondent import Attachment
from service.demo.office import office
from storage.cases import StepOutcome
from storage.lists import ListLevel, ListState
from storage.periods import HeadcountRow
from tests.acceptance.scene import BEGINS, at_work, cells_of, edited, set_up
from tests.people import (
    CACYPCS,
    EGAS_CHIAPAS,
    EMS_PUEBLA_R01,
    EMS_PUEBLA_R02,
    EMS_R03,
    JSPM_PUEBLA,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R01,
    SAC_R03,
    at,
    volunteers_of,
)

CHIAPAS, PUEBLA = "OOAD07", "OOAD21"
EMS_R01 = at("EMS", "OOAD07-R01")
SAC_PUEBLA_R01, SAC_PUEBLA_R02 = at("SAC", "OOAD21-R01"), at("SAC", "OOAD21-R02")


async def integrate_region(scene, sac, ems):
    """A10 to A12: the SAC integrates and rubricates, the EMS rubricates."""
    await scene[sac].does("A10")
    await scene[sac].does("A11")
    await scene[ems].does("A12")


# ------------------------------------------------------------------ AC-28 to AC-31


async def test_ac_28_with_an_egas_the_list_goes_to_it_and_nobody_is_designated(delivered):
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await integrate_region(delivered, SAC_R03, EMS_R03)

    assert [delivered.stands("A13", ems.unit) for ems in (EMS_R01, EMS_R03)] == [Status.OPEN, Status.OPEN]
    assert {delivered.stands(f"A{number}", CHIAPAS) for number in (16, 18, 19, 20)} == {Status.NOT_APPLICABLE}
    assert {delivered.stands("A17", ems.unit) for ems in (EMS_R01, EMS_R03)} == {Status.NOT_APPLICABLE}
    assert delivered[EMS_R03].asked("A13").code
    assert not delivered[EMS_R03].is_asked("A16")


async def test_ac_28_the_egas_integrates_when_every_ems_has_delivered(delivered):
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await integrate_region(delivered, SAC_R03, EMS_R03)
    await delivered[EMS_R01].does("A13")
    after_one = delivered[EGAS_CHIAPAS].is_asked("A14")

    await delivered[EMS_R03].does("A13")
    await delivered[EGAS_CHIAPAS].does("A14")

    assert not after_one
    [version] = delivered.versions(CHIAPAS, ListLevel.LVO)
    regions = [delivered.versions(unit, ListLevel.LVR)[0] for unit in ("OOAD07-R01", "OOAD07-R03")]
    assert version.rows == sum(row.rows for row in regions)
    assert version.total_centavos == sum(row.total_centavos for row in regions)


async def test_ac_29_without_an_egas_one_of_two_ems_is_designated_and_the_other_sends_to_it(delivered):
    await integrate_region(delivered, SAC_PUEBLA_R01, EMS_PUEBLA_R01)
    await integrate_region(delivered, SAC_PUEBLA_R02, EMS_PUEBLA_R02)
    jspm = delivered[JSPM_PUEBLA]
    question = delivered[EMS_PUEBLA_R01].asked("A16")

    await delivered[EMS_PUEBLA_R01].answers(
        question, f"DECIDO 1 tiene el personal para integrarlo {question.code}"
    )
    waiting = delivered.stands("A18", PUEBLA)
    await delivered[EMS_PUEBLA_R02].does("A17")

    assert delivered.case().facts[PUEBLA]["designated_ems"] == "OOAD21-R01"
    assert delivered.stands("A17", "OOAD21-R01") is Status.NOT_APPLICABLE
    assert not delivered[EMS_PUEBLA_R01].is_asked("A17")
    assert waiting is not Status.DONE
    assert delivered.stands("A18", PUEBLA) is Status.DONE
    [told] = [letter for letter in delivered[EMS_PUEBLA_R01].received if letter.template == "M-12"]
    assert "EMS de la región 01 Huauchinango" in told.text
    await delivered[EMS_PUEBLA_R01].does("A19")
    await delivered[EMS_PUEBLA_R01].does("A20")
    assert [letter.template for letter in jspm.received if letter.template == "M-14"] == ["M-14"]
    assert jspm.is_asked("A21")


@pytest.fixture
async def one_ems(tmp_path, workshop):
    """A desk of one OOAD without EGAS, with a single region; its PAC is asked for the list."""
    whole = office()
    directory = replace(
        whole,
        ooads=tuple(item for item in whole.ooads if item.code == PUEBLA),
        regions=tuple(item for item in whole.regions if item.code == "OOAD21-R01"),
        pacs=tuple(item for item in whole.pacs if item.code == "OOAD21-R01-PAC001"),
        **{
            name: tuple(item for item in getattr(whole, name) if _is_left(item.unit))
            for name in ("localities", "medical_units", "holdings", "headcounts", "history")
        },
    )
    clock = LeapingClock(BEGINS)
    set_up(tmp_path / "datos", clock, directory)
    async with at_work(tmp_path / "datos", BEGINS, workshop=workshop) as scene:
        await scene.service.writer.run(open_period, PERIOD)
        await scene.settle()
        await scene[CACYPCS].does("A01")
        await scene[EMS_PUEBLA_R01].answers(scene[EMS_PUEBLA_R01].asked("A03"), "ENTERADO")
        await scene[SAC_PUEBLA_R01].answers(scene[SAC_PUEBLA_R01].asked("A04"), "ENTERADO")
        yield scene


def _is_left(unit):
    return unit in {"PIB", PUEBLA, "OOAD21-R01", "OOAD21-R01-PAC001"}


async def test_ac_30_a_single_ems_designates_itself_and_sends_to_nobody(one_ems):
    pac = one_ems[at("PAC", "OOAD21-R01-PAC001")]
    await pac.sends_list(pac.filled())

    await integrate_region(one_ems, SAC_PUEBLA_R01, EMS_PUEBLA_R01)

    [designation] = [row for row in one_ems.steps(PUEBLA) if row.step == "A16"]
    assert designation.outcome is StepOutcome.DONE
    assert one_ems.stands("A17", "OOAD21-R01") is Status.NOT_APPLICABLE
    assert one_ems.stands("A18", PUEBLA) is Status.DONE
    assert one_ems[EMS_PUEBLA_R01].is_asked("A19")
    assert not one_ems[EMS_PUEBLA_R01].is_asked("A16")
    assert "El OOAD cuenta con un solo EMS" in one_ems[EMS_PUEBLA_R01].last("M-12").text
    assert len(one_ems.noted("ems_designated")) == 1


@pytest.fixture
async def egas_unset(tmp_path, workshop):
    """A desk whose directory does not say whether Puebla has an EGAS."""
    whole = office()
    ooads = tuple(replace(item, has_egas=None) if item.code == PUEBLA else item for item in whole.ooads)
    set_up(tmp_path / "datos", LeapingClock(BEGINS), replace(whole, ooads=ooads))
    async with at_work(tmp_path / "datos", BEGINS, workshop=workshop) as scene:
        yield scene


async def test_ac_31_an_ooad_whose_egas_nobody_said_stays_out_and_cacypcs_is_asked(egas_unset):
    opened = await egas_unset.service.writer.run(open_period, PERIOD)
    await egas_unset.settle()

    assert opened.ooads == (CHIAPAS,)
    assert "AMB-05" in opened.left_out[PUEBLA]
    assert PUEBLA not in egas_unset.case().tree["ooad"]
    letters = egas_unset[CACYPCS].news()
    [question] = [letter for letter in letters if letter.template == "M-48"]
    assert "no se ha dicho si existe EGAS (AMB-05)" in question.text
    assert [line.unit for line in egas_unset.noted("ooad_left_out")] == [PUEBLA]


async def test_ac_31_a_period_of_that_ooad_alone_is_not_opened(egas_unset):
    with pytest.raises(PeriodNotOpened) as refused:
        await egas_unset.service.writer.run(open_period, PERIOD, [PUEBLA])

    assert [reason for reason in refused.value.reasons if "AMB-05" in reason]


# ------------------------------------------------------------------ AC-16


def with_somebody_of(other, workbook):
    """A list to which somebody of another list was added, where both ámbitos share a locality."""
    shared = next(person for person in volunteers_of(other.unit) if person.clave == "070590459")
    row = 3 + len(cells_of(workbook))
    last = {column: cells_of(workbook, column)[0] for column in "BJKLM"}
    values = {
        "A": row - 2,
        "C": shared.place.entity,
        "D": shared.place.municipality,
        "E": shared.place.name,
        "F": shared.clave,
        "G": shared.name,
        "H": shared.kind,
        "I": 1000 if shared.kind == "VRS" else 800,
    }
    return (
        edited(workbook, {f"{column}{row}": value for column, value in {**last, **values}.items()}),
        row,
        shared,
    )


async def test_ac_16_a_list_that_is_only_tried_is_told_the_same_and_asks_nobody(asked):
    first, second, sac = asked[PAC012], asked[PAC015], asked[SAC_R03]
    await first.sends_list(first.filled())
    sac.news()
    workbook, row, _shared = with_somebody_of(PAC012, second.filled())

    [answer] = await second.writes(
        f"PRUEBA [0780][{PERIOD}][A08][{PAC015.unit}]",
        CONFIRMATION,
        files=[Attachment(name="Listado.xlsx", content=workbook)],
    )

    assert f"Fila {row}: la persona figura en otro listado; su SAC resolverá" in answer.text
    assert not [word for word in ("PAC012", "Damasco", PAC012.name) if word in answer.words]
    assert asked.versions(PAC015.unit) == []
    assert sac.news() == []


async def test_ac_16_a_person_in_two_lists_stops_the_region_until_its_sac_decides(asked):
    first, second, sac = asked[PAC012], asked[PAC015], asked[SAC_R03]
    await first.sends_list(first.filled())
    workbook, row, shared = with_somebody_of(PAC012, second.filled())

    [answer] = await second.sends_list(workbook)
    await asked[at("PAC", "OOAD07-R03-PAC018")].sends_list(asked[at("PAC", "OOAD07-R03-PAC018")].filled())

    assert f"Fila {row}: la persona figura en otro listado; su SAC resolverá" in answer.text
    assert not [word for word in ("PAC012", "Damasco", PAC012.name) if word in answer.words]
    assert asked.versions(PAC015.unit)[-1].state is ListState.ACCEPTED
    assert "A08" in asked.done(PAC015.unit)
    assert not sac.is_asked("A10")
    question = sac.last("DUPLICATE")
    assert question.text.count(shared.name) >= 2
    await sac.answers(question, f"DECIDO 1 vive y participa en ese ámbito {question.code}")
    await sac.does("A10")
    [region] = asked.versions("OOAD07-R03", ListLevel.LVR)
    assert [line.name for line in asked.lines("OOAD07-R03", ListLevel.LVR)].count(shared.name) == 1
    assert region.rows == 5 + 7 + 6
    results = [pac.last("DUPLICATE-PAC") for pac in (first, second)]
    assert "la persona se conserva en su listado" in results[0].text
    assert "se conserva en el otro listado, y no en el suyo" in results[1].text
    assert not [word for word in ("PAC015", "Taniperla", PAC015.name) if word in results[0].words]
    assert not [word for word in ("PAC012", "Damasco", PAC012.name) if word in results[1].words]


# ------------------------------------------------------------------ AC-17


@pytest.fixture
async def shared_across_ooads(tmp_path, workshop):
    """A desk where a PAC of Puebla also has a locality of Chiapas; the lists are asked for."""
    whole = office()
    shared = next(row for row in whole.localities if row.clave == "070590459")
    localities = (*whole.localities, replace(shared, unit="OOAD21-R01-PAC001"))
    set_up(tmp_path / "datos", LeapingClock(BEGINS), replace(whole, localities=localities))
    async with at_work(tmp_path / "datos", BEGINS, workshop=workshop) as scene:
        await scene.service.writer.run(open_period, PERIOD)
        await scene.play(lambda status: "A04" in status.steps_done)
        yield scene


async def test_ac_17_a_person_in_two_ooads_is_for_cacypcs_to_decide_with_a_reason(shared_across_ooads):
    desk = shared_across_ooads
    first, second, centre = desk[PAC012], desk[at("PAC", "OOAD21-R01-PAC001")], desk[CACYPCS]
    await first.sends_list(first.filled())
    workbook, row, shared = with_somebody_of(PAC012, second.filled())
    centre.news()

    [answer] = await second.sends_list(workbook)
    [question] = centre.news()
    undecided = desk.situation("").facts("")["undecided_duplicates"]
    await centre.answers(question, f"DECIDO 1 {question.code}")
    without_reason = desk.noted("duplicate_decided")
    question = centre.last("DUPLICATE")
    await centre.answers(question, f"DECIDO 1 vive en esa localidad de Chiapas {question.code}")

    assert f"Fila {row}: la persona figura en otro listado" in answer.text
    assert not [word for word in ("PAC012", "Chiapas, ", PAC012.name) if word in answer.text]
    assert (question.template, question.text.count(shared.name) >= 2) == ("DUPLICATE", True)
    assert "V-054" in question.text
    assert undecided == 1
    assert without_reason == []
    [decided] = desk.noted("duplicate_decided")
    assert "vive en esa localidad de Chiapas" in decided.text
    assert desk.situation("").facts("")["undecided_duplicates"] == 0


# ------------------------------------------------------------------ AC-23


async def test_ac_23_an_ooad_over_its_authorised_number_is_not_integrated(delivered):
    lower_headcount(delivered, CHIAPAS, 3)
    await integrate_region(delivered, SAC_R01, EMS_R01)
    await integrate_region(delivered, SAC_R03, EMS_R03)
    await delivered[EMS_R01].does("A13")
    await delivered[EMS_R03].does("A13")
    egas = delivered[EGAS_CHIAPAS]

    answers = await egas.does("A14") if egas.is_asked("A14") else egas.received

    assert "30 de 3 autorizad" in " ".join(letter.text for letter in answers)
    assert delivered.versions(CHIAPAS, ListLevel.LVO) == []
    assert "A14" not in delivered.done(CHIAPAS)


def lower_headcount(scene, ooad, total):
    """Change the authorised number, as the directory would."""
    with scene.service.store.transaction() as session:
        for row in session.exec(select(HeadcountRow).where(col(HeadcountRow.unit) == ooad)):
            row.total, row.vrs, row.pvr = total, None, None
            session.add(row)


# ------------------------------------------------------------------ AC-26, AC-27


async def test_ac_26_a_correction_after_the_integration_reopens_the_region_and_voids_its_rubrics(delivered):
    pac, sac = delivered[PAC012], delivered[SAC_R03]
    await integrate_region(delivered, SAC_R03, EMS_R03)
    sac.news()

    [acuse] = await pac.sends_list(edited(pac.filled(), {"O3": "cambió de unidad médica"}))

    assert acuse.template == "M-06"
    assert delivered.versions(PAC012.unit)[-1].version == 2
    [region] = delivered.versions("OOAD07-R03", ListLevel.LVR)
    assert region.state is ListState.OUTDATED
    assert not ({"A10", "A11", "A12"} & delivered.done("OOAD07-R03"))
    assert sac.asked("A10").original in [letter.original for letter in sac.news()]
    assert [line.unit for line in delivered.noted("list_outdated")] == ["OOAD07-R03"]
    await integrate_region(delivered, SAC_R03, EMS_R03)
    assert [row.state for row in delivered.versions("OOAD07-R03", ListLevel.LVR)] == [
        ListState.REPLACED,
        ListState.INTEGRATED,
    ]


async def test_ac_27_a_correction_after_the_authorisation_is_refused_and_cacypcs_knows(authorised):
    pac = authorised[PAC012]
    authorised[CACYPCS].news()
    before = authorised.standing()

    [answer] = await pac.sends_list(edited(pac.filled(), {"O3": "cambió de unidad médica"}))

    assert "El listado del periodo ya fue autorizado; acuda a su SAC." in answer.text
    assert len(authorised.versions(PAC012.unit)) == 1
    assert authorised.standing() == before
    [told] = authorised[CACYPCS].news()
    assert told.template == "M-48"
    assert not [person for person in volunteers_of(PAC012.unit) if person.name in told.words]
