"""Payout cases (casos con problemas para cobrar): from what somebody reported to how it ended (ledger 4.7)."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, Session, SQLModel, col, select

from storage.errors import NotInBooks
from storage.rows import words


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


def add_case(session: Session, row: PayoutCaseRow) -> PayoutCaseRow:
    """Store a payout case, or what a volunteer told."""
    session.add(row)
    session.flush()
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
    return session.exec(
        select(PayoutCaseRow)
        .where(col(PayoutCaseRow.payee_id) == payee_id, col(PayoutCaseRow.state).not_in(OVER))
        .order_by(col(PayoutCaseRow.id).desc())
    ).first()


def cases_of(
    session: Session, case_id: int | None, pacs: Sequence[str], states: Sequence[PayoutState] = ()
) -> list[PayoutCaseRow]:
    """Return the payout cases of some ámbitos, in all states or in some, the first first."""
    wanted = select(PayoutCaseRow).where(
        col(PayoutCaseRow.case_id) == case_id, col(PayoutCaseRow.pac).in_(list(pacs))
    )
    if states:
        wanted = wanted.where(col(PayoutCaseRow.state).in_(list(states)))
    return list(session.exec(wanted.order_by(col(PayoutCaseRow.id))))


def events_of(session: Session, payout_case_id: int) -> list[PayoutEventRow]:
    """Return what happened to a payout case, the first first."""
    return list(
        session.exec(
            select(PayoutEventRow)
            .where(col(PayoutEventRow.payout_case_id) == payout_case_id)
            .order_by(col(PayoutEventRow.id))
        )
    )
