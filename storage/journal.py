"""The journal (bitácora): it only grows, each row carries its hash, and seals chain the rows."""

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
