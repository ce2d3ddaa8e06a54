"""Show where a period stands: stages, steps, who is late, which lists are here."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from actions.desk import Desk
from actions.find_unit import get_case_of
from actions.letter_values import unit_in_words
from actions.read_case import read_situation, working_days
from procedures import engine
from procedures.engine import Instance, Status
from storage import cases, entries, lists
from storage.entries import EntryState
from storage.lists import ListLevel


@dataclass(frozen=True, kw_only=True, slots=True)
class StepStatus:
    """An activity over all its units."""

    step: str
    title: str
    stage: str
    done: int
    open: int
    """Where it waits for somebody now."""
    total: int
    late: int
    lacks_proof: int
    by: tuple[str, ...]
    due_on: date | None
    """Where it is open, the earliest date among those; else the date that is known already."""
    due_reason: str

    @property
    def is_done(self) -> bool:
        """Whether every unit to which it applies did it."""
        return self.total > 0 and self.done == self.total


@dataclass(frozen=True, kw_only=True, slots=True)
class Late:
    """Something overdue."""

    step: str
    title: str
    unit: str
    due_on: date
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodStatus:
    """Where a period stands."""

    case_id: int
    period: str
    folio: str
    procedure: str
    version: int
    steps: tuple[StepStatus, ...]
    stages: dict[str, tuple[int, int]]
    stage_titles: dict[str, str]
    late: tuple[Late, ...]
    lists: dict[str, str]
    tray: int
    quarantined: int

    @property
    def steps_done(self) -> frozenset[str]:
        """The activities that are done wherever they apply."""
        return frozenset(step.step for step in self.steps if step.is_done)

    @property
    def instances_done(self) -> int:
        """How many steps were taken, over all units."""
        return sum(step.done for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the status for programs."""
        return {
            "period": self.period,
            "folio": self.folio,
            "procedure": self.procedure,
            "version": self.version,
            "activities_done": len(self.steps_done),
            "stages": {
                stage: {"title": self.stage_titles[stage], "done": done, "total": total}
                for stage, (done, total) in self.stages.items()
            },
            "steps": [
                {
                    "step": step.step,
                    "title": step.title,
                    "by": list(step.by),
                    "done": step.done,
                    "open": step.open,
                    "total": step.total,
                    "late": step.late,
                    "lacks_proof": step.lacks_proof,
                    "due_on": step.due_on,
                    "due_reason": step.due_reason,
                }
                for step in self.steps
            ],
            "late": [
                {"step": item.step, "unit": item.unit, "due_on": item.due_on, "reason": item.reason}
                for item in self.late
            ],
            "lists": self.lists,
            "tray": self.tray,
            "quarantined": self.quarantined,
        }


def show_period(desk: Desk, period: str, *, procedure: str = "0780-003-002") -> PeriodStatus:
    """Return the status of a period's expediente.

    Raises:
        NoSuchPeriod: it was never opened.
    """
    case = get_case_of(desk, period, procedure)
    situation = read_situation(desk, case)
    days = working_days(desk)
    records = Counter((row.step, row.unit) for row in cases.steps_of(desk.session, case.id) if row.late)
    steps = []
    late = []
    for step in situation.definition.activities:
        done = opened = total = lacking = 0
        due = open_due = None
        for unit in situation.tree.units(step.scope):
            instance = Instance(step.id, unit)
            status = engine.status(situation, instance, desk.today)
            if status is Status.NOT_APPLICABLE:
                continue
            total += 1
            if status in {Status.DONE, Status.EXCEPTED}:
                done += 1
                lacking += engine.lacks_proof(situation, instance)
            if status not in {Status.OPEN, Status.BLOCKED}:
                due = due or engine.due(situation, instance, days)
                continue
            opened += 1
            own_due = engine.due(situation, instance, days)
            if own_due is None:
                continue
            if open_due is None or own_due.on < open_due.on:
                open_due = own_due
            if engine.is_late(own_due, desk.today):
                late.append(
                    Late(
                        step=step.id,
                        title=step.title,
                        unit=unit_in_words(case, unit),
                        due_on=own_due.on,
                        reason=own_due.reason,
                    )
                )
        due = open_due or due
        steps.append(
            StepStatus(
                step=step.id,
                title=step.title,
                stage=step.stage,
                done=done,
                open=opened,
                total=total,
                late=sum(count for (name, _unit), count in records.items() if name == step.id),
                lacks_proof=lacking,
                by=step.actors,
                due_on=due.on if due else None,
                due_reason=due.reason if due else "",
            )
        )
    stages: dict[str, tuple[int, int]] = {}
    for item in steps:
        done, total = stages.get(item.stage, (0, 0))
        stages[item.stage] = (done + item.done, total + item.total)
    current = lists.current_versions(desk.session, case.id, ListLevel.LVP, case.tree.get("pac", []))
    return PeriodStatus(
        case_id=case.id or 0,
        period=period,
        folio=case.folio,
        procedure=case.procedure,
        version=case.version,
        steps=tuple(steps),
        stages=stages,
        stage_titles={stage: situation.definition.stages[stage].title for stage in stages},
        late=tuple(late),
        lists={row.unit: f"v{row.version} {row.state.value}" for row in current},
        tray=entries.count_entries(desk.session, EntryState.UNCLASSIFIED),
        quarantined=entries.count_entries(desk.session, EntryState.QUARANTINED),
    )
