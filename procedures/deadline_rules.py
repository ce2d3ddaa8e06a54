"""Read the rule of a term from its YAML structure, once, and refuse what makes no sense.

The structures are those of a definition's `due`: `{latest: {working_days: 10, after: A01}}`,
`{exactly: {…}}` and so on. There is no expression language: a rule is one mapping whose first key
says what it is, and an anchor is the name of a date or another rule.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias


class BadRule(ValueError):
    """A structure that is no rule: where in it, and why."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class DueKind(StrEnum):
    """How a date binds."""

    LATEST = "latest"
    """On that day or before."""
    EXACT = "exact"
    """On that day, neither before nor after."""
    SOFT = "soft"
    """A target of the office: it reminds, it is never an offence to miss it."""
    RECURRING = "recurring"
    """Every week, up to that day."""
    SILENCE = "silence"
    """Nothing has arrived by then: that is what happens."""


class Unit(StrEnum):
    """What a count counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class Direction(StrEnum):
    """Which way a count goes."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A date by its name: T0, R, the step A01, a field of a document."""

    name: str
    in_calendar: bool = False
    """The authorised calendar gives it, or nobody does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """So many days or months after or before an anchor, which counts only in the inclusive reading."""

    n: int
    unit: Unit
    direction: Direction
    anchor: "Rule"
    inclusive: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Chained:
    """A count that begins the day after another term ran out."""

    count: Count


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstOf:
    """The first rule that gives a date at all: what the calendar says, else our own reckoning."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class EarliestOf:
    """The earliest of the dates that are known."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LatestOf:
    """The latest of the dates that are known."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviousWorkingDay:
    """The date of a rule, or the nearest working day before it."""

    rule: "Rule"


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthWindow:
    """From one day of a calendar month to another, weekends included."""

    first: int
    last: int
    within: str = "month"
    """Name of a date in the month that is meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthWorkingWindow:
    """The first n working days of a calendar month."""

    n: int
    within: str = "month"


@dataclass(frozen=True, kw_only=True, slots=True)
class BeforeDate:
    """A day that is already too late: "antes del 10 de enero" admits the 9th at the latest."""

    month: int
    day: int
    years_later: int = 0
    within: str = "year"
    """Name of a date in the year that is meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bimester:
    """A natural bimester of a year, 1 to 6."""

    k: int
    within: str = "year"


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthRange:
    """From one day to another inside a year; no last day means the end of the month."""

    from_month: int
    from_day: int
    to_month: int
    to_day: int | None
    within: str = "year"


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedRange:
    """Two dates of a law or an agreement: in force from one to the other."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A rule that the office sets by a key; unset, there is no term (the source is silent)."""

    key: str


