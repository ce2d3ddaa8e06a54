"""One ámbito of Chiapas with its people, and how a test changes it."""

from decimal import Decimal

import pytest

from procedures.lists.context import ListContext, Place, ScopeLocality
from procedures.lists.rows import FIELDS, RawList, RawRow

UNIT = "OOAD07-R03-PAC012"
MONTHS = ("2027-01", "2027-02")
COLUMNS = dict(zip(FIELDS, "ABCDEFGHIJKLMNOP", strict=True))


@pytest.fixture
def context_of():
    """Give a context of PAC012 in 2027-B1, with the fixture's tariff (4.9), changed as a test wants it."""

    def make(**changes):
        values = {
            "period": "2027-B1",
            "months": MONTHS,
            "open_periods": frozenset({"2027-B1"}),
            "template": "0780-PLA-v3",
            "circular": "001/2027",
            "unit": UNIT,
            "ooad_name": "Chiapas",
            "ooad_aliases": ("Delegación Chiapas",),
            "entities": frozenset({"07"}),
            "localities": {
                "070590001": ScopeLocality("Ocosingo", "Abasolo"),
                "070590002": ScopeLocality("Ocosingo", "Peña Blanca"),
                "070590003": ScopeLocality("Ocosingo", "El Ocotal", operates=False),
            },
            "catalogue": {
                "070590001": Place("Ocosingo", "Abasolo"),
                "070590002": Place("Ocosingo", "Peña Blanca"),
                "070590003": Place("Ocosingo", "El Ocotal"),
                "070590077": Place("Ocosingo", "Las Tazas"),
            },
            "complete": frozenset({"07"}),
            "medical_units": {"UMR0712": "UMR Abasolo", "UMR0713": "UMR Peña Blanca"},
            "tariff": {("VRS", month): Decimal(500) for month in MONTHS}
            | {("PVR", month): Decimal(400) for month in MONTHS},
        }
        return ListContext(**(values | changes))

    return make


@pytest.fixture
def context(context_of):
    """Give the context as it is."""
    return context_of()


@pytest.fixture
def row_of():
    """Give the raw row of somebody who is all right, changed as a test wants it."""

    def make(number=4, **changes):
        values = {
            "no_progresivo": Decimal(number - 3),
            "ooad": "Chiapas",
            "estado": "Chiapas",
            "municipio": "Ocosingo",
            "localidad": "Abasolo",
            "clave_inegi": "070590001",
            "nombre": f"María López {_letters(number)}",
            "tipo": "VRS",
            "importe": Decimal(1000),
            "meses": "enero-febrero",
            "region": "OOAD07-R03",
            "pac": UNIT,
            "unidad_medica": "UMR Abasolo",
            "situacion": "activo",
            "obs": None,
            "curp": None,
        }
        return RawRow(number=number, values=values | changes)

    return make


@pytest.fixture
def list_of(row_of):
    """Give a raw list of rows; each row is said by its changes alone."""

    def make(*rows, **changes):
        raw_rows = tuple(
            row if isinstance(row, RawRow) else row_of(number, **row)
            for number, row in enumerate(rows, start=4)
        )
        values = {
            "template": "0780-PLA-v3",
            "period": "2027-B1",
            "unit": UNIT,
            "version": 1,
            "columns": COLUMNS,
            "rows": raw_rows,
        }
        return RawList(**(values | changes))

    return make


def _letters(number):
    """Return a surname of its own for each number, unlike its neighbours'."""
    syllables = ("ba", "ce", "di", "fo", "gu", "ja", "ke", "li", "mo", "nu")
    return "".join(syllables[int(digit)] for digit in f"{(number * 7919) % 1_000_000:06}").capitalize()
