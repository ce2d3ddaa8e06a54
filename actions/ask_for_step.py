"""Ask the owner of a step that opened: what is to be done, until when, with what, and how to answer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from actions.attach_lists import list_attachments
from actions.desk import Desk
from actions.designate_ems import ems_options
from actions.find_addressees import owners_of
from actions.integrate_list import preview, subject_of
from actions.money import pesos
from actions.preview_circular import circular_preview
from actions.read_case import read_situation, working_days
from actions.send_letter import letter_key, one_time_code, send
from procedures import engine
from procedures.definition import Source, Step
from procedures.engine import Instance, Situation, Status
from procedures.lists.digest import short_digest
from storage import lists, outbox
from storage.cases import CaseRow
from storage.lists import ListLevel

CODE_VALID = timedelta(days=45)
WORDS = {"A10": "APRUEBO", "A14": "APRUEBO", "A19": "APRUEBO", "A24": "APRUEBO", "A25": "AUTORIZO", "A01": "APRUEBO",
         "A11": "RUBRIQUÉ", "A12": "RUBRIQUÉ", "A21": "RUBRIQUÉ", "A23": "RECIBIDO", "A28": "LIBERO"}
"""The word that says best what is attested; HECHO always does."""


def ask_for(desk: Desk, case: CaseRow, situation: Situation, instance: Instance, *, again: str = "") -> None:
    """Ask the owners of an open step for it, unless a letter of theirs asks already.

    A step that only a mail of another kind takes (a list) is asked by the letter
    that requests it. `again` makes a new letter although the same was asked.
    """
    step = situation.definition.steps[instance.step]
    sources = {(trigger.source, trigger.name) for trigger in step.on}
    by_code = (Source.MAIL, "code") in sources
    by_acknowledgement = (Source.MAIL, "acknowledgement") in sources
    if not (by_code or by_acknowledgement) or engine.status(situation, instance, desk.today) is not Status.OPEN:
        return
    owners = owners_of(desk, case, engine.owners(situation, instance), instance.step, instance.unit)
    if by_acknowledgement and not by_code:
        owners = [who for who in owners if not outbox.is_asked(desk.session, case.id, instance.step, instance.unit, who.email)]
    if not owners:
        return
    subject = subject_key_of(desk, case, instance)
    version = f"{subject[:16]}/{again}"
    template = _template(step)
    fresh = [
        who
        for who in owners
        if not outbox.is_known(desk.session, letter_key(case, template, step.id, instance.unit, who.email, version))
    ]
    if not fresh:
        return
    codes = {
        who.email: one_time_code(
            desk, who.person_id, case_id=case.id, act=step.id, unit=instance.unit, subject_key=subject, valid=CODE_VALID
        )
        for who in fresh
        if who.person_id is not None
    }
    send(
        desk,
        template,
        _values(desk, case, situation, step, instance),
        [who for who in fresh if who.email in codes],
        case=case,
        step=step.id,
        unit=instance.unit,
        version=version,
        attachments=list_attachments(desk, case, step, instance),
        codes=codes,
    )


def subject_key_of(desk: Desk, case: CaseRow, instance: Instance) -> str:
    """Return the digest of what a step is about as it stands now; an act on anything older is stale."""
    step = read_situation(desk, case).definition.steps[instance.step]
    return subject_of(desk, case, (*step.documents_in, *step.documents_out), integrated_by(step), instance.unit)


def integrated_by(step: Step) -> str:
    """Return the level of the list that a step integrates; empty when it integrates none."""
    return next((effect.argument for effect in step.effects if effect.name == "integrate"), "")


def renew_questions(desk: Desk, case: CaseRow, unit: str, *, because: str = "") -> None:
    """Ask anew for the open steps of a unit whose matter changed (a list corrected, a duplicate decided)."""
    situation = read_situation(desk, case, unit)
    for step in situation.definition.steps.values():
        if unit in situation.tree.units(step.scope):
            ask_for(desk, case, situation, Instance(step.id, unit), again=because)


def _template(step: Step) -> str:
    if step.id == "A01":
        return "ASK-A01"
    if integrated_by(step):
        return "ASK-LIST"
    return {"A16": "ASK-CHOICE", "A25": "ASK-AUTHORISE", "A28": "ASK-RELEASE"}.get(step.id, "ASK")


def _values(desk: Desk, case: CaseRow, situation: Situation, step: Step, instance: Instance) -> dict[str, Any]:
    due = engine.due(situation, instance, working_days(desk))
    values: dict[str, Any] = {
        "step": step.id,
        "title": step.title,
        "says": step.says,
        "cites": step.cites,
        "period": case.period,
        "unit": instance.unit or "NACIONAL",
        "unit_name": situation.name_of(instance.unit) or "Nivel central",
        "due_on": due.on if due else None,
        "due_reason": due.reason if due else "",
        "word": WORDS.get(step.id, "HECHO"),
        "may_return": step.returns is not None,
        "needs_proof": step.needs.value == "proven",
    }
    if step.id == "A01":
        values |= circular_preview(desk, case)
    elif integrated_by(step):
        values |= _integration_values(desk, case, ListLevel(integrated_by(step)), instance.unit)
    elif step.id == "A16":
        values["options"] = [f"{code} {situation.name_of(code)}" for code in ems_options(case, instance.unit)]
    elif step.id in {"A25", "A28"}:
        values |= _list_values(desk, case, ListLevel.LVN if step.id == "A25" else ListLevel.LD)
    return values


def _integration_values(desk: Desk, case: CaseRow, level: ListLevel, unit: str) -> dict[str, Any]:
    integration = preview(desk, case, level, unit)
    totals = integration.consolidated.totals
    return {
        "level": level.value,
        "rows": len(integration.consolidated.lines),
        "vrs": totals.vrs,
        "pvr": totals.pvr,
        "total": pesos(totals.centavos),
        "digest": short_digest(integration.consolidated.digest),
        "parts": [
            {"unit": row.unit, "version": row.version, "rows": row.rows, "vrs": row.vrs, "pvr": row.pvr, "total": pesos(row.total_centavos)}
            for row in integration.parents
        ],
        "missing": list(integration.missing),
        "left_out": len(integration.consolidated.excluded),
    }


def _list_values(desk: Desk, case: CaseRow, level: ListLevel) -> dict[str, Any]:
    row = lists.latest_version(desk.session, case.id, level, "")
    if row is None:
        return {}
    parents: Sequence[Any] = lists.versions_by_id(desk.session, row.parents)
    return {
        "level": level.value,
        "version": row.version,
        "rows": row.rows,
        "vrs": row.vrs,
        "pvr": row.pvr,
        "total": pesos(row.total_centavos),
        "digest": short_digest(row.digest),
        "parts": [
            {"unit": item.unit or "NACIONAL", "version": item.version, "rows": item.rows, "vrs": item.vrs, "pvr": item.pvr, "total": pesos(item.total_centavos)}
            for item in parents
        ],
    }
