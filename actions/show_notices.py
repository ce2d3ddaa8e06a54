"""Show who was told of a delivery, how and when: by region for a board, person by person for an ámbito (A37)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from actions.desk import Desk
from actions.letter_values import unit_in_words
from storage import payees, periods, reminders
from storage.cases import CaseRow
from storage.payees import Told
from storage.reminders import Tally


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldCounts:
    """How many people were told, and how."""

    total: int = 0
    by_chat: int = 0
    in_person: int = 0
    by_phone: int = 0
    not_found: int = 0
    not_yet: int = 0
    acknowledged: int = 0
    said_collected: int = 0
    muted: int = 0
    linked: int = 0

    @property
    def told(self) -> int:
        """How many were told, by whatever means."""
        return self.by_chat + self.in_person + self.by_phone

    @property
    def percent(self) -> int:
        """How many of a hundred were told, rounded down: all is a hundred, and nothing less is."""
        return 100 * self.told // self.total if self.total else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitTold:
    """A unit and how far the telling is there."""

    unit: str
    name: str
    counts: ToldCounts


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeStatus:
    """How far the telling of a delivery is."""

    period: str
    t0: date
    t1: date
    nation: ToldCounts
    ooads: tuple[UnitTold, ...]
    regions: tuple[UnitTold, ...]
    pacs: tuple[UnitTold, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonTold:
    """What somebody was told; by the reference alone, which says nothing outside the office."""

    reference: str
    told: Told
    told_at: datetime | None
    notices: tuple[tuple[str, datetime], ...]
    """Kind and instant of each notice, the first first."""
    acknowledged: bool
    said_collected: bool
    muted: bool


def notice_status(desk: Desk, case: CaseRow) -> NoticeStatus:
    """Return how far the telling of a delivery is, in every tier."""
    tallies = reminders.tally(desk.session, case.id)
    dates = periods.get_period(desk.session, case.period)
    return NoticeStatus(
        period=case.period,
        t0=dates.t0,
        t1=dates.t1,
        nation=_sum(tallies),
        ooads=_by_unit(case, tallies, case.tree.get("ooad", [])),
        regions=_by_unit(case, tallies, case.tree.get("region", [])),
        pacs=_by_unit(case, tallies, case.tree.get("pac", [])),
    )


def people_told(desk: Desk, case: CaseRow, pac: str) -> list[PersonTold]:
    """Return what each person of an ámbito was told, by their references in order."""
    found = []
    for one in payees.payees_of(desk.session, case.id, [pac]):
        notices = payees.notices_of(desk.session, one.row.id or 0)
        found.append(
            PersonTold(
                reference=one.row.reference,
                told=one.row.told,
                told_at=one.row.told_at,
                notices=tuple((notice.kind, notice.at) for notice in notices),
                acknowledged=one.row.acknowledged_at is not None,
                said_collected=one.row.said_collected_at is not None,
                muted=one.row.muted_at is not None,
            )
        )
    return sorted(found, key=lambda one: one.reference)


def _by_unit(case: CaseRow, tallies: Sequence[Tally], units: Iterable[str]) -> tuple[UnitTold, ...]:
    of_unit: dict[str, list[Tally]] = {}
    for tally in tallies:
        unit = tally.pac
        while unit:
            of_unit.setdefault(unit, []).append(tally)
            unit = case.parents.get(unit, "")
    return tuple(
        UnitTold(unit=unit, name=unit_in_words(case, unit), counts=_sum(of_unit.get(unit, ())))
        for unit in units
    )


def _sum(tallies: Iterable[Tally]) -> ToldCounts:
    known = list(tallies)
    names = [field.name for field in fields(ToldCounts)]
    return ToldCounts(**{name: sum(getattr(one, name) for one in known) for name in names})
