"""The standing people of the tests: the office of the demonstration, by what each is for.

>>> PAC012.unit, SAC_R03.role
('OOAD07-R03-PAC012', 'SAC')
"""

from dataclasses import dataclass

from service.demo.office import (
    CALENDAR,
    PERIOD,
    PS_ADDRESS,
    SHARED_LOCALITY,
    STAFF,
    SUPLENTE,
    VOLUNTEERS,
    Volunteer,
    address_of,
    office,
    place,
    write_calendar,
    write_directory,
)

__all__ = [
    "CALENDAR",
    "PERIOD",
    "PS_ADDRESS",
    "SHARED_LOCALITY",
    "STRANGER",
    "VOLUNTEERS",
    "Member",
    "Volunteer",
    "at",
    "office",
    "place",
    "volunteers_of",
    "write_calendar",
    "write_directory",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """Somebody of the staff, at the post that the tests know them by."""

    key: str
    name: str
    email: str
    role: str
    unit: str


def _members():
    return {
        (role, unit): Member(key=key, name=name, email=address_of(name), role=role, unit=unit)
        for role, unit, key, name, _cargo in STAFF
    }


_BY_POST = _members()


def at(role, unit):
    """Return who holds a post."""
    return _BY_POST[role, unit]


def volunteers_of(unit):
    """Return the volunteers of a PAC's ámbito, in the order of its list."""
    return [volunteer for volunteer in VOLUNTEERS if volunteer.unit == unit]


# The centre.
UPIB = at("UPIB", "PIB")
CACYPCS = at("CACyPCS", "PIB")
"""Owner of 0780: authorises, interprets, decides."""
CPEEYPB = at("CPEEyPB", "PIB")
"""Makes the listado definitivo and may send it to the PS (5.2.3)."""
CFI = at("CFI", "PIB")
"""Handles the money; may not touch 0780 (AC-78) nor send files to the PS (AC-35)."""
CFI_SUPLENTE = Member(
    key=SUPLENTE[2], name=SUPLENTE[3], email=address_of(SUPLENTE[3]), role=SUPLENTE[0], unit=SUPLENTE[1]
)
"""Acts for the CFI from 12 to 23 July 2027 only."""
ADMIN = at("ADMIN", "PIB")

# Chiapas: with EGAS.
JSPM_CHIAPAS = at("JSPM", "OOAD07")
EGAS_CHIAPAS = at("EGAS", "OOAD07")
EMS_R03 = at("EMS", "OOAD07-R03")
SAC_R01 = at("SAC", "OOAD07-R01")
"""The SAC of another region than PAC012's: must see nothing of it (AC-04)."""
SAC_R03 = at("SAC", "OOAD07-R03")
PAC012 = at("PAC", "OOAD07-R03-PAC012")
"""The PAC who does things right; five volunteers."""
PAC015 = at("PAC", "OOAD07-R03-PAC015")
"""The neighbour: late, or listing somebody of PAC012."""

# Puebla: without EGAS, two EMS.
JSPM_PUEBLA = at("JSPM", "OOAD21")
EMS_PUEBLA_R01 = at("EMS", "OOAD21-R01")
EMS_PUEBLA_R02 = at("EMS", "OOAD21-R02")

STRANGER = "desconocido@otra-parte.example"
"""An address that is in no directory."""

ANEW = (
    (SAC_R03, ("A10", "A11")),
    (EMS_R03, ("A12", "A13")),
    (EGAS_CHIAPAS, ("A14", "A15")),
    (JSPM_CHIAPAS, ("A21", "A22")),
    (CACYPCS, ("A23", "A24", "A25")),
)
"""Who carries a list of region 03 that was opened again to its authorisation, and by which steps."""
