"""Versions of lists, their lines and where each came from, and who stands in two of them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procedures.lists.rows import Finding, ListRow, Severity
from storage import cases, definitions, lists, volunteers
from storage.cases import StepOutcome, StepRow
from storage.database import Store
from storage.errors import NotInBooks
from storage.lists import FindingRow, ListLevel, ListState
from storage.organisation import UnitKind, UnitRow
from storage.volunteers import VolunteerRow, VolunteerState

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
PAC1, PAC2 = "OOAD07-R03-PAC001", "OOAD07-R03-PAC002"


def row(
    number: int, name: str, *, locality: str = "070590001", kind: str = "VRS", amount: str = "1000.10"
) -> ListRow:
    return ListRow(
        number=number,
        ooad="OOAD07",
        pac=PAC1,
        estado="Chiapas",
        municipio="Ocosingo",
        localidad="Ocosingo",
        clave_inegi=locality,
        nombre=name.title(),
        nombre_norm=name,
        tipo=kind,
        importe=Decimal(amount),
        meses=("2027-01", "2027-02"),
        unidad_medica="UMR 1",
    )


def add(
    store: Store,
    case_id: int,
    unit: str,
    rows: list[ListRow],
    state: ListState = ListState.ACCEPTED,
    file: str = "",
) -> int:
    with store.transaction() as session:
        version = lists.add_version(
            session,
            case_id=case_id,
            level=ListLevel.LVP,
            unit=unit,
            state=state,
            made_at=NOW,
            file_sha256=file,
        )
        lists.add_rows(session, version.id, rows)
        assert version.id is not None
        return version.id


def test_versions_of_a_list_are_numbered_and_never_overwritten(store, case_id):
    first = add(store, case_id, PAC1, [row(2, "ANA")])
    second = add(store, case_id, PAC1, [row(2, "ANA"), row(3, "EVA")])
    add(store, case_id, PAC2, [row(2, "LUZ")])

    with store.reading() as session:
        assert lists.latest_version(session, case_id, ListLevel.LVP, PAC1).id == second
        assert [version.version for version in lists.versions_of(session, case_id, ListLevel.LVP, PAC1)] == [
            1,
            2,
        ]
        assert [line.name_norm for line in lists.lines_of(session, first)] == ["ANA"]
        assert lists.latest_version(session, case_id, ListLevel.LVR, PAC1) is None


def test_the_current_lists_of_some_units_come_in_their_order(store, case_id):
    replaced = add(store, case_id, PAC1, [row(2, "ANA")])
    current = add(store, case_id, PAC1, [row(2, "ANA")])
    other = add(store, case_id, PAC2, [row(2, "LUZ")])
    with store.transaction() as session:
        lists.versions_by_id(session, [replaced])[0].state = ListState.REPLACED

    with store.reading() as session:
        versions = lists.current_versions(session, case_id, ListLevel.LVP, [PAC2, "OOAD07-R03-PAC009", PAC1])
    assert [version.id for version in versions] == [other, current]


def test_money_is_whole_centavos_and_lines_keep_their_place(store, case_id):
    version = add(store, case_id, PAC1, [row(7, "EVA", amount="0.29"), row(3, "ANA", amount="1000000.10")])

    with store.reading() as session:
        lines = lists.lines_of(session, version)

    assert [(line.position, line.amount_centavos, line.months) for line in lines] == [
        (3, 100000010, "2027-01,2027-02"),
        (7, 29, "2027-01,2027-02"),
    ]


def test_an_integrated_line_says_which_line_it_came_from(store, case_id):
    below = add(store, case_id, PAC1, [row(2, "ANA")])
    with store.transaction() as session:
        (source,) = lists.lines_of(session, below)
        above = lists.add_version(
            session,
            case_id=case_id,
            level=ListLevel.LVR,
            unit="OOAD07-R03",
            state=ListState.INTEGRATED,
            made_at=NOW,
        )
        lists.add_lines(session, above.id, [source._replace(source_line_id=source.id)])

    with store.reading() as session:
        (line,) = lists.lines_of(session, above.id)
    assert (line.source_line_id, line.version_id, line.name_norm) == (source.id, above.id, "ANA")


def test_the_same_file_is_found_again(store, case_id):
    version = add(store, case_id, PAC1, [], file="f" * 64)

    with store.reading() as session:
        assert lists.find_by_file(session, case_id, PAC1, "f" * 64).id == version
        assert lists.find_by_file(session, case_id, PAC2, "f" * 64) is None


def test_within_a_transaction_the_newest_version_is_always_the_one_that_was_stored_last(store, case_id):
    with store.transaction() as session:
        assert lists.latest_version(session, case_id, ListLevel.LVP, PAC1) is None
        for number in (1, 2):
            stored = lists.add_version(
                session,
                case_id=case_id,
                level=ListLevel.LVP,
                unit=PAC1,
                state=ListState.ACCEPTED,
                made_at=NOW,
            )
            assert stored.version == number
            assert lists.latest_version(session, case_id, ListLevel.LVP, PAC1) is stored
        stored.state = ListState.REPLACED
        assert lists.latest_version(session, case_id, ListLevel.LVP, PAC1).state is ListState.REPLACED


def test_findings_are_kept_with_their_version(store, case_id):
    version = add(store, case_id, PAC1, [])
    with store.transaction() as session:
        lists.add_findings(
            session,
            version,
            [Finding(code="V-022", severity=Severity.ERROR, message="Fila 3: clave", row=3, column="F")],
        )

    with store.reading() as session:
        assert session.get(FindingRow, 1).message == "Fila 3: clave"


def unit(session, code: str, kind: UnitKind = UnitKind.PAC) -> None:
    session.add(UnitRow(code=code, kind=kind, name=code))


def test_people_of_an_accepted_list_are_remembered_for_the_next_template(store):
    with store.transaction() as session:
        unit(session, PAC1)
        session.flush()
        session.add(
            VolunteerRow(
                name="Sol",
                name_norm="SOL",
                kind="VRS",
                locality="070590001",
                unit=PAC1,
                state=VolunteerState.LEFT,
            )
        )
        volunteers.remember(session, PAC1, [row(2, "EVA"), row(3, "ANA")])
        session.flush()
        volunteers.remember(session, PAC1, [row(2, "ANA"), row(3, "ANA", kind="PVR")])

    with store.reading() as session:
        assert [(who.name_norm, who.kind) for who in volunteers.volunteers_of(session, PAC1)] == [
            ("ANA", "VRS"),
            ("ANA", "PVR"),
            ("EVA", "VRS"),
        ]
        assert volunteers.inactive_identities(session, PAC1) == {("SOL", "070590001", "VRS")}


def test_months_covered_in_another_period_are_known_and_covering_twice_changes_nothing(store, case_id):
    version = add(store, case_id, PAC1, [row(2, "ANA")])
    for period in ("2027-B1", "2027-B9"):
        with store.transaction() as session:
            volunteers.cover_months(session, lists.lines_of(session, version), period=period)

    with store.reading() as session:
        assert volunteers.covered_months(session, ["2027-02", "2027-03"], besides="2027-B2") == {
            ("ANA", "070590001", "VRS"): {"2027-02"}
        }
        assert volunteers.covered_months(session, ["2027-01"], besides="2027-B1") == {}


def test_steps_of_an_expediente_are_read_in_order_and_from_where_one_was(store, case_id):
    with store.transaction() as session:
        for step in ("A01", "A02", "A03"):
            cases.add_step(
                session,
                StepRow(
                    case_id=case_id, step=step, unit="OOAD07", level="recorded", at=NOW, on=date(2027, 3, 1)
                ),
            )

    with store.reading() as session:
        records = cases.records_of(session, case_id)
        assert [record.step for record in records] == ["A01", "A02", "A03"]
        assert records[0].outcome is StepOutcome.DONE
        assert (records[0].at, records[0].on) == (NOW, date(2027, 3, 1))
        assert cases.records_of(session, case_id, after_id=records[1].id) == records[2:]
        assert [step.step for step in cases.steps_of(session, case_id)] == ["A01", "A02", "A03"]


def test_expedientes_are_found_by_folio_and_the_open_ones_listed(store, case_id):
    with store.transaction() as session:
        closed = cases.CaseRow(
            folio="0720/2027-02", procedure="0720-003-002", opened_at=NOW, state=cases.CaseState.CLOSED
        )
        cases.add_case(session, closed)

    with store.reading() as session:
        assert cases.find_case(session, "0780-003-002/2027-B1").id == case_id
        assert cases.find_case(session, "0780-003-002/2027-B2") is None
        assert [case.id for case in cases.open_cases(session)] == [case_id]
        assert cases.open_cases(session, "0720-003-002") == []
        with pytest.raises(NotInBooks):
            cases.get_case(session, 99)


def test_a_new_version_of_a_procedure_leaves_the_old_one_to_those_who_began_with_it(store):
    for version in (1, 2):
        with store.transaction() as session:
            definitions.activate(
                session,
                key="0780-003-002",
                version=version,
                text=f"version: {version}",
                now=NOW,
                person_id=None,
                role="CACyPCS",
            )

    with store.reading() as session:
        assert definitions.in_force(session, "0780-003-002").version == 2
        assert definitions.get_definition(session, "0780-003-002", 1).text == "version: 1"
        assert definitions.in_force(session, "INT-SOL") is None
        with pytest.raises(NotInBooks):
            definitions.get_definition(session, "0780-003-002", 3)


def test_who_is_active_is_counted_at_every_tier(store, case_id):
    places = [
        (PAC1, "ANA"),
        (PAC1, "EVA"),
        (PAC2, "LUZ"),
        ("OOAD07-R30-PAC001", "PAZ"),
        ("OOAD0-R03-PAC001", "SOL"),
    ]
    with store.transaction() as session:
        for unit in {unit for unit, _name in places}:
            session.add(UnitRow(code=unit, kind=UnitKind.PAC, name=unit))
        session.flush()
        for unit in {unit for unit, _name in places}:
            volunteers.remember(session, unit, [row(2, name) for place, name in places if place == unit])

    with store.reading() as session:
        assert volunteers.count_active_at(session, PAC1) == 2
        assert volunteers.count_active(session, "OOAD07-R03") == 3
        assert volunteers.count_active(session, "OOAD07") == 4
        assert volunteers.count_active(session, "") == 5
