"""Write what a workbook brings into the tables of the office, record by record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlmodel import Session, SQLModel

from documents.directory import values
from documents.directory.merging import Merged
from documents.directory.sheets import same_text
from documents.directory.values import Record
from procedures.lists.names import normalise_name
from storage.directory import every
from storage.organisation import (
    NATION,
    MedicalUnitRow,
    ScopeLocalityRow,
    UnitKind,
    UnitRow,
    catalogue_for,
)
from storage.people import (
    ChannelKind,
    ChannelRow,
    ChannelState,
    ExternalContactRow,
    HoldingKind,
    HoldingRow,
    PersonRow,
    PostRow,
)
from storage.periods import HeadcountRow, TariffRow
from storage.provider import OFFICE_ZONE, ContractRow, ProviderOfficeRow, ReleaserRow, RequisiteRow
from storage.volunteers import CoveredMonthRow, VolunteerRow


def write_directory(session: Session, merged: Merged, *, now: datetime) -> None:
    """Write a workbook that was checked: what it adds, what it changes, what it ends.

    Units come before what refers to them, and people before posts.
    """
    new = {
        key: [pair.new for pair in pairs if pair.old is None or pair.changed_fields]
        for key, pairs in merged.pairs.items()
    }
    for key in ("ooads", "regions", "pacs"):
        _put(session, UnitRow, (_unit(record) for record in new[key]))
    _put(session, ScopeLocalityRow, _localities(session, new["localities"]))
    _put(session, MedicalUnitRow, map(_medical_unit, new["medical_units"]))
    persons = _put_persons(session, new["persons"], now)
    _put_holdings(session, merged, persons)
    _put(session, ExternalContactRow, map(_contact, new["contacts"]))
    _put(session, ProviderOfficeRow, map(_office, new["offices"]))
    _put(session, ReleaserRow, (_releaser(record, persons) for record in new["releasers"]))
    _put(session, ContractRow, map(_contract, new["contracts"]))
    _put(session, RequisiteRow, map(_requisite, new["requisites"]))
    _put(session, HeadcountRow, map(_headcount, new["headcounts"]))
    _put(session, TariffRow, map(_tariff, new["tariffs"]))
    _put_history(session, new["history"])
    session.flush()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """A row to write: what finds it, and what it says besides."""

    key: Mapping[str, object]
    says: Mapping[str, object]


def _put(session: Session, table: type[SQLModel], lines: Iterable[_Line]) -> None:
    """Write lines into a table: over the row that their key finds, or as a new one."""
    waiting = list(lines)
    if not waiting:
        return
    names = tuple(waiting[0].key)
    rows = {tuple(getattr(row, name) for name in names): row for row in every(session, table)}
    for line in waiting:
        row = rows.get(tuple(line.key[name] for name in names))
        if row is None:
            row = table(**line.key)
        for name, value in line.says.items():
            setattr(row, name, value)
        session.add(row)
    session.flush()


# ------------------------------------------------------------------ units and places


def _unit(record: Record) -> _Line:
    says: dict[str, object]
    match record:
        case values.Ooad():
            says = {
                "kind": UnitKind.OOAD,
                "parent": NATION,
                "name": record.name,
                "has_egas": record.has_egas,
                "egas_has_sac": bool(record.egas_has_sac),
                "timezone": record.timezone or OFFICE_ZONE.key,
                "entities": list(record.entities) or [record.code.removeprefix("OOAD")[:2]],
                "strict_entities": bool(record.strict_entities),
                "aliases": list(record.aliases),
                "active": True,
            }
            return _Line(key={"code": record.code}, says=says)
        case values.Region():
            number = record.number if record.number is not None else int(record.code.rpartition("-R")[2])
            says = {"kind": UnitKind.REGION, "parent": record.ooad, "name": record.name, "number": number}
            return _Line(key={"code": record.code}, says={**says, "active": True})
        case values.Pac():
            says = {"kind": UnitKind.PAC, "parent": record.region, "name": record.name}
            return _Line(key={"code": record.code}, says={**says, "pac_kind": record.kind, "active": True})
        case _:
            raise TypeError(record)


def _localities(session: Session, records: Sequence[Record]) -> Iterator[_Line]:
    """Fill the names that the workbook leaves out from INEGI's catalogue."""
    places = [record for record in records if isinstance(record, values.ScopeLocality)]
    catalogue = catalogue_for(session, (place.clave for place in places))
    for place in places:
        known = catalogue.get(place.clave)
        yield _Line(
            key={"unit": place.unit, "clave": place.clave},
            says={
                "municipality": place.municipality or (known.municipality if known else ""),
                "name": place.name or (known.name if known else ""),
                "operates": place.operates,
                "shared": place.shared,
            },
        )


def _medical_unit(record: Record) -> _Line:
    assert isinstance(record, values.MedicalUnit)
    says = {"name": record.name, "kind": record.kind, "unit": record.unit, "locality": record.locality}
    return _Line(key={"clave": record.clave}, says={**says, "active": True})


# ------------------------------------------------------------------ people and posts


