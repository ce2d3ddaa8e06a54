"""Attest a step by a named person at the keyboard: the same act as a mail reply with its code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.acknowledge_letter import post_near
from actions.activate_procedure import UnknownPerson
from actions.ask_for_step import subject_key_of
from actions.check_scan import code_in_words, keep_rubric, shortcomings, unlike_each_other, unopened
from actions.designate_ems import FACT, ems_options
from actions.desk import Desk
from actions.letter_values import unit_in_words
from actions.open_period import PROCEDURE
from actions.prove_step import RUBRICATED, evidence_level
from actions.read_case import definition_of, read_situation
from actions.record_command import record_command
from actions.say_what_waits import what_waits
from actions.take_step import Evidence, take_step
from documents.scans import Scan
from mail.answers import read_motive
from procedures import engine
from procedures.definition import Level, Source, Step
from procedures.engine import Happening, Instance, Taken
from procedures.situation import Outcome
from storage import cases, entries, lists, people, provider
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListVersionRow
from storage.people import PersonRow


@dataclass(frozen=True, kw_only=True, slots=True)
class AttestationRefused:
    """Why a step was not attested. It is a value: the refusal stays in the journal."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BroughtDocument:
    """The scanned document of a step, as somebody brought it to the keyboard."""

    files: tuple[tuple[str, bytes], ...]
    """Each as (name, content), in the order given."""
    scan: Scan
    """What the workers saw in them."""


def attest_step(
    desk: Desk,
    period: str,
    step: str,
    unit: str,
    *,
    as_person: str,
    text: str = "",
    option: int | None = None,
    document: BroughtDocument | None = None,
) -> Sequence[str] | AttestationRefused:
    """Attest a step and return what was recorded, or why it was not.

    The command is an entry like any other: it gets a folio and an original, and keeps the
    files that came with it. What a document proves is what it would prove by mail; of a
    step that stands as attested, it makes it proven.
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
        documents=document.files if document else (),
    )
    instance = Instance(step, unit)
    if document is not None:
        wrong = _bring(desk, case, instance, document.scan, entry=entry, person=person, posts=posts)
        if wrong:
            return AttestationRefused(reasons=(wrong,))
    happening = Happening(
        kind=Source.COMMAND,
        name="attest",
        unit=unit,
        step=step,
        at=desk.now,
        on=desk.today,
        level=_level(desk, case, instance, entry, person) if step in steps else Level.ATTESTED,
        role=role,
        role_unit=role_unit,
        facts=facts,
    )
    evidence = Evidence(
        person_id=person.id,
        entry=entry,
        channel="command",
        text=text,
        motive=read_motive(text),
        # What stands now is what the person attests to, as by the code of a letter.
        subject_key=subject_key_of(desk, case, instance) if step in steps else "",
    )
    decision = take_step(desk, case, happening, evidence)
    if not decision.taken:
        reasons = tuple(dict.fromkeys(refusal.text for refusal in decision.refused))
        known = read_situation(desk, case)
        if step in steps and known.tree.scope_of.get(unit) == steps[step].scope:
            reasons += tuple(f"Se espera a: {one}" for one in what_waits(desk, case, known, instance))
        return AttestationRefused(reasons=reasons or ("Este paso no está pendiente.",))
    return [
        f"Asentado: {taken.instance.step}, {unit_in_words(case, taken.instance.unit)}{_proof(taken, steps)}."
        for taken in decision.taken
    ]


def _proof(taken: Taken, steps: Mapping[str, Step]) -> str:
    """Say of a step that needs a document whether it has come."""
    if taken.outcome is not Outcome.DONE or steps[taken.instance.step].needs is not Level.PROVEN:
        return ""
    return ": acreditado" if taken.level is Level.PROVEN else ": atestado, falta el documento (--scan)"


def _level(desk: Desk, case: CaseRow, instance: Instance, entry: EntryRow, person: PersonRow) -> Level:
    files = [row.sha256 for row in entries.attachments_of(desk.session, entry.id or 0)]
    return evidence_level(desk, case, instance, person.id, files)


def _bring(
    desk: Desk,
    case: CaseRow,
    instance: Instance,
    scan: Scan,
    *,
    entry: EntryRow,
    person: PersonRow,
    posts: Sequence[tuple[str, str]],
) -> str:
    """Keep the rubric that a whole scan shows, or return what is wrong with the files."""
    situation = read_situation(desk, case)
    step = situation.definition.steps.get(instance.step)
    if step is None or situation.tree.scope_of.get(instance.unit) != step.scope:
        # The act itself is refused with better words.
        return ""
    levels = [RUBRICATED[name] for name in step.documents_out if name in RUBRICATED]
    version = lists.latest_version(desk.session, case.id, levels[0], instance.unit) if levels else None
    wrong = _wrong_with_rubric(desk, case, instance, scan, version) if levels else unopened(scan)
    if wrong:
        desk.note(
            "rubric_refused" if levels else "document_refused",
            case_id=case.id,
            step=instance.step,
            unit=instance.unit,
            person_id=person.id,
            entry_id=entry.id,
            channel="command",
            reason=wrong,
        )
        return wrong
    own = [post for post in engine.owners(situation, instance) if post in posts]
    if version is not None and own:
        keep_rubric(
            desk,
            entry,
            case,
            instance,
            version,
            person_id=person.id or 0,
            post=own[0],
            files=[row.sha256 for row in entries.attachments_of(desk.session, entry.id or 0)],
            pages=scan.codes[0].pages,
            channel="command",
        )
    return ""


def _wrong_with_rubric(
    desk: Desk, case: CaseRow, instance: Instance, scan: Scan, version: ListVersionRow | None
) -> str:
    wrong = unlike_each_other(scan)
    if wrong:
        return wrong
    first = scan.codes[0]
    if (first.period, first.unit) != (case.period, instance.unit):
        return f"El escaneo es de {code_in_words(first)}: no es el listado que se rubrica con ese paso."
    return " ".join(shortcomings(desk, scan, version))


def find_person(desk: Desk, name: str) -> people.PersonRow:
    """Find somebody by the directory's key or by address.

    Raises:
        UnknownPerson: the directory has nobody of that name.
    """
    person = people.find_person(desk.session, name) or people.find_person_by_email(desk.session, name)
    if person is None:
        raise UnknownPerson(name)
    return person
