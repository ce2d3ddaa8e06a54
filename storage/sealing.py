"""Seal the journal: what is committed is linked into the chain, in batches, by one sealer."""

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from storage.journal import JournalRow, SealRow

GENESIS = "0" * 64
HEAD_FILE = "journal.head"
BATCH = 5000
_SEALER_LOCK = 7_800_003


def seal_hash(previous_hash: str, rows: list[tuple[int, str]]) -> str:
    """Return the hash of a seal: the one before, and the id and hash of each row that it covers."""
    digest = hashlib.sha256(previous_hash.encode())
    for number, row_hash in rows:
        digest.update(f"{number}:{row_hash};".encode())
    return digest.hexdigest()


def seal(session: Session, now: datetime, *, limit: int = BATCH) -> SealRow | None:
    """Seal the rows committed since the last seal; None when there are none.

    On PostgreSQL an advisory lock keeps sealers one, and rows are sealed only when no
    transaction that is still running could commit one before them.
    """
    connection = session.connection()
    horizon = None
    if connection.dialect.name == "postgresql":
        if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK}).scalar_one():
            return None
        horizon = _safe_limit(session)
    last = session.exec(select(SealRow).order_by(col(SealRow.id).desc()).limit(1)).first()
    wanted = (
        select(JournalRow.id, JournalRow.row_hash)
        .where(col(JournalRow.id) > (last.last_id if last else 0))
        .order_by(col(JournalRow.id))
        .limit(limit)
    )
    if horizon is not None:
        wanted = wanted.where(col(JournalRow.id) < horizon)
    rows = [(int(number or 0), row_hash) for number, row_hash in session.exec(wanted)]
    if not rows:
        return None
    previous = last.hash if last else GENESIS
    row = SealRow(
        first_id=rows[0][0],
        last_id=rows[-1][0],
        rows=len(rows),
        previous_hash=previous,
        hash=seal_hash(previous, rows),
        sealed_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _safe_limit(session: Session) -> int | None:
    """Return the id before which no running transaction can still commit a row (PostgreSQL).

    The oldest row whose own transaction is not older than every running one is the limit.
    """
    found = session.connection().execute(
        text(
            "SELECT min(id) FROM journal "
            "WHERE xmin::text::bigint >= (pg_snapshot_xmin(pg_current_snapshot())::text::bigint & 4294967295)"
        )
    )
    value: int | None = found.scalar_one()
    return value


def head_of(row: SealRow) -> str:
    """Return the head of the chain as people pass it on: last row, number of the seal, hash."""
    return f"{row.last_id}.{row.id}.{row.hash}"


def write_head(data_dir: Path, row: SealRow) -> None:
    """Write the head beside the books, so that cutting off the tail is seen."""
    path = data_dir / HEAD_FILE
    fresh = path.with_suffix(".new")
    content = json.dumps({"head": head_of(row), "last_id": row.last_id, "seal": row.id, "hash": row.hash})
    with fresh.open("w", encoding="utf-8") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def read_head(data_dir: Path) -> str | None:
    """Read the head beside the books; None when there is none yet."""
    path = data_dir / HEAD_FILE
    if not path.exists():
        return None
    found: str = json.loads(path.read_text(encoding="utf-8"))["head"]
    return found
