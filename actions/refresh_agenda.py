"""Set the agenda right after something happened: what is open falls due, what is done does not."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from actions.desk import Desk
from actions.read_case import definition_of, working_days
from procedures import engine
from procedures.deadlines import DueDate, expiry_instant
from procedures.definition import Source, TimerRule
from procedures.engine import Instance, Situation, Status, Taken
from procedures.working_days import WorkingDays
from storage import agenda
from storage.agenda import DeadlineKind, DeadlineRow, Due
from storage.cases import CaseRow

MORNING = time(9)
"""Reminders leave at 09:00 of the office (ledger 7.6)."""
CLOSING = time(16)
"""What the desk does in somebody's stead on the last day, it does when the office closes."""
NOTICE_DAYS = 2
LADDER = (1, 3)
"""Working days after which the next level hears of a late step, and the one above it (ledger 7.6)."""
CHASE, CHASES = "chase", 10
"""A late list is asked for on so many working days at the most."""
DELIVERY = "A08"
DELIVERY_STEPS = frozenset({"A05", "A06", "A07", DELIVERY})
SETTLED = frozenset({Status.DONE, Status.EXCEPTED, Status.NOT_APPLICABLE})


def refresh_agenda(
    desk: Desk,
    case: CaseRow,
    situation: Situation,
    *,
    touched: Iterable[Instance] = (),
    opened: Iterable[Instance] | None = None,
) -> None:
    """Cancel what is over and put down what opened.

    Without `opened`, every open instance is put down anew: dates may have changed.
    """
    settled = {
        (instance.step, instance.unit)
        for instance in touched
        if engine.status(situation, instance) in SETTLED
    }
    agenda.cancel_reminders(desk.session, case.id, settled)
    days = working_days(desk)
    agenda.put(
        desk.session,
        [
            due
            for instance in (engine.open_instances(situation) if opened is None else opened)
            for due in _dues(desk, case, situation, instance, days)
        ],
    )


def _dues(
    desk: Desk, case: CaseRow, situation: Situation, instance: Instance, days: WorkingDays
) -> Iterator[Due]:
    due = engine.due(situation, instance, days)
    if due is None or not engine.owners(situation, instance) or _only_waits(situation, instance):
        return
    if instance.step in DELIVERY_STEPS:
        # Four activities, one thing to do: it is owed until the list is delivered, whatever was attested before.
        instance = Instance(DELIVERY, instance.unit)
    notice = days.subtract(due.on, NOTICE_DAYS)
    if notice > desk.today:
        yield _due(case, instance, DeadlineKind.REMINDER, "", due, _at(desk, notice, MORNING))
    if due.on >= desk.today:
        yield _due(case, instance, DeadlineKind.DUE, "", due, _at(desk, due.on, MORNING))
    for late in LADDER:
        at = _at(desk, days.add(due.on, late), MORNING)
        yield _due(case, instance, DeadlineKind.OVERDUE, str(late), due, at)


def chase_again(desk: Desk, case: CaseRow, row: DeadlineRow) -> None:
    """Put the next reminder of a late list down: one each working day, until it comes or nobody expects it any more."""
    days = working_days(desk)
    if row.due_on is None or days.count(row.due_on, desk.today) >= CHASES:
        return
    at = _at(desk, days.add(desk.today, 1), MORNING)
    due = agenda.Due(
        key=f"{case.id}/{row.step}/{row.unit}/{DeadlineKind.REMINDER.value}{CHASE}",
        kind=DeadlineKind.REMINDER,
        case_id=case.id,
        step=row.step,
        unit=row.unit,
        name=CHASE,
        due_at=at,
        due_on=row.due_on,
        reason=row.reason,
    )
    agenda.put(desk.session, [due])


def _only_waits(situation: Situation, instance: Instance) -> bool:
    """Tell whether a step waits for nobody but its clock (an approved circular): nobody is reminded of it."""
    sources = {trigger.source for trigger in situation.definition.steps[instance.step].on}
    return Source.TIMER in sources and not {Source.MAIL, Source.CHAT} & sources


def keep_timers(desk: Desk, case: CaseRow, taken: Iterable[Taken]) -> None:
    """Put down the clocks that steps started, and end those that they cancelled."""
    definition = definition_of(desk, case)
    for step in taken:
        for timer in step.cancels:
            agenda.cancel(desk.session, _timer_key(case, timer.name, timer.unit))
        agenda.put(
            desk.session,
            [
                _clock(desk, case, definition.timers[timer.name], timer.unit, due)
                for timer, due in step.starts
            ],
            anew=True,
        )


def _clock(desk: Desk, case: CaseRow, rule: TimerRule, unit: str, due: DueDate) -> Due:
    # A silence has a legal effect, and waits for the day to be over; a stand-in acts when the office closes.
    at = expiry_instant(due.on, desk.office.zone) if rule.silence else _at(desk, due.on, rule.hour or CLOSING)
    return Due(
        key=_timer_key(case, rule.name, unit),
        kind=DeadlineKind.TIMER,
        case_id=case.id,
        step=rule.fires,
        unit=unit,
        name=rule.name,
        # A clock that is started after its hour runs out at once, however often it did before.
        due_at=max(at, desk.now),
        due_on=due.on,
        reason=due.reason[:500],
    )


def _timer_key(case: CaseRow, name: str, unit: str) -> str:
    return f"{case.id}/timer/{name}/{unit}"


def _due(case: CaseRow, instance: Instance, kind: DeadlineKind, name: str, due: DueDate, at: datetime) -> Due:
    return Due(
        key=f"{case.id}/{instance.step}/{instance.unit}/{kind.value}{name}",
        kind=kind,
        case_id=case.id,
        step=instance.step,
        unit=instance.unit,
        name=name,
        due_at=at,
        due_on=due.on,
        reason=due.reason[:500],
    )


def _at(desk: Desk, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=desk.office.zone)
