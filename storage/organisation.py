"""The tree of units (OOAD, region, ámbito of a PAC), the localities and the unidades médicas."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import JSON, Column, UniqueConstraint, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.rows import question, words

USUAL_ZONE = "America/Mexico_City"


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
    timezone: str = Field(default=USUAL_ZONE, max_length=64)
    entities: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False), description="INEGI keys, 2 digits"
    )
    aliases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    # Region only: the EMS that integrates the list of an OOAD without EGAS (A16), once designated.
    pac_kind: str = Field(default="", max_length=16, description="PAC only: ESAZ, UMM, BS or HR")
    # OOAD only.
    strict_entities: bool = Field(
        default=False, description="whether a volunteer of another entity is an error (V-021)"
    )


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
    unit: str = Field(
        foreign_key="unit.code", max_length=64, index=True, description="the PAC's ámbito that it serves"
    )
    locality: str = Field(default="", max_length=9)
    active: bool = True


# ------------------------------------------------------------------ the tree

NATION = "PIB"


def ooad_of(code: str) -> str:
    """Return the code of the OOAD that a unit belongs to; empty for the nation.

    >>> ooad_of("OOAD07-R03-PAC012")
    'OOAD07'
    """
    return "" if code == NATION else code.split("-", 1)[0]


def region_of(code: str) -> str:
    """Return the code of the region that a unit belongs to; empty above the regions.

    >>> region_of("OOAD07-R03-PAC012"), region_of("OOAD07")
    ('OOAD07-R03', '')
    """
    return "-".join(code.split("-")[:2]) if "-" in code else ""


def find_unit(session: Session, code: str) -> UnitRow | None:
    """Find a unit by its code, active or not."""
    return session.get(UnitRow, code)


def units(session: Session, kind: UnitKind | None = None, parent: str | None = None) -> list[UnitRow]:
    """Return the active units by code: of one tier, right under one unit, or both."""
    wanted = select(UnitRow).where(col(UnitRow.active).is_(True)).order_by(col(UnitRow.code))
    if kind is not None:
        wanted = wanted.where(col(UnitRow.kind) == kind)
    if parent is not None:
        wanted = wanted.where(col(UnitRow.parent) == parent)
    return list(session.exec(wanted))


def operating_ooads(session: Session) -> list[UnitRow]:
    """Return the OOADs that take part: those with at least one region."""
    parents = {region.parent for region in units(session, UnitKind.REGION)}
    return [ooad for ooad in units(session, UnitKind.OOAD) if ooad.code in parents]


class UnknownUnit(LookupError):
    """A code that names no active unit of the tier asked for."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class FrozenTree:
    """The organisation as an expediente keeps it from its opening on (ledger 1.6).

    The shape is the engine's: scope -> units, unit -> parent, unit -> facts. The
    case's own scope, "period", has the unit "".
    """

    tree: dict[str, list[str]]
    parents: dict[str, str]
    facts: dict[str, dict[str, object]]


def freeze_tree(session: Session, ooads: Iterable[str]) -> FrozenTree:
    """Freeze the active units under some OOADs, with the facts that decide the graph.

    `has_egas` is None where nobody has said yet (AMB-05): the caller refuses to open a
    period for that OOAD (AC-31).

    Raises:
        UnknownUnit: a code is not that of an active OOAD.
    """
    known = {unit.code: unit for unit in units(session, UnitKind.OOAD)}
    tree: dict[str, list[str]] = {"period": [""], "ooad": [], "region": [], "pac": []}
    parents: dict[str, str] = {}
    facts: dict[str, dict[str, object]] = {}
    for code in sorted(set(ooads)):
        if code not in known:
            raise UnknownUnit(code)
        ooad = known[code]
        regions = units(session, UnitKind.REGION, code)
        tree["ooad"].append(code)
        parents[code] = ""
        facts[code] = {
            "name": ooad.name,
            "has_egas": ooad.has_egas,
            "egas_has_sac": ooad.egas_has_sac,
            "n_ems": len(regions),
            "timezone": ooad.timezone,
        }
        for region in regions:
            tree["region"].append(region.code)
            parents[region.code] = code
            facts[region.code] = {"name": region.name, "number": region.number}
            for pac in units(session, UnitKind.PAC, region.code):
                tree["pac"].append(pac.code)
                parents[pac.code] = region.code
                facts[pac.code] = {"name": pac.name}
    return FrozenTree(tree=tree, parents=parents, facts=facts)


# ------------------------------------------------------------------ localities and unidades médicas


def ambito(session: Session, unit: str) -> list[ScopeLocalityRow]:
    """Return the localities of a PAC's ámbito, by key."""
    return list(_ambito(session, unit))


