"""Ask the owner of a step that opened: what is to be done, until when, with what, and how to answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from actions.ask_for_exception import ask_for_exception
from actions.attach_lists import layout_attachment
from actions.check_headcounts import doubts_about, exceptions_in_words, excess_of, find_limit
from actions.compare_lists import changes_above
from actions.compose_circular import circular_content
from actions.designate_ems import ems_options
from actions.desk import Desk
from actions.find_acts_below import acts_below
from actions.find_addressees import NATION, Addressee, addressees, owners_of, unique
from actions.find_duplicates import decision_in_words
from actions.find_jump import find_change, jumps_in_words
from actions.find_release import find_replaced, release_in_words
from actions.integrate_list import Integration, preview, subject_list, subject_of
from actions.letter_values import (
    breakdown_of,
    due_values,
    exceptions_of,
    list_values,
    parents_of,
    period_in_words,
    short_name,
    unit_in_words,
)
from actions.money import pesos
from actions.preview_circular import circular_preview
from actions.preview_delivery import preview_delivery, preview_values
from actions.print_list import list_attachments
from actions.protect_file import say_protection
from actions.read_case import definition_of, read_situation, unit_facts
from actions.send_letter import one_time_code, send
from mail.catalogue import list_messages
from mail.composing import Enclosure
from procedures import engine
from procedures.definition import Level, Source, Step
from procedures.engine import Instance, Situation, Status
from procedures.lists.digest import short_digest
from procedures.lists.duplicates import PROBABLE
from procedures.lists.rows import Finding
from storage import cases, duplicates, lists, outbox, people, provider
from storage.cases import CaseRow, StepOutcome
from storage.lists import ListLevel

CODE_VALID = timedelta(days=45)
WORDS = {
    "A10": "APRUEBO",
    "A14": "APRUEBO",
    "A19": "APRUEBO",
    "A24": "APRUEBO",
    "A25": "AUTORIZO",
    "A01": "APRUEBO",
    "A11": "RUBRIQUÉ",
    "A12": "RUBRIQUÉ",
    "A21": "RUBRIQUÉ",
    "A23": "RECIBIDO",
    "A28": "LIBERO",
}
"""The word that says best what is attested; HECHO always does."""
ASKED_WHEN_NEEDED = frozenset({"A38", "A39", "A40"})
"""Repeated steps whose questions come with their matter: the weekly prompt, the day's new cases, the mail that brings them."""


def ask_for(desk: Desk, case: CaseRow, situation: Situation, instance: Instance, *, again: str = "") -> None:
    """Ask the owners of an open step for it, unless a letter that they can still answer asks already.

    A step that only a mail of another kind takes (a list) is asked by the letter
    that requests it. Who spent a code on a step that has opened again since (a
    correction, a return) is asked anew; `again` asks anew in any case.
    """
    step = situation.definition.steps[instance.step]
    if step.id in ASKED_WHEN_NEEDED:
        return
    sources = {(trigger.source, trigger.name) for trigger in step.on}
    by_code = (Source.MAIL, "code") in sources
    by_acknowledgement = (Source.MAIL, "acknowledgement") in sources
    by_list = {(Source.MAIL, "attestation"), (Source.MAIL, "list")} & sources
    waiting = {Status.OPEN, Status.BLOCKED}
    if (
        by_list
        or not (by_code or by_acknowledgement)
        or engine.status(situation, instance, desk.today) not in waiting
    ):
        return
    # What the gates of this unit read is gathered only now: an entry of another unit brought us here.
    situation = situation.with_facts(instance.unit, unit_facts(desk, case, instance.unit))
    if engine.status(situation, instance, desk.today) is not Status.OPEN and not exceeds_headcount(
        situation, instance
    ):
        return
    if exceeds_headcount(situation, instance):
        ask_for_exception(desk, case, instance.unit)
    owners = owners_of(desk, case, engine.owners(situation, instance), instance.step, instance.unit)
    if by_acknowledgement:
        owners = [
            who
            for who in owners
            if not outbox.is_asked(desk.session, case.id, instance.step, instance.unit, who.email)
        ]
    owners = _with_other_eyes(desk, case, situation, step, instance, owners)
    if not owners:
        return
    subject = subject_key_of(desk, case, instance)
    fresh = [
        who
        for who in owners
        if who.person_id is not None
        and (
            again
            or not people.has_live_code(
                desk.session,
                person_id=who.person_id,
                case_id=case.id,
                act=step.id,
                unit=instance.unit,
                subject_key=subject,
                now=desk.now,
            )
        )
    ]
    if not fresh:
        return
    asked_before = people.count_codes(desk.session, case_id=case.id, act=step.id, unit=instance.unit)
    codes = {
        who.email: one_time_code(
            desk,
            who.person_id,
            case_id=case.id,
            act=step.id,
            unit=instance.unit,
            subject_key=subject,
            valid=CODE_VALID,
        )
        for who in fresh
        if who.person_id is not None
    }
    values, enclosed = _letter(desk, case, situation, step, instance)
    send(
        desk,
        _template(step),
        values,
        fresh,
        case=case,
        step=step.id,
        unit=instance.unit,
        version=f"{subject[:16]}/{asked_before}",
        attachments=enclosed,
        codes=codes,
    )


