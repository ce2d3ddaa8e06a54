"""Chats: who is behind an account, where its dialogue stands, link codes, and buttons that wait to be pressed."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, bindparam, func, insert, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.database import write_later
from storage.people import ChannelState
from storage.rows import insert_for, question, words


class ChatKind(StrEnum):
    """Who is at the other end."""

    PRIVATE = "private"
    GROUP = "group"


class ChatRow(SQLModel, table=True):
    """One conversation (SesionTelegram, ledger 4.8): the account, whose it is, and where its dialogue stands.

    It is kept after the link is ended, for what was said belongs to somebody.
    """

    __tablename__ = "chat"

    # Telegram's ids need 52 bits; that of a private chat is its user's.
    chat_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: ChatKind = Field(default=ChatKind.PRIVATE, sa_type=words(ChatKind))
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    volunteer_id: int | None = Field(default=None, foreign_key="volunteer.id", index=True)
    # bouncing: the account blocked the bot or is no more; revoked: the link was ended.
    state: ChannelState = Field(default=ChannelState.ACTIVE, sa_type=words(ChannelState))
    linked_at: datetime | None = None
    revoked_at: datetime | None = None
    # The question that waits for an answer, and what was answered so far.
    dialogue: str = Field(default="", max_length=32)
    answers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    last_update_id: int = Field(default=0, sa_type=BigInteger)
    failures: int = Field(default=0, description="wrong codes since the last right one")
    locked_until: datetime | None = None
    # System time, as all measuring of pace.
    paced_from: datetime | None = None
    paced: int = Field(default=0, description="messages since then")
    joins: int = Field(default=0, description="how often the bot was added to this group")
    menu: str = Field(default="", max_length=16, description="digest of the commands that its menu names")


class LinkCodeRow(SQLModel, table=True):
    """A code that ties an account to somebody (CodigoVinculacion, ledger 4.8). Only its keyed hash is kept."""

    __tablename__ = "link_code"

    id: int | None = Field(default=None, primary_key=True)
    code_hash: str = Field(max_length=64, unique=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    volunteer_id: int | None = Field(default=None, foreign_key="volunteer.id", index=True)
    issued_by: int | None = Field(default=None, foreign_key="person.id")
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_by: int | None = Field(default=None, sa_type=BigInteger, description="the chat that used it")


class ButtonRow(SQLModel, table=True):
    """A button under a message: an opaque token, for one chat and one use; what it does stays here."""

    __tablename__ = "chat_button"
    __table_args__ = (Index("ix_chat_button_sheet", "chat_id", "sheet"),)

    token: str = Field(primary_key=True, max_length=32)
    chat_id: int = Field(sa_column=Column(BigInteger, ForeignKey("chat.chat_id"), nullable=False))
    sheet: str = Field(max_length=64, description="the buttons of one message: one is pressed, all are spent")
    act: str = Field(max_length=32)
    value: str = Field(default="", max_length=200)
    expires_at: datetime
    used_at: datetime | None = None


# ------------------------------------------------------------------ conversations


_HELD = "storage.chats.held"


def hold_chats(session: Session, chat_ids: Collection[int]) -> list[ChatRow]:
    """Hold those conversations that are in the books until the transaction ends, all at once and in one order."""
    rows = list(_hold(session, list(chat_ids)))
    # The rows are kept at hand with their ids: what nobody refers to, the session forgets.
    session.info.setdefault(_HELD, {}).update({row.chat_id: row for row in rows})
    return rows


@question
def _hold(chat_ids: Collection[int]) -> SelectOfScalar[ChatRow]:
    wanted = select(ChatRow).where(col(ChatRow.chat_id).in_(chat_ids)).order_by(col(ChatRow.chat_id))
    return wanted.with_for_update().execution_options(populate_existing=True)


def open_chat(session: Session, chat_id: int, kind: ChatKind = ChatKind.PRIVATE) -> ChatRow:
    """Return a conversation, held until the transaction ends; a new one is written down."""
    held: dict[int, ChatRow] = session.info.setdefault(_HELD, {})
    if chat_id in held:
        # Read anew it would lose what waits to be written (`mark_heard`).
        return held[chat_id]
    new = insert_for(session, ChatRow).values(chat_id=chat_id, kind=kind, **_NEW)
    session.connection().execute(new.on_conflict_do_nothing())
    wanted = select(ChatRow).where(col(ChatRow.chat_id) == chat_id)
    row = session.exec(wanted.with_for_update().execution_options(populate_existing=True)).one()
    held[chat_id] = row
    return row


_NEW: Mapping[str, object] = {
    "state": ChannelState.ACTIVE,
    "dialogue": "",
    "answers": {},
    "last_update_id": 0,
    "failures": 0,
    "paced": 0,
    "joins": 0,
    "menu": "",
}


def mark_heard(
    session: Session, chat: ChatRow, *, update_id: int, paced_from: datetime | None, paced: int
) -> None:
    """Note the last update of a conversation and the pace of its messages, with those of others before the commit."""
    set_committed_value(chat, "last_update_id", update_id)
    set_committed_value(chat, "paced_from", paced_from)
    set_committed_value(chat, "paced", paced)
    write_later(
        session,
        _HEARD,
        {"chat": chat.chat_id, "number": update_id, "since": paced_from, "count": paced},
    )


_HEARD = (
    update(ChatRow)
    .where(col(ChatRow.chat_id) == bindparam("chat"))
    .values(last_update_id=bindparam("number"), paced_from=bindparam("since"), paced=bindparam("count"))
)


def find_chat(session: Session, chat_id: int) -> ChatRow | None:
    """Find a conversation."""
    return session.get(ChatRow, chat_id)


def chat_of_person(session: Session, person_id: int | None) -> ChatRow | None:
    """Find the conversation that is linked with a person and can be written to."""
    return session.exec(
        select(ChatRow).where(
            col(ChatRow.person_id) == person_id,
            col(ChatRow.linked_at).is_not(None),
            col(ChatRow.state) == ChannelState.ACTIVE,
        )
    ).first()


def chats_of_persons(session: Session, person_ids: Iterable[int]) -> dict[int, int]:
    """Return the chats of those of some people who can be written to, by person."""
    rows = session.exec(
        select(ChatRow.person_id, ChatRow.chat_id).where(
            col(ChatRow.person_id).in_(set(person_ids)),
            col(ChatRow.linked_at).is_not(None),
            col(ChatRow.state) == ChannelState.ACTIVE,
        )
    )
    return {person_id: chat_id for person_id, chat_id in rows if person_id is not None}


def chat_of_volunteer(session: Session, volunteer_id: int | None) -> ChatRow | None:
    """Find the conversation that is linked with a volunteer, whether or not it can be written to."""
    return session.exec(
        select(ChatRow).where(col(ChatRow.volunteer_id) == volunteer_id, col(ChatRow.linked_at).is_not(None))
    ).first()


def linked_volunteers(session: Session, volunteer_ids: Sequence[int]) -> set[int]:
    """Return those of some volunteers whose account can be written to."""
    found: set[int] = set()
    for start in range(0, len(volunteer_ids), _CHUNK):
        rows = session.exec(
            select(ChatRow.volunteer_id).where(
                col(ChatRow.volunteer_id).in_(volunteer_ids[start : start + _CHUNK]),
                col(ChatRow.linked_at).is_not(None),
                col(ChatRow.state) == ChannelState.ACTIVE,
            )
        )
        found.update(number for number in rows if number is not None)
    return found


_CHUNK = 400


def count_linked(session: Session) -> int:
    """Return how many accounts are tied to somebody."""
    wanted = select(func.count()).select_from(ChatRow).where(col(ChatRow.linked_at).is_not(None))
    return int(session.exec(wanted).one())


def link_person(session: Session, chat: ChatRow, person_id: int, now: datetime) -> list[ChatRow]:
    """Tie an account to a person; other accounts of the person are ended and returned."""
    return _link(session, chat, now, person_id=person_id)


def link_volunteer(session: Session, chat: ChatRow, volunteer_id: int, now: datetime) -> list[ChatRow]:
    """Tie an account to a volunteer; other accounts of hers or his are ended and returned."""
    return _link(session, chat, now, volunteer_id=volunteer_id)


def _link(
    session: Session,
    chat: ChatRow,
    now: datetime,
    *,
    person_id: int | None = None,
    volunteer_id: int | None = None,
) -> list[ChatRow]:
    whose = (
        col(ChatRow.person_id) == person_id
        if volunteer_id is None
        else col(ChatRow.volunteer_id) == volunteer_id
    )
    others = session.exec(
        select(ChatRow).where(
            whose, col(ChatRow.chat_id) != chat.chat_id, col(ChatRow.linked_at).is_not(None)
        )
    ).all()
    for other in others:
        unlink(session, other, now)
    chat.person_id, chat.volunteer_id = person_id, volunteer_id
    chat.linked_at, chat.revoked_at = now, None
    chat.state = ChannelState.ACTIVE
    chat.failures, chat.locked_until = 0, None
    session.add(chat)
    return list(others)


def unlink(session: Session, chat: ChatRow, now: datetime) -> None:
    """End the link of an account; whose it was stays in the journal."""
    chat.person_id = chat.volunteer_id = chat.linked_at = None
    chat.state, chat.revoked_at = ChannelState.REVOKED, now
    chat.dialogue, chat.answers = "", {}
    session.add(chat)


def mark_reachable(session: Session, chat_id: int, *, reachable: bool) -> bool:
    """Note whether an account takes messages; tell whether that is news."""
    chat = session.get(ChatRow, chat_id)
    if chat is None or chat.state is ChannelState.REVOKED:
        return False
    state = ChannelState.ACTIVE if reachable else ChannelState.BOUNCING
    changed = chat.state is not state
    chat.state = state
    session.add(chat)
    return changed


# ------------------------------------------------------------------ link codes

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without 0, O, 1, I and L, which are misread from paper."""


