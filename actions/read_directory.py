"""Say which edition of the directory of offices holds (DIR)."""

from dataclasses import dataclass
from datetime import date

from actions.desk import Desk
from storage import journal, provider


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """An edition of the directory: the how many-th that was loaded, and when."""

    version: int
    on: date


def directory_edition(desk: Desk) -> Edition | None:
    """Return the edition in force; None while no office of the PS is known."""
    if not desk.once(provider.offices_in_force, desk.today):
        return None
    loaded = journal.lines_after(desk.session, 0, ["directory_imported"])
    last = loaded[-1].at if loaded else desk.now
    return Edition(version=max(len(loaded), 1), on=desk.local_date(last))
