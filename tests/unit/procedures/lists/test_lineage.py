"""Why totals differ: the lines account for the whole difference, whatever was decided or corrected."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.consolidation import Decision, Part, consolidate
from procedures.lists.lineage import Turn, tell_tiers, tell_versions, tier_of, tiers_between
from procedures.lists.totals import Totals, totals_of
from tests.unit.procedures.lists.lines_of_lists import CHIAPAS, line

PAC012, PAC015 = CHIAPAS, "OOAD07-R03-PAC015"

lines = st.lists(
    st.builds(
        line,
        pac=st.sampled_from([PAC012, PAC015]),
        name_norm=st.sampled_from(["ANA LUZ RUIZ", "EVA PAZ CRUZ", "JUAN SOL MAR", "ANA LUZ RUIS"]),
        locality=st.sampled_from(["070590001", "070590002"]),
        kind=st.sampled_from(["VRS", "PVR"]),
        amount_centavos=st.integers(1, 10**7),
        months=st.sampled_from(["2027-01", "2027-01,2027-02"]),
    ),
    max_size=20,
)


def integrated(below, out):
    """What consolidating makes of some lines, and those that stayed below."""
    numbered = [replace(each, id=number, position=number) for number, each in enumerate(below)]
    parts = [
        Part(unit=unit, version_id=1, lines=[each for each in numbered if each.pac == unit])
        for unit in (PAC012, PAC015)
    ]
    return numbered, consolidate(parts, [Decision(number=7, lines=frozenset(out))])


@given(below=lines, out=st.frozensets(st.integers(0, 19)))
def test_what_a_decision_leaves_out_is_the_whole_difference_between_two_tiers(below, out):
    numbered, made = integrated(below, out)
    above = {each.id for each in made.lines}

    passage = tell_tiers(
        (totals_of(numbered), made.totals),
        left_behind=[(each, Turn.LEFT_OUT, 7) for each in numbered if each.id not in above],
    )

    assert passage.is_whole
    assert len(passage.entries) == len(made.excluded)
    assert sum(entry.change.rows for entry in passage.entries) == made.totals.rows - len(below)


@given(before=lines, after=lines)
def test_altas_bajas_and_changes_are_the_whole_difference_between_two_versions(before, after):
    passage = tell_versions(before, after, (totals_of(before), totals_of(after)))

    assert passage.unexplained == Totals()
    assert passage.is_whole


def test_a_line_that_vanished_without_a_decision_is_told_and_is_no_whole_answer():
    gone, kept = line(id=1), line(id=2, name_norm="EVA PAZ CRUZ")

    told = tell_tiers((totals_of([gone, kept]), totals_of([kept])), left_behind=[(gone, Turn.UNTOLD, None)])
    silent = tell_tiers((totals_of([gone, kept]), totals_of([kept])), left_behind=[])

    assert told.unexplained == Totals()
    assert not told.is_whole
    assert silent.unexplained == Totals(vrs=-1, vrs_centavos=-100_000)
    assert not silent.is_whole


def test_a_changed_amount_is_told_with_both_amounts_and_conserves_the_count():
    before, after = line(amount_centavos=100_000), line(amount_centavos=50_000)

    (entry,) = tell_versions([before], [after], (totals_of([before]), totals_of([after]))).entries

    assert (entry.turn, entry.before.amount_centavos, entry.line.amount_centavos) == (
        Turn.CHANGED,
        100_000,
        50_000,
    )
    assert (entry.change.rows, entry.change.centavos) == (0, -50_000)


@pytest.mark.parametrize(
    ("step", "tier"),
    [("A08", "LVP"), ("A10", "LVR"), ("A13", "LVR"), ("A14", "LVO"), ("A17", "LVR"), ("A19", "LVO"),
     ("A23", "LVO"), ("A24", "LVN"), ("A25", "LVN"), ("A27", "LD"), ("A33", "LD")],
)  # fmt: skip
def test_each_activity_works_on_the_list_of_a_tier(step, tier):
    assert tier_of(step) == tier


def test_tiers_are_named_from_one_to_the_other():
    assert tiers_between("LVP", "LD") == ("LVP", "LVR", "LVO", "LVN", "LD")
    assert tiers_between("LVN", "LVR") == ()
