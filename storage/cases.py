"""Expedientes: running procedures, the steps taken in them and what was excepted."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from storage.rows import words


class CaseState(StrEnum):
    """Whether an expediente runs."""

    OPEN = "open"
    CLOSED = "closed"


class CaseRow(SQLModel, table=True):
    """An expediente. It keeps the version of the procedure, and the tree of units, with which it began."""

    __tablename__ = "case_file"

    id: int | None = Field(default=None, primary_key=True)
    folio: str = Field(max_length=64, unique=True, description="0780-003-002/2027-B1")
    procedure: str = Field(max_length=32, index=True)
    version: int = 1
    period: str = Field(default="", max_length=16, index=True)
    state: CaseState = Field(default=CaseState.OPEN, sa_type=words(CaseState))
    # Procedures with states (INT-SOL, CS-EXP) keep theirs here; a graph of steps leaves it empty.
    stage: str = Field(default="", max_length=64)
    opened_at: datetime
    closed_at: datetime | None = None
    # scope -> [unit code, ...]; unit -> parent; unit -> facts frozen at the opening (has_egas, n_ems).
    tree: dict[str, list[str]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    parents: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    facts: dict[str, dict[str, object]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class StepOutcome(StrEnum):
    """How a step record counts. Records are never changed: a later one voids an earlier one."""

    DONE = "done"
    EXCEPTED = "excepted"
    VOIDED = "voided"
    RECTIFIED = "rectified"


class StepRow(SQLModel, table=True):
    """A step taken: the evidence row of ledger 2.3. Append-only."""

    __tablename__ = "step"
    __table_args__ = (Index("ix_step_case_step_unit", "case_id", "step", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id")
    step: str = Field(max_length=32)
    unit: str = Field(default="", max_length=64, description="empty at the case's own scope")
    outcome: StepOutcome = Field(default=StepOutcome.DONE, sa_type=words(StepOutcome))
    level: str = Field(max_length=16, description="recorded, attested or proven")
    at: datetime
    on: date = Field(description="the legal date, in the office's zone")
    due_on: date | None = None
    late: bool = False
    person_id: int | None = Field(default=None, foreign_key="person.id")
    role: str = Field(default="", max_length=64)
    by_system: bool = False
    channel: str = Field(default="", max_length=16)
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    text: str = Field(default="", max_length=2000)
    subject_key: str = Field(default="", max_length=160, description="version or digest that the act refers to")
