"""Terms: every date vector of both ledgers (7.2; A6, B6, C6), the grammar, and the reasons in Spanish."""

from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from procedures.deadline_rules import (
    BadRule,
    DueKind,
    DueRule,
    names_in,
    parameters_in,
    parse_due,
    parse_rule,
)
from procedures.deadlines import Dates, due_date, expiry_instant, legal_date, limit_instant
from procedures.working_days import Base, WorkingDays

LFT74 = WorkingDays()

# id: base date, rule, limit; LFPA28 or extra days off where the ledger says so.
COUNTED = """
V01: {base: 2026-11-10, rule: {working_days: 5, after: X}, limit: 2026-11-18}
V02: {base: 2026-11-21, rule: {working_days: 5, after: X}, limit: 2026-11-27}
V03: {base: 2026-12-18, rule: {working_days: 5, after: X}, limit: 2026-12-28}
V04: {base: 2026-09-15, rule: {working_days: 5, after: X}, limit: 2026-09-23}
V05: {base: 2026-12-30, rule: {working_days: 5, after: X}, limit: 2027-01-07}
V06: {base: 2024-09-30, rule: {working_days: 5, after: X}, limit: 2024-10-08}
V07: {base: 2026-11-12, rule: {working_days: 5, after: X}, limit: 2026-11-20}
V08: {base: 2026-11-12, rule: {working_days: 5, after: X}, limit: 2026-11-19, calendar: LFPA28}
V09: {base: 2026-05-04, rule: {working_days: 5, after: X}, limit: 2026-05-12, calendar: LFPA28}
V10: {base: 2026-05-04, rule: {working_days: 5, after: X}, limit: 2026-05-11}
V11: {base: 2026-12-03, rule: {calendar_days: 10, after: X}, limit: 2026-12-13}
V12: {base: 2026-12-03, rule: {calendar_days: 10, after: X, inclusive: true}, limit: 2026-12-12}
V13: {base: 2026-02-20, rule: {calendar_days: 10, after: X}, limit: 2026-03-02}
V16: {base: 2026-11-30, rule: {months: 3, after: X}, limit: 2027-02-28}
V17: {base: 2026-11-22, rule: {months: 3, after: X}, limit: 2027-02-22}
V18: {base: 2026-12-31, rule: {months: 3, after: X}, limit: 2027-03-31}
V19: {base: 2027-11-30, rule: {months: 3, after: X}, limit: 2028-02-29}
V20: {base: 2026-08-31, rule: {months: 3, after: X}, limit: 2026-11-30}
V28: {base: 2027-01-08, rule: {calendar_days: 20, after: X}, limit: 2027-01-28}
V29: {base: 2027-01-08, rule: {months: 2, after: X}, limit: 2027-03-08}
V30: {base: 2027-03-08, rule: {chained: {calendar_days: 20, after: X}}, limit: 2027-03-28}
V31: {base: 2026-08-31, rule: {chained: {calendar_days: 20, after: {months: 3, after: X}}}, limit: 2026-12-20}
V32: {base: 2027-01-28, rule: {chained: {calendar_days: 20, after: {months: 2, after: X}}}, limit: 2027-04-17}
V33: {base: 2026-10-07, rule: {calendar_days: 20, after: X}, limit: 2026-10-27}
V34: {base: 2026-10-07, rule: {months: 2, after: X}, limit: 2026-12-07}
W01: {base: 2026-11-23, rule: {working_days: 15, after: X}, limit: 2026-12-14}
W02: {base: 2026-12-11, rule: {working_days: 15, after: X}, limit: 2027-01-05}
W03: {base: 2026-09-01, rule: {working_days: 15, after: X}, limit: 2026-09-23}
W04: {base: 2027-01-25, rule: {working_days: 15, after: X}, limit: 2027-02-16}
W05: {base: 2026-10-26, rule: {working_days: 15, after: X}, limit: 2026-11-17}
W06: {base: 2026-10-26, rule: {working_days: 15, after: X}, limit: 2026-11-16, calendar: LFPA28}
W10: {base: 2026-04-13, rule: {working_days: 15, after: X}, limit: 2026-05-06, calendar: LFPA28}
X06: {base: 2026-11-20, rule: {working_days: 15, after: X}, limit: 2026-12-11}
X07: {base: 2026-11-20, rule: {working_days: 15, after: X, inclusive: true}, limit: 2026-12-10}
"""

