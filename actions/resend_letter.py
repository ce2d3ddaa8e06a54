"""Send a letter again to whoever says that it did not arrive: the same bytes, once a day at the most (C-11, C-12)."""

from actions.desk import Desk
from storage import outbox, people
from storage.entries import EntryRow
from storage.outbox import Letter, LetterRow


def resend_letter(desk: Desk, letter: LetterRow, *, entry: EntryRow) -> bool:
    """Queue a letter again, to the address that its person has today; False when that was done today already."""
    # Its Message-ID is that of the first and of every later copy.
    key = f"again/{letter.message_id}/{desk.today.isoformat()}"[:240]
    if outbox.is_known(desk.session, key):
        return False
    again = Letter(
        key=key,
        template=letter.template,
        case_id=letter.case_id,
        step=letter.step,
        unit=letter.unit,
        asks=letter.asks,
        asks_unit=letter.asks_unit,
        person_id=letter.person_id,
        address=people.active_email(desk.session, letter.person_id) or letter.address,
        subject=letter.subject,
        message_id=letter.message_id,
        blob_sha256=letter.blob_sha256,
        reply_to_entry=entry.id,
        created_at=desk.now,
        not_before=desk.now,
    )
    (queued,) = outbox.enqueue(desk.session, [again])
    desk.note(
        "letter_sent_again",
        case_id=letter.case_id,
        step=letter.step,
        unit=letter.unit,
        person_id=letter.person_id,
        entry_id=entry.id,
        letter_id=queued.id,
        channel="chat",
        template=letter.template,
    )
    desk.wake_couriers()
    return True
