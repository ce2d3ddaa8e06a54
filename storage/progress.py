"""Progress of the delivery as PAC report it (AVA38): counts, never names."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.rows import question, words


class ProgressSource(StrEnum):
    """How a report reached the desk (AMB-35)."""

    CHAT = "telegram"
    VERBAL = "verbal"


class ProgressRow(SQLModel, table=True):
    """One report of an ámbito (AvancePac, ledger 4.7). Append-only: the newest counts."""

    __tablename__ = "progress"
    __table_args__ = (Index("ix_progress_case_id_unit", "case_id", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id")
    unit: str = Field(max_length=64, description="the PAC's ámbito")
    on: date
    at: datetime
    payees: int
    collected: int
    with_problem: int
    source: ProgressSource = Field(sa_type=words(ProgressSource))
    person_id: int | None = Field(default=None, foreign_key="person.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    note: str = Field(default="", max_length=240)


def add_progress(session: Session, row: ProgressRow) -> ProgressRow:
    """Store a report."""
    session.add(row)
    session.flush()
    return row


def latest_progress(session: Session, case_id: int | None, units: Sequence[str]) -> dict[str, ProgressRow]:
    """Return the report of each of some ámbitos that was sent last; those without one are left out."""
    return {row.unit: row for row in _reports(session, case_id, list(units))}


@question
def _reports(case_id: int | None, units: Sequence[str]) -> SelectOfScalar[ProgressRow]:
    return (
        select(ProgressRow)
        .where(col(ProgressRow.case_id) == case_id, col(ProgressRow.unit).in_(units))
        # A report that was sent earlier and came later is the older one.
        .order_by(col(ProgressRow.at), col(ProgressRow.id))
    )
