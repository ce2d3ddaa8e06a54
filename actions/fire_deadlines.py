"""Do what falls due: reminders to the owner, the overdue mark and its notice upwards, timers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from actions.desk import Desk
from actions.erase_names import erase_names
from actions.find_addressees import NATION, addressees
from actions.release_list import REVIEW
from actions.remind_staff import is_rung, is_telling, pass_rungs, tell
from actions.remind_volunteers import PIECE, fire_round, is_round_of_volunteers
from actions.review_circular import review_circular
from actions.run_round import is_known_round, run_round
from actions.send_letter import send
from actions.settle_post import fire_post
from actions.take_step import take_step
from procedures.definition import Level, Source
from procedures.engine import Happening
from storage import agenda, cases
from storage.agenda import DeadlineKind, DeadlineRow
from storage.cases import CaseRow

BATCH = 500
MAILBOX_PATIENCE = timedelta(minutes=5)
FAULT_PATIENCE = timedelta(hours=1)


def fire_deadlines(desk: Desk, *, limit: int = BATCH) -> int:
    """Fire what is due at this instant, in order, and return how many rows fired.

    People are written to once everything else that is due has fired, so that they hear
    of all of it in one letter.
    """
    rows = agenda.claim_due(desk.session, now=desk.now, limit=limit)
    telling = [row for row in rows if is_telling(row)]
    others = [row for row in rows if not is_telling(row)]
    by_case: dict[int, list[DeadlineRow]] = defaultdict(list)
    for row in others:
        if row.kind is DeadlineKind.ERASURE:
            erase_names(desk, row)
        elif is_known_round(row):
            run_round(desk, row)
        elif row.kind is DeadlineKind.POST:
            fire_post(desk, row)
        elif row.case_id is not None:
            by_case[row.case_id].append(row)
    for case_id, due in by_case.items():
        case = cases.get_case(desk.session, case_id)
        for row in due:
            if row.kind is DeadlineKind.TIMER:
                _fire_timer(desk, case, row)
            elif row.name == REVIEW:
                review_circular(desk, case)
        pass_rungs(desk, case, [row for row in due if is_rung(row)])
    _fire_rounds(desk, [row for row in others if is_round_of_volunteers(row)])
    if others:
        agenda.put_back_all(desk.session, telling)
    else:
        tell(desk, telling, complete=len(rows) < limit)
    if rows:
        desk.wake_couriers()
    return len(rows)


def set_aside(desk: Desk, fault: str) -> None:
    """Put the row that is due first off for a while: it failed, by a fault of ours, and must not hold up the others.

    Whoever operates the desk hears of it (M-48); it is tried again until it goes.
    """
    for row in agenda.claim_due(desk.session, now=desk.now, limit=1):
        until = desk.now + FAULT_PATIENCE
        agenda.put_back(desk.session, row, until=until)
        desk.note(
            "deadline_failed", case_id=row.case_id, step=row.step, unit=row.unit, key=row.key, fault=fault
        )
        values = {
            "event": f"Falló algo que vencía ({row.key}: {fault}); se intenta de nuevo cada hora.",
            "at": desk.now,
            "reference": row.key,
        }
        send(desk, "M-48", values, addressees(desk, "ADMIN", NATION), version=f"{row.key}/{desk.today}")
        desk.wake_couriers()


def _fire_timer(desk: Desk, case: CaseRow, row: DeadlineRow) -> None:
    """Let a clock run out, once; a silence that the mailbox's reading has not caught up with waits on."""
    # Claimed is not fired yet: the engine must see the clock running when it runs out.
    agenda.put_back(desk.session, row)
    decision = take_step(
        desk,
        case,
        Happening(
            kind=Source.TIMER,
            name=row.name,
            unit=row.unit,
            step=row.step,
            at=row.due_at,
            on=desk.local_date(row.due_at),
            level=Level.RECORDED,
        ),
    )
    if any(refusal.code == "mailbox_not_read" for refusal in decision.refused):
        agenda.put_back(desk.session, row, until=desk.now + MAILBOX_PATIENCE)
    else:
        agenda.mark_fired(desk.session, row, now=desk.now)
    if any(refusal.code == "G_APPROVED" for refusal in decision.refused):
        # Its hour came, and what would leave is not what was approved.
        review_circular(desk, case)


def _fire_rounds(desk: Desk, rows: Iterable[DeadlineRow]) -> None:
    """Queue notices to volunteers, no more than one piece in a transaction; what is left stays due."""
    left = PIECE
    waiting = list(rows)
    while waiting and left > 0:
        row = waiting.pop(0)
        case = cases.get_case(desk.session, row.case_id or 0)
        left -= fire_round(desk, case, row, limit=left)
    if waiting:
        agenda.put_back_all(desk.session, waiting)
