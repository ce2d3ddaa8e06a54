"""Say which office of the PS serves each locality of an ámbito, and let its PAC choose another (C-18)."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.desk import Desk
from actions.find_office import find_offices
from actions.list_payees import renew_offices
from actions.remind_volunteers import correct_notices
from storage import cases, organisation, payees, provider
from storage.entries import EntryRow
from storage.organisation import region_of
from storage.provider import NearbyOffice, ProviderOfficeRow

OFFERED = 6
"""Offices that a PAC chooses from; the nearest are enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A locality of an ámbito, and the office that its people go to."""

    unit: str
    locality: str
    name: str
    office: ProviderOfficeRow | None


def served_localities(desk: Desk, units: Sequence[str]) -> list[Served]:
    """Return the localities of some ámbitos with their offices, by name."""
    places = [(unit, row) for unit in units for row in organisation.ambito(desk.session, unit)]
    offices = find_offices(desk, [(unit, row.clave) for unit, row in places])
    names = organisation.places_of(desk.session, [row.clave for _unit, row in places])
    found = [
        Served(
            unit=unit,
            locality=row.clave,
            name=row.name or names[row.clave].locality or row.clave,
            office=offices[unit, row.clave],
        )
        for unit, row in places
    ]
    return sorted(found, key=lambda one: (one.name, one.unit, one.locality))


def offices_to_choose(desk: Desk, locality: str) -> list[NearbyOffice]:
    """Return the offices that a PAC may choose for a locality, the best first."""
    return provider.offices_near(desk.session, locality, desk.today)[:OFFERED]


def choose_office(
    desk: Desk, unit: str, locality: str, office: str, *, person_id: int | None, entry: EntryRow
) -> bool:
    """Let the people of a locality go to another office, and tell again whoever was told; False when it cannot be."""
    known = {row.clave for row in organisation.ambito(desk.session, unit)}
    in_force = {row.clave for row in provider.offices_in_force(desk.session, desk.today)}
    if locality not in known or office not in in_force:
        return False
    payees.choose_office(desk.session, unit, locality, office, at=desk.now, person_id=person_id)
    desk.note(
        "office_chosen",
        step="A37",
        unit=unit,
        person_id=person_id,
        role="PAC",
        channel="chat",
        entry_id=entry.id,
        office=office,
        locality=locality,
    )
    for case in cases.open_cases(desk.session):
        if unit in case.tree.get("pac", []) and renew_offices(desk, case):
            correct_notices(desk, case, [region_of(unit)])
    return True
