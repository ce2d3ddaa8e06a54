"""Integrating lists upwards: every line goes up once, and nothing is lost or gained."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.consolidation import (
    Decision,
    NotConserved,
    Part,
    check_conservation,
    consolidate,
    totals_by_tier,
)
from procedures.lists.digest import digest_of_lines
from tests.unit.procedures.lists.lines_of_lists import CHIAPAS, fixture_of_ten, line

PAC012, PAC015, PAC021 = CHIAPAS, "OOAD07-R03-PAC015", "OOAD07-R04-PAC021"

any_line = st.builds(
    line,
    position=st.integers(4, 400),
    pac=st.sampled_from([PAC012, PAC015, PAC021]),
    name_norm=st.sampled_from(["ANA LUZ RUIZ", "EVA PAZ CRUZ", "JUAN SOL MAR"]),
    kind=st.sampled_from(["VRS", "PVR"]),
    amount_centavos=st.integers(1, 10**7),
)


def parts_of(lines):
    units = sorted({each.pac for each in lines})
    return [
        Part(unit=unit, version_id=number, lines=[each for each in lines if each.pac == unit])
        for number, unit in enumerate(units, start=1)
    ]


def sums(parts):
    return [(len(part.lines), sum(each.amount_centavos for each in part.lines)) for part in parts]


def test_the_fixture_of_the_ledger_comes_to_its_totals():
    parts = [
        Part(unit=unit, version_id=number, lines=lines)
        for number, (unit, lines) in enumerate(fixture_of_ten().items(), start=1)
    ]

    national = consolidate(parts)

    check_conservation(sums(parts), national)
    assert (national.totals.rows, national.totals.vrs, national.totals.pvr) == (10, 6, 4)
    assert (national.totals.vrs_centavos, national.totals.pvr_centavos) == (600_000, 320_000)
    assert national.totals.amount == 9_200
    assert {unit: totals.amount for unit, totals in national.by_unit.items()} == {
        CHIAPAS: 4_600,
        "OOAD20-R01-PAC001": 2_800,
        "OOAD30N-R02-PAC004": 1_800,
    }
    tiers = totals_by_tier(national.lines)
    assert tiers[""].amount == 9_200
    assert tiers["OOAD07"].amount == tiers["OOAD07-R03"].amount == tiers[CHIAPAS].amount == 4_600


def test_each_line_tells_the_version_that_it_came_from():
    lines = [line(id=1), line(id=2, pac=PAC015, name_norm="EVA PAZ CRUZ")]

    result = consolidate(
        [
            Part(unit=PAC015, version_id=15, lines=[lines[1]]),
            Part(unit=PAC012, version_id=12, lines=[lines[0]]),
        ]
    )

    assert result.lines == (lines[0], lines[1])
    assert result.origins == (12, 15)


def test_a_line_that_a_decision_leaves_out_is_counted_with_the_decision():
    lines = [line(id=1), line(id=2, pac=PAC015, kind="PVR", amount_centavos=80_000)]
    decision = Decision(number=3, lines=frozenset({2}), reason="vive en Abasolo")

    result = consolidate(parts_of(lines), [decision])

    assert [each.id for each in result.lines] == [1]
    (left_out,) = result.excluded
    assert (left_out.line.id, left_out.unit, left_out.decision.reason) == (2, PAC015, "vive en Abasolo")
    check_conservation([(2, 180_000)], result)
    assert result.by_unit[PAC015].rows == 0


def test_a_decision_is_about_the_lines_that_it_was_taken_on():
    lines = [line(id=1), line(id=2, pac=PAC015), line(id=3, pac=PAC021)]
    decision = Decision(number=3, lines=frozenset({2}))

    assert [each.id for each in consolidate(parts_of(lines), [decision]).lines] == [1, 3]


def test_a_lost_line_and_a_changed_amount_are_seen():
    lines = [line(id=1), line(id=2, pac=PAC015, name_norm="EVA PAZ CRUZ")]
    result = consolidate(parts_of(lines))

    check_conservation([(2, 200_000)], result)
    for below in ([(3, 200_000)], [(2, 200_001)], [(1, 100_000)]):
        with pytest.raises(NotConserved, match="V-047"):
            check_conservation(below, result)


def test_nothing_comes_to_nothing():
    result = consolidate([])

    check_conservation([], result)
    assert result.totals.rows == 0
    assert result.digest == digest_of_lines([])


@given(lines=st.lists(any_line, max_size=30), out=st.frozensets(st.integers(0, 29)), seed=st.randoms())
def test_counts_and_sums_are_conserved_and_the_order_of_the_lists_does_not_matter(lines, out, seed):
    lines = [replace(each, id=number) for number, each in enumerate(lines)]
    decisions = [Decision(number=1, lines=out)]
    parts = parts_of(lines)
    shuffled = [replace_lines(part, seed) for part in parts]
    seed.shuffle(shuffled)

    result, again = consolidate(parts, decisions), consolidate(shuffled, decisions)

    check_conservation(sums(parts), result)
    assert again.digest == result.digest
    assert again.totals == result.totals
    assert again.by_unit == result.by_unit
    assert [each.position for each in again.lines] == [each.position for each in result.lines]


@given(lines=st.lists(any_line, max_size=30))
def test_by_regions_first_or_at_once_comes_to_the_same(lines):
    def by(parts, unit_of):
        units = sorted({unit_of(part.unit) for part in parts})
        return [
            Part(
                unit=unit,
                version_id=0,
                lines=consolidate([part for part in parts if unit_of(part.unit) == unit]).lines,
            )
            for unit in units
        ]

    pacs = parts_of(lines)

    at_once = consolidate(pacs)
    by_tiers = consolidate(by(pacs, lambda unit: unit.rpartition("-")[0]))

    assert by_tiers.digest == at_once.digest
    assert by_tiers.totals == at_once.totals


def replace_lines(part, seed: random.Random):
    lines = list(part.lines)
    seed.shuffle(lines)
    return replace(part, lines=lines)
