"""People that stand twice: which tier sees it, who decides, and what a PAC is told."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.duplicates import (
    Identity,
    Probable,
    find_across,
    find_exact,
    find_probable,
    pac_findings,
)
from tests.unit.procedures.lists.lines_of_lists import line

ANA = ("ANA LUZ RUIZ", "070590001", "VRS")
ANA_AS_PVR = ("ANA LUZ RUIZ", "070590001", "PVR")
PAC012, PAC015 = "OOAD07-R03-PAC012", "OOAD07-R03-PAC015"
PAC021 = "OOAD07-R04-PAC021"
NORTH, SOUTH = "OOAD30N-R01-PAC001", "OOAD30S-R01-PAC001"


def test_ac_16_a_duplicate_in_two_lists_of_a_region_is_the_sacs_and_names_nobody_to_the_pac():
    found = find_across(PAC015, [(*ANA, 7)], {ANA: {PAC012}})

    assert [(item.code, item.unit, item.units) for item in found] == [
        ("V-052", "OOAD07-R03", (PAC012, PAC015))
    ]
    (told,) = pac_findings(found)
    assert told.message == "Fila 7: la persona figura en otro listado; su SAC resolverá."
    assert told.row == 7
    assert "PAC012" not in told.message + told.mend


def test_a_pac_is_told_the_same_whatever_the_tier():
    region = pac_findings(find_across(PAC015, [(*ANA, 7)], {ANA: {PAC012}}))
    nation = pac_findings(find_across(PAC015, [(*ANA, 7)], {ANA: {NORTH, PAC012, PAC021}}))

    assert region == nation


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        pytest.param({ANA: {PAC021}}, [("V-053", "OOAD07")], id="V-053"),
        pytest.param({ANA: {NORTH}}, [("V-054", "")], id="V-054"),
        pytest.param({ANA: {PAC015, PAC021}}, [("V-052", "OOAD07-R03"), ("V-053", "OOAD07")], id="two-tiers"),
        pytest.param({ANA_AS_PVR: {PAC015}}, [("V-051", "OOAD07-R03")], id="V-051"),
        pytest.param({ANA_AS_PVR: {PAC021}}, [("V-053", "OOAD07")], id="V-053-as-another-kind"),
        pytest.param({ANA: {PAC012}}, [], id="the-list-itself"),
        pytest.param({("ANA LUZ RUIZ", "070590002", "VRS"): {PAC015}}, [], id="homonym-elsewhere"),
        pytest.param({}, [], id="nobody"),
    ],
)
def test_each_tier_that_sees_several_lists_has_its_own_duplicate(elsewhere, expected):
    found = find_across(PAC012, [(*ANA, 4)], elsewhere)

    assert [(item.code, item.unit) for item in found] == expected


def test_ac_17_a_duplicate_across_ooads_is_the_nations():
    (found,) = find_across(SOUTH, [(*ANA, 4)], {ANA: {NORTH}})

    assert (found.code, found.unit, found.units) == ("V-054", "", (NORTH, SOUTH))
    assert found.identity == Identity(*ANA)


def test_the_key_is_the_same_from_whichever_list_it_is_found():
    (one,) = find_across(PAC012, [(*ANA, 4)], {ANA: {PAC015}})
    (other,) = find_across(PAC015, [(*ANA, 9)], {ANA: {PAC012}})
    (mixed,) = find_across(PAC012, [(*ANA, 4)], {ANA_AS_PVR: {PAC015}})
    (mixed_too,) = find_across(PAC015, [(*ANA_AS_PVR, 9)], {ANA: {PAC012}})

    assert one.key == other.key
    assert mixed.key == mixed_too.key != one.key
    assert len(one.key) < 300


def test_within_a_list_the_ambito_itself_decides():
    found = find_exact([line(position=4), line(position=6), line(position=8, name_norm="OTRA PERSONA")])

    assert [(item.code, item.unit, item.units) for item in found] == [("V-050", PAC012, (PAC012,))]
    assert [item.code for item in find_exact([line(), line(kind="PVR")])] == ["V-051"]


@given(st.lists(st.sampled_from([PAC012, PAC015, PAC021, NORTH, SOUTH]), unique=True, min_size=1))
def test_whatever_the_order_of_arrival_the_last_list_makes_what_a_full_look_finds(units):
    everything = {item.key: item for item in find_exact([line(pac=unit) for unit in units])}

    for order in list(permutations(units))[:20]:
        *earlier, last = order
        made = find_across(last, [(*ANA, 4)], {ANA: set(earlier)} if earlier else {})

        assert {item.key for item in made} == {key for key, item in everything.items() if last in item.units}


def test_ac_18_one_name_in_two_localities_of_a_municipality_could_be_one_person():
    homonyms = [ANA, ("ANA LUZ RUIZ", "070590002", "VRS"), ("ANA LUZ RUIZ", "070600001", "VRS")]

    assert find_probable(homonyms) == [Probable(0, 1, 1.0)]


def test_two_names_much_alike_in_one_locality_could_be_one_person():
    people = [
        ("JOSEFA HERNANDEZ PEREZ", "070590001", "VRS"),
        ("JOSEFA HERNANDES PEREZ", "070590001", "VRS"),
        ("HERNANDEZ PEREZ JOSEFA", "070590001", "VRS"),
        ("JOSEFA GOMEZ PEREZ", "070590001", "VRS"),
        ("JOSEFA HERNANDEZ PERES", "070590002", "VRS"),
    ]

    found = find_probable(people)

    assert [(pair.one, pair.other) for pair in found] == [(0, 1), (0, 2), (1, 2)]
    assert all(pair.score >= 0.92 for pair in found)


def test_a_crowd_in_one_locality_costs_little():
    crowd = [(f"MARIA {chr(65 + place % 26)}{place} LOPEZ", "070590001", "VRS") for place in range(3000)]

    assert isinstance(find_probable(crowd), list)
