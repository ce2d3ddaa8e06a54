"""What the directory workbook holds: one record a row, the same shape as the books give back."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a record stands in the workbook; records read from the books have none."""

    sheet: str
    row: int
    columns: dict[str, str] = field(default_factory=dict)
    """Field -> column letter, as the header was recognised."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A row of a sheet. Where it stands is no part of what it says."""

    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ooad(Record):
    """An OOAD. None and empty mean that the row does not say (ledger 1.5)."""

    code: str
    name: str = ""
    has_egas: bool | None = None
    egas_has_sac: bool | None = None
    timezone: str = ""
    entities: tuple[str, ...] = ()
    strict_entities: bool | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Region(Record):
    """A region, with its EMS."""

    code: str
    ooad: str = ""
    number: int | None = None
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pac(Record):
    """The ámbito of a PAC."""

    code: str
    region: str = ""
    name: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopeLocality(Record):
    """A locality of an ámbito."""

    unit: str
    clave: str
    municipality: str = ""
    name: str = ""
    operates: bool = True
    shared: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MedicalUnit(Record):
    """A unidad médica and the ámbito that it serves."""

    clave: str
    name: str = ""
    kind: str = ""
    unit: str = ""
    locality: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person(Record):
    """A member of the staff."""

    key: str
    full_name: str = ""
    cargo: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding(Record):
    """Who holds a post: role, unit, person, quality and dates."""

    role: str
    unit: str
    person: str
    kind: str = "titular"
    from_on: date | None = None
    to_on: date | None = None
    oficio: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact(Record):
    """A contact outside the Programme."""

    organisation: str
    email: str
    full_name: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Office(Record):
    """An office of the PS (DIR)."""

    clave: str
    name: str = ""
    locality: str = ""
    address: str = ""
    hours: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Releaser(Record):
    """Somebody whom UPIB announced to the PS (AUTPS, 5.2.3)."""

    person: str
    email: str
    from_on: date | None = None
    to_on: date | None = None
    notice: str = ""
    acknowledged_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Headcount(Record):
    """The authorised number of an OOAD (NUM), for a period or for a year."""

    unit: str
    period: str
    total: int = 0
    vrs: int | None = None
    pvr: int | None = None
    document: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tariff(Record):
    """The monthly amount of an apoyo, in pesos."""

    kind: str
    from_on: date
    monthly: Decimal = Decimal(0)
    to_on: date | None = None
    document: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Requisite(Record):
    """A line of what a volunteer must bring."""

    position: int
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract(Record):
    """The contract with the PS."""

    number: str
    provider: str = ""
    rfc: str = ""
    layout: str = "generico"
    from_on: date | None = None
    to_on: date | None = None
    commission: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryPerson(Record):
    """A VRS or PVR of the last period, with the months that were covered."""

    period: str
    name: str
    kind: str
    clave: str
    unit: str = ""
    medical_unit: str = ""
    months: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """A whole office, sheet by sheet."""

    ooads: tuple[Ooad, ...] = ()
    regions: tuple[Region, ...] = ()
    pacs: tuple[Pac, ...] = ()
    localities: tuple[ScopeLocality, ...] = ()
    medical_units: tuple[MedicalUnit, ...] = ()
    persons: tuple[Person, ...] = ()
    holdings: tuple[Holding, ...] = ()
    contacts: tuple[Contact, ...] = ()
    offices: tuple[Office, ...] = ()
    releasers: tuple[Releaser, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    requisites: tuple[Requisite, ...] = ()
    contracts: tuple[Contract, ...] = ()
    history: tuple[HistoryPerson, ...] = ()


class Weight(StrEnum):
    """Whether a problem keeps the workbook from being imported."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong with the workbook: where, what, and how to mend it, in Spanish."""

    code: str
    weight: Weight
    says: str
    mend: str
    sheet: str = ""
    cell: str = ""
    """A1 reference; empty when the problem is of the whole sheet or book."""

    @property
    def is_error(self) -> bool:
        """Tell whether it keeps the workbook from being imported."""
        return self.weight is Weight.ERROR

    @property
    def sentence(self) -> str:
        """Return the problem in one line."""
        return str(self)

    def to_json(self) -> dict[str, str]:
        """Return the problem for programs."""
        return {
            "code": self.code,
            "weight": self.weight,
            "sheet": self.sheet,
            "cell": self.cell,
            "says": self.says,
            "mend": self.mend,
        }

    def __str__(self) -> str:
        """Say the problem in one line."""
        where = ", ".join(part for part in (f"hoja «{self.sheet}»" if self.sheet else "", self.cell) if part)
        return f"{where}: {self.says} {self.mend}" if where else f"{self.says} {self.mend}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryReading:
    """A workbook as it was read: the records, and every problem found in its cells."""

    values: Directory
    problems: tuple[Problem, ...] = ()
    absent_columns: dict[str, frozenset[str]] = field(default_factory=dict)
    """Sheet key -> fields whose column the sheet lacks: the books keep what they have of them."""

    @property
    def is_sound(self) -> bool:
        """Tell whether nothing keeps it from being imported."""
        return all(problem.weight is not Weight.ERROR for problem in self.problems)
