"""Periods: every row of the worked example (7.2) under three calendars, and the whole year 2027 (7.3)."""

from datetime import date

import pytest

from procedures.periods import Period, is_period_code, months_from, stage_dates, usual_r
from procedures.working_days import WorkingDays
from tests.calendars import CAL_A, CAL_B, CAL_C, TERMS, YEAR_2027, period

# Ledger 7.2, the period 2027-B1 of which every step is done on its due day: CAL-A, CAL-B, CAL-C.
WORKED_EXAMPLE = {
    ("A01",): ("2027-01-04", "2027-01-04", "2027-01-04"),
    ("A02", "A03"): ("2027-01-05", "2027-01-05", "2027-01-05"),
    ("A04",): ("2027-01-06", "2027-01-06", "2027-01-06"),
    ("A08",): ("2027-01-18", "2027-01-18", "2027-01-18"),
    ("A11",): ("2027-01-21", "2027-01-21", "2027-01-21"),
    ("A13",): ("2027-01-25", "2027-01-25", "2027-01-25"),
    ("A15",): ("2027-01-28", "2027-01-28", "2027-01-28"),
    ("A22",): ("2027-02-02", "2027-02-02", "2027-02-01"),
    ("A26",): ("2027-02-09", "2027-02-09", "2027-02-09"),
    ("A28",): ("2027-02-12", "2027-02-12", "2027-02-12"),
    ("A30",): ("2027-02-15", "2027-02-15", "2027-02-15"),
    ("A32",): ("2027-02-17", "2027-02-17", "2027-02-17"),
    ("A33",): ("2027-02-18", "2027-02-18", "2027-02-18"),
    ("A34",): ("2027-02-22", "2027-02-22", "2027-02-22"),
    ("A35",): ("2027-02-23", "2027-02-23", "2027-02-23"),
    ("A36",): ("2027-02-24", "2027-02-24", "2027-02-24"),
    ("A37",): ("2027-02-26", "2027-02-26", "2027-02-26"),
    ("A42",): ("2027-03-16", "2027-03-16", "2027-03-15"),
    ("A43",): ("2027-03-17", "2027-03-17", "2027-03-16"),
    ("A44",): ("2027-03-17", "2027-03-17", "2027-03-16"),
    ("A45",): ("2027-03-18", "2027-03-18", "2027-03-17"),
    ("A46",): ("2027-03-19", "2027-03-19", "2027-03-18"),
    ("A47",): ("2027-03-22", "2027-03-22", "2027-03-19"),
    ("A48",): ("2027-03-29", "2027-03-31", "2027-03-26"),
    ("A49",): ("2027-04-01", "2027-04-05", "2027-03-31"),
    ("A50",): ("2027-04-08", "2027-04-12", "2027-04-07"),
}

# Ledger 7.3: A01, A33, A34, A44, A47 of each period under CAL-A.
WHOLE_YEAR = {
    "2027-B1": ("2027-01-04", "2027-02-18", "2027-02-22", "2027-03-17", "2027-03-22"),
    "2027-B2": ("2027-03-08", "2027-04-22", "2027-04-26", "2027-05-18", "2027-05-21"),
    "2027-B3": ("2027-05-07", "2027-06-22", "2027-06-24", "2027-07-16", "2027-07-21"),
    "2027-B4": ("2027-07-08", "2027-08-23", "2027-08-25", "2027-09-17", "2027-09-22"),
    "2027-B5": ("2027-08-30", "2027-10-14", "2027-10-18", "2027-11-09", "2027-11-12"),
    "2027-B6": ("2027-10-06", "2027-11-22", "2027-11-24", "2027-12-16", "2027-12-21"),
}


def iso(day):
    return day.isoformat()


