"""Payout cases in the books: what happened is never lost, and counts by state come with since when."""

from datetime import date, datetime, timedelta

import pytest

from storage import lists, outbox, payees, payout_cases, progress
from storage.database import Store
from storage.lists import ListLevel, ListLineRow, ListState
from storage.outbox import Letter
from storage.payees import PayeeRow
from storage.payout_cases import PayoutCaseRow, PayoutReason, PayoutState
from storage.progress import ProgressRow, ProgressSource
from tests.unit.storage.conftest import NOW

PAC, OTHER = "OOAD07-R03-PAC012", "OOAD07-R03-PAC015"
LATER = NOW + timedelta(hours=5)


@pytest.fixture
def payee_id(store: Store, case_id: int) -> int:
    with store.transaction() as session:
        version = lists.add_version(
            session, case_id=case_id, level=ListLevel.LD, unit="", state=ListState.DEFINITIVE, made_at=NOW
        )
        line = ListLineRow(
            version_id=version.id or 0,
            position=1,
            pac=PAC,
            ooad="OOAD07",
            entity="Chiapas",
            municipality="Ocosingo",
            locality_name="Damasco",
            locality="070590068",
            name="Juana Pérez Gómez",
            name_norm="JUANA PEREZ GOMEZ",
            kind="VRS",
            amount_centavos=100_000,
            months="2027-01,2027-02",
            reference="2027-B1-000123",
        )
        session.add(line)
        session.flush()
        row = PayeeRow(
            case_id=case_id,
            pac=PAC,
            line_id=line.id or 0,
            reference=line.reference,
            name_norm=line.name_norm,
            locality=line.locality,
            kind=line.kind,
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def make(store, case_id, payee_id, number, *, pac=PAC, state=PayoutState.REGISTERED, at=NOW):
    with store.transaction() as session:
        row = payout_cases.add_case(
            session,
            PayoutCaseRow(
                folio=f"P-2027-B1-{number:04d}",
                case_id=case_id,
                payee_id=payee_id,
                pac=pac,
                reason=PayoutReason.OTHER_NAME,
                detected_on=date(2027, 3, 1),
                state=PayoutState.REGISTERED,
                created_at=at,
            ),
            role="PAC",
        )
        if state is not PayoutState.REGISTERED:
            payout_cases.move(session, row, state, at=at)
        assert row.id is not None
        return row.id


def a_letter(store, key, template="M-27"):
    with store.transaction() as session:
        letter = Letter(key=key, template=template, address="sac@example.org", created_at=NOW, not_before=NOW)
        (queued,) = outbox.enqueue(session, [letter])
        return queued.id


def test_every_state_of_a_case_stays_in_the_books(store, case_id, payee_id):
    number = make(store, case_id, payee_id, 1)

    with store.transaction() as session:
        row = payout_cases.get_case(session, number)
        payout_cases.move(session, row, PayoutState.SAC_NOTIFIED, at=LATER)
        payout_cases.move(session, row, row.state, at=LATER, note="un comentario")

    with store.reading() as session:
        events = payout_cases.events_of(session, number)
    assert [(event.from_state, event.to_state) for event in events] == [
        ("", "registrado"),
        ("registrado", "notificado_sac"),
        ("notificado_sac", "notificado_sac"),
    ]


def test_cases_are_counted_by_ambito_and_state_with_since_when(store, case_id, payee_id):
    make(store, case_id, payee_id, 1, state=PayoutState.SAC_NOTIFIED, at=LATER)
    make(store, case_id, payee_id, 2, state=PayoutState.SAC_NOTIFIED)
    commented = make(store, case_id, payee_id, 3, pac=OTHER)
    with store.transaction() as session:
        row = payout_cases.get_case(session, commented)
        payout_cases.move(session, row, row.state, at=LATER, note="un comentario")

    with store.reading() as session:
        found = payout_cases.standing_of(session, case_id, [PayoutState.REGISTERED, PayoutState.SAC_NOTIFIED])

    counts = {(one.pac, one.state): (one.number, moment(one.since)) for one in found}
    assert counts == {
        (PAC, PayoutState.SAC_NOTIFIED): (2, NOW),
        (OTHER, PayoutState.REGISTERED): (1, NOW),
    }


def moment(instant: datetime) -> datetime:
    assert instant.tzinfo is not None
    return instant


def test_a_case_is_untold_until_a_letter_tells_of_the_state_that_it_is_in(store, case_id, payee_id):
    number = make(store, case_id, payee_id, 1)
    letter_id = a_letter(store, "a")

    def untold(state):
        with store.reading() as session:
            return [row.id for row in payout_cases.untold_cases(session, case_id, state, [PAC])]

    before = untold(PayoutState.REGISTERED)
    with store.transaction() as session:
        row = payout_cases.get_case(session, number)
        payout_cases.move(session, row, row.state, at=NOW, letter_id=letter_id)
    told = untold(PayoutState.REGISTERED)
    with store.transaction() as session:
        row = payout_cases.get_case(session, number)
        payout_cases.move(session, row, PayoutState.SAC_NOTIFIED, at=LATER, letter_id=letter_id)

    assert before == [number]
    assert told == []
    assert untold(PayoutState.SAC_NOTIFIED) == [number]
    with store.reading() as session:
        assert [row.id for row in payout_cases.cases_of_letter(session, letter_id)] == [number]


def test_when_a_region_reported_last(store, case_id, payee_id):
    make(store, case_id, payee_id, 1, state=PayoutState.CACYPCS_INFORMED, at=LATER)
    make(store, case_id, payee_id, 2)

    with store.reading() as session:
        here = payout_cases.last_event_at(session, case_id, "OOAD07-R03-", PayoutState.CACYPCS_INFORMED)
        there = payout_cases.last_event_at(session, case_id, "OOAD07-R01-", PayoutState.CACYPCS_INFORMED)

    assert (here, there) == (LATER, None)


def test_of_reports_the_one_that_was_sent_last_counts_however_they_arrive(store, case_id):
    def report(at, collected):
        return ProgressRow(
            case_id=case_id,
            unit=PAC,
            on=at.date(),
            at=at,
            payees=5,
            collected=collected,
            with_problem=0,
            source=ProgressSource.CHAT,
        )

    with store.transaction() as session:
        progress.add_progress(session, report(LATER, 4))
        progress.add_progress(session, report(NOW, 2))

    with store.reading() as session:
        found = progress.latest_progress(session, case_id, [PAC, OTHER])
    assert {unit: row.collected for unit, row in found.items()} == {PAC: 4}


def test_payees_are_counted_by_ambito_without_those_whom_a_newer_list_leaves_out(store, case_id, payee_id):
    with store.transaction() as session:
        before = payees.count_payees(session, case_id, [PAC, OTHER])
        row = session.get(PayeeRow, payee_id)
        row.in_list = False
        session.add(row)

    with store.reading() as session:
        assert (before, payees.count_payees(session, case_id, [PAC, OTHER])) == ({PAC: 1}, {})
