"""Sessions, locks and errors of the books, on both databases."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import cases, database
from storage.cases import CaseRow
from storage.database import ServiceLock, Store, before_commit, on_commit
from storage.errors import BooksBusy, BooksConflict, BooksError, BooksInUse
from storage.folios import get_fact, set_fact

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)


def case(folio: str) -> CaseRow:
    return CaseRow(folio=folio, procedure="0780-003-002", opened_at=NOW)


def test_what_a_transaction_wrote_is_there_for_everybody(open_books):
    with open_books().transaction() as session:
        set_fact(session, "switch", "on")

    with open_books().reading() as session:
        assert get_fact(session, "switch") == "on"


def test_an_error_takes_everything_back(store):
    with pytest.raises(ZeroDivisionError), store.transaction() as session:  # noqa: PT012
        set_fact(session, "switch", "on")
        session.flush()
        raise ZeroDivisionError

    with store.reading() as session:
        assert get_fact(session, "switch") is None


def test_what_comes_last_in_a_transaction_is_part_of_it(store):
    with store.transaction() as session:
        before_commit(session, lambda: set_fact(session, "last", "done"))

    with store.reading() as session:
        assert get_fact(session, "last") == "done"


def test_what_comes_last_may_leave_something_to_come_last(store):
    with store.transaction() as session:
        before_commit(session, lambda: before_commit(session, lambda: set_fact(session, "very last", "done")))

    with store.reading() as session:
        assert get_fact(session, "very last") == "done"


def test_a_long_value_is_read_once_until_another_takes_its_place(store):
    def tree() -> dict[str, list[str]]:
        with store.reading() as session:
            return cases.get_case(session, 1).tree

    with store.transaction() as session:
        row = case("2027-B1")
        row.tree = {"pac": [f"OOAD07-R03-PAC{number:03d}" for number in range(300)]}
        session.add(row)
    before, again = tree(), tree()

    with store.transaction() as session:
        cases.get_case(session, 1).tree = {"pac": [*before["pac"], "OOAD07-R03-PAC300"]}

    assert before is again
    assert len(before["pac"]) == 300
    assert len(tree()["pac"]) == 301


def test_what_comes_last_and_fails_takes_everything_back(store):
    def write() -> None:
        with store.transaction() as session:
            set_fact(session, "switch", "on")
            before_commit(session, lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        write()

    with store.reading() as session:
        assert get_fact(session, "switch") is None


def test_reading_cannot_write(store):
    with pytest.raises(BooksError), store.reading() as session:  # noqa: PT012
        set_fact(session, "switch", "on")
        session.flush()


def test_reading_sees_one_moment(open_books):
    reader, writer = open_books(), open_books()

    with reader.reading() as session:
        before = get_fact(session, "switch")
        with writer.transaction() as other:
            set_fact(other, "switch", "on")
        session.expire_all()
        after = get_fact(session, "switch")

    assert (before, after) == (None, None)


def test_what_follows_runs_after_the_commit_and_never_after_a_rollback(store):
    calls = []

    def seen() -> None:
        with store.reading() as session:
            calls.append(get_fact(session, "switch"))

    with pytest.raises(ZeroDivisionError), store.transaction() as session:  # noqa: PT012
        on_commit(session, seen)
        raise ZeroDivisionError
    with store.transaction() as session:
        set_fact(session, "switch", "on")
        on_commit(session, seen)

    assert calls == ["on"]


def test_a_second_row_of_one_kind_is_a_conflict(store):
    with store.transaction() as session:
        session.add(case("0780-003-002/2027-B1"))

    with pytest.raises(BooksConflict) as caught, store.transaction() as session:
        session.add(case("0780-003-002/2027-B1"))

    assert not caught.value.may_try_again


def test_a_transaction_inside_another_is_refused_at_once_where_it_would_wait_for_itself(store):
    if store.is_sqlite:
        with store.transaction(), pytest.raises(RuntimeError), store.transaction():
            pass
    else:
        with pytest.raises(ZeroDivisionError), store.transaction():  # noqa: PT012
            with store.transaction() as session:
                set_fact(session, "inner", "durable")
            raise ZeroDivisionError
        with store.reading() as session:
            assert get_fact(session, "inner") == "durable"

    with store.transaction() as session:
        set_fact(session, "still", "usable")


def test_writers_of_one_process_wait_in_line(store):
    def add(number: int) -> None:
        with store.transaction() as session:
            before = int(get_fact(session, "sum") or 0) if store.is_sqlite else 0
            set_fact(session, "sum" if store.is_sqlite else f"sum{number}", str(before + 1))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.reading() as session:
        if store.is_sqlite:
            assert get_fact(session, "sum") == "20"
        else:
            assert session.connection().execute(text("SELECT count(*) FROM office_fact")).scalar() == 20


def test_another_process_that_holds_the_books_makes_them_busy(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    first, second = Store(tmp_path), Store(tmp_path)
    first.upgrade()

    with first.transaction(), pytest.raises(BooksBusy) as caught, second.transaction():
        pass

    assert caught.value.may_try_again
    first.close()
    second.close()


def test_sqlite_is_durable_and_keeps_its_keys(tmp_path):
    store = Store(tmp_path)

    with store.transaction() as session:
        found = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store.close()


def test_only_a_folder_or_postgresql_may_hold_the_books():
    with pytest.raises(BooksError):
        Store("mysql://somewhere/books")


def test_a_database_that_is_not_there_is_said_without_sqlalchemy():
    store = Store("postgresql://desk@/books?host=/nowhere/at/all")

    with pytest.raises(BooksError), store.reading():
        pass
    store.close()


def test_one_service_owns_a_folder_and_its_owner_is_named(tmp_path: Path):
    with (
        ServiceLock(tmp_path, owner="oficialia run"),
        pytest.raises(BooksInUse) as caught,
        ServiceLock(tmp_path),
    ):
        pass

    assert "oficialia run (pid" in caught.value.holder
    with ServiceLock(tmp_path):
        pass
