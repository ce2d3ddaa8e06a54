"""The outbox: letters that wait, were claimed, left, came back."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Index, Integer, Select, and_, bindparam, case, func, literal, or_, text
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.database import before_commit
from storage.errors import NotInBooks
from storage.rows import question, words


class LetterState(StrEnum):
    """Where a letter is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


WAITING = text("state = 'waiting'")
"""Spelt out and not as a parameter, so that the database knows its partial indexes by it."""


class LetterRow(SQLModel, table=True):
    """One letter to one recipient by one channel; its bytes are fixed before the first try."""

    __tablename__ = "letter"
    __table_args__ = (
        # Only what waits is in these; a letter that left leaves them too.
        Index(
            "ix_letter_due",
            "channel",
            "priority",
            "not_before",
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        Index("ix_letter_claimed", "claimed_until", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_letter_expiry", "not_after", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_letter_message_id", "message_id"),
        Index("ix_letter_asks", "case_id", "asks", "asks_unit"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(
        max_length=240,
        unique=True,
        description="what makes it one: case, template, step, unit, recipient, version",
    )
    channel: str = Field(default="mail", max_length=16)
    template: str = Field(max_length=32)
    case_id: int | None = Field(default=None, foreign_key="case_file.id")
    step: str = Field(default="", max_length=32)
    unit: str = Field(default="", max_length=64)
    # The step that an answer to this letter takes (M-01 to an EGAS asks A02).
    asks: str = Field(default="", max_length=32)
    asks_unit: str = Field(default="", max_length=64)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    address: str = Field(max_length=254)
    subject: str = Field(default="", max_length=998)
    message_id: str = Field(default="", max_length=255)
    blob_sha256: str = Field(default="", max_length=64)
    reply_to_entry: int | None = Field(default=None, foreign_key="entry.id")
    created_at: datetime
    not_before: datetime
    not_after: datetime | None = None
    priority: int = Field(default=1, description="0 answers somebody who waits, 1 everything else")
    state: LetterState = Field(default=LetterState.WAITING, sa_type=words(LetterState))
    # Leases run on system time, never on office time.
    claimed_by: str = Field(default="", max_length=64)
    claimed_until: datetime | None = None
    retry_at: datetime | None = Field(default=None, description="system time of the next try")
    attempts: int = 0
    last_answer: str = Field(default="", max_length=500)
    provider_id: str = Field(default="", max_length=160)
    sent_at: datetime | None = None
    bounced_at: datetime | None = None
    acknowledged_at: datetime | None = None
    superseded_by: int | None = None


URGENT, ORDINARY = 0, 1
"""Who wrote to the desk waits for the answer; circulars and reminders follow."""

_CHUNK = 400


class Letter(NamedTuple):
    """A letter as plain values: for whoever queues one, or has only to say what became of it."""

    key: str
    template: str
    address: str
    created_at: datetime
    not_before: datetime
    channel: str = "mail"
    case_id: int | None = None
    step: str = ""
    unit: str = ""
    asks: str = ""
    asks_unit: str = ""
    person_id: int | None = None
    subject: str = ""
    message_id: str = ""
    blob_sha256: str = ""
    reply_to_entry: int | None = None
    not_after: datetime | None = None
    id: int = 0
    """0 until it is queued."""


_LETTERS = SQLModel.metadata.tables["letter"]
_ENQUEUE = _LETTERS.insert().returning(_LETTERS.columns.id, sort_by_parameter_order=True)
_FRESH = {"state": LetterState.WAITING, "claimed_by": "", "attempts": 0, "last_answer": "", "provider_id": ""}


def enqueue(session: Session, letters: Sequence[Letter]) -> list[Letter]:
    """Put letters in the outbox and return them with their numbers, in their order.

    Their keys are unique: asked twice, the second time fails loudly. Answers (letters
    with `reply_to_entry`) leave before everything else.
    """
    if not letters:
        return []
    # Those that were to be put later come before: letters are numbered as they were said, and leave so.
    _enqueue_waiting(session)
    return _put(session, letters)


def _put(session: Session, letters: Sequence[Letter]) -> list[Letter]:
    values = []
    for letter in letters:
        row = letter._asdict() | _FRESH
        del row["id"]
        row["priority"] = ORDINARY if letter.reply_to_entry is None else URGENT
        values.append(row)
    numbers = session.connection().execute(_ENQUEUE, values).scalars()
    return [letter._replace(id=number) for letter, number in zip(letters, numbers, strict=True)]


def enqueue_later(session: Session, letter: Letter, then: Callable[[Letter], object]) -> None:
    """Put a letter in the outbox before the commit, with others, and call something with it once it has its number.

    It is for letters that nobody looks for in the same transaction.
    """
    waiting: list[tuple[Letter, Callable[[Letter], object]]] = session.info.setdefault(_LATER, [])
    if not waiting:
        before_commit(session, lambda: _enqueue_waiting(session))
    waiting.append((letter, then))


def _enqueue_waiting(session: Session) -> None:
    waiting: list[tuple[Letter, Callable[[Letter], object]]] = session.info.pop(_LATER, [])
    if waiting:
        queued = _put(session, [letter for letter, _then in waiting])
        for letter, (_letter, then) in zip(queued, waiting, strict=True):
            then(letter)


_LATER = "storage.outbox.later"


def known_keys(session: Session, keys: Sequence[str]) -> set[str]:
    """Return those of the keys that the outbox has already."""
    known: set[str] = set()
    for start in range(0, len(keys), _CHUNK):
        known.update(_keys_among(session, keys[start : start + _CHUNK]))
    return known


@question
def _keys_among(keys: Sequence[str]) -> SelectOfScalar[str]:
    return select(LetterRow.key).where(col(LetterRow.key).in_(keys))


def is_known(session: Session, key: str) -> bool:
    """Tell whether the outbox has a letter under a key."""
    return bool(known_keys(session, [key]))


def is_asked(session: Session, case_id: int | None, step: str, unit: str, address: str) -> bool:
    """Tell whether a letter to somebody asks for a step already."""
    wanted = select(LetterRow.id).where(
        col(LetterRow.case_id) == case_id,
        col(LetterRow.asks) == step,
        col(LetterRow.asks_unit) == unit,
        col(LetterRow.address) == address,
    )
    return session.exec(wanted).first() is not None


def asked_since(
    session: Session, case_id: int | None, step: str, unit: str, *, since: datetime | None = None
) -> datetime | None:
    """Return since when somebody is asked for a step: the first letter after an instant, else the newest before it."""
    wanted = (
        select(LetterRow.created_at)
        .where(col(LetterRow.case_id) == case_id, col(LetterRow.asks) == step)
        .where(col(LetterRow.asks_unit) == unit)
        .order_by(col(LetterRow.created_at))
    )
    asked = list(session.exec(wanted))
    after = [at for at in asked if since is None or at >= since]
    return next(iter([*after, *reversed(asked)]), None)


def find_unanswered(
    session: Session, case_id: int | None, step: str, unit: str, address: str
) -> LetterRow | None:
    """Find the newest letter to somebody about a step that was not acknowledged yet."""
    return session.exec(
        select(LetterRow)
        .where(
            col(LetterRow.case_id) == case_id,
            col(LetterRow.address) == address,
            col(LetterRow.acknowledged_at).is_(None),
            or_(
                and_(col(LetterRow.asks) == step, col(LetterRow.asks_unit) == unit),
                and_(col(LetterRow.asks) == "", col(LetterRow.step) == step, col(LetterRow.unit) == unit),
            ),
        )
        .order_by(col(LetterRow.id).desc())
        .limit(1)
    ).first()


def was_written_to(
    session: Session, *, person_id: int | None, templates: Collection[str], since: datetime
) -> bool:
    """Tell whether a letter of some kinds was queued for somebody since an instant."""
    wanted = select(LetterRow.id).where(
        col(LetterRow.person_id) == person_id,
        col(LetterRow.template).in_(templates),
        col(LetterRow.created_at) >= since,
    )
    return session.exec(wanted.limit(1)).first() is not None


def letters_about(session: Session, case_id: int | None, templates: Collection[str]) -> list[LetterRow]:
    """Return the letters of an expediente of some kinds, in order."""
    return list(
        session.exec(
            select(LetterRow)
            .where(col(LetterRow.case_id) == case_id, col(LetterRow.template).in_(templates))
            .order_by(col(LetterRow.id))
        )
    )


def unsent_questions(session: Session, person_id: int) -> list[LetterRow]:
    """Return the letters that ask a person for a step and have not left."""
    return list(
        session.exec(
            select(LetterRow).where(
                col(LetterRow.person_id) == person_id,
                col(LetterRow.state) == LetterState.WAITING,
                col(LetterRow.asks) != "",
            )
        )
    )


def withdraw(session: Session, letters: Iterable[LetterRow]) -> list[LetterRow]:
    """Cancel those of some letters that still wait and that nobody carries, and return them."""
    withdrawn = []
    for row in letters:
        if row.state is LetterState.WAITING and row.claimed_until is None:
            row.state = LetterState.CANCELLED
            session.add(row)
            withdrawn.append(row)
    return withdrawn


class Claimed(NamedTuple):
    """A letter in a courier's hands, as far as it has to know it."""

    priority: int
    not_before: datetime
    id: int
    key: str
    address: str
    message_id: str
    blob_sha256: str
    attempts: int


_LETTER = _LETTERS.columns
_DUE = (
    select_columns(_LETTER.id)
    .where(
        WAITING,
        _LETTER.channel == bindparam("of_channel"),
        _LETTER.priority == bindparam("of_priority"),
        _LETTER.not_before <= bindparam("now"),
        or_(_LETTER.not_after.is_(None), _LETTER.not_after >= bindparam("now")),
        or_(_LETTER.claimed_until.is_(None), _LETTER.claimed_until <= bindparam("system_now")),
        or_(_LETTER.retry_at.is_(None), _LETTER.retry_at <= bindparam("system_now")),
        _LETTER.address.not_in(bindparam("besides", expanding=True)),
    )
    .order_by(_LETTER.not_before, _LETTER.id)
    .limit(bindparam("room", type_=Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    _LETTERS.update()
    .where(_LETTER.id.in_(select_columns(_DUE.c.id)))
    .values(attempts=_LETTER.attempts + 1, claimed_by=bindparam("worker"), claimed_until=bindparam("until"))
    .returning(*(_LETTER[name] for name in Claimed._fields))
)


def claim_letters(
    session: Session,
    *,
    worker: str,
    now: datetime,
    system_now: datetime,
    lease_seconds: int,
    limit: int,
    channel: str,
    ordinary: int | None = None,
    besides: Collection[str] = (),
) -> list[Claimed]:
    """Claim letters that are due; answers leave before circulars, for somebody waits for them.

    `ordinary` says how many may be others than answers, all of them when it is None; none
    goes to an address of `besides`.
    Office time says what is due, system time how long a claim lasts. `attempts` counts
    claims. No two workers get the same letter: SQLite has one writer, and PostgreSQL
    steps over the rows that another holds.
    """
    session.flush()
    claimed: list[Claimed] = []
    # One range of the index for each priority, in its order: nothing is sorted, however much waits.
    for priority in (URGENT, ORDINARY):
        room = limit - len(claimed)
        if priority == ORDINARY and ordinary is not None:
            room = min(room, ordinary)
        if room < 1:
            continue
        values = {
            "of_channel": channel,
            "of_priority": priority,
            "now": now,
            "system_now": system_now,
            "room": room,
            # Nobody's address is empty, and an empty list would be a question of its own.
            "besides": list(besides) or [""],
            "worker": worker,
            "until": system_now + timedelta(seconds=lease_seconds),
        }
        found = [Claimed._make(row) for row in session.connection().execute(_CLAIM, values)]
        # What comes back from an UPDATE comes in no order.
        claimed.extend(sorted(found, key=lambda letter: (letter.not_before, letter.id)))
    return claimed


_IN_FLIGHT = select_columns(_LETTER.id).where(WAITING, _LETTER.claimed_until.is_not(None))
_RAN_OUT = _IN_FLIGHT.where(_LETTER.claimed_until <= bindparam("system_now"))


def release_claims(session: Session, *, system_now: datetime | None = None) -> list[LetterRow]:
    """Give back the claims that ran out, and return what was in flight when its courier died.

    It may have left: it goes again with the same bytes, and the caller says so in the
    journal. Without `system_now` every claim is given back: a service that starts on
    SQLite is the only one, so whoever held them is no more.
    """
    wanted = _IN_FLIGHT if system_now is None else _RAN_OUT
    rows = _rows(session, wanted.with_for_update(skip_locked=True), system_now=system_now)
    for row in rows:
        row.claimed_by, row.claimed_until = "", None
        session.add(row)
    return rows


def _rows(session: Session, wanted: Select[Any], **values: object) -> list[LetterRow]:
    """Return the letters whose numbers are wanted, in order; mostly there are none, which is told by one cheap look."""
    session.flush()
    numbers = session.connection().execute(wanted, values).scalars().all()
    if not numbers:
        return []
    found = session.exec(select(LetterRow).where(col(LetterRow.id).in_(numbers)))
    return sorted(found, key=_number)


def _number(row: LetterRow) -> int:
    return row.id or 0


def get_letter(session: Session, letter_id: int) -> LetterRow:
    """Return a letter.

    Raises:
        NotInBooks: there is none with that id.
    """
    row = session.get(LetterRow, letter_id)
    if row is None:
        raise NotInBooks("letter", letter_id)
    return row


def load_letters(session: Session, letter_ids: Collection[int]) -> dict[int, Letter]:
    """Return some letters by their numbers."""
    rows = session.connection().execute(_BY_NUMBER, {"numbers": list(letter_ids)})
    return {letter.id: letter for letter in map(Letter._make, rows)}


_BY_NUMBER = select_columns(*(_LETTER[name] for name in Letter._fields)).where(
    _LETTER.id.in_(bindparam("numbers", expanding=True))
)


def find_letter(session: Session, letter_id: int) -> LetterRow | None:
    """Find a letter by its id."""
    return session.get(LetterRow, letter_id)


def find_by_key(session: Session, key: str) -> LetterRow | None:
    """Find the letter under a key."""
    return session.exec(select(LetterRow).where(col(LetterRow.key) == key)).first()


def units_written_to(
    session: Session,
    *,
    case_id: int | None,
    template: str,
    step: str,
    units: Sequence[str],
    since: datetime,
) -> set[str]:
    """Return those of some units about which a letter of one kind was queued since an instant."""
    wanted = select(LetterRow.unit).where(
        col(LetterRow.case_id) == case_id,
        col(LetterRow.template) == template,
        col(LetterRow.step) == step,
        col(LetterRow.unit).in_(units),
        col(LetterRow.created_at) >= since,
    )
    return set(session.exec(wanted))


def last_written_to(
    session: Session, *, case_id: int | None, template: str, units: Sequence[str]
) -> dict[str, datetime]:
    """Return when the last letter of one kind about each of some units was queued."""
    found: dict[str, datetime] = {}
    for start in range(0, len(units), _CHUNK):
        wanted = (
            select(LetterRow.unit, LetterRow.created_at)
            .where(
                col(LetterRow.case_id) == case_id,
                col(LetterRow.template) == template,
                col(LetterRow.unit).in_(units[start : start + _CHUNK]),
            )
            .order_by(col(LetterRow.created_at))
        )
        found.update(session.exec(wanted).all())
    return found


def latest_letter(
    session: Session, *, person_id: int, case_id: int | None, templates: Sequence[str], unit: str
) -> LetterRow | None:
    """Find the last letter of some kinds that a person was sent about a unit."""
    wanted = (
        select(LetterRow)
        .where(
            col(LetterRow.person_id) == person_id,
            col(LetterRow.case_id) == case_id,
            col(LetterRow.template).in_(templates),
            col(LetterRow.unit) == unit,
            col(LetterRow.channel) == "mail",
        )
        .order_by(col(LetterRow.id).desc())
    )
    return session.exec(wanted).first()


def find_by_message_id(session: Session, message_id: str) -> LetterRow | None:
    """Find the letter that left under a Message-ID."""
    return _by_message_id(session, message_id).first()


@question
def _by_message_id(message_id: str) -> SelectOfScalar[LetterRow]:
    return select(LetterRow).where(col(LetterRow.message_id) == message_id)


def mark_sent(session: Session, provider_ids: Mapping[int, str], *, now: datetime) -> None:
    """Check letters off, each under the far side's own id for it. One that bounced meanwhile stays bounced."""
    session.flush()
    values = [
        {"number": number, "at": now, "provider": provider_id[:160]}
        for number, provider_id in provider_ids.items()
    ]
    if values:
        session.connection().execute(_SENT, values)


_SENT = (
    _LETTERS.update()
    .where(_LETTER.id == bindparam("number"))
    .values(
        state=case(
            (_LETTER.state == LetterState.WAITING, literal(LetterState.SENT, _LETTER.state.type)),
            else_=_LETTER.state,
        ),
        sent_at=bindparam("at"),
        provider_id=bindparam("provider"),
        claimed_by="",
        claimed_until=None,
        retry_at=None,
    )
)


def mark_failed(
    session: Session, letter_id: int, *, permanent: bool, answer: str, retry_at: datetime | None
) -> None:
    """Put a letter back for another try, or give it up. One that left meanwhile has left."""
    row = get_letter(session, letter_id)
    if row.state is not LetterState.WAITING:
        return
    row.last_answer = answer[:500]
    row.claimed_by, row.claimed_until = "", None
    row.retry_at = None if permanent else retry_at
    if permanent:
        row.state = LetterState.FAILED
    session.add(row)


_PASSED = (
    select_columns(_LETTER.id)
    .where(WAITING, _LETTER.not_after < bindparam("now"))
    .with_for_update(skip_locked=True)
)


def expire_letters(session: Session, *, now: datetime) -> list[LetterRow]:
    """Cancel the letters whose time passed before they left, and return them; what is in flight is left alone."""
    # Sifted here: asked of SQLite it would lure it away from the index of expiry.
    rows = [row for row in _rows(session, _PASSED, now=now) if row.claimed_until is None]
    for row in rows:
        row.state = LetterState.CANCELLED
        session.add(row)
    return rows


def next_due_at(session: Session) -> datetime | None:
    """Return from when on the next waiting letter may leave, in office time; past when one is due already."""
    wanted = select(func.min(LetterRow.not_before)).where(WAITING)
    return session.exec(wanted).one()


def next_retry_at(session: Session) -> datetime | None:
    """Return when the next letter is tried again, in system time."""
    wanted = select(func.min(LetterRow.retry_at)).where(WAITING)
    return session.exec(wanted).one()


def count_letters(session: Session, state: LetterState | None = None, template: str | None = None) -> int:
    """Return how many letters there are, of one state and message or of all."""
    wanted = select(func.count()).select_from(LetterRow)
    if state is not None:
        wanted = wanted.where(col(LetterRow.state) == state)
    if template is not None:
        wanted = wanted.where(col(LetterRow.template) == template)
    return int(session.exec(wanted).one())


def count_by_channel(session: Session, state: LetterState) -> dict[str, int]:
    """Return how many letters in a state each channel has."""
    rows = session.connection().execute(
        select(LetterRow.channel, func.count())
        .where(col(LetterRow.state) == state)
        .group_by(col(LetterRow.channel))
        .order_by(col(LetterRow.channel))
    )
    return {row[0]: row[1] for row in rows}
