"""The cast on their phones: they link their accounts, press, report, ask for help, as people do.

They know only what their mail and their screen say, what somebody told them in person,
and what happened to them at the counter.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from actions.ports import Clock
from service.demo.cast import Cast, office_hours
from service.demo.phone import Seen
from service.demo.phone_book import PhoneBook
from service.demo.texter import PACE, Fortune, Texter, has

VOLUNTEERS = frozenset({"VRS", "PVR"})
AFTER_A_WHILE = timedelta(hours=3)
_LINK_CODE = re.compile(r"/vincular ([A-Z0-9]{4}-[A-Z0-9]{4})")
_DIGITS = re.compile(r"(?<!\d)(\d{6})(?!\d)")


class Texting:
    """Everybody of the cast who has a phone."""

    def __init__(self, clock: Clock, book: PhoneBook, cast: Cast) -> None:
        self._cast = cast
        self.people = [
            Texter(
                owned=owned,
                schedule=self._in_the_day if owned.role in VOLUNTEERS else self._in_the_office,
                now=clock.now,
            )
            for owned in book.phones
        ]
        self._by_address = {one.owned.address: one for one in self.people if one.owned.address}
        cast.on_letter = self._consider_letter

    def of(self, name: str) -> Texter:
        """Return somebody by name, or by role and unit ("SAC OOAD21-R02").

        Raises:
            KeyError: nobody of the cast is called so.
        """
        for one in self.people:
            if name in (one.owned.name, f"{one.owned.role} {one.owned.unit}"):
                return one
        raise KeyError(name)

    def _in_the_office(self, when: datetime, act: Callable[[], object], says: str) -> None:
        self._in_the_day(office_hours(when), act, says)

    def _in_the_day(self, when: datetime, act: Callable[[], object], says: str) -> None:
        async def do() -> None:
            act()

        self._cast.plan(when, do, says)

    def _consider_letter(self, address: str, text: str) -> bool:
        """Take a letter that is about the chat; tell whether it was one."""
        who = self._by_address.get(address)
        if who is None:
            return False
        if code := _LINK_CODE.search(text):
            who.say(f"/start {code[1]}", "abre Telegram con el código de su correo")
            return True
        if "escriba allí estos seis dígitos" in " ".join(text.split()) and (digits := _DIGITS.search(text)):
            who.say(digits[1], "confirma su cuenta de Telegram")
            return True
        return False

    def read(self) -> int:
        """Let everybody look at what came on their phones, and think of what to do about it; return how much came."""
        seen = 0
        for who in self.people:
            if who.is_away:
                continue
            for message in who.owned.phone.unread():
                seen += 1
                _consider(who, message)
        return seen


Reaction: TypeAlias = Callable[[Texter, Seen, re.Match[str]], object]


def _consider(who: Texter, message: Seen) -> None:
    """Do what somebody does about a message: the first reaction that fits."""
    kinds = {"VOLUNTEER"} if who.owned.role in VOLUNTEERS else {who.owned.role, "STAFF"}
    for kind, pattern, react in REACTIONS:
        if kind in kinds and (found := pattern.search(message.text)):
            react(who, message, found)
            return


def _press(*buttons: str, says: str = "", after: timedelta = PACE) -> Reaction:
    """Return the reaction of pressing the first of some buttons that is there."""
    return lambda who, message, _found: who.press(message, *buttons, says=says, after=after)


# ------------------------------------------------------------------ volunteers


def _say_where_she_lives(who: Texter, _message: Seen, _found: re.Match[str]) -> None:
    who.say(who.place)


def _be_reminded(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    who.reminded += 1
    if who.fortune is Fortune.MUTES:
        who.press(message, "No recordarme", says="no quiere más recordatorios")
    elif who.fortune is Fortune.COLLECTS:
        # Some go at once, some later; whoever forgets to say so is told of by the report of the PS.
        if (who.owned.phone.id + who.reminded) % 2:
            who.press(message, "Ya cobré", says="dice que ya cobró", after=AFTER_A_WHILE)
    elif who.reminded == 1:
        who.press(
            message, "Tengo un problema", says="no pudo cobrar: «Tengo un problema»", after=AFTER_A_WHILE
        )


_MISFORTUNES = {
    Fortune.LACKS_DOCUMENT: ("Me falta un documento", "Se venció mi credencial y el trámite tarda"),
    Fortune.OTHER_NAME: ("Mi nombre está distinto", "En mi credencial aparece mi segundo nombre"),
    Fortune.SAID_TO_BE_PAID: ("Me dicen que ya se cobró", "Me dijeron que alguien ya lo había cobrado"),
}


def _say_what_happened(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    reason, _sentence = _MISFORTUNES[who.fortune]
    who.press(message, reason, says=f"elige «{reason}»")


def _tell_it(who: Texter, _message: Seen, _found: re.Match[str]) -> None:
    _reason, sentence = _MISFORTUNES[who.fortune]
    who.say(sentence)


# ------------------------------------------------------------------ the staff


def _hand_code_over(who: Texter, _message: Seen, found: re.Match[str]) -> None:
    """The PAC writes the code down for the person at hand, and asks for that of the next."""
    if who.to_link:
        who.to_link.popleft().say(
            f"/start {found[1]}", "vincula su cuenta con el código que su PAC le entregó"
        )
        who.at(who.now() + PACE * 4, who.ask_for_code)


_WAYS = ("Avisada en persona", "Avisada por teléfono", "Avisada en persona")


def _tell_in_person(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    lost = who.owned.unit.endswith("R01-PAC004") and who.told == 0
    way = "No localizada" if lost else _WAYS[who.told % len(_WAYS)]
    who.told += 1
    who.press(message, way)


def _tell_again(who: Texter, _message: Seen, _found: re.Match[str]) -> None:
    who.say("/notificar", "avisa otra vez, de puerta en puerta")


def _count_collected(who: Texter, _message: Seen, found: re.Match[str]) -> None:
    payees = int(found[1])
    who.reports += 1
    collected = payees if who.hasty else max(payees - 3 + who.reports, 0)
    who.say(str(min(collected, payees)), f"informa: {min(collected, payees)} de {payees} cobraron")


def _count_problems(who: Texter, _message: Seen, _found: re.Match[str]) -> None:
    who.say("1" if who.hasty or who.reports == 1 else "0")


def _mend_count(who: Texter, _message: Seen, _found: re.Match[str]) -> None:
    who.hasty = False
    who.say("0", "corrige su informe")


def _name_person(who: Texter, _message: Seen, _found: re.Match[str]) -> None:
    if who.problem:
        who.say(who.problem.who)


def _choose_person(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if who.problem and message.buttons:
        who.press(message, message.buttons[0][0].text)


def _name_reason(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if who.problem:
        who.press(message, who.problem.reason)


def _describe(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if who.problem:
        who.say(who.problem.sentence)
    elif has(message, "Sin detalle"):
        who.press(message, "Sin detalle")


def _choose_office(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if message.buttons:
        who.press(message, message.buttons[0][0].text)


def _send_case(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if who.press(message, "Enviar", says="envía el caso a su SAC"):
        who.problem = None


def _take_down(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if who.verbal:
        who.press(message, "Capturar avance verbal", says="anota lo que su PAC le dijo")


def _of_whom(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    if who.verbal and who.press(message, who.verbal):
        who.verbal = ""


_ASKED = ("Turnar", "Enterado", "Registrar caso", "Acusar recibo")
"""Buttons by which somebody of the staff does whatever else a message asks."""


def _do_what_is_asked(who: Texter, message: Seen, _found: re.Match[str]) -> None:
    for button in _ASKED:
        if who.press(message, button, says=f"oprime «{button}»"):
            return


REACTIONS: tuple[tuple[str, re.Pattern[str], Reaction], ...] = tuple(
    (kind, re.compile(pattern), react)
    for kind, pattern, react in (
        ("VOLUNTEER", r"¿cuál es su localidad\?", _say_where_she_lives),
        ("VOLUNTEER", r"^Recordatorio:", _be_reminded),
        (
            "VOLUNTEER",
            r"podrá recogerse del",
            _press("De acuerdo", says="lee su aviso: «De acuerdo»", after=PACE * 5),
        ),
        ("VOLUNTEER", r"^¿Qué pasó\?", _say_what_happened),
        ("VOLUNTEER", r"^Cuéntelo en una frase", _tell_it),
        ("PAC", r"^Elija a la persona", _press("1")),
        ("PAC", r"Código ([A-Z0-9]{4}-[A-Z0-9]{4}), válido", _hand_code_over),
        (
            "PAC",
            r"no falta nadie por avisar",
            _press("Confirmo", says="confirma que avisó a las personas de su ámbito"),
        ),
        ("PAC", r"por avisar de ", _tell_in_person),
        ("PAC", r"deben saberlo de nuevo", _tell_again),
        ("STAFF", r"ya cobraron de (\d+)\?", _count_collected),
        ("STAFF", r"^¿Cuántas tienen problema para cobrar\?", _count_problems),
        ("STAFF", r"^La suma \(", _mend_count),
        ("STAFF", r"¿Guardar\?$", _press("Guardar")),
        ("PAC", r"^¿De qué persona\?", _name_person),
        ("PAC", r"^¿Es alguna de estas personas\?", _choose_person),
        ("PAC", r"^¿Qué problema tiene para cobrar\?", _name_reason),
        ("PAC", r"Describa en una frase", _describe),
        ("PAC", r"^¿En qué oficina\?", _choose_office),
        ("PAC", r"¿Confirma\?$", _send_case),
        (
            "SAC",
            r"casos? nuevos? para informar",
            _press("Enviar todos", says="informa de los casos a la CACyPCS"),
        ),
        ("SAC", r"^Región .* cobraron", _take_down),
        ("SAC", r"^¿De qu[eé] (?:PAC|ámbito)\?", _of_whom),
        ("STAFF", r"", _do_what_is_asked),
    )
)
"""Who reacts to what on the screen, the first that fits."""