def _with_other_eyes(
    desk: Desk,
    case: CaseRow,
    situation: Situation,
    step: Step,
    instance: Instance,
    owners: list[Addressee],
) -> list[Addressee]:
    """Return the owners who did nothing below; where none is left, ask that a deputy be named beforehand."""
    acts = {who.email: acts_below(desk, case, step, instance.unit, who.person_id) for who in owners}
    free = [who for who in owners if not acts[who.email]]
    if free or not owners:
        return free
    values = {
        "step": step.id,
        "title": step.title,
        "unit": unit_in_words(case, instance.unit),
        "period": period_in_words(desk, case),
        "acts": list(dict.fromkeys(act for found in acts.values() for act in found)),
        "due": due_values(desk, situation, instance)["due"],
    }
    told = unique(
        [*(replace(who, asks="", asks_unit="") for who in owners), *addressees(desk, "ADMIN", NATION)]
    )
    send(
        desk,
        "EYES",
        values,
        told,
        case=case,
        step=step.id,
        unit=instance.unit,
        version=subject_key_of(desk, case, instance)[:16],
    )
    return []


def exceeds_headcount(situation: Situation, instance: Instance) -> bool:
    """Tell whether a step waits for nobody but its owner, who must hear that there are too many (V-057, AC-23)."""
    facts = situation.facts(instance.unit)
    present, authorised = facts.get("headcount"), facts.get("authorised_headcount")
    if not isinstance(present, int) or not isinstance(authorised, int) or facts.get("undecided_duplicates"):
        return False
    over = present > authorised or bool(facts.get("excess"))
    return bool(integrated_by(situation.definition.steps[instance.step])) and over


def subject_key_of(desk: Desk, case: CaseRow, instance: Instance) -> str:
    """Return the digest of what a step is about as it stands now; an act on anything older is stale."""
    step = definition_of(desk, case).steps[instance.step]
    if approves_circular(step):
        return circular_content(desk, case).digest
    return subject_of(
        desk, case, (*step.documents_in, *step.documents_out), integrated_by(step), instance.unit
    )


def approves_circular(step: Step) -> bool:
    """Tell whether a step approves a circular of the delivery period, the first or one that replaces it."""
    return bool({"CIR34P", "CIR34S"} & set(step.documents_out))


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
    own = f"ASK-{step.id}"
    return own if own in list_messages() else "ASK"


def _letter(
    desk: Desk, case: CaseRow, situation: Situation, step: Step, instance: Instance
) -> tuple[dict[str, Any], Sequence[Enclosure]]:
    """Return what the question says, and the files that whoever is asked needs to see."""
    if approves_circular(step):
        shown = preview_delivery(desk, case, situation)
        return preview_values(desk, case, situation, instance, shown), shown.attachments
    enclosed = list_attachments(desk, case, step, instance)
    return _values(desk, case, situation, step, instance, enclosed), enclosed


def _values(
    desk: Desk,
    case: CaseRow,
    situation: Situation,
    step: Step,
    instance: Instance,
    enclosed: Sequence[Enclosure],
) -> dict[str, Any]:
    common: dict[str, Any] = {
        "period": period_in_words(desk, case),
        "word": WORDS.get(step.id, "HECHO"),
        **due_values(desk, situation, instance),
    }
    if step.id == "A01":
        return common | circular_preview(desk, case)
    common["enclosed"] = [file.name for file in enclosed]
    if integrated_by(step):
        return common | _integration_values(desk, case, step, instance)
    if step.id == "A25":
        return common | _authorisation_values(desk, case)
    if step.id == "A28":
        return common | _release_values(desk, case)
    return common | _step_values(desk, case, step, instance)


def _step_values(desk: Desk, case: CaseRow, step: Step, instance: Instance) -> dict[str, Any]:
    notes = []
    facts = []
    if step.needs is Level.PROVEN:
        notes.append(_PROOF)
    if step.id == "A16":
        notes += [
            f"Opción {number}: {unit_in_words(case, code)}"
            for number, code in enumerate(ems_options(case, instance.unit), 1)
        ]
        notes.append("Conteste DECIDO, el número de la opción, el motivo y el código.")
    subject = subject_list(desk, case, (*step.documents_in, *step.documents_out), instance.unit)
    if subject is not None:
        facts = [
            ["Listado", f"{subject.level.value}, versión {subject.version}"],
            ["Renglones", f"{subject.rows} ({subject.vrs} VRS, {subject.pvr} PVR)"],
            ["Importe", pesos(subject.total_centavos)],
            ["Huella", short_digest(subject.digest)],
        ]
    notes += exceptions_in_words(desk, case, instance.unit)
    if "G_SAMEFILE" in step.gates:
        notes += release_in_words(desk, case)
    if step.id == "A32":
        notes.append(_PRINTS)
    return {
        "procedure": case.procedure,
        "step": step.id,
        "title": step.title,
        "unit": unit_in_words(case, instance.unit),
        "says": step.says,
        "facts": facts,
        "notes": notes,
        "word": "DECIDO" if step.id == "A16" else WORDS.get(step.id, "HECHO"),
        "may_return": step.returns is not None,
    }


