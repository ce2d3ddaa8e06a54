"""Versions of procedure definitions: which one is in force, who activated it (5.1.4)."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel



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
