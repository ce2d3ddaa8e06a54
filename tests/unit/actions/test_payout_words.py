"""What the desk says of progress and payout cases of its own accord, by chat and in letters."""

import re
from string import Formatter

import pytest

from actions import payout_words
from actions.payout_letters import FOLIO, INCIDENT, folio_span
from actions.payout_words import question_for_provider, reason_in_words, reason_on_button, state_in_words
from actions.tell_by_chat import chat_words
from mail.wording import GENDER_MARKS, LABOUR_WORDS
from storage.payout_cases import PayoutReason, PayoutState

WORDS = sorted(chat_words())


@pytest.mark.parametrize("key", WORDS)
def test_what_is_said_holds_the_rules_of_the_office(key):
    text = chat_words()[key]
    facts = {name: "x" for _, name, _, _ in Formatter().parse(text) if name}

    said = text.format(**facts)

    assert GENDER_MARKS.search(said) is None
    assert not LABOUR_WORDS.search(said)
    assert not re.search(r"\b(?:tú|tienes|puedes|debes|tu)\b", said, re.IGNORECASE)
    # Nobody's name, and nothing of a reason, is said unasked (ledger 6.8).
    assert not {"name", "person", "reason", "detail"} & facts.keys()


@pytest.mark.parametrize("reason", PayoutReason)
def test_every_reason_has_its_words(reason):
    assert reason_in_words(reason)
    assert len(f"{reason.value} {reason_on_button(reason)}") <= 40
    # The PS is asked about a line, and hears no reason and no name.
    assert reason_in_words(reason).lower() not in question_for_provider(reason)
    assert not GENDER_MARKS.search(f"{reason_in_words(reason)} {question_for_provider(reason)}")


@pytest.mark.parametrize("state", PayoutState)
def test_every_state_has_its_words(state):
    assert state_in_words(state)


def test_no_words_are_left_over():
    words = payout_words._words()

    assert set(words["reasons"]) == set(words["questions"]) == {reason.value for reason in PayoutReason}
    assert set(words["states"]) == {state.value for state in PayoutState}


def test_folios_are_found_in_the_words_of_an_act():
    assert FOLIO.findall("Casos P-2027-B1-0001, P-2027-B1-12345.") == ["P-2027-B1-0001", "P-2027-B1-12345"]
    assert folio_span(["P-2027-B1-0001"]) == "P-2027-B1-0001"
    assert INCIDENT > 1
