""" "412 became 409, why?": told line by line, by mail to whom it may and at the keyboard (issue part three, 4)."""

import json

import pytest
from sqlalchemy import text

from storage.lists import ListLevel, ListVersionRow
from tests.acceptance.scene import cells_of, edited
from tests.acceptance.test_duplicates import PAC018, deliver, shared_person, with_somebody_of_pac012
from tests.people import (
    ADMIN,
    CACYPCS,
    CPEEYPB,
    EGAS_CHIAPAS,
    EMS_R03,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R01,
    SAC_R03,
    volunteers_of,
)

REGION = SAC_R03.unit


@pytest.fixture
async def integrated(asked):
    """Region 3 as it comes about: a list corrected, a duplicate decided, the region integrated (A10)."""
    first, second, sac = asked[PAC012], asked[PAC015], asked[SAC_R03]
    own = first.filled()
    await first.sends_list(own)
    row = 3 + next(place for place, name in enumerate(cells_of(own)) if name != shared_person().name)
    asked.gone = cells_of(own)[row - 3]
    await first.sends_list(edited(own, {f"{column}{row}": None for column in "ABCDEFGHIJKLMNO"}))
    workbook, asked.row = with_somebody_of_pac012(second.filled())
    await second.sends_list(workbook)
    await deliver(asked, PAC018)
    question = sac.last("DUPLICATE")
    await sac.answers(question, f"DECIDO 1 participa con PAC012 {question.code}")
    asked.decided = asked.last_entry().folio
    await sac.does("A10")
    return asked


async def test_the_difference_between_tiers_is_told_with_who_when_and_by_which_letter(integrated, command):
    status, said = command("lists", "explain", PERIOD, "--unit", REGION, "--data", integrated.folder)

    before = sum(integrated.versions(pac.unit)[-1].rows for pac in (PAC012, PAC015, PAC018))
    [region] = integrated.versions(REGION, ListLevel.LVR)
    assert status == 0
    assert region.rows == before - 1
    assert f"{before} → {region.rows}: -1 por un duplicado decidido." in said
    [line] = [line for line in said.splitlines() if "quedó fuera" in line]
    assert f"PAC015 Taniperla, renglón {integrated.row}" in line
    assert "se conserva en PAC012 Damasco" in line
    assert "participa con PAC012" in line
    assert SAC_R03.name in line
    assert "04-01-2027" in line
    assert integrated.decided in line
    assert shared_person().name not in said


async def test_the_difference_between_versions_is_told_with_the_mail_that_brought_it(integrated, command):
    versions = integrated.versions(PAC012.unit)

    status, said = command("lists", "explain", PERIOD, "--unit", PAC012.unit, "--data", integrated.folder)

    assert status == 0
    assert [row.rows for row in versions] == [5, 4]
    assert "LVP de PAC012 Damasco: de la versión 1 a la 2: 5 → 4 (-1)" in said
    assert PAC012.name in said
    assert "baja" in said
    assert integrated.gone not in said


async def test_programs_get_totals_by_kind_ambito_and_amount_at_every_tier(integrated, command):
    status, said = command(
        "lists", "explain", PERIOD, "--ooad", "Chiapas", "--from", "A08", "--to", "A10", "--json", "--data",
        integrated.folder,
    )  # fmt: skip

    told = json.loads(said)
    assert status == 0
    assert [tier["level"] for tier in told["tiers"]] == ["LVP", "LVR"]
    assert told["whole"] is True
    below = told["tiers"][0]
    assert below["totals"]["vrs"] + below["totals"]["pvr"] == sum(
        part["vrs"] + part["pvr"] for part in below["by_ambito"].values()
    )
    assert below["by_ambito"]["PAC012 Damasco"]["vrs_centavos"] % 50_000 == 0
    assert told["passages"][0]["change"] == sum(line["rows"] for line in told["passages"][0]["lines"])


async def test_names_are_shown_at_the_keyboard_to_whom_they_may_and_it_is_noted(integrated, command):
    words = ("lists", "explain", PERIOD, "--unit", REGION, "--data", integrated.folder)

    without_reason = command(*words, "--as", SAC_R03.key)
    of_another = command(*words, "--as", SAC_R01.key, "--reason", "curiosidad")
    by_admin = command(*words, "--as", ADMIN.key, "--reason", "revisión")
    shown = command(*words, "--as", SAC_R03.key, "--reason", "aclaración")

    assert [told[0] for told in (without_reason, of_another, by_admin)] == [1, 1, 1]
    assert shared_person().name in shown[1]
    [line] = integrated.noted("names_shown")
    assert "aclaración" in line.text


async def test_a_sac_asks_by_mail_and_is_answered_with_names_of_the_region(integrated):
    [answer] = await integrated[SAC_R03].writes("Pregunta", "EXPLICA")

    assert answer.template == "EXPLAIN"
    assert "-1 por un duplicado decidido" in answer.text
    assert shared_person().name in answer.text
    assert "participa con PAC012" in answer.text
    assert "región 03" in answer.subject


