"""The outbox: letters that wait, were claimed, left, came back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, func, or_
from sqlmodel import Field, Session, SQLModel, col, select

from storage.errors import NotInBooks
from storage.rows import words


class LetterState(StrEnum):
    """Where a letter is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class LetterRow(SQLModel, table=True):
    """One letter to one recipient by one channel; its bytes are fixed before the first try."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_due", "state", "channel", "priority", "not_before"),
        Index("ix_letter_message_id", "message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(
        max_length=240,
        unique=True,
        description="what makes it one: case, template, step, unit, recipient, version",
    )
    channel: str = Field(default="mail", max_length=16)
    template: str = Field(max_length=32)
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    step: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=64)
    # The step that an answer to this letter takes (M-01 to an EGAS asks A02).
    asks: str = Field(default="", max_length=32)
    asks_unit: str = Field(default="", max_length=64)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    address: str = Field(max_length=254)
    subject: str = Field(default="", max_length=998)
    message_id: str = Field(default="", max_length=255)
    blob_sha256: str = Field(default="", max_length=64)
    reply_to_entry: int | None = Field(default=None, foreign_key="entry.id")
    created_at: datetime
    not_before: datetime
    not_after: datetime | None = None
    priority: int = Field(default=1, description="0 answers somebody who waits, 1 everything else")
    state: LetterState = Field(default=LetterState.WAITING, sa_type=words(LetterState))
    # Leases run on system time, never on office time.
    claimed_by: str = Field(default="", max_length=64)
    claimed_until: datetime | None = None
    retry_at: datetime | None = Field(default=None, description="system time of the next try")
    attempts: int = 0
    last_answer: str = Field(default="", max_length=500)
    provider_id: str = Field(default="", max_length=160)
    sent_at: datetime | None = None
    bounced_at: datetime | None = None
    acknowledged_at: datetime | None = None
    superseded_by: int | None = None


def enqueue(session: Session, letters: Sequence[LetterRow]) -> None:
    """Put letters in the outbox. Their keys are unique: asked twice, the second time fails loudly."""
    session.add_all(letters)
    session.flush()


def known_keys(session: Session, keys: Sequence[str]) -> set[str]:
    """Return those of the keys that the outbox has already."""
    return set(session.exec(select(LetterRow.key).where(col(LetterRow.key).in_(keys))))


def is_known(session: Session, key: str) -> bool:
    """Tell whether the outbox has a letter under a key."""
    return bool(known_keys(session, [key]))


def is_asked(session: Session, case_id: int | None, step: str, unit: str, address: str) -> bool:
    """Tell whether a letter to somebody asks for a step already."""
    wanted = select(LetterRow.id).where(
        col(LetterRow.case_id) == case_id,
        col(LetterRow.asks) == step,
        col(LetterRow.asks_unit) == unit,
        col(LetterRow.address) == address,
    )
    return session.exec(wanted).first() is not None


def claim_letters(
    session: Session,
    *,
    worker: str,
    now: datetime,
    system_now: datetime,
    lease_seconds: int,
    limit: int,
    channel: str,
) -> list[LetterRow]:
    """Claim letters that are due; answers leave before circulars, for somebody waits for them.

    Office time says what is due, system time how long a claim lasts. `attempts` counts
    claims: one that ran out was in flight when its courier died, and goes again.
    """
    rows = list(
        session.exec(
            select(LetterRow)
            .where(
                col(LetterRow.state) == LetterState.WAITING,
                col(LetterRow.channel) == channel,
                col(LetterRow.not_before) <= now,
                or_(col(LetterRow.claimed_until).is_(None), col(LetterRow.claimed_until) <= system_now),
                or_(col(LetterRow.retry_at).is_(None), col(LetterRow.retry_at) <= system_now),
            )
            .order_by(col(LetterRow.reply_to_entry).is_(None), col(LetterRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        row.attempts += 1
        row.claimed_by = worker
        row.claimed_until = system_now + timedelta(seconds=lease_seconds)
        session.add(row)
    session.flush()
    return rows


def release_claims(session: Session) -> list[LetterRow]:
    """Give back every claim of a service that is no more (SQLite: one service owns the books).

    What it had in flight may have left: it goes again with the same bytes, and the caller says so.
    """
    rows = list(
        session.exec(
            select(LetterRow).where(
                col(LetterRow.state) == LetterState.WAITING, col(LetterRow.claimed_until).is_not(None)
            )
        )
    )
    for row in rows:
        row.claimed_by, row.claimed_until = "", None
        session.add(row)
    return rows


def get_letter(session: Session, letter_id: int) -> LetterRow:
    """Return a letter.

    Raises:
        NotInBooks: there is none with that id.
    """
    row = session.get(LetterRow, letter_id)
    if row is None:
        raise NotInBooks("letter", letter_id)
    return row


def find_letter(session: Session, letter_id: int) -> LetterRow | None:
    """Find a letter by its id."""
    return session.get(LetterRow, letter_id)


def find_by_message_id(session: Session, message_id: str) -> LetterRow | None:
    """Find the letter that left under a Message-ID."""
    return session.exec(select(LetterRow).where(col(LetterRow.message_id) == message_id)).first()


def mark_sent(session: Session, letter_id: int, *, now: datetime, provider_id: str) -> None:
    """Check a letter off."""
    row = get_letter(session, letter_id)
    row.state, row.sent_at, row.provider_id = LetterState.SENT, now, provider_id[:160]
    row.claimed_by, row.claimed_until = "", None
    session.add(row)


def mark_failed(
    session: Session, letter_id: int, *, permanent: bool, answer: str, retry_at: datetime | None
) -> None:
    """Put a letter back for another try, or give it up."""
    row = get_letter(session, letter_id)
    row.last_answer = answer[:500]
    row.claimed_by, row.claimed_until = "", None
    row.retry_at = retry_at
    if permanent:
        row.state = LetterState.FAILED
    session.add(row)


def expire_letters(session: Session, *, now: datetime) -> list[LetterRow]:
    """Cancel the letters whose time passed before they left, and return them."""
    rows = list(
        session.exec(
            select(LetterRow).where(
                col(LetterRow.state) == LetterState.WAITING, col(LetterRow.not_after) < now
            )
        )
    )
    for row in rows:
        row.state = LetterState.CANCELLED
        session.add(row)
    return rows


def next_due_at(session: Session) -> datetime | None:
    """Return from when on the next waiting letter may leave."""
    wanted = select(func.min(LetterRow.not_before)).where(col(LetterRow.state) == LetterState.WAITING)
    return session.exec(wanted).one()


def count_letters(session: Session, state: LetterState | None = None, template: str | None = None) -> int:
    """Return how many letters there are, of one state and message or of all."""
    wanted = select(func.count()).select_from(LetterRow)
    if state is not None:
        wanted = wanted.where(col(LetterRow.state) == state)
    if template is not None:
        wanted = wanted.where(col(LetterRow.template) == template)
    return int(session.exec(wanted).one())
