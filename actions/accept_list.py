"""Take in a PAC's list: check it, keep what is good, and say of the rest what is wrong and how to mend it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from actions.answer_list import answer_accepted, answer_already, answer_refused, answer_with_errors
from actions.ask_for_reopening import tell_of_frozen
from actions.ask_for_step import renew_questions
from actions.attest_list import record_attestation, record_delivery
from actions.compare_lists import Earlier, differences, earlier_lists, find_jump, people_of_rows
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.find_duplicates import listed_people, register_list, try_list
from actions.find_expediente import Whereabouts
from actions.find_jump import find_jump_of, keep_reason
from actions.integrate_list import is_frozen, outdate_above, replace_earlier
from actions.list_context import SHEET_VERSION, list_context
from actions.merge_list import TRIED, keep_merged, merge_list, read_kept, standing_version
from actions.money import pesos
from actions.quarantine_entry import keep_damaged, leave_unclassified
from actions.read_case import read_situation
from actions.send_letter import send
from actions.take_step import Evidence, take_step
from mail.answers import Answer
from procedures.definition import Level, Source
from procedures.engine import Happening
from procedures.lists.checks import CheckedList, check_list
from procedures.lists.compare import says_the_same
from procedures.lists.digest import record_digest, short_digest
from procedures.lists.duplicates import pac_findings
from procedures.lists.merge import Merged, Nature, name_of_row
from procedures.lists.messages import finding
from procedures.lists.rows import CellValue, Finding, RawList, RawRow, Severity
from storage import lists, organisation
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import FindingRow, ListLevel, ListState, ListVersionRow

if TYPE_CHECKING:
    from actions.process_entry import File

UNREADABLE = frozenset({"V-004", "V-005", "V-006"})
DAMAGED = {
    "V-005": "el archivo excede el tamaño o contiene elementos no permitidos; se pidió otro a quien lo envió",
    "V-006": "el archivo está dañado; se pidió otro a quien lo envió",
}
"""What goes into quarantine; a file of another kind (V-004) is no danger, and its sender resends it."""


OF_THE_SHEET = frozenset({"V-010", "V-015", "V-016", "V-046"})
"""What is said of how a sheet is made, and not of anybody in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListMail:
    """What a mail with a list brought."""

    workbooks: Sequence["File"]
    sheets: Mapping[str, RawList]
    confirmation: Answer | None
    draft: bool
    said: Nature | None = None
    """What the subject says of the list, where it does."""
    motive: str = ""
    """Why the list has so many people, where the mail says it (V-059)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Arrival:
    """A list on its way in: where it belongs and what it holds."""

    desk: Desk
    entry: EntryRow
    whereabouts: Whereabouts
    case: CaseRow
    unit: str
    mail: ListMail
    raw: RawList
    sha256: str
    merged: Merged | None = None
    """How `raw` came about, where it was made of corrections."""
    earlier: tuple[Earlier, ...] = ()
    """The lists that it is compared with."""


def accept_list(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, mail: ListMail) -> None:
    """Do with a list what the ledger says (4.3): refuse the file, take all of it, or the good rows.

    File-level errors accept nothing. With row errors the good rows stand in a
    version of their own, and the delivery stays open until no error remains.
    """
    if len(mail.workbooks) > 1:
        _refuse(desk, entry, whereabouts, whereabouts.unit, [finding("V-003", n=len(mail.workbooks))])
        return
    workbook = mail.workbooks[0]
    raw = mail.sheets.get(workbook.sha256) or RawList(findings=(finding("V-004"),))
    case = _case_for(whereabouts, raw)
    if case is None:
        leave_unclassified(
            desk, entry, whereabouts.doubt or "no hay un periodo abierto para este listado", answer=True
        )
        return
    # The workbook's own mark may have told the period; what is answered belongs to it too.
    whereabouts = replace(whereabouts, case=case)
    unit = _unit_for(whereabouts, case, raw)
    entry.case_id = case.id
    entry.unit = unit
    if not unit:
        _refuse_other_scope(desk, entry, whereabouts, raw)
        return
    arrival = _Arrival(
        desk=desk,
        entry=entry,
        whereabouts=whereabouts,
        case=case,
        unit=unit,
        mail=mail,
        raw=raw,
        sha256=workbook.sha256,
    )
    if any(item.code == "V-005" for item in raw.findings):
        desk.note(
            "security_event",
            case_id=case.id,
            unit=unit,
            entry_id=entry.id,
            event="libro con tamaño o contenido no permitido (V-005)",
        )
    seen = None if mail.draft else lists.find_by_file(desk.session, case.id, unit, workbook.sha256)
    if seen is not None:
        _already(arrival, seen)
        return
    if not mail.draft and raw.period in {"", case.period} and is_frozen(desk, case):
        _frozen(arrival)
        return
    merged = merge_list(desk, case, unit, raw, mail.said)
    if isinstance(merged, Finding):
        _refuse(desk, entry, whereabouts, unit, [merged])
        return
    if merged is not None:
        arrival = replace(arrival, raw=merged.raw, merged=merged)
    checked = check_list(arrival.raw, list_context(desk, case, unit, arrival.raw, entry, workbook.sha256))
    if not checked.file_accepted:
        _refuse(desk, entry, whereabouts, unit, checked.findings)
        return
    arrival = replace(arrival, earlier=earlier_lists(desk, case, unit, standing_version(desk, case, unit)))
    jump = find_jump(case, unit, arrival.earlier, checked)
    checked = replace(checked, findings=(*checked.findings, *jump))
    if mail.draft:
        _try_only(arrival, checked)
    elif (stands := _same_list(arrival, checked)) is not None:
        _take_nothing(arrival, stands, checked)
    else:
        _take(arrival, checked)


def _case_for(whereabouts: Whereabouts, raw: RawList) -> CaseRow | None:
    """Choose the expediente: what the mail says of itself, else what the workbook's mark says; never a guess."""
    if whereabouts.case is not None:
        return whereabouts.case
    return next((case for case in whereabouts.open_cases if case.period == raw.period), None)


