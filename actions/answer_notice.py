"""Take what a volunteer answers to a notice: heard, collected, no reminders; none of it proves a payment (C-40 to C-42)."""

from actions.desk import Desk
from actions.remind_volunteers import plan_telling_who_collected, zone_of
from actions.show_support import Support
from storage import reminders
from storage.entries import EntryRow


def acknowledge(desk: Desk, support: Support, *, entry: EntryRow) -> None:
    """Note that a notice was read by whom it is for."""
    row = support.payee.row
    if row.acknowledged_at is None:
        row.acknowledged_at = desk.now
        desk.session.add(row)
        _note(desk, support, entry, "de acuerdo")


def say_collected(desk: Desk, support: Support, *, entry: EntryRow) -> bool:
    """Note that somebody says to have collected, and stop the reminders; False before the delivery begins.

    It is informative: the report of the PS decides. The PAC hears of it once a day.
    """
    if desk.now.astimezone(zone_of(support.case, support.payee.row.pac)).date() < support.t0:
        return False
    row = support.payee.row
    if row.said_collected_at is None:
        row.said_collected_at = desk.now
        desk.session.add(row)
        reminders.cancel_reminders(desk.session, support.case.id, row.id or 0)
        plan_telling_who_collected(desk, support.case, row.pac)
        _note(desk, support, entry, "ya cobró")
    return True


def unsay_collected(desk: Desk, support: Support, *, entry: EntryRow) -> None:
    """Take back that somebody said to have collected; the reminders go on."""
    if support.payee.row.said_collected_at is not None:
        support.payee.row.said_collected_at = None
        desk.session.add(support.payee.row)
        _note(desk, support, entry, "deshizo «ya cobré»")


def mute(desk: Desk, support: Support, *, entry: EntryRow) -> None:
    """Send somebody no more reminders of this period; a change of dates or office is still told."""
    row = support.payee.row
    if row.muted_at is None:
        row.muted_at = desk.now
        desk.session.add(row)
        reminders.cancel_reminders(desk.session, support.case.id, row.id or 0, reminders.REMINDERS)
        _note(desk, support, entry, "sin recordatorios")


def unmute(desk: Desk, support: Support, *, entry: EntryRow) -> None:
    """Send somebody reminders again."""
    if support.payee.row.muted_at is not None:
        support.payee.row.muted_at = None
        desk.session.add(support.payee.row)
        _note(desk, support, entry, "otra vez con recordatorios")


def _note(desk: Desk, support: Support, entry: EntryRow, what: str) -> None:
    desk.note(
        "payee_said",
        case_id=support.case.id,
        step="A37",
        unit=support.payee.row.pac,
        channel="chat",
        entry_id=entry.id,
        what=what,
        payee=support.payee.row.id,
    )
