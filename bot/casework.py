"""/casos: what stands open, for whom it is; comments, releases (C-25), receipts (C-33), avisos of volunteers (C-16, C-43)."""

from actions.comment_payout_case import WITHDRAWABLE, comment_case, withdraw_case
from actions.find_delivery import Delivery, find_delivery, pacs_of_region
from actions.inform_cacypcs import RECEIVE, Hindrance, release_cases
from actions.letter_values import region_name
from actions.offer_release import LATER, RELEASE, REVIEW
from actions.payout_letters import ask_for_release, folio_span, is_for_pac, new_cases
from actions.payout_words import reason_in_words, state_in_words
from actions.receive_payout_cases import receive_cases
from actions.register_payout_case import Teller, confirm_report
from actions.report_payout_problem import CONFIRM, DISMISS
from actions.send_chat import Choice
from bot import texts
from bot.access import Caller
from bot.payouts import COMMENT, NO_COMMENT, shown_name
from bot.skills import Skill
from bot.turn import Turn
from mail.wording import short_date
from storage import cases, organisation, payees, payout_cases
from storage.payout_cases import OVER, PayoutCaseRow, PayoutState

FAMILY = "cases"
COMMENTING, WITHDRAWING = f"{FAMILY}.comment", f"{FAMILY}.withdraw"
ACT_SEE, ACT_WITHDRAW, ACT_PAGE = "case_see", "case_withdraw", "cases_page"
SHOWN = 8
LONGEST = 500


