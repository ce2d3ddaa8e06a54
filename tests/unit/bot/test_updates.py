"""What the desk does not care for says nothing to it; what it cares for is read whatever else is there."""

import json

import pytest

from bot.updates import NOTHING, Deed, chat_of, read_update
from tests.unit.bot import kinds

UNWANTED = list(kinds.kinds())


def read(update):
    return read_update(json.dumps({"update_id": 9, **update}).encode())


def test_there_are_at_least_105_kinds():
    assert len(dict(UNWANTED)) >= 105


@pytest.mark.parametrize("update", [update for _, update in UNWANTED], ids=[name for name, _ in UNWANTED])
def test_an_unwanted_update_says_nothing(update):
    assert read(update).deed is Deed.OTHER
    assert isinstance(chat_of({"update_id": 9, **update}), int)


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff\xfe", b"{", b'{"update_id": "x"}'])
def test_what_is_no_update_says_nothing(raw):
    assert read_update(raw).deed is Deed.OTHER


def test_a_message_is_read_whatever_the_future_adds_to_it():
    update = {"message": kinds.message(text="/ayuda", telepathy={"x": 1}, mood=[1])}

    found = read(update)

    assert (found.deed, found.text, found.chat_id, found.private) == (
        Deed.SAID,
        "/ayuda",
        5_200_000_001,
        True,
    )


@pytest.mark.parametrize("broken", [{"date": "ayer"}, {"entities": 5}, {"reply_to_message": "x"}])
def test_what_nobody_looks_at_may_be_broken(broken):
    assert read({"message": kinds.message(text="/ayuda") | broken}).text == "/ayuda"


@pytest.mark.parametrize("name", ["document", "photo", "voice"])
def test_a_file_is_a_file_whatever_its_kind(name):
    assert read({"message": kinds.message(**{name: kinds.FROM_OTHERS[name]})}).deed is Deed.FILE


@pytest.mark.parametrize("name", ["sticker", "location", "contact", "venue"])
def test_what_is_no_text_is_said_without_words(name):
    found = read({"message": kinds.message(**{name: kinds.FROM_OTHERS[name]})})

    assert (found.deed, found.text) == (Deed.SAID, "")


def test_a_block_is_heard():
    update = {
        "my_chat_member": {
            "chat": kinds.CHAT,
            "from": kinds.USER,
            "date": kinds.DATE,
            "old_chat_member": kinds.member("member", kinds.BOT),
            "new_chat_member": kinds.member("kicked", kinds.BOT),
        }
    }

    assert read(update).deed is Deed.WENT
    assert read({"message": None}) == NOTHING
