"""Ask the PS about one delivery (M-30), pass its answer on, and ask again while it says nothing (AMB-17, C-32)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time

from actions.desk import Desk
from actions.find_addressees import NATION, addressees
from actions.letter_values import period_in_words, signer, unit_in_words
from actions.payout_letters import is_for_pac, note_letter, treatment_codes
from actions.payout_words import question_for_provider
from actions.read_case import working_days
from actions.send_letter import send
from mail.parsing import ParsedMail
from storage import agenda, cases, organisation, outbox, payees, payout_cases
from storage.agenda import DeadlineRow
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.payout_cases import PayoutCaseRow, PayoutState

ROUND = "PS-ANSWER"
"""The morning after the PS should have answered about a case."""
ROLE = "PS"
QUESTION = "M-30"
DAYS = 2
"""Working days in which the PS is expected to answer [P]."""
LONGEST = 4_000
MORNING = time(9)
REFERENCE = re.compile(r"\b\d{4}-(?:B[1-6]|\d{2})-\d{6}\b")


def ask_provider(desk: Desk, case: CaseRow, row: PayoutCaseRow) -> None:
    """Ask the PS about one delivery by its reference alone (M-30), and put down when its answer is late."""
    payee = payees.get_payee(desk.session, row.payee_id)
    due = working_days(desk).add(desk.today, DAYS)
    values = {
        "ref": payee.row.reference,
        "period": period_in_words(desk, case),
        "question": question_for_provider(row.reason),
        "due": due,
        "due_reason": "dos días hábiles después de esta solicitud",
        "signer": signer(desk, "CACyPCS", NATION),
    }
    version = f"{row.id}/{desk.today.isoformat()}"
    letters = send(desk, QUESTION, values, addressees(desk, ROLE, ""), case=case, step="A40", version=version)
    for letter in letters[:1]:
        note_letter(desk, row, letter)
    _expect_answer(desk, row, due)


def _expect_answer(desk: Desk, row: PayoutCaseRow, due: date) -> None:
    morning = working_days(desk).add(due, 1)
    agenda.put_round(
        desk.session,
        row.case_id,
        f"{ROUND}/{row.id}",
        unit=row.pac,
        due_at=datetime.combine(morning, MORNING, desk.office.zone),
        due_on=due,
        reason="dos días hábiles después de la solicitud de aclaración (AMB-17)",
        anew=True,
    )


# ------------------------------------------------------------------ its answer


def cases_in_question(desk: Desk, mail: ParsedMail) -> list[PayoutCaseRow]:
    """Return the cases that a mail of the PS is about: by the question that it answers, else by its subject's reference."""
    for message_id in (mail.in_reply_to, *reversed(mail.references)):
        letter = outbox.find_by_message_id(desk.session, message_id) if message_id else None
        if letter is not None and letter.template == QUESTION:
            return payout_cases.cases_of_letter(desk.session, letter.id)
    return payout_cases.cases_of_references(
        desk.session, REFERENCE.findall(mail.subject.upper()), PayoutState.IN_CLARIFICATION
    )


def take_answer(desk: Desk, entry: EntryRow, mail: ParsedMail, rows: Sequence[PayoutCaseRow]) -> None:
    """Keep what the PS answers, and pass it on: to CACyPCS with the form that decides, to SAC and PAC to know."""
    said = mail.new_text.strip()[:LONGEST] or "(sin texto)"
    for row in rows:
        case = cases.get_case(desk.session, row.case_id)
        entry.case_id, entry.unit = case.id, row.pac
        payout_cases.move(desk.session, row, row.state, at=desk.now, role=ROLE, note=said)
        desk.note(
            "payout_case_answered",
            case_id=case.id,
            step="A40",
            unit=row.pac,
            role=ROLE,
            entry_id=entry.id,
            channel="mail",
            folio=row.folio,
        )
        agenda.cancel(desk.session, agenda.round_key(row.case_id, f"{ROUND}/{row.id}"))
        _pass_on(desk, case, row, said, entry, [item.name for item in mail.attachments])


def _pass_on(
    desk: Desk, case: CaseRow, row: PayoutCaseRow, said: str, entry: EntryRow, files: Sequence[str]
) -> None:
    region = organisation.region_of(row.pac)
    values = {
        "folio": row.folio,
        "where": unit_in_words(case, row.pac),
        "period": period_in_words(desk, case),
        "said": said,
        "files": list(files),
        "entry": entry.folio,
    }
    told = [("CACyPCS", NATION), ("SAC", region), *([("PAC", row.pac)] if is_for_pac(row) else [])]
    for role, unit in told:
        to = addressees(desk, role, unit)
        decides = role == "CACyPCS" and row.state is PayoutState.IN_CLARIFICATION
        send(
            desk,
            "CASE-ANSWERED",
            values | {"decides": decides},
            to,
            case=case,
            step="A40",
            unit=row.pac,
            version=f"{entry.folio}/{row.id}/{role}",
            codes=treatment_codes(desk, case, to, region) if decides else None,
        )


# ------------------------------------------------------------------ its silence


def check_answer(desk: Desk, due: DeadlineRow) -> None:
    """Ask the PS again about a case that it left without an answer, and alert the CACyPCS (C-32)."""
    row = payout_cases.get_case(desk.session, int(due.name.partition("/")[2]))
    if row.state is not PayoutState.IN_CLARIFICATION:
        return
    case = cases.get_case(desk.session, row.case_id)
    asked_until = due.due_on or desk.today
    late = working_days(desk).count(asked_until, desk.today)
    where = unit_in_words(case, row.pac)
    item = {
        "step": "A40",
        "title": f"Aclaración del caso {row.folio}; hoy se le volvió a solicitar",
        "unit": where,
        "period": period_in_words(desk, case),
        "owner": "Prestador de Servicios",
        "due": asked_until,
        "due_reason": due.reason,
        "days_left": -late,
        "options": [],
    }
    summary = f"El Prestador de Servicios no ha contestado sobre el caso {row.folio}, {where}"
    send(
        desk,
        "M-46",
        {"summary": summary, "own": [], "team": [item]},
        addressees(desk, "CACyPCS", NATION),
        case=case,
        step="A40",
        unit=row.pac,
        version=f"{ROUND}/{row.id}/{desk.today.isoformat()}",
    )
    ask_provider(desk, case, row)
