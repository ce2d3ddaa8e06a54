"""Somebody of the cast with a phone: what they have in mind, and how they write and press, in their own time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from service.demo.phone import NoSuchButton, Seen
from service.demo.phone_book import Owned

PACE = timedelta(minutes=3)
"""How long somebody takes to look at the phone and to answer."""


class Fortune(StrEnum):
    """What becomes of a volunteer at the counter."""

    COLLECTS = "collects"
    OTHER_NAME = "other_name"
    """The name on the list is not that of the document: she cannot collect (P02)."""
    SAID_TO_BE_PAID = "said_to_be_paid"
    """They say that somebody collected already (P07): nothing that her PAC should hear of first."""
    LACKS_DOCUMENT = "lacks_document"
    """Something that must be brought is missing (P03)."""
    MUTES = "mutes"
    """Wants no reminders."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A problem that a PAC heard of and will write down."""

    who: str
    reason: str
    sentence: str


@dataclass(kw_only=True, eq=False)
class Texter:
    """Somebody of the cast with a phone."""

    owned: Owned
    schedule: Callable[[datetime, Callable[[], object], str], None] = field(repr=False)
    """Puts something on the cast's agenda: when, what, and the line that is shown."""
    now: Callable[[], datetime] = field(repr=False)
    place: str = ""
    """Where she lives: a volunteer is asked for it."""
    fortune: Fortune = Fortune.COLLECTS
    to_link: deque["Texter"] = field(default_factory=deque)
    """To whom a PAC will give a code in person."""
    problem: Problem | None = None
    hasty: bool = False
    """Reports more than there are, the first time."""
    away: tuple[datetime, datetime] | None = None
    """From when to when nobody looks at this phone."""
    verbal: str = ""
    """The ámbito whose PAC told a SAC by word of mouth."""
    reminded: int = 0
    told: int = 0
    reports: int = 0

    @property
    def is_away(self) -> bool:
        """Whether the cast leaves this phone alone: nobody looks at it, or it is in other hands."""
        return self.owned.taken or (self.away is not None and self.away[0] <= self.now() < self.away[1])

    def say(self, text: str, says: str = "", *, after: timedelta = PACE) -> None:
        """Write something, a while from now."""
        self.at(self.now() + after, lambda: self.owned.phone.say(text), says)

    def press(self, message: Seen, *buttons: str, says: str = "", after: timedelta = PACE) -> bool:
        """Press the first of some buttons that a message has, a while from now; tell whether it has one.

        A button that is gone by then is let be.
        """
        wanted = next((button for button in buttons if has(message, button)), None)
        if wanted is None:
            return False
        self.at(self.now() + after, lambda: self._press(message, wanted), says)
        return True

    def _press(self, message: Seen, button: str) -> None:
        try:
            self.owned.phone.press(button, under=message)
        except NoSuchButton:
            return

    def at(self, when: datetime, act: Callable[[], object], says: str = "") -> None:
        """Do something at an instant, unless nobody of the cast has the phone in the hand by then."""

        def do() -> None:
            if not self.is_away:
                act()

        self.schedule(when, do, f"☏ {self.owned.title} {says}" if says else "")

    def ask_for_code(self) -> None:
        """Ask for the code of the next person whom this PAC meets."""
        if self.to_link:
            self.owned.phone.say(f"/codigo {self.to_link[0].owned.name}")


def has(message: Seen, button: str) -> bool:
    """Tell whether a message has a button that begins so."""
    return any(one.text.startswith(button) for row in message.buttons for one in row)
