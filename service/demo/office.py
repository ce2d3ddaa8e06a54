"""The office of the demonstration, and of the tests: invented people at real places.

Two OOADs with all that a period needs: Chiapas, which has an EGAS with its own SAC, and
Puebla, which has none. Ten PAC, sixty volunteers, everybody from the PAC to the CFI, the
Prestador de Servicios. Names, addresses and numbers are invented; localities are INEGI's.

Who is who keeps its meaning, so that a test can be read by itself:

- PAC012 (Damasco) and PAC015 (Taniperla) of OOAD07-R03 share the locality Santo Domingo;
- PAC012 has three VRS and two PVR, as the fixture of ledger 1 (4.9) does;
- Puebla has two EMS and no EGAS, so one of them is designated (A16);
- the CFI has a suplente from 12 to 23 July 2027, and at no other time.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from documents.calendar_template import write_template
from documents.calendar_workbook import CalendarValues, PeriodLine
from documents.directory.template import write_directory as write_workbook
from documents.directory.values import (
    Contact,
    Contract,
    Directory,
    Headcount,
    HistoryPerson,
    Holding,
    MedicalUnit,
    Office,
    Ooad,
    Pac,
    Person,
    Region,
    Releaser,
    Requisite,
    ScopeLocality,
    Tariff,
)
from procedures.working_days import Base
from storage.catalogues import SHIPPED_LOCALITIES, shipped

DOMAIN = "imss-bienestar.example"
SINCE = date(2026, 1, 1)
PERIOD = "2027-B1"
LAST_PERIOD = "2026-B6"
LAST_MONTHS = ("2026-11", "2026-12")
MONTHLY = {"VRS": Decimal("500.00"), "PVR": Decimal("400.00")}
SHARED_LOCALITY = "070590459"
"""Santo Domingo: where one person can figure in the lists of two PAC (V-052)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A locality as INEGI's shipped catalogue has it."""

    clave: str
    entity: str
    municipality: str
    name: str
    latitude: float
    longitude: float


@lru_cache(maxsize=1)
def _places() -> dict[str, Place]:
    entities = {row["cve_ent"]: row["entidad"] for row in shipped("inegi_entidades")}
    municipalities = {
        row["cve_ent"] + row["cve_mun"]: row["municipio"] for row in shipped("inegi_municipios")
    }
    found = {}
    for row in shipped(SHIPPED_LOCALITIES):
        municipality = row["cve_ent"] + row["cve_mun"]
        clave = municipality + row["cve_loc"]
        found[clave] = Place(
            clave=clave,
            entity=entities[row["cve_ent"]],
            municipality=municipalities[municipality],
            name=row["localidad"],
            latitude=float(row["latitud"]),
            longitude=float(row["longitud"]),
        )
    return found


def place(clave: str) -> Place:
    """Return a locality of the shipped catalogue.

    Raises:
        KeyError: the catalogue has no such locality.
    """
    return _places()[clave]


