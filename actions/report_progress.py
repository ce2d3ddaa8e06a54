"""Take a report of the delivery's progress: by chat, or told by word of mouth and typed by the SAC (A38, AMB-35)."""

from dataclasses import dataclass
from datetime import datetime

from actions.desk import Desk
from actions.find_delivery import Delivery, pacs_of_region
from actions.letter_values import unit_in_words
from actions.take_step import Evidence, take_step
from procedures.definition import Level, Source
from procedures.engine import Happening
from procedures.progress import Count
from storage import progress
from storage.entries import EntryRow
from storage.progress import ProgressRow, ProgressSource

STEP = "A38"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporter:
    """Who reports, in which quality, and by what it is known."""

    person_id: int | None
    role: str
    unit: str
    """The unit of the post: the PAC's ámbito, or the SAC's region."""
    source: ProgressSource
    entry: EntryRow | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitProgress:
    """What an ámbito reported last, in words for people; None when nothing came yet."""

    unit: str
    name: str
    payees: int
    report: ProgressRow | None


def report_progress(
    desk: Desk,
    delivery: Delivery,
    unit: str,
    count: Count,
    *,
    reporter: Reporter,
    at: datetime,
    note: str = "",
) -> ProgressRow:
    """Store a report and take activity 38; what was reported before stays, and the last one sent counts.

    `at` is when it was sent, which poor signal may put well before its arrival.
    """
    on = desk.local_date(at)
    row = progress.add_progress(
        desk.session,
        ProgressRow(
            case_id=delivery.case.id or 0,
            unit=unit,
            on=on,
            at=at,
            payees=count.payees,
            collected=count.collected,
            with_problem=count.with_problem,
            source=reporter.source,
            person_id=reporter.person_id,
            entry_id=reporter.entry.id if reporter.entry else None,
            note=note[:240],
        ),
    )
    desk.note(
        "progress_reported",
        case_id=delivery.case.id,
        step=STEP,
        unit=unit,
        person_id=reporter.person_id,
        role=reporter.role,
        channel=reporter.source.value,
        entry_id=row.entry_id,
        collected=count.collected,
        payees=count.payees,
        with_problem=count.with_problem,
        source=reporter.source.value,
    )
    happening = Happening(
        kind=Source.CHAT,
        name="progress",
        unit=unit,
        step=STEP,
        at=at,
        on=on,
        level=Level.ATTESTED,
        role=reporter.role,
        role_unit=reporter.unit,
    )
    words = f"{count.collected} de {count.payees} cobraron, {count.with_problem} con problema"
    evidence = Evidence(
        person_id=reporter.person_id, entry=reporter.entry, channel=reporter.source.value, text=words
    )
    take_step(desk, delivery.case, happening, evidence)
    return row


def last_report(desk: Desk, delivery: Delivery, unit: str) -> ProgressRow | None:
    """Return what an ámbito reported last."""
    return progress.latest_progress(desk.session, delivery.case.id, [unit]).get(unit)


def region_reports(desk: Desk, delivery: Delivery, region: str) -> list[UnitProgress]:
    """Return what each ámbito of a region that has payees reported last (C-23)."""
    pacs = [pac for pac in pacs_of_region(delivery.case, region) if delivery.payees.get(pac)]
    last = progress.latest_progress(desk.session, delivery.case.id, pacs)
    return [
        UnitProgress(
            unit=pac,
            name=unit_in_words(delivery.case, pac).split(",")[0],
            payees=delivery.payees[pac],
            report=last.get(pac),
        )
        for pac in pacs
    ]
