"""Show who stands several times: the records by ámbito and row, who decides, what was decided; never a name."""

from dataclasses import asdict, dataclass
from typing import Any

from actions.desk import Desk
from actions.find_duplicates import decider_posts, decision_in_words, label_of
from procedures.lists.duplicates import PROBABLE
from storage import duplicates
from storage.cases import CaseRow


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownDuplicate:
    """A duplicate as the office sees it."""

    number: int
    code: str
    unit: str
    """The unit whose post decides; empty for the nation."""
    decides: str
    records: tuple[str, ...]
    decision: str
    open: bool
    holds_up: bool
    """Whether an integration waits for the decision."""

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return asdict(self)


def show_duplicates(desk: Desk, case: CaseRow, unit: str) -> list[ShownDuplicate]:
    """Return the duplicates that the posts at a unit and below it decide about, the open ones first.

    Those of a tier above are not shown: they name ámbitos of others.
    """
    units = [code for codes in case.tree.values() for code in codes]
    within = [code for code in units if not unit or code == unit or code.startswith(f"{unit}-")]
    rows = [
        row for code in dict.fromkeys(within) for row in duplicates.duplicates_at(desk.session, case.id, code)
    ]
    records = duplicates.records_of(desk.session, {row.id or 0 for row in rows})
    found = [
        ShownDuplicate(
            number=row.id or 0,
            code=row.code,
            unit=row.unit,
            decides=" o ".join(f"{role} {post}" for role, post in decider_posts(case, row.unit)),
            records=tuple(label_of(case, record) for record in records[row.id or 0]),
            decision=decision_in_words(case, row, records[row.id or 0]),
            open=not row.decision,
            holds_up=not row.decision and row.code != PROBABLE,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: (not each.holds_up, not each.open, each.number))
