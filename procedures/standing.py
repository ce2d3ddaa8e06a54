"""Answer what is open and for whom, what it waits for, and when it is due. Pure questions."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from procedures import deadlines
from procedures.deadline_rules import DueKind, DueRule, Rule, names_in, rules_of
from procedures.deadlines import Dates, DueDate
from procedures.definition import NATION, ROOT_UNIT, Deadline, Gate, Join, OnFail, Step
from procedures.predicates import GATES, View, designated_region, holds
from procedures.situation import Instance, Outcome, Situation, Timer, UnknownInstance, as_date
from procedures.working_days import WorkingDays


class Status(StrEnum):
    """Where an instance stands."""

    PENDING = "pending"
    OPEN = "open"
    BLOCKED = "blocked"
    """Everything before it is done, but a gate refuses."""
    DONE = "done"
    EXCEPTED = "excepted"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why something was not taken, in Spanish. `code` is the gate's name, or the engine's word."""

    instance: Instance
    code: str
    text: str


def status(situation: Situation, instance: Instance, today: date | None = None) -> Status:
    """Return where an instance stands.

    `today` is needed only by the gates that look at the day (G_ENDED).

    Raises:
        UnknownInstance: there is no such step, or no such unit in its scope.
    """
    step = _step(situation, instance)
    record = situation.record(instance.step, instance.unit)
    view = View(situation=situation, unit=instance.unit, today=today)
    states = situation.definition.states
    # After the end only a rectification or a late answer may still come: nobody is asked for it.
    ended = states is not None and situation.state in states.final
    if record is not None and (ended or not _opens_again(step, view)):
        return Status.EXCEPTED if record.outcome is Outcome.EXCEPTED else Status.DONE
    if ended:
        return Status.NOT_APPLICABLE
    return readiness(situation, step, view)


def _opens_again(step: Step, view: View) -> bool:
    """Tell whether what was done may be asked for again: by its state, or because its condition holds anew."""
    return step.repeat and bool(step.from_states or (step.when and holds(step.when, view)))


def open_instances(situation: Situation, today: date | None = None) -> tuple[Instance, ...]:
    """Return every instance that somebody may take now, in the order of the document."""
    return tuple(
        instance for instance in _awaited(situation) if status(situation, instance, today) is Status.OPEN
    )


def open_instances_near(
    situation: Situation, posts: Collection[tuple[str, str]], today: date | None = None
) -> tuple[Instance, ...]:
    """Return every instance that is open at some posts (role, unit), above or below them, and that such roles may own."""
    definition = situation.definition
    roles = {role for role, _unit in posts}
    places = {ROOT_UNIT if unit == NATION else unit for _role, unit in posts}
    here = places & situation.tree.scope_of.keys()
    return tuple(
        Instance(step.id, unit)
        for step in definition.steps.values()
        if not step.at_will and roles & definition.owning_roles[step.id]
        for unit in dict.fromkeys(
            unit for place in sorted(here) for unit in situation.tree.related(place, step.scope)
        )
        if status(situation, Instance(step.id, unit), today) is Status.OPEN
    )


def waiting_instances(situation: Situation, today: date | None = None) -> tuple[Instance, ...]:
    """Return every instance that is open, or would be if a gate let it."""
    waiting = {Status.OPEN, Status.BLOCKED}
    return tuple(
        instance for instance in _awaited(situation) if status(situation, instance, today) in waiting
    )


def _awaited(situation: Situation) -> Iterator[Instance]:
    """Give the instances that somebody waits for; what is done at will is nobody's duty."""
    return (
        instance
        for instance in situation.instances()
        if not situation.definition.steps[instance.step].at_will
    )


def opened_by(before: Situation, after: Situation, today: date | None = None) -> tuple[Instance, ...]:
    """Return what is open after and was not before, looking only at what the change can reach."""
    return _newly(before, after, Status.OPEN, today)


def blocked_by(before: Situation, after: Situation, today: date | None = None) -> tuple[Instance, ...]:
    """Return what waits only for a gate after, and did not before."""
    return _newly(before, after, Status.BLOCKED, today)


def _newly(before: Situation, after: Situation, wanted: Status, today: date | None) -> tuple[Instance, ...]:
    found = []
    for instance in _touched(before, after):
        if after.definition.steps[instance.step].at_will or status(after, instance, today) is not wanted:
            continue
        try:
            was = status(before, instance, today)
        except UnknownInstance:
            was = Status.PENDING
        if was is not wanted:
            found.append(instance)
    order = {step: index for index, step in enumerate(after.definition.steps)}
    return tuple(sorted(found, key=lambda instance: (order[instance.step], instance.unit)))


def _touched(before: Situation, after: Situation) -> Iterable[Instance]:
    """Return the instances whose status the change may have moved."""
    changes = after.changes_since(before)
    if changes is None:
        return tuple(after.instances())
    instances, units, state = changes
    if state or ROOT_UNIT in units:
        return tuple(after.instances())
    found: set[Instance] = set()
    gated = [step for step in after.definition.steps.values() if step.gates]
    for instance in instances:
        found.add(instance)
        found.update(followers_of(after, instance))
        # Gates look at the records of steps that they do not follow, always of their own unit or below.
        found.update(
            Instance(step.id, near)
            for step in gated
            for near in after.tree.containing(instance.unit, step.scope)
        )
    for unit in units:
        # What is known of a unit bears on its own steps, on those below and on those that join it.
        for step in after.definition.steps.values():
            found.update(Instance(step.id, near) for near in after.tree.related(unit, step.scope))
    return found