# id: a day of the month or year that is meant, rule, first and last day.
WINDOWS = """
V14: {in: 2026-12-01, rule: {month_window: {from: 1, to: 5}}, opens: 2026-12-01, limit: 2026-12-05}
V15: {in: 2027-01-01, rule: {month_window: {from: 1, to: 5}}, opens: 2027-01-01, limit: 2027-01-05}
V21: {in: 2026-10-01, rule: {month_working_window: {n: 5}}, opens: 2026-10-01, limit: 2026-10-07}
V22: {in: 2027-01-01, rule: {month_working_window: {n: 5}}, opens: 2027-01-04, limit: 2027-01-08}
V23: {in: 2026-04-01, rule: {month_working_window: {n: 5}}, opens: 2026-04-01, limit: 2026-04-07}
V24: {in: 2026-04-01, rule: {month_working_window: {n: 5}}, opens: 2026-04-01, limit: 2026-04-09, extra: [2026-04-02, 2026-04-03]}
V25: {in: 2024-10-01, rule: {month_working_window: {n: 5}}, opens: 2024-10-02, limit: 2024-10-08}
V26: {in: 2027-01-01, rule: {month_working_window: {n: 5}}, opens: 2027-01-07, limit: 2027-01-13, extra: [2027-01-04, 2027-01-05, 2027-01-06]}
V27: {in: 2026-06-30, rule: {before_date: "01-10", years_later: 1}, opens: null, limit: 2027-01-09}
W07: {in: 2025-01-01, rule: {bimester: 1}, opens: 2025-01-01, limit: 2025-02-28}
W08: {in: 2027-01-01, rule: {bimester: 1}, opens: 2027-01-01, limit: 2027-02-28}
W09: {in: 2028-01-01, rule: {bimester: 1}, opens: 2028-01-01, limit: 2028-02-29}
X01: {in: 2021-06-30, rule: {range: {from: 2021-01-01, to: 2021-12-31}}, opens: 2021-01-01, limit: 2021-12-31}
X02: {in: 2027-01-01, rule: {month_range: {from: "02-01", to: "03-end"}}, opens: 2027-02-01, limit: 2027-03-31}
X03: {in: 2026-01-01, rule: {month_range: {from: "07-01", to: "08-31"}}, opens: 2026-07-01, limit: 2026-08-31}
X04: {in: 2026-01-01, rule: {bimester: 6}, opens: 2026-11-01, limit: 2026-12-31}
X05: {in: 2027-01-01, rule: {month_range: {from: "01-01", to: "03-31"}}, opens: 2027-01-01, limit: 2027-03-31}
X08: {in: 2028-01-01, rule: {month_range: {from: "02-01", to: "03-end"}}, opens: 2028-02-01, limit: 2028-03-31}
"""


def vectors(text):
    return [pytest.param(vector, id=name) for name, vector in yaml.safe_load(text).items()]


def date_of(rule, dates, working_days):
    return due_date(DueRule(kind=DueKind.LATEST, rule=rule), dates, working_days).on


def calendar_of(vector):
    return WorkingDays(base=Base(vector.get("calendar", "LFT74")), extra=frozenset(vector.get("extra", ())))


@pytest.mark.parametrize("vector", vectors(COUNTED))
def test_a_counted_term_ends_on_the_day_of_the_ledger(vector):
    rule = parse_due({"latest": vector["rule"]})

    due = due_date(rule, Dates(known={"X": vector["base"]}), calendar_of(vector))

    assert due.on == vector["limit"]
    assert due.opens_on is None


@pytest.mark.parametrize("vector", vectors(WINDOWS))
def test_a_window_opens_and_closes_on_the_days_of_the_ledger(vector):
    rule = parse_due({"latest": vector["rule"]})

    due = due_date(rule, Dates(known={"month": vector["in"], "year": vector["in"]}), calendar_of(vector))

    assert (due.opens_on, due.on) == (vector["opens"], vector["limit"])


def test_all_vectors_of_the_second_ledger_are_here():
    ids = {*yaml.safe_load(COUNTED), *yaml.safe_load(WINDOWS)}

    expected = {f"V{n:02}" for n in range(1, 35)} | {f"W{n:02}" for n in range(1, 11)}
    assert ids == expected | {f"X{n:02}" for n in range(1, 9)}


