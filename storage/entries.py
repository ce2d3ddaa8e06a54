"""Entries: everything that reached the desk, stamped with a folio before anybody interprets it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import JSON, Column, Index, Integer, UniqueConstraint, bindparam, func, insert, update
from sqlalchemy import select as select_columns
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.database import write_later
from storage.errors import NotInBooks
from storage.rows import question, words


class EntryChannel(StrEnum):
    """Where an entry came from."""

    MAIL = "mail"
    CHAT = "chat"
    COMMAND = "command"
    TIMER = "timer"


class EntryState(StrEnum):
    """What became of an entry."""

    RECORDED = "recorded"
    UNDERSTOOD = "understood"
    APPLIED = "applied"
    QUARANTINED = "quarantined"
    UNCLASSIFIED = "unclassified"
    REPEATED = "repeated"


class EntryRow(SQLModel, table=True):
    """One entry. Its original lies in the blobs, byte for byte."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("channel", "external_id", name="uq_entry_channel_external_id"),
        Index("ix_entry_state_id", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    folio: str = Field(max_length=32, unique=True)
    channel: EntryChannel = Field(sa_type=words(EntryChannel))
    # Mail: sha256 of Message-ID and body. The server's place is kept apart, for it changes with UIDVALIDITY.
    external_id: str = Field(max_length=160)
    place: str = Field(default="", max_length=160, description="mailbox/uidvalidity/uid", index=True)
    received_at: datetime = Field(description="the server's time (INTERNALDATE), never the Date header")
    recorded_at: datetime
    blob_sha256: str = Field(max_length=64)
    size: int
    state: EntryState = Field(default=EntryState.RECORDED, sa_type=words(EntryState))
    # What understanding found; empty until then.
    kind: str = Field(
        default="", max_length=32, description="class of the mail: normal, bounce, auto_reply ..."
    )
    sender: str = Field(default="", max_length=254)
    subject: str = Field(default="", max_length=998)
    message_id: str = Field(default="", max_length=998)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    case_id: int | None = Field(default=None, foreign_key="case_file.id", index=True)
    unit: str = Field(default="", max_length=64)
    reason: str = Field(default="", max_length=500, description="why it was quarantined or left unclassified")
    attempts: int = 0
    # The reading of the mail (headers, text, attachments by hash), so that nothing is parsed twice.
    reading: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class AttachmentRow(SQLModel, table=True):
    """A file that came with an entry; the bytes lie in the blobs."""

    __tablename__ = "attachment"

    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", index=True)
    name: str = Field(max_length=255)
    media_type: str = Field(max_length=127)
    size: int
    sha256: str = Field(max_length=64, index=True)


def get_entry(session: Session, entry_id: int) -> EntryRow:
    """Return an entry.

    Raises:
        NotInBooks: there is none with that id.
    """
    row = session.get(EntryRow, entry_id)
    if row is None:
        raise NotInBooks("entry", entry_id)
    return row


def get_entries(session: Session, entry_ids: Collection[int]) -> list[EntryRow]:
    """Return some entries."""
    return list(session.exec(select(EntryRow).where(col(EntryRow.id).in_(entry_ids))))


def find_entry(session: Session, folio: str) -> EntryRow | None:
    """Find an entry by its folio."""
    return session.exec(select(EntryRow).where(col(EntryRow.folio) == folio)).first()


def known_places(session: Session, places: Sequence[str]) -> set[str]:
    """Return those of the places on the mail server whose mail is recorded."""
    return set(session.exec(select(EntryRow.place).where(col(EntryRow.place).in_(places))))


def record(
    session: Session,
    *,
    channel: EntryChannel,
    external_id: str,
    place: str,
    received_at: datetime,
    recorded_at: datetime,
    blob_sha256: str,
    size: int,
    folio: Callable[[], str],
) -> tuple[EntryRow, bool]:
    """Record an entry once; tell whether it was there already. The folio is drawn only for a new one.

    An entry that comes again keeps its row and its folio, and the newest place where it
    lies, so that it is known there too.
    """
    row = _known(session, channel, external_id).first()
    if row is None:
        try:
            # Two pollers may see the same mail at once; who loses gives back the folio, and nothing else.
            with session.begin_nested():
                row = EntryRow(
                    folio=folio(),
                    channel=channel,
                    external_id=external_id,
                    place=place,
                    received_at=received_at,
                    recorded_at=recorded_at,
                    blob_sha256=blob_sha256,
                    size=size,
                )
                session.add(row)
        except IntegrityError:
            row = _known(session, channel, external_id).first()
            if row is None:
                raise
        else:
            return row, False
    row.place = place
    session.add(row)
    return row, True


@question
def _known(channel: EntryChannel, external_id: str) -> SelectOfScalar[EntryRow]:
    return select(EntryRow).where(col(EntryRow.channel) == channel, col(EntryRow.external_id) == external_id)


class NewEntry(NamedTuple):
    """An entry that is about to be recorded, as plain values."""

    channel: EntryChannel
    external_id: str
    received_at: datetime
    recorded_at: datetime
    blob_sha256: str
    size: int
    sender: str


class Recorded(NamedTuple):
    """What an entry is called in the books, and whether it was there already."""

    id: int
    folio: str
    blob_sha256: str
    repeated: bool


_ENTRIES = SQLModel.metadata.tables["entry"]
_RECORD = _ENTRIES.insert().returning(_ENTRIES.columns.id, sort_by_parameter_order=True)
_KNOWN = select_columns(
    _ENTRIES.columns.external_id, _ENTRIES.columns.id, _ENTRIES.columns.folio, _ENTRIES.columns.blob_sha256
).where(
    _ENTRIES.columns.channel == bindparam("of_channel"),
    _ENTRIES.columns.external_id.in_(bindparam("wanted", expanding=True)),
)
_UNREAD = {
    "place": "",
    "state": EntryState.RECORDED,
    "kind": "",
    "subject": "",
    "message_id": "",
    "unit": "",
    "reason": "",
    "attempts": 0,
    "reading": {},
}


def record_many(
    session: Session, new: Sequence[NewEntry], *, folios: Callable[[int], Sequence[str]]
) -> list[Recorded]:
    """Record entries of one channel once each, as `record` does, asking the books and drawing the folios together.

    Should another poller record one of them at the same moment, the whole transaction
    fails, and the server, which was told nothing, hands them over again.
    """
    if not new:
        return []
    values = {"of_channel": new[0].channel, "wanted": [entry.external_id for entry in new]}
    known = {
        external_id: Recorded(number, folio, digest, repeated=True)
        for external_id, number, folio, digest in session.connection().execute(_KNOWN, values)
    }
    fresh = {entry.external_id: entry for entry in new if entry.external_id not in known}
    drawn = list(folios(len(fresh))) if fresh else []
    rows = [
        {**_UNREAD, **entry._asdict(), "folio": folio}
        for folio, entry in zip(drawn, fresh.values(), strict=True)
    ]
    numbers = session.connection().execute(_RECORD, rows).scalars() if rows else ()
    first_time = {
        entry.external_id: Recorded(number, folio, entry.blob_sha256, repeated=False)
        for number, folio, entry in zip(numbers, drawn, fresh.values(), strict=True)
    }
    found = []
    for entry in new:
        name = entry.external_id
        if name not in known:
            known[name] = first_time[name]._replace(repeated=True)
            found.append(first_time[name])
        else:
            found.append(known[name])
    return found


def mark_applied(session: Session, entry: EntryRow, *, kind: str, person_id: int | None) -> None:
    """Note that an entry did what it means, of what kind and whose it was, with others before the commit."""
    set_committed_value(entry, "state", EntryState.APPLIED)
    set_committed_value(entry, "kind", kind)
    set_committed_value(entry, "person_id", person_id)
    write_later(session, _APPLIED, {"entry": entry.id, "of_kind": kind, "person": person_id})


_APPLIED = (
    update(EntryRow)
    .where(col(EntryRow.id) == bindparam("entry"))
    .values(state=EntryState.APPLIED, kind=bindparam("of_kind"), person_id=bindparam("person"))
)


def load_entries(session: Session, entry_ids: Sequence[int]) -> list[EntryRow]:
    """Return some entries, so that each is at hand when it is asked for by itself."""
    return list(_by_number(session, entry_ids))


@question
def _by_number(numbers: Sequence[int]) -> SelectOfScalar[EntryRow]:
    return select(EntryRow).where(col(EntryRow.id).in_(numbers))


class Pending(NamedTuple):
    """An entry that waits to be read, as far as somebody has to know it before."""

    id: int
    folio: str
    external_id: str
    sender: str
    blob_sha256: str


def pending(session: Session, *, limit: int, channel: EntryChannel = EntryChannel.MAIL) -> list[Pending]:
    """Return the entries of a channel that wait to be read, in the order of arrival."""
    session.flush()
    rows = session.connection().execute(_PENDING, {"of_channel": channel, "most": limit})
    return [Pending._make(row) for row in rows]


_PENDING = (
    select_columns(*(_ENTRIES.columns[name] for name in Pending._fields))
    .where(_ENTRIES.columns.state == EntryState.RECORDED, _ENTRIES.columns.channel == bindparam("of_channel"))
    .order_by(_ENTRIES.columns.id)
    .limit(bindparam("most", type_=Integer))
)


def tray(session: Session) -> list[EntryRow]:
    """Return what waits for a person: unclassified entries and quarantined ones."""
    waiting = [EntryState.UNCLASSIFIED, EntryState.QUARANTINED]
    return list(
        session.exec(select(EntryRow).where(col(EntryRow.state).in_(waiting)).order_by(col(EntryRow.id)))
    )


def add_attachments(session: Session, entry_id: int | None, files: Sequence[Mapping[str, object]]) -> None:
    """Note the files that came with an entry: name, media_type, size and sha256 of each."""
    if files:
        session.connection().execute(_ATTACH, [{**file, "entry_id": entry_id} for file in files])


_ATTACH = insert(AttachmentRow)


def attachments_of(session: Session, entry_id: int) -> list[AttachmentRow]:
    """Return the files that came with an entry."""
    return list(session.exec(select(AttachmentRow).where(col(AttachmentRow.entry_id) == entry_id)))


def count_entries(
    session: Session, state: EntryState | None = None, *, channel: EntryChannel | None = None
) -> int:
    """Return how many entries there are: in one state or in all, of one channel or of all."""
    wanted = select(func.count()).select_from(EntryRow)
    if state is not None:
        wanted = wanted.where(col(EntryRow.state) == state)
    if channel is not None:
        wanted = wanted.where(col(EntryRow.channel) == channel)
    return int(session.exec(wanted).one())
