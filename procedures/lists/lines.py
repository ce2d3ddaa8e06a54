"""A line of a list at any tier, as consolidation, duplicates and digests see it."""

from typing import Protocol


class Line(Protocol):
    """A line that is kept; the books' own row of a line is one."""

    @property
    def id(self) -> int | None:
        """Under which number it is kept."""

    @property
    def position(self) -> int:
        """Row of the sheet in a list of a PAC, running number above."""

    @property
    def pac(self) -> str:
        """The ámbito whose list it is of."""

    @property
    def ooad(self) -> str:
        """The OOAD of that ámbito."""

    @property
    def entity(self) -> str:
        """The federal entity in words."""

    @property
    def municipality(self) -> str:
        """The municipality in words."""

    @property
    def locality_name(self) -> str:
        """The locality in words."""

    @property
    def locality(self) -> str:
        """INEGI key, 9 digits."""

    @property
    def name(self) -> str:
        """The person's name as written."""

    @property
    def name_norm(self) -> str:
        """The name as it is compared."""

    @property
    def kind(self) -> str:
        """VRS or PVR."""

    @property
    def amount_centavos(self) -> int:
        """The support, in centavos."""

    @property
    def months(self) -> str:
        """YYYY-MM,YYYY-MM in order."""

    @property
    def medical_unit(self) -> str:
        """The unidad médica."""

    @property
    def situation(self) -> str:
        """What is said of the person's situation."""

    @property
    def remarks(self) -> str:
        """What is remarked."""


def region_of(pac: str) -> str:
    """Return the region of an ámbito.

    >>> region_of("OOAD07-R03-PAC012"), ooad_of("OOAD07-R03-PAC012")
    ('OOAD07-R03', 'OOAD07')
    """
    return pac.rpartition("-")[0]


def ooad_of(unit: str) -> str:
    """Return the OOAD of a region or an ámbito."""
    return unit.partition("-")[0]
