"""Show somebody what is theirs: what waits for them, their list, the lists of their region (C-10, C-12, C-20)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from actions.desk import Desk
from actions.letter_values import period_in_words, unit_in_words
from actions.read_case import read_situation, working_days
from procedures import engine
from procedures.engine import Instance
from procedures.lists.rows import Severity
from storage import cases, lists
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState

ATTESTATION, DELIVERY = "A06", "A08"
POST_OF_NATION = "PIB"


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingStep:
    """A step that waits for somebody."""

    case_id: int
    step: str
    unit: str
    title: str
    where: str
    period: str
    due_on: date | None
    due_reason: str
    overdue: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ListProgress:
    """Where the list of an ámbito stands; version 0 when none came."""

    case_id: int
    period: str
    version: int
    state: ListState | None
    errors: int
    warnings: int
    due_on: date | None
    attested: bool
    """Whether its PAC confirmed that these people take part (A06)."""
    rejected: int
    vrs: int
    pvr: int
    total: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionProgress:
    """How many PAC of a region delivered."""

    case_id: int
    region: str
    period: str
    delivered: int
    total: int
    with_errors: int
    missing: tuple[str, ...]
    """In words, units only: never a person."""
    due_on: date | None


def pending_steps(desk: Desk, posts: Collection[tuple[str, str]]) -> list[PendingStep]:
    """Return what waits for the holder of some posts (role, unit), what falls due first on top."""
    mine = {(role, "" if unit == POST_OF_NATION else unit) for role, unit in posts}
    found = []
    for case in desk.once(cases.open_cases):
        situation = read_situation(desk, case)
        days = working_days(desk)
        for instance in engine.open_instances_near(situation, posts):
            owners = {
                (role, "" if unit == POST_OF_NATION else unit)
                for role, unit in engine.owners(situation, instance)
            }
            if not owners & mine:
                continue
            due = engine.due(situation, instance, days)
            found.append(
                PendingStep(
                    case_id=case.id or 0,
                    step=instance.step,
                    unit=instance.unit,
                    title=situation.definition.steps[instance.step].title,
                    where=unit_in_words(case, instance.unit),
                    period=_period(desk, case),
                    due_on=due.on if due else None,
                    due_reason=due.reason if due else "",
                    overdue=due is not None and engine.is_late(due, desk.today),
                )
            )
    return sorted(found, key=lambda one: (one.due_on or date.max, one.step, one.unit))


def list_progress(desk: Desk, pac: str) -> list[ListProgress]:
    """Return where the list of a PAC's ámbito stands in every period that runs."""
    return [
        _list_in(desk, case, pac) for case in desk.once(cases.open_cases) if pac in case.tree.get("pac", [])
    ]


def _list_in(desk: Desk, case: CaseRow, pac: str) -> ListProgress:
    version = lists.latest_version(desk.session, case.id, ListLevel.LVP, pac)
    counts = lists.count_findings(desk.session, version.id) if version else {}
    return ListProgress(
        case_id=case.id or 0,
        period=_period(desk, case),
        version=version.version if version else 0,
        state=version.state if version else None,
        errors=counts.get(Severity.ERROR.value, 0),
        warnings=counts.get(Severity.WARNING.value, 0),
        due_on=_due(desk, case, pac),
        attested=read_situation(desk, case).is_done(ATTESTATION, pac),
        rejected=version.rejected if version else 0,
        vrs=version.vrs if version else 0,
        pvr=version.pvr if version else 0,
        total=Decimal(version.total_centavos if version else 0) / 100,
    )


def region_progress(desk: Desk, region: str) -> list[RegionProgress]:
    """Return how far the PAC of a region are in every period that runs."""
    found = []
    for case in desk.once(cases.open_cases):
        pacs = [code for code in case.tree.get("pac", []) if case.parents.get(code) == region]
        if pacs:
            found.append(_region_in(desk, case, region, pacs))
    return found


def _region_in(desk: Desk, case: CaseRow, region: str, pacs: Sequence[str]) -> RegionProgress:
    current = lists.current_versions(desk.session, case.id, ListLevel.LVP, pacs)
    arrived = {row.unit for row in current}
    return RegionProgress(
        case_id=case.id or 0,
        region=unit_in_words(case, region).split(",")[0].removeprefix("región "),
        period=_period(desk, case),
        delivered=len(arrived),
        total=len(pacs),
        with_errors=sum(row.rejected > 0 for row in current),
        missing=tuple(unit_in_words(case, code).split(",")[0] for code in pacs if code not in arrived),
        due_on=_due(desk, case, pacs[0]),
    )


def _due(desk: Desk, case: CaseRow, pac: str) -> date | None:
    due = engine.due(read_situation(desk, case), Instance(DELIVERY, pac), working_days(desk))
    return due.on if due else None


def _period(desk: Desk, case: CaseRow) -> str:
    return period_in_words(desk, case) if case.period else case.folio
