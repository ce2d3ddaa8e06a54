"""The Prestador de Servicios (PS): contract, offices, and who may send it files (5.2.3)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_
from sqlmodel import Field, Session, SQLModel, col, select

from storage.organisation import LocalityRow, catalogue_for

OFFICE_ZONE = ZoneInfo("America/Mexico_City")
"""The zone in which an instant becomes a legal date (ledger 4)."""


class ContractRow(SQLModel, table=True):
    """The contract in force with the PS."""

    __tablename__ = "contract"

    number: str = Field(primary_key=True, max_length=64)
    provider: str = Field(max_length=160)
    rfc: str = Field(default="", max_length=13)
    layout: str = Field(default="generico", max_length=64, description="name of the layout definition")
    from_on: date | None = None
    to_on: date | None = None
    commission: str = Field(default="", max_length=200)


class ProviderOfficeRow(SQLModel, table=True):
    """An office of the PS where the apoyo is handed over (DIR)."""

    __tablename__ = "provider_office"

    clave: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=160)
    locality: str = Field(default="", max_length=9)
    address: str = Field(default="", max_length=240)
    hours: str = Field(default="", max_length=160)
    phone: str = Field(default="", max_length=40)
    latitude: float | None = None
    longitude: float | None = None
    from_on: date | None = None
    to_on: date | None = None


class ReleaserRow(SQLModel, table=True):
    """A person whom UPIB announced to the PS as allowed to send it files (AUTPS, 5.2.3)."""

    __tablename__ = "releaser"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    email: str = Field(max_length=254)
    from_on: date | None = None
    to_on: date | None = None
    notice: str = Field(default="", max_length=120, description="oficio or mail of the notice (M-41)")
    acknowledged_at: datetime | None = Field(default=None, description="when the PS said that it knows")


class RequisiteRow(SQLModel, table=True):
    """What a volunteer must bring to collect; text of the PS's contract (AMB-51)."""

    __tablename__ = "requisite"

    id: int | None = Field(default=None, primary_key=True)
    position: int
    text: str = Field(max_length=240)


# ------------------------------------------------------------------ contract and requisites


def find_contract(session: Session, on: date) -> ContractRow | None:
    """Find the contract in force on a day; of several, the one that began last."""
    return session.exec(
        select(ContractRow)
        .where(*_in_force(ContractRow, on))
        .order_by(col(ContractRow.from_on).desc(), col(ContractRow.number))
    ).first()


def contracts(session: Session) -> list[ContractRow]:
    """Return every contract, by its number."""
    return list(session.exec(select(ContractRow).order_by(col(ContractRow.number))))


def requisites(session: Session) -> list[str]:
    """Return what a volunteer must bring to collect, in the office's order (AMB-51)."""
    return [row.text for row in session.exec(select(RequisiteRow).order_by(col(RequisiteRow.position)))]


# ------------------------------------------------------------------ who may send the PS its files


def releasers(session: Session, on: date) -> list[ReleaserRow]:
    """Return who may send files to the PS on a day, acknowledged by the PS or not."""
    return list(
        session.exec(select(ReleaserRow).where(*_in_force(ReleaserRow, on)).order_by(col(ReleaserRow.id)))
    )


def may_release(session: Session, person_id: int, email: str, on: date) -> bool:
    """Tell whether a person may send files to the PS from an address on a day (5.2.3).

    The name must have been announced, be in force, with this very address, and the PS
    must have said by then that it knows (AMB-52: before the first A28).
    """
    address = email.strip().lower()
    return any(
        releaser.person_id == person_id
        and releaser.email == address
        and releaser.acknowledged_at is not None
        and releaser.acknowledged_at.astimezone(OFFICE_ZONE).date() <= on
        for releaser in releasers(session, on)
    )


# ------------------------------------------------------------------ offices near a locality

EARTH_RADIUS_KM = 6371.0088


