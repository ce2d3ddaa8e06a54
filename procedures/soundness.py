"""Find what does not resolve in a definition, and what in it can never work."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from procedures.deadline_rules import names_in, parameters_in
from procedures.definition import (
    EMIT,
    NATION,
    OPENED,
    Branch,
    Deadline,
    Definition,
    Effect,
    Gate,
    OnFail,
    Source,
    Step,
)
from procedures.predicates import GATES, PREDICATES

_SEND = "send"
_IMPLICIT_MOMENTS = frozenset({"month", "year"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something wrong: where, the code of its sentence, and the words that it needs."""

    place: str
    code: str
    words: Mapping[str, object] = field(default_factory=dict)


def find_faults(
    definition: Definition,
    *,
    effects: Collection[str] | None = None,
    messages: Collection[str] | None = None,
    channels: Collection[str] = (),
) -> tuple[Fault, ...]:
    """Return everything that is wrong; what presupposes sound names is looked at only if they are."""
    faults = [
        *_scope_faults(definition),
        *_role_faults(definition),
        *_unknown("conditions", "unknown_predicate", definition.conditions, PREDICATES),
        *_gate_faults(definition),
        *_timer_faults(definition, messages),
        *(
            fault
            for step in definition.steps.values()
            for fault in _step_faults(definition, step, effects, messages, channels)
        ),
    ]
    if not faults:
        faults += [
            *_join_faults(definition),
            *_circle_faults(definition),
            *_state_faults(definition),
            *_unstarted_timers(definition),
        ]
    return tuple(faults)


