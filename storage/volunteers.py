"""The volunteers (VRS, PVR): who is active, and what each was covered for."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.rows import words


class VolunteerState(StrEnum):
    """Whether a volunteer may be listed."""

    ACTIVE = "activo"
    LEFT = "baja"
    SUSPENDED = "suspendido"


class VolunteerRow(SQLModel, table=True):
    """A VRS or PVR as last listed. There is no employment link, hence no post."""

    __tablename__ = "volunteer"
    __table_args__ = (Index("ix_volunteer_identity", "name_norm", "locality", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=120)
    name_norm: str = Field(max_length=120)
    kind: str = Field(max_length=3)
    locality: str = Field(max_length=9)
    medical_unit: str = Field(default="", max_length=160)
    unit: str = Field(foreign_key="unit.code", max_length=64, index=True, description="the PAC's ámbito")
    state: VolunteerState = Field(default=VolunteerState.ACTIVE, sa_type=words(VolunteerState))
    joined_on: date | None = None
    left_on: date | None = None
    left_reason: str = Field(default="", max_length=160)


class CoveredMonthRow(SQLModel, table=True):
    """A month already covered for a person in an authorised list (V-043)."""

    __tablename__ = "covered_month"
    __table_args__ = (
        UniqueConstraint("name_norm", "locality", "kind", "month", name="uq_covered_month_identity"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    month: str = Field(max_length=7)
    period: str = Field(max_length=16)
