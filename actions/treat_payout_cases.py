"""Decide what becomes of payout cases: by the CACyPCS's mail form, or by a named person at the keyboard (AMB-17)."""

from collections.abc import Sequence

from actions.ask_provider import ask_provider
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.payout_letters import is_for_pac, tell_outcome
from actions.payout_words import state_in_words
from actions.tell_by_chat import tell
from mail.treatments import Decided, Treatment
from storage import cases, folios, organisation, payout_cases
from storage.cases import CaseRow
from storage.payout_cases import OVER, PayoutCaseRow, PayoutState

STATES = {
    Treatment.CLARIFY: PayoutState.IN_CLARIFICATION,
    Treatment.SOLVED: PayoutState.SOLVED,
    Treatment.NOT_SOLVED: PayoutState.NOT_SOLVED,
    Treatment.UNFOUNDED: PayoutState.UNFOUNDED,
}
DECIDABLE = frozenset({PayoutState.CACYPCS_RECEIVED, PayoutState.IN_CLARIFICATION})
FOLLOW_UP = "switch/case_followup"
"""The office's fact that lets cases in aclaración be asked of the PS (AMB-17); decided by CACyPCS."""


def check_treatment(desk: Desk, decided: Decided, region: str | None = None) -> str:
    """Return in Spanish why one line cannot be done; empty when it can."""
    row = payout_cases.find_case(desk.session, decided.folio)
    if row is None or (region is not None and organisation.region_of(row.pac) != region):
        return f"{decided.folio}: no está entre los casos de este formulario."
    if decided.treatment is None:
        choices = ", ".join(treatment.value for treatment in Treatment)
        return f"{decided.folio}: indique el tratamiento ({choices})."
    if not decided.reason:
        return f"{decided.folio}: falta el motivo."
    if row.state not in DECIDABLE:
        return f"{decided.folio}: está «{state_in_words(row.state)}»; no espera tratamiento."
    return ""


def treat_cases(
    desk: Desk,
    decisions: Sequence[Decided],
    *,
    person_id: int,
    role: str,
    channel: str,
    entry_id: int | None,
    version: str,
) -> list[PayoutCaseRow]:
    """Do what was decided of each case, which `check_treatment` found possible; PAC and SAC hear of it."""
    rows = []
    for decided in decisions:
        row = payout_cases.find_case(desk.session, decided.folio)
        assert row is not None
        assert decided.treatment is not None
        row.resolution = decided.reason
        state = STATES[decided.treatment]
        if state in OVER:
            row.resolved_at = desk.now
        payout_cases.move(
            desk.session, row, state, at=desk.now, person_id=person_id, role=role, note=decided.reason
        )
        desk.note(
            "payout_case_moved",
            case_id=row.case_id,
            step="A40",
            unit=row.pac,
            person_id=person_id,
            role=role,
            channel=channel,
            entry_id=entry_id,
            folio=row.folio,
            state=row.state.value,
        )
        case = cases.get_case(desk.session, row.case_id)
        if state is PayoutState.IN_CLARIFICATION and folios.get_fact(desk.session, FOLLOW_UP):
            ask_provider(desk, case, row)
        rows.append(row)
    for case_id in dict.fromkeys(row.case_id for row in rows):
        own = [row for row in rows if row.case_id == case_id]
        tell_all(desk, cases.get_case(desk.session, case_id), own, version=version)
    return rows


def tell_all(
    desk: Desk, case: CaseRow, rows: Sequence[PayoutCaseRow], *, version: str, ended: bool = False
) -> None:
    """Tell PAC and SAC by mail, and in the chat the folio and the state alone."""
    tell_outcome(desk, case, rows, version=version, ended=ended)
    for pac in dict.fromkeys(row.pac for row in rows):
        shown = [row for row in rows if row.pac == pac and is_for_pac(row)]
        lines = "\n".join(f"Caso {row.folio}: {state_in_words(row.state)}." for row in shown)
        for who in addressees(desk, "PAC", pac) if shown else ():
            tell(desk, who.person_id, "outcome_more", version=version, case_id=case.id, unit=pac, lines=lines)
