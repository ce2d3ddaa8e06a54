"""Send the circular of the delivery period, pass it on, and replace it (A34, A35, A36; M-23, M-24a, M-24b, M-23S)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from actions.attach_lists import XLSX
from actions.compose_circular import (
    OUTDATED,
    REPLACED,
    SENT,
    CircularContent,
    changes_between,
    circular_content,
    circular_number,
    content_sent,
    delivery_folio,
)
from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, recipients, unique
from actions.letter_values import due_of, months_in_words, name_of, period_in_words, region_name, signer
from actions.letter_values import unit_in_words as in_words
from actions.send_letter import letter_key, send
from documents.delivery_workbooks import (
    AbsentLine,
    Delivery,
    OfficeLine,
    PayeeLine,
    directory_bytes,
    extract_bytes,
)
from mail.composing import Enclosure
from mail.invitations import Deadline
from procedures.engine import Instance
from storage import cases, organisation, outbox, payees, people, periods, volunteers
from storage.cases import CaseRow, StepOutcome, StepRow
from storage.organisation import Place
from storage.outbox import LetterRow

ENTERADO = {"word": "ENTERADO", "with_code": False, "may_return": False}
CIRCULARS = ("M-23", "M-23S", "M-24a", "M-24b")
"""The letters by which somebody gets the circular."""
PASSING_ON = {"M-23": "A35", "M-24a": "A36"}
"""Which step an acuse of a letter takes: passing it on."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A letter of the circular before it is anybody's: also what a preview shows."""

    key: str
    step: str
    unit: str
    values: Mapping[str, Any]
    to: tuple[Addressee, ...]
    attachments: tuple[Enclosure, ...]


# ------------------------------------------------------------------ A34


