"""Say in the chat that a letter left, to whoever has tied an account: once, in waking hours, without personal data."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from actions.designate_ems import ems_options
from actions.desk import Desk
from actions.find_addressees import Addressee
from actions.letter_values import unit_in_words
from actions.read_case import read_situation
from actions.send_chat import Choice, send_chat
from actions.tell_by_chat import BUTTONS_LIFE, zone_of
from mail.wording import money, short_date
from procedures.quiet_hours import waking_moment
from procedures.yaml_text import read_yaml
from storage import chats
from storage.cases import CaseRow
from storage.outbox import Letter

ATTESTATION = "A06"
UNATTESTED = "M-06/unattested"
DESIGNATION = "A16"
DESIGNATE = "designate"
MOST_BUTTONS = 2
"""In a row; a phone shows no more of them whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What the chat says beside one kind of letter."""

    says: str
    buttons: Mapping[str, str]
    """Act, and what stands on the button; the letter's id is its value."""
    asked: bool
    roles: tuple[str, ...]


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml((files("actions") / "chat_notices.yaml").read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=1)
def notices() -> Mapping[str, Notice]:
    """Return the notices by the letters that they go beside."""
    return {
        key: Notice(
            says=one["says"],
            buttons=one.get("buttons", {}),
            asked=one.get("asked", False),
            roles=tuple(one.get("roles", ())),
        )
        for key, one in _catalogue().items()
        if key != "words"
    }


def notify_by_chat(
    desk: Desk,
    key: str,
    values: Mapping[str, Any],
    letters: Sequence[tuple[Letter, Addressee]],
    *,
    case: CaseRow | None,
    step: str,
    unit: str,
) -> None:
    """Queue the notices beside some letters of one kind, for those of their readers who can be written to."""
    key = _variant(desk, key, values, case, step, unit)
    notice = notices().get(key)
    if notice is None:
        return
    linked = chats.chats_of_persons(
        desk.session, [who.person_id for _letter, who in letters if who.person_id is not None]
    )
    for letter, who in letters:
        chat_id = linked.get(who.person_id or 0)
        if (
            chat_id is None
            or (notice.asked and not who.asks)
            or (notice.roles and who.role not in notice.roles)
        ):
            continue
        says = notice.says.format_map(_facts(desk, values, who))
        send_chat(
            desk,
            chat_id,
            says,
            template=f"notice:{key}",
            # The same words are said once a day, however many letters they stand beside.
            version=f"{desk.today.isoformat()}/{hashlib.sha256(says.encode()).hexdigest()[:16]}",
            choices=_choices(key, notice, letter, values, case, unit),
            person_id=who.person_id,
            buttons_for=BUTTONS_LIFE,
            not_before=waking_moment(desk.now, zone_of(desk, who.unit or unit)),
            case_id=letter.case_id,
            unit=unit,
        )


def _variant(
    desk: Desk, key: str, values: Mapping[str, Any], case: CaseRow | None, step: str, unit: str
) -> str:
    """Return under which name the notice of a letter stands; empty when there is none."""
    if values.get("draft"):
        return ""
    if key == "ASK":
        return f"ASK/{step}"
    if key == "M-06" and case is not None and not read_situation(desk, case).is_done(ATTESTATION, unit):
        return UNATTESTED
    return key


def _choices(
    key: str,
    notice: Notice,
    letter: Letter,
    values: Mapping[str, Any],
    case: CaseRow | None,
    unit: str,
) -> list[list[Choice]]:
    if case is not None and key == f"ASK/{DESIGNATION}":
        return designation_choices(case, unit)
    # A list is confirmed as it was shown, in its version; every other button is about its letter.
    value = str(letter.id)
    if case is not None and key == UNATTESTED:
        value = f"{case.id}|{unit}|{values['version']}"
    buttons = [Choice(text=label, act=act, value=value) for act, label in notice.buttons.items()]
    return [buttons[start : start + MOST_BUTTONS] for start in range(0, len(buttons), MOST_BUTTONS)]


def designation_choices(case: CaseRow, ooad: str) -> list[list[Choice]]:
    """Return a button for each EMS that may integrate the list of an OOAD (C-26)."""
    return [
        [
            Choice(
                text=unit_in_words(case, region).split(",")[0],
                act=DESIGNATE,
                value=f"{case.id}|{ooad}|{region}",
            )
        ]
        for region in ems_options(case, ooad)
    ]


class _Facts(dict[str, str]):
    """The facts of a notice; one that a letter does not have is left blank, and the notice still goes."""

    def __missing__(self, name: str) -> str:
        return ""


def _facts(desk: Desk, values: Mapping[str, Any], who: Addressee) -> _Facts:
    words = _catalogue()["words"]
    facts = _Facts(
        {
            name: short_date(value) if isinstance(value, date) else str(value)
            for name, value in values.items()
            if isinstance(value, str | int | date) and value is not None
        }
    )
    facts["onward"] = words["onward"].get(who.asks, "")
    due = values.get("due")
    if isinstance(due, date):
        facts["until"] = words["overdue" if due < desk.today else "due"].format(day=short_date(due))
    if isinstance(totals := values.get("totals"), Mapping):
        facts |= {"vrs": str(totals["vrs"]), "pvr": str(totals["pvr"]), "total": money(totals["amount"])}
    facts["warnings"] = _counted(words["warnings"], len(values.get("warnings") or ()))
    facts["errors"] = _counted(words["errors"], int(values.get("error_count") or 0))
    if values.get("version"):
        facts["of_version"] = words["of_version"].format(n=values["version"])
    return facts


def _counted(forms: Sequence[str], number: int) -> str:
    return forms[0] if number == 1 else forms[1].format(n=number)
