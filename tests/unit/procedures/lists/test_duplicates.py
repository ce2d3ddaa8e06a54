"""People that stand twice: which tier sees it, who decides, and what a PAC is told."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.duplicates import (
    SAME_NAME,
    Listed,
    Probable,
    find_duplicates,
    find_probable,
    pac_findings,
)
from procedures.lists.names import similarity

ANA, ABASOLO, PENA_BLANCA = "ANA LUZ RUIZ", "070590001", "070590002"
PAC012, PAC015 = "OOAD07-R03-PAC012", "OOAD07-R03-PAC015"
PAC021 = "OOAD07-R04-PAC021"
NORTH, SOUTH = "OOAD30N-R01-PAC001", "OOAD30S-R01-PAC001"


def listed(unit=PAC012, row=4, name=ANA, locality=ABASOLO, kind="VRS", curp="", says=""):
    return Listed(unit, row, name, locality, kind, says, curp)


def codes(found):
    return [(item.code, item.unit) for item in found]


def test_ac_16_a_duplicate_in_two_lists_of_a_region_is_the_sacs_and_names_nobody_to_the_pac():
    found = find_duplicates([listed(PAC015, 7)], [listed(PAC012)])

    assert [(item.code, item.unit, item.units) for item in found] == [
        ("V-052", "OOAD07-R03", (PAC012, PAC015))
    ]
    (told,) = pac_findings(found, PAC015)
    assert told.message == "Fila 7: la persona figura en otro listado; su SAC resolverá."
    assert told.row == 7
    assert "PAC012" not in told.message + told.mend


def test_a_pac_is_told_the_same_whatever_the_tier():
    own = [listed(PAC015, 7)]

    region = pac_findings(find_duplicates(own, [listed(PAC012)]), PAC015)
    nation = pac_findings(find_duplicates(own, [listed(PAC012), listed(NORTH), listed(PAC021)]), PAC015)

    assert region == nation


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        pytest.param([listed(PAC021)], [("V-053", "OOAD07")], id="V-053"),
        pytest.param([listed(NORTH)], [("V-054", "")], id="V-054"),
        pytest.param(
            [listed(PAC015), listed(PAC021)], [("V-052", "OOAD07-R03"), ("V-053", "OOAD07")], id="two-tiers"
        ),
        pytest.param([listed(PAC015, kind="PVR")], [("V-051", "OOAD07-R03")], id="V-051"),
        pytest.param([listed(PAC021, kind="PVR")], [("V-053", "OOAD07")], id="V-053-as-another-kind"),
        pytest.param([listed(PAC015, locality=PENA_BLANCA)], [("V-055", "OOAD07-R03")], id="homonym"),
        pytest.param([listed(NORTH, locality=PENA_BLANCA)], [("V-055", "")], id="homonym-in-another-ooad"),
        pytest.param([listed(PAC015, locality="071110001")], [], id="homonym-in-another-municipality"),
        pytest.param([listed(PAC015, name="ANA LUZ RUIZZ")], [("V-055", "OOAD07-R03")], id="alike"),
        pytest.param([], [], id="nobody"),
    ],
)
def test_each_tier_that_sees_several_lists_has_its_own_duplicate(elsewhere, expected):
    assert codes(find_duplicates([listed()], elsewhere)) == expected


def test_ac_17_a_duplicate_across_ooads_is_the_nations():
    (found,) = find_duplicates([listed(SOUTH)], [listed(NORTH)])

    assert (found.code, found.unit, found.units) == ("V-054", "", (NORTH, SOUTH))


def test_ac_18_homonyms_of_two_localities_are_a_question_and_the_pacs_hear_nothing():
    found = find_duplicates([listed()], [listed(PAC015, locality=PENA_BLANCA)])

    assert codes(found) == [("V-055", "OOAD07-R03")]
    assert pac_findings(found, PAC012) == ()


def test_v_056_the_same_curp_under_two_names_is_found_and_different_ones_tell_namesakes_apart():
    same = find_duplicates(
        [listed(curp="m")], [listed(PAC015, name="EVA PAZ", locality="071110001", curp="m")]
    )
    namesakes = find_duplicates([listed(curp="m")], [listed(PAC015, locality=PENA_BLANCA, curp="n")])

    assert codes(same) == [("V-056", "OOAD07-R03")]
    assert namesakes == []


def test_the_key_is_the_same_from_whichever_list_it_is_found():
    def key(own, *others):
        (found,) = find_duplicates([own], others)
        return found.key

    here, there = listed(PAC012, 4), listed(PAC015, 9)
    other_kind = listed(PAC015, 9, kind="PVR")
    elsewhere = listed(PAC015, 9, locality=PENA_BLANCA)

    assert key(here, there) == key(there, here)
    assert key(here, other_kind) == key(other_kind, here) != key(here, there)
    assert key(here, elsewhere) == key(elsewhere, here)
    assert len(key(here, there)) < 300


def test_the_key_does_not_change_with_the_row_but_the_fingerprint_tells_a_changed_row():
    (before,) = find_duplicates([listed(says="a")], [listed(PAC015)])
    (after,) = find_duplicates([listed(row=40, says="b")], [listed(PAC015)])

    assert before.key == after.key
    assert before.records[0].fingerprint != after.records[0].fingerprint


def test_within_a_list_the_sac_decides():
    twice = find_duplicates([listed(row=4), listed(row=6), listed(row=8, name="OTRA PERSONA")])
    as_both = find_duplicates([listed(row=4), listed(row=6, kind="PVR")])

    assert [(item.code, item.unit, item.rows_of(PAC012)) for item in twice] == [
        ("V-050", "OOAD07-R03", (4, 6))
    ]
    assert codes(as_both) == [("V-051", "OOAD07-R03")]
    assert pac_findings(twice, PAC012) == ()


@given(st.lists(st.sampled_from([PAC012, PAC015, PAC021, NORTH, SOUTH]), unique=True, min_size=1))
def test_whatever_the_order_of_arrival_the_last_list_makes_what_a_full_look_finds(units):
    everything = {item.key: item for item in find_duplicates([listed(unit) for unit in units])}

    for order in list(permutations(units))[:20]:
        *earlier, last = order
        made = find_duplicates([listed(last)], [listed(unit) for unit in earlier])

        assert {item.key for item in made} == {key for key, item in everything.items() if last in item.units}


people = st.builds(
    listed,
    unit=st.sampled_from([PAC012, PAC015, PAC021, NORTH, SOUTH]),
    row=st.integers(3, 9),
    name=st.sampled_from([ANA, "ANA LUZ RUIS", "EVA PAZ CRUZ"]),
    locality=st.sampled_from([ABASOLO, PENA_BLANCA]),
    kind=st.sampled_from(["VRS", "PVR"]),
    curp=st.sampled_from(["", "", "m", "n"]),
)


@given(st.lists(people, max_size=8))
def test_everybody_who_is_asked_about_is_listed_and_of_the_unit_that_decides(everybody):
    for found in find_duplicates(everybody):
        assert len(found.records) > 1
        assert all(record in everybody for record in found.records)
        assert all(unit.startswith(found.unit) for unit in found.units)


@given(st.lists(people, max_size=8))
def test_no_question_is_found_twice(everybody):
    keys = [(found.code, found.key) for found in find_duplicates(everybody)]

    assert len(keys) == len(set(keys))


@given(st.lists(people, max_size=8), st.lists(people, max_size=8))
def test_a_list_makes_the_questions_of_a_full_look_that_are_about_it(own, others):
    own = [record._replace(unit=PAC012) for record in own]
    others = [record for record in others if record.unit != PAC012]
    everything = {item.key for item in find_duplicates([*own, *others]) if PAC012 in item.units}

    assert {item.key for item in find_duplicates(own, others)} == everything


def test_ac_18_one_name_in_two_localities_of_a_municipality_could_be_one_person():
    homonyms = [(ANA, ABASOLO, "VRS"), (ANA, PENA_BLANCA, "VRS"), (ANA, "070600001", "VRS")]

    assert find_probable(homonyms) == [Probable(0, 1, 1.0)]


def test_two_names_much_alike_in_one_locality_could_be_one_person():
    alike = [
        ("JOSEFA HERNANDEZ PEREZ", "070590001", "VRS"),
        ("JOSEFA HERNANDES PEREZ", "070590001", "VRS"),
        ("HERNANDEZ PEREZ JOSEFA", "070590001", "VRS"),
        ("JOSEFA GOMEZ PEREZ", "070590001", "VRS"),
        ("JOSEFA HERNANDEZ PERES", "070590002", "VRS"),
    ]

    found = find_probable(alike)

    assert [(pair.one, pair.other) for pair in found] == [(0, 1), (0, 2), (1, 2)]
    assert all(pair.score >= 0.92 for pair in found)


def test_in_a_crowd_a_mistyped_name_is_found_wherever_the_mistake_is():
    crowd = [(f"MARIA {chr(65 + place % 26)}{place} LOPEZ", ABASOLO, "VRS") for place in range(3000)]
    written = [("XOCHITL HERNANDEZ PEREZ", ABASOLO, "VRS"), ("JOCHITL HERNANDEZ PEREZ", ABASOLO, "VRS")]

    found = find_probable([*crowd, *written])

    assert (3000, 3001) in [(pair.one, pair.other) for pair in found]


def test_in_a_crowd_two_words_may_be_mistyped():
    crowd = [(f"MARIA {chr(65 + place % 26)}{place} LOPEZ", ABASOLO) for place in range(3000)]
    written = [("XOCHITL GUADALUPE HERNANDEZ", ABASOLO), ("JOCHITL GUADALUPE HERNANDES", ABASOLO)]

    found = find_probable([*crowd, *written])

    assert (3000, 3001) in [(pair.one, pair.other) for pair in found]


@given(
    st.lists(
        st.lists(st.sampled_from(["ANA", "ANNA", "LUZ", "RUIZ", "RUIS"]), min_size=2, max_size=4), max_size=12
    )
)
def test_among_few_people_every_two_names_are_compared(named):
    names = [" ".join(words) for words in named]

    found = find_probable([(name, ABASOLO) for name in names])

    assert {(names[pair.one], names[pair.other]) for pair in found} == {
        (one, other)
        for one, other in combinations(names, 2)
        if one != other and similarity(one, other) >= SAME_NAME
    }


def test_somebody_who_stands_as_vrs_and_as_pvr_is_asked_about_once_if_a_name_is_much_like_it():
    found = find_duplicates([listed(row=4), listed(row=6, kind="PVR"), listed(row=8, name="ANA LUZ RUIZZ")])

    assert codes(found) == [("V-051", "OOAD07-R03"), ("V-055", "OOAD07-R03")]


def test_a_mass_of_namesakes_makes_one_question_and_not_one_for_each():
    crowd = [listed(f"OOAD07-R03-PAC{place:04}", 4) for place in range(20, 5000)]

    found = find_duplicates([listed()], crowd)

    assert codes(found) == [("V-052", "OOAD07-R03")]
    assert len(found[0].records) == 4981
