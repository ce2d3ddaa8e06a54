"""Take the reason for an unusual jump out of a mail (MOTIVO), keep it with the list, and pass it on to the next tier (V-059)."""

from actions.answer_sender import refuse, thank_for_decision
from actions.designate_ems import designated_region
from actions.desk import Desk
from actions.find_addressees import addressees, unique
from actions.find_expediente import Whereabouts
from actions.find_jump import find_jump_of, keep_reason
from actions.letter_values import period_in_words, short_name, signer
from actions.send_letter import send
from mail.answers import Answer
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


def give_reason(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, case: CaseRow, answer: Answer) -> None:
    """Keep the reason with the sender's own list, or say why it is not asked for."""
    found = _list_of(case, whereabouts)
    if found is None:
        refuse(
            desk,
            entry,
            whereabouts,
            "No se sabe de qué listado es el motivo.",
            "Responda al correo que lo pide, con una línea que empiece con «Motivo:».",
        )
        return
    role, level, unit = found
    entry.case_id, entry.unit = case.id, unit
    version = lists.latest_version(desk.session, case.id, level, unit)
    name = short_name(case, unit)
    jump = find_jump_of(desk, case, version, name) if version else None
    if version is None or jump is None:
        refuse(
            desk,
            entry,
            whereabouts,
            f"El listado de {name} no difiere en más de una décima del periodo anterior: no hace falta motivo."
            if version
            else f"Todavía no hay un listado de {name}.",
        )
        return
    keep_reason(
        desk,
        case,
        version,
        answer.motive,
        role=role,
        person_id=whereabouts.person_id,
        entry_id=entry.id,
        channel="mail",
    )
    thank_for_decision(
        desk, entry, whereabouts, f"Quedó asentado el motivo. {jump.finding.message} «{answer.motive}»"
    )
    values = {
        "about": f"motivo de la diferencia, {name}",
        "period": period_in_words(desk, case),
        "note": f"{jump.finding.message} Motivo: {answer.motive}",
        "author": signer(desk, role, unit or NATION),
        "folio": entry.folio,
    }
    to = unique([who for post in _next_tier(case, level, unit) for who in addressees(desk, *post)])
    send(desk, "NOTE", values, to, case=case, unit=unit, version=entry.folio)


def _list_of(case: CaseRow, whereabouts: Whereabouts) -> tuple[str, ListLevel, str] | None:
    """Return of which list somebody speaks, as (role, level, unit): that of the letter answered, else their only one."""
    own = []
    for role, post_unit in whereabouts.posts:
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
    meant = [one for one in own if one[2] == whereabouts.unit]
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
