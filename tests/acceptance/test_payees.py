"""Who may collect in a delivery period, and where: the listado definitivo and the directory of offices (act. 37)."""

import pytest

from actions.find_office import find_office
from actions.list_payees import list_payees, renew_offices
from actions.make_layout import make_layout
from procedures.engine import Status
from storage import lists, payees, provider
from storage.lists import ListLevel, ListLineRow
from storage.payees import Told
from tests.people import PAC012, VOLUNTEERS, at, volunteers_of

DAMASCO = "070590068"


@pytest.fixture
def act(funded):
    return funded.service.writer.act


def named(act, case, unit):
    return act(lambda desk: payees.payees_of(desk.session, case.id, [unit]))


def test_the_payees_are_those_of_the_listado_definitivo(funded, act):
    case = funded.case()

    found = {pac: named(act, case, pac) for pac in case.tree["pac"]}

    assert sum(map(len, found.values())) == len(VOLUNTEERS)
    assert {payee.name for payee in found[PAC012.unit]} == {who.name for who in volunteers_of(PAC012.unit)}
    assert {payee.row.office for payee in found[PAC012.unit]} == {"OCO-01"}
    # Those elected since the last period too.
    assert all(payee.row.volunteer_id for payees_of_pac in found.values() for payee in payees_of_pac)


def test_the_office_that_a_pac_chose_comes_before_the_nearest(funded, act):
    case = funded.case()

    def choose(desk):
        payees.choose_office(desk.session, PAC012.unit, DAMASCO, "PAL-01", at=desk.now, person_id=None)
        return renew_offices(desk, case)

    moved = act(choose)

    after = {payee.name: payee.row.office for payee in named(act, case, PAC012.unit)}
    there = {who.name for who in volunteers_of(PAC012.unit) if who.clave == DAMASCO}
    assert len(moved) == len(there) == 2
    assert {name for name, office in after.items() if office == "PAL-01"} == there
    assert act(renew_offices, case) == []
    assert act(find_office, at("PAC", "OOAD07-R03-PAC015").unit, DAMASCO).clave == "OCO-01"


def test_a_choice_of_an_office_that_closed_gives_way_to_the_nearest(funded, act):
    def choose_and_close(desk):
        payees.choose_office(desk.session, PAC012.unit, DAMASCO, "PAL-01", at=desk.now, person_id=None)
        office = desk.session.get(provider.ProviderOfficeRow, "PAL-01")
        office.to_on = desk.today.replace(day=1)
        desk.session.add(office)
        desk.session.flush()
        return find_office(desk, PAC012.unit, DAMASCO)

    assert act(choose_and_close).clave == "OCO-01"


def test_a_newer_list_keeps_what_was_told_and_leaves_out_who_is_not_in_it(funded, act):
    case = funded.case()
    first, second = named(act, case, PAC012.unit)[:2]

    def leave_one_out(desk):
        payees.tell(desk.session, first.row.id, Told.IN_PERSON, at=desk.now)
        national = lists.latest_version(desk.session, case.id, ListLevel.LVN, "")
        for line in lists.lines_of(desk.session, national.id):
            if line.name == second.name:
                desk.session.delete(desk.session.get_one(ListLineRow, line.id))
        desk.session.flush()
        newer = make_layout(desk, case, "", person_id=None)
        list_payees(desk, case, newer)

    act(leave_one_out)

    after = {payee.name: payee.row for payee in named(act, case, PAC012.unit)}
    assert second.name not in after
    assert after[first.name].told is Told.IN_PERSON


def test_the_scene_waits_for_the_circular(funded):
    assert funded.stands("A33", "") is Status.DONE
    assert funded.stands("EV34A", "") is Status.OPEN


def test_the_scene_has_passed_the_circular_on(announced):
    assert {"A35"} <= announced.done("OOAD07")
    assert all("A36" in announced.done(region) for region in announced.case().tree["region"])
