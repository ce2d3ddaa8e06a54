"""What befalls the cast in the delivery of the demonstration: who meets whom, who cannot collect, who does not read."""

from dataclasses import dataclass
from datetime import datetime, time

from service.demo import office
from service.demo.cast import ZONE
from service.demo.texter import Fortune, Problem, Texter
from service.demo.texting import Texting

DOES_NOT_READ = "PAC OOAD21-R02-PAC008"
"""Who was late with the list looks neither at the mail nor at the phone, until the SAC, who hears of it, calls."""
GIVE_CODES, FROM_DOOR_TO_DOOR, CALLED_ON = "2027-02-02", "2027-02-25", "2027-03-03"
MOVES_ON, MOVES_TO = "2027-02-26", "2027-03-16"
"""The day on which UPIB moves the end of the delivery, and to which."""
PROBLEM_ON, FIRST_REPORT, SECOND_REPORT = "2027-03-02", "2027-03-04", "2027-03-11"


PROBLEMS = (
    ("PAC OOAD07-R03-PAC018", "Lucía Estrada", "P05", "La oficina cerró a mediodía por falta de efectivo"),
    ("PAC OOAD07-R01-PAC004", "Amalia López", "P06", "El camino está cerrado por las lluvias"),
    ("PAC OOAD21-R02-PAC007", "Hortensia Allende", "P01", "En la ventanilla dicen que no está en su lista"),
)
"""What PAC hear of and write down: who, of whom, why, in which words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A volunteer who has a phone, and what becomes of her."""

    name: str
    fortune: Fortune = Fortune.COLLECTS


PARTS = (
    Part(name="Candelaria Arcos Vázquez"),
    Part(name="Nicolasa Torres Álvaro"),
    Part(name="Marcelina Cruz Pérez"),
    Part(name="Mateo Hernández Montejo", fortune=Fortune.MUTES),
    Part(name="María Luisa Gómez Sántiz"),
    Part(name="Rosa Elena Moreno Díaz", fortune=Fortune.OTHER_NAME),
    Part(name="Josefa Núñez Méndez"),
    Part(name="Mariano Pérez Hernández", fortune=Fortune.SAID_TO_BE_PAID),
    Part(name="Verónica Chulín Jiménez"),
    Part(name="Elpidio Gómez Deara"),
    Part(name="Leticia Cázares Téllez"),
    Part(name="Porfirio Lechuga Santos"),
    Part(name="Reyna Islas Trejo"),
    Part(name="Bonifacio Santiago Luna", fortune=Fortune.LACKS_DOCUMENT),
    Part(name="Emilia Barrios Lobato"),
    Part(name="Fortino Cortés Calderón"),
    Part(name="Micaela Diego Tirado"),
    Part(name="Gabino Desión Guerrero"),
)


def at(day: str, hour: int, minute: int = 0) -> datetime:
    """Return an instant of the office."""
    return datetime.combine(datetime.fromisoformat(day).date(), time(hour, minute), ZONE)


def plan_delivery(texting: Texting) -> None:
    """Put the whole plot on people's minds."""
    homes = {volunteer.name: volunteer for volunteer in office.VOLUNTEERS}
    for part in PARTS:
        who = texting.of(part.name)
        who.place, who.fortune = homes[part.name].place.name, part.fortune
    for number, pac in enumerate(one for one in texting.people if one.owned.role == "PAC"):
        pac.to_link.extend(texting.of(part.name) for part in PARTS if homes[part.name].unit == pac.owned.unit)
        if pac.to_link:
            pac.at(at(GIVE_CODES, 9, 5 * number), pac.ask_for_code, "se reúne con personas de su ámbito")
        _begin(pac, at(FROM_DOOR_TO_DOOR, 11, 3 * number), "/notificar", "avisa de puerta en puerta")
        _begin(pac, at(FIRST_REPORT, 12, 2 * number), "/avance", "informa el avance")
        if pac is not texting.of(DOES_NOT_READ):
            _begin(pac, at(SECOND_REPORT, 12, 2 * number), "/avance", "informa el avance")
    texting.of("PAC OOAD07-R01-PAC001").hasty = True
    for number, (name, of_whom, reason, sentence) in enumerate(PROBLEMS):
        witness = texting.of(name)
        witness.problem = Problem(who=of_whom, reason=reason, sentence=sentence)
        _begin(witness, at(PROBLEM_ON, 13, 5 * number), "/problema", "oye de alguien que no pudo cobrar")
    _let_somebody_not_read(texting)


def _let_somebody_not_read(texting: Texting) -> None:
    """One PAC misses everything until the SAC calls; later there is no signal, and the SAC takes the report down."""
    pac, sac = texting.of(DOES_NOT_READ), texting.of("SAC OOAD21-R02")
    called_at = at(CALLED_ON, 11)
    pac.away = (at(GIVE_CODES, 8), called_at)
    _begin(pac, called_at, "/notificar", "avisa tarde: su SAC le llamó por teléfono")
    sac.verbal = "PAC008"
    _begin(sac, at(SECOND_REPORT, 14), "/avance", "habla con su PAC, que no tiene señal")


def _begin(who: Texter, when: datetime, command: str, says: str) -> None:
    who.at(when, lambda: who.owned.phone.say(command), says)
