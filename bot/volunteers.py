"""A volunteer's side of the chat: answers to notices, the own support, the office (C-40 to C-46)."""

from collections.abc import Callable
from decimal import Decimal

from actions import remind_volunteers as notices
from actions.answer_notice import acknowledge, mute, say_collected, unmute, unsay_collected
from actions.link_chat import count_failure, is_locked, lives_in
from actions.notice_texts import office_in_words, requisites_in_words
from actions.permit_channel import DataClass, is_permitted
from actions.send_chat import Choice
from actions.show_support import Support, find_support, office_for, support_of_payee
from bot import texts
from bot.access import VOLUNTEER, Caller
from bot.skills import Press, Skill
from bot.turn import Turn
from mail.wording import long_date, money, short_date
from storage import provider
from storage.provider import ProviderOfficeRow

LOCALITY = "support_locality"
MAP, UNDO = "rv_map", "rv_undo"


# ------------------------------------------------------------------ the own support


def _show_support(turn: Turn, caller: Caller, argument: str) -> None:
    """Say when, where and how much; the amount only after the locality was named, and where personal data may travel."""
    del argument
    support = _support_of(turn, caller)
    if support is None:
        turn.say("support_none")
    elif not is_permitted(turn.desk, DataClass.PERSONAL):
        _tell_support(turn, support, with_amount=False)
    elif is_locked(turn.desk, turn.chat):
        turn.say("support_locked")
    else:
        if turn.chat.dialogue != LOCALITY:
            turn.begin_dialogue()
        turn.ask(LOCALITY)
        turn.say("support_locality")


def _hear_locality(turn: Turn, caller: Caller) -> None:
    support = _support_of(turn, caller)
    if support is None:
        turn.say("support_none")
        turn.end_dialogue()
    elif is_locked(turn.desk, turn.chat):
        turn.say("support_locked")
        turn.end_dialogue()
    elif lives_in(turn.desk, caller.volunteer_id or 0, turn.update.text):
        turn.chat.failures = 0
        _tell_support(turn, support, with_amount=is_permitted(turn.desk, DataClass.PERSONAL))
        turn.end_dialogue()
    else:
        if turn.update.text.strip():
            count_failure(turn.desk, turn.chat)
        turn.say("support_locality_wrong")


def _tell_support(turn: Turn, support: Support, *, with_amount: bool) -> None:
    turn.say(
        "support" if with_amount else "support_without_amount",
        personal=with_amount,
        choices=[[_problem_button(support)]],
        period=support.period,
        t0=long_date(support.t0),
        t1=long_date(support.t1),
        office=office_in_words(support.office),
        amount=money(Decimal(support.payee.amount_centavos) / 100),
        months=support.months,
    )
    if support.payee.row.collected_on is not None:
        turn.say("support_delivered", day=short_date(support.payee.row.collected_on))


# ------------------------------------------------------------------ office and requisites: public


def show_own_office(turn: Turn, caller: Caller) -> None:
    """Say which office is a volunteer's, with its place on the map at hand (C-45)."""
    office = office_for(turn.desk, caller.volunteer_id or 0)
    if office is None:
        turn.say("office_to_be_said")
        return
    button = Choice(text=texts.text("map_button"), act=MAP, value=office.clave)
    turn.say(
        "office_of_volunteer",
        choices=[[button]] if _is_on_map(office) else (),
        office=office_in_words(office),
    )


def show_on_map(turn: Turn, caller: Caller, value: str) -> None:
    """Show an office on the map; offices are no secret."""
    del caller
    office = notices.offices_by_key(turn.desk).get(value)
    if office is None:
        turn.say("notice_gone")
    else:
        _show_place(turn, office)


def _show_place(turn: Turn, office: ProviderOfficeRow) -> None:
    if office.latitude is not None and office.longitude is not None:
        turn.show_place(
            latitude=office.latitude,
            longitude=office.longitude,
            title=office.name,
            address=office.address or office.name,
        )