def test_x01_what_lies_outside_a_range_is_not_in_force():
    due = due_date(
        parse_due({"latest": {"range": {"from": "2021-01-01", "to": "2021-12-31"}}}), Dates(), LFT74
    )

    assert due.includes(date(2021, 6, 30))
    assert not due.includes(date(2022, 1, 1))
    assert not due.includes(date(2020, 12, 31))


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        pytest.param("2026-11-11T05:59:59+00:00", date(2026, 11, 10), id="R01"),
        pytest.param("2026-11-11T06:00:00+00:00", date(2026, 11, 11), id="R02"),
        pytest.param("2026-07-01T05:30:00+00:00", date(2026, 6, 30), id="R03"),
    ],
)
def test_a_reception_has_the_legal_date_of_the_offices_zone(instant, expected):
    assert legal_date(datetime.fromisoformat(instant)) == expected


def test_a_term_ends_a_second_before_midnight_and_expires_half_an_hour_after_it():
    on = date(2026, 11, 18)

    assert limit_instant(on) == datetime(2026, 11, 19, 5, 59, 59, tzinfo=UTC)
    assert legal_date(limit_instant(on)) == on
    assert expiry_instant(on) == datetime(2026, 11, 19, 6, 30, tzinfo=UTC)
    assert expiry_instant(on, grace=timedelta()) - limit_instant(on) == timedelta(seconds=1)


# The rest of the grammar.


def test_the_calendars_date_stands_before_our_own_reckoning():
    rule = parse_due(
        {"latest": {"first_of": [{"calendar": "fecha_entrega_pac"}, {"working_days": 10, "after": "A01"}]}}
    )
    sent = {"A01": date(2027, 1, 4)}

    by_reckoning = due_date(rule, Dates(known=sent), LFT74)
    by_calendar = due_date(rule, Dates(known=sent | {"fecha_entrega_pac": date(2027, 1, 15)}), LFT74)

    assert by_reckoning.on == date(2027, 1, 18)
    assert by_calendar.on == date(2027, 1, 15)
    assert by_calendar.reason == (
        "fecha del calendario autorizado para la entrega de los listados de los PAC: 15-ene-2027"
    )


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        (None, date(2027, 2, 18)),
        (date(2027, 2, 16), date(2027, 2, 16)),
        (date(2027, 2, 22), date(2027, 2, 18)),
    ],
)
def test_the_earlier_of_calendar_and_lead_binds_the_oficio_of_the_anticipo(calendar, expected):
    rule = parse_due(
        {
            "latest": {
                "earliest_of": [{"calendar": "fecha_oficio_anticipo"}, {"working_days": 5, "before": "R"}]
            }
        }
    )
    known = {"R": date(2027, 2, 25)} | ({"fecha_oficio_anticipo": calendar} if calendar else {})

    assert due_date(rule, Dates(known=known), LFT74).on == expected


def test_the_latest_of_several_dates_can_be_meant():
    rule = parse_rule({"latest_of": [{"date_of": "A45"}, {"date_of": "A46"}]})

    assert date_of(rule, Dates(known={"A45": date(2027, 3, 18), "A46": date(2027, 3, 19)}), LFT74) == date(
        2027, 3, 19
    )


def test_the_circular_a_week_before_moves_back_from_a_holiday():
    rule = parse_due({"latest": {"previous_working_day": {"calendar_days": 7, "before": "T0"}}})

    due = due_date(rule, Dates(known={"T0": date(2027, 3, 22)}), LFT74)

    assert due.on == date(2027, 3, 12)
    assert due.reason == (
        "7 días naturales antes del inicio de la entrega (22-mar-2027): 15-mar-2027; como el 15-mar-2027 "
        "(tercer lunes de marzo, por Benito Juárez) es inhábil, se toma el día hábil anterior: 12-mar-2027"
    )


def test_an_exact_day_is_neither_earlier_nor_later():
    due = due_date(
        parse_due({"exactly": {"working_days": 2, "after": "T1"}}),
        Dates(known={"T1": date(2027, 3, 12)}),
        LFT74,
    )

    assert due.kind is DueKind.EXACT
    assert [due.includes(date(2027, 3, day)) for day in (16, 17, 18)] == [False, True, False]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("latest", "latest"),
        ("exactly", "exact"),
        ("soft", "soft"),
        ("weekly", "recurring"),
        ("silence", "silence"),
    ],
)
def test_a_due_date_keeps_how_it_binds(word, kind):
    due = due_date(parse_due({word: {"date_of": "T1"}}), Dates(known={"T1": date(2027, 3, 12)}), LFT74)

    assert (due.kind, due.on) == (kind, date(2027, 3, 12))


