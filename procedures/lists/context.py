"""What a list is checked against: the period, the ámbito that it is of, and what the books know of its people."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from procedures.lists.duplicates import Identity


class Place(NamedTuple):
    """The names of a locality in INEGI's catalogue."""

    municipality: str
    name: str


class ScopeLocality(NamedTuple):
    """A locality of the ámbito, and whether the Programme operates there (opera_pib)."""

    municipality: str = ""
    name: str = ""
    operates: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ListContext:
    """What the list of one ámbito is checked against. Nothing in it is of any other ámbito."""

    period: str
    """2027-B1"""
    months: tuple[str, ...]
    """Months of the period, YYYY-MM, in order."""
    open_periods: AbstractSet[str]
    """Periods in stage I or II, which take lists."""
    template: str
    """The template in force, 0780-PLA-v3."""
    circular: str
    """Folio of the circular that the template went with."""
    unit: str
    """The PAC's ámbito, OOAD07-R03-PAC012."""
    ooad_name: str
    ooad_aliases: tuple[str, ...] = ()
    entities: AbstractSet[str]
    """Keys of the entities where the OOAD may have volunteers (two digits)."""
    strict_entities: bool = False
    """Whether another entity is an error (V-021)."""
    localities: Mapping[str, ScopeLocality]
    """The localities of the ámbito by key."""
    catalogue: Mapping[str, Place] | None = None
    """INEGI's catalogue by key; None when none is loaded. It need hold no more keys than the sheet has."""
    complete: AbstractSet[str] = frozenset()
    """Entities (2 digits) and municipalities (5) all of whose localities are in the catalogue: there a missing key is an
    error, elsewhere a warning (V-025)."""
    medical_units: Mapping[str, str] = field(default_factory=dict)
    """Unidades médicas that serve the ámbito: clave -> name."""
    tariff: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """(VRS or PVR, YYYY-MM) -> pesos a month."""
    cap: Decimal | None = None
    """The largest amount that a line may have."""
    covered: Mapping[Identity, AbstractSet[str]] = field(default_factory=dict)
    """Months that other authorised lists already cover for somebody."""
    left: AbstractSet[Identity] = frozenset()
    """People on baja or suspended."""
    accepted_version: int | None = None
    """Version that stands, for a workbook that bears the version it is to become (V-009)."""
    accepted_on: date | None = None
    """The day on which that version was received."""
    sent_on: date | None = None
    """The day on which this workbook was made or sent, as far as it is known."""
    is_older: bool = False
    """Whether the books know by other means that this workbook was made before that version."""

    @property
    def ooad(self) -> str:
        """Return the code of the OOAD."""
        return self.unit.partition("-")[0]
