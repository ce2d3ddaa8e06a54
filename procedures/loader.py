"""Read a definition from YAML, and refuse it with everything that is wrong, each with its place.

There are two readings. This module turns text into values and says what has the wrong form;
`procedures.soundness` looks at the whole and says what does not resolve or cannot work.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from procedures.deadline_rules import BadRule, parse_due
from procedures.definition import (
    NATION,
    After,
    Branch,
    Deadline,
    Definition,
    Document,
    Effect,
    Gate,
    Join,
    Level,
    OnFail,
    Origin,
    Reminder,
    Role,
    Scope,
    Source,
    Stage,
    States,
    Step,
    TimerRule,
    Trigger,
    WayBack,
)
from procedures.ladder import LEVELS, Reminding, Rung
from procedures.sentences import say_problem
from procedures.soundness import Fault, find_faults
from procedures.yaml_text import Loader

SCHEMA = "oficialia/procedure/1"

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

Raw = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong in a definition: where, what, in Spanish."""

    place: str
    line: int | None
    text: str

    def __str__(self) -> str:
        """Return it as one line for a person."""
        where = f"línea {self.line}, {self.place}" if self.line else self.place
        return f"{where}: {self.text}"


class BadDefinition(ValueError):
    """A definition that cannot run, with all its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def load(
    text: str, *, effects: Collection[str] | None = None, messages: Collection[str] | None = None
) -> Definition:
    """Read a definition.

    `effects` are the names that the actions implement and `messages` the keys that can be sent; without
    them those names are not checked.

    Raises:
        BadDefinition: something is wrong; it carries every problem, not the first.
    """
    reading = _Reading(text)
    definition = reading.definition()
    if definition is None or reading.problems:
        raise BadDefinition(reading.problems)
    faults = find_faults(definition, effects=effects, messages=messages, channels=reading.channels)
    if faults:
        raise BadDefinition([reading.problem_of(fault) for fault in faults])
    return definition


class _Reading:
    """One reading of a text: the lines of its places, and what is wrong so far."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}
        self.channels: tuple[str, ...] = ()
        self._deadlines: dict[str, Deadline] = {}
        self.raw = self._parse(text)

    def fault(self, place: str, code: str, **words: object) -> None:
        """Note that something is wrong at a place."""
        self.problems.append(self.problem_of(Fault(place=place, code=code, words=words)))

    def problem_of(self, fault: Fault) -> Problem:
        """Return a fault with its line and its sentence."""
        place = fault.place
        while place and place not in self.lines:
            place = place.rpartition(".")[0]
        return Problem(
            place=fault.place,
            line=self.lines.get(place),
            text=say_problem(fault.code, **fault.words),
        )

    # YAML to plain values, with the line of each place.

    def _parse(self, text: str) -> object:
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            return self._value(loader, node, "") if node is not None else {}
        except yaml.YAMLError as error:
            self.fault("", "not_yaml", detail=" ".join(str(error).split()))
            return None
        finally:
            loader.dispose()

    def _value(self, loader: yaml.SafeLoader | yaml.CSafeLoader, node: yaml.Node, place: str) -> object:
        self.lines[place] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping_of(loader, node, place)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._value(loader, item, f"{place}.{_label_of(item, index)}")
                for index, item in enumerate(node.value)
            ]
        value: object = loader.construct_object(node)
        return value

    def _mapping_of(
        self, loader: yaml.SafeLoader | yaml.CSafeLoader, node: yaml.MappingNode, place: str
    ) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            # The text of the key as it stands: YAML 1.1 would make True of "on".
            key = str(key_node.value)
            here = f"{place}.{key}" if place else key
            if key in found:
                self.lines[here] = key_node.start_mark.line + 1
                self.fault(here, "repeated_key", key=key)
                continue
            found[key] = self._value(loader, value_node, here)
            self.lines[here] = key_node.start_mark.line + 1
        return found

    # Plain values to checked ones.

    def mapping(self, raw: object, place: str) -> Raw:
        """Read a mapping."""
        if isinstance(raw, Mapping):
            return raw
        if raw is not None:
            self.fault(place, "not_a_mapping")
        return {}

    def items(self, raw: object, place: str) -> Sequence[object]:
        """Read a list."""
        if isinstance(raw, list):
            return raw
        if raw is not None:
            self.fault(place, "not_a_list")
        return []

    def keys(self, raw: Raw, place: str, *, needs: Sequence[str], may: Sequence[str] = ()) -> None:
        """Check that a mapping has what it needs and nothing unknown."""
        known = (*needs, *may)
        for key in raw:
            if key not in known:
                self.fault(f"{place}.{key}" if place else key, "unknown_key", key=key, known=", ".join(known))
        for key in needs:
            if raw.get(key) is None:
                self.fault(place, "missing_key", key=key)

    def text(self, raw: object, place: str) -> str:
        """Read a text; a number is one too, so that a key like 1 needs no quotes."""
        if isinstance(raw, str):
            return raw
        if isinstance(raw, int) and not isinstance(raw, bool):
            return str(raw)
        if raw is not None:
            self.fault(place, "not_text", value=repr(raw))
        return ""

    def number(self, raw: object, place: str, least: int = 1) -> int:
        """Read a whole number."""
        if isinstance(raw, int) and not isinstance(raw, bool) and raw >= least:
            return raw
        self.fault(place, "not_a_number", least=least, value=repr(raw))
        return least

    def flag(self, raw: object, place: str) -> bool:
        """Read true or false; absent is false."""
        if raw is None:
            return False
        if not isinstance(raw, bool):
            self.fault(place, "not_a_flag", value=repr(raw))
        return raw is True

    def texts(self, raw: object, place: str) -> tuple[str, ...]:
        """Read one text or a list of them."""
        if raw is None:
            return ()
        if isinstance(raw, list):
            return tuple(self.text(item, f"{place}.{index}") for index, item in enumerate(raw))
        return (self.text(raw, place),)

    def choice(self, kind: type[E], raw: object, place: str, default: E) -> E:
        """Read one of the words of an enumeration."""
        if raw is None:
            return default
        try:
            return kind(str(raw))
        except ValueError:
            self.fault(place, "not_one_of", value=raw, known=", ".join(kind))
            return default

    def table(self, raw: Raw, key: str, read: Callable[[str, object, str], T]) -> dict[str, T]:
        """Read a mapping of named things."""
        return {
            name: read(name, value, f"{key}.{name}")
            for name, value in self.mapping(raw.get(key), key).items()
        }

    # The parts of a definition.

    def definition(self) -> Definition | None:
        """Read the whole; None when there is nothing to read."""
        if self.raw is None:
            return None
        raw = self.mapping(self.raw, "")
        self.keys(
            raw,
            "",
            needs=("schema", "key", "title", "version", "owner", "scopes", "roles", "steps"),
            may=(
                "overseer",
                "stages",
                "documents",
                "channels",
                "moments",
                "conditions",
                "deadlines",
                "timers",
                "gates",
                "states",
                "events",
                "parameters",
                "reminding",
            ),
        )
        if raw.get("schema") not in {None, SCHEMA}:
            self.fault("schema", "not_one_of", value=raw.get("schema"), known=SCHEMA)
        self.channels = self.texts(raw.get("channels"), "channels")
        self._deadlines = self.table(raw, "deadlines", self._deadline)
        return Definition(
            key=self.text(raw.get("key"), "key"),
            title=self.text(raw.get("title"), "title"),
            version=self.number(raw.get("version"), "version"),
            owner=self.text(raw.get("owner"), "owner"),
            overseer=self.text(raw.get("overseer"), "overseer"),
            scopes=self.table(raw, "scopes", self._scope),
            stages=self.table(raw, "stages", self._stage),
            roles=self.table(raw, "roles", self._role),
            documents=self.table(raw, "documents", self._document),
            moments=self.table(raw, "moments", lambda _, value, place: self.text(value, place)),
            conditions=self.table(raw, "conditions", lambda _, value, place: self.text(value, place)),
            deadlines=self._deadlines,
            timers=self.table(raw, "timers", self._timer),
            gates=self.table(raw, "gates", self._gate),
            states=self._states(raw.get("states")),
            events=self.table(raw, "events", lambda _, value, place: self.text(value, place)),
            parameters=dict(self.mapping(raw.get("parameters"), "parameters")),
            reminding=self._reminding(raw.get("reminding")),
            steps=self._steps(raw.get("steps")),
        )

    def _reminding(self, raw: object) -> Reminding:
        found = self.mapping(raw, "reminding")
        if not found:
            return Reminding()
        self.keys(found, "reminding", needs=("opens", "closes", "ladder"))
        opens = self._hour(found.get("opens"), "reminding.opens") or time()
        closes = self._hour(found.get("closes"), "reminding.closes") or time.max
        if opens >= closes:
            self.fault("reminding.closes", "closes_before_it_opens", opens=opens, closes=closes)
        rungs = [
            self._rung(item, f"reminding.ladder.{index}")
            for index, item in enumerate(self.items(found.get("ladder"), "reminding.ladder"))
        ]
        ladder = tuple(sorted(rungs, key=lambda rung: rung.working_days))
        return Reminding(opens=opens, closes=closes, ladder=ladder)

    def _rung(self, raw: object, place: str) -> Rung:
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("working_days", "tell"))
        told = self.texts(found.get("tell"), f"{place}.tell")
        for level in told:
            if level not in LEVELS:
                self.fault(f"{place}.tell", "not_one_of", value=level, known=", ".join(LEVELS))
        return Rung(
            working_days=self.number(found.get("working_days"), f"{place}.working_days", least=-60),
            tell=tuple(LEVELS[level] for level in told if level in LEVELS),
        )

    def _scope(self, name: str, raw: object, place: str) -> Scope:
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("title",), may=("parent", "grows", "facts"))
        parent = found.get("parent")
        facts = self.mapping(found.get("facts"), f"{place}.facts")
        return Scope(
            name=name,
            title=self.text(found.get("title"), f"{place}.title"),
            parent=self.text(parent, f"{place}.parent") if parent is not None else None,
            grows=self.flag(found.get("grows"), f"{place}.grows"),
            facts={key: self.text(value, f"{place}.facts.{key}") for key, value in facts.items()},
        )

    def _stage(self, key: str, raw: object, place: str) -> Stage:
        return Stage(key=key, title=self.text(raw, place))

    def _role(self, key: str, raw: object, place: str) -> Role:
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("title",), may=("at", "when", "stands_for", "through", "up"))
        at = self.text(found.get("at"), f"{place}.at")
        return Role(
            key=key,
            title=self.text(found.get("title"), f"{place}.title"),
            at=NATION if at in {"", "nation"} else at,
            when=self.texts(found.get("when"), f"{place}.when"),
            stands_for=self.text(found.get("stands_for"), f"{place}.stands_for"),
            through=self.text(found.get("through"), f"{place}.through"),
            up=self.texts(found.get("up"), f"{place}.up"),
        )

    def _document(self, key: str, raw: object, place: str) -> Document:
        if isinstance(raw, str):
            return Document(key=key, name=raw)
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("name",), may=("owner",))
        return Document(
            key=key,
            name=self.text(found.get("name"), f"{place}.name"),
            owner=self.text(found.get("owner"), f"{place}.owner"),
        )

    def _deadline(self, name: str, raw: object, place: str) -> Deadline:
        found = dict(self.mapping(raw, place))
        origin = self.choice(Origin, found.pop("origin", None), f"{place}.origin", Origin.PROPOSED)
        cites = self.text(found.pop("cites", None), f"{place}.cites")
        try:
            rule = parse_due(found, place)
        except BadRule as error:
            self.fault(error.place, "bad_rule", detail=error.problem)
            return _no_deadline(name)
        return Deadline(name=name, rule=rule, origin=origin, cites=cites)

    def _due(self, raw: object, place: str, name: str) -> Deadline | None:
        """Read a term: the name of one, or its structure."""
        if raw is None:
            return None
        if not isinstance(raw, str):
            return self._deadline(name, raw, place)
        if raw not in self._deadlines:
            self.fault(place, "unknown_deadline", name=raw)
            return None
        return self._deadlines[raw]

    def _timer(self, name: str, raw: object, place: str) -> TimerRule:
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("due", "fires"), may=("silence", "at", "reminders", "cites"))
        deadline = self._due(found.get("due"), f"{place}.due", name)
        return TimerRule(
            name=name,
            deadline=deadline or _no_deadline(name),
            fires=self.text(found.get("fires"), f"{place}.fires"),
            silence=self.flag(found.get("silence"), f"{place}.silence"),
            hour=self._hour(found.get("at"), f"{place}.at"),
            reminders=tuple(
                self._reminder(item, f"{place}.reminders.{index}", name)
                for index, item in enumerate(self.items(found.get("reminders"), f"{place}.reminders"))
            ),
            cites=self.text(found.get("cites"), f"{place}.cites"),
        )

    def _hour(self, raw: object, place: str) -> time | None:
        if raw is None:
            return None
        text = self.text(raw, place)
        try:
            return time.fromisoformat(text)
        except ValueError:
            self.fault(place, "no_hour", value=text)
            return None

    def _reminder(self, raw: object, place: str, name: str) -> Reminder:
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("due", "send"))
        return Reminder(
            deadline=self._due(found.get("due"), f"{place}.due", name) or _no_deadline(name),
            send=self.text(found.get("send"), f"{place}.send"),
        )

    def _gate(self, name: str, raw: object, place: str) -> Gate:
        found = self.mapping(raw, place)
        self.keys(
            found,
            place,
            needs=("rule", "refusal"),
            may=("cites", "origin", "on_fail", "of_entry", "override_by", "excepts"),
        )
        return Gate(
            name=name,
            rule=self.text(found.get("rule"), f"{place}.rule"),
            refusal=self.text(found.get("refusal"), f"{place}.refusal"),
            cites=self.text(found.get("cites"), f"{place}.cites"),
            origin=self.choice(Origin, found.get("origin"), f"{place}.origin", Origin.SOURCE),
            on_fail=self.choice(OnFail, found.get("on_fail"), f"{place}.on_fail", OnFail.BLOCK),
            of_entry=self.flag(found.get("of_entry"), f"{place}.of_entry"),
            override_by=self.texts(found.get("override_by"), f"{place}.override_by"),
            excepts=self.texts(found.get("excepts"), f"{place}.excepts"),
        )

    def _states(self, raw: object) -> States | None:
        if raw is None:
            return None
        found = self.mapping(raw, "states")
        self.keys(found, "states", needs=("initial", "final"), may=("other", "titles"))
        titles = self.mapping(found.get("titles"), "states.titles")
        return States(
            initial=self.text(found.get("initial"), "states.initial"),
            other=self.texts(found.get("other"), "states.other"),
            final=self.texts(found.get("final"), "states.final"),
            titles={key: self.text(value, f"states.titles.{key}") for key, value in titles.items()},
        )

    def _steps(self, raw: object) -> dict[str, Step]:
        steps: dict[str, Step] = {}
        numbers: set[int] = set()
        for index, item in enumerate(self.items(raw, "steps")):
            found = self.mapping(item, f"steps.{index}")
            name = str(found.get("id", index))
            place = f"steps.{name}"
            step = self._step(found, place)
            if step.id in steps:
                self.fault(place, "repeated_id", id=step.id)
                continue
            if step.number is not None and step.number in numbers:
                self.fault(f"{place}.number", "repeated_number", number=step.number)
            numbers |= {step.number} if step.number is not None else set()
            steps[step.id] = step
        return steps

    def _step(self, raw: Raw, place: str) -> Step:
        self.keys(raw, place, needs=_STEP_NEEDS, may=_STEP_MAY)

        def texts(key: str) -> tuple[str, ...]:
            return self.texts(raw.get(key), f"{place}.{key}")

        number = raw.get("number")
        overdue = self.mapping(raw.get("overdue"), f"{place}.overdue")
        self.keys(overdue, f"{place}.overdue", needs=(), may=("alarm", "chases"))
        hours = [self._hour(hour, f"{place}.insist") for hour in texts("insist")]
        return Step(
            id=self.text(raw.get("id"), f"{place}.id"),
            title=self.text(raw.get("title"), f"{place}.title"),
            says=self.text(raw.get("says"), f"{place}.says"),
            cites=self.text(raw.get("cites"), f"{place}.cites"),
            scope=self.text(raw.get("scope"), f"{place}.scope"),
            actors=texts("actor"),
            number=self.number(number, f"{place}.number") if number is not None else None,
            origin=self.choice(Origin, raw.get("origin"), f"{place}.origin", Origin.SOURCE),
            stage=self.text(raw.get("stage"), f"{place}.stage"),
            also_by=texts("also_by"),
            apart_from=texts("apart_from"),
            on=self._triggers(raw.get("on"), f"{place}.on"),
            from_states=texts("from"),
            to_state=self.text(raw.get("to"), f"{place}.to"),
            after=self._after(raw.get("after"), f"{place}.after"),
            when=texts("when"),
            gates=texts("gates"),
            branches=tuple(
                self._branch(branch, f"{place}.branches.{index}")
                for index, branch in enumerate(self.items(raw.get("branches"), f"{place}.branches"))
            ),
            effects=self._effects(raw.get("effects"), f"{place}.effects"),
            starts=texts("starts"),
            cancels=texts("cancels"),
            due=self._due(raw.get("due"), f"{place}.due", str(raw.get("id"))),
            alarm=self.texts(overdue.get("alarm"), f"{place}.overdue.alarm"),
            chases=self.number(overdue["chases"], f"{place}.overdue.chases") if "chases" in overdue else 0,
            insist=tuple(hour for hour in hours if hour is not None),
            repeat=self.flag(raw.get("repeat"), f"{place}.repeat"),
            at_will=self.flag(raw.get("at_will"), f"{place}.at_will"),
            reopens=texts("reopens"),
            rectifies=texts("rectifies"),
            returns=self._way_back(raw.get("returns"), f"{place}.returns"),
            needs=self.choice(Level, raw.get("needs"), f"{place}.needs", Level.RECORDED),
            documents_in=texts("in"),
            documents_out=texts("out"),
            channels=texts("channel"),
            recipients=texts("recipients"),
            evidence=texts("evidence"),
        )

    def _triggers(self, raw: object, place: str) -> tuple[Trigger, ...]:
        items = raw if isinstance(raw, list) else [] if raw is None else [raw]
        found = []
        for index, item in enumerate(items):
            here = f"{place}.{index}" if isinstance(raw, list) else place
            trigger = dict(self.mapping(item, here))
            when = self.texts(trigger.pop("when", None), f"{here}.when")
            source, name = next(iter(trigger.items()), ("", None))
            if len(trigger) != 1 or source not in set(Source) or not isinstance(name, str):
                self.fault(here, "bad_trigger", known=", ".join(Source))
                continue
            found.append(Trigger(source=Source(source), name=name, when=when))
        return tuple(found)

    def _after(self, raw: object, place: str) -> After | None:
        if raw is None:
            return None
        if isinstance(raw, str | list):
            return After(steps=self.texts(raw, place))
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("steps",), may=("join",))
        join = found.get("join")
        return After(
            steps=self.texts(found.get("steps"), f"{place}.steps"),
            join=self.choice(Join, join, f"{place}.join", Join.ALL) if join is not None else None,
        )

    def _branch(self, raw: object, place: str) -> Branch:
        found = self.mapping(raw, place)
        self.keys(found, place, needs=(), may=("when", "effects", "starts", "cancels", "to"))
        return Branch(
            when=self.texts(found.get("when"), f"{place}.when"),
            effects=self._effects(found.get("effects"), f"{place}.effects"),
            starts=self.texts(found.get("starts"), f"{place}.starts"),
            cancels=self.texts(found.get("cancels"), f"{place}.cancels"),
            to=self.text(found.get("to"), f"{place}.to"),
        )

    def _effects(self, raw: object, place: str) -> tuple[Effect, ...]:
        found = []
        for index, item in enumerate(self.items(raw, place)):
            here = f"{place}.{index}"
            if isinstance(item, str):
                found.append(Effect(name=item))
                continue
            effect = dict(self.mapping(item, here))
            when = self.texts(effect.pop("when", None), f"{here}.when")
            if len(effect) != 1:
                self.fault(here, "bad_effect")
                continue
            name, argument = next(iter(effect.items()))
            found.append(Effect(name=name, argument=self.text(argument, f"{here}.{name}"), when=when))
        return tuple(found)

    def _way_back(self, raw: object, place: str) -> WayBack | None:
        if raw is None:
            return None
        found = self.mapping(raw, place)
        self.keys(found, place, needs=("steps",), may=("effects",))
        return WayBack(
            steps=self.texts(found.get("steps"), f"{place}.steps"),
            effects=self._effects(found.get("effects"), f"{place}.effects"),
        )


_STEP_NEEDS = ("id", "title", "says", "cites", "scope")
_STEP_MAY = (
    "number",
    "origin",
    "stage",
    "actor",
    "also_by",
    "apart_from",
    "on",
    "from",
    "to",
    "after",
    "when",
    "gates",
    "branches",
    "effects",
    "starts",
    "cancels",
    "due",
    "overdue",
    "insist",
    "repeat",
    "at_will",
    "reopens",
    "rectifies",
    "returns",
    "needs",
    "in",
    "out",
    "channel",
    "recipients",
    "evidence",
)


def _no_deadline(name: str) -> Deadline:
    """Return what stands in for a term that could not be read, while the other problems are found."""
    return Deadline(name=name, rule=parse_due({"soft": {"date_of": "nothing"}}))


def _label_of(node: yaml.Node, index: int) -> str:
    """Return how an item of a list is called in a place: by its id, if it has one."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "id" and isinstance(value, yaml.ScalarNode):
                return str(value.value)
    return str(index)
