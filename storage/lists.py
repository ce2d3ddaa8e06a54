"""Lists: versions from the PAC's workbook (LVP) to the listado definitivo (LD), rows and lineage."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, Column, Index, UniqueConstraint, bindparam, func, insert
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from procedures.lists.rows import Finding, ListRow
from storage.rows import insert_rows, question, words


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
    __table_args__ = (
        UniqueConstraint("case_id", "level", "unit", "version", name="uq_list_version_identity"),
    )

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
    layout_sha256: str = Field(
        default="",
        max_length=64,
        description="LD only: the layout's declaration",
        sa_column_kwargs={"server_default": ""},
    )


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
    source_line_id: int | None = Field(
        default=None, index=True, description="the line below that it came from"
    )
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


class MadeFileRow(SQLModel, table=True):
    """A workbook that the desk made of something that does not change, by what it was made of."""

    __tablename__ = "made_file"

    key: str = Field(primary_key=True, max_length=64)
    sha256: str = Field(max_length=64)


def add_version(session: Session, **values: Any) -> ListVersionRow:
    """Store a version under the next number of its list."""
    known = _versions_here(session, values["case_id"], values["level"], values["unit"])
    row = ListVersionRow(**values, version=known[-1].version + 1 if known else 1)
    session.add(row)
    session.flush()
    known.append(row)
    return row


@question
def _versions(case_id: int | None, level: ListLevel, unit: str) -> SelectOfScalar[ListVersionRow]:
    return (
        select(ListVersionRow)
        .where(
            col(ListVersionRow.case_id) == case_id,
            col(ListVersionRow.level) == level,
            col(ListVersionRow.unit) == unit,
        )
        .order_by(col(ListVersionRow.version))
    )


def _versions_here(
    session: Session, case_id: int | None, level: ListLevel, unit: str
) -> list[ListVersionRow]:
    """Return the versions of a list, read once in a transaction: an entry asks for the same ones many times.

    Versions are only ever stored by `add_version`, and the rows are those of the session,
    with their states as they stand.
    """
    known: dict[tuple[int | None, ListLevel, str], list[ListVersionRow]] = session.info.setdefault(
        "storage.lists.versions", {}
    )
    name = (case_id, level, unit)
    if name not in known:
        known[name] = list(_versions(session, case_id, level, unit))
    return known[name]


def latest_version(
    session: Session, case_id: int | None, level: ListLevel, unit: str
) -> ListVersionRow | None:
    """Return the newest version of a list."""
    known = _versions_here(session, case_id, level, unit)
    return known[-1] if known else None


def versions_of(session: Session, case_id: int | None, level: ListLevel, unit: str) -> list[ListVersionRow]:
    """Return every version of a list, the oldest first."""
    return list(_versions_here(session, case_id, level, unit))


@question
def _current_versions(
    case_id: int | None, level: ListLevel, units: Sequence[str]
) -> SelectOfScalar[ListVersionRow]:
    return (
        select(ListVersionRow)
        .where(col(ListVersionRow.case_id) == case_id, col(ListVersionRow.level) == level)
        .where(col(ListVersionRow.unit).in_(units), col(ListVersionRow.state) != ListState.REPLACED)
        .order_by(col(ListVersionRow.version))
    )


def current_versions(
    session: Session, case_id: int | None, level: ListLevel, units: Sequence[str]
) -> list[ListVersionRow]:
    """Return the newest version of each of some lists, in the order of the units."""
    newest = {row.unit: row for row in _current_versions(session, case_id, level, units)}
    return [newest[unit] for unit in units if unit in newest]


def ooads_of(session: Session, version_id: int | None) -> list[str]:
    """Return the OOADs whose people a version lists."""
    wanted = select(ListLineRow.ooad).where(col(ListLineRow.version_id) == version_id).distinct()
    return sorted(session.exec(wanted))


def versions_by_id(session: Session, ids: Sequence[int]) -> list[ListVersionRow]:
    """Return versions by their ids."""
    return list(
        session.exec(
            select(ListVersionRow).where(col(ListVersionRow.id).in_(ids)).order_by(col(ListVersionRow.unit))
        )
    )


def find_by_file(session: Session, case_id: int | None, unit: str, sha256: str) -> ListVersionRow | None:
    """Find the version that the very same file made."""
    for row in _versions_here(session, case_id, ListLevel.LVP, unit):
        if row.file_sha256 == sha256 and row.state is not ListState.REPLACED:
            return row
    return None


class StoredLine(NamedTuple):
    """A line as it is stored, as plain values: of a nation there are twenty thousand at a time."""

    id: int | None
    version_id: int
    position: int
    source_line_id: int | None
    pac: str
    ooad: str
    entity: str
    municipality: str
    locality_name: str
    locality: str
    name: str
    name_norm: str
    kind: str
    amount_centavos: int
    months: str
    medical_unit: str
    situation: str
    remarks: str
    reference: str


def lines_of(session: Session, version_id: int | None) -> list[StoredLine]:
    """Return the lines of a version in order: they are read, never changed."""
    rows = session.connection().execute(_LINES_OF, {"of_version": version_id})
    return [StoredLine._make(row) for row in rows]


_LINES = SQLModel.metadata.tables["list_line"]
_LINES_OF = (
    select_columns(*(_LINES.columns[name] for name in StoredLine._fields))
    .where(_LINES.columns.version_id == bindparam("of_version"))
    .order_by(_LINES.columns.position, _LINES.columns.id)
)


def add_lines(session: Session, version_id: int | None, lines: Iterable[StoredLine]) -> None:
    """Store the lines of a version in bulk; they get ids of their own."""
    insert_rows(session, _LINES, StoredLine._fields[1:], ((version_id, *line[2:]) for line in lines))


def add_rows(session: Session, version_id: int | None, rows: Iterable[ListRow]) -> None:
    """Store checked rows as the lines of a PAC's version, at their place in the sheet."""
    add_lines(session, version_id, map(line_of, rows))


