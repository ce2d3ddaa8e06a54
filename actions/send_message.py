"""Send the messages of the ledger's catalogue that a step's completion causes (5.1, 5.2)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from actions.attach_lists import blank_template, last_people, layout_attachment, template_attachment
from actions.compare_lists import changes_above
from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, recipients, unique
from actions.find_jump import jumps_in_words
from actions.find_release import find_replaced
from actions.letter_values import (
    breakdown_of,
    circular_folio,
    due_of,
    due_values,
    exceptions_of,
    list_values,
    months_in_words,
    name_of,
    parents_of,
    period_in_words,
    region_name,
    short_name,
    signer,
    unit_in_words,
)
from actions.payout_letters import acknowledge_cases, inform_cacypcs, send_new_cases
from actions.prepare_prints import deliver_prints
from actions.print_list import attached
from actions.protect_file import protected_file, send_password
from actions.read_case import read_situation
from actions.send_circular import (
    pass_on_to_pacs,
    pass_on_to_regions,
    replace_circular,
    send_delivery_circular,
)
from actions.send_letter import send
from mail.composing import Enclosure
from procedures.engine import Happening, Instance
from procedures.situation import Situation
from storage import cases, duplicates, lists, organisation, periods
from storage.cases import CaseRow, StepOutcome
from storage.lists import ListLevel, ListVersionRow

RUBRICS = frozenset({"A11", "A12", "A14", "A19", "A21"})
ENTERADO = {"word": "ENTERADO", "with_code": False, "may_return": False}

BY_THEIR_WORDS = frozenset({"M-07", "M-29"})
"""Messages that say what the act itself said: why a list goes back, which cases were received."""

Sender: TypeAlias = Callable[[Desk, CaseRow, Instance], object]


def send_message(
    desk: Desk, case: CaseRow, instance: Instance, message: str, happening: Happening, reason: str
) -> None:
    """Send one message for a step of a unit, to everybody whom the catalogue names.

    Raises:
        KeyError: nothing sends such a message (the definitions' loader refuses it long before).
    """
    if message == "M-07":
        _return(desk, case, instance, happening, reason)
    elif message == "M-29":
        acknowledge_cases(desk, case, instance, reason)
    else:
        SENDERS[message](desk, case, instance)


def _circular(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Send the circular, one text an OOAD: each learns its own authorised number alone (M-01)."""
    for ooad in case.tree.get("ooad", []):
        limit = periods.headcount_of(desk.session, ooad, case.period)
        if limit is None:
            continue
        egas = bool(case.facts[ooad].get("has_egas"))
        first = next((code for code in case.tree["region"] if case.parents[code] == ooad), "")
        pac = next((code for code in case.tree["pac"] if case.parents[code] == first), "")
        dates = [
            ("PAC a SAC", due_of(desk, case, "A08", pac)),
            ("SAC a EMS", due_of(desk, case, "A11", first)),
            (
                "EMS a EGAS" if egas else "EMS a EMS designado",
                due_of(desk, case, "A13" if egas else "A17", first),
            ),
            (
                "EGAS a JSPM" if egas else "EMS designado a JSPM",
                due_of(desk, case, "A15" if egas else "A20", ooad),
            ),
            ("JSPM a UPIB", due_of(desk, case, "A22", ooad)),
        ]
        blank = blank_template(desk, case, ooad)
        through = (
            "Equipo de Gestión, Asesoría y Seguimiento (EGAS)"
            if egas
            else "Equipos Multidisciplinarios de Supervisión (EMS)"
        )
        values = {
            "circular_folio": circular_folio(case),
            "period": period_in_words(desk, case),
            "months": months_in_words(desk, case),
            "ooad": name_of(case, ooad),
            "through": through,
            "headcount": {"total": limit.total, "vrs": limit.vrs, "pvr": limit.pvr},
            "dates": [[who, day] for who, day in dates if day is not None],
            "signer": signer(desk, "CACyPCS", "PIB"),
            "enclosed": [blank.name],
        }
        # Only those whose step it is are asked for an ENTERADO; the others get it for their knowledge.
        found = recipients(desk, case, "M-01", ooad)
        asked = [who for who in found if who.asks]
        informed = [who for who in found if not who.asks]
        for asking, to in ((values | {"answer": ENTERADO}, asked), (values, informed)):
            send(desk, "M-01", asking, to, case=case, step=instance.step, unit=ooad, attachments=[blank])


def _request_to_regions(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Pass the request on to each EMS, for the attention of its SAC (M-02)."""
    blank = blank_template(desk, case, instance.unit)
    for region in (code for code in case.tree["region"] if case.parents[code] == instance.unit):
        values = {
            "circular_folio": circular_folio(case),
            "period": period_in_words(desk, case),
            "ooad": name_of(case, instance.unit),
            "region": region_name(case, region),
            "sac_due": due_of(desk, case, "A11", region),
            "ems_due": due_of(desk, case, "A13", region),
            "signer": signer(desk, "EGAS", instance.unit),
            "enclosed": [blank.name],
        }
        sac = addressees(desk, "SAC", region, asks="A04", asks_unit=region)
        ems = addressees(desk, "EMS", region)
        for asking, to in ((values | {"answer": ENTERADO}, sac), (values, ems)):
            send(desk, "M-02", asking, to, case=case, step=instance.step, unit=region, attachments=[blank])


def _derive(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Derive the circular to the SAC of the region (M-03), by the system where nobody had by DL02."""
    situation = read_situation(desk, case)
    record = next(
        (
            row
            for row in reversed(cases.steps_of(desk.session, case.id or 0))
            if row.step == "A03" and row.unit == instance.unit
        ),
        None,
    )
    values = {
        "circular_folio": circular_folio(case),
        "period": period_in_words(desk, case),
        "ooad": name_of(case, organisation.ooad_of(instance.unit)),
        "region": region_name(case, instance.unit),
        "by_system": bool(record and record.by_system),
        "signer": signer(desk, "EMS", instance.unit),
        "answer": ENTERADO,
        **due_values(desk, situation, Instance("A11", instance.unit)),
    }
    send(
        desk,
        "M-03",
        values,
        recipients(desk, case, "M-03", instance.unit),
        case=case,
        step=instance.step,
        unit=instance.unit,
    )


def _request_to_pacs(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Ask each PAC for the list of its ámbito, with the workbook filled in as far as the desk can (M-04)."""
    for pac in (code for code in case.tree["pac"] if case.parents[code] == instance.unit):
        ask_for_list(desk, case, pac)


def ask_for_list(desk: Desk, case: CaseRow, pac: str) -> None:
    """Ask whoever is the PAC of an ámbito for its list; whoever has the letter gets it no second time."""
    to = addressees(desk, "PAC", pac, asks="A08", asks_unit=pac)
    if not to:
        return
    template = template_attachment(desk, case, pac)
    values = {
        "period": period_in_words(desk, case),
        "months": months_in_words(desk, case),
        "pac": unit_in_words(case, pac).split(",")[0],
        "localities": [row.name for row in organisation.ambito(desk.session, pac)],
        "prefilled": len(last_people(desk, case, pac)),
        "signer": signer(desk, "SAC", case.parents[pac]),
        "enclosed": [template.name],
        **due_values(desk, read_situation(desk, case), Instance("A08", pac)),
    }
    send(desk, "M-04", values, to, case=case, step="A04", unit=pac, attachments=[template])


def _send_list(
    desk: Desk,
    case: CaseRow,
    instance: Instance,
    message: str,
    version: ListVersionRow,
    values: dict[str, Any],
    enclosed: Sequence[Enclosure],
) -> None:
    """Send a letter that brings a list, once for each version of it."""
    send(
        desk,
        message,
        values,
        recipients(desk, case, message, instance.unit),
        case=case,
        step=instance.step,
        unit=instance.unit,
        version=str(version.version),
        attachments=enclosed,
    )


def _changes_of(desk: Desk, case: CaseRow, version: ListVersionRow) -> list[str]:
    """Return what the list that a letter brings changes since the period before, unusual jumps first (V-059)."""
    lines = lists.lines_of(desk.session, version.id)
    made_of = [version, *parents_of(desk, version)]
    names = {row.unit: short_name(case, row.unit) for row in made_of}
    jumps = jumps_in_words(desk, case, made_of, names)
    return [*jumps, *changes_above(desk, case, version.level, version.unit, lines)]


def _region_list(message: str, role: str) -> Sender:
    """Return what sends the list of a region with one of its letters (M-08, M-10, M-13)."""

    def sender(desk: Desk, case: CaseRow, instance: Instance) -> None:
        version, common = list_values(desk, case, ListLevel.LVR, instance.unit)
        enclosed = attached(desk, case, version)
        values = {
            **common,
            "changes": _changes_of(desk, case, version),
            "region": region_name(case, instance.unit),
            "signer": signer(desk, role, instance.unit),
            "enclosed": [file.name for file in enclosed],
        }
        if message == "M-08":
            decided = duplicates.duplicates_at(desk.session, case.id, instance.unit)
            values["duplicates_resolved"] = sum(bool(row.decision) for row in decided)
            values["exceptions"] = exceptions_of(desk, case, instance.unit)
        elif message == "M-10":
            values["oficio"] = _oficio(desk, case, instance)
        _send_list(desk, case, instance, message, version, values, enclosed)

    return sender


def _ooad_list(message: str, role: str, number: int) -> Sender:
    """Return what sends the list of an OOAD with one of its letters (M-11, M-14, M-15)."""

    def sender(desk: Desk, case: CaseRow, instance: Instance) -> None:
        version, common = list_values(desk, case, ListLevel.LVO, instance.unit)
        enclosed = attached(desk, case, version)
        limit = periods.headcount_of(desk.session, instance.unit, case.period)
        values = {
            **common,
            "ooad": name_of(case, instance.unit),
            "breakdown": breakdown_of(case, parents_of(desk, version)),
            "changes": _changes_of(desk, case, version),
            "headcount": limit.total if limit else 0,
            "exceptions": exceptions_of(desk, case, instance.unit),
            "oficio": _oficio(desk, case, instance),
            "signer": _signer_of(desk, case, role, instance.unit),
            "enclosed": [file.name for file in enclosed],
        }
        if message == "M-15":
            values["rubrics"] = _rubrics(desk, case, instance.unit)
        else:
            values["activity_number"] = number
        _send_list(desk, case, instance, message, version, values, enclosed)

    return sender


def _signer_of(desk: Desk, case: CaseRow, role: str, unit: str) -> dict[str, str]:
    if role == "EMS_DESIGNADO":
        return signer(desk, "EMS", str(case.facts.get(unit, {}).get("designated_ems", "")))
    return signer(desk, role, unit)


def _designation(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Tell who integrates the list of an OOAD without EGAS (M-12)."""
    case = cases.get_case(desk.session, case.id or 0)
    region = str(case.facts.get(instance.unit, {}).get("designated_ems") or _single(case, instance.unit))
    values = {
        "period": period_in_words(desk, case),
        "ooad": name_of(case, instance.unit),
        "designated": f"EMS de la región {region_name(case, region)}",
        "decided_by": f"Designación asentada el {desk.today:%d-%m-%Y}",
        "validity": f"periodo {period_in_words(desk, case)}",
        "single": bool(_single(case, instance.unit)),
        "signer": signer(desk, "JSPM", instance.unit),
    }
    to = unique([*addressees(desk, "EMS", region), *addressees(desk, "JSPM", instance.unit)])
    send(desk, "M-12", values, to, case=case, step=instance.step, unit=instance.unit, version=region)


def _single(case: CaseRow, ooad: str) -> str:
    regions = [code for code in case.tree.get("region", []) if case.parents.get(code) == ooad]
    return regions[0] if len(regions) == 1 else ""


def _national(message: str, role: str, level: ListLevel) -> Sender:
    """Return what sends the national list with one of its memorándums (M-16, M-18, M-19)."""

    def sender(desk: Desk, case: CaseRow, instance: Instance) -> None:
        version, common = list_values(desk, case, level, instance.unit)
        enclosed = attached(desk, case, version)
        national = lists.latest_version(desk.session, case.id or 0, ListLevel.LVN, instance.unit)
        values: dict[str, Any] = {
            **common,
            "breakdown": breakdown_of(case, parents_of(desk, national)) if national else [],
            "oficio": _oficio(desk, case, instance),
            "signer": signer(desk, role, "PIB"),
            "enclosed": [file.name for file in enclosed],
        }
        if message == "M-16":
            record = next(
                row for row in reversed(cases.steps_of(desk.session, case.id or 0)) if row.step == "A25"
            )
            values |= {
                "authorised_at": record.at,
                "authorised_by": "la persona titular de la CACyPCS",
                "changes": _changes_of(desk, case, version),
            }
        elif message == "M-18":
            values["rejected"] = list(version.notes)
        if level is ListLevel.LD:
            replaced = find_replaced(desk, case, version)
            values["replaces"] = replaced.version if replaced else 0
        _send_list(desk, case, instance, message, version, values, enclosed)

    return sender


def send_to_provider(desk: Desk, case: CaseRow, instance: Instance) -> str:
    """Send the listado definitivo to the PS, with nothing else in it (M-17); return the hash of what left."""
    version, common = list_values(desk, case, ListLevel.LD, instance.unit)
    period = periods.get_period(desk.session, case.period)
    file = protected_file(desk, layout_attachment(desk, case, version), version)
    sha256 = hashlib.sha256(file.data).hexdigest()
    replaced = find_replaced(desk, case, version)
    values = {
        "period": common["period"],
        "months": months_in_words(desk, case),
        "delivery": [period.t0, period.t1],
        "totals": common["totals"],
        "file_name": file.name,
        "sha256": sha256,
        "digest": common["digest"],
        "protected": sha256 != version.file_sha256,
        "version": version.version,
        "replaces": replaced.version if replaced else 0,
        "replaced_on": replaced.sent_on if replaced else None,
        "signer": signer(desk, "CPEEyPB", "PIB"),
    }
    _send_list(desk, case, instance, "M-17", version, values, [file])
    send_password(desk, case, version, file.name)
    return sha256


def _return(desk: Desk, case: CaseRow, instance: Instance, happening: Happening, reason: str) -> None:
    """Tell the tier below what was returned, by whom and why (EVDEV, M-07).

    Nobody returned what a worse version of a list took back by itself: its answer says what is wrong.
    """
    if not happening.role:
        return
    situation: Situation = read_situation(desk, case)
    unit = instance.unit
    roles = {"pac": ("PAC",), "region": ("SAC", "EMS"), "ooad": ("EGAS", "JSPM")}.get(
        situation.tree.scope_of[unit], ("CACyPCS",)
    )
    to: list[Addressee] = [who for role in roles for who in addressees(desk, role, unit)]
    if not to:
        return
    values = {
        "folio": f"{case.folio}",
        "received_at": happening.at,
        "period": period_in_words(desk, case),
        "scope": unit_in_words(case, unit),
        "error_count": 0,
        "findings": [],
        "returned_by": signer(desk, happening.role, happening.role_unit or unit)["cargo"],
        "return_reason": reason,
        **due_values(desk, situation, instance),
    }
    asked = [replace(who, asks="A08", asks_unit=unit) if who.role == "PAC" else who for who in to]
    returned = sum(row.outcome is StepOutcome.VOIDED for row in cases.steps_of(desk.session, case.id or 0))
    send(
        desk,
        "M-07",
        values,
        unique(asked),
        case=case,
        step=instance.step,
        unit=unit,
        version=f"devuelto/{returned}",
    )


def _oficio(desk: Desk, case: CaseRow, instance: Instance) -> str:
    """Return the official folio that the person typed with the act, if any."""
    rows = cases.steps_of(desk.session, case.id or 0)
    return next(
        (row.text for row in reversed(rows) if row.step == instance.step and row.unit == instance.unit), ""
    )


def _rubrics(desk: Desk, case: CaseRow, ooad: str) -> list[str]:
    return [
        f"{row.role} en {unit_in_words(case, row.unit).split(',')[0]}, {row.on:%d-%m-%Y}"
        for row in cases.steps_of(desk.session, case.id or 0)
        if row.step in RUBRICS and row.unit.startswith(ooad) and row.outcome is StepOutcome.DONE
    ]


def _deliver_prints(desk: Desk, case: CaseRow, instance: Instance) -> None:
    deliver_prints(desk, case, instance.unit)


SENDERS: dict[str, Sender] = {
    "M-01": _circular,
    "M-02": _request_to_regions,
    "M-03": _derive,
    "M-04": _request_to_pacs,
    "M-08": _region_list("M-08", "SAC"),
    "M-10": _region_list("M-10", "EMS"),
    "M-11": _ooad_list("M-11", "EGAS", 15),
    "M-12": _designation,
    "M-13": _region_list("M-13", "EMS"),
    "M-14": _ooad_list("M-14", "EMS_DESIGNADO", 20),
    "M-15": _ooad_list("M-15", "JSPM", 22),
    "M-16": _national("M-16", "CACyPCS", ListLevel.LVN),
    "M-17": send_to_provider,
    "M-18": _national("M-18", "CPEEyPB", ListLevel.LD),
    "M-19": _national("M-19", "CACyPCS", ListLevel.LD),
    "M-20": _deliver_prints,
    "M-23": send_delivery_circular,
    "M-23S": replace_circular,
    "M-24a": pass_on_to_regions,
    "M-24b": pass_on_to_pacs,
    "M-27": send_new_cases,
    "M-28": inform_cacypcs,
}
