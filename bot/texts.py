"""The words of the chat: a catalogue, and the menu that each role sees."""

from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files
from typing import Any

from procedures.yaml_text import read_yaml


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Any]:
    """Return the whole catalogue."""
    found: dict[str, Any] = read_yaml((files("bot") / "texts.yaml").read_text(encoding="utf-8"))
    return found


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
    return "\n".join(
        text("menu_line", command=name, says=values["says"])
        for name, values in catalogue()["commands"].items()
        if may_use(name, roles)
    )


def commands_shown() -> list[tuple[str, str]]:
    """Return what Telegram's own menu shows to everybody: the commands without a role."""
    return [
        (name, values["says"])
        for name, values in catalogue()["commands"].items()
        if values.get("roles") is None
    ]


def state_name(state: str) -> str:
    """Return what the state of a list is called."""
    return str(catalogue()["states"][state])


def step_title(step: str, title: str) -> str:
    """Return what a step is called in the chat: in the words of whoever has to do it, where there are any.

    >>> step_title("A08", "Entrega del listado al SAC"), step_title("A25", "Autorización")
    ('Enviar listado', 'Autorización')
    """
    return str(catalogue()["steps"].get(step, title))
