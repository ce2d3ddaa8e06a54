"""The agenda: what falls due, when and why. It is the truth of time; schedulers only look at it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.rows import words


class DeadlineKind(StrEnum):
    """What happens when a row falls due."""

    REMINDER = "reminder"
    DUE = "due"
    OVERDUE = "overdue"
    TIMER = "timer"
    ROUND = "round"


class DeadlineState(StrEnum):
    """Whether a row still waits."""

    WAITING = "waiting"
    FIRED = "fired"
    CANCELLED = "cancelled"


class DeadlineRow(SQLModel, table=True):
    """One instant at which something is due."""

    __tablename__ = "deadline"
    __table_args__ = (Index("ix_deadline_waiting", "state", "due_at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=200, unique=True)
    kind: DeadlineKind = Field(sa_type=words(DeadlineKind))
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    step: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=64, description="timer's name, or rung of the ladder")
    due_at: datetime
    due_on: date | None = Field(default=None, description="the legal date that it belongs to")
    reason: str = Field(default="", max_length=500, description="why this day, in Spanish")
    state: DeadlineState = Field(default=DeadlineState.WAITING, sa_type=words(DeadlineState))
    fired_at: datetime | None = None
