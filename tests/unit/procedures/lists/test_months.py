"""The months to cover: every vector of the ledger (4.3), and the forms that sheets make of them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.messages import Flaw
from procedures.lists.months import parse_months

B1 = ("2027-01", "2027-02")
B2 = ("2027-03", "2027-04")
QUARTER = ("2027-01", "2027-02", "2027-03")


@pytest.mark.parametrize(
    "cell",
    [
        "enero-febrero", "ENE-FEB", "ene, feb", "01,02", "2", Decimal(2), "Enero y Febrero", "enero/febrero", "01-02", "1 y 2",
        "ENERO A FEBRERO", "ene.-feb.", "ene–feb", "2027-01,2027-02", "2027-01 2027-02", "ene-feb 2027",
        "enero 2027 - febrero 2027", "feb, ene", "2 meses", "ENE FEB", "enero\nfebrero", "'ENE-FEB".lstrip("'"),
    ],
)  # fmt: skip
def test_both_months_are_read_in_every_form(cell):
    assert parse_months(cell, B1) == B1


@pytest.mark.parametrize(
    ("cell", "month"),
    [
        ("enero", "2027-01"),
        ("FEB", "2027-02"),
        ("2027-02", "2027-02"),
        ("2027/02", "2027-02"),
        ("02", "2027-02"),
        ("02/2027", "2027-02"),
        ("ene-27", "2027-01"),
        ("Febrero 2027", "2027-02"),
        (date(2027, 2, 1), "2027-02"),
        (date(2027, 1, 27), "2027-01"),
        ("2027-02-01", "2027-02"),
        ("2027-02-01 00:00:00", "2027-02"),
    ],
)
def test_one_month_is_read_in_every_form(cell, month):
    assert parse_months(cell, B1) == (month,)


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("1", "ambiguous"),
        (Decimal(1), "ambiguous"),
        ("1 mes", "ambiguous"),
        ("3", "outside"),
        ("FEB-MAR", "outside"),
        ("marzo", "outside"),
        ("2026-01", "outside"),
        ("ene-26", "outside"),
        (date(2026, 12, 1), "outside"),
        ("enero, enero", "repeated"),
        ("FEB-ENE", ""),
        ("bimestre uno", ""),
        ("enero?", ""),
        ("12345", ""),
        ("x" * 500, ""),
        (Decimal("1.5"), ""),
        (Decimal("1E+99"), ""),
    ],
)
def test_other_months_and_doubtful_ones_are_asked_about(cell, how):
    flaw = parse_months(cell, B1)

    assert flaw.code == "V-042"
    assert flaw.how in {how, "outside"}


def test_a_number_alone_is_a_count_and_never_a_month():
    assert parse_months("2", B2) == B2
    assert parse_months("3", B2).how == "ambiguous"
    assert parse_months("1", ("2027-05",)) == ("2027-05",)
    assert parse_months("5", ("2027-05",)).how == "ambiguous"


def test_a_range_holds_the_months_between():
    assert parse_months("enero-marzo", QUARTER) == QUARTER
    assert parse_months("enero, marzo", QUARTER) == ("2027-01", "2027-03")


@given(st.text() | st.decimals(allow_nan=False, allow_infinity=False) | st.dates())
def test_whatever_the_cell_holds_the_answer_lies_in_the_period_or_is_a_flaw(cell):
    answer = parse_months(cell, B1)

    assert isinstance(answer, Flaw) or (answer and set(answer) <= set(B1))
