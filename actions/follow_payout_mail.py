"""Follow the mail of a payout case: it is with the SAC once its mail has really left (A38, AC-45)."""

from actions.desk import Desk
from actions.find_addressees import NATION, addressees, unique
from actions.offer_release import offer_release
from actions.payout_letters import ask_for_confirmation, send_case
from actions.register_payout_case import MAIL_ROUND, STEP, put_mail_round
from actions.send_letter import send
from actions.tell_by_chat import tell
from storage import agenda, cases, organisation, outbox, payout_cases
from storage.agenda import DeadlineRow
from storage.outbox import LetterState
from storage.payout_cases import PayoutCaseRow, PayoutState

FOLLOWED = "M-27"
WAITS = "El correo espera a que haya servicio"


def note_departure(desk: Desk, letter_id: int) -> None:
    """Note that the mail of a case left: the SAC has it, and may report it on."""
    for row in payout_cases.cases_of_letter(desk.session, letter_id):
        if row.state is not PayoutState.REGISTERED:
            continue
        payout_cases.move(
            desk.session,
            row,
            PayoutState.SAC_NOTIFIED,
            at=desk.now,
            letter_id=letter_id,
            note="El correo salió",
        )
        desk.note(
            "payout_case_moved",
            case_id=row.case_id,
            step=STEP,
            unit=row.pac,
            letter_id=letter_id,
            folio=row.folio,
            state=row.state.value,
        )
        agenda.cancel(desk.session, f"{row.case_id}/{MAIL_ROUND}/{row.id}")
        if _was_told_to_wait(desk, row):
            tell(desk, row.person_id, "case_left", version=str(row.folio), unit=row.pac, folio=row.folio)
        case = cases.get_case(desk.session, row.case_id)
        offer_release(desk, case, organisation.region_of(row.pac))


def note_delay(desk: Desk, letter_id: int, *, permanent: bool) -> None:
    """Tell whoever registered a case that its mail has to wait, once; or that it was refused, which alarms at once."""
    for row in payout_cases.cases_of_letter(desk.session, letter_id):
        if row.state is not PayoutState.REGISTERED:
            continue
        if permanent:
            _tell_refused(desk, row)
        elif not _was_told_to_wait(desk, row):
            payout_cases.move(desk.session, row, row.state, at=desk.now, note=WAITS)
            tell(desk, row.person_id, "case_waits", version=str(row.folio), unit=row.pac, folio=row.folio)


def note_return(desk: Desk, letter_id: int) -> None:
    """Take back that the SAC has a case: its mail left and bounced."""
    for row in payout_cases.cases_of_letter(desk.session, letter_id):
        if row.state is PayoutState.SAC_NOTIFIED:
            payout_cases.move(
                desk.session, row, PayoutState.REGISTERED, at=desk.now, note="El correo volvió sin entregarse"
            )
            put_mail_round(desk, row)
            _tell_refused(desk, row)


def _tell_refused(desk: Desk, row: PayoutCaseRow) -> None:
    tell(desk, row.person_id, "case_refused", version=str(row.folio), unit=row.pac, folio=row.folio)
    _alarm(desk, row, "no pudo entregarse a su SAC; revise su dirección")


def check_case(desk: Desk, due: DeadlineRow) -> None:
    """Raise the alarm for a case that nobody took further within a working day, and try it again each day (R-A38)."""
    row = payout_cases.get_case(desk.session, int(due.name.partition("/")[2]))
    case = cases.get_case(desk.session, row.case_id)
    if row.state is PayoutState.REPORTED:
        ask_for_confirmation(desk, case, row, again=desk.today.isoformat())
    elif row.state is PayoutState.REGISTERED:
        if not _is_under_way(desk, row):
            # Nobody held the post, or the address was no good: whoever may be written to now gets it.
            send_case(desk, case, row, again=desk.today.isoformat())
        tell(desk, row.person_id, "case_late", version=str(row.folio), unit=row.pac, folio=row.folio)
        _alarm(desk, row, "no ha llegado por correo a su SAC un día hábil después de registrarse")
        put_mail_round(desk, row)


def _is_under_way(desk: Desk, row: PayoutCaseRow) -> bool:
    """Tell whether a letter about a case waits for its courier."""
    events = payout_cases.events_of(desk.session, row.id or 0)
    letters = [outbox.find_letter(desk.session, event.letter_id) for event in events if event.letter_id]
    return any(letter is not None and letter.state is LetterState.WAITING for letter in letters)


def _alarm(desk: Desk, row: PayoutCaseRow, what: str) -> None:
    """Tell who operates the desk and who watches the procedure, once for each kind of trouble with a case."""
    case = cases.get_case(desk.session, row.case_id)
    values = {"event": f"El caso {row.folio} {what}", "at": desk.now, "reference": str(row.folio)}
    to = unique([*addressees(desk, "ADMIN", NATION), *addressees(desk, "CACyPCS", NATION)])
    if send(desk, "M-48", values, to, case=case, version=f"payout/{row.folio}/{what[:24]}"):
        desk.note(
            "payout_case_late",
            case_id=row.case_id,
            step=STEP,
            unit=row.pac,
            channel="timer",
            folio=row.folio,
            what=what,
        )


def _was_told_to_wait(desk: Desk, row: PayoutCaseRow) -> bool:
    return any(event.note == WAITS for event in payout_cases.events_of(desk.session, row.id or 0))