def followers_of(situation: Situation, instance: Instance) -> set[Instance]:
    """Return the instances that wait for one, through those that do not apply."""
    definition = situation.definition
    found: set[Instance] = set()
    frontier = [instance]
    while frontier:
        earlier = frontier.pop()
        for later in definition.followers[earlier.step]:
            for unit in situation.tree.related(earlier.unit, definition.steps[later].scope):
                follower = Instance(later, unit)
                if follower in found:
                    continue
                found.add(follower)
                view = View(situation=situation, unit=unit)
                if holds(definition.steps[later].when, view) is not True:
                    frontier.append(follower)
    return found


def owners(situation: Situation, instance: Instance) -> tuple[tuple[str, str], ...]:
    """Return the posts whose step it is, as (role, unit); for somebody outside, who records for them."""
    step = _step(situation, instance)
    return posts_of(situation, step.actors, instance.unit)


def posts_of(situation: Situation, roles: Iterable[str], unit: str) -> tuple[tuple[str, str], ...]:
    """Return the posts of some roles that have to do with a unit, in order and each once."""
    found: dict[tuple[str, str], None] = {}
    for key in roles:
        role = situation.definition.roles[key]
        if role.through:
            found.update(dict.fromkeys(posts_of(situation, (role.through,), unit)))
        elif role.stands_for:
            region = designated_region(View(situation=situation, unit=unit))
            if region is not None:
                found[role.stands_for, region] = None
        elif role.at == NATION:
            found[key, NATION] = None
        else:
            for near in situation.tree.related(unit, role.at):
                if holds(role.when, View(situation=situation, unit=near)) is not False:
                    found[key, near] = None
    return tuple(found)


def lacks_proof(situation: Situation, instance: Instance) -> bool:
    """Tell whether a step counts as done on weaker evidence than it needs ("atestado, falta documento")."""
    record = situation.record(instance.step, instance.unit)
    needs = _step(situation, instance).needs
    return record is not None and record.outcome is Outcome.DONE and record.level.rank < needs.rank


def _step(situation: Situation, instance: Instance) -> Step:
    step = situation.definition.steps.get(instance.step)
    if step is None or situation.tree.scope_of.get(instance.unit) != step.scope:
        raise UnknownInstance(instance.step, instance.unit)
    return step


def readiness(situation: Situation, step: Step, view: View) -> Status:
    """Return the status of an instance as if it had no record."""
    applies = holds(step.when, view)
    if step.from_states:
        if situation.state not in step.from_states or applies is not True:
            return Status.PENDING
    elif applies is False:
        return Status.NOT_APPLICABLE
    if applies is None or _missing(situation, step, view.unit):
        return Status.PENDING
    return Status.BLOCKED if next(closed_gates(step, view, blocking=True), None) else Status.OPEN


def is_settled(situation: Situation, step: str, unit: str) -> bool:
    """Tell whether what follows need not wait: done, excepted, or not applicable."""
    if situation.record(step, unit) is not None:
        return True
    when = situation.definition.steps[step].when
    return bool(when) and holds(when, View(situation=situation, unit=unit)) is False


def _missing(situation: Situation, step: Step, unit: str) -> bool:
    """Tell whether something that comes before is not settled."""
    return next(missing_before(situation, step, unit), None) is not None


def missing_before(situation: Situation, step: Step, unit: str) -> Iterator[Instance]:
    """Give the instances that a step still waits for."""
    if step.after is None:
        return
    for earlier in step.after.steps:
        scope = situation.definition.steps[earlier].scope
        near = situation.tree.related(unit, scope)
        if step.after.join is Join.ANY and situation.tree.is_narrower(scope, step.scope):
            if not any(situation.record(earlier, other) for other in near):
                yield Instance(earlier, unit)
        else:
            for other in near:
                if not is_settled(situation, earlier, other):
                    yield Instance(earlier, other)


def held_up_by(situation: Situation, instance: Instance, today: date | None = None) -> tuple[Instance, ...]:
    """Return what somebody must do now, so that a step can come: the steps before it at which the case stands.

    Raises:
        UnknownInstance: there is no such step, or no such unit in its scope.
    """
    found: dict[Instance, None] = {}
    seen = {instance}
    waiting = [instance]
    while waiting:
        later = waiting.pop(0)
        for missing in missing_before(situation, _step(situation, later), later.unit):
            scope = situation.definition.steps[missing.step].scope
            # What any unit below may bring is missing as a whole: each of them is named.
            for unit in situation.tree.related(missing.unit, scope):
                earlier = Instance(missing.step, unit)
                if earlier in seen:
                    continue
                seen.add(earlier)
                match status(situation, earlier, today):
                    case Status.OPEN | Status.BLOCKED:
                        found[earlier] = None
                    case Status.PENDING:
                        waiting.append(earlier)
    return tuple(found)


