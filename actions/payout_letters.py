"""The letters of payout cases: M-27 to the SAC, M-28 to the CACyPCS, M-29 back, how they ended (act. 38 to 40)."""

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from actions.attach_lists import XLSX
from actions.desk import Desk
from actions.find_addressees import NATION, Addressee, addressees, unique
from actions.find_delivery import pacs_of_region
from actions.letter_values import name_of, period_in_words, region_name, signer, unit_in_words
from actions.payout_words import reason_in_words, state_in_words
from actions.send_letter import one_time_code, send
from documents.cases_workbook import CaseLine, make_cases_workbook
from mail.composing import Enclosure
from procedures.engine import Instance
from storage import cases, organisation, payees, payout_cases, people, provider
from storage.cases import CaseRow
from storage.outbox import Letter
from storage.payees import Payee
from storage.payout_cases import PayoutCaseRow, PayoutReason, PayoutState

CODE_VALID = timedelta(days=45)
RELEASE = "PAYOUT-RELEASE"
RECEIVE = "PAYOUT-RECEIVE"
TREAT = "PAYOUT-TREAT"
CONFIRM = "PAYOUT-CONFIRM"
"""What one-time codes of payout cases are for; their subject says which cases."""
VERBAL = "verbal"
"""The channel of what a PAC told the SAC by word of mouth."""
FOLIO = re.compile(r"P-\d{4}-(?:B[1-6]|\d{2})-\d{4,}")
INCIDENT = 3
"""So many new cases of one office with one reason are one incident, and one line."""


# ------------------------------------------------------------------ M-27: the case to the SAC


