"""Record what happens in the chat as it came, before anybody interprets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.desk import Desk
from actions.ports import Chat, FetchedUpdate, PressedButton
from actions.quarantine_entry import leave_unclassified
from storage import chats, entries, folios, people
from storage.entries import EntryChannel, NewEntry

MAX_ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingUpdate:
    """An update that waits to be answered."""

    entry_id: int
    chat: str
    """Whose it is: one after the other for each, in the order of arrival."""


def receive_updates(desk: Desk, updates: Sequence[FetchedUpdate]) -> int:
    """Record a batch of updates and return how many are new.

    The originals are durable before the rows that name them, and both before the
    server is told (promise 1). The same update again is the same entry (promise 2).
    """
    recorded = entries.record_many(
        desk.session,
        [
            NewEntry(
                channel=EntryChannel.CHAT,
                external_id=update.external_id,
                received_at=min(update.sent_at or desk.now, desk.now),
                recorded_at=desk.now,
                blob_sha256=desk.keep(update.raw),
                size=len(update.raw),
                sender=str(update.chat_id),
            )
            for update in updates
        ],
        folios=lambda count: _folios(desk, count),
    )
    for entry in recorded:
        if entry.repeated:
            desk.note("update_repeated", channel="chat", entry_id=entry.id, folio=entry.folio)
        else:
            desk.note(
                "update_recorded",
                channel="chat",
                entry_id=entry.id,
                folio=entry.folio,
                sha256=entry.blob_sha256,
            )
    return sum(not entry.repeated for entry in recorded)


def _folios(desk: Desk, count: int) -> list[str]:
    year = desk.today.year
    last = folios.next_number(desk.session, f"entry/{year}", count=count)
    return [f"E-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]


def respond_together(
    desk: Desk, chat: Chat, entry_ids: Sequence[int], *, system_now: datetime
) -> list[PressedButton]:
    """Answer several updates in one transaction, and return the buttons that were pressed.

    What all of them need is asked of the books at once.
    """
    found = entries.load_entries(desk.session, entry_ids)
    desk.fetch_originals({entry.blob_sha256 for entry in found})
    held = chats.hold_chats(
        desk.session, {int(entry.sender) for entry in found if entry.sender.lstrip("-").isdigit()}
    )
    who = {chat.person_id for chat in held if chat.person_id is not None}
    posts = people.posts_of_many(desk.session, who, desk.today)
    for person_id in who:
        desk.learn(posts.get(person_id, ()), people.posts_held, person_id, desk.today)
    buttons = (chat.respond(desk, entry_id, system_now=system_now) for entry_id in entry_ids)
    return [button for button in buttons if button is not None]


def pending_updates(desk: Desk, *, limit: int) -> list[PendingUpdate]:
    """Return the updates that wait to be answered, in the order of arrival."""
    rows = entries.pending(desk.session, limit=limit, channel=EntryChannel.CHAT)
    return [PendingUpdate(entry_id=row.id, chat=row.sender) for row in rows]


def fail_update(desk: Desk, entry_id: int, fault: str) -> None:
    """Note our own failure to answer; after a few tries it goes to the tray, and whoever operates the desk hears."""
    entry = entries.get_entry(desk.session, entry_id)
    entry.attempts += 1
    desk.session.add(entry)
    desk.note(
        "entry_failed",
        entry_id=entry.id,
        channel="chat",
        folio=entry.folio,
        attempt=entry.attempts,
        fault=fault,
    )
    if entry.attempts >= MAX_ATTEMPTS:
        leave_unclassified(desk, entry, f"falla propia al procesarlo ({fault})", answer=False, alarm=True)
