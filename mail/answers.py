"""Read what somebody answered to a letter: the word, the code, the reason."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum

from mail.treatments import Decided, read_treatments


class Verb(StrEnum):
    """What an answer does."""

    ACKNOWLEDGE = "acknowledge"
    ATTEST = "attest"
    RETURN = "return"
    DECIDE = "decide"
    EXCEPT = "except"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    EXPLAIN = "explain"
    MISSING = "missing"
    CHASE = "chase"
    REASON = "reason"
    """Only says why a list has so many people (V-059)."""
    TREAT = "treat"
    NONE = "none"


_WORDS = {
    "ENTERADO": Verb.ACKNOWLEDGE,
    "ENTERADA": Verb.ACKNOWLEDGE,
    "TURNAR": Verb.ACKNOWLEDGE,
    "TURNESE": Verb.ACKNOWLEDGE,
    "TURNADO": Verb.ACKNOWLEDGE,
    "TURNADA": Verb.ACKNOWLEDGE,
    "HECHO": Verb.ATTEST,
    "APRUEBO": Verb.ATTEST,
    "AUTORIZO": Verb.ATTEST,
    "RUBRIQUE": Verb.ATTEST,
    "FIRME": Verb.ATTEST,
    "ENTREGADO": Verb.ATTEST,
    "RECIBIDO": Verb.ATTEST,
    "ENVIADO": Verb.ATTEST,
    "LIBERO": Verb.ATTEST,
    "DEVUELVO": Verb.RETURN,
    "DECIDO": Verb.DECIDE,
    "EXCEPCION": Verb.EXCEPT,
    "CONFIRMO": Verb.CONFIRM,
    "REABRO": Verb.REOPEN,
    "EXPLICA": Verb.EXPLAIN,
    "EXPLIQUE": Verb.EXPLAIN,
    "FALTANTES": Verb.MISSING,
    "RECUERDA": Verb.CHASE,
    "RECUERDE": Verb.CHASE,
    "TRATAMIENTO": Verb.TREAT,
}

QUESTIONS = frozenset({Verb.EXPLAIN, Verb.MISSING, Verb.CHASE})
"""What only asks, and needs no code."""

_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
_OPTION = re.compile(r"^\W*DECIDO\W+(\d{1,2}(?!\d)(?:\s*(?:,|Y)\s*\d{1,2}(?!\d))*)")
_UNIT = re.compile(r"\b(OOAD\d+(?:-R\d+(?:-PAC\d+)?)?|(?:R\d+-)?PAC\d+|R\d{2})\b")
_PERIOD = re.compile(r"\b(\d{4}-[A-Z]{1,3}\d{1,2})\b")
_COURTESY = re.compile(r"\b(?:POR FAVOR|GRACIAS)\b")
_NO_UNIT = re.compile(
    r"\W*(?:POR QUE|PORQUE|QUE|COMO|DE DONDE|(?:LA|LAS|EL|LOS|MI|MIS) (?:DIFERENCIAS?|TOTAL(?:ES)?|LISTADOS?|LISTAS?))\b"
)
_WHO = re.compile(r"\W*QUIEN(?:ES)?\s+(?:FALTAN?|NO HAN? ENVIADO|HAN? ENVIADO)\b")
_STEP = re.compile(r"\bA(\d{2})\b")
_CONFIRMATION = re.compile(r"\bCONFIRMO\b.{0,40}\bLISTADO\b.{0,80}\bEQUIPO DE SALUD\b", re.DOTALL)
_MOTIVE = re.compile(r"(?:^\W*motivo\b(?!\s*:)|\bmotivo\s*:)\W*(\w.*)", re.IGNORECASE)
_HEALTH_TEAM = re.compile(r"equipo de salud\s*\(([^)]{2,300})\)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The act that an answer's first words name."""

    verb: Verb
    word: str = ""
    """The word by which it is said, in capitals and without accents."""
    code: str = ""
    options: tuple[int, ...] = ()
    unit: str = ""
    reason: str = ""
    period: str = ""
    """A question's period, 2027-B1."""
    steps: tuple[str, ...] = ()
    """The activities that a question names, in their order."""
    subject: str = ""
    """The unit that a question names, by code or name."""
    treatments: tuple[Decided, ...] = ()
    """What it decides about payout cases, line by line."""
    motive: str = ""
    """What stands after «Motivo:», wherever in the answer: why a list has many more or fewer people (V-059)."""
    health_team: str = ""
    """Who of the Equipo de Salud took part, when the sentence of A05 names them."""

    @property
    def option(self) -> int | None:
        """Return the one option that it names; None when it names none, or several."""
        return self.options[0] if len(self.options) == 1 else None


