"""What arrives is recorded once, with a folio without gaps."""

import threading
from datetime import UTC, datetime

import pytest

from storage import entries, folios
from storage.database import Store
from storage.entries import EntryChannel, EntryRow, EntryState
from storage.errors import NotInBooks

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)


def arrive(store: Store, external_id: str, place: str = "INBOX/1/1") -> tuple[EntryRow, bool]:
    with store.transaction() as session:
        return entries.record(
            session,
            channel=EntryChannel.MAIL,
            external_id=external_id,
            place=place,
            received_at=NOW,
            recorded_at=NOW,
            blob_sha256="a" * 64,
            size=10,
            folio=lambda: f"E-2027-{folios.next_number(session, 'entry/2027'):06d}",
        )


def test_the_same_letter_again_is_the_same_entry(store):
    first, repeated = arrive(store, "x")
    again, repeated_again = arrive(store, "x", place="INBOX/2/77")
    other, _ = arrive(store, "y")

    assert (repeated, repeated_again) == (False, True)
    assert again.id == first.id
    assert (first.folio, other.folio) == ("E-2027-000001", "E-2027-000002")


def test_where_a_letter_lies_now_is_known_also_after_the_server_counted_anew(store):
    arrive(store, "x", place="INBOX/1/1")
    arrive(store, "x", place="INBOX/2/77")

    with store.reading() as session:
        assert entries.known_places(session, ["INBOX/2/77", "INBOX/2/78"]) == {"INBOX/2/77"}


def test_entries_wait_in_the_order_of_arrival(store):
    for name in "abc":
        arrive(store, name)
    with store.transaction() as session:
        entries.get_entry(session, 1).state = EntryState.APPLIED
        entries.get_entry(session, 2).state = EntryState.QUARANTINED

    with store.reading() as session:
        assert [row.external_id for row in entries.pending(session, limit=9)] == ["c"]
        assert [row.external_id for row in entries.tray(session)] == ["b"]
        assert entries.count_entries(session, EntryState.APPLIED) == 1
        assert entries.find_entry(session, "E-2027-000003").external_id == "c"
        assert entries.find_entry(session, "E-2027-000004") is None
        with pytest.raises(NotInBooks):
            entries.get_entry(session, 4)


def test_two_pollers_that_see_the_same_mail_make_one_entry_and_no_gap(open_books):
    stores = [open_books() for _ in range(4)]
    outcomes: list[tuple[int | None, bool]] = []

    def poll(store: Store) -> None:
        for number in range(15):
            row, repeated = arrive(store, str(number))
            outcomes.append((row.id, repeated))

    threads = [threading.Thread(target=poll, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(not repeated for _id, repeated in outcomes) == 15
    with stores[0].reading() as session:
        rows = entries.pending(session, limit=99)
    assert sorted(row.folio for row in rows) == [f"E-2027-{number:06d}" for number in range(1, 16)]


def test_a_folio_is_given_back_with_its_transaction(store):
    arrive(store, "x")

    with pytest.raises(ZeroDivisionError), store.transaction() as session:  # noqa: PT012
        assert folios.next_number(session, "entry/2027") == 2
        raise ZeroDivisionError

    with store.transaction() as session:
        assert folios.next_number(session, "entry/2027") == 2
        assert folios.next_number(session, "circular/2027") == 1


def test_facts_of_the_office_are_kept_and_changed(store):
    with store.transaction() as session:
        assert folios.get_fact(session, "telegram") is None
        folios.set_fact(session, "telegram", "off")
        folios.set_fact(session, "telegram", "on")

    with store.reading() as session:
        assert folios.get_fact(session, "telegram") == "on"
