"""Do what falls due: reminders to the owner, the overdue mark and its notice upwards, timers."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from actions.desk import Desk
from actions.find_addressees import Addressee, addressees, owners_of
from actions.read_case import definition_of, read_situation
from actions.send_letter import one_time_code, send
from actions.take_step import take_step
from procedures import engine
from procedures.definition import Definition, Level, Source
from procedures.engine import Happening, Instance, Status
from procedures.organisation import next_level
from storage import agenda, cases
from storage.agenda import DeadlineKind, DeadlineRow
from storage.cases import CaseRow

BATCH = 500
LIST_STEPS = frozenset({"A05", "A06", "A07", "A08"})
DELIVERY = "A08"


def fire_deadlines(desk: Desk) -> int:
    """Fire what is due at this instant, in order, and return how many rows fired.

    What a person owes is told in one letter, however many steps it concerns.
    """
    rows = agenda.claim_due(desk.session, now=desk.now, limit=BATCH)
    by_case: dict[int, list[DeadlineRow]] = defaultdict(list)
    for row in rows:
        if row.case_id is not None:
            by_case[row.case_id].append(row)
    for case_id, due in by_case.items():
        case = cases.get_case(desk.session, case_id)
        for row in due:
            if row.kind is DeadlineKind.TIMER:
                _fire_timer(desk, case, row)
        _notify(desk, case, [row for row in due if row.kind is not DeadlineKind.TIMER])
    if rows:
        desk.wake_couriers()
    return len(rows)


def _fire_timer(desk: Desk, case: CaseRow, row: DeadlineRow) -> None:
    take_step(
        desk,
        case,
        Happening(
            kind=Source.TIMER,
            name=row.name,
            unit=row.unit,
            step=row.step,
            at=row.due_at,
            on=desk.local_date(row.due_at),
            level=Level.RECORDED,
        ),
    )


def _notify(desk: Desk, case: CaseRow, rows: Iterable[DeadlineRow]) -> None:
    situation = read_situation(desk, case)
    definition = definition_of(desk, case)
    reminders: dict[str, list[DeadlineRow]] = defaultdict(list)
    escalations: dict[str, list[DeadlineRow]] = defaultdict(list)
    people: dict[str, Addressee] = {}
    for row in rows:
        instance = Instance(step=row.step, unit=row.unit)
        if engine.status(situation, instance) not in {Status.OPEN, Status.BLOCKED}:
            continue
        owners = engine.owners(situation, instance)
        due_text = f"{row.due_on:%d-%m-%Y}" if row.due_on else ""
        where = {"case_id": case.id, "step": row.step, "unit": row.unit, "channel": "timer"}
        desk.note("step_overdue" if row.kind is DeadlineKind.OVERDUE else "step_reminded", due=due_text, **where)
        for who in owners_of(desk, case, owners, row.step, row.unit):
            people[who.email] = who
            reminders[who.email].append(row)
        if row.kind is DeadlineKind.OVERDUE:
            for role, unit in owners:
                above = next_level(role, unit, situation.facts)
                for who in addressees(desk, *above) if above else []:
                    people[who.email] = who
                    escalations[who.email].append(row)
    for email, due in reminders.items():
        _send(desk, case, "M-45", people[email], due, definition)
    for email, due in escalations.items():
        _send(desk, case, "M-46", people[email], due, definition)


def _send(
    desk: Desk, case: CaseRow, message: str, who: Addressee, rows: list[DeadlineRow], definition: Definition
) -> None:
    steps = []
    for row in rows:
        step = definition.steps[row.step]
        entry = {
            "step": row.step,
            "title": step.title,
            "unit": row.unit or "NACIONAL",
            "due_on": row.due_on,
            "reason": row.reason,
            "days_late": max((desk.today - row.due_on).days, 0) if row.due_on else 0,
            "owner_role": step.actors[0],
            "code": "",
        }
        if message == "M-46" and who.role == "SAC" and row.step in LIST_STEPS and who.person_id is not None:
            # The SAC may document that the PAC did not deliver, so that the region can go on (AC-25).
            entry["code"] = one_time_code(
                desk, who.person_id, case_id=case.id, act=f"EXCEPT:{DELIVERY}", unit=row.unit, valid=timedelta(days=15)
            )
        steps.append(entry)
    first = rows[0]
    send(
        desk,
        message,
        {"steps": steps, "period": case.period},
        [who],
        case=case,
        step=first.step,
        unit=first.unit,
        version=f"{desk.today.isoformat()}/{first.kind.value}",
    )
