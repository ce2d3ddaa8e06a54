"""Show who has sent the list and who has not: on time, late, with errors, excused, without volunteers; told apart (act. 9, 18, 23)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from actions.desk import Desk
from actions.letter_values import period_in_words, unit_in_words
from actions.read_case import read_situation, working_days
from procedures import engine
from procedures.engine import Instance, Status
from procedures.situation import Situation
from storage import cases, entries, lists, outbox
from storage.cases import CaseRow, StepOutcome, StepRow
from storage.lists import ListLevel, ListVersionRow

SCOPES = {ListLevel.LVP: "pac", ListLevel.LVR: "region", ListLevel.LVO: "ooad"}
DELIVERED_BY = {ListLevel.LVP: ("A08",), ListLevel.LVR: ("A17", "A13", "A12"), ListLevel.LVO: ("A22",)}
"""By which activity a unit's list is with the tier above; where several are named, the first that applies to it."""
REMINDER = "M-45"


class Delivery(StrEnum):
    """Where the list of a unit is."""

    PENDING = "pendiente"
    LATE = "vencido"
    WITH_ERRORS = "con errores"
    UNCONFIRMED = "falta confirmar"
    """The list is here, and its PAC has not attested it (A05, A06)."""
    DELIVERED = "entregado"
    DELIVERED_LATE = "entregado fuera de plazo"
    EMPTY = "sin voluntarios"
    EXCUSED = "excepción"

    @property
    def is_missing(self) -> bool:
        """Tell whether somebody still has to do something."""
        return self in {Delivery.PENDING, Delivery.LATE, Delivery.WITH_ERRORS, Delivery.UNCONFIRMED}


