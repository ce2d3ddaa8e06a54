"""Working days: the calendars of ledger 1 (7.1) and ledger 2 (0.4), and the algebra of counting."""

from datetime import date, timedelta

import holidays as reference
import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.working_days import Base, WorkingDays, holidays

CAL_A = WorkingDays(
    base=Base.LISTED,
    extra=frozenset(
        date.fromisoformat(day)
        for day in (
            "2026-12-25",
            "2027-01-01",
            "2027-02-01",
            "2027-03-15",
            "2027-05-01",
            "2027-09-16",
            "2027-11-15",
            "2027-12-25",
        )
    ),
)


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        ("2027-03-12", 1, "2027-03-16"),
        ("2027-03-13", 1, "2027-03-16"),
        ("2027-03-13", 2, "2027-03-17"),
        ("2027-03-13", 5, "2027-03-22"),
        ("2026-12-24", 5, "2027-01-04"),
    ],
)
def test_the_nth_working_day_after_is_that_of_the_ledger(start, n, expected):
    assert CAL_A.add(date.fromisoformat(start), n) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "n", "expected"), [("2027-03-16", 1, "2027-03-12"), ("2027-02-25", 5, "2027-02-18")]
)
def test_the_nth_working_day_before_is_that_of_the_ledger(start, n, expected):
    assert CAL_A.subtract(date.fromisoformat(start), n) == date.fromisoformat(expected)


def test_the_previous_working_day_steps_over_a_monday_holiday():
    a_week_before = date(2027, 3, 22) - timedelta(days=7)

    assert CAL_A.previous_or_same(a_week_before) == date(2027, 3, 12)


@pytest.mark.parametrize("n", [0, -1])
def test_zero_working_days_after_or_before_is_an_error(n):
    with pytest.raises(ValueError, match="at least one"):
        CAL_A.add(date(2027, 3, 12), n)
    with pytest.raises(ValueError, match="at least one"):
        CAL_A.subtract(date(2027, 3, 12), n)


@pytest.mark.parametrize("year", range(2021, 2031))
def test_lft74_agrees_with_the_reference_library(year):
    published = reference.country_holidays("MX", years=year, language="es")

    assert set(holidays(Base.LFT74, year)) == set(published)


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2026, "01-01 02-02 03-16 05-01 09-16 11-16 12-25"),
        (2027, "01-01 02-01 03-15 05-01 09-16 11-15 12-25"),
        (2028, "01-01 02-07 03-20 05-01 09-16 11-20 12-25"),
        (2030, "01-01 02-04 03-18 05-01 09-16 10-01 11-18 12-25"),
    ],
)
def test_lft74_gives_the_dates_of_the_ledger(year, expected):
    assert [day.strftime("%m-%d") for day in sorted(holidays(Base.LFT74, year))] == expected.split()


def test_lfpa28_keeps_fixed_dates_and_the_handover():
    assert [day.strftime("%m-%d") for day in sorted(holidays(Base.LFPA28, 2027))] == (
        ["01-01", "02-05", "03-21", "05-01", "05-05", "09-01", "09-16", "11-20", "12-25"]
    )
    assert date(2024, 10, 1) in holidays(Base.LFPA28, 2024)
    assert date(2025, 10, 1) not in holidays(Base.LFPA28, 2025)


def test_a_listed_calendar_knows_only_the_years_in_which_days_are_listed():
    assert CAL_A.covers(2027)
    assert not CAL_A.covers(2028)
    assert WorkingDays().covers(2028)


def test_the_reason_of_a_day_off_is_the_offices_own_where_it_gave_one():
    holy_thursday = date(2027, 3, 25)
    working_days = WorkingDays(extra=frozenset({holy_thursday}), reasons={holy_thursday: "Jueves Santo"})

    assert working_days.reason(holy_thursday) == "Jueves Santo"
    assert working_days.reason(date(2027, 12, 25)) == "Navidad"
    assert working_days.reason(date(2027, 3, 24)) == ""


DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))
COUNTS = st.integers(min_value=1, max_value=60)
CALENDARS = st.builds(
    WorkingDays,
    base=st.sampled_from(Base),
    extra=st.frozensets(st.dates(min_value=date(2026, 1, 1), max_value=date(2028, 12, 31)), max_size=20),
)


@given(CALENDARS, DAYS, COUNTS)
def test_a_count_never_lands_on_a_day_off(working_days, day, n):
    assert working_days.is_working_day(working_days.add(day, n))
    assert working_days.is_working_day(working_days.subtract(day, n))
    assert working_days.is_working_day(working_days.previous_or_same(day))


@given(CALENDARS, DAYS, COUNTS)
def test_counting_back_undoes_counting_forward_from_a_working_day(working_days, day, n):
    day = working_days.previous_or_same(day)

    assert working_days.subtract(working_days.add(day, n), n) == day
    assert working_days.add(working_days.subtract(day, n), n) == day


@given(CALENDARS, DAYS, COUNTS, COUNTS)
def test_a_count_may_be_made_in_two_parts(working_days, day, a, b):
    assert working_days.add(day, a + b) == working_days.add(working_days.add(day, a), b)


@given(CALENDARS, DAYS, DAYS, COUNTS)
def test_who_starts_later_never_ends_earlier(working_days, one, other, n):
    earlier, later = sorted((one, other))

    assert working_days.add(earlier, n) <= working_days.add(later, n)
    assert working_days.subtract(earlier, n) <= working_days.subtract(later, n)
    assert working_days.add(later, n) > later
    assert working_days.subtract(earlier, n) < earlier
