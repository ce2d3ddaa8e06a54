"""Take the annual calendar that UPIB authorised, whole and only if it can be kept (5.2.12; AC-75)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session

from documents.calendar_workbook import CalendarReading, CalendarValues, PeriodLine
from documents.directory.values import Problem
from procedures import loader
from procedures.calendar_checks import AnnualCalendar, Approval, CalendarFinding, check_calendar
from procedures.catalogue import read_builtin
from procedures.deadline_rules import DueRule
from procedures.deadline_words import spanish_date
from procedures.periods import Period, stage_dates, terms_of, usual_r
from procedures.working_days import WorkingDays
from procedures.yaml_text import read_yaml
from storage import definitions, journal, periods
from storage.folios import OfficeFactRow
from storage.periods import CalendarRow, NonWorkingDayRow, PeriodRow, PeriodState
from storage.provider import OFFICE_ZONE

PROCEDURE = "0780-003-002"
"""The procedure whose policy 5.2.12 asks for the calendar."""

_EXTRA = "extra"


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarImport:
    """What came of a calendar workbook, or would come of it."""

    applied: bool
    dry_run: bool
    year: int | None = None
    version: int | None = None
    """The version in force afterwards; in a dry run, the one that there would be."""
    periods: int = 0
    problems: tuple[Problem, ...] = ()
    """What is wrong with the cells of the workbook."""
    findings: tuple[CalendarFinding, ...] = ()
    """Why the calendar cannot be kept."""
    changes: tuple[str, ...] = ()
    """What changes, a Spanish sentence each."""
    changed_open: tuple[str, ...] = ()
    """Codes of periods that run already and got other dates: their agendas must be set again."""
    verdict: str = ""
    """What came of it, in one Spanish sentence."""

    @property
    def accepted(self) -> bool:
        """Tell whether the calendar can be taken, or was."""
        return not self.findings and self.year is not None

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what a person should read besides the problems: why not, or what changes, and the verdict."""
        reasons = tuple(f"{finding.check}. {finding.reason}" for finding in self.findings)
        return (*reasons, *self.changes, self.verdict)

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for programs."""
        return {
            "ok": self.accepted,
            "applied": self.applied,
            "dry_run": self.dry_run,
            "year": self.year,
            "version": self.version,
            "periods": self.periods,
            "problems": [problem.to_json() for problem in self.problems],
            "findings": [
                {"check": finding.check, "period": finding.period, "reason": finding.reason}
                for finding in self.findings
            ],
            "changes": list(self.changes),
            "changed_open": list(self.changed_open),
        }


def import_calendar(
    session: Session,
    reading: CalendarReading,
    *,
    now: datetime,
    dry_run: bool = False,
    original_sha256: str = "",
    person_id: int | None = None,
) -> CalendarImport:
    """Put a year's calendar in force, wholly or not at all.

    A calendar that cannot be kept is refused with every reason, and the one in force stays. A second
    calendar of the same year becomes the next version; the same one again changes nothing. Days off of
    the calendar's year are those of the workbook; of other years, days are added and none is removed.

    Args:
        session: one transaction, which the caller commits.
        reading: what was read of the workbook.
        now: the instant of the import, aware.
        dry_run: only say what would happen.
        original_sha256: the workbook among the originals, where it is kept.
        person_id: who asks for it.
    """
    values = reading.values
    if not reading.is_sound or values.year is None:
        return CalendarImport(
            applied=False,
            dry_run=dry_run,
            problems=reading.problems,
            verdict=_words()["outcome"]["unreadable"],
        )
    proposal = _Proposal(session, values, values.year, today=now.astimezone(OFFICE_ZONE).date())
    findings = (*proposal.findings(), *proposal.refusals())
    outcome = CalendarImport(
        applied=not findings and not dry_run and bool(proposal.changes),
        dry_run=dry_run,
        year=values.year,
        version=proposal.version_in_force if findings or not proposal.changes else proposal.next_version,
        periods=len(proposal.periods),
        problems=reading.problems,
        findings=findings,
        changes=() if findings else proposal.changes,
        changed_open=() if findings else proposal.changed_open,
        verdict=proposal.verdict(refused=bool(findings), dry_run=dry_run),
    )
    if outcome.applied:
        proposal.write(now=now, original_sha256=original_sha256)
    if not dry_run and (findings or outcome.applied):
        _note(session, outcome, now=now, person_id=person_id, before=proposal.before)
    return outcome


class _Proposal:
    """A calendar beside the one in force: what it would change, whether it may, and the writing of it."""

    def __init__(self, session: Session, values: CalendarValues, year: int, *, today: date) -> None:
        self._session = session
        self._today = today
        self._values = values
        self._year = year
        self._in_force = periods.calendar_in_force(session, year)
        self._days_before = {row.day: row for row in periods.days_off(session) if row.base == _EXTRA}
        self._working_days = _working_days(values, year, self._days_before)
        self._rows = {row.code: row for row in periods.periods_of_year(session, year)}
        self._old = {code: periods.period_of(row) for code, row in self._rows.items()}
        lines = sorted(values.periods, key=lambda line: (line.months, line.code))
        self.periods = tuple(_period(line, self._working_days) for line in lines)
        self._previous = periods.last_period_before(session, year)
        self.changes = tuple(self._changes())

    @property
    def version_in_force(self) -> int | None:
        return self._in_force.version if self._in_force else None

    @property
    def next_version(self) -> int:
        return 1 + max(
            (row.version for row in periods.calendars_of_year(self._session, self._year)), default=0
        )

    @property
    def changed_open(self) -> tuple[str, ...]:
        return tuple(
            period.code for period in self.periods if self._is_changed(period) and self._runs(period.code)
        )

    @property
    def before(self) -> Mapping[str, Any]:
        """Return the dates in force so far, for the journal: nothing is overwritten without a trace."""
        return {code: _as_json(period) for code, period in self._old.items()}

    def findings(self) -> tuple[CalendarFinding, ...]:
        """Return what keeps the calendar from being kept (F-1 to F-8)."""
        values = self._values
        following = periods.periods_of_year(self._session, self._year + 1)
        terms = _terms(self._session)
        return check_calendar(
            AnnualCalendar(
                year=self._year,
                periods=self.periods,
                approval=Approval(by=values.approved_by, on=values.approved_on, document=values.document),
            ),
            terms,
            self._working_days,
            periods.period_of(self._previous) if self._previous else None,
            periods.period_of(following[0]) if following else None,
            past={code: self._past(period, terms) for code, period in self._old.items() if self._runs(code)},
        )

    def _past(self, period: Period, terms: Mapping[str, DueRule]) -> frozenset[str]:
        """Return the steps whose day is over under the calendar in force."""
        dues = stage_dates(period, terms, self._working_days)
        return frozenset(step for step, due in dues.items() if due.on < self._today)

    def refusals(self) -> Iterator[CalendarFinding]:
        """Yield what the books do not let be changed: a closed period, or the taking away of one that runs."""
        proposed = {period.code: period for period in self.periods}
        for code, row in self._rows.items():
            if row.state is PeriodState.CLOSED and proposed.get(code) != self._old[code]:
                yield _refusal("closed", code)
            elif code not in proposed and row.state is not PeriodState.PLANNED:
                yield _refusal("in_use", code)

    def verdict(self, *, refused: bool, dry_run: bool) -> str:
        """Say in one sentence what came of it."""
        key = "would_load" if dry_run else "loaded"
        version: int | None = self.next_version
        if refused:
            key = "refused_kept" if self._in_force else "refused"
            version = self.version_in_force
        elif not self.changes:
            key, version = "same", self.version_in_force
        sentence: str = _words()["outcome"][key]
        return sentence.format(year=self._year, version=version, periods=len(self.periods))

    def write(self, *, now: datetime, original_sha256: str) -> None:
        """Write the new version; the older ones stay, no longer in force."""
        values = self._values
        assert values.approved_on is not None, "F-8 refuses a calendar without the date of its approval"
        version = self.next_version
        for older in periods.calendars_of_year(self._session, self._year):
            older.in_force = False
            self._session.add(older)
        calendar = CalendarRow(
            year=self._year,
            version=version,
            approved_by=values.approved_by,
            approved_on=values.approved_on,
            document=values.document,
            blob_sha256=original_sha256,
            loaded_at=now,
        )
        self._session.add(calendar)
        self._session.flush()
        assert calendar.id is not None
        self._write_periods(calendar.id)
        self._write_days()
        self._session.merge(OfficeFactRow(key=periods.CALENDAR_BASE, value=values.base.value))
        self._session.flush()

    def _write_periods(self, calendar_id: int) -> None:
        previous = self._previous.code if self._previous else None
        for period in self.periods:
            row = self._rows.get(period.code) or PeriodRow(
                code=period.code, calendar_id=calendar_id, t0=period.t0, t1=period.t1, r=period.r
            )
            row.calendar_id = calendar_id
            row.months = list(period.months)
            row.t0, row.t1, row.r = period.t0, period.t1, period.r
            row.dates = {name: day.isoformat() for name, day in period.dates.items()}
            row.previous = previous
            self._session.add(row)
            previous = period.code
        for code in self._rows.keys() - {period.code for period in self.periods}:
            self._session.delete(self._rows[code])
        following = periods.periods_of_year(self._session, self._year + 1)
        if following:
            following[0].previous = previous
            self._session.add(following[0])

    def _write_days(self) -> None:
        for day in self._working_days.extra:
            row = self._days_before.get(day) or NonWorkingDayRow(day=day, base=_EXTRA)
            row.reason = self._working_days.reasons.get(day, "")
            self._session.add(row)
        for day in self._days_before.keys() - self._working_days.extra:
            self._session.delete(self._days_before[day])

    # What would change, in words.

    def _changes(self) -> Iterator[str]:
        yield from self._period_changes()
        yield from self._day_changes()
        base = periods.calendar_base(self._session)
        if base is not self._values.base:
            yield _say("base_changed", old=base.value, new=self._values.base.value)
        approval = (self._values.approved_by, self._values.approved_on, self._values.document)
        known = self._in_force
        if known and approval != (known.approved_by, known.approved_on, known.document):
            by, on, document = approval
            yield _say("approval_changed", by=by, on=_shown(on), document=document)

    def _period_changes(self) -> Iterator[str]:
        for period in self.periods:
            old = self._old.get(period.code)
            if old is None:
                dates = {name: spanish_date(getattr(period, name)) for name in ("t0", "t1", "r")}
                yield _say("period_added", period=period.code, **dates)
            elif old != period:
                key = "period_changed_open" if self._runs(period.code) else "period_changed"
                yield _say(key, period=period.code, fields="; ".join(_differences(old, period)))
        for code in self._rows.keys() - {period.code for period in self.periods}:
            yield _say("period_removed", period=code)

    def _day_changes(self) -> Iterator[str]:
        after = self._working_days
        for day in sorted(after.extra | self._days_before.keys()):
            row = self._days_before.get(day)
            reason = after.reasons.get(day, "")
            if row is None:
                yield _say("day_added", day=_named(day, reason))
            elif day not in after.extra:
                yield _say("day_removed", day=_named(day, row.reason))
            elif row.reason != reason:
                yield _say("day_changed", day=_named(day, reason))

    def _is_changed(self, period: Period) -> bool:
        return period.code in self._old and self._old[period.code] != period

    def _runs(self, code: str) -> bool:
        return code in self._rows and self._rows[code].state not in {PeriodState.PLANNED, PeriodState.CLOSED}


def _working_days(values: CalendarValues, year: int, known: Mapping[date, NonWorkingDayRow]) -> WorkingDays:
    """Return the working days as they would be: the year's days off are those of the workbook."""
    reasons = {day: row.reason for day, row in known.items() if day.year != year}
    reasons |= {day_off.day: _reason(day_off.reason, day_off.source) for day_off in values.days_off}
    return WorkingDays(
        base=values.base,
        extra=frozenset(reasons),
        reasons={day: reason for day, reason in reasons.items() if reason},
    )


