"""Give the office as the books have it, in the shape of the directory workbook."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from sqlmodel import Session

from documents.directory import values
from documents.directory.values import Directory
from storage.directory import covered_in, every
from storage.organisation import MedicalUnitRow, ScopeLocalityRow, UnitKind, UnitRow
from storage.people import (
    ChannelKind,
    ChannelRow,
    ChannelState,
    ExternalContactRow,
    HoldingRow,
    PersonRow,
    PostRow,
)
from storage.periods import HeadcountRow, TariffRow
from storage.provider import OFFICE_ZONE, ContractRow, ProviderOfficeRow, ReleaserRow, RequisiteRow
from storage.volunteers import VolunteerRow


def export_directory(session: Session, *, history_of: Collection[str] = ()) -> Directory:
    """Return the office as the books have it; of the history, only the periods named."""
    units = every(session, UnitRow)
    persons = {person.id: person for person in every(session, PersonRow)}
    return Directory(
        ooads=tuple(_ooad(unit) for unit in units if unit.kind is UnitKind.OOAD),
        regions=tuple(
            values.Region(code=unit.code, ooad=unit.parent or "", number=unit.number, name=unit.name)
            for unit in units
            if unit.kind is UnitKind.REGION
        ),
        pacs=tuple(
            values.Pac(code=unit.code, region=unit.parent or "", name=unit.name, kind=unit.pac_kind)
            for unit in units
            if unit.kind is UnitKind.PAC
        ),
        localities=tuple(_locality(row) for row in every(session, ScopeLocalityRow)),
        medical_units=tuple(
            values.MedicalUnit(
                clave=row.clave, name=row.name, kind=row.kind, unit=row.unit, locality=row.locality
            )
            for row in every(session, MedicalUnitRow)
        ),
        persons=_persons(session, persons.values()),
        holdings=_holdings(session, persons),
        contacts=tuple(
            values.Contact(
                organisation=row.organisation,
                full_name=row.full_name,
                email=row.email,
                from_on=row.from_on,
                to_on=row.to_on,
            )
            for row in every(session, ExternalContactRow)
        ),
        offices=tuple(_office(row) for row in every(session, ProviderOfficeRow)),
        releasers=tuple(_releaser(row, persons[row.person_id].key) for row in every(session, ReleaserRow)),
        headcounts=tuple(
            values.Headcount(
                unit=row.unit,
                period=row.period,
                total=row.total,
                vrs=row.vrs,
                pvr=row.pvr,
                document=row.document,
            )
            for row in every(session, HeadcountRow)
        ),
        tariffs=tuple(
            values.Tariff(
                kind=row.kind,
                monthly=Decimal(row.monthly_centavos) / 100,
                from_on=row.from_on,
                to_on=row.to_on,
                document=row.document,
            )
            for row in every(session, TariffRow)
        ),
        requisites=tuple(
            values.Requisite(position=row.position, text=row.text) for row in every(session, RequisiteRow)
        ),
        contracts=tuple(_contract(row) for row in every(session, ContractRow)),
        history=_history(session, history_of) if history_of else (),
    )


def _ooad(unit: UnitRow) -> values.Ooad:
    return values.Ooad(
        code=unit.code,
        name=unit.name,
        has_egas=unit.has_egas,
        egas_has_sac=unit.egas_has_sac,
        timezone=unit.timezone,
        entities=tuple(unit.entities),
        strict_entities=unit.strict_entities,
        aliases=tuple(unit.aliases),
    )


def _locality(row: ScopeLocalityRow) -> values.ScopeLocality:
    return values.ScopeLocality(
        unit=row.unit,
        clave=row.clave,
        municipality=row.municipality,
        name=row.name,
        operates=row.operates,
        shared=row.shared,
    )


def _persons(session: Session, persons: Iterable[PersonRow]) -> tuple[values.Person, ...]:
    emails: dict[int | None, str] = {}
    for channel in every(session, ChannelRow):
        if channel.kind is ChannelKind.EMAIL and channel.state is not ChannelState.REVOKED:
            emails.setdefault(channel.person_id, channel.value)
    return tuple(
        values.Person(key=row.key, full_name=row.full_name, cargo=row.cargo, email=emails.get(row.id, ""))
        for row in persons
    )


def _holdings(session: Session, persons: Mapping[int | None, PersonRow]) -> tuple[values.Holding, ...]:
    posts = {post.id: post for post in every(session, PostRow)}
    return tuple(
        values.Holding(
            role=posts[row.post_id].role,
            unit=posts[row.post_id].unit,
            person=persons[row.person_id].key,
            kind=row.kind.value,
            from_on=row.from_on,
            to_on=row.to_on,
            oficio=row.oficio,
        )
        for row in every(session, HoldingRow)
    )


def _office(row: ProviderOfficeRow) -> values.Office:
    return values.Office(
        clave=row.clave,
        name=row.name,
        locality=row.locality,
        address=row.address,
        hours=row.hours,
        phone=row.phone,
        latitude=row.latitude,
        longitude=row.longitude,
        from_on=row.from_on,
        to_on=row.to_on,
    )


def _releaser(row: ReleaserRow, key: str) -> values.Releaser:
    said = row.acknowledged_at
    return values.Releaser(
        person=key,
        email=row.email,
        from_on=row.from_on,
        to_on=row.to_on,
        notice=row.notice,
        acknowledged_on=said.astimezone(OFFICE_ZONE).date() if said is not None else None,
    )


def _contract(row: ContractRow) -> values.Contract:
    return values.Contract(
        number=row.number,
        provider=row.provider,
        rfc=row.rfc,
        layout=row.layout,
        from_on=row.from_on,
        to_on=row.to_on,
        commission=row.commission,
    )


def _history(session: Session, periods: Collection[str]) -> tuple[values.HistoryPerson, ...]:
    """Return whom the books have as covered in some periods, with what is known of each today."""
    months: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
    for covered in covered_in(session, periods):
        months[covered.period, covered.name_norm, covered.locality, covered.kind].append(covered.month)
    volunteers = {(row.name_norm, row.locality, row.kind): row for row in every(session, VolunteerRow)}
    return tuple(
        values.HistoryPerson(
            period=period,
            name=volunteer.name,
            kind=volunteer.kind,
            clave=volunteer.locality,
            unit=volunteer.unit,
            medical_unit=volunteer.medical_unit,
            months=tuple(sorted(covered)),
        )
        for (period, *identity), covered in months.items()
        if (volunteer := volunteers.get((identity[0], identity[1], identity[2]))) is not None
    )
