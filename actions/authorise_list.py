"""Freeze the national list once CACyPCS authorised it (A25; 5.2.10)."""

from actions.desk import Desk
from actions.money import pesos
from procedures.lists.digest import short_digest
from storage import lists, volunteers
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState


class NothingToAuthorise(Exception):
    """There is no integrated list to authorise."""


def authorise_list(desk: Desk, case: CaseRow, level: ListLevel, unit: str, *, person_id: int | None) -> None:
    """Mark the current version as authorised, and its people as covered for their months (V-043)."""
    version = lists.latest_version(desk.session, case.id, level, unit)
    if version is None:
        raise NothingToAuthorise(level.value)
    version.state = ListState.AUTHORISED
    desk.session.add(version)
    volunteers.cover_months(desk.session, lists.lines_of(desk.session, version.id), period=case.period)
    desk.note(
        "list_authorised",
        case_id=case.id,
        step="A25",
        unit=unit,
        person_id=person_id,
        level=level.value,
        version=version.version,
        rows=version.rows,
        total=pesos(version.total_centavos),
        digest=short_digest(version.digest),
        record_digest=version.digest,
    )
