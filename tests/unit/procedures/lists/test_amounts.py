"""Amounts, kinds, situations, CURP: every vector of the ledger (4.3)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.amounts import expected_amount, parse_amount
from procedures.lists.curp import check_digit, parse_curp
from procedures.lists.entities import entity_names, find_entity
from procedures.lists.kinds import parse_kind, parse_situation
from procedures.lists.messages import Flaw


@pytest.mark.parametrize(
    "cell",
    [
        Decimal(1000),
        Decimal("1E+3"),
        "1,000.00",
        "$1,000.00",
        "$ 1000",
        "1000",
        "1000.0",
        Decimal("1000.0000000001"),
    ],
)
def test_an_amount_is_read_as_it_was_meant(cell):
    assert parse_amount(cell) == Decimal("1000.00")


@pytest.mark.parametrize(
    "cell",
    [
        "1.000,00", "mil", Decimal(0), Decimal(-5), "-5", "0", Decimal("1000.005"), "1000.005", "1,00", "1.000", "1 000", "",
        date(2027, 1, 1), Decimal("1E+999999"), Decimal("1E-999999"), "9" * 400, "$", "1,0000",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(cell):
    assert parse_amount(cell).code == "V-040"


def test_an_amount_above_the_cap_is_refused():
    assert parse_amount(Decimal(1001), Decimal(1000)).how == "cap"
    assert parse_amount(Decimal(1000), Decimal(1000)) == Decimal(1000)


@given(st.decimals(min_value="0.01", max_value="999999999.99", places=2))
def test_an_amount_survives_being_written_out(amount):
    assert parse_amount(amount) == parse_amount(f"{amount:,.2f}") == parse_amount(f"${amount}") == amount


def test_the_tariff_of_a_month_that_nobody_set_is_no_zero():
    assert expected_amount({("VRS", "2027-01"): Decimal(500)}, "VRS", ["2027-01", "2027-02"]) is None


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("vrs", "VRS"),
        ("V.R.S.", "VRS"),
        ("Voluntario Rural de Salud", "VRS"),
        ("VOLUNTARIA RURAL DE SALUD", "VRS"),
        ("Voluntario(a) Rural de Salud", "VRS"),
        ("pvr", "PVR"),
        ("Partera Voluntaria Rural", "PVR"),
        ("Partera", "PVR"),
        ("Parteras Voluntarias Rurales (PVR)", "PVR"),
    ],
)
def test_the_two_kinds_are_known_by_their_names(cell, kind):
    assert parse_kind(cell) == kind


@pytest.mark.parametrize(
    "cell",
    [
        "V",
        "VSF",
        "CS",
        "Aval",
        "Aval Ciudadano",
        "Médico Tradicional",
        "Partera Tradicional",
        "VRS/PVR",
        Decimal(1),
        date(2027, 1, 1),
    ],
)
def test_ac_22_nobody_else_receives_the_support(cell):
    assert parse_kind(cell) == Flaw("V-037")


def test_a_situation_that_nobody_knows_is_said():
    assert parse_situation("ALTA") == "alta"
    assert parse_situation("suspendida") == "baja"
    assert parse_situation("vacaciones") == Flaw("STATUS")


def test_a_curp_is_checked_by_its_last_digit():
    assert parse_curp("PEXM-800101-MCSRXR04") == "PEXM800101MCSRXR04"
    assert check_digit("HEGG560427MVZRRL04") == 4
    assert parse_curp("HEGG560427MVZRRL05") is None
    assert parse_curp("HEGG560432MVZRRL04") is None
    assert parse_curp("") is None


def test_every_entity_is_found_by_all_its_names():
    assert len(entity_names()) == 32
    assert all(find_entity(name) == key for key, name in entity_names().items())
    assert find_entity("Baja California") == "02"
    assert find_entity("BAJA CALIFORNIA SUR") == "03"
    assert find_entity("Estado de México") == "15"
    assert find_entity("Cd. de México") == "09"
    assert find_entity("07 Chiapas") == "07"
    assert find_entity("Estado de Oaxaca") == "20"
    assert find_entity("") is None
