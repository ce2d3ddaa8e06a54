"""The columns of a list: their titles, and the other names under which people send them (ledger 4.3)."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from procedures.lists.rows import FIELDS
from procedures.yaml_text import read_yaml

_ACCENTS = re.compile("[\u0300-\u036f]+")
_SIGNS = re.compile(r"[^a-z0-9#]+")
_PARENTHESES = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of the template."""

    field: str
    title: str
    width: int
    """In characters."""
    note: str
    aliases: tuple[str, ...]


def columns() -> tuple[Column, ...]:
    """Return the columns in the order of the template; the last one, CURP, is not on it."""
    return tuple(_read()[0].values())


def column(field: str) -> Column:
    """Return the column of a field."""
    return _read()[0][field]


def field_of(header: object) -> str:
    """Return the field that a header names, or an empty text.

    >>> field_of("  CLAVE  INEGI (9 dígitos)"), field_of("Región/EMS"), field_of("Color")
    ('clave_inegi', 'region', '')
    """
    if not isinstance(header, str) or len(header) > 200:
        return ""
    names = _read()[1]
    return names.get(plain(header)) or names.get(plain(_PARENTHESES.sub(" ", header))) or ""


def row_key() -> Column:
    """Return the column of the rows' own keys, which only a workbook that comes back has."""
    return _read()[3]


def is_row_key(header: object) -> bool:
    """Tell whether a header names the column of the rows' own keys."""
    if not isinstance(header, str) or len(header) > 200:
        return False
    found = row_key()
    return plain(header) in {plain(name) for name in (found.title, *found.aliases)}


def claim_strength(field: str, header: str) -> int:
    """Return how well a header names a field it was recognised as: 0 is our own title, then the aliases in order."""
    found = column(field)
    names = [plain(name) for name in (found.title, found.field, *found.aliases)]
    bare = plain(_PARENTHESES.sub(" ", header))
    return names.index(plain(header)) if plain(header) in names else names.index(bare)


def control_key_of(label: object) -> str:
    """Return what a label of the sheet Control stands before, or an empty text."""
    return _read()[2].get(plain(label), "") if isinstance(label, str) and len(label) <= 200 else ""


def plain(text: str) -> str:
    """Return a header without accents, case, signs and superfluous spaces.

    >>> plain(" Región /  EMS: ")
    'region ems'
    """
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _SIGNS.sub(" ", bare.casefold()).strip()


@cache
def _read() -> tuple[dict[str, Column], Mapping[str, str], Mapping[str, str], Column]:
    """Return the columns by field, header -> field, label of Control -> key, and the column of the rows' keys."""
    text = resources.files("documents").joinpath("list_columns.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = read_yaml(text)
    found = {item["field"]: _column(item) for item in data["columns"]}
    assert tuple(found) == FIELDS, "list_columns.yaml and procedures.lists.rows.FIELDS differ"
    headers = {
        plain(name): item.field for item in found.values() for name in (item.title, item.field, *item.aliases)
    }
    labels = {plain(name): key for key, names in data["control"].items() for name in (key, *names)}
    return found, headers, labels, _column({"field": "", **data["row_key"]})


def _column(item: Mapping[str, Any]) -> Column:
    return Column(
        field=item["field"],
        title=item["title"],
        width=item["width"],
        note=item["note"],
        aliases=tuple(item["aliases"]),
    )