def _unit_for(whereabouts: Whereabouts, case: CaseRow, raw: RawList) -> str:
    """Choose the ámbito among those of the sender; empty when the list is of another one (V-012)."""
    own = [unit for unit in whereabouts.pac_units if unit in case.tree.get("pac", [])]
    if raw.unit:
        # A workbook of another ámbito is answered by V-012, from the sender's own one.
        return raw.unit if raw.unit in own else own[0] if len(own) == 1 else ""
    if whereabouts.unit in own:
        return whereabouts.unit
    return own[0] if len(own) == 1 else ""


def _refuse(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, unit: str, findings: Sequence[Finding]
) -> None:
    errors = [item for item in findings if item.severity is Severity.ERROR]
    # What cannot be opened has neither template nor rows to speak of.
    errors = [item for item in errors if item.code in UNREADABLE] or errors
    desk.note(
        "list_refused",
        case_id=entry.case_id,
        unit=unit,
        entry_id=entry.id,
        channel="mail",
        codes=", ".join(dict.fromkeys(item.code for item in errors)),
    )
    answer_refused(desk, entry, whereabouts, unit, errors)
    damage = next((item.code for item in errors if item.code in DAMAGED), "")
    if damage:
        keep_damaged(desk, entry, code=damage, reason=DAMAGED[damage])


def _refuse_other_scope(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, raw: RawList) -> None:
    """Refuse the list of an ámbito that is not the sender's, and tell the superior without any data (AC-04)."""
    _refuse(desk, entry, whereabouts, "", [finding("V-012", ambito=raw.unit or "no indicado")])
    superiors = []
    for role, unit in whereabouts.posts:
        if role == "SAC":
            superiors += addressees(desk, "EMS", unit)
        elif role == "PAC":
            superiors += addressees(desk, "SAC", organisation.region_of(unit))
    send(
        desk,
        "M-44",
        {"folio": entry.folio, "received_at": entry.received_at},
        superiors,
        case=whereabouts.case,
        version=entry.folio,
    )


def _same_list(arrival: _Arrival, checked: CheckedList) -> ListVersionRow | None:
    """Return the version that stands, where a list saved again says of everybody what that version says.

    It makes no version of its own: nobody's rubric is void because a file was saved
    twice. What was found of people counts as well; the order of the rows does not.
    """
    session = arrival.desk.session
    stands = standing_version(arrival.desk, arrival.case, arrival.unit)
    if (
        stands is None
        or stands.rejected != len(checked.rejected)
        or stands.digest != record_digest(checked.rows)
        or not says_the_same(arrival.earlier[0].people, people_of_rows(arrival.desk, checked.rows))
    ):
        return None
    known = Counter(row.code for row in lists.findings_of(session, stands.id) if _is_of_people(row))
    found = Counter(item.code for item in checked.findings if _is_of_people(item))
    if known != found or (stands.rejected and not _same_wrong_rows(arrival, stands, checked)):
        return None
    return stands


def _same_wrong_rows(arrival: _Arrival, stands: ListVersionRow, checked: CheckedList) -> bool:
    """Tell whether the rows that do not stand are, cell by cell, those that did not stand before."""
    kept = read_kept(arrival.desk, arrival.case, stands)
    before = Counter(_cells(row) for row in kept.rows if row.number in kept.wrong)
    rejected = set(checked.rejected)
    return before == Counter(_cells(row) for row in arrival.raw.rows if row.number in rejected)


