"""Keep the register of people who stand in two lists, and who has to decide about them."""

from collections.abc import Sequence
from datetime import timedelta

from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, designated_ems
from actions.letter_values import due_values, period_in_words, unit_in_words
from actions.money import pesos
from actions.read_case import read_situation
from actions.send_letter import one_time_code, send
from procedures.engine import Instance
from procedures.lists.duplicates import Duplicate
from storage import lists
from storage.cases import CaseRow
from storage.lists import DuplicateRow

ACT = "DUPLICATE"
WITHDRAWN = "withdrawn"
DISTINCT = "distintas"
KEEP = "keep:"
BLOCKED = {
    "V-052": "La integración de la región (actividad 10) espera esta decisión.",
    "V-053": "La integración del OOAD espera esta decisión.",
    "V-054": "La integración nacional (actividad 24) espera esta decisión.",
}


def deciders(desk: Desk, case: CaseRow, unit: str) -> list[Addressee]:
    """Return who decides about a duplicate: SAC of the region, EGAS or EMS designado of the OOAD, CACyPCS (4.3)."""
    if not unit:
        return addressees(desk, "CACyPCS", "PIB")
    if unit in case.tree.get("region", []):
        return addressees(desk, "SAC", unit)
    if case.facts.get(unit, {}).get("has_egas"):
        return addressees(desk, "EGAS", unit)
    return designated_ems(desk, case, unit) or addressees(desk, "JSPM", unit)


def keep_register(desk: Desk, case: CaseRow, pac: str, found: Sequence[Duplicate]) -> None:
    """Register the duplicates that a PAC's new list makes, and end those that it no longer makes.

    Who decides sees both records; nobody else learns whose the other list is.
    """
    keys = {f"{item.code}|{item.key}" for item in found}
    for gone in lists.duplicates_of_unit(desk.session, case.id, pac):
        if not gone.decision and f"{gone.code}|{gone.key}" not in keys:
            gone.decision = WITHDRAWN
            gone.decided_at = desk.now
            desk.session.add(gone)
            desk.note("duplicate_gone", case_id=case.id, unit=gone.unit, code=gone.code)
    for item in found:
        _end_smaller_questions(desk, case, item)
        known = lists.find_duplicate(desk.session, case.id, item.code, item.key)
        if known is not None and known.decision != WITHDRAWN:
            continue
        row = known
        if row is None:
            row = DuplicateRow(
                case_id=case.id or 0,
                code=item.code,
                unit=item.unit,
                key=item.key,
                name_norm=item.identity.nombre_norm,
                locality=item.identity.clave_inegi,
                kind=item.identity.tipo,
                units=list(item.units),
                found_at=desk.now,
            )
        row.decision, row.decided_at, row.person_id = "", None, None
        desk.session.add(row)
        desk.session.flush()
        desk.note("duplicate_found", case_id=case.id, unit=item.unit, code=item.code, count=len(item.units))
        ask_about(desk, case, row)


def _end_smaller_questions(desk: Desk, case: CaseRow, item: Duplicate) -> None:
    """End an open question about fewer lists of the same person: the new one asks about all of them."""
    for row in lists.duplicates_at(desk.session, case.id, item.unit):
        same = (row.name_norm, row.locality) == (item.identity.nombre_norm, item.identity.clave_inegi)
        if same and not row.decision and set(row.units) < set(item.units):
            row.decision = WITHDRAWN
            row.decided_at = desk.now
            desk.session.add(row)
            desk.note("duplicate_gone", case_id=case.id, unit=row.unit, code=row.code)


def _integrating_step(case: CaseRow, unit: str) -> str:
    """Return the step that waits for the decisions of a unit's post."""
    if not unit:
        return "A24"
    if unit in case.tree.get("region", []):
        return "A10"
    return "A14" if case.facts[unit].get("has_egas") else "A19"


def ask_about(desk: Desk, case: CaseRow, row: DuplicateRow, *, again: str = "") -> None:
    """Write to those who decide, with both records side by side and numbered options."""
    lines = [
        (unit, line)
        for unit in row.units
        if (
            line := lists.find_line(
                desk.session,
                case.id or 0,
                unit,
                name_norm=row.name_norm,
                locality=row.locality,
            )
        )
        is not None
    ]
    to = [who for who in deciders(desk, case, row.unit) if who.person_id is not None]
    codes = {
        who.email: one_time_code(
            desk,
            who.person_id or 0,
            case_id=case.id,
            act=ACT,
            unit=row.unit,
            subject_key=str(row.id),
            valid=timedelta(days=30),
        )
        for who in to
    }
    names = [unit_in_words(case, unit).split(",")[0] for unit, _line in lines]
    values = {
        "period": period_in_words(desk, case),
        "number": row.id,
        "level": unit_in_words(case, row.unit),
        "why": f"Mismo nombre, misma localidad y mismo tipo en {len(row.units)} listados ({row.code}).",
        "labels": [
            f"{name}, renglón {line.position}" for name, (_unit, line) in zip(names, lines, strict=True)
        ],
        "rows": [
            [label, *(cell(line) for _unit, line in lines)]
            for label, cell in (
                ("Nombre", lambda line: line.name),
                ("Localidad", lambda line: f"{line.locality_name} ({line.locality})"),
                ("Tipo", lambda line: line.kind),
                ("Unidad médica", lambda line: line.medical_unit),
                ("Importe", lambda line: pesos(line.amount_centavos)),
            )
        ],
        "options": [
            *(
                [number, f"Es la misma persona; se conserva en {name}."]
                for number, name in enumerate(names, start=1)
            ),
            [len(names) + 1, "Son personas distintas; se conservan todas."],
        ],
        "blocks": BLOCKED.get(row.code, ""),
        **due_values(desk, read_situation(desk, case), Instance(_integrating_step(case, row.unit), row.unit)),
    }
    version = f"{row.id}/{row.found_at:%Y%m%d%H%M%S}{again}"
    send(desk, "DUPLICATE", values, to, case=case, unit=row.unit, version=version, codes=codes)


def decision_in_words(case: CaseRow, row: DuplicateRow) -> str:
    """Say what became of a duplicate."""
    if row.decision.startswith(KEEP):
        kept = unit_in_words(case, row.decision.removeprefix(KEEP)).split(",")[0]
        return f"se conserva en {kept}. {row.reason}".strip()
    return {
        "": "sin decidir",
        DISTINCT: "son personas distintas",
        WITHDRAWN: "ya no existe: un PAC corrigió su listado",
    }[row.decision]
