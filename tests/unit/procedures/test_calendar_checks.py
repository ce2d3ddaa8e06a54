"""Annual calendars: the year of the ledger passes, and each check refuses its failing example (7.4)."""

from dataclasses import replace
from datetime import date

import pytest

from procedures.calendar_checks import AnnualCalendar, Approval, check_calendar
from procedures.periods import usual_r
from procedures.working_days import Base, WorkingDays
from tests.calendars import CAL_A, TERMS, YEAR_2027, listed, period

LFT74 = WorkingDays()
APPROVAL = Approval(by="Titular de la UPIB", on=date(2026, 11, 20), document="Oficio 0780/2026/15")
LAST_OF_2026 = period("2026-B6", "2026-12-01", "2026-12-14", "2026-11-27", (11, 12))


def check(*changed, working_days=LFT74, approval=APPROVAL, previous=None, following=None):
    """Check the year of the ledger with some periods put in the place of its own."""
    by_code = {each.code: each for each in (*YEAR_2027, *changed)}
    calendar = AnnualCalendar(year=2027, periods=tuple(by_code.values()), approval=approval)
    return check_calendar(calendar, TERMS, working_days, previous, following)


def moved(code, t0, t1, **dates):
    """The period of that code with another window; R as it usually is."""
    old = next(each for each in YEAR_2027 if each.code == code)
    day = date.fromisoformat
    return replace(
        old,
        t0=day(t0),
        t1=day(t1),
        r=usual_r(day(t0), LFT74),
        dates={name: day(value) for name, value in dates.items()},
    )


@pytest.mark.parametrize("previous", [None, LAST_OF_2026], ids=["first year of all", "after 2026"])
def test_the_year_of_the_ledger_can_be_kept(previous):
    assert check(previous=previous) == ()


def test_f1_a_delivery_cannot_end_before_it_begins():
    findings = check(moved("2027-B3", "2027-07-14", "2027-07-01"))

    assert findings[0].check == "F-1"
    assert findings[0].period == "2027-B3"
    assert (
        findings[0].reason
        == "En 2027-B3, la entrega terminaría el 01-jul-2027, antes de empezar el 14-jul-2027."
    )


def test_f1_the_money_cannot_arrive_after_the_delivery_began():
    findings = check(replace(YEAR_2027[0], r=date(2027, 3, 2)))

    assert [finding.check for finding in findings] == ["F-1"]
    assert "llegaría al Prestador de Servicios el 02-mar-2027" in findings[0].reason


def test_f1_periods_follow_each_other():
    findings = check(moved("2027-B2", "2027-02-22", "2027-03-05"))

    assert findings[0].reason == (
        "La entrega de 2027-B2 (del 22-feb-2027 al 05-mar-2027) tendría que ser posterior a la de 2027-B1 "
        "(del 01-mar-2027 al 12-mar-2027)."
    )


def test_f2_no_anticipo_is_asked_for_before_the_last_one_is_accounted_for():
    findings = check(moved("2027-B5", "2027-11-03", "2027-11-16"))

    assert [(finding.check, finding.period) for finding in findings] == [("F-2", "2027-B6")]
    assert findings[0].reason == (
        "El anticipo de 2027-B6 tendría que solicitarse antes de comprobar 2027-B5 (5.2.2): el oficio del "
        "anticipo vence el 22-nov-2027 y la comprobación de 2027-B5, el 23-nov-2027."
    )


def test_f2_looks_back_into_the_year_before():
    late = replace(LAST_OF_2026, t1=date(2027, 2, 12))

    findings = check(previous=late)

    assert [(finding.check, finding.period) for finding in findings] == [("F-2", "2027-B1")]
    assert "antes de comprobar 2026-B6 (5.2.2)" in findings[0].reason


def test_f2_looks_forward_into_the_year_after():
    early = period("2028-B1", "2028-01-03", "2028-01-14", "2027-12-24", (1, 2))

    findings = check(following=early)

    assert [(finding.check, finding.period) for finding in findings] == [("F-2", "2028-B1")]


def test_f3_the_stages_of_a_period_ascend():
    findings = check(moved("2027-B1", "2027-03-01", "2027-03-12", fecha_entrega_jspm="2027-02-10"))

    assert [finding.check for finding in findings] == ["F-3"]
    assert findings[0].reason == (
        "En 2027-B1, las fechas no van en orden: la entrega de los listados de las JSPM (act. 22), 10-feb-2027; "
        "la autorización y su memorándum (act. 23 a 26), 09-feb-2027."
    )


