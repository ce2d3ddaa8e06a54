"""An invented ámbito of Chiapas and its list, in the figures of ledger 4.9."""

from datetime import date
from decimal import Decimal

from documents.list_mark import make_mark
from documents.list_values import TemplateLocality, TemplatePerson, TemplateValues

MARK_KEY = "00112233445566778899aabbccddeeff"

LOCALITIES = (
    TemplateLocality(clave="070590001", name="Ocosingo", municipality="Ocosingo", state="Chiapas"),
    TemplateLocality(clave="070590012", name="Abasolo", municipality="Ocosingo", state="Chiapas"),
    TemplateLocality(
        clave="070780004",
        name="San Cristóbal el Bajo",
        municipality="San Cristóbal de las Casas",
        state="Chiapas",
    ),
)

UNITS = ("UMR Abasolo", "UMR Ocosingo", "UMR San Cristóbal el Bajo")

PEOPLE = tuple(
    TemplatePerson(
        nombre=name,
        tipo=tipo,
        estado=place.state,
        municipio=place.municipality,
        localidad=place.name,
        clave_inegi=place.clave,
        unidad_medica=unit,
    )
    for name, tipo, place, unit in (
        ("María López Gómez", "VRS", LOCALITIES[0], UNITS[1]),
        ("Juana Ñáñez Pérez", "PVR", LOCALITIES[1], UNITS[0]),
        ("José Hernández Díaz", "VRS", LOCALITIES[2], UNITS[2]),
        ("Petrona Gutiérrez Ruiz", "PVR", LOCALITIES[0], UNITS[1]),
        ("Andrés Méndez Sántiz", "VRS", LOCALITIES[1], UNITS[0]),
    )
)

MONTHS = ("2027-01", "2027-02")


def template_values(**changes: object) -> TemplateValues:
    """The fixture of ledger 4.9: VRS 500.00 and PVR 400.00 a month, period 2027-B1, Chiapas."""
    known = {
        "template": "0780-PLA-v3",
        "period": "2027-B1",
        "unit": "OOAD07-R03-PAC012",
        "version": 1,
        **changes,
    }
    values = {
        **known,
        "months": MONTHS,
        "ooad": "Chiapas",
        "region": "OOAD07-R03",
        "unit_name": "Ámbito Ocosingo Centro",
        "mark": make_mark(
            MARK_KEY,
            template=str(known["template"]),
            period=str(known["period"]),
            unit=str(known["unit"]),
            version=int(str(known["version"])),
        ),
        "circular": "PIB/CACyPCS/0001/2027",
        "due_on": date(2027, 1, 18),
        "made_on": date(2027, 1, 4),
        "localities": LOCALITIES,
        "medical_units": UNITS,
        "tariff": {
            "VRS": dict.fromkeys(MONTHS, Decimal("500.00")),
            "PVR": dict.fromkeys(MONTHS, Decimal("400.00")),
        },
        "people": PEOPLE,
        **changes,
    }
    return TemplateValues(**values)
