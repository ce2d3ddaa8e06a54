"""How many people a unit may list, and how many it used to (V-057 to V-059)."""

from collections.abc import Iterator
from dataclasses import dataclass

from procedures.lists.messages import finding
from procedures.lists.rows import Finding
from procedures.lists.totals import Totals


@dataclass(frozen=True, kw_only=True, slots=True)
class Headcount:
    """The authorised number of an OOAD (NUM): in all, and by kind where that was said."""

    total: int
    vrs: int | None = None
    pvr: int | None = None

    def __post_init__(self) -> None:
        if min(self.total, self.vrs or 0, self.pvr or 0) < 0:
            message = "an authorised number is not below zero"
            raise ValueError(message)
        if (self.vrs or 0) + (self.pvr or 0) > self.total:
            message = f"{self.vrs} VRS and {self.pvr} PVR are more than {self.total} in all"
            raise ValueError(message)


def check_headcount(unit: str, listed: Totals, authorised: Headcount) -> Iterator[Finding]:
    """Yield where an OOAD lists more people than authorised, in all or of a kind (V-057).

    >>> [item.message for item in check_headcount("Oaxaca", Totals(vrs=3, pvr=1), Headcount(total=3))]
    ['Oaxaca: 4 de 3 autorizados.']
    """
    if listed.rows > authorised.total:
        yield finding("V-057", unit=unit, count=listed.rows, authorised=authorised.total)
    for kind, count, most in (("VRS", listed.vrs, authorised.vrs), ("PVR", listed.pvr, authorised.pvr)):
        if most is not None and count > most:
            yield finding("V-057-kind", unit=unit, count=count, kind=kind, authorised=most)


def check_reference(unit: str, count: int, reference: int) -> Iterator[Finding]:
    """Yield that a region or an ámbito lists more people than its reference (cupo referencial, V-058)."""
    if count > reference:
        yield finding("V-058", unit=unit, count=count, reference=reference)


def check_change(unit: str, count: int, before: int) -> Iterator[Finding]:
    """Yield that the number of people differs by more than a tenth from the previous period (V-059).

    >>> [item.message for item in check_change("Región 3", 45, 50)]
    []
    >>> [item.message for item in check_change("Región 3", 44, 50)]
    ['Región 3: 44 personas; en el periodo anterior fueron 50 (-6).']
    """
    if abs(count - before) * 10 > before:
        yield finding("V-059", unit=unit, count=count, before=before, change=f"{count - before:+}")
