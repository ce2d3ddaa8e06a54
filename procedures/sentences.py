"""What the engine and the loader say, in Spanish, from one catalogue."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from procedures.yaml_text import read_yaml


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    catalogue: Mapping[str, Any] = read_yaml(
        files("procedures").joinpath("sentences.yaml").read_text(encoding="utf-8")
    )
    return catalogue


def say_refusal(code: str, **words: object) -> str:
    """Return why something was refused.

    >>> say_refusal("unknown_unit", unit="OOAD99")
    '«OOAD99» no es parte de este expediente.'
    """
    return _catalogue()["refusals"][code].format(**words)


def say_reason(code: str, **words: object) -> str:
    """Return what a gate found, for those that may find more than one thing.

    >>> say_reason("not_sent")[:31]
    'El archivo por anexar no es el '
    """
    return _catalogue()["reasons"][code].format(**words)


def say_problem(code: str, **words: object) -> str:
    """Return what is wrong with a definition.

    >>> say_problem("unknown_step", name="A99")
    'no existe el paso A99'
    """
    return _catalogue()["problems"][code].format(**words)


def say_opening(code: str, **words: object) -> str:
    """Return what prevents a case from being opened."""
    return _catalogue()["openings"][code].format(**words)
