"""Show a circular before it leaves: who gets it, what is missing, what it will say."""

from collections.abc import Iterator
from typing import Any

from actions.desk import Desk
from actions.find_addressees import addressees, recipients
from actions.letter_values import circular_folio, name_of, period_in_words, unit_in_words
from storage import people, periods
from storage.cases import CaseRow


def circular_preview(desk: Desk, case: CaseRow) -> dict[str, Any]:
    """Return recipients by OOAD, what prevents it, who cannot be reached, and a sample (A01)."""
    offices = []
    for ooad in case.tree.get("ooad", []):
        limit = periods.headcount_of(desk.session, ooad, case.period)
        offices.append(
            {
                "ooad": name_of(case, ooad),
                "through": "EGAS" if case.facts[ooad].get("has_egas") else "EMS",
                "recipients": len(recipients(desk, case, "M-01", ooad)),
                "headcount": limit.total if limit else None,
            }
        )
    first = offices[0]
    period = period_in_words(desk, case)
    return {
        "circular_folio": circular_folio(case),
        "offices": offices,
        "recipient_count": sum(office["recipients"] for office in offices),
        "unreachable": list(unreachable(desk, case)),
        "sample_subject": (
            f"[0780][{case.period}][A01][{case.tree['ooad'][0]}] Circular {circular_folio(case)}: solicitud de "
            f"Listados validados de VRS y PVR activos, periodo {period}, OOAD {first['ooad']}"
        ),
        "sample_text": (
            "Con fundamento en el Procedimiento 0780-003-002 (actividad 1), se solicitan los Listados validados de los "
            f"VRS y PVR activos, acorde al número autorizado para ese OOAD: {first['headcount']}, conforme al archivo "
            "de Excel e instructivo anexos."
        ),
    }


def unreachable(desk: Desk, case: CaseRow) -> list[str]:
    """Name the posts of an expediente that letters do not reach: nobody holds them, or the address fails."""
    bouncing = people.bouncing_addresses(desk.session)
    found = []
    for role, unit in _posts(case):
        holders = addressees(desk, role, unit)
        post = f"{role}, {unit_in_words(case, unit)}"
        if not holders:
            found.append(f"{post}: sin persona o sin correo registrado.")
        elif all(who.email in bouncing for who in holders):
            found.append(f"{post}: su correo registrado devuelve las cartas.")
    return found


def _posts(case: CaseRow) -> Iterator[tuple[str, str]]:
    for ooad in case.tree.get("ooad", []):
        yield "JSPM", ooad
        if case.facts[ooad].get("has_egas"):
            yield "EGAS", ooad
    for region in case.tree.get("region", []):
        yield "EMS", region
        yield "SAC", region
    for pac in case.tree.get("pac", []):
        yield "PAC", pac