Rule: TypeAlias = (
    Moment
    | Count
    | Chained
    | FirstOf
    | EarliestOf
    | LatestOf
    | PreviousWorkingDay
    | MonthWindow
    | MonthWorkingWindow
    | BeforeDate
    | Bimester
    | MonthRange
    | FixedRange
    | Parameter
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueRule:
    """A rule with the way in which its date binds."""

    kind: DueKind
    rule: Rule


def parse_due(raw: object, place: str = "due") -> DueRule:
    """Read a step's `due`: one kind, one rule.

    Raises:
        BadRule: the structure does not resolve; says where in it.

    >>> parse_due({"exactly": {"working_days": 2, "after": "T1"}}).kind
    <DueKind.EXACT: 'exact'>
    """
    mapping = _mapping(raw, place)
    if len(mapping) != 1:
        raise BadRule(place, f"give exactly one of {', '.join(_KINDS)}, not {_listed(mapping)}")
    word, rule = next(iter(mapping.items()))
    if word not in _KINDS:
        raise BadRule(place, f"unknown kind {word!r}; the kinds are {', '.join(_KINDS)}")
    return DueRule(kind=_KINDS[word], rule=parse_rule(rule, f"{place}.{word}"))


def parse_rule(raw: object, place: str = "rule") -> Rule:
    """Read one rule.

    Raises:
        BadRule: the structure does not resolve; says where in it.

    >>> parse_rule({"calendar_days": 10, "after": "received", "inclusive": True}).n
    10
    """
    mapping = _mapping(raw, place)
    words = [word for word in mapping if word in _PARSERS]
    if len(words) != 1:
        raise BadRule(place, f"give exactly one of {', '.join(_PARSERS)}, not {_listed(mapping)}")
    word = words[0]
    parse, companions = _PARSERS[word]
    unknown = [key for key in mapping if key != word and key not in companions]
    if unknown:
        raise BadRule(place, f"{word} does not go with {', '.join(unknown)}")
    return parse(mapping, word, place)


def rules_of(terms: Mapping[str, object]) -> dict[str, Rule | None]:
    """Return the rules of some terms by their keys; what is left unset, or makes no sense, is no term."""
    rules: dict[str, Rule | None] = {}
    for key, raw in terms.items():
        try:
            rules[key] = parse_rule(raw) if isinstance(raw, Mapping) else None
        except BadRule:
            rules[key] = None
    return rules


@lru_cache(maxsize=512)
def names_in(rule: Rule) -> frozenset[str]:
    """Return the names of dates that a rule needs, so that a loader can resolve them."""
    return frozenset(_walk(rule, _names_of))


def parameters_in(rule: Rule) -> frozenset[str]:
    """Return the keys of the parameters that a rule needs."""
    return frozenset(_walk(rule, lambda part: [part.key] if isinstance(part, Parameter) else []))


def _names_of(part: Rule) -> list[str]:
    if isinstance(part, Moment):
        return [part.name]
    if isinstance(part, MonthWindow | MonthWorkingWindow | BeforeDate | Bimester | MonthRange):
        return [part.within]
    return []


def _walk(rule: Rule, pick: Callable[[Rule], list[str]]) -> Iterator[str]:
    yield from pick(rule)
    for field in fields(rule):
        value = getattr(rule, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, _RULE_CLASSES):
                yield from _walk(part, pick)


_RULE_CLASSES = (
    Moment,
    Count,
    Chained,
    FirstOf,
    EarliestOf,
    LatestOf,
    PreviousWorkingDay,
    MonthWindow,
    MonthWorkingWindow,
    BeforeDate,
    Bimester,
    MonthRange,
    FixedRange,
    Parameter,
)


# The readers of each word. All take the whole mapping, the word, and the place for messages.


def _moment(mapping: Mapping[str, Any], word: str, place: str) -> Moment:
    return Moment(name=_name(mapping[word], f"{place}.{word}"), in_calendar=word == "calendar")


def _count(mapping: Mapping[str, Any], word: str, place: str) -> Count:
    directions = [direction for direction in Direction if direction in mapping]
    if len(directions) != 1:
        raise BadRule(place, f"{word} needs one of after and before")
    direction = directions[0]
    inclusive = mapping.get("inclusive", False)
    if not isinstance(inclusive, bool):
        raise BadRule(f"{place}.inclusive", f"must be true or false, not {inclusive!r}")
    if inclusive and (direction is Direction.BEFORE or word == Unit.MONTHS):
        raise BadRule(place, "inclusive goes only with days counted after a date")
    return Count(
        n=_number(mapping[word], f"{place}.{word}"),
        unit=Unit(word),
        direction=direction,
        anchor=_anchor(mapping[direction], f"{place}.{direction}"),
        inclusive=inclusive,
    )


def _chained(mapping: Mapping[str, Any], word: str, place: str) -> Chained:
    count = parse_rule(mapping[word], f"{place}.{word}")
    if not isinstance(count, Count) or count.direction is not Direction.AFTER or count.inclusive:
        raise BadRule(f"{place}.{word}", "a chained term is a count after another term, not inclusive")
    return Chained(count=count)


def _choice(mapping: Mapping[str, Any], word: str, place: str) -> FirstOf | EarliestOf | LatestOf:
    raw = mapping[word]
    if not isinstance(raw, list) or not raw:
        raise BadRule(f"{place}.{word}", "must be a list of rules")
    rules = tuple(parse_rule(rule, f"{place}.{word}[{index}]") for index, rule in enumerate(raw))
    if word == "first_of":
        return FirstOf(rules=rules)
    return EarliestOf(rules=rules) if word == "earliest_of" else LatestOf(rules=rules)


def _previous_working_day(mapping: Mapping[str, Any], word: str, place: str) -> PreviousWorkingDay:
    return PreviousWorkingDay(rule=_anchor(mapping[word], f"{place}.{word}"))


def _month_window(mapping: Mapping[str, Any], word: str, place: str) -> MonthWindow:
    here = f"{place}.{word}"
    window = _exact_keys(mapping[word], here, {"from", "to"})
    first, last = _number(window["from"], f"{here}.from"), _number(window["to"], f"{here}.to")
    if not first <= last <= 28:
        raise BadRule(here, f"must go forwards and end by day 28, which every month has: {first} to {last}")
    return MonthWindow(first=first, last=last, within=_within(mapping, "month", place))


def _month_working_window(mapping: Mapping[str, Any], word: str, place: str) -> MonthWorkingWindow:
    window = _exact_keys(mapping[word], f"{place}.{word}", {"n"})
    n = _number(window["n"], f"{place}.{word}.n")
    if n > 15:
        raise BadRule(f"{place}.{word}.n", f"no month is sure to have {n} working days")
    return MonthWorkingWindow(n=n, within=_within(mapping, "month", place))


def _before_date(mapping: Mapping[str, Any], word: str, place: str) -> BeforeDate:
    month, day = _month_and_day(mapping[word], f"{place}.{word}")
    if day is None:
        raise BadRule(f"{place}.{word}", "needs a day of the month")
    later = mapping.get("years_later", 0)
    if later:
        later = _number(later, f"{place}.years_later")
    return BeforeDate(month=month, day=day, years_later=later, within=_within(mapping, "year", place))


def _bimester(mapping: Mapping[str, Any], word: str, place: str) -> Bimester:
    k = _number(mapping[word], f"{place}.{word}")
    if k > 6:
        raise BadRule(f"{place}.{word}", f"a year has six bimesters, there is no number {k}")
    return Bimester(k=k, within=_within(mapping, "year", place))


def _month_range(mapping: Mapping[str, Any], word: str, place: str) -> MonthRange:
    here = f"{place}.{word}"
    window = _exact_keys(mapping[word], here, {"from", "to"})
    from_month, from_day = _month_and_day(window["from"], f"{here}.from")
    to_month, to_day = _month_and_day(window["to"], f"{here}.to")
    if from_day is None:
        raise BadRule(f"{here}.from", "needs a day of the month")
    if (to_month, to_day or 31) < (from_month, from_day):
        raise BadRule(here, "must go forwards inside one year")
    return MonthRange(
        from_month=from_month,
        from_day=from_day,
        to_month=to_month,
        to_day=to_day,
        within=_within(mapping, "year", place),
    )


def _fixed_range(mapping: Mapping[str, Any], word: str, place: str) -> FixedRange:
    here = f"{place}.{word}"
    window = _exact_keys(mapping[word], here, {"from", "to"})
    first, last = _date(window["from"], f"{here}.from"), _date(window["to"], f"{here}.to")
    if last < first:
        raise BadRule(here, "must go forwards")
    return FixedRange(first=first, last=last)


def _parameter(mapping: Mapping[str, Any], word: str, place: str) -> Parameter:
    return Parameter(key=_name(mapping[word], f"{place}.{word}"))


_Parser: TypeAlias = Callable[[Mapping[str, Any], str, str], Rule]

_KINDS: Mapping[str, DueKind] = MappingProxyType(
    {
        "latest": DueKind.LATEST,
        "exactly": DueKind.EXACT,
        "soft": DueKind.SOFT,
        "weekly": DueKind.RECURRING,
        "silence": DueKind.SILENCE,
    }
)

_COUNT_KEYS = frozenset({"after", "before", "inclusive"})

# word -> its reader, and the keys that may stand beside it.
_PARSERS: Mapping[str, tuple[_Parser, frozenset[str]]] = MappingProxyType(
    {
        "working_days": (_count, _COUNT_KEYS),
        "calendar_days": (_count, _COUNT_KEYS),
        "months": (_count, _COUNT_KEYS),
        "calendar": (_moment, frozenset()),
        "date_of": (_moment, frozenset()),
        "first_of": (_choice, frozenset()),
        "earliest_of": (_choice, frozenset()),
        "latest_of": (_choice, frozenset()),
        "previous_working_day": (_previous_working_day, frozenset()),
        "month_window": (_month_window, frozenset({"in"})),
        "month_working_window": (_month_working_window, frozenset({"in"})),
        "before_date": (_before_date, frozenset({"in", "years_later"})),
        "bimester": (_bimester, frozenset({"in"})),
        "month_range": (_month_range, frozenset({"in"})),
        "range": (_fixed_range, frozenset()),
        "parameter": (_parameter, frozenset()),
        "chained": (_chained, frozenset()),
    }
)


# Values inside a rule.


def _anchor(raw: object, place: str) -> Rule:
    return Moment(name=raw) if isinstance(raw, str) and raw else parse_rule(raw, place)


def _mapping(raw: object, place: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or not all(isinstance(key, str) for key in raw):
        raise BadRule(place, f"must be a mapping, not {raw!r}")
    return raw


def _exact_keys(raw: object, place: str, keys: set[str]) -> Mapping[str, Any]:
    mapping = _mapping(raw, place)
    if set(mapping) != keys:
        raise BadRule(place, f"needs exactly {', '.join(sorted(keys))}, not {_listed(mapping)}")
    return mapping


def _listed(mapping: Mapping[str, Any]) -> str:
    return ", ".join(mapping) or "nothing"


def _within(mapping: Mapping[str, Any], default: str, place: str) -> str:
    return _name(mapping.get("in", default), f"{place}.in")


def _name(raw: object, place: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise BadRule(place, f"must be a name, not {raw!r}")
    return raw


def _number(raw: object, place: str) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 1:
        raise BadRule(place, f"must be a whole number from 1 on, not {raw!r}")
    return raw


def _date(raw: object, place: str) -> date:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError as error:
        raise BadRule(place, f"must be a date like 2027-03-01, not {raw!r}") from error


def _month_and_day(raw: object, place: str) -> tuple[int, int | None]:
    """Read "03-01" as (3, 1) and "03-end" as (3, None)."""
    match = re.fullmatch(r"(\d\d)-(\d\d|end)", raw) if isinstance(raw, str) else None
    if match is None:
        raise BadRule(place, f'must be a day of the year like "03-01" or "03-end", not {raw!r}')
    month, day = int(match[1]), None if match[2] == "end" else int(match[2])
    try:
        # A year without 29 February, so that the day exists in every year.
        date(2027, month, day or 1)
    except ValueError as error:
        raise BadRule(place, f"there is no {raw} in every year") from error
    return month, day
