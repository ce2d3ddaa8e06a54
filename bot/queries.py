"""What somebody may ask about: what waits (C-10), their list (C-12), their region (C-20); scope follows the post."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from actions.send_chat import Choice
from actions.show_progress import PendingStep, list_progress, pending_steps, region_progress
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn
from mail.wording import long_date, short_date
from procedures.organisation import Organisation, Post, may_see
from storage import organisation

SHOWN = 8
"""Pending steps in one message; a phone shows no more at once."""
LOOK = "pending"
MISSING = "missing"


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
            turn.say(
                "pending_step",
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
    """Say where the list of the caller's own ámbito stands: counts, never a name (C-12)."""
    del argument
    found = [one for unit in caller.units_as("PAC") for one in list_progress(turn.desk, unit)]
    if not found:
        turn.say("list_none")
    for one in found:
        if one.state is None:
            turn.say("list_missing", period=one.period, due=_date(one.due_on))
        else:
            turn.say(
                "list",
                version=one.version,
                period=one.period,
                state=texts.state_name(one.state.value),
                errors=texts.counted("errors", one.errors),
                warnings=texts.counted("warnings", one.warnings),
            )


def show_region(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say how far the PAC of the caller's region are (C-20)."""
    del argument
    found = [(unit, one) for unit in caller.units_as("SAC") for one in region_progress(turn.desk, unit)]
    if not found:
        turn.say("region_none")
    for unit, one in found:
        button = Choice(text=texts.text("see_missing"), act=MISSING, value=f"{one.case_id}|{unit}")
        turn.say(
            "region",
            choices=[[button]] if one.missing else (),
            region=one.region,
            period=one.period,
            delivered=one.delivered,
            total=one.total,
            errors=one.with_errors,
            due=_date(one.due_on),
        )


def show_missing(turn: Turn, caller: Caller, value: str) -> None:
    """Name the ámbitos of a region whose list has not come, to whoever may see that region."""
    case_id, _, region = value.partition("|")
    parents = {row.code: row.parent or "" for row in organisation.units(turn.desk.session)}
    if not any(may_see(Organisation(parents), Post(role, unit), region) for role, unit in caller.posts):
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


def _date(day: date | None) -> str:
    return short_date(day) if day else texts.text("no_date")


SKILL = Skill(
    commands={"pendientes": show_pending, "listado": show_list, "tablero": show_region},
    acts={LOOK: show_pending_step, MISSING: show_missing},
    looks=frozenset({LOOK, MISSING}),
)
