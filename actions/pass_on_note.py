"""Pass on what somebody wrote about a matter, by mail, in that person's name (C-11, C-26, C-27)."""

from collections.abc import Sequence

from actions.desk import Desk
from actions.find_addressees import Addressee
from actions.letter_values import period_in_words
from actions.send_letter import send
from storage import people
from storage.cases import CaseRow
from storage.entries import EntryRow

LONGEST = 500


def pass_on_note(
    desk: Desk,
    case: CaseRow,
    to: Sequence[Addressee],
    *,
    about: str,
    note: str,
    person_id: int,
    unit: str,
    entry: EntryRow,
) -> None:
    """Send a note to some people; the journal keeps that it was, and by whom."""
    author = people.get_person(desk.session, person_id)
    values = {
        "about": about,
        "period": period_in_words(desk, case),
        "author": {"name": author.full_name, "cargo": author.cargo},
        "note": note[:LONGEST],
        "folio": entry.folio,
    }
    send(desk, "NOTE", values, to, case=case, step="", unit=unit, version=entry.folio)
    desk.note(
        "note_passed_on",
        case_id=case.id,
        unit=unit,
        person_id=person_id,
        entry_id=entry.id,
        channel="chat",
        recipients=len(to),
    )
