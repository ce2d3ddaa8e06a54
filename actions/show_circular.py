"""Show what became of the circular of the delivery period: per recipient, and per OOAD (act. 34 to 36)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from actions.compose_circular import OUTDATED, delivery_folio
from actions.desk import Desk
from actions.letter_values import due_of, name_of, unit_in_words
from actions.preview_circular import unreachable
from actions.preview_delivery import LEAVES_AT
from actions.read_case import read_situation, working_days
from actions.send_circular import CIRCULARS, PASSING_ON
from procedures.situation import Situation
from storage import cases, organisation, outbox, people
from storage.cases import CaseRow
from storage.outbox import LetterRow, LetterState

PROCEDURE = "0780-003-002"


class NoSuchCircular(LookupError):
    """The period was never opened."""


class Fate(StrEnum):
    """What became of a letter of the circular, as far as anybody can know."""

    WAITING = "en la salida"
    SENT = "aceptada por el servidor"
    SILENT = "en silencio"
    BOUNCED = "devuelta"
    FAILED = "no entregada"
    CANCELLED = "retirada"
    ACKNOWLEDGED = "con acuse"
    PASSED_ON = "turnada"
    PASSED_ON_BY_SYSTEM = "turnada por sistema"


UNDELIVERED = frozenset({Fate.WAITING, Fate.BOUNCED, Fate.FAILED, Fate.CANCELLED})
"""What nobody may count as having reached its reader (AC-39)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A letter of the circular and what became of it."""

    template: str
    unit: str
    unit_words: str
    name: str
    cargo: str
    fate: Fate
    at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CircularStatus:
    """Where the circular of a delivery stands."""

    period: str
    folio: str
    state: str
    """In words: por aprobar, aprobada y sale el ..., enviada, por sustituir."""
    copies: tuple[Copy, ...]
    delivered: dict[str, bool]
    """OOAD -> whether everybody asked there has it."""
    names: dict[str, str]
    unreachable: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the status for programs; addresses stay in the books."""
        return {
            "period": self.period,
            "folio": self.folio,
            "state": self.state,
            "delivered": self.delivered,
            "counts": dict(Counter(copy.fate.value for copy in self.copies)),
            "copies": [
                {
                    "message": copy.template,
                    "unit": copy.unit,
                    "name": copy.name,
                    "cargo": copy.cargo,
                    "fate": copy.fate.value,
                    "at": copy.at,
                }
                for copy in self.copies
            ],
            "unreachable": list(self.unreachable),
        }


def show_circular(desk: Desk, period: str) -> CircularStatus:
    """Return what became of the circular of a period's delivery.

    Raises:
        NoSuchCircular: the period was never opened.
    """
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    if case is None:
        raise NoSuchCircular(period)
    situation = read_situation(desk, case)
    letters = outbox.letters_about(desk.session, case.id, CIRCULARS)
    newest = _newest(letters)
    copies = tuple(_copy(desk, case, situation, row) for row in newest)
    return CircularStatus(
        period=period,
        folio=delivery_folio(case),
        state=circular_state(desk, case),
        copies=copies,
        delivered=_delivered(case, situation, newest, copies),
        names={ooad: name_of(case, ooad) for ooad in case.tree.get("ooad", [])},
        unreachable=tuple(unreachable(desk, case)),
    )


def _newest(letters: Iterable[LetterRow]) -> list[LetterRow]:
    """Keep the letter that holds: a circular that replaces another stands in its place for its reader."""
    found: dict[tuple[str, int | None, str], LetterRow] = {}
    for row in letters:
        replaced = [
            key
            for key in found
            if key[:2] == (row.unit, row.person_id) and row.template == "M-23S" and key[2] != "M-23S"
        ]
        for key in replaced:
            del found[key]
        found[row.unit, row.person_id, row.template] = row
    return list(found.values())


def circular_state(desk: Desk, case: CaseRow) -> str:
    """Return in words where the circular of a delivery stands."""
    situation = read_situation(desk, case)
    if situation.is_done("A34"):
        outdated = case.facts.get("", {}).get(OUTDATED) is True
        return (
            "enviada; cambió lo que dice y está por aprobarse la que la deja sin efectos"
            if outdated
            else "enviada"
        )
    if situation.is_done("EV34A"):
        due = due_of(desk, case, "A34", "")
        when = f"el {due:%d-%m-%Y} a las {LEAVES_AT:%H:%M}" if due and due >= desk.today else "en seguida"
        return f"aprobada; sale {when}"
    return "por aprobar" if situation.is_done("A33") else "todavía no procede"


def _copy(desk: Desk, case: CaseRow, situation: Situation, row: LetterRow) -> Copy:
    person = people.get_person(desk.session, row.person_id) if row.person_id else None
    fate, at = _fate(desk, case, situation, row)
    return Copy(
        template=row.template,
        unit=row.unit,
        unit_words=unit_in_words(case, row.unit),
        name=person.full_name if person else "",
        cargo=person.cargo if person else "",
        fate=fate,
        at=at,
    )


def _fate(desk: Desk, case: CaseRow, situation: Situation, row: LetterRow) -> tuple[Fate, datetime | None]:
    step = PASSING_ON.get(row.template) if row.asks else None
    record = cases.last_step(desk.session, case.id, step, row.asks_unit) if step else None
    if record is not None and step and situation.is_done(step, row.asks_unit):
        if record.person_id is not None and record.person_id == row.person_id:
            return Fate.PASSED_ON, record.at
        if record.by_system and row.state is LetterState.SENT and row.acknowledged_at is None:
            return Fate.PASSED_ON_BY_SYSTEM, record.at
    if row.acknowledged_at is not None:
        return Fate.ACKNOWLEDGED, row.acknowledged_at
    plain = {
        LetterState.WAITING: (Fate.WAITING, row.not_before),
        LetterState.BOUNCED: (Fate.BOUNCED, row.bounced_at),
        LetterState.FAILED: (Fate.FAILED, None),
        LetterState.CANCELLED: (Fate.CANCELLED, None),
    }
    if row.state in plain:
        return plain[row.state]
    expects = bool(row.asks) or row.template in {"M-24b", "M-23S"}
    if expects and row.sent_at is not None:
        patience = working_days(desk).add(desk.local_date(row.sent_at), 1)
        if desk.today > patience:
            return Fate.SILENT, row.sent_at
    return Fate.SENT, row.sent_at


def _delivered(
    case: CaseRow, situation: Situation, rows: Sequence[LetterRow], copies: Sequence[Copy]
) -> dict[str, bool]:
    """Tell of each OOAD whether its circular arrived: it left, and nobody who is asked there is without it."""
    found = {}
    for ooad in case.tree.get("ooad", []):
        own = [
            copy
            for row, copy in zip(rows, copies, strict=True)
            if organisation.ooad_of(row.unit) == ooad
            and row.unit == ooad
            and (row.asks or row.template == "M-23S")
        ]
        found[ooad] = (
            situation.is_done("A34") and bool(own) and not any(copy.fate in UNDELIVERED for copy in own)
        )
    return found
