"""The agenda: what falls due, when and why. It is the truth of time; schedulers only look at it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Index, bindparam, func, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.rows import insert_for, words


class DeadlineKind(StrEnum):
    """What happens when a row falls due."""

    REMINDER = "reminder"
    DUE = "due"
    OVERDUE = "overdue"
    TIMER = "timer"
    ROUND = "round"
    POST = "post"
    """Somebody else holds a post from this day on."""
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


class Due(NamedTuple):
    """Something to be put down in the agenda."""

    key: str
    kind: DeadlineKind
    case_id: int | None
    step: str
    unit: str
    name: str
    due_at: datetime
    due_on: date | None
    reason: str


def put(session: Session, dues: Sequence[Due], *, anew: bool = False) -> None:
    """Put some things down, or move them; what fired stays fired unless its date moved, or it begins anew."""
    if not dues:
        return
    new = insert_for(session, DeadlineRow)
    moved = {name: new.excluded[name] for name in ("due_at", "due_on", "reason", "state", "fired_at")}
    wanted = new.on_conflict_do_update(
        index_elements=["key"],
        set_=moved,
        where=None
        if anew
        else or_(
            col(DeadlineRow.state) != DeadlineState.FIRED, col(DeadlineRow.due_at) != new.excluded.due_at
        ),
    )
    waiting = {"state": DeadlineState.WAITING, "fired_at": None}
    session.connection().execute(wanted, [{**due._asdict(), **waiting} for due in dues])
    if any(due.kind is DeadlineKind.TIMER for due in dues):
        _forget_timers(session)


def put_round(
    session: Session,
    case_id: int | None,
    name: str,
    *,
    unit: str,
    due_at: datetime,
    due_on: date | None = None,
    reason: str = "",
    anew: bool = False,
) -> None:
    """Put down, or move, something that the desk does of its own accord for an expediente; there is one by each name."""
    round_ = Due(
        key=round_key(case_id, name),
        kind=DeadlineKind.ROUND,
        case_id=case_id,
        step="",
        unit=unit,
        name=name,
        due_at=due_at,
        due_on=due_on,
        reason=reason,
    )
    put(session, [round_], anew=anew)


def round_key(case_id: int | None, name: str) -> str:
    """Return the key of a round of an expediente."""
    return f"{case_id}/{name}"


def find(session: Session, key: str) -> DeadlineRow | None:
    """Find what was put down under a key."""
    wanted = select(DeadlineRow).where(col(DeadlineRow.key) == key)
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def is_waiting(session: Session, key: str) -> bool:
    """Tell whether something waits under a key."""
    wanted = select(DeadlineRow.id).where(
        col(DeadlineRow.key) == key, col(DeadlineRow.state) == DeadlineState.WAITING
    )
    return session.exec(wanted).first() is not None


def cancel(session: Session, key: str) -> None:
    """Cancel what waits under a key."""
    session.connection().execute(_CANCEL.where(col(DeadlineRow.key) == key))
    _forget_timers(session)


def cancel_reminders(session: Session, case_id: int | None, instances: Collection[tuple[str, str]]) -> None:
    """Cancel what waits about steps of units that are over. Timers that would take them have lives of their own."""
    # Each by itself: asked about several steps, SQLite reads everything that waits.
    over = [{"of_case": case_id, "of_step": step, "of_unit": unit} for step, unit in sorted(instances)]
    if over:
        session.connection().execute(_CANCEL_REMINDERS, over)


_CANCEL = (
    update(DeadlineRow)
    .where(col(DeadlineRow.state) == DeadlineState.WAITING)
    .values(state=DeadlineState.CANCELLED)
)
_CANCEL_REMINDERS = _CANCEL.where(
    col(DeadlineRow.case_id) == bindparam("of_case"),
    col(DeadlineRow.step) == bindparam("of_step"),
    col(DeadlineRow.unit) == bindparam("of_unit"),
    col(DeadlineRow.kind) != DeadlineKind.TIMER,
)


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
    _forget_timers(session)
    return rows


def claim_named(session: Session, *, now: datetime, beginning: str) -> list[DeadlineRow]:
    """Take what is due whose name begins in a certain way, the earliest first."""
    rows = list(session.exec(_named(now, beginning).with_for_update(skip_locked=True)))
    for row in rows:
        row.state, row.fired_at = DeadlineState.FIRED, now
        session.add(row)
    session.flush()
    return rows


def due_named(session: Session, *, now: datetime, beginning: str) -> list[DeadlineRow]:
    """Return what is due whose name begins in a certain way, the earliest first, and let it wait."""
    return list(session.exec(_named(now, beginning)))


def _named(now: datetime, beginning: str) -> SelectOfScalar[DeadlineRow]:
    return (
        select(DeadlineRow)
        .where(
            col(DeadlineRow.state) == DeadlineState.WAITING,
            col(DeadlineRow.due_at) <= now,
            col(DeadlineRow.name).startswith(beginning, autoescape=True),
        )
        .order_by(col(DeadlineRow.due_at), col(DeadlineRow.id))
    )


def put_back(session: Session, row: DeadlineRow, *, until: datetime | None = None) -> None:
    """Let a row that was claimed wait again, for the same instant or for another."""
    row.state, row.fired_at = DeadlineState.WAITING, None
    row.due_at = until or row.due_at
    session.add(row)
    session.flush()
    _forget_timers(session)


def put_back_all(session: Session, rows: Iterable[DeadlineRow]) -> None:
    """Let rows that were claimed, and found no place in this transaction, wait for the next one."""
    for row in rows:
        row.state, row.fired_at = DeadlineState.WAITING, None
        session.add(row)
    session.flush()
    _forget_timers(session)


def mark_fired(session: Session, row: DeadlineRow, *, now: datetime) -> None:
    """Note that a row fired after all."""
    row.state, row.fired_at = DeadlineState.FIRED, now
    session.add(row)
    session.flush()
    _forget_timers(session)


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
    known: dict[int | None, list[TimerRecord]] = session.info.setdefault(_KNOWN, {})
    if case_id not in known:
        rows = session.connection().execute(_TIMERS, {"case_id": case_id})
        known[case_id] = [TimerRecord._make(row) for row in rows]
    return known[case_id]


def _forget_timers(session: Session) -> None:
    """Forget the clocks that this transaction read: one of them was changed."""
    session.info.pop(_KNOWN, None)


_KNOWN = "storage.agenda.timers"


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
