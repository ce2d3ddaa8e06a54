"""What a desk remembers within a transaction is never stale."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from actions.desk import Desk, Office
from actions.find_expediente import open_cases
from documents.sandbox import Workshop
from storage import cases
from storage.blobs import open_blobs
from storage.cases import CaseRow, CaseState

NOW = datetime(2027, 1, 5, 15, tzinfo=UTC)


@pytest.fixture
def desk(store, tmp_path):
    with Workshop() as workshop, store.transaction() as session:
        yield Desk(
            session=session,
            now=NOW,
            office=Office(
                name="Oficialía",
                address="mesa@example.org",
                zone=ZoneInfo("America/Mexico_City"),
                secret="00",
            ),
            blobs=open_blobs(tmp_path, store),
            workshop=workshop,
        )


def test_what_was_made_of_the_same_parts_is_made_once(desk):
    made = []

    def make():
        made.append(1)
        return sum(made)

    lines = [1, 2]
    assert desk.make_once("sum", (lines, "R1"), make) == 1
    assert desk.make_once("sum", ([1, 2], "R1"), make) == 1
    assert desk.make_once("sum", ([1, 2, 3], "R1"), make) == 2
    assert desk.make_once("other", ([1, 2, 3], "R1"), make) == 3


def test_an_expediente_that_an_earlier_entry_closed_is_no_longer_among_the_open_ones(desk):
    rows = [
        cases.add_case(
            desk.session,
            CaseRow(folio=f"0780-003-002/2027-B{number}", procedure="0780-003-002", opened_at=NOW),
        )
        for number in (8, 9)
    ]
    assert open_cases(desk) == tuple(rows)

    rows[0].state = CaseState.CLOSED

    assert open_cases(desk) == (rows[1],)


def test_what_the_transaction_changed_is_asked_again(desk):
    asked = []

    def question(_session, name):
        asked.append(name)
        return len(asked)

    assert (desk.once(question, "a"), desk.once(question, "a")) == (1, 1)

    desk.forget(question)

    assert desk.once(question, "a") == 2
