"""Show a circular before it leaves: who gets it, what is missing, what it will say."""

from typing import Any

from actions.desk import Desk
from actions.find_addressees import addressees, recipients
from storage import periods
from storage.cases import CaseRow


def circular_preview(desk: Desk, case: CaseRow) -> dict[str, Any]:
    """Return recipients by OOAD, those who cannot be reached, and the headcount that each circular tells."""
    ooads = []
    unreachable = []
    for ooad in case.tree.get("ooad", []):
        limit = periods.headcount_of(desk.session, ooad, case.period)
        found = recipients(desk, case, "M-01", ooad)
        ooads.append(
            {
                "unit": ooad,
                "name": str(case.facts[ooad].get("name", ooad)),
                "total": limit.total if limit else None,
                "recipients": [f"{who.cargo or who.role} ({who.email})" for who in found],
            }
        )
        if not addressees(desk, "JSPM", ooad):
            unreachable.append(f"JSPM de {ooad}")
        if case.facts[ooad].get("has_egas") and not addressees(desk, "EGAS", ooad):
            unreachable.append(f"EGAS de {ooad}")
    for region in case.tree.get("region", []):
        unreachable += [f"{role} de {region}" for role in ("EMS", "SAC") if not addressees(desk, role, region)]
    unreachable += [f"PAC de {pac}" for pac in case.tree.get("pac", []) if not addressees(desk, "PAC", pac)]
    return {"ooads": ooads, "unreachable": unreachable}