def send_new_cases(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Send each registered case of an ámbito to its SAC, with a copy for the PAC where it is not reserved (M-27)."""
    for row in payout_cases.untold_cases(desk.session, case.id, PayoutState.REGISTERED, [instance.unit]):
        send_case(desk, case, row)


def send_case(desk: Desk, case: CaseRow, row: PayoutCaseRow, *, again: str = "") -> bool:
    """Send one case to its SAC; `again` makes it another letter, for one that came to nothing. Tell whether one goes."""
    payee = payees.get_payee(desk.session, row.payee_id)
    values: dict[str, Any] = {
        "folio": row.folio,
        "told_by_volunteer": row.reserved and row.volunteer_id is not None,
        "reserved": row.reserved,
        "name": payee.name,
        "kind": payee.row.kind,
        "locality": payee.locality_name,
        "reference": payee.row.reference,
        "reason": reason_in_words(row.reason),
        "detail": row.detail,
        "provider_office": office_in_words(desk, row.office),
        "detected_on": row.detected_on,
        "registered_by": _registrar(desk, row),
        "unit": unit_in_words(case, row.pac),
        "period": period_in_words(desk, case),
        "others": [
            f"{other.folio}, {state_in_words(other.state)}"
            for other in payout_cases.open_cases_of(desk.session, row.payee_id)
            if other.id != row.id and other.folio
        ],
    }
    version = "/".join(part for part in (str(row.folio), again) if part)
    to = addressees(desk, "SAC", organisation.region_of(row.pac))
    letters = send(desk, "M-27", values, to, case=case, step="A38", unit=row.pac, version=version)
    for letter in letters:
        note_letter(desk, row, letter)
    if not row.reserved and not again:
        known = {who.email for who in to}
        copied = [who for who in addressees(desk, "PAC", row.pac) if who.email not in known]
        values |= {"copy": True, "others": []}
        send(desk, "M-27", values, copied, case=case, step="A38", unit=row.pac, version=version)
    return bool(letters)


def note_letter(desk: Desk, row: PayoutCaseRow, letter: Letter) -> None:
    """Keep that a letter tells of a case as it stands; the letter's own way is the outbox's."""
    payout_cases.move(
        desk.session, row, row.state, at=desk.now, letter_id=letter.id, note=f"Carta {letter.template}"
    )


def _registrar(desk: Desk, row: PayoutCaseRow) -> str:
    if row.person_id is None:
        return "la persona voluntaria"
    person = people.get_person(desk.session, row.person_id)
    return f"{person.full_name}, {person.cargo}" if person.cargo else person.full_name


def office_in_words(desk: Desk, clave: str) -> str:
    """Return what an office of the PS is called; empty when none was named."""
    if not clave:
        return ""
    known = {office.clave: office.name for office in desk.once(provider.offices_in_force, desk.today)}
    return known.get(clave, clave)


# ------------------------------------------------------------------ M-28: the region's new cases to the CACyPCS


def new_cases(desk: Desk, case: CaseRow, region: str) -> list[PayoutCaseRow]:
    """Return the cases that reached the SAC of a region and of which the CACyPCS does not know yet."""
    return payout_cases.cases_of(
        desk.session, case.id, pacs_of_region(case, region), [PayoutState.SAC_NOTIFIED]
    )


def lines_of(desk: Desk, rows: Sequence[PayoutCaseRow]) -> list[str]:
    """Return cases as lines; many of one office for one reason are one incident."""
    offices = Counter((row.office, row.reason) for row in rows if row.office)
    many = {
        key
        for key, count in offices.items()
        if count >= INCIDENT and key[1] in {PayoutReason.OFFICE_CLOSED, PayoutReason.NOT_ON_LIST}
    }
    lines = []
    for office, reason in sorted(many):
        folios = [str(row.folio) for row in rows if (row.office, row.reason) == (office, reason)]
        lines.append(
            f"Incidente en {office_in_words(desk, office)}: {len(folios)} casos, "
            f"{_lower(reason_in_words(reason))} ({folio_span(folios)})."
        )
    for row in rows:
        if (row.office, row.reason) not in many:
            payee = payees.get_payee(desk.session, row.payee_id)
            lines.append(
                f"{row.folio}: {payee.name}, {_lower(reason_in_words(row.reason))}. {row.detail}".strip()
            )
    return lines


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def folio_span(folios: Sequence[str]) -> str:
    """Return folios in short.

    >>> folio_span(["P-2027-B1-0001"]), folio_span(["P-2027-B1-0001", "P-2027-B1-0004"])
    ('P-2027-B1-0001', 'P-2027-B1-0001 a P-2027-B1-0004')
    """
    return folios[0] if len(folios) == 1 else f"{folios[0]} a {folios[-1]}"


def cases_enclosure(desk: Desk, case: CaseRow, region: str, rows: Sequence[PayoutCaseRow]) -> Enclosure:
    """Return the workbook of some cases (casos.xlsx)."""
    lines = [_line(desk, case, row, payees.get_payee(desk.session, row.payee_id)) for row in rows]
    title = f"Casos con problemas para cobrar, región {region_name(case, region)}"
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        path = Path(folder) / "casos.xlsx"
        make_cases_workbook(desk.workshop, path, lines, title=title, made_on=desk.today)
        return Enclosure(name="casos.xlsx", media_type=XLSX, data=path.read_bytes())


def _line(desk: Desk, case: CaseRow, row: PayoutCaseRow, payee: Payee) -> CaseLine:
    return CaseLine(
        folio=str(row.folio),
        ooad=name_of(case, organisation.ooad_of(row.pac)),
        region=region_name(case, row.pac),
        pac=unit_in_words(case, row.pac).split(",")[0],
        reference=payee.row.reference,
        name=payee.name,
        locality=payee.locality_name,
        kind=payee.row.kind,
        reason=reason_in_words(row.reason),
        detail=row.detail,
        office=office_in_words(desk, row.office),
        detected_on=f"{row.detected_on:%d-%m-%Y}",
    )


def ask_for_release(desk: Desk, case: CaseRow, region: str, *, version: str, late: bool = False) -> int:
    """Send the SAC of a region its new cases to look at, with the code that releases them; return how many."""
    rows = new_cases(desk, case, region)
    to = addressees(desk, "SAC", region)
    if not rows or not to:
        return 0
    enclosed = cases_enclosure(desk, case, region, rows)
    codes = {
        who.email: one_time_code(
            desk, who.person_id, case_id=case.id, act=RELEASE, unit=region, valid=CODE_VALID
        )
        for who in to
        if who.person_id is not None
    }
    values = {
        "region": region_name(case, region),
        "period": period_in_words(desk, case),
        "count": len(rows),
        "late": late,
        "lines": lines_of(desk, rows),
        "enclosed": [enclosed.name],
    }
    send(
        desk,
        "ASK-A39",
        values,
        to,
        case=case,
        step="A39",
        unit=region,
        version=version,
        attachments=[enclosed],
        codes=codes,
    )
    return len(rows)


def inform_cacypcs(desk: Desk, case: CaseRow, instance: Instance) -> None:
    """Send the CACyPCS every new case of a region in one mail, with the code that gives the acuse (M-28)."""
    region = instance.unit
    rows = new_cases(desk, case, region)
    if not rows:
        return
    to = addressees(desk, "CACyPCS", NATION)
    subject = subject_of(rows)
    enclosed = cases_enclosure(desk, case, region, rows)
    reasons = Counter(reason_in_words(row.reason) for row in rows)
    values = {
        "region": region_name(case, region),
        "ooad": name_of(case, organisation.ooad_of(region)),
        "period": period_in_words(desk, case),
        "day": desk.today,
        "count": len(rows),
        "lines": lines_of(desk, rows),
        "totals": [[reason, count] for reason, count in reasons.most_common()],
        "enclosed": [enclosed.name],
        "signer": signer(desk, "SAC", region),
    }
    letters = send(
        desk,
        "M-28",
        values,
        to,
        case=case,
        step=instance.step,
        unit=region,
        version=subject,
        attachments=[enclosed],
        codes=_codes(desk, case, to, RECEIVE, region, subject),
    )
    for row in rows:
        payout_cases.move(
            desk.session,
            row,
            PayoutState.CACYPCS_INFORMED,
            at=desk.now,
            letter_id=letters[0].id if letters else None,
            role="SAC",
        )


def subject_of(rows: Sequence[PayoutCaseRow]) -> str:
    """Return the ids of some cases as a code's subject: the first, the last, and how many."""
    return f"{rows[0].id}-{rows[-1].id}/{len(rows)}"


def _codes(
    desk: Desk, case: CaseRow, to: Sequence[Addressee], act: str, unit: str, subject: str
) -> dict[str, str]:
    return {
        who.email: one_time_code(
            desk,
            who.person_id,
            case_id=case.id,
            act=act,
            unit=unit,
            subject_key=subject,
            valid=CODE_VALID,
        )
        for who in to
        if who.person_id is not None
    }


# ------------------------------------------------------------------ M-29: the acuse


def acknowledge_cases(desk: Desk, case: CaseRow, instance: Instance, text: str) -> None:
    """Receive the cases that the act names, or all that were reported when it names none, and give the acuse (M-29).

    The SAC gets it, and the EMS, for it holds folios alone.
    """
    named = set(FOLIO.findall(text))
    received = [
        row
        for row in payout_cases.cases_of(desk.session, case.id, None, [PayoutState.CACYPCS_INFORMED])
        if not named or row.folio in named
    ]
    act = cases.steps_of(desk.session, case.id)[-1]
    for row in received:
        payout_cases.move(
            desk.session,
            row,
            PayoutState.CACYPCS_RECEIVED,
            at=desk.now,
            person_id=act.person_id,
            role=act.role,
        )
    by_region: dict[str, list[PayoutCaseRow]] = {}
    for row in received:
        by_region.setdefault(organisation.region_of(row.pac), []).append(row)
    for region, rows in by_region.items():
        folios = [str(row.folio) for row in rows]
        values = {
            "span": folio_span(folios),
            "folios": folios,
            "region": region_name(case, region),
            "period": period_in_words(desk, case),
            "received_at": desk.now,
            "treatment": "la CACyPCS decide el tratamiento de cada caso y lo comunicará",
            "signer": signer(desk, "CACyPCS", NATION),
        }
        to = [*addressees(desk, "SAC", region), *addressees(desk, "EMS", region)]
        letters = send(
            desk,
            "M-29",
            values,
            to,
            case=case,
            step=instance.step,
            unit=region,
            version=subject_of(rows),
        )
        for row in rows:
            for letter in letters[:1]:
                note_letter(desk, row, letter)


def ask_for_treatment(desk: Desk, case: CaseRow, region: str, person_id: int, *, version: str) -> int:
    """Send somebody of the CACyPCS the form that decides the cases of a region still waiting; return how many."""
    rows = payout_cases.cases_of(
        desk.session,
        case.id,
        pacs_of_region(case, region),
        [PayoutState.CACYPCS_RECEIVED, PayoutState.IN_CLARIFICATION],
    )
    to = [who for who in addressees(desk, "CACyPCS", NATION) if who.person_id == person_id]
    if not rows or not to:
        return 0
    values = {
        "region": region_name(case, region),
        "period": period_in_words(desk, case),
        "count": len(rows),
        "lines": [f"{line} ({state_in_words(row.state)})" for row in rows for line in lines_of(desk, [row])],
        "example": f"{rows[0].folio} EN ACLARACION se consulta al Prestador de Servicios",
    }
    send(
        desk,
        "TREATMENT",
        values,
        to,
        case=case,
        step="A40",
        unit=region,
        version=version,
        codes=treatment_codes(desk, case, to, region),
    )
    return len(rows)


def treatment_codes(desk: Desk, case: CaseRow, to: Sequence[Addressee], region: str) -> dict[str, str]:
    """Return for each address the code by which its owner decides the cases of a region."""
    return _codes(desk, case, to, TREAT, region, "")


# ------------------------------------------------------------------ outcomes


def tell_outcome(
    desk: Desk, case: CaseRow, rows: Sequence[PayoutCaseRow], *, version: str, ended: bool = False
) -> None:
    """Tell each PAC and SAC how their cases go on or ended; of a reserved one the PAC hears the state alone."""
    for pac in dict.fromkeys(row.pac for row in rows):
        own = [row for row in rows if row.pac == pac]
        seen_by_pac = [row for row in own if is_for_pac(row)]
        region = organisation.region_of(pac)
        for role, unit, shown in (("SAC", region, own), ("PAC", pac, seen_by_pac)):
            if not shown:
                continue
            told = [
                [
                    str(row.folio),
                    state_in_words(row.state) + ("" if role == "PAC" and row.reserved else _why(row)),
                ]
                for row in shown
            ]
            values = {
                "span": folio_span([str(row.folio) for row in shown]),
                "cases": told,
                "period": period_in_words(desk, case),
                "ended": ended,
            }
            to = addressees(desk, role, unit)
            send(
                desk, "CASE-OUTCOME", values, to, case=case, step="A40", unit=pac, version=f"{version}/{role}"
            )


def _why(row: PayoutCaseRow) -> str:
    return f". {row.resolution}" if row.resolution else ""


def is_for_pac(row: PayoutCaseRow) -> bool:
    """Tell whether the PAC may know of a case at all: of the reserved ones only those that the PAC made (6.8, AC-49)."""
    return not row.reserved or (row.volunteer_id is None and row.channel != VERBAL)


def ask_for_confirmation(desk: Desk, case: CaseRow, row: PayoutCaseRow, *, again: str = "") -> None:
    """Send the PAC what a volunteer reported, with the code that makes a case of it; the SAC, too, when asked again."""
    payee = payees.get_payee(desk.session, row.payee_id)
    to = addressees(desk, "PAC", row.pac)
    if again:
        to = unique([*to, *addressees(desk, "SAC", organisation.region_of(row.pac))])
    values = {
        "name": payee.name,
        "locality": payee.locality_name,
        "reason": reason_in_words(row.reason),
        "detail": row.detail,
        "told_at": row.created_at,
        "period": period_in_words(desk, case),
    }
    codes = _codes(desk, case, to, CONFIRM, row.pac, str(row.id))
    send(
        desk,
        "CASE-REPORTED",
        values,
        to,
        case=case,
        step="A38",
        unit=row.pac,
        version=f"{row.id}/{again}",
        codes=codes,
    )