def draw_link_code() -> str:
    """Draw a link code, XXXX-XXXX."""
    letters = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def normalise_link_code(text: str) -> str:
    """Return a code as it was issued, however it was typed; empty when it cannot be one.

    >>> normalise_link_code(" ab3d efgh"), normalise_link_code("hola")
    ('AB3D-EFGH', '')
    """
    plain = "".join(text.split()).replace("-", "").upper()
    if len(plain) != 8 or not set(plain) <= set(ALPHABET):
        return ""
    return f"{plain[:4]}-{plain[4:]}"


def _link_hash(key: bytes, code: str) -> str:
    return hmac.new(key, f"link:{code}".encode(), hashlib.sha256).hexdigest()


def issue_link_code(
    session: Session,
    *,
    key: bytes,
    person_id: int | None = None,
    volunteer_id: int | None = None,
    issued_by: int | None,
    now: datetime,
    ttl: timedelta,
    draw: Callable[[], str] = draw_link_code,
) -> str:
    """Issue a link code for a person or a volunteer; an earlier one that was not used is no good any more."""
    void_link_codes(session, person_id=person_id, volunteer_id=volunteer_id, now=now)
    code = draw()
    session.add(
        LinkCodeRow(
            code_hash=_link_hash(key, code),
            person_id=person_id,
            volunteer_id=volunteer_id,
            issued_by=issued_by,
            issued_at=now,
            expires_at=now + ttl,
        )
    )
    session.flush()
    return code


