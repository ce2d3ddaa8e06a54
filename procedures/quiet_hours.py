"""The hours at which nobody is written to unasked (ledger 6.1)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM = time(20)
QUIET_UNTIL = time(8)


def waking_moment(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant from one on that is no quiet hour where somebody lives.

    >>> at = datetime(2027, 1, 4, 22, 30, tzinfo=ZoneInfo("America/Tijuana"))
    >>> waking_moment(at, ZoneInfo("America/Tijuana")).isoformat()
    '2027-01-05T08:00:00-08:00'
    >>> noon = datetime(2027, 1, 4, 12, tzinfo=ZoneInfo("America/Mexico_City"))
    >>> waking_moment(noon, ZoneInfo("America/Tijuana")) == noon
    True
    """
    local = instant.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return instant
    day = local.date() + (timedelta(days=1) if local.time() >= QUIET_FROM else timedelta())
    return datetime.combine(day, QUIET_UNTIL, zone)
