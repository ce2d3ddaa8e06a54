"""Progress of the delivery: /avance of a PAC (C-14), of a region (C-23), and what was told by word of mouth (C-24)."""

import re
from datetime import datetime

from actions.find_delivery import Delivery, find_delivery, pacs_of_region
from actions.letter_values import region_name, unit_in_words
from actions.payout_letters import is_for_pac
from actions.prompt_progress import REPORT, ask_progress
from actions.report_progress import Reporter, last_report, region_reports, report_progress
from actions.send_chat import Choice
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn
from mail.wording import long_date, short_date
from procedures.progress import Count, Doubt, doubt_about
from storage import cases, payout_cases
from storage.payout_cases import OVER
from storage.progress import ProgressRow, ProgressSource

FAMILY = "progress"
COLLECTED, PROBLEM, FEWER, SAVE = (f"{FAMILY}.{name}" for name in ("collected", "problem", "fewer", "save"))
ACT_SAVE, ACT_FEWER, ACT_CORRECT = "progress_save", "progress_fewer", "progress_correct"
ACT_ASK, ACT_VERBAL, ACT_OF = "progress_ask", "progress_verbal", "progress_of"
_NUMBER = re.compile(r"\d{1,6}")
_YES = frozenset({"si", "sí", "guardar", "confirmo"})


