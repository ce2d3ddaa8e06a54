"""The only place that reads the clock."""

import threading
from datetime import UTC, datetime


class SystemClock:
    """Office time is system time: production."""

    def now(self) -> datetime:
        """Return office time, aware and in UTC."""
        return datetime.now(UTC)

    def system_now(self) -> datetime:
        """Return system time, aware and in UTC."""
        return datetime.now(UTC)


class LeapingClock:
    """Office time stands still until it is told to leap: the demo and the tests.

    It never runs fast, or latency would eat office hours. Leases, back-off and
    time-outs use system time, which goes on as always.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return office time, aware and in UTC."""
        with self._lock:
            return self._now

    def system_now(self) -> datetime:
        """Return system time, aware and in UTC."""
        return datetime.now(UTC)

    def leap_to(self, instant: datetime) -> None:
        """Move office time forward; it never goes back."""
        with self._lock:
            self._now = max(self._now, instant.astimezone(UTC))
