"""What somebody may ask about: what waits (C-10), their list (C-12, C-13), what they have open; scope follows the post."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from actions.attest_list import record_attestation
from actions.notify_by_chat import DESIGNATION, designation_choices
from actions.resend_letter import resend_letter
from actions.send_chat import Choice
from actions.show_progress import ListProgress, PendingStep, list_progress, pending_steps
from bot import texts
from bot.access import Caller
from bot.boards import CENTRAL, show_board, show_nation
from bot.skills import Skill
from bot.turn import Turn
from mail.answers import Answer, Verb
from mail.wording import long_date, money, short_date
from storage import cases, outbox

SHOWN = 8
"""Pending steps in one message; a phone shows no more at once."""
LOOK = "pending"
ATTEST, CORRECT, DETAIL = "attest_list", "correct_list", "list_detail"
ANSWERS = ("M-06", "M-07")
"""Letters with the detail of what was found in a list."""


def show_pending(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say what waits for the caller, and until when (C-10)."""
    del argument
    pending = _told_apart(pending_steps(turn.desk, caller.posts))
    if not pending:
        turn.say("no_pending")
        return
    shown = pending[:SHOWN]
    lines = [_line(number, one) for number, one in enumerate(shown, start=1)]
    if len(pending) > SHOWN:
        lines.append(texts.text("more", n=len(pending) - SHOWN))
    choices = [
        Choice(text=texts.text("look", number=number), act=LOOK, value=f"{one.case_id}|{one.step}|{one.unit}")
        for number, one in enumerate(shown, start=1)
    ]
    rows = [choices[start : start + 4] for start in range(0, len(choices), 4)]
    turn.say("pending", choices=rows, count=texts.counted("pending", len(pending)), lines="\n".join(lines))


def _told_apart(pending: Iterable[PendingStep]) -> list[PendingStep]:
    """Leave out what a person would read twice: the activities of one delivery (A05 to A08) are one thing to do."""
    found: dict[tuple[object, ...], PendingStep] = {}
    for one in pending:
        named = replace(one, title=texts.step_title(one.step, one.title))
        found.setdefault((named.case_id, named.unit, named.title), named)
    return list(found.values())


def _line(number: int, one: PendingStep) -> str:
    if one.due_on is None:
        return texts.text("pending_line_open", number=number, title=one.title, period=one.period)
    key = "pending_line_late" if one.overdue else "pending_line"
    return texts.text(key, number=number, title=one.title, period=one.period, due=short_date(one.due_on))


def show_pending_step(turn: Turn, caller: Caller, value: str) -> None:
    """Say more of one step that waits, if it still does and is still the caller's."""
    wanted = tuple(value.split("|", 2))
    for one in pending_steps(turn.desk, caller.posts):
        if (str(one.case_id), one.step, one.unit) == wanted:
            choices = (
                designation_choices(cases.get_case(turn.desk.session, one.case_id), one.unit)
                if one.step == DESIGNATION
                else ()
            )
            turn.say(
                "pending_step",
                choices=choices,
                title=texts.step_title(one.step, one.title),
                where=one.where,
                period=one.period,
                due=_due(one),
                mailbox=turn.mailbox,
            )
            return
    turn.say("pending_gone")


def _due(one: PendingStep) -> str:
    if one.due_on is None:
        return texts.text("due_none")
    return texts.text("due_late" if one.overdue else "due", due=long_date(one.due_on), reason=one.due_reason)


