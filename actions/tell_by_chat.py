"""Tell somebody something by chat that they did not ask for: never at night, and only what needs no permission."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from actions.desk import Desk
from actions.send_chat import Choice, send_chat
from procedures.quiet_hours import waking_moment
from procedures.yaml_text import read_yaml
from storage import chats, organisation

BUTTONS_LIFE = timedelta(days=14)
"""Whoever is rarely in reach of a signal answers late; what a button does is checked when it is pressed."""


@lru_cache(maxsize=1)
def chat_words() -> dict[str, str]:
    """Return the texts that actions say in the chat, by their keys."""
    words: dict[str, str] = read_yaml((files("actions") / "chat_words.yaml").read_text(encoding="utf-8"))
    return words


def tell(
    desk: Desk,
    person_id: int | None,
    key: str,
    *,
    version: str,
    choices: Sequence[Sequence[Choice]] = (),
    case_id: int | None = None,
    unit: str = "",
    not_after: datetime | None = None,
    **facts: object,
) -> bool:
    """Queue a message to the chat of a person; False when there is no chat, or it was said under that version."""
    chat = chats.chat_of_person(desk.session, person_id) if person_id is not None else None
    if chat is None:
        return False
    buttons = [
        [
            Choice(text=chat_words().get(choice.text, choice.text), act=choice.act, value=choice.value)
            for choice in row
        ]
        for row in choices
    ]
    return send_chat(
        desk,
        chat.chat_id,
        chat_words()[key].format(**facts),
        template=f"chat:{key}",
        version=version,
        choices=buttons,
        person_id=person_id,
        not_before=waking_moment(desk.now, zone_of(desk, unit)),
        not_after=not_after,
        buttons_for=BUTTONS_LIFE,
        case_id=case_id,
        unit=unit,
    )


def zone_of(desk: Desk, unit: str) -> ZoneInfo:
    """Return the zone in which the people of a unit live; the office's for whoever is at the centre."""
    ooad = desk.once(organisation.find_unit, organisation.ooad_of(unit)) if unit and unit != "PIB" else None
    return ZoneInfo(ooad.timezone) if ooad is not None else desk.office.zone
