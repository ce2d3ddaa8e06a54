"""Open the books: one short transaction at a time on SQLite, a pool on PostgreSQL, the same code."""

import fcntl
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, Executable, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from storage.errors import BooksBusy, BooksConflict, BooksError, BooksInUse
from storage.migrations import HEAD

SQLITE_FILE = "oficialia.db"
BUSY_SECONDS = 10.0
LONG_JSON = 2000

_DEFERRED = "storage.after_commit"
_LAST = "storage.before_commit"
_LATER = "storage.write_later"
# SQLSTATE classes that a second try may pass: serialisation, deadlock, no lock, lost or refused connection.
_PASSING_STATES = ("40", "55P03", "08", "53", "57P")


def on_commit(session: Session, call: Callable[[], object]) -> None:
    """Call something once the session's transaction is durable, never when it is rolled back.

    It is for what merely follows, such as waking a courier: it must not raise,
    and it runs outside any transaction.
    """
    session.info.setdefault(_DEFERRED, []).append(call)


def before_commit(session: Session, call: Callable[[], object]) -> None:
    """Call something last in the session's transaction, and as part of it: whatever it raises undoes the rest."""
    session.info.setdefault(_LAST, []).append(call)


def write_later(session: Session, statement: Executable, values: Mapping[str, Any]) -> None:
    """Execute a statement with these values before the commit, once for all the values that it is given until then.

    Whoever reads those columns in the same transaction, other than from rows at hand, finds them as they were.
    """
    waiting: dict[int, tuple[Executable, list[Mapping[str, Any]]]] = session.info.setdefault(_LATER, {})
    if not waiting:
        before_commit(session, lambda: _write(session))
    waiting.setdefault(id(statement), (statement, []))[1].append(values)


def _write(session: Session) -> None:
    for statement, values in session.info.pop(_LATER, {}).values():
        session.connection().execute(statement, values)


class Store:
    """The books of one office.

    Given a folder, they are a SQLite file in it; given a `postgresql://` URL, a
    database there, and `data_dir` still holds what lies in files (the originals
    and the head of the chain).
    """

    def __init__(self, place: str | Path, *, data_dir: Path | None = None, pool: int = 10) -> None:
        if isinstance(place, str) and "://" in place:
            self.data_dir = data_dir
            url = make_url(place)
            if url.get_backend_name() != "postgresql":
                message = f"the books live in a folder or in PostgreSQL, not in {url.get_backend_name()}"
                raise BooksError(message)
            # One engine serves both: PostgreSQL's writers do not wait for each other.
            self._writer: Engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                pool_size=pool,
                pool_pre_ping=True,
                pool_timeout=BUSY_SECONDS,
                connect_args={"options": "-c timezone=UTC"},
                json_deserializer=_read_json,
            )
            self._reader: Engine = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            self.data_dir = Path(place)
            self.data_dir.mkdir(parents=True, exist_ok=True)
            file = self.data_dir / SQLITE_FILE
            # A pool of one is the queue of the writers: they wait in line here, not in SQLite's polling.
            self._writer = _sqlite_engine(file, begin="BEGIN IMMEDIATE", connections=1)
            self._reader = _sqlite_engine(file, begin="BEGIN", connections=pool)
        self._inside = threading.local()

    @property
    def is_sqlite(self) -> bool:
        """Tell whether these books are a file, which one service owns."""
        return self._writer.dialect.name == "sqlite"

    @property
    def head_path(self) -> Path | None:
        """Return where the head of the journal's chain is kept beside the books, if anywhere."""
        return None if self.data_dir is None else self.data_dir / "journal.head"

    @property
    def engine(self) -> Engine:
        """Return the engine that writes, for migrations and for what listens to notifications."""
        return self._writer

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose work is written as one, or not at all.

        On SQLite the write lock is taken at once, so that reading and then writing
        cannot fail half way. Keep it short: the others wait. On PostgreSQL a second one
        inside the first is on its own: originals are put so, durable before their row.

        Raises:
            BooksBusy: the lock was not free in time, or PostgreSQL asks to try again.
            BooksConflict: a unique or foreign key refused a row.
        """
        if self.is_sqlite and getattr(self._inside, "transaction", False):
            message = "a transaction inside a transaction would wait for itself"
            raise RuntimeError(message)
        outer = getattr(self._inside, "transaction", False)
        self._inside.transaction = True
        try:
            with _at_the_border(), Session(self._writer, expire_on_commit=False) as session:
                session.connection()
                yield session
                # What is done last may leave something to do last: a letter its line of the journal.
                while last := session.info.pop(_LAST, []):
                    for call in last:
                        call()
                session.commit()
                deferred = session.info.pop(_DEFERRED, [])
        finally:
            self._inside.transaction = outer
        for call in deferred:
            call()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one moment of the books and cannot write."""
        with (
            _at_the_border(),
            Session(self._reader, expire_on_commit=False, autoflush=False) as session,
        ):
            session.connection()
            yield session

    def revision(self) -> str | None:
        """Return the revision of the schema, or None when there is none yet."""
        with _at_the_border(), self._reader.connect() as connection:
            return _revision(connection)

    def upgrade(self) -> bool:
        """Bring the schema to the head; tell whether anything had to be done.

        Books that are up to date cost one query: Alembic is not even imported.
        """
        if self.revision() == HEAD:
            return False
        from storage.migrations.running import upgrade

        with _at_the_border():
            upgrade(self._writer)
        return True

    def close(self) -> None:
        """Give all connections back."""
        self._reader.dispose()
        self._writer.dispose()


class ServiceLock:
    """The right of one service to own a SQLite data folder; the kernel frees it when the owner dies.

    Commands beside the service do not take it: they use short transactions.
    """

    def __init__(self, data_dir: Path, *, owner: str = "oficialia run") -> None:
        self._path = data_dir / "oficialia.lock"
        self._owner = f"{owner} (pid {os.getpid()}, {socket.gethostname()})"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 500).decode(errors="replace").strip()
            os.close(descriptor)
            raise BooksInUse(holder or "otro proceso") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, self._owner.encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            # The file stays: removing it would let two services lock two files of one name.
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _sqlite_engine(file: Path, *, begin: str, connections: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{file}",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        json_deserializer=_read_json,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver's own transactions begin too late (at the first write); ours begin when we say.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        if begin == "BEGIN":
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _read_json(written: str | bytes) -> Any:
    """Read the value of a JSON column; a long one that was read before is the same object again.

    Such is the tree of an expediente, which every entry asks for. Nobody changes what is in
    a column in place, which the session would not notice either: a new value is put there.
    """
    return _read_long_json(written) if len(written) >= LONG_JSON else json.loads(written)


@lru_cache(maxsize=32)
def _read_long_json(written: str | bytes) -> Any:
    return json.loads(written)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


@contextmanager
def _at_the_border() -> Iterator[None]:
    """Let nothing of SQLAlchemy out of this folder; tell apart what a caller can act upon."""
    try:
        yield
    except IntegrityError as error:
        raise BooksConflict(str(error.orig)) from error
    except PoolTimeout as error:
        raise BooksBusy("no connection was free in time") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        answer = str(error.orig)
        if (
            state.startswith(_PASSING_STATES)
            or "database is locked" in answer
            or error.connection_invalidated
        ):
            raise BooksBusy(answer) from error
        raise BooksError(answer) from error
    except SQLAlchemyError as error:
        raise BooksError(str(error)) from error


def database_now(session: Session) -> datetime:
    """Return the database's own time, aware and in UTC."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        value = connection.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found
