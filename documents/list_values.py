"""What the workbook of one PAC is filled with, and the words that its sheets say."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from procedures.yaml_text import read_yaml


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateLocality:
    """A locality of the ámbito."""

    clave: str
    name: str
    municipality: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplatePerson:
    """A line to fill in beforehand: somebody of the last period."""

    nombre: str
    tipo: str
    estado: str
    municipio: str
    localidad: str
    clave_inegi: str
    unidad_medica: str = ""
    situacion: str = "activo"
    obs: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateValues:
    """What one PAC's workbook is filled with."""

    template: str
    """0780-PLA-v3"""
    period: str
    """2027-B1"""
    months: tuple[str, ...]
    """YYYY-MM, in order."""
    ooad: str
    """Name of the OOAD as the catalogue has it; it is what the column OOAD is filled with."""
    region: str
    """Code of the region, OOAD07-R03."""
    unit: str
    """Code of the ámbito, OOAD07-R03-PAC012."""
    unit_name: str
    version: int
    mark: str
    """The check value of `documents.list_mark.make_mark`."""
    circular: str
    """Folio of the circular that it goes with."""
    due_on: date
    made_on: date
    localities: tuple[TemplateLocality, ...] = ()
    medical_units: tuple[str, ...] = ()
    tariff: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """VRS or PVR -> month -> pesos."""
    people: tuple[TemplatePerson, ...] = ()

    def amount(self, tipo: str, months: tuple[str, ...]) -> Decimal | None:
        """Return the apoyo for these months, or None where the tariff does not say."""
        by_month = self.tariff.get(tipo, {})
        if not months or any(month not in by_month for month in months):
            return None
        return sum((by_month[month] for month in months), Decimal(0))


def values_to_json(values: TemplateValues) -> dict[str, Any]:
    """Return the values as JSON, for the sandbox's pipe."""
    return {
        **asdict(values),
        "due_on": values.due_on.isoformat(),
        "made_on": values.made_on.isoformat(),
        "tariff": {
            tipo: {month: str(amount) for month, amount in by_month.items()}
            for tipo, by_month in values.tariff.items()
        },
    }


def values_from_json(data: dict[str, Any]) -> TemplateValues:
    """Return the values that `values_to_json` wrote."""
    return TemplateValues(
        **{
            **data,
            "months": tuple(data["months"]),
            "due_on": date.fromisoformat(data["due_on"]),
            "made_on": date.fromisoformat(data["made_on"]),
            "localities": tuple(TemplateLocality(**place) for place in data["localities"]),
            "medical_units": tuple(data["medical_units"]),
            "tariff": {
                tipo: {month: Decimal(amount) for month, amount in by_month.items()}
                for tipo, by_month in data["tariff"].items()
            },
            "people": tuple(TemplatePerson(**person) for person in data["people"]),
        }
    )


def month_names(months: tuple[str, ...]) -> str:
    """Return how a list writes its months.

    >>> month_names(("2027-01", "2027-02"))
    'enero-febrero'
    """
    return "-".join(words()["months"][int(month[5:7]) - 1] for month in months)


def legend() -> str:
    """Return the mandatory legend (ledger 1.7)."""
    text: str = words()["legend"]
    return text


def month_choices(months: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the whole period first, then each of its months."""
    yield months
    if len(months) > 1:
        yield from ((month,) for month in months)


def day_in_words(day: date) -> str:
    """Return a day as a letter writes it.

    >>> day_in_words(date(2027, 1, 18))
    '18 de enero de 2027'
    """
    return f"{day.day} de {words()['months'][day.month - 1]} de {day.year}"


@cache
def words() -> dict[str, Any]:
    """Return the catalogue of the sheets' texts."""
    text = resources.files("documents").joinpath("list_template.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = read_yaml(text)
    return found
