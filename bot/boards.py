"""The boards of the tiers (C-20 to C-22, C-28, C-30, C-34): counts and units, never a person; scope follows the post."""

from datetime import date

from actions.find_duplicates import ask_about
from actions.mail_board import mail_board
from actions.remind_missing import missing_lists, remind_missing
from actions.send_chat import Choice
from actions.show_boards import (
    Board,
    DeliveryBoard,
    delivery_boards,
    designated_ooads,
    find_board,
    national_boards,
    ooad_boards,
)
from actions.show_progress import region_progress
from bot import texts
from bot.access import Caller, may_look_at
from bot.skills import Skill
from bot.turn import Turn
from mail.wording import short_date
from storage import cases, duplicates
from storage.cases import CaseRow, CaseState

MISSING = "missing"
REMIND, REMIND_NOW, REMIND_NOT = "remind", "remind_now", "remind_not"
DUPLICATES = "duplicates_by_mail"
BY_MAIL, BY_OOAD, OVERDUE = "board_by_mail", "board_by_ooad", "board_overdue"
DELIVERY_BY_OOAD = "delivery_by_ooad"
CENTRAL = frozenset({"CACyPCS", "CPEEyPB", "CFI", "UPIB"})
SHOWN = 25
"""Lines of one message."""


def show_board(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Show the boards of the caller's posts: regions to SAC and EMS, OOAD to EGAS, JSPM and the EMS designado."""
    del argument
    before = len(turn.said)
    for role in ("SAC", "EMS"):
        for unit in caller.units_as(role):
            _show_region(turn, unit, reminds=role == "SAC")
    for region in caller.units_as("EMS"):
        for ooad in designated_ooads(turn.desk, region):
            _show_ooad(turn, ooad)
    for ooad in dict.fromkeys((*caller.units_as("EGAS"), *caller.units_as("JSPM"))):
        _show_ooad(turn, ooad)
    if len(turn.said) == before:
        turn.say("region_none")


def _show_region(turn: Turn, region: str, *, reminds: bool) -> None:
    for one in region_progress(turn.desk, region):
        value = f"{one.case_id}|{region}"
        choices = []
        if one.missing:
            choices.append(Choice(text=texts.text("see_missing"), act=MISSING, value=value))
            if reminds:
                choices.append(Choice(text=texts.text("remind_missing"), act=REMIND, value=value))
        turn.say(
            "region",
            choices=[choices] if choices else (),
            region=one.region,
            period=one.period,
            delivered=one.delivered,
            total=one.total,
            errors=one.with_errors,
            due=_date(one.due_on),
        )


def _show_ooad(turn: Turn, ooad: str) -> None:
    for board in ooad_boards(turn.desk, ooad):
        value = f"{board.case_id}|{ooad}"
        turn.say(
            "ooad_board",
            choices=[[Choice(text=texts.text("by_mail"), act=BY_MAIL, value=value)]],
            name=board.name,
            period=board.period,
            delivered=board.delivered,
            total=board.total,
            errors=board.with_errors,
            received=board.received,
            regions=len(board.units),
            overdue=_overdue_words(board),
        )


def _overdue_words(board: Board) -> str:
    if not board.overdue:
        return texts.text("overdue_none")
    lines = [
        texts.text("overdue_line", title=title, number=number) for title, number in board.overdue[:SHOWN]
    ]
    return "\n".join([texts.text("overdue_head", number=board.overdue_steps), *lines])


def show_missing(turn: Turn, caller: Caller, value: str) -> None:
    """Name the ámbitos of a region whose list has not come, to whoever may see that region."""
    case_id, _, region = value.partition("|")
    if not may_look_at(turn.desk, caller, region):
        turn.say("pending_gone")
        return
    for one in region_progress(turn.desk, region):
        if str(one.case_id) == case_id:
            if one.missing:
                turn.say("missing", period=one.period, lines="\n".join(one.missing))
            else:
                turn.say("missing_none", period=one.period)
            return
    turn.say("pending_gone")


# Reminding (C-21)


def ask_to_remind(turn: Turn, caller: Caller, value: str) -> None:
    """Say how many PAC would be reminded, and ask."""
    case, region = _own_region(turn, caller, value)
    if case is None:
        return
    reminders = missing_lists(turn.desk, case, region)
    if not reminders.due:
        turn.say("reminded_today" if reminders.already else "missing_none_now")
        return
    turn.say(
        "remind_question",
        choices=[
            [
                Choice(text=texts.text("answer_send"), act=REMIND_NOW, value=value),
                Choice(text=texts.text("answer_cancel"), act=REMIND_NOT),
            ]
        ],
        count=len(reminders.due),
    )


def remind_now(turn: Turn, caller: Caller, value: str) -> None:
    """Remind those who are still missing at this moment."""
    case, region = _own_region(turn, caller, value)
    if case is None or caller.person_id is None:
        return
    reminded = remind_missing(turn.desk, case, region, person_id=caller.person_id, entry=turn.entry)
    if reminded:
        turn.say("reminded", count=len(reminded))
    else:
        turn.say("reminded_today")


def remind_not(turn: Turn, caller: Caller, value: str) -> None:
    """Leave everybody alone."""
    del caller, value
    turn.say("nothing_sent")


def _own_region(turn: Turn, caller: Caller, value: str) -> tuple[CaseRow | None, str]:
    """Return the running period and the region of a button, if the caller is its SAC today."""
    case_id, _, region = value.partition("|")
    case = cases.get_case(turn.desk.session, int(case_id)) if case_id.isdigit() else None
    if case is None or case.state is not CaseState.OPEN or region not in caller.units_as("SAC"):
        turn.say("pending_gone")
        return None, ""
    return case, region


# Duplicates (C-22)


def show_duplicates(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say how many duplicates wait for the SAC; whose they are goes by mail alone."""
    del argument
    waiting = 0
    for region in caller.units_as("SAC"):
        for case in cases.open_cases(turn.desk.session):
            count = duplicates.undecided_duplicates(turn.desk.session, case.id, region)
            if count:
                waiting += count
                turn.say(
                    "duplicates",
                    choices=[
                        [
                            Choice(
                                text=texts.text("duplicates_by_mail"),
                                act=DUPLICATES,
                                value=f"{case.id}|{region}",
                            )
                        ]
                    ],
                    count=texts.counted("duplicates_count", count),
                )
    if not waiting:
        turn.say("duplicates_none")


def mail_duplicates(turn: Turn, caller: Caller, value: str) -> None:
    """Send the questions about the undecided duplicates again, with new codes, to the SAC's own mail."""
    case, region = _own_region(turn, caller, value)
    if case is None:
        return
    waiting = [
        row for row in duplicates.duplicates_at(turn.desk.session, case.id, region) if not row.decision
    ]
    for row in waiting:
        ask_about(turn.desk, case, row, again=f"/{turn.entry.folio}")
    turn.say("detail_mailed" if waiting else "duplicates_none")


# OOAD and nation (C-28, C-30)


def show_nation(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Show the board of the nation."""
    del caller, argument
    boards = national_boards(turn.desk)
    if not boards:
        turn.say("region_none")
    for board in boards:
        value = f"{board.case_id}|"
        turn.say(
            "nation",
            choices=[
                [
                    Choice(text=texts.text("by_ooad"), act=BY_OOAD, value=value),
                    Choice(text=texts.text("see_overdue"), act=OVERDUE, value=value),
                ],
                [Choice(text=texts.text("by_mail"), act=BY_MAIL, value=value)],
            ],
            period=board.period,
            received=board.received,
            total=len(board.units),
            overdue=board.overdue_steps,
            cases=board.open_cases,
        )


def _own_board(turn: Turn, caller: Caller, value: str) -> Board | None:
    case_id, _, unit = value.partition("|")
    board = None
    if case_id.isdigit() and may_look_at(turn.desk, caller, unit, roles=() if unit else CENTRAL):
        board = find_board(turn.desk, int(case_id), unit)
    if board is None:
        turn.say("pending_gone")
    return board


def show_by_ooad(turn: Turn, caller: Caller, value: str) -> None:
    """Show the units of a board, a line each."""
    board = _own_board(turn, caller, value)
    if board is not None:
        lines = [
            texts.text(
                "unit_received" if unit.received else "unit_line",
                name=unit.name,
                delivered=unit.delivered,
                total=unit.total,
                errors=unit.with_errors,
                overdue=unit.overdue,
            )
            for unit in board.units[:SHOWN]
        ]
        turn.say("by_unit", period=board.period, lines="\n".join(lines))


def show_overdue(turn: Turn, caller: Caller, value: str) -> None:
    """Show what is overdue, by step."""
    board = _own_board(turn, caller, value)
    if board is not None:
        turn.say("overdue_board", period=board.period, lines=_overdue_words(board))


def send_board(turn: Turn, caller: Caller, value: str) -> None:
    """Send a board to the caller's own mail."""
    board = _own_board(turn, caller, value)
    if board is not None and caller.person_id is not None:
        mail_board(turn.desk, board, caller.person_id, entry=turn.entry)
        turn.say("detail_mailed")


# The delivery (C-34)


def show_delivery(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Show how the delivery goes by what PAC report, until the PS reports itself."""
    del caller, argument
    boards = delivery_boards(turn.desk)
    if not boards:
        turn.say("delivery_none")
    for board in boards:
        turn.say(
            "delivery",
            choices=[[Choice(text=texts.text("by_ooad"), act=DELIVERY_BY_OOAD, value=str(board.case_id))]],
            period=board.period,
            percent=board.percent,
            collected=board.collected,
            payees=board.payees,
            problems=board.with_problem,
            reporting=board.reporting,
            pacs=board.pacs,
            day=_date(board.latest_on),
        )


def show_delivery_by_ooad(turn: Turn, caller: Caller, value: str) -> None:
    """Show the delivery of each OOAD."""
    board = _delivery_of(turn, value) if may_look_at(turn.desk, caller, "", roles=CENTRAL) else None
    if board is None:
        turn.say("pending_gone")
        return
    lines = [
        texts.text("delivery_line", name=name, collected=collected, payees=payees)
        for name, collected, payees in board.ooads[:SHOWN]
    ]
    turn.say("by_unit", period=board.period, lines="\n".join(lines))


def _delivery_of(turn: Turn, value: str) -> DeliveryBoard | None:
    return next((board for board in delivery_boards(turn.desk) if str(board.case_id) == value), None)


def _date(day: date | None) -> str:
    return short_date(day) if day else texts.text("no_date")


SKILL = Skill(
    commands={
        "tablero": show_board,
        "duplicados": show_duplicates,
        "nacional": show_nation,
        "entrega": show_delivery,
    },
    acts={
        MISSING: show_missing,
        REMIND: ask_to_remind,
        REMIND_NOW: remind_now,
        REMIND_NOT: remind_not,
        DUPLICATES: mail_duplicates,
        BY_MAIL: send_board,
        BY_OOAD: show_by_ooad,
        OVERDUE: show_overdue,
        DELIVERY_BY_OOAD: show_delivery_by_ooad,
    },
    looks=frozenset({MISSING, REMIND, BY_OOAD, OVERDUE, DELIVERY_BY_OOAD}),
)
