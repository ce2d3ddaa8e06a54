"""Take the scan of a rubricated print: every page of this version, or an answer that says which pages (AC-32; M-09).

A whole scan is kept, and makes the rubric `acreditado` where the step stands as attested, or is attested with it. A
rubric is an act: a scan that comes without a code before the step was attested waits for the code.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.act_by_answer import act_by_answer
from actions.answer_sender import refuse
from actions.check_scan import keep_rubric, shortcomings, unlike_each_other
from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.open_period import PROCEDURE
from actions.prove_step import RUBRICATED, firm_up
from actions.read_case import read_situation
from documents.page_codes import PageCode
from documents.scans import Scan
from mail.answers import Answer
from procedures import engine
from procedures.definition import Level
from procedures.engine import Instance, Situation
from procedures.situation import Outcome
from storage import cases, lists
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel


def expects_rubric(desk: Desk, whereabouts: Whereabouts) -> bool:
    """Tell whether a mail answers about a step that rubricates a print: its pictures are pages then."""
    if whereabouts.case is None:
        return False
    step = read_situation(desk, whereabouts.case).definition.steps.get(whereabouts.step)
    return step is not None and bool(RUBRICATED.keys() & set(step.documents_out))


def take_scan(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    scan: Scan,
    files: Sequence[str],
    answer: Answer,
) -> None:
    """Keep a whole scan and what it proves, or say what is wrong with it; its code is not spent then."""
    wrong = unlike_each_other(scan)
    if wrong:
        _refuse(desk, entry, whereabouts, wrong)
        return
    first = scan.codes[0]
    case = cases.find_case(desk.session, f"{PROCEDURE}/{first.period}")
    instance = _step_of(desk, case, first, whereabouts.posts) if case is not None else None
    if case is None or instance is None:
        _refuse(
            desk,
            entry,
            whereabouts,
            "El listado escaneado no es de los que corresponde rubricar a su puesto.",
        )
        return
    whereabouts = replace(whereabouts, case=case, step=instance.step, unit=instance.unit)
    entry.case_id, entry.unit = case.id, instance.unit
    version = lists.latest_version(desk.session, case.id, ListLevel(first.level), first.unit)
    wrong = " ".join(shortcomings(desk, scan, version))
    if wrong or version is None:
        _refuse(desk, entry, whereabouts, wrong)
        return
    situation = read_situation(desk, case)
    keep_rubric(
        desk,
        entry,
        case,
        instance,
        version,
        person_id=whereabouts.person_id,
        post=next(post for post in engine.owners(situation, instance) if post in whereabouts.posts),
        files=files,
        pages=first.pages,
        channel="mail",
    )
    record = situation.record(instance.step, instance.unit)
    if record is not None and record.outcome is Outcome.DONE:
        firm_up(
            desk,
            entry,
            whereabouts,
            instance,
            f"Escaneo de {first.pages} páginas",
            subject_key=version.digest,
        )
    elif answer.code:
        act_by_answer(desk, entry, whereabouts, answer)
    else:
        refuse(
            desk,
            entry,
            whereabouts,
            f"El escaneo está completo ({first.pages} de {first.pages} páginas) y se conserva, "
            "pero la rúbrica es un acto que se asienta con su código.",
            "Conteste RUBRIQUÉ y el código de la solicitud; no hace falta enviar otra vez el escaneo.",
        )


def _step_of(desk: Desk, case: CaseRow, code: PageCode, posts: Sequence[tuple[str, str]]) -> Instance | None:
    """Find which step a scan is for: the sender's rubric on that list, the first that still lacks its scan."""
    situation = read_situation(desk, case)
    found = [
        Instance(step.id, code.unit)
        for step in situation.definition.steps.values()
        if any(RUBRICATED.get(document) == code.level for document in step.documents_out)
        and situation.tree.scope_of.get(code.unit) == step.scope
        and _is_his(situation, Instance(step.id, code.unit), posts)
    ]
    lacking = [instance for instance in found if _lacks_scan(situation, instance)]
    return next(iter([*lacking, *found]), None)


def _is_his(situation: Situation, instance: Instance, posts: Sequence[tuple[str, str]]) -> bool:
    if engine.status(situation, instance) is engine.Status.NOT_APPLICABLE:
        return False
    return bool(set(engine.owners(situation, instance)) & set(posts))


def _lacks_scan(situation: Situation, instance: Instance) -> bool:
    record = situation.record(instance.step, instance.unit)
    return record is None or record.level.rank < Level.PROVEN.rank


def _refuse(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, reason: str) -> None:
    desk.note(
        "rubric_refused",
        case_id=entry.case_id,
        step=whereabouts.step,
        unit=whereabouts.unit,
        person_id=whereabouts.person_id,
        entry_id=entry.id,
        channel="mail",
        reason=reason,
    )
    refuse(
        desk,
        entry,
        whereabouts,
        reason,
        "Envíe de nuevo el escaneo completo, con todas las páginas en orden y el código de cada una a la vista; "
        "puede ser un PDF o una fotografía por página. Si el correo traía un código de un solo uso, sigue sirviendo.",
    )
