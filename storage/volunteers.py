"""The volunteers (VRS, PVR): who is active, and what each was covered for."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Index, UniqueConstraint, delete, func, or_
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from procedures.lists.rows import ListRow
from storage.errors import NotInBooks
from storage.lists import StoredLine
from storage.organisation import UnitRow
from storage.rows import insert_for, question, words


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
    phone: str = Field(
        default="", max_length=40, description="as the PAC gave it; for calls, never for the chat"
    )


class CoveredMonthRow(SQLModel, table=True):
    """A month already covered for a person in an authorised list (V-043)."""

    __tablename__ = "covered_month"
    __table_args__ = (
        UniqueConstraint("name_norm", "locality", "kind", "month", name="uq_covered_month_identity"),
        Index("ix_covered_month_month_period", "month", "period"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    month: str = Field(max_length=7)
    period: str = Field(max_length=16)


def get_volunteer(session: Session, volunteer_id: int) -> VolunteerRow:
    """Return a volunteer.

    Raises:
        NotInBooks: there is none under that id.
    """
    row = session.get(VolunteerRow, volunteer_id)
    if row is None:
        raise NotInBooks("volunteer", volunteer_id)
    return row


def find_volunteer(session: Session, volunteer_id: int) -> VolunteerRow | None:
    """Find a volunteer by the internal id."""
    return session.get(VolunteerRow, volunteer_id)


def volunteers_of(session: Session, unit: str) -> list[VolunteerRow]:
    """Return the active people of a PAC's ámbito, by name."""
    return list(_active(session, unit))


@question
def _active(unit: str) -> SelectOfScalar[VolunteerRow]:
    return (
        select(VolunteerRow)
        .where(col(VolunteerRow.unit) == unit, col(VolunteerRow.state) == VolunteerState.ACTIVE)
        .order_by(col(VolunteerRow.name))
    )


class Remembered(NamedTuple):
    """What is known of a volunteer, as plain values."""

    name: str
    name_norm: str
    kind: str
    locality: str
    medical_unit: str


def remembered_at(session: Session, unit: str) -> list[Remembered]:
    """Return the active people of a PAC's ámbito, by name, as plain values."""
    rows: Any = _remembered(session, unit)
    return [Remembered._make(row) for row in rows]


@question
def _remembered(unit: str) -> Any:
    return (
        select(*(getattr(VolunteerRow, name) for name in Remembered._fields))
        .where(col(VolunteerRow.unit) == unit, col(VolunteerRow.state) == VolunteerState.ACTIVE)
        .order_by(col(VolunteerRow.name))
    )


def count_active_at(session: Session, unit: str) -> int:
    """Return how many people are active in a PAC's ámbito."""
    return _count_active_at(session, unit).one()


@question
def _count_active_at(unit: str) -> SelectOfScalar[int]:
    return (
        select(func.count())
        .select_from(VolunteerRow)
        .where(col(VolunteerRow.unit) == unit, col(VolunteerRow.state) == VolunteerState.ACTIVE)
    )


def count_active(session: Session, unit: str) -> int:
    """Return how many people are active in a region or an OOAD; in all of them for the nation."""
    wanted = (
        select(func.count()).select_from(VolunteerRow).where(col(VolunteerRow.state) == VolunteerState.ACTIVE)
    )
    if unit:
        # By way of the units, of which there are few: no index helps to find people by how their unit begins.
        within = select(UnitRow.code).where(col(UnitRow.code).startswith(f"{unit}-", autoescape=True))
        wanted = wanted.where(col(VolunteerRow.unit).in_(within))
    return int(session.exec(wanted).one())


def inactive_identities(session: Session, unit: str) -> set[tuple[str, str, str]]:
    """Return who of an ámbito is on baja or suspended: nombre_norm, clave, tipo (V-044)."""
    return {(row.name_norm, row.locality, row.kind) for row in _inactive(session, unit)}


@question
def _inactive(unit: str) -> SelectOfScalar[VolunteerRow]:
    return select(VolunteerRow).where(
        col(VolunteerRow.unit) == unit, col(VolunteerRow.state) != VolunteerState.ACTIVE
    )


def remember(session: Session, unit: str, rows: Iterable[ListRow]) -> None:
    """Keep the people of an accepted list as those of their PAC, for the next period's template.

    Nobody is forgotten for not being listed: a baja is told, not guessed.
    """
    known = {
        (row.name_norm, row.locality, row.kind): row
        for row in session.exec(select(VolunteerRow).where(col(VolunteerRow.unit) == unit))
    }
    for row in rows:
        identity = (row.nombre_norm, row.clave_inegi, row.tipo)
        person = known.get(identity)
        if person is None:
            person = known[identity] = VolunteerRow(
                name=row.nombre, name_norm=row.nombre_norm, kind=row.tipo, locality=row.clave_inegi, unit=unit
            )
        person.name, person.medical_unit = row.nombre, row.unidad_medica
        session.add(person)


def covered_months(
    session: Session, months: Sequence[str], *, besides: str
) -> dict[tuple[str, str, str], set[str]]:
    """Return who is covered already for any of some months in another period (V-043)."""
    rows: Any = _covered(session, months, besides)
    found: dict[tuple[str, str, str], set[str]] = {}
    for name_norm, locality, kind, month in rows:
        found.setdefault((name_norm, locality, kind), set()).add(month)
    return found


@question
def _covered(months: Sequence[str], besides: str) -> Any:
    return select(
        CoveredMonthRow.name_norm, CoveredMonthRow.locality, CoveredMonthRow.kind, CoveredMonthRow.month
    ).where(
        col(CoveredMonthRow.month).in_(months),
        # Written as two ranges, so that the index steps over the period's own rows.
        or_(col(CoveredMonthRow.period) < besides, col(CoveredMonthRow.period) > besides),
    )


def uncover_months(session: Session, *, period: str) -> None:
    """Forget whom a period's authorised list covered: it is authorised no longer (AC-27)."""
    session.connection().execute(delete(CoveredMonthRow).where(col(CoveredMonthRow.period) == period))


def cover_months(session: Session, lines: Iterable[StoredLine], *, period: str) -> None:
    """Keep for which months the people of an authorised list are covered; who is already covered stays so."""
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
    if values:
        session.flush()
        session.connection().execute(insert_for(session, CoveredMonthRow).on_conflict_do_nothing(), values)
