"""Periods, the authorised calendar, non-working days, headcounts (NUM) and tariffs."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.rows import words


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
    months: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False), description="YYYY-MM, in order")
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
