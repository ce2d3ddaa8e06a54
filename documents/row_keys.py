"""The key of a row in a workbook that comes back: by it a correction finds the row that it is of.

It says in which version and row the desk saw the row first, and bears a check that nobody makes by accident: a key that
was typed, dragged down or brought from another workbook is no key. A key never proves whose row it is
(`procedures.lists.merge` looks at that), for people sort some columns and leave others.
"""

import base64
import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterable

from procedures.lists.rows import RawRow

_LENGTH = 6
_SHAPE = re.compile(r"V[0-9]{1,5}-R[0-9]{1,7}-[A-Z2-7]{6}")


def make_row_key(secret: str, *, period: str, unit: str, version: int, row: int) -> str:
    """Return the key of a row of a version; `secret` is the desk's own, in hexadecimal.

    >>> make_row_key("00", period="2027-B1", unit="OOAD07-R03-PAC012", version=1, row=7)
    'V1-R7-WNUXRY'
    """
    return _sealed(f"V{version}-R{row}", secret, period=period, unit=unit)


def check_row_key(text: str, secret: str, *, period: str, unit: str) -> str:
    """Return the key that a cell holds, or nothing where the desk made none such for that ámbito and period."""
    key = text.strip().upper()
    if not _SHAPE.fullmatch(key):
        return ""
    made = _sealed(key.rpartition("-")[0], secret, period=period, unit=unit)
    return key if hmac.compare_digest(made.encode(), key.encode()) else ""


def keys_of(rows: Iterable[RawRow], secret: str, *, period: str, unit: str, version: int) -> dict[int, str]:
    """Return the key of each row of a version, by row: the one that it came with, else a new one.

    A key that several rows came with is none of theirs.
    """
    came = {row.number: check_row_key(row.key, secret, period=period, unit=unit) for row in rows}
    times = Counter(came.values())
    return {
        number: key
        if key and times[key] == 1
        else make_row_key(secret, period=period, unit=unit, version=version, row=number)
        for number, key in came.items()
    }


def _sealed(name: str, secret: str, *, period: str, unit: str) -> str:
    words = f"{period}\n{unit}\n{name}".encode()
    seal = hmac.new(bytes.fromhex(secret), words, hashlib.sha256).digest()
    return f"{name}-{base64.b32encode(seal).decode()[:_LENGTH]}"
