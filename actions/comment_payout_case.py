"""Add to a payout case what somebody says of it later, or withdraw it before it went on."""

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.letter_values import period_in_words
from actions.send_letter import send
from storage import cases, organisation, payout_cases
from storage.entries import EntryRow
from storage.payout_cases import PayoutCaseRow, PayoutState

WITHDRAWABLE = frozenset({PayoutState.REPORTED, PayoutState.REGISTERED, PayoutState.SAC_NOTIFIED})
"""Once the CACyPCS knows of a case, the CACyPCS decides how it ends."""


def comment_case(
    desk: Desk, row: PayoutCaseRow, text: str, *, person_id: int | None, role: str, entry: EntryRow
) -> None:
    """Keep a comment and send it to the SAC by mail; it names what may not be said in the chat."""
    payout_cases.move(
        desk.session, row, row.state, at=desk.now, person_id=person_id, role=role, note=text[:500]
    )
    _note(desk, row, "payout_case_commented", person_id, role, entry)
    case = cases.get_case(desk.session, row.case_id)
    if role != "SAC" and row.folio:
        values = {"folio": row.folio, "comment": text[:500], "period": period_in_words(desk, case)}
        to = addressees(desk, "SAC", organisation.region_of(row.pac))
        send(desk, "CASE-COMMENT", values, to, case=case, step="A38", unit=row.pac, version=entry.folio)


def withdraw_case(
    desk: Desk, row: PayoutCaseRow, reason: str, *, person_id: int | None, role: str, entry: EntryRow
) -> bool:
    """End a case that was a mistake or solved itself; tell whether it still could be."""
    if row.state not in WITHDRAWABLE:
        return False
    row.resolution = f"Se retiró: {reason}"[:500]
    row.resolved_at = desk.now
    payout_cases.move(
        desk.session,
        row,
        PayoutState.UNFOUNDED,
        at=desk.now,
        person_id=person_id,
        role=role,
        note=row.resolution,
    )
    _note(desk, row, "payout_case_withdrawn", person_id, role, entry)
    if role != "SAC" and row.folio:
        case = cases.get_case(desk.session, row.case_id)
        values = {
            "folio": row.folio,
            "comment": row.resolution,
            "period": period_in_words(desk, case),
        }
        to = addressees(desk, "SAC", organisation.region_of(row.pac))
        send(desk, "CASE-COMMENT", values, to, case=case, step="A38", unit=row.pac, version=entry.folio)
    return True


def _note(
    desk: Desk, row: PayoutCaseRow, kind: str, person_id: int | None, role: str, entry: EntryRow
) -> None:
    desk.note(
        kind,
        case_id=row.case_id,
        step="A38",
        unit=row.pac,
        person_id=person_id,
        role=role,
        channel="chat",
        entry_id=entry.id,
        folio=row.folio or "sin folio",
    )
