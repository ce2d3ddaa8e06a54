"""What a superior asks about lists: why totals differ (/explica), who has not sent (/faltantes). Counts and units, never a person."""

from collections.abc import Iterator

from actions.explain_lists import causes_by_unit, explain_lists
from actions.find_unit import NoSuchUnit, get_unit
from actions.letter_values import unit_in_words
from actions.mail_explanation import mail_explanation
from actions.remind_missing import missing_lists
from actions.see_lists import scope_of
from actions.send_chat import Choice
from actions.show_boards import designated_ooads
from actions.show_deliveries import Deliveries, in_words, show_deliveries
from bot import texts
from bot.access import Caller
from bot.boards import CENTRAL, REMIND
from bot.skills import Skill
from bot.turn import Turn
from procedures.lists.lines import ooad_of, region_of
from procedures.organisation import Secrecy
from storage import cases
from storage.cases import CaseRow

EXPLAIN_BY_MAIL = "explain_by_mail"
SHOWN = 10
"""Lines of one message; a phone shows no more at once."""


def explain(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say why the totals of a unit differ from tier to tier, and where; the lines go by mail alone."""
    for case, unit in _asked(turn, caller, argument):
        found = explain_lists(turn.desk, case.period, unit, scope=unit)
        causes = causes_by_unit(case, found)
        if not found.whole:
            causes.append(texts.text("explain_broken"))
        choices = []
        if scope_of(case, caller.posts, unit) is not None:
            choices = [
                [Choice(text=texts.text("explain_by_mail"), act=EXPLAIN_BY_MAIL, value=f"{case.id}|{unit}")]
            ]
        turn.say(
            "explain",
            choices=choices,
            where=found.where,
            period=case.period,
            headline=found.headline,
            way=" → ".join(f"{texts.tier_name(tier.level)} {tier.totals.rows}" for tier in found.tiers),
            lines=_some(causes),
        )


def mail_lines(turn: Turn, caller: Caller, value: str) -> None:
    """Send the lines to the asker's own mail, if the unit is still theirs to see."""
    case_id, _, unit = value.partition("|")
    case = cases.get_case(turn.desk.session, int(case_id)) if case_id.isdigit() else None
    scope = scope_of(case, caller.posts, unit) if case is not None else None
    if case is None or scope is None or caller.person_id is None:
        turn.say("pending_gone")
        return
    mail_explanation(turn.desk, case, unit, scope, person_id=caller.person_id, entry=turn.entry)
    turn.say("detail_mailed")


def show_missing(turn: Turn, caller: Caller, argument: str = "") -> None:
    """Say whose list has not come: each PAC of a region, of an OOAD by region, of the nation by OOAD."""
    for case, unit in _asked(turn, caller, argument):
        found = show_deliveries(turn.desk, case, unit)
        choices = []
        # The SAC of the region has them reminded here (C-21); others do so by mail.
        if unit in caller.units_as("SAC") and missing_lists(turn.desk, case, unit).due:
            choices = [[Choice(text=texts.text("remind_missing"), act=REMIND, value=f"{case.id}|{unit}")]]
        turn.say(
            "missing_board",
            choices=choices,
            where=found.where,
            period=found.period_in_words,
            headline=found.headline,
            lines=_some(list(_missing_lines(case, found))),
        )


def _missing_lines(case: CaseRow, found: Deliveries) -> Iterator[str]:
    if found.unit.count("-"):
        yield from map(in_words, found.missing)
        return
    above = region_of if found.unit else ooad_of
    owing: dict[str, list[str]] = {}
    for one in found.missing:
        owing.setdefault(above(one.unit), []).append(unit_in_words(case, one.unit).split(",")[0])
    for unit, pacs in sorted(owing.items()):
        every = sum(above(one.unit) == unit for one in found.units)
        named = f": {', '.join(pacs)}" if found.unit else ""
        name = unit_in_words(case, unit).split(",")[0]
        yield texts.text("missing_of", name=name, number=len(pacs), total=every, named=named)


def _asked(turn: Turn, caller: Caller, argument: str) -> list[tuple[CaseRow, str]]:
    """Return what a question is about: the unit that it names, if the caller may see it, else the caller's own."""
    running = [case for case in turn.desk.once(cases.open_cases) if case.period]
    if not running:
        turn.say("region_none")
        return []
    if argument.strip():
        found = [(case, unit) for case in running if (unit := _named(case, caller, argument)) is not None]
    else:
        found = [
            (case, unit)
            for unit in _own_units(turn, caller)
            for case in running
            if not unit or unit in case.parents
        ]
    if not found:
        turn.say("list_not_found")
    return found


def _named(case: CaseRow, caller: Caller, argument: str) -> str | None:
    """Return the unit that is named; none for one that does not exist, and for one of somebody else alike (6.8)."""

    def is_seen(unit: str) -> bool:
        return scope_of(case, caller.posts, unit, Secrecy.INTERNAL) is not None

    try:
        unit = get_unit(case, argument, may_mean=is_seen)
    except NoSuchUnit:
        return None
    return unit if is_seen(unit) else None


def _own_units(turn: Turn, caller: Caller) -> list[str]:
    if CENTRAL & caller.roles:
        return [""]
    own = [unit for role in ("SAC", "EMS", "EGAS", "JSPM") for unit in caller.units_as(role)]
    own += [ooad for region in caller.units_as("EMS") for ooad in designated_ooads(turn.desk, region)]
    return list(dict.fromkeys(own))


def _some(lines: list[str]) -> str:
    shown = lines[:SHOWN]
    if len(lines) > SHOWN:
        shown.append(texts.text("more_lines", n=len(lines) - SHOWN))
    return "".join(f"\n{line}" for line in ("", *shown)) if shown else ""


SKILL = Skill(
    commands={"explica": explain, "faltantes": show_missing},
    acts={EXPLAIN_BY_MAIL: mail_lines},
)
