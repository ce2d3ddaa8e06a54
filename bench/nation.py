"""An office of any size for the measurements: invented people at real places, evenly spread over the 20 OOADs."""

import itertools
from pathlib import Path

from actions.activate_procedure import activate_procedure
from actions.attest_step import AttestationRefused, attest_step
from actions.import_calendar import import_calendar
from actions.import_directory import import_directory
from actions.open_period import open_period
from actions.prepare_office import prepare_office
from documents.calendar_workbook import read_calendar
from documents.directory.values import (
    Directory,
    DirectoryReading,
    Headcount,
    HistoryPerson,
    Holding,
    MedicalUnit,
    Ooad,
    Pac,
    Person,
    Region,
    ScopeLocality,
)
from schedules.writer import Writer
from service.demo import office
from storage.catalogues import SHIPPED_LOCALITIES, shipped

REGIONS_PER_OOAD = 3
LOCALITIES_PER_PAC = 4
PEOPLE_PER_LOCALITY = 50
"""At the most, as far as the state has localities: those of an ámbito are small."""
GIVEN = [
    "Adelaida",
    "Agustina",
    "Amalia",
    "Angelina",
    "Antonia",
    "Aurelia",
    "Bonifacia",
    "Candelaria",
    "Carmela",
    "Catarina",
    "Celestina",
    "Cirila",
    "Delfina",
    "Domingo",
    "Elpidio",
    "Emilia",
    "Eulalia",
    "Evaristo",
    "Feliciana",
    "Fidel",
    "Francisca",
    "Gabino",
    "Genoveva",
    "Guadalupe",
    "Herlinda",
    "Hilario",
    "Hortensia",
    "Ignacia",
    "Isidra",
    "Jacinta",
    "Josefa",
    "Juana",
    "Leticia",
    "Librada",
    "Lucía",
    "Macedonia",
    "Manuela",
    "Marcelina",
    "Margarita",
    "Mariano",
    "Maribel",
    "Matilde",
    "Micaela",
    "Natividad",
    "Nicolasa",
    "Obdulia",
    "Pascuala",
    "Petrona",
    "Porfirio",
    "Raymunda",
]
SURNAMES = [
    "Aguilar",
    "Álvarez",
    "Arcos",
    "Barragán",
    "Bautista",
    "Becerra",
    "Calderón",
    "Cancino",
    "Castillo",
    "Cruz",
    "Chambor",
    "Díaz",
    "Domínguez",
    "Encino",
    "Escobar",
    "Espinosa",
    "Estrada",
    "Galindo",
    "Girón",
    "Gómez",
    "González",
    "Gordillo",
    "Guerrero",
    "Gutiérrez",
    "Guzmán",
    "Hernández",
    "Jiménez",
    "Lobato",
    "López",
    "Lorenzo",
    "Luna",
    "Marcos",
    "Martín",
    "Méndez",
    "Molina",
    "Montejo",
    "Mora",
    "Morales",
    "Moreno",
    "Núñez",
    "Ocampo",
    "Ortiz",
    "Pérez",
    "Peñate",
    "Pinto",
    "Ramos",
    "Reyes",
    "Rivera",
    "Rosas",
    "Ruiz",
    "Salgado",
    "Sánchez",
    "Santiago",
    "Solís",
    "Téllez",
    "Torres",
    "Trejo",
    "Utrilla",
    "Vargas",
    "Vázquez",
    "Vega",
    "Zavala",
]


