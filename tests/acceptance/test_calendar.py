"""The annual calendar on real books: taken whole, or refused with its reasons while the old one stays (AC-75)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from actions.import_calendar import import_calendar
from documents.calendar_template import write_template
from documents.calendar_workbook import CalendarValues, DayOff, PeriodLine, read_calendar
from procedures.working_days import Base
from storage import journal, periods
from storage.database import Store
from storage.periods import PeriodState
from tests.calendars import YEAR_2027

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

GOOD = CalendarValues(
    year=2027,
    approved_by="Titular de la UPIB",
    approved_on=date(2026, 11, 20),
    document="Oficio 0780/2026/15",
    periods=tuple(
        PeriodLine(code=each.code, months=each.months, t0=each.t0, t1=each.t1) for each in YEAR_2027
    ),
    days_off=(DayOff(day=date(2027, 3, 25), reason="Jueves Santo", source="DOF"),),
)


def with_period(values, code, **changes):
    lines = tuple(replace(line, **changes) if line.code == code else line for line in values.periods)
    return replace(values, periods=lines)


LATE_B5 = with_period(GOOD, "2027-B5", t0=date(2027, 11, 3), t1=date(2027, 11, 16))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data")
    store.upgrade()
    yield store
    store.close()


@pytest.fixture
def load(store, tmp_path):
    """Return a function that writes a workbook, reads it and imports it in one transaction."""

    def write_read_import(values, **options):
        path = tmp_path / "calendario.xlsx"
        write_template(path, values)
        with store.transaction() as session:
            return import_calendar(session, read_calendar(path), **{"now": NOW, **options})

    return write_read_import


def dates_in_force(store):
    with store.reading() as session:
        return {row.code: (row.t0, row.t1, row.r) for row in periods.periods_of_year(session, 2027)}


def test_a_calendar_that_can_be_kept_is_in_force(store, load):
    outcome = load(GOOD)

    assert outcome.applied
    assert outcome.accepted
    assert outcome.verdict == "Calendario 2027, versión 1: 6 periodos en vigor."
    assert dates_in_force(store) == {each.code: (each.t0, each.t1, each.r) for each in YEAR_2027}
    with store.reading() as session:
        b2 = periods.get_period(session, "2027-B2")
        assert (b2.months, b2.previous, b2.state) == (["2027-03", "2027-04"], "2027-B1", PeriodState.PLANNED)
        calendar = periods.calendar_in_force(session, 2027)
        assert (calendar.version, calendar.approved_by, calendar.document) == (
            1,
            "Titular de la UPIB",
            "Oficio 0780/2026/15",
        )
        working_days = periods.working_days(session)
        assert not working_days.is_working_day(date(2027, 3, 25))
        assert working_days.reason(date(2027, 3, 25)) == "Jueves Santo, DOF"


def test_ac_75_a_calendar_that_breaks_5_2_2_is_refused_and_the_old_one_remains(store, load):
    load(GOOD)
    before = dates_in_force(store)

    outcome = load(LATE_B5)

    assert not outcome.accepted
    assert not outcome.applied
    assert [(finding.check, finding.period) for finding in outcome.findings] == [("F-2", "2027-B6")]
    assert outcome.findings[0].reason.startswith(
        "El anticipo de 2027-B6 tendría que solicitarse antes de comprobar 2027-B5 (5.2.2)"
    )
    assert outcome.verdict == (
        "El calendario 2027 no procede y no se cargó nada; sigue en vigor la versión 1."
    )
    assert dates_in_force(store) == before
    with store.reading() as session:
        assert [row.version for row in periods.calendars_of_year(session, 2027)] == [1]
        refused = [row for row in journal.history(session) if row.kind == "calendar_refused"]
        assert len(refused) == 1
        assert "(5.2.2)" in refused[0].text


def test_ac_75_a_first_calendar_that_is_refused_leaves_the_books_empty(store, load):
    outcome = load(replace(LATE_B5, approved_by=""))

    assert [finding.check for finding in outcome.findings] == ["F-2", "F-8"]
    assert dates_in_force(store) == {}
    with store.reading() as session:
        assert periods.calendar_in_force(session, 2027) is None
        assert periods.days_off(session) == []


def test_a_second_calendar_of_the_year_is_the_next_version(store, load):
    load(GOOD)

    outcome = load(
        replace(
            with_period(GOOD, "2027-B6", t1=date(2027, 12, 15)),
            base=Base.LFPA28,
            days_off=(),
            document="Oficio 16",
        )
    )

    assert outcome.version == 2
    assert outcome.changes == (
        "Cambia 2027-B6: T1 de 14-dic-2027 a 15-dic-2027.",
        "Deja de ser inhábil 25-mar-2027 (Jueves Santo, DOF).",
        "Los días inhábiles se cuentan según LFPA28 y ya no según LFT74.",
        "Cambia la autorización: Titular de la UPIB, 20-nov-2026, Oficio 16.",
    )
    with store.reading() as session:
        assert periods.calendar_in_force(session, 2027).version == 2
        assert [row.in_force for row in periods.calendars_of_year(session, 2027)] == [False, True]
        assert periods.working_days(session).base is Base.LFPA28
        assert periods.days_off(session) == []
        imported = [row for row in journal.history(session) if row.kind == "calendar_imported"]
        # What was replaced can still be read.
        assert json.loads(imported[-1].data)["replaced"]["2027-B6"]["T1"] == "2027-12-14"


def test_the_same_calendar_again_changes_nothing(store, load):
    load(GOOD)

    outcome = load(GOOD)

    assert outcome.accepted
    assert not outcome.applied
    assert outcome.changes == ()
    assert outcome.verdict == "El calendario 2027 ya está cargado así (versión 1); no hay cambios."
    with store.reading() as session:
        assert len(periods.calendars_of_year(session, 2027)) == 1
        assert len(journal.history(session)) == 1


@pytest.mark.parametrize("values", [GOOD, LATE_B5], ids=["good", "refused"])
def test_a_dry_run_says_what_would_be_and_writes_nothing(store, load, values):
    outcome = load(values, dry_run=True)

    assert outcome.dry_run
    assert outcome.accepted == (values is GOOD)
    assert not outcome.applied
    assert dates_in_force(store) == {}
    with store.reading() as session:
        assert journal.history(session) == []


def test_a_dry_run_tells_every_change(load):
    outcome = load(GOOD, dry_run=True)

    assert outcome.changes[0] == (
        "Se agrega 2027-B1: entrega del 01-mar-2027 al 12-mar-2027; el recurso llega al Prestador de Servicios el "
        "25-feb-2027."
    )
    assert outcome.changes[6:] == ("Se agrega el día inhábil 25-mar-2027 (Jueves Santo, DOF).",)
    assert outcome.verdict == "El calendario 2027 procede: quedaría en vigor la versión 1, con 6 periodos."
    assert outcome.sentences[-1] == outcome.verdict


def test_a_workbook_with_errors_is_not_half_imported(store, load):
    outcome = load(with_period(GOOD, "2027-B3", t0=None))

    assert not outcome.accepted
    assert outcome.verdict == "El libro tiene errores y no se cargó nada."
    assert [(problem.sheet, problem.cell) for problem in outcome.problems] == [("Calendario", "C8")]
    assert dates_in_force(store) == {}


def test_a_year_is_checked_against_the_one_before(store, load):
    load(GOOD)
    early = replace(
        GOOD,
        year=2028,
        periods=tuple(
            replace(
                line,
                code=line.code.replace("2027", "2028"),
                months=tuple(month.replace("2027", "2028") for month in line.months),
                t0=date(2028, 1, 3) if line.code == "2027-B1" else line.t0.replace(year=2028),
                t1=date(2028, 1, 14) if line.code == "2027-B1" else line.t1.replace(year=2028),
                r=date(2027, 12, 24) if line.code == "2027-B1" else None,
            )
            for line in GOOD.periods
        ),
        days_off=(),
    )

    outcome = load(early)

    assert ("F-2", "2028-B1") in [(finding.check, finding.period) for finding in outcome.findings]
    assert "antes de comprobar 2027-B6 (5.2.2)" in outcome.findings[0].reason


def test_days_off_of_other_years_stay(store, load):
    load(replace(GOOD, days_off=(*GOOD.days_off, DayOff(day=date(2028, 1, 3), reason="Vacaciones"))))

    load(replace(GOOD, days_off=()))

    with store.reading() as session:
        assert [row.day for row in periods.days_off(session)] == [date(2028, 1, 3)]


def test_an_open_period_may_be_moved_and_is_told_but_not_taken_away(store, load):
    load(GOOD)
    set_state(store, "2027-B1", PeriodState.OPEN)

    moved = load(with_period(GOOD, "2027-B1", t1=date(2027, 3, 16)))
    halved = load(replace(GOOD, periods=GOOD.periods[1:]))

    assert moved.applied
    assert moved.changed_open == ("2027-B1",)
    assert moved.changes == (
        "Cambia 2027-B1, que ya está abierto: T1 de 12-mar-2027 a 16-mar-2027. Sus fechas límite se recorren.",
    )
    assert "2027-B1 ya está abierto: no puede retirarse del calendario." in [
        finding.reason for finding in halved.findings
    ]


def test_what_is_over_does_not_keep_a_running_delivery_from_moving(store, load):
    """Only the lists' last day is fixed: the circular of the lists, counted from T0, would come after it (F-3)."""
    pinned = with_period(GOOD, "2027-B1", dates={"fecha_entrega_pac": date(2027, 1, 18)})
    later = with_period(pinned, "2027-B1", t0=date(2027, 3, 17), t1=date(2027, 3, 30))
    load(pinned)
    planned = load(later, dry_run=True)
    set_state(store, "2027-B1", PeriodState.OPEN)

    early = load(later, dry_run=True, now=datetime(2026, 12, 15, 15, tzinfo=UTC))
    moved = load(later, now=datetime(2027, 2, 26, 15, tzinfo=UTC))

    assert "F-3" in {finding.check for finding in planned.findings}
    assert "F-3" in {finding.check for finding in early.findings}
    assert moved.findings == ()
    assert moved.applied


def test_a_closed_period_keeps_its_dates(store, load):
    load(GOOD)
    set_state(store, "2027-B1", PeriodState.CLOSED)

    outcome = load(with_period(GOOD, "2027-B1", t1=date(2027, 3, 16)))

    assert [finding.reason for finding in outcome.findings] == [
        "2027-B1 ya está cerrado: sus fechas no pueden cambiar."
    ]
    assert dates_in_force(store)["2027-B1"][1] == date(2027, 3, 12)


def set_state(store, code, state):
    with store.transaction() as session:
        row = periods.get_period(session, code)
        row.state = state
        session.add(row)
