"""What a procedure is made of, once its definition has been read and found sound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from functools import cached_property

from procedures.deadline_rules import DueRule, Rule, rules_of
from procedures.ladder import Reminding

NATION = "PIB"
"""The unit of the posts of the central level."""

ROOT_UNIT = ""
"""The unit of the case's own scope (the period, the request, the complaint)."""

OPENED = "opened"
"""The event by which a step without a human part takes itself."""

EMIT = "emit"
"""The effect that is an event of the case itself; the engine answers it, nobody else sees it."""


class Level(StrEnum):
    """How firm the evidence of a step is (registrado, atestado, acreditado; ledger 2.3)."""

    RECORDED = "recorded"
    ATTESTED = "attested"
    PROVEN = "proven"

    @property
    def rank(self) -> int:
        """Return the place in the order, the weakest first."""
        return _LEVELS.index(self)


_LEVELS = (Level.RECORDED, Level.ATTESTED, Level.PROVEN)


class Source(StrEnum):
    """By which way something reaches the desk."""

    MAIL = "mail"
    CHAT = "chat"
    COMMAND = "command"
    TIMER = "timer"
    EVENT = "event"
    CALENDAR = "calendar"


_PEOPLE = frozenset({Source.MAIL, Source.CHAT, Source.COMMAND})


class Join(StrEnum):
    """Whether a step waits for all units of a narrower scope, or for the first."""

    ALL = "all"
    ANY = "any"


class OnFail(StrEnum):
    """What a gate does that does not hold."""

    BLOCK = "block"
    OVERRIDE = "override"
    """It blocks until a named role overrides it with a reason."""
    ALARM = "alarm"
    """It lets the step pass and says so."""


