"""The description of the sheets (sheets.yaml) and of what is said about them (messages.yaml)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from documents.directory.values import (
    Contact,
    Contract,
    Headcount,
    HistoryPerson,
    Holding,
    MedicalUnit,
    Office,
    Ooad,
    Pac,
    Person,
    Place,
    Problem,
    Record,
    Region,
    Releaser,
    Requisite,
    ScopeLocality,
    Tariff,
    Weight,
)
from procedures.yaml_text import read_yaml

RECORDS: Mapping[str, type[Record]] = {
    "ooads": Ooad,
    "regions": Region,
    "pacs": Pac,
    "localities": ScopeLocality,
    "medical_units": MedicalUnit,
    "persons": Person,
    "holdings": Holding,
    "contacts": Contact,
    "offices": Office,
    "releasers": Releaser,
    "headcounts": Headcount,
    "tariffs": Tariff,
    "requisites": Requisite,
    "contracts": Contract,
    "history": HistoryPerson,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a sheet."""

    name: str
    header: str
    kind: str
    note: str
    width: int
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Other ways to write a choice."""
    refers: str = ""
    limit: int | None = None
    digits: int | None = None
    default: Any = None
    blank: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A sheet of the workbook."""

    key: str
    title: str
    singular: str
    colour: str
    explanation: str
    identity: tuple[str, ...]
    columns: tuple[Column, ...]
    aliases: tuple[str, ...] = ()
    absent: str = ""

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        return next(column for column in self.columns if column.name == name)

    def identify(self, record: Record) -> tuple[Any, ...]:
        """Return what makes a record of this sheet the same as another."""
        return tuple(
            same_text(value) if isinstance(value := getattr(record, name), str) else value
            for name in self.identity
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """The whole description of the workbook."""

    title: str
    example_mark: str
    mark_header: str
    legend: str
    instructions: Mapping[str, Any]
    roles: Mapping[str, tuple[str, ...]]
    """Role -> tiers at which it exists."""
    tiers: Mapping[str, str]
    """Tier -> how it is said."""
    sheets: tuple[Sheet, ...]

    def sheet(self, key: str) -> Sheet:
        """Return the sheet of a key."""
        return next(sheet for sheet in self.sheets if sheet.key == key)


@lru_cache(maxsize=1)
def book() -> Book:
    """Return the description of the workbook."""
    data = read_yaml(_text("sheets.yaml"))
    sheets = []
    for sheet in data.pop("sheets"):
        columns = [
            Column(
                **{
                    **column,
                    "aliases": tuple(column.get("aliases", ())),
                    "choices": tuple(column.get("choices", ())),
                }
            )
            for column in sheet.pop("columns")
        ]
        sheets.append(
            Sheet(
                **{
                    **sheet,
                    "aliases": tuple(sheet.get("aliases", ())),
                    "identity": tuple(sheet["identity"]),
                    "explanation": " ".join(sheet["explanation"].split()),
                    "columns": tuple(columns),
                }
            )
        )
    roles = {role: tuple(tiers) for role, tiers in data.pop("roles").items()}
    return Book(**data, roles=roles, sheets=tuple(sheets))


@lru_cache(maxsize=1)
def _messages() -> dict[str, dict[str, str]]:
    catalogue: dict[str, dict[str, str]] = read_yaml(_text("messages.yaml"))
    return catalogue


@lru_cache(maxsize=1)
def examples() -> dict[str, list[dict[str, Any]]]:
    """Return the example office, sheet by sheet, as a person would type it."""
    rows: dict[str, list[dict[str, Any]]] = read_yaml(_text("example.yaml"))
    return rows


def _text(name: str) -> str:
    return (files("documents.directory") / name).read_text(encoding="utf-8")


def say(code: str, /, **facts: Any) -> str:
    """Return what is said under a code, with its facts filled in."""
    return _messages()[code]["says"].format(**facts)


def problem(code: str, /, *, sheet: str = "", cell: str = "", **facts: Any) -> Problem:
    """Make a problem of a code of messages.yaml."""
    message = _messages()[code]
    return Problem(
        code=code,
        weight=Weight(message.get("severity", "error")),
        says=message["says"].format(**facts),
        mend=message["mend"].format(**facts),
        sheet=sheet,
        cell=cell,
    )


def problem_at(code: str, place: Place | None, name: str = "", /, **facts: Any) -> Problem:
    """Make a problem of a record: at the cell of one of its fields, or at its row."""
    if place is None:
        return problem(code, **facts)
    letter = place.columns.get(name) or next(iter(place.columns.values()), "A")
    return problem(code, sheet=place.sheet, cell=f"{letter}{place.row}", **facts)


def folded(text: str) -> str:
    """Return a text for comparison: without accents, case and repeated spaces.

    >>> folded("  Clave   INEGI. ")
    'clave inegi'
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(plain.casefold().replace("_", " ").replace(".", " ").split())


def same_text(text: str) -> str:
    """Return a text for telling records apart: like `folded`, but Ñ stays a letter of its own.

    >>> same_text("Muñoz LÓPEZ") == same_text("muñoz lopez"), same_text("Muñoz") == same_text("Munoz")
    (True, False)
    """
    return folded(text.replace("ñ", "\0").replace("Ñ", "\0"))


LABELS: Mapping[str, str] = {
    "ooads": "{code}",
    "regions": "{code} {name}",
    "pacs": "{code} {name}",
    "localities": "{clave} de {unit}",
    "medical_units": "{clave} {name}",
    "persons": "{full_name} ({key})",
    "holdings": "{role} de {unit}, {person}",
    "contacts": "{organisation} {email}",
    "offices": "{clave} {name}",
    "releasers": "{person} {email}",
    "headcounts": "{unit} {period}",
    "tariffs": "{kind} desde {from_on:%d/%m/%Y}",
    "requisites": "{position}",
    "contracts": "{number}",
    "history": "{name}, {kind} de {clave}",
}
"""How a record is called in a sentence."""


def label(key: str, record: Record) -> str:
    """Return how a record of a sheet is called in a sentence."""
    values = {name: getattr(record, name) for name in RECORDS[key].__dataclass_fields__}
    return LABELS[key].format(**values).strip()
