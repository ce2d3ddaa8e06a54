"""Amounts of money as people's sheets hold them: exact, never a float."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from procedures.lists.messages import Flaw

_WRITTEN = re.compile(r"\$?\s*((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.[0-9]{1,2})?)")
_CENT = Decimal("0.01")
_LARGEST = Decimal(10) ** 12
"""Money has fourteen digits, two of them decimals (ledger 4)."""
_SHEET_NOISE = Decimal("0.000001")
"""What a sheet's own arithmetic leaves behind the cents; it shows in no format and is no third decimal."""


def parse_amount(cell: Decimal | str | date, cap: Decimal | None = None) -> Decimal | Flaw:
    """Read an amount: above zero, two decimals at the most, not above the cap (V-040).

    >>> parse_amount("$1,000.00"), parse_amount(Decimal(1000))
    (Decimal('1000.00'), Decimal('1000.00'))
    >>> [parse_amount(cell).how for cell in ("1.000,00", "mil", Decimal(0), Decimal("1000.005"))]
    ['format', 'format', 'not_positive', 'decimals']
    """
    if isinstance(cell, str):
        written = _WRITTEN.fullmatch(cell)
        if written is None:
            return Flaw("V-040", how="format")
        amount = Decimal(written[1].replace(",", ""))
    elif isinstance(cell, Decimal):
        amount = cell
    else:
        return Flaw("V-040", how="format")
    if amount <= 0:
        return Flaw("V-040", how="not_positive")
    if amount >= _LARGEST:
        return Flaw("V-040", how="format")
    rounded = amount.quantize(_CENT)
    if abs(rounded - amount) > _SHEET_NOISE or not rounded:
        return Flaw("V-040", how="decimals")
    if cap is not None and rounded > cap:
        return Flaw("V-040", how="cap", words={"cap": money(cap)})
    return rounded


def expected_amount(
    tariff: Mapping[tuple[str, str], Decimal], tipo: str, months: Sequence[str]
) -> Decimal | None:
    """Return the sum of the monthly tariff, or None where no tariff is in force for one of the months.

    >>> rates = {("VRS", "2027-01"): Decimal(500), ("VRS", "2027-02"): Decimal(500)}
    >>> expected_amount(rates, "VRS", ["2027-01", "2027-02"])
    Decimal('1000.00')
    """
    total = Decimal(0)
    for month in months:
        rate = tariff.get((tipo, month))
        if rate is None:
            return None
        total += rate
    return total.quantize(_CENT)


def money(amount: Decimal) -> str:
    """Write pesos as the messages do.

    >>> money(Decimal(1000))
    '1,000.00'
    """
    return f"{amount:,.2f}"
