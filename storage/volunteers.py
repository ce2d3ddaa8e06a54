"""The volunteers (VRS, PVR): who is active, and what each was covered for."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, insert
from sqlmodel import Field, Session, SQLModel, col, select

from storage.lists import ListLineRow
from storage.rows import words


class VolunteerState(StrEnum):
    """Whether a volunteer may be listed."""

    ACTIVE = "activo"
    LEFT = "baja"
    SUSPENDED = "suspendido"


class VolunteerRow(SQLModel, table=True):
    """A VRS or PVR as last listed. There is no employment link, hence no post."""

    __tablename__ = "volunteer"
    __table_args__ = (Index("ix_volunteer_identity", "name_norm", "locality", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    name_norm: str = Field(max_length=120)
    kind: str = Field(max_length=3)
    locality: str = Field(max_length=9)
    medical_unit: str = Field(default="", max_length=160)
    unit: str = Field(foreign_key="unit.code", max_length=64, index=True, description="the PAC's ámbito")
    state: VolunteerState = Field(default=VolunteerState.ACTIVE, sa_type=words(VolunteerState))
    joined_on: date | None = None
    left_on: date | None = None
    left_reason: str = Field(default="", max_length=160)


class CoveredMonthRow(SQLModel, table=True):
    """A month already covered for a person in an authorised list (V-043)."""

    __tablename__ = "covered_month"
    __table_args__ = (
        UniqueConstraint("name_norm", "locality", "kind", "month", name="uq_covered_month_identity"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    month: str = Field(max_length=7)
    period: str = Field(max_length=16)


_CHUNK = 400


def volunteers_of(session: Session, unit: str) -> list[VolunteerRow]:
    """Return the active people of a PAC's ámbito, by name."""
    return list(
        session.exec(
            select(VolunteerRow)
            .where(col(VolunteerRow.unit) == unit, col(VolunteerRow.state) == VolunteerState.ACTIVE)
            .order_by(col(VolunteerRow.name))
        )
    )


def inactive_identities(session: Session, unit: str) -> set[tuple[str, str, str]]:
    """Return who of an ámbito is on baja or suspended: nombre_norm, clave, tipo (V-044)."""
    rows = session.exec(
        select(VolunteerRow).where(
            col(VolunteerRow.unit) == unit, col(VolunteerRow.state) != VolunteerState.ACTIVE
        )
    )
    return {(row.name_norm, row.locality, row.kind) for row in rows}


def covered_months(
    session: Session, months: Sequence[str], *, besides: str
) -> dict[tuple[str, str, str], set[str]]:
    """Return who is covered already for any of some months in another period (V-043)."""
    rows = session.exec(
        select(CoveredMonthRow).where(
            col(CoveredMonthRow.month).in_(months), col(CoveredMonthRow.period) != besides
        )
    )
    found: dict[tuple[str, str, str], set[str]] = {}
    for row in rows:
        found.setdefault((row.name_norm, row.locality, row.kind), set()).add(row.month)
    return found


def cover_months(session: Session, lines: Sequence[ListLineRow], *, period: str) -> None:
    """Keep for which months the people of an authorised list are covered."""
    values = [
        {
            "name_norm": line.name_norm,
            "locality": line.locality,
            "kind": line.kind,
            "month": month,
            "period": period,
        }
        for line in lines
        for month in line.months.split(",")
    ]
    known = set()
    months = sorted({value["month"] for value in values})
    for row in session.exec(select(CoveredMonthRow).where(col(CoveredMonthRow.month).in_(months))):
        known.add((row.name_norm, row.locality, row.kind, row.month))
    fresh = [
        value
        for value in values
        if (value["name_norm"], value["locality"], value["kind"], value["month"]) not in known
    ]
    if fresh:
        session.connection().execute(insert(CoveredMonthRow), fresh)
