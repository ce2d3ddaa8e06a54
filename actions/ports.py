"""What an action needs from outside: the clock, and the couriers that carry letters."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Two times: the office's, which dates acts, and the system's, on which leases run."""

    def now(self) -> datetime:
        """Return office time as an aware UTC instant."""

    def system_now(self) -> datetime:
        """Return system time as an aware UTC instant."""


class Courier(Protocol):
    """Carries one letter to one recipient."""

    async def carry(self, *, address: str, original: bytes, letter_id: int) -> str:
        """Hand the letter's bytes over and return the far side's own id for it.

        Raises:
            mail.delivery.NotDelivered: the far side refused or could not be reached.
        """
