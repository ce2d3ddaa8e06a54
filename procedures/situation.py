"""Where a case stands: its units, its facts, what was done, its state and its timers.

A situation never changes. What follows from it is another one, which shares almost everything with it,
so that deciding one entry of a national period costs what the entry touches.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from procedures.definition import ROOT_UNIT, Definition, Level, Source
from procedures.layers import Layered


class Outcome(StrEnum):
    """How a record counts. The latest record of an instance is the one that stands."""

    DONE = "done"
    EXCEPTED = "excepted"
    VOIDED = "voided"
    RECTIFIED = "rectified"
    """A later step set it right: it no longer stands (GEN-09)."""

    @property
    def stands(self) -> bool:
        """Tell whether what follows may go on."""
        return self in {Outcome.DONE, Outcome.EXCEPTED}


class TimerState(StrEnum):
    """Whether a timer still runs. It fires once."""

    RUNNING = "running"
    FIRED = "fired"
    CANCELLED = "cancelled"


class UnknownInstance(LookupError):
    """There is no such step, or no such unit in its scope."""

    def __init__(self, step: str, unit: str) -> None:
        super().__init__(f"no step {step} for unit {unit!r} in this case")
        self.step = step
        self.unit = unit


@dataclass(frozen=True, slots=True, order=True)
class Instance:
    """A step of one unit."""

    step: str
    unit: str = ROOT_UNIT


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What the journal says of an instance."""

    step: str
    unit: str = ROOT_UNIT
    outcome: Outcome = Outcome.DONE
    at: datetime
    on: date
    """The legal date, in the office's zone."""
    level: Level = Level.RECORDED


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """A clock of one unit: when it runs out, and whether it still may."""

    name: str
    unit: str = ROOT_UNIT
    due_on: date
    state: TimerState = TimerState.RUNNING


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """Something that reached the desk, already understood: who, what, about which step of which unit.

    `name` is the trigger's (`code`, `list`, a timer's name); `return`, `except` and `override` are
    understood for every step that allows them. `role` is that in which the person acts, and `role_unit`
    where the post sits; both empty means that the desk itself asks.
    """

    kind: Source
    name: str
    at: datetime
    on: date
    unit: str = ROOT_UNIT
    step: str | None = None
    level: Level = Level.RECORDED
    role: str = ""
    role_unit: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the entry itself says; kept only if the entry is taken."""


class Tree:
    """The units of a case by scope, frozen when it began."""

    __slots__ = ("_below", "_parents", "_units", "definition", "scope_of")

    def __init__(
        self, definition: Definition, units: Mapping[str, Sequence[str]], parents: Mapping[str, str]
    ) -> None:
        self.definition = definition
        self._units = {scope: tuple(names) for scope, names in units.items() if scope in definition.scopes}
        self._units[definition.root_scope] = (ROOT_UNIT,)
        self.scope_of: dict[str, str] = {}
        for scope, names in self._units.items():
            for name in names:
                self.scope_of[name] = scope
        self._parents: dict[str, str] = {}
        for unit in self.scope_of:
            if unit == ROOT_UNIT:
                continue
            # The nation stands above the first tier, and is the case's own scope here.
            parent = parents.get(unit, ROOT_UNIT)
            self._parents[unit] = parent if parent in self.scope_of else ROOT_UNIT
        below: dict[tuple[str, str], list[str]] = {}
        for scope in definition.scopes:
            for unit in self._units.get(scope, ()):
                for above in self.above(unit):
                    below.setdefault((above, scope), []).append(unit)
        self._below = {key: tuple(names) for key, names in below.items()}

    def with_unit(self, scope: str, unit: str, parent: str = ROOT_UNIT) -> "Tree":
        """Return the tree with one unit more, of a scope that grows."""
        units = {**self._units, scope: (*self._units.get(scope, ()), unit)}
        return Tree(self.definition, units, {**self._parents, unit: parent})

    def grown_for(self, records: Iterable[Record]) -> "Tree":
        """Return the tree with the units of scopes that grow, which it could not know when it was frozen."""
        tree = self
        for record in records:
            step = tree.definition.steps.get(record.step)
            if step and record.unit not in tree.scope_of and tree.definition.scopes[step.scope].grows:
                tree = tree.with_unit(step.scope, record.unit)
        return tree

    def units(self, scope: str) -> tuple[str, ...]:
        """Return all units of a scope."""
        return self._units.get(scope, ())

    def above(self, unit: str) -> Iterator[str]:
        """Give the units that contain a unit, the nearest first."""
        while unit != ROOT_UNIT:
            unit = self._parents[unit]
            yield unit

    def related(self, unit: str, scope: str) -> tuple[str, ...]:
        """Return the units of a scope that a unit is, lies in, or contains; none if it has no such tie."""
        own = self.scope_of[unit]
        if own == scope:
            return (unit,)
        if scope in self.definition.broader[own]:
            return tuple(above for above in self.above(unit) if self.scope_of[above] == scope)
        return self._below.get((unit, scope), ())

    def containing(self, unit: str, scope: str) -> tuple[str, ...]:
        """Return the unit of a scope that a unit is or lies in; none if the scope is narrower or apart."""
        if scope == self.scope_of[unit] or scope in self.definition.broader[self.scope_of[unit]]:
            return self.related(unit, scope)
        return ()

    def is_narrower(self, scope: str, than: str) -> bool:
        """Tell whether a scope lies inside another."""
        return than in self.definition.broader[scope]

    @property
    def parents(self) -> Mapping[str, str]:
        """Return the unit above each unit."""
        return self._parents


@dataclass(frozen=True, slots=True)
class _Change:
    """A link of the chain of what happened, newest first; it shares its past with other situations."""

    past: "_Change | None"
    records: tuple[Record, ...] = ()
    unit: str | None = None
    """Unit whose facts changed."""
    state: bool = False


class Situation:
    """Where a case stands. Immutable: `after`, `with_facts` and the like give another one."""

    __slots__ = ("_facts", "_index", "_timers", "definition", "history", "state", "tree")

    def __init__(
        self,
        *,
        definition: Definition,
        tree: Mapping[str, Sequence[str]],
        parents: Mapping[str, str],
        facts: Mapping[str, Mapping[str, object]] | None = None,
        records: Iterable[Record] = (),
        state: str = "",
        timers: Iterable[Timer] = (),
    ) -> None:
        given = tuple(records)
        self.definition = definition
        self.tree = Tree(definition, tree, parents).grown_for(given)
        self.state = state or (definition.states.initial if definition.states else "")
        self.history = _Change(None, given)
        self._facts: Layered[str, Mapping[str, object]] = Layered(facts)
        self._index: Layered[Instance, Record] = Layered(
            {Instance(record.step, record.unit): record for record in given}
        )
        self._timers: Layered[tuple[str, str], Timer] = Layered(
            {(timer.name, timer.unit): timer for timer in timers}
        )

    def _with(self, **changes: object) -> "Situation":
        """Return another situation with some attributes in place of these."""
        later: Situation = Situation.__new__(Situation)
        for name in Situation.__slots__:
            setattr(later, name, changes[name] if name in changes else getattr(self, name))
        return later

    def after(self, *records: Record) -> "Situation":
        """Return the situation after some records, which override earlier ones of the same instance."""
        return self._with(
            tree=self.tree.grown_for(records),
            history=_Change(self.history, records),
            _index=self._index.with_items({Instance(record.step, record.unit): record for record in records}),
        )

    def with_facts(self, unit: str, facts: Mapping[str, object]) -> "Situation":
        """Return the situation with some facts of a unit set."""
        return self._with(
            history=_Change(self.history, unit=unit),
            _facts=self._facts.with_items({unit: {**self.facts(unit), **facts}}),
        )

    def with_state(self, state: str) -> "Situation":
        """Return the situation in another state."""
        return self._with(history=_Change(self.history, state=True), state=state)

    def with_timers(self, *timers: Timer) -> "Situation":
        """Return the situation with some timers set."""
        return self._with(
            _timers=self._timers.with_items({(timer.name, timer.unit): timer for timer in timers})
        )

    def knowing(
        self, facts: Mapping[str, Mapping[str, object]], *, timers: Iterable[Timer] = (), state: str = ""
    ) -> "Situation":
        """Return the same units and records with facts, timers and state as they were read anew."""
        return self._with(
            _facts=Layered(facts),
            _timers=Layered({(timer.name, timer.unit): timer for timer in timers}),
            state=state or (self.definition.states.initial if self.definition.states else ""),
        )

    def with_unit(self, scope: str, unit: str, parent: str = ROOT_UNIT) -> "Situation":
        """Return the situation with a new unit of a scope that grows."""
        return self._with(tree=self.tree.with_unit(scope, unit, parent))

    @property
    def records(self) -> tuple[Record, ...]:
        """Return all records, the oldest first."""
        parts: list[tuple[Record, ...]] = []
        link: _Change | None = self.history
        while link is not None:
            parts.append(link.records)
            link = link.past
        return tuple(record for part in reversed(parts) for record in part)

    def changes_since(self, earlier: "Situation") -> tuple[frozenset[Instance], frozenset[str], bool] | None:
        """Return the instances, the units and whether the state changed since; None if it is no ancestor."""
        instances: set[Instance] = set()
        units: set[str] = set()
        state = False
        link: _Change | None = self.history
        while link is not earlier.history:
            if link is None:
                return None
            instances.update(Instance(record.step, record.unit) for record in link.records)
            if link.unit is not None:
                units.add(link.unit)
            state = state or link.state
            link = link.past
        return frozenset(instances), frozenset(units), state

    def record(self, step: str, unit: str = ROOT_UNIT) -> Record | None:
        """Return the record that stands for an instance, None when nothing does."""
        found = self._index.get(Instance(step, unit))
        return found if found and found.outcome.stands else None

    def is_done(self, step: str, unit: str = ROOT_UNIT) -> bool:
        """Tell whether a step was really done, which an exception is not."""
        found = self.record(step, unit)
        return found is not None and found.outcome is Outcome.DONE

    def facts(self, unit: str = ROOT_UNIT) -> Mapping[str, object]:
        """Return what is known of a unit."""
        return self._facts.get(unit, {})

    def fact(self, unit: str, name: str) -> object:
        """Return a fact of a unit or of the nearest unit above that has it; None when nobody does."""
        own = self._facts.get(unit)
        if own is not None and name in own:
            return own[name]
        for above in self.tree.above(unit):
            facts = self._facts.get(above)
            if facts is not None and name in facts:
                return facts[name]
        return None

    def timer(self, name: str, unit: str = ROOT_UNIT) -> Timer | None:
        """Return a timer of a unit, None when it never ran."""
        return self._timers.get((name, unit))

    @property
    def timers(self) -> tuple[Timer, ...]:
        """Return all timers."""
        return tuple(self._timers.values())

    def instances(self) -> Iterator[Instance]:
        """Give every instance, step by step in the order of the document."""
        for step in self.definition.steps.values():
            for unit in self.tree.units(step.scope):
                yield Instance(step.id, unit)

    def name_of(self, unit: str) -> str:
        """Return how a unit is called, its code when it has no name."""
        return str(self.facts(unit).get("name") or unit)


def as_date(value: object) -> date | None:
    """Read a date from a fact, which may come from JSON as text.

    >>> as_date("2027-03-01")
    datetime.date(2027, 3, 1)
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None
