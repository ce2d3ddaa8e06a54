"""Hold a scan of a rubricated print to the list that stands, page by page, and keep it (AC-32; M-09; act. 11 to 21).

By mail and at the keyboard a scan is judged alike, in the same words.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from actions.desk import Desk
from actions.say_who_acts import acting_for
from documents.page_codes import PageCode
from documents.scans import Scan, ScannedPage
from procedures.engine import Instance
from procedures.lists.digest import short_digest
from storage import prints
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListVersionRow
from storage.prints import RubricRow


def unlike_each_other(scan: Scan) -> str:
    """Return why a scan is not of one print of ours; empty when it is."""
    if not scan.codes:
        count = len(scan.pages)
        unread = (
            [f"No se pudo leer el código de ninguna de las {count} páginas del escaneo."] if count else []
        )
        return " ".join([*unread, *filter(None, [unopened(scan)])]) or "El escaneo no trae ninguna página."
    prints_seen = Counter((code.list_key, code.pages) for code in scan.codes)
    (usual, _pages), _count = prints_seen.most_common(1)[0]
    strange = [page for page in scan.pages if page.codes and page.codes[0].list_key != usual]
    if strange:
        return (
            f"El escaneo trae páginas de otro listado o de otra versión: {_places(strange)}. "
            f"Las demás son de {code_in_words(scan.codes[0])}."
        )
    if len({code.pages for code in scan.codes}) > 1:
        return "El escaneo junta páginas de dos impresiones distintas del mismo listado."
    return ""


def shortcomings(desk: Desk, scan: Scan, version: ListVersionRow | None) -> Iterator[str]:
    """Yield everything that is wrong with a scan of one print, against the list as it stands."""
    first = scan.codes[0]
    if version is None or (first.version, first.digest) != (version.version, short_digest(version.digest)):
        standing = f"la vigente es la {version.version}" if version else "ya no está vigente"
        yield (
            f"El escaneo es de {code_in_words(first)}, y {standing}. "
            "Imprima y rubrique la versión vigente, que acompaña a la última solicitud."
        )
        return
    if first.pages not in {row.pages for row in prints.prints_of(desk.session, version.id, first.unit)}:
        yield f"Ninguna impresión de {code_in_words(first)} consta de {first.pages} páginas."
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
        yield unopened(scan)


def keep_rubric(
    desk: Desk,
    entry: EntryRow,
    case: CaseRow,
    instance: Instance,
    version: ListVersionRow,
    *,
    person_id: int,
    post: tuple[str, str],
    files: Sequence[str],
    pages: int,
    channel: str,
) -> None:
    """Keep that somebody brought every page of a print, rubricated; `post` is theirs, as (role, unit)."""
    role, role_unit = post
    prints.keep_rubric(
        desk.session,
        RubricRow(
            version_id=version.id or 0,
            step=instance.step,
            unit=instance.unit,
            role=role,
            person_id=person_id,
            acting_for=acting_for(desk, person_id, role, role_unit),
            on=desk.local_date(entry.received_at),
            at=entry.received_at,
            entry_id=entry.id or 0,
            pages=pages,
            files=list(files),
        ),
    )
    desk.note(
        "rubric_scanned",
        case_id=case.id,
        step=instance.step,
        unit=instance.unit,
        person_id=person_id,
        role=role,
        entry_id=entry.id,
        channel=channel,
        level=version.level.value,
        version=version.version,
        pages=pages,
        files=list(files),
        record_digest=version.digest,
    )


def unopened(scan: Scan) -> str:
    """Return which files of a scan could not be opened; empty when all could."""
    if not scan.unreadable:
        return ""
    return f"No se pudo abrir {', '.join(f'«{name}»' for name in dict.fromkeys(scan.unreadable))}."


def code_in_words(code: PageCode) -> str:
    """Name the list that a page is of."""
    return f"{code.level} de {code.unit}, versión {code.version}, periodo {code.period}"


def _listed(pages: Sequence[int]) -> str:
    names = [str(page) for page in pages]
    return (
        f"la página {names[0]}" if len(names) == 1 else f"las páginas {', '.join(names[:-1])} y {names[-1]}"
    )


def _places(pages: Sequence[ScannedPage]) -> str:
    """Name pages by their place in the sender's own files."""
    return "; ".join(f"la página {page.number} de «{page.file}»" for page in pages)
