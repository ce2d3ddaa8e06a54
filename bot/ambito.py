"""A PAC and the people of the ámbito: a code for somebody's chat (C-19), somebody's telephone."""

from collections.abc import Callable
from typing import TypeAlias

from actions.find_in_ambito import find_in_ambito
from actions.look_after_volunteers import (
    AlreadyLinked,
    issue_volunteer_code,
    keep_phone,
    own_volunteer,
    read_phone,
    void_volunteer_code,
)
from actions.permit_channel import DataClass, is_permitted
from actions.send_chat import Choice
from bot import telling, texts
from bot.access import Caller
from bot.names import MOST_NAMES
from bot.skills import Press, Skill
from bot.turn import Turn
from storage import payees
from storage.volunteers import VolunteerRow

WHOSE_CODE, WHOSE_PHONE, NUMBER = "code_of", "phone_of", "phone_number"
GIVE_CODE, GIVE_AGAIN, VOID_CODE, GIVE_PHONE = "code_give", "code_again", "code_void", "phone_give"
_VOLUNTEER = "volunteer"

Work: TypeAlias = Callable[[Turn, Caller, VolunteerRow], None]


# ------------------------------------------------------------------ which person


def _ask_for_code(turn: Turn, caller: Caller, argument: str) -> None:
    _ask_whom(turn, caller, argument, dialogue=WHOSE_CODE, act=GIVE_CODE)


def _ask_for_phone(turn: Turn, caller: Caller, argument: str) -> None:
    _ask_whom(turn, caller, argument, dialogue=WHOSE_PHONE, act=GIVE_PHONE)


def _ask_whom(turn: Turn, caller: Caller, query: str, *, dialogue: str, act: str) -> None:
    if query:
        _offer(turn, caller, query, act)
        return
    if turn.chat.dialogue != dialogue:
        turn.begin_dialogue()
    turn.ask(dialogue)
    turn.say("whom")


def _hear_whose_code(turn: Turn, caller: Caller) -> None:
    if _offer(turn, caller, turn.update.text, GIVE_CODE):
        turn.end_dialogue()


def _hear_whose_phone(turn: Turn, caller: Caller) -> None:
    if _offer(turn, caller, turn.update.text, GIVE_PHONE):
        turn.end_dialogue()


def _offer(turn: Turn, caller: Caller, query: str, act: str) -> bool:
    """Show who of the own ámbitos is meant, to be chosen; tell whether there was anybody.

    Where no name may be shown, one match is offered without its name.
    """
    search = find_in_ambito(
        turn.desk, caller.units_as("PAC"), query, person_id=caller.person_id, entry=turn.entry
    )
    if search.too_many:
        turn.say("too_many_searches")
        return False
    if not search.found:
        turn.say("nobody_found")
        return False
    if not is_permitted(turn.desk, DataClass.PERSONAL):
        if len(search.found) > 1:
            turn.say("several_found", n=len(search.found))
            return False
        button = Choice(text=texts.text(act), act=act, value=str(search.found[0].id))
        turn.say("whom_one", choices=[[button]])
        return True
    shown = search.found[:MOST_NAMES]
    lines = [
        texts.text("whom_found_line", number=number, name=row.name)
        for number, row in enumerate(shown, start=1)
    ]
    if len(search.found) > len(shown):
        lines.append(texts.text("whom_more"))
    turn.say(
        "whom_found",
        personal=True,
        choices=[
            [Choice(text=f"{number}", act=act, value=str(row.id)) for number, row in enumerate(shown, 1)]
        ],
        lines="\n".join(lines),
    )
    return len(search.found) <= len(shown)


def _with_own(work: Work) -> Press:
    """Return what does something with the volunteer of a button, if it is one of the caller's; else nobody is found."""

    def press(turn: Turn, caller: Caller, value: str) -> None:
        volunteer = own_volunteer(turn.desk, caller.units_as("PAC"), int(value))
        if volunteer is None:
            turn.say("nobody_found")
        else:
            work(turn, caller, volunteer)

    return press


# ------------------------------------------------------------------ codes


def _give_code(turn: Turn, caller: Caller, volunteer: VolunteerRow) -> None:
    try:
        _issue(turn, caller, volunteer, again=False)
    except AlreadyLinked:
        button = Choice(text=texts.text("code_new_phone"), act=GIVE_AGAIN, value=str(volunteer.id))
        turn.say("code_already_linked", choices=[[button]])


def _give_code_again(turn: Turn, caller: Caller, volunteer: VolunteerRow) -> None:
    _issue(turn, caller, volunteer, again=True)


def _issue(turn: Turn, caller: Caller, volunteer: VolunteerRow, *, again: bool) -> None:
    issued = issue_volunteer_code(
        turn.desk, volunteer, person_id=caller.person_id, entry=turn.entry, again=again
    )
    named = is_permitted(turn.desk, DataClass.PERSONAL)
    turn.say(
        "code_issued_for" if named else "code_issued",
        personal=named,
        choices=[[Choice(text=texts.text("code_void_button"), act=VOID_CODE, value=str(volunteer.id))]],
        name=volunteer.name,
        code=issued.code,
        bot=f"@{issued.bot}" if issued.bot else texts.text("this_service"),
    )


def _void_code(turn: Turn, caller: Caller, volunteer: VolunteerRow) -> None:
    void_volunteer_code(turn.desk, volunteer, person_id=caller.person_id, entry=turn.entry)
    turn.say("code_voided")


# ------------------------------------------------------------------ telephones


def _ask_for_number(turn: Turn, caller: Caller, volunteer: VolunteerRow) -> None:
    del caller
    if turn.chat.dialogue != NUMBER:
        turn.begin_dialogue()
    turn.ask(NUMBER, **{_VOLUNTEER: str(volunteer.id)})
    turn.say("phone_wanted")


def _mend_phone_of_payee(turn: Turn, caller: Caller, value: str) -> None:
    """Mend the number of somebody who is being told."""
    payee = payees.find_payee(turn.desk.session, int(value))
    volunteer_id = payee.row.volunteer_id if payee else None
    _with_own(_ask_for_number)(turn, caller, str(volunteer_id or 0))


def _hear_number(turn: Turn, caller: Caller) -> None:
    volunteer = own_volunteer(turn.desk, caller.units_as("PAC"), int(turn.chat.answers[_VOLUNTEER]))
    text = turn.update.text.strip().lower()
    phone = "" if text == texts.text("phone_none") else read_phone(text)
    if volunteer is None:
        turn.say("nobody_found")
    elif phone is None:
        turn.say("phone_wrong")
        return
    else:
        keep_phone(turn.desk, volunteer, phone, person_id=caller.person_id, entry=turn.entry)
        if phone:
            turn.say("phone_kept", last=phone[-2:])
        else:
            turn.say("phone_removed")
    turn.end_dialogue()


SKILL = Skill(
    commands={"codigo": _ask_for_code, "telefono": _ask_for_phone},
    answers={WHOSE_CODE: _hear_whose_code, WHOSE_PHONE: _hear_whose_phone, NUMBER: _hear_number},
    acts={
        GIVE_CODE: _with_own(_give_code),
        GIVE_AGAIN: _with_own(_give_code_again),
        VOID_CODE: _with_own(_void_code),
        GIVE_PHONE: _with_own(_ask_for_number),
        telling.PHONE: _mend_phone_of_payee,
    },
)
