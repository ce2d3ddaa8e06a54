"""The agenda: what falls due, when and why. It is the truth of time; schedulers only look at it."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Index, bindparam, func
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.rows import words


class DeadlineKind(StrEnum):
    """What happens when a row falls due."""

    REMINDER = "reminder"
    DUE = "due"
    OVERDUE = "overdue"
    TIMER = "timer"
    ROUND = "round"
    ERASURE = "erasure"
    """A message that names people is taken out of a chat."""


class DeadlineState(StrEnum):
    """Whether a row still waits."""

    WAITING = "waiting"
    FIRED = "fired"
    CANCELLED = "cancelled"


class DeadlineRow(SQLModel, table=True):
    """One instant at which something is due."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index("ix_deadline_waiting", "state", "due_at"),
        Index("ix_deadline_instance", "case_id", "step", "unit"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=200, unique=True)
    kind: DeadlineKind = Field(sa_type=words(DeadlineKind))
    case_id: int | None = Field(default=None, foreign_key="case_file.id")
    step: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=64, description="timer's name, or rung of the ladder")
    due_at: datetime
    due_on: date | None = Field(default=None, description="the legal date that it belongs to")
    reason: str = Field(default="", max_length=500, description="why this day, in Spanish")
    state: DeadlineState = Field(default=DeadlineState.WAITING, sa_type=words(DeadlineState))
    fired_at: datetime | None = None


def put(
    session: Session,
    *,
    key: str,
    kind: DeadlineKind,
    case_id: int | None,
    step: str,
    unit: str,
    name: str,
    due_at: datetime,
    due_on: date | None,
    reason: str,
) -> None:
    """Put something down, or move it; what fired stays fired unless its date moved."""
    row = session.exec(select(DeadlineRow).where(col(DeadlineRow.key) == key)).first()
    if row is None:
        row = DeadlineRow(key=key, kind=kind, case_id=case_id, step=step, unit=unit, name=name, due_at=due_at)
    elif row.state is DeadlineState.FIRED and row.due_at == due_at:
        return
    row.due_at, row.due_on, row.reason = due_at, due_on, reason
    row.state, row.fired_at = DeadlineState.WAITING, None
    session.add(row)


def cancel(session: Session, key: str) -> None:
    """Cancel what waits under a key."""
    _cancel(session, select(DeadlineRow).where(col(DeadlineRow.key) == key))


def cancel_reminders(session: Session, case_id: int | None, instances: Collection[tuple[str, str]]) -> None:
    """Cancel what waits about steps of units that are over. Timers that would take them have lives of their own."""
    units = sorted({unit for _step, unit in instances})
    for start in range(0, len(units), _CHUNK):
        wanted = select(DeadlineRow).where(
            col(DeadlineRow.case_id) == case_id,
            col(DeadlineRow.step).in_({step for step, _unit in instances}),
            col(DeadlineRow.unit).in_(units[start : start + _CHUNK]),
            col(DeadlineRow.kind) != DeadlineKind.TIMER,
        )
        _cancel(session, wanted, lambda row: (row.step, row.unit) in instances)


_CHUNK = 400


def _cancel(
    session: Session,
    wanted: SelectOfScalar[DeadlineRow],
    is_meant: Callable[[DeadlineRow], bool] = lambda _row: True,
) -> None:
    for row in session.exec(wanted.where(col(DeadlineRow.state) == DeadlineState.WAITING)):
        if is_meant(row):
            row.state = DeadlineState.CANCELLED
            session.add(row)


def claim_due(session: Session, *, now: datetime, limit: int) -> list[DeadlineRow]:
    """Take what is due, the earliest first; it fires in the transaction that takes it, and so exactly once."""
    rows = list(
        session.exec(
            select(DeadlineRow)
            .where(col(DeadlineRow.state) == DeadlineState.WAITING, col(DeadlineRow.due_at) <= now)
            .order_by(col(DeadlineRow.due_at), col(DeadlineRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )
    for row in rows:
        row.state, row.fired_at = DeadlineState.FIRED, now
        session.add(row)
    session.flush()
    return rows


def next_due_at(session: Session) -> datetime | None:
    """Return when the next row falls due."""
    wanted = select(func.min(DeadlineRow.due_at)).where(col(DeadlineRow.state) == DeadlineState.WAITING)
    return session.exec(wanted).one()


class TimerRecord(NamedTuple):
    """What the engine needs of a clock."""

    key: str
    name: str
    unit: str
    due_on: date | None
    state: DeadlineState


def timers_of(session: Session, case_id: int | None) -> list[TimerRecord]:
    """Return the clocks of an expediente, running or not, as plain tuples."""
    session.flush()
    rows = session.connection().execute(_TIMERS, {"case_id": case_id})
    return [TimerRecord._make(row) for row in rows]


_DEADLINE = SQLModel.metadata.tables["deadline"].columns
_TIMERS = select_columns(*(_DEADLINE[name] for name in TimerRecord._fields)).where(
    _DEADLINE.case_id == bindparam("case_id"), _DEADLINE.kind == DeadlineKind.TIMER
)


def waiting(session: Session, case_id: int | None) -> list[DeadlineRow]:
    """Return what an expediente still has in the agenda, the earliest first."""
    return list(
        session.exec(
            select(DeadlineRow)
            .where(col(DeadlineRow.case_id) == case_id, col(DeadlineRow.state) == DeadlineState.WAITING)
            .order_by(col(DeadlineRow.due_at))
        )
    )
