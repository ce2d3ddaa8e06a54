"""Open the authorised national list again (EV25R): nobody is covered by it, and what was made of it counts no more (AC-27)."""

from typing import Any

from actions.desk import Desk
from actions.find_addressees import NATION, Addressee, addressees, unique
from actions.letter_values import period_in_words, unit_in_words
from actions.send_letter import send
from storage import journal, lists, volunteers
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState

MADE_OF_IT = frozenset({ListState.DEFINITIVE, ListState.TRANSMITTED})


def unfreeze_list(
    desk: Desk,
    case: CaseRow,
    level: ListLevel,
    unit: str,
    *,
    person_id: int | None,
    reason: str,
    entry_id: int | None,
) -> None:
    """Take the authorisation back and tell everybody whom the list had reached, and the PACs who were refused."""
    version = lists.latest_version(desk.session, case.id, level, unit)
    if version is None:
        return
    version.state = ListState.INTEGRATED
    desk.session.add(version)
    definitive = lists.latest_version(desk.session, case.id, ListLevel.LD, unit)
    if definitive is not None and definitive.state in MADE_OF_IT:
        definitive.state = ListState.OUTDATED
        desk.session.add(definitive)
    volunteers.uncover_months(desk.session, period=case.period)
    desk.note(
        "list_reopened",
        case_id=case.id,
        step="EV25R",
        unit=unit,
        person_id=person_id,
        role="CACyPCS",
        entry_id=entry_id,
        level=level.value,
        version=version.version,
        reason=reason,
    )
    _tell(desk, case, reason, entry_id)


def _tell(desk: Desk, case: CaseRow, reason: str, entry_id: int | None) -> None:
    values: dict[str, Any] = {"period": period_in_words(desk, case), "reason": reason, "scope": ""}
    found = [
        *(who for role in ("CPEEyPB", "CFI", "UPIB") for who in addressees(desk, role, NATION)),
        *(who for ooad in case.tree.get("ooad", []) for who in addressees(desk, "JSPM", ooad)),
    ]
    send(desk, "REOPENED", values, unique(found), case=case, step="EV25R", version=str(entry_id))
    for pac in _refused(desk, case):
        to: list[Addressee] = addressees(desk, "PAC", pac, asks="A08", asks_unit=pac)
        send(
            desk,
            "REOPENED",
            values | {"scope": unit_in_words(case, pac)},
            to,
            case=case,
            step="EV25R",
            unit=pac,
            version=str(entry_id),
        )


def _refused(desk: Desk, case: CaseRow) -> list[str]:
    """Return the ámbitos whose correction was refused since the list was authorised."""
    lines = journal.lines_of_case(desk.session, case.id, {"list_frozen", "list_authorised"})
    last = max((line.id or 0 for line in lines if line.kind == "list_authorised"), default=0)
    return sorted({line.unit for line in lines if line.kind == "list_frozen" and (line.id or 0) > last})
