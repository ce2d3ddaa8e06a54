"""Turn the rule of a term into a date, and say in Spanish why it is that day.

Readings of what the regulations leave open: the day of the event does not count unless a rule says
`inclusive`; calendar days and months that end on a day off are not moved, because no source moves
them (ledger 2, 0.3); a term ends at 23:59:59 in the office's zone.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from procedures.deadline_rules import (
    BeforeDate,
    Bimester,
    Chained,
    Count,
    Direction,
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
    Unit,
)
from procedures.deadline_words import (
    bimester_word,
    days_off_note,
    direction_word,
    moment_label,
    named_day,
    of,
    phrase,
    spanish_date,
    unit_word,
)
from procedures.working_days import WorkingDays

OFFICE_ZONE = ZoneInfo("America/Mexico_City")
"""Legal time: UTC-6 all the year round since October 2022."""

GRACE = timedelta(minutes=30)
"""How long after midnight an expiry waits, so that the mailbox is read past the limit first (GEN-09)."""

_ONE_DAY = timedelta(days=1)


def legal_date(instant: datetime, zone: ZoneInfo = OFFICE_ZONE) -> date:
    """Return the legal date of an instant: that of the server's reception time in the office's zone.

    >>> legal_date(datetime(2026, 7, 1, 5, 30, tzinfo=UTC))
    datetime.date(2026, 6, 30)
    """
    return instant.astimezone(zone).date()


def limit_instant(on: date, zone: ZoneInfo = OFFICE_ZONE) -> datetime:
    """Return the last instant of a limit date, 23:59:59 in the office's zone, as UTC."""
    return datetime.combine(on, time(23, 59, 59), zone).astimezone(UTC)


def expiry_instant(on: date, zone: ZoneInfo = OFFICE_ZONE, grace: timedelta = GRACE) -> datetime:
    """Return when the expiry of a limit date may fire: midnight after it and the grace, as UTC."""
    return datetime.combine(on + _ONE_DAY, time(), zone).astimezone(UTC) + grace


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """What is known when a term is reckoned.

    `known` is one namespace: T0, T1, R, the calendar's dates (fecha_entrega_pac …), the days on which
    steps were done (A01 …), limits of other terms, fields of documents, and `month` or `year`: any day
    of the month or year that a window means. A rule that needs an unknown date gives none.
    """

    known: Mapping[str, date] = field(default_factory=dict)
    parameters: Mapping[str, Rule | None] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Spanish names of dates, with their article, over those of the catalogue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueDate:
    """A date that binds, how it binds, and why it is that day (Spanish)."""

    on: date
    kind: DueKind
    reason: str
    opens_on: date | None = None
    """First day on which the step is in time, where the rule is a window or an exact day."""

    def includes(self, day: date) -> bool:
        """Tell whether a step done on a day is in time."""
        return (self.opens_on is None or self.opens_on <= day) and day <= self.on


