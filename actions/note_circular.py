"""Let CACyPCS add something to the circular of the delivery period, or take it away again."""

from actions.attest_step import find_person
from actions.compose_circular import NOTE
from actions.desk import Desk
from actions.read_case import definition_of
from actions.record_command import record_command
from actions.review_circular import PROCEDURE, review_circular
from storage import cases, people

LONGEST = 600


class NotAllowed(Exception):
    """Nothing was added; it carries why, in Spanish."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def note_circular(desk: Desk, period: str, text: str, *, as_person: str) -> tuple[str, ...]:
    """Change what the circular says besides dates, requisites and offices; say what follows from it.

    What was approved before is approved anew, and one that left is replaced.

    Raises:
        NotAllowed: no such period, not CACyPCS, or more than a circular bears.
        UnknownPerson: the directory has nobody of that name.
    """
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    if case is None:
        raise NotAllowed(f"El periodo {period} no está abierto.")
    person = find_person(desk, as_person)
    owner = definition_of(desk, case).owner
    if owner not in {post.role for post, _holding in people.posts_of(desk.session, person.id, desk.today)}:
        raise NotAllowed(f"Sólo la {owner} decide lo que dice la circular.")
    note = " ".join(text.split())
    if len(note) > LONGEST:
        raise NotAllowed(f"Las indicaciones caben en {LONGEST} caracteres; éstas tienen {len(note)}.")
    record_command(
        desk, f"circular note {period} {as_person} {note}".encode(), person_id=person.id, case_id=case.id
    )
    cases.keep_fact(desk.session, case, NOTE, note)
    desk.session.flush()
    desk.note("circular_noted", case_id=case.id, step="A34", person_id=person.id, channel="command")
    said = review_circular(desk, case)
    return tuple(
        line
        for line in ("Las indicaciones quedaron asentadas." if note else "Ya no hay indicaciones.", said)
        if line
    )
