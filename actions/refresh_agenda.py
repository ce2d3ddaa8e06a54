"""Set the agenda right after something happened: what is open falls due, what is done does not."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from actions.desk import Desk
from actions.read_case import definition_of, working_days
from actions.tell_by_chat import zone_of
from procedures import engine
from procedures.deadlines import DueDate, expiry_instant
from procedures.definition import Source, TimerRule
from procedures.engine import Instance, Situation, Status, Taken
from procedures.working_days import WorkingDays
from storage import agenda
from storage.agenda import DeadlineKind, DeadlineRow, Due
from storage.cases import CaseRow

CLOSING = time(16)
"""What the desk does in somebody's stead on the last day, it does when the office closes."""
CHASE = "chase"
"""The name of the rung by which a late list is asked for once more."""
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
            for due in _dues(desk, case, situation, instance, days, just_opened=opened is not None)
        ],
    )


def _dues(
    desk: Desk,
    case: CaseRow,
    situation: Situation,
    instance: Instance,
    days: WorkingDays,
    *,
    just_opened: bool,
) -> Iterator[Due]:
    """Yield the rungs of a step's ladder, and the further hours of its last day (ledger 7.6)."""
    due = engine.due(situation, instance, days)
    if due is None or not engine.owners(situation, instance) or _only_waits(situation, instance):
        return
    if instance.step in DELIVERY_STEPS:
        # Four activities, one thing to do: it is owed until the list is delivered, whatever was attested before.
        instance = Instance(DELIVERY, instance.unit)
    zone = zone_of(desk, instance.unit)
    reminding = situation.definition.reminding
    for rung, day in reminding.rungs(due.on, days):
        at = datetime.combine(day, reminding.opens, zone)
        if rung.working_days < 0 and day <= desk.today:
            # Whoever is asked on that very day needs no notice.
            continue
        if rung.working_days == 0 and (due.on < desk.today or (just_opened and at <= desk.now)):
            continue
        kind = _KINDS[(rung.working_days > 0) - (rung.working_days < 0)]
        yield _due(case, instance, kind, str(rung.working_days), due, at)
    for hour in situation.definition.steps[instance.step].insist:
        at = datetime.combine(due.on, hour, zone)
        if at > desk.now:
            yield _due(case, instance, DeadlineKind.DUE, f"{hour:%H:%M}", due, at)


_KINDS = {-1: DeadlineKind.REMINDER, 0: DeadlineKind.DUE, 1: DeadlineKind.OVERDUE}


def chase_again(desk: Desk, case: CaseRow, situation: Situation, row: DeadlineRow) -> None:
    """Put the next reminder of what is late down: one each working day, as long as its definition says."""
    days = working_days(desk)
    chases = situation.definition.steps[row.step].chases
    if row.due_on is None or days.count(row.due_on, desk.today) >= chases:
        return
    opens = situation.definition.reminding.opens
    at = datetime.combine(days.add(desk.today, 1), opens, zone_of(desk, row.unit))
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
