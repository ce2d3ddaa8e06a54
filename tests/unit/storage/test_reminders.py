"""Who a round writes to, on both databases: nobody twice, nobody who said otherwise, nothing that never left."""

from datetime import UTC, date, datetime, timedelta

import pytest

from storage import chats, outbox, reminders
from storage.database import Store
from storage.lists import ListLevel, ListLineRow, ListState, add_version
from storage.organisation import UnitKind, UnitRow
from storage.outbox import Letter, LetterState
from storage.payees import PayeeRow, Told
from storage.payout_cases import PayoutCaseRow, PayoutReason, PayoutState
from storage.people import ChannelState
from storage.volunteers import VolunteerRow

NOW = datetime(2027, 2, 24, 15, tzinfo=UTC)
TODAY = NOW.replace(hour=6)
DATES = reminders.dates_key(date(2027, 3, 1), date(2027, 3, 12))
OTHER = reminders.dates_key(date(2027, 3, 3), date(2027, 3, 16))
PRINTS = {"": "0.0", "OCO-01": "1.0", "SAL-01": "2.0"}
PAC = "OOAD07-R03-PAC012"


@pytest.fixture
def books(store: Store, case_id: int) -> Store:
    """Books with three payees of one ámbito, all with a chat."""
    with store.transaction() as session:
        for code, kind, parent in (
            ("OOAD07", UnitKind.OOAD, None),
            ("OOAD07-R03", UnitKind.REGION, "OOAD07"),
            (PAC, UnitKind.PAC, "OOAD07-R03"),
        ):
            session.add(UnitRow(code=code, kind=kind, parent=parent, name=code))
            session.flush()
        version = add_version(
            session,
            case_id=case_id,
            level=ListLevel.LD,
            unit="",
            state=ListState.TRANSMITTED,
            made_at=NOW,
        )
        for number in range(1, 4):
            line = ListLineRow(
                version_id=version.id or 0,
                position=number,
                pac=PAC,
                ooad="OOAD07",
                entity="Chiapas",
                municipality="Ocosingo",
                locality_name="Damasco",
                locality="070590068",
                name=f"Persona {number}",
                name_norm=f"PERSONA {number}",
                kind="VRS",
                amount_centavos=100_000,
                months="2027-01,2027-02",
            )
            volunteer = VolunteerRow(
                name=f"Persona {number}",
                name_norm=f"PERSONA {number}",
                kind="VRS",
                locality="070590068",
                unit=PAC,
            )
            session.add(line)
            session.add(volunteer)
            session.flush()
            session.add(
                PayeeRow(
                    id=number,
                    case_id=case_id,
                    pac=PAC,
                    line_id=line.id or 0,
                    volunteer_id=volunteer.id,
                    reference=f"2027-B1-{number:06}",
                    name_norm=line.name_norm,
                    locality=line.locality,
                    kind=line.kind,
                    office="OCO-01",
                )
            )
            chat = chats.open_chat(session, 100 + number)
            chats.link_volunteer(session, chat, volunteer.id or 0, NOW)
    return store


def due(store: Store, case_id: int, kind: str = "RV-1", *, dates: str = DATES, limit: int = 10) -> list[int]:
    with store.transaction() as session:
        found = reminders.readers_of(
            session, case_id, [PAC], kind=kind, dates=dates, since=TODAY, limit=limit
        )
        return [reader.payee_id for reader in found]


def notify(
    store: Store,
    case_id: int,
    payee_id: int,
    kind: str = "RV-1",
    *,
    at: datetime = NOW,
    dates: str = DATES,
    state: LetterState = LetterState.SENT,
    said: str = "",
) -> int:
    with store.transaction() as session:
        (letter,) = outbox.enqueue(
            session,
            [
                Letter(
                    key=f"{kind}|{payee_id}|{at.isoformat()}",
                    channel="telegram",
                    template=kind,
                    case_id=case_id,
                    step="A37",
                    unit=PAC,
                    address=str(100 + payee_id),
                    created_at=at,
                    not_before=at,
                )
            ],
        )
        number = letter.id
        outbox.get_letter(session, number).state = state
        reminders.add_notices(
            session,
            [
                {
                    "payee_id": payee_id,
                    "kind": kind,
                    "channel": "telegram",
                    "at": at,
                    "letter_id": number,
                    "person_id": None,
                    "office": "OCO-01",
                    "note": dates,
                    "said": said,
                }
            ],
        )
        return number


def change(store: Store, payee_id: int, **values: object) -> None:
    with store.transaction() as session:
        row = session.get(PayeeRow, payee_id)
        assert row is not None
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_whoever_has_a_chat_and_no_notice_is_due_in_pieces(books, case_id):
    assert due(books, case_id) == [1, 2, 3]
    assert due(books, case_id, limit=2) == [1, 2]

    notify(books, case_id, 1)
    notify(books, case_id, 2, state=LetterState.WAITING)

    assert due(books, case_id) == [3]


@pytest.mark.parametrize("state", [LetterState.CANCELLED, LetterState.FAILED])
def test_what_never_left_does_not_count(books, case_id, state):
    notify(books, case_id, 1, state=state)

    assert due(books, case_id) == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        {"in_list": False},
        {"collected_on": date(2027, 3, 2)},
        {"said_collected_at": NOW},
    ],
)
@pytest.mark.parametrize("kind", ["RV-1", "RV-2"])
def test_who_is_done_is_left_alone(books, case_id, values, kind):
    change(books, 2, **values)

    assert due(books, case_id, kind) == [1, 3]


