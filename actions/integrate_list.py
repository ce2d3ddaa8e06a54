"""Integrate lists upwards, PAC to region to OOAD to nation: computed, never typed (A10, A14, A19, A24)."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.desk import Desk
from actions.money import pesos
from actions.read_case import definition_of
from procedures.lists.consolidation import Consolidated, Decision, Part, check_conservation, consolidate
from procedures.lists.digest import short_digest
from storage import cases, duplicates, lists
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState, ListVersionRow, StoredLine

BELOW = {
    ListLevel.LVR: (ListLevel.LVP, "pac"),
    ListLevel.LVO: (ListLevel.LVR, "region"),
    ListLevel.LVN: (ListLevel.LVO, "ooad"),
}
TIERS_ABOVE_PAC = {ListLevel.LVR: 0, ListLevel.LVO: 1, ListLevel.LVN: 2}
"""How many tiers the lists right below stand above those of the PACs."""
STANDING = frozenset({ListState.ACCEPTED, ListState.PARTIAL, ListState.INTEGRATED, ListState.AUTHORISED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Integration:
    """A list as it would be integrated now."""

    level: ListLevel
    unit: str
    parents: tuple[ListVersionRow, ...]
    consolidated: Consolidated[StoredLine]
    missing: tuple[str, ...]
    """Units below without a list: excepted, or not there yet."""


def units_below(case: CaseRow, level: ListLevel, unit: str) -> list[str]:
    """Return the units whose lists make up a list of a level and unit."""
    _below, scope = BELOW[level]
    return [code for code in case.tree.get(scope, []) if case.parents.get(code, "") == unit]


def units_left_out(desk: Desk, case: CaseRow, scope: str, codes: Sequence[str]) -> set[str]:
    """Return the units without whose lists somebody goes on (G_ALL_PAC, G_ALL_EMS, G_ALL_OOAD).

    A list of theirs that is here all the same was not delivered: nobody vouches for it, and it does not count.
    """
    definition = definition_of(desk, case)
    steps = [step for step in definition.excepters if definition.steps[step].scope == scope]
    return cases.excepted_units(desk.session, case.id, steps, codes)


def preview(desk: Desk, case: CaseRow, level: ListLevel, unit: str) -> Integration:
    """Compute what integrating would give now, and change nothing."""
    below, scope = BELOW[level]
    codes = units_below(case, level, unit)
    left_out = units_left_out(desk, case, scope, codes)
    versions = [
        row
        for row in lists.current_versions(desk.session, case.id, below, codes)
        if row.state in STANDING and row.unit not in left_out
    ]
    decisions = tuple(decisions_at(desk, case, level, unit))
    consolidated = desk.make_once(
        ("integration", case.id, level, unit),
        ([row.id for row in versions], decisions),
        lambda: consolidate([_part(desk, row) for row in versions], decisions),
    )
    present = {row.unit for row in versions}
    return Integration(
        level=level,
        unit=unit,
        parents=tuple(versions),
        consolidated=consolidated,
        missing=tuple(code for code in codes if code not in present),
    )


def _part(desk: Desk, row: ListVersionRow) -> Part[StoredLine]:
    # Lines never change once their version stands.
    return Part(unit=row.unit, version_id=row.id or 0, lines=desk.once(lists.lines_of, row.id))


def decisions_at(desk: Desk, case: CaseRow, level: ListLevel, unit: str) -> list[Decision]:
    """Return what the post of a unit decided, as far as it leaves lines of the lists right below out."""
    decided = {
        row.id or 0: row
        for row in duplicates.duplicates_at(desk.session, case.id, unit)
        if row.decision == duplicates.SAME
    }
    causes = duplicates.lines_left_out(desk.session, decided)
    lines = {line: {line} for line in causes}
    # The records are lines of PACs; a region's list is made of those, an OOAD's of what came from them.
    for _tier in range(TIERS_ABOVE_PAC[level]):
        above = duplicates.lines_above(desk.session, {each for found in lines.values() for each in found})
        lines = {line: {up for each in found for up in above.get(each, ())} for line, found in lines.items()}
    return [
        Decision(
            number=number,
            lines=frozenset(
                each for line, cause in causes.items() if cause == number for each in lines[line]
            ),
            code=row.code,
            reason=row.reason,
        )
        for number, row in decided.items()
    ]


def integrate(
    desk: Desk,
    case: CaseRow,
    level: ListLevel,
    unit: str,
    *,
    person_id: int | None,
    entry_id: int | None = None,
) -> ListVersionRow:
    """Store the integrated list as a new version, each line with the line it came from.

    Counts and sums are conserved, but for the lines that a decision about a
    duplicate left out (V-047).
    """
    integration = preview(desk, case, level, unit)
    consolidated = integration.consolidated
    check_conservation([(row.rows, row.total_centavos) for row in integration.parents], consolidated)
    version = lists.add_version(
        desk.session,
        case_id=case.id,
        level=level,
        unit=unit,
        state=ListState.INTEGRATED,
        digest=consolidated.digest,
        rows=len(consolidated.lines),
        vrs=consolidated.totals.vrs,
        pvr=consolidated.totals.pvr,
        total_centavos=consolidated.totals.centavos,
        made_at=desk.now,
        person_id=person_id,
        entry_id=entry_id,
        parents=[row.id for row in integration.parents],
        notes=[f"{code}: sin listado" for code in integration.missing],
    )
    lists.add_lines(
        desk.session,
        version.id,
        (line_above(line, number) for number, line in enumerate(consolidated.lines, start=1)),
    )
    replace_earlier(desk, version)
    for parent in integration.parents:
        if parent.state in {ListState.ACCEPTED, ListState.PARTIAL}:
            parent.state = ListState.INTEGRATED
            desk.session.add(parent)
    desk.note(
        "list_integrated",
        case_id=case.id,
        unit=unit,
        person_id=person_id,
        entry_id=entry_id,
        level=level.value,
        version=version.version,
        rows=version.rows,
        total=pesos(version.total_centavos),
        digest=short_digest(version.digest),
        record_digest=version.digest,
        parents=[[row.unit, row.version] for row in integration.parents],
    )
    return version


def line_above(line: StoredLine, number: int, reference: str = "") -> StoredLine:
    """Return a line as it stands one tier up: the same person, its place there, and where it came from."""
    return line._replace(id=None, version_id=0, position=number, source_line_id=line.id, reference=reference)


def is_frozen(desk: Desk, case: CaseRow) -> bool:
    """Tell whether the national list is authorised: no list and no decision below may change it (act. 25)."""
    national = lists.latest_version(desk.session, case.id, ListLevel.LVN, "")
    return national is not None and national.state is ListState.AUTHORISED


def replace_earlier(desk: Desk, version: ListVersionRow) -> None:
    """Mark the versions before this one as replaced; they stay for good."""
    for row in lists.versions_of(desk.session, version.case_id, version.level, version.unit):
        if row.id != version.id and row.state is not ListState.REPLACED:
            row.state = ListState.REPLACED
            desk.session.add(row)


def outdate_above(desk: Desk, case: CaseRow, unit: str) -> None:
    """Mark every higher list that holds lines of a unit as outdated (AC-26)."""
    above = case.parents.get(unit)
    for level in (ListLevel.LVR, ListLevel.LVO, ListLevel.LVN):
        if above is None:
            return
        row = lists.latest_version(desk.session, case.id, level, above)
        if row is not None and row.state in STANDING:
            row.state = ListState.OUTDATED
            desk.session.add(row)
            desk.note(
                "list_outdated",
                case_id=case.id,
                unit=above,
                level=level.value,
                version=row.version,
                source=unit,
            )
        above = case.parents.get(above)


def subject_of(desk: Desk, case: CaseRow, documents: Sequence[str], integrates: str, unit: str) -> str:
    """Return the digest of the list that a step is about; empty when it is about none."""
    if integrates:
        return preview(desk, case, ListLevel(integrates), unit).consolidated.digest
    row = subject_list(desk, case, documents, unit)
    return row.digest if row else ""


def subject_list(desk: Desk, case: CaseRow, documents: Sequence[str], unit: str) -> ListVersionRow | None:
    """Return the integrated list that a step's documents name, if the unit has one."""
    wanted = {code[:3] for code in documents} | (
        {"LD"} if any(code.startswith("LD") for code in documents) else set()
    )
    for level in (ListLevel.LD, ListLevel.LVN, ListLevel.LVO, ListLevel.LVR):
        if level.value in wanted:
            row = lists.latest_version(desk.session, case.id or 0, level, unit)
            if row is not None:
                return row
    return None
