"""Answer a PAC about a list: the acuse, the observations with the marked workbook, or why the file was refused."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from actions.attach_lists import returned_attachment, template_attachment
from actions.desk import Desk
from actions.find_addressees import addressees
from actions.find_expediente import Whereabouts
from actions.find_jump import Jump, find_jump_of
from actions.letter_values import due_values, period_in_words, unit_in_words
from actions.merge_list import row_keys
from actions.read_case import read_situation
from actions.send_letter import send, send_to_sender
from procedures.engine import Instance
from procedures.lists.checks import CheckedList
from procedures.lists.digest import record_digest, short_digest
from procedures.lists.file_checks import no_workbook
from procedures.lists.gathering import gather_missing
from procedures.lists.merge import Merged
from procedures.lists.rows import Finding, RawList, Severity
from storage import entries, lists
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel, ListVersionRow

SHOWN = 40
"""Findings that a letter lists; the workbook shows all of them."""
CONFIRM = (
    "Para concluir, conteste este correo con la palabra CONFIRMO: con ella hace constar que el listado se integró con "
    "el Equipo de Salud y que las personas enlistadas participan en sus localidades (actividades 5 y 6)."
)
INTEGRATES = "La persona SAC de su región integra los listados de todos los PAC (actividad 10)."


def answer_refused(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, unit: str, findings: Sequence[Finding]
) -> None:
    """Say why a file was not taken; with an old template, the current one goes along (AC-07)."""
    case = whereabouts.case
    values: dict[str, Any] = {
        "folio": entry.folio,
        "received_at": entry.received_at,
        "findings": [{"what": item.message, "mend": item.mend} for item in findings],
    }
    attachments = []
    if case is not None and unit in case.tree.get("pac", []):
        values["scope"] = unit_in_words(case, unit)
        values |= due_values(desk, read_situation(desk, case), Instance("A08", unit))
        if any(item.code == "V-011" for item in findings):
            template = template_attachment(desk, case, unit)
            attachments.append(template)
            values["enclosed"] = [template.name]
    send_to_sender(
        desk, "REFUSED", values, entry=entry, whereabouts=whereabouts, attachments=attachments, asks="A08"
    )


def refuse_without_file(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, unit: str) -> None:
    """Say that a mail which should have brought a list has no workbook (AC-12), and what of its files to do instead."""
    desk.note(
        "list_refused", case_id=entry.case_id, unit=unit, entry_id=entry.id, channel="mail", codes="V-003"
    )
    files = entries.attachments_of(desk.session, entry.id or 0)
    answer_refused(desk, entry, whereabouts, unit, [no_workbook([item.name for item in files])])


def answer_already(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    seen: ListVersionRow,
    *,
    same_rows: CheckedList | None = None,
) -> None:
    """Say that the very same file is here already (V-007), or another one with the same rows."""
    first = entries.get_entry(desk.session, seen.entry_id or 0)
    values = {
        "first_received_on": desk.local_date(first.received_at),
        "first_folio": first.folio,
        "folio": entry.folio,
        "state": f"Quedó {seen.state.value.replace('_', ' ')} como versión {seen.version}.",
        "same_rows": same_rows is not None,
        "warnings": _warnings(same_rows.findings) if same_rows else [],
    }
    send_to_sender(desk, "ALREADY", values, entry=entry, whereabouts=whereabouts)


def answer_accepted(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    case: CaseRow,
    unit: str,
    version: ListVersionRow,
    checked: CheckedList,
    *,
    attested: bool,
    merged: Merged | None,
    changes: Sequence[Mapping[str, Any]],
    duplicates: Sequence[Finding],
) -> None:
    """Send the acuse to the PAC (M-06), and a notice with the totals to the SAC."""
    situation = read_situation(desk, case)
    region = case.parents[unit]
    where = unit_in_words(case, unit).split(",")[0]
    jump = find_jump_of(desk, case, version, where)
    values = {
        "folio": entry.folio,
        "received_at": entry.received_at,
        "period": period_in_words(desk, case),
        "scope": unit_in_words(case, unit),
        "version": version.version,
        "totals": _totals(version.rows, version.vrs, version.pvr, version.total_centavos),
        "digest": short_digest(version.digest),
        "warnings": [*_warnings(checked.findings), *(item.message for item in duplicates)],
        "changes": changes,
        "merged": _merged_in_words(merged),
        **_jump_values(jump),
        "next_step": INTEGRATES if attested else CONFIRM,
        "next_due": due_values(desk, situation, Instance("A11", region))["due"],
        "holder": f"SAC de la {unit_in_words(case, region).split(',')[0]}",
    }
    send_to_sender(desk, "M-06", values, entry=entry, whereabouts=whereabouts, asks="A08")
    pacs = [code for code in case.tree["pac"] if case.parents[code] == region]
    here = lists.current_versions(desk.session, case.id, ListLevel.LVP, pacs)
    notice = {
        **{name: values[name] for name in ("folio", "received_at", "period", "version", "totals", "digest")},
        "scope": where,
        "delivered": sum(row.rejected == 0 for row in here),
        "expected": len(pacs),
        "changes": [f"{one['since']}: {one['words']}." for one in changes],
        "jump": jump.in_words() if jump else "",
    }
    send(
        desk,
        "LIST-ARRIVED",
        notice,
        addressees(desk, "SAC", region),
        case=case,
        step="A08",
        unit=unit,
        version=entry.folio,
    )


def answer_with_errors(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    case: CaseRow,
    unit: str,
    raw: RawList,
    checked: CheckedList,
    *,
    version: ListVersionRow | None,
    merged: Merged | None,
    unchanged: bool = False,
    changes: Sequence[Mapping[str, Any]] = (),
    duplicates: Sequence[Finding] = (),
) -> None:
    """Send the same workbook back with its cells marked; the mail says the same for a phone (M-07).

    Without a version it was a draft: the answer is whole, and nothing was kept.
    """
    errors = gather_missing(item for item in checked.findings if item.severity is Severity.ERROR)
    if version is None and not errors:
        _answer_good_draft(desk, entry, whereabouts, case, unit, checked, merged, changes, duplicates)
        return
    keys = row_keys(desk, case, version, raw.rows) if version else {}
    marked = returned_attachment(desk, case, unit, raw, checked.findings, keys=keys, is_draft=version is None)
    values = {
        "folio": entry.folio,
        "received_at": entry.received_at,
        "period": period_in_words(desk, case),
        "scope": unit_in_words(case, unit),
        "error_count": len(errors),
        "accepted_rows": checked.totals.rows,
        "returned_rows": len(checked.rejected),
        "version": version.version if version else None,
        "findings": [
            {
                "sheet": item.sheet or raw.sheet,
                "cell": f"{item.column}{item.row}" if item.row else "",
                "what": item.message,
                "mend": item.mend,
            }
            for item in errors[:SHOWN]
        ],
        "findings_left": max(len(errors) - SHOWN, 0),
        "warnings": [*_warnings(checked.findings), *(item.message for item in duplicates)][:SHOWN],
        "changes": changes,
        "workbook": marked.name,
        "draft": version is None,
        "merged": _merged_in_words(merged),
        "unchanged": unchanged,
        **_jump_values(find_jump_of(desk, case, version, unit) if version else None),
        **due_values(desk, read_situation(desk, case), Instance("A08", unit)),
    }
    send_to_sender(
        desk, "M-07", values, entry=entry, whereabouts=whereabouts, attachments=[marked], asks="A08"
    )


def _answer_good_draft(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    case: CaseRow,
    unit: str,
    checked: CheckedList,
    merged: Merged | None,
    changes: Sequence[Mapping[str, Any]],
    duplicates: Sequence[Finding],
) -> None:
    totals = checked.totals
    values = {
        "folio": entry.folio,
        "received_at": entry.received_at,
        "period": period_in_words(desk, case),
        "scope": unit_in_words(case, unit),
        "version": 0,
        "totals": {"rows": totals.rows, "vrs": totals.vrs, "pvr": totals.pvr, "amount": totals.amount},
        "digest": short_digest(record_digest(checked.rows)),
        "warnings": [*_warnings(checked.findings), *(item.message for item in duplicates)],
        "draft": True,
        "changes": changes,
        "merged": _merged_in_words(merged),
        "next_step": "Envíe el mismo archivo sin la palabra PRUEBA en el asunto para entregarlo.",
    }
    send_to_sender(desk, "M-06", values, entry=entry, whereabouts=whereabouts, asks="A08")


def _jump_values(jump: Jump | None) -> dict[str, Any]:
    """Return whether the sender is asked why the list has so many people, or what was said of it (V-059)."""
    return {
        "asks_reason": jump is not None and jump.given is None,
        "reason": jump.given.reason if jump and jump.given else "",
    }


def _totals(rows: int, vrs: int, pvr: int, centavos: int) -> dict[str, Any]:
    return {"rows": rows, "vrs": vrs, "pvr": pvr, "amount": Decimal(centavos) / 100}


def _merged_in_words(merged: Merged | None) -> str:
    """Say what corrections became a part of; empty where a whole list came."""
    if merged is None:
        return ""
    came = merged.replaced + merged.added
    words = [
        text if number == 1 else many.format(n=number)
        for number, text, many in (
            (merged.replaced, "1 sustituye al que estaba", "{n} sustituyen a los que estaban"),
            (merged.added, "1 es nuevo", "{n} son nuevos"),
            (merged.kept, "1 que no venía sigue como estaba", "{n} que no venían siguen como estaban"),
        )
        if number
    ]
    rows = "El renglón que envió se tomó" if came == 1 else f"Los {came} renglones que envió se tomaron"
    return f"{rows} como corrección del listado ya recibido: {'; '.join(words)}."


def _warnings(findings: Sequence[Finding]) -> list[str]:
    return [item.message for item in findings if item.severity in {Severity.WARNING, Severity.INFO}]
