"""People, their posts, who held a post when, and where each can be reached."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.rows import words


class ChannelKind(StrEnum):
    """The ways to reach a person."""

    EMAIL = "email"
    TELEGRAM = "telegram"


class ChannelState(StrEnum):
    """Whether a way to reach a person works."""

    ACTIVE = "active"
    BOUNCING = "bouncing"
    REVOKED = "revoked"


class HoldingKind(StrEnum):
    """In which quality somebody holds a post."""

    TITULAR = "titular"
    SUPLENTE = "suplente"
    ENCARGADO = "encargado"


class PersonRow(SQLModel, table=True):
    """A member of the staff; volunteers stand in their own table, for they hold no post."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, unique=True, description="the directory's own key of the person")
    full_name: str = Field(max_length=160)
    cargo: str = Field(default="", max_length=200)
    active: bool = True


class ChannelRow(SQLModel, table=True):
    """An address of a person. An address belongs to one person only."""

    __tablename__ = "channel"
    __table_args__ = (UniqueConstraint("kind", "value", name="uq_channel_kind_value"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: ChannelKind = Field(sa_type=words(ChannelKind))
    value: str = Field(max_length=254, description="lower case address, or Telegram user id")
    state: ChannelState = Field(default=ChannelState.ACTIVE, sa_type=words(ChannelState))
    verified_at: datetime | None = None
    revoked_at: datetime | None = None


class PostRow(SQLModel, table=True):
    """A role at a unit: rights and duties follow the post, never the person."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("role", "unit", name="uq_post_role_unit"),)

    id: int | None = Field(default=None, primary_key=True)
    role: str = Field(max_length=32)
    unit: str = Field(max_length=64, foreign_key="unit.code", index=True)


class HoldingRow(SQLModel, table=True):
    """Who holds a post, from when to when, and by which oficio (suplencia, encargo)."""

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_post_person", "post_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: HoldingKind = Field(default=HoldingKind.TITULAR, sa_type=words(HoldingKind))
    from_on: date | None = None
    to_on: date | None = None
    oficio: str = Field(default="", max_length=120)


class ExternalContactRow(SQLModel, table=True):
    """A contact outside the Programme: PS, CCTE, CT, DTE ... (ledger 4.1)."""

    __tablename__ = "external_contact"
    __table_args__ = (UniqueConstraint("organisation", "email", name="uq_external_contact_organisation_email"),)

    id: int | None = Field(default=None, primary_key=True)
    organisation: str = Field(max_length=32, index=True)
    full_name: str = Field(default="", max_length=160)
    email: str = Field(max_length=254, index=True)
    from_on: date | None = None
    to_on: date | None = None


class CodeRow(SQLModel, table=True):
    """A one-time code that makes a mail reply an act of its person. Only its hash is kept."""

    __tablename__ = "code"

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(max_length=64, index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    act: str = Field(max_length=64, description="what the code does: a step id, or another act")
    unit: str = Field(default="", max_length=64)
    subject_key: str = Field(default="", max_length=120, description="what exactly was shown: version, digest")
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    attempts: int = 0
