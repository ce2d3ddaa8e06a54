"""Tie an account: /start CODE, the six digits, and the neutral text for everybody else (C-01, C-04)."""

import re

from actions.link_chat import begin_link, confirm_link
from actions.send_chat import send_chat
from bot import texts
from bot.access import who_is
from bot.turn import Turn
from bot.updates import Deed
from mail.wording import LEGEND
from storage.chats import normalise_link_code

CODE = "code"
DIGITS = "digits"
PERSON = "person"
_DIGITS = re.compile(r"\d{6}")


def talk_with_stranger(turn: Turn, command: str, argument: str) -> None:
    """Answer an account without a link: a code is tried, and everything else has one answer."""
    text = turn.update.text.strip()
    if turn.update.deed is Deed.FILE:
        turn.say("unknown_person")
    elif command in {"start", "vincular"}:
        if argument:
            _try_code(turn, argument)
        else:
            turn.chat.answers = {}
            turn.ask(CODE)
            turn.say("welcome")
    elif command == "cancelar" and turn.chat.dialogue:
        turn.end_dialogue()
        turn.say("cancelled")
    elif turn.chat.dialogue == CODE and normalise_link_code(text):
        _try_code(turn, text)
    elif turn.chat.dialogue == DIGITS:
        digits = "".join(text.split())
        if _DIGITS.fullmatch(digits):
            _try_digits(turn, digits)
        else:
            turn.say("digits_wanted")
    else:
        turn.say("unknown_person")


def _try_code(turn: Turn, code: str) -> None:
    person_id = begin_link(turn.desk, turn.chat, normalise_link_code(code) or code, entry=turn.entry)
    if person_id is None:
        turn.say("code_refused")
        return
    turn.ask(DIGITS, **{PERSON: str(person_id)})
    turn.say("digits_wanted")


def _try_digits(turn: Turn, digits: str) -> None:
    person_id = int(turn.chat.answers[PERSON])
    linked = confirm_link(turn.desk, turn.chat, digits, person_id=person_id, entry=turn.entry)
    if linked is None:
        turn.say("code_refused")
        return
    turn.end_dialogue()
    caller = who_is(turn.desk, turn.chat)
    turn.say("linked", legend=LEGEND, menu=texts.menu(caller.roles if caller else ()))
    for chat_id in linked.replaced:
        send_chat(
            turn.desk,
            chat_id,
            texts.text("replaced", mailbox=turn.mailbox),
            template="chat:replaced",
            version=turn.entry.folio,
        )