def address_of(name: str) -> str:
    """Return the office address of a person: given name and first surname.

    >>> address_of("Nadia Corrales Ugarte")
    'nadia.corrales@imss-bienestar.example'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().split()
    return f"{plain[0]}.{plain[-2]}@{DOMAIN}"


# ------------------------------------------------------------------ units

OOADS = (
    Ooad(
        code="OOAD07",
        name="Chiapas",
        has_egas=True,
        egas_has_sac=True,
        timezone="America/Mexico_City",
        entities=("07",),
    ),
    Ooad(
        code="OOAD21",
        name="Puebla",
        has_egas=False,
        egas_has_sac=False,
        timezone="America/Mexico_City",
        entities=("21",),
    ),
)
REGIONS = (
    Region(code="OOAD07-R01", ooad="OOAD07", number=1, name="Palenque"),
    Region(code="OOAD07-R03", ooad="OOAD07", number=3, name="Ocosingo"),
    Region(code="OOAD21-R01", ooad="OOAD21", number=1, name="Huauchinango"),
    Region(code="OOAD21-R02", ooad="OOAD21", number=2, name="Zacapoaxtla"),
)
PACS = (
    Pac(code="OOAD07-R01-PAC001", region="OOAD07-R01", name="Río Chancalá", kind="ESAZ"),
    Pac(code="OOAD07-R01-PAC004", region="OOAD07-R01", name="Salto de Agua", kind="UMM"),
    Pac(code="OOAD07-R03-PAC012", region="OOAD07-R03", name="Damasco", kind="ESAZ"),
    Pac(code="OOAD07-R03-PAC015", region="OOAD07-R03", name="Taniperla", kind="ESAZ"),
    Pac(code="OOAD07-R03-PAC018", region="OOAD07-R03", name="Nueva Palestina", kind="HR"),
    Pac(code="OOAD21-R01-PAC001", region="OOAD21-R01", name="Tenango de las Flores", kind="ESAZ"),
    Pac(code="OOAD21-R01-PAC002", region="OOAD21-R01", name="Tlaxcalantongo", kind="ESAZ"),
    Pac(code="OOAD21-R01-PAC003", region="OOAD21-R01", name="Camotepec", kind="BS"),
    Pac(code="OOAD21-R02-PAC007", region="OOAD21-R02", name="San Juan Tahitic", kind="ESAZ"),
    Pac(code="OOAD21-R02-PAC008", region="OOAD21-R02", name="Atzalan", kind="ESAZ"),
)
AMBITOS = {
    "OOAD07-R01-PAC001": ("070650105", "070650182", "070650184", "070650191"),
    "OOAD07-R01-PAC004": ("070770018", "070770036", "070770065", "070770069"),
    "OOAD07-R03-PAC012": ("070590001", "070590068", "070590345", SHARED_LOCALITY, "070591799"),
    "OOAD07-R03-PAC015": ("070590229", "070590246", "070590268", "070590374", SHARED_LOCALITY),
    "OOAD07-R03-PAC018": ("070590012", "070590027", "070590102", "070590418"),
    "OOAD21-R01-PAC001": ("210710009", "210710022", "210710027", "210710037"),
    "OOAD21-R01-PAC002": ("211970004", "211970017", "211970020", "211970027"),
    "OOAD21-R01-PAC003": ("212080007", "212080016", "212080028", "212080040"),
    "OOAD21-R02-PAC007": ("212070002", "212070003", "212070017", "212070022"),
    "OOAD21-R02-PAC008": ("210170002", "210170003", "210170009", "210170012"),
}
MEDICAL_UNITS = (
    ("UMR-07-0101", "UMR Río Chancalá", "UMR", "OOAD07-R01-PAC001", "070650105"),
    ("UMR-07-0102", "UMR Arimatea", "UMR", "OOAD07-R01-PAC001", "070650191"),
    ("UMM-07-0103", "UMM Salto de Agua", "UMM", "OOAD07-R01-PAC004", "070770018"),
    ("UMR-07-0104", "UMR Río Jordán", "UMR", "OOAD07-R01-PAC004", "070770069"),
    ("UMR-07-0301", "UMR Damasco", "UMR", "OOAD07-R03-PAC012", "070590068"),
    ("UMR-07-0302", "UMR Santo Domingo", "UMR", "OOAD07-R03-PAC012", SHARED_LOCALITY),
    ("UMR-07-0303", "UMR Taniperla", "UMR", "OOAD07-R03-PAC015", "070590374"),
    ("UMR-07-0304", "UMR El Zapotal", "UMR", "OOAD07-R03-PAC015", "070590268"),
    ("HR-07-0305", "HR Nueva Palestina", "HR", "OOAD07-R03-PAC018", "070590418"),
    ("UMR-07-0306", "UMR Lacanjá Tzeltal", "UMR", "OOAD07-R03-PAC018", "070590102"),
    ("UMR-21-0101", "UMR Tenango de las Flores", "UMR", "OOAD21-R01-PAC001", "210710027"),
    ("UMR-21-0102", "UMR Venta Grande", "UMR", "OOAD21-R01-PAC001", "210710037"),
    ("UMR-21-0103", "UMR Tlaxcalantongo", "UMR", "OOAD21-R01-PAC002", "211970027"),
    ("UMR-21-0104", "UMR San Pedro Itztla", "UMR", "OOAD21-R01-PAC002", "211970020"),
    ("BS-21-0105", "BS Camotepec", "BS", "OOAD21-R01-PAC003", "212080007"),
    ("UMR-21-0106", "UMR Xoxonacatla", "UMR", "OOAD21-R01-PAC003", "212080040"),
    ("UMR-21-0201", "UMR San Juan Tahitic", "UMR", "OOAD21-R02-PAC007", "212070017"),
    ("UMR-21-0202", "UMR Atacpan", "UMR", "OOAD21-R02-PAC007", "212070003"),
    ("UMR-21-0203", "UMR Atzalan", "UMR", "OOAD21-R02-PAC008", "210170002"),
    ("UMR-21-0204", "UMR Tezhuatepec", "UMR", "OOAD21-R02-PAC008", "210170009"),
)

# ------------------------------------------------------------------ people

STAFF = (
    # role, unit, key, name, cargo
    ("UPIB", "PIB", "UPIB", "Elvira Cienfuegos Aranda", "Titular de la Unidad del Programa IMSS-BIENESTAR"),
    ("CACyPCS", "PIB", "CACYPCS", "Rogelio Montaño Quiroz", "Titular de la CACyPCS"),
    ("CPEEyPB", "PIB", "CPEEYPB", "Adela Rentería Solís", "Titular de la CPEEyPB"),
    ("CFI", "PIB", "CFI", "Ismael Bracamontes Leyva", "Titular de la CFI"),
    ("ADMIN", "PIB", "ADMIN", "Nadia Corrales Ugarte", "Administración del servicio"),
    (
        "JSPM",
        "OOAD07",
        "JSPM-07",
        "Amparo Zebadúa Coello",
        "Jefatura de Servicios de Prestaciones Médicas en Chiapas",
    ),
    ("EGAS", "OOAD07", "EGAS-07", "Fidel Cancino Ruiz", "Supervisión Médica del EGAS en Chiapas"),
    (
        "SAC",
        "OOAD07",
        "SAC-07",
        "Carmina Utrilla Nandayapa",
        "Supervisión de Acción Comunitaria del EGAS en Chiapas",
    ),
    (
        "JSPM",
        "OOAD21",
        "JSPM-21",
        "Octavio Barragán Tejeda",
        "Jefatura de Servicios de Prestaciones Médicas en Puebla",
    ),
    ("EMS", "OOAD07-R01", "EMS-07-01", "Leonor Gordillo Pinto", "Supervisión Médica Regional de Palenque"),
    (
        "SAC",
        "OOAD07-R01",
        "SAC-07-01",
        "Evaristo Trujillo Lara",
        "Supervisión de Acción Comunitaria de Palenque",
    ),
    ("EMS", "OOAD07-R03", "EMS-07-03", "Salomón Aguilar Culebro", "Supervisión Médica Regional de Ocosingo"),
    (
        "SAC",
        "OOAD07-R03",
        "SAC-07-03",
        "Rosalba Constantino Ozuna",
        "Supervisión de Acción Comunitaria de Ocosingo",
    ),
    (
        "EMS",
        "OOAD21-R01",
        "EMS-21-01",
        "Lidia Xicoténcatl Mora",
        "Supervisión Médica Regional de Huauchinango",
    ),
    (
        "SAC",
        "OOAD21-R01",
        "SAC-21-01",
        "Abel Cuautle Rincón",
        "Supervisión de Acción Comunitaria de Huauchinango",
    ),
    ("EMS", "OOAD21-R02", "EMS-21-02", "Braulio Sosa Macuil", "Supervisión Médica Regional de Zacapoaxtla"),
    (
        "SAC",
        "OOAD21-R02",
        "SAC-21-02",
        "Imelda Toxqui Galeote",
        "Supervisión de Acción Comunitaria de Zacapoaxtla",
    ),
    ("PAC", "OOAD07-R01-PAC001", "PAC-07-001", "Gilberto Arcos Montejo", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD07-R01-PAC004", "PAC-07-004", "Delfina Peñate Cruz", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD07-R03-PAC012", "PAC-07-012", "Hilario Moreno Sántiz", "Promoción de Acción Comunitaria"),
    (
        "PAC",
        "OOAD07-R03-PAC015",
        "PAC-07-015",
        "Florinda Jiménez Ballinas",
        "Promoción de Acción Comunitaria",
    ),
    ("PAC", "OOAD07-R03-PAC018", "PAC-07-018", "Wilber Chankín Solórzano", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD21-R01-PAC001", "PAC-21-001", "Teresa Hueytlalpan Cano", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD21-R01-PAC002", "PAC-21-002", "Maurilio Tepetitla Reyes", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD21-R01-PAC003", "PAC-21-003", "Odilia Barrientos Luna", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD21-R02-PAC007", "PAC-21-007", "Celso Huitzil Peralta", "Promoción de Acción Comunitaria"),
    ("PAC", "OOAD21-R02-PAC008", "PAC-21-008", "Graciela Tlapale Ortega", "Promoción de Acción Comunitaria"),
)
SUPLENTE = ("CFI", "PIB", "CFI-2", "Ofelia Landeros Quintana", "Área de Tesorería de la CFI")
SUPLENCIA = (date(2027, 7, 12), date(2027, 7, 23), "UPIB/088/2027")


@dataclass(frozen=True, kw_only=True, slots=True)
class Volunteer:
    """A VRS or PVR of the demonstration."""

    unit: str
    clave: str
    kind: str
    name: str
    medical_unit: str
    is_new: bool = False
    """Elected after the last period: in no history."""

    @property
    def place(self) -> Place:
        """Return where she lives."""
        return place(self.clave)


VOLUNTEERS_BY_PAC = {
    # clave, kind, name; a plus sign marks those whom the last period did not have
    "OOAD07-R01-PAC001": """
        070650105 VRS Candelaria Arcos Vázquez
        070650105 PVR Manuela Peñate Jiménez
        070650182 VRS Domingo Montejo Cruz
        070650184 VRS Sebastiana Méndez Guzmán
        070650191 VRS Nicolasa Torres Álvaro
        070650191 PVR Petrona Díaz Encino
    """,
    "OOAD07-R01-PAC004": """
        070770018 VRS Marcelina Cruz Pérez
        070770018 PVR Juana Sánchez Trinidad
        070770036 VRS Amalia López Arcos
        070770065 VRS Francisca Gómez Parcero
        070770069 VRS Mateo Hernández Montejo
        070770069 PVR Dominga Álvarez Cruz +
    """,
    "OOAD07-R03-PAC012": """
        070590068 VRS María Luisa Gómez Sántiz
        070590068 PVR Antonia Hernández Girón
        070590345 VRS Juan Bautista Méndez Cruz
        070590459 VRS Rosa Elena Moreno Díaz
        070591799 PVR Catarina López Navarro
    """,
    "OOAD07-R03-PAC015": """
        070590374 VRS Josefa Núñez Méndez
        070590374 PVR Micaela Jiménez Lorenzo
        070590229 VRS Pascuala Gutiérrez Cruz
        070590246 VRS Mariano Pérez Hernández
        070590268 VRS Angelina Sánchez Gómez
        070590268 PVR Agustina Cruz Toledo
        070590459 VRS Feliciana Ruiz Aguilar +
    """,
    "OOAD07-R03-PAC018": """
        070590418 VRS Verónica Chulín Jiménez
        070590418 PVR Lucía Estrada Méndez
        070590102 VRS Carmela Chambor Yuk
        070590012 VRS Elpidio Gómez Deara
        070590027 VRS Rosario Guzmán Silvano
        070590027 PVR Margarita Arcos Pérez
    """,
    "OOAD21-R01-PAC001": """
        210710027 VRS Leticia Cázares Téllez
        210710027 PVR Guadalupe Hernández Vargas
        210710037 VRS Eulalia Cruz Domínguez
        210710009 VRS Herlinda Marcos Galindo
        210710022 VRS Porfirio Lechuga Santos
        210710022 PVR Natividad Martínez Otlica
    """,
    "OOAD21-R01-PAC002": """
        211970027 VRS Ernestina Vargas Cabrera
        211970027 PVR Anastasia Cruz Garrido
        211970017 VRS Reyna Islas Trejo
        211970020 VRS Bonifacio Santiago Luna
        211970004 VRS Maribel Rosas Aparicio +
        211970004 PVR Crescencia Ortiz Zavala
    """,
    "OOAD21-R01-PAC003": """
        212080007 VRS Emilia Barrios Lobato
        212080007 PVR Tomasa González Sosa
        212080016 VRS Virginia Becerra Nava
        212080028 VRS Concepción Rivera Amador
        212080040 VRS Fortino Cortés Calderón
        212080040 PVR Isidra Luna Arroyo
    """,
    "OOAD21-R02-PAC007": """
        212070017 VRS Micaela Diego Tirado
        212070017 PVR Ignacia Molina Castañeda
        212070002 VRS Hortensia Allende Bonilla
        212070003 VRS Aurelia Toral Sánchez
        212070022 VRS Gabino Desión Guerrero
        212070022 PVR Matilde Salgado Vega
    """,
    "OOAD21-R02-PAC008": """
        210170002 VRS Yolanda Perdomo Julián
        210170002 PVR Eugenia Herrera Saldaña
        210170003 VRS Clotilde Guzmán Cipriano
        210170009 VRS Raymunda Martín Jerónimo
        210170012 VRS Severiano Mora Felipe
        210170012 PVR Obdulia Ramos Nicasio +
    """,
}


def _volunteers() -> tuple[Volunteer, ...]:
    units: dict[str, list[tuple[str, str]]] = {}
    for _clave, name, _kind, unit, locality in MEDICAL_UNITS:
        units.setdefault(unit, []).append((locality, name))
    found = []
    for unit, table in VOLUNTEERS_BY_PAC.items():
        for line in table.strip().splitlines():
            clave, kind, name = line.split(maxsplit=2)
            served = dict(units[unit]).get(clave, units[unit][0][1])
            found.append(
                Volunteer(
                    unit=unit,
                    clave=clave,
                    kind=kind,
                    name=name.removesuffix("+").strip(),
                    medical_unit=served,
                    is_new=name.endswith("+"),
                )
            )
    return tuple(found)


VOLUNTEERS = _volunteers()

# ------------------------------------------------------------------ the PS

PS_ADDRESS = "archivos@prestador.example"
OFFICES = (
    ("PAL-01", "Sucursal Palenque", "070650001", "Avenida Juárez 40, Centro", "916 000 0001"),
    (
        "SAL-01",
        "Sucursal Salto de Agua",
        "070770001",
        "Calle Hidalgo 12, junto a la presidencia",
        "916 000 0002",
    ),
    ("OCO-01", "Sucursal Ocosingo", "070590001", "Calle Central 8, frente al parque", "919 000 0003"),
    ("HUA-01", "Sucursal Huauchinango", "210710001", "Calle Guerrero 5, frente al mercado", "776 000 0004"),
    ("XIC-01", "Sucursal Xicotepec", "211970001", "Plaza de la Constitución 3", "764 000 0005"),
    ("ZAC-01", "Sucursal Zacatlán", "212080001", "Calle Cinco de Mayo 21", "797 000 0006"),
    ("ZAP-01", "Sucursal Zacapoaxtla", "212070001", "Calle Dieciséis de Septiembre 9", "233 000 0007"),
    ("TEZ-01", "Sucursal Teziutlán", "211740001", "Avenida Hidalgo 101", "231 000 0008"),
)
HOURS = "lunes a viernes de 9:00 a 15:00"
REQUISITES = (
    "Identificación oficial vigente",
    "El aviso que le entregó su PAC",
    "Si no sabe firmar, una persona testigo con identificación",
)


def _persons() -> tuple[Person, ...]:
    return tuple(
        Person(key=key, full_name=name, cargo=cargo, email=address_of(name))
        for _role, _unit, key, name, cargo in (*STAFF, SUPLENTE)
    )


def _holdings() -> tuple[Holding, ...]:
    titulares = (Holding(role=role, unit=unit, person=key, from_on=SINCE) for role, unit, key, *_ in STAFF)
    from_on, to_on, oficio = SUPLENCIA
    role, unit, key, *_ = SUPLENTE
    suplente = Holding(
        role=role, unit=unit, person=key, kind="suplente", from_on=from_on, to_on=to_on, oficio=oficio
    )
    return (*titulares, suplente)


def _releaser(key: str) -> Releaser:
    name = next(name for _role, _unit, known, name, _cargo in STAFF if known == key)
    return Releaser(
        person=key,
        email=address_of(name),
        from_on=SINCE,
        notice="UPIB/045/2026",
        acknowledged_on=date(2026, 1, 15),
    )


def _localities() -> tuple[ScopeLocality, ...]:
    return tuple(
        ScopeLocality(
            unit=unit,
            clave=clave,
            municipality=place(clave).municipality,
            name=place(clave).name,
            shared=clave == SHARED_LOCALITY,
        )
        for unit, claves in AMBITOS.items()
        for clave in claves
    )


@lru_cache(maxsize=1)
def office() -> Directory:
    """Return the whole office, as its directory workbook holds it."""
    return Directory(
        ooads=OOADS,
        regions=REGIONS,
        pacs=PACS,
        localities=_localities(),
        medical_units=tuple(
            MedicalUnit(clave=clave, name=name, kind=kind, unit=unit, locality=locality)
            for clave, name, kind, unit, locality in MEDICAL_UNITS
        ),
        persons=_persons(),
        holdings=_holdings(),
        contacts=(
            Contact(
                organisation="PS", full_name="Mesa de archivos del Prestador", email=PS_ADDRESS, from_on=SINCE
            ),
            Contact(
                organisation="CCTE", full_name="Recepción de la CCTE", email=f"ccte@{DOMAIN}", from_on=SINCE
            ),
            Contact(
                organisation="CT", full_name="Recepción de la CT", email=f"tesoreria@{DOMAIN}", from_on=SINCE
            ),
            Contact(
                organisation="DTE", full_name="Ventanilla de la DTE", email=f"dte@{DOMAIN}", from_on=SINCE
            ),
        ),
        offices=tuple(
            Office(
                clave=clave,
                name=name,
                locality=locality,
                address=address,
                hours=HOURS,
                phone=phone,
                latitude=round(place(locality).latitude, 4),
                longitude=round(place(locality).longitude, 4),
                from_on=SINCE,
            )
            for clave, name, locality, address, phone in OFFICES
        ),
        releasers=(_releaser("CPEEYPB"), _releaser("CACYPCS")),
        headcounts=tuple(
            Headcount(unit=ooad.code, period="2027", total=32, vrs=22, pvr=10, document="UPIB/210/2026")
            for ooad in OOADS
        ),
        tariffs=tuple(
            Tariff(kind=kind, monthly=monthly, from_on=SINCE, document="UPIB/001/2026")
            for kind, monthly in MONTHLY.items()
        ),
        requisites=tuple(Requisite(position=number, text=text) for number, text in enumerate(REQUISITES, 1)),
        contracts=(
            Contract(
                number="PS-2026-014",
                provider="Prestador de Servicios de la Demostración",
                rfc="PSD010203AB4",
                from_on=SINCE,
                to_on=date(2027, 12, 31),
                commission="15.00 pesos por apoyo entregado más IVA",
            ),
        ),
        history=tuple(
            HistoryPerson(
                period=LAST_PERIOD,
                name=volunteer.name,
                kind=volunteer.kind,
                clave=volunteer.clave,
                unit=volunteer.unit,
                medical_unit=volunteer.medical_unit,
                months=LAST_MONTHS,
            )
            for volunteer in VOLUNTEERS
            if not volunteer.is_new
        ),
    )


def write_directory(path: Path) -> None:
    """Write the office as the workbook that `oficialia import-directory` takes."""
    write_workbook(path, office())


# ------------------------------------------------------------------ the year

CALENDAR = CalendarValues(
    year=2027,
    approved_by="Elvira Cienfuegos Aranda, Titular de la UPIB",
    approved_on=date(2026, 11, 16),
    document="UPIB/190/2026",
    base=Base.LFT74,
    periods=tuple(
        PeriodLine(
            code=f"2027-B{number}",
            months=(f"2027-{number * 2 - 1:02d}", f"2027-{number * 2:02d}"),
            t0=date.fromisoformat(f"2027-{t0}"),
            t1=date.fromisoformat(f"2027-{t1}"),
            r=date.fromisoformat(f"2027-{r}"),
        )
        for number, (t0, t1, r) in enumerate(
            (
                ("03-01", "03-12", "02-25"),
                ("05-03", "05-14", "04-29"),
                ("07-01", "07-14", "06-29"),
                ("09-01", "09-14", "08-30"),
                ("10-25", "11-05", "10-21"),
                ("12-01", "12-14", "11-29"),
            ),
            1,
        )
    ),
)
"""The bimesters of 2027 (ledger 1, 7.3). The days off of its CAL-A are those of the Ley Federal del Trabajo."""


def write_calendar(path: Path, *, ends_on: date | None = None) -> None:
    """Write the year as the workbook that `oficialia import-calendar` takes; `ends_on` moves the first delivery's end."""
    first, *others = CALENDAR.periods
    first = replace(first, t1=ends_on or first.t1)
    write_template(path, replace(CALENDAR, periods=(first, *others)))
