"""Show a volunteer the own support of a delivery period: when, where, how much (C-44, C-45)."""

from dataclasses import dataclass
from datetime import date

from actions.desk import Desk
from actions.find_office import find_office
from actions.letter_values import months_in_words, period_in_words
from actions.remind_volunteers import offices_by_key
from storage import cases, payees, periods, volunteers
from storage.cases import CaseRow
from storage.payees import Payee
from storage.provider import ProviderOfficeRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """What somebody may collect."""

    case: CaseRow
    payee: Payee
    period: str
    months: str
    t0: date
    t1: date
    office: ProviderOfficeRow | None


def find_support(desk: Desk, volunteer_id: int) -> Support | None:
    """Find the support that a volunteer may collect now or next, else the last one; None when no list names her or him."""
    found = []
    for case in cases.open_cases(desk.session):
        payee = payees.payee_of_volunteer(desk.session, case.id, volunteer_id)
        if payee is not None:
            found.append(_support(desk, case, payee))
    ahead = [support for support in found if support.t1 >= desk.today]
    if ahead:
        return min(ahead, key=lambda support: support.t0)
    return max(found, key=lambda support: support.t1, default=None)


def support_of_payee(desk: Desk, volunteer_id: int, payee_id: int) -> Support | None:
    """Find the support of a payee, if it is this volunteer's and the list in force still names the person."""
    payee = payees.find_payee(desk.session, payee_id)
    if payee is None or payee.row.volunteer_id != volunteer_id or not payee.row.in_list:
        return None
    return _support(desk, cases.get_case(desk.session, payee.row.case_id), payee)


def office_for(desk: Desk, volunteer_id: int) -> ProviderOfficeRow | None:
    """Find the office where a volunteer collects: that of the period, else the one near the own locality."""
    support = find_support(desk, volunteer_id)
    if support is not None:
        return support.office
    volunteer = volunteers.get_volunteer(desk.session, volunteer_id)
    return find_office(desk, volunteer.unit, volunteer.locality)


def _support(desk: Desk, case: CaseRow, payee: Payee) -> Support:
    period = desk.once(periods.get_period, case.period)
    return Support(
        case=case,
        payee=payee,
        period=period_in_words(desk, case),
        months=months_in_words(desk, case),
        t0=period.t0,
        t1=period.t1,
        office=offices_by_key(desk).get(payee.row.office),
    )
