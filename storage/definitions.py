"""Versions of procedure definitions: which one is in force, who activated it (5.1.4)."""

import hashlib
from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from storage.errors import NotInBooks


class DefinitionRow(SQLModel, table=True):
    """A version of a definition, kept whole: an expediente runs on the version that it began with."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("key", "version", name="uq_definition_key_version"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=32, index=True)
    version: int
    text: str = Field(sa_type=Text, description="the YAML, as activated")
    sha256: str = Field(max_length=64)
    activated_at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")
    role: str = Field(default="", max_length=32)
    in_force: bool = True


def in_force(session: Session, key: str) -> DefinitionRow | None:
    """Return the version of a procedure that new expedientes begin with."""
    return session.exec(
        select(DefinitionRow).where(col(DefinitionRow.key) == key, col(DefinitionRow.in_force).is_(True))
    ).first()


def get_definition(session: Session, key: str, version: int) -> DefinitionRow:
    """Return a version of a procedure.

    Raises:
        NotInBooks: it was never activated here.
    """
    row = session.exec(
        select(DefinitionRow).where(col(DefinitionRow.key) == key, col(DefinitionRow.version) == version)
    ).first()
    if row is None:
        raise NotInBooks("definition", f"{key} v{version}")
    return row


def activate(
    session: Session, *, key: str, version: int, text: str, now: datetime, person_id: int | None, role: str
) -> DefinitionRow:
    """Put a version in force; earlier ones stay for the expedientes that began with them."""
    for row in session.exec(select(DefinitionRow).where(col(DefinitionRow.key) == key)):
        row.in_force = False
        session.add(row)
    row = DefinitionRow(
        key=key,
        version=version,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        activated_at=now,
        person_id=person_id,
        role=role,
    )
    session.add(row)
    session.flush()
    return row


def last_version(session: Session, key: str) -> int:
    """Return the highest version that was ever activated; 0 when none was."""
    found = session.exec(select(DefinitionRow.version).where(col(DefinitionRow.key) == key)).all()
    return max(found, default=0)
