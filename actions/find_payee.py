"""Find somebody of the listado definitivo by a piece of the name, among those whom the seeker may see (C-15, AC-47)."""

from collections.abc import Sequence
from datetime import timedelta

from actions.desk import Desk
from actions.find_delivery import Delivery
from procedures.people_search import search_people
from storage import journal, payees
from storage.entries import EntryRow
from storage.payees import Payee

SEARCHES = 10
"""Of one person in an hour: nobody tries names one by one (ledger 6.8)."""
HOUR = timedelta(hours=1)


def find_payees(
    desk: Desk, delivery: Delivery, pacs: Sequence[str], query: str, *, person_id: int | None, entry: EntryRow
) -> list[Payee] | None:
    """Return who matches, the likeliest first; None when this person searched too often in an hour.

    Only the seeker's own ámbitos are looked through: somebody of another one and
    somebody who is nowhere give the same answer by the same way. Each search is in
    the journal, without what was searched for.
    """
    unit = pacs[0] if len(pacs) == 1 else delivery.case.parents.get(pacs[0], "")
    if journal.count_of_person(desk.session, "payee_searched", person_id, desk.now - HOUR) >= SEARCHES:
        desk.note(
            "payee_search_refused",
            case_id=delivery.case.id,
            unit=unit,
            person_id=person_id,
            channel="chat",
            entry_id=entry.id,
            limit=SEARCHES,
        )
        return None
    own = payees.payees_of(desk.session, delivery.case.id, pacs)
    digits = query.strip().removeprefix("#")
    if digits.isdigit():
        found = [one for one in own if int(one.row.reference.rpartition("-")[2] or 0) == int(digits)]
    else:
        found = search_people(query, own, lambda one: one.name)
    desk.note(
        "payee_searched",
        case_id=delivery.case.id,
        unit=unit,
        person_id=person_id,
        channel="chat",
        entry_id=entry.id,
        found=len(found),
    )
    return found
