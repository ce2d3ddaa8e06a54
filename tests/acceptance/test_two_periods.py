"""Two periods alive at once (AC-74): a list goes to the one that it names, and never by guessing."""

import pytest

from service.demo.cast import CONFIRMATION
from service.demo.correspondent import Attachment
from storage.entries import EntryState
from storage.lists import ListState
from tests.acceptance.scene import NEXT_PERIOD, cells_of, edited
from tests.people import ADMIN, PAC012, PAC015, PERIOD, SAC_R03, at


@pytest.fixture
def pac(two_periods):
    return two_periods[PAC012]


def workbook_of(pac):
    """The workbook of the second period."""
    letter = pac.last("M-04")
    assert f"[{NEXT_PERIOD}]" in letter.subject
    return Attachment(name="Listado.xlsx", content=letter.workbook)


def unmarked(file):
    """The same, without a word of what period it is for."""
    return Attachment(name=file.name, content=edited(file.content, {"B6": None}, sheet="Control"))


async def test_ac_74_a_list_tagged_with_the_second_period_goes_there(two_periods, pac):
    before = two_periods.versions(PAC012.unit)
    subject = f"[0780][{NEXT_PERIOD}][A08][{PAC012.unit}] Listado"

    [acuse] = await pac.writes(subject, CONFIRMATION, files=[workbook_of(pac)])

    assert acuse.subject.startswith(f"[0780][{NEXT_PERIOD}][ACUSE]")
    assert "marzo-abril 2027" in acuse.text
    [version] = two_periods.versions(PAC012.unit, period=NEXT_PERIOD)
    assert version.state is ListState.ACCEPTED
    assert two_periods.versions(PAC012.unit) == before


async def test_ac_74_an_answer_in_the_thread_of_the_second_period_goes_there(two_periods, pac):
    await pac.sends_list(workbook_of(pac).content)

    assert len(two_periods.versions(PAC012.unit, period=NEXT_PERIOD)) == 1


async def test_ac_74_without_a_tag_the_workbooks_own_mark_says_the_period(two_periods, pac):
    [acuse] = await pac.writes("Listado", CONFIRMATION, files=[workbook_of(pac)])

    assert acuse.subject.startswith(f"[0780][{NEXT_PERIOD}][ACUSE]")
    assert len(two_periods.versions(PAC012.unit, period=NEXT_PERIOD)) == 1


async def test_ac_74_what_names_no_period_waits_for_a_person_to_pick_one(two_periods, pac, command):
    file = unmarked(workbook_of(pac))

    [told] = await pac.writes("Listado", CONFIRMATION, files=[file])
    waiting = two_periods.last_entry()
    status, said = command(
        "tray", "assign", waiting.folio, "--period", NEXT_PERIOD, "--unit", PAC012.unit, "--as", ADMIN.key,
        "--data", two_periods.folder,
    )  # fmt: skip
    await two_periods.settle()

    assert waiting.state is EntryState.UNCLASSIFIED
    assert "más de un expediente abierto" in waiting.reason
    assert told.template == "UNCLASSIFIED"
    assert waiting.folio in told.text
    assert (status, waiting.folio in said) == (0, True)
    [version] = two_periods.versions(PAC012.unit, period=NEXT_PERIOD)
    assert version.entry_id == waiting.id
    assert pac.news()[-1].template == "M-06"
    [classified] = two_periods.noted("entry_classified")
    assert classified.person_id is not None


async def test_ac_74_until_then_nothing_moves_in_either_period(two_periods, pac):
    before = two_periods.standing()

    await pac.writes("Listado", CONFIRMATION, files=[unmarked(workbook_of(pac))])

    assert two_periods.standing() == before
    assert two_periods.versions(PAC012.unit, period=NEXT_PERIOD) == []
    assert [line.text for line in two_periods.noted("entry_unclassified")]


async def test_ac_74_a_list_tagged_with_the_first_period_is_too_late(two_periods, pac):
    first = next(
        letter for letter in pac.received if letter.template == "M-04" and f"[{PERIOD}]" in letter.subject
    )

    [answer] = await pac.sends_list(edited(first.workbook, {"O3": "otra vez"}), letter=first)

    assert "El listado del periodo ya fue autorizado; acuda a su SAC." in answer.text


# ------------------------------------------------------------------ what is different from the previous period


