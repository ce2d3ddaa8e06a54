"""The days on which PAC are asked how the delivery goes: each week, counted back from its last day (DL38)."""

from datetime import date, timedelta

from procedures.working_days import WorkingDays

WEEK = timedelta(days=7)


def prompt_days(t0: date, t1: date, working_days: WorkingDays) -> tuple[date, ...]:
    """Return the days of a delivery on which its progress is asked for, in order.

    A day off moves to the working day before, unless that lies before the delivery.

    >>> prompt_days(date(2027, 3, 1), date(2027, 3, 12), WorkingDays())
    (datetime.date(2027, 3, 5), datetime.date(2027, 3, 12))
    """
    found = []
    day = t1
    while day >= t0:
        on = working_days.previous_or_same(day)
        if on >= t0:
            found.append(on)
        day -= WEEK
    return tuple(reversed(found))
