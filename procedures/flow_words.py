"""Say terms, conditions and ways of doing a step in Spanish; the words are in flow_words.yaml."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from procedures.deadline_rules import (
    BeforeDate,
    Bimester,
    Chained,
    Count,
    DueKind,
    DueRule,
    EarliestOf,
    FirstOf,
    FixedRange,
    LatestOf,
    Moment,
    MonthRange,
    MonthWindow,
    MonthWorkingWindow,
    Parameter,
    PreviousWorkingDay,
    Rule,
)
from procedures.deadline_words import bimester_word, direction_word, moment_label, of, spanish_date, unit_word
from procedures.definition import Definition, Source, Step
from procedures.yaml_text import read_yaml


def word(section: str, key: str, **words: object) -> str:
    """Return a phrase with its gaps filled."""
    template: str = _catalogue()[section][key]
    return template.format(**words)


def plain(key: str, **words: object) -> str:
    """Return a phrase that stands in no section."""
    template: str = _catalogue()[key]
    return template.format(**words)


def say_term(rule: DueRule, labels: Mapping[str, str]) -> str:
    """Return a term as a sentence, without dates.

    >>> from procedures.deadline_rules import parse_due
    >>> say_term(parse_due({"exactly": {"working_days": 2, "after": "T1"}}), {})
    'Exactamente 2 días hábiles después del término de la entrega.'
    """
    return word("term", rule.kind, rule=_say_rule(rule.rule, labels))


def _say_rule(rule: Rule, labels: Mapping[str, str]) -> str:
    match rule:
        case Moment(name=name, in_calendar=in_calendar):
            return word("term", "calendar" if in_calendar else "moment", moment=moment_label(name, labels))
        case Count() | Chained():
            return _say_count(rule, labels)
        case FirstOf(rules=rules):
            first, *rest = [_say_rule(part, labels) for part in rules]
            return word("term", "first_of", first=first, rest="; ".join(rest)) if rest else first
        case EarliestOf(rules=rules) | LatestOf(rules=rules):
            key = "earliest" if isinstance(rule, EarliestOf) else "latest_of"
            return word("term", key, parts=" | ".join(_say_rule(part, labels) for part in rules))
        case PreviousWorkingDay(rule=inner):
            return word("term", "previous", rule=_say_rule(inner, labels))
        case Parameter():
            return word("term", "parameter")
        case _:
            return _say_window(rule)


def _say_count(rule: Count | Chained, labels: Mapping[str, str]) -> str:
    count = rule.count if isinstance(rule, Chained) else rule
    anchor = count.anchor
    named = moment_label(anchor.name, labels) if isinstance(anchor, Moment) else _say_rule(anchor, labels)
    key = "chained" if isinstance(rule, Chained) else "inclusive" if count.inclusive else "count"
    return word(
        "term",
        key,
        n=count.n,
        unit=unit_word(count.unit, count.n),
        direction=direction_word(count.direction),
        anchor=of(named) if key == "count" else named,
    )


def _say_window(rule: Rule) -> str:
    match rule:
        case MonthWindow(first=first, last=last):
            return word("term", "month_window", first=first, last=last)
        case MonthWorkingWindow(n=n):
            return word("term", "month_working_window", n=n)
        case BeforeDate(month=month, day=day):
            return word("term", "before_date", day=f"{day:02}", month=f"{month:02}")
        case Bimester(k=k):
            return word("term", "bimester", ordinal=bimester_word(k))
        case FixedRange(first=first_day, last=last_day):
            return word("term", "range", first=spanish_date(first_day), last=spanish_date(last_day))
        case MonthRange():
            return word("term", "month_range")
        case _:
            return word("term", "one_of_rules")


def say_term_shortly(rule: DueRule, labels: Mapping[str, str]) -> str:
    """Return a term in a few words, for a drawing.

    >>> from procedures.deadline_rules import parse_due
    >>> say_term_shortly(parse_due({"latest": {"working_days": 10, "after": "A01"}}), {})
    '10 d. háb. tras A01'
    """
    short = _shorten(rule.rule, labels)
    key = {DueKind.EXACT: "exact", DueKind.RECURRING: "weekly", DueKind.SILENCE: "silence"}.get(rule.kind)
    return word("short", key, rule=short) if key and short else short


def _shorten(rule: Rule, labels: Mapping[str, str]) -> str:
    match rule:
        case Moment(name=name, in_calendar=in_calendar):
            return word("short", "calendar") if in_calendar else _short_name(name, labels)
        case Count(n=n, unit=unit, direction=direction, anchor=Moment(name=name)):
            anchor = _short_name(name, labels)
            return word("short", unit, n=n, direction=word("short", direction), anchor=anchor)
        case FirstOf(rules=rules) | EarliestOf(rules=rules):
            parts = [part for part in (_shorten(inner, labels) for inner in rules) if part]
            return word("short", "or", first=parts[0], rest=parts[-1]) if len(parts) > 1 else "".join(parts)
        case PreviousWorkingDay(rule=inner):
            return _shorten(inner, labels)
        case _:
            return ""


def _short_name(name: str, labels: Mapping[str, str]) -> str:
    """Return a date by its key if that is one (A01, T0), by its name otherwise."""
    return name if name == name.upper() else moment_label(name, labels).split(" ", 1)[-1]


def say_condition(definition: Definition, name: str) -> str:
    """Return how a predicate is called; its own name if nobody named it."""
    return definition.conditions.get(name, name.replace("_", " "))


def say_how(step: Step) -> tuple[str, ...]:
    """Return the ways in which a step is taken, each a sentence."""
    ways = _catalogue()["how"]
    found: dict[str, None] = {}
    for trigger in step.on:
        sentence = ways.get(f"{trigger.source}:{trigger.name}") or ways[trigger.source]
        found[str(sentence)] = None
    people = any(trigger.source in {Source.MAIL, Source.CHAT} for trigger in step.on)
    if people:
        # The command is the operator's way, worth telling only where there is no other.
        found.pop(str(ways["command"]), None)
    return tuple(found)


@cache
def _catalogue() -> Mapping[str, Any]:
    text = files("procedures").joinpath("flow_words.yaml").read_text(encoding="utf-8")
    catalogue: Mapping[str, Any] = read_yaml(text)
    return catalogue
