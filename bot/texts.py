"""The words of the chat: a catalogue of one file a module, and the menu that each role sees."""

from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files
from typing import Any

from procedures.yaml_text import read_yaml

SECTIONS = ("commands", "states", "steps", "dialogues", "tiers")
"""Parts of a file that are tables of their own; all else is a text."""


class WordsTwice(ValueError):
    """Two files of the catalogue have the same key."""


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """Return the whole catalogue.

    Raises:
        WordsTwice: a key stands in two files.
    """
    found: dict[str, Any] = {section: {} for section in SECTIONS}
    for path in sorted((files("bot") / "words").iterdir(), key=lambda path: path.name):
        words: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"))
        for section in SECTIONS:
            _add(found[section], words.pop(section, {}), path.name)
        _add(found, words, path.name)
    return found


def _add(found: dict[str, Any], words: dict[str, Any], name: str) -> None:
    if twice := found.keys() & words.keys():
        message = f"{name}: {', '.join(sorted(twice))}"
        raise WordsTwice(message)
    found.update(words)


def text(key: str, **values: object) -> str:
    """Return a text with its facts.

    >>> text("list_missing", period="enero-febrero 2027", due="18-ene-2027")
    'Aún no se recibe su listado de enero-febrero 2027; vence el 18-ene-2027.'
    """
    words = catalogue()[key]
    if not isinstance(words, str):
        message = f"{key} is no text"
        raise TypeError(message)
    return words.format(**values)


def counted(key: str, number: int) -> str:
    """Return a number with its noun.

    >>> counted("errors", 1), counted("errors", 3)
    ('1 error', '3 errores')
    """
    return text(f"{key}_one") if number == 1 else text(f"{key}_many", n=number)


def may_use(command: str, roles: Collection[str]) -> bool:
    """Tell whether somebody in these roles has a command."""
    known = catalogue()["commands"].get(command)
    if known is None:
        return False
    wanted = known.get("roles")
    return wanted is None or bool(set(wanted) & set(roles))


def menu(roles: Collection[str]) -> str:
    """Return the commands of these roles, a line each."""
    return "\n".join(text("menu_line", command=name, says=says) for name, says in commands_of(roles))


def commands_of(roles: Collection[str]) -> list[tuple[str, str]]:
    """Return what Telegram's own menu shows to somebody in these roles; without any, to everybody."""
    return [
        (name, values["says"])
        for name, values in sorted(catalogue()["commands"].items(), key=lambda item: item[1]["place"])
        if may_use(name, roles)
    ]


def state_name(state: str) -> str:
    """Return what the state of a list is called."""
    return str(catalogue()["states"][state])


def dialogue_name(dialogue: str) -> str:
    """Return what an open dialogue is called.

    >>> dialogue_name("note"), dialogue_name("anything")
    ('la nota de una circular', 'una captura')
    """
    return str(catalogue()["dialogues"].get(dialogue, text("some_dialogue")))


def tier_name(level: str) -> str:
    """Return what the lists of a tier are called in a line.

    >>> tier_name("LVR")
    'región'
    """
    return str(catalogue()["tiers"][level])


def step_title(step: str, title: str) -> str:
    """Return what a step is called in the chat: in the words of whoever has to do it, where there are any.

    >>> step_title("A08", "Entrega del listado al SAC"), step_title("A25", "Autorización")
    ('Enviar listado', 'Autorización')
    """
    return str(catalogue()["steps"].get(step, title))
