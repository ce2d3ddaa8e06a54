"""Record what a person decided about somebody who stands several times."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.answer_sender import refuse, thank_for_decision
from actions.ask_for_step import renew_questions
from actions.desk import Desk
from actions.find_addressees import NATION, addressees
from actions.find_duplicates import (
    ask_about,
    ask_next,
    decider_posts,
    decision_in_words,
    subject_of,
)
from actions.find_expediente import Whereabouts
from actions.integrate_list import is_frozen
from actions.letter_values import period_in_words, unit_in_words
from actions.record_command import record_command
from actions.send_letter import send
from mail.answers import Answer
from procedures.lists.duplicates import PROBABLE, WITHIN
from storage import cases, duplicates, people
from storage.cases import CaseRow
from storage.duplicates import DISTINCT, SAME, DuplicateRecordRow, DuplicateRow
from storage.entries import EntryRow
from storage.errors import NotInBooks
from storage.people import CodeRow


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionRefused:
    """Why a decision was not recorded."""

    reason: str


def decide_duplicate(
    desk: Desk, case: CaseRow, code: CodeRow, answer: Answer, *, entry: EntryRow, whereabouts: Whereabouts
) -> None:
    """Record the decision that a letter's answer brings, and tell everybody whom it concerns."""
    number = int(code.subject_key.partition(":")[0])
    row = duplicates.get_duplicate(desk.session, number)
    outcome = _decide(
        desk,
        case,
        row,
        answer.options,
        answer.reason,
        posts=whereabouts.posts,
        entry=entry,
        person_id=whereabouts.person_id,
        channel="mail",
        shown=code.subject_key,
    )
    if isinstance(outcome, DecisionRefused):
        refuse(
            desk,
            entry,
            whereabouts,
            outcome.reason,
            "Si sigue por decidir, le llega por separado una carta nueva; contéstela, por ejemplo: "
            "DECIDO 1 vive en esa localidad 123456",
        )
        if not row.decision and row.withdrawn_at is None and not is_frozen(desk, case):
            ask_about(desk, case, row, again=f"/{entry.folio}")
        return
    thank_for_decision(
        desk,
        entry,
        whereabouts,
        f"Quedó asentada su decisión sobre el duplicado {row.id} ({row.code}): {outcome}",
    )


def decide_at_keyboard(
    desk: Desk, number: int, options: Sequence[int], *, reason: str, as_person: str
) -> str | DecisionRefused:
    """Record the decision of a named person at the keyboard: the same act as a mail with its code."""
    try:
        row = duplicates.get_duplicate(desk.session, number)
    except NotInBooks:
        return DecisionRefused(reason=f"No hay un duplicado {number}.")
    person = people.find_person(desk.session, as_person) or people.find_person_by_email(
        desk.session, as_person
    )
    if person is None:
        return DecisionRefused(reason=f"Nadie en el directorio tiene la clave o el correo «{as_person}».")
    case = cases.get_case(desk.session, row.case_id)
    posts = tuple(
        (post.role, post.unit) for post, _holding in people.posts_of(desk.session, person.id, desk.today)
    )
    entry = record_command(
        desk,
        f"lists decide {number} {list(options)} {as_person} {reason}".encode(),
        person_id=person.id,
        case_id=case.id,
        unit=row.unit,
    )
    return _decide(
        desk,
        case,
        row,
        options,
        reason,
        posts=posts,
        entry=entry,
        person_id=person.id,
        channel="command",
    )


