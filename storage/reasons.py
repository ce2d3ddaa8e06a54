"""Reasons for unusual jumps: why a list has many more or fewer people than in the period before (V-059)."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from storage.lists import ListLevel, ListVersionRow
from storage.rows import words


class JumpReasonRow(SQLModel, table=True):
    """What whoever delivers or integrates a list said of its jump, in their own words. Append-only."""

    __tablename__ = "jump_reason"
    __table_args__ = (Index("ix_jump_reason_case_level_unit", "case_id", "level", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id")
    level: ListLevel = Field(sa_type=words(ListLevel))
    unit: str = Field(default="", max_length=64)
    version_id: int = Field(foreign_key="list_version.id")
    count: int = Field(description="how many people the list had; of another number the reason says nothing")
    reason: str = Field(max_length=500)
    role: str = Field(default="", max_length=64)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    at: datetime


def add_reason(session: Session, row: JumpReasonRow) -> JumpReasonRow:
    """Keep a reason; the newest counts."""
    session.add(row)
    session.flush()
    return row


def reason_for(session: Session, version: ListVersionRow, count: int) -> JumpReasonRow | None:
    """Find the reason for the number of people of a list, also one that was given for an earlier version with as many."""
    wanted = select(JumpReasonRow).where(
        col(JumpReasonRow.case_id) == version.case_id,
        col(JumpReasonRow.level) == version.level,
        col(JumpReasonRow.unit) == version.unit,
        col(JumpReasonRow.count) == count,
    )
    return session.exec(wanted.order_by(col(JumpReasonRow.id).desc()).limit(1)).first()
