"""What a PAC does for the people of the ámbito: a code for their chat, their telephone (C-19)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.desk import Desk
from actions.link_chat import BOT_NAME, CODE_LIFE
from storage import chats, folios, volunteers
from storage.entries import EntryRow
from storage.volunteers import VolunteerRow, VolunteerState

DIGITS = 10
"""Of a telephone number in Mexico."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedCode:
    """A code to be handed over in person."""

    code: str
    until: datetime
    bot: str


class AlreadyLinked(Exception):
    """A volunteer has an account already; a new telephone is another matter."""


def own_volunteer(desk: Desk, units: Sequence[str], volunteer_id: int) -> VolunteerRow | None:
    """Find an active volunteer of some ámbitos; None for anybody else's."""
    row = volunteers.find_volunteer(desk.session, volunteer_id)
    if row is None or row.unit not in units or row.state is not VolunteerState.ACTIVE:
        return None
    return row


def issue_volunteer_code(
    desk: Desk, volunteer: VolunteerRow, *, person_id: int | None, entry: EntryRow, again: bool = False
) -> IssuedCode:
    """Issue the code that ties a volunteer's account; its PAC alone sees it. An earlier one is no good any more.

    Raises:
        AlreadyLinked: there is an account; `again` issues a code all the same, for another one.
    """
    if not again and chats.chat_of_volunteer(desk.session, volunteer.id) is not None:
        raise AlreadyLinked
    code = chats.issue_link_code(
        desk.session,
        key=bytes.fromhex(desk.office.secret),
        volunteer_id=volunteer.id,
        issued_by=person_id,
        now=desk.now,
        ttl=CODE_LIFE,
    )
    _note(desk, "volunteer_code_issued", volunteer, person_id, entry)
    return IssuedCode(
        code=code, until=desk.now + CODE_LIFE, bot=folios.get_fact(desk.session, BOT_NAME) or ""
    )


def void_volunteer_code(
    desk: Desk, volunteer: VolunteerRow, *, person_id: int | None, entry: EntryRow
) -> None:
    """Make a code that was issued no good any more; one that tied an account already did its work."""
    chats.void_link_codes(desk.session, volunteer_id=volunteer.id, now=desk.now)
    _note(desk, "volunteer_code_voided", volunteer, person_id, entry)


def read_phone(text: str) -> str | None:
    """Return a telephone number as ten digits, however it is written; None when it cannot be one.

    >>> read_phone("967 678-12 34"), read_phone("+52 (967) 678 1234"), read_phone("12345")
    ('9676781234', '9676781234', None)
    """
    digits = re.sub(r"\D", "", text)
    if re.sub(r"[\d\s()+.\-]", "", text):
        return None
    if len(digits) > DIGITS and digits.startswith("52"):
        digits = digits.removeprefix("52").removeprefix("1")[-DIGITS:]
    return digits if len(digits) == DIGITS else None


def keep_phone(
    desk: Desk, volunteer: VolunteerRow, phone: str, *, person_id: int | None, entry: EntryRow
) -> None:
    """Keep the telephone of a volunteer, for calls of the PAC; empty takes it away."""
    volunteer.phone = phone
    desk.session.add(volunteer)
    _note(desk, "volunteer_phone_kept", volunteer, person_id, entry)


def _note(desk: Desk, kind: str, volunteer: VolunteerRow, person_id: int | None, entry: EntryRow) -> None:
    desk.note(kind, unit=volunteer.unit, person_id=person_id, role="PAC", channel="chat", entry_id=entry.id)
