"""Payout cases (casos con problemas para cobrar): from what somebody reported to how it ended (ledger 4.7)."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Index, func
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import NotInBooks
from storage.payees import PayeeRow
from storage.rows import question, words


class PayoutReason(StrEnum):
    """Why somebody could not collect [P]; what each is called stands in the texts."""

    NOT_ON_LIST = "P01"
    OTHER_NAME = "P02"
    REQUISITE_MISSING = "P03"
    OTHER_AMOUNT = "P04"
    OFFICE_CLOSED = "P05"
    CANNOT_TRAVEL = "P06"
    SAID_TO_BE_PAID = "P07"
    ILLNESS_OR_DEATH = "P08"
    OUT_OF_PERIOD = "P09"
    OTHER = "P10"


RESERVED = frozenset({PayoutReason.SAID_TO_BE_PAID, PayoutReason.ILLNESS_OR_DEATH})
"""Reasons of class C4: SAC and CACyPCS alone see them (ledger 6.8, AC-49)."""

_CHUNK = 400


class PayoutState(StrEnum):
    """Where a payout case stands (ledger 4.7)."""

    REPORTED = "aviso"
    """A volunteer told it; the PAC (the SAC, when reserved) has not made a case of it yet."""
    REGISTERED = "registrado"
    SAC_NOTIFIED = "notificado_sac"
    CACYPCS_INFORMED = "informado_cacypcs"
    CACYPCS_RECEIVED = "recibido_cacypcs"
    IN_CLARIFICATION = "en_aclaracion"
    SOLVED = "resuelto_cobro"
    NOT_SOLVED = "no_resuelto"
    UNFOUNDED = "improcedente"
    LEFT_TO_RECONCILE = "no_resuelto_pendiente_conciliar"


OVER = frozenset(
    {
        PayoutState.SOLVED,
        PayoutState.NOT_SOLVED,
        PayoutState.UNFOUNDED,
        PayoutState.LEFT_TO_RECONCILE,
    }
)


class PayoutCaseRow(SQLModel, table=True):
    """A problem of a payee, tied to the line of the listado definitivo. Only its state and comments move."""

    __tablename__ = "payout_case"
    __table_args__ = (
        Index("ix_payout_case_case_id_pac", "case_id", "pac"),
        Index("ix_payout_case_case_id_state", "case_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    folio: str | None = Field(
        default=None, max_length=32, unique=True, description="P-2027-B1-0007; none while only reported"
    )
    case_id: int = Field(foreign_key="case_file.id")
    payee_id: int = Field(foreign_key="payee.id", index=True)
    pac: str = Field(max_length=64)
    reason: PayoutReason = Field(sa_type=words(PayoutReason))
    reserved: bool = Field(default=False, description="C4: P07 and P08")
    detail: str = Field(default="", max_length=500)
    office: str = Field(default="", max_length=32)
    detected_on: date
    state: PayoutState = Field(sa_type=words(PayoutState))
    channel: str = Field(default="", max_length=16, description="chat, verbal or mail")
    person_id: int | None = Field(default=None, foreign_key="person.id", description="who made the case")
    volunteer_id: int | None = Field(
        default=None, foreign_key="volunteer.id", description="who told it first"
    )
    entry_id: int | None = Field(default=None, foreign_key="entry.id")
    created_at: datetime
    resolution: str = Field(default="", max_length=500)
    resolved_at: datetime | None = None


class PayoutEventRow(SQLModel, table=True):
    """What happened to a payout case (CasoEvento). Append-only."""

    __tablename__ = "payout_event"

    id: int | None = Field(default=None, primary_key=True)
    payout_case_id: int = Field(foreign_key="payout_case.id", index=True)
    at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")
    role: str = Field(default="", max_length=32)
    from_state: str = Field(default="", max_length=32)
    to_state: str = Field(default="", max_length=32)
    letter_id: int | None = Field(default=None, foreign_key="letter.id")
    note: str = Field(default="", max_length=500)


def add_case(session: Session, row: PayoutCaseRow, *, role: str = "", note: str = "") -> PayoutCaseRow:
    """Store a payout case, or what a volunteer told, with the event by which it began."""
    session.add(row)
    session.flush()
    session.add(
        PayoutEventRow(
            payout_case_id=row.id or 0,
            at=row.created_at,
            person_id=row.person_id,
            role=role,
            to_state=row.state.value,
            note=note[:500],
        )
    )
    session.flush()
    session.info.pop(_STANDINGS, None)
    return row


def move(
    session: Session,
    row: PayoutCaseRow,
    to: PayoutState,
    *,
    at: datetime,
    person_id: int | None = None,
    role: str = "",
    letter_id: int | None = None,
    note: str = "",
) -> None:
    """Bring a payout case to a state, and keep how it came there."""
    session.add(
        PayoutEventRow(
            payout_case_id=row.id or 0,
            at=at,
            person_id=person_id,
            role=role,
            from_state=row.state.value,
            to_state=to.value,
            letter_id=letter_id,
            note=note[:500],
        )
    )
    row.state = to
    session.add(row)
    session.flush()
    session.info.pop(_STANDINGS, None)


def find_case(session: Session, folio: str) -> PayoutCaseRow | None:
    """Find a payout case by its folio."""
    return session.exec(select(PayoutCaseRow).where(col(PayoutCaseRow.folio) == folio)).first()


def get_case(session: Session, payout_case_id: int) -> PayoutCaseRow:
    """Return a payout case.

    Raises:
        NotInBooks: there is none under that id.
    """
    row = session.get(PayoutCaseRow, payout_case_id)
    if row is None:
        raise NotInBooks("payout_case", payout_case_id)
    return row


def open_case_of(session: Session, payee_id: int) -> PayoutCaseRow | None:
    """Find the case of a payee that is not over; one that was only reported counts."""
    return next(iter(reversed(open_cases_of(session, payee_id))), None)


def open_cases_of(session: Session, payee_id: int) -> list[PayoutCaseRow]:
    """Return the cases of a payee that are not over, the first first; those only reported count."""
    return list(
        session.exec(
            select(PayoutCaseRow)
            .where(col(PayoutCaseRow.payee_id) == payee_id, col(PayoutCaseRow.state).not_in(OVER))
            .order_by(col(PayoutCaseRow.id))
        )
    )


def cases_of(
    session: Session,
    case_id: int | None,
    pacs: Sequence[str] | None = None,
    states: Sequence[PayoutState] = (),
) -> list[PayoutCaseRow]:
    """Return the payout cases of some ámbitos or of all, in all states or in some, the first first."""
    wanted = list(states or PayoutState)
    if pacs is None:
        return list(_cases_in(session, case_id, wanted))
    found: list[PayoutCaseRow] = []
    for start in range(0, len(pacs), _CHUNK):
        found.extend(_cases_at(session, case_id, list(pacs[start : start + _CHUNK]), wanted))
    return sorted(found, key=lambda row: row.id or 0)


@question
def _cases_in(case_id: int | None, states: Sequence[PayoutState]) -> SelectOfScalar[PayoutCaseRow]:
    return (
        select(PayoutCaseRow)
        .where(col(PayoutCaseRow.case_id) == case_id, col(PayoutCaseRow.state).in_(states))
        .order_by(col(PayoutCaseRow.id))
    )


@question
def _cases_at(
    case_id: int | None, pacs: Sequence[str], states: Sequence[PayoutState]
) -> SelectOfScalar[PayoutCaseRow]:
    return select(PayoutCaseRow).where(
        col(PayoutCaseRow.case_id) == case_id,
        col(PayoutCaseRow.pac).in_(pacs),
        col(PayoutCaseRow.state).in_(states),
    )


class Standing(NamedTuple):
    """How many cases of an ámbito stand in a state, and since when the first of them does."""

    pac: str
    state: PayoutState
    number: int
    since: datetime


def standing_of(session: Session, case_id: int | None, states: Sequence[PayoutState]) -> list[Standing]:
    """Return how many cases of each ámbito stand in some states, and since when; read once until one is moved."""
    known: dict[object, list[Standing]] = session.info.setdefault(_STANDINGS, {})
    name = (case_id, tuple(states))
    if name not in known:
        rows: Any = _standing_of(session, case_id, list(states))
        known[name] = [Standing(*row) for row in rows]
    return known[name]


_STANDINGS = "storage.payout_cases.standings"


@question
def _standing_of(case_id: int | None, states: Sequence[PayoutState]) -> Any:
    return (
        select(
            col(PayoutCaseRow.pac),
            col(PayoutCaseRow.state),
            func.count(func.distinct(col(PayoutCaseRow.id))),
            func.min(col(PayoutEventRow.at)),
        )
        .join(PayoutEventRow, col(PayoutEventRow.payout_case_id) == col(PayoutCaseRow.id))
        .where(
            col(PayoutCaseRow.case_id) == case_id,
            col(PayoutCaseRow.state).in_(states),
            col(PayoutEventRow.to_state) == col(PayoutCaseRow.state),
        )
        .group_by(col(PayoutCaseRow.pac), col(PayoutCaseRow.state))
    )


def count_states(session: Session, case_id: int | None) -> dict[tuple[str, PayoutState], int]:
    """Return how many cases there are, by ámbito and state."""
    rows = session.exec(
        select(col(PayoutCaseRow.pac), col(PayoutCaseRow.state), func.count())
        .where(col(PayoutCaseRow.case_id) == case_id)
        .group_by(col(PayoutCaseRow.pac), col(PayoutCaseRow.state))
    )
    return {(pac, state): count for pac, state, count in rows}


def untold_cases(
    session: Session, case_id: int | None, state: PayoutState, pacs: Sequence[str] | None = None
) -> list[PayoutCaseRow]:
    """Return the cases in a state of which no letter tells yet that they are in it."""
    told = select(PayoutEventRow.payout_case_id).where(
        col(PayoutEventRow.letter_id).is_not(None),
        col(PayoutEventRow.from_state) == state.value,
        col(PayoutEventRow.to_state) == state.value,
    )
    wanted = select(PayoutCaseRow).where(
        col(PayoutCaseRow.case_id) == case_id,
        col(PayoutCaseRow.state) == state,
        col(PayoutCaseRow.id).not_in(told),
    )
    if pacs is not None:
        wanted = wanted.where(col(PayoutCaseRow.pac).in_(list(pacs)))
    return list(session.exec(wanted.order_by(col(PayoutCaseRow.id))))


def cases_of_letter(session: Session, letter_id: int | None) -> list[PayoutCaseRow]:
    """Return the cases of which a letter tells."""
    return list(
        session.exec(
            select(PayoutCaseRow)
            .where(
                col(PayoutCaseRow.id).in_(
                    select(PayoutEventRow.payout_case_id).where(col(PayoutEventRow.letter_id) == letter_id)
                )
            )
            .order_by(col(PayoutCaseRow.id))
        )
    )


def last_event_at(
    session: Session, case_id: int | None, unit_prefix: str, to: PayoutState
) -> datetime | None:
    """Return when a case below a unit came to a state last; None when none ever did."""
    return session.exec(
        select(func.max(PayoutEventRow.at))
        .join(PayoutCaseRow, col(PayoutCaseRow.id) == col(PayoutEventRow.payout_case_id))
        .where(
            col(PayoutCaseRow.case_id) == case_id,
            col(PayoutCaseRow.pac).startswith(unit_prefix, autoescape=True),
            col(PayoutEventRow.to_state) == to.value,
            col(PayoutEventRow.from_state) != to.value,
        )
    ).one()


def cases_of_references(
    session: Session, references: Sequence[str], state: PayoutState
) -> list[PayoutCaseRow]:
    """Return the cases in a state whose lines of the listado definitivo bear some references."""
    return list(
        session.exec(
            select(PayoutCaseRow)
            .join(PayeeRow, col(PayeeRow.id) == col(PayoutCaseRow.payee_id))
            .where(col(PayeeRow.reference).in_(references), col(PayoutCaseRow.state) == state)
            .order_by(col(PayoutCaseRow.id))
        )
    )


def events_of(session: Session, payout_case_id: int) -> list[PayoutEventRow]:
    """Return what happened to a payout case, the first first."""
    return list(
        session.exec(
            select(PayoutEventRow)
            .where(col(PayoutEventRow.payout_case_id) == payout_case_id)
            .order_by(col(PayoutEventRow.id))
        )
    )


def count_cases(session: Session, case_id: int | None) -> int:
    """Return how many payout cases an expediente has; what was only reported is none yet."""
    wanted = (
        select(func.count())
        .select_from(PayoutCaseRow)
        .where(col(PayoutCaseRow.case_id) == case_id, col(PayoutCaseRow.folio).is_not(None))
    )
    return int(session.exec(wanted).one())
