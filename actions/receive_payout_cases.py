"""Receive payout cases at the CACyPCS: the acuse goes back to the SAC, and the form for their treatment follows (A40)."""

from actions.desk import Desk
from actions.find_delivery import pacs_of_region
from actions.payout_letters import ask_for_treatment
from actions.take_step import Evidence, take_step
from procedures.definition import Level, Source
from procedures.engine import Happening
from storage import payout_cases
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.payout_cases import PayoutCaseRow, PayoutState

STEP = "A40"
ROLE = "CACyPCS"


def receive_cases(
    desk: Desk,
    case: CaseRow,
    region: str,
    *,
    up_to: int | None = None,
    person_id: int,
    channel: str,
    entry: EntryRow | None,
) -> list[PayoutCaseRow]:
    """Receive what a region reported, up to the last case of one mail, and return the cases; none when all were received."""
    rows = [
        row
        for row in payout_cases.cases_of(
            desk.session, case.id, pacs_of_region(case, region), [PayoutState.CACYPCS_INFORMED]
        )
        if up_to is None or (row.id or 0) <= up_to
    ]
    if not rows:
        return []
    happening = Happening(
        kind=Source.CHAT if channel == "chat" else Source.MAIL,
        name="receive" if channel == "chat" else "code",
        unit="",
        step=STEP,
        at=entry.received_at if entry else desk.now,
        on=desk.local_date(entry.received_at) if entry else desk.today,
        level=Level.ATTESTED,
        role=ROLE,
    )
    folios = ", ".join(str(row.folio) for row in rows)
    evidence = Evidence(person_id=person_id, entry=entry, channel=channel, text=f"Casos {folios}")
    take_step(desk, case, happening, evidence)
    ask_for_treatment(desk, case, region, person_id, version=f"recibidos/{rows[-1].id}")
    return rows
