"""Do what falls due: reminders to the owner, the overdue mark and its notice upwards, timers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from actions.desk import Desk
from actions.erase_names import erase_names
from actions.find_addressees import Addressee, addressees, owners_of, unique
from actions.letter_values import period_in_words, unit_in_words
from actions.read_case import read_situation, working_days
from actions.refresh_agenda import CHASE, DELIVERY, LADDER, chase_again
from actions.release_list import REVIEW
from actions.remind_volunteers import PIECE, fire_round, is_round_of_volunteers
from actions.review_circular import review_circular
from actions.run_round import is_known_round, run_round
from actions.send_letter import one_time_code, send
from actions.settle_post import fire_post
from actions.take_step import take_step
from procedures import engine
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance, Situation, Status
from procedures.organisation import Post, find_exception, levels_above
from storage import agenda, cases
from storage.agenda import DeadlineKind, DeadlineRow
from storage.cases import CaseRow

BATCH = 500
_WHO_GOES_ON = {"pac": "la región", "region": "el OOAD", "ooad": "el listado nacional"}
MAILBOX_PATIENCE = timedelta(minutes=5)


def fire_deadlines(desk: Desk) -> int:
    """Fire what is due at this instant, in order, and return how many rows fired.

    What a person owes is told in one letter, however many steps it concerns.
    """
    rows = agenda.claim_due(desk.session, now=desk.now, limit=BATCH)
    by_case: dict[int, list[DeadlineRow]] = defaultdict(list)
    for row in rows:
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
        _notify(desk, case, [row for row in due if row.kind not in {DeadlineKind.TIMER, DeadlineKind.ROUND}])
    _fire_rounds(desk, [row for row in rows if is_round_of_volunteers(row)])
    if rows:
        desk.wake_couriers()
    return len(rows)


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


def _notify(desk: Desk, case: CaseRow, rows: Iterable[DeadlineRow]) -> None:
    situation = read_situation(desk, case)
    for row in rows:
        instance = Instance(row.step, row.unit)
        owed = {Status.OPEN, Status.BLOCKED} | ({Status.PENDING} if row.step == DELIVERY else set())
        if row.due_on is None or engine.status(situation, instance) not in owed:
            continue
        kind = "step_overdue" if row.kind is DeadlineKind.OVERDUE else "step_reminded"
        desk.note(
            kind, case_id=case.id, step=row.step, unit=row.unit, channel="timer", due=f"{row.due_on:%d-%m-%Y}"
        )
        owners = engine.owners(situation, instance)
        _remind(desk, case, situation, row, owners_of(desk, case, owners, row.step, row.unit))
        if row.kind is DeadlineKind.OVERDUE:
            level = 1 if row.name == str(LADDER[0]) else 2
            above = levels_above(situation, instance, levels=level)[-1]
            to = [who for post in above for who in addressees(desk, post.role, post.unit)]
            _escalate(desk, case, situation, row, owners[0], unique(to))
        if row.step == DELIVERY and (row.kind is DeadlineKind.OVERDUE or row.name == CHASE):
            chase_again(desk, case, row)


def _remind(desk: Desk, case: CaseRow, situation: Situation, row: DeadlineRow, to: list[Addressee]) -> None:
    due_on = row.due_on or desk.today
    days = working_days(desk)
    left = days.count(desk.today, due_on) if due_on >= desk.today else -days.count(due_on, desk.today)
    values = {**_common(desk, case, situation, row), "days_left": left}
    # Whoever is reminded by the clock and by a superior on one day gets one letter.
    version = desk.today.isoformat()
    send(desk, "M-45", values, to, case=case, step=row.step, unit=row.unit, version=version)


def _escalate(
    desk: Desk,
    case: CaseRow,
    situation: Situation,
    row: DeadlineRow,
    owner: tuple[str, str],
    to: list[Addressee],
) -> None:
    due_on = row.due_on or desk.today
    role, unit = owner
    values = {
        **_common(desk, case, situation, row),
        "owner": f"{role}, {unit_in_words(case, unit)}",
        "days_late": working_days(desk).count(due_on, desk.today),
    }
    exception = find_exception(situation, Instance(row.step, row.unit))
    for who in to:
        options = []
        if (
            exception is not None
            and who.person_id is not None
            and Post(who.role, who.unit) in exception.posts
        ):
            # Whoever integrates may document that a unit did not deliver, so that the others can go on (AC-25).
            code = one_time_code(
                desk,
                who.person_id,
                case_id=case.id,
                act=f"EXCEPT:{exception.step}",
                unit=row.unit,
                valid=timedelta(days=30),
            )
            goes_on = _WHO_GOES_ON[exception.scope]
            options = [
                "Comunicarse con la persona responsable.",
                f"Asentar la excepción, para que {goes_on} pueda continuar: conteste EXCEPCIÓN, el motivo y el código {code}.",
            ]
        send(
            desk,
            "M-46",
            {**values, "options": options},
            [who],
            case=case,
            step=row.step,
            unit=row.unit,
            version=_version(desk, row),
        )


def _common(desk: Desk, case: CaseRow, situation: Situation, row: DeadlineRow) -> dict[str, Any]:
    return {
        "step": row.step,
        "title": situation.definition.steps[row.step].title,
        "unit": unit_in_words(case, row.unit),
        "period": period_in_words(desk, case),
        "due": row.due_on,
        "due_reason": row.reason,
    }


def _version(desk: Desk, row: DeadlineRow) -> str:
    return f"{row.kind.value}/{desk.today.isoformat()}"
