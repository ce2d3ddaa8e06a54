"""Seal the journal: what is committed is linked into the chain, in batches, by one sealer."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from storage.database import Store, on_commit
from storage.errors import BooksDisagree
from storage.journal import FLOOR_KEYS, JournalRow, SealRow

GENESIS = "0" * 64
BATCH = 5000
_SEALER_LOCK = 7_800_003


def seal_journal(store: Store, now: datetime, *, limit: int = BATCH) -> int:
    """Seal everything that is committed, a batch a transaction; return how many rows were sealed.

    Raises:
        BooksDisagree: the head beside the books is not in them any more.
    """
    total = 0
    while True:
        with store.transaction() as session:
            made = seal(session, now, limit=limit, head_path=store.head_path)
        if made is None:
            return total
        total += made.rows


def seal(
    session: Session, now: datetime, *, limit: int = BATCH, head_path: Path | None = None
) -> SealRow | None:
    """Seal the rows committed since the last seal; None when there are none.

    Writers never wait for it. On PostgreSQL an advisory lock keeps sealers one, and
    rows are sealed only when no running transaction can still commit one before them.
    Once the seal is durable its head is written to `head_path`, so that cutting off
    the tail of the books is seen; a head that the books no longer hold is never
    written over.
    """
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    if (
        on_postgresql
        and not session.connection()
        .execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK})
        .scalar_one()
    ):
        return None
    last = session.exec(select(SealRow).order_by(col(SealRow.id).desc()).limit(1)).first()
    if head_path is not None:
        _hold_to_head(session, head_path, last)
    wanted = (
        select(JournalRow.id, JournalRow.row_hash)
        .where(col(JournalRow.id) > (last.last_id if last else 0))
        .order_by(col(JournalRow.id))
        .limit(limit)
    )
    if on_postgresql:
        wanted = wanted.where(col(JournalRow.id) <= _settled_up_to(session))
    rows = [(int(number or 0), row_hash) for number, row_hash in session.exec(wanted)]
    if not rows:
        return None
    # A seal covers every id since the one before, so that nothing can be slipped in between.
    made = SealRow(
        first_id=last.last_id + 1 if last else 1,
        last_id=rows[-1][0],
        rows=len(rows),
        previous_hash=last.hash if last else GENESIS,
        hash="",
        sealed_at=now,
    )
    made.hash = seal_hash(made, rows)
    session.add(made)
    session.flush()
    if head_path is not None:
        on_commit(session, lambda: write_head(head_path, made))
    return made


def seal_hash(made: SealRow, rows: Iterable[tuple[int, str]]) -> str:
    """Return the hash of a seal: the one before, its own facts, and the id and hash of each row it covers."""
    at = made.sealed_at.astimezone(UTC).isoformat()
    digest = hashlib.sha256(f"{made.previous_hash}|{made.first_id}|{made.last_id}|{made.rows}|{at}|".encode())
    for number, row_hash in rows:
        digest.update(f"{number}:{row_hash};".encode())
    return digest.hexdigest()


def head_of(made: SealRow) -> str:
    """Return the head of the chain as people pass it on: last row, number of the seal, hash."""
    return f"{made.last_id}.{made.id}.{made.hash}"


def latest_head(session: Session) -> str:
    """Return the head of the chain as it was last sealed; empty before the first seal."""
    last = session.exec(select(SealRow).order_by(col(SealRow.id).desc()).limit(1)).first()
    return head_of(last) if last is not None else ""


def write_head(path: Path, made: SealRow) -> None:
    """Write the head beside the books, durably and at once.

    Of two sealers at once the slower may put back an older head; it is in the books
    just as well, and the next seal mends it.
    """
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(
            {"head": head_of(made), "rows_up_to": made.last_id, "sealed_at": made.sealed_at.isoformat()}, file
        )
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    Path(fresh).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_head(path: Path) -> str | None:
    """Read the head beside the books; None when there is none, empty when it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["head"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return ""
    return str(found)


def _hold_to_head(session: Session, path: Path, last: SealRow | None) -> None:
    """Refuse to go on from books that lost what the head says; mend a head that is merely behind."""
    head = read_head(path)
    if head is None or (last is not None and head == head_of(last)):
        if head is None and last is not None:
            on_commit(session, lambda: write_head(path, last))
        return
    number = head.split(".")[1] if head.count(".") == 2 else ""
    known = session.get(SealRow, int(number)) if number.isdigit() else None
    if known is None or last is None or head_of(known) != head:
        message = f"the head in {path.name} ({head or 'unreadable'}) is not in the books"
        raise BooksDisagree(message)
    # The service died between the commit and the writing of the head.
    on_commit(session, lambda: write_head(path, last))


def _settled_up_to(session: Session) -> int:
    """Return the id up to which no running transaction can commit any more (PostgreSQL).

    The order matters: first the last id given, then the floors that running writers
    announced before drawing theirs (storage.journal). Who is not seen yet draws a higher id.
    """
    connection = session.connection()
    given = connection.execute(text("SELECT last_value FROM journal_id_seq")).scalar_one()
    floor = connection.execute(
        text(
            "SELECT min((classid::bigint << 32 | objid::bigint) - :keys) FROM pg_locks"
            " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid::bigint >> 8 = :keys >> 40"
        ),
        {"keys": FLOOR_KEYS},
    ).scalar_one()
    return int(given if floor is None else min(given, floor))
