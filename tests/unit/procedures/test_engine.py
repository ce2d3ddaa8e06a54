"""What is open and for whom, what an entry does, what is due, what would happen if."""

from datetime import date, timedelta

import pytest

from procedures.definition import Level, Source
from procedures.engine import (
    Instance,
    Outcome,
    Record,
    Situation,
    Status,
    Timer,
    blocked_by,
    decide,
    due,
    due_steps,
    held_up_by,
    lacks_proof,
    open_instances,
    opened_by,
    owners,
    status,
    waiting_instances,
    what_if,
)
from procedures.situation import TimerState, UnknownInstance
from tests.unit.procedures.country import (
    A01_ON,
    READY,
    WORKING_DAYS,
    attest,
    deliver,
    entry,
    ooads,
    period,
    procedure,
    run_to_the_end,
    steps_done,
)

CHIAPAS, PUEBLA = "OOAD07", "OOAD21"
R01, R02 = f"{PUEBLA}-R01", f"{PUEBLA}-R02"
PAC = f"{CHIAPAS}-R01-PAC001"
OTHER_PAC = f"{CHIAPAS}-R01-PAC002"


def chiapas(**more: list[int]) -> Situation:
    return period(egas={CHIAPAS: True, **dict.fromkeys(more, True)}, **{CHIAPAS: [2, 1]}, **more)


def puebla(*sizes: int) -> Situation:
    return period(egas={PUEBLA: False}, **{PUEBLA: list(sizes)})


def asked(situation: Situation) -> Situation:
    """Bring a period to the point where every PAC has been asked."""
    situation = attest(situation, "A01").situation
    for ooad in situation.tree.units("ooad"):
        if situation.fact(ooad, "has_egas"):
            situation = attest(situation, "A02", ooad).situation
    for region in situation.tree.units("region"):
        if not situation.fact(region, "has_egas"):
            situation = attest(situation, "A03", region).situation
        situation = attest(situation, "A04", region).situation
    return situation


def delivered(situation: Situation) -> Situation:
    situation = asked(situation)
    for pac in situation.tree.units("pac"):
        situation = deliver(situation, pac)
    return situation


def rubricated(situation: Situation, *regions: str) -> Situation:
    for region in regions:
        for step in ("A10", "A11", "A12"):
            situation = attest(situation, step, region).situation
    return situation


# What is open, and for whom.


def test_a_period_begins_with_the_circular_alone():
    assert open_instances(chiapas()) == (Instance("A01"),)


def test_a_step_belongs_to_the_post_of_its_unit():
    situation = chiapas()

    assert owners(situation, Instance("A01")) == (("CACyPCS", "PIB"),)
    assert owners(situation, Instance("A02", CHIAPAS)) == (("EGAS", CHIAPAS),)
    assert owners(situation, Instance("A05", PAC)) == (("PAC", PAC), ("ES", PAC))


def test_the_designated_ems_is_the_ems_of_one_region():
    situation = puebla(1, 1).with_facts(PUEBLA, {"designated_ems": R02})

    assert owners(situation, Instance("A19", PUEBLA)) == (("EMS", R02),)
    assert owners(puebla(1, 1), Instance("A19", PUEBLA)) == ()


def test_both_egas_and_ems_forward_the_circular_where_both_exist():
    assert owners(chiapas(), Instance("A35", CHIAPAS)) == (
        ("EGAS", CHIAPAS),
        ("EMS", f"{CHIAPAS}-R01"),
        ("EMS", f"{CHIAPAS}-R02"),
    )
    assert owners(puebla(1), Instance("A35", PUEBLA)) == (("EMS", R01),)


def test_somebody_outside_is_never_given_a_task():
    assert owners(chiapas(), Instance("A50")) == (("CFI", "PIB"),)


def test_asking_for_a_step_that_does_not_exist_says_so():
    with pytest.raises(UnknownInstance):
        status(chiapas(), Instance("A99"))
    with pytest.raises(UnknownInstance):
        status(chiapas(), Instance("A02", PAC))


def test_a_step_whose_branch_is_not_known_yet_waits():
    situation = attest(period(egas={PUEBLA: None}, **{PUEBLA: [1]}), "A01").situation

    assert status(situation, Instance("A02", PUEBLA)) is Status.PENDING
    assert status(situation, Instance("A03", R01)) is Status.PENDING


