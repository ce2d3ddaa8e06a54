"""The catalogue of what can be wrong with a list: each code with its weight, its text and how to mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from procedures.lists.rows import Finding, Severity
from procedures.yaml_text import read_yaml

_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_LONGEST_QUOTE = 60
_MOST_NUMBERS = 10


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a value, before it is known where the value stands."""

    code: str
    how: str = ""
    """Which of the ways of mending the catalogue has for this code."""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of the catalogue."""

    severity: Severity
    text: str
    mend: Mapping[str, str]
    """How to mend it, by case; the usual case is the empty word."""


def finding(
    code: str,
    *,
    how: str = "",
    row: int | None = None,
    column: str = "",
    field: str = "",
    sheet: str = "",
    **words: object,
) -> Finding:
    """Return the finding of a code in the catalogue's words.

    What a code bears behind its number (V-025-open) chooses a variant of weight and
    text, and is no part of the finding's own code.

    >>> finding("V-045", row=7, title="Tipo").message
    'Fila 7: falta Tipo.'
    """
    entry = catalogue()[code]
    said = {name: quote(str(word)) for name, word in words.items()}
    return Finding(
        code=code[:5] if code.startswith("V-") else code,
        severity=entry.severity,
        message=entry.text.format(row=row, **said),
        mend=entry.mend[how].format(row=row, **said) if entry.mend else "",
        sheet=sheet,
        row=row,
        column=column,
        field=field,
    )


def severity_of(code: str) -> Severity:
    """Return the weight of a code or variant."""
    return catalogue()[code].severity


def title_of(name: str) -> str:
    """Return what the template calls a field's column."""
    return _read()[1][name]


def catalogue() -> Mapping[str, Entry]:
    """Return the whole catalogue, by code or variant."""
    return _read()[0]


def quote(text: str) -> str:
    r"""Return somebody's words fit for a sentence: on one line, and short.

    >>> quote("uno\ndos")
    'uno dos'
    """
    if len(text) > 4 * _LONGEST_QUOTE:
        text = text[: 4 * _LONGEST_QUOTE]
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def numbers_in_words(numbers: Sequence[int]) -> str:
    """Write row numbers in a sentence, ten at the most.

    >>> numbers_in_words([3, 7]), numbers_in_words([5]), numbers_in_words(range(1, 13))
    ('3 y 7', '5', '1, 2, 3, 4, 5, 6, 7, 8, 9, 10 y 2 más')
    """
    first = [str(number) for number in numbers[:_MOST_NUMBERS]]
    more = len(numbers) - len(first)
    last = f"{more} más" if more else first.pop()
    return f"{', '.join(first)} y {last}" if first else last


def short_date(day: date) -> str:
    """Write a day as the messages do.

    >>> short_date(date(2027, 1, 12))
    '12-ene-2027'
    """
    return f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year}"


@cache
def _read() -> tuple[Mapping[str, Entry], Mapping[str, str]]:
    text = resources.files("procedures.lists").joinpath("messages.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = read_yaml(text)
    entries = {
        code: Entry(
            severity=Severity(entry["severity"]),
            text=entry["text"],
            mend={"": mend} if isinstance(mend := entry.get("mend", {}), str) else mend,
        )
        for code, entry in found["findings"].items()
    }
    return entries, found["titles"]
