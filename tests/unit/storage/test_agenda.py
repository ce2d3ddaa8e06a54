"""What is put down fires once, in order; what moves, moves; what is over does not fire."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import agenda
from storage.agenda import DeadlineKind, Due
from storage.database import SQLITE_FILE, Store

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def put(
    store: Store,
    key: str,
    due_at: datetime,
    *,
    case_id: int | None = None,
    kind: DeadlineKind = DeadlineKind.DUE,
    step: str = "A08",
    unit: str = "",
) -> None:
    with store.transaction() as session:
        due = Due(
            key=key,
            kind=kind,
            case_id=case_id,
            step=step,
            unit=unit,
            name="",
            due_at=due_at,
            due_on=date(2027, 3, 1),
            reason="por la prueba",
        )
        agenda.put(session, [due])


def fire(store: Store, now: datetime = NOW, limit: int = 100) -> list[str]:
    with store.transaction() as session:
        return [row.key for row in agenda.claim_due(session, now=now, limit=limit)]


def next_due(store: Store) -> datetime | None:
    with store.reading() as session:
        return agenda.next_due_at(session)


def test_what_is_due_fires_in_order_and_once(store):
    put(store, "second", NOW)
    put(store, "first", NOW - HOUR)
    put(store, "later", NOW + HOUR)

    assert fire(store, limit=1) == ["first"]
    assert fire(store) == ["second"]
    assert fire(store) == []
    assert next_due(store) == NOW + HOUR


def test_a_firing_that_is_rolled_back_fires_again(store):
    put(store, "a", NOW)

    with pytest.raises(ZeroDivisionError), store.transaction() as session:  # noqa: PT012
        assert agenda.claim_due(session, now=NOW, limit=9)
        raise ZeroDivisionError

    assert fire(store) == ["a"]


def test_a_date_that_moves_moves_the_row_and_one_that_fired_stays_fired(store):
    put(store, "a", NOW + HOUR)
    put(store, "a", NOW + 2 * HOUR)
    assert fire(store, NOW + HOUR) == []
    assert fire(store, NOW + 2 * HOUR) == ["a"]

    put(store, "a", NOW + 2 * HOUR)
    assert fire(store, NOW + 9 * HOUR) == []
    put(store, "a", NOW + 3 * HOUR)
    assert fire(store, NOW + 9 * HOUR) == ["a"]


def test_what_was_cancelled_revives_when_it_is_put_again(store):
    put(store, "a", NOW)
    with store.transaction() as session:
        agenda.cancel(session, "a")
    assert fire(store) == []

    put(store, "a", NOW)

    assert fire(store) == ["a"]


def test_cancelling_touches_nothing_of_a_unit_with_a_longer_name(store):
    put(store, "1/timer/DL35/OOAD07", NOW)
    put(store, "1/timer/DL35/OOAD07-R03", NOW)

    with store.transaction() as session:
        agenda.cancel(session, "1/timer/DL35/OOAD07")

    assert fire(store) == ["1/timer/DL35/OOAD07-R03"]


def test_reminders_of_a_step_end_with_it_and_its_timers_do_not(store, case_id):
    put(store, "due", NOW, case_id=case_id, unit="U1")
    put(store, "overdue", NOW + HOUR, case_id=case_id, unit="U1", kind=DeadlineKind.OVERDUE)
    put(store, "timer", NOW, case_id=case_id, unit="U1", kind=DeadlineKind.TIMER)
    put(store, "another's", NOW, case_id=case_id, unit="U2")

    with store.transaction() as session:
        agenda.cancel_reminders(session, case_id, {("A08", "U1")})

    with store.reading() as session:
        assert [row.key for row in agenda.waiting(session, case_id)] == ["timer", "another's"]
        assert [row.key for row in agenda.timers_of(session, case_id)] == ["timer"]


def test_a_clock_that_changes_is_read_anew_by_the_transaction_that_changes_it(store, case_id):
    def states(session) -> list[agenda.DeadlineState]:
        return [row.state for row in agenda.timers_of(session, case_id)]

    put(store, "clock", NOW, case_id=case_id, kind=DeadlineKind.TIMER)

    with store.transaction() as session:
        assert states(session) == [agenda.DeadlineState.WAITING]
        [row] = agenda.claim_due(session, now=NOW, limit=10)
        assert states(session) == [agenda.DeadlineState.FIRED]
        agenda.put_back(session, row, until=NOW + HOUR)
        assert states(session) == [agenda.DeadlineState.WAITING]
        agenda.cancel(session, "clock")
        assert states(session) == [agenda.DeadlineState.CANCELLED]
        agenda.mark_fired(session, row, now=NOW)
        assert states(session) == [agenda.DeadlineState.FIRED]


def test_of_many_steps_that_are_over_only_their_own_reminders_end(store, case_id):
    over = {("A08", f"U{number}") for number in range(900)} | {("A10", "R1")}
    for step, unit in (("A08", "U3"), ("A08", "U899"), ("A10", "R1"), ("A10", "U3"), ("A08", "R1")):
        put(store, f"{step}/{unit}", NOW, case_id=case_id, step=step, unit=unit)

    with store.transaction() as session:
        agenda.cancel_reminders(session, case_id, over)

    with store.reading() as session:
        assert [row.key for row in agenda.waiting(session, case_id)] == ["A10/U3", "A08/R1"]


def test_two_services_never_fire_the_same_row(open_books):
    store = open_books()
    for number in range(40):
        put(store, str(number), NOW - timedelta(minutes=number))
    fired: list[str] = []

    def work() -> None:
        mine = open_books()
        while some := fire(mine, limit=3):
            fired.extend(some)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(fired, key=int) == [str(number) for number in range(40)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=12))
def test_after_any_moves_each_key_fires_once_at_its_last_date(tmp_path_factory, migrated_file, moves):
    folder = tmp_path_factory.mktemp("books")
    (folder / SQLITE_FILE).write_bytes(migrated_file.read_bytes())
    store = Store(folder)
    last: dict[str, int] = {}
    for key, hours in moves:
        put(store, key, NOW + hours * HOUR)
        last[key] = hours

    fired = [(key, hours) for hours in range(6) for key in fire(store, NOW + hours * HOUR)]

    assert sorted(fired) == sorted(last.items())
    store.close()
