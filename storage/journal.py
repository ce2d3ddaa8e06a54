"""The journal (bitácora): it only grows, each row carries its hash, and seals chain the rows."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Index, Text, func, text
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.database import before_commit
from storage.rows import question


class JournalRow(SQLModel, table=True):
    """One line of the bitácora."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_kind_unit", "kind", "unit", "case_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    kind: str = Field(max_length=48)
    case_id: int | None = Field(default=None, index=True)
    step: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=64)
    person_id: int | None = None
    role: str = Field(default="", max_length=64)
    channel: str = Field(default="", max_length=16)
    entry_id: int | None = Field(default=None, index=True)
    letter_id: int | None = None
    text: str = Field(default="", sa_type=Text, description="a Spanish sentence for people")
    data: str = Field(default="{}", sa_type=Text, description="canonical JSON for machines")
    row_hash: str = Field(max_length=64, description="SHA-256 over every other column but the id")


class SealRow(SQLModel, table=True):
    """A seal: the rows from first_id to last_id, chained to the seal before."""

    __tablename__ = "seal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    first_id: int
    last_id: int
    rows: int
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    sealed_at: datetime


_WRITE = SQLModel.metadata.tables["journal"].insert()

HASHED = (
    "at",
    "kind",
    "case_id",
    "step",
    "unit",
    "person_id",
    "role",
    "channel",
    "entry_id",
    "letter_id",
    "text",
    "data",
)
"""The columns under a row's hash, in order: all but the id, which the seal covers."""

FLOOR_KEYS = 0x0780 << 40
"""Advisory keys from here on say from which id a running transaction may write (PostgreSQL)."""

_ANNOUNCED = "storage.journal.announced"
_WAITING = "storage.journal.waiting"