@pytest.mark.parametrize("question", ["Explica por qué 18 se volvió 17", "EXPLIQUE los totales, por favor"])
async def test_a_whole_sentence_asks_about_the_askers_own_lists(integrated, question):
    [answer] = await integrated[SAC_R03].writes("Pregunta", question)

    assert "18 → 17: -1 por un duplicado decidido" in answer.text
    assert "renglones 18; VRS 13; PVR 5; importe $17,000.00 -" in answer.text
    assert "Motivo: participa con PAC012. Lo decidió Rosalba Constantino Ozuna" in answer.text


async def test_the_short_code_of_a_unit_means_the_one_in_ones_own_ambito(integrated):
    [answer] = await integrated[SAC_R01].writes("Pregunta", "EXPLICA PAC001")
    [refused] = await integrated[SAC_R01].writes("Pregunta", "EXPLICA Ocosingo")

    assert "PAC001 Río Chancalá, región 01 Palenque" in answer.text
    assert f"EXPLICA {SAC_R01.unit}." in refused.text


async def test_a_pac_learns_that_a_row_was_left_out_and_never_whose_the_other_list_is(integrated):
    [of_own] = await integrated[PAC015].writes("Pregunta", "Explica, por favor.")
    [by_unit] = await integrated[PAC015].writes("Pregunta", f"EXPLICA {PAC015.unit} A08 A10")

    for letter in (of_own, by_unit):
        assert letter.template == "EXPLAIN"
        assert "figura también en otro listado" in letter.text
        assert not [
            word for word in ("PAC012", "Damasco", PAC012.name, "participa con") if word in letter.words
        ]


@pytest.mark.parametrize("question", [f"EXPLICA {PAC012.unit}", "EXPLICA OOAD99", "EXPLICA OOAD07"])
async def test_of_another_ambito_nothing_is_told_not_even_whether_it_exists(integrated, question):
    [answer] = await integrated[PAC015].writes("Pregunta", question)

    assert answer.template == "NOT-DONE"
    assert "No encontré ese listado en su ámbito." in answer.text


async def test_whoever_stands_above_asks_for_any_unit_below_by_its_name(integrated):
    [region] = await integrated[EMS_R03].writes("Pregunta", "EXPLICA Ocosingo")
    [ooad] = await integrated[EGAS_CHIAPAS].writes("Pregunta", "EXPLICA")
    [nation] = await integrated[CACYPCS].writes("Pregunta", "EXPLICA 2027-B1 Chiapas A08 A14")

    assert "OOAD Chiapas" in ooad.subject
    assert "OOAD Chiapas" in nation.subject
    assert "región 03" in region.subject
    assert {letter.template for letter in (region, ooad, nation)} == {"EXPLAIN"}


async def test_a_correction_that_is_not_integrated_yet_is_told_as_such(integrated, command):
    await integrated[PAC018].sends_list(
        edited(integrated[PAC018].filled(), {"I3": 500, "J3": "enero", "H3": "VRS"})
    )

    _status, said = command("lists", "explain", PERIOD, "--unit", REGION, "--data", integrated.folder)

    assert "aún no se integra: " in said
    assert "importe $1,000.00 → $500.00" in said
    assert "desactualizado" in said


async def test_books_that_somebody_altered_are_no_whole_answer(integrated, command):
    with integrated.service.store.transaction() as session:
        [region] = integrated.versions(REGION, ListLevel.LVR)
        session.execute(
            text("DELETE FROM list_line WHERE version_id = :version AND position = 1"), {"version": region.id}
        )

    status, said = command("lists", "explain", PERIOD, "--unit", REGION, "--data", integrated.folder)

    assert status == 1
    assert "nada en los libros dice por qué" in said
    assert "los libros se alteraron" in said


async def test_what_the_layout_cannot_hold_is_told_with_its_reason(authorised, command):
    await authorised[CACYPCS].does("A26")
    await authorised[CPEEYPB].does("A27")
    [definitive] = authorised.versions("", ListLevel.LD)
    with authorised.service.store.transaction() as session:
        row = session.get(ListVersionRow, definitive.id)
        row.notes = [f"{PERIOD}-000003: el nombre no cabe en 30 caracteres"]
        session.add(row)
        session.execute(
            text("DELETE FROM list_line WHERE version_id = :version AND reference = :reference"),
            {"version": definitive.id, "reference": f"{PERIOD}-000003"},
        )

    status, said = command("lists", "explain", PERIOD, "--from", "A24", "--data", authorised.folder)

    assert status == 0
    assert "-1 que el layout no admite" in said
    assert "no lo admite el layout del Prestador de Servicios: el nombre no cabe en 30 caracteres." in said


async def test_the_nation_is_explained_to_the_listado_definitivo(authorised, command):
    status, said = command("lists", "explain", PERIOD, "--data", authorised.folder)

    assert status == 0
    assert "Listado nacional (LVN)" in said
    assert "sin diferencias" in said
    assert len(volunteers_of(PAC012.unit)) == 5
