"""A desk on the eve of a delivery period, its books written by the actions themselves and no mail sent.

`funded` is the office of the demonstration once the anticipo was asked for and paid (A33,
EV33B): the listado definitivo is with the PS, the payees stand in the books, and the circular
of activity 34 waits for its approval. `announced` is the same office when the circular was
passed on to every PAC (A36). Each step is attested at the keyboard by whose it is.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from sqlmodel import col, update

from actions.attest_step import AttestationRefused, attest_step
from actions.desk import Desk
from actions.find_addressees import owners_of
from actions.fire_deadlines import fire_deadlines
from actions.open_period import open_period
from actions.prepare_prints import keep_made, next_print
from actions.read_case import read_situation
from documents.printed_list import make_print
from procedures import engine
from procedures.engine import Instance
from procedures.lists.digest import record_digest
from procedures.lists.names import normalise_name
from procedures.lists.rows import ListRow
from schedules.writer import Writer
from service.clock import LeapingClock
from service.demo.cast import ZONE
from service.demo.office import MONTHLY
from service.settings import read_settings
from service.wiring import writing
from storage import agenda, cases, lists, people
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState
from storage.outbox import LetterRow, LetterState
from tests.people import PERIOD, Volunteer, volunteers_of

MONTHS = ("2027-01", "2027-02")
PLAN = (
    ("2027-01-05", {"A01", "A02", "A03", "A04"}),
    ("2027-01-18", {"A05", "A06", "A07", "A08", "A09"}),
    ("2027-01-20", {"A10", "A11", "A12", "A13", "A14", "A15", "A16", "A17", "A18", "A19", "A20"}),
    ("2027-02-01", {"A21", "A22", "A23"}),
    ("2027-02-08", {"A24", "A25", "A26"}),
    ("2027-02-11", {"A27", "A28", "A29"}),
    ("2027-02-15", {"A30", "A31", "A32", "A33", "EV33A", "EV33B"}),
)
"""On which day the people of the office do what, all in time."""


class Offices(Protocol):
    """Where the office is found in the state that this begins from."""

    def copy(self, state: str, target: Path) -> datetime: ...


def make_funded(offices: Offices, folder: Path) -> datetime:
    """Bring an office that was just set up to the eve of the circular of the delivery period."""
    clock = LeapingClock(offices.copy("set-up", folder))
    with writing(read_settings(folder), clock) as writer:
        writer.act(open_period, PERIOD)
        for day, steps in PLAN:
            _go_to(writer, clock, day)
            if "A08" in steps:
                writer.act(_store_lists)
            attest_all(writer, steps)
        _go_to(writer, clock, "2027-02-16")
        writer.act(_send_everything)
    return clock.now()


def make_announced(offices: Offices, folder: Path) -> datetime:
    """Let the circular leave on its day, and everybody pass it on at once, on 22 February 2027."""
    clock = LeapingClock(offices.copy("funded", folder))
    with writing(read_settings(folder), clock) as writer:
        _go_to(writer, clock, "2027-02-22")
        attest_all(writer, {"EV34A", "A34", "A35", "A36"})
        writer.act(_send_everything)
    return clock.now()


def _go_to(writer: Writer, clock: LeapingClock, day: str) -> None:
    """Let office time pass until ten in the morning; what falls due on the way fires at its instant."""
    target = datetime.combine(date.fromisoformat(day), time(10), ZONE)
    while True:
        with writer.store.reading() as session:
            due = agenda.next_due_at(session)
        clock.leap_to(min(due or target, target))
        while (order := writer.act(next_print)) is not None:
            writer.act(keep_made, order, make_print(writer.workshop, order.printed))
        while writer.act(fire_deadlines):
            pass
        if due is None or due > target:
            clock.leap_to(target)
            return


def attest_all(writer: Writer, steps: Collection[str], *, period: str = PERIOD) -> None:
    """Let whose steps they are attest those that are open, and what opens by that, until none is left."""
    while waiting := writer.act(_open_steps, steps, period):
        for instance, person in waiting:
            option = 1 if instance.step == "A16" else None
            outcome = writer.act(
                attest_step, period, instance.step, instance.unit, as_person=person, option=option
            )
            assert not isinstance(outcome, AttestationRefused), (instance, outcome.reasons)


def _open_steps(desk: Desk, steps: Collection[str], period: str) -> list[tuple[Instance, str]]:
    case = _case(desk, period)
    situation = read_situation(desk, case)
    found = []
    for instance in engine.waiting_instances(situation, desk.today):
        owners = owners_of(desk, case, engine.owners(situation, instance), instance.step, instance.unit)
        if instance.step in steps and owners and owners[0].person_id:
            found.append((instance, people.get_person(desk.session, owners[0].person_id).key))
    return found


def _case(desk: Desk, period: str) -> CaseRow:
    case = cases.find_case(desk.session, f"0780-003-002/{period}")
    assert case is not None
    return case


def _store_lists(desk: Desk) -> None:
    """Store the list of every PAC as it would stand once the desk had read and accepted it."""
    case = _case(desk, PERIOD)
    for pac in case.tree["pac"]:
        rows = [_row(number, volunteer) for number, volunteer in enumerate(volunteers_of(pac), 3)]
        version = lists.add_version(
            desk.session,
            case_id=case.id,
            level=ListLevel.LVP,
            unit=pac,
            state=ListState.ACCEPTED,
            digest=record_digest(rows),
            rows=len(rows),
            vrs=sum(row.tipo == "VRS" for row in rows),
            pvr=sum(row.tipo == "PVR" for row in rows),
            total_centavos=int(sum(row.importe for row in rows) * 100),
            made_at=desk.now,
        )
        lists.add_rows(desk.session, version.id, rows)


def _row(number: int, volunteer: Volunteer) -> ListRow:
    return ListRow(
        number=number,
        ooad=volunteer.unit.split("-")[0],
        pac=volunteer.unit,
        estado=volunteer.place.entity,
        municipio=volunteer.place.municipality,
        localidad=volunteer.place.name,
        clave_inegi=volunteer.clave,
        nombre=volunteer.name,
        nombre_norm=normalise_name(volunteer.name),
        tipo=volunteer.kind,
        importe=Decimal(MONTHLY[volunteer.kind]) * len(MONTHS),
        meses=MONTHS,
        unidad_medica=volunteer.medical_unit,
    )


def _send_everything(desk: Desk) -> None:
    """Check every letter off as one that the server accepted: nobody carries what these days wrote."""
    desk.session.exec(
        update(LetterRow)
        .where(col(LetterRow.state) == LetterState.WAITING)
        .values(state=LetterState.SENT, sent_at=desk.now)
    )


MAKERS: dict[str, Callable[[Offices, Path], datetime]] = {
    "funded": make_funded,
    "announced": make_announced,
}
