"""Messages that name people: five names at the most, and the button that takes them away (ledger 6.1)."""

from actions.send_chat import ERASE, erase_message
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn

MOST_NAMES = 5


def _erase(turn: Turn, caller: Caller, value: str) -> None:
    """Take away the message under which the button stands."""
    del caller, value
    erase_message(turn.desk, turn.chat.chat_id, turn.update.message_id, answering=turn.entry)


SKILL = Skill(acts={ERASE: _erase}, looks=frozenset({ERASE}))
