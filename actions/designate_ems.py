"""Designate the EMS that integrates the list of an OOAD without EGAS (A16)."""

from actions.desk import Desk
from storage.cases import CaseRow

FACT = "designated_ems"


def ems_options(case: CaseRow, ooad: str) -> list[str]:
    """Return the regions of an OOAD in the order in which the letter numbers them."""
    return sorted(code for code in case.tree.get("region", []) if case.parents.get(code) == ooad)


def designate(desk: Desk, case: CaseRow, ooad: str, option: int | None, reason: str) -> bool:
    """Set the designated EMS of an OOAD from the number that was answered; False if there is no such option."""
    options = ems_options(case, ooad)
    if option is None or not 1 <= option <= len(options):
        return False
    set_designated(desk, case, ooad, options[option - 1], reason)
    return True


def set_designated(desk: Desk, case: CaseRow, ooad: str, region: str, reason: str) -> None:
    """Keep who integrates the list of an OOAD; the journal keeps who was before."""
    facts = {unit: dict(values) for unit, values in case.facts.items()}
    facts.setdefault(ooad, {})[FACT] = region
    case.facts = facts
    desk.session.add(case)
    desk.note(
        "ems_designated",
        case_id=case.id,
        step="A16",
        unit=ooad,
        region=region,
        reason=reason or "único EMS del OOAD",
    )