def test_what_needs_an_unknown_date_has_no_date_yet():
    assert due_date(parse_due({"latest": {"working_days": 3, "after": "A48"}}), Dates(), LFT74) is None
    assert due_date(parse_due({"latest": {"bimester": 1}}), Dates(), LFT74) is None
    assert due_date(parse_due({"latest": {"calendar": "fecha_envio_ps"}}), Dates(), LFT74) is None


def test_an_unset_parameter_gives_no_term_and_a_set_one_gives_its_own():
    rule = parse_due({"soft": {"parameter": "plazo_respuesta"}})
    captured = {"captada": date(2026, 11, 20)}
    chosen = parse_rule({"working_days": 15, "after": "captada"})

    assert due_date(rule, Dates(known=captured), LFT74) is None
    assert due_date(rule, Dates(known=captured, parameters={"plazo_respuesta": None}), LFT74) is None
    assert due_date(rule, Dates(known=captured, parameters={"plazo_respuesta": chosen}), LFT74).on == date(
        2026, 12, 11
    )


@pytest.mark.parametrize(
    ("rule", "known", "reason"),
    [
        pytest.param(
            {"working_days": 10, "after": "A01"},
            {"A01": date(2027, 1, 18)},
            "10 días hábiles después de la circular de solicitud de listados (18-ene-2027): 02-feb-2027; "
            "no cuenta el 01-feb-2027 (primer lunes de febrero, por la Constitución)",
            id="one holiday on the way",
        ),
        pytest.param(
            {"working_days": 1, "after": "A07"},
            {"A07": date(2027, 1, 18)},
            "1 día hábil después de la actividad 7 (18-ene-2027): 19-ene-2027",
            id="one day after an activity",
        ),
        pytest.param(
            {"working_days": 30, "before": "recepción"},
            {"recepción": date(2027, 2, 3)},
            "30 días hábiles antes de recepción (03-feb-2027): 18-dic-2026; no cuentan el 25-dic-2026 (Navidad), "
            "el 01-ene-2027 (Año Nuevo), el 01-feb-2027 (primer lunes de febrero, por la Constitución)",
            id="several holidays",
        ),
        pytest.param(
            {"months": 3, "after": "recepción"},
            {"recepción": date(2026, 11, 30)},
            "3 meses después de recepción (30-nov-2026): 28-feb-2027; ese mes termina antes del día 30; "
            "es día inhábil y no se recorre",
            id="a short month, and a Sunday",
        ),
        pytest.param(
            {"working_days": 15, "after": "recepción", "inclusive": True},
            {"recepción": date(2026, 11, 20)},
            "15 días hábiles contados desde recepción (20-nov-2026), que cuenta: 10-dic-2026",
            id="inclusive",
        ),
        pytest.param(
            {"earliest_of": [{"calendar": "fecha_oficio_anticipo"}, {"working_days": 5, "before": "R"}]},
            {"fecha_oficio_anticipo": date(2027, 2, 16), "R": date(2027, 2, 25)},
            "lo que ocurra primero: fecha del calendario autorizado para el oficio del anticipo: 16-feb-2027 | "
            "5 días hábiles antes de la entrega del recurso al Prestador de Servicios (25-feb-2027): 18-feb-2027",
            id="the earlier of two",
        ),
        pytest.param(
            {"bimester": 1},
            {"year": date(2027, 1, 1)},
            "primer bimestre de 2027: del 01-ene-2027 al 28-feb-2027",
            id="a bimester",
        ),
        pytest.param(
            {"month_working_window": {"n": 5}},
            {"month": date(2024, 10, 1)},
            "del 02-oct-2024 al 08-oct-2024: 5 primeros días hábiles del mes; no cuenta el 01-oct-2024 "
            "(transmisión del Poder Ejecutivo Federal)",
            id="working days of a month",
        ),
        pytest.param(
            {"before_date": "01-10", "years_later": 1},
            {"year": date(2026, 1, 1)},
            "antes del 10-ene-2027: a más tardar el 09-ene-2027",
            id="before a date",
        ),
    ],
)
def test_a_date_says_in_spanish_why_it_is_that_day(rule, known, reason):
    assert due_date(parse_due({"latest": rule}), Dates(known=known), LFT74).reason == reason


def test_the_caller_may_name_a_date_in_its_own_words():
    dates = Dates(known={"base": date(2026, 12, 3)}, labels={"base": "el oficio de disponibilidad"})

    due = due_date(parse_due({"latest": {"calendar_days": 10, "after": "base"}}), dates, LFT74)

    assert due.reason.startswith("10 días naturales después del oficio de disponibilidad (03-dic-2026)")


