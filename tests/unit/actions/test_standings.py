"""What is kept of where an expediente stands is what reading it anew would give."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from actions.standings import Standings
from procedures import loader
from procedures.catalogue import read_builtin
from storage import cases
from storage.cases import CaseRow, StepOutcome, StepRow
from storage.database import Store

AT = datetime(2027, 1, 5, 15, tzinfo=UTC)
DEFINITION = loader.load(read_builtin("0780-003-002"))
OOADS = ("OOAD07", "OOAD20")


class Undone(Exception):
    """Whatever makes a transaction come to nothing."""


@pytest.fixture
def expediente(store: Store) -> int:
    with store.transaction() as session:
        row = CaseRow(
            folio="0780-003-002/2027-B9",
            procedure="0780-003-002",
            opened_at=AT,
            tree={"period": [""], "ooad": list(OOADS), "region": [], "pac": []},
            parents=dict.fromkeys(OOADS, ""),
            facts={code: {"name": code, "has_egas": True} for code in OOADS},
        )
        return cases.add_case(session, row).id or 0


def take(session: Session, case_id: int, unit: str, *, step_id: int | None = None) -> None:
    row = StepRow(
        id=step_id, case_id=case_id, step="A02", unit=unit, level="recorded", at=AT, on=date(2027, 1, 5)
    )
    cases.add_step(session, row)


def done(standings: Standings, session: Session, case_id: int) -> set[str]:
    situation = standings.read(session, cases.get_case(session, case_id), lambda: DEFINITION)
    return {unit for unit in OOADS if situation.is_done("A02", unit)}


def test_a_step_is_seen_by_the_transaction_that_takes_it_and_by_those_after_it(store, expediente):
    standings = Standings()
    with store.transaction() as session:
        assert done(standings, session, expediente) == set()
        take(session, expediente, "OOAD07")
        assert done(standings, session, expediente) == {"OOAD07"}
        take(session, expediente, "OOAD20")
        assert done(standings, session, expediente) == {"OOAD07", "OOAD20"}

    with store.transaction() as session:
        assert done(standings, session, expediente) == {"OOAD07", "OOAD20"}


def test_a_step_that_came_to_nothing_is_not_remembered(store, expediente):
    standings = Standings()

    def fail() -> None:
        with store.transaction() as session:
            done(standings, session, expediente)
            take(session, expediente, "OOAD07")
            assert done(standings, session, expediente) == {"OOAD07"}
            raise Undone

    with pytest.raises(Undone):
        fail()

    with store.transaction() as session:
        assert done(standings, session, expediente) == set()


def test_a_step_that_another_process_commits_late_under_a_lower_number_is_seen(store, expediente):
    standings = Standings()
    with store.transaction() as session:
        take(session, expediente, "OOAD20", step_id=20)
    with store.transaction() as session:
        assert done(standings, session, expediente) == {"OOAD20"}
    with store.transaction() as session:
        take(session, expediente, "OOAD07", step_id=10)

    with store.transaction() as session:
        assert done(standings, session, expediente) == {"OOAD07", "OOAD20"}


def test_a_step_voided_later_in_the_same_transaction_no_longer_stands(store, expediente):
    standings = Standings()
    with store.transaction() as session:
        take(session, expediente, "OOAD07")
        assert done(standings, session, expediente) == {"OOAD07"}
        voided = StepRow(
            case_id=expediente,
            step="A02",
            unit="OOAD07",
            outcome=StepOutcome.VOIDED,
            level="recorded",
            at=AT,
            on=date(2027, 1, 6),
        )
        cases.add_step(session, voided)

        assert done(standings, session, expediente) == set()


def test_units_that_an_expediente_gained_are_seen(store, expediente):
    standings = Standings()
    with store.transaction() as session:
        done(standings, session, expediente)
    with store.transaction() as session:
        case = cases.get_case(session, expediente)
        case.tree = {**case.tree, "ooad": [*OOADS, "OOAD30"]}
        case.parents = {**case.parents, "OOAD30": ""}
        session.add(case)

        situation = standings.read(session, case, lambda: DEFINITION)

    assert "OOAD30" in situation.tree.units("ooad")
