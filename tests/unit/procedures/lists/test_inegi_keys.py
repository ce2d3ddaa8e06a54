"""INEGI keys: every vector of the ledger (4.3), and what else sheets hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.inegi_keys import InegiKey, parse_inegi_key

CHIAPAS, OAXACA = frozenset({"07"}), frozenset({"20"})


@pytest.mark.parametrize(
    "cell",
    [
        "070590001",
        "07-059-0001",
        "'070590001",
        "07 059 0001",
        " 070590001",
        "070590001.0",
        "０７０５９０００１",
    ],
)
def test_a_key_is_read_through_what_people_put_around_it(cell):
    assert parse_inegi_key(cell, CHIAPAS) == InegiKey(clave="070590001")


@pytest.mark.parametrize(
    "cell", [Decimal(70590001), Decimal("70590001.0"), "70590001.0", "70590001", "'70590001"]
)
def test_ac_13_lost_zeros_are_put_back_where_the_ooad_has_such_an_entity(cell):
    assert parse_inegi_key(cell, CHIAPAS) == InegiKey(clave="070590001", padded=True)


@pytest.mark.parametrize(
    ("cell", "entities"),
    [
        pytest.param(Decimal(70590001), OAXACA, id="eight-digits-in-oaxaca"),
        pytest.param(Decimal(20670001), CHIAPAS, id="eight-digits-of-another-entity"),
        pytest.param("0705900011", CHIAPAS, id="ten-digits"),
        pytest.param("7059001", CHIAPAS, id="AC-13-seven-digits"),
        pytest.param("07059000A", CHIAPAS, id="a-letter"),
        pytest.param(Decimal("70590001.5"), CHIAPAS, id="a-fraction"),
        pytest.param(Decimal(-70590001), CHIAPAS, id="negative"),
        pytest.param(Decimal("1E+999999"), CHIAPAS, id="huge"),
        pytest.param(date(2027, 1, 1), CHIAPAS, id="a-date"),
        pytest.param("٠٧٠٥٩٠٠٠١x", CHIAPAS, id="other-digits"),
    ],
)
def test_a_key_that_has_not_nine_digits_is_refused(cell, entities):
    assert parse_inegi_key(cell, entities).code == "V-022"


@pytest.mark.parametrize("cell", ["330590001", "000590001", "070000001", "070590000"])
def test_a_key_that_cannot_be_is_refused(cell):
    assert parse_inegi_key(cell, CHIAPAS).code == "V-023"


@given(entity=st.integers(1, 32), town=st.integers(1, 999), village=st.integers(1, 9999))
def test_a_key_survives_its_life_as_a_number(entity, town, village):
    clave = f"{entity:02}{town:03}{village:04}"

    key = parse_inegi_key(Decimal(int(clave)), {clave[:2]})

    assert key == InegiKey(clave=clave, padded=entity < 10)
