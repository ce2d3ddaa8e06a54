"""Note that an account blocked the desk, is no more, or came back."""

from actions.desk import Desk
from storage import chats


def note_reachability(desk: Desk, chat_id: int, *, reachable: bool) -> None:
    """Keep whether an account takes messages; only what is news goes into the journal."""
    if not chats.mark_reachable(desk.session, chat_id, reachable=reachable):
        return
    chat = chats.find_chat(desk.session, chat_id)
    desk.note(
        "chat_reachable" if reachable else "chat_unreachable",
        person_id=chat.person_id if chat else None,
        channel="chat",
    )
