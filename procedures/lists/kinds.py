"""The two kinds of volunteer that receive the support, in the words people use for them."""

import re
from datetime import date
from decimal import Decimal

from procedures.lists.messages import Flaw
from procedures.lists.names import normalise_name

_VRS = re.compile(r"V ?R ?S|VOLUNTARI(?:OS?|AS?|O A|OS AS) RURAL(?:ES)? DE SALUD(?: VRS)?")
_PVR = re.compile(r"P ?V ?R|PARTER(?:AS?|OS?|A O|AS OS)(?: VOLUNTARI[OA]S?)?(?: RURAL(?:ES)?)?(?: PVR)?")
_SITUATIONS = {
    "ACTIVO": "activo",
    "ACTIVA": "activo",
    "ALTA": "alta",
    "BAJA": "baja",
    "SUSPENDIDO": "baja",
    "SUSPENDIDA": "baja",
}


def parse_kind(cell: Decimal | str | date) -> str | Flaw:
    """Read the kind of volunteer, VRS or PVR; nobody else receives the support (V-037).

    >>> parse_kind("vrs"), parse_kind("Partera Voluntaria Rural")
    ('VRS', 'PVR')
    >>> [parse_kind(cell).code for cell in ("VSF", "V", "Aval Ciudadano", "Médico Tradicional")]
    ['V-037', 'V-037', 'V-037', 'V-037']
    """
    if cell in {"VRS", "PVR"}:
        return str(cell)
    text = normalise_name(cell) if isinstance(cell, str) else ""
    if _VRS.fullmatch(text):
        return "VRS"
    if _PVR.fullmatch(text):
        return "PVR"
    return Flaw("V-037")


def parse_situation(cell: Decimal | str | date) -> str | Flaw:
    """Read the situation of a person: activo, alta or baja.

    >>> parse_situation("Activa"), parse_situation("BAJA")
    ('activo', 'baja')
    """
    known = _SITUATIONS.get(normalise_name(cell)) if isinstance(cell, str) else None
    return known or Flaw("STATUS")
