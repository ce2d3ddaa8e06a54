"""How many people may be listed, and how many were (V-057 to V-059)."""

import pytest

from procedures.lists.headcounts import Headcount, check_change, check_headcount, check_reference
from procedures.lists.rows import Severity
from procedures.lists.totals import Totals


def test_ac_23_one_more_than_authorised_is_an_error_that_says_how_many():
    (found,) = check_headcount("Oaxaca", Totals(vrs=3, pvr=1), Headcount(total=3))

    assert found.code == "V-057"
    assert found.severity is Severity.ERROR
    assert "4 de 3 autorizados" in found.message


def test_a_kind_may_be_over_its_number_while_the_whole_is_not():
    found = list(check_headcount("Oaxaca", Totals(vrs=3, pvr=1), Headcount(total=5, vrs=2, pvr=3)))

    assert [item.message for item in found] == ["Oaxaca: 3 VRS de 2 autorizados."]
    assert found[0].code == "V-057"


def test_as_many_as_authorised_is_right():
    assert list(check_headcount("Oaxaca", Totals(vrs=2, pvr=1), Headcount(total=3, vrs=2, pvr=1))) == []


def test_kinds_cannot_be_more_than_the_whole():
    with pytest.raises(ValueError, match="more than"):
        Headcount(total=3, vrs=2, pvr=2)


def test_the_reference_of_a_region_is_a_warning():
    (found,) = check_reference("Región 3", 12, 10)

    assert (found.code, found.severity) == ("V-058", Severity.WARNING)
    assert list(check_reference("Región 3", 10, 10)) == []


@pytest.mark.parametrize(
    ("count", "before", "told"),
    [(45, 50, False), (44, 50, True), (56, 50, True), (1, 0, True), (0, 0, False)],
)
def test_more_than_a_tenth_of_change_is_a_warning(count, before, told):
    assert bool(list(check_change("Región 3", count, before))) is told
