"""Acknowledge a letter, which passes on what it asks to be passed on (ENTERADO, TURNAR)."""

from collections.abc import Sequence

from actions.desk import Desk
from actions.find_addressees import NATION
from actions.take_step import Evidence, take_step
from procedures.definition import Level, Source
from procedures.engine import Happening
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.outbox import LetterRow


def post_near(posts: Sequence[tuple[str, str]], unit: str) -> tuple[str, str]:
    """Return the post of a person that is nearest to a unit: at it, below it (EMS designado), or any."""
    place = unit or NATION
    for post in posts:
        if post[1] == place:
            return post
    return next((post for post in posts if post[1].startswith(f"{unit}-")), posts[0] if posts else ("", ""))


def note_acknowledged(desk: Desk, letter: LetterRow | None) -> bool:
    """Note that a letter was read by whom it is for; tell whether that is news."""
    if letter is None or letter.acknowledged_at is not None:
        return False
    letter.acknowledged_at = desk.now
    desk.session.add(letter)
    return True


def take_acknowledged(
    desk: Desk,
    entry: EntryRow,
    case: CaseRow,
    *,
    step: str,
    unit: str,
    person_id: int,
    posts: Sequence[tuple[str, str]],
    channel: str,
    text: str = "ENTERADO",
) -> bool:
    """Take the step that an acknowledgement takes, if it waits for one; tell whether it did."""
    role, role_unit = post_near(posts, unit)
    happening = Happening(
        kind=Source.MAIL if channel == "mail" else Source.CHAT,
        name="acknowledgement",
        unit=unit,
        step=step,
        at=entry.received_at,
        on=desk.local_date(entry.received_at),
        level=Level.RECORDED,
        role=role,
        role_unit=role_unit,
    )
    evidence = Evidence(person_id=person_id, entry=entry, channel=channel, text=text)
    return bool(take_step(desk, case, happening, evidence).taken)