_PRINTS = "El impreso (un PDF por OOAD) se prepara y le llega por separado; también se obtiene con «oficialia lists print»."
_RENEWED = "Sustituye a la versión {version}, enviada el {on:%d-%m-%Y}: el correo y el archivo lo dicen, y se pide al Prestador un acuse nuevo."
_PROOF = (
    "El documento firmado se envía escaneado (PDF o una fotografía por página) con la respuesta o después, a este mismo buzón; "
    "mientras tanto el paso se muestra como atestado, falta documento. De un listado rubricado se envían todas sus páginas."
)


def _integration_values(desk: Desk, case: CaseRow, step: Step, instance: Instance) -> dict[str, Any]:
    level = ListLevel(integrated_by(step))
    integration = preview(desk, case, level, instance.unit)
    totals = integration.consolidated.totals
    found = duplicates.duplicates_at(desk.session, case.id, instance.unit)
    records = duplicates.records_of(desk.session, {row.id or 0 for row in found})
    limit = find_limit(desk, case, instance.unit) if level is ListLevel.LVO else None
    names = {row.unit: unit_in_words(case, row.unit).split(",")[0] for row in integration.parents}
    last = lists.latest_version(desk.session, case.id or 0, level, instance.unit)
    return {
        "step": step.id,
        "scope": unit_in_words(case, instance.unit).split(",")[0],
        "version": last.version + 1 if last else 1,
        "totals": {"rows": totals.rows, "vrs": totals.vrs, "pvr": totals.pvr, "amount": totals.amount},
        "breakdown_unit": {"LVR": "PAC", "LVO": "Región", "LVN": "OOAD"}[level.value],
        "breakdown": breakdown_of(case, integration.parents),
        "digest": short_digest(integration.consolidated.digest),
        "headcount": limit.headcount.total if limit else None,
        "excess": excess_of(desk, case, instance.unit) if limit else [],
        "findings": doubts_about(desk, case, integration.parents, names),
        "jump": jump.message if (jump := _own_jump(desk, case, integration)) else "",
        "changes": changes_above(desk, case, level, instance.unit, integration.consolidated.lines),
        "duplicates": [
            f"Duplicado {row.id} ({row.code}): {decision_in_words(case, row, records[row.id or 0])}"
            for row in found
        ],
        "open_duplicates": sum(not row.decision and row.code != PROBABLE for row in found),
        "exceptions": exceptions_of(desk, case, instance.unit),
    }


def _own_jump(desk: Desk, case: CaseRow, integration: Integration) -> Finding | None:
    """Return that the list as it would be integrated has many more or fewer people than in the period before (V-059)."""
    count = len(integration.consolidated.lines)
    name = short_name(case, integration.unit)
    return find_change(desk, case, integration.level, integration.unit, count=count, name=name)


def _authorisation_values(desk: Desk, case: CaseRow) -> dict[str, Any]:
    version, common = list_values(desk, case, ListLevel.LVN, "")
    rubrics = [
        f"{unit_in_words(case, row.unit)}: {row.role} rubricó el {row.on:%d-%m-%Y}."
        for row in cases.steps_of(desk.session, case.id or 0)
        if row.step == "A21" and row.outcome is StepOutcome.DONE
    ]
    parents = parents_of(desk, version)
    names = {row.unit: short_name(case, row.unit) for row in [version, *parents]}
    return {
        **common,
        "breakdown": breakdown_of(case, parents),
        "jumps": jumps_in_words(desk, case, [version, *parents], names),
        "rubrics": rubrics,
        "exceptions": exceptions_of(desk, case, ""),
        # Jointly: the JSPM's rubric and this authorisation (5.2.10).
        "votes_needed": 1,
    }


def _release_values(desk: Desk, case: CaseRow) -> dict[str, Any]:
    version, common = list_values(desk, case, ListLevel.LD, "")
    contract = provider.find_contract(desk.session, desk.today)
    replaced = find_replaced(desk, case, version)
    return {
        "totals": common["totals"],
        "digest": common["digest"],
        "file_name": layout_attachment(desk, case, version).name,
        "sha256": version.file_sha256,
        "provider": contract.provider if contract else "Prestador de Servicios",
        "contacts": [row.email for row in people.external_contacts(desk.session, "PS", desk.today)],
        "checks": [
            *([_RENEWED.format(version=replaced.version, on=replaced.sent_on)] if replaced else []),
            f"Renglones e importe conservados desde el listado autorizado; {version.rejected} no admitidos por el layout.",
            say_protection(desk),
            "Al liberar se comprueba que su nombre y su dirección están en la relación comunicada al Prestador (5.2.3).",
        ],
    }
