"""Say at whom an expediente stands, when somebody wants to go on too early: who was asked, for what, and since when."""

from actions.desk import Desk
from actions.letter_values import unit_in_words
from procedures import engine
from procedures.engine import Instance, Situation
from storage import cases, outbox
from storage.cases import CaseRow

SHOWN = 8
"""Of a nation that has hardly begun, hundreds would be named; the first ones and how many are enough."""


def what_waits(desk: Desk, case: CaseRow, situation: Situation, instance: Instance) -> list[str]:
    """Return what a step waits for, one sentence for each that somebody has to do now; empty when for nothing."""
    waiting = engine.held_up_by(situation, instance, desk.today)
    said = [_said(desk, case, situation, one) for one in waiting[:SHOWN]]
    more = len(waiting) - len(said)
    return [*said, f"Y {more} más."] if more > 0 else said


def _said(desk: Desk, case: CaseRow, situation: Situation, instance: Instance) -> str:
    step = situation.definition.steps[instance.step]
    posts = " o ".join(dict.fromkeys(role for role, _unit in engine.owners(situation, instance)))
    fell = cases.last_step(desk.session, case.id, instance.step, instance.unit)
    asked = outbox.asked_since(
        desk.session, case.id, instance.step, instance.unit, since=fell.at if fell is not None else None
    )
    when = f"se pidió el {desk.local_date(asked):%d-%m-%Y}" if asked else "todavía no se le ha pedido"
    number = f"actividad {step.number}" if step.number else step.cites
    return f"{posts}, {unit_in_words(case, instance.unit)}: {step.title} ({number}), {when}."