def _put_persons(session: Session, records: Sequence[Record], now: datetime) -> dict[str, PersonRow]:
    """Write people and their addresses; return everybody by key."""
    rows = {same_text(row.key): row for row in every(session, PersonRow)}
    persons = [record for record in records if isinstance(record, values.Person)]
    for person in persons:
        row = rows.setdefault(same_text(person.key), PersonRow(key=person.key, full_name=person.full_name))
        row.full_name, row.cargo = person.full_name, person.cargo
        session.add(row)
    session.flush()
    channels = {row.value: row for row in every(session, ChannelRow) if row.kind is ChannelKind.EMAIL}
    wanted = {_id(rows[same_text(person.key)]): person.email for person in persons if person.email}
    # Old addresses are given up first: one may pass from a person to another in the same workbook.
    for channel in channels.values():
        if wanted.get(channel.person_id, channel.value) != channel.value:
            channel.state, channel.revoked_at = ChannelState.REVOKED, now
            session.add(channel)
    session.flush()
    for person_id, address in wanted.items():
        found = channels.get(address)
        if found is None:
            session.add(ChannelRow(person_id=person_id, kind=ChannelKind.EMAIL, value=address))
        elif found.person_id != person_id or found.state is ChannelState.REVOKED:
            found.person_id, found.state = person_id, ChannelState.ACTIVE
            found.verified_at = found.revoked_at = None
            session.add(found)
    session.flush()
    return rows


def _put_holdings(session: Session, merged: Merged, persons: Mapping[str, PersonRow]) -> None:
    posts = {(row.role, row.unit): row for row in every(session, PostRow)}
    rows = {_holding_key(row): row for row in every(session, HoldingRow)}
    changes = [
        (pair.old, pair.new) for pair in merged.pairs["holdings"] if pair.old is None or pair.changed_fields
    ]
    for old, new in [*changes, *merged.ended]:
        assert isinstance(new, values.Holding)
        post = posts.setdefault((new.role, new.unit), PostRow(role=new.role, unit=new.unit))
        session.add(post)
        session.flush()
        person_id = _id(persons[same_text(new.person)])
        row = None
        if isinstance(old, values.Holding):
            row = rows.get((_id(post), person_id, HoldingKind(old.kind), old.from_on))
        if row is None:
            row = HoldingRow(post_id=_id(post), person_id=person_id)
        row.kind, row.from_on, row.to_on, row.oficio = (
            HoldingKind(new.kind),
            new.from_on,
            new.to_on,
            new.oficio,
        )
        session.add(row)
    session.flush()


def _holding_key(row: HoldingRow) -> tuple[int, int, HoldingKind, date | None]:
    return row.post_id, row.person_id, row.kind, row.from_on


def _id(row: PersonRow | PostRow) -> int:
    """Return the key of a row that was flushed."""
    assert row.id is not None
    return row.id


def _contact(record: Record) -> _Line:
    assert isinstance(record, values.Contact)
    return _Line(
        key={"organisation": record.organisation, "email": record.email},
        says={"full_name": record.full_name, "from_on": record.from_on, "to_on": record.to_on},
    )


# ------------------------------------------------------------------ the PS


def _office(record: Record) -> _Line:
    assert isinstance(record, values.Office)
    names = ("name", "locality", "address", "hours", "phone", "latitude", "longitude", "from_on", "to_on")
    return _Line(key={"clave": record.clave}, says={name: getattr(record, name) for name in names})


def _releaser(record: Record, persons: Mapping[str, PersonRow]) -> _Line:
    assert isinstance(record, values.Releaser)
    day = record.acknowledged_on
    # Only the day is known: noon of the office stands for it, far from either midnight.
    noon = datetime.combine(day, time(12), OFFICE_ZONE).astimezone(UTC) if day is not None else None
    return _Line(
        key={"person_id": _id(persons[same_text(record.person)]), "email": record.email},
        says={
            "from_on": record.from_on,
            "to_on": record.to_on,
            "notice": record.notice,
            "acknowledged_at": noon,
        },
    )


def _contract(record: Record) -> _Line:
    assert isinstance(record, values.Contract)
    names = ("provider", "rfc", "layout", "from_on", "to_on", "commission")
    return _Line(key={"number": record.number}, says={name: getattr(record, name) for name in names})


def _requisite(record: Record) -> _Line:
    assert isinstance(record, values.Requisite)
    return _Line(key={"position": record.position}, says={"text": record.text})


# ------------------------------------------------------------------ numbers and history


def _headcount(record: Record) -> _Line:
    assert isinstance(record, values.Headcount)
    names = ("total", "vrs", "pvr", "document")
    key = {"unit": record.unit, "period": record.period}
    return _Line(key=key, says={name: getattr(record, name) for name in names})


def _tariff(record: Record) -> _Line:
    assert isinstance(record, values.Tariff)
    says = {
        "monthly_centavos": int(record.monthly * 100),
        "to_on": record.to_on,
        "document": record.document,
    }
    return _Line(key={"kind": record.kind, "from_on": record.from_on}, says=says)


def _put_history(session: Session, records: Sequence[Record]) -> None:
    """Write whom the last period covered: active volunteers, and the months that nobody covers twice."""
    if not records:
        return
    volunteers = {(row.name_norm, row.locality, row.kind): row for row in every(session, VolunteerRow)}
    covered = {(row.name_norm, row.locality, row.kind, row.month) for row in every(session, CoveredMonthRow)}
    for record in records:
        assert isinstance(record, values.HistoryPerson)
        identity = (normalise_name(record.name), record.clave, record.kind)
        row = volunteers.get(identity)
        if row is None:
            row = VolunteerRow(
                name=record.name,
                name_norm=identity[0],
                kind=record.kind,
                locality=record.clave,
                unit=record.unit,
            )
            volunteers[identity] = row
        row.name, row.unit, row.medical_unit = record.name, record.unit, record.medical_unit
        session.add(row)
        for month in record.months:
            if (*identity, month) not in covered:
                covered.add((*identity, month))
                session.add(
                    CoveredMonthRow(
                        name_norm=identity[0],
                        locality=record.clave,
                        kind=record.kind,
                        month=month,
                        period=record.period,
                    )
                )
    session.flush()
