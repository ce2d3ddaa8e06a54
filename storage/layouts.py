"""Layouts of the Prestador de Servicios: every declaration that was loaded or used, word for word (LAY; act. 27)."""

import hashlib
from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, Session, SQLModel, col, select


class LayoutRow(SQLModel, table=True):
    """A declaration as it was loaded for a provider, or, without one, as it shipped when it was used. Never changed."""

    __tablename__ = "layout"

    id: int | None = Field(default=None, primary_key=True)
    provider: str = Field(
        default="", max_length=160, index=True, description="whose it is; empty where it shipped"
    )
    key: str = Field(max_length=64)
    version: int
    sha256: str = Field(max_length=64, index=True, description="of the declaration's text")
    text: str = Field(sa_type=Text, description="the declaration, so that an old file can be made again")
    at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")
    entry_id: int | None = Field(default=None, foreign_key="entry.id")


def digest_of(text: str) -> str:
    """Return the digest by which a declaration is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_layout(session: Session, row: LayoutRow) -> LayoutRow:
    """Keep a declaration."""
    session.add(row)
    session.flush()
    return row


def find_layout(session: Session, sha256: str) -> LayoutRow | None:
    """Find a declaration by its digest."""
    return session.exec(select(LayoutRow).where(col(LayoutRow.sha256) == sha256)).first()


def latest_of(session: Session, provider: str) -> LayoutRow | None:
    """Return what was loaded last for a provider; None until something is."""
    return session.exec(
        select(LayoutRow)
        .where(col(LayoutRow.provider) == provider, col(LayoutRow.provider) != "")
        .order_by(col(LayoutRow.id).desc())
    ).first()


def loaded_layouts(session: Session) -> list[LayoutRow]:
    """Return everything that was loaded or used, the oldest first."""
    return list(session.exec(select(LayoutRow).order_by(col(LayoutRow.id))))
