"""Cells as people leave them: blanks around, an apostrophe in front, a dash for nothing, a formula in disguise."""

import re
from datetime import date, datetime
from decimal import Decimal

from procedures.lists.rows import CellValue

_NOTHING = re.compile(r"[\s'\-‐‑–—_.\u200b\ufeff]*")
_INJECTION = re.compile(r"[\s'’\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[\s'’]*[+\-]?[0-9$.,\s\-]+")


def tidy(cell: CellValue) -> Decimal | str | date | None:
    """Return what a cell holds: finite number, text without blanks around, day, or nothing.

    A lone dash or a lone period stands for nothing. The apostrophe in front, by which
    people make a text of a number, goes. A yes or no becomes the word that the sheet shows.

    >>> tidy("  '070590001 "), tidy(" - "), tidy(True), tidy(Decimal("NaN"))
    ('070590001', None, 'VERDADERO', 'NaN')
    """
    if cell.__class__ is str or isinstance(cell, str):
        text = cell.strip()
        if not text or (text[0] in "'-_.‐‑–—\u200b\ufeff" and _NOTHING.fullmatch(text)):
            return None
        return text.lstrip("'").lstrip() if text[0] == "'" else text
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "VERDADERO" if cell else "FALSO"
    if isinstance(cell, Decimal):
        return cell if cell.is_finite() else str(cell)
    if isinstance(cell, datetime):
        return cell.date()
    return cell


def may_inject(text: str) -> bool:
    """Tell whether a spreadsheet could take a text for a formula (V-036). A negative number is none.

    >>> may_inject("=HYPERLINK(1)"), may_inject(" '@SUM(A1)"), may_inject("-5"), may_inject("Ana")
    (True, True, False, False)
    """
    return _INJECTION.match(text) is not None and not _NUMBER.fullmatch(text)


def shorten(text: str, limit: int) -> str:
    """Return a text on one line, with single spaces, and no longer than that."""
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() or sign.isspace() else "" for sign in text)
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit].rstrip()
