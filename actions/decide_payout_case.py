"""Decide a payout case at the keyboard, and whether the PS is asked about cases: by CACyPCS alone (5.1.4, AMB-17)."""

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.record_command import record_command
from actions.treat_payout_cases import FOLLOW_UP, check_treatment, treat_cases
from mail.treatments import Decided, Treatment
from storage import folios, people
from storage.people import PersonRow

OWNER = "CACyPCS"
OUTCOMES = {
    "aclaracion": Treatment.CLARIFY,
    "resuelto": Treatment.SOLVED,
    "no-resuelto": Treatment.NOT_SOLVED,
    "improcedente": Treatment.UNFOUNDED,
}


class NotDecided(Exception):
    """Why nothing was decided, in Spanish."""


def decide_case(desk: Desk, folio: str, outcome: str, reason: str, *, as_person: str) -> str:
    """Decide the treatment of a case as the mail form does, and return what was recorded.

    Raises:
        NotDecided: the person may not, or the case does not wait for it.
    """
    person = _owner(desk, as_person)
    treatment = OUTCOMES.get(outcome.lower())
    if treatment is None:
        raise NotDecided(f"No hay un tratamiento «{outcome}». Los que hay: {', '.join(OUTCOMES)}.")
    decided = Decided(folio=folio.upper(), treatment=treatment, reason=reason.strip()[:400])
    if problem := check_treatment(desk, decided):
        raise NotDecided(problem)
    entry = record_command(
        desk, f"cases close {folio} {outcome} {as_person} {reason}".encode(), person_id=person.id
    )
    [row] = treat_cases(
        desk,
        [decided],
        person_id=person.id or 0,
        role=OWNER,
        channel="command",
        entry_id=entry.id,
        version=entry.folio,
    )
    return f"Asentado: caso {row.folio}, {row.state.value}. PAC y SAC reciben el resultado por correo."


def set_follow_up(desk: Desk, *, on: bool, as_person: str) -> None:
    """Let cases in aclaración be asked of the PS, or stop that.

    Raises:
        NotDecided: only CACyPCS decides it.
    """
    person = _owner(desk, as_person)
    state = "sí" if on else "no"
    record_command(desk, f"cases follow-up {state} {as_person}".encode(), person_id=person.id)
    folios.set_fact(desk.session, FOLLOW_UP, "on" if on else "")
    desk.note("case_followup_set", person_id=person.id, role=OWNER, channel="command", state=state)


def _owner(desk: Desk, as_person: str) -> PersonRow:
    try:
        person = find_person(desk, as_person)
    except UnknownPerson as error:
        raise NotDecided(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
    posts = people.posts_of(desk.session, person.id, desk.today)
    if not any(post.role == OWNER for post, _holding in posts):
        raise NotDecided(f"Sólo la {OWNER} decide el tratamiento de los casos (act. 40; 5.1.4).")
    return person
