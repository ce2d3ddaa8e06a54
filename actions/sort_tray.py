"""Sort the tray: a person says where an entry belongs, or that nothing follows from it."""

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.open_period import PROCEDURE
from storage import cases, entries, people
from storage.entries import EntryRow, EntryState

ASSIGNED = "assigned"
"""Where an entry's reading keeps what a person said of it: period and unit."""
UNPROVED = "V-002"


class CannotSort(Exception):
    """What was asked of the tray makes no sense; it says why, in Spanish."""


def assign_entry(desk: Desk, folio: str, *, period: str, unit: str, as_person: str) -> str:
    """Say to which period and ámbito an entry belongs; the service reads it again with that in mind.

    That says nothing about who sent it. The sender is looked up and the mail's
    authentication judged again, as with any mail; what cannot pass is refused here already.
    """
    entry = _waiting(desk, folio)
    person_id = _person(desk, as_person)
    _may_be_read_again(desk, entry)
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    if case is None:
        raise CannotSort(f"El periodo {period} no está abierto.")
    if unit and unit not in case.parents:
        raise CannotSort(f"{unit} no es una unidad del periodo {period}.")
    entry.reading = {**entry.reading, ASSIGNED: {"period": period, "unit": unit}}
    entry.state = EntryState.RECORDED
    entry.reason = ""
    entry.attempts = 0
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
    return f"El folio {folio} se atenderá como del periodo {period}{f', {unit}' if unit else ''}."


def dismiss_entry(desk: Desk, folio: str, *, reason: str, as_person: str) -> str:
    """Put an entry aside for good; its original and this reason stay."""
    entry = _waiting(desk, folio)
    person_id = _person(desk, as_person)
    if not reason.strip():
        raise CannotSort("Escriba el motivo: queda en la bitácora.")
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
        raise CannotSort(f"El folio {folio} no está en la bandeja: ya se atendió.")
    return entry


def _may_be_read_again(desk: Desk, entry: EntryRow) -> None:
    """Refuse what the tray must not let through: whom nobody knows, or who could not prove who they are."""
    if entry.state is EntryState.QUARANTINED and entry.reason.startswith(UNPROVED):
        raise CannotSort(
            f"El folio {entry.folio} está en cuarentena porque el correo no probó ser de quien dice. "
            "Pida que se envíe de nuevo, o descártelo con «oficialia tray dismiss»."
        )
    # An entry that we failed to read has no sender yet; reading it again will find out.
    if entry.sender and people.find_person_by_email(desk.session, entry.sender) is None:
        raise CannotSort(
            f"Nadie en el directorio tiene la dirección {entry.sender}, y lo que envía no puede atenderse. "
            "Si debe tenerla, regístrela con «oficialia import-directory» y vuelva a asignarlo; "
            "si no, descártelo con «oficialia tray dismiss»."
        )


def _person(desk: Desk, as_person: str) -> int | None:
    try:
        return find_person(desk, as_person).id
    except UnknownPerson as error:
        raise CannotSort(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
