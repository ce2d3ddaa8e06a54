"""Find the office of the PS for a locality: what its PAC chose, else the nearest (C-18, ledger 4.5)."""

from collections.abc import Iterable, Mapping
from datetime import date

from actions.desk import Desk
from storage import payees, periods, provider
from storage.cases import CaseRow
from storage.provider import NearbyOffice, ProviderOfficeRow

Place = tuple[str, str]
"""A locality as it lies in an ámbito: the PAC's unit and the clave INEGI."""


def delivery_day(desk: Desk, case: CaseRow) -> date:
    """Return the day on which an office must be open to be named: the first of the delivery, today once it began."""
    return max(desk.today, periods.get_period(desk.session, case.period).t0)


def find_office(desk: Desk, unit: str, locality: str, *, on: date | None = None) -> ProviderOfficeRow | None:
    """Find the office for a locality of an ámbito; None means "por definir", and the PAC says.

    An office counts that is open on a day: today, or the day of the delivery that is spoken of.
    """
    return find_offices(desk, [(unit, locality)], on=on)[unit, locality]


def find_offices(
    desk: Desk, places: Iterable[Place], *, on: date | None = None
) -> Mapping[Place, ProviderOfficeRow | None]:
    """Find the offices for many localities at once.

    A choice counts as long as its office is in the directory in force.
    """
    wanted = list(dict.fromkeys(places))
    in_force = {office.clave: office for office in provider.offices_in_force(desk.session, on or desk.today)}
    chosen = payees.office_choices(desk.session, {unit for unit, _locality in wanted})
    undecided = [place for place in wanted if chosen.get(place) not in in_force]
    nearest = provider.nearest_offices(
        desk.session, [locality for _unit, locality in undecided], list(in_force.values())
    )
    found: dict[Place, ProviderOfficeRow | None] = {}
    for place in wanted:
        near: NearbyOffice | None = nearest.get(place[1])
        found[place] = in_force.get(chosen.get(place, "")) or (near.office if near else None)
    return found
