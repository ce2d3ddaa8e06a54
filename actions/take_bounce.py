"""Take note of a letter that came back: it did not reach its recipient, whatever the outbox hoped."""

from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, unique
from actions.follow_payout_mail import FOLLOWED, note_return
from actions.send_letter import send
from mail.parsing import ParsedMail
from storage import outbox, people
from storage.entries import EntryRow, EntryState
from storage.organisation import ooad_of, region_of
from storage.outbox import LetterRow, LetterState


def take_bounce(desk: Desk, entry: EntryRow, mail: ParsedMail) -> None:
    """Mark the letter and the address that a bounce speaks of, and tell the letter's owner (M-49).

    Nobody is ever told about the bounce of a notice of a bounce, or two mailboxes would write for ever.
    """
    entry.state = EntryState.APPLIED
    desk.session.add(entry)
    letter = _find_letter(desk, mail)
    permanent = any(recipient.permanent for recipient in mail.recipients)
    if letter is None:
        desk.note(
            "entry_answered",
            entry_id=entry.id,
            channel="mail",
            folio=entry.folio,
            what="rebote de una carta desconocida",
        )
        return
    entry.case_id = letter.case_id
    desk.note(
        "bounce_received",
        case_id=letter.case_id,
        step=letter.step,
        unit=letter.unit,
        entry_id=entry.id,
        letter_id=letter.id,
        channel="mail",
        letter=letter.template,
        answer="permanente" if permanent else "temporal",
    )
    if not permanent:
        return
    letter.state = LetterState.BOUNCED
    letter.bounced_at = desk.now
    desk.session.add(letter)
    people.mark_bouncing(desk.session, letter.address)
    desk.forget(people.active_email)
    if letter.template == "M-49":
        return
    if letter.template == FOLLOWED:
        note_return(desk, letter.id or 0)
    values = {
        "letter_subject": letter.subject,
        "sent_at": letter.sent_at,
        "address": letter.address,
        "permanent": permanent,
        "folio": entry.folio,
    }
    send(desk, "M-49", values, unique(_owners_of(desk, letter)), version=str(letter.id))


def _owners_of(desk: Desk, letter: LetterRow) -> list[Addressee]:
    """Return who must see to it: who keeps the directory, and whoever sent the letter or passed it on."""
    admin = addressees(desk, "ADMIN", "PIB")
    if letter.template == "M-24b":
        return admin + addressees(desk, "SAC", region_of(letter.unit))
    if letter.template == "M-24a":
        above = [("EMS", letter.unit), ("EGAS", ooad_of(letter.unit))]
        return admin + [who for role, unit in above for who in addressees(desk, role, unit)]
    return admin + addressees(desk, "CACyPCS", "PIB")


def _find_letter(desk: Desk, mail: ParsedMail) -> LetterRow | None:
    if mail.original_envelope_id.isdigit():
        letter = outbox.find_letter(desk.session, int(mail.original_envelope_id))
        if letter is not None:
            return letter
    for message_id in (mail.original_message_id, mail.in_reply_to, *mail.references):
        if message_id:
            letter = outbox.find_by_message_id(desk.session, message_id)
            if letter is not None:
                return letter
    return None
