"""People who stand several times, from the lists' arrival to the integration (ledger 4.3: V-050 to V-056; AC-15 to AC-18)."""

import pytest

from storage.lists import ListLevel
from tests.acceptance.scene import cells_of, edited
from tests.people import PAC012, PAC015, SAC_R01, SAC_R03, at, volunteers_of

PAC018 = at("PAC", "OOAD07-R03-PAC018")
REGION = SAC_R03.unit
CURP = "PEXM800101MCSRXR04"
OTHER_CURP = "RUXL900215MCSZXN08"


def with_person(workbook, name, *, like=0, **changes):
    """A list with one row more: somebody of a name, for the rest as another of its rows."""
    first = 3
    row = first + len(cells_of(workbook))
    values = {column: cells_of(workbook, column)[like] for column in "BCDEFHIJKLM"}
    values |= {"A": row - 2, "G": name, **changes}
    return edited(workbook, {f"{column}{row}": value for column, value in values.items()}), row


async def deliver(scene, *pacs):
    for pac in pacs:
        await scene[pac].sends_list(scene[pac].filled())


# ------------------------------------------------------------------ AC-18: homonyms


async def test_ac_18_the_sac_records_that_homonyms_are_different_people_and_both_stay(asked):
    sac = asked[SAC_R03]
    own = asked[PAC012].filled()
    name = cells_of(own)[0]
    places = list(zip(cells_of(own, "D"), cells_of(own, "E"), cells_of(own, "F"), strict=True))
    like, (town, place, key) = next(
        (number, where)
        for number, where in enumerate(places)
        if where[2] != places[0][2] and where[2][:5] == places[0][2][:5]
    )
    workbook, row = with_person(own, name, like=like, D=town, E=place, F=key)

    [acuse] = await asked[PAC012].sends_list(workbook)
    await deliver(asked, PAC015, PAC018)
    waits_for_nobody = sac.is_asked("A10")
    question = sac.last("DUPLICATE")
    await sac.answers(question, f"DECIDO 3 viven en localidades distintas {question.code}")
    await sac.does("A10")

    assert f"Filas 3 y {row}: podría tratarse de la misma persona." in acuse.text
    assert waits_for_nobody
    assert "V-055" in question.text
    assert question.text.count(name) >= 2
    [decided] = asked.noted("duplicate_decided")
    assert "viven en localidades distintas" in decided.text
    assert [line.name for line in asked.lines(REGION, ListLevel.LVR)].count(name) == 2
    assert not [letter for letter in asked[PAC012].received if letter.template == "DUPLICATE-PAC"]


# ------------------------------------------------------------------ V-050, V-051: within a list


async def test_v_051_a_person_listed_as_both_kinds_stands_until_the_sac_says_as_which(asked):
    sac, pac = asked[SAC_R03], asked[PAC012]
    own = pac.filled()
    name, kind = cells_of(own)[0], cells_of(own, "H")[0]
    other = "PVR" if kind == "VRS" else "VRS"
    workbook, row = with_person(own, name, H=other, I=800 if other == "PVR" else 1000)

    [acuse] = await pac.sends_list(workbook)
    await deliver(asked, PAC015, PAC018)
    held_up = not sac.is_asked("A10")
    question = sac.last("DUPLICATE")
    await sac.answers(question, f"DECIDO 2 atiende partos {question.code}")
    await sac.does("A10")

    assert f"Filas 3 y {row}: la misma persona aparece como VRS y como PVR; su SAC resolverá." in acuse.text
    assert held_up
    kept = [line for line in asked.lines(REGION, ListLevel.LVR) if line.name == name]
    assert [line.kind for line in kept] == [other]
    told = pac.last("DUPLICATE-PAC")
    assert f"se conserva en la fila {row}" in told.text


async def test_v_050_two_people_of_one_name_and_place_both_stand_once_the_sac_says_so(asked):
    sac, pac = asked[SAC_R03], asked[PAC012]
    own = pac.filled()
    name = cells_of(own)[0]
    workbook, row = with_person(edited(own, {"O3": "homónimo"}), name, O="homónimo")

    [acuse] = await pac.sends_list(workbook)
    await deliver(asked, PAC015, PAC018)
    held_up = not sac.is_asked("A10")
    question = sac.last("DUPLICATE")
    await sac.answers(question, f"DECIDO 3 son primas {question.code}")
    await sac.does("A10")

    assert acuse.template == "M-06"
    assert f"Filas 3 y {row}: anotó que son personas distintas con el mismo nombre" in acuse.text
    assert held_up
    assert [line.name for line in asked.lines(REGION, ListLevel.LVR)].count(name) == 2


