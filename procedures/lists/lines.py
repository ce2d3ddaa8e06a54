"""A line of a list at any tier, as consolidation, duplicates and digests see it."""

from typing import Protocol


class Line(Protocol):
    """A line that is kept; the books' own row of a line is one."""

    id: int | None
    position: int
    pac: str
    ooad: str
    entity: str
    municipality: str
    locality_name: str
    locality: str
    name: str
    name_norm: str
    kind: str
    amount_centavos: int
    months: str
    medical_unit: str
    situation: str
    remarks: str


def region_of(pac: str) -> str:
    """Return the region of an ámbito.

    >>> region_of("OOAD07-R03-PAC012"), ooad_of("OOAD07-R03-PAC012")
    ('OOAD07-R03', 'OOAD07')
    """
    return pac.rpartition("-")[0]


def ooad_of(unit: str) -> str:
    """Return the OOAD of a region or an ámbito."""
    return unit.partition("-")[0]