def line_of(row: ListRow) -> StoredLine:
    """Return a checked row as the line that is stored of it, which has no number yet."""
    return StoredLine(
        id=None,
        version_id=0,
        position=row.number,
        source_line_id=None,
        pac=row.pac,
        ooad=row.ooad,
        entity=row.estado,
        municipality=row.municipio,
        locality_name=row.localidad,
        locality=row.clave_inegi,
        name=row.nombre,
        name_norm=row.nombre_norm,
        kind=row.tipo,
        amount_centavos=int(row.importe * 100),
        months=",".join(row.meses),
        medical_unit=row.unidad_medica,
        situation=row.situacion,
        remarks=row.obs,
        reference="",
    )


def add_findings(session: Session, version_id: int | None, findings: Iterable[Finding]) -> None:
    """Store what was found in a version."""
    values = [
        {
            "version_id": version_id,
            "code": item.code,
            "severity": item.severity.value,
            "sheet": item.sheet,
            "row": item.row,
            "column": item.column,
            "field": item.field,
            "message": item.message[:500],
        }
        for item in findings
    ]
    if values:
        session.connection().execute(insert(FindingRow), values)


def findings_of(session: Session, version_id: int | None) -> list[FindingRow]:
    """Return what was found in a version."""
    return list(session.exec(select(FindingRow).where(col(FindingRow.version_id) == version_id)))


def count_findings(session: Session, version_id: int | None) -> dict[str, int]:
    """Return how many findings a version has, by severity."""
    rows = session.connection().execute(
        select(FindingRow.severity, func.count())
        .where(col(FindingRow.version_id) == version_id)
        .group_by(col(FindingRow.severity))
    )
    return {row[0]: row[1] for row in rows}


def identities_of(session: Session, version_id: int | None) -> list[tuple[str, str, str, int]]:
    """Return nombre_norm, clave, tipo and row of each line of a version."""
    rows = session.connection().execute(
        select(ListLineRow.name_norm, ListLineRow.locality, ListLineRow.kind, ListLineRow.position).where(
            col(ListLineRow.version_id) == version_id
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def all_versions(session: Session, case_id: int | None, level: ListLevel) -> list[ListVersionRow]:
    """Return every version of a level in an expediente."""
    return list(
        session.exec(
            select(ListVersionRow)
            .where(col(ListVersionRow.case_id) == case_id, col(ListVersionRow.level) == level)
            .order_by(col(ListVersionRow.unit), col(ListVersionRow.version))
        )
    )


def versions_by(
    session: Session, case_id: int | None, level: ListLevel, person_id: int
) -> list[ListVersionRow]:
    """Return the versions of a level that a person made."""
    wanted = select(ListVersionRow).where(
        col(ListVersionRow.case_id) == case_id,
        col(ListVersionRow.level) == level,
        col(ListVersionRow.person_id) == person_id,
    )
    return list(session.exec(wanted.order_by(col(ListVersionRow.id))))


def file_of(session: Session, key: str) -> str:
    """Return the hash of a workbook made before; empty when it was not."""
    row = session.get(MadeFileRow, key)
    return row.sha256 if row else ""


def keep_file(session: Session, key: str, sha256: str) -> None:
    """Remember the hash of a workbook that was made, so that it is made once."""
    session.add(MadeFileRow(key=key, sha256=sha256))
    session.flush()