# What an entry does.


def test_one_mail_with_the_sentence_and_the_list_takes_a05_to_a08():
    situation = asked(chiapas()).with_facts(PAC, {"accepted_list": True, "open_errors": 0})

    attested = decide(situation, entry("attestation", PAC, kind=Source.MAIL), WORKING_DAYS)

    # The list was there already: with the sentence nothing is missing any more.
    assert [taken.instance.step for taken in attested.taken] == ["A05", "A06", "A07", "A08"]
    assert [taken.by_system for taken in attested.taken] == [False, False, True, True]


def test_a_list_without_the_sentence_waits_for_it():
    situation = asked(chiapas()).with_facts(PAC, {"accepted_list": True, "open_errors": 0})

    decision = decide(situation, entry("list", PAC, kind=Source.MAIL), WORKING_DAYS)

    assert not decision.taken
    assert [refusal.code for refusal in decision.refused] == ["pending"]
    assert "Falta: A06" in decision.refused[0].text
    assert decision.situation is situation


def test_a_list_with_errors_leaves_a07_and_a08_open():
    situation = asked(chiapas())
    situation = decide(situation, entry("attestation", PAC, kind=Source.MAIL), WORKING_DAYS).situation
    situation = situation.with_facts(PAC, {"accepted_list": True, "open_errors": 3})

    decision = decide(situation, entry("list", PAC, kind=Source.MAIL), WORKING_DAYS)

    assert not decision.taken
    assert "G_CLEAN_P" in {refusal.code for refusal in decision.refused}
    assert "renglones por corregir: 3" in decision.refused[0].text
    assert status(situation, Instance("A07", PAC)) is Status.BLOCKED


def test_the_last_list_of_a_region_opens_its_integration():
    situation = deliver(asked(chiapas()), PAC)
    assert status(situation, Instance("A09", f"{CHIAPAS}-R01")) is Status.PENDING

    after = deliver(situation, OTHER_PAC)

    assert status(after, Instance("A09", f"{CHIAPAS}-R01")) is Status.DONE
    assert opened_by(situation, after) == (Instance("A10", f"{CHIAPAS}-R01"),)


def test_what_opened_is_found_without_looking_at_the_whole():
    situation = asked(chiapas())
    after = deliver(deliver(situation, PAC), OTHER_PAC)

    everything = {i for i in after.instances() if status(after, i) is Status.OPEN}
    before = {i for i in situation.instances() if status(situation, i) is Status.OPEN}

    assert set(opened_by(situation, after)) == everything - before


def test_a_fact_that_unblocks_a_step_opens_it():
    before = delivered(chiapas())
    situation = before.with_facts(f"{CHIAPAS}-R01", {"undecided_duplicates": 1})
    assert status(situation, Instance("A10", f"{CHIAPAS}-R01")) is Status.BLOCKED

    after = situation.with_facts(f"{CHIAPAS}-R01", {"undecided_duplicates": 0})

    assert opened_by(situation, after) == (Instance("A10", f"{CHIAPAS}-R01"),)
    assert blocked_by(before, situation) == (Instance("A10", f"{CHIAPAS}-R01"),)


def test_a_blocked_step_still_waits_for_its_owner():
    situation = delivered(chiapas()).with_facts(f"{CHIAPAS}-R01", {"undecided_duplicates": 1})

    assert Instance("A10", f"{CHIAPAS}-R01") in waiting_instances(situation)
    assert Instance("A10", f"{CHIAPAS}-R01") not in open_instances(situation)


def test_effects_carry_what_the_caller_must_do():
    decision = attest(chiapas(), "A01")

    (taken,) = decision.taken
    assert [(effect.name, effect.argument) for effect in taken.effects] == [("send", "M-01")]


def test_a_letter_answered_by_enterado_takes_only_the_step_that_it_asked():
    situation = attest(chiapas(), "A01").situation

    answer = entry("acknowledgement", CHIAPAS, "A02", kind=Source.MAIL, level=Level.RECORDED, role="EGAS")
    decision = decide(situation, answer, WORKING_DAYS)

    assert [(taken.instance, taken.level) for taken in decision.taken] == [
        (Instance("A02", CHIAPAS), Level.RECORDED)
    ]


