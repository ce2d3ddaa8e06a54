"""Lines for tests, as the books keep them, and the fixture of the ledger (4.9)."""

from dataclasses import dataclass, replace

CHIAPAS, OAXACA, VERACRUZ = "OOAD07-R03-PAC012", "OOAD20-R01-PAC001", "OOAD30N-R02-PAC004"


@dataclass
class KeptLine:
    """A line with the attributes of the books' own row."""

    id: int | None = None
    position: int = 1
    pac: str = CHIAPAS
    ooad: str = "OOAD07"
    entity: str = "Chiapas"
    municipality: str = "Ocosingo"
    locality_name: str = "Abasolo"
    locality: str = "070590001"
    name: str = "Ana Luz Ruiz"
    name_norm: str = "ANA LUZ RUIZ"
    kind: str = "VRS"
    amount_centavos: int = 100_000
    months: str = "2027-01,2027-02"
    medical_unit: str = "UMR Abasolo"
    situation: str = "activo"
    remarks: str = ""
    curp_mark: str = ""


def line(**changes):
    """Return a line, changed as a test wants it; the OOAD follows from the ámbito."""
    kept = replace(KeptLine(), **changes)
    return replace(kept, ooad=kept.pac.partition("-")[0]) if "ooad" not in changes else kept


def fixture_of_ten():
    """Return the ten lines of the ledger's fixture (4.9), by ámbito: 9,200.00 in all."""
    counts = {CHIAPAS: (3, 2), OAXACA: (2, 1), VERACRUZ: (1, 1)}
    by_unit = {}
    for unit, (vrs, pvr) in counts.items():
        kinds = ["VRS"] * vrs + ["PVR"] * pvr
        by_unit[unit] = [
            line(
                id=len(by_unit) * 10 + place,
                position=place + 4,
                pac=unit,
                name_norm=f"PERSONA {unit[4:7]} {place}",
                kind=kind,
                amount_centavos=100_000 if kind == "VRS" else 80_000,
            )
            for place, kind in enumerate(kinds)
        ]
    return by_unit
