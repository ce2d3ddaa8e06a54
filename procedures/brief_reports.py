"""Read a report written in one message: "PAGO 014 NO LLEGO", several of them, or "AVANCE 3 1"."""

import re
import unicodedata
from dataclasses import dataclass

MOST_REPORTS = 5
"""More in one message are told one by one; so many names a message carries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BriefReport:
    """A line of a listado definitivo by the last digits of its reference, and why it could not be collected."""

    number: int
    reason: str
    """P01 to P10; P10 when the words name no reason of their own."""
    words: str
    """As they were written."""


_REPORT = re.compile(
    r"(?:^|[\n;]|,(?=\s*(?:PAGO|REF\w*|CASO|APOYO|#)))\s*"
    r"(?:(?:PAGO|REF(?:ERENCIA)?|APOYO|RENGLON)\W*(?:NUMERO|NO\.?|N\W)?\W*|#\s*)"
    r"(?:\d{4}-B?\d{1,2}-)?(\d{1,6})\b[\s:,.–—-]*([^\n;]*?)(?=$|[\n;]|,\s*(?:PAGO|REF|APOYO|#))"
)
_PROGRESS = re.compile(r"^\W*AVANCE\D+(\d{1,6})\D+(\d{1,6})\D*$")
_REASONS = (
    # The order decides: what is reserved goes before words that it shares with others.
    ("P07", r"YA (?:LO |LA |SE |ESTA |FUE |HABIA )*COBR|OTRA PERSONA|ALGUIEN MAS|LO COBRO OTR"),
    ("P08", r"ENFERM|FALLEC|MURIO|MUERT|DEFUNCION|HOSPITAL"),
    ("P09", r"FUERA DE (?:PERIODO|FECHA|TIEMPO)|YA (?:PASO|TERMINO|VENCIO)|LLEGO TARDE"),
    ("P05", r"CERRAD|SIN SISTEMA|NO (?:HAY|HABIA|HUBO) SISTEMA|EFECTIVO|(?:SIN|NO (?:HAY|HABIA)) DINERO"),
    ("P03", r"IDENTIFICACI|\bINE\b|CREDENCIAL|REQUISITO|DOCUMENTO|ACTA\b|TESTIGO"),
    ("P02", r"NOMBRE|APELLIDO"),
    ("P04", r"IMPORTE|MONTO|CANTIDAD|MENOS DINERO|LE (?:DAN|DIERON|QUIEREN DAR) MENOS|INCOMPLET"),
    ("P06", r"TRASLAD|TRANSPORTE|PASAJE|CAMINO|NO PUEDE IR|MUY LEJOS"),
    ("P01", r"NO (?:LE )?(?:LLEGO|APARECE|SALE|ESTA|VIENE|FIGURA)|NO LISTA"),
)


def read_brief_reports(text: str) -> list[BriefReport]:
    """Return the reports of a message in their order; none when it is something else.

    >>> [one] = read_brief_reports("Pago 014 no llegó")
    >>> one.number, one.reason
    (14, 'P01')
    >>> [(one.number, one.reason) for one in read_brief_reports("pago 14: oficina cerrada; REF 21 otro apellido")]
    [(14, 'P05'), (21, 'P02')]
    >>> read_brief_reports("¿Cuándo es el pago?")
    []
    """
    plain, written = _plain(text), unicodedata.normalize("NFC", text)
    return [
        BriefReport(
            number=int(found[1]),
            reason=_reason(found[2]),
            # _plain keeps the length of a text, so that the words can be taken as they were written.
            words=" ".join(written[found.start(2) : found.end(2)].split()),
        )
        for found in _REPORT.finditer(plain)
    ]


def read_brief_progress(text: str) -> tuple[int, int] | None:
    """Return collected and with a problem, when a message says just that.

    >>> read_brief_progress("Avance: 3 cobraron, 1 con problema"), read_brief_progress("avance")
    ((3, 1), None)
    """
    found = _PROGRESS.match(_plain(text))
    return (int(found[1]), int(found[2])) if found else None


def _reason(words: str) -> str:
    return next((reason for reason, pattern in _REASONS if re.search(pattern, words)), "P10")


def _plain(text: str) -> str:
    """Return a text in capitals without accents, letter for letter."""
    return "".join(_bare(letter) for letter in unicodedata.normalize("NFC", text))


def _bare(letter: str) -> str:
    upper = letter.upper()
    bare = [part for part in unicodedata.normalize("NFKD", upper) if not unicodedata.combining(part)]
    return bare[0] if len(bare) == 1 else letter
