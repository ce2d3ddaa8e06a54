"""The tree of units (OOAD, region, ámbito of a PAC), the localities and the unidades médicas."""

from enum import StrEnum

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.rows import words


class UnitKind(StrEnum):
    """The tiers of the organisation."""

    NATIONAL = "national"
    OOAD = "ooad"
    REGION = "region"
    PAC = "pac"


class UnitRow(SQLModel, table=True):
    """One unit. Codes are hierarchical: OOAD07, OOAD07-R03, OOAD07-R03-PAC012; the nation is PIB."""

    __tablename__ = "unit"

    code: str = Field(primary_key=True, max_length=64)
    kind: UnitKind = Field(sa_type=words(UnitKind))
    parent: str | None = Field(default=None, foreign_key="unit.code", max_length=64, index=True)
    name: str = Field(max_length=160)
    number: int | None = None
    active: bool = True
    # OOAD only. None is "not yet said", and blocks the opening of a period (AMB-05).
    has_egas: bool | None = None
    egas_has_sac: bool = False
    timezone: str = Field(default="America/Mexico_City", max_length=64)
    entities: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False), description="INEGI keys, 2 digits")
    aliases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    # Region only: the EMS that integrates the list of an OOAD without EGAS (A16), once designated.
    pac_kind: str = Field(default="", max_length=16, description="PAC only: ESAZ, UMM, BS or HR")


class LocalityRow(SQLModel, table=True):
    """A locality of INEGI's catalogue (9 digits: entidad 2, municipio 3, localidad 4)."""

    __tablename__ = "locality"

    clave: str = Field(primary_key=True, max_length=9)
    municipality: str = Field(max_length=120)
    name: str = Field(max_length=120)
    rural: bool = True
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    source: str = Field(default="inegi_localidades_1000", max_length=64)
    active: bool = True


class MunicipalityRow(SQLModel, table=True):
    """A municipality of INEGI's catalogue (5 digits)."""

    __tablename__ = "municipality"

    clave: str = Field(primary_key=True, max_length=5)
    name: str = Field(max_length=120)


class EntityRow(SQLModel, table=True):
    """A federal entity (2 digits)."""

    __tablename__ = "entity"

    clave: str = Field(primary_key=True, max_length=2)
    name: str = Field(max_length=60)
    short_name: str = Field(max_length=16)


class ScopeLocalityRow(SQLModel, table=True):
    """A locality of the ámbito of a PAC, and whether the Programme operates there."""

    __tablename__ = "scope_locality"
    __table_args__ = (UniqueConstraint("unit", "clave", name="uq_scope_locality_unit_clave"),)

    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(foreign_key="unit.code", max_length=64, index=True)
    clave: str = Field(max_length=9, index=True)
    municipality: str = Field(default="", max_length=120)
    name: str = Field(default="", max_length=120)
    operates: bool = Field(default=True, description="opera_pib")
    shared: bool = Field(default=False, description="compartida: may belong to several PAC")


class MedicalUnitRow(SQLModel, table=True):
    """A unidad médica: HR, UMR, CARO, UMM or BS."""

    __tablename__ = "medical_unit"

    clave: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=160)
    kind: str = Field(max_length=8)
    unit: str = Field(foreign_key="unit.code", max_length=64, index=True, description="the PAC's ámbito that it serves")
    locality: str = Field(default="", max_length=9)
    active: bool = True
