"""Make the payees of a delivery period those of its listado definitivo, each with the office to go to (act. 37)."""

from itertools import groupby

from actions.attach_lists import list_row
from actions.desk import Desk
from actions.find_office import delivery_day, find_offices
from storage import lists, payees, volunteers
from storage.cases import CaseRow
from storage.lists import ListVersionRow


def list_payees(desk: Desk, case: CaseRow, version: ListVersionRow) -> int:
    """Take the payees from a listado definitivo and return how many it names.

    A newer one renews them: whoever it still names keeps what was told, whoever it
    leaves out gets no further notice, and nothing is forgotten.
    """
    lines = lists.lines_of(desk.session, version.id)
    # Whoever was elected since the last period has a line, and from now on a place in the books.
    for pac, own in groupby(sorted(lines, key=lambda line: line.pac), key=lambda line: line.pac):
        volunteers.remember(desk.session, pac, [list_row(line) for line in own])
    for asked in (volunteers.remembered_at, volunteers.count_active, volunteers.count_active_at):
        desk.forget(asked)
    desk.session.flush()
    offices = find_offices(desk, {(line.pac, line.locality) for line in lines}, on=delivery_day(desk, case))
    payees.put_payees(
        desk.session,
        case.id or 0,
        lines,
        {place: office.clave for place, office in offices.items() if office is not None},
    )
    desk.forget(payees.count_payees)
    desk.note("payees_listed", case_id=case.id, step="A28", rows=len(lines), version=version.version)
    return len(lines)


def renew_offices(desk: Desk, case: CaseRow) -> list[int]:
    """Give each payee the office that holds today, and return the payees for whom it is another one.

    The directory of offices may have changed, or a PAC may have chosen.
    """
    named = payees.payees_of(desk.session, case.id, case.tree.get("pac", []))
    places = {(payee.row.pac, payee.row.locality) for payee in named}
    offices = find_offices(desk, places, on=delivery_day(desk, case))
    moved = []
    for payee in named:
        office = offices[payee.row.pac, payee.row.locality]
        clave = office.clave if office else ""
        if payee.row.office != clave:
            payee.row.office = clave
            desk.session.add(payee.row)
            moved.append(payee.row.id or 0)
    return moved
