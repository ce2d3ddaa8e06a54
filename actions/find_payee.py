"""Find somebody of the listado definitivo by a piece of the name, among those whom the seeker may see (C-15, AC-47)."""

from collections.abc import Sequence

from actions.desk import Desk
from actions.find_delivery import Delivery
from actions.find_in_ambito import HOUR, SEARCHES
from procedures.people_search import search_people
from storage import journal, payees
from storage.entries import EntryRow
from storage.payees import Payee


def find_payees(
    desk: Desk, delivery: Delivery, pacs: Sequence[str], query: str, *, person_id: int | None, entry: EntryRow
) -> list[Payee] | None:
    """Return who matches, the likeliest first; None when this person searched too often in an hour.

    Only the seeker's own ámbitos are looked through: somebody of another one and
    somebody who is nowhere give the same answer by the same way. Each search is in
    the journal, without what was searched for.
    """
    unit = pacs[0] if len(pacs) == 1 else delivery.case.parents.get(pacs[0], "")
    asked = journal.count_of_person(
        desk.session, "people_searched", person_id=person_id, since=desk.now - HOUR
    )
    if asked >= SEARCHES:
        return None
    own = payees.payees_of(desk.session, delivery.case.id, pacs)
    digits = query.strip().removeprefix("#")
    if digits.isdigit():
        found = [one for one in own if int(one.row.reference.rpartition("-")[2] or 0) == int(digits)]
    else:
        found = search_people(query, own, lambda one: one.name)
    desk.note(
        "people_searched",
        case_id=delivery.case.id,
        unit=unit,
        person_id=person_id,
        channel="chat",
        entry_id=entry.id,
        count=len(found),
    )
    return found