def _reason(reason: str, source: str) -> str:
    """Return why a day is off, and where that was published, as far as the column holds it."""
    return f"{reason}, {source}"[:160] if reason and source else reason or source


def _period(line: PeriodLine, working_days: WorkingDays) -> Period:
    assert line.t0 is not None, "the reading gives no period without its window"
    assert line.t1 is not None, "the reading gives no period without its window"
    return Period(
        code=line.code,
        months=line.months,
        t0=line.t0,
        t1=line.t1,
        r=line.r or usual_r(line.t0, working_days),
        dates=dict(line.dates),
    )


def _terms(session: Session) -> Mapping[str, DueRule]:
    """Return the terms of the procedure in force here, or of the version that comes with the project."""
    row = definitions.in_force(session, PROCEDURE)
    return _terms_of_text(row.text if row else read_builtin(PROCEDURE))


@lru_cache(maxsize=4)
def _terms_of_text(text: str) -> Mapping[str, DueRule]:
    return terms_of(loader.load(text))


def _differences(old: Period, new: Period) -> Iterator[str]:
    """Yield what differs between two versions of a period."""
    if old.months != new.months:
        yield _difference(_words()["names"]["months"], ", ".join(old.months), ", ".join(new.months))
    for name in ("t0", "t1", "r"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield _difference(_words()["names"][name], _shown(before), _shown(after))
    for name in sorted(old.dates.keys() | new.dates.keys()):
        before, after = old.dates.get(name), new.dates.get(name)
        if before != after:
            yield _difference(name, _shown(before), _shown(after))


def _difference(name: str, old: str, new: str) -> str:
    sentence: str = _words()["field"]
    return sentence.format(name=name, old=old, new=new)


def _shown(day: date | None) -> str:
    return spanish_date(day) if day else str(_words()["nothing"])


def _named(day: date, reason: str) -> str:
    return f"{spanish_date(day)} ({reason})" if reason else spanish_date(day)


def _as_json(period: Period) -> dict[str, Any]:
    return {
        "months": list(period.months),
        **{name: day.isoformat() for name, day in period.known_dates.items()},
    }


def _refusal(key: str, period: str) -> CalendarFinding:
    sentence: str = _words()["refusals"][key]
    return CalendarFinding(check="5.2.12", period=period, reason=sentence.format(period=period))


def _note(
    session: Session,
    outcome: CalendarImport,
    *,
    now: datetime,
    person_id: int | None,
    before: Mapping[str, Any],
) -> None:
    """Write into the journal what was taken, with the dates that it replaces, or why nothing was."""
    reasons: Sequence[str] = [f"{finding.check}. {finding.reason}" for finding in outcome.findings]
    journal.append(
        session,
        kind="calendar_imported" if outcome.applied else "calendar_refused",
        at=now,
        text=" ".join((outcome.verdict, *reasons)),
        channel="command",
        person_id=person_id,
        data={
            "year": outcome.year,
            "version": outcome.version,
            "findings": reasons,
            "changes": list(outcome.changes),
            "replaced": dict(before) if outcome.applied else {},
        },
    )


def _say(key: str, **facts: str) -> str:
    sentence: str = _words()["changes"][key]
    return sentence.format(**facts)


@cache
def _words() -> Mapping[str, Any]:
    words: Mapping[str, Any] = read_yaml(
        (files("actions") / "import_calendar.yaml").read_text(encoding="utf-8")
    )
    return words
