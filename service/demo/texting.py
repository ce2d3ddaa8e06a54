"""The cast on their phones: they link their accounts, press, report, ask for help, as people do.

They know only what their mail and their screen say.
"""

import re
from collections.abc import Callable
from datetime import timedelta

from actions.ports import Clock
from service.demo.cast import Cast, office_hours
from service.demo.phone import NoSuchButton, Seen
from service.demo.phone_book import Owned, PhoneBook

PACE = timedelta(minutes=3)
"""How long somebody takes to look at the phone and to answer."""
_LINK_CODE = re.compile(r"/vincular ([A-Z0-9]{4}-[A-Z0-9]{4})")
_DIGITS = re.compile(r"(?<!\d)(\d{6})(?!\d)")


class Texting:
    """Everybody of the cast who has a phone."""

    def __init__(self, clock: Clock, book: PhoneBook, cast: Cast, *, watch: Callable[[str], None]) -> None:
        self._clock = clock
        self._book = book
        self._cast = cast
        self._watch = watch
        self._by_address = {owned.address: owned for owned in book.phones if owned.address}
        cast.on_letter = self._consider_letter

    # What comes by mail and is for the phone

    def _consider_letter(self, address: str, text: str) -> bool:
        """Take a letter that is about the chat; tell whether it was one."""
        owned = self._by_address.get(address)
        if owned is None:
            return False
        if code := _LINK_CODE.search(text):
            self._say_later(owned, f"/start {code[1]}", "abre Telegram con el código de su correo")
            return True
        if "escriba allí estos seis dígitos" in " ".join(text.split()) and (digits := _DIGITS.search(text)):
            self._say_later(owned, digits[1], "confirma su cuenta de Telegram")
            return True
        return False

    # What comes on the screen

    def read(self) -> int:
        """Let everybody look at what came on their phones, and think of what to do about it; return how much came."""
        seen = 0
        for owned in self._book.phones:
            if owned.taken:
                continue
            for message in owned.phone.unread():
                seen += 1
                self._consider(owned, message)
        return seen

    def _consider(self, owned: Owned, message: Seen) -> None:
        """Do what somebody does about a message."""

    # Doing it

    def _say_later(self, owned: Owned, text: str, says: str, *, after: timedelta = PACE) -> None:
        self._plan(owned, lambda: owned.phone.say(text), says, after)

    def _press_later(self, owned: Owned, button: str, says: str, *, after: timedelta = PACE) -> None:
        def press() -> None:
            try:
                owned.phone.press(button)
            except NoSuchButton:
                self._watch(f"{owned.title} ya no encuentra el botón «{button}»")

        self._plan(owned, press, says, after)

    def _plan(self, owned: Owned, act: Callable[[], object], says: str, after: timedelta) -> None:
        async def do() -> None:
            # Whoever took the phone meanwhile decides what is done with it.
            if not owned.taken:
                act()

        self._cast.plan(office_hours(self._clock.now() + after), do, f"☏ {owned.title} {says}")
