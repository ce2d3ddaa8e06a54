"""Tell working days from the others, and count them (días hábiles; ledger 7.1 and 0.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class Base(StrEnum):
    """Whose holidays count besides Saturdays and Sundays. The procedures never say (AMB-23)."""

    LFT74 = "LFT74"
    """Ley Federal del Trabajo, art. 74: the default; it moves some holidays to Mondays."""
    LFPA28 = "LFPA28"
    """Ley Federal de Procedimiento Administrativo, art. 28: fixed dates."""
    LISTED = "LISTA"
    """No rule: only the days that the office has listed, as published for the Institute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holiday:
    """A holiday of every year, or of one year in so many: a fixed day, or the n-th Monday of a month."""

    name: str
    month: int
    day: int = 0
    monday: int = 0
    first_year: int = 1
    every: int = 1

    def falls_on(self, year: int) -> date | None:
        """Return the date of the holiday in a year, None when the year has none."""
        if year < self.first_year or (year - self.first_year) % self.every:
            return None
        if self.day:
            return date(year, self.month, self.day)
        first = date(year, self.month, 1)
        return first + timedelta(days=-first.weekday() % 7 + 7 * (self.monday - 1))


# The handover of the federal executive is on 1 October since 2024; until 2018 it was on 1 December.
_HANDOVER = _Holiday(
    name="transmisión del Poder Ejecutivo Federal", month=10, day=1, first_year=2024, every=6
)

_HOLIDAYS: Mapping[Base, tuple[_Holiday, ...]] = MappingProxyType(
    {
        Base.LFT74: (
            _Holiday(name="Año Nuevo", month=1, day=1),
            _Holiday(name="primer lunes de febrero, por la Constitución", month=2, monday=1),
            _Holiday(name="tercer lunes de marzo, por Benito Juárez", month=3, monday=3),
            _Holiday(name="Día del Trabajo", month=5, day=1),
            _Holiday(name="Día de la Independencia", month=9, day=16),
            _HANDOVER,
            _Holiday(name="tercer lunes de noviembre, por la Revolución", month=11, monday=3),
            _Holiday(name="Navidad", month=12, day=25),
        ),
        Base.LFPA28: (
            _Holiday(name="Año Nuevo", month=1, day=1),
            _Holiday(name="aniversario de la Constitución", month=2, day=5),
            _Holiday(name="natalicio de Benito Juárez", month=3, day=21),
            _Holiday(name="Día del Trabajo", month=5, day=1),
            _Holiday(name="Batalla de Puebla", month=5, day=5),
            _Holiday(name="1 de septiembre", month=9, day=1),
            _Holiday(name="Día de la Independencia", month=9, day=16),
            _HANDOVER,
            _Holiday(name="aniversario de la Revolución", month=11, day=20),
            _Holiday(name="Navidad", month=12, day=25),
        ),
        Base.LISTED: (),
    }
)


@cache
def holidays(base: Base, year: int) -> Mapping[date, str]:
    """Return the holidays of a base in a year with their Spanish names.

    >>> sorted(day.isoformat() for day in holidays(Base.LFT74, 2027))[1:3]
    ['2027-02-01', '2027-03-15']
    """
    dated = ((holiday.falls_on(year), holiday.name) for holiday in _HOLIDAYS[base])
    return MappingProxyType({day: name for day, name in dated if day is not None})


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingDays:
    """A calendar of working days: the holidays of a base, and the office's own closures.

    >>> WorkingDays().add(date(2027, 3, 12), 1)  # Friday, and Monday is a holiday
    datetime.date(2027, 3, 16)
    """

    base: Base = Base.LFT74
    extra: frozenset[date] = frozenset()
    """Days off beyond the base: Holy Week, the December recess, whatever the DOF publishes."""
    reasons: Mapping[date, str] = field(default_factory=dict, compare=False)
    """Why a day of `extra` is off, in Spanish, where somebody wrote it down."""

    def is_working_day(self, day: date) -> bool:
        """Tell whether the office works on a day."""
        return (
            day.weekday() < _SATURDAY and day not in self.extra and day not in holidays(self.base, day.year)
        )

    def reason(self, day: date) -> str:
        """Return in Spanish why a weekday is off; empty for working days and plain weekends."""
        return self.reasons.get(day) or holidays(self.base, day.year).get(day, "")

    def covers(self, year: int) -> bool:
        """Tell whether the holidays of a year are known: always by rule, else when some are listed."""
        return self.base is not Base.LISTED or any(day.year == year for day in self.extra)

    def add(self, day: date, n: int) -> date:
        """Return the n-th working day strictly after a day, which itself never counts.

        Raises:
            ValueError: n is below 1; "zero working days after" has no meaning.
        """
        return self._count(day, n, _ONE_DAY)

    def subtract(self, day: date, n: int) -> date:
        """Return the n-th working day strictly before a day, which itself never counts.

        Raises:
            ValueError: n is below 1.
        """
        return self._count(day, n, -_ONE_DAY)

    def previous_or_same(self, day: date) -> date:
        """Return the day if it is a working day, else the nearest one before."""
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day

    def holidays_between(self, first: date, last: date) -> tuple[date, ...]:
        """Return the weekdays off from first to last, both included: what makes a count longer."""
        days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        return tuple(day for day in days if day.weekday() < _SATURDAY and not self.is_working_day(day))

    def count(self, after: date, until: date) -> int:
        """Return how many working days lie after one day and until another, which counts."""
        days = (after + timedelta(days=offset) for offset in range(1, (until - after).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def _count(self, day: date, n: int, step: timedelta) -> date:
        if n < 1:
            message = f"a count of working days needs at least one, not {n}"
            raise ValueError(message)
        while n:
            day += step
            if self.is_working_day(day):
                n -= 1
        return day
