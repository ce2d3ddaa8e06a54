"""Where expedientes stand, kept from one transaction to the next: each reads only the steps that are new.

An expediente of a national period has thousands of step records, and an entry asks
for them many times. A situation never changes, so that it may be kept and shared.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from procedures.definition import Definition, Level
from procedures.engine import Record, Situation
from procedures.situation import Outcome
from storage import cases
from storage.cases import CaseRow, StepRecord

KEPT = 16
"""Expedientes kept at once; of others everything is read."""


_CHECKED = "actions.standings.checked"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """An expediente up to one of its step records, without facts and timers: these change without a step."""

    tree: Mapping[str, Sequence[str]]
    parents: Mapping[str, str]
    situation: Situation
    last_id: int = 0
    count: int = 0

    def after(self, rows: Sequence[StepRecord]) -> "Standing":
        """Return where it stands after some more records."""
        if not rows:
            return self
        return replace(
            self,
            situation=self.situation.after(*(_record(row) for row in rows)),
            last_id=rows[-1].id,
            count=self.count + len(rows),
        )


class Standings:
    """The standings that committed transactions left."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int | None, Standing] = OrderedDict()

    def read(self, session: Session, case: CaseRow, definition: Callable[[], Definition]) -> Situation:
        """Return the units and steps of an expediente, those taken in this very transaction included.

        Only what was read before this transaction took a step is kept for others: its
        own steps may never be committed.
        """
        known = self._known(session, case) or Standing(
            tree=case.tree,
            parents=case.parents,
            situation=Situation(definition=definition(), tree=case.tree, parents=case.parents),
        )
        standing = known.after(cases.records_of(session, case.id, known.last_id))
        if not cases.has_taken_steps(session):
            self._keep(case, standing)
        return standing.situation

    def _known(self, session: Session, case: CaseRow) -> Standing | None:
        """Return what is kept, if it is still true: the same units, and no step before its last one is new."""
        known = self._kept.get(case.id)
        if known is None or (known.tree, known.parents) != (case.tree, case.parents):
            return None
        checked: set[int | None] = session.info.setdefault(_CHECKED, set())
        if case.id not in checked:
            # Where several processes write (PostgreSQL), a lower id may be committed after a higher one.
            if cases.count_records(session, case.id, known.last_id) != known.count:
                return None
            checked.add(case.id)
        return known

    def _keep(self, case: CaseRow, standing: Standing) -> None:
        self._kept[case.id] = standing
        self._kept.move_to_end(case.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _record(row: StepRecord) -> Record:
    return Record(
        step=row.step,
        unit=row.unit,
        outcome=Outcome(row.outcome.value),
        at=row.at,
        on=row.on,
        level=Level(row.level),
    )