# ------------------------------------------------------------------ V-056


async def test_v_056_one_curp_in_two_lists_is_asked_about_and_shown_to_nobody(asked):
    sac = asked[SAC_R03]
    first, second = (with_curp(asked[pac].filled()) for pac in (PAC012, PAC015))

    await asked[PAC012].sends_list(first)
    [answer] = await asked[PAC015].sends_list(second)

    question = sac.last("DUPLICATE")
    assert "V-056" in question.text
    assert "la misma" in question.text
    assert CURP not in question.words
    assert "Fila 3: la persona figura en otro listado; su SAC resolverá." in answer.text
    with asked.books() as session:
        books = "\n".join(session.connection().connection.dbapi_connection.iterdump())
    assert CURP not in books


def with_curp(workbook):
    """The list with a CURP in a column of its own, which nobody asks for."""
    return edited(workbook, {"P2": "CURP", "P3": CURP})


async def test_v_056_a_curp_that_is_only_added_later_is_looked_at_and_told_old_beside_new(asked):
    pac, sac = asked[PAC012], asked[SAC_R03]
    await asked[PAC015].sends_list(with_curp(asked[PAC015].filled()))
    await pac.sends_list(pac.filled())
    name = cells_of(pac.filled())[0]

    [acuse] = await pac.sends_list(with_curp(pac.filled()))

    assert acuse.template == "M-06"
    assert f"Cambio: {name}; CURP: se agregó." in acuse.text
    assert [row.rows for row in asked.versions(PAC012.unit)] == [5, 5]
    assert "V-056" in sac.last("DUPLICATE").text


async def test_v_056_the_same_curp_again_makes_no_version_and_another_one_is_told_so(asked):
    pac = asked[PAC012]
    workbook = with_curp(pac.filled())
    await pac.sends_list(workbook)

    [same] = await pac.sends_list(edited(workbook, {"A3": "1"}))
    [other] = await pac.sends_list(edited(workbook, {"P3": OTHER_CURP}))
    [gone] = await pac.sends_list(edited(workbook, {"P3": None}))

    assert same.template == "ALREADY"
    assert "CURP: antes otra." in other.text
    assert "CURP: se quitó." in gone.text
    assert len(asked.versions(PAC012.unit)) == 3


async def test_a_decision_is_asked_again_when_only_the_curp_changed_and_says_so(decided):
    sac, workbook = decided[SAC_R03], decided.second_workbook
    names = cells_of(workbook)
    row = 3 + names.index(shared_person().name)
    sac.news()

    await decided[PAC015].sends_list(edited(workbook, {"P2": "CURP", f"P{row}": CURP}))

    question = sac.last("DUPLICATE")
    assert "Antes de la corrección" in question.text
    assert "la CURP era otra o no se indicaba" in question.text


# ------------------------------------------------------------------ decisions and corrected lists


@pytest.fixture
async def decided(asked):
    """A region where somebody of PAC012 also stands in PAC015's list, and the SAC decided for PAC012."""
    first, second, sac = asked[PAC012], asked[PAC015], asked[SAC_R03]
    await first.sends_list(first.filled())
    workbook, _row = with_somebody_of_pac012(second.filled())
    await second.sends_list(workbook)
    question = sac.last("DUPLICATE")
    await sac.answers(question, f"DECIDO 1 participa con PAC012 {question.code}")
    asked.second_workbook = workbook
    return asked


def shared_person():
    return next(person for person in volunteers_of(PAC012.unit) if person.clave == "070590459")


def with_somebody_of_pac012(workbook):
    person = shared_person()
    return with_person(
        workbook,
        person.name,
        C=person.place.entity,
        D=person.place.municipality,
        E=person.place.name,
        F=person.clave,
        H=person.kind,
        I=1000 if person.kind == "VRS" else 800,
    )