def show_list(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say where the list of the caller's own ámbito stands: counts, never a name (C-12); ask to confirm it (C-13)."""
    del argument
    found = [(unit, one) for unit in caller.units_as("PAC") for one in list_progress(turn.desk, unit)]
    if not found:
        turn.say("list_none")
    for unit, one in found:
        _show_list(turn, unit, one)


def _show_list(turn: Turn, unit: str, one: ListProgress) -> None:
    if one.state is None:
        turn.say("list_missing", period=one.period, due=_date(one.due_on))
        return
    value = f"{one.case_id}|{unit}|{one.version}"
    if not one.attested and not one.rejected:
        turn.say(
            "list_confirm",
            choices=[
                [
                    Choice(text=texts.text("confirm_list"), act=ATTEST, value=value),
                    Choice(text=texts.text("correct_list"), act=CORRECT, value=value),
                ]
            ],
            version=one.version,
            vrs=one.vrs,
            pvr=one.pvr,
            total=money(one.total),
            warnings=texts.counted("warnings", one.warnings),
        )
        return
    turn.say(
        "list",
        choices=[[Choice(text=texts.text("send_detail"), act=DETAIL, value=value)]],
        version=one.version,
        period=one.period,
        state=texts.state_name(one.state.value),
        errors=texts.counted("errors", one.errors),
        warnings=texts.counted("warnings", one.warnings),
    )


def _own_list(turn: Turn, caller: Caller, value: str) -> tuple[str, ListProgress, int] | None:
    """Return ámbito, list and version of a button, if the ámbito is the caller's today; else say that it is no more."""
    case_id, _, rest = value.partition("|")
    unit, _, version = rest.rpartition("|")
    if unit in caller.units_as("PAC"):
        for one in list_progress(turn.desk, unit):
            if str(one.case_id) == case_id and version.isdigit():
                return unit, one, int(version)
    turn.say("pending_gone")
    return None


def attest(turn: Turn, caller: Caller, value: str) -> None:
    """Confirm a list as it was shown (A05, A06); a newer one is shown instead (C-13)."""
    if (found := _own_list(turn, caller, value)) is None or caller.person_id is None:
        return
    unit, one, version = found
    if one.version != version:
        turn.say("list_replaced", version=one.version)
        _show_list(turn, unit, one)
    elif one.attested:
        turn.say("list_confirmed_already")
    elif one.rejected:
        _show_list(turn, unit, one)
    else:
        case = cases.get_case(turn.desk.session, one.case_id)
        record_attestation(turn.desk, case, unit, turn.entry, caller.person_id, Answer(verb=Verb.CONFIRM))
        turn.say("list_confirmed", version=version, vrs=one.vrs, pvr=one.pvr)


def correct(turn: Turn, caller: Caller, value: str) -> None:
    """Say how a list is corrected; nothing is confirmed."""
    if (found := _own_list(turn, caller, value)) is not None:
        turn.say("list_correct", mailbox=turn.mailbox, version=found[1].version)


def send_detail(turn: Turn, caller: Caller, value: str) -> None:
    """Send the answer to the caller's last list again, by mail."""
    if (found := _own_list(turn, caller, value)) is None or caller.person_id is None:
        return
    unit, one, _version = found
    letter = outbox.latest_letter(
        turn.desk.session, person_id=caller.person_id, case_id=one.case_id, templates=ANSWERS, unit=unit
    )
    if letter is None:
        turn.say("detail_none")
    else:
        turn.say("sent_again" if resend_letter(turn.desk, letter, entry=turn.entry) else "sent_again_today")


def show_status(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say what the caller has open here, and then how what is theirs stands; nothing of it changes."""
    del argument
    if turn.chat.dialogue:
        turn.say("status_open", dialogue=texts.dialogue_name(turn.chat.dialogue))
    else:
        turn.say("status_idle")
    if "PAC" in caller.roles:
        show_list(turn, caller)
    if {"SAC", "EMS", "EGAS", "JSPM"} & caller.roles:
        show_board(turn, caller)
    if CENTRAL & caller.roles:
        show_nation(turn, caller)


def _date(day: date | None) -> str:
    return short_date(day) if day else texts.text("no_date")


SKILL = Skill(
    commands={"pendientes": show_pending, "listado": show_list, "estado": show_status},
    acts={
        LOOK: show_pending_step,
        ATTEST: attest,
        CORRECT: correct,
        DETAIL: send_detail,
    },
    looks=frozenset({LOOK}),
)
