"""Designate the EMS that integrates the list of an OOAD without EGAS (A16)."""

from actions.desk import Desk
from storage.cases import CaseRow

FACT = "designated_ems"


def ems_options(case: CaseRow, ooad: str) -> list[str]:
    """Return the regions of an OOAD in the order in which the letter numbers them."""
    return sorted(code for code in case.tree.get("region", []) if case.parents.get(code) == ooad)


def designated_region(case: CaseRow, ooad: str) -> str:
    """Return the region whose EMS integrates the list of an OOAD: the one designated, or its only one."""
    options = ems_options(case, ooad)
    return str(case.facts.get(ooad, {}).get(FACT) or (options[0] if len(options) == 1 else ""))


def note_designation(desk: Desk, case: CaseRow, ooad: str, *, person_id: int | None, reason: str) -> None:
    """Keep in the journal who integrates the list of an OOAD, who decided it and why."""
    single = len(ems_options(case, ooad)) == 1
    desk.note(
        "ems_designated",
        case_id=case.id,
        step="A16",
        unit=ooad,
        person_id=person_id,
        region=designated_region(case, ooad),
        reason="único EMS del OOAD" if single else reason,
    )
