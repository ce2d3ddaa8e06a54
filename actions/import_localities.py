"""Load INEGI's localities: those shipped with the project, or the whole AGEEML of an office."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from documents.directory.sheets import say
from documents.localities import Locality, NotAnAgeeml, read_localities
from storage import journal
from storage.catalogues import SHIPPED_LOCALITIES, shipped
from storage.organisation import (
    NATION,
    UnitKind,
    UnitRow,
    find_unit,
    put_entities,
    put_localities,
    put_municipalities,
    retire_localities,
)

BATCH = 2_000
"""Localities written at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalityImport:
    """What came of a file of localities."""

    read: int
    skipped: int = 0
    """Rows that are no locality: without name, or with an impossible key."""
    entities: tuple[str, ...] = ()
    retired: int = 0
    source: str = ""
    missing_columns: tuple[str, ...] = ()
    """Columns of INEGI's that the file lacks; then nothing was imported."""

    @property
    def accepted(self) -> bool:
        """Tell whether the file was one of INEGI's catalogue."""
        return not self.missing_columns

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what came of it, for a person."""
        if self.missing_columns:
            return (say("no_ageeml", columns=", ".join(self.missing_columns)),)
        return (
            say(
                "journal_localities",
                source=self.source,
                read=self.read,
                entities=len(self.entities),
                skipped=self.skipped,
                retired=self.retired,
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for programs."""
        return {
            "ok": self.accepted,
            "source": self.source,
            "read": self.read,
            "skipped": self.skipped,
            "entities": list(self.entities),
            "retired": self.retired,
            "missing_columns": list(self.missing_columns),
        }


def import_localities(
    session: Session,
    file: Path,
    *,
    now: datetime,
    source: str = "",
    retire_missing: bool = False,
    progress: Callable[[int], None] = lambda _read: None,
    person_id: int | None = None,
) -> LocalityImport:
    """Load the localities of an AGEEML file (CSV or .xlsx) into the catalogue, batch by batch.

    `source` names the file and its edition (`ageeml-2026-10`), by default as the file
    is called. Localities already known
    are written anew. With `retire_missing`, those of the file's entities that it does
    not bring are marked as withdrawn: only for a complete download. `progress` is told
    how many rows were read so far.
    """
    source = (source or file.stem)[:64]
    batch: list[dict[str, object]] = []
    municipalities: dict[str, str] = {}
    entities: set[str] = set()
    read = skipped = 0
    try:
        for locality in read_localities(file):
            read += 1
            if locality is None:
                skipped += 1
                continue
            entities.add(locality.clave[:2])
            municipalities.setdefault(locality.clave[:5], locality.municipality)
            batch.append(_row(locality, source))
            if len(batch) == BATCH:
                put_localities(session, batch, replace=True)
                batch.clear()
                progress(read)
    except NotAnAgeeml as wrong:
        return LocalityImport(read=0, source=source, missing_columns=wrong.missing)
    put_localities(session, batch, replace=True)
    put_municipalities(session, [{"clave": key, "name": name} for key, name in municipalities.items()])
    retired = retire_localities(session, entities, source) if retire_missing and entities else 0
    session.expire_all()
    progress(read)
    result = LocalityImport(
        read=read, skipped=skipped, entities=tuple(sorted(entities)), retired=retired, source=source
    )
    journal.append(
        session,
        kind="localities_imported",
        at=now,
        text=result.sentences[0],
        channel="command",
        person_id=person_id,
        data=result.to_json(),
    )
    return result


def _row(locality: Locality, source: str) -> dict[str, object]:
    return {
        "clave": locality.clave,
        "municipality": locality.municipality[:120],
        "name": locality.name[:120],
        "rural": locality.rural,
        "latitude": locality.latitude,
        "longitude": locality.longitude,
        "population": locality.population,
        "source": source,
        "active": True,
    }


def seed_catalogues(session: Session) -> None:
    """Load what comes with the project: INEGI's places, the nation and the OOADs of ledger 1.5.

    It may run again: an OOAD that the office described, or localities that it loaded
    from INEGI itself, are left alone.
    """
    put_entities(
        session,
        [
            {"clave": row["cve_ent"], "name": row["entidad"], "short_name": row["abreviatura"]}
            for row in shipped("inegi_entidades")
        ],
    )
    municipalities = {
        row["cve_ent"] + row["cve_mun"]: row["municipio"] for row in shipped("inegi_municipios")
    }
    put_municipalities(session, [{"clave": key, "name": name} for key, name in municipalities.items()])
    put_localities(session, list(_shipped_localities(municipalities)), replace=False)
    if find_unit(session, NATION) is None:
        session.add(UnitRow(code=NATION, kind=UnitKind.NATIONAL, name="Programa IMSS-BIENESTAR"))
        session.flush()
    for row in shipped("ooad"):
        if find_unit(session, row["code"]) is None:
            session.add(_ooad(row))
    session.flush()


def _shipped_localities(municipalities: dict[str, str]) -> Iterable[dict[str, object]]:
    for row in shipped(SHIPPED_LOCALITIES):
        municipality = row["cve_ent"] + row["cve_mun"]
        yield {
            "clave": municipality + row["cve_loc"],
            "municipality": municipalities.get(municipality, ""),
            "name": row["localidad"],
            "rural": row["ambito"] == "R",
            "latitude": float(row["latitud"]) if row["latitud"] else None,
            "longitude": float(row["longitud"]) if row["longitud"] else None,
            "population": int(row["poblacion"]) if row["poblacion"] else None,
            "source": SHIPPED_LOCALITIES,
            "active": True,
        }


def _ooad(row: dict[str, str]) -> UnitRow:
    # The rules say which EGAS have a SAC, not which OOADs have an EGAS: most stay undecided (AMB-05).
    return UnitRow(
        code=row["code"],
        kind=UnitKind.OOAD,
        parent=NATION,
        name=row["name"],
        has_egas={"yes": True, "no": False}.get(row["has_egas"]),
        egas_has_sac=row["egas_has_sac"] == "yes",
        timezone=row["timezone"],
        entities=[row["entity"]],
        aliases=[alias for alias in row["aliases"].split("|") if alias],
    )
