"""Take the reason for an unusual jump (MOTIVO, by mail or chat), keep it with the list, pass it on to the next tier (V-059)."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.answer_sender import refuse, thank_for_decision
from actions.designate_ems import designated_region
from actions.desk import Desk
from actions.find_addressees import addressees, unique
from actions.find_expediente import Whereabouts, open_cases
from actions.find_jump import find_jump_of, keep_reason
from actions.letter_values import period_in_words, short_name, signer
from actions.send_letter import send
from mail.answers import Answer, read_motive
from procedures.definition import NATION, ROOT_UNIT
from storage import lists
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel

DELIVERS = {
    "PAC": (ListLevel.LVP, "pac"),
    "SAC": (ListLevel.LVR, "region"),
    "EMS": (ListLevel.LVR, "region"),
    "EGAS": (ListLevel.LVO, "ooad"),
    "JSPM": (ListLevel.LVO, "ooad"),
    "CACyPCS": (ListLevel.LVN, ""),
}
"""Whose list it is to explain, by post: its tier and the scope of its units."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasonRefused:
    """Why a reason was not kept, and how to go on."""

    reason: str
    how: str = ""


def give_reason(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, case: CaseRow, answer: Answer) -> None:
    """Keep the reason that a mail gives with the sender's own list, or say why it is not asked for."""
    outcome = explain_jump(
        desk,
        case,
        answer.motive,
        posts=whereabouts.posts,
        unit=whereabouts.unit,
        person_id=whereabouts.person_id,
        entry=entry,
        channel="mail",
    )
    if isinstance(outcome, ReasonRefused):
        refuse(desk, entry, whereabouts, outcome.reason, outcome.how)
    else:
        thank_for_decision(desk, entry, whereabouts, f"{outcome} «{answer.motive}»")


def give_reason_in_chat(
    desk: Desk, text: str, *, posts: Sequence[tuple[str, str]], person_id: int | None, entry: EntryRow
) -> str | ReasonRefused | None:
    """Keep the reason that a message gives; None when the message gives none («Motivo: …»)."""
    motive = read_motive(text)
    if not motive:
        return None
    outcome: str | ReasonRefused | None = None
    for case in open_cases(desk):
        outcome = explain_jump(
            desk, case, motive, posts=posts, unit="", person_id=person_id, entry=entry, channel="chat"
        )
        if isinstance(outcome, str):
            break
    return outcome


def explain_jump(
    desk: Desk,
    case: CaseRow,
    motive: str,
    *,
    posts: Sequence[tuple[str, str]],
    unit: str,
    person_id: int | None,
    entry: EntryRow,
    channel: str,
) -> str | ReasonRefused:
    """Keep a reason with the list of somebody's own and tell the next tier; return what was kept, in words."""
    found = _list_of(case, posts, unit)
    if found is None:
        return ReasonRefused(
            reason="No se sabe de qué listado es el motivo.",
            how="Responda al correo que lo pide, con una línea que empiece con «Motivo:».",
        )
    role, level, own = found
    entry.case_id, entry.unit = case.id, own
    version = lists.latest_version(desk.session, case.id, level, own)
    name = short_name(case, own)
    if version is None:
        return ReasonRefused(reason=f"Todavía no hay un listado de {name}.")
    jump = find_jump_of(desk, case, version, name)
    if jump is None:
        return ReasonRefused(
            reason=f"El listado de {name} no difiere en más de una décima del periodo anterior: no hace falta motivo."
        )
    keep_reason(
        desk,
        case,
        version,
        motive,
        role=role,
        person_id=person_id,
        entry_id=entry.id,
        channel=channel,
    )
    values = {
        "about": f"motivo de la diferencia, {name}",
        "period": period_in_words(desk, case),
        "note": f"{jump.finding.message} Motivo: {motive}",
        "author": signer(desk, role, own or NATION),
        "folio": entry.folio,
    }
    to = unique([who for post in _next_tier(case, level, own) for who in addressees(desk, *post)])
    send(desk, "NOTE", values, to, case=case, unit=own, version=entry.folio)
    return f"Quedó asentado el motivo. {jump.finding.message}"


def _list_of(
    case: CaseRow, posts: Sequence[tuple[str, str]], named: str
) -> tuple[str, ListLevel, str] | None:
    """Return of which list somebody speaks, as (role, level, unit): that of the letter answered, else their only one."""
    own = []
    for role, post_unit in posts:
        if role not in DELIVERS:
            continue
        level, scope = DELIVERS[role]
        unit = post_unit if scope else ROOT_UNIT
        if not scope or unit in case.tree.get(scope, []):
            own.append((role, level, unit))
        if role == "EMS":
            # The EMS designado integrates the list of its OOAD (act. 19).
            ooad = case.parents.get(post_unit, "")
            if designated_region(case, ooad) == post_unit and not case.facts.get(ooad, {}).get("has_egas"):
                own.append((role, ListLevel.LVO, ooad))
    meant = [one for one in own if one[2] == named]
    return meant[0] if meant else own[0] if len(own) == 1 else None


def _next_tier(case: CaseRow, level: ListLevel, unit: str) -> list[tuple[str, str]]:
    above = case.parents.get(unit, "")
    match level:
        case ListLevel.LVP:
            return [("SAC", above)]
        case ListLevel.LVR if case.facts.get(above, {}).get("has_egas"):
            return [("EMS", unit), ("EGAS", above)]
        case ListLevel.LVR:
            return [("EMS", unit), ("EMS", designated_region(case, above))]
        case ListLevel.LVO:
            return [("JSPM", unit), ("CACyPCS", NATION)]
    return []
