"""The months that a line covers, in every form that people write them (V-042)."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from procedures.lists.messages import Flaw
from procedures.lists.names import normalise_name

NAMES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_NUMBERS = {name.upper(): number for number, name in enumerate(NAMES, start=1)}
_NUMBERS |= {name[:3].upper(): number for number, name in enumerate(NAMES, start=1)}
_NUMBERS |= {"SEPT": 9, "SETIEMBRE": 9, "SET": 9}
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|[^\w\s]|_")
_SEPARATORS = frozenset(",;/&+.Y")
_RANGES = frozenset({"-", "‐", "‑", "–", "—", "A", "AL"})
_ISO = re.compile(r"(20[0-9]{2})[-/](0[1-9]|1[0-2])(?![0-9])(?:-[0-9]{2}(?![0-9])(?:[ T]00:00(?::00)?)?)?")
_COUNT = re.compile(r"0*([0-9]{1,2}) MES(?:ES)?")
_LONGEST = 120


def parse_months(cell: Decimal | str | date, months: Sequence[str]) -> tuple[str, ...] | Flaw:
    """Read the months that a line covers; they must lie in the period (`months`, YYYY-MM).

    A number alone is a count, and means all months when it is their number. Any other
    number alone could be a month or a count, and is asked about.

    >>> period = ("2027-01", "2027-02")
    >>> parse_months("ENE-FEB", period), parse_months("2", period), parse_months("enero", period)
    (('2027-01', '2027-02'), ('2027-01', '2027-02'), ('2027-01',))
    >>> parse_months("1", period).how, parse_months("FEB-MAR", period).how
    ('ambiguous', 'outside')
    """
    known = tuple(months)
    if isinstance(cell, str):
        return _read_text(cell, known)
    if isinstance(cell, Decimal):
        return _read_count(int(cell), known) if 0 < cell < 100 and cell == int(cell) else _unclear(known)
    return _within([f"{cell.year:04}-{cell.month:02}"], known)


def months_in_words(months: Sequence[str]) -> str:
    """Write months as the template does.

    >>> months_in_words(("2027-01", "2027-02"))
    'enero-febrero'
    """
    return "-".join(NAMES[int(month[5:7]) - 1] for month in months)


@lru_cache(maxsize=4096)
def _read_text(text: str, months: tuple[str, ...]) -> tuple[str, ...] | Flaw:
    if len(text) > _LONGEST:
        return _unclear(months)
    iso = [f"{year}-{month}" for year, month in _ISO.findall(text)]
    if iso and not _ISO.sub("", text).strip(" ,;yY-–/\n\t"):
        return _within(iso, months)
    plain = text.upper()
    if normalise_name(text).isdigit() and len(_TOKEN.findall(plain)) == 1:
        # "01" is a month and "1" could be anything: only the zero tells.
        number = plain.strip()
        is_month = len(number) == 2 and number[0] == "0"
        return _named([int(number)], months) if is_month else _read_count(_whole(number), months)
    count = _COUNT.fullmatch(normalise_name(text))
    if count:
        return _read_count(int(count[1]), months)
    return _read_tokens([_token(token) for token in _TOKEN.findall(plain)], months)


def _read_count(count: int, months: tuple[str, ...]) -> tuple[str, ...] | Flaw:
    if count == len(months):
        return months
    is_month = any(int(month[5:7]) == count for month in months)
    how = "ambiguous" if count < len(months) or is_month else "outside"
    return Flaw("V-042", how=how, words=_words(months))


def _read_tokens(tokens: Sequence[str], months: tuple[str, ...]) -> tuple[str, ...] | Flaw:
    """Read names or numbers of months, with years behind them or without, in a list or a range."""
    found: list[int] = []
    years: set[str] = set()
    is_range = False
    for token in tokens:
        if token in _NUMBERS:
            found.append(_NUMBERS[token])
        elif token.isdigit() and token.isascii():
            number = _whole(token)
            if 1 <= number <= 12 and len(token) <= 2:
                found.append(number)
            elif f"20{token[-2:]}" in {token, f"20{token}"} and len(token) in {2, 4}:
                years.add(f"20{token[-2:]}")
            else:
                return _unclear(months)
        elif token in _RANGES:
            is_range = True
        elif token not in _SEPARATORS:
            return _unclear(months)
    if not found:
        return _unclear(months)
    if not years <= {month[:4] for month in months}:
        return Flaw("V-042", how="outside", words=_words(months))
    if is_range and len(found) == 2:
        if found[0] > found[1]:
            return _unclear(months)
        if found[0] < found[1]:
            found = list(range(found[0], found[1] + 1))
    return _named(found, months)


def _named(numbers: Sequence[int], months: tuple[str, ...]) -> tuple[str, ...] | Flaw:
    by_number = {int(month[5:7]): month for month in months}
    return _within([by_number.get(number, "") for number in numbers], months)


def _within(found: Sequence[str], months: tuple[str, ...]) -> tuple[str, ...] | Flaw:
    if not set(found) <= set(months):
        return Flaw("V-042", how="outside", words=_words(months))
    if len(set(found)) < len(found):
        return Flaw("V-042", how="repeated", words=_words(months))
    return tuple(sorted(found))


def _unclear(months: tuple[str, ...]) -> Flaw:
    return Flaw("V-042", words=_words(months))


def _words(months: tuple[str, ...]) -> dict[str, str]:
    return {"expected": months_in_words(months), "first": NAMES[int(months[0][5:7]) - 1] if months else ""}


def _token(token: str) -> str:
    return normalise_name(token) if token.isalpha() else token


def _whole(digits: str) -> int:
    return int(digits) if digits.isascii() and len(digits) <= 6 else 0