def nation(pacs: int, volunteers_per_pac: int) -> Directory:
    """Return an office of so many PAC over all OOADs, each with its people of the last period."""
    ooads = list(shipped("ooad"))
    places: dict[str, list[dict[str, str]]] = {}
    municipalities = {
        row["cve_ent"] + row["cve_mun"]: row["municipio"] for row in shipped("inegi_municipios")
    }
    for row in shipped(SHIPPED_LOCALITIES):
        places.setdefault(row["cve_ent"], []).append(row)
    localities = {entity: itertools.cycle(rows) for entity, rows in places.items()}
    people = _names()
    found = {
        kind: [] for kind in ("regions", "pacs", "localities", "units", "persons", "holdings", "history")
    }

    def hold(role: str, unit: str) -> None:
        key = f"{role}-{unit}"
        address = f"{key.lower()}@{office.DOMAIN}"
        found["persons"].append(Person(key=key, full_name=next(people), cargo=role, email=address))
        found["holdings"].append(Holding(role=role, unit=unit, person=key, from_on=office.SINCE))

    for number, row in enumerate(ooads):
        ooad = row["code"]
        hold("JSPM", ooad)
        hold("EGAS", ooad)
        own = len(range(number, pacs, len(ooads)))
        for region in range(1, min(REGIONS_PER_OOAD, own) + 1):
            code = f"{ooad}-R{region:02d}"
            found["regions"].append(Region(code=code, ooad=ooad, number=region, name=f"Región {region}"))
            hold("EMS", code)
            hold("SAC", code)
        for count in range(own):
            region = f"{ooad}-R{count % REGIONS_PER_OOAD + 1:02d}"
            pac = f"{region}-PAC{count + 1:03d}"
            found["pacs"].append(Pac(code=pac, region=region, name=f"Ámbito {count + 1}", kind="ESAZ"))
            hold("PAC", pac)
            wanted = max(LOCALITIES_PER_PAC, volunteers_per_pac // PEOPLE_PER_LOCALITY)
            here = [next(localities[row["entity"]]) for _ in range(min(wanted, len(places[row["entity"]])))]
            keys = [place["cve_ent"] + place["cve_mun"] + place["cve_loc"] for place in here]
            unit = f"UMR {pac}"
            found["units"].append(
                MedicalUnit(clave=unit.replace(" ", "-"), name=unit, kind="UMR", unit=pac, locality=keys[0])
            )
            found["localities"] += [
                ScopeLocality(
                    unit=pac, clave=key, municipality=municipalities[key[:5]], name=place["localidad"]
                )
                for key, place in zip(keys, here, strict=True)
            ]
            found["history"] += [
                HistoryPerson(
                    period=office.LAST_PERIOD,
                    name=next(people),
                    kind="PVR" if person % 3 == 2 else "VRS",
                    clave=keys[person % len(keys)],
                    unit=pac,
                    medical_unit=unit,
                    months=office.LAST_MONTHS,
                )
                for person in range(volunteers_per_pac)
            ]
    whole = office.office()
    central = {holding.person for holding in whole.holdings if holding.unit == "PIB"}
    total = volunteers_per_pac * pacs
    return Directory(
        ooads=tuple(
            Ooad(
                code=row["code"],
                name=row["name"],
                has_egas=True,
                egas_has_sac=False,
                timezone=row["timezone"],
                entities=(row["entity"],),
            )
            for row in ooads
        ),
        regions=tuple(found["regions"]),
        pacs=tuple(found["pacs"]),
        localities=tuple(found["localities"]),
        medical_units=tuple(found["units"]),
        persons=(*(row for row in whole.persons if row.key in central), *found["persons"]),
        holdings=(*(row for row in whole.holdings if row.unit == "PIB"), *found["holdings"]),
        contacts=whole.contacts,
        offices=whole.offices,
        releasers=whole.releasers,
        headcounts=tuple(
            Headcount(
                unit=row["code"], period="2027", total=total, vrs=None, pvr=None, document="UPIB/210/2026"
            )
            for row in ooads
        ),
        tariffs=whole.tariffs,
        requisites=whole.requisites,
        contracts=whole.contracts,
        history=tuple(found["history"]),
    )


def _names():
    """Give names without end, the same ones each time and none twice in a long while."""
    for number in itertools.count():
        turn, given = divmod(number, len(GIVEN))
        second, first = divmod(turn, len(SURNAMES))
        yield f"{GIVEN[given]} {SURNAMES[first]} {SURNAMES[(first + second + 1) % len(SURNAMES)]}"


def request_lists(writer: Writer, directory: Directory, folder: Path) -> None:
    """Set the office up, open the period and carry it to the letters that ask each PAC for its list (A01 to A04)."""
    calendar = folder / "calendar.xlsx"
    office.write_calendar(calendar)
    reading = DirectoryReading(values=directory)
    writer.act(prepare_office)
    result = writer.act(lambda desk: import_directory(desk.session, reading, now=desk.now))
    if not result.applied:
        raise RuntimeError("; ".join(result.sentences[:5]))
    writer.act(lambda desk: import_calendar(desk.session, read_calendar(calendar), now=desk.now))
    writer.act(activate_procedure, "0780-003-002", as_person="CACYPCS")
    writer.act(open_period, office.PERIOD)
    units = [region.code for region in directory.regions]
    steps = [("A01", "", "CACYPCS")]
    # An OOAD without any region takes no part.
    steps += [("A02", ooad, f"EGAS-{ooad}") for ooad in sorted({row.ooad for row in directory.regions})]
    steps += [("A04", unit, f"SAC-{unit}") for unit in units]
    for step, unit, person in steps:
        done = writer.act(attest_step, office.PERIOD, step, unit, as_person=person)
        if isinstance(done, AttestationRefused):
            raise SystemExit(f"{step} {unit}: {done}")
