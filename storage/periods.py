"""Periods, the authorised calendar, non-working days, headcounts (NUM) and tariffs."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint, func, or_
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from procedures.periods import Period
from procedures.working_days import Base, WorkingDays
from storage.errors import NotInBooks
from storage.folios import OfficeFactRow
from storage.rows import question, words

CALENDAR_BASE = "calendar_base"
"""The office fact that says whose holidays count: LFT74, LFPA28 or LISTA."""


class PeriodState(StrEnum):
    """Where a period stands (ledger 4.2)."""

    PLANNED = "planned"
    OPEN = "open"
    DELIVERY = "entrega"
    PROVING = "comprobacion"
    CLOSED = "cerrado"


class CalendarRow(SQLModel, table=True):
    """A version of the annual calendar that UPIB authorised (5.2.12)."""

    __tablename__ = "calendar"
    __table_args__ = (UniqueConstraint("year", "version", name="uq_calendar_year_version"),)

    id: int | None = Field(default=None, primary_key=True)
    year: int
    version: int
    approved_by: str = Field(max_length=160)
    approved_on: date
    document: str = Field(default="", max_length=120)
    blob_sha256: str = Field(default="", max_length=64)
    loaded_at: datetime
    in_force: bool = True


class PeriodRow(SQLModel, table=True):
    """One fiscal period, with the dates of its calendar."""

    __tablename__ = "period"

    code: str = Field(primary_key=True, max_length=16, description="2027-B1")
    calendar_id: int = Field(foreign_key="calendar.id")
    months: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False), description="YYYY-MM, in order"
    )
    t0: date
    t1: date
    r: date = Field(description="the day on which the PS receives the money")
    # Names of the ledger (fecha_entrega_pac ...) to ISO dates, only those that the calendar gives.
    dates: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str | None = Field(default=None, max_length=16)
    state: PeriodState = Field(default=PeriodState.PLANNED, sa_type=words(PeriodState))


class NonWorkingDayRow(SQLModel, table=True):
    """A day that is no working day, beyond Saturdays and Sundays."""

    __tablename__ = "non_working_day"
    __table_args__ = (UniqueConstraint("day", "base", name="uq_non_working_day_day_base"),)

    id: int | None = Field(default=None, primary_key=True)
    day: date
    base: str = Field(default="extra", max_length=16, description="LFT74, LFPA28 or extra")
    reason: str = Field(default="", max_length=160)


class HeadcountRow(SQLModel, table=True):
    """The authorised number of VRS and PVR of an OOAD (NUM), by period or by year."""

    __tablename__ = "headcount"
    __table_args__ = (UniqueConstraint("unit", "period", name="uq_headcount_unit_period"),)

    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(foreign_key="unit.code", max_length=64)
    period: str = Field(max_length=16, description="2027-B1, or 2027 for the whole year")
    total: int
    vrs: int | None = None
    pvr: int | None = None
    document: str = Field(default="", max_length=120)


class HeadcountExceptionRow(SQLModel, table=True):
    """That CACyPCS let an OOAD list more people than its number in one period, with the document; the last one counts."""

    __tablename__ = "headcount_exception"
    __table_args__ = (Index("ix_headcount_exception_case_unit", "case_id", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id")
    unit: str = Field(foreign_key="unit.code", max_length=64)
    total: int
    vrs: int
    pvr: int
    document: str = Field(max_length=255, description="name of the file that authorises it")
    blob_sha256: str = Field(max_length=64)
    reason: str = Field(default="", max_length=500)
    granted_at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id")


class TariffRow(SQLModel, table=True):
    """The monthly amount of an apoyo, approved by UPIB (SROP 3.6.1-XIII)."""

    __tablename__ = "tariff"
    __table_args__ = (UniqueConstraint("kind", "from_on", name="uq_tariff_kind_from_on"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=3, description="VRS or PVR")
    monthly_centavos: int
    from_on: date
    to_on: date | None = None
    document: str = Field(default="", max_length=120)


def find_period(session: Session, code: str) -> PeriodRow | None:
    """Return a period of the calendar in force, None when it has no such period."""
    return session.get(PeriodRow, code)


def get_period(session: Session, code: str) -> PeriodRow:
    """Return a period of the calendar in force.

    Raises:
        NotInBooks: there is none of that code.
    """
    period = find_period(session, code)
    if period is None:
        raise NotInBooks("period", code)
    return period


def period_of(row: PeriodRow) -> Period:
    """Return a period as the procedures reason about it."""
    return Period(
        code=row.code,
        months=tuple(row.months),
        t0=row.t0,
        t1=row.t1,
        r=row.r,
        dates={name: date.fromisoformat(day) for name, day in row.dates.items()},
    )


def periods_of_year(session: Session, year: int) -> list[PeriodRow]:
    """Return the periods of a fiscal year, in the order of their deliveries."""
    of_year = select(PeriodRow).where(col(PeriodRow.code).startswith(f"{year:04}-"))
    return list(session.exec(of_year.order_by(col(PeriodRow.t0), col(PeriodRow.code))))


def all_periods(session: Session) -> list[PeriodRow]:
    """Return the periods of every calendar in force, in the order of their deliveries."""
    return list(session.exec(select(PeriodRow).order_by(col(PeriodRow.t0), col(PeriodRow.code))))


def last_period_before(session: Session, year: int) -> PeriodRow | None:
    """Return the last period of the years before a fiscal year, None when the office knows none."""
    before = select(PeriodRow).where(col(PeriodRow.code) < f"{year:04}-")
    return session.exec(before.order_by(col(PeriodRow.t0).desc()).limit(1)).first()


def calendar_in_force(session: Session, year: int) -> CalendarRow | None:
    """Return the version of a year's calendar that counts, None when none was loaded."""
    of_year = select(CalendarRow).where(CalendarRow.year == year, col(CalendarRow.in_force))
    return session.exec(of_year.order_by(col(CalendarRow.version).desc()).limit(1)).first()


