"""The words that every letter must bear, those that none may, and how the office writes dates and money."""

import re
from datetime import date, datetime
from decimal import Decimal

LEGEND = (
    "Este programa es público, ajeno a cualquier partido político. "
    "Queda prohibido el uso para fines distintos a los establecidos en el programa"
)
"""Reglas de Operación, 8: exactly so on everything that leaves (V-091)."""

CONFIDENTIAL = (
    "La información contenida en este mensaje es confidencial (política 5.1.3); "
    "queda prohibida su reproducción o difusión sin autorización previa."
)
"""On everything with personal data of volunteers, or more (classes C3 to C6)."""

LABOUR_WORDS = re.compile(
    r"\b(?:salarios?|sueldos?|nóminas?|honorarios|emple(?:o|os|ad[oa]s?)|trabajador(?:a|es|as)?)\b",
    re.IGNORECASE,
)
"""V-097: the support is no pay, and a volunteer is no employee (SROP 3.6.2.2)."""

GENDER_MARKS = re.compile(
    r"\bestimad[oa]s? (?:señor|doctor|licenciad|voluntari)\w*|\b(?:el|los|un|unos) (?:voluntario|promotor|supervisor|coordinador|beneficiario|titular|usuario|responsable)\w*"
    r"|\b(?:señor(?:a|es|as)?|licenciad[oa]s?|ingenier[oa]s?|compañer[oa]s?)\b|\b\w+[oa]\(?[/(][oa]s?\)?|@s\b|\b(?:todos y todas|todas y todos)\b",
    re.IGNORECASE,
)
"""R-5.1.1: no distinction of gender where the matter needs none."""

_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


def long_date(day: date) -> str:
    """Return a date as a letter writes it.

    >>> long_date(date(2027, 1, 18))
    'lunes 18 de enero de 2027'
    """
    return f"{_WEEKDAYS[day.weekday()]} {day.day} de {_MONTHS[day.month - 1]} de {day.year}"


def short_date(day: date) -> str:
    """Return a date as a table writes it.

    >>> short_date(date(2027, 1, 12))
    '12-ene-2027'
    """
    return f"{day.day:02}-{_MONTHS[day.month - 1][:3]}-{day.year}"


def moment(instant: datetime) -> str:
    """Return an instant, already in the office's zone, as a letter writes it.

    >>> moment(datetime(2027, 1, 18, 9, 5))
    '18 de enero de 2027, 09:05 h'
    """
    return f"{instant.day} de {_MONTHS[instant.month - 1]} de {instant.year}, {instant:%H:%M} h"


def money(amount: Decimal | int | str) -> str:
    """Return pesos as the office writes them.

    >>> money(Decimal("4600"))
    '$4,600.00'
    """
    return f"${Decimal(amount):,.2f}"


def whole(number: int) -> str:
    """Return a whole number with its thousands apart.

    >>> whole(20000)
    '20,000'
    """
    return f"{number:,}"


def count_of(number: int, singular: str, plural: str) -> str:
    """Return a number with its noun.

    >>> count_of(1, "error", "errores"), count_of(0, "error", "errores")
    ('1 error', '0 errores')
    """
    return f"{number:,} {singular if number == 1 else plural}"


def lower_first(text: str) -> str:
    """Return text with its first letter small, unless it is an acronym.

    >>> lower_first("Recibir el listado"), lower_first("LVR de la región")
    ('recibir el listado', 'LVR de la región')
    """
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def step_number(step: str) -> str:
    """Return what a letter calls a step: the activity's number, where its id is one.

    >>> step_number("A08"), step_number("recibir")
    ('8', 'recibir')
    """
    found = re.fullmatch(r"[AB]0*(\d+)", step)
    return found[1] if found else step
