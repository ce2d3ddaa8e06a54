"""The books on both databases: each test runs on SQLite and on PostgreSQL, from the same migrations."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.cases import CaseRow
from storage.database import SQLITE_FILE, Store
from tests.postgres import running_cluster

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)

OpenBooks = Callable[[], Store]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the migrated schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    store = Store(folder)
    store.upgrade()
    store.close()
    return folder / SQLITE_FILE


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    with running_cluster() as url:
        yield url


@pytest.fixture(scope="session")
def new_database(cluster: str) -> Iterator[Callable[[str], str]]:
    """Give a function that makes a database from a template and returns its URL."""
    admin = create_engine(
        cluster.format("postgres").replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    numbers = count(1)

    def make(template: str) -> str:
        name = f"books{next(numbers)}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return cluster.format(name)

    yield make
    admin.dispose()


@pytest.fixture(scope="session")
def migrated_database(new_database: Callable[[str], str]) -> str:
    """Return the name of a PostgreSQL database with the migrated schema, to be copied."""
    url = new_database("template1")
    store = Store(url)
    store.upgrade()
    store.close()
    return url.rpartition("@/")[2].partition("?")[0]


@pytest.fixture(params=["sqlite", "postgresql"])
def open_books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenBooks]:
    """Give a function that opens the same books again, as another process would."""
    opened: list[Store] = []
    place: str | Path = tmp_path
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / SQLITE_FILE)
    else:
        place = request.getfixturevalue("new_database")(request.getfixturevalue("migrated_database"))

    def open_again() -> Store:
        opened.append(Store(place, data_dir=tmp_path))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_books: OpenBooks) -> Store:
    return open_books()


@pytest.fixture
def case_id(store: Store) -> int:
    """Return the expediente of a period."""
    with store.transaction() as session:
        case = CaseRow(
            folio="0780-003-002/2027-B1", procedure="0780-003-002", period="2027-B1", opened_at=NOW
        )
        session.add(case)
        session.flush()
        assert case.id is not None
        return case.id
