"""Letters leave once, in order, and what was in flight when a courier died goes again."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from storage import journal, outbox
from storage.database import Store
from storage.entries import EntryChannel, record
from storage.errors import BooksConflict, NotInBooks
from storage.outbox import Claimed, Letter, LetterRow, LetterState

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
SYSTEM = datetime(2026, 11, 23, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def letter(key: str, **more: object) -> Letter:
    values = {
        "template": "M-01",
        "address": "ana@example.org",
        "created_at": NOW,
        "not_before": NOW,
        "message_id": f"<{key}@desk.example>",
    }
    return Letter(**{"key": key, **values, **more})


def put(store: Store, *letters: Letter) -> None:
    with store.transaction() as session:
        outbox.enqueue(session, letters)


def claim(
    store: Store,
    *,
    worker: str = "one",
    now: datetime = NOW,
    system_now: datetime = SYSTEM,
    limit: int = 10,
    channel: str = "mail",
) -> list[Claimed]:
    with store.transaction() as session:
        return outbox.claim_letters(
            session,
            worker=worker,
            now=now,
            system_now=system_now,
            lease_seconds=60,
            limit=limit,
            channel=channel,
        )


def keys(letters: Sequence[Claimed | LetterRow]) -> list[str]:
    return [row.key for row in letters]


def state_of(store: Store, letter_id: int | None) -> LetterState:
    with store.reading() as session:
        return outbox.get_letter(session, letter_id or 0).state


def test_a_letter_asked_for_twice_is_queued_once(store):
    put(store, letter("a"))

    with pytest.raises(BooksConflict):
        put(store, letter("b"), letter("a"))

    with store.reading() as session:
        assert outbox.known_keys(session, [*map(str, range(900)), "a", "b"]) == {"a"}
        assert outbox.count_letters(session) == 1


def test_letters_that_are_put_later_are_there_with_the_commit_and_so_is_what_is_said_of_them(store):
    with store.transaction() as session:
        for name in ("a", "b"):
            outbox.enqueue_later(
                session,
                letter(name),
                lambda queued: journal.append_later(
                    session, journal.Line("letter_queued", NOW, queued.key, letter_id=queued.id)
                ),
            )
        journal.append_later(session, journal.Line("update_answered", NOW, ""))

    with store.reading() as session:
        said = {row.letter_id: row.text for row in journal.history(session) if row.kind == "letter_queued"}
        assert {number: outbox.get_letter(session, number).key for number in said} == said
        assert sorted(said.values()) == ["a", "b"]


def test_letters_are_numbered_as_they_were_said_however_they_are_put(store):
    numbers = []
    with store.transaction() as session:
        outbox.enqueue_later(session, letter("first"), lambda queued: numbers.append(queued.id))
        numbers.extend(queued.id for queued in outbox.enqueue(session, [letter("second")]))
        outbox.enqueue_later(session, letter("third"), lambda queued: numbers.append(queued.id))

    assert numbers == sorted(numbers)
    assert len(numbers) == 3


def test_a_letter_is_claimed_when_its_hour_came_and_once(store):
    put(store, letter("now"), letter("later", not_before=NOW + HOUR), letter("chat", channel="chat"))

    assert keys(claim(store)) == ["now"]
    assert claim(store, worker="two") == []
    assert keys(claim(store, now=NOW + HOUR)) == ["later"]
    assert keys(claim(store, channel="chat")) == ["chat"]


def test_answers_leave_before_circulars_and_each_kind_in_its_order(store):
    with store.transaction() as session:
        entry, _ = record(
            session,
            channel=EntryChannel.MAIL,
            external_id="x",
            place="p",
            received_at=NOW,
            recorded_at=NOW,
            blob_sha256="",
            size=0,
            folio=lambda: "E-1",
        )
    put(store, letter("circular 2", not_before=NOW - HOUR), letter("circular 1", not_before=NOW - 2 * HOUR))
    put(store, letter("acuse", reply_to_entry=entry.id))

    assert keys(claim(store, limit=2)) == ["acuse", "circular 1"]
    assert keys(claim(store, limit=2)) == ["circular 2"]


def test_a_lease_runs_on_system_time_however_office_time_leaps(store):
    put(store, letter("a"))
    claim(store)

    assert claim(store, worker="two", now=NOW + timedelta(days=30)) == []
    assert keys(claim(store, worker="two", system_now=SYSTEM + timedelta(seconds=60))) == ["a"]


def test_ac_73_what_was_in_flight_when_the_courier_died_is_said_and_goes_again_with_the_same_bytes(
    open_books,
):
    first = open_books()
    put(
        first,
        letter("sent", blob_sha256="5" * 64),
        letter("in flight", blob_sha256="6" * 64),
        letter("waiting", not_before=NOW + HOUR),
    )
    sent, _in_flight = claim(first)
    with first.transaction() as session:
        outbox.mark_sent(session, {sent.id: "queued as 1"}, now=NOW)
    first.close()

    second = open_books()
    with second.transaction() as session:
        repeated = outbox.release_claims(session)

    assert keys(repeated) == ["in flight"]
    (again,) = claim(second, worker="two")
    assert (again.key, again.blob_sha256, again.message_id, again.attempts) == (
        "in flight",
        "6" * 64,
        "<in flight@desk.example>",
        2,
    )


def test_only_claims_that_ran_out_are_given_back_while_others_work(store):
    put(store, letter("a"), letter("b"))
    claim(store, limit=1)
    claim(store, limit=1, system_now=SYSTEM + timedelta(seconds=30))

    with store.transaction() as session:
        returned = outbox.release_claims(session, system_now=SYSTEM + timedelta(seconds=61))

    assert keys(returned) == ["a"]


def test_a_refused_letter_waits_in_system_time_or_is_given_up(store):
    put(store, letter("soft"), letter("hard"))
    soft, hard = claim(store)
    with store.transaction() as session:
        outbox.mark_failed(session, soft.id or 0, permanent=False, answer="451 later", retry_at=SYSTEM + HOUR)
        outbox.mark_failed(
            session, hard.id or 0, permanent=True, answer="550 no such user" * 100, retry_at=None
        )

    assert claim(store, now=NOW + timedelta(days=9)) == []
    assert state_of(store, hard.id) is LetterState.FAILED
    with store.reading() as session:
        assert outbox.next_retry_at(session) == SYSTEM + HOUR
    assert keys(claim(store, system_now=SYSTEM + HOUR)) == ["soft"]


def test_a_bounce_that_overtakes_the_check_off_is_kept(store):
    put(store, letter("a"))
    (row,) = claim(store)
    with store.transaction() as session:
        bounced = outbox.get_letter(session, row.id or 0)
        bounced.state, bounced.bounced_at = LetterState.BOUNCED, NOW

    with store.transaction() as session:
        outbox.mark_sent(session, {row.id: "1"}, now=NOW)

    assert state_of(store, row.id) is LetterState.BOUNCED


def test_a_late_failure_does_not_call_back_what_left(store):
    put(store, letter("a"))
    (row,) = claim(store)
    with store.transaction() as session:
        outbox.mark_sent(session, {row.id: "1"}, now=NOW)
        outbox.mark_failed(session, row.id or 0, permanent=False, answer="timeout", retry_at=SYSTEM)

    assert state_of(store, row.id) is LetterState.SENT
    assert claim(store) == []


def test_letters_whose_time_passed_never_leave(store):
    put(
        store,
        letter("gone", not_after=NOW),
        letter("flying", not_after=NOW),
        letter("good", not_after=NOW + 3 * HOUR),
        letter("free"),
    )
    with store.transaction() as session:
        flying = session.get(LetterRow, 2)
        flying.claimed_by, flying.claimed_until = "one", SYSTEM + HOUR

    assert sorted(keys(claim(store, now=NOW + HOUR))) == ["free", "good"]
    with store.transaction() as session:
        assert keys(outbox.expire_letters(session, now=NOW + HOUR)) == ["gone"]
    assert state_of(store, 1) is LetterState.CANCELLED


def test_two_workers_never_get_the_same_letter(open_books):
    store = open_books()
    put(store, *(letter(str(number)) for number in range(120)))
    got: list[list[str]] = []

    def work(worker: str) -> None:
        mine = open_books()
        while some := keys(claim(mine, worker=worker, limit=7)):
            got.append(some)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    claimed = [key for some in got for key in some]
    assert sorted(claimed) == sorted(map(str, range(120)))


def test_letters_are_found_by_message_id_and_by_what_they_ask(store, case_id):
    put(store, letter("a", case_id=case_id, asks="A02", asks_unit="OOAD07"))

    with store.reading() as session:
        assert outbox.find_by_message_id(session, "<a@desk.example>").key == "a"
        assert outbox.find_by_message_id(session, "<b@desk.example>") is None
        assert outbox.is_asked(session, case_id, "A02", "OOAD07", "ana@example.org")
        assert not outbox.is_asked(session, case_id, "A02", "OOAD08", "ana@example.org")
        assert outbox.next_due_at(session) == NOW
        with pytest.raises(NotInBooks):
            outbox.get_letter(session, 99)


def test_claiming_reads_nothing_of_what_does_not_wait(tmp_path):
    """The due query walks one range of a partial index (performance.md, P5)."""
    store = Store(tmp_path)
    store.upgrade()
    seen = []

    def explain(connection, _cursor, statement, parameters, *_more):
        if statement.startswith(("SELECT letter.", "WITH due")):
            seen.extend(
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            )

    from sqlalchemy import event

    event.listen(store.engine, "before_cursor_execute", explain)
    claim(store)
    with store.transaction() as session:
        outbox.expire_letters(session, now=NOW)
        outbox.release_claims(session, system_now=SYSTEM)
    store.close()

    # By priority: the rows by their numbers, those numbers by the index, and no more of them than were asked for.
    assert [line.partition(" (")[0] for line in seen if "SEARCH" in line or "SCAN" in line] == [
        "SEARCH letter USING INTEGER PRIMARY KEY",
        "SEARCH letter USING INDEX ix_letter_due",
        "SCAN due",
        "SEARCH letter USING INTEGER PRIMARY KEY",
        "SEARCH letter USING INDEX ix_letter_due",
        "SCAN due",
        "SEARCH letter USING INDEX ix_letter_expiry",
        "SEARCH letter USING INDEX ix_letter_claimed",
    ]
    assert not any("TEMP B-TREE" in line for line in seen[:2])
