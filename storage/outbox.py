"""The outbox: letters that wait, were claimed, left, came back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

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
        Index("ix_letter_due", "state", "not_before"),
        Index("ix_letter_message_id", "message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=240, unique=True, description="what makes it one: case, template, step, unit, recipient, version")
    channel: str = Field(default="mail", max_length=16)
    template: str = Field(max_length=32)
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    step: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=64)
    # The step that an answer to this letter takes (M-01 to an EGAS asks A02).
    asks: str = Field(default="", max_length=32)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    address: str = Field(max_length=254)
    subject: str = Field(default="", max_length=998)
    message_id: str = Field(default="", max_length=255)
    blob_sha256: str = Field(default="", max_length=64)
    reply_to_entry: int | None = Field(default=None, foreign_key="entry.id")
    created_at: datetime
    not_before: datetime
    not_after: datetime | None = None
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