def show(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Show each of the caller's posts its cases."""
    del argument
    if caller.units_as("PAC"):
        _show_own(turn, caller, 0)
    for region in caller.units_as("SAC"):
        _show_region(turn, region)
    if caller.units_as("CACyPCS"):
        _show_nation(turn)


# ------------------------------------------------------------------ C-16: those of an ámbito


def _own_cases(turn: Turn, caller: Caller) -> tuple[Delivery | None, list[PayoutCaseRow]]:
    pacs = caller.units_as("PAC")
    delivery = find_delivery(turn.desk, pacs, turn.desk.today)
    if delivery is None:
        return None, []
    rows = payout_cases.cases_of(turn.desk.session, delivery.case.id, pacs)
    # What is open comes first, the newest on top; an aviso that was put aside is no case.
    seen = [row for row in rows if is_for_pac(row) and (row.folio or row.state not in OVER)]
    return delivery, sorted(seen, key=lambda row: (row.state in OVER, -(row.id or 0)))


def _show_own(turn: Turn, caller: Caller, page: int) -> None:
    delivery, rows = _own_cases(turn, caller)
    if delivery is None or not rows:
        turn.say("cases_none")
        return
    shown = rows[page * SHOWN : (page + 1) * SHOWN]
    lines = [
        texts.text(
            "cases_line",
            number=number,
            folio=row.folio or texts.text("cases_report"),
            state=state_in_words(row.state),
            on=short_date(row.detected_on),
        )
        for number, row in enumerate(shown, page * SHOWN + 1)
    ]
    looks = [
        Choice(text=texts.text("look", number=number), act=ACT_SEE, value=str(row.id))
        for number, row in enumerate(shown, page * SHOWN + 1)
    ]
    choices = [looks[start : start + 4] for start in range(0, len(looks), 4)]
    if len(rows) > (page + 1) * SHOWN:
        choices.append([Choice(text=texts.text("button_more"), act=ACT_PAGE, value=str(page + 1))])
    turn.say("cases_own", choices=choices, lines="\n".join(lines))


def turn_page(turn: Turn, caller: Caller, value: str) -> None:
    """Show the next few cases."""
    _show_own(turn, caller, int(value))


def see(turn: Turn, caller: Caller, value: str) -> None:
    """Show what happened to a case: states and dates; the reason of an aviso, where names may travel."""
    row = _seen_by(turn, caller, value)
    if row is None:
        return
    if row.state is PayoutState.REPORTED:
        payee = payees.get_payee(turn.desk.session, row.payee_id)
        turn.say(
            "cases_reported",
            choices=_report_choices(row),
            personal=True,
            person=shown_name(turn, payee),
            reason=reason_in_words(row.reason),
            on=short_date(row.detected_on),
        )
        return
    events = payout_cases.events_of(turn.desk.session, row.id or 0)
    lines = [
        texts.text(
            "cases_event",
            on=short_date(turn.desk.local_date(event.at)),
            state=state_in_words(PayoutState(event.to_state)),
        )
        for event in events
        if event.from_state != event.to_state
    ]
    choices = [Choice(text=texts.text("button_comment"), act=COMMENT, value=value)]
    if row.state in WITHDRAWABLE:
        choices.append(Choice(text=texts.text("button_withdraw"), act=ACT_WITHDRAW, value=value))
    turn.say(
        "cases_one",
        choices=[choices] if row.state not in OVER else (),
        folio=row.folio,
        lines="\n".join(lines),
    )


def _seen_by(turn: Turn, caller: Caller, value: str) -> PayoutCaseRow | None:
    """Return a case that the caller may see: the PAC's own, those of the SAC's region."""
    row = payout_cases.get_case(turn.desk.session, int(value))
    as_pac = row.pac in caller.units_as("PAC") and is_for_pac(row)
    if as_pac or organisation.region_of(row.pac) in caller.units_as("SAC"):
        return row
    turn.say("cases_gone")
    return None


def _role_for(caller: Caller, row: PayoutCaseRow) -> tuple[str, str]:
    if row.pac in caller.units_as("PAC"):
        return "PAC", row.pac
    return "SAC", organisation.region_of(row.pac)


# ------------------------------------------------------------------ comments, withdrawing


def ask_comment(turn: Turn, caller: Caller, value: str) -> None:
    """Ask for the comment."""
    row = _seen_by(turn, caller, value)
    if row is not None:
        turn.begin_dialogue(FAMILY)
        turn.ask(COMMENTING, case=value)
        turn.say("cases_ask_comment", folio=row.folio)


def leave_comment(turn: Turn, caller: Caller, value: str) -> None:
    """Leave a known case as it is."""
    del caller, value
    turn.say("cases_no_comment")


def take_comment(turn: Turn, caller: Caller) -> None:
    """Keep the comment."""
    row = _answered(turn, caller)
    text = " ".join(turn.update.text.split())
    if row is None or not _fits(turn, text):
        return
    comment_case(
        turn.desk,
        row,
        text,
        person_id=caller.person_id,
        role=_role_for(caller, row)[0],
        entry=turn.entry,
    )
    turn.say("cases_commented", folio=row.folio)
    turn.end_dialogue()


def ask_withdrawal(turn: Turn, caller: Caller, value: str) -> None:
    """Ask why a case is withdrawn."""
    row = _seen_by(turn, caller, value)
    if row is not None:
        turn.begin_dialogue(FAMILY)
        turn.ask(WITHDRAWING, case=value)
        turn.say("cases_ask_withdrawal", folio=row.folio)


def take_withdrawal(turn: Turn, caller: Caller) -> None:
    """Withdraw the case."""
    row = _answered(turn, caller)
    text = " ".join(turn.update.text.split())
    if row is None or not _fits(turn, text):
        return
    done = withdraw_case(
        turn.desk,
        row,
        text,
        person_id=caller.person_id,
        role=_role_for(caller, row)[0],
        entry=turn.entry,
    )
    turn.say("cases_withdrawn" if done else "cases_too_late", folio=row.folio)
    turn.end_dialogue()


def _answered(turn: Turn, caller: Caller) -> PayoutCaseRow | None:
    return _seen_by(turn, caller, turn.chat.answers["case"])


def _fits(turn: Turn, text: str) -> bool:
    if 0 < len(text) <= LONGEST:
        return True
    turn.say("case_too_long" if text else "cases_write")
    return False


# ------------------------------------------------------------------ avisos of volunteers


def _report_choices(row: PayoutCaseRow) -> list[list[Choice]]:
    return [
        [
            Choice(text=texts.text("button_register"), act=CONFIRM, value=str(row.id)),
            Choice(text=texts.text("button_solved"), act=DISMISS, value=str(row.id)),
        ]
    ]


def confirm(turn: Turn, caller: Caller, value: str) -> None:
    """Make a case of an aviso, with one tap."""
    row = _seen_by(turn, caller, value)
    if row is None:
        return
    if row.state is not PayoutState.REPORTED:
        turn.say("cases_report_gone")
        return
    role, unit = _role_for(caller, row)
    confirm_report(
        turn.desk,
        row,
        Teller(role=role, unit=unit, channel="chat", person_id=caller.person_id, entry=turn.entry),
    )
    turn.say("case_registered", folio=row.folio)


def dismiss(turn: Turn, caller: Caller, value: str) -> None:
    """Put an aviso aside: the problem is solved."""
    row = _seen_by(turn, caller, value)
    if row is None:
        return
    done = row.state is PayoutState.REPORTED and withdraw_case(
        turn.desk,
        row,
        texts.text("cases_solved_word"),
        person_id=caller.person_id,
        role=_role_for(caller, row)[0],
        entry=turn.entry,
    )
    turn.say("cases_report_solved" if done else "cases_report_gone")


# ------------------------------------------------------------------ C-25: the region


def _show_region(turn: Turn, region: str) -> None:
    delivery = _delivery_of_region(turn, region)
    if delivery is None:
        turn.say("cases_none")
        return
    rows = payout_cases.cases_of(turn.desk.session, delivery.case.id, pacs_of_region(delivery.case, region))
    count = len(new_cases(turn.desk, delivery.case, region))
    counts = _counts(rows)
    turn.say(
        "cases_region",
        choices=_release_rows(delivery, region) if count else (),
        region=region_name(delivery.case, region),
        counts=counts or texts.text("cases_none"),
        new=texts.counted("cases_new", count) if count else texts.text("cases_nothing_new"),
    )


def _release_rows(delivery: Delivery, region: str) -> list[list[Choice]]:
    value = f"{delivery.case.id}|{region}"
    return [
        [
            Choice(text=texts.text("button_review"), act=REVIEW, value=value),
            Choice(text=texts.text("button_send_all"), act=RELEASE, value=value),
        ],
        [Choice(text=texts.text("button_later"), act=LATER, value=value)],
    ]


def _counts(rows: list[PayoutCaseRow]) -> str:
    found: dict[PayoutState, int] = {}
    for row in rows:
        found[row.state] = found.get(row.state, 0) + 1
    return "\n".join(
        texts.text("cases_count", state=state_in_words(state), number=found[state])
        for state in PayoutState
        if state in found
    )


def _delivery_of_region(turn: Turn, region: str) -> Delivery | None:
    pacs = [pac for case in cases.open_cases(turn.desk.session) for pac in pacs_of_region(case, region)]
    return find_delivery(turn.desk, pacs, turn.desk.today)


def review(turn: Turn, caller: Caller, value: str) -> None:
    """Send the SAC the new cases by mail, with the workbook and the code."""
    found = _of_sac(turn, caller, value)
    if found is None:
        return
    case_id, region = found
    case = cases.get_case(turn.desk.session, case_id)
    count = ask_for_release(turn.desk, case, region, version=turn.entry.folio)
    turn.say("cases_reviewed" if count else "cases_nothing_new")


def release(turn: Turn, caller: Caller, value: str) -> None:
    """Let all new cases go to the CACyPCS (A39)."""
    found = _of_sac(turn, caller, value)
    if found is None:
        return
    case_id, region = found
    done = release_cases(
        turn.desk,
        cases.get_case(turn.desk.session, case_id),
        region,
        person_id=caller.person_id,
        role="SAC",
        channel="chat",
        entry=turn.entry,
    )
    match done.hindrance:
        case Hindrance.NONE:
            folios = folio_span([str(row.folio) for row in done.rows])
            turn.say("cases_released", cases=texts.counted("cases_count", len(done.rows)), folios=folios)
        case Hindrance.NO_CASES:
            turn.say("cases_nothing_new")
        case Hindrance.SENT_TODAY:
            turn.say("cases_sent_today", cases=texts.counted("cases_count", len(done.rows)))
        case _:
            turn.say("cases_refused", reason=done.reason)


def postpone(turn: Turn, caller: Caller, value: str) -> None:
    """Leave the new cases for later; the next morning asks again."""
    del caller, value
    turn.say("cases_later")


def _of_sac(turn: Turn, caller: Caller, value: str) -> tuple[int, str] | None:
    case_id, _, region = value.partition("|")
    if region not in caller.units_as("SAC"):
        turn.say("cases_gone")
        return None
    return int(case_id), region


# ------------------------------------------------------------------ C-33: the CACyPCS


def _show_nation(turn: Turn) -> None:
    shown = False
    for case in cases.open_cases(turn.desk.session):
        rows = payout_cases.cases_of(turn.desk.session, case.id)
        if not rows:
            continue
        shown = True
        waiting = [row for row in rows if row.state is PayoutState.CACYPCS_INFORMED]
        by_region: dict[str, list[PayoutCaseRow]] = {}
        for row in waiting:
            by_region.setdefault(organisation.region_of(row.pac), []).append(row)
        choices = [
            [
                Choice(
                    text=texts.text("button_receive", region=region_name(case, region), number=len(own)),
                    act=RECEIVE,
                    value=f"{case.id}|{region}|{own[-1].id}",
                )
            ]
            for region, own in sorted(by_region.items())
        ]
        turn.say("cases_nation", choices=choices[:10], period=case.period, counts=_counts(rows))
    if not shown:
        turn.say("cases_none")


def receive(turn: Turn, caller: Caller, value: str) -> None:
    """Give the acuse of what a region reported; how each case is treated is decided by mail."""
    case_id, region, last = value.split("|")
    if not caller.units_as("CACyPCS") or caller.person_id is None:
        turn.say("cases_gone")
        return
    rows = receive_cases(
        turn.desk,
        cases.get_case(turn.desk.session, int(case_id)),
        region,
        up_to=int(last),
        person_id=caller.person_id,
        channel="chat",
        entry=turn.entry,
    )
    if rows:
        turn.say("cases_received", folios=folio_span([str(row.folio) for row in rows]))
    else:
        turn.say("cases_received_already")


SKILL = Skill(
    commands={"casos": show},
    answers={COMMENTING: take_comment, WITHDRAWING: take_withdrawal},
    acts={
        ACT_SEE: see,
        ACT_PAGE: turn_page,
        COMMENT: ask_comment,
        NO_COMMENT: leave_comment,
        ACT_WITHDRAW: ask_withdrawal,
        CONFIRM: confirm,
        DISMISS: dismiss,
        REVIEW: review,
        RELEASE: release,
        LATER: postpone,
        RECEIVE: receive,
    },
    looks=frozenset({ACT_SEE, ACT_PAGE, REVIEW, LATER}),
)
