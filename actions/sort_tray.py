"""Sort the tray: a person says where an entry belongs, or that nothing follows from it."""

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.open_period import PROCEDURE
from storage import cases, entries
from storage.entries import EntryRow, EntryState

ASSIGNED = "assigned"
"""Where an entry's reading keeps what a person said of it: period and unit."""


class CannotSort(Exception):
    """What was asked of the tray makes no sense; it says why, in Spanish."""


def assign_entry(desk: Desk, folio: str, *, period: str, unit: str, as_person: str) -> str:
    """Say to which period and ámbito an entry belongs; the service reads it again with that in mind."""
    entry = _waiting(desk, folio)
    person_id = _person(desk, as_person)
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    if case is None:
        raise CannotSort(f"El periodo {period} no está abierto.")
    if unit and unit not in case.parents:
        raise CannotSort(f"{unit} no es una unidad del periodo {period}.")
    entry.reading = {**entry.reading, ASSIGNED: {"period": period, "unit": unit}}
    entry.state = EntryState.RECORDED
    entry.reason = ""
    desk.session.add(entry)
    desk.note(
        "entry_classified",
        case_id=case.id,
        unit=unit,
        person_id=person_id,
        entry_id=entry.id,
        channel="command",
        folio=folio,
        reason=f"pertenece a {period}",
    )
    return f"El folio {folio} se atenderá como del periodo {period}."


def dismiss_entry(desk: Desk, folio: str, *, reason: str, as_person: str) -> str:
    """Put an entry aside for good; its original and this reason stay."""
    entry = _waiting(desk, folio)
    person_id = _person(desk, as_person)
    entry.state = EntryState.APPLIED
    entry.reason = reason[:500]
    desk.session.add(entry)
    desk.note(
        "entry_classified",
        person_id=person_id,
        entry_id=entry.id,
        channel="command",
        folio=folio,
        reason=reason,
    )
    return f"El folio {folio} quedó atendido: {reason}."


def _waiting(desk: Desk, folio: str) -> EntryRow:
    entry = entries.find_entry(desk.session, folio)
    if entry is None:
        raise CannotSort(f"No hay una entrada con folio {folio}.")
    if entry.state not in {EntryState.UNCLASSIFIED, EntryState.QUARANTINED}:
        raise CannotSort(f"El folio {folio} no está en la bandeja ({entry.state.value}).")
    return entry


def _person(desk: Desk, as_person: str) -> int | None:
    if not as_person:
        return None
    try:
        return find_person(desk, as_person).id
    except UnknownPerson as error:
        raise CannotSort(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
