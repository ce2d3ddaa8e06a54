"""What an action needs from outside: the clock, the couriers that carry letters, the chat."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from actions.desk import Desk


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


class ChatLost(Exception):
    """The chat's server could not be reached, or wants to be left alone for a while."""

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedUpdate:
    """Something that happened in the chat, as it came."""

    number: int
    """By it the server is told that the update is safe."""
    external_id: str
    chat_id: int
    """Whose it is; 0 when nobody's."""
    raw: bytes = field(repr=False)
    sent_at: datetime | None = None
    """When the chat's server took it from its sender; None when it does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PressedButton:
    """A button that still turns on somebody's screen, and what to show there."""

    query_id: str
    text: str
    chat_id: int
    message_id: int
    spent: bool
    """Whether the buttons of that message are taken away."""
    erase_button: str = ""
    """The token of the one button that stays: it takes the message away."""


class Chat(Protocol):
    """The chat's wires and words: what arrives is fetched, understood and answered by it."""

    async def connect(self) -> str:
        """Make ready and return the name by which people find the desk there.

        Raises:
            ChatLost: it cannot be reached.
        """

    async def fetch(self, *, confirm: int | None, wait_seconds: float) -> Sequence[FetchedUpdate]:
        """Confirm everything up to a number, and return what waits or comes within the time.

        Raises:
            ChatLost: it cannot be reached; nothing is confirmed.
        """

    def respond(self, desk: Desk, entry_id: int, *, system_now: datetime) -> PressedButton | None:
        """Understand a recorded update and do what it means, in the caller's transaction."""

    async def release(self, button: PressedButton) -> None:
        """Let a pressed button come to rest; what cannot be done is let be."""

    async def close(self) -> None:
        """Give the connections back."""
