"""Lists: versions from the PAC's workbook (LVP) to the listado definitivo (LD), rows and lineage."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.rows import words


class ListLevel(StrEnum):
    """The tiers of a list (ledger 1.2)."""

    LVP = "LVP"
    LVR = "LVR"
    LVO = "LVO"
    LVN = "LVN"
    LD = "LD"


class ListState(StrEnum):
    """Where a version stands (ledger 4.4)."""

    OBSERVED = "observado"
    PARTIAL = "aceptado_parcial"
    ACCEPTED = "aceptado"
    INTEGRATED = "integrado"
    OUTDATED = "desactualizado"
    REPLACED = "sustituido"
    AUTHORISED = "autorizado"
    DEFINITIVE = "definitivo"
    TRANSMITTED = "transmitido_ps"


class ListVersionRow(SQLModel, table=True):
    """One version of a list of one unit in one period. Never changed but for its state."""

    __tablename__ = "list_version"
    __table_args__ = (UniqueConstraint("case_id", "level", "unit", "version", name="uq_list_version_identity"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    level: ListLevel = Field(sa_type=words(ListLevel))
    unit: str = Field(default="", max_length=64, index=True)
    version: int
    state: ListState = Field(sa_type=words(ListState))
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    file_sha256: str = Field(default="", max_length=64, description="the workbook as it came, or as it left")
    digest: str = Field(default="", max_length=64, description="record digest, 5.2.4")
    rows: int = 0
    vrs: int = 0
    pvr: int = 0
    total_centavos: int = 0
    rejected: int = Field(default=0, description="rows of the file that were not accepted")
    made_at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")
    # States by time are kept in the journal; the parents are the versions that it was computed from.
    parents: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    notes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class ListLineRow(SQLModel, table=True):
    """A person's line in a list version, with the line that it came from."""

    __tablename__ = "list_line"
    __table_args__ = (
        Index("ix_list_line_version_position", "version_id", "position"),
        Index("ix_list_line_identity", "name_norm", "locality", "kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="list_version.id")
    position: int = Field(description="row of the sheet in an LVP, running number above")
    source_line_id: int | None = Field(default=None, index=True, description="the line below that it came from")
    pac: str = Field(max_length=64)
    ooad: str = Field(max_length=64)
    entity: str = Field(max_length=60)
    municipality: str = Field(max_length=120)
    locality_name: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    name: str = Field(max_length=120)
    name_norm: str = Field(max_length=120)
    kind: str = Field(max_length=3)
    amount_centavos: int
    months: str = Field(max_length=120, description="YYYY-MM,YYYY-MM in order")
    medical_unit: str = Field(default="", max_length=160)
    situation: str = Field(default="", max_length=16)
    remarks: str = Field(default="", max_length=250)
    reference: str = Field(default="", max_length=32, description="LD only: 2027-B1-000123, opaque to the PS")


class FindingRow(SQLModel, table=True):
    """What was found wrong, or worth a look, in a list version."""

    __tablename__ = "finding"

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="list_version.id", index=True)
    code: str = Field(max_length=8)
    severity: str = Field(max_length=8)
    sheet: str = Field(default="", max_length=64)
    row: int | None = None
    column: str = Field(default="", max_length=4)
    field: str = Field(default="", max_length=32)
    message: str = Field(max_length=500)


class DuplicateRow(SQLModel, table=True):
    """Two lines that look like one person, until somebody with the right decides (never the machine)."""

    __tablename__ = "duplicate"
    __table_args__ = (UniqueConstraint("case_id", "code", "key", name="uq_duplicate_identity"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    code: str = Field(max_length=8, description="V-052, V-053, V-054 ...")
    unit: str = Field(max_length=64, index=True, description="the unit whose post decides")
    key: str = Field(max_length=300, description="nombre_norm|clave|tipo and the units, in order")
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    units: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False), description="PAC units")
    found_at: datetime
    decision: str = Field(default="", max_length=120, description="distintas, or keep:<PAC unit>")
    reason: str = Field(default="", max_length=500)
    decided_at: datetime | None = None
    person_id: int | None = Field(default=None, foreign_key="person.id")