def _cells(row: RawRow) -> frozenset[tuple[str, CellValue]]:
    return frozenset((field, value) for field, value in row.values.items() if value is not None)


def _take_nothing(arrival: _Arrival, stands: ListVersionRow, checked: CheckedList) -> None:
    """Say that nothing changed; what was to be mended still is, and goes back once more."""
    if not checked.rejected:
        _already(arrival, stands, same_rows=checked)
        return
    desk = arrival.desk
    _note_seen(arrival, stands, same_rows=True)
    _keep_motive(arrival, stands)
    _attest(arrival)
    answer_with_errors(
        desk,
        arrival.entry,
        arrival.whereabouts,
        arrival.case,
        arrival.unit,
        arrival.raw,
        checked,
        version=stands,
        merged=arrival.merged,
        unchanged=True,
    )


def _is_of_people(item: Finding | FindingRow) -> bool:
    return item.severity != Severity.INFO and item.code not in OF_THE_SHEET


def _already(arrival: _Arrival, seen: ListVersionRow, *, same_rows: CheckedList | None = None) -> None:
    """Say that a file, or its rows, came before; an attestation that comes with it counts all the same."""
    desk = arrival.desk
    _note_seen(arrival, seen, same_rows=same_rows is not None)
    _keep_motive(arrival, seen)
    _attest(arrival)
    if seen.rejected == 0 and not read_situation(desk, arrival.case).is_done("A08", arrival.unit):
        # It had come before its attestation, or was returned; once delivered, it is not delivered again.
        _deliver(arrival, seen)
    answer_already(desk, arrival.entry, arrival.whereabouts, seen, same_rows=same_rows)


def _note_seen(arrival: _Arrival, seen: ListVersionRow, *, same_rows: bool) -> None:
    desk = arrival.desk
    desk.note(
        "list_same" if same_rows else "list_already",
        case_id=arrival.case.id,
        unit=arrival.unit,
        entry_id=arrival.entry.id,
        channel="mail",
        date=f"{desk.local_date(seen.made_at):%d-%m-%Y}",
    )


def _frozen(arrival: _Arrival) -> None:
    """Refuse a correction after the authorisation (AC-27), and let CACyPCS know."""
    desk = arrival.desk
    desk.note(
        "list_frozen", case_id=arrival.case.id, unit=arrival.unit, entry_id=arrival.entry.id, channel="mail"
    )
    answer_refused(desk, arrival.entry, arrival.whereabouts, arrival.unit, [finding("FROZEN")])
    tell_of_frozen(desk, arrival.case, arrival.unit, arrival.entry)


def _try_only(arrival: _Arrival, checked: CheckedList) -> None:
    """Answer a draft in full, and keep nothing of it."""
    desk = arrival.desk
    own = listed_people(desk, arrival.unit, checked.rows)
    desk.note(
        TRIED,
        case_id=arrival.case.id,
        unit=arrival.unit,
        entry_id=arrival.entry.id,
        channel="mail",
        rows=len(checked.rows),
        rejected=len(checked.rejected),
    )
    answer_with_errors(
        desk,
        arrival.entry,
        arrival.whereabouts,
        arrival.case,
        arrival.unit,
        arrival.raw,
        checked,
        version=None,
        merged=arrival.merged,
        changes=_changes(arrival, checked),
        duplicates=pac_findings(try_list(desk, arrival.case, own, checked.alike), arrival.unit),
    )


def _take(arrival: _Arrival, checked: CheckedList) -> None:
    desk, case, unit = arrival.desk, arrival.case, arrival.unit
    version = _store(arrival, checked)
    _keep_motive(arrival, version)
    own = listed_people(desk, unit, checked.rows, version_id=version.id)
    found = register_list(desk, case, unit, own, checked.alike)
    duplicates = pac_findings(found, unit)
    outdate_above(desk, case, unit)
    _note_version(arrival, version)
    if checked.rejected:
        _reopen(arrival)
        _attest(arrival)
        answer_with_errors(
            desk,
            arrival.entry,
            arrival.whereabouts,
            case,
            unit,
            arrival.raw,
            checked,
            version=version,
            merged=arrival.merged,
            changes=_changes(arrival, checked),
            duplicates=duplicates,
        )
    else:
        _attest(arrival)
        _deliver(arrival, version)
        answer_accepted(
            desk,
            arrival.entry,
            arrival.whereabouts,
            case,
            unit,
            version,
            checked,
            attested=arrival.mail.confirmation is not None,
            merged=arrival.merged,
            changes=_changes(arrival, checked),
            duplicates=duplicates,
        )
    renew_questions(desk, case, case.parents[unit])
    # Noted last, with what becomes of the entry.
    arrival.entry.reading = {**arrival.entry.reading, SHEET_VERSION: arrival.raw.version}
    desk.session.add(arrival.entry)


