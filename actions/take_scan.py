"""Take the scan of a rubricated print: every page of this version, or an answer that says which pages (AC-32; M-09).

A whole scan is kept, and makes the rubric `acreditado` where the step stands as attested, or is attested with it. A
rubric is an act: a scan that comes without a code before the step was attested waits for the code.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from actions.act_by_answer import act_by_answer
from actions.answer_sender import refuse
from actions.desk import Desk
from actions.find_addressees import NATION
from actions.find_expediente import Whereabouts
from actions.open_period import PROCEDURE
from actions.prove_step import RUBRICATED, firm_up
from actions.read_case import read_situation
from actions.say_who_acts import acting_for
from documents.page_codes import PageCode
from documents.scans import Scan, ScannedPage
from mail.answers import Answer
from procedures import engine
from procedures.definition import Level
from procedures.engine import Instance, Situation
from procedures.lists.digest import short_digest
from procedures.situation import Outcome
from storage import cases, lists, prints
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel, ListVersionRow
from storage.prints import RubricRow


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
    wrong = _unlike_each_other(scan)
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
    wrong = " ".join(_shortcomings(desk, scan, version))
    if wrong or version is None:
        _refuse(desk, entry, whereabouts, wrong)
        return
    _keep(desk, entry, whereabouts, instance, version, files, first.pages)
    record = read_situation(desk, case).record(instance.step, instance.unit)
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


# ------------------------------------------------------------------ what is wrong with a scan


def _unlike_each_other(scan: Scan) -> str:
    """Return why a scan is not of one print of ours; empty when it is."""
    if not scan.codes:
        closed = [_unopened(scan)] if scan.unreadable else []
        count = len(scan.pages)
        unread = (
            [f"No se pudo leer el código de ninguna de las {count} páginas del escaneo."] if count else []
        )
        return " ".join([*unread, *closed])
    prints_seen = Counter((code.list_key, code.pages) for code in scan.codes)
    (usual, _pages), _count = prints_seen.most_common(1)[0]
    strange = [page for page in scan.pages if page.codes and page.codes[0].list_key != usual]
    if strange:
        return (
            f"El escaneo trae páginas de otro listado o de otra versión: {_places(strange)}. "
            f"Las demás son de {_in_words(scan.codes[0])}."
        )
    if len({code.pages for code in scan.codes}) > 1:
        return "El escaneo junta páginas de dos impresiones distintas del mismo listado."
    return ""


def _shortcomings(desk: Desk, scan: Scan, version: ListVersionRow | None) -> Iterator[str]:
    """Yield everything that is wrong with a scan of one print, against the list as it stands."""
    first = scan.codes[0]
    if version is None or (first.version, first.digest) != (version.version, short_digest(version.digest)):
        standing = f"la vigente es la {version.version}" if version else "ya no está vigente"
        yield (
            f"El escaneo es de {_in_words(first)}, y {standing}. "
            "Imprima y rubrique la versión vigente, que acompaña a la última solicitud."
        )
        return
    if first.pages not in {row.pages for row in prints.prints_of(desk.session, version.id, first.unit)}:
        yield f"Ninguna impresión de {_in_words(first)} consta de {first.pages} páginas."
    seen = Counter(code.page for code in scan.codes)
    missing = [page for page in range(1, first.pages + 1) if page not in seen]
    beyond = [page for page in seen if not 1 <= page <= first.pages]
    if missing:
        yield (
            f"El escaneo tiene {len(seen)} de {first.pages} páginas: "
            f"falta{'n' if len(missing) > 1 else ''} {_listed(missing)}."
        )
    twice = sorted(page for page, count in seen.items() if count > 1)
    if twice:
        yield f"Se repite{'n' if len(twice) > 1 else ''} {_listed(twice)}."
    if beyond:
        yield f"No existe{'n' if len(beyond) > 1 else ''} {_listed(sorted(beyond))}."
    in_order = [code.page for code in scan.codes]
    if (
        not missing
        and not twice
        and len({page.file for page in scan.pages}) == 1
        and in_order != sorted(in_order)
    ):
        yield f"Las páginas están en desorden ({', '.join(map(str, in_order))})."
    unread = [page for page in scan.pages if not page.codes]
    if unread:
        yield f"No se pudo leer el código de {_places(unread)}."
    if scan.unreadable:
        yield _unopened(scan)


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


def _keep(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    instance: Instance,
    version: ListVersionRow,
    files: Sequence[str],
    pages: int,
) -> None:
    role, role_unit = next(
        (
            post
            for post in engine.owners(read_situation(desk, whereabouts.case), instance)
            if post in whereabouts.posts
        )
        if whereabouts.case
        else iter((("", NATION),))
    )
    prints.keep_rubric(
        desk.session,
        RubricRow(
            version_id=version.id or 0,
            step=instance.step,
            unit=instance.unit,
            role=role,
            person_id=whereabouts.person_id,
            acting_for=acting_for(desk, whereabouts.person_id, role, role_unit),
            on=desk.local_date(entry.received_at),
            at=entry.received_at,
            entry_id=entry.id or 0,
            pages=pages,
            files=list(files),
        ),
    )
    desk.note(
        "rubric_scanned",
        case_id=entry.case_id,
        step=instance.step,
        unit=instance.unit,
        person_id=whereabouts.person_id,
        role=role,
        entry_id=entry.id,
        channel="mail",
        level=version.level.value,
        version=version.version,
        pages=pages,
        files=list(files),
        record_digest=version.digest,
    )


def _unopened(scan: Scan) -> str:
    return f"No se pudo abrir {', '.join(f'«{name}»' for name in dict.fromkeys(scan.unreadable))}."


def _in_words(code: PageCode) -> str:
    return f"{code.level} de {code.unit}, versión {code.version}, periodo {code.period}"


def _listed(pages: Sequence[int]) -> str:
    names = [str(page) for page in pages]
    return (
        f"la página {names[0]}" if len(names) == 1 else f"las páginas {', '.join(names[:-1])} y {names[-1]}"
    )


def _places(pages: Sequence[ScannedPage]) -> str:
    """Name pages by their place in the sender's own files."""
    return "; ".join(f"la página {page.number} de «{page.file}»" for page in pages)
