"""Who is listed now and where else, and the questions about people that stand several times."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from procedures.lists.duplicates import Listed
from storage import duplicates, lists
from storage.duplicates import DuplicateRecordRow, DuplicateRow
from storage.errors import NotInBooks
from storage.lists import ListLevel, ListState, StoredLine

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
PAC1, PAC2, PAC3 = "OOAD07-R03-PAC001", "OOAD07-R03-PAC002", "OOAD07-R03-PAC003"


@pytest.fixture
def version_of(store, case_id):
    def make(unit: str, level: ListLevel = ListLevel.LVP) -> int:
        with store.transaction() as session:
            version = lists.add_version(
                session, case_id=case_id, level=level, unit=unit, state=ListState.ACCEPTED, made_at=NOW
            )
            assert version.id is not None
            return version.id

    return make


def who(unit, row, name, version_id, locality="070590001", curp_mark=""):
    return Listed(unit, row, name, locality, "VRS", "f" * 16, curp_mark, version_id)


def test_people_of_a_list_are_looked_for_in_all_others_by_name_place_and_curp(store, case_id, version_of):
    first, second = version_of(PAC1), version_of(PAC2)
    own = [who(PAC1, row, f"NOMBRE {row}", first, "070590009") for row in range(2, 1002)]
    own.append(who(PAC1, 2000, "ANA LUZ", first, "071110001", "m" * 32))
    others = [
        who(PAC2, 2, "NOMBRE 5", second),
        who(PAC2, 3, "NOMBRE 6", second, "080590002"),
        who(PAC2, 4, "OTRA PERSONA", second, "071110001"),
        who(PAC2, 5, "EVA PAZ", second, "099990001", "m" * 32),
        who(PAC2, 6, "NADIE DE AQUI", second, "099990001"),
    ]
    with store.transaction() as session:
        duplicates.relist(session, case_id, PAC1, own)
        duplicates.relist(session, case_id, PAC2, others)

    with store.reading() as session:
        found = duplicates.listed_elsewhere(session, case_id, own)

    assert {each.row for each in found} == {2, 4, 5}
    assert others[0] in found


def test_a_new_list_takes_the_place_of_the_one_before(store, case_id, version_of):
    first, second, later = version_of(PAC1), version_of(PAC2), version_of(PAC2)
    own = [who(PAC1, 2, "ANA LUZ", first)]
    with store.transaction() as session:
        duplicates.relist(session, case_id, PAC2, [who(PAC2, 2, "ANA LUZ", second)])
        duplicates.relist(session, case_id, PAC2, [who(PAC2, 3, "EVA PAZ", later)])

    with store.reading() as session:
        assert [each.name_norm for each in duplicates.listed_elsewhere(session, case_id, own)] == ["EVA PAZ"]


def test_looking_for_somebody_never_reads_the_nation(store, case_id, version_of):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics, which an empty table has none of")
    asked = []
    version = version_of(PAC1)

    def note(_connection, _cursor, statement, values, _context, _many):
        asked.append((statement, values))

    with store.reading() as session:
        event.listen(session.connection(), "before_cursor_execute", note)
        duplicates.listed_elsewhere(session, case_id, [who(PAC1, 2, "ANA LUZ", version, curp_mark="m" * 32)])
        plans = [
            " ".join(
                row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            )
            for sql, values in [call for call in asked if "FROM listing" in call[0]]
        ]

    assert len(plans) == 3
    assert all("USING INDEX ix_listing_" in plan for plan in plans), plans


def duplicate(case_id, unit="OOAD07-R03", **changes):
    values = {
        "case_id": case_id,
        "code": "V-052",
        "unit": unit,
        "key": "k",
        "name_norm": "ANA",
        "locality": "070590001",
        "kind": "VRS",
        "units": [PAC1, PAC2],
        "found_at": NOW,
    }
    return DuplicateRow(**(values | changes))


def test_a_duplicate_waits_for_the_post_that_decides(store, case_id, version_of):
    versions = {unit: version_of(unit) for unit in (PAC1, PAC2)}
    with store.transaction() as session:
        session.add_all([duplicate(case_id), duplicate(case_id, key="p", code="V-055")])
        session.flush()
        session.add_all(
            DuplicateRecordRow(duplicate_id=1, unit=unit, version_id=version, position=4)
            for unit, version in versions.items()
        )

    with store.transaction() as session:
        assert duplicates.undecided_duplicates(session, case_id, "OOAD07-R03") == 1
        assert [item.key for item in duplicates.duplicates_of_list(session, case_id, PAC2)] == ["k"]
        assert duplicates.duplicates_of_list(session, case_id, PAC3) == []
        duplicates.get_duplicate(session, 1).decision = duplicates.DISTINCT

    with store.transaction() as session:
        assert duplicates.undecided_duplicates(session, case_id, "OOAD07-R03") == 0
        assert len(duplicates.duplicates_at(session, case_id, "OOAD07-R03")) == 2
        duplicates.get_duplicate(session, 1).withdrawn_at = NOW

    with store.reading() as session:
        assert [row.key for row in duplicates.duplicates_at(session, case_id, "OOAD07-R03")] == ["p"]
        assert [row.key for row in duplicates.duplicates_named(session, case_id, {"ANA"})] == ["k", "p"]
        with pytest.raises(NotInBooks):
            duplicates.get_duplicate(session, 3)


def line(version_id, position, source=None):
    return {
        "id": None,
        "version_id": version_id,
        "position": position,
        "source_line_id": source,
        "pac": PAC1,
        "ooad": "OOAD07",
        "entity": "Chiapas",
        "municipality": "Ocosingo",
        "locality_name": "Abasolo",
        "locality": "070590001",
        "name": "Ana",
        "name_norm": "ANA",
        "kind": "VRS",
        "amount_centavos": 1,
        "months": "2027-01",
        "medical_unit": "",
        "situation": "",
        "remarks": "",
        "reference": "",
    }


def test_a_line_that_a_decision_leaves_out_is_found_in_the_lists_above(store, case_id, version_of):
    pac, region = version_of(PAC1), version_of("OOAD07-R03", ListLevel.LVR)
    with store.transaction() as session:
        lists.add_lines(session, pac, [StoredLine(**line(pac, 4)), StoredLine(**line(pac, 5))])
        below = {row.position: row.id for row in lists.lines_of(session, pac)}
        lists.add_lines(session, region, [StoredLine(**line(region, 1, below[4]))])
        session.add(duplicate(case_id, decision=duplicates.SAME))
        session.flush()
        session.add_all(
            DuplicateRecordRow(duplicate_id=1, unit=PAC1, version_id=pac, position=place, kept=place == 5)
            for place in (4, 5)
        )

    with store.reading() as session:
        above = lists.lines_of(session, region)[0].id
        assert duplicates.lines_left_out(session, [1]) == {below[4]: 1}
        assert duplicates.lines_above(session, [below[4], below[5]]) == {below[4]: [above]}


def test_duplicates_of_before_keep_their_decisions_when_the_books_are_brought_up(tmp_path):
    from storage.database import Store
    from storage.migrations import running

    store = Store(tmp_path)
    running.upgrade(store.engine, "0006")
    with store.engine.begin() as books:
        books.execute(
            text(
                "INSERT INTO case_file (id, folio, procedure, version, period, state, stage, opened_at, tree, parents,"
                " facts) VALUES (1, 'f', 'p', 1, '2027-B1', 'open', '', '2027-01-01', '{}', '{}', '{}')"
            )
        )
        for number, unit in enumerate((PAC1, PAC2), start=1):
            books.execute(
                text(
                    "INSERT INTO list_version (id, case_id, level, unit, version, state, file_sha256, digest, rows, vrs,"
                    " pvr, total_centavos, rejected, made_at, parents, notes)"
                    f" VALUES ({number}, 1, 'LVP', '{unit}', 1, 'aceptado', '', '', 1, 1, 0, 1, 0, '2027-01-01', '[]', '[]')"
                )
            )
            books.execute(
                text(
                    "INSERT INTO list_line (version_id, position, pac, ooad, entity, municipality, locality_name, locality,"
                    " name, name_norm, kind, amount_centavos, months, medical_unit, situation, remarks, reference)"
                    f" VALUES ({number}, {number + 3}, '{unit}', 'OOAD07', '', '', '', '070590001', 'Ana', 'ANA', 'VRS', 1,"
                    " '2027-01', '', '', '', '')"
                )
            )
        for key, decision in (("a", f"keep:{PAC2}"), ("b", "withdrawn"), ("c", "")):
            books.execute(
                text(
                    "INSERT INTO duplicate (case_id, code, unit, key, name_norm, locality, kind, units, found_at, decision,"
                    f" reason, decided_at) VALUES (1, 'V-052', 'OOAD07-R03', '{key}', 'ANA', '070590001', 'VRS',"
                    f" '[\"{PAC1}\", \"{PAC2}\"]', '2027-01-01', '{decision}', 'r', '2027-01-02')"
                )
            )

    store.upgrade()

    with store.reading() as session:
        standing = duplicates.duplicates_at(session, 1, "OOAD07-R03")
        records = duplicates.records_of(session, [1])[1]
        assert [row.decision for row in standing] == [duplicates.SAME, ""]
        assert [(row.unit, row.position, row.kept) for row in records] == [(PAC1, 4, False), (PAC2, 5, True)]
        own = [who(PAC3, 3, "ANA", 1)]
        assert {each.unit for each in duplicates.listed_elsewhere(session, 1, own)} == {PAC1, PAC2}
    store.close()
