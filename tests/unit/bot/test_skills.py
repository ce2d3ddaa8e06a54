"""What the modules of the chat bring comes together without two of them meeting."""

import pytest

from bot import conversation, texts
from bot.skills import Skill, joined


def nothing(turn, caller, argument=""):
    del turn, caller, argument


@pytest.mark.parametrize("part", ["commands", "answers", "acts"])
def test_two_modules_never_claim_the_same(part):
    with pytest.raises(ValueError, match="claimed twice: avance"):
        joined(Skill(**{part: {"avance": nothing}}), Skill(**{part: {"avance": nothing}}))


def test_every_command_of_the_catalogue_is_done_by_somebody():
    assert set(texts.catalogue()["commands"]) <= set(conversation.HANDLERS)


def test_looks_are_acts():
    assert conversation.LOOKS
    assert set(conversation.LOOKS) <= set(conversation.ACTS)


def test_the_catalogue_refuses_a_key_in_two_files():
    with pytest.raises(texts.WordsTwice, match=r"cases\.yaml: help"):
        texts._add({"help": "a"}, {"help": "b"}, "cases.yaml")
