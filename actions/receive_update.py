"""Record what happens in the chat as it came, before anybody interprets it."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.desk import Desk
from actions.ports import FetchedUpdate
from actions.quarantine_entry import leave_unclassified
from storage import entries, folios
from storage.entries import EntryChannel

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
    digests = desk.blobs.put_many([update.raw for update in updates])
    fresh = 0
    for update, digest in zip(updates, digests, strict=True):
        entry, repeated = entries.record(
            desk.session,
            channel=EntryChannel.CHAT,
            external_id=update.external_id,
            place="",
            received_at=min(update.sent_at or desk.now, desk.now),
            recorded_at=desk.now,
            blob_sha256=digest,
            size=len(update.raw),
            folio=lambda: _folio(desk),
        )
        if repeated:
            desk.note("update_repeated", channel="chat", entry_id=entry.id, folio=entry.folio)
            continue
        fresh += 1
        entry.sender = str(update.chat_id)
        desk.session.add(entry)
        desk.note("update_recorded", channel="chat", entry_id=entry.id, folio=entry.folio, sha256=digest)
    return fresh


def _folio(desk: Desk) -> str:
    return f"E-{desk.today.year}-{folios.next_number(desk.session, f'entry/{desk.today.year}'):06d}"


def pending_updates(desk: Desk, *, limit: int) -> list[PendingUpdate]:
    """Return the updates that wait to be answered, in the order of arrival."""
    rows = entries.pending(desk.session, limit=limit, channel=EntryChannel.CHAT)
    return [PendingUpdate(entry_id=row.id, chat=row.sender) for row in rows if row.id is not None]


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