def void_link_codes(
    session: Session, *, person_id: int | None = None, volunteer_id: int | None = None, now: datetime
) -> bool:
    """Make the codes that somebody has no good any more, presented or not; tell whether there were any."""
    whose = (
        col(LinkCodeRow.person_id) == person_id
        if volunteer_id is None
        else col(LinkCodeRow.volunteer_id) == volunteer_id
    )
    void = update(LinkCodeRow).where(whose, col(LinkCodeRow.expires_at) > now).values(expires_at=now)
    return session.exec(void).rowcount > 0


def is_presented(session: Session, volunteer_id: int, *, chat_id: int, now: datetime) -> bool:
    """Tell whether a chat presented a code of a volunteer that is still good."""
    wanted = select(LinkCodeRow.id).where(
        col(LinkCodeRow.volunteer_id) == volunteer_id,
        col(LinkCodeRow.used_by) == chat_id,
        col(LinkCodeRow.expires_at) > now,
    )
    return session.exec(wanted).first() is not None


def claim_link_code(
    session: Session, code: str, *, key: bytes, chat_id: int, now: datetime
) -> LinkCodeRow | None:
    """Use up a link code; None when it is wrong, used or expired, which nobody is told apart."""
    row = session.exec(select(LinkCodeRow).where(col(LinkCodeRow.code_hash) == _link_hash(key, code))).first()
    if row is None:
        return None
    # One conditional UPDATE decides, should two accounts send it at once.
    claim = (
        update(LinkCodeRow)
        .where(
            col(LinkCodeRow.id) == row.id,
            col(LinkCodeRow.used_at).is_(None),
            col(LinkCodeRow.expires_at) > now,
        )
        .values(used_at=now, used_by=chat_id)
    )
    won = session.exec(claim).rowcount == 1
    session.refresh(row)
    return row if won else None


