"""Say in Spanish why a term falls on its day; the words themselves are in deadline_words.yaml."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from procedures.working_days import WorkingDays
from procedures.yaml_text import read_yaml

_DAYS_OFF_NAMED = 3


def spanish_date(day: date) -> str:
    """Return a date as the office writes it in a list or a reason.

    >>> spanish_date(date(2027, 1, 4))
    '04-ene-2027'
    """
    return f"{day.day:02}-{_words()['months'][day.month - 1]}-{day.year}"


def phrase(key: str, **words: str) -> str:
    """Return a phrase of the catalogue with its gaps filled."""
    template: str = _words()["phrases"][key]
    return template.format(**words)


def unit_word(unit: str, n: int) -> str:
    """Return the name of a unit in the number that goes with n."""
    word: str = _words()["units"][unit][n > 1]
    return word


def direction_word(direction: str) -> str:
    """Return "después" or "antes"."""
    word: str = _words()["directions"][direction]
    return word


def bimester_word(k: int) -> str:
    """Return the ordinal of a bimester, 1 to 6."""
    word: str = _words()["bimesters"][k - 1]
    return word


def moment_label(name: str, labels: Mapping[str, str]) -> str:
    """Return the Spanish name of a date with its article: the caller's, the catalogue's, or the name itself.

    >>> moment_label("A07", {})
    'la actividad 7'
    """
    words = _words()
    if label := labels.get(name) or words["moments"].get(name):
        return str(label)
    if step := re.fullmatch(r"[A-Z](\d\d)", name):
        return str(words["activity"]).format(number=int(step[1]))
    return name.replace("_", " ")


def of(noun: str) -> str:
    """Put "de" before a noun with its article.

    >>> of("el término de la entrega")
    'del término de la entrega'
    """
    return f"del {noun.removeprefix('el ')}" if noun.startswith("el ") else f"de {noun}"


def named_day(day: date, working_days: WorkingDays) -> str:
    """Return a day off with its article and its reason, where one is known."""
    reason = working_days.reason(day)
    return f"el {spanish_date(day)} ({reason})" if reason else f"el {spanish_date(day)}"


def days_off_note(days: Sequence[date], working_days: WorkingDays) -> str:
    """Return the clause that names the weekdays a count stepped over; empty when there were none."""
    if not days:
        return ""
    if len(days) == 1:
        return phrase("not_counted", days=named_day(days[0], working_days))
    named = ", ".join(named_day(day, working_days) for day in days[:_DAYS_OFF_NAMED])
    if len(days) > _DAYS_OFF_NAMED:
        named = phrase("and_more", days=named, n=str(len(days) - _DAYS_OFF_NAMED))
    return phrase("not_counted_many", days=named)


@cache
def _words() -> Mapping[str, Any]:
    text = files("procedures").joinpath("deadline_words.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Any] = read_yaml(text)
    return words
