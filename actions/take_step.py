"""Let an entry do what the procedure says it does: steps, journal, effects, questions, agenda."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from actions.ask_for_step import ask_for
from actions.desk import Desk
from actions.effects import run_effect
from actions.find_acts_below import FACT, acts_below
from actions.find_addressees import NATION, addressees, unique
from actions.read_case import read_situation, working_days
from actions.refresh_agenda import keep_timers, refresh_agenda
from actions.say_who_acts import acting_for
from actions.send_letter import send
from procedures import engine
from procedures.definition import Level
from procedures.engine import Decision, Happening, Refusal, Situation, Taken
from procedures.situation import Outcome
from storage import cases
from storage.cases import CaseRow, CaseState, StepOutcome, StepRow
from storage.entries import EntryRow

LEVEL_WORDS = {Level.RECORDED: "registrado", Level.ATTESTED: "atestado", Level.PROVEN: "acreditado"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """By what an act is known: whose, how it arrived, in which words, on what (ledger 2.3)."""

    person_id: int | None = None
    entry: EntryRow | None = None
    channel: str = ""
    text: str = ""
    subject_key: str = ""
    motive: str = ""
    """Why the list that it integrates has so many people, where it says so (V-059)."""


ALARMING = frozenset({"G_AUTPS"})
"""Gates at which a refusal is a security event (5.2.3, AC-35)."""

BY_THE_DESK = Evidence(channel="system")


def take_step(desk: Desk, case: CaseRow, happening: Happening, evidence: Evidence = BY_THE_DESK) -> Decision:
    """Apply a happening to an expediente and return what it did, or why it did nothing.

    The steps are recorded first, then their effects run (letters, lists), then the
    people whose steps opened are asked, then the agenda is set right.
    """
    before = read_situation(desk, case, happening.unit)
    happening = _with_acts_below(desk, case, before, happening, evidence)
    decision = engine.decide(before, happening, working_days(desk))
    steps = []
    for taken in decision.taken:
        actors = before.definition.steps[taken.instance.step].actors
        by_system = _by_system(taken, happening, evidence, actors)
        steps.append(_record(desk, case, taken, happening, evidence, by_system=by_system))
    cases.add_steps(desk.session, steps)
    _keep(desk, case, decision)
    for refusal in decision.refused:
        desk.note(
            "step_refused",
            case_id=case.id,
            step=refusal.instance.step,
            unit=refusal.instance.unit,
            person_id=evidence.person_id,
            role=happening.role,
            channel=evidence.channel,
            entry_id=evidence.entry.id if evidence.entry else None,
            reason=refusal.text,
            code=refusal.code,
        )
        if refusal.code in ALARMING:
            _alarm(desk, case, refusal, evidence)
    for taken in decision.taken:
        for effect in taken.effects:
            run_effect(
                desk,
                case,
                taken,
                effect,
                happening,
                person_id=None if taken.by_system else evidence.person_id,
                reason=evidence.text,
                entry_id=evidence.entry.id if evidence.entry else None,
                motive=evidence.motive,
            )
    if decision.taken:
        opened = engine.opened_by(before, decision.situation, desk.today)
        for instance in opened:
            ask_for(desk, case, decision.situation, instance)
        touched = [taken.instance for taken in decision.taken]
        refresh_agenda(desk, case, decision.situation, touched=touched, opened=opened)
        keep_timers(desk, case, decision.taken)
        desk.wake_couriers()
    return decision


def _with_acts_below(
    desk: Desk, case: CaseRow, situation: Situation, happening: Happening, evidence: Evidence
) -> Happening:
    """Tell the gates what the person did below, whichever way the act came: by mail, at the keyboard, by chat."""
    step = situation.definition.steps.get(happening.step or "")
    if step is None or happening.name in {"return", "except"}:
        return happening
    acts = acts_below(desk, case, step, happening.unit, evidence.person_id)
    return replace(happening, facts={**happening.facts, FACT: acts}) if acts else happening


def _alarm(desk: Desk, case: CaseRow, refusal: Refusal, evidence: Evidence) -> None:
    """Tell CACyPCS and ADMIN of an attempt that should not have been made (M-48)."""
    reference = evidence.entry.folio if evidence.entry else ""
    values = {
        "event": f"Se negó el paso {refusal.instance.step}: {refusal.text}",
        "at": desk.now,
        "reference": reference,
    }
    to = unique([*addressees(desk, "CACyPCS", NATION), *addressees(desk, "ADMIN", NATION)])
    send(desk, "M-48", values, to, case=case, version=f"{refusal.code}/{reference or desk.now.isoformat()}")


def _by_system(taken: Taken, happening: Happening, evidence: Evidence, actors: Collection[str]) -> bool:
    """Tell whether a step is nobody's act.

    A delivery that takes itself because its PAC attested it is the PAC's; the
    reception that follows it is the desk's.
    """
    if evidence.person_id is None:
        return True
    return taken.by_system and happening.role not in actors


def _record(
    desk: Desk, case: CaseRow, taken: Taken, happening: Happening, evidence: Evidence, *, by_system: bool
) -> StepRow:
    """Note a step in the journal and return what is kept of it."""
    person_id = None if by_system else evidence.person_id
    entry_id = evidence.entry.id if evidence.entry else None
    role = "" if by_system else happening.role
    acting = acting_for(desk, person_id, happening.role, happening.role_unit)
    desk.note(
        _kind(taken, by_system=by_system),
        case_id=case.id,
        step=taken.instance.step,
        unit=taken.instance.unit,
        person_id=person_id,
        role=role,
        channel=evidence.channel,
        entry_id=entry_id,
        level=f"{LEVEL_WORDS[taken.level]}{f', {acting}' if acting else ''}",
        due=f"{taken.due.on:%d-%m-%Y}" if taken.due else "",
        reason=evidence.text[:500],
        subject_key=evidence.subject_key,
    )
    return StepRow(
        case_id=case.id or 0,
        step=taken.instance.step,
        unit=taken.instance.unit,
        outcome=StepOutcome(taken.outcome.value),
        level=taken.level.value,
        at=happening.at,
        on=taken.on or happening.on,
        due_on=taken.due.on if taken.due else None,
        late=taken.late,
        person_id=person_id,
        role=role,
        by_system=by_system,
        channel=evidence.channel,
        entry_id=entry_id,
        text=evidence.text[:2000],
        subject_key=evidence.subject_key,
        acting_for=acting,
    )


def _kind(taken: Taken, *, by_system: bool) -> str:
    if taken.outcome is Outcome.EXCEPTED:
        return "step_excepted"
    if taken.outcome in {Outcome.VOIDED, Outcome.RECTIFIED}:
        return "step_voided"
    if by_system:
        return "step_by_system"
    return "step_taken_late" if taken.late else "step_taken"


def _keep(desk: Desk, case: CaseRow, decision: Decision) -> None:
    """Keep the state and the facts that now stand; the journal keeps how they came to be."""
    if decision.facts:
        facts = {unit: dict(values) for unit, values in case.facts.items()}
        for unit, values in decision.facts.items():
            facts.setdefault(unit, {}).update(values)
        case.facts = facts
    if decision.state != case.stage and decision.situation.definition.states is not None:
        case.stage = decision.state
    last = decision.situation.definition.activities[-1:] if decision.taken else ()
    if last and decision.situation.record(last[0].id) is not None and case.state is CaseState.OPEN:
        case.state = CaseState.CLOSED
        case.closed_at = desk.now
    desk.session.add(case)
