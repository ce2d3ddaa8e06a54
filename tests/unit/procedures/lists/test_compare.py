"""What is different between two lists: altas, bajas, cambios."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.compare import SAID, compare, says_the_same
from storage.lists import ListLineRow
from tests.unit.procedures.lists.lines_of_lists import line


def test_who_is_new_who_is_gone_and_who_stayed():
    stays = line(name_norm="ANA LUZ RUIZ")
    gone, new = line(name_norm="EVA PAZ CRUZ"), line(name_norm="JUAN SOL MAR")

    result = compare([stays, gone], [line(name_norm="ANA LUZ RUIZ", position=9), new])

    assert (result.joined, result.left, result.changed, result.same) == ((new,), (gone,), (), 1)


def test_a_person_that_moved_within_the_municipality_is_a_change_and_not_an_alta_and_a_baja():
    before = line(locality="070590001")
    after = line(locality="070590002", medical_unit="UMR Peña Blanca")

    result = compare([before], [after])

    assert result.joined == result.left == ()
    assert result.changed[0].fields == ("locality", "medical_unit")
    assert result.moved == 1


def test_homonyms_that_moved_are_not_guessed_at():
    before = [line(locality="070590001"), line(locality="070590002")]
    after = [line(locality="070590003"), line(locality="070590004")]

    result = compare(before, after)

    assert (len(result.joined), len(result.left)) == (2, 2)


def test_a_mended_spelling_is_a_change_of_name():
    result = compare([line(name_norm="JOSEFA HERNANDES PEREZ")], [line(name_norm="JOSEFA HERNANDEZ PEREZ")])

    assert result.changed[0].fields == ("name",)


def test_another_kind_is_a_change():
    assert compare([line(kind="VRS")], [line(kind="PVR")]).changed[0].fields == ("kind",)


def test_months_and_amounts_are_compared_within_a_period_only():
    before, after = line(), line(months="2027-01", amount_centavos=50_000)

    assert compare([before], [after]).changed == ()
    assert compare([before], [after], one_period=True).changed[0].fields == ("months", "amount_centavos")


names = st.sampled_from(["ANA LUZ RUIZ", "EVA PAZ CRUZ", "JUAN SOL MAR", "JUAN SOL MARR"])
lists = st.lists(
    st.builds(
        lambda name, key: line(name_norm=name, locality=key),
        names,
        st.sampled_from(["070590001", "070590002"]),
    ),
    max_size=8,
)


@given(lists, lists)
def test_everybody_of_both_lists_is_accounted_for(before, after):
    result = compare(before, after)

    stayed = len(result.changed) + result.same
    assert len(result.joined) + stayed == len(after)
    assert len(result.left) + stayed == len(before)


@given(lists)
def test_a_list_does_not_differ_from_itself(people):
    result = compare(people, list(reversed(people)))

    assert (result.joined, result.left, result.changed) == ((), (), ())


def test_a_name_that_is_only_typed_in_another_way_is_a_change_within_a_period_alone():
    before, after = line(name="Ana Luz Ruiz"), line(name="ANA LUZ RUIZ")

    assert compare([before], [after]).changed == ()
    assert compare([before], [after], one_period=True).changed[0].fields == ("name",)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [("a", "b", True), ("", "b", False), ("a", "", False), ("a", "a", False)],
    ids=["another", "given now", "not given again", "the same"],
)
def test_between_periods_a_curp_is_a_change_only_where_both_lists_give_one(before, after, told):
    difference = compare([line(curp_mark=before)], [line(curp_mark=after)])

    assert bool(difference.changed) is told


# ------------------------------------------------------------------ whether two lists say the same

OF_A_LINE = {
    "name": ["Ana Luz Ruiz", "ANA LUZ RUIZ"],
    "locality": ["070590001", "070590002"],
    "locality_name": ["Abasolo", "ABASOLO"],
    "municipality": ["Ocosingo", "Ocozingo"],
    "entity": ["Chiapas", "CHIAPAS"],
    "kind": ["VRS", "PVR"],
    "months": ["2027-01", "2027-01,2027-02"],
    "amount_centavos": [50_000, 100_000],
    "medical_unit": ["UMR Abasolo", "UMR Ocosingo"],
    "situation": ["", "alta"],
    "remarks": ["", "regresó"],
    "curp_mark": ["", "1f", "2e"],
}
somebody = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in OF_A_LINE.items()})


def test_every_column_that_a_line_keeps_is_looked_at():
    places_and_keys = {"id", "version_id", "position", "source_line_id", "pac", "ooad", "reference"}
    # The normal name follows from the name.
    assert set(SAID) == {*ListLineRow.model_fields, "curp_mark"} - places_and_keys - {"name_norm"}
    assert set(OF_A_LINE) == set(SAID)


@given(st.lists(somebody, max_size=6), st.randoms(use_true_random=False))
def test_the_same_people_in_another_order_say_the_same(people, chance):
    again = chance.sample(people, len(people))

    assert says_the_same([line(**who) for who in people], [line(**who, position=90) for who in again])


@given(st.lists(somebody, min_size=1, max_size=6), st.sampled_from(SAID), st.data())
def test_a_change_in_any_column_is_a_difference_and_is_told(people, column, data):
    place = data.draw(st.integers(0, len(people) - 1))
    other = data.draw(st.sampled_from([each for each in OF_A_LINE[column] if each != people[place][column]]))
    before = [line(**who) for who in people]
    after = [
        line(**({**who, column: other} if number == place else who)) for number, who in enumerate(people)
    ]

    told = compare(before, after, one_period=True)

    assert not says_the_same(before, after)
    assert told.changed or told.joined or told.left


def test_a_person_twice_is_not_a_person_once():
    assert not says_the_same([line(), line()], [line()])
