"""Check that an annual calendar can be kept, before it is taken (F-1 to F-8; ledger 1, 7.4).

A calendar is refused unless every check holds; each finding says which periods and dates collide, and
which numeral forbids it. The steps named here are those of procedure 0780-003-002, whose policy 5.2.12
asks for the calendar.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from procedures.deadline_rules import DueRule
from procedures.deadline_words import spanish_date
from procedures.deadlines import DueDate
from procedures.periods import Period, months_from, stage_dates
from procedures.working_days import WorkingDays
from procedures.yaml_text import read_yaml

_CIRCULAR, _FORWARDED, _NOTICES = "A34", "A36", "A37"
_ADVANCE, _PROOF = "A33", "A47"
_FIRST, _LAST = "A01", "A50"


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """UPIB's authorisation of a calendar (5.2.12), as far as it was recorded."""

    by: str = ""
    on: date | None = None
    document: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnualCalendar:
    """The periods of a fiscal year, in their order, and who authorised them."""

    year: int
    periods: tuple[Period, ...]
    approval: Approval


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarFinding:
    """Why a calendar cannot be kept: the check, the period at fault (none: the year), the sentence."""

    check: str
    period: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """A period with the due day of each of its steps."""

    period: Period
    dues: Mapping[str, DueDate]
    past: Collection[str] = ()
    """The steps whose day was over before this calendar: what a changed one makes of it is moot."""

    def on(self, step: str) -> date:
        """Return the due day of a step."""
        return self.dues[step].on


def check_calendar(
    calendar: AnnualCalendar,
    rules: Mapping[str, DueRule],
    working_days: WorkingDays,
    previous: Period | None = None,
    following: Period | None = None,
    past: Mapping[str, Collection[str]] | None = None,
) -> tuple[CalendarFinding, ...]:
    """Return everything that keeps a calendar from being kept, in the order of the checks.

    Args:
        calendar: the calendar proposed.
        rules: the rule of each step's term, of the definition of 0780 in force.
        working_days: the days on which the office would work.
        previous: the last period of the year before, None where the office knows none.
        following: the first period of the year after, None where it is not planned yet.
        past: by the code of a period that runs, the steps whose day was over under the calendar in force.
    """
    sequence = [
        _Plan(
            period=period,
            dues=stage_dates(period, rules, working_days),
            past=(past or {}).get(period.code, ()),
        )
        for period in (previous, *calendar.periods, following)
        if period is not None
    ]
    plans = [plan for plan in sequence if plan.period in calendar.periods]
    findings = [
        *_check_order(sequence),
        *_check_previous_proved(sequence),
        *_check_stages(plans),
        *_check_notices(plans),
        *_check_months(calendar),
        *_check_year_end(calendar, plans),
        *_check_days_off(plans, working_days),
        *_check_approval(calendar.approval),
    ]
    return tuple(findings)


def _check_order(plans: Sequence[_Plan]) -> Iterator[CalendarFinding]:
    """F-1: R, T0 and T1 ascend in a period, and T0 and T1 from one period to the next."""
    for plan in plans:
        period = plan.period
        if period.r > period.t0:
            yield _finding("r_after_t0", period, r=period.r, t0=period.t0)
        if period.t1 < period.t0:
            yield _finding("t1_before_t0", period, t0=period.t0, t1=period.t1)
    for earlier, later in pairwise(plan.period for plan in plans):
        if not (earlier.t0 < later.t0 and earlier.t1 < later.t1):
            yield _finding(
                "not_in_order",
                later,
                t0=later.t0,
                t1=later.t1,
                previous=earlier.code,
                previous_t0=earlier.t0,
                previous_t1=earlier.t1,
            )


def _check_previous_proved(plans: Sequence[_Plan]) -> Iterator[CalendarFinding]:
    """F-2: a period's anticipo is asked for once the one before has been accounted for (5.2.2)."""
    for earlier, later in pairwise(plans):
        proof, advance = earlier.on(_PROOF), later.on(_ADVANCE)
        if proof > advance and _ADVANCE not in later.past:
            yield _finding(
                "not_proved", later.period, previous=earlier.period.code, advance=advance, proof=proof
            )