def test_a_long_row_of_days_off_is_summed_up():
    recess = frozenset(date(2026, 12, day) for day in range(18, 32))

    due = due_date(
        parse_due({"latest": {"working_days": 1, "after": "X"}}),
        Dates(known={"X": date(2026, 12, 17)}),
        WorkingDays(extra=recess),
    )

    assert due.on == date(2027, 1, 4)
    assert due.reason.endswith("el 18-dic-2026, el 21-dic-2026, el 22-dic-2026 y 8 días inhábiles más")


def test_a_loader_can_ask_which_names_and_parameters_a_rule_needs():
    rule = parse_rule(
        {
            "earliest_of": [
                {"first_of": [{"calendar": "fecha_envio_ps"}, {"working_days": 28, "after": "A01"}]},
                {"chained": {"months": 1, "after": {"previous_working_day": "T0"}}},
                {"bimester": 2},
                {"parameter": "plazo"},
            ]
        }
    )

    assert names_in(rule) == {"fecha_envio_ps", "A01", "T0", "year"}
    assert parameters_in(rule) == {"plazo"}


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({"working_days": 3, "after": "A01"}, "due"),
        ({"latest": {"working_days": 0, "after": "A01"}}, "due.latest.working_days"),
        ({"latest": {"working_days": True, "after": "A01"}}, "due.latest.working_days"),
        ({"latest": {"working_days": 3}}, "due.latest"),
        ({"latest": {"working_days": 3, "after": "A01", "before": "R"}}, "due.latest"),
        ({"latest": {"working_days": 3, "after": "A01", "since": "R"}}, "due.latest"),
        ({"latest": {"working_days": 3, "before": "R", "inclusive": True}}, "due.latest"),
        ({"latest": {"working_days": 3, "calendar_days": 3, "after": "R"}}, "due.latest"),
        ({"latest": {"earliest_of": []}}, "due.latest.earliest_of"),
        ({"latest": {"first_of": [{"calendar": "x"}, {"weeks": 2}]}}, "due.latest.first_of[1]"),
        ({"latest": {"chained": {"date_of": "X"}}}, "due.latest.chained"),
        ({"latest": {"month_window": {"from": 5, "to": 1}}}, "due.latest.month_window"),
        ({"latest": {"month_window": {"from": 1}}}, "due.latest.month_window"),
        ({"latest": {"month_working_window": {"n": 25}}}, "due.latest.month_working_window.n"),
        ({"latest": {"before_date": "02-30"}}, "due.latest.before_date"),
        ({"latest": {"before_date": "10 de enero"}}, "due.latest.before_date"),
        ({"latest": {"bimester": 7}}, "due.latest.bimester"),
        ({"latest": {"month_range": {"from": "03-01", "to": "02-end"}}}, "due.latest.month_range"),
        ({"latest": {"range": {"from": "2027-13-01", "to": "2027-12-31"}}}, "due.latest.range.from"),
        ({"latest": {"parameter": None}}, "due.latest.parameter"),
        ({"latest": "A01"}, "due.latest"),
        ({"latest": {"date_of": "A01"}, "soft": {"date_of": "A01"}}, "due"),
        (None, "due"),
    ],
)
def test_a_structure_that_makes_no_sense_is_refused_with_its_place(raw, place):
    with pytest.raises(BadRule) as refusal:
        parse_due(raw)

    assert refusal.value.place == place
    assert refusal.value.problem


DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))
COUNTS = st.integers(min_value=1, max_value=40)
UNITS = st.sampled_from(["working_days", "calendar_days", "months"])


@given(DAYS, DAYS, COUNTS, UNITS)
def test_who_starts_later_is_never_due_earlier(one, other, n, unit):
    rule = parse_rule({unit: n, "after": "X"})

    earlier, later = (date_of(rule, Dates(known={"X": day}), LFT74) for day in sorted((one, other)))

    assert earlier <= later


@given(DAYS, st.integers(min_value=2, max_value=40), st.sampled_from(["working_days", "calendar_days"]))
def test_the_inclusive_reading_is_one_day_shorter_from_a_working_day(day, n, unit):
    day = LFT74.previous_or_same(day)
    dates = Dates(known={"X": day})

    inclusive = date_of(parse_rule({unit: n, "after": "X", "inclusive": True}), dates, LFT74)

    assert inclusive == date_of(parse_rule({unit: n - 1, "after": "X"}), dates, LFT74)
