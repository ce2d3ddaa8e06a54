"""Print a list as PDF: region and OOAD to be rubricated, the definitive list a file an OOAD (act. 10 to 22 and 32)."""

import hashlib
from collections.abc import Iterator

from actions.attach_lists import list_attachment, list_row
from actions.check_headcounts import exceptions_in_words
from actions.designate_ems import designated_region
from actions.desk import Desk
from actions.letter_values import name_of, signer, unit_in_words
from documents.printed_list import Print, PrintedList, Signer, make_print
from mail.composing import Enclosure
from procedures.definition import Step
from procedures.engine import Instance
from storage import lists, periods, prints
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow, StoredLine
from storage.prints import ListPrintRow

PDF = "application/pdf"
PRINTED = frozenset({ListLevel.LVR, ListLevel.LVO})
"""Lists that go on paper with their letters; the national one travels in electronic form (act. 24 to 30)."""


def list_attachments(desk: Desk, case: CaseRow, step: Step, instance: Instance) -> list[Enclosure]:
    """Return the lists that the owner of a step needs to see: those that its definition takes in."""
    for code in ("LD", "LVN", "LVO", "LVR"):
        if code in step.documents_in or f"{code}A" in step.documents_in or f"{code}I" in step.documents_in:
            version = lists.latest_version(desk.session, case.id or 0, ListLevel(code), instance.unit)
            return attached(desk, case, version) if version else []
    return []


def attached(desk: Desk, case: CaseRow, version: ListVersionRow) -> list[Enclosure]:
    """Return a list as letters bring it: the workbook, and the print where the list goes on paper."""
    files = [list_attachment(desk, case, version)]
    if version.level in PRINTED:
        files.append(print_attachment(desk, case, version))
    return files


def print_attachment(desk: Desk, case: CaseRow, version: ListVersionRow) -> Enclosure:
    """Return the print of the list of a region or an OOAD; made once for the names under it, and kept."""
    if find_known_print(desk, case, version, version.unit) is None:
        made = make_print(desk.workshop, printed_list(desk, case, version, version.unit))
        keep_print(desk, case, version, version.unit, made)
    return print_enclosure(desk, case, version, version.unit)


def print_enclosure(desk: Desk, case: CaseRow, version: ListVersionRow, part: str) -> Enclosure:
    """Return a print that was made, as a letter brings it.

    Raises:
        LookupError: it was not made yet.
    """
    row = find_known_print(desk, case, version, part)
    if row is None:
        message = f"{part} of version {version.id} is not printed"
        raise LookupError(message)
    return Enclosure(name=file_name(case, version, part), media_type=PDF, data=desk.blobs.get(row.sha256))


def file_name(case: CaseRow, version: ListVersionRow, part: str) -> str:
    """Return how the file of a print is called."""
    return f"{version.level.value}_{case.period}_{part}_v{version.version}.pdf"


def parts_of(desk: Desk, version: ListVersionRow) -> list[str]:
    """Return the files that a list is printed as: one an OOAD."""
    if version.unit:
        return [version.unit]
    return desk.once(lists.ooads_of, version.id)


def find_known_print(desk: Desk, case: CaseRow, version: ListVersionRow, part: str) -> ListPrintRow | None:
    """Find the print of a list, or of an OOAD's part of the national one, with the names that stand under it today."""
    return prints.find_print(desk.session, version.id, part, _identity(desk, case, version, part))


def _identity(desk: Desk, case: CaseRow, version: ListVersionRow, part: str) -> str:
    said = (*_signers(desk, case, version, part), *_notes(desk, case, version, part))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def keep_print(desk: Desk, case: CaseRow, version: ListVersionRow, part: str, made: Print) -> ListPrintRow:
    """Keep a print that was made."""
    return prints.keep_print(
        desk.session,
        ListPrintRow(
            version_id=version.id or 0,
            part=part,
            signers=_identity(desk, case, version, part),
            pages=made.pages,
            sha256=desk.blobs.put(made.content),
            made_at=desk.now,
        ),
    )


def printed_list(
    desk: Desk, case: CaseRow, version: ListVersionRow, part: str, *, copy: str = ""
) -> PrintedList:
    """Return a list, or an OOAD's part of the national one, as it is printed today."""
    rows = [row for row in lists.lines_of(desk.session, version.id) if _is_in(row, part)]
    period = desk.once(periods.get_period, case.period)
    return PrintedList(
        office=desk.office.name,
        level=version.level.value,
        unit=part,
        unit_name=unit_in_words(case, part),
        period=case.period,
        months=tuple(period.months),
        version=version.version,
        digest=version.digest,
        made_on=desk.local_date(version.made_at),
        rows=tuple(list_row(row) for row in rows),
        references=tuple(row.reference for row in rows) if version.level is ListLevel.LD else (),
        unit_names={code: str(facts["name"]) for code, facts in case.facts.items() if facts.get("name")},
        signers=tuple(_signers(desk, case, version, part)),
        notes=tuple(_notes(desk, case, version, part)),
        copy=copy,
    )


def _notes(desk: Desk, case: CaseRow, version: ListVersionRow, part: str) -> Iterator[str]:
    """Yield what stands beneath a print: how its list came about, and who allowed more people than the number (NUM)."""
    if version.level in PRINTED:
        yield from version.notes
    if version.level is ListLevel.LVO:
        yield from exceptions_in_words(desk, case, part)


def _is_in(row: StoredLine, part: str) -> bool:
    return f"{row.pac}-".startswith(f"{part}-")


def _signers(desk: Desk, case: CaseRow, version: ListVersionRow, part: str) -> Iterator[Signer]:
    """Yield who rubricates a print, in the order of the activities (A11, A12; A14 or A19, A21)."""
    if version.level is ListLevel.LVR:
        yield _signer(desk, case, "SAC", "SAC", part)
        yield _signer(desk, case, "EMS", "EMS", part)
    elif version.level is ListLevel.LVO:
        if case.facts.get(part, {}).get("has_egas"):
            yield _signer(desk, case, "EGAS", "EGAS", part)
        else:
            yield _signer(desk, case, "EMS designado", "EMS", designated_region(case, part))
        yield _signer(desk, case, "JSPM", "JSPM", part)


def _signer(desk: Desk, case: CaseRow, title: str, role: str, unit: str) -> Signer:
    found = signer(desk, role, unit)
    cargo = found["cargo"] if found["name"] else f"{title}, {name_of(case, unit)}"
    absence = found["absence"]
    return Signer(
        post=title,
        name=found["name"],
        cargo=cargo,
        absence=absence[:1].upper() + absence[1:] if absence else "",
    )
