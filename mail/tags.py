"""The subject tag that every letter bears: `[0780][2027-B1][A08][OOAD07-R03-PAC012]` (ledger 4.8)."""

import re
from dataclasses import dataclass

NATIONAL = "NACIONAL"
"""The scope of a letter about the whole period."""

_PREFIXES = r"\s*(?:(?:re|rv|fw|fwd)\s*(?:\[\d+\])?\s*:\s*)*"
_TAG = re.compile(
    _PREFIXES
    + r"\[(0780|0720)\]\s*\[(\d{4}-(?:B[1-6]|\d{2}))\]\s*\[([AB]\d{2}|ACUSE|OBS|REC|BORRADOR)\]\s*\[([A-Z0-9\-]+)\]\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SubjectTag:
    """What a subject says of its letter: procedure, period, activity and scope."""

    procedure: str
    period: str
    activity: str
    """An activity (`A08`), or `ACUSE`, `OBS`, `REC`, `BORRADOR`."""
    scope: str
    """A unit's code, or NACIONAL."""

    def __post_init__(self) -> None:
        if not _TAG.fullmatch(str(self)):
            message = f"no subject tag can be made of {str(self)!r}"
            raise ValueError(message)

    def __str__(self) -> str:
        return f"[{self.procedure}][{self.period}][{self.activity}][{self.scope}]"


def find_tag(subject: str) -> SubjectTag | None:
    """Return the tag at the head of a subject, after any `Re:`, `RV:`, `FW:`.

    >>> find_tag("RV: Re: [0780][2027-b1][a08][OOAD07-R03-PAC012] Listado")
    SubjectTag(procedure='0780', period='2027-B1', activity='A08', scope='OOAD07-R03-PAC012')
    >>> find_tag("Listado de enero") is None
    True
    """
    found = _TAG.match(subject)
    if found is None:
        return None
    procedure, period, activity, scope = (part.upper() for part in found.groups())
    return SubjectTag(procedure=procedure, period=period, activity=activity, scope=scope)


def strip_tag(subject: str) -> str:
    """Return the subject without its prefixes and tag.

    >>> strip_tag("Re: [0780][2027-B1][A08][NACIONAL] Listado")
    'Listado'
    """
    found = _TAG.match(subject)
    return (
        subject[found.end() :].strip()
        if found
        else re.sub(_PREFIXES, "", subject, count=1, flags=re.IGNORECASE).strip()
    )
