"""Originals, by their hash: durable before the row that names them, and never changed."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import Protocol, Self, TypeVar

from sqlalchemy import LargeBinary, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select

from storage.database import Store
from storage.errors import NotInBooks
from storage.rows import insert_for

T = TypeVar("T")


class BlobStore(Protocol):
    """Keeps bytes under the SHA-256 of what they are."""

    def put(self, content: bytes) -> str:
        """Keep bytes durably and return their SHA-256, in hexadecimal."""

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Keep several, with as few waits for the disk as possible."""

    def keep(self, session: Session, contents: Sequence[bytes]) -> None:
        """Keep what the rows of a transaction name, durable with the transaction or before it."""

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a hash.

        Raises:
            NotInBooks: nothing is kept under it.
        """

    def get_many(self, session: Session, digests: Collection[str]) -> dict[str, bytes]:
        """Return the bytes of several hashes.

        Raises:
            NotInBooks: nothing is kept under one of them.
        """

    def path_of(self, sha256: str) -> Path:
        """Return a file that holds the bytes of a hash, for a worker to read."""


class FolderBlobs:
    """A folder: blobs/ab/cdef… by the first two digits of the hash.

    With a store beside it, what is small is kept in a table, in the very transaction whose
    rows name it: a message of a chat is not worth a file and two waits for the disk.
    """

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.folder = folder
        self._store = store
        folder.mkdir(parents=True, exist_ok=True)

    def path_of(self, sha256: str) -> Path:
        """Return where the bytes of a hash lie, or would lie."""
        return self.folder / sha256[:2] / sha256[2:]

    def put(self, content: bytes) -> str:
        """Keep bytes durably and return their SHA-256."""
        return self.put_many([content])[0]

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Write all to temporary files, then sync them, rename them, and sync each folder once.

        Written before the first is synced, and synced side by side, they reach the disk together.
        """
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        found = dict(zip(digests, contents, strict=True))
        folders: set[Path] = set()
        for start in range(0, len(found), _TOGETHER):
            with _Drafts() as drafts:
                for digest, content in islice(found.items(), start, start + _TOGETHER):
                    path = self.path_of(digest)
                    if not path.parent.exists():
                        path.parent.mkdir(parents=True, exist_ok=True)
                        folders.add(self.folder)
                    # Also of one that is there: who put it may have been stopped before this.
                    folders.add(path.parent)
                    if not path.exists():
                        drafts.write(path, content)
                drafts.keep()
        _side_by_side(_sync_folder, folders)
        return digests

    def keep(self, session: Session, contents: Sequence[bytes]) -> None:
        """Keep what is small in the session's transaction, and everything else in files before it ends."""
        small = [content for content in contents if self._store is not None and len(content) <= SMALL]
        _insert(session, small)
        self.put_many([content for content in contents if self._store is None or len(content) > SMALL])

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a hash."""
        try:
            return self.path_of(sha256).read_bytes()
        except FileNotFoundError as error:
            if self._store is None:
                raise NotInBooks("original", sha256) from error
        with self._store.reading() as session:
            return _get(session, sha256)

    def get_many(self, session: Session, digests: Collection[str]) -> dict[str, bytes]:
        """Return the bytes of several hashes."""
        found = _find_many(session, digests) if self._store is not None else {}
        return {digest: found[digest] if digest in found else self.get(digest) for digest in digests}


SMALL = 2048
"""Bytes up to which an original is kept in the table."""
_TOGETHER = 64
"""Files that are open at once, of which a process may not have very many."""


_DISK = ThreadPoolExecutor(8, thread_name_prefix="disk")
"""Who waits for the disk: one commit of a journaling file system serves all that wait for it."""


def _side_by_side(sync: Callable[[T], None], things: Collection[T]) -> None:
    """Sync some things at once; when any fails, so does this, once all are over."""
    if len(things) < 2:
        for one in things:
            sync(one)
        return
    waiting = [_DISK.submit(sync, one) for one in things]
    wait(waiting)
    for one_sync in waiting:
        one_sync.result()


class _Drafts:
    """Files that come to be wholly or not at all."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str, Path]] = []

    def write(self, path: Path, content: bytes) -> None:
        """Write what shall be found under a path, beside it and not durably yet."""
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        self._open.append((descriptor, name, path))
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def keep(self) -> None:
        """Let all of them be found under their paths, durably."""
        _side_by_side(os.fdatasync, [descriptor for descriptor, _name, _path in self._open])
        while self._open:
            descriptor, name, path = self._open[-1]
            Path(name).rename(path)
            self._open.pop()
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind of what was not kept."""
        for descriptor, name, _path in self._open:
            os.close(descriptor)
            Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BlobRow(SQLModel, table=True):
    """An original: a small one, or any where several machines share the books (PostgreSQL)."""

    __tablename__ = "blob"

    sha256: str = Field(primary_key=True, max_length=64)
    content: bytes = Field(sa_type=LargeBinary)


class TableBlobs:
    """A table of the database, with a folder for the files that workers read."""

    def __init__(self, store: Store, scratch: Path) -> None:
        self._store = store
        self._scratch = FolderBlobs(scratch)

    def put(self, content: bytes) -> str:
        """Keep bytes durably and return their SHA-256."""
        return self.put_many([content])[0]

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Keep several in one transaction of their own, which ends before the row that names them."""
        with self._store.transaction() as session:
            _insert(session, contents)
        return [hashlib.sha256(content).hexdigest() for content in contents]

    def keep(self, session: Session, contents: Sequence[bytes]) -> None:
        """Keep several in the session's transaction."""
        _insert(session, contents)

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a hash."""
        with self._store.reading() as session:
            return _get(session, sha256)

    def get_many(self, session: Session, digests: Collection[str]) -> dict[str, bytes]:
        """Return the bytes of several hashes."""
        found = _find_many(session, digests)
        if missing := set(digests) - found.keys():
            raise NotInBooks("original", min(missing))
        return found

    def path_of(self, sha256: str) -> Path:
        """Return a local copy of the bytes of a hash."""
        path = self._scratch.path_of(sha256)
        if not path.exists():
            self._scratch.put(self.get(sha256))
        return path


def _insert(session: Session, contents: Sequence[bytes]) -> None:
    """Put originals into the table; one that is there is the same."""
    found = {hashlib.sha256(content).hexdigest(): content for content in contents}
    if found:
        # In one order, so that two that put the same originals wait for each other and not in a ring.
        rows = [{"sha256": digest, "content": found[digest]} for digest in sorted(found)]
        session.connection().execute(insert_for(session, BlobRow).on_conflict_do_nothing(), rows)


def _find_many(session: Session, digests: Collection[str]) -> dict[str, bytes]:
    rows = session.connection().execute(_BY_DIGEST, {"digests": list(digests)})
    return {digest: bytes(content) for digest, content in rows}


_BY_DIGEST = select_columns(col(BlobRow.sha256), col(BlobRow.content)).where(
    col(BlobRow.sha256).in_(bindparam("digests", expanding=True))
)


def _get(session: Session, sha256: str) -> bytes:
    row = session.exec(select(BlobRow).where(BlobRow.sha256 == sha256)).first()
    if row is None:
        raise NotInBooks("original", sha256)
    return row.content


def open_blobs(data_dir: Path, store: Store) -> BlobStore:
    """Return the originals of an office: a folder beside SQLite, a table in PostgreSQL."""
    return (
        FolderBlobs(data_dir / "blobs", store) if store.is_sqlite else TableBlobs(store, data_dir / "scratch")
    )