# ------------------------------------------------------------------ buttons


def offer_button(
    session: Session, *, chat_id: int, sheet: str, act: str, value: str, expires_at: datetime
) -> str:
    """Put a button under a message, with others before the commit, and return its token."""
    token = secrets.token_urlsafe(12)
    button = {"token": token, "chat_id": chat_id, "sheet": sheet, "act": act, "value": value}
    write_later(session, _PUT, {**button, "expires_at": expires_at})
    return token


def button_token(key: bytes, letter: str, act: str) -> str:
    """Return what a button of a letter in bulk carries: worked out from the letter's key, and guessed by nobody.

    So that thousands of letters have one text, into which each one's tokens are put when it leaves.
    """
    digest = hmac.new(key, f"button:{letter}|{act}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


def put_buttons(session: Session, buttons: Sequence[Mapping[str, object]]) -> None:
    """Store the buttons of many messages at once; each brings every column of `ButtonRow` but `used_at`."""
    if buttons:
        session.connection().execute(_PUT, [dict(button) for button in buttons])


_PUT = insert(ButtonRow)


def find_button(session: Session, token: str, *, chat_id: int, now: datetime) -> ButtonRow | None:
    """Find a button that may be pressed; None when it is not this chat's, was spent, or is too old."""
    row = session.get(ButtonRow, token)
    if row is None or row.chat_id != chat_id or row.used_at is not None or row.expires_at <= now:
        return None
    return row


def sheet_of(template: str, version: str) -> str:
    """Return what the buttons of one message have in common."""
    return f"{template}|{version}"[:64]


def neighbour(session: Session, button: ButtonRow, act: str) -> str:
    """Return the token of an unspent button of the same message that does something else; empty when there is none."""
    wanted = select(ButtonRow.token).where(
        col(ButtonRow.chat_id) == button.chat_id,
        col(ButtonRow.sheet) == button.sheet,
        col(ButtonRow.act) == act,
        col(ButtonRow.used_at).is_(None),
    )
    return session.exec(wanted).first() or ""


def spend_button(session: Session, button: ButtonRow, *, now: datetime, but: str = "") -> bool:
    """Spend a button and its neighbours, except those of one act; tell whether it was still to be had."""
    spend = (
        update(ButtonRow)
        .where(
            col(ButtonRow.chat_id) == button.chat_id,
            col(ButtonRow.sheet) == button.sheet,
            col(ButtonRow.act) != but,
            col(ButtonRow.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return session.exec(spend).rowcount > 0
