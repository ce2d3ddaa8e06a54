"""Show payout cases at the keyboard: which there are, and for one of them what happened and who did it."""

from dataclasses import dataclass
from datetime import date, datetime

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.letter_values import unit_in_words
from actions.payout_letters import is_for_pac, office_in_words
from actions.payout_words import reason_in_words, state_in_words
from storage import cases, organisation, outbox, payees, payout_cases, people
from storage.payout_cases import OVER, PayoutCaseRow, PayoutState

RESERVED = "reservado"
CENTRE = "CACyPCS"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseSummary:
    """A case as anybody who runs the desk may see it: nobody's name, and no reason that is reserved."""

    folio: str
    period: str
    unit: str
    where: str
    reason: str
    state: str
    state_in_words: str
    detected_on: date
    is_open: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseEvent:
    """Something that happened to a case."""

    at: datetime
    state: str
    """What it became; empty when it stayed as it was."""
    who: str
    letter: str
    """The letter that tells of it, and where it is."""
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseContent:
    """What a case is about; for those alone whose post may see it."""

    name: str
    locality: str
    reference: str
    reason: str
    detail: str
    office: str
    resolution: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePage:
    """The page of a case."""

    summary: CaseSummary
    events: tuple[CaseEvent, ...]
    content: CaseContent | None = None


class NotShown(Exception):
    """Why a case is not shown, in Spanish."""


def list_payout_cases(
    desk: Desk, period: str, *, unit: str = "", every: bool = False, state: str = ""
) -> list[CaseSummary]:
    """Return the cases of a period below a unit: those that are open, or all.

    Raises:
        NotShown: there is no such period or state.
    """
    case = cases.find_case(desk.session, f"0780-003-002/{period}")
    if case is None:
        raise NotShown(f"El periodo {period} no está abierto.")
    known = {one.value for one in PayoutState}
    if state and state not in known:
        raise NotShown(f"No hay un estado «{state}». Los que hay: {', '.join(sorted(known))}.")
    rows = payout_cases.cases_of(desk.session, case.id, None, [PayoutState(state)] if state else [])
    return [
        _summary(desk, row)
        for row in rows
        if (every or state or row.state not in OVER)
        and (not unit or f"{row.pac}-".startswith(f"{unit.upper()}-"))
    ]


def show_payout_case(desk: Desk, folio: str, *, as_person: str = "") -> CasePage:
    """Return the page of a case; what it is about only for a named person whose post may see it, and noted.

    Raises:
        NotShown: there is no such case, or the person may not see what it is about.
    """
    row = payout_cases.find_case(desk.session, folio.upper())
    if row is None:
        raise NotShown(f"No hay un caso con folio {folio}.")
    content = _content(desk, row, as_person) if as_person else None
    events = tuple(
        CaseEvent(
            at=event.at,
            state=state_in_words(PayoutState(event.to_state)) if event.from_state != event.to_state else "",
            who=_who(desk, event.person_id, event.role),
            letter=_letter(desk, event.letter_id),
            # What people wrote is content; what the desk notes is not.
            note=event.note if content is not None or (event.person_id is None and not event.role) else "",
        )
        for event in payout_cases.events_of(desk.session, row.id or 0)
    )
    return CasePage(summary=_summary(desk, row), events=events, content=content)


def _summary(desk: Desk, row: PayoutCaseRow) -> CaseSummary:
    case = cases.get_case(desk.session, row.case_id)
    return CaseSummary(
        folio=row.folio or "",
        period=case.period,
        unit=row.pac,
        where=unit_in_words(case, row.pac),
        reason=RESERVED if row.reserved else f"{row.reason.value} {reason_in_words(row.reason)}",
        state=row.state.value,
        state_in_words=state_in_words(row.state),
        detected_on=row.detected_on,
        is_open=row.state not in OVER,
    )


def _content(desk: Desk, row: PayoutCaseRow, as_person: str) -> CaseContent:
    try:
        person = find_person(desk, as_person)
    except UnknownPerson as error:
        raise NotShown(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
    posts = {
        (post.role, post.unit) for post, _holding in people.posts_of(desk.session, person.id, desk.today)
    }
    may_see = (
        any(role == CENTRE for role, _unit in posts)
        or ("SAC", organisation.region_of(row.pac)) in posts
        or (("PAC", row.pac) in posts and is_for_pac(row) and not row.reserved)
    )
    if not may_see:
        raise NotShown(f"{person.full_name} no ocupa un puesto que pueda ver este caso (5.1.3).")
    desk.note(
        "payout_case_read",
        case_id=row.case_id,
        unit=row.pac,
        person_id=person.id,
        channel="command",
        folio=row.folio,
    )
    payee = payees.get_payee(desk.session, row.payee_id)
    return CaseContent(
        name=payee.name,
        locality=payee.locality_name,
        reference=payee.row.reference,
        reason=reason_in_words(row.reason),
        detail=row.detail,
        office=office_in_words(desk, row.office),
        resolution=row.resolution,
    )


def _who(desk: Desk, person_id: int | None, role: str) -> str:
    if person_id is None:
        return "una persona voluntaria" if role == "VOLUNTEER" else "la Oficialía"
    name = people.get_person(desk.session, person_id).full_name
    return f"{name} ({role})" if role else name


def _letter(desk: Desk, letter_id: int | None) -> str:
    letter = outbox.find_letter(desk.session, letter_id) if letter_id is not None else None
    return f"{letter.template}, {letter.state.value}" if letter is not None else ""
