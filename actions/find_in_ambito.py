"""Find people of an ámbito by a piece of their name, so many times an hour, and never anybody else's (ledger 6.8, AC-47)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from actions.desk import Desk
from procedures.people_search import search_people
from storage import journal, volunteers
from storage.entries import EntryRow
from storage.volunteers import VolunteerRow

SEARCHES = 10
"""In an hour, of one person."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """Who was found; nobody, when too much was asked."""

    found: tuple[VolunteerRow, ...] = ()
    too_many: bool = False


def find_in_ambito(
    desk: Desk, units: Sequence[str], query: str, *, person_id: int | None, entry: EntryRow
) -> Search:
    """Return the active people of some ámbitos whose name has these words, the likeliest first.

    Whoever is of another ámbito is found no more than whoever does not exist, and at
    the same cost: only the own people are looked through.
    """
    asked = journal.count_of_person(
        desk.session, "people_searched", person_id=person_id, since=desk.now - HOUR
    )
    if asked >= SEARCHES:
        return Search(too_many=True)
    people = [row for unit in units for row in volunteers.volunteers_of(desk.session, unit)]
    found = search_people(query, people, lambda row: row.name)
    desk.note(
        "people_searched",
        unit=units[0] if len(units) == 1 else "",
        person_id=person_id,
        role="PAC",
        channel="chat",
        entry_id=entry.id,
        count=len(found),
    )
    return Search(found=tuple(found))