def _check_stages(plans: Sequence[_Plan]) -> Iterator[CalendarFinding]:
    """F-3: the stages up to the anticipo ascend, and the anticipo keeps its lead (5.2.1; AMB-48)."""
    for plan in plans:
        given, limit = plan.period.dates.get("fecha_oficio_anticipo"), plan.on(_ADVANCE)
        if given is not None and given > limit and _ADVANCE not in plan.past:
            yield _finding("late_advance", plan.period, given=given, limit=limit)
        for earlier, later in pairwise(_sentences()["stages"]):
            if plan.on(earlier) > plan.on(later) and earlier not in plan.past:
                yield _finding(
                    "not_ascending",
                    plan.period,
                    earlier=_sentences()["stages"][earlier],
                    earlier_on=plan.on(earlier),
                    later=_sentences()["stages"][later],
                    later_on=plan.on(later),
                )


def _check_notices(plans: Sequence[_Plan]) -> Iterator[CalendarFinding]:
    """F-4: the circular of the delivery leaves in time to reach the volunteers (act. 34 to 37)."""
    for plan in plans:
        period, circular = plan.period, plan.on(_CIRCULAR)
        if _CIRCULAR in plan.past:
            continue
        if circular >= period.t0:
            yield _finding("circular_late", period, circular=circular, t0=period.t0)
        elif plan.on(_NOTICES) < plan.on(_FORWARDED):
            yield _finding(
                "no_time_to_notify",
                period,
                circular=circular,
                t0=period.t0,
                forwarded=plan.on(_FORWARDED),
                notices=plan.on(_NOTICES),
            )


def _check_months(calendar: AnnualCalendar) -> Iterator[CalendarFinding]:
    """F-5: the months of the periods partition the fiscal year."""
    if not calendar.periods:
        yield CalendarFinding(
            check="F-5", period="", reason=_sentences()["no_periods"].format(year=calendar.year)
        )
        return
    of_year = months_from(f"{calendar.year:04}-01", f"{calendar.year:04}-12")
    covering: dict[str, list[str]] = {month: [] for month in of_year}
    for period in calendar.periods:
        if period.months != months_from(period.months[0], period.months[-1]):
            months = ", ".join(_month(month) for month in period.months)
            yield _finding("months_apart", period, months=months)
        for month in period.months:
            if month in covering:
                covering[month].append(period.code)
            else:
                yield _finding("month_foreign", period, month=_month(month), year=calendar.year)
    for month, codes in covering.items():
        if not codes:
            yield _finding("month_missing", None, month=_month(month), year=calendar.year)
        elif len(codes) > 1:
            yield _finding("month_repeated", None, month=_month(month), periods=" y ".join(codes))


def _check_year_end(calendar: AnnualCalendar, plans: Sequence[_Plan]) -> Iterator[CalendarFinding]:
    """F-6: the last period is accounted for inside its fiscal year (SROP 4.2.3)."""
    for plan in plans[-1:]:
        if plan.on(_PROOF) > date(calendar.year, 12, 31):
            yield _finding("proved_next_year", plan.period, proof=plan.on(_PROOF), year=calendar.year)


def _check_days_off(plans: Sequence[_Plan], working_days: WorkingDays) -> Iterator[CalendarFinding]:
    """F-7: the days off are known from the first circular to the last contra-recibo."""
    if not plans:
        return
    first, last = plans[0].on(_FIRST), plans[-1].on(_LAST)
    unknown = [str(year) for year in range(first.year, last.year + 1) if not working_days.covers(year)]
    if unknown:
        yield _finding("days_off_missing", None, first=first, last=last, years=" ni de ".join(unknown))


def _check_approval(approval: Approval) -> Iterator[CalendarFinding]:
    """F-8: UPIB's approval is on record (5.2.12)."""
    missing = [
        _sentences()["missing"][name]
        for name, value in (
            ("approved_by", approval.by),
            ("approved_on", approval.on),
            ("document", approval.document),
        )
        if not value
    ]
    if missing:
        yield _finding("not_approved", None, missing=", ".join(missing))


def _finding(key: str, period: Period | None, **values: date | int | str) -> CalendarFinding:
    words = {
        name: spanish_date(value) if isinstance(value, date) else str(value) for name, value in values.items()
    }
    code = period.code if period else ""
    sentence: str = _sentences()["findings"][key]
    check, _, reason = sentence.format(period=code, **words).partition(". ")
    return CalendarFinding(check=check, period=code, reason=reason)


def _month(month: str) -> str:
    sentences = _sentences()
    name = sentences["months"][int(month[5:]) - 1]
    return str(sentences["month"]).format(name=name, year=month[:4])


@cache
def _sentences() -> Mapping[str, Any]:
    text = files("procedures").joinpath("calendar_sentences.yaml").read_text(encoding="utf-8")
    sentences: Mapping[str, Any] = read_yaml(text)
    return sentences
