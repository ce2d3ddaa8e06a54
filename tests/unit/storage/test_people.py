"""Who acts for a post, whose an address is, and codes that work once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, SQLModel, create_engine

from storage import cases, entries, organisation, people  # noqa: F401  # tables that others refer to
from storage.organisation import UnitKind, UnitRow
from storage.people import (
    ChannelKind,
    ChannelRow,
    ChannelState,
    ExternalContactRow,
    HoldingKind,
    HoldingRow,
    PersonRow,
    PostRow,
)

KEY = b"a key that only the office has"
NOW = datetime(2027, 1, 4, 15, tzinfo=UTC)
DAY = date(2027, 1, 4)
HOUR = timedelta(hours=1)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as open_session:
        open_session.add(UnitRow(code="PIB", kind=UnitKind.NATIONAL, name="Nacional"))
        open_session.add(PostRow(id=1, role="CACyPCS", unit="PIB"))
        for number, name in enumerate(("Titular", "Suplente", "Encargo"), start=1):
            open_session.add(PersonRow(id=number, key=f"P{number}", full_name=name))
        open_session.flush()
        yield open_session
    engine.dispose()


def hold(
    session: Session, person_id: int, kind: HoldingKind, from_on: date | None, to_on: date | None
) -> None:
    session.add(HoldingRow(post_id=1, person_id=person_id, kind=kind, from_on=from_on, to_on=to_on))
    session.flush()


def names(session: Session, on: date) -> list[str]:
    return [person.full_name for person, _ in people.holders(session, "CACyPCS", "PIB", on)]


def test_a_suplente_in_force_acts_for_the_titular_and_no_day_longer(session):
    hold(session, 1, HoldingKind.TITULAR, date(2026, 1, 1), None)
    hold(session, 2, HoldingKind.SUPLENTE, DAY, date(2027, 1, 15))

    assert names(session, date(2027, 1, 3)) == ["Titular"]
    assert names(session, DAY) == ["Suplente"]
    assert names(session, date(2027, 1, 15)) == ["Suplente"]
    assert names(session, date(2027, 1, 16)) == ["Titular"]


def test_a_titular_away_keeps_the_post(session):
    hold(session, 1, HoldingKind.TITULAR, None, None)
    hold(session, 2, HoldingKind.SUPLENTE, DAY, DAY)

    assert [post.role for post, _ in people.posts_of(session, 1, DAY)] == ["CACyPCS"]


def test_an_encargado_acts_where_the_post_is_vacant(session):
    hold(session, 1, HoldingKind.TITULAR, None, date(2026, 12, 31))
    hold(session, 3, HoldingKind.ENCARGADO, date(2027, 1, 1), None)

    assert names(session, DAY) == ["Encargo"]


def test_who_left_the_office_acts_for_nothing(session):
    hold(session, 1, HoldingKind.TITULAR, None, None)
    person = session.get_one(PersonRow, 1)
    person.active = False
    session.add(person)

    assert names(session, DAY) == []


def test_an_address_is_found_in_any_case_until_it_is_revoked(session):
    channel = ChannelRow(person_id=1, kind=ChannelKind.EMAIL, value="ana@example.org")
    session.add(channel)
    session.flush()

    found = people.find_person_by_email(session, " Ana@Example.ORG ")
    assert found is not None
    assert found.id == 1

    channel.state = ChannelState.REVOKED
    session.add(channel)
    assert people.find_person_by_email(session, "ana@example.org") is None
    assert people.active_email(session, 1) == ""


def test_a_bouncing_address_serves_only_where_there_is_no_better(session):
    session.add(
        ChannelRow(person_id=1, kind=ChannelKind.EMAIL, value="a@example.org", state=ChannelState.BOUNCING)
    )
    assert people.active_email(session, 1) == "a@example.org"

    session.add(ChannelRow(person_id=1, kind=ChannelKind.EMAIL, value="b@example.org"))
    assert people.active_email(session, 1) == "b@example.org"


def test_letters_for_a_post_go_to_who_acts(session):
    hold(session, 1, HoldingKind.TITULAR, None, None)
    hold(session, 2, HoldingKind.SUPLENTE, DAY, DAY)
    session.add(ChannelRow(person_id=1, kind=ChannelKind.EMAIL, value="titular@example.org"))
    session.add(ChannelRow(person_id=2, kind=ChannelKind.EMAIL, value="suplente@example.org"))

    assert people.addresses_for(session, "CACyPCS", "PIB", DAY) == ["suplente@example.org"]
    assert people.addresses_for(session, "CACyPCS", "PIB", DAY + timedelta(days=1)) == ["titular@example.org"]


def test_a_contact_outside_is_one_only_while_in_force(session):
    session.add(ExternalContactRow(organisation="PS", email="archivos@ps.example", to_on=DAY))

    assert people.find_external_contact(session, "Archivos@PS.example", DAY) is not None
    assert people.external_contacts(session, "PS", DAY + timedelta(days=1)) == []


def issue(session: Session, code: str, person_id: int = 1, act: str = "A25", now: datetime = NOW) -> str:
    draws = iter([code, "999999"])
    return people.issue_code(
        session,
        key=KEY,
        person_id=person_id,
        case_id=None,
        act=act,
        unit="",
        subject_key="LVN v1",
        now=now,
        ttl=HOUR,
        draw=lambda: next(draws),
    )


def test_a_code_works_once(session):
    issue(session, "123456")

    row = people.use_code(session, " 123456 ", key=KEY, person_id=1, now=NOW)

    assert row is not None
    assert (row.act, row.subject_key, row.used_at) == ("A25", "LVN v1", NOW)
    assert people.use_code(session, "123456", key=KEY, person_id=1, now=NOW) is None


def test_a_drawn_code_has_six_digits():
    assert all(len(code) == 6 and code.isdigit() for code in (people.draw_code() for _ in range(50)))


@pytest.mark.parametrize(
    ("code", "person_id", "key", "now"),
    [
        pytest.param("123456", 2, KEY, NOW, id="of somebody else"),
        pytest.param("123456", 1, b"another key", NOW, id="under another key"),
        pytest.param("123456", 1, KEY, NOW + HOUR, id="expired"),
        pytest.param("654321", 1, KEY, NOW, id="wrong"),
        pytest.param("", 1, KEY, NOW, id="empty"),
    ],
)
def test_a_code_that_is_no_good_gives_the_same_answer(session, code, person_id, key, now):
    issue(session, "123456")

    assert people.use_code(session, code, key=key, person_id=person_id, now=now) is None


def test_the_fifth_wrong_attempt_voids_the_code(session):
    issue(session, "123456")

    for _ in range(people.CODE_ATTEMPTS):
        assert people.use_code(session, "000000", key=KEY, person_id=1, now=NOW) is None

    assert people.use_code(session, "123456", key=KEY, person_id=1, now=NOW) is None


def test_an_old_code_typed_again_counts_for_nothing(session):
    issue(session, "111111")
    people.use_code(session, "111111", key=KEY, person_id=1, now=NOW)
    issue(session, "222222")

    for _ in range(people.CODE_ATTEMPTS):
        assert people.use_code(session, "111111", key=KEY, person_id=1, now=NOW) is None

    assert people.use_code(session, "222222", key=KEY, person_id=1, now=NOW) is not None


def test_a_code_for_one_act_is_no_code_for_another(session):
    issue(session, "123456", act="A25")

    assert people.use_code(session, "123456", key=KEY, person_id=1, act="A28", now=NOW) is None
    assert people.use_code(session, "123456", key=KEY, person_id=1, act="A25", now=NOW) is not None


def test_no_two_live_codes_of_a_person_are_equal(session):
    assert issue(session, "123456", act="A25") == "123456"
    assert issue(session, "123456", act="A28") == "999999"


def test_the_books_keep_no_code(session):
    issue(session, "123456")

    assert "123456" not in session.exec(people.select(people.CodeRow)).one().code_hash


def test_codes_of_an_act_that_is_done_are_void(session):
    session.add(cases.CaseRow(id=7, folio="0780/2027-B1", procedure="0780-003-002", opened_at=NOW))
    session.flush()
    people.issue_code(
        session,
        key=KEY,
        person_id=1,
        case_id=7,
        act="A25",
        unit="",
        subject_key="",
        now=NOW,
        ttl=HOUR,
        draw=lambda: "123456",
    )

    assert people.void_codes(session, case_id=7, act="A25", unit="", now=NOW) == 1
    assert people.use_code(session, "123456", key=KEY, person_id=1, now=NOW) is None
