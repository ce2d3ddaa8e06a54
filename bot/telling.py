"""The PAC's list of whom to tell: one by one or several at once, with undo, and the word that all were told (C-17, A37)."""

from collections.abc import Iterable, Sequence

from actions.find_in_ambito import find_in_ambito
from actions.notice_texts import office_in_words
from actions.permit_channel import DataClass, is_permitted
from actions.remind_volunteers import first_round
from actions.send_chat import Choice
from actions.tell_payees import (
    HOW,
    Telling,
    ToTell,
    confirm_telling,
    mark_told,
    telling_of,
    unmark_told,
)
from bot import texts
from bot.access import Caller
from bot.names import MOST_NAMES
from bot.skills import Skill
from bot.turn import Turn
from mail.wording import short_date
from storage import payees
from storage.payees import Told

MARK, UNDO, NEXT, SEVERAL, LOST, CONFIRM = (
    "tell_mark",
    "tell_undo",
    "tell_next",
    "tell_several",
    "tell_lost",
    "tell_confirm",
)
PHONE = "tell_phone"
"""Answered by `bot/ambito.py`, which keeps telephones."""
_WAYS = ((Told.IN_PERSON, "in_person"), (Told.PHONE, "by_phone"), (Told.NOT_FOUND, "not_found"))


def _tell(turn: Turn, caller: Caller, argument: str) -> None:
    """Show whom to tell next; with part of a name, that person."""
    if argument:
        _search(turn, caller, argument)
    else:
        _show_next(turn, caller)


def _search(turn: Turn, caller: Caller, query: str) -> None:
    """Find somebody among the payees; who is in the ámbito and not in the list is told apart (AC-42)."""
    units = caller.units_as("PAC")
    search = find_in_ambito(turn.desk, units, query, person_id=caller.person_id, entry=turn.entry)
    if search.too_many:
        turn.say("too_many_searches")
        return
    if not search.found:
        turn.say("nobody_found")
        return
    tellings = telling_of(turn.desk, units)
    if not tellings:
        turn.say("telling_none")
        return
    listed = {
        one.row.volunteer_id: (telling, one)
        for telling in tellings
        for one in payees.payees_of(turn.desk.session, telling.case.id, [telling.unit])
    }
    found = [listed[row.id] for row in search.found if row.id in listed]
    if not found:
        turn.say("not_in_list")
    elif len(found) > 1 and not is_permitted(turn.desk, DataClass.PERSONAL):
        turn.say("several_found", n=len(found))
    else:
        waiting = {
            one.payee.row.id: one for telling in tellings for one in (*telling.waiting, *telling.not_found)
        }
        for telling, one in found[:MOST_NAMES]:
            if one.row.id in waiting:
                _show_one(turn, telling, waiting[one.row.id], prefix="")
            else:
                _say_told(turn, one)


def _say_told(turn: Turn, one: payees.Payee) -> None:
    how = HOW[one.row.told]
    if is_permitted(turn.desk, DataClass.PERSONAL):
        turn.say("telling_already", personal=True, name=one.name, locality=one.locality_name, how=how)
    else:
        turn.say("telling_already_reserved", how=how)


# ------------------------------------------------------------------ whom to tell next


def _show_next(turn: Turn, caller: Caller, *, after: int = 0, prefix: str = "", undo: str = "") -> None:
    """Show the next person to tell after another, or that nobody is left."""
    tellings = telling_of(turn.desk, caller.units_as("PAC"))
    if not tellings:
        turn.say("telling_none")
        return
    for telling in tellings:
        if telling.waiting:
            one = _following(telling.waiting, after)
            _show_one(turn, telling, one, prefix=prefix, undo=undo)
            return
    for telling in tellings:
        _show_done(turn, telling, prefix=prefix, undo=undo)


def _following(waiting: Sequence[ToTell], after: int) -> ToTell:
    numbers = [one.payee.row.id for one in waiting]
    place = numbers.index(after) + 1 if after in numbers else 0
    return waiting[place % len(waiting)]


def _show_one(turn: Turn, telling: Telling, one: ToTell, *, prefix: str, undo: str = "") -> None:
    number = str(one.payee.row.id)
    choices = [
        [Choice(text=texts.text(label), act=MARK, value=f"{how.value}|{number}")] for how, label in _WAYS
    ]
    others = []
    if len(telling.waiting) > 1:
        others = [
            Choice(text=texts.text("next_person"), act=NEXT, value=number),
            Choice(text=texts.text("several"), act=SEVERAL, value="0"),
        ]
    mend = [Choice(text=texts.text("mend_phone"), act=PHONE, value=number)]
    _say_list(turn, telling, [one], choices=[*choices, others, mend, _undo_row(undo)], prefix=prefix)


def _show_several(turn: Turn, caller: Caller, value: str) -> None:
    """Show a page of people, to be marked together: those of one place were often told together."""
    for telling in telling_of(turn.desk, caller.units_as("PAC")):
        if telling.waiting:
            start = int(value) if int(value) < len(telling.waiting) else 0
            _show_page(turn, telling, start)
            return
    _show_next(turn, caller)


