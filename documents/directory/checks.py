"""What the records of a directory must say to each other, and what an office still lacks."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from documents.directory.cells import is_clave
from documents.directory.merging import Merged
from documents.directory.sheets import book, folded, label, problem, problem_at
from documents.directory.values import (
    Contract,
    Directory,
    Headcount,
    HistoryPerson,
    Holding,
    MedicalUnit,
    Office,
    Ooad,
    Pac,
    Person,
    Problem,
    Record,
    Region,
    Releaser,
    ScopeLocality,
    Tariff,
)
from documents.layout_declaration import builtin_layouts

NATION = "PIB"
OOAD_CODE = re.compile(r"OOAD\d{2}[A-Z]?")
REGION_CODE = re.compile(r"(OOAD\d{2}[A-Z]?)-R(\d{2})")
PAC_CODE = re.compile(r"(OOAD\d{2}[A-Z]?-R\d{2})-PAC\d{3}")
RFC = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}")
MEXICO = ((14.0, 33.0), (-119.0, -86.0))
"""Latitudes and longitudes between which the whole country lies, its islands included."""
CENTRAL = ("UPIB", "CACyPCS", "CPEEyPB", "CFI", "ADMIN")


@dataclass(frozen=True, kw_only=True)
class _Office:
    """The office as it will stand, with the indices that the checks ask."""

    directory: Directory
    today: date
    catalogue: Collection[str]
    known_ooads: Collection[str]
    ooads: Mapping[str, Ooad] = field(init=False)
    regions: Mapping[str, Region] = field(init=False)
    pacs: Mapping[str, Pac] = field(init=False)
    persons: Mapping[str, Person] = field(init=False)
    scope: Mapping[str, Sequence[ScopeLocality]] = field(init=False)

    def __post_init__(self) -> None:
        scope: dict[str, list[ScopeLocality]] = defaultdict(list)
        for locality in self.directory.localities:
            scope[locality.unit].append(locality)
        indices: dict[str, Any] = {
            "ooads": {ooad.code: ooad for ooad in self.directory.ooads},
            "regions": {region.code: region for region in self.directory.regions},
            "pacs": {pac.code: pac for pac in self.directory.pacs},
            "persons": {folded(person.key): person for person in self.directory.persons},
            "scope": scope,
        }
        for name, index in indices.items():
            object.__setattr__(self, name, index)

    def tier(self, unit: str) -> str:
        """Return the tier of a unit; empty for one that does not exist."""
        tiers: Mapping[str, Collection[str]] = {
            "national": (NATION,),
            "ooad": self.ooads,
            "region": self.regions,
            "pac": self.pacs,
        }
        return next((tier for tier, codes in tiers.items() if unit in codes), "")

    def person(self, key: str) -> Person | None:
        """Return the person of a key, however it was written."""
        return self.persons.get(folded(key))

    def name_of(self, key: str) -> str:
        """Return the name behind a key, or the key."""
        person = self.person(key)
        return person.full_name if person is not None else key


def check_directory(
    merged: Merged, *, today: date, catalogue: Collection[str], known_ooads: Collection[str]
) -> tuple[Problem, ...]:
    """Check a workbook laid over the books.

    `catalogue` holds the INEGI keys known among those of the workbook, `known_ooads`
    the OOADs that the books have. Problems are of the workbook's own records; what the
    whole office lacks on `today` for a period to run are warnings.
    """
    office = _Office(directory=merged.directory, today=today, catalogue=catalogue, known_ooads=known_ooads)
    problems: list[Problem] = []
    for key, check in CHECKS.items():
        for pair in merged.pairs[key]:
            problems.extend(_check_dates(pair.new))
            problems.extend(check(office, pair.new))
    problems.extend(_check_shared(merged))
    problems.extend(_check_addresses(merged))
    problems.extend(_check_terms(office, merged))
    if any(merged.pairs[key] for key in ("ooads", "regions", "pacs", "localities", "holdings")):
        problems.extend(_check_lacks(office))
    return tuple(problems)


def _check_dates(record: Record) -> Iterator[Problem]:
    start: date | None = getattr(record, "from_on", None)
    end: date | None = getattr(record, "to_on", None)
    if start is not None and end is not None and end < start:
        facts = {"start": f"{start:%d/%m/%Y}", "to": f"{end:%d/%m/%Y}"}
        yield problem_at("dates_reversed", record.place, "to_on", **facts)


# ------------------------------------------------------------------ the tree


def _check_ooad(office: _Office, ooad: Ooad) -> Iterator[Problem]:
    if not OOAD_CODE.fullmatch(ooad.code):
        facts = {"value": ooad.code, "singular": "OOAD", "pattern": "OOAD07"}
        yield problem_at("bad_unit_code", ooad.place, "code", **facts)
    elif ooad.code not in office.known_ooads:
        code = "new_ooad" if ooad.name else "ooad_without_name"
        yield problem_at(code, ooad.place, "code", value=ooad.code)
    for entity in ooad.entities:
        if not is_clave(f"{entity}0010001"):
            yield problem_at("unknown_entity", ooad.place, "entities", value=entity)


def _check_region(office: _Office, region: Region) -> Iterator[Problem]:
    parts = REGION_CODE.fullmatch(region.code)
    if parts is None:
        facts = {"value": region.code, "singular": "región", "pattern": "OOAD07-R03"}
        yield problem_at("bad_unit_code", region.place, "code", **facts)
        return
    if region.ooad not in office.ooads:
        yield problem_at("unknown_ooad", region.place, "ooad", value=region.ooad)
    elif parts[1] != region.ooad:
        facts = {"code": region.code, "value": region.ooad, "ooad": parts[1]}
        yield problem_at("region_elsewhere", region.place, "ooad", **facts)
    if region.number is not None and region.number != int(parts[2]):
        yield problem_at("number_differs", region.place, "number", code=region.code, value=region.number)
    for other in office.regions.values():
        same = (other.ooad, other.number) == (region.ooad, region.number)
        if region.number is not None and other.code != region.code and same:
            facts = {"ooad": region.ooad, "other": other.code}
            yield problem_at("number_taken", region.place, "number", value=region.number, **facts)


def _check_pac(office: _Office, pac: Pac) -> Iterator[Problem]:
    parts = PAC_CODE.fullmatch(pac.code)
    if parts is None:
        facts = {"value": pac.code, "singular": "ámbito de PAC", "pattern": "OOAD07-R03-PAC012"}
        yield problem_at("bad_unit_code", pac.place, "code", **facts)
    elif pac.region not in office.regions:
        yield problem_at("unknown_region", pac.place, "region", value=pac.region)
    elif parts[1] != pac.region:
        facts = {"code": pac.code, "value": pac.region, "region": parts[1]}
        yield problem_at("pac_elsewhere", pac.place, "region", **facts)


def _check_locality(office: _Office, locality: ScopeLocality) -> Iterator[Problem]:
    yield from _check_unit_is_pac(office, locality, locality.unit)
    yield from _check_clave(office, locality, locality.clave, "clave")
    ooad = office.ooads.get(locality.unit.split("-", 1)[0])
    if ooad is not None and ooad.entities and locality.clave[:2] not in ooad.entities:
        facts = {"value": locality.clave, "ooad": ooad.code, "entities": ", ".join(ooad.entities)}
        yield problem_at("clave_other_entity", locality.place, "clave", **facts)


def _check_medical_unit(office: _Office, medical_unit: MedicalUnit) -> Iterator[Problem]:
    yield from _check_unit_is_pac(office, medical_unit, medical_unit.unit)
    yield from _check_clave(office, medical_unit, medical_unit.locality, "locality")


def _check_unit_is_pac(office: _Office, record: Record, unit: str) -> Iterator[Problem]:
    if unit not in office.pacs:
        yield problem_at("unknown_pac", record.place, "unit", value=unit)


def _check_clave(office: _Office, record: Record, clave: str, name: str) -> Iterator[Problem]:
    if clave and clave not in office.catalogue:
        yield problem_at("clave_not_in_catalogue", record.place, name, value=clave)


def _check_shared(merged: Merged) -> Iterator[Problem]:
    """Check that a locality of several ámbitos says so in each (ledger 4.1, AmbitoPac)."""
    by_clave: dict[str, list[ScopeLocality]] = defaultdict(list)
    for locality in merged.directory.localities:
        by_clave[locality.clave].append(locality)
    for clave, places in by_clave.items():
        if len(places) > 1 and not all(place.shared for place in places):
            for place in places:
                if place.place is not None:
                    others = ", ".join(other.unit for other in places if other is not place)
                    yield problem_at("locality_shared", place.place, "clave", value=clave, others=others)


# ------------------------------------------------------------------ people and posts


def _check_addresses(merged: Merged) -> Iterator[Problem]:
    """Check that an address is of one person, and not of somebody outside as well."""
    owners: dict[str, list[Person]] = defaultdict(list)
    for person in merged.directory.persons:
        if person.email:
            owners[person.email].append(person)
    for persons in owners.values():
        for person in persons:
            others = [other for other in persons if other is not person]
            if others and person.place is not None:
                other = label("persons", others[0])
                yield problem_at("email_taken", person.place, "email", value=person.email, other=other)
    for contact in merged.directory.contacts:
        for person in owners.get(contact.email, ()):
            facts = {"value": contact.email, "other": contact.organisation}
            if contact.place is not None:
                yield problem_at("email_outside", contact.place, "email", **facts)
            elif person.place is not None:
                yield problem_at("email_outside", person.place, "email", **facts)


def _check_holding(office: _Office, holding: Holding) -> Iterator[Problem]:
    description = book()
    person = office.person(holding.person)
    if person is None:
        yield problem_at("unknown_person", holding.place, "person", value=holding.person)
    elif not person.email and (holding.to_on is None or holding.to_on >= office.today):
        yield problem_at("person_without_email", holding.place, "person", label=label("persons", person))
    tier = office.tier(holding.unit)
    if not tier:
        yield problem_at("unknown_unit", holding.place, "unit", value=holding.unit)
    elif tier not in description.roles[holding.role]:
        tiers = " o ".join(description.tiers[known] for known in description.roles[holding.role])
        facts = {"role": holding.role, "tier": description.tiers[tier], "tiers": tiers}
        yield problem_at("role_elsewhere", holding.place, "role", **facts)
    elif tier == "ooad":
        yield from _check_egas(office.ooads[holding.unit], holding)
    yield from _check_quality(office, holding)


def _check_egas(ooad: Ooad, holding: Holding) -> Iterator[Problem]:
    if holding.role == "EGAS" and ooad.has_egas is False:
        yield problem_at("egas_where_none", holding.place, "role", unit=holding.unit)
    elif holding.role == "EGAS" and ooad.has_egas is None:
        yield problem_at("egas_undecided", holding.place, "role", unit=holding.unit)
    elif holding.role == "SAC" and not ooad.egas_has_sac:
        yield problem_at("sac_where_none", holding.place, "role", unit=holding.unit)


def _check_quality(office: _Office, holding: Holding) -> Iterator[Problem]:
    if holding.kind == "titular":
        return
    if not holding.oficio:
        facts = {"person": office.name_of(holding.person), "kind": holding.kind}
        yield problem_at("without_oficio", holding.place, "oficio", **facts)
    if holding.kind == "suplente" and holding.to_on is None:
        yield problem_at("suplencia_open", holding.place, "to_on", role=holding.role, unit=holding.unit)


def _check_terms(office: _Office, merged: Merged) -> Iterator[Problem]:
    """Check that a post has one titular, and one suplente, at a time."""
    codes = {"titular": "two_titulares", "suplente": "two_suplentes"}
    terms: dict[tuple[str, str, str], list[Holding]] = defaultdict(list)
    for holding in merged.directory.holdings:
        if holding.kind in codes:
            terms[holding.role, holding.unit, holding.kind].append(holding)
    for (role, unit, kind), holdings in terms.items():
        for earlier, later in _overlaps(holdings):
            told = later if later.place is not None else earlier
            other = earlier if told is later else later
            facts = {"person": office.name_of(told.person), "other": office.name_of(other.person)}
            if told.place is not None:
                yield problem_at(codes[kind], told.place, "from_on", role=role, unit=unit, **facts)


Term = TypeVar("Term", Holding, Tariff, Contract)


def _overlaps(records: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
    """Yield the pairs of neighbours in time that are in force on the same day."""
    ordered = sorted(records, key=lambda record: (record.from_on or date.min, record.to_on or date.max))
    for earlier, later in pairwise(ordered):
        if earlier.to_on is None or earlier.to_on >= (later.from_on or date.min):
            yield earlier, later


# ------------------------------------------------------------------ the PS


def _check_office(office: _Office, place: Office) -> Iterator[Problem]:
    yield from _check_clave(office, place, place.locality, "locality")
    if (place.latitude is None) != (place.longitude is None):
        name = "latitude" if place.latitude is None else "longitude"
        yield problem_at("half_a_point", place.place, name)
    elif place.latitude is not None and place.longitude is not None:
        (south, north), (west, east) = MEXICO
        if not (south <= place.latitude <= north and west <= place.longitude <= east):
            value = f"{place.latitude}, {place.longitude}"
            yield problem_at("outside_mexico", place.place, "latitude", value=value)


def _check_releaser(office: _Office, releaser: Releaser) -> Iterator[Problem]:
    person = office.person(releaser.person)
    if person is None:
        yield problem_at("unknown_person", releaser.place, "person", value=releaser.person)
        return
    called = label("persons", person)
    if person.email != releaser.email:
        facts = {"label": called, "other": person.email or "sin correo"}
        yield problem_at("releaser_address", releaser.place, "email", **facts)
    if releaser.acknowledged_on is None:
        yield problem_at("not_acknowledged", releaser.place, "acknowledged_on", label=called)


def _check_contract(office: _Office, contract: Contract) -> Iterator[Problem]:
    if contract.rfc and not RFC.fullmatch(contract.rfc):
        yield problem_at("bad_rfc", contract.place, "rfc", value=contract.rfc)
    if contract.layout not in builtin_layouts():
        yield problem_at("layout_to_load", contract.place, "layout", value=contract.layout)
    for earlier, later in _overlaps(office.directory.contracts):
        if later is contract:
            yield problem_at(
                "contracts_overlap", contract.place, "number", value=contract.number, other=earlier.number
            )


# ------------------------------------------------------------------ numbers


def _check_headcount(office: _Office, headcount: Headcount) -> Iterator[Problem]:
    if office.tier(headcount.unit) not in {"ooad", "region", "pac"}:
        yield problem_at("unknown_unit", headcount.place, "unit", value=headcount.unit)
    vrs, pvr = headcount.vrs or 0, headcount.pvr or 0
    if vrs + pvr > headcount.total:
        yield problem_at("more_than_total", headcount.place, "total", vrs=vrs, pvr=pvr, total=headcount.total)


def _check_tariff(office: _Office, tariff: Tariff) -> Iterator[Problem]:
    same = [other for other in office.directory.tariffs if other.kind == tariff.kind]
    for earlier, later in _overlaps(same):
        if tariff in (earlier, later):
            other = earlier if later is tariff else later
            if other.place is None or later is tariff:
                facts = {"start": f"{tariff.from_on:%d/%m/%Y}", "other": f"{other.from_on:%d/%m/%Y}"}
                yield problem_at("tariffs_overlap", tariff.place, "from_on", kind=tariff.kind, **facts)


def months_of(period: str) -> tuple[str, ...]:
    """Return the months of a period by its code: a bimester, a month or a year.

    >>> months_of("2026-B6")
    ('2026-11', '2026-12')
    """
    year, _, part = period.partition("-")
    if part.startswith("B"):
        last = int(part[1]) * 2
        return (f"{year}-{last - 1:02d}", f"{year}-{last:02d}")
    return (period,) if part else tuple(f"{year}-{month:02d}" for month in range(1, 13))


def _check_history(office: _Office, person: HistoryPerson) -> Iterator[Problem]:
    yield from _check_unit_is_pac(office, person, person.unit)
    strange = [month for month in person.months if month not in months_of(person.period)]
    if strange:
        facts = {"value": ", ".join(strange), "period": person.period}
        yield problem_at("months_elsewhere", person.place, "months", **facts)
    scope = office.scope.get(person.unit, ())
    if scope and person.clave not in {locality.clave for locality in scope}:
        yield problem_at("outside_scope", person.place, "clave", value=person.clave, unit=person.unit)
    units = [unit for unit in office.directory.medical_units if unit.unit == person.unit]
    known = {folded(name) for unit in units for name in (unit.name, unit.clave)}
    if known and person.medical_unit and folded(person.medical_unit) not in known:
        facts = {"value": person.medical_unit, "unit": person.unit}
        yield problem_at("unknown_medical_unit", person.place, "medical_unit", **facts)


def _nothing(_office: _Office, _record: Record) -> Iterator[Problem]:
    yield from ()


CHECKS: Mapping[str, Callable[[_Office, Any], Iterator[Problem]]] = {
    "ooads": _check_ooad,
    "regions": _check_region,
    "pacs": _check_pac,
    "localities": _check_locality,
    "medical_units": _check_medical_unit,
    "persons": _nothing,
    "holdings": _check_holding,
    "contacts": _nothing,
    "offices": _check_office,
    "releasers": _check_releaser,
    "headcounts": _check_headcount,
    "tariffs": _check_tariff,
    "requisites": _nothing,
    "contracts": _check_contract,
    "history": _check_history,
}
"""Sheet -> what one of its records must satisfy. Addresses, terms and shared localities are of many."""


# ------------------------------------------------------------------ what is still lacking


def _check_lacks(office: _Office) -> Iterator[Problem]:
    """Tell what a period would miss today. An office may be set up little by little: warnings."""
    taking_part = {region.ooad for region in office.regions.values()}
    if office.pacs:
        for role in CENTRAL:
            yield from _check_vacant(office, role, NATION, "")
    for ooad in office.ooads.values():
        if ooad.code not in taking_part:
            continue
        yield from _check_vacant(office, "JSPM", ooad.code, ooad.name)
        if ooad.has_egas is None:
            yield problem("egas_unsaid", unit=ooad.code, name=_called(ooad.name))
        elif ooad.has_egas:
            yield from _check_vacant(office, "EGAS", ooad.code, ooad.name)
    for region in office.regions.values():
        yield from _check_vacant(office, "EMS", region.code, region.name)
        yield from _check_vacant(office, "SAC", region.code, region.name)
    for pac in office.pacs.values():
        yield from _check_vacant(office, "PAC", pac.code, pac.name)
        if not office.scope.get(pac.code):
            yield problem("no_localities", unit=pac.code, name=_called(pac.name))


def _check_vacant(office: _Office, role: str, unit: str, name: str) -> Iterator[Problem]:
    held = any(
        (holding.role, holding.unit) == (role, unit)
        and (holding.from_on is None or holding.from_on <= office.today)
        and (holding.to_on is None or holding.to_on >= office.today)
        for holding in office.directory.holdings
    )
    if not held:
        yield problem("vacant", role=role, unit=unit, name=_called(name))


def _called(name: str) -> str:
    return f" ({name})" if name else ""
