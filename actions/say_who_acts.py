"""Say in whose place somebody acts: a suplencia or an encargo by oficio, with its dates (features 29; AMB-45)."""

from actions.desk import Desk
from actions.find_addressees import post_unit
from storage import people
from storage.people import HoldingKind


def acting_for(desk: Desk, person_id: int | None, role: str, unit: str) -> str:
    """Return "por ausencia de …, oficio …" for whoever holds a post in another's place today; else nothing.

    An EMS designado acts by its own post of EMS, wherever that sits.
    """
    if person_id is None or not role:
        return ""
    role = "EMS" if role == "EMS_DESIGNADO" else role
    place = post_unit(role, unit)
    held = desk.once(people.holding_of, person_id, role, place, desk.today)
    if held is None or held.kind is HoldingKind.TITULAR:
        return ""
    by_oficio = f", oficio {held.oficio}" if held.oficio else ""
    if held.kind is HoldingKind.ENCARGADO:
        return f"por encargo{by_oficio}"
    titular = people.titular_of(desk.session, role, place, desk.today)
    absent = titular.full_name if titular is not None else "la persona titular"
    return f"por ausencia de {absent}{by_oficio}"