@pytest.mark.parametrize(
    ("happening", "code"),
    [
        (entry("attest", "", "A99"), "unknown_step"),
        (entry("attest", "OOAD99", "A02"), "unknown_unit"),
        (entry("attest", PAC, "A02"), "wrong_unit"),
        (entry("attest", CHIAPAS, "A02"), "pending"),
        (entry("list", "", "A01", kind=Source.MAIL), "wrong_channel"),
        (entry("song", PAC, kind=Source.MAIL), "nothing_waits"),
        (entry("acknowledgement", PAC, kind=Source.MAIL), "nothing_waits"),
        (entry("attest", "", "A01", role="CFI"), "not_yours"),
        (entry("attest", "", "A01", role="CACyPCS", role_unit="OOAD07"), "not_yours"),
        (entry("attest", f"{CHIAPAS}-R01", "A03"), "not_applicable"),
        (entry("DL02", f"{CHIAPAS}-R01", kind=Source.TIMER), "timer_unknown"),
        (entry("return", "", "A01"), "not_returnable"),
        (entry("except", PAC, role="PAC"), "not_exceptable"),
        (entry("override", "", "A01", gate="G_CAL"), "not_overridable"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_whatever_is_wrong_is_answered_and_changes_nothing(happening, code):
    situation = chiapas()

    decision = decide(situation, happening, WORKING_DAYS)

    assert [refusal.code for refusal in decision.refused] == [code]
    assert decision.refused[0].text
    assert not decision.taken
    assert decision.situation.records == situation.records


def test_the_same_act_again_is_told_that_it_is_in_the_book():
    situation = attest(chiapas(), "A01").situation

    decision = attest(situation, "A01")

    assert [refusal.code for refusal in decision.refused] == ["already_done"]


def test_a_fact_that_came_with_a_refused_act_does_not_stay():
    situation = puebla(1, 1)

    decision = attest(situation, "A16", PUEBLA, designated_ems=R01)

    assert decision.refused
    assert decision.situation.fact(PUEBLA, "designated_ems") is None
    assert not decision.facts


def test_a_scan_that_comes_later_makes_an_attested_step_proven():
    situation = rubricated(delivered(chiapas()), f"{CHIAPAS}-R01")
    rubric = Instance("A12", f"{CHIAPAS}-R01")
    assert lacks_proof(situation, rubric)

    decision = attest(situation, "A12", f"{CHIAPAS}-R01", level=Level.PROVEN)

    assert [(taken.instance, taken.level, taken.effects) for taken in decision.taken] == [
        (rubric, Level.PROVEN, ())
    ]
    assert not lacks_proof(decision.situation, rubric)


# Gates.


def test_a_rubric_is_no_paper_without_the_one_below():
    situation = delivered(chiapas())
    situation = attest(situation, "A10", f"{CHIAPAS}-R01").situation
    situation = attest(situation, "A11", f"{CHIAPAS}-R01", level=Level.RECORDED).situation

    decision = attest(situation, "A12", f"{CHIAPAS}-R01")

    assert [refusal.code for refusal in decision.refused] == ["G_RUB_SAC"]


def test_ac_33_without_the_rubric_of_a_jspm_nobody_authorises():
    situation = run_to_the_end(
        period(egas={CHIAPAS: True, "OOAD20": True}, **{CHIAPAS: [1], "OOAD20": [1]}), stop_before="A25"
    )
    weak = Record(step="A21", unit="OOAD20", at=situation.records[-1].at, on=A01_ON, level=Level.RECORDED)
    situation = situation.with_facts("OOAD20", {"name": "Oaxaca"}).after(weak)

    decision = attest(situation, "A25", role="CACyPCS")

    assert [refusal.text for refusal in decision.refused] == ["Falta rúbrica de la JSPM: Oaxaca (5.2.10)."]


def test_what_holds_a_step_up_is_what_somebody_can_do_now_and_nothing_in_between():
    nation = Instance("A25", "")
    asked_for_lists = asked(chiapas())
    one_region = rubricated(delivered(chiapas()), f"{CHIAPAS}-R01")

    at_the_end = run_to_the_end(chiapas(), stop_before="A25")

    waiting = held_up_by(asked_for_lists, nation)
    assert {instance.unit for instance in waiting} == set(asked_for_lists.tree.units("pac"))
    assert set(held_up_by(one_region, nation)) == {
        Instance("A13", f"{CHIAPAS}-R01"),
        Instance("A10", f"{CHIAPAS}-R02"),
    }
    assert held_up_by(at_the_end, nation) == ()
    with pytest.raises(UnknownInstance):
        held_up_by(at_the_end, Instance("A25", CHIAPAS))


def test_an_unknown_list_of_the_ps_is_no_list_to_ask_money_for():
    sent = run_to_the_end(chiapas(), stop_before="A32")
    replaced = sent.with_facts("", {"replaced_version": 1, "sent_version": 2, "sent_on": "12-feb-2027"})

    once = attest(sent, "A32")
    not_acknowledged = attest(replaced.with_facts("", {"acknowledged": False}), "A32")
    acknowledged = attest(replaced.with_facts("", {"acknowledged": True}), "A32")
    another = attest(sent.with_facts("", {"same_file": False}), "A32")

    assert once.taken
    assert acknowledged.taken
    [why] = [refusal.text for refusal in not_acknowledged.refused]
    assert why.startswith("El Prestador de Servicios no ha acusado de recibo la versión 2")
    assert why.endswith("(5.2.4).")
    assert [refusal.code for refusal in another.refused] == ["G_SAMEFILE"]


def test_ac_37_without_the_previous_proof_no_advance_is_asked():
    situation = run_to_the_end(chiapas(), stop_before="A33").with_facts(
        "", {"first_period": False, "previous_proved": False, "previous_period": "2026-B6"}
    )

    decision = attest(situation, "A33", role="UPIB")

    assert [refusal.text for refusal in decision.refused] == [
        "No procede solicitar el anticipo: falta constancia de entera satisfacción de 2026-B6 (5.2.2)."
    ]
    assert not decision.taken


def test_a_gate_that_only_alarms_lets_pass_and_says_so():
    situation = run_to_the_end(chiapas(), stop_before="A33").with_facts("", {"lead_kept": False})

    (taken,) = attest(situation, "A33").taken

    assert [alarm.code for alarm in taken.alarms] == ["G_LEAD5"]


def test_a_named_role_may_override_some_gates_and_it_stays_written():
    situation = run_to_the_end(chiapas(), stop_before="A43").with_facts("", {"reconciled": False})
    assert status(situation, Instance("A43")) is Status.BLOCKED

    refused = decide(situation, entry("override", "", "A43", role="JSPM", gate="G_CONC"), WORKING_DAYS)
    granted = decide(situation, entry("override", "", "A43", role="CFI", gate="G_CONC"), WORKING_DAYS)

    assert [refusal.code for refusal in refused.refused] == ["not_overridable"]
    assert granted.facts == {"": {"overridden": ["G_CONC"]}}
    assert status(granted.situation, Instance("A43")) is Status.OPEN


def test_the_end_of_the_window_is_looked_at_on_the_day():
    situation = run_to_the_end(chiapas(), stop_before="A42")

    assert attest(situation, "A42", on=date(2027, 3, 12)).refused[0].code == "G_ENDED"
    assert attest(situation, "A42", on=date(2027, 3, 13)).taken


# Ways back and ways round.


def test_ac_25_a_pac_that_does_not_deliver_is_excepted_by_its_sac():
    situation = deliver(asked(chiapas()), PAC)

    decision = decide(
        situation, entry("except", OTHER_PAC, role="SAC", role_unit=f"{CHIAPAS}-R01"), WORKING_DAYS
    )

    assert [(taken.instance.step, taken.outcome) for taken in decision.taken] == [
        ("A05", Outcome.EXCEPTED),
        ("A06", Outcome.EXCEPTED),
        ("A07", Outcome.EXCEPTED),
        ("A08", Outcome.EXCEPTED),
        ("A09", Outcome.DONE),
    ]
    assert status(decision.situation, Instance("A10", f"{CHIAPAS}-R01")) is Status.OPEN


def test_the_sac_of_another_region_excepts_nobody():
    situation = deliver(asked(chiapas()), PAC)

    decision = decide(
        situation, entry("except", OTHER_PAC, role="SAC", role_unit=f"{CHIAPAS}-R02"), WORKING_DAYS
    )

    assert [refusal.code for refusal in decision.refused] == ["not_exceptable"]


def test_an_exception_asked_in_answer_to_the_integration_finds_its_step():
    situation = deliver(asked(chiapas()), PAC)

    decision = decide(situation, entry("except", OTHER_PAC, "A10", role="SAC"), WORKING_DAYS)

    assert decision.taken[-1].instance == Instance("A09", f"{CHIAPAS}-R01")


def test_an_excepted_pac_may_still_deliver():
    situation = deliver(asked(chiapas()), PAC)
    situation = decide(situation, entry("except", OTHER_PAC, role="SAC"), WORKING_DAYS).situation
    situation = attest(situation, "A10", f"{CHIAPAS}-R01").situation

    late = deliver(situation, OTHER_PAC)

    assert late.is_done("A08", OTHER_PAC)
    assert late.record("A10", f"{CHIAPAS}-R01") is None


def test_a_missing_ooad_is_excepted_with_everything_below_it():
    situation = run_to_the_end(
        period(egas={CHIAPAS: True, "OOAD20": True}, **{CHIAPAS: [1], "OOAD20": [1]}), stop_before="A21"
    )
    situation = attest(situation, "A21", CHIAPAS).situation
    for step in ("A22", "A23"):
        situation = attest(situation, step, CHIAPAS).situation

    decision = decide(situation, entry("except", "OOAD20", role="CACyPCS"), WORKING_DAYS)

    assert [taken.instance for taken in decision.taken] == [
        Instance("A21", "OOAD20"),
        Instance("A22", "OOAD20"),
        Instance("A23", "OOAD20"),
    ]
    after = attest(decision.situation, "A24").situation
    assert attest(after, "A25").taken


def test_ac_26_a_newer_list_makes_what_was_integrated_fall():
    situation = rubricated(delivered(chiapas()), f"{CHIAPAS}-R01")

    decision = decide(situation, entry("list", PAC, kind=Source.MAIL), WORKING_DAYS)

    voided = [taken.instance.step for taken in decision.taken if taken.outcome is Outcome.VOIDED]
    assert voided == ["A10", "A11", "A12"]
    assert open_instances(decision.situation) == (
        Instance("A10", f"{CHIAPAS}-R01"),
        Instance("A10", f"{CHIAPAS}-R02"),
    )


def test_ac_27_after_the_authorisation_a_list_changes_nothing():
    situation = run_to_the_end(chiapas(), stop_before="A26")

    decision = decide(situation, entry("list", PAC, kind=Source.MAIL), WORKING_DAYS)

    assert not decision.taken
    assert decision.refused[0].text == "El listado del periodo ya fue autorizado; acuda a su SAC."


def test_the_ems_returns_the_list_to_its_sac():
    situation = delivered(chiapas())
    for step in ("A10", "A11"):
        situation = attest(situation, step, f"{CHIAPAS}-R01").situation

    decision = decide(situation, entry("return", f"{CHIAPAS}-R01", "A12", role="EMS"), WORKING_DAYS)

    assert [(t.instance.step, t.outcome, len(t.effects)) for t in decision.taken] == [
        ("A11", Outcome.VOIDED, 1),
        ("A10", Outcome.VOIDED, 0),
    ]
    assert opened_by(situation, decision.situation) == (Instance("A10", f"{CHIAPAS}-R01"),)


def test_a_sac_returns_the_list_of_one_pac_and_must_say_which():
    situation = delivered(chiapas())

    vague = decide(situation, entry("return", f"{CHIAPAS}-R01", "A10", role="SAC"), WORKING_DAYS)
    clear = decide(situation, entry("return", PAC, "A10", role="SAC"), WORKING_DAYS)

    assert [refusal.text for refusal in vague.refused] == ["Indique cuál: A10 se devuelve por PAC."]
    assert {taken.instance.step for taken in clear.taken} == {"A07", "A08", "A09"}
    assert clear.situation.is_done("A08", OTHER_PAC)


def test_nothing_is_returned_that_was_not_delivered():
    decision = decide(asked(chiapas()), entry("return", PAC, "A10", role="SAC"), WORKING_DAYS)

    assert [refusal.code for refusal in decision.refused] == ["nothing_to_return"]


# Variants.


def test_ac_28_with_egas_the_list_goes_to_it():
    situation = rubricated(delivered(chiapas()), f"{CHIAPAS}-R01", f"{CHIAPAS}-R02")

    assert open_instances(situation) == (Instance("A13", f"{CHIAPAS}-R01"), Instance("A13", f"{CHIAPAS}-R02"))
    for step in ("A16", "A18", "A19", "A20"):
        assert status(situation, Instance(step, CHIAPAS)) is Status.NOT_APPLICABLE
    assert status(situation, Instance("A17", f"{CHIAPAS}-R01")) is Status.NOT_APPLICABLE


def test_ac_29_without_egas_two_ems_designate_one_and_the_other_sends():
    situation = rubricated(delivered(puebla(1, 1)), R01, R02)
    assert open_instances(situation) == (Instance("A16", PUEBLA),)
    assert set(owners(situation, Instance("A16", PUEBLA))) == {("EMS", R01), ("EMS", R02)}

    decision = attest(situation, "A16", PUEBLA, role="EMS", designated_ems=R01)
    situation = decision.situation

    assert [effect.name for effect in decision.taken[0].effects] == ["designate"]
    assert decision.facts == {PUEBLA: {"designated_ems": R01}}
    assert status(situation, Instance("A17", R01)) is Status.NOT_APPLICABLE
    assert open_instances(situation) == (Instance("A17", R02),)
    situation = attest(situation, "A17", R02).situation
    assert situation.is_done("A18", PUEBLA)
    assert open_instances(situation) == (Instance("A19", PUEBLA),)
    situation = attest(situation, "A19", PUEBLA, role="EMS", role_unit=R01).situation
    situation = attest(situation, "A20", PUEBLA, role="EMS", role_unit=R01).situation
    assert open_instances(situation) == (Instance("A21", PUEBLA),)
    assert owners(situation, Instance("A21", PUEBLA)) == (("JSPM", PUEBLA),)


def test_ac_29_a_designation_that_names_nobody_is_refused():
    situation = rubricated(delivered(puebla(1, 1)), R01, R02)

    assert attest(situation, "A16", PUEBLA).refused[0].code == "G_DES"
    assert attest(situation, "A16", PUEBLA, designated_ems="OOAD07-R01").refused[0].code == "G_DES"


def test_ac_29_the_join_waits_for_the_designated_region_too():
    situation = rubricated(delivered(puebla(1, 1)), R02)
    situation = attest(situation, "A16", PUEBLA, designated_ems=R01).situation
    situation = attest(situation, "A17", R02).situation

    assert status(situation, Instance("A18", PUEBLA)) is Status.PENDING
    assert rubricated(situation, R01).is_done("A18", PUEBLA)


def test_ac_30_a_single_ems_designates_itself_and_it_is_recorded():
    situation = rubricated(delivered(puebla(2)), R01)

    assert situation.is_done("A16", PUEBLA)
    assert status(situation, Instance("A17", R01)) is Status.NOT_APPLICABLE
    assert situation.is_done("A18", PUEBLA)
    assert open_instances(situation) == (Instance("A19", PUEBLA),)
    assert owners(situation, Instance("A19", PUEBLA)) == (("EMS", R01),)


def test_both_variants_meet_again_at_the_jspm():
    situation = run_to_the_end(
        period(egas={CHIAPAS: True, PUEBLA: False}, **{CHIAPAS: [1], PUEBLA: [1, 1]}), stop_before="A21"
    )

    assert open_instances(situation) == (Instance("A21", CHIAPAS), Instance("A21", PUEBLA))


# Time.


def test_a_due_date_says_why():
    situation = asked(chiapas())

    when = due(situation, Instance("A08", PAC), WORKING_DAYS)

    assert when.on == date(2027, 1, 18)
    assert "10 días hábiles después" in when.reason


def test_the_date_of_the_calendar_comes_first():
    situation = asked(chiapas()).with_facts("", {"calendar": {"fecha_entrega_pac": "2027-01-15"}})

    assert due(situation, Instance("A08", PAC), WORKING_DAYS).on == date(2027, 1, 15)


def test_a_term_is_unknown_until_its_beginning_is_known():
    assert due(chiapas(), Instance("A02", CHIAPAS), WORKING_DAYS) is None


def test_waiting_steps_are_told_with_their_terms_and_who_is_late():
    situation = deliver(asked(chiapas()), PAC)

    found = due_steps(situation, date(2027, 1, 19), WORKING_DAYS)

    assert [(instance, overdue) for instance, _, overdue in found] == [
        (Instance("A05", OTHER_PAC), True),
        (Instance("A05", f"{CHIAPAS}-R02-PAC001"), True),
    ]


def test_a_step_done_after_its_term_is_done_late():
    situation = attest(chiapas(), "A01").situation

    in_time = attest(situation, "A02", CHIAPAS, on=date(2027, 1, 5))
    late = attest(situation, "A02", CHIAPAS, on=date(2027, 1, 6))

    assert [taken.late for taken in (*in_time.taken, *late.taken)] == [False, True]


def test_an_exact_day_is_missed_on_the_next():
    situation = run_to_the_end(chiapas(), stop_before="A44")

    assert due(situation, Instance("A44"), WORKING_DAYS).on == date(2027, 3, 17)
    assert attest(situation, "A44", on=date(2027, 3, 18)).taken[0].late


def test_the_desk_forwards_what_an_ems_left_lying_and_only_once():
    decision = attest(puebla(1, 1), "A01")
    timers = [timer for timer, _ in decision.taken[0].starts]
    assert timers == [
        Timer(name="DL02", unit=R01, due_on=date(2027, 1, 5)),
        Timer(name="DL02", unit=R02, due_on=date(2027, 1, 5)),
    ]
    bell = entry("DL02", R01, kind=Source.TIMER, on=date(2027, 1, 6))

    first = decide(decision.situation, bell, WORKING_DAYS)
    second = decide(first.situation, bell, WORKING_DAYS)

    assert [(taken.instance, taken.by_system) for taken in first.taken] == [(Instance("A03", R01), True)]
    assert first.taken[0].effects[0].argument == "M-03"
    assert [refusal.code for refusal in second.refused] == ["timer_fired"]
    assert not second.taken


def test_where_there_is_an_egas_no_timer_forwards():
    assert attest(chiapas(), "A01").taken[0].starts == ()


def test_who_acts_in_time_cancels_the_timer():
    situation = attest(puebla(1), "A01").situation

    decision = attest(situation, "A03", R01)

    assert decision.taken[0].cancels == (
        Timer(name="DL02", unit=R01, due_on=date(2027, 1, 5), state=TimerState.CANCELLED),
    )
    late = decide(decision.situation, entry("DL02", R01, kind=Source.TIMER), WORKING_DAYS)
    assert [refusal.code for refusal in late.refused] == ["timer_cancelled"]


# What would happen if, and the book read again.


def test_what_would_happen_changes_nothing():
    situation = chiapas()

    after = what_if(situation, [entry("attest", "", "A01"), entry("attest", CHIAPAS, "A02")], WORKING_DAYS)

    assert steps_done(after) == {"A01", "A02"}
    assert situation.records == ()
    assert open_instances(situation) == (Instance("A01"),)


def test_the_same_records_read_again_give_the_same_open_steps():
    situation = rubricated(delivered(chiapas()), f"{CHIAPAS}-R01")
    tree, parents = ooads(**{CHIAPAS: [2, 1]})
    facts = {unit: dict(situation.facts(unit)) for unit in situation.tree.scope_of}

    again = Situation(
        definition=procedure(), tree=tree, parents=parents, facts=facts, records=situation.records
    )

    assert open_instances(again) == open_instances(situation)
    assert opened_by(situation, again) == ()


def test_a_report_comes_into_being_while_the_case_runs():
    situation = run_to_the_end(chiapas(), stop_before="A34")

    decision = attest(situation, "A41", "REP-2027-03-03", on=date(2027, 3, 3))

    assert decision.taken[0].instance == Instance("A41", "REP-2027-03-03")
    again = Situation(
        definition=procedure(),
        tree=ooads(**{CHIAPAS: [2, 1]})[0],
        parents=ooads(**{CHIAPAS: [2, 1]})[1],
        records=decision.situation.records,
    )
    assert again.is_done("A41", "REP-2027-03-03")


def test_progress_is_reported_again_and_again():
    situation = run_to_the_end(chiapas(), stop_before="A38")
    first = attest(situation, "A38", PAC, on=date(2027, 3, 3))

    second = attest(first.situation, "A38", PAC, on=date(2027, 3, 10), problem_cases=1)

    assert [effect.argument for effect in first.taken[0].effects] == []
    assert [effect.argument for effect in second.taken[0].effects] == ["M-27"]


def test_the_country_has_what_the_gates_ask_for():
    assert READY["calendar_loaded"]
    assert open_instances(run_to_the_end(chiapas()), A01_ON + timedelta(days=99)) == ()