def _show_page(turn: Turn, telling: Telling, start: int) -> None:
    page = telling.waiting[start : start + MOST_NAMES]
    numbers = ",".join(str(one.payee.row.id) for one in page)
    choices = [
        [Choice(text=texts.text(label), act=MARK, value=f"{how.value}|{numbers}")]
        for how, label in ((Told.IN_PERSON, "all_in_person"), (Told.PHONE, "all_by_phone"))
    ]
    if len(telling.waiting) > len(page):
        choices.append([Choice(text=texts.text("next_page"), act=SEVERAL, value=str(start + MOST_NAMES))])
    _say_list(turn, telling, page, choices=choices, start=start)


def _say_list(
    turn: Turn,
    telling: Telling,
    people: Sequence[ToTell],
    *,
    choices: Iterable[list[Choice]],
    prefix: str = "",
    start: int = 0,
) -> None:
    named = is_permitted(turn.desk, DataClass.PERSONAL)
    key = "telling_line" if named else "telling_line_reserved"
    lines = [
        texts.text(
            key if len(people) == 1 else f"{key}_short",
            number=number,
            name=one.payee.name,
            locality=one.payee.locality_name,
            reference=one.payee.row.reference,
            office=office_in_words(one.office).capitalize()
            if one.office is None
            else office_in_words(one.office),
        )
        for number, one in enumerate(people, start=start + 1)
    ]
    if not named:
        lines.append(texts.text("telling_by_reference"))
    turn.say(
        "telling_next",
        choices=[row for row in choices if row],
        personal=named,
        prefix=_before(prefix),
        count=texts.counted("telling_missing", len(telling.waiting)),
        period=telling.period,
        t0=short_date(telling.t0),
        t1=short_date(telling.t1),
        lines="\n".join(lines),
    )


def _show_done(turn: Turn, telling: Telling, *, prefix: str = "", undo: str = "") -> None:
    counts = [
        ("telling_by_chat", telling.by_chat),
        ("telling_in_person", telling.in_person),
        ("telling_by_phone", telling.by_phone),
        ("telling_not_found", len(telling.not_found)),
    ]
    lines = [texts.text(key, n=number) for key, number in counts if number]
    choices: list[list[Choice]] = []
    if telling.to_come:
        day = first_round(turn.desk, telling.case, telling.case.parents[telling.unit])
        lines.append(texts.text("telling_to_come", n=telling.to_come, day=short_date(day) if day else ""))
    elif telling.is_open:
        lines.append(texts.text("telling_confirm"))
        choices.append(
            [
                Choice(
                    text=texts.text("confirm_telling"),
                    act=CONFIRM,
                    value=f"{telling.case.id}|{telling.unit}",
                )
            ]
        )
    if telling.not_found:
        choices.append([Choice(text=texts.text("retry_not_found"), act=LOST)])
    turn.say(
        "telling_done",
        choices=[row for row in (*choices, _undo_row(undo)) if row],
        prefix=_before(prefix),
        period=telling.period,
        lines="\n".join(lines),
    )


def _office(one: ToTell) -> str:
    words = office_in_words(one.office)
    return words[:1].upper() + words[1:]


def _before(prefix: str) -> str:
    return f"{prefix}\n\n" if prefix else ""


def _undo_row(numbers: str) -> list[Choice]:
    return [Choice(text=texts.text("undo_telling"), act=UNDO, value=numbers)] if numbers else []


# ------------------------------------------------------------------ buttons


def _mark(turn: Turn, caller: Caller, value: str) -> None:
    """Note how some people were told, and show who is next."""
    how, _, numbers = value.partition("|")
    told = Told(how)
    ids = [int(number) for number in numbers.split(",")]
    mark_told(turn.desk, caller.units_as("PAC"), ids, told, person_id=caller.person_id, entry=turn.entry)
    _show_next(turn, caller, prefix=texts.text("telling_noted", how=HOW[told]), undo=numbers)


def _undo(turn: Turn, caller: Caller, value: str) -> None:
    ids = [int(number) for number in value.split(",")]
    unmark_told(turn.desk, caller.units_as("PAC"), ids, person_id=caller.person_id, entry=turn.entry)
    _show_next(turn, caller, prefix=texts.text("telling_undone"))


def _skip(turn: Turn, caller: Caller, value: str) -> None:
    _show_next(turn, caller, after=int(value))


def _show_lost(turn: Turn, caller: Caller, value: str) -> None:
    """Show those who were not found, to be marked again once they are."""
    del value
    for telling in telling_of(turn.desk, caller.units_as("PAC")):
        for one in telling.not_found[:MOST_NAMES]:
            _show_one(turn, telling, one, prefix="")


def _confirm(turn: Turn, caller: Caller, value: str) -> None:
    case_id, _, unit = value.partition("|")
    for telling in telling_of(turn.desk, caller.units_as("PAC")):
        if (str(telling.case.id), telling.unit) == (case_id, unit) and confirm_telling(
            turn.desk, telling, person_id=caller.person_id, entry=turn.entry
        ):
            turn.say("telling_confirmed", period=telling.period)
            return
    turn.say("telling_not_confirmed")


SKILL = Skill(
    commands={"notificar": _tell},
    acts={
        MARK: _mark,
        UNDO: _undo,
        NEXT: _skip,
        SEVERAL: _show_several,
        LOST: _show_lost,
        CONFIRM: _confirm,
    },
)
