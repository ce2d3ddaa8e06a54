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


_READ = "actions.standings.read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """An expediente up to one of its step records, without facts and timers: these change without a step."""

    tree: Mapping[str, Sequence[str]]
    parents: Mapping[str, str]
    situation: Situation
    last_id: int = 0
    count: int = 0

    def is_of(self, case: CaseRow) -> bool:
        """Tell whether the expediente has the same units still."""
        return (self.tree, self.parents) == (case.tree, case.parents)

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
        taken = cases.steps_taken(session)
        here: dict[int | None, tuple[int, Standing]] = session.info.setdefault(_READ, {})
        read_after, known = here.get(case.id) or (-1, self._known(session, case))
        if known is not None and not known.is_of(case):
            read_after, known = -1, None
        if known is None:
            known = Standing(
                tree=case.tree,
                parents=case.parents,
                situation=Situation(definition=definition(), tree=case.tree, parents=case.parents),
            )
        if read_after != taken:
            known = known.after(cases.records_of(session, case.id, known.last_id))
            here[case.id] = (taken, known)
        if not taken:
            self._keep(case, known)
        return known.situation

    def _known(self, session: Session, case: CaseRow) -> Standing | None:
        """Return what is kept, unless a step was committed since that lies before its last one.

        That happens where several processes write (PostgreSQL).
        """
        known = self._kept.get(case.id)
        if known and cases.count_records(session, case.id, known.last_id) != known.count:
            return None
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