def send_delivery_circular(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Send the circular, one text an OOAD, and keep what exactly left (M-23)."""
    del instance
    content = circular_content(desk, case)
    cases.keep_fact(desk.session, case, SENT, desk.blobs.put(content.as_bytes))
    for ooad in case.tree.get("ooad", []):
        _send(desk, case, circular_draft(desk, case, ooad, content))


def circular_draft(desk: Desk, case: CaseRow, ooad: str, content: CircularContent) -> Draft:
    """Return the circular of an OOAD."""
    directory, offices = _directory(desk, case, ooad, content)
    egas = bool(case.facts[ooad].get("has_egas"))
    ems = "Equipos Multidisciplinarios de Supervisión (EMS)"
    values = {
        **_common(desk, case, ooad, content),
        "months": months_in_words(desk, case),
        "through": f"Equipo de Gestión, Asesoría y Seguimiento (EGAS) y {ems}" if egas else ems,
        "offices": offices,
        "forward_due": due_of(desk, case, "A35", ooad) or desk.today,
        "signer": signer(desk, "CACyPCS", "PIB"),
        "enclosed": [directory.name],
    }
    to = tuple(recipients(desk, case, "M-23", ooad))
    return Draft(key="M-23", step="A34", unit=ooad, values=values, to=to, attachments=(directory,))


# ------------------------------------------------------------------ A35 and A36


def pass_on_to_regions(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Pass the circular on to each SAC of an OOAD; the first copy counts (M-24a, AMB-53)."""
    content = circular_content(desk, case)
    record = cases.last_step(desk.session, case.id, "A35", instance.unit)
    for draft in region_drafts(desk, case, instance.unit, content):
        forwarded = _forwarded(desk, record, _forwarder(desk, case, draft.unit))
        _send(desk, case, replace(draft, values={**draft.values, **forwarded}))


def region_drafts(desk: Desk, case: CaseRow, ooad: str, content: CircularContent) -> list[Draft]:
    """Return the copies for the SAC of an OOAD: one for each region, and one for that of the EGAS."""
    directory, _offices = _directory(desk, case, ooad, content)
    drafts = []
    by_unit: dict[str, list[Addressee]] = {}
    for who in recipients(desk, case, "M-24a", ooad):
        by_unit.setdefault(who.unit, []).append(who)
    for unit, to in by_unit.items():
        values = {
            **_common(desk, case, ooad, content),
            "region": region_name(case, unit) if unit != ooad else "",
            "forward_due": due_of(desk, case, "A36", unit) or desk.today if unit != ooad else desk.today,
            "signer": _forwarder(desk, case, unit),
            "enclosed": [directory.name],
        }
        draft = Draft(
            key="M-24a", step="A35", unit=unit, values=values, to=tuple(to), attachments=(directory,)
        )
        drafts.append(draft)
    return drafts


def pass_on_to_pacs(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Pass the circular on to each PAC of a region with the people of the ámbito to be told (M-24b)."""
    content = circular_content(desk, case)
    record = cases.last_step(desk.session, case.id, "A36", instance.unit)
    forwarded = _forwarded(desk, record, signer(desk, "SAC", instance.unit))
    for pac in (code for code in case.tree.get("pac", []) if case.parents.get(code) == instance.unit):
        for draft in pac_drafts(desk, case, pac, content):
            _send(desk, case, replace(draft, values={**draft.values, **forwarded}))


def pac_drafts(desk: Desk, case: CaseRow, pac: str, content: CircularContent) -> list[Draft]:
    """Return the copy for a PAC, with the people of the ámbito, and one without them for its Equipo de Salud."""
    ooad = organisation.ooad_of(pac)
    directory, _offices = _directory(desk, case, ooad, content)
    extract, told = _extract(desk, case, pac, content)
    common = {
        **_common(desk, case, ooad, content),
        "pac": in_words(case, pac).split(",")[0],
        "notify_due": due_of(desk, case, "A37", pac) or content.t0,
        "signer": signer(desk, "SAC", organisation.region_of(pac)),
        **told,
    }
    to = tuple(recipients(desk, case, "M-24b", pac))
    copies = tuple(addressees(desk, "ES", pac))
    return [
        Draft(
            key="M-24b",
            step="A36",
            unit=pac,
            values={**common, "with_people": with_people, "enclosed": [file.name for file in enclosed]},
            to=tuple(who for who in found if who.email not in others),
            attachments=enclosed,
        )
        for with_people, found, others, enclosed in (
            (True, to, set(), (extract, directory)),
            # The Equipo de Salud hears of people from its PAC (ledger 6.8).
            (False, copies, {who.email for who in to}, (directory,)),
        )
    ]


# ------------------------------------------------------------------ what replaces it


def replace_circular(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Send to whoever got the circular the one that replaces it, and keep what it says (M-23S).

    What of the old one has not left yet does not leave any more; who did not get that
    gets this one.
    """
    old = content_sent(desk, case)
    if old is None:
        message = "there is no circular to replace"
        raise LookupError(message)
    content = circular_content(desk, case)
    reached = outbox.letters_about(desk.session, case.id, CIRCULARS)
    for row in outbox.withdraw(desk.session, reached):
        desk.note("letter_withdrawn", case_id=case.id, step=row.step, unit=row.unit, letter_id=row.id)
    old_folio, number = delivery_folio(case), circular_number(case) + 1
    for name, value in (
        (REPLACED, number),
        (SENT, desk.blobs.put(content.as_bytes)),
        (OUTDATED, False),
    ):
        cases.keep_fact(desk.session, case, name, value)
    changes = changes_between(old, content)
    for draft in replacement_drafts(desk, case, content, reached):
        values = {**draft.values, "old_folio": old_folio, "changes": changes}
        _send(desk, case, replace(draft, values=values), version=str(number))
    desk.note(
        "circular_replaced",
        case_id=case.id,
        step=instance.step,
        folio=delivery_folio(case),
        old_folio=old_folio,
        changes=" ".join(changes),
    )


def replacement_drafts(
    desk: Desk, case: CaseRow, content: CircularContent, reached: Sequence[LetterRow]
) -> list[Draft]:
    """Return what replaces the circular, for everybody who got it and for who holds those posts today.

    A PAC gets the people of the ámbito anew; whoever held the post before gets the
    notice, and no people.
    """
    drafts = []
    units: dict[str, list[LetterRow]] = {}
    for row in reached:
        units.setdefault(row.unit, []).append(row)
    served: set[str] = set()
    for unit, rows in units.items():
        ooad = organisation.ooad_of(unit)
        directory, _offices = _directory(desk, case, ooad, content)
        common = {
            **_common(desk, case, ooad, content),
            "answer": ENTERADO,
            "signer": signer(desk, "CACyPCS", "PIB"),
        }
        readers = _earlier_readers(desk, rows)
        if unit in case.tree.get("pac", []):
            holders = recipients(desk, case, "M-24b", unit)
            extract, told = _extract(desk, case, unit, content)
            with_people = {**common, "with_people": True, "people": told["people"]}
            drafts.append(_replacement(unit, with_people, holders, (extract, directory)))
            served |= {who.email for who in holders}
        else:
            found = recipients(desk, case, "M-23" if unit == ooad else "M-24a", ooad)
            readers = [who for who in found if unit in {ooad, who.unit}] + readers
        fresh = [who for who in unique(readers) if who.email not in served]
        served |= {who.email for who in fresh}
        drafts.append(_replacement(unit, common, fresh, (directory,)))
    return [draft for draft in drafts if draft.to]


def _replacement(
    unit: str, values: Mapping[str, Any], to: Sequence[Addressee], attachments: tuple[Enclosure, ...]
) -> Draft:
    return Draft(
        key="M-23S",
        step="A34",
        unit=unit,
        values={**values, "enclosed": [file.name for file in attachments]},
        to=tuple(replace(who, asks="", asks_unit="") for who in to),
        attachments=attachments,
    )


def _earlier_readers(desk: Desk, rows: Sequence[LetterRow]) -> list[Addressee]:
    """Return whoever got the old circular, at the address that they have today."""
    found = []
    for row in rows:
        if row.person_id is None:
            continue
        person = people.get_person(desk.session, row.person_id)
        address = people.active_email(desk.session, row.person_id)
        if address:
            found.append(
                Addressee(
                    email=address,
                    name=person.full_name,
                    cargo=person.cargo,
                    role="",
                    unit=row.unit,
                    person_id=person.id,
                )
            )
    return found


# ------------------------------------------------------------------ who is new


def reach_newcomers(desk: Desk, case: CaseRow) -> None:
    """Send the circular to whoever should have got it and did not: a corrected address, a new holder of a post.

    Whoever got it is not written to again: a letter is one by its key.
    """
    done = {(row.step, row.unit) for row in _standing(desk, case)}
    if ("A34", "") not in done:
        return
    content = circular_content(desk, case)
    for ooad in case.tree.get("ooad", []):
        if _is_missed(desk, case, "M-23", "A34", ooad, recipients(desk, case, "M-23", ooad)):
            _send(desk, case, circular_draft(desk, case, ooad, content))
        copies = recipients(desk, case, "M-24a", ooad) if ("A35", ooad) in done else []
        if any(_is_missed(desk, case, "M-24a", "A35", who.unit, [who]) for who in copies):
            for draft in region_drafts(desk, case, ooad, content):
                _send(desk, case, draft)
    for pac in case.tree.get("pac", []):
        if ("A36", case.parents[pac]) in done and _is_missed(
            desk,
            case,
            "M-24b",
            "A36",
            pac,
            [*recipients(desk, case, "M-24b", pac), *addressees(desk, "ES", pac)],
        ):
            for draft in pac_drafts(desk, case, pac, content):
                _send(desk, case, draft)


def _is_missed(desk: Desk, case: CaseRow, key: str, step: str, unit: str, to: Sequence[Addressee]) -> bool:
    """Tell whether somebody has no letter of a kind yet: composing it anew is worth the while."""
    keys = [letter_key(case, key, step, unit, who.email, "") for who in to]
    return len(outbox.known_keys(desk.session, keys)) < len(set(keys))


def _standing(desk: Desk, case: CaseRow) -> list[StepRow]:
    last: dict[tuple[str, str], StepRow] = {}
    for row in cases.steps_of(desk.session, case.id):
        last[row.step, row.unit] = row
    return [row for row in last.values() if row.outcome is StepOutcome.DONE]


# ------------------------------------------------------------------ what the letters share


def _send(desk: Desk, case: CaseRow, draft: Draft, *, version: str = "") -> None:
    """Put a draft in the outbox: those whose step it is are asked for an ENTERADO, the others get it to know."""
    always = draft.key in {"M-23S", "M-24b"}
    asked = [who for who in draft.to if always or who.asks]
    informed = [who for who in draft.to if not (always or who.asks)]
    closes_at = datetime.combine(
        periods.get_period(desk.session, case.period).t1, time(23, 59), desk.office.zone
    )
    for values, to in (({**draft.values, "answer": ENTERADO}, asked), (dict(draft.values), informed)):
        if to:
            send(
                desk,
                draft.key,
                values,
                to,
                case=case,
                step=draft.step,
                unit=draft.unit,
                version=version,
                attachments=draft.attachments,
                not_after=closes_at,
                invitation=_invitation(desk, case, draft.unit),
            )


def _invitation(desk: Desk, case: CaseRow, unit: str) -> Deadline:
    """Return the days of the delivery for a calendar; a circular that replaces another moves them."""
    period = periods.get_period(desk.session, case.period)
    domain = desk.office.address.partition("@")[2]
    return Deadline(
        uid=f"{case.folio}/entrega@{domain}".replace(" ", "-"),
        on=period.t0,
        until=period.t1,
        summary=f"Entrega de apoyos económicos a VRS y PVR, {case.period}",
        description=f"Circular {delivery_folio(case)}. {in_words(case, unit)}",
        stamped_at=desk.now,
        organiser=desk.office.address,
        sequence=circular_number(case),
    )


def _common(desk: Desk, case: CaseRow, ooad: str, content: CircularContent) -> dict[str, Any]:
    return {
        "circular_folio": delivery_folio(case),
        "period": period_in_words(desk, case),
        "t0": content.t0,
        "t1": content.t1,
        "ooad": name_of(case, ooad),
        "requisites": list(content.requisites),
        "note": content.note,
    }


def _forwarder(desk: Desk, case: CaseRow, unit: str) -> dict[str, str]:
    """Return who passes the circular on to a SAC: the EMS of the region, the EGAS to its own (AMB-53)."""
    return signer(desk, "EMS" if unit in case.tree.get("region", []) else "EGAS", unit)


def _forwarded(desk: Desk, record: StepRow | None, usual: Mapping[str, str]) -> dict[str, Any]:
    """Return by whom a copy is passed on: whoever acted, or the desk in their stead (AC-40)."""
    if record is None or record.by_system or record.person_id is None:
        return {"by_system": record is not None and record.by_system, "signer": dict(usual)}
    person = people.get_person(desk.session, record.person_id)
    return {"by_system": False, "signer": {"name": person.full_name, "cargo": person.cargo or record.role}}


def _delivery(desk: Desk, case: CaseRow, unit: str, content: CircularContent) -> Delivery:
    return Delivery(
        scope=in_words(case, unit),
        period=case.period,
        circular=delivery_folio(case),
        t0=content.t0,
        t1=content.t1,
        made_on=desk.today,
    )


def _directory(desk: Desk, case: CaseRow, ooad: str, content: CircularContent) -> tuple[Enclosure, int]:
    """Return the directory of the offices where an OOAD's people may have to go, and how many those are."""
    unit = organisation.find_unit(desk.session, ooad)
    entities = tuple(unit.entities) if unit else ()
    pacs = [code for code in case.tree.get("pac", []) if organisation.ooad_of(code) == ooad]
    assigned = payees.offices_of(desk.session, case.id, pacs)
    lines = [
        line
        for line in _office_lines(desk, content)
        if not entities or line.clave in assigned or line.locality_key[:2] in entities
    ]
    data = directory_bytes(_delivery(desk, case, ooad, content), [line.shown for line in lines])
    name = f"Directorio_oficinas_{case.period}_{ooad}.xlsx"
    return Enclosure(name=name, media_type=XLSX, data=data), len(lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Office:
    clave: str
    locality_key: str
    shown: OfficeLine


def _office_lines(desk: Desk, content: CircularContent) -> list[_Office]:
    places = organisation.places_of(desk.session, {office.locality for office in content.offices})
    lines = []
    for office in content.offices:
        place = places.get(office.locality, Place())
        shown = OfficeLine(
            clave=office.clave,
            name=office.name,
            entity=place.entity,
            municipality=place.municipality,
            locality=place.locality,
            address=office.address,
            hours=office.hours,
            phone=office.phone,
        )
        lines.append(_Office(clave=office.clave, locality_key=office.locality, shown=shown))
    return lines


def _extract(
    desk: Desk, case: CaseRow, pac: str, content: CircularContent
) -> tuple[Enclosure, dict[str, Any]]:
    """Return a PAC's people to be told as a workbook, and what the letter says of them: numbers, no names."""
    named = payees.payees_of(desk.session, case.id, [pac])
    lines = {office.clave: office.shown for office in _office_lines(desk, content)}
    people_lines = [
        PayeeLine(
            name=payee.name,
            kind=payee.row.kind,
            locality=payee.locality_name,
            municipality=payee.municipality,
            office=lines.get(payee.row.office),
        )
        for payee in named
    ]
    missing = absent_from_list(desk, case, pac)
    counted = Counter(line.office for line in people_lines if line.office is not None)
    data = extract_bytes(_delivery(desk, case, pac, content), people_lines, missing, list(content.requisites))
    told = {
        "people": len(people_lines),
        "no_office": sum(line.office is None for line in people_lines),
        "absent": len(missing),
        "offices": [[office.name, office.address, office.hours, count] for office, count in counted.items()],
    }
    return Enclosure(name=f"Personas_por_avisar_{case.period}_{pac}.xlsx", media_type=XLSX, data=data), told


def absent_from_list(desk: Desk, case: CaseRow, pac: str) -> list[AbsentLine]:
    """Return the active people of an ámbito whom the listado definitivo of the period does not name (AMB-34)."""
    named = {payees.identity_of(payee.row) for payee in payees.payees_of(desk.session, case.id, [pac])}
    own = [
        person
        for person in volunteers.volunteers_of(desk.session, pac)
        if (person.name_norm, person.locality, person.kind) not in named
    ]
    places = organisation.places_of(desk.session, {person.locality for person in own})
    return [
        AbsentLine(
            name=person.name,
            kind=person.kind,
            locality=places[person.locality].locality or person.locality,
        )
        for person in own
    ]
