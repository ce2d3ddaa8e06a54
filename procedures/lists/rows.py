"""What a list is made of: raw cells as a workbook gave them, and rows that passed the checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

CellValue = str | Decimal | bool | date | None
"""What a cell holds. Numbers come as Decimal, never as float; text comes as it was typed."""

FIELDS = (
    "no_progresivo",
    "ooad",
    "estado",
    "municipio",
    "localidad",
    "clave_inegi",
    "nombre",
    "tipo",
    "importe",
    "meses",
    "region",
    "pac",
    "unidad_medica",
    "situacion",
    "obs",
    "curp",
)
"""The fields of a row, in the order of the template's columns (ledger 4.3); curp is optional and sensitive."""

MANDATORY_FIELDS = FIELDS[:13]


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something wrong, or worth a look: where it is, what it is and how to mend it, in Spanish."""

    code: str
    severity: Severity
    message: str
    mend: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    field: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRow:
    """A row of the sheet: its number there (1-based) and the raw value of each recognised field."""

    number: int
    values: Mapping[str, CellValue]
    formulas: frozenset[str] = frozenset()
    """Fields whose cell holds a formula."""
    key: str = ""
    """The row's own key, where the workbook has come back once already; whoever uses it checks it first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawList:
    """A workbook as it was read: the mark, the control totals, the rows, and what is wrong with the file."""

    template: str = ""
    """Template id of the mark, such as 0780-PLA-v3; empty when the workbook bears none."""
    period: str = ""
    unit: str = ""
    """The ámbito that the Control sheet declares."""
    version: int | None = None
    """Version that the sheet was made as (the template's mark), for V-009."""
    mark: str = ""
    """The mark's own check value; a workbook whose mark does not add up is treated as unmarked."""
    empty_declared: bool = False
    """The sheet says SIN VOLUNTARIOS."""
    declared: Mapping[str, Decimal] = field(default_factory=dict)
    """Control totals by name: renglones, vrs, pvr, importe."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """field -> column letter, as recognised by the header."""
    sheet: str = "Listado"
    rows: tuple[RawRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    """File-level findings (V-004 to V-006, V-010, V-015, V-016). One of severity error accepts nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListRow:
    """A row that passed its checks, in normal form."""

    number: int
    ooad: str
    """Code of the OOAD."""
    pac: str
    """Code of the PAC's ámbito."""
    estado: str
    municipio: str
    localidad: str
    clave_inegi: str
    nombre: str
    """As typed."""
    nombre_norm: str
    tipo: str
    """VRS or PVR."""
    importe: Decimal
    """Pesos, two decimals."""
    meses: tuple[str, ...]
    """YYYY-MM, in order."""
    unidad_medica: str = ""
    situacion: str = ""
    obs: str = ""
    curp: str = ""