class Nearness(StrEnum):
    """Why an office is proposed for a locality, best reason first (ledger 4.5)."""

    SAME_LOCALITY = "misma localidad"
    SAME_MUNICIPALITY = "mismo municipio"
    DISTANCE = "distancia"


@dataclass(frozen=True, kw_only=True, slots=True)
class NearbyOffice:
    """An office of the PS as seen from a locality."""

    office: ProviderOfficeRow
    nearness: Nearness
    km: float | None
    """As the crow flies; None when the catalogue or the office lacks coordinates."""


def distance_km(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Return the great-circle distance (haversine) between two points.

    >>> round(distance_km(16.9080, -92.0958, 16.7370, -92.6376), 1)
    60.7
    """
    half_latitude = math.radians(to_latitude - latitude) / 2
    half_longitude = math.radians(to_longitude - longitude) / 2
    chord = (
        math.sin(half_latitude) ** 2
        + math.cos(math.radians(latitude))
        * math.cos(math.radians(to_latitude))
        * math.sin(half_longitude) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def offices_in_force(session: Session, on: date) -> list[ProviderOfficeRow]:
    """Return the offices of the directory that are open on a day, by key."""
    wanted = select(ProviderOfficeRow).where(*_in_force(ProviderOfficeRow, on))
    return list(session.exec(wanted.order_by(col(ProviderOfficeRow.clave))))


def offices_near(session: Session, clave: str, on: date) -> list[NearbyOffice]:
    """Return the offices in force for a locality, best first.

    Those of the same locality, then of the same municipality, then the rest by distance
    (ledger 4.5). An office of another municipality whose distance cannot be known is
    left out: the PAC chooses then.
    """
    offices = offices_in_force(session, on)
    places = catalogue_for(session, [clave, *(office.locality for office in offices)])
    return sorted(_seen_from(clave, offices, places), key=_rank)


def find_office(session: Session, clave: str, on: date) -> NearbyOffice | None:
    """Find the office to propose for a locality; None means "por definir", and the PAC says."""
    return nearest_offices(session, [clave], offices_in_force(session, on)).get(clave)


def nearest_offices(
    session: Session, claves: Sequence[str], offices: Sequence[ProviderOfficeRow]
) -> dict[str, NearbyOffice]:
    """Find the office to propose for each of many localities; those without one are left out."""
    places = catalogue_for(session, [*claves, *(office.locality for office in offices)])
    found = {clave: min(_seen_from(clave, offices, places), key=_rank, default=None) for clave in claves}
    return {clave: near for clave, near in found.items() if near is not None}


def _seen_from(
    clave: str, offices: Sequence[ProviderOfficeRow], places: Mapping[str, LocalityRow]
) -> list[NearbyOffice]:
    here = _point(places.get(clave))
    found = []
    for office in offices:
        there = (
            (office.latitude, office.longitude)
            if office.latitude is not None and office.longitude is not None
            else _point(places.get(office.locality))
        )
        km = distance_km(*here, *there) if here and there else None
        if office.locality == clave:
            found.append(NearbyOffice(office=office, nearness=Nearness.SAME_LOCALITY, km=km))
        elif office.locality[:5] == clave[:5]:
            found.append(NearbyOffice(office=office, nearness=Nearness.SAME_MUNICIPALITY, km=km))
        elif km is not None:
            found.append(NearbyOffice(office=office, nearness=Nearness.DISTANCE, km=km))
    return found


_ORDER = list(Nearness)


def _rank(near: NearbyOffice) -> tuple[int, float, str]:
    return _ORDER.index(near.nearness), math.inf if near.km is None else near.km, near.office.clave


def _point(place: LocalityRow | None) -> tuple[float, float] | None:
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def _in_force(
    table: type[ContractRow | ProviderOfficeRow | ReleaserRow], on: date
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Select what is in force on a day; an open end reaches for ever."""
    return (
        or_(col(table.from_on).is_(None), col(table.from_on) <= on),
        or_(col(table.to_on).is_(None), col(table.to_on) >= on),
    )
