"""What a module of the chat can do: commands, answers to its questions, and what its buttons are for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.access import Caller
from bot.turn import Turn

Command: TypeAlias = Callable[[Turn, Caller, str], None]
"""Does a command; the text after it comes along."""
Answer: TypeAlias = Callable[[Turn, Caller], None]
"""Hears what was written while its question waited; the text stands in the turn's update."""
Press: TypeAlias = Callable[[Turn, Caller, str], None]
"""Does what a button is for, with the value that the button carries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skill:
    """The part of one module in the conversation."""

    commands: Mapping[str, Command] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By the dialogue's name in `ChatRow.dialogue`."""
    acts: Mapping[str, Press] = field(default_factory=dict)
    looks: frozenset[str] = frozenset()
    """Acts that change nothing, so that their buttons are not spent."""


def joined(*skills: Skill) -> Skill:
    """Return everything that some modules can do.

    Raises:
        ValueError: two of them claim the same command, dialogue or act.
    """
    commands: dict[str, Command] = {}
    answers: dict[str, Answer] = {}
    acts: dict[str, Press] = {}
    for skill in skills:
        twice = {
            *(commands.keys() & skill.commands.keys()),
            *(answers.keys() & skill.answers.keys()),
            *(acts.keys() & skill.acts.keys()),
        }
        if twice:
            message = f"claimed twice: {', '.join(sorted(twice))}"
            raise ValueError(message)
        commands |= skill.commands
        answers |= skill.answers
        acts |= skill.acts
    looks = frozenset(name for skill in skills for name in skill.looks)
    return Skill(commands=commands, answers=answers, acts=acts, looks=looks)
