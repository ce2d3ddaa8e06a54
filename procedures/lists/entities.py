"""The federal entities: their keys, their names, and what people call them."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from procedures.lists.names import normalise_name
from procedures.yaml_text import read_yaml

_PREFIX = re.compile(r"^(?:ESTADO|EDO) (?:DE |DEL )?|^[0-9]{2} (?=[A-Z])")


def entity_names() -> Mapping[str, str]:
    """Return the names by key of two digits, as INEGI has them."""
    return _read()[0]


def find_entity(name: str) -> str | None:
    """Return the key of an entity by any of its names.

    >>> find_entity("Edo. de Chiapas"), find_entity("Veracruz"), find_entity("México"), find_entity("Chipas")
    ('07', '30', '15', None)
    """
    by_name = _read()[1]
    plain = normalise_name(name)
    return by_name.get(plain) or by_name.get(_PREFIX.sub("", plain))


@cache
def _read() -> tuple[dict[str, str], dict[str, str]]:
    text = resources.files("procedures.lists").joinpath("entities.yaml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = read_yaml(text)
    names = {key: called[0] for key, called in found.items()}
    by_name = {normalise_name(name): key for key, called in found.items() for name in called}
    return names, by_name