def due_date(rule: DueRule, dates: Dates, working_days: WorkingDays) -> DueDate | None:
    """Return the date of a term, or None while something that it needs is unknown.

    >>> from procedures.deadline_rules import parse_due
    >>> rule = parse_due({"latest": {"working_days": 5, "before": "R"}})
    >>> print(due_date(rule, Dates(known={"R": date(2027, 2, 25)}), WorkingDays()).reason)
    5 días hábiles antes de la entrega del recurso al Prestador de Servicios (25-feb-2027): 18-feb-2027
    """
    reached = _reach(rule.rule, dates, working_days)
    if reached is None:
        return None
    exact = rule.kind is DueKind.EXACT and reached.opens_on is None
    return DueDate(
        on=reached.on,
        kind=rule.kind,
        reason=reached.reason,
        opens_on=reached.on if exact else reached.opens_on,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reached:
    """A date that a rule gives, with its reason."""

    on: date
    reason: str
    opens_on: date | None = None


def _reach(rule: Rule, dates: Dates, working_days: WorkingDays) -> _Reached | None:
    match rule:
        case Moment():
            return _reach_moment(rule, dates)
        case Count():
            return _reach_count(rule, "inclusive" if rule.inclusive else "count", dates, working_days)
        case Chained():
            return _reach_count(rule.count, "chained", dates, working_days)
        case FirstOf():
            return next(_reach_each(rule.rules, dates, working_days), None)
        case EarliestOf():
            return _choose(min, "earliest", [*_reach_each(rule.rules, dates, working_days)])
        case LatestOf():
            return _choose(max, "latest", [*_reach_each(rule.rules, dates, working_days)])
        case PreviousWorkingDay():
            return _reach_previous_working_day(rule, dates, working_days)
        case Parameter():
            chosen = dates.parameters.get(rule.key)
            return None if chosen is None else _reach(chosen, dates, working_days)
        case FixedRange():
            return _window("range", rule.first, rule.last)
        case MonthWindow() | MonthWorkingWindow() | BeforeDate() | Bimester() | MonthRange():
            within = dates.known.get(rule.within)
            return None if within is None else _reach_within(rule, within, working_days)
        case _:
            assert_never(rule)


def _reach_moment(rule: Moment, dates: Dates) -> _Reached | None:
    on = dates.known.get(rule.name)
    if on is None:
        return None
    key = "calendar" if rule.in_calendar else "moment"
    return _Reached(
        on=on, reason=phrase(key, moment=moment_label(rule.name, dates.labels), on=spanish_date(on))
    )


def _reach_each(rules: Sequence[Rule], dates: Dates, working_days: WorkingDays) -> Iterator[_Reached]:
    return (reached for rule in rules if (reached := _reach(rule, dates, working_days)))


def _choose(pick: Callable[..., _Reached], key: str, options: Sequence[_Reached]) -> _Reached | None:
    if len(options) < 2:
        return options[0] if options else None
    chosen = pick(options, key=lambda option: option.on)
    reason = phrase(key, parts=" | ".join(option.reason for option in options))
    return _Reached(on=chosen.on, opens_on=chosen.opens_on, reason=reason)


def _reach_count(rule: Count, key: str, dates: Dates, working_days: WorkingDays) -> _Reached | None:
    anchor = _reach(rule.anchor, dates, working_days)
    if anchor is None:
        return None
    on, note = _COUNTERS[rule.unit](anchor.on, rule, working_days)
    if isinstance(rule.anchor, Moment):
        named = f"{moment_label(rule.anchor.name, dates.labels)} ({spanish_date(anchor.on)})"
    else:
        named = f"la fecha que resulta de [{anchor.reason}]"
    reason = phrase(
        key,
        n=str(rule.n),
        unit=unit_word(rule.unit, rule.n),
        direction=direction_word(rule.direction),
        anchor=of(named) if key == "count" else named,
        on=spanish_date(on),
    )
    return _Reached(on=on, reason=reason + note)


def _count_working_days(start: date, rule: Count, working_days: WorkingDays) -> tuple[date, str]:
    if rule.direction is Direction.BEFORE:
        on = working_days.subtract(start, rule.n)
        return on, days_off_note(working_days.holidays_between(on, start - _ONE_DAY), working_days)
    # Inclusive: the first working day from the start on is the first that counts.
    eve = start - _ONE_DAY if rule.inclusive else start
    on = working_days.add(eve, rule.n)
    return on, days_off_note(working_days.holidays_between(eve + _ONE_DAY, on), working_days)


def _count_calendar_days(start: date, rule: Count, working_days: WorkingDays) -> tuple[date, str]:
    days = timedelta(days=rule.n - 1 if rule.inclusive else rule.n)
    on = start - days if rule.direction is Direction.BEFORE else start + days
    return on, _not_moved_note(on, working_days)


def _count_months(start: date, rule: Count, working_days: WorkingDays) -> tuple[date, str]:
    index = start.month - 1 + (-rule.n if rule.direction is Direction.BEFORE else rule.n)
    month_end = _end_of_month(start.year + index // 12, index % 12 + 1)
    on = month_end.replace(day=min(start.day, month_end.day))
    shorter = "" if on.day == start.day else phrase("end_of_month", day=str(start.day))
    return on, shorter + _not_moved_note(on, working_days)


_COUNTERS: Mapping[Unit, Callable[[date, Count, WorkingDays], tuple[date, str]]] = {
    Unit.WORKING_DAYS: _count_working_days,
    Unit.CALENDAR_DAYS: _count_calendar_days,
    Unit.MONTHS: _count_months,
}


def _not_moved_note(on: date, working_days: WorkingDays) -> str:
    return "" if working_days.is_working_day(on) else phrase("not_moved")


def _reach_previous_working_day(
    rule: PreviousWorkingDay, dates: Dates, working_days: WorkingDays
) -> _Reached | None:
    reached = _reach(rule.rule, dates, working_days)
    if reached is None or working_days.is_working_day(reached.on):
        return reached
    on = working_days.previous_or_same(reached.on)
    moved = phrase("moved_back", day=named_day(reached.on, working_days), on=spanish_date(on))
    # What the count said of not moving is overruled here.
    return _Reached(on=on, reason=reached.reason.removesuffix(phrase("not_moved")) + moved)


def _reach_within(
    rule: MonthWindow | MonthWorkingWindow | BeforeDate | Bimester | MonthRange,
    within: date,
    working_days: WorkingDays,
) -> _Reached:
    """Reckon a window of the month or year in which a day lies."""
    match rule:
        case MonthWindow():
            first, last = within.replace(day=rule.first), within.replace(day=rule.last)
            return _window("month_window", first, last, first=str(rule.first), last=str(rule.last))
        case MonthWorkingWindow():
            eve = within.replace(day=1) - _ONE_DAY
            first, last = working_days.add(eve, 1), working_days.add(eve, rule.n)
            days_off = days_off_note(working_days.holidays_between(eve + _ONE_DAY, last), working_days)
            return _window("month_working_window", first, last, n=str(rule.n), days_off=days_off)
        case BeforeDate():
            limit = date(within.year + rule.years_later, rule.month, rule.day)
            on = limit - _ONE_DAY
            reason = phrase("before_date", limit=spanish_date(limit), on=spanish_date(on))
            return _Reached(on=on, reason=reason)
        case Bimester():
            first = date(within.year, 2 * rule.k - 1, 1)
            last = _end_of_month(within.year, 2 * rule.k)
            return _window("bimester", first, last, ordinal=bimester_word(rule.k), year=str(within.year))
        case MonthRange():
            first = date(within.year, rule.from_month, rule.from_day)
            month_end = _end_of_month(within.year, rule.to_month)
            return _window("range", first, month_end.replace(day=rule.to_day or month_end.day))
        case _:
            assert_never(rule)


def _window(key: str, opens_on: date, on: date, **words: str) -> _Reached:
    reason = phrase(key, opens_on=spanish_date(opens_on), on=spanish_date(on), **words)
    return _Reached(on=on, opens_on=opens_on, reason=reason)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
