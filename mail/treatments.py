"""Read the lines by which the CACyPCS decides the treatment of payout cases (AMB-17)."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """What may be decided about a case."""

    CLARIFY = "EN ACLARACION"
    SOLVED = "RESUELTO"
    NOT_SOLVED = "NO RESUELTO"
    UNFOUNDED = "IMPROCEDENTE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """One line: a case, its treatment and the reason; no treatment when the line names none that there is."""

    folio: str
    treatment: Treatment | None
    reason: str


_FOLIO = re.compile(r"\bP-?\s?(\d{4})-?(B[1-6]|\d{2})-?(\d{1,6})\b")
_TREATMENT = re.compile(r"^[\s:,.;–—-]*(EN\s+ACLARACION|NO\s+RESUELTO|RESUELTO|IMPROCEDENTE)\b")
_CODE = re.compile(r"(?<![\d-])\d{6}(?!\d)")


def read_treatments(text: str) -> list[Decided]:
    """Return what each line decides that names a case, in the order of the lines.

    >>> [one] = read_treatments("p-2027-b1-0001 En aclaración: se consulta al Prestador")
    >>> one.folio, one.treatment, one.reason
    ('P-2027-B1-0001', <Treatment.CLARIFY: 'EN ACLARACION'>, 'se consulta al Prestador')
    >>> read_treatments("P-2027-B1-0002 ya veremos")[0].treatment is None
    True
    """
    found = []
    for line in text.splitlines():
        plain = _plain(line)
        folio = _FOLIO.search(plain)
        if folio is None:
            continue
        rest = plain[folio.end() :]
        treatment = _TREATMENT.match(rest)
        # _plain keeps the length of a line, so that the reason can be taken as it was written.
        start = folio.end() + (treatment.end() if treatment else 0)
        reason = _CODE.sub("", unicodedata.normalize("NFC", line)[start:]).strip(" .:,;–—-")
        found.append(
            Decided(
                folio=f"P-{folio[1]}-{folio[2]}-{int(folio[3]):04d}",
                treatment=Treatment(" ".join(treatment[1].split())) if treatment else None,
                reason=reason[:400],
            )
        )
    return found


def _plain(line: str) -> str:
    """Return a line in capitals without accents, letter for letter."""
    composed = unicodedata.normalize("NFC", line)
    return "".join(_bare(letter) for letter in composed)


def _bare(letter: str) -> str:
    upper = letter.upper()
    base = next(
        (part for part in unicodedata.normalize("NFKD", upper) if not unicodedata.combining(part)), letter
    )
    return base if len(base) == 1 else letter