def _unknown(place: str, code: str, names: Iterable[str], known: Collection[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield Fault(place=place, code=code, words={"name": name})


# Names.


def _scope_faults(definition: Definition) -> Iterator[Fault]:
    roots = [name for name, scope in definition.scopes.items() if scope.parent is None]
    if len(roots) != 1:
        yield Fault(place="scopes", code="one_root", words={"count": len(roots)})
    for name, scope in definition.scopes.items():
        seen = {name}
        parent = scope.parent
        while parent is not None:
            if parent not in definition.scopes:
                yield Fault(place=f"scopes.{name}", code="unknown_scope", words={"name": parent})
                break
            if parent in seen:
                yield Fault(place=f"scopes.{name}", code="scope_circle")
                break
            seen.add(parent)
            parent = definition.scopes[parent].parent


def _role_faults(definition: Definition) -> Iterator[Fault]:
    roles = definition.roles
    yield from _unknown("owner", "unknown_role", (definition.owner,), roles)
    if definition.overseer:
        yield from _unknown("overseer", "unknown_role", (definition.overseer,), roles)
    for key, role in roles.items():
        place = f"roles.{key}"
        if role.at != NATION:
            yield from _unknown(f"{place}.at", "unknown_scope", (role.at,), definition.scopes)
        others = (*role.up, *filter(None, (role.stands_for, role.through)))
        yield from _unknown(place, "unknown_role", others, roles)
        yield from _unknown(f"{place}.when", "unknown_predicate", role.when, PREDICATES)


def _gate_faults(definition: Definition) -> Iterator[Fault]:
    for name, gate in definition.gates.items():
        place = f"gates.{name}"
        yield from _unknown(place, "gate_without_test", (name,), GATES)
        yield from _unknown(f"{place}.override_by", "unknown_role", gate.override_by, definition.roles)
        yield from _unknown(f"{place}.excepts", "unknown_step", gate.excepts, definition.steps)
        if gate.on_fail is OnFail.OVERRIDE and not gate.override_by:
            yield Fault(place=place, code="override_needed")
        yield from _refusal_faults(place, gate)


def _refusal_faults(place: str, gate: Gate) -> Iterator[Fault]:
    words = _AnyWord()
    try:
        gate.refusal.format_map(words)
    except (ValueError, IndexError) as error:
        yield Fault(place=f"{place}.refusal", code="bad_rule", words={"detail": str(error)})


class _AnyWord(dict[str, str]):
    """A mapping that has every word."""

    def __missing__(self, key: str) -> str:
        return key


def _timer_faults(definition: Definition, messages: Collection[str] | None) -> Iterator[Fault]:
    for name, timer in definition.timers.items():
        place = f"timers.{name}"
        yield from _deadline_faults(definition, timer.deadline, f"{place}.due")
        for reminder in timer.reminders:
            yield from _deadline_faults(definition, reminder.deadline, f"{place}.reminders")
            if messages is not None:
                yield from _unknown(f"{place}.reminders", "unknown_message", (reminder.send,), messages)
        step = definition.steps.get(timer.fires)
        if step is None:
            yield Fault(place=f"{place}.fires", code="unknown_step", words={"name": timer.fires})
        elif not any(trigger.source is Source.TIMER and trigger.name == name for trigger in step.on):
            yield Fault(
                place=f"{place}.fires", code="timer_target", words={"name": timer.fires, "timer": name}
            )
    for name, deadline in definition.deadlines.items():
        yield from _deadline_faults(definition, deadline, f"deadlines.{name}")


def _deadline_faults(definition: Definition, deadline: Deadline, place: str) -> Iterator[Fault]:
    known = {*definition.steps, *definition.timers, *definition.moments, *_IMPLICIT_MOMENTS}
    yield from _unknown(place, "unknown_moment", sorted(names_in(deadline.rule.rule)), known)
    parameters = sorted(parameters_in(deadline.rule.rule))
    yield from _unknown(place, "unknown_parameter", parameters, definition.parameters)


def _step_faults(
    definition: Definition,
    step: Step,
    effects: Collection[str] | None,
    messages: Collection[str] | None,
    channels: Collection[str],
) -> Iterator[Fault]:
    place = f"steps.{step.id}"
    steps = definition.steps
    yield from _unknown(f"{place}.scope", "unknown_scope", (step.scope,), definition.scopes)
    if step.stage:
        yield from _unknown(f"{place}.stage", "unknown_stage", (step.stage,), definition.stages)
    people = {"actor": step.actors, "also_by": step.also_by, "recipients": step.recipients}
    for key, roles in people.items():
        yield from _unknown(f"{place}.{key}", "unknown_role", roles, definition.roles)
    yield from _unknown(f"{place}.overdue", "unknown_role", step.alarm, definition.roles)
    documents = {"in": step.documents_in, "out": step.documents_out}
    for key, names in documents.items():
        yield from _unknown(f"{place}.{key}", "unknown_document", names, definition.documents)
    yield from _unknown(f"{place}.channel", "unknown_channel", step.channels, channels)
    yield from _unknown(f"{place}.gates", "unknown_gate", step.gates, definition.gates)
    yield from _unknown(f"{place}.when", "unknown_predicate", step.when, PREDICATES)
    related = {
        "apart_from": step.apart_from,
        "after": step.after.steps if step.after else (),
        "reopens": step.reopens,
        "rectifies": step.rectifies,
        "returns": step.returns.steps if step.returns else (),
    }
    for key, names in related.items():
        yield from _unknown(f"{place}.{key}", "unknown_step", names, steps)
    if step.returns and step.id in step.returns.steps:
        yield Fault(place=f"{place}.returns", code="returns_itself")
    if step.due:
        yield from _deadline_faults(definition, step.due, f"{place}.due")
    yield from _trigger_faults(definition, step, place)
    yield from _transition_faults(definition, step, place)
    ways = [(place, Branch(effects=step.effects, starts=step.starts, cancels=step.cancels))]
    ways += [(f"{place}.branches.{index}", branch) for index, branch in enumerate(step.branches)]
    if step.returns:
        ways.append((f"{place}.returns", Branch(effects=step.returns.effects)))
    for here, way in ways:
        yield from _unknown(f"{here}.when", "unknown_predicate", way.when, PREDICATES)
        yield from _unknown(f"{here}.starts", "unknown_timer", way.starts, definition.timers)
        yield from _unknown(f"{here}.cancels", "unknown_timer", way.cancels, definition.timers)
        yield from _effect_faults(way.effects, f"{here}.effects", effects, messages)


def _effect_faults(
    wanted: Iterable[Effect],
    place: str,
    effects: Collection[str] | None,
    messages: Collection[str] | None,
) -> Iterator[Fault]:
    for effect in wanted:
        yield from _unknown(place, "unknown_predicate", effect.when, PREDICATES)
        if effect.name == EMIT:
            continue
        if effects is not None:
            yield from _unknown(place, "unknown_effect", (effect.name,), effects)
        if effect.name == _SEND and messages is not None:
            yield from _unknown(place, "unknown_message", (effect.argument,), messages)


def _trigger_faults(definition: Definition, step: Step, place: str) -> Iterator[Fault]:
    if not step.on:
        yield Fault(place=place, code="never_taken")
    emitted = {
        effect.argument
        for other in definition.steps.values()
        for effect in _effects_of(other)
        if effect.name == EMIT
    }
    for trigger in step.on:
        here = f"{place}.on"
        yield from _unknown(here, "unknown_predicate", trigger.when, PREDICATES)
        if trigger.source is Source.TIMER:
            yield from _unknown(here, "unknown_timer", (trigger.name,), definition.timers)
        if trigger.source is Source.EVENT and trigger.name != OPENED:
            known = {*emitted, *definition.events}
            yield from _unknown(here, "unknown_event", (trigger.name,), known)


def _effects_of(step: Step) -> Iterator[Effect]:
    yield from step.effects
    for branch in step.branches:
        yield from branch.effects


def _transition_faults(definition: Definition, step: Step, place: str) -> Iterator[Fault]:
    states = definition.states
    moves = [step.to_state, *(branch.to for branch in step.branches)]
    if states is None:
        if step.from_states or any(moves):
            yield Fault(place=place, code="state_needed")
        return
    if not step.from_states:
        yield Fault(place=place, code="from_needed")
    yield from _unknown(f"{place}.from", "unknown_state", step.from_states, states.names)
    yield from _unknown(f"{place}.to", "unknown_state", filter(None, moves), states.names)


# What can never work.


def _join_faults(definition: Definition) -> Iterator[Fault]:
    broader = definition.broader
    for step in definition.steps.values():
        if step.after is None:
            continue
        place = f"steps.{step.id}.after"
        narrower = [name for name in step.after.steps if step.scope in broader[definition.steps[name].scope]]
        if narrower and step.after.join is None:
            yield Fault(place=place, code="join_missing", words={"steps": ", ".join(narrower)})
        if step.after.join is not None and not narrower:
            yield Fault(place=place, code="join_needless")
        for name in step.after.steps:
            scope = definition.steps[name].scope
            if scope != step.scope and scope not in broader[step.scope] and name not in narrower:
                yield Fault(place=place, code="unrelated_scopes", words={"name": name})


def _circle_faults(definition: Definition) -> Iterator[Fault]:
    """Find the steps that wait for one another, and those that wait for them."""
    ready: set[str] = set()
    progress = True
    while progress:
        progress = False
        for step in definition.steps.values():
            waits = step.after.steps if step.after else ()
            if step.id not in ready and all(name in ready for name in waits):
                ready.add(step.id)
                progress = True
    stuck = {name: step for name, step in definition.steps.items() if name not in ready}
    for name in stuck:
        circle = _circle_of(definition, name)
        if circle is None:
            yield Fault(place=f"steps.{name}", code="unreachable")
        elif min(circle) == name:
            yield Fault(
                place=f"steps.{name}.after", code="circle", words={"steps": ", ".join(sorted(circle))}
            )
    yield from _event_circles(definition)


def _circle_of(definition: Definition, start: str) -> frozenset[str] | None:
    """Return the steps that a step waits for and that wait for it; None if none does."""
    earlier = _closure(start, lambda name: _waits(definition, name))
    if start not in earlier:
        return None
    return frozenset(
        name for name in earlier if start in _closure(name, lambda other: _waits(definition, other))
    )


def _waits(definition: Definition, name: str) -> tuple[str, ...]:
    after = definition.steps[name].after
    return after.steps if after else ()


def _event_circles(definition: Definition) -> Iterator[Fault]:
    """Find steps that by their own events take themselves again, without end."""
    takes = {
        step.id: tuple(
            other.id
            for effect in _effects_of(step)
            if effect.name == EMIT
            for other, _ in definition.listeners(Source.EVENT, effect.argument)
        )
        for step in definition.steps.values()
    }
    for name in takes:
        if name in _closure(name, lambda other: takes[other]):
            yield Fault(place=f"steps.{name}.effects", code="event_circle")


def _closure(start: str, onward: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """Return everything that can be reached from a name, itself only by a way back."""
    found: set[str] = set()
    frontier = [start]
    while frontier:
        for name in onward(frontier.pop()):
            if name not in found:
                found.add(name)
                frontier.append(name)
    return frozenset(found)


def _state_faults(definition: Definition) -> Iterator[Fault]:
    states = definition.states
    if states is None:
        return
    yield from _unknown("states.titles", "unknown_state", states.titles, states.names)
    moves: dict[str, set[str]] = {name: set() for name in states.names}
    for step in definition.steps.values():
        targets = {branch.to or step.to_state for branch in step.branches} or {step.to_state}
        for state in step.from_states:
            moves[state] |= {target for target in targets if target and target != state}
    reached = _closure(states.initial, lambda name: moves[name]) | {states.initial}
    for name in states.names:
        place = f"states.{'final' if name in states.final else 'other'}"
        if name not in reached:
            yield Fault(place=place, code="state_unreachable", words={"name": name})
        if name in states.final:
            continue
        if not moves[name]:
            yield Fault(place=place, code="state_without_exit", words={"name": name})
        elif not _closure(name, lambda other: moves[other]) & set(states.final):
            yield Fault(place=place, code="no_way_to_end", words={"name": name})
    for step in definition.steps.values():
        if not set(step.from_states) & reached:
            yield Fault(place=f"steps.{step.id}", code="unreachable")


def _unstarted_timers(definition: Definition) -> Iterator[Fault]:
    started = {
        timer
        for step in definition.steps.values()
        for timer in (*step.starts, *(name for branch in step.branches for name in branch.starts))
    }
    for name in definition.timers:
        if name not in started:
            yield Fault(place=f"timers.{name}", code="timer_never_started")
