"""What a fiscal period is, and on which day each of its steps falls due (ledger 4.2 and 7.2)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from procedures.deadline_rules import DueRule
from procedures.deadlines import Dates, DueDate, due_date
from procedures.definition import Definition
from procedures.working_days import WorkingDays

LEAD_OF_THE_MONEY = 2
"""Working days between the money's arrival at the PS and T0, where the calendar does not give R [P]."""

CALENDAR_DATES = (
    "fecha_circular_listados",
    "fecha_entrega_pac",
    "fecha_entrega_sac",
    "fecha_entrega_ems",
    "fecha_entrega_ooad",
    "fecha_entrega_jspm",
    "fecha_autorizacion",
    "fecha_envio_ps",
    "fecha_oficio_anticipo",
)
"""The dates that a calendar may give of a period besides T0, T1 and R; others follow from the rules."""

_CODE = re.compile(r"\d{4}-(?:B[1-6]|\d{2})")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A fiscal period as a calendar gives it. Whether it can be kept is for `calendar_checks` to say."""

    code: str
    """2027-B1, or 2027-01 where periods are monthly (AMB-26)."""
    months: tuple[str, ...]
    """The months that it covers, YYYY-MM, in order."""
    t0: date
    """First day of the delivery window."""
    t1: date
    """Last day of the delivery window."""
    r: date
    """The day on which the PS receives the money."""
    dates: Mapping[str, date] = field(default_factory=lambda: MappingProxyType({}))
    """Those of CALENDAR_DATES that the calendar gives."""

    def __post_init__(self) -> None:
        if not is_period_code(self.code):
            message = f"no period has the code {self.code!r}"
            raise ValueError(message)
        if not self.months or not all(_MONTH.fullmatch(month) for month in self.months):
            message = f"a period covers months such as 2027-01, not {self.months!r}"
            raise ValueError(message)
        if unknown := set(self.dates) - set(CALENDAR_DATES):
            message = f"no calendar gives {', '.join(sorted(unknown))}"
            raise ValueError(message)

    @property
    def known_dates(self) -> Mapping[str, date]:
        """Return every date of the period by the name that the rules use."""
        return {**self.dates, "T0": self.t0, "T1": self.t1, "R": self.r}


def is_period_code(text: str) -> bool:
    """Tell whether a text is the code of a period.

    >>> is_period_code("2027-B1"), is_period_code("2027-B7")
    (True, False)
    """
    return _CODE.fullmatch(text) is not None


def usual_r(t0: date, working_days: WorkingDays) -> date:
    """Return when the money reaches the PS where the calendar does not say: two working days before T0.

    >>> usual_r(date(2027, 3, 1), WorkingDays())
    datetime.date(2027, 2, 25)
    """
    return working_days.subtract(t0, LEAD_OF_THE_MONEY)


def months_from(first: str, last: str) -> tuple[str, ...]:
    """Return the months from one to another, both included.

    >>> months_from("2027-11", "2028-01")
    ('2027-11', '2027-12', '2028-01')
    """
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return tuple(f"{index // 12:04}-{index % 12 + 1:02}" for index in range(start, end + 1))


def terms_of(definition: Definition) -> Mapping[str, DueRule]:
    """Return the rule of each step that has a term."""
    return {step.id: step.due.rule for step in definition.steps.values() if step.due}


def stage_dates(
    period: Period, rules: Mapping[str, DueRule], working_days: WorkingDays
) -> Mapping[str, DueDate]:
    """Reckon the due day of every step of a period, supposing that each is done on its due day.

    `rules` are those of `terms_of`. A step whose rule needs what no calendar can know (the day on which a
    payout problem was found) has no date.
    """
    known = dict(period.known_dates)
    found: dict[str, DueDate] = {}
    waiting = dict(rules)
    while waiting:
        dates = Dates(known=known)
        reached = _reckon(waiting.items(), dates, working_days)
        if not reached:
            break
        found |= reached
        known |= {step: due.on for step, due in reached.items()}
        waiting = {step: rule for step, rule in waiting.items() if step not in reached}
    return {step: found[step] for step in rules if step in found}


def _reckon(
    rules: Iterable[tuple[str, DueRule]], dates: Dates, working_days: WorkingDays
) -> Mapping[str, DueDate]:
    return {step: due for step, rule in rules if (due := due_date(rule, dates, working_days))}
