"""Find unusual jumps (V-059) of lists at any tier, and the reason that was given for each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from actions.desk import Desk
from actions.previous_period import previous_count
from procedures.lists.headcounts import check_change
from procedures.lists.rows import Finding
from storage import reasons
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow
from storage.reasons import JumpReasonRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Jump:
    """That a list has many more or fewer people than in the period before, and why."""

    finding: Finding
    given: JumpReasonRow | None

    def in_words(self) -> str:
        """Return the jump with its reason, in one line.

        A jump without a reason holds nothing up; whoever reads it sees that there is none.
        """
        why = f"Motivo: «{self.given.reason.rstrip('.')}»" if self.given else "Sin motivo"
        return f"{self.finding.message} {why}. ({self.finding.code})"


def people_in(version: ListVersionRow) -> int:
    """Return how many people a list names; whoever is still to be mended counts as well."""
    return version.rows + (version.rejected if version.level is ListLevel.LVP else 0)


def find_jump_of(desk: Desk, case: CaseRow, version: ListVersionRow, name: str) -> Jump | None:
    """Return the jump of a list, if it is one; the unit goes by the name given."""
    count = people_in(version)
    finding = find_change(desk, case, version.level, version.unit, count=count, name=name)
    if finding is None:
        return None
    return Jump(finding=finding, given=reasons.reason_for(desk.session, version, count))


def find_change(
    desk: Desk, case: CaseRow, level: ListLevel, unit: str, *, count: int, name: str
) -> Finding | None:
    """Return that so many people are a jump of the list of a unit (V-059)."""
    before = previous_count(desk, case, level, unit)
    return next(check_change(name, count, before), None) if before else None


def jumps_in_words(
    desk: Desk, case: CaseRow, versions: Iterable[ListVersionRow], names: Mapping[str, str]
) -> list[str]:
    """Return the jumps of some lists in words, each with its reason or that it has none."""
    found = (find_jump_of(desk, case, version, names[version.unit]) for version in versions)
    return [jump.in_words() for jump in found if jump is not None]


def keep_reason(
    desk: Desk,
    case: CaseRow,
    version: ListVersionRow,
    reason: str,
    *,
    role: str,
    person_id: int | None,
    entry_id: int | None,
    channel: str,
) -> None:
    """Keep with a list why it has so many people, in the words of whoever delivers or integrates it."""
    row = JumpReasonRow(
        case_id=case.id or 0,
        level=version.level,
        unit=version.unit,
        version_id=version.id or 0,
        count=people_in(version),
        reason=reason[:500],
        role=role,
        person_id=person_id,
        entry_id=entry_id,
        at=desk.now,
    )
    reasons.add_reason(desk.session, row)
    desk.note(
        "jump_explained",
        case_id=case.id,
        unit=version.unit,
        person_id=person_id,
        role=role,
        entry_id=entry_id,
        channel=channel,
        level=version.level.value,
        version=version.version,
        reason=row.reason,
    )
