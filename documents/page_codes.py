"""What the code on a printed page says: which list, which version, which records, which page of how many."""

import re
from dataclasses import dataclass
from typing import Self

_CODE = re.compile(
    r"0780:(\d{4}-[A-Z0-9]{2}):(LVP|LVR|LVO|LVN|LD):([A-Z0-9-]{0,64}):(\d{1,6}):([0-9A-F]{10}):(\d{1,5})/(\d{1,5})"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageCode:
    """The code of one page.

    >>> str(PageCode(period="2027-B1", level="LVR", unit="OOAD07-R03", version=2, digest="e3b0c44298", page=3, pages=5))
    '0780:2027-B1:LVR:OOAD07-R03:2:E3B0C44298:3/5'
    """

    period: str
    level: str
    unit: str
    version: int
    digest: str
    """Short form of the record digest."""
    page: int
    pages: int

    def __str__(self) -> str:
        # Capitals, digits and a few signs only: a QR code holds twice as many of those.
        return (
            f"0780:{self.period}:{self.level}:{self.unit}:{self.version}:"
            f"{self.digest.upper()}:{self.page}/{self.pages}"
        )

    @property
    def list_key(self) -> tuple[str, str, str, int, str]:
        """What all pages of one print have in common, but for their number."""
        return self.period, self.level, self.unit, self.version, self.digest

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read a code's text; None if it is not one of ours.

        >>> PageCode.read("0780:2027-B1:LVR:OOAD07-R03:2:E3B0C44298:3/5").page
        3
        >>> PageCode.read("https://example.org/") is None
        True
        """
        match = _CODE.fullmatch(text)
        if match is None:
            return None
        period, level, unit, version, digest, page, pages = match.groups()
        return cls(
            period=period,
            level=level,
            unit=unit,
            version=int(version),
            digest=digest.lower(),
            page=int(page),
            pages=int(pages),
        )
