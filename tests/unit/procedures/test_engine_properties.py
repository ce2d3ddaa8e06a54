"""What holds whatever comes, in whatever order."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procedures.definition import Source
from procedures.engine import (
    Instance,
    Situation,
    Status,
    decide,
    open_instances,
    opened_by,
    status,
    what_if,
)
from procedures.layers import Layered
from tests.unit.procedures.country import WORKING_DAYS, attest, deliver, entry, ooads, period, procedure

EGAS, NONE = "OOAD07", "OOAD21"
SHAPE = {EGAS: [3, 2], NONE: [2, 1]}
TREE, PARENTS = ooads(**SHAPE)
UNITS = [*sorted(PARENTS), ""]
calm = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def asked() -> Situation:
    situation = attest(period(egas={EGAS: True, NONE: False}, **SHAPE), "A01").situation
    situation = attest(situation, "A02", EGAS).situation
    for region in TREE["region"]:
        if region.startswith(NONE):
            situation = attest(situation, "A03", region).situation
        situation = attest(situation, "A04", region).situation
    return situation


def delivered(situation: Situation) -> Situation:
    for pac in TREE["pac"]:
        situation = deliver(situation, pac)
    for region in TREE["region"]:
        for step in ("A10", "A11", "A12"):
            situation = attest(situation, step, region).situation
    return situation


ASKED = asked()
DELIVERED = delivered(ASKED)
starts = st.sampled_from([ASKED, DELIVERED])


def picture(situation: Situation) -> dict[Instance, Status]:
    return {instance: status(situation, instance) for instance in situation.instances()}


@calm
@given(st.permutations(TREE["pac"]))
def test_lists_may_come_in_any_order(order):
    situation = ASKED
    for pac in order:
        situation = deliver(situation, pac)

    expected = ASKED
    for pac in TREE["pac"]:
        expected = deliver(expected, pac)
    assert picture(situation) == picture(expected)


happenings = st.builds(
    entry,
    st.sampled_from(["attest", "attest", "attest", "list", "attestation", "return", "except", "song"]),
    st.sampled_from(UNITS),
    st.sampled_from([None, *procedure().steps]),
    kind=st.sampled_from([Source.COMMAND, Source.COMMAND, Source.MAIL, Source.CHAT]),
    role=st.sampled_from(["", "", "PAC", "SAC", "EMS", "CACyPCS", "NOBODY"]),
)


@calm
@given(starts, st.lists(happenings, max_size=25))
def test_nothing_that_is_sent_makes_the_engine_raise_nor_changes_what_was(start, entries):
    before = picture(start)
    situation = start
    for happening in entries:
        decision = decide(situation, happening, WORKING_DAYS)
        assert decision.taken or decision.refused
        if not decision.taken:
            assert decision.situation.records == situation.records
        situation = decision.situation

    assert picture(start) == before


@calm
@given(starts, st.lists(happenings, max_size=25))
def test_the_book_read_again_gives_the_same_picture(start, entries):
    situation = what_if(start, entries, WORKING_DAYS)

    again = Situation(
        definition=procedure(),
        tree=TREE,
        parents=PARENTS,
        facts={unit: dict(situation.facts(unit)) for unit in situation.tree.scope_of},
        records=situation.records,
        timers=situation.timers,
    )

    assert picture(again) == picture(situation)
    assert open_instances(again) == open_instances(situation)


@calm
@given(starts, st.lists(happenings, max_size=12))
def test_what_opened_is_exactly_what_was_not_open_before(start, entries):
    for happening in entries:
        situation = what_if(start, [happening], WORKING_DAYS)
        expected = set(open_instances(situation)) - set(open_instances(start))
        assert set(opened_by(start, situation)) == expected


@calm
@given(starts, st.lists(happenings, max_size=15))
def test_every_step_that_was_taken_had_what_it_needs(start, entries):
    situation = start
    for happening in entries:
        decision = decide(situation, happening, WORKING_DAYS)
        for taken in decision.taken:
            step = procedure().steps[taken.instance.step]
            if taken.outcome == "done" and step.after and step.after.join is None:
                for earlier in step.after.steps:
                    scope = procedure().steps[earlier].scope
                    for unit in decision.situation.tree.related(taken.instance.unit, scope):
                        assert status(decision.situation, Instance(earlier, unit)) in {
                            Status.DONE,
                            Status.EXCEPTED,
                            Status.NOT_APPLICABLE,
                        }
        situation = decision.situation


@given(st.lists(st.dictionaries(st.integers(0, 50), st.integers(), max_size=60), max_size=12))
def test_a_layered_mapping_is_a_mapping(changes):
    layered, plain = Layered({-1: 0}), {-1: 0}
    history = []
    for change in changes:
        history.append((layered, dict(plain)))
        layered, plain = layered.with_items(change), {**plain, **change}

    assert dict(layered) == plain
    assert len(layered) == len(plain)
    assert all(dict(earlier) == was for earlier, was in history)
