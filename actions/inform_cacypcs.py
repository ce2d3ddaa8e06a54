"""Report the new cases of a region to the CACyPCS, released by its SAC: one mail a day (A39, M-28)."""

from dataclasses import dataclass
from enum import StrEnum

from actions.desk import Desk
from actions.find_addressees import NATION, addressees
from actions.letter_values import region_name
from actions.offer_release import ROUND
from actions.payout_letters import new_cases
from actions.send_chat import Choice
from actions.take_step import Evidence, take_step
from actions.tell_by_chat import tell
from procedures.definition import Level, Source
from procedures.engine import Happening
from storage import agenda, payout_cases
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.payout_cases import PayoutCaseRow, PayoutState

STEP = "A39"
RECEIVE = "cases_receive"
"""What [Acusar recibo] does; `bot/casework.py` answers it."""
MOST_FOLIOS = 20


class Hindrance(StrEnum):
    """Why nothing was reported."""

    NONE = ""
    NO_CASES = "no_cases"
    SENT_TODAY = "sent_today"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What a release did: the cases that went, or why none did."""

    rows: tuple[PayoutCaseRow, ...] = ()
    hindrance: Hindrance = Hindrance.NONE
    reason: str = ""


def release_cases(
    desk: Desk,
    case: CaseRow,
    region: str,
    *,
    person_id: int | None,
    role: str,
    channel: str,
    entry: EntryRow | None,
) -> Release:
    """Let every new case of a region go to the CACyPCS in one mail; the rest of the day new ones wait."""
    rows = new_cases(desk, case, region)
    if not rows:
        return Release(hindrance=Hindrance.NO_CASES)
    if _sent_today(desk, case, region):
        return Release(rows=tuple(rows), hindrance=Hindrance.SENT_TODAY)
    happening = Happening(
        kind=Source.CHAT if channel == "chat" else Source.MAIL,
        name="release" if channel == "chat" else "code",
        unit=region,
        step=STEP,
        at=entry.received_at if entry else desk.now,
        on=desk.local_date(entry.received_at) if entry else desk.today,
        level=Level.ATTESTED,
        role=role,
        role_unit=region,
    )
    folios = ", ".join(str(row.folio) for row in rows)
    evidence = Evidence(person_id=person_id, entry=entry, channel=channel, text=f"Casos {folios}")
    decision = take_step(desk, case, happening, evidence)
    if not decision.taken:
        reasons = " ".join(refusal.text for refusal in decision.refused)
        return Release(rows=tuple(rows), hindrance=Hindrance.REFUSED, reason=reasons)
    agenda.cancel(desk.session, f"{case.id}/{ROUND}/{region}")
    _tell_cacypcs(desk, case, region, rows)
    return Release(rows=tuple(rows))


def _sent_today(desk: Desk, case: CaseRow, region: str) -> bool:
    last = payout_cases.last_event_at(desk.session, case.id, f"{region}-", PayoutState.CACYPCS_INFORMED)
    return last is not None and desk.local_date(last) == desk.today


def _tell_cacypcs(desk: Desk, case: CaseRow, region: str, rows: list[PayoutCaseRow]) -> None:
    """Say in the chat of the CACyPCS that cases came: folios alone (C-33)."""
    shown = [str(row.folio) for row in rows[:MOST_FOLIOS]]
    if len(rows) > MOST_FOLIOS:
        shown.append(f"y {len(rows) - MOST_FOLIOS} más")
    for who in addressees(desk, "CACyPCS", NATION):
        tell(
            desk,
            who.person_id,
            "cases_informed",
            version=f"{region}/{rows[0].id}",
            choices=[
                [Choice(text="button_received", act=RECEIVE, value=f"{case.id}|{region}|{rows[-1].id}")]
            ],
            case_id=case.id,
            region=region_name(case, region),
            folios=", ".join(shown),
        )
