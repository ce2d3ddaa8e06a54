"""Register a payout case: its folio, its place in the books, and the mail to the SAC (A38, M-27)."""

from dataclasses import dataclass
from datetime import datetime, time

from actions.desk import Desk
from actions.letter_values import unit_in_words
from actions.read_case import read_situation, working_days
from actions.take_step import Evidence, take_step
from procedures import engine
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance, Status
from storage import agenda, cases, folios, payees, payout_cases
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.payout_cases import RESERVED, PayoutCaseRow, PayoutReason, PayoutState

STEP = "A38"
MAIL_ROUND = "CASE-MAIL"
"""The morning on which a case must have reached its SAC (DL38P, R-A38)."""
READY = frozenset({Status.OPEN, Status.DONE, Status.EXCEPTED})
MORNING = time(9)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What keeps a payee from collecting, as somebody tells it."""

    payee_id: int
    reason: PayoutReason
    detail: str = ""
    office: str = ""
    at: datetime
    """When it was told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Teller:
    """Who tells it, in which quality, by which channel."""

    role: str
    unit: str
    channel: str
    person_id: int | None = None
    volunteer_id: int | None = None
    entry: EntryRow | None = None


def may_register(desk: Desk, case: CaseRow, pac: str) -> bool:
    """Tell whether the delivery has been announced to an ámbito, so that it may have cases (A36 before A38)."""
    return engine.status(read_situation(desk, case), Instance(STEP, pac), desk.today) in READY


def register_case(desk: Desk, problem: Problem, teller: Teller) -> PayoutCaseRow:
    """Make a case of a problem: it has its folio at once, and its mail leaves as soon as the server takes it."""
    payee = payees.get_payee(desk.session, problem.payee_id).row
    case = cases.get_case(desk.session, payee.case_id)
    row = payout_cases.add_case(
        desk.session,
        PayoutCaseRow(
            folio=_next_folio(desk, case),
            case_id=payee.case_id,
            payee_id=problem.payee_id,
            pac=payee.pac,
            reason=problem.reason,
            reserved=problem.reason in RESERVED,
            detail=problem.detail[:500],
            office=problem.office,
            detected_on=desk.local_date(problem.at),
            state=PayoutState.REGISTERED,
            channel=teller.channel,
            person_id=teller.person_id,
            volunteer_id=teller.volunteer_id,
            entry_id=teller.entry.id if teller.entry else None,
            created_at=desk.now,
        ),
        role=teller.role,
    )
    follow_registered(desk, case, row, teller, at=problem.at)
    return row


def confirm_report(desk: Desk, row: PayoutCaseRow, teller: Teller) -> PayoutCaseRow:
    """Make a case of what a volunteer reported, by the word of the PAC."""
    case = cases.get_case(desk.session, row.case_id)
    row.folio = _next_folio(desk, case)
    row.person_id = teller.person_id
    payout_cases.move(
        desk.session, row, PayoutState.REGISTERED, at=desk.now, person_id=teller.person_id, role=teller.role
    )
    follow_registered(desk, case, row, teller, at=desk.now)
    return row


def follow_registered(desk: Desk, case: CaseRow, row: PayoutCaseRow, teller: Teller, *, at: datetime) -> None:
    """Do what follows when a case is registered: journal, activity 38 with its mail, the morning that checks it."""
    desk.note(
        "payout_case_registered",
        case_id=case.id,
        step=STEP,
        unit=row.pac,
        person_id=teller.person_id,
        role=teller.role,
        channel=teller.channel,
        entry_id=teller.entry.id if teller.entry else None,
        folio=row.folio,
        # C4: not even the reason of a reserved case stands where many read.
        reason="reservado" if row.reserved else row.reason.value,
        where=unit_in_words(case, row.pac).split(",")[0],
    )
    happening = Happening(
        kind=Source.CHAT,
        name="problem_case",
        unit=row.pac,
        step=STEP,
        at=at,
        on=desk.local_date(at),
        level=Level.ATTESTED,
        role=teller.role,
        role_unit=teller.unit,
    )
    evidence = Evidence(
        person_id=teller.person_id, entry=teller.entry, channel=teller.channel, text=f"Caso {row.folio}"
    )
    take_step(desk, case, happening, evidence)
    put_mail_round(desk, row)


def put_mail_round(desk: Desk, row: PayoutCaseRow) -> None:
    """Put down the morning by which somebody must have taken a case further (one working day, DL38P)."""
    due_on = working_days(desk).add(desk.today, 1)
    agenda.put_round(
        desk.session,
        row.case_id,
        f"{MAIL_ROUND}/{row.id}",
        unit=row.pac,
        due_at=datetime.combine(due_on, MORNING, desk.office.zone),
        due_on=due_on,
        reason="un día hábil después de conocerse el caso (actividad 38)",
    )


def _next_folio(desk: Desk, case: CaseRow) -> str:
    number = folios.next_number(desk.session, f"payout/{case.period}")
    return f"P-{case.period}-{number:04d}"
