"""Attest a step by a named person at the keyboard: the same act as a mail reply with its code."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.acknowledge_letter import post_near
from actions.activate_procedure import UnknownPerson
from actions.ask_for_step import subject_key_of
from actions.designate_ems import FACT, ems_options
from actions.desk import Desk
from actions.letter_values import unit_in_words
from actions.open_period import PROCEDURE
from actions.read_case import definition_of
from actions.record_command import record_command
from actions.take_step import Evidence, take_step
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance
from storage import cases, people, provider


@dataclass(frozen=True, kw_only=True, slots=True)
class AttestationRefused:
    """Why a step was not attested. It is a value: the refusal stays in the journal."""

    reasons: tuple[str, ...]


def attest_step(
    desk: Desk,
    period: str,
    step: str,
    unit: str,
    *,
    as_person: str,
    text: str = "",
    option: int | None = None,
) -> Sequence[str] | AttestationRefused:
    """Attest a step and return what was recorded, or why it was not.

    The command is an entry like any other: it gets a folio and an original.
    """
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    if case is None:
        return AttestationRefused(reasons=(f"El periodo {period} no está abierto.",))
    try:
        person = find_person(desk, as_person)
    except UnknownPerson:
        return AttestationRefused(
            reasons=(f"Nadie en el directorio tiene la clave o el correo «{as_person}».",)
        )
    posts = tuple(
        (post.role, post.unit) for post, _holding in people.posts_of(desk.session, person.id, desk.today)
    )
    if not posts:
        # Without a post there is no quality in which to act; the engine would take it for the desk itself.
        return AttestationRefused(reasons=(f"{person.full_name} no ocupa hoy ningún puesto.",))
    role, role_unit = post_near(posts, unit)
    steps = definition_of(desk, case).steps
    facts: dict[str, object] = {
        "releaser_authorised": provider.may_release(
            desk.session, person.id or 0, people.active_email(desk.session, person.id), desk.today
        )
    }
    options = ems_options(case, unit)
    if option is not None and 1 <= option <= len(options):
        facts[FACT] = options[option - 1]
    entry = record_command(
        desk,
        f"attest {period} {step} {unit} {as_person} {text}".encode(),
        person_id=person.id,
        case_id=case.id,
        unit=unit,
    )
    happening = Happening(
        kind=Source.COMMAND,
        name="attest",
        unit=unit,
        step=step,
        at=desk.now,
        on=desk.today,
        level=Level.ATTESTED,
        role=role,
        role_unit=role_unit,
        facts=facts,
    )
    evidence = Evidence(
        person_id=person.id,
        entry=entry,
        channel="command",
        text=text,
        # What stands now is what the person attests to, as by the code of a letter.
        subject_key=subject_key_of(desk, case, Instance(step, unit)) if step in steps else "",
    )
    decision = take_step(desk, case, happening, evidence)
    if not decision.taken:
        reasons = tuple(dict.fromkeys(refusal.text for refusal in decision.refused))
        return AttestationRefused(reasons=reasons or ("Este paso no está pendiente.",))
    return [
        f"Asentado: {taken.instance.step}, {unit_in_words(case, taken.instance.unit)}."
        for taken in decision.taken
    ]


def find_person(desk: Desk, name: str) -> people.PersonRow:
    """Find somebody by the directory's key or by address.

    Raises:
        UnknownPerson: the directory has nobody of that name.
    """
    person = people.find_person(desk.session, name) or people.find_person_by_email(desk.session, name)
    if person is None:
        raise UnknownPerson(name)
    return person
