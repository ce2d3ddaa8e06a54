"""The conversation of `init`: questions with usual answers, each checked as it is given."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typer

from service.commands.speech import Complaint, say
from service.settings import SECRETS, Settings, problems_of

SIDES = {"imap": "con el buzón", "smtp": "con el correo de salida"}

_OFFICE = ("office_name", "address", "timezone")
_ENDINGS = ("host", "security", "port", "user", "password")
_ACCOUNT = ("user", "password")
_PORTS = {
    ("imap", "tls"): 993,
    ("imap", "starttls"): 143,
    ("imap", "plain"): 143,
    ("smtp", "tls"): 465,
    ("smtp", "starttls"): 587,
    ("smtp", "plain"): 25,
}

_NOTHING = "-"

Answers = dict[str, str | int | float]


def read_answers(items: Iterable[str]) -> Answers:
    """Return what was given as NAME=VALUE.

    Raises:
        Complaint: something is not of that form.
    """
    answers: Answers = {}
    for item in items:
        name, sign, value = item.partition("=")
        if not sign:
            raise Complaint(f"«{item}» no es NOMBRE=VALOR, por ejemplo imap_port=993.")
        answers[name.strip()] = _typed(name.strip(), value.strip())
    return answers


def ask_everything(folder: Path, given: Mapping[str, str | int | float]) -> Answers:
    """Ask what a new office needs, except what was given beforehand."""
    say(f"Se prepara una oficina en {folder}.")
    say(f"Con Enter se acepta lo que va entre corchetes; con {_NOTHING} se deja vacío.")
    answers: Answers = dict(given)
    for name in _OFFICE:
        _ask_unless_given(name, answers, {})
    for side in SIDES:
        say()
        for ending in _ENDINGS:
            _ask_unless_given(f"{side}_{ending}", answers, {})
    say()
    _ask_unless_given("authserv_id", answers, {})
    return answers


def ask_again(side: str, settings: Settings) -> Answers:
    """Ask again how a server is reached; what was answered before is the usual answer.

    One account that serves both ways was wrong for both.
    """
    before = {name: _plain(value) for name, value in settings.model_dump().items()}
    answers: Answers = {"address": settings.address}
    for ending in _ENDINGS:
        _ask_unless_given(f"{side}_{ending}", answers, before)
    was_the_same = all(before[f"imap_{ending}"] == before[f"smtp_{ending}"] for ending in _ACCOUNT)
    if side == "imap" and was_the_same:
        answers |= {f"smtp_{ending}": answers[f"imap_{ending}"] for ending in _ACCOUNT}
    return answers


def agrees(question: str) -> bool:
    """Ask a question that is answered with yes or no; yes is the usual answer."""
    while True:
        answer = str(typer.prompt(f"{question} (s/n)", default="s")).strip().lower()
        if answer in {"s", "sí", "si"}:
            return True
        if answer in {"n", "no"}:
            return False
        say("  Conteste s o n.")


def _ask_unless_given(name: str, answers: Answers, before: Mapping[str, str]) -> None:
    if name == "smtp_password" and not answers.get("smtp_user"):
        return
    if name not in answers:
        answers[name] = _ask(name, before.get(name) or _usual(name, answers))


def _ask(name: str, usual: str) -> str | int | float:
    """Ask until the answer can stand in the settings."""
    is_secret = name in SECRETS
    question = f"{Settings.model_fields[name].description}"
    if is_secret and usual:
        question += " [la misma]"
    while True:
        # The question brings its own usual answer, so that a secret one is not shown.
        shown = f"{question} [{usual}]" if usual and not is_secret else question
        answer = str(typer.prompt(shown, default=usual, hide_input=is_secret, show_default=False)).strip()
        answer = "" if answer == _NOTHING else answer
        if not (problems := problems_of({name: answer})):
            return _typed(name, answer)
        why = problems[0].partition(": ")[2]
        say(f"  {why[:1].upper()}{why[1:]}.")


def _usual(name: str, answers: Answers) -> str:
    """Return the usual answer, as far as earlier answers tell."""
    address = str(answers.get("address", ""))
    domain = address.rpartition("@")[2]
    side, _, ending = name.partition("_")
    if name == "address":
        return ""
    if ending == "host":
        return f"{side}.{domain}"
    if ending == "port" and side in SIDES:
        return str(_PORTS[side, str(answers[f"{side}_security"])])
    if name == "imap_user":
        return address
    if name == "smtp_user":
        return str(answers.get("imap_user") or address)
    if name == "smtp_password":
        return str(answers.get("imap_password", ""))
    return _plain(Settings.model_fields[name].get_default())


def _typed(name: str, answer: str) -> str | int | float:
    """Return a number where the settings want one, so that the file reads well; bad ones are told later."""
    field = Settings.model_fields.get(name)
    try:
        if field is not None and field.annotation is int:
            return int(answer)
        if field is not None and field.annotation is float:
            return float(answer)
    except ValueError:
        return answer
    return answer


def _plain(value: Any) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)