def calendars_of_year(session: Session, year: int) -> list[CalendarRow]:
    """Return every version of a year's calendar, the oldest first."""
    of_year = select(CalendarRow).where(CalendarRow.year == year)
    return list(session.exec(of_year.order_by(col(CalendarRow.version))))


def days_off(session: Session, year: int | None = None) -> list[NonWorkingDayRow]:
    """Return the days off that were loaded, of one year or of all, in order."""
    rows = select(NonWorkingDayRow).order_by(col(NonWorkingDayRow.day))
    if year is not None:
        rows = rows.where(col(NonWorkingDayRow.day).between(date(year, 1, 1), date(year, 12, 31)))
    return list(session.exec(rows))


def calendar_base(session: Session) -> Base:
    """Return whose holidays count in this office; LFT74 unless a calendar said otherwise."""
    fact = session.get(OfficeFactRow, CALENDAR_BASE)
    return Base(fact.value) if fact else Base.LFT74


def working_days(session: Session) -> WorkingDays:
    """Return the office's working days: the base in force and every extra day loaded."""
    base = calendar_base(session)
    rows = [row for row in days_off(session) if row.base in {"extra", base}]
    return WorkingDays(
        base=base,
        extra=frozenset(row.day for row in rows),
        reasons={row.day: row.reason for row in rows if row.reason},
    )


def tariff_on(session: Session, kind: str, month: str) -> TariffRow | None:
    """Return the tariff of VRS or PVR in a month (YYYY-MM), None when UPIB approved none."""
    return _tariff(session, kind, date.fromisoformat(f"{month}-01")).first()


@question
def _tariff(kind: str, first: date) -> SelectOfScalar[TariffRow]:
    in_force = select(TariffRow).where(
        col(TariffRow.kind) == kind,
        col(TariffRow.from_on) <= first,
        col(TariffRow.to_on).is_(None) | (col(TariffRow.to_on) >= first),
    )
    return in_force.order_by(col(TariffRow.from_on).desc()).limit(1)


def headcount_of(session: Session, unit: str, period: str) -> HeadcountRow | None:
    """Return the authorised number (NUM) of an OOAD: that of the period, else that of its year."""
    return _headcount(session, unit, period, period.partition("-")[0]).first()


@question
def _headcount(unit: str, period: str, year: str) -> SelectOfScalar[HeadcountRow]:
    of_unit = select(HeadcountRow).where(
        col(HeadcountRow.unit) == unit,
        or_(col(HeadcountRow.period) == period, col(HeadcountRow.period) == year),
    )
    # A period is its year and more.
    return of_unit.order_by(func.length(HeadcountRow.period).desc()).limit(1)


def headcount_exception(session: Session, case_id: int | None, unit: str) -> HeadcountExceptionRow | None:
    """Return the last exception to the number of an OOAD in an expediente."""
    return session.exec(
        select(HeadcountExceptionRow)
        .where(col(HeadcountExceptionRow.case_id) == case_id, col(HeadcountExceptionRow.unit) == unit)
        .order_by(col(HeadcountExceptionRow.id).desc())
        .limit(1)
    ).first()