def closed_gates(step: Step, view: View, *, blocking: bool) -> Iterator[Refusal]:
    """Give the gates of a step that do not hold: those that block, or those that only alarm."""
    for name in step.gates:
        gate = view.situation.definition.gates[name]
        if (gate.on_fail is not OnFail.ALARM) is not blocking or _is_overridden(gate, view):
            continue
        if gate.of_entry and view.happening is None:
            continue
        words = GATES[name](
            View(
                situation=view.situation,
                unit=view.unit,
                happening=view.happening,
                today=view.today,
                gate=gate,
            )
        )
        if words is not None:
            named = {"unit": view.situation.name_of(view.unit), **words}
            yield Refusal(instance=Instance(step.id, view.unit), code=name, text=gate.refusal.format(**named))


def _is_overridden(gate: Gate, view: View) -> bool:
    overridden = view.situation.facts(view.unit).get("overridden", ())
    return isinstance(overridden, list | tuple) and gate.name in overridden


# What is due.


def due(situation: Situation, instance: Instance, working_days: WorkingDays) -> DueDate | None:
    """Return when an instance is due and why; None when it has no term, or one not known yet."""
    step = _step(situation, instance)
    return term_of(situation, step.due, instance.unit, working_days)


def due_steps(
    situation: Situation, today: date, working_days: WorkingDays
) -> tuple[tuple[Instance, DueDate, bool], ...]:
    """Return every waiting instance that has a term, with it and whether it is overdue."""
    found = []
    reckoned: dict[tuple[str, tuple[tuple[str, date], ...]], DueDate | None] = {}
    for instance in waiting_instances(situation, today):
        deadline = situation.definition.steps[instance.step].due
        if deadline is None:
            continue
        known = _known_dates(situation, deadline.rule.rule, instance.unit)
        key = (deadline.name, tuple(sorted(known.items())))
        if key not in reckoned:
            reckoned[key] = _due_date(situation, deadline.rule, known, working_days)
        when = reckoned[key]
        if when is not None:
            found.append((instance, when, today > when.on))
    return tuple(found)


def reminders_of(
    situation: Situation, timer: Timer, working_days: WorkingDays
) -> tuple[tuple[DueDate, str], ...]:
    """Return when a running timer reminds, and with which message."""
    rule = situation.definition.timers[timer.name]
    dated = [
        (term_of(situation, reminder.deadline, timer.unit, working_days), reminder.send)
        for reminder in rule.reminders
    ]
    return tuple((when, message) for when, message in dated if when is not None)


def is_late(due_date: DueDate | None, on: date) -> bool:
    """Tell whether a step done on a day is late; a target of the office is never missed."""
    return due_date is not None and due_date.kind is not DueKind.SOFT and on > due_date.on


def term_of(
    situation: Situation, deadline: Deadline | None, unit: str, working_days: WorkingDays
) -> DueDate | None:
    """Return the date of a term for a unit; None when there is no term, or it is not known yet."""
    if deadline is None:
        return None
    known = _known_dates(situation, deadline.rule.rule, unit)
    return _due_date(situation, deadline.rule, known, working_days)


def _due_date(
    situation: Situation, rule: DueRule, known: Mapping[str, date], working_days: WorkingDays
) -> DueDate | None:
    dates = Dates(known=known, parameters=_parameters(situation), labels=situation.definition.moments)
    return deadlines.due_date(rule, dates, working_days)


def _known_dates(situation: Situation, rule: Rule, unit: str) -> dict[str, date]:
    """Return what is known of the dates that a rule names: facts, the calendar, steps, timers."""
    known: dict[str, date] = {}
    calendar = situation.facts().get("calendar")
    for name in names_in(rule) | _names_in_parameters(situation):
        found = as_date(situation.fact(unit, name))
        if found is None and isinstance(calendar, Mapping):
            found = as_date(calendar.get(name))
        if found is None and name in situation.definition.steps:
            found = _done_on(situation, name, unit)
        if found is None and (timer := situation.timer(name, unit)):
            found = timer.due_on
        if found is not None:
            known[name] = found
    return known


def _done_on(situation: Situation, step: str, unit: str) -> date | None:
    """Return the day on which a step was done, the last one where several units did it."""
    scope = situation.definition.steps[step].scope
    records = [situation.record(step, other) for other in situation.tree.related(unit, scope)]
    days = [record.on for record in records if record is not None]
    return max(days) if days and len(days) == len(records) else None


def _parameters(situation: Situation) -> Mapping[str, Rule | None]:
    """Return the terms that the office sets by a key; what it left unset is no term."""
    usual = situation.definition.parameter_rules
    given = situation.facts().get("parameters")
    return {**usual, **rules_of(given)} if isinstance(given, Mapping) else usual


def _names_in_parameters(situation: Situation) -> frozenset[str]:
    rules = _parameters(situation).values() if situation.definition.parameters else ()
    return frozenset(name for rule in rules if rule is not None for name in names_in(rule))
