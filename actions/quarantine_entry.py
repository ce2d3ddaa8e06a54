"""Put an entry aside: in quarantine (nobody outside hears of it) or in the tray of unclassified."""

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.send_letter import send, send_to_person
from mail.parsing import ParsedMail
from mail.tags import find_tag
from storage.entries import EntryRow, EntryState
from storage.organisation import region_of
from storage.people import PersonRow


def quarantine(
    desk: Desk, entry: EntryRow, mail: ParsedMail, *, code: str, reason: str, holder: PersonRow | None = None
) -> None:
    """Keep an entry of unknown or unproved origin, say nothing to its sender, and alarm whoever watches (M-43).

    The real holder of a forged address is told that a mail came in their name,
    by a letter of its own to the registered address and without any of its content (AC-03).
    """
    entry.state = EntryState.QUARANTINED
    entry.reason = f"{code}: {reason}"
    desk.session.add(entry)
    desk.note(
        "entry_quarantined", entry_id=entry.id, channel="mail", folio=entry.folio, reason=reason, code=code
    )
    values = {
        "folio": entry.folio,
        "received_at": entry.received_at,
        "claimed_address": mail.from_email,
        "sha256": entry.blob_sha256,
        "reason": "unknown" if code == "V-001" else "unproved",
    }
    watchers = addressees(desk, "ADMIN", "PIB")
    tag = find_tag(mail.subject)
    if tag is not None and tag.scope != "NACIONAL":
        region = region_of(tag.scope)
        values["scope"] = tag.scope
        watchers += addressees(desk, "SAC", region) + addressees(desk, "EMS", region)
    send(desk, "M-43", values, watchers, version=entry.folio)
    if holder is not None and holder.id is not None:
        send_to_person(
            desk,
            "SPOOFED",
            {"received_at": entry.received_at, "folio": entry.folio},
            holder,
            version=entry.folio,
        )


def keep_damaged(desk: Desk, entry: EntryRow, *, code: str, reason: str) -> None:
    """Keep a mail whose file nobody can open, or should not (V-005, V-006), apart: its sender was told (AC-08).

    It waits in the tray like all that is in quarantine, where its original can be taken out
    and looked at, be read again, or be dismissed with a reason.
    """
    entry.state = EntryState.QUARANTINED
    entry.reason = f"{code}: {reason}"
    desk.session.add(entry)
    desk.note(
        "entry_quarantined",
        case_id=entry.case_id,
        unit=entry.unit,
        entry_id=entry.id,
        channel="mail",
        folio=entry.folio,
        reason=reason,
        code=code,
    )


def leave_unclassified(
    desk: Desk, entry: EntryRow, reason: str, *, answer: bool, alarm: bool = False
) -> None:
    """Leave an entry in the tray, where a person sorts it; a known sender is told that it arrived."""
    entry.state = EntryState.UNCLASSIFIED
    entry.reason = reason[:500]
    desk.session.add(entry)
    desk.note("entry_unclassified", entry_id=entry.id, channel="mail", folio=entry.folio, reason=reason)
    if answer and entry.person_id is not None:
        send_to_person(
            desk,
            "UNCLASSIFIED",
            {"folio": entry.folio, "received_at": entry.received_at, "hint": reason},
            entry.person_id,
            entry=entry,
        )
    if alarm:
        values = {
            "event": f"el folio {entry.folio} no pudo procesarse",
            "at": desk.now,
            "reference": entry.folio,
        }
        send(desk, "M-48", values, addressees(desk, "ADMIN", "PIB"), version=entry.folio)