def read_answer(text: str) -> Answer:
    """Read the act out of an answer's own text (without the letter it quotes).

    The first line that begins with a known word decides; case, accents and marks
    around it do not matter. The code may stand on the same line or below.

    >>> read_answer("hecho 482913").verb, read_answer("Rubriqué las 4 páginas. 482913").code
    (<Verb.ATTEST: 'attest'>, '482913')
    >>> read_answer("DECIDO 2: son personas distintas 482913").options
    (2,)
    >>> read_answer("decido 1 y 3, viven en la localidad 482913").options
    (1, 3)
    """
    answer, motive = _read_act(text), read_motive(text)
    if answer.verb is Verb.NONE and motive:
        return Answer(verb=Verb.REASON, motive=motive)
    return replace(answer, motive=motive) if motive else answer


def read_motive(text: str) -> str:
    r"""Return what stands after «Motivo:» in a text, to the end of its paragraph, without a code that stands beside it.

    >>> read_motive("APRUEBO 482913\nMotivo: dos familias se mudaron\na Ocosingo.")
    'dos familias se mudaron a Ocosingo.'
    """
    lines = text.splitlines()
    for number, line in enumerate(lines[:40]):
        found = _MOTIVE.search(line)
        if found is None:
            continue
        said = [found.group(1)]
        for more in lines[number + 1 : number + 10]:
            first = re.search(r"[A-Z]+", _plain(more))
            if not more.strip() or (first is not None and first.group() in _WORDS):
                break
            said.append(more)
        return " ".join(_CODE.sub("", " ".join(said)).split())[:500].strip()
    return ""


def _read_act(text: str) -> Answer:
    plain = _plain(text)
    team = _HEALTH_TEAM.search(text)
    for number, line in enumerate(plain.splitlines()[:40]):
        words = re.findall(r"[A-Z]+", line[:60])
        verb = _WORDS.get(words[0], Verb.NONE) if words else Verb.NONE
        if _WHO.match(line):
            return Answer(verb=Verb.MISSING, word="FALTANTES")
        if verb is Verb.NONE:
            continue
        if verb is Verb.TREAT:
            return _treatment(text)
        below = "\n".join(plain.splitlines()[number : number + 6])
        code = _CODE.search(below)
        option = _OPTION.match(line)
        unit = _UNIT.search(line)
        own = text.splitlines()[number]
        if verb in QUESTIONS:
            return _question(verb, line, own)
        return Answer(
            verb=verb,
            word=words[0],
            code=code.group(1) if code else "",
            options=tuple(int(digits) for digits in re.findall(r"\d+", option.group(1))) if option else (),
            unit=unit.group(1) if unit else "",
            reason=_reason(own),
            health_team=team.group(1).strip() if team else "",
        )
    if any(one.treatment for one in read_treatments(text)):
        return _treatment(text)
    if _CONFIRMATION.search(plain):
        return Answer(verb=Verb.CONFIRM, health_team=team.group(1).strip() if team else "")
    return Answer(verb=Verb.NONE)


def _question(verb: Verb, line: str, own: str) -> Answer:
    """Read a question: the period, the activities and the unit that it names, in whatever order.

    >>> asked = read_answer("EXPLICA 2027-B1 Oaxaca A10 A25")
    >>> asked.period, asked.subject, asked.steps
    ('2027-B1', 'Oaxaca', ('A10', 'A25'))
    >>> read_answer("Explique por qué 412 se volvió 409").subject, read_answer("¿Quién falta?").verb
    ('', <Verb.MISSING: 'missing'>)
    """
    period = _PERIOD.search(line)
    steps = sorted(f"A{number}" for number in _STEP.findall(line))
    words = re.sub(r"^\W*\w+\W*", "", own, count=1)
    for pattern in (_PERIOD, _STEP, _COURTESY):
        words = re.sub(pattern.pattern, " ", words, flags=re.IGNORECASE)
    unit = _UNIT.search(line)
    if _NO_UNIT.match(_plain(words)):
        # A whole sentence asks about the asker's own lists.
        words = ""
    return Answer(
        verb=verb,
        period=period.group(1) if period else "",
        steps=tuple(steps),
        subject=unit.group(1) if unit else " ".join(words.split()).strip(" .,:;¿?"),
    )


def _treatment(text: str) -> Answer:
    # A reference of the listado definitivo ends in six digits, too.
    code = re.search(r"(?<![\d-])(\d{6})(?!\d)", text)
    return Answer(
        verb=Verb.TREAT, code=code.group(1) if code else "", treatments=tuple(read_treatments(text))
    )


def confirms_list(text: str) -> Answer | None:
    """Return the attestation of A05 and A06 if the text of a mail with a list makes it (M-05)."""
    answer = read_answer(text)
    if answer.verb is Verb.CONFIRM or _CONFIRMATION.search(_plain(text)):
        return Answer(verb=Verb.CONFIRM, motive=answer.motive, health_team=answer.health_team)
    return None


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.upper())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _reason(line: str) -> str:
    without_code = _CODE.sub("", line)
    without_verb = re.sub(r"^\W*\w+\W*", "", without_code, count=1)
    without_option = re.sub(
        r"^\d{1,2}\b(?:\s*(?:,|y)\s*\d{1,2}\b)*\W*", "", without_verb, count=1, flags=re.IGNORECASE
    )
    return without_option.strip(" .:;-")[:500]
