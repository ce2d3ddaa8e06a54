"""Open the authorised lists of a period again, by a named person of CACyPCS at the keyboard (AC-27)."""

from dataclasses import dataclass

from actions.ask_for_reopening import REOPENING
from actions.desk import Desk
from actions.find_unit import get_case_of
from actions.record_command import record_command
from actions.see_lists import acting_for
from actions.take_step import Evidence, take_step
from procedures.definition import NATION, Level, Source
from procedures.engine import Happening


@dataclass(frozen=True, kw_only=True, slots=True)
class NotReopened:
    """Why the lists stay as they are."""

    reason: str


def reopen_lists(desk: Desk, period: str, *, reason: str, as_person: str) -> str | NotReopened:
    """Take the authorisation of a period's list back; it needs a reason, and is CACyPCS's alone (5.1.4).

    Raises:
        NoSuchPeriod: it was never opened.
        NotTheirs: nobody has that name, or the person does not hold that post today.
    """
    case = get_case_of(desk, period)
    person = acting_for(desk, case, "", as_person=as_person, roles={"CACyPCS"})
    if not reason.strip():
        return NotReopened(reason="Falta el motivo de la reapertura.")
    entry = record_command(
        desk, f"lists reopen {period} {as_person} {reason}".encode(), person_id=person.id, case_id=case.id
    )
    happening = Happening(
        kind=Source.COMMAND,
        name="reopen",
        step=REOPENING,
        at=desk.now,
        on=desk.today,
        level=Level.ATTESTED,
        role="CACyPCS",
        role_unit=NATION,
    )
    evidence = Evidence(person_id=person.id, entry=entry, channel="command", text=reason.strip())
    decision = take_step(desk, case, happening, evidence)
    if not decision.taken:
        reasons = dict.fromkeys(refusal.text for refusal in decision.refused)
        return NotReopened(reason=" ".join(reasons) or "El listado no está autorizado.")
    return f"Se reabrió el listado de {period}; la CACyPCS recibe por correo la solicitud de autorizarlo de nuevo."