def _changes(arrival: _Arrival, checked: CheckedList) -> list[dict[str, Any]]:
    """Return what the rows that stand change; where none stands there is nothing to tell yet."""
    if not checked.rows:
        return []
    rejected = set(checked.rejected)
    unmended = {name_of_row(row) for row in arrival.raw.rows if row.number in rejected}
    return differences(arrival.desk, arrival.earlier, checked.rows, unmended=unmended)


def _keep_motive(arrival: _Arrival, version: ListVersionRow) -> None:
    """Keep why the list has so many people; where it has about as many as before, nobody asks."""
    desk, case = arrival.desk, arrival.case
    if arrival.mail.motive and find_jump_of(desk, case, version, arrival.unit) is not None:
        keep_reason(
            desk,
            case,
            version,
            arrival.mail.motive,
            role="PAC",
            person_id=arrival.whereabouts.person_id,
            entry_id=arrival.entry.id,
            channel="mail",
        )


def _store(arrival: _Arrival, checked: CheckedList) -> ListVersionRow:
    desk = arrival.desk
    state = ListState.ACCEPTED
    if checked.rejected:
        state = ListState.PARTIAL if checked.rows else ListState.OBSERVED
    version = lists.add_version(
        desk.session,
        case_id=arrival.case.id,
        level=ListLevel.LVP,
        unit=arrival.unit,
        state=state,
        entry_id=arrival.entry.id,
        file_sha256=arrival.sha256,
        digest=record_digest(checked.rows),
        rows=checked.totals.rows,
        vrs=checked.totals.vrs,
        pvr=checked.totals.pvr,
        total_centavos=checked.totals.centavos,
        rejected=len(checked.rejected),
        made_at=desk.now,
        person_id=arrival.whereabouts.person_id,
    )
    replace_earlier(desk, version)
    lists.add_rows(desk.session, version.id, checked.rows)
    lists.add_findings(desk.session, version.id, checked.findings)
    if arrival.merged is not None:
        keep_merged(desk, version, arrival.raw)
        desk.note(
            "list_merged",
            case_id=arrival.case.id,
            unit=arrival.unit,
            entry_id=arrival.entry.id,
            channel="mail",
            version=version.version - 1,
            replaced=arrival.merged.replaced,
            added=arrival.merged.added,
            kept=arrival.merged.kept,
        )
    return version


def _note_version(arrival: _Arrival, version: ListVersionRow) -> None:
    kinds = {
        ListState.ACCEPTED: "list_accepted",
        ListState.PARTIAL: "list_accepted_partially",
        ListState.OBSERVED: "list_observed",
    }
    arrival.desk.note(
        kinds[version.state],
        case_id=arrival.case.id,
        unit=arrival.unit,
        person_id=arrival.whereabouts.person_id,
        role="PAC",
        entry_id=arrival.entry.id,
        channel="mail",
        version=version.version,
        rows=version.rows,
        vrs=version.vrs,
        pvr=version.pvr,
        rejected=version.rejected,
        total=pesos(version.total_centavos),
        digest=short_digest(version.digest),
        record_digest=version.digest,
        file=version.file_sha256,
    )


def _attest(arrival: _Arrival) -> None:
    if arrival.mail.confirmation is not None:
        record_attestation(
            arrival.desk,
            arrival.case,
            arrival.unit,
            arrival.entry,
            arrival.whereabouts.person_id,
            arrival.mail.confirmation,
        )


def _deliver(arrival: _Arrival, version: ListVersionRow) -> None:
    record_delivery(
        arrival.desk,
        arrival.case,
        arrival.unit,
        arrival.entry,
        arrival.whereabouts.person_id,
        subject_key=version.digest,
    )


def _reopen(arrival: _Arrival) -> None:
    """Void a delivery that a worse version took back: the steps of the region open again."""
    desk = arrival.desk
    situation = read_situation(desk, arrival.case)
    if not situation.is_done("A08", arrival.unit) or situation.is_done(
        "A10", arrival.case.parents[arrival.unit]
    ):
        return
    happening = Happening(
        kind=Source.MAIL,
        name="return",
        unit=arrival.unit,
        step="A10",
        at=arrival.entry.received_at,
        on=desk.local_date(arrival.entry.received_at),
        level=Level.RECORDED,
    )
    take_step(desk, arrival.case, happening, Evidence(entry=arrival.entry, channel="mail"))
