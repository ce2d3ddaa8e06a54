"""INEGI's keys of localities: entidad 2, municipio 3, localidad 4 digits, as people's sheets hold them."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procedures.lists.messages import Flaw

_NOISE = re.compile(r"[\s'’‐‑–\-]+")
_LOST_INTEGER = re.compile(r"([0-9]+)\.0+")
_DIGITS = re.compile(r"[0-9]+")
_LENGTH = 9
_ENTITIES = frozenset(f"{number:02}" for number in range(1, 33))


@dataclass(frozen=True, kw_only=True, slots=True)
class InegiKey:
    """A key in nine digits."""

    clave: str
    padded: bool = False
    """The sheet had lost the zero in front."""


def parse_inegi_key(cell: Decimal | str | date, entities: Collection[str]) -> InegiKey | Flaw:
    """Read the key of a locality (V-022, V-023).

    A zero in front that the sheet lost is put back only where it makes the key one of
    an entity of the OOAD (`entities`, two digits each).

    >>> parse_inegi_key("07-059-0001", {"07"})
    InegiKey(clave='070590001', padded=False)
    >>> parse_inegi_key(Decimal(70590001), {"07"})
    InegiKey(clave='070590001', padded=True)
    >>> parse_inegi_key(Decimal(70590001), {"20"}).code
    'V-022'
    >>> parse_inegi_key("330590001", {"07"}).code
    'V-023'
    """
    digits = _digits(cell)
    if digits is None:
        return Flaw("V-022", how="no_digits")
    padded = len(digits) == _LENGTH - 1 and f"0{digits[0]}" in entities
    if padded:
        digits = f"0{digits}"
    if len(digits) != _LENGTH:
        return Flaw("V-022", words={"digits": str(len(digits))})
    if digits[:2] not in _ENTITIES or digits[2:5] == "000" or digits[5:] == "0000":
        return Flaw("V-023")
    return InegiKey(clave=digits, padded=padded)


def _digits(cell: Decimal | str | date) -> str | None:
    if isinstance(cell, Decimal):
        return str(int(cell)) if 0 <= cell < 10**15 and cell == int(cell) else None
    if not isinstance(cell, str):
        return None
    text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    if not _DIGITS.fullmatch(text):
        text = _NOISE.sub("", text)
        whole = _LOST_INTEGER.fullmatch(text)
        if whole:
            text = whole[1]
        if not _DIGITS.fullmatch(text):
            return None
    return text