def _decide(
    desk: Desk,
    case: CaseRow,
    row: DuplicateRow,
    options: Sequence[int],
    reason: str,
    *,
    posts: Sequence[tuple[str, str]],
    entry: EntryRow,
    person_id: int | None,
    channel: str,
    shown: str = "",
) -> str | DecisionRefused:
    """Record a decision with its name, reason and date; the machine never merges or deletes by itself."""
    records = duplicates.records_of(desk.session, [row.id or 0])[row.id or 0]
    role = next((role for role, unit in decider_posts(case, row.unit) if (role, unit) in posts), "")
    refusal = _why_not(case, row, records, options, reason, role=role, shown=shown)
    if not refusal and is_frozen(desk, case):
        refusal = "El listado del periodo ya fue autorizado; la decisión no puede cambiarlo."
    if refusal:
        return DecisionRefused(reason=refusal)
    distinct = options[0] > len(records)
    row.decision = DISTINCT if distinct else SAME
    row.reason = reason.strip()[:500]
    row.decided_at, row.person_id, row.entry_id = desk.now, person_id, entry.id
    desk.session.add(row)
    for number, record in enumerate(records, start=1):
        record.kept = distinct or number in options
        record.before_version_id, record.before_position = None, None
        desk.session.add(record)
    desk.note(
        "duplicate_decided",
        case_id=case.id,
        unit=row.unit,
        person_id=person_id,
        role=role,
        entry_id=entry.id,
        channel=channel,
        code=row.code,
        decision=row.decision,
        reason=row.reason,
        number=row.id,
        kept=[[record.unit, record.position] for record in records if record.kept],
        left_out=[[record.unit, record.position] for record in records if not record.kept],
    )
    desk.session.flush()
    _tell_listed(desk, case, row, records, entry)
    ask_next(desk, case, row.unit)
    renew_questions(desk, case, row.unit, because=entry.folio)
    return decision_in_words(case, row, records)


def _why_not(
    case: CaseRow,
    row: DuplicateRow,
    records: Sequence[DuplicateRecordRow],
    options: Sequence[int],
    reason: str,
    *,
    role: str,
    shown: str,
) -> str:
    """Say what prevents a decision; empty when nothing does."""
    if not role:
        roles = " o ".join(
            f"{role}, {unit_in_words(case, '' if unit == NATION else unit)}"
            for role, unit in decider_posts(case, row.unit)
        )
        return f"Esta decisión corresponde a otro puesto: {roles}."
    if row.withdrawn_at is not None:
        return "Ya no hay nada que decidir: uno de los listados se corrigió."
    if shown and shown != subject_of(row, records):
        return "Los registros que se le mostraron cambiaron; revise los vigentes."
    last = len(records) + 1
    if not options or not all(1 <= option <= last for option in options):
        return f"Indique una opción del 1 al {last} y el motivo."
    if len(options) > 1 and last in options:
        return f"La opción {last} no se combina con otras."
    if len(set(options)) == len(records) and last not in options:
        return f"Si se conservan todos los registros, la opción es {last}: son personas distintas."
    if not reason.strip():
        return f"Indique una opción del 1 al {last} y el motivo."
    return ""


def _tell_listed(
    desk: Desk, case: CaseRow, row: DuplicateRow, records: Sequence[DuplicateRecordRow], entry: EntryRow
) -> None:
    """Tell each PAC what was decided, and never whose the other list is (AC-16).

    Who was never told of a likeness need not hear that it was none.
    """
    if row.code == PROBABLE and row.decision == DISTINCT:
        return
    for unit in dict.fromkeys(record.unit for record in records):
        own = [record for record in records if record.unit == unit]
        values = {
            "period": period_in_words(desk, case),
            "scope": unit_in_words(case, unit),
            "folio": entry.folio,
            "rows": [record.position for record in own],
            "within": row.code in WITHIN and len(row.units) == 1,
            "decision": _told(row, records, own),
        }
        send(
            desk,
            "DUPLICATE-PAC",
            values,
            addressees(desk, "PAC", unit),
            case=case,
            unit=unit,
            version=f"{row.id}/{entry.folio}",
        )


def _told(row: DuplicateRow, records: Sequence[DuplicateRecordRow], own: Sequence[DuplicateRecordRow]) -> str:
    if row.decision == DISTINCT:
        return "son personas distintas y se conservan"
    if len(own) == len(records):
        kept = ", ".join(str(record.position) for record in own if record.kept)
        return f"es la misma persona y se conserva en la fila {kept}"
    if all(record.kept for record in own):
        return "la persona se conserva en su listado"
    if any(record.kept for record in own):
        kept = ", ".join(str(record.position) for record in own if record.kept)
        return f"la persona se conserva en su listado, sólo en la fila {kept}"
    return "la persona se conserva en el otro listado, y no en el suyo"