def test_who_wants_no_reminders_still_gets_the_first_notice(books, case_id):
    change(books, 2, muted_at=NOW)

    assert due(books, case_id) == [1, 2, 3]
    notify(books, case_id, 2, at=NOW - timedelta(days=1))
    assert due(books, case_id, "RV-3") == [1, 3]


def test_nobody_is_written_to_twice_a_day(books, case_id):
    notify(books, case_id, 1)
    notify(books, case_id, 2, at=NOW - timedelta(days=1))

    assert due(books, case_id, "RV-2") == [2, 3]


def test_each_round_is_once_for_its_dates(books, case_id):
    notify(books, case_id, 1, "RV-2", at=NOW - timedelta(days=1))

    assert due(books, case_id, "RV-2") == [2, 3]
    assert due(books, case_id, "RV-2", dates=OTHER) == [1, 2, 3]


@pytest.mark.parametrize("state", [ChannelState.BOUNCING, ChannelState.REVOKED])
def test_an_account_that_takes_nothing_is_not_due(books, case_id, state):
    with books.transaction() as session:
        chat = chats.find_chat(session, 101)
        assert chat is not None
        chat.state = state
        session.add(chat)

    assert due(books, case_id) == [2, 3]


def test_first_messages_and_open_cases_are_told_apart(books, case_id):
    notify(books, case_id, 1, at=NOW - timedelta(days=1))
    with books.transaction() as session:
        session.add(
            PayoutCaseRow(
                case_id=case_id,
                payee_id=1,
                pac=PAC,
                reason=PayoutReason.OTHER_NAME,
                detail="",
                detected_on=date(2027, 3, 2),
                state=PayoutState.REPORTED,
                channel="chat",
                created_at=NOW,
            )
        )

    with books.transaction() as session:
        one, two, _three = reminders.readers_of(
            session, case_id, [PAC], kind="RV-3", dates=DATES, since=TODAY, limit=10
        )

    assert (one.is_first, one.in_case) == (False, True)
    assert (two.is_first, two.in_case) == (True, False)


def test_who_was_told_other_dates_or_another_office_is_outdated_until_told_anew(books, case_id):
    notify(books, case_id, 1, at=NOW - timedelta(days=1))
    notify(books, case_id, 2, at=NOW - timedelta(days=1))
    change(books, 2, office="SAL-01")
    with books.transaction() as session:
        by_office = reminders.outdated(session, case_id, [PAC], DATES, PRINTS, limit=10)
        by_dates = reminders.outdated(session, case_id, [PAC], OTHER, PRINTS, limit=10)

    notify(books, case_id, 1, "CORRECTION", dates=OTHER)

    with books.transaction() as session:
        left = reminders.outdated(session, case_id, [PAC], OTHER, PRINTS, limit=10)
    assert [one.payee_id for one in by_office] == [2]
    assert [one.payee_id for one in by_dates] == [1, 2]
    assert [one.payee_id for one in left] == [2]


def test_who_was_told_other_things_of_the_same_office_is_outdated(books, case_id):
    for number, said in ((1, "1.0"), (2, "1.1"), (3, "")):
        notify(books, case_id, number, said=said)

    with books.transaction() as session:
        found = reminders.outdated(session, case_id, [PAC], DATES, PRINTS, limit=10)

    assert [(one.payee_id, one.told_print) for one in found] == [(2, "1.1")]


def test_only_what_is_not_true_any_more_is_kept_from_leaving(books, case_id):
    waiting = [notify(books, case_id, number, state=LetterState.WAITING) for number in (1, 2, 3)]
    change(books, 2, office="SAL-01")
    change(books, 3, in_list=False)

    with books.transaction() as session:
        cancelled = reminders.cancel_outdated(session, case_id, DATES, PRINTS)
    with books.reading() as session:
        states = [outbox.get_letter(session, number).state for number in waiting]

    assert cancelled == 2
    assert states == [LetterState.WAITING, LetterState.CANCELLED, LetterState.CANCELLED]


def test_somebody_counts_as_told_once_the_notice_left_and_what_a_person_said_stays(books, case_id):
    letters = [notify(books, case_id, number) for number in (1, 2)]
    change(books, 2, told=Told.IN_PERSON)

    with books.transaction() as session:
        reminders.note_told(session, letters, at=NOW)
    with books.reading() as session:
        (tally,) = reminders.tally(session, case_id)

    assert (tally.total, tally.by_chat, tally.in_person, tally.not_yet, tally.linked) == (3, 1, 1, 1, 3)


def test_who_is_left_out_hears_it_once(books, case_id):
    notify(books, case_id, 1)
    change(books, 1, in_list=False)
    change(books, 2, in_list=False)
    with books.transaction() as session:
        before = reminders.left_out(session, case_id, [PAC], limit=10)

    notify(books, case_id, 1, "WITHDRAWN")

    with books.transaction() as session:
        after = reminders.left_out(session, case_id, [PAC], limit=10)
    assert [reader.payee_id for reader in before] == [1]
    assert after == []


def test_how_many_said_to_have_collected(books, case_id):
    change(books, 1, said_collected_at=NOW)

    with books.reading() as session:
        assert reminders.count_said(session, case_id, PAC) == (1, 3)


def test_whom_notices_and_people_reach(books, case_id):
    notify(books, case_id, 1, state=LetterState.WAITING)
    change(books, 2, told=Told.PHONE)

    with books.reading() as session:
        assert reminders.tally_of(session, case_id, [PAC]) == [(PAC, 3, 2)]
