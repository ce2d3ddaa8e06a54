"""Tie an account: /start CODE, the six digits or the locality, and the neutral text for everybody else (C-01, C-04)."""

import re

from actions.link_chat import Linked, begin_link, confirm_link, confirm_volunteer, lives_in
from actions.remind_volunteers import notify_linked
from actions.send_chat import send_chat
from bot import texts
from bot.access import who_is
from bot.turn import Turn
from bot.updates import Deed
from mail.wording import LEGEND
from storage.chats import normalise_link_code

CODE = "code"
DIGITS = "digits"
LOCALITY = "link_locality"
PERSON = "person"
VOLUNTEER_ID = "volunteer"
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
    elif turn.chat.dialogue == LOCALITY:
        _hear_locality(turn, text)
    elif turn.chat.dialogue == DIGITS:
        digits = "".join(text.split())
        if _DIGITS.fullmatch(digits):
            _try_digits(turn, digits)
        else:
            turn.say("digits_wanted")
    else:
        turn.say("unknown_person")


def _try_code(turn: Turn, code: str) -> None:
    begun = begin_link(turn.desk, turn.chat, normalise_link_code(code) or code, entry=turn.entry)
    if begun is None:
        turn.say("code_refused")
    elif begun.volunteer_id is not None:
        turn.ask(LOCALITY, **{VOLUNTEER_ID: str(begun.volunteer_id)})
        turn.say("locality_wanted")
    else:
        turn.ask(DIGITS, **{PERSON: str(begun.person_id)})
        turn.say("digits_wanted")


def _try_digits(turn: Turn, digits: str) -> None:
    person_id = int(turn.chat.answers[PERSON])
    linked = confirm_link(turn.desk, turn.chat, digits, person_id=person_id, entry=turn.entry)
    if linked is None:
        turn.say("code_refused")
        return
    _welcome(turn, linked, replaced=texts.text("replaced", mailbox=turn.mailbox))


def _hear_locality(turn: Turn, text: str) -> None:
    """Take the name of a locality; somebody who was refused may as well come with another code."""
    volunteer_id = int(turn.chat.answers[VOLUNTEER_ID])
    if not text:
        turn.say("locality_wanted")
    elif normalise_link_code(text) and not lives_in(turn.desk, volunteer_id, text):
        _try_code(turn, text)
    else:
        _try_locality(turn, volunteer_id, text)


def _try_locality(turn: Turn, volunteer_id: int, locality: str) -> None:
    linked = confirm_volunteer(turn.desk, turn.chat, locality, volunteer_id=volunteer_id, entry=turn.entry)
    if linked is None:
        turn.say("code_refused")
    else:
        _welcome(turn, linked, replaced=texts.text("replaced_volunteer"))
        notify_linked(turn.desk, volunteer_id, entry=turn.entry)


def _welcome(turn: Turn, linked: Linked, *, replaced: str) -> None:
    """Say that the account is tied, and to the accounts that it replaces that they are not any more."""
    turn.end_dialogue()
    caller = who_is(turn.desk, turn.chat)
    turn.say("linked", legend=LEGEND, menu=texts.menu(caller.roles if caller else ()))
    for chat_id in linked.replaced:
        send_chat(turn.desk, chat_id, replaced, template="chat:replaced", version=turn.entry.folio)
