"""Record what a person decided about somebody who stands in two lists."""

from actions.answer_sender import refuse, thank_for_decision
from actions.ask_for_step import renew_questions
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.find_duplicates import DISTINCT, KEEP, ask_about, decision_in_words
from actions.find_expediente import Whereabouts
from actions.letter_values import period_in_words, unit_in_words
from actions.send_letter import send
from storage import lists
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import DuplicateRow


def decide_duplicate(
    desk: Desk,
    case: CaseRow,
    duplicate_id: int,
    option: int | None,
    reason: str,
    *,
    entry: EntryRow,
    whereabouts: Whereabouts,
    role: str,
) -> None:
    """Record a decision with its name, reason and date; the machine never merges or deletes by itself."""
    row = lists.get_duplicate(desk.session, duplicate_id)
    if option is None or not 1 <= option <= len(row.units) + 1 or not reason:
        refuse(
            desk,
            entry,
            whereabouts,
            f"Indique una opción del 1 al {len(row.units) + 1} y el motivo.",
            "Conteste la carta nueva que le llega por separado, por ejemplo: DECIDO 1 vive en esa localidad 123456",
        )
        ask_about(desk, case, row, again=f"/{entry.folio}")
        return
    row.decision = DISTINCT if option > len(row.units) else KEEP + row.units[option - 1]
    row.reason = reason
    row.decided_at = desk.now
    row.person_id = whereabouts.person_id
    desk.session.add(row)
    desk.note(
        "duplicate_decided",
        case_id=case.id,
        unit=row.unit,
        person_id=whereabouts.person_id,
        role=role,
        entry_id=entry.id,
        channel="mail",
        code=row.code,
        decision=row.decision,
        reason=reason,
    )
    desk.session.flush()
    thank_for_decision(
        desk,
        entry,
        whereabouts,
        f"Quedó asentada su decisión sobre el duplicado {row.id} ({row.code}): {decision_in_words(case, row)}",
    )
    _tell_listed(desk, case, row, entry)
    renew_questions(desk, case, row.unit, because=entry.folio)


def _tell_listed(desk: Desk, case: CaseRow, row: DuplicateRow, entry: EntryRow) -> None:
    """Tell each PAC what was decided, and never whose the other list is (AC-16)."""
    for unit in row.units:
        line = lists.find_line(desk.session, case.id, unit, name_norm=row.name_norm, locality=row.locality)
        if line is None:
            continue
        decision = "son personas distintas y ambas se conservan"
        if row.decision.startswith(KEEP):
            kept = row.decision == KEEP + unit
            decision = (
                f"la persona se conserva en {'su listado' if kept else 'el otro listado, y no en el suyo'}"
            )
        values = {
            "period": period_in_words(desk, case),
            "scope": unit_in_words(case, unit),
            "folio": entry.folio,
            "rows": [line.position],
            "decision": decision,
        }
        send(
            desk,
            "DUPLICATE-PAC",
            values,
            addressees(desk, "PAC", unit),
            case=case,
            unit=unit,
            version=entry.folio,
        )
