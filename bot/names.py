"""Messages that name people: five names at the most, and a button that takes the message away (ledger 6.1)."""

from actions.send_chat import Choice
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn

MOST_NAMES = 5
ERASE = "erase"


def erase_choice() -> list[Choice]:
    """Return the row of buttons with [Borrar], for under every message that names somebody."""
    return [Choice(text=texts.text("erase"), act=ERASE)]


def _erase(turn: Turn, caller: Caller, value: str) -> None:
    del caller, value
    turn.erased = True


SKILL = Skill(acts={ERASE: _erase})