_SEVERAL = {
    "pendiente": "pendientes",
    "vencido": "vencidos",
    "falta confirmar": "faltan confirmar",
    "entregado": "entregados",
    "entregado fuera de plazo": "entregados fuera de plazo",
    "excepción": "excepciones",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitDelivery:
    """Where the list of one unit is, since when and by which letter."""

    unit: str
    name: str
    state: Delivery
    late: bool
    """Whether it is owed past its date, or came past it."""
    due_on: date | None
    version: int
    rows: int
    rejected: int
    received_on: date | None
    folio: str
    reminded_on: date | None
    """The last day on which its owner was reminded."""
    reason: str
    """Of an exception."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliveries:
    """Who has sent and who has not, under one unit; counts and units only, never a person."""

    case_id: int
    period: str
    period_in_words: str
    unit: str
    where: str
    level: str
    units: tuple[UnitDelivery, ...]

    @property
    def missing(self) -> tuple[UnitDelivery, ...]:
        """Those from whom something is still expected, the latest first."""
        owing = [one for one in self.units if one.state.is_missing]
        return tuple(sorted(owing, key=lambda one: (not one.late, one.unit)))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many units are where."""
        counted = Counter(one.state for one in self.units)
        return {state.value: counted[state] for state in Delivery if counted[state]}

    @property
    def headline(self) -> str:
        """Return the answer in one sentence."""
        here = len(self.units) - len(self.missing)
        late = sum(one.late for one in self.missing)
        told = "; ".join(
            f"{count} {state if count == 1 else _SEVERAL.get(state, state)}"
            for state, count in self.counts.items()
        )
        owed = f", {late} con plazo vencido" if late else ""
        return f"{here} de {len(self.units)} {'resuelto' if len(self.units) == 1 else 'resueltos'}{owed} ({told})."

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {**asdict(self), "counts": dict(self.counts), "missing": [one.unit for one in self.missing]}


def in_words(one: UnitDelivery) -> str:
    """Say of one unit where its list is."""
    said = [one.state.value]
    if one.state is Delivery.LATE and one.due_on:
        said = [f"vencido desde el {one.due_on:%d-%m-%Y}"]
    elif one.state.is_missing and one.late and one.due_on:
        said.append(f"vencido desde el {one.due_on:%d-%m-%Y}")
    elif one.state.is_missing and one.due_on:
        said.append(f"vence el {one.due_on:%d-%m-%Y}")
    if one.rejected:
        said.append(
            "1 renglón por corregir" if one.rejected == 1 else f"{one.rejected} renglones por corregir"
        )
    if one.version:
        rows = "1 renglón" if one.rows == 1 else f"{one.rows} renglones"
        said.append(f"versión {one.version}, {rows}")
    if one.folio:
        said.append(f"folio {one.folio}")
    if one.state.is_missing and one.reminded_on:
        said.append(f"se recordó el {one.reminded_on:%d-%m-%Y}")
    if one.reason:
        said.append(one.reason)
    return f"{one.name}: {'; '.join(said)}"


def show_deliveries(
    desk: Desk, case: CaseRow, unit: str = "", level: ListLevel = ListLevel.LVP
) -> Deliveries:
    """Return where the lists of a tier are, of the units within one (or that one itself)."""
    situation = read_situation(desk, case)
    codes = [
        code
        for code in case.tree.get(SCOPES[level], [])
        if not unit or code == unit or code.startswith(f"{unit}-")
    ]
    versions = {row.unit: row for row in lists.current_versions(desk.session, case.id, level, codes)}
    delivering = {code: _delivering_step(situation, level, code) for code in codes}
    last = _last_records(desk, case, set(delivering.values()))
    reminded = outbox.last_written_to(desk.session, case_id=case.id, template=REMINDER, units=codes)
    days = working_days(desk)
    found = []
    for code in codes:
        step = delivering[code]
        due = engine.due(situation, Instance(step, code), days)
        record = last.get((step, code))
        version = versions.get(code)
        owed_late = due is not None and engine.is_late(due, desk.today)
        status = engine.status(situation, Instance(step, code))
        state = _state(status, version, record, owed_late=owed_late)
        entry = entries.get_entry(desk.session, version.entry_id) if version and version.entry_id else None
        reminder = reminded.get(code)
        found.append(
            UnitDelivery(
                unit=code,
                name=_called(case, code, unit),
                state=state,
                late=owed_late if state.is_missing else state is Delivery.DELIVERED_LATE,
                due_on=due.on if due else None,
                version=version.version if version else 0,
                rows=version.rows if version else 0,
                rejected=version.rejected if version else 0,
                received_on=desk.local_date(version.made_at) if version else None,
                folio=entry.folio if entry else "",
                reminded_on=desk.local_date(reminder) if reminder else None,
                reason=record.text if record and state is Delivery.EXCUSED else "",
            )
        )
    return Deliveries(
        case_id=case.id or 0,
        period=case.period,
        period_in_words=period_in_words(desk, case),
        unit=unit,
        where=unit_in_words(case, unit),
        level=level.value,
        units=tuple(found),
    )


def _called(case: CaseRow, code: str, within: str) -> str:
    """Return how a unit is called among those of another: with what it lies in, as far as that does not go without saying."""
    parts = unit_in_words(case, code).split(", ")
    known = unit_in_words(case, within).split(", ") if within else []
    return ", ".join(part for part in parts if part not in known) or parts[0]


def _delivering_step(situation: Situation, level: ListLevel, unit: str) -> str:
    applies = [
        step
        for step in DELIVERED_BY[level]
        if engine.status(situation, Instance(step, unit)) is not Status.NOT_APPLICABLE
    ]
    return applies[0] if applies else DELIVERED_BY[level][-1]


def _last_records(desk: Desk, case: CaseRow, steps: set[str]) -> dict[tuple[str, str], StepRow]:
    """Return the record that stands of each unit's delivery."""
    rows = cases.records_at(desk.session, case.id, steps)
    return {
        (row.step, row.unit): row for row in rows if row.outcome in {StepOutcome.DONE, StepOutcome.EXCEPTED}
    }


def _state(
    status: Status, version: ListVersionRow | None, record: StepRow | None, *, owed_late: bool
) -> Delivery:
    if status is Status.EXCEPTED:
        return Delivery.EXCUSED
    if status is Status.DONE:
        if version is not None and version.rows == 0:
            return Delivery.EMPTY
        return Delivery.DELIVERED_LATE if record and record.late else Delivery.DELIVERED
    if version is not None and version.level is ListLevel.LVP:
        return Delivery.WITH_ERRORS if version.rejected else Delivery.UNCONFIRMED
    return Delivery.LATE if owed_late else Delivery.PENDING
