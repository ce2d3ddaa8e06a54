"""/problema: from the person's line in the listado definitivo to a case with its folio (C-15)."""

from datetime import datetime

from actions.find_delivery import Delivery, find_delivery, pacs_of_region
from actions.find_payee import find_payees
from actions.payout_letters import VERBAL, is_for_pac, office_in_words
from actions.payout_words import reason_in_words, reason_on_button, state_in_words
from actions.permit_channel import DataClass, is_permitted
from actions.register_payout_case import Problem, Teller, may_register, register_case
from actions.report_payout_problem import CONFIRM as CONFIRM_REPORT
from actions.send_chat import Choice
from bot import texts
from bot.access import Caller
from bot.names import MOST_NAMES
from bot.skills import Skill
from bot.turn import Turn
from procedures.people_search import search_people
from storage import cases, payees, payout_cases, provider
from storage.payees import Payee
from storage.payout_cases import RESERVED, PayoutCaseRow, PayoutReason, PayoutState

FAMILY = "case"
PERSON, REASON, DETAIL, OFFICE, CONFIRM = (
    f"{FAMILY}.{name}" for name in ("person", "reason", "detail", "office", "confirm")
)
ACT_PAGE, ACT_PERSON, ACT_REASON, ACT_DETAIL, ACT_OFFICE = (
    f"case_{name}" for name in ("page", "person", "reason", "detail", "office")
)
ACT_SEND, ACT_EDIT, ACT_CANCEL, ACT_RESUME, ACT_ANEW = (
    f"case_{name}" for name in ("send", "edit", "cancel", "resume", "anew")
)
COMMENT, NO_COMMENT = "case_comment", "case_no_comment"
"""What the buttons under a known case do; `bot/casework.py` answers them."""
LONGEST_DETAIL = 500
OFFICES_SHOWN = 4
NO_OFFICE = "-"
NEEDS_DETAIL = frozenset({PayoutReason.OTHER})


# ------------------------------------------------------------------ beginning


