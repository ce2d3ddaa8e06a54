"""Set up an office, or bring it up to date, from the directory workbook."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from actions.export_directory import export_directory
from actions.write_directory import write_directory
from documents.directory.cells import as_text
from documents.directory.checks import check_directory
from documents.directory.merging import Merged, Pair, merge
from documents.directory.sheets import Sheet, book, label, say
from documents.directory.values import DirectoryReading, Problem
from storage import journal
from storage.organisation import catalogue_for
from storage.provider import OFFICE_ZONE


class ChangeKind(StrEnum):
    """What an import does to a record."""

    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    MISSING = "missing"
    """In the books and not in the workbook: told, and left alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What an import does, or would do, to one record."""

    kind: ChangeKind
    sheet: str
    """Title of the sheet."""
    label: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryImport:
    """What came of a workbook, or would come of it."""

    applied: bool
    dry_run: bool
    problems: tuple[Problem, ...] = ()
    """What is wrong with the cells of the workbook."""
    findings: tuple[Problem, ...] = ()
    """What its records contradict, and what the office still lacks."""
    changes: tuple[Change, ...] = ()
    unchanged: Mapping[str, int] = field(default_factory=dict)
    """Title of the sheet -> records that already stand so."""

    @property
    def accepted(self) -> bool:
        """Tell whether nothing keeps the workbook out; else nothing of it was imported."""
        return not any(problem.is_error for problem in (*self.problems, *self.findings))

    def counts(self, sheet: str | None = None) -> Counter[ChangeKind]:
        """Count the changes by kind, of one sheet or of all."""
        return Counter(change.kind for change in self.changes if sheet in (None, change.sheet))

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what a person should read besides the problems of cells.

        Every finding; of an accepted workbook also whatever is not new, one sentence each;
        and the verdict, with the counts.
        """
        errors = sum(problem.is_error for problem in (*self.problems, *self.findings))
        found = [f"{'✘' if finding.is_error else '!'} {finding.sentence}" for finding in self.findings]
        if errors:
            return (*found, say("refused", errors=errors))
        told = [change.sentence for change in self.changes if change.kind is not ChangeKind.ADDED]
        facts = {**_tally(self.counts()), "unchanged": sum(self.unchanged.values())}
        return (*found, *told, say("would_be" if self.dry_run else "journal", **facts))

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for programs."""
        return {
            "ok": self.accepted,
            "applied": self.applied,
            "dry_run": self.dry_run,
            "problems": [problem.to_json() for problem in (*self.problems, *self.findings)],
            "changes": [
                {"kind": change.kind.value, "sheet": change.sheet, "sentence": change.sentence}
                for change in self.changes
            ],
            "unchanged": dict(self.unchanged),
        }


def _tally(counts: Counter[ChangeKind]) -> dict[str, int]:
    return {kind.value: counts[kind] for kind in ChangeKind}


def import_directory(
    session: Session,
    reading: DirectoryReading,
    *,
    now: datetime,
    dry_run: bool = False,
    retire_missing: bool = False,
    person_id: int | None = None,
) -> DirectoryImport:
    """Bring the office to what a workbook says, wholly or not at all.

    A workbook with any error is refused, with every problem told. A dry run tells what
    would change and writes nothing. What the books have and the workbook lacks is told
    and left alone; with `retire_missing`, holdings that the sheet of posts lacks end.
    """
    today = now.astimezone(OFFICE_ZONE).date()
    periods = {person.period for person in reading.values.history}
    current = export_directory(session, history_of=periods)
    merged = merge(current, reading, today=today, retire_missing=retire_missing)
    checked = check_directory(
        merged,
        today=today,
        catalogue=catalogue_for(session, _claves(reading)).keys(),
        known_ooads={ooad.code for ooad in current.ooads},
    )
    result = DirectoryImport(
        applied=False,
        dry_run=dry_run,
        problems=reading.problems,
        findings=checked,
        changes=tuple(change for sheet in book().sheets for change in _changes(sheet, merged)),
        unchanged=_unchanged(merged),
    )
    if dry_run or not result.accepted:
        return result
    write_directory(session, merged, now=now)
    _note(session, result, now, person_id)
    return replace(result, applied=True)


def _claves(reading: DirectoryReading) -> set[str]:
    values = reading.values
    return {
        *(locality.clave for locality in values.localities),
        *(unit.locality for unit in values.medical_units),
        *(office.locality for office in values.offices),
    }


def _changes(sheet: Sheet, merged: Merged) -> list[Change]:
    """Say what happens to the records of a sheet, one sentence each."""
    found = []
    for pair in merged.pairs[sheet.key]:
        called = label(sheet.key, pair.new)
        if pair.old is None:
            sentence = say("added", singular=sheet.singular, label=called)
            found.append(Change(kind=ChangeKind.ADDED, sheet=sheet.title, label=called, sentence=sentence))
        elif pair.changed_fields:
            sentence = say("changed", singular=sheet.singular, label=called, fields=_fields(sheet, pair))
            found.append(Change(kind=ChangeKind.CHANGED, sheet=sheet.title, label=called, sentence=sentence))
    if sheet.key == "holdings":
        for old, new in merged.ended:
            called = label(sheet.key, old)
            sentence = say("ended", singular=sheet.singular, label=called, on=_shown(new.to_on))
            found.append(Change(kind=ChangeKind.ENDED, sheet=sheet.title, label=called, sentence=sentence))
    for lacking in merged.missing[sheet.key]:
        called = label(sheet.key, lacking)
        sentence = say("missing", singular=sheet.singular, label=called)
        found.append(Change(kind=ChangeKind.MISSING, sheet=sheet.title, label=called, sentence=sentence))
    return found


def _fields(sheet: Sheet, pair: Pair) -> str:
    return "; ".join(
        say(
            "change",
            header=sheet.column(name).header,
            old=_shown(getattr(pair.old, name)),
            new=_shown(getattr(pair.new, name)),
        )
        for name in pair.changed_fields
    )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        value = ", ".join(str(item) for item in value)
    return as_text(value) or say("nothing")


def _unchanged(merged: Merged) -> dict[str, int]:
    counted = {
        sheet.title: sum(pair.old is not None and not pair.changed_fields for pair in merged.pairs[sheet.key])
        for sheet in book().sheets
    }
    return {title: number for title, number in counted.items() if number}


def _note(session: Session, result: DirectoryImport, now: datetime, person_id: int | None) -> None:
    """Write the import into the journal: counts, and what changed except people of the history."""
    facts = {**_tally(result.counts()), "unchanged": sum(result.unchanged.values())}
    history = book().sheet("history").title
    told = [
        change.sentence
        for change in result.changes
        if change.kind is not ChangeKind.MISSING and change.sheet != history
    ]
    journal.append(
        session,
        kind="directory_imported",
        at=now,
        text=say("journal", **facts),
        channel="command",
        person_id=person_id,
        data={**facts, "changes": told},
    )
