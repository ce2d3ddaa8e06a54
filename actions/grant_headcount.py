"""Let CACyPCS authorise, with a document, that an OOAD lists more people than its number (V-057; AC-23)."""

from dataclasses import dataclass

from actions.ask_for_exception import shown_by
from actions.ask_for_step import renew_questions
from actions.check_headcounts import excess_of, listed_totals
from actions.desk import Desk
from actions.find_unit import NoSuchUnit, get_case_of, get_unit
from actions.letter_values import unit_in_words
from actions.record_command import record_command
from actions.see_lists import acting_for
from storage import entries, periods
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.periods import HeadcountExceptionRow


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantRefused:
    """Why a number was not excepted."""

    reason: str


def grant_headcount(
    desk: Desk,
    case: CaseRow,
    ooad: str,
    *,
    reason: str,
    entry: EntryRow,
    person_id: int | None,
    channel: str,
    shown: str = "",
) -> str | GrantRefused:
    """Except the number of an OOAD for this period: as many as it lists now, no more, with the document that came along.

    `shown` is what the letter showed, where one did; more people since then are not excepted unseen.
    """
    listed = listed_totals(desk, case, ooad)
    files = entries.attachments_of(desk.session, entry.id or 0)
    if not excess_of(desk, case, ooad):
        return GrantRefused(reason="El OOAD no excede su número autorizado; no hay nada que autorizar.")
    if shown and shown != shown_by(listed):
        return GrantRefused(reason="El número de personas enlistadas cambió; revise el vigente.")
    if not files:
        return GrantRefused(reason="Falta el documento que autoriza la excepción: anéxelo a su respuesta.")
    if not reason.strip():
        return GrantRefused(reason="Falta el motivo, con el folio del documento.")
    row = HeadcountExceptionRow(
        case_id=case.id or 0,
        unit=ooad,
        total=listed.rows,
        vrs=listed.vrs,
        pvr=listed.pvr,
        document=files[0].name[:255],
        blob_sha256=files[0].sha256,
        reason=reason.strip()[:500],
        granted_at=desk.now,
        person_id=person_id,
        entry_id=entry.id,
    )
    desk.session.add(row)
    desk.session.flush()
    number = periods.headcount_of(desk.session, ooad, case.period)
    desk.note(
        "headcount_excepted",
        case_id=case.id,
        unit=ooad,
        person_id=person_id,
        role="CACyPCS",
        entry_id=entry.id,
        channel=channel,
        total=row.total,
        authorised=number.total if number else 0,
        document=row.document,
        file=row.blob_sha256,
        reason=row.reason,
    )
    renew_questions(desk, case, ooad, because=entry.folio)
    return (
        f"{unit_in_words(case, ooad)} puede enlistar {row.total} personas ({row.vrs} VRS, {row.pvr} PVR) "
        f"en este periodo, con {row.document}."
    )


def grant_at_keyboard(
    desk: Desk, period: str, ooad: str, *, reason: str, document: tuple[str, bytes], as_person: str
) -> str | GrantRefused:
    """Except the number of an OOAD by a named person of CACyPCS at the keyboard, with the document's file.

    Raises:
        NoSuchPeriod, NoSuchUnit: there is none.
        NotTheirs: nobody has that name, or the person does not hold that post today.
    """
    case = get_case_of(desk, period)
    code = get_unit(case, ooad)
    if code not in case.tree.get("ooad", []):
        raise NoSuchUnit(ooad)
    person = acting_for(desk, case, code, as_person=as_person, roles={"CACyPCS"})
    entry = record_command(
        desk,
        f"lists headcount {period} {code} {as_person} {reason}".encode(),
        person_id=person.id,
        case_id=case.id,
        unit=code,
        documents=[document],
    )
    return grant_headcount(
        desk, case, code, reason=reason, entry=entry, person_id=person.id, channel="command"
    )
