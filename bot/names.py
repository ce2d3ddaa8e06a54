"""Messages that name people: five names at the most, and a button that takes the message away (ledger 6.1)."""

from actions.send_chat import ERASE, Choice, erase_message
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn

MOST_NAMES = 5


def erase_choice() -> list[Choice]:
    """Return the row with [Borrar]; what is said as `personal` has it already, and goes by itself after a day."""
    return [Choice(text=texts.text("erase"), act=ERASE)]


def _erase(turn: Turn, caller: Caller, value: str) -> None:
    """Take away the message under which the button stands."""
    del caller, value
    erase_message(turn.desk, turn.chat.chat_id, turn.update.message_id, answering=turn.entry)


SKILL = Skill(acts={ERASE: _erase}, looks=frozenset({ERASE}))
