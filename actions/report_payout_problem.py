"""Take what a volunteer tells of a problem: an aviso for the PAC to confirm; what is reserved goes past the PAC (C-43, AC-49)."""

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.payout_letters import ask_for_confirmation
from actions.register_payout_case import Problem, Teller, put_mail_round, register_case
from actions.send_chat import Choice
from actions.tell_by_chat import tell
from storage import cases, organisation, payout_cases
from storage.entries import EntryRow
from storage.payees import Payee
from storage.payout_cases import RESERVED, PayoutCaseRow, PayoutReason, PayoutState

CONFIRM, DISMISS = "report_confirm", "report_dismiss"
"""What the buttons under an aviso do; `bot/casework.py` answers them."""


def report_problem(
    desk: Desk,
    payee: Payee,
    reason: PayoutReason,
    detail: str,
    volunteer_id: int,
    entry: EntryRow,
) -> PayoutCaseRow:
    """Take what a volunteer tells; told again while it is open, the words are added to what there is.

    P07 and P08 are cases at once, of which SAC and CACyPCS alone know. Everything
    else is an aviso: the PAC makes a case of it with one tap or one answer.
    """
    payee_id = payee.row.id or 0
    for row in payout_cases.open_cases_of(desk.session, payee_id):
        if row.reserved == (reason in RESERVED):
            said = detail or f"Lo vuelve a avisar la persona voluntaria ({reason.value})"
            payout_cases.move(desk.session, row, row.state, at=desk.now, note=said)
            return row
    if reason in RESERVED:
        return _register_reserved(desk, payee_id, reason, detail, volunteer_id, entry)
    return _report(desk, payee, reason, detail, volunteer_id, entry)


def _register_reserved(
    desk: Desk, payee_id: int, reason: PayoutReason, detail: str, volunteer_id: int, entry: EntryRow
) -> PayoutCaseRow:
    row = register_case(
        desk,
        Problem(payee_id=payee_id, reason=reason, detail=detail, at=entry.received_at),
        Teller(role="", unit="", channel="chat", volunteer_id=volunteer_id, entry=entry),
    )
    region = organisation.region_of(row.pac)
    for who in addressees(desk, "SAC", region):
        tell(
            desk,
            who.person_id,
            "reserved_report",
            version=str(row.folio),
            case_id=row.case_id,
            unit=region,
            folio=row.folio,
        )
    return row


def _report(
    desk: Desk, payee: Payee, reason: PayoutReason, detail: str, volunteer_id: int, entry: EntryRow
) -> PayoutCaseRow:
    row = payout_cases.add_case(
        desk.session,
        PayoutCaseRow(
            case_id=payee.row.case_id,
            payee_id=payee.row.id or 0,
            pac=payee.row.pac,
            reason=reason,
            detail=detail[:500],
            office=payee.row.office,
            detected_on=desk.local_date(entry.received_at),
            state=PayoutState.REPORTED,
            channel="chat",
            volunteer_id=volunteer_id,
            entry_id=entry.id,
            created_at=desk.now,
        ),
        role="VOLUNTEER",
    )
    desk.note(
        "payout_problem_reported",
        case_id=row.case_id,
        step="A38",
        unit=row.pac,
        channel="chat",
        entry_id=entry.id,
    )
    ask_for_confirmation(desk, cases.get_case(desk.session, row.case_id), row)
    for who in addressees(desk, "PAC", row.pac):
        tell(
            desk,
            who.person_id,
            "report_came",
            version=str(row.id),
            choices=[
                [
                    Choice(text="button_register", act=CONFIRM, value=str(row.id)),
                    Choice(text="button_solved", act=DISMISS, value=str(row.id)),
                ]
            ],
            case_id=row.case_id,
            unit=row.pac,
        )
    put_mail_round(desk, row)
    return row