@question
def _ambito(unit: str) -> SelectOfScalar[ScopeLocalityRow]:
    return (
        select(ScopeLocalityRow)
        .where(col(ScopeLocalityRow.unit) == unit)
        .order_by(col(ScopeLocalityRow.clave))
    )


def medical_units(session: Session, unit: str) -> list[MedicalUnitRow]:
    """Return the active unidades médicas that serve a PAC's ámbito, by name."""
    return list(_medical_units(session, unit))


@question
def _medical_units(unit: str) -> SelectOfScalar[MedicalUnitRow]:
    return (
        select(MedicalUnitRow)
        .where(col(MedicalUnitRow.unit) == unit, col(MedicalUnitRow.active).is_(True))
        .order_by(col(MedicalUnitRow.name), col(MedicalUnitRow.clave))
    )


PARAMETERS = 500
"""Values in one IN list; older SQLite takes at most 999 parameters a statement."""


def catalogue_for(session: Session, claves: Iterable[str]) -> dict[str, LocalityRow]:
    """Look up many localities at once; keys that the catalogue lacks are left out.

    Localities that INEGI withdrew are returned as well, with `active` false.
    """
    wanted = sorted(set(claves))
    found: dict[str, LocalityRow] = {}
    for start in range(0, len(wanted), PARAMETERS):
        rows = _localities(session, wanted[start : start + PARAMETERS])
        found.update((row.clave, row) for row in rows)
    return found


@question
def _localities(claves: Sequence[str]) -> SelectOfScalar[LocalityRow]:
    return select(LocalityRow).where(col(LocalityRow.clave).in_(claves))


# ------------------------------------------------------------------ loading the catalogues


def put_entities(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Write federal entities, those already known anew."""
    _put(session, EntityRow, rows, "clave", replace=True)


def put_municipalities(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Write municipalities, those already known anew."""
    _put(session, MunicipalityRow, rows, "clave", replace=True)


def put_localities(session: Session, rows: Sequence[Mapping[str, object]], *, replace: bool) -> None:
    """Write a batch of localities; `replace` says whether those already known are written anew.

    The shipped catalogue never replaces: what an office loaded from INEGI is better.
    """
    _put(session, LocalityRow, rows, "clave", replace=replace)


def retire_localities(session: Session, entities: Iterable[str], source: str) -> int:
    """Mark as withdrawn the localities of some entities that a source did not bring; return how many."""
    withdrawn = (
        update(LocalityRow)
        .where(
            func.substr(col(LocalityRow.clave), 1, 2).in_(sorted(set(entities))),
            col(LocalityRow.source) != source,
            col(LocalityRow.active).is_(True),
        )
        .values(active=False)
    )
    return session.exec(withdrawn).rowcount


def _put(
    session: Session,
    table: type[SQLModel],
    rows: Sequence[Mapping[str, object]],
    key: str,
    *,
    replace: bool,
) -> None:
    """Insert rows in bulk; on those already there, write anew or leave alone."""
    if not rows:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    if replace:
        written = {name: statement.excluded[name] for name in rows[0] if name != key}
        statement = statement.on_conflict_do_update(index_elements=[key], set_=written)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=[key])
    session.connection().execute(statement, [dict(row) for row in rows])


# ------------------------------------------------------------------ units and places in words


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A locality in words; empty where the catalogue lacks it."""

    entity: str = ""
    municipality: str = ""
    locality: str = ""


def places_of(session: Session, claves: Iterable[str]) -> dict[str, Place]:
    """Return entity, municipality and locality of some keys, as far as the catalogues know them."""
    wanted = sorted(set(claves))
    known = catalogue_for(session, wanted)
    entities = {row.clave: row.name for row in session.exec(select(EntityRow))}
    municipalities = municipality_names(session, {clave[:5] for clave in wanted})
    return {
        clave: Place(
            entity=entities.get(clave[:2], ""),
            municipality=municipalities.get(clave[:5], ""),
            locality=known[clave].name if clave in known else "",
        )
        for clave in wanted
    }


def municipality_names(session: Session, claves: Iterable[str]) -> dict[str, str]:
    """Return the names of some municipalities (5 digits)."""
    wanted = sorted(set(claves))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), PARAMETERS):
        some = wanted[start : start + PARAMETERS]
        rows = session.exec(select(MunicipalityRow).where(col(MunicipalityRow.clave).in_(some)))
        found.update((row.clave, row.name) for row in rows)
    return found


def entity_names(session: Session) -> dict[str, str]:
    """Return the names of the federal entities by key."""
    return {row.clave: row.name for row in session.exec(select(EntityRow))}
