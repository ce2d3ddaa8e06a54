"""People, their posts, who held a post when, and where each can be reached."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    or_,
    update,
)
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import NotInBooks
from storage.rows import question, words


class ChannelKind(StrEnum):
    """The ways to reach a person."""

    EMAIL = "email"
    TELEGRAM = "telegram"


class ChannelState(StrEnum):
    """Whether a way to reach a person works."""

    ACTIVE = "active"
    BOUNCING = "bouncing"
    REVOKED = "revoked"


class HoldingKind(StrEnum):
    """In which quality somebody holds a post."""

    TITULAR = "titular"
    SUPLENTE = "suplente"
    ENCARGADO = "encargado"


class PersonRow(SQLModel, table=True):
    """A member of the staff; volunteers stand in their own table, for they hold no post."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, unique=True, description="the directory's own key of the person")
    full_name: str = Field(max_length=160)
    cargo: str = Field(default="", max_length=200)
    active: bool = True


class ChannelRow(SQLModel, table=True):
    """An address of a person. An address belongs to one person only."""

    __tablename__ = "channel"
    __table_args__ = (UniqueConstraint("kind", "value", name="uq_channel_kind_value"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: ChannelKind = Field(sa_type=words(ChannelKind))
    value: str = Field(max_length=254, description="lower case address, or Telegram user id")
    state: ChannelState = Field(default=ChannelState.ACTIVE, sa_type=words(ChannelState))
    verified_at: datetime | None = None
    revoked_at: datetime | None = None


class PostRow(SQLModel, table=True):
    """A role at a unit: rights and duties follow the post, never the person."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("role", "unit", name="uq_post_role_unit"),)

    id: int | None = Field(default=None, primary_key=True)
    role: str = Field(max_length=32)
    unit: str = Field(max_length=64, foreign_key="unit.code", index=True)


class HoldingRow(SQLModel, table=True):
    """Who holds a post, from when to when, and by which oficio (suplencia, encargo)."""

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_post_person", "post_id", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    kind: HoldingKind = Field(default=HoldingKind.TITULAR, sa_type=words(HoldingKind))
    from_on: date | None = None
    to_on: date | None = None
    oficio: str = Field(default="", max_length=120)


class ExternalContactRow(SQLModel, table=True):
    """A contact outside the Programme: PS, CCTE, CT, DTE ... (ledger 4.1)."""

    __tablename__ = "external_contact"
    __table_args__ = (
        UniqueConstraint("organisation", "email", name="uq_external_contact_organisation_email"),
    )

    id: int | None = Field(default=None, primary_key=True)
    organisation: str = Field(max_length=32, index=True)
    full_name: str = Field(default="", max_length=160)
    email: str = Field(max_length=254, index=True)
    from_on: date | None = None
    to_on: date | None = None


class CodeRow(SQLModel, table=True):
    """A one-time code that makes a mail reply an act of its person. Only its hash is kept."""

    __tablename__ = "code"

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(max_length=64, index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    act: str = Field(max_length=64, description="what the code does: a step id, or another act")
    unit: str = Field(default="", max_length=64)
    subject_key: str = Field(
        default="", max_length=120, description="what exactly was shown: version, digest"
    )
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    attempts: int = 0


# ------------------------------------------------------------------ who holds a post

ACTING_ORDER = (HoldingKind.SUPLENTE, HoldingKind.ENCARGADO, HoldingKind.TITULAR)
"""Who acts for a post. A suplencia in force means that the titular is away, and an encargo that
the post is vacant, so both go before a titular."""


def _in_force(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Select the holdings in force on a day; an open end reaches for ever."""
    return and_(
        or_(col(HoldingRow.from_on).is_(None), col(HoldingRow.from_on) <= on),
        or_(col(HoldingRow.to_on).is_(None), col(HoldingRow.to_on) >= on),
    )


def holders(session: Session, role: str, unit: str, on: date) -> list[tuple[PersonRow, HoldingRow]]:
    """Return who acts for a post on a day, the latest appointment first.

    A suplente in force acts for the titular: suplentes alone are returned where there is
    one, else the encargados, else the titular (`ACTING_ORDER`). Letters go to these. The
    titular keeps the post meanwhile (`posts_of`). People no longer active are left out.
    """
    answer: Any = _holders(session, role, unit, on)
    found: list[tuple[PersonRow, HoldingRow]] = [(person, holding) for person, holding in answer]
    for quality in ACTING_ORDER:
        acting = [(person, holding) for person, holding in found if holding.kind == quality]
        if acting:
            return sorted(acting, key=_appointed, reverse=True)
    return []


@question
def _holders(role: str, unit: str, on: date) -> Any:
    return (
        select(PersonRow, HoldingRow)
        .join(HoldingRow, col(HoldingRow.person_id) == col(PersonRow.id))
        .join(PostRow, col(HoldingRow.post_id) == col(PostRow.id))
        .where(col(PostRow.role) == role, col(PostRow.unit) == unit, col(PersonRow.active).is_(True))
        .where(_in_force(on))
    )


def holders_of_role(session: Session, role: str, on: date) -> list[PersonRow]:
    """Return everybody active who holds a role anywhere on a day, by unit, each once."""
    found = session.exec(
        select(PersonRow)
        .join(HoldingRow, col(HoldingRow.person_id) == col(PersonRow.id))
        .join(PostRow, col(HoldingRow.post_id) == col(PostRow.id))
        .where(col(PostRow.role) == role, col(PersonRow.active).is_(True))
        .where(_in_force(on))
        .order_by(col(PostRow.unit), col(PersonRow.id))
    )
    return list({person.id: person for person in found}.values())


def _appointed(pair: tuple[PersonRow, HoldingRow]) -> tuple[date, int]:
    holding = pair[1]
    return holding.from_on or date.min, holding.id or 0


def posts_of(session: Session, person_id: int | None, on: date) -> list[tuple[PostRow, HoldingRow]]:
    """Return the posts that a person holds on a day, by unit and role."""
    found: Any = _posts_of(session, person_id, on)
    return [(post, holding) for post, holding in found]


@question
def _posts_of(person_id: int | None, on: date) -> Any:
    return (
        select(PostRow, HoldingRow)
        .join(HoldingRow, col(HoldingRow.post_id) == col(PostRow.id))
        .where(col(HoldingRow.person_id) == person_id)
        .where(_in_force(on))
        .order_by(col(PostRow.unit), col(PostRow.role), col(HoldingRow.id))
    )


def holding_of(session: Session, person_id: int, role: str, unit: str, on: date) -> HoldingRow | None:
    """Return by which appointment a person holds a post on a day: as titular before any other."""
    found = _holdings(session, person_id, role, unit, on)
    order = (HoldingKind.TITULAR, HoldingKind.ENCARGADO, HoldingKind.SUPLENTE)
    return min(found, key=lambda row: order.index(row.kind), default=None)


@question
def _holdings(person_id: int, role: str, unit: str, on: date) -> SelectOfScalar[HoldingRow]:
    return (
        select(HoldingRow)
        .join(PostRow, col(HoldingRow.post_id) == col(PostRow.id))
        .where(col(PostRow.role) == role, col(PostRow.unit) == unit, col(HoldingRow.person_id) == person_id)
        .where(_in_force(on))
    )


def titular_of(session: Session, role: str, unit: str, on: date) -> PersonRow | None:
    """Return the titular of a post on a day, present or not."""
    return session.exec(
        select(PersonRow)
        .join(HoldingRow, col(HoldingRow.person_id) == col(PersonRow.id))
        .join(PostRow, col(HoldingRow.post_id) == col(PostRow.id))
        .where(col(PostRow.role) == role, col(PostRow.unit) == unit)
        .where(col(HoldingRow.kind) == HoldingKind.TITULAR, _in_force(on))
        .order_by(col(HoldingRow.from_on).desc(), col(HoldingRow.id).desc())
    ).first()


def posts_of_many(
    session: Session, person_ids: Collection[int], on: date
) -> dict[int, tuple[tuple[str, str], ...]]:
    """Return the posts (role, unit) of some people on a day, by unit and role; whoever holds none, or left, is left out."""
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for person_id, role, unit in session.connection().execute(_POSTS, {"people": list(person_ids), "on": on}):
        found[person_id] = (*found.get(person_id, ()), (role, unit))
    return found


_POSTS = (
    select_columns(col(HoldingRow.person_id), col(PostRow.role), col(PostRow.unit))
    .join(PostRow, col(HoldingRow.post_id) == col(PostRow.id))
    .join(PersonRow, col(HoldingRow.person_id) == col(PersonRow.id))
    .where(col(HoldingRow.person_id).in_(bindparam("people", expanding=True)))
    .where(col(PersonRow.active).is_(True), _in_force(bindparam("on", type_=Date)))
    .order_by(col(PostRow.unit), col(PostRow.role), col(HoldingRow.id))
)


def posts_held(session: Session, person_id: int, on: date) -> tuple[tuple[str, str], ...]:
    """Return the posts (role, unit) that somebody who did not leave holds on a day."""
    session.flush()
    return posts_of_many(session, [person_id], on).get(person_id, ())


# ------------------------------------------------------------------ addresses


def normalise_address(address: str) -> str:
    """Return an address as the books keep it: trimmed, in lower case."""
    return address.strip().lower()


def find_person_by_email(session: Session, address: str) -> PersonRow | None:
    """Find whose an address is, unless it was revoked.

    A person who left is found too (`active` is false, `posts_of` is empty): former
    holders get a neutral message, where unknown senders get none.
    """
    return _by_address(session, normalise_address(address)).first()


@question
def _by_address(address: str) -> SelectOfScalar[PersonRow]:
    return (
        select(PersonRow)
        .join(ChannelRow, col(ChannelRow.person_id) == col(PersonRow.id))
        .where(
            col(ChannelRow.kind) == ChannelKind.EMAIL,
            col(ChannelRow.value) == address,
            col(ChannelRow.state) != ChannelState.REVOKED,
        )
    )


def find_external_contact(session: Session, address: str, on: date) -> ExternalContactRow | None:
    """Find the contact outside the Programme whose address this is on a day."""
    return session.exec(
        select(ExternalContactRow)
        .where(
            col(ExternalContactRow.email) == normalise_address(address),
            or_(col(ExternalContactRow.from_on).is_(None), col(ExternalContactRow.from_on) <= on),
            or_(col(ExternalContactRow.to_on).is_(None), col(ExternalContactRow.to_on) >= on),
        )
        .order_by(col(ExternalContactRow.id))
    ).first()


def external_contacts(session: Session, organisation: str, on: date) -> list[ExternalContactRow]:
    """Return the contacts of an organisation (PS, CCTE, CT, DTE) on a day."""
    return list(
        session.exec(
            select(ExternalContactRow)
            .where(
                col(ExternalContactRow.organisation) == organisation,
                or_(col(ExternalContactRow.from_on).is_(None), col(ExternalContactRow.from_on) <= on),
                or_(col(ExternalContactRow.to_on).is_(None), col(ExternalContactRow.to_on) >= on),
            )
            .order_by(col(ExternalContactRow.id))
        ).all()
    )


def active_email(session: Session, person_id: int | None) -> str:
    """Return the address at which a person can be reached; empty when there is none.

    An address that bounces is better than none, since it may have mended itself.
    """
    found = _addresses_of(session, person_id).all()
    working = [channel for channel in found if channel.state == ChannelState.ACTIVE] or list(found)
    return working[0].value if working else ""


@question
def _addresses_of(person_id: int | None) -> SelectOfScalar[ChannelRow]:
    return (
        select(ChannelRow)
        .where(
            col(ChannelRow.person_id) == person_id,
            col(ChannelRow.kind) == ChannelKind.EMAIL,
            col(ChannelRow.state) != ChannelState.REVOKED,
        )
        .order_by(col(ChannelRow.id))
    )


def addresses_for(session: Session, role: str, unit: str, on: date) -> list[str]:
    """Return the addresses of those who act for a post on a day, each once."""
    addresses = (
        active_email(session, person.id)
        for person, _ in holders(session, role, unit, on)
        if person.id is not None
    )
    return list(dict.fromkeys(address for address in addresses if address))


# ------------------------------------------------------------------ one-time codes

CODE_DIGITS = 6
CODE_ATTEMPTS = 5
"""Wrong attempts after which a code is void."""


def draw_code() -> str:
    """Draw a code from the system's own randomness."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def _code_hash(key: bytes, person_id: int, code: str) -> str:
    """Hash a code with the office's key, bound to its person.

    Six digits are guessed at once from a plain hash; without the key they are not.
    """
    return hmac.new(key, f"{person_id}:{code}".encode(), hashlib.sha256).hexdigest()


def _live_codes(person_id: int, now: datetime) -> SelectOfScalar[CodeRow]:
    """Select the codes of a person that can still be used."""
    return select(CodeRow).where(
        col(CodeRow.person_id) == person_id,
        col(CodeRow.used_at).is_(None),
        col(CodeRow.expires_at) > now,
        col(CodeRow.attempts) < CODE_ATTEMPTS,
    )


def issue_code(
    session: Session,
    *,
    key: bytes,
    person_id: int,
    case_id: int | None,
    act: str,
    unit: str,
    subject_key: str,
    now: datetime,
    ttl: timedelta,
    draw: Callable[[], str] = draw_code,
) -> str:
    """Issue a one-time code for one act of one person, and keep only its keyed hash.

    `subject_key` says what exactly was shown (a version, a digest): whoever takes the
    code compares it with what stands now. No two live codes of a person are equal, so
    a reply needs to say nothing but the code.
    """
    live = {row.code_hash for row in session.exec(_live_codes(person_id, now))}
    code = draw()
    while _code_hash(key, person_id, code) in live:
        code = draw()
    session.add(
        CodeRow(
            code_hash=_code_hash(key, person_id, code),
            person_id=person_id,
            case_id=case_id,
            act=act,
            unit=unit,
            subject_key=subject_key,
            issued_at=now,
            expires_at=now + ttl,
        )
    )
    session.flush()
    return code


def use_code(
    session: Session,
    code: str,
    *,
    key: bytes,
    person_id: int,
    now: datetime,
    act: str | None = None,
    unit: str | None = None,
) -> CodeRow | None:
    """Use up a code and return what it was issued for; None when it is no good.

    Wrong, expired, used and void codes are told apart by nobody: all give None. A code
    that was never this person's counts as a wrong attempt against every live code it
    might have been (those of `act` and `unit` when named, else all of the person), and
    at the fifth they are void. An old code typed again is a slip, not a guess, and
    counts for nothing. The caller commits in either case, or attempts are not counted.
    """
    wanted = _code_hash(key, person_id, code.strip())
    candidates = _live_codes(person_id, now)
    if act is not None:
        candidates = candidates.where(col(CodeRow.act) == act)
    if unit is not None:
        candidates = candidates.where(col(CodeRow.unit) == unit)
    live = list(session.exec(candidates))
    found = [row for row in live if hmac.compare_digest(row.code_hash, wanted)]
    if found:
        # One conditional UPDATE decides who used it, should two replies arrive at once.
        claim = (
            update(CodeRow)
            .where(col(CodeRow.id) == found[0].id, col(CodeRow.used_at).is_(None))
            .values(used_at=now)
        )
        won = session.exec(claim).rowcount == 1
        session.refresh(found[0])
        return found[0] if won else None
    known = select(CodeRow.id).where(col(CodeRow.person_id) == person_id, col(CodeRow.code_hash) == wanted)
    if session.exec(known).first() is None:
        for row in live:
            row.attempts += 1
            session.add(row)
        session.flush()
    return None


def has_live_code(
    session: Session,
    *,
    person_id: int,
    case_id: int | None,
    act: str,
    unit: str,
    subject_key: str,
    now: datetime,
) -> bool:
    """Tell whether somebody holds a code for an act on this very matter that can still be used."""
    wanted = _live_codes(person_id, now).where(
        col(CodeRow.case_id) == case_id,
        col(CodeRow.act) == act,
        col(CodeRow.unit) == unit,
        col(CodeRow.subject_key) == subject_key,
    )
    return session.exec(wanted.limit(1)).first() is not None


def has_live_act(
    session: Session, *, case_id: int | None, act: str, unit: str, subject_key: str, now: datetime
) -> bool:
    """Tell whether anybody holds a code for an act on this very matter that can still be used."""
    wanted = select(CodeRow.id).where(
        col(CodeRow.case_id) == case_id,
        col(CodeRow.act) == act,
        col(CodeRow.unit) == unit,
        col(CodeRow.subject_key) == subject_key,
        col(CodeRow.used_at).is_(None),
        col(CodeRow.expires_at) > now,
        col(CodeRow.attempts) < CODE_ATTEMPTS,
    )
    return session.exec(wanted.limit(1)).first() is not None


def count_codes(session: Session, *, case_id: int | None, act: str, unit: str) -> int:
    """Return how many codes were ever issued for an act."""
    wanted = select(func.count()).where(
        col(CodeRow.case_id) == case_id, col(CodeRow.act) == act, col(CodeRow.unit) == unit
    )
    return int(session.exec(wanted).one())


def void_codes(session: Session, *, case_id: int, act: str, unit: str, now: datetime) -> int:
    """End every unused code for an act that needs none any more; return how many."""
    ended = (
        update(CodeRow)
        .where(
            col(CodeRow.case_id) == case_id,
            col(CodeRow.act) == act,
            col(CodeRow.unit) == unit,
            col(CodeRow.used_at).is_(None),
            col(CodeRow.expires_at) > now,
        )
        .values(expires_at=now)
    )
    return session.exec(ended).rowcount


def live_codes(session: Session, person_id: int, now: datetime) -> list[CodeRow]:
    """Return the codes of a person that can still be used."""
    return list(session.exec(_live_codes(person_id, now)))


def end_code(session: Session, code: CodeRow, now: datetime) -> None:
    """End a code that its person may use no more."""
    code.expires_at = now
    session.add(code)


# ------------------------------------------------------------------ changes of a post


def find_post(session: Session, role: str, unit: str) -> PostRow | None:
    """Find a post."""
    return session.exec(select(PostRow).where(col(PostRow.role) == role, col(PostRow.unit) == unit)).first()


def ever_holders(session: Session, role: str, unit: str) -> list[int]:
    """Return everybody who holds or held a post in whatever quality."""
    found = session.exec(
        select(HoldingRow.person_id)
        .join(PostRow, col(HoldingRow.post_id) == col(PostRow.id))
        .where(col(PostRow.role) == role, col(PostRow.unit) == unit)
        .order_by(col(HoldingRow.id))
    )
    return list(dict.fromkeys(found))


def add_holding(session: Session, row: HoldingRow) -> HoldingRow:
    """Appoint somebody to a post."""
    session.add(row)
    session.flush()
    return row


def end_holdings(session: Session, post_id: int, *, last_on: date) -> int:
    """Let the titulares and encargados of a post hold it no longer than a day; return how many that ended."""
    rows = session.exec(
        select(HoldingRow).where(
            col(HoldingRow.post_id) == post_id,
            col(HoldingRow.kind) != HoldingKind.SUPLENTE,
            or_(col(HoldingRow.to_on).is_(None), col(HoldingRow.to_on) > last_on),
        )
    ).all()
    for row in rows:
        row.to_on = last_on
        session.add(row)
    session.flush()
    return len(rows)


# ------------------------------------------------------------------ what intake asks


def get_person(session: Session, person_id: int) -> PersonRow:
    """Return a person.

    Raises:
        NotInBooks: there is none with that id.
    """
    row = session.get(PersonRow, person_id)
    if row is None:
        raise NotInBooks("person", person_id)
    return row


def find_person(session: Session, key: str) -> PersonRow | None:
    """Find a person by the directory's own key."""
    return session.exec(select(PersonRow).where(col(PersonRow.key) == key)).first()


def known_addresses(session: Session) -> frozenset[str]:
    """Return every address of the staff that was not revoked: whose files may be opened."""
    rows = session.exec(
        select(ChannelRow.value).where(
            col(ChannelRow.kind) == ChannelKind.EMAIL, col(ChannelRow.state) != ChannelState.REVOKED
        )
    )
    return frozenset(rows)


def bouncing_addresses(session: Session) -> frozenset[str]:
    """Return the addresses that send letters back."""
    wanted = select(ChannelRow.value).where(
        col(ChannelRow.kind) == ChannelKind.EMAIL, col(ChannelRow.state) == ChannelState.BOUNCING
    )
    return frozenset(session.exec(wanted))


def mark_bouncing(session: Session, address: str) -> None:
    """Note that an address sends letters back; it stays, for nobody knows a better one."""
    row = session.exec(
        select(ChannelRow).where(
            col(ChannelRow.kind) == ChannelKind.EMAIL, col(ChannelRow.value) == normalise_address(address)
        )
    ).first()
    if row is not None and row.state is ChannelState.ACTIVE:
        row.state = ChannelState.BOUNCING
        session.add(row)
