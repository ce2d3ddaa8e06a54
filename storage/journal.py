"""The journal (bitácora): it only grows, each row carries its hash, and seals chain the rows."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select
from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel



class JournalRow(SQLModel, table=True):
    """One line of the bitácora."""

    __tablename__ = "journal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    kind: str = Field(max_length=48, index=True)
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


_HASHED = (
    "at", "kind", "case_id", "step", "unit", "person_id", "role", "channel", "entry_id", "letter_id", "text", "data",
)


def canonical(data: Mapping[str, Any] | None) -> str:
    """Return JSON that is the same for the same facts: keys in order, no spaces, instants in ISO 8601."""
    return json.dumps(data or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def hash_row(row: JournalRow) -> str:
    """Return the hash of a row: SHA-256 over every column but its id and the hash itself."""
    values = []
    for name in _HASHED:
        value = getattr(row, name)
        values.append(value.isoformat() if isinstance(value, datetime) else value)
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


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
) -> JournalRow:
    """Write one line of the bitácora; nothing ever changes it."""
    row = JournalRow(
        at=at,
        kind=kind,
        case_id=case_id,
        step=step,
        unit=unit,
        person_id=person_id,
        role=role,
        channel=channel,
        entry_id=entry_id,
        letter_id=letter_id,
        text=text,
        data=canonical(data),
        row_hash="",
    )
    row.row_hash = hash_row(row)
    session.add(row)
    return row


def append_many(session: Session, rows: Iterable[JournalRow]) -> None:
    """Write many lines at once, without the session's bookkeeping."""
    values = []
    for row in rows:
        row.row_hash = hash_row(row)
        values.append(row.model_dump(exclude={"id"}))
    if values:
        session.connection().execute(insert(JournalRow), values)


def history(session: Session, *, case_id: int | None = None, entry_id: int | None = None) -> list[JournalRow]:
    """Return the lines about an expediente or an entry, the oldest first."""
    wanted = select(JournalRow).order_by(col(JournalRow.id))
    if case_id is not None:
        wanted = wanted.where(col(JournalRow.case_id) == case_id)
    if entry_id is not None:
        wanted = wanted.where(col(JournalRow.entry_id) == entry_id)
    return list(session.exec(wanted))


def count(session: Session, kind: str | None = None) -> int:
    """Return how many lines there are, of one kind or of all."""
    from sqlalchemy import func

    wanted = select(func.count()).select_from(JournalRow)
    if kind is not None:
        wanted = wanted.where(col(JournalRow.kind) == kind)
    return int(session.exec(wanted).one())