def start(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Begin a case, or go on with the one that was left."""
    if turn.chat.dialogue.partition(".")[0] == FAMILY and turn.chat.answers.get("payee"):
        turn.say(
            "case_unfinished",
            choices=[
                [
                    Choice(text=texts.text("button_resume"), act=ACT_RESUME, value=_draft(turn)),
                    Choice(text=texts.text("button_anew"), act=ACT_ANEW, value=_draft(turn)),
                ]
            ],
        )
        return
    _begin(turn, caller, argument)


def _begin(turn: Turn, caller: Caller, argument: str = "") -> None:
    found = scope(turn, caller)
    if found is None:
        turn.say("case_none")
        return
    delivery, _pacs = found
    if not any(may_register(turn.desk, delivery.case, pac) for pac in delivery.payees):
        turn.say("case_not_announced")
        return
    turn.begin_dialogue(FAMILY)
    turn.ask(PERSON, draft=turn.entry.folio, told_at=turn.entry.received_at.isoformat())
    if argument:
        _search(turn, caller, argument)
    else:
        _ask_person(turn, caller, 0)


def scope(turn: Turn, caller: Caller) -> tuple[Delivery, list[str]] | None:
    """Return the delivery and the ámbitos of which the caller may tell; None when there is none."""
    pacs = _pacs_of(turn, caller)
    delivery = find_delivery(turn.desk, pacs, turn.desk.today) if pacs else None
    return (delivery, list(delivery.payees)) if delivery else None


def _pacs_of(turn: Turn, caller: Caller) -> list[str]:
    own = list(caller.units_as("PAC"))
    regions = caller.units_as("SAC")
    if not own and regions:
        own = [
            pac
            for case in cases.open_cases(turn.desk.session)
            for region in regions
            for pac in pacs_of_region(case, region)
        ]
    return list(dict.fromkeys(own))


def _draft(turn: Turn) -> str:
    return turn.chat.answers.get("draft", "")


def resume(turn: Turn, caller: Caller, value: str) -> None:
    """Ask again what the draft waits for."""
    if value == _draft(turn) and turn.chat.dialogue:
        hear(turn, caller)
    else:
        turn.say("case_gone")


def begin_anew(turn: Turn, caller: Caller, value: str) -> None:
    """Leave the draft and begin another."""
    del value
    _begin(turn, caller)


# ------------------------------------------------------------------ which person


def hear(turn: Turn, caller: Caller) -> None:
    """Ask the question that waits once more: what came was no answer to it, or its buttons are too old."""
    ask = {REASON: _ask_reason, DETAIL: _ask_detail, OFFICE: _ask_office, CONFIRM: _ask_to_confirm}
    question = ask.get(turn.chat.dialogue)
    if question is None:
        _ask_person(turn, caller, 0)
    else:
        question(turn)


def _ask_person(turn: Turn, caller: Caller, page: int) -> None:
    found = scope(turn, caller)
    if found is None:
        turn.say("case_none")
        turn.end_dialogue()
        return
    delivery, pacs = found
    everybody = payees.payees_of(turn.desk.session, delivery.case.id, pacs)
    shown = everybody[page * MOST_NAMES : (page + 1) * MOST_NAMES]
    rows = _person_rows(turn, shown)
    if len(everybody) > (page + 1) * MOST_NAMES:
        rows.append(
            [Choice(text=texts.text("button_more"), act=ACT_PAGE, value=f"{_draft(turn)}|{page + 1}")]
        )
    turn.say("case_who", choices=rows, personal=_names_permitted(turn))


def turn_page(turn: Turn, caller: Caller, value: str) -> None:
    """Show the next few people."""
    draft, _, page = value.partition("|")
    if _is_draft(turn, draft):
        _ask_person(turn, caller, int(page))


def _person_rows(turn: Turn, shown: list[Payee]) -> list[list[Choice]]:
    return [
        [Choice(text=shown_name(turn, one)[:60], act=ACT_PERSON, value=f"{_draft(turn)}|{one.row.id}")]
        for one in shown
    ]


def shown_name(turn: Turn, payee: Payee) -> str:
    """Return how a payee is called in the chat: by name only where personal data may travel there."""
    if _names_permitted(turn):
        return payee.name
    return texts.text("case_reference", reference=payee.row.reference.rpartition("-")[2])


def _names_permitted(turn: Turn) -> bool:
    return is_permitted(turn.desk, DataClass.PERSONAL)


def take_name(turn: Turn, caller: Caller) -> None:
    """Search for what was written."""
    _search(turn, caller, turn.update.text)


def _search(turn: Turn, caller: Caller, query: str) -> None:
    found = scope(turn, caller)
    if found is None:
        turn.say("case_none")
        turn.end_dialogue()
        return
    delivery, pacs = found
    matches = find_payees(
        turn.desk, delivery, pacs, query[:120], person_id=caller.person_id, entry=turn.entry
    )
    if matches is None:
        turn.say("case_too_many_searches")
    elif not matches:
        turn.say("case_nobody")
    else:
        key = "case_matches_more" if len(matches) > MOST_NAMES else "case_matches"
        rows = _person_rows(turn, matches[:MOST_NAMES])
        turn.say(key, choices=rows, personal=_names_permitted(turn))


def choose_person(turn: Turn, caller: Caller, value: str) -> None:
    """Take a person; one who has an open case already may only be commented on."""
    draft, _, payee_id = value.partition("|")
    if not _is_draft(turn, draft):
        return
    payee = payees.get_payee(turn.desk.session, int(payee_id))
    if not may_tell_of(turn, caller, payee):
        turn.say("case_nobody")
        return
    known = visible_case(turn, caller, payee)
    if known is not None:
        _offer_comment(turn, known)
        return
    if not may_register(turn.desk, cases.get_case(turn.desk.session, payee.row.case_id), payee.row.pac):
        turn.say("case_not_announced")
        return
    turn.ask(REASON, payee=payee_id)
    _ask_reason(turn)


def visible_case(turn: Turn, caller: Caller, payee: Payee) -> PayoutCaseRow | None:
    """Return the open case of a payee that the caller may know of; a PAC never learns of what went past them (AC-49)."""
    found = payout_cases.open_cases_of(turn.desk.session, payee.row.id or 0)
    if payee.row.pac in caller.units_as("PAC"):
        found = [row for row in found if is_for_pac(row)]
    return found[-1] if found else None


def _offer_comment(turn: Turn, row: PayoutCaseRow) -> None:
    turn.end_dialogue()
    if row.state is PayoutState.REPORTED:
        turn.say(
            "case_reported_already",
            choices=[[Choice(text=texts.text("button_register"), act=CONFIRM_REPORT, value=str(row.id))]],
        )
        return
    turn.say(
        "case_exists",
        choices=[
            [
                Choice(text=texts.text("answer_yes"), act=COMMENT, value=str(row.id)),
                Choice(text=texts.text("answer_no"), act=NO_COMMENT, value=str(row.id)),
            ]
        ],
        folio=row.folio,
        state=state_in_words(row.state),
    )


# ------------------------------------------------------------------ what, where


def _ask_reason(turn: Turn) -> None:
    rows = [
        [
            Choice(
                text=f"{reason.value} {reason_on_button(reason)}",
                act=ACT_REASON,
                value=f"{_draft(turn)}|{reason.value}",
            )
        ]
        for reason in PayoutReason
    ]
    turn.say("case_reason", choices=rows)


def hear_reason(turn: Turn, caller: Caller) -> None:
    """Take a reason that was written: its key, or words of it."""
    written = turn.update.text.strip().upper()
    keys = {reason.value: reason for reason in PayoutReason}
    found = search_people(turn.update.text, list(PayoutReason), reason_in_words)
    reason = keys.get(written.split(" ")[0]) or (found[0] if len(found) == 1 else None)
    if reason is None:
        hear(turn, caller)
    else:
        _take_reason(turn, reason)


def choose_reason(turn: Turn, caller: Caller, value: str) -> None:
    """Take a reason."""
    del caller
    draft, _, reason = value.partition("|")
    if _is_draft(turn, draft, at=REASON):
        _take_reason(turn, PayoutReason(reason))


def _take_reason(turn: Turn, reason: PayoutReason) -> None:
    turn.ask(DETAIL, reason=reason.value)
    _ask_detail(turn)


def _ask_detail(turn: Turn) -> None:
    reason = PayoutReason(turn.chat.answers["reason"])
    skip = [[Choice(text=texts.text("button_no_detail"), act=ACT_DETAIL, value=_draft(turn))]]
    turn.say(
        "case_detail_reserved" if reason in RESERVED else "case_detail",
        choices=() if reason in NEEDS_DETAIL else skip,
    )


def take_detail(turn: Turn, caller: Caller) -> None:
    """Take the sentence."""
    del caller
    text = " ".join(turn.update.text.split())
    if len(text) > LONGEST_DETAIL:
        turn.say("case_too_long")
    elif not text:
        _ask_detail(turn)
    else:
        turn.ask(OFFICE, detail=text)
        _ask_office(turn)


def skip_detail(turn: Turn, caller: Caller, value: str) -> None:
    """Go on without a sentence."""
    del caller
    if _is_draft(turn, value, at=DETAIL):
        turn.ask(OFFICE, detail="")
        _ask_office(turn)


def _ask_office(turn: Turn) -> None:
    rows = [
        [Choice(text=name[:60], act=ACT_OFFICE, value=f"{_draft(turn)}|{clave}")]
        for clave, name in _offices(turn)[:OFFICES_SHOWN]
    ]
    rows.append(
        [Choice(text=texts.text("button_no_office"), act=ACT_OFFICE, value=f"{_draft(turn)}|{NO_OFFICE}")]
    )
    turn.say("case_office", choices=rows)


def _offices(turn: Turn) -> list[tuple[str, str]]:
    """Return the offices that may be meant: the payee's own, then those near the locality."""
    payee = payees.get_payee(turn.desk.session, int(turn.chat.answers["payee"]))
    near = provider.offices_near(turn.desk.session, payee.row.locality, turn.desk.today)
    found = {one.office.clave: one.office.name for one in near}
    own = payee.row.office
    return sorted(found.items(), key=lambda one: one[0] != own)


def hear_office(turn: Turn, caller: Caller) -> None:
    """Take an office that was written."""
    found = search_people(turn.update.text, _offices(turn), lambda one: one[1])
    if found:
        turn.ask(CONFIRM, office=found[0][0])
        _ask_to_confirm(turn)
    else:
        hear(turn, caller)


def choose_office(turn: Turn, caller: Caller, value: str) -> None:
    """Take an office, or none."""
    del caller
    draft, _, clave = value.partition("|")
    if _is_draft(turn, draft, at=OFFICE):
        turn.ask(CONFIRM, office="" if clave == NO_OFFICE else clave)
        _ask_to_confirm(turn)


# ------------------------------------------------------------------ sending


def _ask_to_confirm(turn: Turn) -> None:
    answers = turn.chat.answers
    payee = payees.get_payee(turn.desk.session, int(answers["payee"]))
    reason = PayoutReason(answers["reason"])
    reserved = reason in RESERVED
    turn.say(
        "case_summary",
        choices=[
            [
                Choice(text=texts.text("button_send"), act=ACT_SEND, value=_draft(turn)),
                Choice(text=texts.text("button_edit"), act=ACT_EDIT, value=_draft(turn)),
                Choice(text=texts.text("button_cancel"), act=ACT_CANCEL, value=_draft(turn)),
            ]
        ],
        personal=_names_permitted(turn),
        person=shown_name(turn, payee),
        # What is reserved is not repeated where a phone may be looked at (C4: never by chat).
        reason=texts.text("case_reserved_word") if reserved else reason_in_words(reason),
        detail=_told(answers["detail"], reserved=reserved),
        office=office_in_words(turn.desk, answers["office"]) or texts.text("case_no_office"),
    )


def _told(detail: str, *, reserved: bool) -> str:
    if not detail:
        return texts.text("case_no_detail")
    return texts.text("case_reserved_word") if reserved else detail


def hear_confirmation(turn: Turn, caller: Caller) -> None:
    """Send when that is written, else show the summary again."""
    if turn.update.text.strip().lower() in {"enviar", "sí", "si", "confirmo"}:
        send(turn, caller, _draft(turn))
    else:
        _ask_to_confirm(turn)


def send(turn: Turn, caller: Caller, value: str) -> None:
    """Make the case."""
    if not _is_draft(turn, value, at=CONFIRM):
        return
    answers = turn.chat.answers
    payee = payees.get_payee(turn.desk.session, int(answers["payee"]))
    if not may_tell_of(turn, caller, payee):
        turn.say("case_nobody")
        turn.end_dialogue()
        return
    known = visible_case(turn, caller, payee)
    if known is not None:
        _offer_comment(turn, known)
        return
    row = register_case(
        turn.desk,
        Problem(
            payee_id=payee.row.id or 0,
            reason=PayoutReason(answers["reason"]),
            detail=answers["detail"],
            office=answers["office"],
            at=told_at(turn),
        ),
        teller(turn, caller, payee),
    )
    own = payee.row.pac in caller.units_as("PAC")
    turn.say("case_registered" if own else "case_registered_verbal", folio=row.folio)
    turn.end_dialogue()


def may_tell_of(turn: Turn, caller: Caller, payee: Payee) -> bool:
    """Tell whether a payee is in the list in force and of an ámbito of the caller's."""
    return payee.row.in_list and payee.row.pac in _pacs_of(turn, caller)


def told_at(turn: Turn) -> datetime:
    """Return when what the draft tells was told, however late the rest of it comes."""
    return datetime.fromisoformat(turn.chat.answers["told_at"])


def teller(turn: Turn, caller: Caller, payee: Payee) -> Teller:
    """Return in which quality the caller tells of a payee: its PAC, or the SAC who heard of it."""
    own = payee.row.pac in caller.units_as("PAC")
    case = cases.get_case(turn.desk.session, payee.row.case_id)
    return Teller(
        role="PAC" if own else "SAC",
        unit=payee.row.pac if own else case.parents[payee.row.pac],
        channel="chat" if own else VERBAL,
        person_id=caller.person_id,
        entry=turn.entry,
    )


def edit(turn: Turn, caller: Caller, value: str) -> None:
    """Go back to the reason; the person stays."""
    del caller
    if _is_draft(turn, value, at=CONFIRM):
        turn.ask(REASON)
        _ask_reason(turn)


def cancel(turn: Turn, caller: Caller, value: str) -> None:
    """Give the draft up."""
    del caller
    if _is_draft(turn, value):
        turn.say("cancelled")
        turn.end_dialogue()


def _is_draft(turn: Turn, draft: str, *, at: str = "") -> bool:
    """Tell whether a button belongs to the draft, and to the question that waits; say so when it does not."""
    here = turn.chat.dialogue == at if at else turn.chat.dialogue.startswith(f"{FAMILY}.")
    if here and draft == _draft(turn):
        return True
    turn.say("case_gone")
    return False


SKILL = Skill(
    commands={"problema": start},
    answers={
        PERSON: take_name,
        REASON: hear_reason,
        DETAIL: take_detail,
        OFFICE: hear_office,
        CONFIRM: hear_confirmation,
    },
    acts={
        ACT_PAGE: turn_page,
        ACT_PERSON: choose_person,
        ACT_REASON: choose_reason,
        ACT_DETAIL: skip_detail,
        ACT_OFFICE: choose_office,
        ACT_SEND: send,
        ACT_EDIT: edit,
        ACT_CANCEL: cancel,
        ACT_RESUME: resume,
        ACT_ANEW: begin_anew,
    },
)
