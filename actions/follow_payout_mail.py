"""Follow the mail of a payout case: it is with the SAC once its mail has really left (A38, AC-45)."""

from actions.desk import Desk
from actions.find_addressees import NATION, addressees, unique
from actions.offer_release import offer_release
from actions.payout_letters import ask_for_confirmation, send_new_cases
from actions.register_payout_case import MAIL_ROUND, STEP
from actions.send_letter import send
from actions.tell_by_chat import tell
from procedures.engine import Instance
from storage import agenda, cases, organisation, payout_cases
from storage.agenda import DeadlineRow
from storage.outbox import LetterRow
from storage.payout_cases import PayoutCaseRow, PayoutState

FOLLOWED = "M-27"
WAITS = "El correo espera a que haya servicio"


def note_departure(desk: Desk, letter: LetterRow) -> None:
    """Note that the mail of a case left: the SAC has it, and may report it on."""
    for row in payout_cases.cases_of_letter(desk.session, letter.id):
        if row.state is not PayoutState.REGISTERED:
            continue
        payout_cases.move(
            desk.session,
            row,
            PayoutState.SAC_NOTIFIED,
            at=desk.now,
            letter_id=letter.id,
            note="El correo salió",
        )
        desk.note(
            "payout_case_moved",
            case_id=row.case_id,
            step=STEP,
            unit=row.pac,
            letter_id=letter.id,
            folio=row.folio,
            state=row.state.value,
        )
        agenda.cancel(desk.session, f"{row.case_id}/{MAIL_ROUND}/{row.id}")
        if _was_told_to_wait(desk, row):
            tell(desk, row.person_id, "case_left", version=str(row.folio), unit=row.pac, folio=row.folio)
        case = cases.get_case(desk.session, row.case_id)
        offer_release(desk, case, organisation.region_of(row.pac))


def note_delay(desk: Desk, letter: LetterRow) -> None:
    """Tell whoever registered a case that its mail has to wait, once for each case."""
    for row in payout_cases.cases_of_letter(desk.session, letter.id):
        if row.state is PayoutState.REGISTERED and not _was_told_to_wait(desk, row):
            payout_cases.move(desk.session, row, row.state, at=desk.now, note=WAITS)
            tell(desk, row.person_id, "case_waits", version=str(row.folio), unit=row.pac, folio=row.folio)


def check_case(desk: Desk, row: DeadlineRow) -> None:
    """Raise the alarm for a case that nobody took further within a working day (R-A38); it goes on being tried."""
    found = payout_cases.get_case(desk.session, int(row.name.partition("/")[2]))
    case = cases.get_case(desk.session, found.case_id)
    if found.state is PayoutState.REPORTED:
        ask_for_confirmation(desk, case, found, again=desk.today.isoformat())
    elif found.state is PayoutState.REGISTERED:
        # Nobody may have held the post when it was registered: whoever does now gets it.
        send_new_cases(desk, case, Instance(STEP, found.pac))
        tell(desk, found.person_id, "case_late", version=str(found.folio), unit=found.pac, folio=found.folio)
        _alarm(desk, found)


def _alarm(desk: Desk, row: PayoutCaseRow) -> None:
    desk.note(
        "payout_case_late", case_id=row.case_id, step=STEP, unit=row.pac, channel="timer", folio=row.folio
    )
    values = {
        "event": f"El caso {row.folio} no ha llegado por correo a su SAC un día hábil después de registrarse",
        "at": desk.now,
        "reference": str(row.folio),
    }
    to = unique([*addressees(desk, "ADMIN", NATION), *addressees(desk, "CACyPCS", NATION)])
    case = cases.get_case(desk.session, row.case_id)
    send(desk, "M-48", values, to, case=case, version=f"payout/{row.folio}")


def _was_told_to_wait(desk: Desk, row: PayoutCaseRow) -> bool:
    return any(event.note == WAITS for event in payout_cases.events_of(desk.session, row.id or 0))