async def test_each_acuse_tells_altas_bajas_and_changes_since_the_previous_period(two_periods, pac):
    file = workbook_of(pac)
    before = {line.name: line for line in two_periods.lines(PAC012.unit)}
    names, kinds = cells_of(file.content), cells_of(file.content, "H")
    changed, gone, stays = names[0], names[1], names[2:]
    places, claves = cells_of(file.content, "E"), cells_of(file.content, "F")
    town = cells_of(file.content, "D")
    moved_to = next(n for n in range(1, len(names)) if claves[n] != claves[0] and town[n] == town[0])
    edits = {"E3": places[moved_to], "F3": claves[moved_to], "G4": "Zenaida Quiroga Uc", "N4": "alta"}

    [acuse] = await pac.sends_list(edited(file.content, edits))

    assert (
        "Respecto del periodo anterior (2027-B1): 1 alta, 1 baja y 1 cambio (1 de localidad)." in acuse.text
    )
    old = before[changed]
    assert (
        f"Cambio: {changed}; localidad: antes {old.locality_name} ({old.locality}), "
        f"ahora {places[moved_to]} ({claves[moved_to]})" in acuse.text
    )
    assert f"Alta: Zenaida Quiroga Uc, {kinds[1]}" in acuse.text
    assert f"Baja: {gone}, {kinds[1]}" in acuse.text
    assert not [name for name in stays if name in acuse.text]


async def test_the_list_of_a_region_tells_its_ems_what_changed_by_ambito_and_person(two_periods, pac):
    file = workbook_of(pac)
    gone, kind = cells_of(file.content)[1], cells_of(file.content, "H")[1]
    await pac.sends_list(edited(file.content, {"G4": "Zenaida Quiroga Uc"}))
    for other in (PAC015, at("PAC", "OOAD07-R03-PAC018")):
        await two_periods[other].sends_list(workbook_of(two_periods[other]).content)

    asked = two_periods[SAC_R03].asked("A10")
    await two_periods[SAC_R03].does("A10")

    letter = two_periods.superior_of(SAC_R03).last("M-08")
    for text in (asked.text, letter.text):
        assert "Respecto del periodo anterior (2027-B1): 1 alta, 1 baja y 0 cambios." in text
        assert "PAC012 Damasco: 1 alta, 1 baja y 0 cambios." in text
        assert f"Alta: Zenaida Quiroga Uc, {kind}" in text
        assert f"Baja: {gone}, {kind}" in text
        assert "PAC015" not in text.partition("ALTAS, BAJAS")[2].partition("EXCEPCIONES")[0]


@pytest.mark.parametrize(
    ("role", "unit", "template"),
    [("EGAS", "OOAD07", "M-10"), ("JSPM", "OOAD07", "M-11"), ("CACyPCS", "PIB", "M-15")],
    ids=["region to EGAS", "OOAD to JSPM", "OOAD to the centre"],
)
async def test_every_list_above_says_what_it_changes_and_of_whom(authorised, role, unit, template):
    letter = authorised[at(role, unit)].last(template)

    assert "Respecto de las personas con que se llenaron las plantillas: " in letter.text
    assert "- Alta: " in letter.text


async def test_the_national_list_is_told_by_ooad_in_counts_alone(authorised):
    letter = authorised[at("CACyPCS", "PIB")].last("ASK-A24")

    assert "plantillas: 4 altas, 0 bajas y 0 cambios." in letter.text
    assert "- OOAD Chiapas: 2 altas, 0 bajas y 0 cambios." in letter.text
    assert "Alta:" not in letter.text


async def test_v_059_an_unusual_jump_is_told_to_the_pac_and_to_the_next_level(two_periods, pac):
    file = workbook_of(pac)
    sac = two_periods[SAC_R03]
    sac.news()
    fewer = {f"{letter}{row}": None for row in (6, 7) for letter in "ABCDEFGHIJKLMN"}

    [acuse] = await pac.sends_list(edited(file.content, fewer))

    assert "PAC012 Damasco: 3 personas; en el periodo anterior fueron 5 (-2)." in acuse.text
    assert "0 altas, 2 bajas y 0 cambios" in acuse.text
    [told] = sac.news()
    assert "Revise esta diferencia con el PAC." in told.text
    assert "3 personas; en el periodo anterior fueron 5 (-2)" in told.text
    assert "Respecto del periodo anterior (2027-B1): 0 altas, 2 bajas y 0 cambios." in told.text
    assert not [line.name for line in two_periods.lines(PAC012.unit) if line.name in told.words]
    codes = {row.code for row in two_periods.findings(PAC012.unit, period=NEXT_PERIOD)}
    assert "V-059" in codes
