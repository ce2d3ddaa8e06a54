"""Where the support is handed over: to a volunteer the own office, to a PAC those of the ámbito, and another choice (C-18, C-45)."""

from actions.choose_office import Served, choose_office, offices_to_choose, served_localities
from actions.read_directory import directory_edition
from actions.remind_volunteers import offices_by_key
from actions.send_chat import Choice
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn
from bot.volunteers import is_volunteer, show_own_office
from mail.wording import short_date

WHICH, LOCALITY, CHOOSE = "office_which", "office_locality", "office_choose"
SHOWN = 20
"""Localities in one message."""
OFFERED = 8
"""Localities on buttons at once."""


def _show(turn: Turn, caller: Caller, argument: str) -> None:
    del argument
    if is_volunteer(caller):
        show_own_office(turn, caller)
        return
    served = served_localities(turn.desk, caller.units_as("PAC"))
    edition = directory_edition(turn.desk)
    if edition is None:
        turn.say("offices_missing")
        return
    if not served:
        turn.say("offices_none")
        return
    directory = texts.text("offices_directory", version=edition.version, day=short_date(edition.on))
    change = [[Choice(text=texts.text("offices_change"), act=WHICH, value="0")]]
    for start in range(0, len(served), SHOWN):
        page = served[start : start + SHOWN]
        turn.say(
            "offices_of_ambito",
            choices=change if start + SHOWN >= len(served) else (),
            directory=directory,
            lines="\n".join(_line(one) for one in page),
        )


def _line(one: Served) -> str:
    office = one.office.name if one.office else texts.text("offices_undefined")
    return texts.text("offices_line", locality=one.name, office=office)


def _ask_locality(turn: Turn, caller: Caller, value: str) -> None:
    served = served_localities(turn.desk, caller.units_as("PAC"))
    start = int(value) if int(value) < len(served) else 0
    page = served[start : start + OFFERED]
    choices = [[Choice(text=one.name[:40], act=LOCALITY, value=f"{one.unit}|{one.locality}")] for one in page]
    if len(served) > start + OFFERED:
        choices.append([Choice(text=texts.text("offices_next"), act=WHICH, value=str(start + OFFERED))])
    turn.say("offices_which_locality", choices=choices)


def _ask_office(turn: Turn, caller: Caller, value: str) -> None:
    unit, _, locality = value.partition("|")
    one = _own(turn, caller, unit, locality)
    found = offices_to_choose(turn.desk, locality) if one else []
    if one is None or not found:
        turn.say("offices_not_chosen")
        return
    choices = [
        [
            Choice(
                text=texts.text("offices_km", name=near.office.name, km=f"{near.km:.0f}")[:60]
                if near.km is not None
                else near.office.name[:60],
                act=CHOOSE,
                value=f"{value}|{near.office.clave}",
            )
        ]
        for near in found
    ]
    turn.say("offices_which_office", choices=choices, locality=one.name)


def _choose(turn: Turn, caller: Caller, value: str) -> None:
    unit, locality, office = value.split("|", 2)
    one = _own(turn, caller, unit, locality)
    if one is None or not choose_office(
        turn.desk, unit, locality, office, person_id=caller.person_id, entry=turn.entry
    ):
        turn.say("offices_not_chosen")
        return
    name = offices_by_key(turn.desk)[office].name
    turn.say("offices_chosen", locality=one.name, office=name)


def _own(turn: Turn, caller: Caller, unit: str, locality: str) -> Served | None:
    """Find a locality of the caller's own ámbitos; None for anybody else's."""
    if unit not in caller.units_as("PAC"):
        return None
    served = served_localities(turn.desk, [unit])
    return next((one for one in served if one.locality == locality), None)


SKILL = Skill(
    commands={"oficina": _show},
    acts={WHICH: _ask_locality, LOCALITY: _ask_office, CHOOSE: _choose},
    looks=frozenset({WHICH, LOCALITY}),
)