def test_f3_the_list_goes_to_the_provider_before_the_money_is_asked_for():
    findings = check(moved("2027-B1", "2027-03-01", "2027-03-12", fecha_oficio_anticipo="2027-02-11"))

    assert {finding.check for finding in findings} == {"F-3"}
    assert any("el oficio del anticipo (act. 33), 11-feb-2027" in finding.reason for finding in findings)


def test_f3_the_calendar_cannot_shorten_the_lead_of_the_anticipo():
    findings = check(moved("2027-B1", "2027-03-01", "2027-03-12", fecha_oficio_anticipo="2027-02-19"))

    assert [finding.check for finding in findings] == ["F-3"]
    assert findings[0].reason == (
        "En 2027-B1, el calendario fija el oficio del anticipo el 19-feb-2027, después del 18-feb-2027, último día "
        "con cinco días hábiles de antelación a la entrega del recurso (5.2.1)."
    )


def test_f4_three_working_days_are_needed_between_circular_and_delivery():
    closed = frozenset(date(2027, 6, day) for day in (24, 25, 28, 29))
    working_days = WorkingDays(extra=closed)

    findings = check(working_days=working_days)

    assert [(finding.check, finding.period) for finding in findings] == [("F-4", "2027-B3")]
    assert "no hay tres días hábiles entre la circular del 23-jun-2027" in findings[0].reason


@pytest.mark.parametrize(
    ("code", "months", "reason"),
    [
        pytest.param(
            "2027-B3",
            (4, 5, 6),
            "El mes abril de 2027 está en 2027-B2 y 2027-B3: cada mes del ejercicio va en un solo periodo.",
            id="a month twice",
        ),
        pytest.param(
            "2027-B3", (6,), "Ningún periodo cubre el mes mayo de 2027 del ejercicio 2027.", id="a gap"
        ),
        pytest.param(
            "2027-B1",
            (1, 2, 12),
            "Los meses de 2027-B1 (enero de 2027, febrero de 2027, diciembre de 2027) no son consecutivos.",
            id="months apart",
        ),
    ],
)
def test_f5_the_months_of_the_periods_partition_the_year(code, months, reason):
    old = next(each for each in YEAR_2027 if each.code == code)

    findings = check(replace(old, months=tuple(f"2027-{month:02}" for month in months)))

    assert {finding.check for finding in findings} == {"F-5"}
    assert reason in [finding.reason for finding in findings]


def test_f5_a_month_of_another_year_is_foreign():
    findings = check(replace(YEAR_2027[5], months=("2027-11", "2027-12", "2028-01")))

    assert [finding.reason for finding in findings] == [
        "El mes enero de 2028 de 2027-B6 no es del ejercicio 2027."
    ]


def test_f5_a_calendar_without_periods_covers_nothing():
    findings = check_calendar(AnnualCalendar(year=2027, periods=(), approval=APPROVAL), TERMS, LFT74)

    assert [finding.check for finding in findings] == ["F-5"]


def test_f6_the_last_period_is_accounted_for_inside_its_year():
    findings = check(moved("2027-B6", "2027-12-15", "2027-12-28"))

    assert [finding.check for finding in findings] == ["F-6"]
    assert findings[0].reason == (
        "La comprobación de 2027-B6 vencería el 04-ene-2028, después del 31-dic-2027, cierre del ejercicio (SROP 4.2.3)."
    )


def test_f7_a_list_of_days_off_must_reach_the_last_contra_recibo():
    findings = check(working_days=CAL_A)

    assert [finding.reason for finding in findings] == [
        "Los plazos del calendario van del 04-ene-2027 al 07-ene-2028 y no hay días inhábiles cargados de 2028."
    ]


def test_f7_holds_once_the_days_of_the_next_year_are_listed():
    complete = listed(*(day.isoformat() for day in CAL_A.extra), "2028-01-01")

    assert complete.base is Base.LISTED
    assert check(working_days=complete) == ()


@pytest.mark.parametrize(
    ("approval", "missing"),
    [
        (Approval(), "quién autoriza, la fecha de autorización, el documento"),
        (replace(APPROVAL, on=None), "la fecha de autorización"),
    ],
)
def test_f8_the_approval_of_upib_must_be_on_record(approval, missing):
    findings = check(approval=approval)

    assert [finding.reason for finding in findings] == [
        f"No consta la autorización de la UPIB (5.2.12): falta {missing}."
    ]


def test_every_reason_is_given_at_once():
    findings = check(
        moved("2027-B5", "2027-11-03", "2027-11-16"),
        replace(YEAR_2027[0], r=date(2027, 3, 2)),
        approval=Approval(),
    )

    assert [finding.check for finding in findings] == ["F-1", "F-2", "F-8"]