def canonical(data: Mapping[str, Any] | None) -> str:
    """Return JSON that is the same for the same facts: keys in order, no spaces, instants in ISO 8601."""
    return json.dumps(data or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def hash_values(values: Sequence[Any]) -> str:
    """Return the hash of a row's values, in the order of `HASHED`; instants count in UTC."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    written = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=repr)
    return hashlib.sha256(written.encode()).hexdigest()


def hash_row(row: JournalRow) -> str:
    """Return the hash of a row: SHA-256 over every column but its id and the hash itself."""
    return hash_values([getattr(row, name) for name in HASHED])


class Line(NamedTuple):
    """A line to be written, as plain values: a row object costs more than the writing of it."""

    kind: str
    at: datetime
    text: str
    case_id: int | None = None
    step: str = ""
    unit: str = ""
    person_id: int | None = None
    role: str = ""
    channel: str = ""
    entry_id: int | None = None
    letter_id: int | None = None
    data: Mapping[str, Any] | None = None


def append(
    session: Session,
    *,
    kind: str,
    at: datetime,
    text: str,
    case_id: int | None = None,
    step: str = "",
    unit: str = "",
    person_id: int | None = None,
    role: str = "",
    channel: str = "",
    entry_id: int | None = None,
    letter_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Write one line of the bitácora and return its id; nothing ever changes it."""
    line = Line(kind, at, text, case_id, step, unit, person_id, role, channel, entry_id, letter_id, data)
    append_later(session, line)
    return write_waiting(session)


def append_later(session: Session, line: Line) -> None:
    """Write a line before the commit, in its order and together with the others of the transaction.

    Whoever reads the journal in the same transaction finds it all the same.
    """
    waiting: list[Line] = session.info.setdefault(_WAITING, [])
    if not waiting:
        before_commit(session, lambda: _write(session, _taken(session)))
    waiting.append(line)


def write_waiting(session: Session) -> int:
    """Write the lines that wait for the commit now, and return the number of the last one; 0 when none waited."""
    waiting = _taken(session)
    if not waiting:
        return 0
    _write(session, waiting[:-1])
    _announce(session)
    number = session.connection().execute(_WRITE, _values(waiting[-1])).inserted_primary_key
    assert number is not None
    return int(number[0])


def _taken(session: Session) -> list[Line]:
    """Take the lines that wait."""
    waiting: list[Line] = session.info.pop(_WAITING, [])
    return waiting


def _write(session: Session, lines: Sequence[Line]) -> None:
    if lines:
        _announce(session)
        session.connection().execute(_WRITE, [_values(line) for line in lines])


def append_many(session: Session, lines: Iterable[Line]) -> None:
    """Write many lines at once."""
    for line in lines:
        append_later(session, line)
    write_waiting(session)


def _values(line: Line) -> dict[str, Any]:
    values = line._asdict()
    values["text"] = _storable(line.text)
    values["data"] = _storable(canonical(line.data))
    values["row_hash"] = hash_values([values[name] for name in HASHED])
    return values


def history(
    session: Session,
    *,
    case_id: int | None = None,
    entry_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[JournalRow]:
    """Return the lines about an expediente, an entry or a stretch of time (`until` excluded), the oldest first."""
    write_waiting(session)
    wanted = select(JournalRow).order_by(col(JournalRow.id))
    if case_id is not None:
        wanted = wanted.where(col(JournalRow.case_id) == case_id)
    if entry_id is not None:
        wanted = wanted.where(col(JournalRow.entry_id) == entry_id)
    if since is not None:
        wanted = wanted.where(col(JournalRow.at) >= since)
    if until is not None:
        wanted = wanted.where(col(JournalRow.at) < until)
    return list(session.exec(wanted))


def lines_of_case(session: Session, case_id: int | None, kinds: Collection[str]) -> list[JournalRow]:
    """Return the lines of some kinds about an expediente, the oldest first."""
    return list(
        session.exec(
            select(JournalRow)
            .where(col(JournalRow.case_id) == case_id, col(JournalRow.kind).in_(kinds))
            .order_by(col(JournalRow.id))
        )
    )


def lines_of_unit(session: Session, kind: str, *, case_id: int | None, unit: str) -> list[JournalRow]:
    """Return the lines of a kind about a unit in an expediente, the oldest first."""
    write_waiting(session)
    return list(_of_unit(session, kind, case_id, unit))


@question
def _of_unit(kind: str, case_id: int | None, unit: str) -> SelectOfScalar[JournalRow]:
    return (
        select(JournalRow)
        .where(col(JournalRow.kind) == kind, col(JournalRow.case_id) == case_id, col(JournalRow.unit) == unit)
        .order_by(col(JournalRow.id))
    )


def lines_after(session: Session, last_id: int, kinds: Collection[str]) -> list[JournalRow]:
    """Return the lines of some kinds that were written after one, the oldest first."""
    write_waiting(session)
    return list(
        session.exec(
            select(JournalRow)
            .where(col(JournalRow.id) > last_id, col(JournalRow.kind).in_(kinds))
            .order_by(col(JournalRow.id))
        )
    )


def count_of_person(session: Session, kind: str, *, person_id: int | None, since: datetime) -> int:
    """Return how many lines of a kind there are of a person from an instant on."""
    wanted = (
        select(func.count())
        .select_from(JournalRow)
        .where(
            col(JournalRow.kind) == kind,
            col(JournalRow.person_id) == person_id,
            col(JournalRow.at) >= since,
        )
    )
    return int(session.exec(wanted).one())


def count(session: Session, kind: str | None = None) -> int:
    """Return how many lines there are, of one kind or of all."""
    write_waiting(session)
    wanted = select(func.count()).select_from(JournalRow)
    if kind is not None:
        wanted = wanted.where(col(JournalRow.kind) == kind)
    return int(session.exec(wanted).one())


def _storable(words: str) -> str:
    """Return text that both databases can keep: PostgreSQL refuses NUL, and UTF-8 lone surrogates."""
    return words.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _announce(session: Session) -> None:
    """Say from which id on this transaction may write, before it takes one (PostgreSQL).

    There a transaction may commit a lower id after a higher one is committed, and the
    sealer must not step over it. The last id given so far, read before our own is drawn,
    lies below every id of ours; a shared advisory lock shows it until our commit is
    visible. Nobody waits: the sealer just stays below the lowest one it sees.
    """
    if session.info.get(_ANNOUNCED) or session.get_bind().dialect.name != "postgresql":
        return
    session.info[_ANNOUNCED] = True
    session.connection().execute(
        text(
            "SELECT pg_advisory_xact_lock_shared(:keys + last_value - CASE WHEN is_called THEN 0 ELSE 1 END)"
            " FROM journal_id_seq"
        ),
        {"keys": FLOOR_KEYS},
    )