@pytest.mark.parametrize(
    ("working_days", "column"),
    [
        pytest.param(CAL_A, 0, id="CAL-A"),
        pytest.param(CAL_B, 1, id="CAL-B"),
        pytest.param(CAL_C, 2, id="CAL-C"),
        pytest.param(WorkingDays(), 0, id="LFT74 by rule"),
    ],
)
def test_every_step_of_a_period_falls_due_on_the_day_of_the_worked_example(working_days, column):
    dues = stage_dates(YEAR_2027[0], TERMS, working_days)

    expected = {step: days[column] for steps, days in WORKED_EXAMPLE.items() for step in steps}
    assert {step: iso(dues[step].on) for step in expected} == expected


@pytest.mark.parametrize("number", range(6), ids=WHOLE_YEAR)
def test_the_dates_of_the_whole_year_are_those_of_the_ledger(number):
    dues = stage_dates(YEAR_2027[number], TERMS, CAL_A)

    expected = WHOLE_YEAR[YEAR_2027[number].code]
    assert tuple(iso(dues[step].on) for step in ("A01", "A33", "A34", "A44", "A47")) == expected


def test_other_days_off_change_only_two_circulars_of_the_year():
    def reckoned(working_days):
        return {
            (each.code, step): iso(stage_dates(each, TERMS, working_days)[step].on)
            for each in YEAR_2027
            for step in ("A01", "A33", "A34", "A44", "A47")
        }

    a, b = reckoned(CAL_A), reckoned(CAL_B)

    assert {key: day for key, day in b.items() if a[key] != day} == {
        ("2027-B2", "A01"): "2027-03-04",
        ("2027-B6", "A01"): "2027-10-05",
    }


@pytest.mark.parametrize("working_days", [CAL_A, CAL_B, CAL_C], ids=["CAL-A", "CAL-B", "CAL-C"])
def test_the_money_usually_arrives_two_working_days_before_the_delivery(working_days):
    assert [usual_r(each.t0, working_days) for each in YEAR_2027[:1]] == [YEAR_2027[0].r]


def test_the_money_of_every_period_of_the_year_arrives_when_the_ledger_says():
    assert [usual_r(each.t0, CAL_A) for each in YEAR_2027] == [each.r for each in YEAR_2027]


def test_a_date_of_the_calendar_stands_and_moves_what_is_counted_from_it():
    given = period(
        "2027-B1", "2027-03-01", "2027-03-12", "2027-02-25", (1, 2), fecha_circular_listados="2026-12-18"
    )

    dues = stage_dates(given, TERMS, WorkingDays())

    assert iso(dues["A01"].on) == "2026-12-18"
    assert iso(dues["A08"].on) == "2027-01-05"
    assert dues["A01"].reason.startswith("fecha del calendario autorizado")


def test_what_no_calendar_can_know_has_no_date():
    assert "A39" not in stage_dates(YEAR_2027[0], TERMS, CAL_A)


@pytest.mark.parametrize("code", ["2027-B1", "2027-B6", "2027-01"])
def test_a_code_is_that_of_the_subject_tag(code):
    assert is_period_code(code)


@pytest.mark.parametrize("code", ["2027", "2027-B0", "2027-B7", "27-B1", "2027-B1 "])
def test_what_is_no_code_makes_no_period(code):
    with pytest.raises(ValueError, match="code"):
        period(code, "2027-03-01", "2027-03-12", "2027-02-25", (1, 2))


def test_a_period_covers_months_and_gives_only_dates_of_the_calendar():
    day = date(2027, 3, 1)

    with pytest.raises(ValueError, match="months"):
        Period(code="2027-B1", months=(), t0=day, t1=day, r=day)
    with pytest.raises(ValueError, match="months"):
        Period(code="2027-B1", months=("2027-13",), t0=day, t1=day, r=day)
    with pytest.raises(ValueError, match="fecha_fiesta"):
        Period(code="2027-B1", months=("2027-01",), t0=day, t1=day, r=day, dates={"fecha_fiesta": day})


def test_months_run_over_the_end_of_a_year():
    assert months_from("2026-12", "2027-01") == ("2026-12", "2027-01")
    assert months_from("2027-03", "2027-02") == ()
