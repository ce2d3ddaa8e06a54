"""Send the summary of the running periods: counts alone, and the head of the journal's chain (M-47).

Every working day while a delivery is prepared and paid out, else on the first
working day of the week; at eight, where its reader works.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from actions.desk import Desk
from actions.find_addressees import addressees
from actions.letter_values import name_of
from actions.read_case import read_situation, working_days
from actions.send_letter import send
from actions.show_boards import Board, delivery_boards, national_boards, ooad_boards
from actions.show_circular import circular_state
from actions.show_notices import notice_status
from actions.tell_by_chat import zone_of
from storage import agenda, cases, entries, periods, progress, sealing
from storage.agenda import DeadlineKind, DeadlineRow, Due
from storage.cases import CaseRow
from storage.entries import EntryState

ROUND = "SUMMARY"
AT = time(8)
LATEST = time(18)
"""A summary that could not leave by then waits for the next working day."""
READERS = ("CACyPCS", "CFI")
"""Who reads of the nation; each JSPM reads of its own OOAD."""


def plan_summary(desk: Desk) -> None:
    """Put down the next summary: the next working day at eight. Asked again, it is the same one."""
    days = working_days(desk)
    now = desk.now.astimezone(desk.office.zone)
    day = now.date()
    if not days.is_working_day(day) or now.time() >= AT:
        day = days.add(day, 1)
    due = Due(
        key=f"office/{ROUND}",
        kind=DeadlineKind.ROUND,
        case_id=None,
        step="",
        unit="",
        name=ROUND,
        due_at=datetime.combine(day, AT, desk.office.zone),
        due_on=day,
        reason="resumen de los periodos en curso",
    )
    agenda.put(desk.session, [due])


def send_summary(desk: Desk, row: DeadlineRow) -> None:
    """Send the summary of the day, if it is the day of one, and put the next one down.

    After a stop of the service there is one summary, of how things stand now; none leaves at night.
    """
    del row
    running = desk.once(cases.open_cases)
    if not running:
        return
    days = working_days(desk)
    local = desk.now.astimezone(desk.office.zone)
    if (
        days.is_working_day(local.date())
        and AT <= local.time() < LATEST
        and _is_due(desk, running, local.date())
    ):
        _send(desk, running)
    plan_summary(desk)


def _is_due(desk: Desk, running: Sequence[CaseRow], day: date) -> bool:
    if any(_is_delivering(desk, case, day) for case in running):
        return True
    # The first working day of its week.
    monday = day - timedelta(days=day.weekday())
    days = working_days(desk)
    return days.previous_or_same(day - timedelta(days=1)) < monday


def _is_delivering(desk: Desk, case: CaseRow, day: date) -> bool:
    if not case.period or day > periods.get_period(desk.session, case.period).t1:
        return False
    return read_situation(desk, case).is_done("A33")


def _send(desk: Desk, running: Sequence[CaseRow]) -> None:
    by_id = {case.id: case for case in running}
    head = sealing.latest_head(desk.session)
    national = [_board(desk, by_id[board.case_id], board, "OOAD") for board in national_boards(desk)]
    if not national:
        return
    values = {
        "day": desk.today,
        "scope": "nacional",
        "boards": national,
        "tray": entries.count_entries(desk.session, EntryState.UNCLASSIFIED),
        "head": head,
    }
    version = desk.today.isoformat()
    send(
        desk,
        "M-47",
        values,
        [who for role in READERS for who in addressees(desk, role, "PIB")],
        case=running[0],
        version=version,
    )
    for ooad in sorted({code for case in running for code in case.tree.get("ooad", [])}):
        readers = addressees(desk, "JSPM", ooad)
        boards = [_board(desk, by_id[board.case_id], board, "Regiones") for board in ooad_boards(desk, ooad)]
        if not readers or not boards:
            continue
        scope = f"OOAD {name_of(running[0], ooad)}"
        eight = datetime.combine(desk.today, AT, zone_of(desk, ooad))
        send(
            desk,
            "M-47",
            {"day": desk.today, "scope": scope, "boards": boards, "head": head},
            readers,
            case=running[0],
            unit=ooad,
            version=version,
            not_before=max(desk.now, eight),
        )


def _board(desk: Desk, case: CaseRow, board: Board, tier: str) -> Mapping[str, Any]:
    told = _told(desk, case, board.unit)
    return {
        "period": board.period,
        "tier": tier,
        "delivered": board.delivered,
        "total": board.total,
        "with_errors": board.with_errors,
        "received": board.received,
        "units": len(board.units),
        "overdue_steps": board.overdue_steps,
        "open_cases": board.open_cases,
        "circular": circular_state(desk, case) if read_situation(desk, case).is_done("A33") else "",
        **told,
        **_collected(desk, case, board.unit),
        "overdue": [f"{title}: {number}" for title, number in board.overdue],
        "rows": [[unit.name, f"{unit.delivered} de {unit.total}", unit.overdue] for unit in board.units],
    }


def _told(desk: Desk, case: CaseRow, unit: str) -> dict[str, int]:
    if not case.period:
        return {"told": 0, "payees": 0}
    status = notice_status(desk, case)
    counts = next(
        (one.counts for one in status.ooads if one.unit == unit), status.nation if not unit else None
    )
    return {"told": counts.told, "payees": counts.total} if counts else {"told": 0, "payees": 0}


def _collected(desk: Desk, case: CaseRow, unit: str) -> dict[str, int]:
    found = next((one for one in delivery_boards(desk) if one.case_id == case.id), None)
    if found is None:
        return {"collected": 0, "reporting": 0}
    if not unit:
        return {"collected": found.collected, "reporting": found.reporting}
    pacs = [pac for pac in case.tree.get("pac", []) if pac.startswith(f"{unit}-")]
    reports = progress.latest_progress(desk.session, case.id, pacs)
    return {
        "collected": sum(report.collected for report in reports.values()),
        "reporting": len(reports),
    }
