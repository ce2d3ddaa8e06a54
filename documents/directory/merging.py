"""Lay a workbook over what the books have: which records are new, which are the same ones anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from documents.directory.sheets import Sheet, book, folded
from documents.directory.values import Directory, DirectoryReading, Holding, Record

NOTHING = (None, "", ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A record of the workbook and the one of the books that it stands for, if any."""

    old: Record | None
    new: Record

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Return the fields that the workbook changes."""
        if self.old is None:
            return ()
        names = (name for name in self.new.__dataclass_fields__ if name != "place")
        return tuple(name for name in names if getattr(self.old, name) != getattr(self.new, name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """The office as it will stand, and how it comes about."""

    directory: Directory
    pairs: Mapping[str, tuple[Pair, ...]]
    """Sheet key -> the workbook's records."""
    missing: Mapping[str, tuple[Record, ...]]
    """Sheet key -> records of the books that a sheet with rows does not bring."""
    ended: tuple[tuple[Holding, Holding], ...] = ()
    """Holdings that end because the workbook lacks them: as they were, as they will be."""


def merge(
    current: Directory, reading: DirectoryReading, *, today: date, retire_missing: bool = False
) -> Merged:
    """Lay a workbook over the books.

    Sheets without rows say nothing. What a sheet lacks stays as it is; with
    `retire_missing`, holdings that the sheet of posts lacks end: the day before a
    titular of the workbook takes over, or today.
    """
    pairs: dict[str, tuple[Pair, ...]] = {}
    missing: dict[str, tuple[Record, ...]] = {}
    standing: dict[str, Any] = {}
    ended: list[tuple[Holding, Holding]] = []
    for sheet in book().sheets:
        olds: Sequence[Record] = getattr(current, sheet.key)
        news: Sequence[Record] = getattr(reading.values, sheet.key)
        absent = reading.absent_columns.get(sheet.key, frozenset())
        pairs[sheet.key], left = _pair(sheet, olds, news, absent)
        missing[sheet.key] = (
            tuple(old for old in left if _stands(old, today)) if news and sheet.absent else ()
        )
        if sheet.key == "holdings" and retire_missing:
            successors = [pair.new for pair in pairs[sheet.key]]
            ending = {id(old): _end(old, successors, today) for old in missing[sheet.key]}
            ended = [(old, ending[id(old)]) for old in left if isinstance(old, Holding) and id(old) in ending]
            left = [ending.get(id(old), old) for old in left]
            missing[sheet.key] = ()
        standing[sheet.key] = (*left, *(pair.new for pair in pairs[sheet.key]))
    return Merged(directory=Directory(**standing), pairs=pairs, missing=missing, ended=tuple(ended))


def _pair(
    sheet: Sheet, olds: Sequence[Record], news: Sequence[Record], absent: frozenset[str]
) -> tuple[tuple[Pair, ...], list[Record]]:
    """Pair the records of a sheet with those of the books; return also what was left of the books."""
    waiting = {sheet.identify(old): old for old in olds}
    found = {position: waiting.pop(sheet.identify(new), None) for position, new in enumerate(news)}
    if sheet.key == "holdings":
        # Somebody whose first day is corrected is the same holder, not a second one.
        for position, new in enumerate(news):
            if found[position] is None:
                same = [identity for identity in waiting if identity[:4] == sheet.identify(new)[:4]]
                found[position] = waiting.pop(same[0]) if len(same) == 1 else None
    pairs = tuple(
        Pair(old=found[position], new=_keep(sheet, found[position], new, absent))
        for position, new in enumerate(news)
    )
    return pairs, list(waiting.values())


def _keep(sheet: Sheet, old: Record | None, new: Record, absent: frozenset[str]) -> Record:
    """Fill what a workbook does not say from what the books have."""
    if old is None:
        return new
    kept = {
        column.name: getattr(old, column.name)
        for column in sheet.columns
        if column.name in absent or (column.blank == "keep" and getattr(new, column.name) in NOTHING)
    }
    return replace(new, **kept)


def _stands(record: Record, today: date) -> bool:
    """Tell whether a record is still in force, as far as it has an end."""
    to_on: date | None = getattr(record, "to_on", None)
    return to_on is None or to_on >= today


def _end(old: Record, successors: Sequence[Record], today: date) -> Holding:
    if not isinstance(old, Holding):
        raise TypeError(old)
    starts = [
        new.from_on
        for new in successors
        if isinstance(new, Holding)
        and new.from_on is not None
        and (folded(new.role), new.unit, new.kind) == (folded(old.role), old.unit, old.kind)
    ]
    last = min(starts) - timedelta(days=1) if starts else today
    # Nobody's term may end before it began.
    return replace(old, to_on=max(last, old.from_on) if old.from_on else last)
