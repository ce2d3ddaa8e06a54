"""Decide what an entry does to a case, and what would happen if. The engine's front door.

Everything here is pure. A refusal is a value: nothing that somebody sends makes the engine raise.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from procedures.deadline_words import spanish_date
from procedures.deadlines import limit_instant
from procedures.definition import (
    ROOT_UNIT,
    OnFail,
    Source,
    Step,
    Trigger,
)
from procedures.predicates import holds
from procedures.sentences import say_refusal
from procedures.situation import (
    Happening,
    Instance,
    Outcome,
    Record,
    Situation,
    Timer,
    TimerState,
    as_date,
)
from procedures.standing import (
    Refusal,
    Status,
    blocked_by,
    closed_gates,
    due,
    due_steps,
    held_up_by,
    is_late,
    lacks_proof,
    missing_before,
    open_instances,
    open_instances_near,
    opened_by,
    owners,
    posts_of,
    readiness,
    reminders_of,
    status,
    waiting_instances,
)
from procedures.taking import Taken, Taking
from procedures.working_days import WorkingDays

__all__ = [
    "Decision",
    "Happening",
    "Instance",
    "Outcome",
    "Record",
    "Refusal",
    "Situation",
    "Status",
    "Taken",
    "Timer",
    "blocked_by",
    "decide",
    "due",
    "due_steps",
    "held_up_by",
    "is_late",
    "lacks_proof",
    "open_instances",
    "open_instances_near",
    "opened_by",
    "owners",
    "posts_of",
    "reminders_of",
    "status",
    "waiting_instances",
    "what_if",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What an entry does. `situation` is where the case stands afterwards."""

    taken: tuple[Taken, ...] = ()
    refused: tuple[Refusal, ...] = ()
    state: str
    situation: Situation
    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Facts that the entry brought and that now stand, by unit."""


def decide(situation: Situation, happening: Happening, working_days: WorkingDays) -> Decision:
    """Return what an entry does to a case.

    It takes every open step of that unit that such an entry takes (only the named one, if it names
    one), then what takes itself, until nothing more follows. A state moves once for each entry. What
    cannot be taken is refused with the reason; an entry of which nothing is taken changes nothing.
    """
    return _Deliberation(situation, happening, working_days).decide()


def what_if(situation: Situation, happenings: Iterable[Happening], working_days: WorkingDays) -> Situation:
    """Return where the case would stand after some entries. Nothing is changed."""
    for happening in happenings:
        situation = decide(situation, happening, working_days).situation
    return situation


class _Deliberation:
    """The work of deciding one entry: the situation so far and what was taken and refused."""

    def __init__(self, situation: Situation, happening: Happening, working_days: WorkingDays) -> None:
        self.before = situation
        self.work = Taking(situation, happening, working_days)
        self.happening = happening
        self.definition = situation.definition
        self.refused: list[Refusal] = []
        self.overridden: list[object] = []

    def decide(self) -> Decision:
        """Work through the entry and all that follows."""
        if self.happening.kind is Source.TIMER:
            self._ring()
        elif self._find_unit():
            # What the entry says stands while it is weighed, and stays only if it is taken.
            if self.happening.facts and self.happening.name != "override":
                self.work.situation = self.work.situation.with_facts(
                    self.happening.unit, self.happening.facts
                )
            acts = {"return": self._give_back, "except": self._except, "override": self._override}
            act = acts.get(self.happening.name)
            if act and self.happening.kind in {Source.MAIL, Source.CHAT, Source.COMMAND}:
                act()
            else:
                self._respond()
        return self._decision()

    def _decision(self) -> Decision:
        happening = self.happening
        facts: dict[str, Mapping[str, object]] = {}
        if self.overridden:
            facts = {happening.unit: {"overridden": self.overridden}}
        elif self.work.taken:
            facts = {happening.unit: happening.facts} if happening.facts else {}
        elif happening.kind is not Source.TIMER:
            self.work.situation = self.before
        return Decision(
            taken=tuple(self.work.taken),
            refused=tuple(self.refused),
            state=self.work.situation.state,
            situation=self.work.situation,
            facts=facts,
        )

    def _refuse(self, code: str, step: str = "", unit: str | None = None, **words: str) -> None:
        unit = self.happening.unit if unit is None else unit
        known = self.definition.steps.get(step)
        named = {
            "step": step,
            "title": known.title if known else "",
            "unit": self.work.situation.name_of(unit),
            "procedure": self.definition.key,
            "state": self._state_title(),
        }
        text = say_refusal(code, **{**named, **words})
        self.refused.append(Refusal(instance=Instance(step, unit), code=code, text=text))

    def _state_title(self) -> str:
        states = self.definition.states
        return states.title(self.work.situation.state) if states else ""

    def _find_unit(self) -> bool:
        """Tell whether the entry's unit exists; a scope that grows takes in a new one."""
        unit, named = self.happening.unit, self.happening.step
        if named is not None and named not in self.definition.steps:
            self._refuse("unknown_step", named)
            return False
        if unit in self.work.situation.tree.scope_of:
            return True
        if named is not None:
            scope = self.definition.steps[named].scope
            if self.definition.scopes[scope].grows:
                self.work.situation = self.work.situation.with_unit(scope, unit)
                return True
        self._refuse("unknown_unit", named or "")
        return False

    # Ordinary entries.

    def _respond(self) -> None:
        """Take what the entry takes."""
        happening = self.happening
        candidates = [
            (step, trigger)
            for step, trigger in self.definition.listeners(happening.kind, happening.name)
            if happening.step in {None, step.id}
        ]
        if not candidates:
            self._refuse("wrong_channel" if happening.step else "nothing_waits", happening.step or "")
            return
        scope = self.work.situation.tree.scope_of[happening.unit]
        here = [(step, trigger) for step, trigger in candidates if step.scope == scope]
        if not here:
            if happening.step:
                wanted = self.definition.scopes[candidates[0][0].scope].title
                self._refuse("wrong_unit", happening.step, scope=wanted)
            else:
                self._refuse("nothing_waits")
            return
        self._take_all(here, happening.unit)
        self.work.follow(happening.unit)

    def _take_all(self, candidates: list[tuple[Step, Trigger]], unit: str) -> None:
        """Take the candidates that are open, until none opens any more, and refuse the rest."""
        taken: set[str] = set()
        progress = True
        while progress:
            progress = False
            for step, trigger in candidates:
                if step.id in taken or not self._may_take(step, trigger, unit):
                    continue
                if self.work.take(step, unit):
                    taken.add(step.id)
                    if step.from_states:
                        # A state moves once for each entry.
                        return
                    progress = True
        refusals = [
            refusal
            for step, trigger in candidates
            if step.id not in taken
            for refusal in self._why_not(step, trigger, unit)
        ]
        closed = [refusal for refusal in refusals if refusal.code not in _ORDER]
        # What a gate holds back is always worth telling; of the other reasons the most telling one is
        # enough, and only if nothing at all was taken.
        if closed or taken:
            refusals = closed
        else:
            refusals = sorted(refusals, key=lambda refusal: _ORDER.index(refusal.code))[:1]
        known = {(refusal.instance, refusal.code) for refusal in self.refused}
        self.refused += [refusal for refusal in refusals if (refusal.instance, refusal.code) not in known]

    def _may_take(self, step: Step, trigger: Trigger, unit: str) -> bool:
        if not self._may_act(step, unit) or holds(trigger.when, self.work.view(unit)) is not True:
            return False
        record = self.work.situation.record(step.id, unit)
        if record is not None and not (
            step.repeat or record.outcome is Outcome.EXCEPTED or self.work.firms_up(step, record)
        ):
            return False
        return readiness(self.work.situation, step, self.work.view(unit)) is Status.OPEN

    def _may_act(self, step: Step, unit: str) -> bool:
        return self._acts_as((*step.actors, *step.also_by), unit)

    def _acts_as(self, roles: Iterable[str], unit: str) -> bool:
        """Tell whether the entry comes from one of some roles at a unit; the desk itself always may."""
        happening = self.happening
        return not happening.role or any(
            role == happening.role and happening.role_unit in {"", at}
            for role, at in posts_of(self.work.situation, roles, unit)
        )

    def _why_not(self, step: Step, trigger: Trigger, unit: str) -> Iterator[Refusal]:
        """Give the reasons for which a step was not taken."""
        view = self.work.view(unit)
        instance = Instance(step.id, unit)
        words: dict[str, object] = {
            "step": step.id,
            "title": step.title,
            "unit": self.work.situation.name_of(unit),
            "state": self._state_title(),
        }
        code = ""
        record = self.work.situation.record(step.id, unit)
        applies = holds((*step.when, *trigger.when), view)
        if not self._may_act(step, unit):
            code = "not_yours"
            words["roles"] = ", ".join(
                self.definition.roles[role].title for role in (*step.actors, *step.also_by)
            )
        elif step.from_states and self.work.situation.state not in step.from_states:
            code = "wrong_state"
        elif record is not None and not (step.repeat or record.outcome is Outcome.EXCEPTED):
            code = "already_done"
        elif applies is False:
            code = "condition" if step.from_states else "not_applicable"
        else:
            missing = list(missing_before(self.work.situation, step, unit))
            if missing:
                code = "pending"
                words["missing"] = self._list(missing)
            elif applies is None:
                code = "not_known_yet"
        if code:
            yield Refusal(instance=instance, code=code, text=say_refusal(code, **words))
        if code not in {"", "pending"}:
            return
        # Of a step whose time has not come the gates say what the law still wants of it (AC-33).
        yield from closed_gates(step, view, blocking=True)
        if code:
            return
        if step.branches and self.work.branch_of(step, unit) is None:
            yield Refusal(instance=instance, code="no_branch", text=say_refusal("no_branch", **words))

    def _list(self, missing: list[Instance]) -> str:
        """Name what is missing, by step and unit."""
        units: dict[str, list[str]] = {}
        for instance in missing:
            units.setdefault(instance.step, [])
            if instance.unit != ROOT_UNIT:
                units[instance.step].append(self.work.situation.name_of(instance.unit))
        return "; ".join(f"{step} ({', '.join(names)})" if names else step for step, names in units.items())

    # Timers.

    def _ring(self) -> None:
        """Let a timer run out: once, and a silence only after the mailbox was read past the limit."""
        happening = self.happening
        rule = self.definition.timers.get(happening.name)
        timer = self.work.situation.timer(happening.name, happening.unit)
        if rule is None or timer is None:
            self._refuse("timer_unknown", timer=happening.name)
            return
        words = {"timer": rule.name, "due_on": spanish_date(timer.due_on)}
        if timer.state is not TimerState.RUNNING:
            self._refuse(f"timer_{timer.state}", rule.fires, None, **words)
            return
        if rule.silence and happening.on <= timer.due_on:
            self._refuse("timer_early", rule.fires, None, **words)
            return
        if rule.silence and not _read_past(self.work.situation, timer.due_on):
            read_until = str(self.work.situation.facts().get("mailbox_read_until") or "—")
            self._refuse("mailbox_not_read", rule.fires, None, read_until=read_until, **words)
            return
        self.work.situation = self.work.situation.with_timers(
            Timer(name=timer.name, unit=timer.unit, due_on=timer.due_on, state=TimerState.FIRED)
        )
        step = self.definition.steps[rule.fires]
        trigger = Trigger(source=Source.TIMER, name=rule.name)
        self._take_all([(step, trigger)], happening.unit)
        self.work.follow(happening.unit)

    # Ways back and ways round.

    def _give_back(self) -> None:
        """Return what was delivered to the owner of a step: the steps below fall and open again."""
        happening = self.happening
        step = self.definition.steps.get(happening.step or "")
        if step is None or step.returns is None:
            self._refuse("not_returnable", happening.step or "")
            return
        scope = self.work.situation.tree.scope_of[happening.unit]
        at = self.work.situation.tree.related(happening.unit, step.scope)
        if len(at) != 1:
            self._refuse("wrong_unit", step.id, scope=self.definition.scopes[step.scope].title)
            return
        narrower = [
            other
            for other in step.returns.steps
            if self.work.situation.tree.is_narrower(self.definition.steps[other].scope, scope)
        ]
        if narrower:
            wanted = self.definition.scopes[self.definition.steps[narrower[0]].scope].title
            self._refuse("unit_needed", step.id, scope=wanted)
            return
        if self.work.situation.record(step.id, at[0]) is not None:
            self._refuse("already_done", step.id, at[0])
            return
        if not self._may_act(step, at[0]):
            roles = ", ".join(self.definition.roles[role].title for role in step.actors)
            self._refuse("not_yours", step.id, at[0], roles=roles)
            return
        effects = step.returns.effects
        for other in step.returns.steps:
            if self.work.undo(other, happening.unit, Outcome.VOIDED, effects):
                effects = ()
        if not self.work.taken:
            self._refuse("nothing_to_return", step.id)

    def _except(self) -> None:
        """Let a case go on without a unit: what it owes is excepted, with what comes before it."""
        happening = self.happening
        scope = self.work.situation.tree.scope_of[happening.unit]
        named = self.definition.steps.get(happening.step or "")
        if named is not None and named.scope == scope:
            wanted = [named]
        else:
            gates = named.gates if named is not None else tuple(self.definition.gates)
            wanted = [
                self.definition.steps[step]
                for gate in gates
                for step in self.definition.gates[gate].excepts
                if self.definition.steps[step].scope == scope
            ]
        allowed = [step for step in wanted if self._may_except(step)]
        if not allowed:
            self._refuse("not_exceptable", happening.step or (wanted[0].id if wanted else ""))
            return
        for step in allowed:
            self.work.except_with_earlier(step, happening.unit)
        if not self.work.taken:
            self._refuse("already_done", allowed[0].id)
            return
        self.work.follow(happening.unit)

    def _may_except(self, step: Step) -> bool:
        roles = self.definition.excepters.get(step.id, frozenset()) | {self.definition.owner}
        return self._acts_as(roles, self.happening.unit)

    def _override(self) -> None:
        """Let a named role pass a gate that may be overridden; it stays in the facts for good."""
        happening = self.happening
        name = str(happening.facts.get("gate", ""))
        gate = self.definition.gates.get(name)
        if (
            gate is None
            or gate.on_fail is not OnFail.OVERRIDE
            or not self._acts_as(gate.override_by, happening.unit)
        ):
            self._refuse("not_overridable", happening.step or "", gate=name)
            return
        present = self.work.situation.facts(happening.unit).get("overridden", ())
        self.overridden = [*present, name] if isinstance(present, list | tuple) else [name]
        self.work.situation = self.work.situation.with_facts(happening.unit, {"overridden": self.overridden})
        self.work.follow(happening.unit)


_ORDER = (
    "not_yours",
    "pending",
    "not_known_yet",
    "condition",
    "not_applicable",
    "already_done",
    "wrong_state",
)
"""The engine's own reasons for leaving a step, the most telling first; all others are gates and branches."""


def _read_past(situation: Situation, limit: date) -> bool:
    """Tell whether the mailbox was read past the end of a day.

    The fact is a legal date (read to its end) or an instant; an instant counts by the office's midnight.
    """
    value = situation.facts().get("mailbox_read_until")
    if isinstance(value, str) and len(value) > len("2027-03-01"):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return False
    if isinstance(value, datetime):
        return value > limit_instant(limit) if value.tzinfo else False
    read_until = as_date(value)
    return read_until is not None and read_until >= limit
