"""Take a step: its record, its effects, its timers, what falls because of it and what follows from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from procedures.deadlines import DueDate
from procedures.definition import EMIT, OPENED, Effect, Level, Source, Step, TimerRule
from procedures.predicates import View, holds
from procedures.situation import Happening, Instance, Outcome, Record, Situation, Timer, TimerState
from procedures.standing import (
    Refusal,
    Status,
    closed_gates,
    followers_of,
    is_late,
    is_settled,
    readiness,
    term_of,
)
from procedures.working_days import WorkingDays


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A step that was taken, or fell, and all that follows from it for the caller to do."""

    instance: Instance
    outcome: Outcome = Outcome.DONE
    level: Level
    effects: tuple[Effect, ...] = ()
    starts: tuple[tuple[Timer, DueDate], ...] = ()
    cancels: tuple[Timer, ...] = ()
    to_state: str = ""
    due: DueDate | None = None
    late: bool = False
    on: date | None = None
    """The legal date; of a step that only got firmer evidence, that on which it was done."""
    by_system: bool = False
    alarms: tuple[Refusal, ...] = ()
    """Gates that do not hold and only alarm."""


_CHAIN_LIMIT = 1_000
"""More events in one entry than any definition means; a circle of events ends here."""


class Taking:
    """The work of one entry: where the case stands so far, and what was taken on the way."""

    def __init__(self, situation: Situation, happening: Happening, working_days: WorkingDays) -> None:
        self.situation = situation
        self.happening = happening
        self.working_days = working_days
        self.definition = situation.definition
        self.taken: list[Taken] = []
        self._events: list[tuple[str, str]] = []

    def view(self, unit: str) -> View:
        """Return what a condition may look at from a unit while this entry is weighed."""
        return View(situation=self.situation, unit=unit, happening=self.happening, today=self.happening.on)

    def firms_up(self, step: Step, record: Record) -> bool:
        """Tell whether the entry brings firmer evidence of a step that is already done."""
        return self.happening.step == step.id and self.happening.level.rank > record.level.rank

    def branch_of(self, step: Step, unit: str) -> int | None:
        """Return which branch holds, the first one that does."""
        for index, branch in enumerate(step.branches):
            if holds(branch.when, self.view(unit)) is True:
                return index
        return None

    def take(self, step: Step, unit: str, *, by_system: bool = False) -> bool:
        """Take a step: its record, its effects, its timers, what it reopens and its state."""
        effects, starts, cancels = list(step.effects), list(step.starts), list(step.cancels)
        to_state = step.to_state
        if step.branches:
            index = self.branch_of(step, unit)
            if index is None:
                return False
            branch = step.branches[index]
            effects += branch.effects
            starts += branch.starts
            cancels += branch.cancels
            to_state = branch.to or to_state
        view = self.view(unit)
        record = self.situation.record(step.id, unit)
        firmer = (
            record is not None
            and record.outcome is Outcome.DONE
            and not step.repeat
            and self.firms_up(step, record)
        )
        wanted = [] if firmer else [effect for effect in effects if holds(effect.when, view) is True]
        alarms = tuple(closed_gates(step, view, blocking=False))
        happening = self.happening
        level = Level.RECORDED if by_system else happening.level
        due_date = term_of(self.situation, step.due, unit, self.working_days)
        done_on = record.on if firmer and record is not None else happening.on
        self._record(step.id, unit, Outcome.DONE, level, done_on)
        position = len(self.taken)
        cancelled: tuple[Timer, ...] = ()
        started: tuple[tuple[Timer, DueDate], ...] = ()
        if not firmer:
            for other in step.reopens:
                self.undo(other, unit, Outcome.VOIDED)
            for other in step.rectifies:
                self.undo(other, unit, Outcome.RECTIFIED)
            if to_state:
                self.situation = self.situation.with_state(to_state)
            cancelled = self._cancel(cancels, unit)
            started = self._start(starts, unit)
            self._events += [(effect.argument, unit) for effect in wanted if effect.name == EMIT]
        self.taken.insert(
            position,
            Taken(
                instance=Instance(step.id, unit),
                level=level,
                effects=tuple(effect for effect in wanted if effect.name != EMIT),
                starts=started,
                cancels=cancelled,
                to_state=to_state,
                due=due_date,
                late=is_late(due_date, done_on),
                on=done_on,
                by_system=by_system or happening.kind is Source.TIMER,
                alarms=alarms,
            ),
        )
        return True

    def _record(self, step: str, unit: str, outcome: Outcome, level: Level, on: date | None = None) -> None:
        self.situation = self.situation.after(
            Record(
                step=step,
                unit=unit,
                outcome=outcome,
                at=self.happening.at,
                on=on or self.happening.on,
                level=level,
            )
        )

    def undo(self, step: str, unit: str, outcome: Outcome, effects: tuple[Effect, ...] = ()) -> bool:
        """Void what stands of a step in the units that have to do with one; tell whether anything did."""
        found = False
        scope = self.definition.steps[step].scope
        for other in self.situation.tree.related(unit, scope):
            record = self.situation.record(step, other)
            if record is None:
                continue
            self._record(step, other, outcome, record.level)
            self.taken.append(
                Taken(
                    instance=Instance(step, other),
                    outcome=outcome,
                    level=record.level,
                    effects=effects,
                    # The clocks of a step that falls stop: what they would do rested on it.
                    cancels=self._cancel(self.definition.steps[step].starts, other),
                )
            )
            found = True
        return found

    def _timer_units(self, rule: TimerRule, unit: str) -> Iterator[str]:
        """Give the units for which a timer runs: those of the step that it fires, where it applies."""
        step = self.definition.steps[rule.fires]
        for other in self.situation.tree.related(unit, step.scope):
            if step.from_states or holds(step.when, View(situation=self.situation, unit=other)) is not False:
                yield other

    def _start(self, names: Iterable[str], unit: str) -> tuple[tuple[Timer, DueDate], ...]:
        started = []
        for name in names:
            rule = self.definition.timers[name]
            for other in self._timer_units(rule, unit):
                when = term_of(self.situation, rule.deadline, other, self.working_days)
                if when is not None:
                    started.append((Timer(name=name, unit=other, due_on=when.on), when))
        self.situation = self.situation.with_timers(*(timer for timer, _ in started))
        return tuple(started)

    def _cancel(self, names: Iterable[str], unit: str) -> tuple[Timer, ...]:
        cancelled = []
        for name in names:
            scope = self.definition.steps[self.definition.timers[name].fires].scope
            for other in self.situation.tree.related(unit, scope):
                timer = self.situation.timer(name, other)
                if timer is not None and timer.state is TimerState.RUNNING:
                    cancelled.append(
                        Timer(name=name, unit=other, due_on=timer.due_on, state=TimerState.CANCELLED)
                    )
        self.situation = self.situation.with_timers(*cancelled)
        return tuple(cancelled)

    def follow(self, unit: str) -> None:
        """Answer the events of the case itself, and take the steps that take themselves."""
        seen = 0
        answered = 0
        near = {
            Instance(step.id, other)
            for step in self.definition.automatic
            for other in self.situation.tree.related(unit, step.scope)
            if not self.situation.tree.is_narrower(step.scope, self.situation.tree.scope_of[unit])
        }
        while answered < _CHAIN_LIMIT:
            if self._events:
                name, at = self._events.pop(0)
                answered += 1
                self._answer_event(name, at)
                continue
            candidates = set(near)
            for taken in self.taken[seen:]:
                candidates.update(
                    follower
                    for follower in followers_of(self.situation, taken.instance)
                    if self.definition.steps[follower.step].is_automatic
                )
            seen = len(self.taken)
            order = sorted(candidates, key=lambda instance: (instance.step, instance.unit))
            if not any(self._take_itself(instance) for instance in order):
                return
            answered += 1

    def _take_itself(self, instance: Instance) -> bool:
        """Take a step that needs nobody, if it is open; a step done stays done."""
        step = self.definition.steps[instance.step]
        if self.situation.record(step.id, instance.unit) is not None:
            return False
        view = self.view(instance.unit)
        willing = any(
            trigger.source is Source.EVENT and trigger.name == OPENED and holds(trigger.when, view) is True
            for trigger in step.on
        )
        if not willing or readiness(self.situation, step, view) is not Status.OPEN:
            return False
        return self.take(step, instance.unit, by_system=True)

    def _answer_event(self, name: str, unit: str) -> None:
        """Take the first step that such an event takes in this case."""
        for step, trigger in self.definition.listeners(Source.EVENT, name):
            for other in self.situation.tree.related(unit, step.scope):
                record = self.situation.record(step.id, other)
                view = self.view(other)
                if (
                    (record is None or step.repeat)
                    and holds(trigger.when, view) is True
                    and readiness(self.situation, step, view) is Status.OPEN
                    and self.take(step, other, by_system=True)
                ):
                    return

    def except_with_earlier(self, step: Step, unit: str) -> None:
        """Except a step and, before it, what it waited for in the same unit and below."""
        tree = self.situation.tree
        if is_settled(self.situation, step.id, unit):
            return
        for earlier in step.after.steps if step.after else ():
            known = self.definition.steps[earlier]
            if known.scope == step.scope or tree.is_narrower(known.scope, step.scope):
                for other in tree.related(unit, known.scope):
                    self.except_with_earlier(known, other)
        level = self.happening.level
        self._record(step.id, unit, Outcome.EXCEPTED, level)
        self.taken.append(Taken(instance=Instance(step.id, unit), outcome=Outcome.EXCEPTED, level=level))
