"""Periods in the books: what they answer about calendars, days off, tariffs and headcounts."""

from datetime import UTC, date, datetime

import pytest

from procedures.working_days import Base
from storage import periods
from storage.database import Store
from storage.errors import NotInBooks
from storage.folios import OfficeFactRow
from storage.organisation import UnitKind, UnitRow
from storage.periods import CalendarRow, HeadcountRow, NonWorkingDayRow, PeriodRow, TariffRow

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
HOLY_THURSDAY = date(2027, 3, 25)


@pytest.fixture
def session(tmp_path):
    store = Store(tmp_path / "data")
    store.upgrade()
    with store.transaction() as session:
        yield session
    store.close()


def add_calendar(session, year, version, *, in_force=True):
    row = CalendarRow(
        year=year,
        version=version,
        approved_by="Titular de la UPIB",
        approved_on=date(year - 1, 11, 20),
        loaded_at=NOW,
        in_force=in_force,
    )
    session.add(row)
    session.flush()
    return row


def add_period(session, calendar, code, t0, **dates):
    row = PeriodRow(
        code=code,
        calendar_id=calendar.id,
        months=[f"{code[:4]}-01", f"{code[:4]}-02"],
        t0=t0,
        t1=t0,
        r=t0,
        dates=dates,
    )
    session.add(row)
    session.flush()
    return row


def test_a_period_is_found_by_its_code_or_not_at_all(session):
    row = add_period(session, add_calendar(session, 2027, 1), "2027-B1", date(2027, 3, 1))

    assert periods.find_period(session, "2027-B1") is row
    assert periods.get_period(session, "2027-B1") is row
    assert periods.find_period(session, "2027-B2") is None
    with pytest.raises(NotInBooks, match="2027-B2"):
        periods.get_period(session, "2027-B2")


def test_the_procedures_get_a_period_with_dates(session):
    row = add_period(
        session,
        add_calendar(session, 2027, 1),
        "2027-B1",
        date(2027, 3, 1),
        fecha_entrega_pac="2027-01-15",
    )

    assert periods.period_of(row).known_dates == {
        "fecha_entrega_pac": date(2027, 1, 15),
        "T0": date(2027, 3, 1),
        "T1": date(2027, 3, 1),
        "R": date(2027, 3, 1),
    }


def test_the_periods_of_a_year_come_in_the_order_of_their_deliveries(session):
    calendar = add_calendar(session, 2027, 1)
    add_period(session, calendar, "2027-B2", date(2027, 5, 3))
    add_period(session, calendar, "2027-B1", date(2027, 3, 1))
    add_period(session, add_calendar(session, 2026, 1), "2026-B6", date(2026, 12, 1))

    assert [row.code for row in periods.periods_of_year(session, 2027)] == ["2027-B1", "2027-B2"]
    assert periods.last_period_before(session, 2027).code == "2026-B6"
    assert periods.last_period_before(session, 2026) is None


def test_of_several_calendars_one_is_in_force(session):
    add_calendar(session, 2027, 1, in_force=False)
    second = add_calendar(session, 2027, 2)

    assert periods.calendar_in_force(session, 2027) is second
    assert periods.calendar_in_force(session, 2028) is None
    assert [row.version for row in periods.calendars_of_year(session, 2027)] == [1, 2]


def test_working_days_are_those_of_the_base_and_the_extra_days(session):
    session.add(NonWorkingDayRow(day=HOLY_THURSDAY, reason="Jueves Santo"))
    session.add(NonWorkingDayRow(day=date(2028, 1, 3)))
    session.flush()

    working_days = periods.working_days(session)

    assert working_days.base is Base.LFT74
    assert working_days.extra == {HOLY_THURSDAY, date(2028, 1, 3)}
    assert working_days.reason(HOLY_THURSDAY) == "Jueves Santo"
    assert [row.day for row in periods.days_off(session, 2027)] == [HOLY_THURSDAY]


def test_the_office_may_count_by_another_base(session):
    session.add(OfficeFactRow(key=periods.CALENDAR_BASE, value="LFPA28"))
    session.flush()

    assert periods.working_days(session).base is Base.LFPA28


@pytest.mark.parametrize(
    ("month", "expected"), [("2026-12", None), ("2027-01", 50_000), ("2027-06", 50_000), ("2027-07", 60_000)]
)
def test_the_tariff_of_a_month_is_the_one_in_force_on_its_first_day(session, month, expected):
    session.add(
        TariffRow(kind="VRS", monthly_centavos=50_000, from_on=date(2027, 1, 1), to_on=date(2027, 6, 30))
    )
    session.add(TariffRow(kind="VRS", monthly_centavos=60_000, from_on=date(2027, 7, 1)))
    session.add(TariffRow(kind="PVR", monthly_centavos=70_000, from_on=date(2020, 1, 1)))
    session.flush()

    tariff = periods.tariff_on(session, "VRS", month)

    assert (tariff.monthly_centavos if tariff else None) == expected


def test_the_headcount_of_a_period_stands_before_that_of_its_year(session):
    for code in ("OOAD07", "OOAD20"):
        session.merge(UnitRow(code=code, kind=UnitKind.OOAD, name=code))
        session.add(HeadcountRow(unit=code, period="2027", total=10))
    session.add(HeadcountRow(unit="OOAD07", period="2027-B1", total=12))
    session.flush()

    assert periods.headcount_of(session, "OOAD07", "2027-B1").total == 12
    assert periods.headcount_of(session, "OOAD20", "2027-B1").total == 10
    assert periods.headcount_of(session, "OOAD20", "2026-B1") is None