class Origin(StrEnum):
    """Where a rule comes from (ledger 0.2)."""

    SOURCE = "source"
    CALENDAR = "calendar"
    INFERRED = "inferred"
    PROPOSED = "proposed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """One instance of a step per unit of a scope."""

    name: str
    title: str
    parent: str | None = None
    grows: bool = False
    """Its units come into being while the case runs (a report of the PS, a payout problem)."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What must be known of each unit before a case opens, and the Spanish question for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """A printed stage (etapa)."""

    key: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role, where its post sits and who stands above it in this procedure."""

    key: str
    title: str
    at: str = NATION
    """A scope, or the nation."""
    when: tuple[str, ...] = ()
    """Predicates under which the post exists in a unit (EGAS)."""
    stands_for: str = ""
    """The post that fills it: EMS_DESIGNADO is the EMS of one region."""
    through: str = ""
    """For somebody outside: the role that records what they did."""
    up: tuple[str, ...] = ()
    """Who is told when it is late; the first that exists and is somebody else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document by its code."""

    key: str
    name: str
    owner: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """A term by its name."""

    name: str
    rule: DueRule
    origin: Origin = Origin.PROPOSED
    cites: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminder:
    """A message that leaves while a timer runs."""

    deadline: Deadline
    send: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerRule:
    """A clock that a step starts and that takes another step when it runs out."""

    name: str
    deadline: Deadline
    fires: str
    silence: bool = False
    """It has a legal effect: it waits until the mailbox was read past the limit (GEN-09)."""
    hour: time | None = None
    """When on its day it runs out; a clock without an hour waits for the office to close."""
    reminders: tuple[Reminder, ...] = ()
    cites: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class States:
    """The states of a procedure that has them."""

    initial: str
    other: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    def title(self, name: str) -> str:
        """Return how a state is called; its key with spaces if nobody named it."""
        return self.titles.get(name, name.replace("_", " "))

    @property
    def names(self) -> tuple[str, ...]:
        """Return all of them, the initial one first."""
        return (self.initial, *self.other, *self.final)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """A condition that refuses a step, and the Spanish sentence in which it does."""

    name: str
    rule: str
    refusal: str
    cites: str = ""
    origin: Origin = Origin.SOURCE
    on_fail: OnFail = OnFail.BLOCK
    override_by: tuple[str, ...] = ()
    of_entry: bool = False
    """It looks at what the entry says, so that the step is open until an entry fails it."""
    excepts: tuple[str, ...] = ()
    """Steps of a narrower scope that those roles may except for one unit, with a reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """What takes a step."""

    source: Source
    name: str
    when: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What must be done because a step was taken; actions do it."""

    name: str
    argument: str = ""
    when: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class After:
    """The steps that come before, and how a step waits for those of a narrower scope."""

    steps: tuple[str, ...]
    join: Join | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """One way that a step may turn out; the first whose predicates hold is taken."""

    when: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    starts: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    to: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WayBack:
    """The steps that fall when the owner of a step returns what was delivered (EVDEV, AMB-24)."""

    steps: tuple[str, ...]
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step: what the regulation says of it, who takes it, when it opens and what it does."""

    id: str
    title: str
    says: str
    cites: str
    scope: str
    actors: tuple[str, ...] = ()
    number: int | None = None
    """Number of the activity; an implied event has none."""
    origin: Origin = Origin.SOURCE
    stage: str = ""
    also_by: tuple[str, ...] = ()
    """Roles that may record it although it is not theirs to do."""
    apart_from: tuple[str, ...] = ()
    """Steps whose persons may not take this one, in whatever post they did those (four eyes)."""
    on: tuple[Trigger, ...] = ()
    from_states: tuple[str, ...] = ()
    to_state: str = ""
    after: After | None = None
    when: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    effects: tuple[Effect, ...] = ()
    starts: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    due: Deadline | None = None
    alarm: tuple[str, ...] = ()
    """Roles told at once when it is overdue, besides the ladder."""
    chases: int = 0
    """On so many working days after its term its owner is reminded each day, besides the ladder."""
    insist: tuple[time, ...] = ()
    """Further hours of its last day at which its owner is reminded (A44, A47)."""
    repeat: bool = False
    at_will: bool = False
    """Nobody is asked for it and nothing waits for it: somebody takes it when there is need."""
    reopens: tuple[str, ...] = ()
    rectifies: tuple[str, ...] = ()
    returns: WayBack | None = None
    needs: Level = Level.RECORDED
    documents_in: tuple[str, ...] = ()
    documents_out: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def is_automatic(self) -> bool:
        """Tell whether the step can take itself when it opens."""
        return any(trigger.source is Source.EVENT and trigger.name == OPENED for trigger in self.on)

    @property
    def needs_person(self) -> bool:
        """Tell whether somebody takes the step; the others come of themselves or with time."""
        return any(trigger.source in _PEOPLE for trigger in self.on)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A procedure, ready to run. Made by the loader, which has checked that everything resolves."""

    key: str
    title: str
    version: int
    owner: str
    """The role that alone may modify and interpret it (5.1.4)."""
    overseer: str = ""
    scopes: Mapping[str, Scope]
    stages: Mapping[str, Stage]
    roles: Mapping[str, Role]
    documents: Mapping[str, Document]
    deadlines: Mapping[str, Deadline]
    timers: Mapping[str, TimerRule]
    gates: Mapping[str, Gate]
    states: States | None
    moments: Mapping[str, str]
    """Dates that come with a case (T0, the calendar's), and how they are called, with the article."""
    conditions: Mapping[str, str]
    """How a predicate is called in a drawing."""
    events: Mapping[str, str]
    """Events that come from outside the engine, with what they mean."""
    parameters: Mapping[str, object]
    reminding: Reminding = field(default_factory=Reminding)
    """When whoever owes a step is reminded, and who hears of what is late."""
    steps: Mapping[str, Step]
    """In the order of the document."""

    @cached_property
    def root_scope(self) -> str:
        """Return the case's own scope."""
        return next(name for name, scope in self.scopes.items() if scope.parent is None)

    @cached_property
    def broader(self) -> Mapping[str, tuple[str, ...]]:
        """Map each scope to those that contain it, the nearest first."""
        chains: dict[str, tuple[str, ...]] = {}
        for name in self.scopes:
            chain: list[str] = []
            parent = self.scopes[name].parent
            while parent is not None:
                chain.append(parent)
                parent = self.scopes[parent].parent
            chains[name] = tuple(chain)
        return chains

    @cached_property
    def activities(self) -> tuple[Step, ...]:
        """Return the numbered steps, in order."""
        return tuple(step for step in self.steps.values() if step.number is not None)

    @cached_property
    def terms(self) -> Mapping[str, DueRule]:
        """Map each step that has a term to its rule."""
        return {step.id: step.due.rule for step in self.steps.values() if step.due is not None}

    @cached_property
    def automatic(self) -> tuple[Step, ...]:
        """Return the steps that can take themselves."""
        return tuple(step for step in self.steps.values() if step.is_automatic)

    @cached_property
    def followers(self) -> Mapping[str, tuple[str, ...]]:
        """Map each step to those that wait for it."""
        found: dict[str, list[str]] = {step: [] for step in self.steps}
        for step in self.steps.values():
            for earlier in step.after.steps if step.after else ():
                found[earlier].append(step.id)
        return {step: tuple(later) for step, later in found.items()}

    @cached_property
    def owning_roles(self) -> Mapping[str, frozenset[str]]:
        """Map each step to the roles whose posts may own an instance of it, wherever they sit."""
        return {
            step.id: frozenset(role for key in step.actors for role in self._posts_behind(key))
            for step in self.steps.values()
        }

    def _posts_behind(self, key: str) -> Iterator[str]:
        role = self.roles[key]
        if role.through:
            yield from self._posts_behind(role.through)
        else:
            yield role.stands_for or key

    @cached_property
    def parameter_rules(self) -> Mapping[str, Rule | None]:
        """Map each term that the office may set to the rule that it has unless it is set; None is no term."""
        return rules_of(self.parameters)

    @cached_property
    def _listeners(self) -> Mapping[tuple[Source, str], tuple[tuple[Step, Trigger], ...]]:
        found: dict[tuple[Source, str], list[tuple[Step, Trigger]]] = {}
        for step in self.steps.values():
            for trigger in step.on:
                found.setdefault((trigger.source, trigger.name), []).append((step, trigger))
        return {key: tuple(pairs) for key, pairs in found.items()}

    def listeners(self, source: Source, name: str) -> tuple[tuple[Step, Trigger], ...]:
        """Return the steps that such an entry may take, in the order of the document."""
        return self._listeners.get((source, name), ())

    @cached_property
    def excepters(self) -> Mapping[str, frozenset[str]]:
        """Map each step to the roles that may except it for one unit."""
        found: dict[str, frozenset[str]] = {}
        for gate in self.gates.values():
            for step in gate.excepts:
                found[step] = found.get(step, frozenset()) | frozenset(gate.override_by)
        return found
