"""What is different between two lists: altas, bajas, cambios."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.compare import compare, says_the_same
from procedures.lists.rows import ListRow
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


def test_rows_say_the_same_whatever_their_order_and_their_numbers():
    kept = [line(name="Ana Luz Ruiz"), line(name="Eva Paz Cruz", name_norm="EVA PAZ CRUZ", kind="PVR")]

    assert says_the_same(kept, [checked(kept[1], number=30), checked(kept[0], number=31)])


@pytest.mark.parametrize(
    "change",
    [
        {"name": "ANA LUZ RUIZ"},
        {"remarks": "regresó"},
        {"medical_unit": "UMR Ocosingo"},
        {"situation": "alta"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_no_digest_tells_is_a_difference_all_the_same(change):
    assert not says_the_same([line()], [checked(line(**change))])


def test_a_person_twice_is_not_a_person_once():
    assert not says_the_same([line(), line()], [checked(line())])


def checked(kept, *, number=3):
    """Return the checked row that a line was made from."""
    return ListRow(
        number=number,
        ooad=kept.ooad,
        pac=kept.pac,
        estado=kept.entity,
        municipio=kept.municipality,
        localidad=kept.locality_name,
        clave_inegi=kept.locality,
        nombre=kept.name,
        nombre_norm=kept.name_norm,
        tipo=kept.kind,
        importe=Decimal(kept.amount_centavos) / 100,
        meses=tuple(kept.months.split(",")),
        unidad_medica=kept.medical_unit,
        situacion=kept.situation,
        obs=kept.remarks,
    )
