"""Why a list has many more or fewer people than before, said in one message: «Motivo: …» (V-059)."""

from actions.give_reason import ReasonRefused, give_reason_in_chat
from bot.access import Caller
from bot.turn import Turn


def understand(turn: Turn, caller: Caller) -> bool:
    """Take a reason that a message gives, if it is one; tell whether it was. It is not repeated: it may name people."""
    if not caller.posts:
        return False
    outcome = give_reason_in_chat(
        turn.desk,
        turn.update.text,
        posts=caller.posts,
        person_id=caller.person_id,
        entry=turn.entry,
    )
    if outcome is None:
        return False
    if isinstance(outcome, ReasonRefused):
        turn.say("reason_refused", why=outcome.reason)
    else:
        turn.say("reason_kept", what=outcome)
    return True
