"""When volunteers are told of a delivery period, and when they are left alone (ledger 7.5). Times are local to the OOAD."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from procedures.working_days import WorkingDays

HOUR = time(9)
"""Reminders leave at nine in the morning of whoever reads them."""
QUIET_FROM, QUIET_UNTIL = time(20), time(8)
"""Between these nothing leaves by itself (ledger 6.1)."""
_ONE_DAY = timedelta(days=1)


class Round(StrEnum):
    """The four notices of a delivery period, in order."""

    FIRST = "RV-1"
    BEGINNING = "RV-2"
    THREE_DAYS_LEFT = "RV-3"
    LAST_DAY = "RV-4"


def round_days(t0: date, t1: date, days: WorkingDays) -> Mapping[Round, date]:
    """Return the day of each notice, in order; a closed day gives way to the working day before it.

    In a delivery so short that two would fall on one day, or change places, the later
    one of the list is left out: nobody is told the same twice.

    >>> found = round_days(date(2027, 3, 1), date(2027, 3, 12), WorkingDays())
    >>> [f"{name}: {day:%d-%m}" for name, day in found.items()]
    ['RV-1: 24-02', 'RV-2: 01-03', 'RV-3: 09-03', 'RV-4: 12-03']
    """
    wanted = {
        Round.FIRST: days.subtract(t0, 3),
        Round.BEGINNING: days.previous_or_same(t0),
        Round.THREE_DAYS_LEFT: days.previous_or_same(t1 - 3 * _ONE_DAY),
        Round.LAST_DAY: days.previous_or_same(t1),
    }
    found: dict[Round, date] = {}
    for name, day in wanted.items():
        if all(day > earlier for earlier in found.values()):
            found[name] = day
    return found


def last_day_of(name: Round, round_on: Mapping[Round, date], t1: date) -> date:
    """Return the last day on which a notice still says something; the next one says more.

    >>> on = round_days(date(2027, 3, 1), date(2027, 3, 12), WorkingDays())
    >>> last_day_of(Round.FIRST, on, date(2027, 3, 12)), last_day_of(Round.LAST_DAY, on, date(2027, 3, 12))
    (datetime.date(2027, 2, 28), datetime.date(2027, 3, 12))
    """
    later = [day for other, day in round_on.items() if day > round_on[name]]
    return min(later) - _ONE_DAY if later else t1


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the hour of a day at which reminders leave."""
    return datetime.combine(day, HOUR, zone)


def evening_of(day: date, zone: ZoneInfo) -> datetime:
    """Return from when on a day nothing leaves by itself any more."""
    return datetime.combine(day, QUIET_FROM, zone)


def open_moment(instant: datetime, zone: ZoneInfo, days: WorkingDays) -> datetime:
    """Return the first instant from one on at which somebody may be written to: a working day, and no quiet hour.

    >>> at_night = datetime(2027, 3, 9, 22, tzinfo=ZoneInfo("America/Tijuana"))
    >>> open_moment(at_night, ZoneInfo("America/Tijuana"), WorkingDays()).isoformat()
    '2027-03-10T09:00:00-08:00'
    """
    local = instant.astimezone(zone)
    day = local.date()
    if days.is_working_day(day):
        if QUIET_UNTIL <= local.time() < QUIET_FROM:
            return local
        if local.time() < QUIET_UNTIL:
            return morning_of(day, zone)
    return morning_of(days.add(day, 1), zone)
