"""How many people a list has and how much money, by kind and by whatever else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from procedures.lists.lines import Line
from procedures.lists.rows import ListRow

L = TypeVar("L", bound=Line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """Rows and exact centavos by kind."""

    vrs: int = 0
    pvr: int = 0
    vrs_centavos: int = 0
    pvr_centavos: int = 0

    @property
    def rows(self) -> int:
        """Return how many people there are."""
        return self.vrs + self.pvr

    @property
    def centavos(self) -> int:
        """Return the whole amount in centavos."""
        return self.vrs_centavos + self.pvr_centavos

    @property
    def amount(self) -> Decimal:
        """Return the whole amount in pesos."""
        return Decimal(self.centavos) / 100

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            vrs=self.vrs + other.vrs,
            pvr=self.pvr + other.pvr,
            vrs_centavos=self.vrs_centavos + other.vrs_centavos,
            pvr_centavos=self.pvr_centavos + other.pvr_centavos,
        )


def total(entries: Iterable[tuple[str, int]]) -> Totals:
    """Sum up entries of kind and centavos.

    >>> total([("VRS", 100000), ("PVR", 80000), ("VRS", 100000)]).amount
    Decimal('2800')
    """
    count = {"VRS": 0, "PVR": 0}
    centavos = {"VRS": 0, "PVR": 0}
    for kind, amount in entries:
        count[kind] += 1
        centavos[kind] += amount
    return Totals(
        vrs=count["VRS"], pvr=count["PVR"], vrs_centavos=centavos["VRS"], pvr_centavos=centavos["PVR"]
    )


def totals_of_rows(rows: Iterable[ListRow]) -> Totals:
    """Sum up checked rows."""
    return total((row.tipo, int(row.importe * 100)) for row in rows)


def totals_of(lines: Iterable[Line]) -> Totals:
    """Sum up kept lines."""
    return total((line.kind, line.amount_centavos) for line in lines)


def totals_by(lines: Iterable[L], key: Callable[[L], str]) -> dict[str, Totals]:
    """Sum up kept lines apart, in the order of the keys: by PAC, by region, by OOAD ..."""
    parts: dict[str, list[L]] = {}
    for line in lines:
        parts.setdefault(key(line), []).append(line)
    return {name: totals_of(parts[name]) for name in sorted(parts)}
