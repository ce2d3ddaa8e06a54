"""Read whether the Prestador de Servicios acknowledges a file: its words, and the figures that its system read (A28)."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_SAYS = re.compile(r"\b(?:ACUS(?:E|O|AMOS)|RECIBI(?:DO|MOS)?|ENTERAD[OA]S?|CONFIRM(?:O|AMOS))\b")
_DOUBTS = re.compile(r"\b(?:NO|SIN|ERROR(?:ES)?|PROBLEMAS?|FALTAN?|DIFERENCIAS?|RECHAZ\w*|DANAD[OA])\b")
_NUMBER = r"\d{1,3}(?:[ ,]\d{3})+|\d+"
_ROWS = re.compile(
    rf"(?<![\d.,$-])({_NUMBER})\s*(?:RENGLON(?:ES)?|REGISTROS?|LINEAS?)\b|\b(?:RENGLON(?:ES)?|REGISTROS?|LINEAS?)\s*[:=]?\s*({_NUMBER})(?![\d.,]\d)"
)
_AMOUNT = re.compile(rf"(?:\$|\bIMPORTE(?: TOTAL)?\s*[:=]?\s*\$?)\s*((?:{_NUMBER})(?:\.\d{{1,2}})?)(?!\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """What an answer to the file says."""

    says: bool
    """Whether it says that the file was received, and nothing that sounds like a problem."""
    rows: tuple[int, ...] = ()
    amounts: tuple[Decimal, ...] = ()

    def differs(self, rows: int, amount: Decimal) -> bool:
        """Tell whether it names a figure, and none that it names of a kind is the one that was sent."""
        return bool(self.rows and rows not in self.rows) or bool(self.amounts and amount not in self.amounts)

    def agrees(self, rows: int, amount: Decimal) -> bool:
        """Tell whether the file was received as it was sent: by its figures, or by its words alone."""
        if self.differs(rows, amount):
            return False
        return self.says or bool(self.rows and self.amounts)


def read_acknowledgement(text: str) -> Acknowledgement:
    """Read an answer of the PS (without the letter that it quotes).

    >>> read_acknowledgement("Recibido: 124 renglones, $117,800.00").agrees(124, Decimal(117800))
    True
    >>> read_acknowledgement("Recibido, leímos 123 renglones").agrees(124, Decimal(117800))
    False
    >>> read_acknowledgement("Recibido, pero no pudimos abrir el archivo").agrees(124, Decimal(117800))
    False
    """
    decomposed = unicodedata.normalize("NFKD", text.upper())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return Acknowledgement(
        says=bool(_SAYS.search(plain)) and not _DOUBTS.search(plain),
        rows=tuple(int(_digits(one or other)) for one, other in _ROWS.findall(plain)),
        amounts=tuple(Decimal(_digits(found)) for found in _AMOUNT.findall(plain)),
    )


def _digits(number: str) -> str:
    return number.replace(",", "").replace(" ", "")
