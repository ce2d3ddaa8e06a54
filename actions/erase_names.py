"""Take a message that names people out of its chat, a day after it was sent (ledger 6.1)."""

from datetime import timedelta

from actions.desk import Desk
from actions.send_chat import erase_message
from storage import outbox
from storage.agenda import DeadlineRow, DeadlineState
from storage.outbox import LetterState

PATIENCE = timedelta(minutes=15)


def erase_names(desk: Desk, row: DeadlineRow) -> None:
    """Have the message of an agenda's row deleted; one in a courier's hands is waited for, one that never left is done with."""
    letter = outbox.find_by_key(desk.session, row.reason)
    if letter is None:
        return
    if letter.state is LetterState.WAITING and letter.claimed_until is not None:
        row.state, row.fired_at, row.due_at = DeadlineState.WAITING, None, desk.now + PATIENCE
        desk.session.add(row)
    elif letter.provider_id:
        erase_message(desk, int(letter.address), int(letter.provider_id))