def _is_on_map(office: ProviderOfficeRow) -> bool:
    return office.latitude is not None and office.longitude is not None


def _show_requisites(turn: Turn, caller: Caller, argument: str) -> None:
    del caller, argument
    turn.say("bring", requisites=requisites_in_words(turn.desk.once(provider.requisites)))


# ------------------------------------------------------------------ answers to a notice


def of_own(work: Callable[[Turn, Support], None]) -> Press:
    """Return what does something with the payee of a button, if that is the caller; and nothing for anybody else."""

    def press(turn: Turn, caller: Caller, value: str) -> None:
        support = (
            support_of_payee(turn.desk, caller.volunteer_id, int(value))
            if caller.volunteer_id is not None
            else None
        )
        if support is None:
            turn.say("notice_gone")
        else:
            work(turn, support)

    return press


def _acknowledge(turn: Turn, support: Support) -> None:
    acknowledge(turn.desk, support, entry=turn.entry)
    where = Choice(text=texts.text("where_button"), act=notices.WHERE, value=str(support.payee.row.id))
    turn.say("notice_acknowledged", choices=[[where, _problem_button(support)]])


def _show_where(turn: Turn, support: Support) -> None:
    if support.office is None:
        turn.say("office_to_be_said")
        return
    turn.say("office_of_volunteer", office=office_in_words(support.office))
    _show_place(turn, support.office)


def _say_collected(turn: Turn, support: Support) -> None:
    if not say_collected(turn.desk, support, entry=turn.entry):
        turn.say("not_begun", t0=long_date(support.t0))
        return
    undo = Choice(text=texts.text("undo_button"), act=UNDO, value=str(support.payee.row.id))
    turn.say("collected_thanks", choices=[[undo]])


def _unsay_collected(turn: Turn, support: Support) -> None:
    unsay_collected(turn.desk, support, entry=turn.entry)
    turn.say("collected_undone", choices=[[_problem_button(support)]])


def _mute(turn: Turn, support: Support) -> None:
    mute(turn.desk, support, entry=turn.entry)
    turn.say("muted", choices=[[_problem_button(support)]])


def _unmute(turn: Turn, caller: Caller, argument: str) -> None:
    del argument
    support = _support_of(turn, caller)
    if support is None:
        turn.say("support_none")
    elif support.payee.row.muted_at is None:
        turn.say("not_muted")
    else:
        unmute(turn.desk, support, entry=turn.entry)
        turn.say("unmuted")


# ------------------------------------------------------------------ everything else


def answer_anything(turn: Turn, caller: Caller) -> None:
    """Say who can help with whatever else is asked; with a problem to be told at hand (C-46)."""
    support = _support_of(turn, caller)
    turn.say("ask_your_promoter", choices=[[_problem_button(support)]] if support else ())


def _support_of(turn: Turn, caller: Caller) -> Support | None:
    return find_support(turn.desk, caller.volunteer_id) if caller.volunteer_id is not None else None


def _problem_button(support: Support) -> Choice:
    return Choice(text=texts.text("problem_button"), act=notices.PROBLEM, value=str(support.payee.row.id))


def is_volunteer(caller: Caller) -> bool:
    """Tell whether a caller is a VRS or PVR."""
    return VOLUNTEER in caller.roles


SKILL = Skill(
    commands={"mi_apoyo": _show_support, "requisitos": _show_requisites, "recordar": _unmute},
    answers={LOCALITY: _hear_locality},
    acts={
        notices.ACKNOWLEDGE: of_own(_acknowledge),
        notices.WHERE: of_own(_show_where),
        notices.COLLECTED: of_own(_say_collected),
        notices.MUTE: of_own(_mute),
        UNDO: of_own(_unsay_collected),
        MAP: show_on_map,
    },
    looks=frozenset({notices.WHERE, MAP}),
)
