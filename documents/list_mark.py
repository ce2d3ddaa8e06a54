"""The mark of a list workbook: which period, ámbito and version it was made for, and a check that nobody changed that."""

import hashlib
import hmac

from procedures.lists.rows import RawList

_LENGTH = 16


def make_mark(key: str, *, template: str, period: str, unit: str, version: int) -> str:
    """Return the mark's check value, 16 hexadecimal digits; `key` is the desk's own, in hexadecimal."""
    words = "\n".join((template, period, unit, str(version))).encode()
    return hmac.new(bytes.fromhex(key), words, hashlib.sha256).hexdigest()[:_LENGTH]


def check_mark(raw: RawList, key: str) -> bool:
    """Tell whether the workbook bears a mark that the desk made. One that does not add up is no mark."""
    if not (raw.mark and raw.version is not None):
        return False
    made = make_mark(key, template=raw.template, period=raw.period, unit=raw.unit, version=raw.version)
    return hmac.compare_digest(made.encode(), raw.mark.strip().lower().encode())
