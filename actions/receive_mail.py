"""Record mails as they came, before anybody interprets them."""

from collections.abc import Sequence
from datetime import datetime

from actions.desk import Desk
from mail.inbox import FetchedMail
from mail.parsing import content_key
from storage import entries, folios
from storage.entries import EntryChannel

READ_UNTIL = "mailbox_read_until"


def is_known_place(desk: Desk, places: Sequence[str]) -> set[str]:
    """Return those of the places on the server that the books do not know yet."""
    return set(places) - entries.known_places(desk.session, places)


def receive_mails(desk: Desk, mails: Sequence[FetchedMail]) -> list[int]:
    """Record a batch of mails and return the ids of the entries that are new.

    The originals are durable before the rows that name them, and both before
    anything is moved on the server (promise 1). The same mail, that is the same
    Message-ID and the same body, is one entry however often it is delivered (promise 2).
    """
    digests = desk.blobs.put_many([mail.raw for mail in mails])
    recorded = []
    for mail, digest in zip(mails, digests, strict=True):
        entry, repeated = entries.record(
            desk.session,
            channel=EntryChannel.MAIL,
            external_id=content_key(mail.raw),
            place=mail.place,
            received_at=mail.received_at,
            recorded_at=desk.now,
            blob_sha256=digest,
            size=len(mail.raw),
            folio=lambda: _folio(desk),
        )
        if repeated:
            desk.note(
                "entry_repeated", channel="mail", entry_id=entry.id, folio=entry.folio, place=mail.place
            )
            continue
        desk.note(
            "entry_recorded",
            channel="mail",
            entry_id=entry.id,
            folio=entry.folio,
            sha256=digest,
            place=mail.place,
        )
        recorded.append(entry.id)
    return [entry_id for entry_id in recorded if entry_id is not None]


def _folio(desk: Desk) -> str:
    return f"E-{desk.today.year}-{folios.next_number(desk.session, f'entry/{desk.today.year}'):06d}"


def mark_mailbox_read(desk: Desk, until: datetime) -> None:
    """Remember up to when the mailbox has been read: no silence fires beyond it."""
    folios.set_fact(desk.session, READ_UNTIL, until.isoformat())
