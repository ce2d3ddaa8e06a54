"""The way of the lines from list to list, on both databases."""

from datetime import UTC, datetime

import pytest

from procedures.lists.totals import Totals
from storage import duplicates, lineage, lists
from storage.duplicates import DuplicateRecordRow
from storage.lists import ListLevel, ListState, StoredLine
from tests.unit.storage.test_duplicates import duplicate, line

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
PAC1, PAC10, REGION = "OOAD07-R03-PAC001", "OOAD07-R03-PAC0010", "OOAD07-R03"


@pytest.fixture
def made(store, case_id):
    """Two lists of PACs and the region's, which lacks one line, has a foreign one and one that says something else."""
    with store.transaction() as session:
        ids = []
        for level, unit in ((ListLevel.LVP, PAC1), (ListLevel.LVP, PAC10), (ListLevel.LVR, REGION)):
            version = lists.add_version(
                session, case_id=case_id, level=level, unit=unit, state=ListState.ACCEPTED, made_at=NOW
            )
            ids.append(version.id)
        first, second, region = ids
        lists.add_lines(session, first, [StoredLine(**line(first, place)) for place in (3, 4, 5)])
        other = line(second, 3) | {"pac": PAC10, "kind": "PVR", "amount_centavos": 7}
        lists.add_lines(session, second, [StoredLine(**other)])
        below = {row.position: row.id for row in lists.lines_of(session, first)}
        lists.add_lines(
            session,
            region,
            [
                StoredLine(**line(region, 1, below[3])),
                StoredLine(**line(region, 2, below[4]) | {"amount_centavos": 2}),
                StoredLine(**line(region, 3)),
            ],
        )
    return first, second, region, below


def test_totals_are_told_by_ambito_and_of_one_unit_only(store, made):
    first, second, _region, _below = made

    with store.reading() as session:
        everything = lineage.totals_by_ambito(session, [first, second])
        of_one = lineage.totals_by_ambito(session, [first, second], PAC1)

    assert everything == {
        PAC1: Totals(vrs=3, vrs_centavos=3),
        PAC10: Totals(pvr=1, pvr_centavos=7),
    }
    assert of_one == {PAC1: Totals(vrs=3, vrs_centavos=3)}


def test_what_stayed_behind_came_from_nowhere_or_says_something_else_is_found(store, made):
    first, second, region, below = made

    with store.reading() as session:
        behind = lineage.lines_left_behind(session, region, [first, second])
        behind_of_one = lineage.lines_left_behind(session, region, [first, second], PAC1)
        unsourced = lineage.lines_without_source(session, region, [first, second])
        altered = lineage.lines_altered(session, region)

    assert [(row.pac, row.position) for row in behind] == [(PAC1, 5), (PAC10, 3)]
    assert [row.id for row in behind_of_one] == [below[5]]
    assert [row.position for row in unsourced] == [3]
    assert [(old.amount_centavos, new.amount_centavos) for old, new in altered] == [(1, 2)]


def test_lines_left_out_count_once_however_many_decisions_leave_them_out(store, case_id, made):
    first = made[0]
    with store.transaction() as session:
        session.add_all(
            [
                duplicate(case_id, decision=duplicates.SAME),
                duplicate(case_id, unit="OOAD07", key="o", code="V-053", decision=duplicates.SAME),
                duplicate(case_id, key="w", decision=duplicates.SAME, withdrawn_at=NOW),
            ]
        )
        session.flush()
        session.add_all(
            DuplicateRecordRow(duplicate_id=number, unit=PAC1, version_id=first, position=place, kept=False)
            for number, place in ((1, 3), (2, 3), (3, 4))
        )

    with store.reading() as session:
        out = duplicates.totals_left_out(session, case_id, ["OOAD07", REGION])

    assert (out.vrs, out.pvr) == (1, 0)
