"""A report in one message: understood, echoed, and kept only once it is confirmed ("PAGO 014 NO LLEGO")."""

import json

from actions.payout_words import reason_in_words, state_in_words
from actions.register_payout_case import Problem, may_register, register_case
from actions.send_chat import Choice
from bot import payouts, progress, texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn
from procedures.brief_reports import MOST_REPORTS, BriefReport, read_brief_progress, read_brief_reports
from storage import cases, payees
from storage.payees import Payee
from storage.payout_cases import RESERVED, PayoutReason

FAMILY = "brief"
CONFIRM = f"{FAMILY}.confirm"
ACT_REGISTER, ACT_LEAVE = "brief_register", "brief_leave"


def understand(turn: Turn, caller: Caller) -> bool:
    """Understand a report that nobody asked for, if it is one; tell whether it was."""
    if not {"PAC", "SAC"} & caller.roles:
        return False
    if counts := read_brief_progress(turn.update.text):
        progress.start(turn, caller, f"{counts[0]} {counts[1]}")
        return True
    reports = read_brief_reports(turn.update.text)
    if reports:
        _echo(turn, caller, reports)
    return bool(reports)


def _echo(turn: Turn, caller: Caller, reports: list[BriefReport]) -> None:
    found = payouts.scope(turn, caller)
    if found is None:
        turn.say("case_none")
        return
    delivery, pacs = found
    own = {
        int(one.row.reference.rpartition("-")[2] or 0): one
        for one in payees.payees_of(turn.desk.session, delivery.case.id, pacs)
    }
    lines, kept = [], []
    for number, report in enumerate(reports[:MOST_REPORTS], start=1):
        payee = own.get(report.number)
        line, good = _line(turn, caller, report, payee)
        lines.append(texts.text("brief_line", number=number, what=line))
        if good and payee is not None:
            kept.append([payee.row.id, report.reason, report.words[: payouts.LONGEST_DETAIL]])
    if len(reports) > MOST_REPORTS:
        lines.append(texts.text("brief_rest", n=MOST_REPORTS))
    if not kept:
        turn.say("brief_nothing", lines="\n".join(lines), personal=True)
        return
    turn.begin_dialogue(FAMILY)
    turn.ask(
        CONFIRM,
        draft=turn.entry.folio,
        reports=json.dumps(kept),
        told_at=turn.entry.received_at.isoformat(),
    )
    turn.say("brief_echo", choices=_choices(turn), personal=True, lines="\n".join(lines))


def _choices(turn: Turn) -> list[list[Choice]]:
    draft = turn.chat.answers["draft"]
    return [
        [
            Choice(text=texts.text("button_register_all"), act=ACT_REGISTER, value=draft),
            Choice(text=texts.text("button_cancel"), act=ACT_LEAVE, value=draft),
        ]
    ]


def _line(turn: Turn, caller: Caller, report: BriefReport, payee: Payee | None) -> tuple[str, bool]:
    """Return what is said of one report, and whether a case can be made of it."""
    if payee is None:
        return texts.text("brief_unknown", reference=f"{report.number:06d}"), False
    name = payouts.shown_name(turn, payee)
    known = payouts.visible_case(turn, caller, payee)
    if known is not None:
        state = state_in_words(known.state)
        return texts.text("brief_known", person=name, folio=known.folio or "", state=state), False
    case = cases.get_case(turn.desk.session, payee.row.case_id)
    if not may_register(turn.desk, case, payee.row.pac):
        return texts.text("case_not_announced"), False
    reason = PayoutReason(report.reason)
    if reason in RESERVED:
        return texts.text("brief_one", person=name, reason=texts.text("case_reserved_word"), words=""), True
    words = f" «{report.words}»" if reason is PayoutReason.OTHER and report.words else ""
    return texts.text("brief_one", person=name, reason=reason_in_words(reason), words=words), True


def register(turn: Turn, caller: Caller, value: str) -> None:
    """Make the cases, all that can still be made."""
    answers = turn.chat.answers
    if turn.chat.dialogue != CONFIRM or answers.get("draft") != value:
        turn.say("case_gone")
        return
    folios = []
    for payee_id, reason, words in json.loads(answers["reports"]):
        payee = payees.get_payee(turn.desk.session, payee_id)
        if not payouts.may_tell_of(turn, caller, payee) or payouts.visible_case(turn, caller, payee):
            continue
        problem = Problem(
            payee_id=payee_id,
            reason=PayoutReason(reason),
            detail=words,
            office=payee.row.office,
            at=payouts.told_at(turn),
        )
        row = register_case(turn.desk, problem, payouts.teller(turn, caller, payee))
        folios.append(str(row.folio))
    turn.say("brief_registered" if folios else "case_gone", folios=", ".join(folios))
    turn.end_dialogue()


def leave(turn: Turn, caller: Caller, value: str) -> None:
    """Keep nothing of it."""
    del caller
    if turn.chat.dialogue == CONFIRM and turn.chat.answers.get("draft") == value:
        turn.say("cancelled")
        turn.end_dialogue()
    else:
        turn.say("case_gone")


def hear(turn: Turn, caller: Caller) -> None:
    """Take the confirmation when it is written, another report in its place, or ask again."""
    if turn.update.text.strip().lower() in {"si", "sí", "registrar", "confirmo"}:
        register(turn, caller, turn.chat.answers["draft"])
    elif not understand(turn, caller):
        turn.say("brief_again", choices=_choices(turn))


SKILL = Skill(answers={CONFIRM: hear}, acts={ACT_REGISTER: register, ACT_LEAVE: leave})
