"""Find what somebody did further down on the way of a list: built, corrected, rubricated or approved it (four eyes).

It is looked at when an act is done, whoever names the person and in whatever post, own or by suplencia, each of the
acts was done: it is the person who may not check the own work.
"""

from collections.abc import Iterator

from actions.desk import Desk
from actions.letter_values import unit_in_words
from procedures.definition import Step
from storage import cases, duplicates, lists
from storage.cases import CaseRow, StepOutcome
from storage.lists import ListLevel

FACT = "acted_below"
"""Under which the gate G_EYES finds it."""
_SHOWN = 5


def acts_below(desk: Desk, case: CaseRow, step: Step, unit: str, person_id: int | None) -> tuple[str, ...]:
    """Return what a person did of the steps that a step is to be apart from, in words; empty when nothing."""
    if person_id is None or not step.apart_from:
        return ()
    return tuple(dict.fromkeys(_acts(desk, case, step, unit, person_id)))[:_SHOWN]


def _acts(desk: Desk, case: CaseRow, step: Step, unit: str, person_id: int) -> Iterator[str]:
    for row in cases.steps_of_person(desk.session, case.id, person_id):
        # A step that fell since was done all the same, and of what it made something may be left.
        if row.step in step.apart_from and row.outcome is StepOutcome.DONE and _is_below(row.unit, unit):
            yield f"{row.step} ({_where(case, row.unit)}, el {row.on:%d-%m-%Y})"
    for version in lists.versions_by(desk.session, case.id, ListLevel.LVP, person_id):
        if _is_below(version.unit, unit):
            yield f"listado de {_where(case, version.unit)}, versión {version.version}"
    for duplicate in duplicates.decided_by(desk.session, case.id, person_id):
        if duplicate.unit != unit and _is_below(duplicate.unit, unit):
            yield f"decisión del registro doble {duplicate.id} ({_where(case, duplicate.unit)})"


def _is_below(unit: str, above: str) -> bool:
    return not above or f"{unit}-".startswith(f"{above}-")


def _where(case: CaseRow, unit: str) -> str:
    return unit_in_words(case, unit).split(",")[0]
