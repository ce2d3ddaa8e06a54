"""An account has one owner, a link code works once, and a button belongs to one chat."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import chats
from storage.chats import ChatKind, ChatRow
from storage.database import Store
from storage.people import ChannelState, PersonRow

KEY = b"a key that only the office has"
NOW = datetime(2027, 1, 4, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROSA, OTHER = 7_200_000_000_001, 7_200_000_000_002
"""Accounts whose numbers need more than 32 bits."""


@pytest.fixture
def person_id(store: Store) -> int:
    with store.transaction() as session:
        person = PersonRow(key="PAC-07-012", full_name="Hilario Moreno Sántiz")
        session.add(person)
        session.flush()
        assert person.id is not None
        return person.id


def opened(store: Store, chat_id: int) -> None:
    with store.transaction() as session:
        chats.open_chat(session, chat_id)


def linked(store: Store, chat_id: int, person_id: int) -> list[int]:
    with store.transaction() as session:
        chat = chats.open_chat(session, chat_id)
        return [other.chat_id for other in chats.link_person(session, chat, person_id, NOW)]


def kept(store: Store, chat_id: int) -> ChatRow:
    with store.reading() as session:
        found = chats.find_chat(session, chat_id)
        assert found is not None
        return found


def test_a_conversation_is_opened_once_and_found_again(store):
    for _ in range(2):
        opened(store, ROSA)
    with store.transaction() as session:
        chats.open_chat(session, -4_100_000_001, ChatKind.GROUP)

    assert (kept(store, ROSA).kind, kept(store, ROSA).state) == (ChatKind.PRIVATE, ChannelState.ACTIVE)
    assert kept(store, -4_100_000_001).kind is ChatKind.GROUP


def test_what_was_answered_so_far_is_kept(store):
    with store.transaction() as session:
        chat = chats.open_chat(session, ROSA)
        chat.dialogue, chat.answers = "digits", {"person": "3"}
        session.add(chat)

    assert kept(store, ROSA).answers == {"person": "3"}


def test_a_person_has_one_account(store, person_id):
    assert linked(store, ROSA, person_id) == []
    assert linked(store, OTHER, person_id) == [ROSA]

    with store.reading() as session:
        found = chats.chat_of_person(session, person_id)
    assert found is not None
    assert found.chat_id == OTHER
    assert kept(store, ROSA).state is ChannelState.REVOKED
    assert kept(store, ROSA).person_id is None


def test_an_account_that_blocked_the_desk_is_not_written_to(store, person_id):
    linked(store, ROSA, person_id)

    with store.transaction() as session:
        news = [chats.mark_reachable(session, ROSA, reachable=False) for _ in range(2)]
        found = chats.chat_of_person(session, person_id)

    assert news == [True, False]
    assert found is None


def test_an_ended_link_stays_ended_whoever_writes(store, person_id):
    linked(store, ROSA, person_id)
    with store.transaction() as session:
        chats.unlink(session, chats.open_chat(session, ROSA), NOW)

    with store.transaction() as session:
        assert not chats.mark_reachable(session, ROSA, reachable=True)
    assert kept(store, ROSA).state is ChannelState.REVOKED


def test_a_link_code_works_once_and_in_time(store, person_id):
    opened(store, ROSA)
    with store.transaction() as session:
        code = chats.issue_link_code(session, key=KEY, person_id=person_id, issued_by=None, now=NOW, ttl=HOUR)

        def claim(words: str, at: datetime, key: bytes = KEY) -> bool:
            return chats.claim_link_code(session, words, key=key, chat_id=ROSA, now=at) is not None

        tries = [
            claim("AAAA-BBBB", NOW),
            claim(code, NOW, b"another key"),
            claim(code, NOW + HOUR),
            claim(code, NOW),
            claim(code, NOW),
        ]

    assert tries == [False, False, False, True, False]


def test_a_new_link_code_ends_the_one_before(store, person_id):
    with store.transaction() as session:
        first, second = (
            chats.issue_link_code(session, key=KEY, person_id=person_id, issued_by=None, now=NOW, ttl=HOUR)
            for _ in range(2)
        )
        used = [
            chats.claim_link_code(session, code, key=KEY, chat_id=ROSA, now=NOW) is not None
            for code in (first, second)
        ]

    assert used == [False, True]


def test_two_accounts_cannot_use_one_code(open_books, person_id):
    one, two = open_books(), open_books()
    with one.transaction() as session:
        code = chats.issue_link_code(session, key=KEY, person_id=person_id, issued_by=None, now=NOW, ttl=HOUR)
    won = []
    for books, account in ((one, ROSA), (two, OTHER)):
        with books.transaction() as session:
            won.append(chats.claim_link_code(session, code, key=KEY, chat_id=account, now=NOW) is not None)

    assert won == [True, False]


def test_buttons_are_spent_together_and_only_in_their_own_chat(store):
    for account in (ROSA, OTHER):
        opened(store, account)
    with store.transaction() as session:
        yes, no, later = (
            chats.offer_button(
                session,
                chat_id=ROSA,
                sheet=sheet,
                act="unlink",
                value=value,
                expires_at=NOW + HOUR,
            )
            for sheet, value in (("one", "yes"), ("one", "no"), ("two", "yes"))
        )

    with store.transaction() as session:
        assert chats.find_button(session, yes, chat_id=OTHER, now=NOW) is None
        assert chats.find_button(session, yes, chat_id=ROSA, now=NOW + HOUR) is None
        button = chats.find_button(session, yes, chat_id=ROSA, now=NOW)
        assert button is not None
        assert chats.spend_button(session, button, now=NOW)
        assert not chats.spend_button(session, button, now=NOW)
    with store.transaction() as session:
        assert chats.find_button(session, no, chat_id=ROSA, now=NOW) is None
        assert chats.find_button(session, later, chat_id=ROSA, now=NOW) is not None


def test_a_link_code_is_read_however_it_is_typed():
    code = chats.draw_link_code()

    assert chats.normalise_link_code(code.lower().replace("-", " ")) == code
    assert chats.normalise_link_code("autorizo") == ""


def test_tokens_of_letters_in_bulk_are_the_same_each_time_and_nobody_elses():
    token = chats.button_token(b"k", "RV-1|7", "collected")

    assert chats.button_token(b"k", "RV-1|7", "collected") == token
    others = [(b"x", "RV-1|7", "collected"), (b"k", "RV-1|8", "collected"), (b"k", "RV-1|7", "mute")]
    assert token not in {chats.button_token(*other) for other in others}
    assert len(token) <= 64
