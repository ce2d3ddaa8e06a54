"""Read what a list workbook says of itself: the sheet Control, and the line above the header."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from documents.cells import Sheet, SheetValue
from documents.list_columns import control_key_of, plain

_TOTALS = ("renglones", "vrs", "pvr", "importe")
_LONGEST_WORDS = 60
_TEMPLATE = re.compile(r"0780-PLA-v\d+", re.IGNORECASE)
_PERIOD = re.compile(r"\b\d{4}-(?:B[1-6]|\d{2})\b")
_UNIT = re.compile(r"\bOOAD\w+-R\d+-PAC\w+", re.IGNORECASE)
_VERSION = re.compile(r"versi[óo]n (\d+)", re.IGNORECASE)
_MARK = re.compile(r"marca ([0-9a-f]{16})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """The mark, the control totals, and whether the sheet says SIN VOLUNTARIOS."""

    template: str = ""
    period: str = ""
    unit: str = ""
    version: int | None = None
    mark: str = ""
    declared: Mapping[str, Decimal] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    """The totals that a formula computes; they follow the sheet and not a person."""
    is_empty: bool = False


def read_control(sheet: Sheet) -> Control:
    """Read the pairs of label and value of the sheet Control."""
    found: dict[str, SheetValue] = {}
    computed = set()
    for number, cells in sheet.rows.items():
        ordered = sorted(cells)
        for column, following in pairwise(ordered):
            key = control_key_of(cells[column])
            if key and key not in found:
                found[key] = cells[following]
                if (number, following) in sheet.formulas:
                    computed.add(key)
    version = found.get("version")
    return Control(
        template=_text(found.get("template")),
        period=_text(found.get("period")),
        unit=_text(found.get("unit")).upper(),
        version=int(version) if isinstance(version, Decimal) else _whole(_text(version)),
        mark=_text(found.get("mark")),
        declared={
            name: amount for name in _TOTALS if name in found and (amount := _amount(found[name])) is not None
        },
        computed=frozenset(computed) & frozenset(_TOTALS),
        is_empty=says_empty(found.get("empty")) or plain(_text(found.get("empty"))) == "si",
    )


def read_mark_line(text: str) -> Control:
    """Read the mark from the line above the header, for workbooks whose sheet Control was lost."""
    template, period, unit = _TEMPLATE.search(text), _PERIOD.search(text), _UNIT.search(text)
    version, mark = _VERSION.search(text), _MARK.search(text)
    return Control(
        template=template[0] if template else "",
        period=period[0] if period else "",
        unit=unit[0].upper() if unit else "",
        version=int(version[1]) if version else None,
        mark=mark[1] if mark else "",
    )


def says_empty(value: SheetValue | None) -> bool:
    """Tell whether a cell says that the ámbito has nobody to list.

    >>> says_empty("Sin voluntarios."), says_empty("Sin dato")
    (True, False)
    """
    if not isinstance(value, str) or len(value) > _LONGEST_WORDS or "SIN" not in value.upper():
        return False
    return plain(value) in {"sin voluntarios", "sin personas voluntarias"}


def _text(value: SheetValue | None) -> str:
    return "" if value is None else str(value).strip()


def _whole(text: str) -> int | None:
    digits = text.lstrip("vV")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None


def _amount(value: SheetValue) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        return None
    try:
        amount = Decimal(value.replace("$", "").replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
