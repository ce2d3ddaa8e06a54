"""Prove a step that a person attested, by the document that comes later: "atestado" becomes "acreditado" (ledger 2.3)."""

from collections.abc import Sequence

from actions.answer_sender import refuse, thank_for_step
from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.read_case import read_situation
from actions.take_step import Evidence, take_step
from procedures import engine
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance
from storage import lists, prints
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel

RUBRICATED = {f"{level.value}I": level for level in (ListLevel.LVR, ListLevel.LVO)}
"""Document of a definition -> the list whose rubricated print it is."""


def evidence_level(
    desk: Desk, case: CaseRow, instance: Instance, person_id: int | None, documents: Sequence[str]
) -> Level:
    """Return how firmly an act by code is known: proven, if its document came with it or before it.

    Of a rubricated print that is the person's whole scan of the list that stands; of an
    oficio, any document that came in the same mail.
    """
    step = read_situation(desk, case).definition.steps[instance.step]
    levels = [RUBRICATED[name] for name in step.documents_out if name in RUBRICATED]
    if not levels:
        return Level.PROVEN if documents and step.needs is Level.PROVEN else Level.ATTESTED
    version = lists.latest_version(desk.session, case.id, levels[0], instance.unit)
    found = prints.find_rubric(desk.session, version.id, step.id, instance.unit) if version else None
    return Level.PROVEN if found is not None and found.person_id == person_id else Level.ATTESTED


def lacks_document(desk: Desk, whereabouts: Whereabouts) -> bool:
    """Tell whether a mail answers about a step of the sender's that stands as "atestado, falta documento"."""
    if whereabouts.case is None or not whereabouts.step:
        return False
    situation = read_situation(desk, whereabouts.case)
    step = situation.definition.steps.get(whereabouts.step)
    if step is None or situation.tree.scope_of.get(whereabouts.unit) != step.scope:
        return False
    if RUBRICATED.keys() & set(step.documents_out):
        # Of a print every page is checked: actions/take_scan.py.
        return False
    instance = Instance(step.id, whereabouts.unit)
    return engine.lacks_proof(situation, instance) and bool(
        set(engine.owners(situation, instance)) & set(whereabouts.posts)
    )


def prove_step(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, files: Sequence[str]) -> None:
    """Take the document of a step (a signed oficio, an acuse) as its proof; its bytes are kept by their hash."""
    entry.case_id = whereabouts.case.id if whereabouts.case else None
    entry.unit = whereabouts.unit
    firm_up(
        desk,
        entry,
        whereabouts,
        Instance(whereabouts.step, whereabouts.unit),
        f"Documento {', '.join(files)}",
    )


def firm_up(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    instance: Instance,
    text: str,
    *,
    subject_key: str = "",
) -> None:
    """Record that a step which stands is proven now, and thank for it."""
    case = whereabouts.case
    if case is None:
        message = "a step is proven within an expediente"
        raise ValueError(message)
    situation = read_situation(desk, case, instance.unit)
    record = situation.record(instance.step, instance.unit)
    if record is None or record.level is not Level.PROVEN:
        role, role_unit = next(
            post for post in engine.owners(situation, instance) if post in whereabouts.posts
        )
        happening = Happening(
            kind=Source.MAIL,
            name="code",
            unit=instance.unit,
            step=instance.step,
            at=entry.received_at,
            on=desk.local_date(entry.received_at),
            level=Level.PROVEN,
            role=role,
            role_unit=role_unit,
        )
        evidence = Evidence(
            person_id=whereabouts.person_id, entry=entry, channel="mail", text=text, subject_key=subject_key
        )
        decision = take_step(desk, case, happening, evidence)
        if not decision.taken:
            reasons = dict.fromkeys(refusal.text for refusal in decision.refused)
            refuse(desk, entry, whereabouts, " ".join(reasons) or "Este paso ya no está pendiente.")
            return
    thank_for_step(
        desk,
        entry,
        whereabouts,
        case,
        step=instance.step,
        unit=instance.unit,
        level=Level.PROVEN,
        late=False,
    )