async def test_a_decision_survives_a_corrected_list_that_says_the_same_of_the_person(decided):
    sac, second = decided[SAC_R03], decided[PAC015]
    sac.news()
    cleared = edited(decided.second_workbook, {"O4": "corrigió otra cosa", "I4": 1000, "H4": "VRS"})

    await second.sends_list(cleared)

    assert len(decided.versions(PAC015.unit)) == 2
    assert [letter.template for letter in sac.news() if letter.template == "DUPLICATE"] == []
    assert decided.situation(REGION).facts(REGION)["undecided_duplicates"] == 0
    assert decided.noted("duplicate_reopened") == []


async def test_a_decision_is_asked_again_with_old_beside_new_when_the_persons_row_changed(decided):
    sac, second = decided[SAC_R03], decided[PAC015]
    row = 2 + len(cells_of(decided.second_workbook))
    old = sac.last("DUPLICATE")
    sac.news()

    await second.sends_list(edited(decided.second_workbook, {f"J{row}": "enero", f"I{row}": 500}))

    [question] = [letter for letter in sac.news() if letter.template == "DUPLICATE"]
    assert "Antes de la corrección" in question.text
    assert "importe: $1,000.00" in question.text
    assert question.code != old.code
    assert decided.situation(REGION).facts(REGION)["undecided_duplicates"] == 1
    assert len(decided.noted("duplicate_reopened")) == 1


async def test_who_was_left_out_counts_again_when_the_other_list_gives_the_person_up(decided):
    first, sac = decided[PAC012], decided[SAC_R03]
    kept = [person for person in volunteers_of(PAC012.unit) if person.name != shared_person().name]
    workbook = first.filled()
    row = 3 + cells_of(workbook).index(shared_person().name)

    await first.sends_list(edited(workbook, dict.fromkeys(f"{column}{row}" for column in "ABCDEFGHIJKLMNO")))
    await deliver(decided, PAC018)
    await sac.does("A10")

    assert decided.versions(PAC012.unit)[-1].rows == len(kept)
    names = [(line.name, line.pac) for line in decided.lines(REGION, ListLevel.LVR)]
    assert (shared_person().name, PAC015.unit) in names


async def test_an_answer_to_what_was_shown_before_a_correction_decides_nothing(asked):
    first, second, sac = asked[PAC012], asked[PAC015], asked[SAC_R03]
    await first.sends_list(first.filled())
    workbook, row = with_somebody_of_pac012(second.filled())
    await second.sends_list(workbook)
    old = sac.last("DUPLICATE")
    await second.sends_list(edited(workbook, {f"J{row}": "enero", f"I{row}": 500}))

    answers = await sac.answers(old, f"DECIDO 1 participa ahí {old.code}")

    assert "Los registros que se le mostraron cambiaron" in answers[0].text
    assert asked.noted("duplicate_decided") == []


# ------------------------------------------------------------------ who decides


async def test_only_the_post_of_the_ledger_decides_at_the_keyboard(asked, command):
    first, second = asked[PAC012], asked[PAC015]
    await first.sends_list(first.filled())
    workbook, _row = with_somebody_of_pac012(second.filled())
    await second.sends_list(workbook)
    words = ("lists", "decide", 1, "--option", 1, "--reason", "participa ahí", "--data", asked.folder)

    refused = command(*words, "--as", SAC_R01.key)
    without_reason = command(*words[:6], " ", *words[7:], "--as", SAC_R03.key)
    done = command(*words, "--as", SAC_R03.key)
    await asked.settle()

    assert refused[0] == 1
    assert "corresponde a otro puesto" in refused[1]
    assert without_reason[0] == 1
    assert (
        done == (0, "Quedó asentado: se conserva en PAC012 Damasco, renglón 4. participa ahí\n")
        or done[0] == 0
    )
    [line] = asked.noted("duplicate_decided")
    assert (line.channel, line.role) == ("command", "SAC")
    assert [letter.template for letter in first.received][-1] == "DUPLICATE-PAC"


async def test_the_duplicates_of_a_period_are_listed_at_the_keyboard_without_names(asked, command):
    first, second = asked[PAC012], asked[PAC015]
    await first.sends_list(first.filled())
    workbook, row = with_somebody_of_pac012(second.filled())
    await second.sends_list(workbook)

    status, said = command("lists", "duplicates", "2027-B1", "--data", asked.folder)

    assert status == 0
    assert "V-052" in said
    assert f"renglón {row}" in said
    assert "sin decidir" in said
    assert shared_person().name not in said
