"""Rounds of notices to volunteers: who is to be written to now, and what was written (ledger 7.5, M-25)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Exists, Select, and_, case, func, insert, literal, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from storage.chats import ChatRow
from storage.outbox import LetterRow, LetterState
from storage.payees import NoticeRow, PayeeRow, Told
from storage.payout_cases import OVER, PayoutCaseRow
from storage.people import ChannelState

FIRST = "RV-1"
CORRECTION = "CORRECTION"
WITHDRAWN = "WITHDRAWN"
"""What was told does not hold any more: a newer list leaves the person out."""
ROUNDS = (FIRST, "RV-2", "RV-3", "RV-4")
BY_CHAT = (*ROUNDS, CORRECTION)
BY_PEOPLE = (Told.IN_PERSON.value, Told.PHONE.value)
REMINDERS = ROUNDS[1:]
"""What may be declined: not the first notice, and not a correction."""
DATED = (*BY_CHAT, *BY_PEOPLE)
"""Notices that name dates and an office; the newest says what its reader knows."""
TELEGRAM = "telegram"


class Reader(NamedTuple):
    """Somebody who is to be written to."""

    payee_id: int
    volunteer_id: int
    chat_id: int
    pac: str
    office: str
    is_first: bool = True
    """Whether this is the first message of these dates."""
    in_case: bool = False
    """Whether a payout case of theirs is open."""


class Outdated(NamedTuple):
    """Somebody who was told what does not hold any more."""

    payee_id: int
    pac: str
    office: str
    chat_id: int | None
    told_dates: str
    told_office: str
    told_print: str
    """What tells apart what was said of the place and of what to bring; empty where that was not kept."""


def dates_key(t0: date, t1: date) -> str:
    """Return the dates of a delivery as notices keep them, so that other dates are other notices.

    >>> dates_key(date(2027, 3, 1), date(2027, 3, 12))
    '2027-03-01/2027-03-12'
    """
    return f"{t0.isoformat()}/{t1.isoformat()}"


# ------------------------------------------------------------------ who is to be written to


def readers_of(
    session: Session,
    case_id: int | None,
    pacs: Sequence[str],
    *,
    kind: str,
    dates: str,
    since: datetime,
    limit: int,
) -> list[Reader]:
    """Return who of some ámbitos a round still has to write to, so many at the most.

    Whoever was paid, said so, blocked the desk or is not in the list is left alone, and
    so is, but for the first notice, whoever wants no reminders. Nobody is written to
    twice since an instant (the day's beginning). What never left does not count.
    """
    wanted = [
        *_payable(case_id, pacs),
        _is_reachable(),
        ~_has_notice(col(NoticeRow.kind).in_(BY_CHAT), col(NoticeRow.at) >= since),
    ]
    if kind == FIRST:
        wanted.append(~_was_first_told(dates))
    else:
        wanted.append(~_has_notice(col(NoticeRow.kind) == kind, col(NoticeRow.note) == dates))
        # A first notice is owed even to who wants no reminders.
        wanted.append(or_(col(PayeeRow.muted_at).is_(None), ~_was_first_told(dates)))
    return _read(session, wanted, dates, limit)


def reader_of(session: Session, case_id: int | None, volunteer_id: int, dates: str) -> Reader | None:
    """Find a volunteer who is owed the first notice of some dates."""
    wanted = [
        *_payable(case_id, None),
        _is_reachable(),
        col(PayeeRow.volunteer_id) == volunteer_id,
        ~_was_first_told(dates),
    ]
    return next(iter(_read(session, wanted, dates, 1)), None)


def _read(session: Session, wanted: Sequence[ColumnElement[bool]], dates: str, limit: int) -> list[Reader]:
    in_case = (
        select_columns(col(PayoutCaseRow.id))
        .where(col(PayoutCaseRow.payee_id) == col(PayeeRow.id), col(PayoutCaseRow.state).not_in(OVER))
        .exists()
    )
    asked = (
        select_columns(
            col(PayeeRow.id),
            col(PayeeRow.volunteer_id),
            col(ChatRow.chat_id),
            col(PayeeRow.pac),
            col(PayeeRow.office),
            ~_was_first_told(dates),
            in_case,
        )
        .join(ChatRow, col(ChatRow.volunteer_id) == col(PayeeRow.volunteer_id))
        .where(*wanted)
        .order_by(col(PayeeRow.id))
        .limit(limit)
    )
    return [Reader._make(row) for row in _alone(session, asked)]


def _alone(session: Session, asked: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    """Return what is asked of payees whom nobody else writes to at the same time.

    SQLite has one writer. On PostgreSQL they are locked, and asked for again: what another
    machine wrote between the question's beginning and the lock is seen by a new question alone.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return connection.execute(asked).all()
    held = [row[0] for row in connection.execute(asked.with_for_update(skip_locked=True, of=PayeeRow))]
    return connection.execute(asked.where(col(PayeeRow.id).in_(held))).all() if held else []


def _payable(case_id: int | None, pacs: Sequence[str] | None) -> list[ColumnElement[bool]]:
    """Select who may still collect and has not said otherwise."""
    wanted = [
        col(PayeeRow.case_id) == case_id,
        col(PayeeRow.in_list).is_(True),
        col(PayeeRow.collected_on).is_(None),
        col(PayeeRow.said_collected_at).is_(None),
    ]
    if pacs is not None:
        wanted.append(col(PayeeRow.pac).in_(pacs))
    return wanted


def _is_reachable() -> ColumnElement[bool]:
    return and_(col(ChatRow.linked_at).is_not(None), col(ChatRow.state) == ChannelState.ACTIVE)


def _was_first_told(dates: str) -> Exists:
    return _has_notice(col(NoticeRow.kind).in_((FIRST, CORRECTION)), col(NoticeRow.note) == dates)


def _has_notice(*which: ColumnElement[bool]) -> Exists:
    """Select payees with a notice that left or will leave."""
    return (
        select_columns(col(NoticeRow.id))
        .outerjoin(LetterRow, col(LetterRow.id) == col(NoticeRow.letter_id))
        .where(col(NoticeRow.payee_id) == col(PayeeRow.id), _holds(), *which)
        .exists()
    )


def _holds() -> ColumnElement[bool]:
    return or_(
        col(NoticeRow.letter_id).is_(None), col(LetterRow.state).in_((LetterState.WAITING, LetterState.SENT))
    )


# ------------------------------------------------------------------ what does not hold any more


def outdated(
    session: Session,
    case_id: int | None,
    pacs: Sequence[str],
    dates: str,
    prints: Mapping[str, str],
    *,
    limit: int,
) -> list[Outdated]:
    """Return who was told other dates, another office, or other things of it, than those that hold now.

    `prints` says by the office's key (empty where none is named) what a notice of today says of the place
    and of what to bring. Whoever has no chat and stands as not told already is left to the PAC.
    """
    last = (
        select_columns(func.max(NoticeRow.id))
        .outerjoin(LetterRow, col(LetterRow.id) == col(NoticeRow.letter_id))
        .where(col(NoticeRow.payee_id) == col(PayeeRow.id), col(NoticeRow.kind).in_(DATED), _holds())
        .correlate(PayeeRow)
        .scalar_subquery()
    )
    asked = (
        select_columns(
            col(PayeeRow.id),
            col(PayeeRow.pac),
            col(PayeeRow.office),
            col(ChatRow.chat_id),
            col(NoticeRow.note),
            col(NoticeRow.office),
            col(NoticeRow.said),
        )
        .join(NoticeRow, col(NoticeRow.payee_id) == col(PayeeRow.id))
        .outerjoin(ChatRow, and_(col(ChatRow.volunteer_id) == col(PayeeRow.volunteer_id), _is_reachable()))
        .where(
            *_payable(case_id, pacs),
            col(NoticeRow.id) == last,
            or_(
                col(NoticeRow.note) != dates,
                col(NoticeRow.office) != col(PayeeRow.office),
                _says_other_things(prints),
            ),
            or_(col(ChatRow.chat_id).is_not(None), col(PayeeRow.told) != Told.NOT_YET),
        )
        .order_by(col(PayeeRow.id))
        .limit(limit)
    )
    return [Outdated._make(row) for row in _alone(session, asked)]


def _says_other_things(prints: Mapping[str, str]) -> ColumnElement[bool]:
    """Select notices that say of their office, or of what to bring, what does not hold any more."""
    named = {key: said for key, said in prints.items() if key}
    now = case(named, value=col(PayeeRow.office), else_=prints[""]) if named else literal(prints[""])
    return and_(col(NoticeRow.said) != "", col(NoticeRow.said) != now)


def left_out(session: Session, case_id: int | None, pacs: Sequence[str], *, limit: int) -> list[Reader]:
    """Return who was told by chat to collect and is not in the list in force, and does not know it yet."""
    rows = session.connection().execute(
        select_columns(
            col(PayeeRow.id),
            col(PayeeRow.volunteer_id),
            col(ChatRow.chat_id),
            col(PayeeRow.pac),
            col(PayeeRow.office),
        )
        .join(ChatRow, col(ChatRow.volunteer_id) == col(PayeeRow.volunteer_id))
        .where(
            col(PayeeRow.case_id) == case_id,
            col(PayeeRow.pac).in_(pacs),
            col(PayeeRow.in_list).is_(False),
            _is_reachable(),
            _has_notice(col(NoticeRow.kind).in_(BY_CHAT)),
            ~_has_notice(col(NoticeRow.kind) == WITHDRAWN),
        )
        .order_by(col(PayeeRow.id))
        .limit(limit)
    )
    return [Reader._make((*row, False, False)) for row in rows]


def cancel_reminders(
    session: Session, case_id: int | None, payee_id: int, kinds: Collection[str] = BY_CHAT
) -> int:
    """Keep from leaving what waits in the outbox for somebody, and return how much that was."""
    return _cancel(session, case_id, col(NoticeRow.payee_id) == payee_id, col(NoticeRow.kind).in_(kinds))


def cancel_outdated(session: Session, case_id: int | None, dates: str, prints: Mapping[str, str]) -> int:
    """Keep from leaving what waits in the outbox and says other dates, another office, or nothing true any more."""
    firsts = col(NoticeRow.kind).in_((FIRST, CORRECTION))
    return _cancel(
        session,
        case_id,
        col(NoticeRow.kind).in_(BY_CHAT),
        or_(
            col(NoticeRow.note) != dates,
            and_(firsts, or_(col(NoticeRow.office) != col(PayeeRow.office), _says_other_things(prints))),
            col(PayeeRow.in_list).is_(False),
        ),
    )


def _cancel(session: Session, case_id: int | None, *which: ColumnElement[bool]) -> int:
    """Cancel letters of notices; what a courier holds already is let go."""
    session.flush()
    theirs = (
        select_columns(col(NoticeRow.letter_id))
        .join(PayeeRow, col(PayeeRow.id) == col(NoticeRow.payee_id))
        .where(col(PayeeRow.case_id) == case_id, *which)
    )
    cancel = (
        update(LetterRow)
        .where(
            col(LetterRow.state) == LetterState.WAITING,
            col(LetterRow.channel) == TELEGRAM,
            col(LetterRow.case_id) == case_id,
            col(LetterRow.claimed_until).is_(None),
            col(LetterRow.id).in_(theirs),
        )
        .values(state=LetterState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    return session.exec(cancel).rowcount


# ------------------------------------------------------------------ what was written


def add_notices(session: Session, notices: Sequence[Mapping[str, object]]) -> None:
    """Store many notices at once; they are never changed."""
    if notices:
        session.connection().execute(insert(NoticeRow), [dict(notice) for notice in notices])


def note_told(session: Session, letter_ids: Sequence[int], *, at: datetime) -> None:
    """Note that the notices which left told their readers; who was told by a person stays so."""
    told = select_columns(col(NoticeRow.payee_id)).where(
        col(NoticeRow.letter_id).in_(letter_ids), col(NoticeRow.kind).in_(BY_CHAT)
    )
    session.exec(
        update(PayeeRow)
        .where(
            col(PayeeRow.id).in_(told),
            col(PayeeRow.told).in_((Told.NOT_YET, Told.NOT_FOUND)),
        )
        .values(told=Told.CHAT, told_at=at, told_by=None)
        .execution_options(synchronize_session=False)
    )


def untell(session: Session, payee_ids: Sequence[int]) -> None:
    """Let some payees stand as not told: what they know does not hold any more."""
    session.exec(
        update(PayeeRow)
        .where(col(PayeeRow.id).in_(payee_ids))
        .values(told=Told.NOT_YET, told_at=None, told_by=None, acknowledged_at=None)
        .execution_options(synchronize_session=False)
    )


# ------------------------------------------------------------------ who was told


class Tally(NamedTuple):
    """How many of an ámbito were told, and how."""

    pac: str
    total: int
    by_chat: int
    in_person: int
    by_phone: int
    not_found: int
    not_yet: int
    acknowledged: int
    said_collected: int
    muted: int
    linked: int


def tally(session: Session, case_id: int | None) -> list[Tally]:
    """Count who was told, and how, in each ámbito of an expediente."""
    told = col(PayeeRow.told)
    counted: list[ColumnElement[Any]] = [
        told == Told.CHAT,
        told == Told.IN_PERSON,
        told == Told.PHONE,
        told == Told.NOT_FOUND,
        told == Told.NOT_YET,
        col(PayeeRow.acknowledged_at).is_not(None),
        col(PayeeRow.said_collected_at).is_not(None),
        col(PayeeRow.muted_at).is_not(None),
        col(ChatRow.chat_id).is_not(None),
    ]
    rows = session.connection().execute(
        select_columns(
            col(PayeeRow.pac), func.count(), *(func.count().filter(condition) for condition in counted)
        )
        .outerjoin(ChatRow, and_(col(ChatRow.volunteer_id) == col(PayeeRow.volunteer_id), _is_reachable()))
        .where(col(PayeeRow.case_id) == case_id, col(PayeeRow.in_list).is_(True))
        .group_by(col(PayeeRow.pac))
        .order_by(col(PayeeRow.pac))
    )
    return [Tally._make(row) for row in rows]


def count_said(session: Session, case_id: int | None, pac: str) -> tuple[int, int]:
    """Return how many people of an ámbito said to have collected, and of how many."""
    said = func.count().filter(col(PayeeRow.said_collected_at).is_not(None))
    row = session.exec(
        select(said, func.count()).where(
            col(PayeeRow.case_id) == case_id, col(PayeeRow.pac) == pac, col(PayeeRow.in_list).is_(True)
        )
    ).one()
    return int(row[0]), int(row[1])


class Reach(NamedTuple):
    """How many people of an ámbito may collect, and how many of them were told or have a notice on its way."""

    pac: str
    total: int
    reached: int


def tally_of(session: Session, case_id: int | None, pacs: Sequence[str]) -> list[Reach]:
    """Count in some ámbitos whom the notices reach, or a person told."""
    reached = or_(
        col(PayeeRow.told).not_in((Told.NOT_YET, Told.NOT_FOUND)),
        _has_notice(col(NoticeRow.kind).in_(BY_CHAT)),
    )
    rows = session.connection().execute(
        select_columns(col(PayeeRow.pac), func.count(), func.count().filter(reached))
        .where(col(PayeeRow.case_id) == case_id, col(PayeeRow.pac).in_(pacs), col(PayeeRow.in_list).is_(True))
        .group_by(col(PayeeRow.pac))
        .order_by(col(PayeeRow.pac))
    )
    return [Reach._make(row) for row in rows]
