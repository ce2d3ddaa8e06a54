"""The CURP: eighteen signs, the last of which checks the others. Optional and sensitive (SROP 3.3.1)."""

import re

_SHAPE = re.compile(
    r"[A-Z][AEIOUX][A-Z]{2}"
    r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[HMX](?:AS|BC|BS|CC|CL|CM|CS|CH|DF|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL|VZ|YN|ZS|NE)"
    r"[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z][0-9]"
)
_ORDER = {sign: place for place, sign in enumerate("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ")}


def parse_curp(text: str) -> str | None:
    """Return a CURP in upper case without blanks, or None where it cannot be one.

    >>> parse_curp(" pexm800101mcsrxr04 ") == "PEXM800101MCSRXR04"
    True
    >>> parse_curp("PEXM800101MCSRXR09") is None
    True
    """
    curp = "".join(text.split()).replace("-", "").upper()
    if not _SHAPE.fullmatch(curp) or check_digit(curp) != int(curp[-1]):
        return None
    return curp


def check_digit(curp: str) -> int:
    """Return the digit that the first seventeen signs of a CURP call for."""
    weighed = sum(_ORDER[sign] * (18 - place) for place, sign in enumerate(curp[:17]))
    return -weighed % 10
