"""A volunteer's problem with collecting, in plain words: to the PAC, or past the PAC where it is reserved (C-43, AC-49)."""

from actions import remind_volunteers as notices
from actions.report_payout_problem import report_problem
from actions.send_chat import Choice
from actions.show_support import Support, support_of_payee
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn
from bot.volunteers import of_own
from storage.payout_cases import RESERVED, PayoutReason

DETAIL = "problem_detail"
REASON, SEND = "rv_reason", "rv_send"
LONGEST_DETAIL = 500
_PAYEE, _REASON = "payee", "reason"


def _ask_what_happened(turn: Turn, support: Support) -> None:
    turn.say(
        "problem_which",
        choices=[
            [
                Choice(
                    text=texts.text(f"problem_{reason.value}"),
                    act=REASON,
                    value=f"{support.payee.row.id}|{reason.value}",
                )
            ]
            for reason in PayoutReason
        ],
    )


def _hear_reason(turn: Turn, caller: Caller, value: str) -> None:
    """Take the reason; about an illness or a death nobody is asked for words."""
    payee_id, _, reason = value.partition("|")
    support = support_of_payee(turn.desk, caller.volunteer_id or 0, int(payee_id))
    if support is None:
        turn.say("notice_gone")
    elif PayoutReason(reason) is PayoutReason.ILLNESS_OR_DEATH:
        _report(turn, caller, payee_id, reason, "")
    else:
        if turn.chat.dialogue != DETAIL:
            turn.begin_dialogue()
        turn.ask(DETAIL, **{_PAYEE: payee_id, _REASON: reason})
        turn.say("problem_detail", choices=[[Choice(text=texts.text("send_as_is"), act=SEND, value=value)]])


def _hear_detail(turn: Turn, caller: Caller) -> None:
    words = " ".join(turn.update.text.split())
    if len(words) > LONGEST_DETAIL:
        turn.say("problem_too_long")
        return
    if not words:
        turn.say("problem_detail")
        return
    answers = turn.chat.answers
    _report(turn, caller, answers[_PAYEE], answers[_REASON], words)
    turn.end_dialogue()


def _send_without_detail(turn: Turn, caller: Caller, value: str) -> None:
    payee_id, _, reason = value.partition("|")
    answers = turn.chat.answers
    if turn.chat.dialogue != DETAIL or (answers[_PAYEE], answers[_REASON]) != (payee_id, reason):
        # The words were sent already, or another problem was begun since.
        turn.say("notice_gone")
        return
    _report(turn, caller, payee_id, reason, "")
    turn.end_dialogue()


def _report(turn: Turn, caller: Caller, payee_id: str, reason: str, detail: str) -> None:
    support = support_of_payee(turn.desk, caller.volunteer_id or 0, int(payee_id))
    if support is None or caller.volunteer_id is None:
        turn.say("notice_gone")
        return
    told = PayoutReason(reason)
    report_problem(turn.desk, support.payee, told, detail, caller.volunteer_id, turn.entry)
    turn.say("problem_reserved" if told in RESERVED else "problem_sent")


SKILL = Skill(
    answers={DETAIL: _hear_detail},
    acts={notices.PROBLEM: of_own(_ask_what_happened), REASON: _hear_reason, SEND: _send_without_detail},
    looks=frozenset({notices.PROBLEM}),
)
