"""Expedientes: running procedures, the steps taken in them and what was excepted."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, Column, Index, bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import NotInBooks
from storage.rows import question, words


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
    __table_args__ = (
        Index("ix_step_case_step_unit", "case_id", "step", "unit"),
        Index("ix_step_case_id_id", "case_id", "id"),
    )

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
    subject_key: str = Field(
        default="", max_length=160, description="version or digest that the act refers to"
    )
    acting_for: str = Field(
        default="",
        max_length=300,
        sa_column_kwargs={"server_default": ""},
        description="por ausencia de whom, by which oficio, somebody acted",
    )


_STEPS_TAKEN = "storage.cases.steps_taken"


def add_case(session: Session, case: CaseRow) -> CaseRow:
    """Begin an expediente."""
    session.add(case)
    session.flush()
    return case


def get_case(session: Session, case_id: int | None) -> CaseRow:
    """Return an expediente.

    Raises:
        NotInBooks: there is none with that id.
    """
    row = session.get(CaseRow, case_id)
    if row is None:
        raise NotInBooks("case", case_id)
    return row


def find_case(session: Session, folio: str) -> CaseRow | None:
    """Find an expediente by its folio."""
    return session.exec(select(CaseRow).where(col(CaseRow.folio) == folio)).first()


def keep_fact(session: Session, case: CaseRow, name: str, value: object, unit: str = "") -> None:
    """Keep something that is known of a unit of an expediente, or of all of it."""
    case.facts = {**case.facts, unit: {**case.facts.get(unit, {}), name: value}}
    session.add(case)


def open_cases(session: Session, procedure: str | None = None) -> list[CaseRow]:
    """Return the expedientes that run, of one procedure or of all."""
    return [row for row in _open(session) if procedure in {None, row.procedure}]


@question
def _open() -> SelectOfScalar[CaseRow]:
    return select(CaseRow).where(col(CaseRow.state) == CaseState.OPEN).order_by(col(CaseRow.id))


def add_step(session: Session, step: StepRow) -> None:
    """Record a step; records are never changed."""
    add_steps(session, [step])


def add_steps(session: Session, steps: Sequence[StepRow]) -> None:
    """Record steps, in their order."""
    if not steps:
        return
    values = [
        {name: getattr(step, name) for name in _COLUMNS if name != "id" or step.id is not None}
        for step in steps
    ]
    session.connection().execute(_ADD_STEP, values)
    session.info[_STEPS_TAKEN] = steps_taken(session) + len(steps)


def steps_taken(session: Session) -> int:
    """Return how many steps this transaction recorded, of whatever expedientes."""
    return int(session.info.get(_STEPS_TAKEN, 0))


class StepRecord(NamedTuple):
    """What the engine needs of a step record; there may be thousands in an expediente."""

    id: int
    step: str
    unit: str
    outcome: StepOutcome
    level: str
    at: datetime
    on: date


def records_of(session: Session, case_id: int | None, after_id: int = 0) -> list[StepRecord]:
    """Return the step records of an expediente in order, as plain tuples."""
    rows = session.connection().execute(_RECORDS, {"case_id": case_id, "after_id": after_id})
    return [StepRecord._make(row) for row in rows]


_STEP = SQLModel.metadata.tables["step"].columns
_COLUMNS = tuple(column.name for column in _STEP)
_ADD_STEP = SQLModel.metadata.tables["step"].insert()
_RECORDS = (
    select_columns(*(_STEP[name] for name in StepRecord._fields))
    .where(_STEP.case_id == bindparam("case_id"), _STEP.id > bindparam("after_id"))
    .order_by(_STEP.id)
)
_COUNT = select_columns(func.count()).where(
    _STEP.case_id == bindparam("case_id"), _STEP.id <= bindparam("up_to_id")
)


def count_records(session: Session, case_id: int | None, up_to_id: int) -> int:
    """Return how many step records an expediente has up to one of them."""
    return int(session.connection().execute(_COUNT, {"case_id": case_id, "up_to_id": up_to_id}).scalar_one())


def excepted_steps(session: Session, case_id: int | None) -> list[StepRow]:
    """Return the records of an expediente by which somebody passed over a step."""
    wanted = select(StepRow).where(
        col(StepRow.case_id) == case_id, col(StepRow.outcome) == StepOutcome.EXCEPTED
    )
    return list(session.exec(wanted.order_by(col(StepRow.id))))


def excepted_units(
    session: Session, case_id: int | None, steps: Collection[str], units: Collection[str]
) -> set[str]:
    """Return the units of which one of some steps stands as passed over, and was not done after all."""
    wanted = (
        select(StepRow.step, StepRow.unit, StepRow.outcome)
        .where(col(StepRow.case_id) == case_id, col(StepRow.step).in_(sorted(steps)))
        .where(col(StepRow.unit).in_(units))
        .order_by(col(StepRow.id))
    )
    last = {(step, unit): outcome for step, unit, outcome in session.exec(wanted)}
    return {unit for (_step, unit), outcome in last.items() if outcome is StepOutcome.EXCEPTED}


def records_at(session: Session, case_id: int | None, steps: Collection[str]) -> list[StepRow]:
    """Return the records of some steps of an expediente, of whatever units, in order."""
    wanted = select(StepRow).where(col(StepRow.case_id) == case_id, col(StepRow.step).in_(sorted(steps)))
    return list(session.exec(wanted.order_by(col(StepRow.id))))


def steps_of(session: Session, case_id: int | None) -> list[StepRow]:
    """Return the step records of an expediente with their evidence."""
    return list(
        session.exec(select(StepRow).where(col(StepRow.case_id) == case_id).order_by(col(StepRow.id)))
    )


def last_step(session: Session, case_id: int | None, step: str, unit: str) -> StepRow | None:
    """Return the newest record of a step of a unit, whatever became of it."""
    wanted = select(StepRow).where(
        col(StepRow.case_id) == case_id, col(StepRow.step) == step, col(StepRow.unit) == unit
    )
    return session.exec(wanted.order_by(col(StepRow.id).desc()).limit(1)).first()


def steps_of_person(session: Session, case_id: int | None, person_id: int) -> list[StepRow]:
    """Return what a person did in an expediente, in whatever post."""
    wanted = select(StepRow).where(col(StepRow.case_id) == case_id, col(StepRow.person_id) == person_id)
    return list(session.exec(wanted.order_by(col(StepRow.id))))


def has_step_of(session: Session, case_id: int | None, step: str, unit: str, entry_id: int | None) -> bool:
    """Tell whether an entry took a step of a unit already."""
    return _step_of(session, case_id, step, unit, entry_id).first() is not None


@question
def _step_of(case_id: int | None, step: str, unit: str, entry_id: int | None) -> Any:
    return select(StepRow.id).where(
        col(StepRow.case_id) == case_id,
        col(StepRow.step) == step,
        col(StepRow.unit) == unit,
        col(StepRow.entry_id) == entry_id,
    )
