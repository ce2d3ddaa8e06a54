"""When the staff is reminded of what they owe, who hears of what is late, and at which hours (ledger 7.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from procedures.working_days import WorkingDays

OWNER, NEXT, SECOND = 0, 1, 2
"""Levels: whoever owes the step, the one above, and the one above that."""
LEVELS = {"owner": OWNER, "next": NEXT, "second": SECOND}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One rung of the ladder: so many working days after the due date (before it, if negative) some levels hear of it."""

    working_days: int
    tell: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reminding:
    """How a procedure reminds. Without rungs nobody is reminded."""

    opens: time = time(9)
    """From when on somebody is written to, where they work."""
    closes: time = time(18)
    """From when on nobody is any more, until the next working day."""
    ladder: tuple[Rung, ...] = ()

    def day_of(self, rung: Rung, due_on: date, days: WorkingDays) -> date:
        """Return the day of a rung.

        >>> from procedures.working_days import Base, WorkingDays
        >>> days = WorkingDays(base=Base.LFT74)
        >>> Reminding().day_of(Rung(working_days=-2, tell=(OWNER,)), date(2027, 1, 18), days)
        datetime.date(2027, 1, 14)
        """
        if rung.working_days < 0:
            return days.subtract(due_on, -rung.working_days)
        return days.add(due_on, rung.working_days) if rung.working_days else days.previous_or_same(due_on)

    def rungs(self, due_on: date, days: WorkingDays) -> Iterator[tuple[Rung, date]]:
        """Yield the rungs with their days, in order."""
        for rung in self.ladder:
            yield rung, self.day_of(rung, due_on, days)

    def is_open(self, instant: datetime, zone: ZoneInfo, days: WorkingDays) -> bool:
        """Tell whether somebody may be written to: a working day, in office hours, where they work."""
        local = instant.astimezone(zone)
        return days.is_working_day(local.date()) and self.opens <= local.time() < self.closes

    def next_opening(self, instant: datetime, zone: ZoneInfo, days: WorkingDays) -> datetime:
        """Return the next time at which the office opens: today's, if it is still to come and today is a working day.

        >>> from procedures.working_days import Base, WorkingDays
        >>> days = WorkingDays(base=Base.LFT74)
        >>> tijuana = ZoneInfo("America/Tijuana")
        >>> friday = datetime(2027, 1, 15, 19, tzinfo=tijuana)
        >>> Reminding().next_opening(friday, tijuana, days).isoformat()
        '2027-01-18T09:00:00-08:00'
        """
        local = instant.astimezone(zone)
        day = local.date()
        if not days.is_working_day(day) or local.time() >= self.opens:
            day = days.add(day, 1)
        return datetime.combine(day, self.opens, zone)