def start(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Ask a PAC for the progress of the ámbito, or show a SAC that of the region."""
    units = caller.units_as("PAC")
    if units:
        numbers = _NUMBER.findall(argument)
        if len(units) > 1:
            rows = [[Choice(text=unit, act=ACT_OF, value=unit)] for unit in units]
            turn.say("progress_of_which", choices=rows)
            return
        _begin(turn, caller, units[0], numbers if len(numbers) == 2 else [])
        return
    for region in caller.units_as("SAC"):
        _show_region(turn, region)


# ------------------------------------------------------------------ C-14: a report of an ámbito


def _begin(turn: Turn, caller: Caller, unit: str, numbers: list[str]) -> None:
    delivery = _delivery_of(turn, unit)
    if delivery is None:
        turn.say("progress_none")
        return
    if not delivery.covers(turn.desk.local_date(turn.entry.received_at)):
        turn.say("progress_outside", t0=short_date(delivery.t0), t1=short_date(delivery.t1))
        return
    turn.begin_dialogue(FAMILY)
    turn.ask(COLLECTED, unit=unit, draft=turn.entry.folio)
    if numbers:
        # "/avance 3 1" says it all at once; it is echoed before anything is kept.
        turn.ask(PROBLEM, collected=numbers[0])
        _take_problem(turn, caller, numbers[1])
        return
    own = unit in caller.units_as("PAC")
    turn.say(
        "progress_question" if own else "progress_question_verbal",
        today=short_date(turn.desk.local_date(turn.entry.received_at)),
        payees=delivery.payees[unit],
        unit=unit_in_words(delivery.case, unit).split(",")[0],
    )


def _delivery_of(turn: Turn, unit: str) -> Delivery | None:
    return find_delivery(turn.desk, [unit], turn.desk.local_date(turn.entry.received_at))


def _draft(turn: Turn) -> tuple[Delivery, str] | None:
    """Return the delivery and the ámbito of the draft; None, and nothing to go on with, when the list is gone."""
    unit = turn.chat.answers.get("unit", "")
    delivery = _delivery_of(turn, unit)
    if delivery is None:
        turn.say("progress_none")
        turn.end_dialogue()
        return None
    return delivery, unit


def take_collected(turn: Turn, caller: Caller) -> None:
    """Hear how many collected."""
    del caller
    draft = _draft(turn)
    if draft is None:
        return
    delivery, unit = draft
    number = _number_in(turn)
    if number is None:
        return
    if number > delivery.payees[unit]:
        turn.say("progress_too_many", sum=number, payees=delivery.payees[unit])
        return
    turn.ask(PROBLEM, collected=str(number))
    turn.say("progress_problem")


def take_problem(turn: Turn, caller: Caller) -> None:
    """Hear how many have a problem."""
    number = _number_in(turn)
    if number is not None:
        _take_problem(turn, caller, str(number))


def _take_problem(turn: Turn, caller: Caller, number: str) -> None:
    draft = _draft(turn)
    if draft is None:
        return
    delivery, unit = draft
    collected = int(turn.chat.answers["collected"])
    count = Count(payees=delivery.payees[unit], collected=collected, with_problem=int(number))
    before = last_report(turn.desk, delivery, unit)
    match doubt_about(count, before.collected if before else None):
        case Doubt.TOO_MANY:
            turn.say(
                "progress_too_many",
                choices=[[_choice(turn, "correct", ACT_CORRECT)]],
                sum=count.collected + count.with_problem,
                payees=count.payees,
            )
        case Doubt.FEWER:
            # When it was sent is what counts, however late the rest of it comes.
            turn.ask(FEWER, problem=number, at=turn.entry.received_at.isoformat())
            _ask_fewer(turn, before)
        case _:
            turn.ask(SAVE, problem=number, at=turn.entry.received_at.isoformat())
            _ask_to_save(turn, count)
    del caller


def _ask_fewer(turn: Turn, before: ProgressRow | None) -> None:
    turn.say(
        "progress_fewer",
        choices=[[_choice(turn, "confirm", ACT_FEWER), _choice(turn, "correct", ACT_CORRECT)]],
        before=before.collected if before else 0,
    )


def _ask_to_save(turn: Turn, count: Count) -> None:
    turn.say(
        "progress_save",
        choices=[[_choice(turn, "save", ACT_SAVE), _choice(turn, "correct", ACT_CORRECT)]],
        collected=count.collected,
        with_problem=count.with_problem,
        pending=count.pending,
    )


def _choice(turn: Turn, text: str, act: str) -> Choice:
    return Choice(text=texts.text(f"button_{text}"), act=act, value=turn.chat.answers["draft"])


def _number_in(turn: Turn) -> int | None:
    text = turn.update.text.strip()
    if not _NUMBER.fullmatch(text):
        turn.say("progress_number_only")
        return None
    return int(text)


def hear_fewer(turn: Turn, caller: Caller) -> None:
    """Hear whether the decrease is meant, when it is written and not pressed."""
    if turn.update.text.strip().lower() in _YES:
        confirm_fewer(turn, caller, turn.chat.answers["draft"])
        return
    draft = _draft(turn)
    if draft is not None:
        _ask_fewer(turn, last_report(turn.desk, *draft))


def hear_save(turn: Turn, caller: Caller) -> None:
    """Hear whether to save, when it is written and not pressed."""
    if turn.update.text.strip().lower() in _YES:
        save(turn, caller, turn.chat.answers["draft"])
        return
    count = _count(turn)
    if count is not None:
        _ask_to_save(turn, count)


def _count(turn: Turn) -> Count | None:
    draft = _draft(turn)
    if draft is None:
        return None
    delivery, unit = draft
    answers = turn.chat.answers
    return Count(
        payees=delivery.payees[unit],
        collected=int(answers["collected"]),
        with_problem=int(answers["problem"]),
    )


def confirm_fewer(turn: Turn, caller: Caller, value: str) -> None:
    """Go on with fewer than before."""
    del caller
    if not _is_at(turn, FEWER, value):
        return
    count = _count(turn)
    if count is not None:
        turn.ask(SAVE)
        _ask_to_save(turn, count)


def correct(turn: Turn, caller: Caller, value: str) -> None:
    """Begin the report anew; one that was saved stays, and the new one takes its place."""
    answers = turn.chat.answers
    if turn.chat.dialogue.startswith(f"{FAMILY}.") and answers.get("draft") == value:
        unit = answers["unit"]
    elif value.startswith("OOAD"):
        unit = value
    else:
        turn.say("progress_gone")
        return
    if _may_report(turn, caller, unit):
        _begin(turn, caller, unit, [])


def save(turn: Turn, caller: Caller, value: str) -> None:
    """Keep the report."""
    if not _is_at(turn, SAVE, value):
        return
    draft = _draft(turn)
    count = _count(turn) if draft else None
    if draft is None or count is None:
        return
    delivery, unit = draft
    if not _may_report(turn, caller, unit):
        turn.end_dialogue()
        return
    own = unit in caller.units_as("PAC")
    report_progress(
        turn.desk,
        delivery,
        unit,
        count,
        reporter=Reporter(
            person_id=caller.person_id,
            role="PAC" if own else "SAC",
            unit=unit if own else delivery.case.parents[unit],
            source=ProgressSource.CHAT if own else ProgressSource.VERBAL,
            entry=turn.entry,
        ),
        at=datetime.fromisoformat(turn.chat.answers["at"]),
    )
    known = [
        row
        for row in payout_cases.cases_of(turn.desk.session, delivery.case.id, [unit])
        if row.state not in OVER and is_for_pac(row)
    ]
    key = "progress_saved_cases" if own and count.with_problem > len(known) else "progress_saved"
    turn.say(
        key,
        choices=[[Choice(text=texts.text("button_correct"), act=ACT_CORRECT, value=unit)]],
        collected=count.collected,
        payees=count.payees,
        with_problem=count.with_problem,
        missing=texts.counted("cases_count", count.with_problem - len(known)),
        source="" if own else texts.text("progress_verbal_mark"),
    )
    turn.end_dialogue()


def _is_at(turn: Turn, dialogue: str, draft: str) -> bool:
    """Tell whether a button belongs to the question that waits; say so when it does not."""
    if turn.chat.dialogue == dialogue and turn.chat.answers.get("draft") == draft:
        return True
    turn.say("progress_gone")
    return False


def _may_report(turn: Turn, caller: Caller, unit: str) -> bool:
    """Tell whether the caller reports for an ámbito: its PAC, or the SAC of its region."""
    own = unit in caller.units_as("PAC") or any(
        unit.startswith(f"{region}-") for region in caller.units_as("SAC")
    )
    if not own:
        turn.say("progress_gone")
    return own


def begin_from_prompt(turn: Turn, caller: Caller, value: str) -> None:
    """Begin a report from the button of a prompt."""
    if _may_report(turn, caller, value):
        _begin(turn, caller, value, [])


# ------------------------------------------------------------------ C-23, C-24: the region


def _show_region(turn: Turn, region: str) -> None:
    delivery = _delivery_of_region(turn, region)
    if delivery is None:
        turn.say("progress_none")
        return
    found = region_reports(turn.desk, delivery, region)
    reported = [one for one in found if one.report is not None]
    silent = [one.name for one in found if one.report is None]
    lines = "\n".join(
        texts.text(
            "progress_line",
            unit=one.name,
            collected=one.report.collected,
            payees=one.payees,
            with_problem=one.report.with_problem,
            on=short_date(one.report.on),
            mark=texts.text("progress_verbal_mark") if one.report.source is ProgressSource.VERBAL else "",
        )
        for one in reported
        if one.report is not None
    )
    value = f"{delivery.case.id}|{region}"
    buttons = [Choice(text=texts.text("button_verbal"), act=ACT_VERBAL, value=value)]
    if silent:
        buttons.insert(0, Choice(text=texts.text("button_ask_progress"), act=ACT_ASK, value=value))
    turn.say(
        "progress_region",
        choices=[buttons],
        region=region_name(delivery.case, region),
        collected=sum(one.report.collected for one in reported if one.report),
        payees=sum(one.payees for one in found),
        with_problem=sum(one.report.with_problem for one in reported if one.report),
        lines=lines or texts.text("progress_no_lines"),
        silent=texts.text("progress_silent", units=", ".join(silent))
        if silent
        else texts.text("progress_all"),
        until=long_date(delivery.t1),
    )


def _delivery_of_region(turn: Turn, region: str) -> Delivery | None:
    pacs = [pac for case in cases.open_cases(turn.desk.session) for pac in pacs_of_region(case, region)]
    return find_delivery(turn.desk, pacs, turn.desk.today)


def _region_of(turn: Turn, caller: Caller, value: str) -> tuple[Delivery, str] | None:
    """Return the delivery and the region that a button is about, if the caller is its SAC."""
    region = value.partition("|")[2]
    delivery = _delivery_of_region(turn, region) if region in caller.units_as("SAC") else None
    if delivery is None:
        turn.say("progress_gone")
        return None
    return delivery, region


def ask_the_silent(turn: Turn, caller: Caller, value: str) -> None:
    """Ask the PAC of the region who have not reported."""
    found = _region_of(turn, caller, value)
    if found is None:
        return
    delivery, region = found
    silent = [one.unit for one in region_reports(turn.desk, delivery, region) if one.report is None]
    asked = ask_progress(turn.desk, delivery, silent, by_sac=True)
    turn.say("progress_asked" if asked else "progress_asked_already", asked=asked)


def choose_pac(turn: Turn, caller: Caller, value: str) -> None:
    """Ask of which PAC the SAC heard."""
    found = _region_of(turn, caller, value)
    if found is None:
        return
    delivery, region = found
    rows = [
        [Choice(text=one.name[:40], act=ACT_OF, value=one.unit)]
        for one in region_reports(turn.desk, delivery, region)
    ]
    turn.say("progress_of_whom", choices=rows)


SKILL = Skill(
    commands={"avance": start},
    answers={COLLECTED: take_collected, PROBLEM: take_problem, FEWER: hear_fewer, SAVE: hear_save},
    acts={
        ACT_SAVE: save,
        ACT_FEWER: confirm_fewer,
        ACT_CORRECT: correct,
        REPORT: begin_from_prompt,
        ACT_ASK: ask_the_silent,
        ACT_VERBAL: choose_pac,
        ACT_OF: begin_from_prompt,
    },
)
