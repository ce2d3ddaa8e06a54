"""The definitions say what the regulations say: 0780 complete, INT-SOL and CS-EXP alive."""

from datetime import UTC, date, datetime

import pytest

from procedures.definition import Join, Level, OnFail, Source
from procedures.engine import (
    Decision,
    Happening,
    Instance,
    Outcome,
    Situation,
    Status,
    decide,
    due,
    open_instances,
    reminders_of,
    status,
)
from procedures.situation import TimerState
from procedures.soundness import find_faults
from tests.unit.procedures.country import (
    A01_ON,
    WORKING_DAYS,
    attest,
    entry,
    period,
    procedure,
    run_to_the_end,
    steps_done,
)

# 0780.

EFFECTS = {
    "send",
    "integrate",
    "authorise",
    "make_layout",
    "release",
    "designate",
    "remind",
    "reopen",
    "print",
}


def activities_reached(has_egas: bool, *regions: int) -> set[str]:
    situation = period(egas={"OOAD21": has_egas}, OOAD21=list(regions)).with_unit("report", "REP-1")
    numbered = {step.id for step in procedure().activities}
    return steps_done(run_to_the_end(situation)) & numbered


def test_0780_has_its_51_activities_in_order():
    assert [step.number for step in procedure().activities] == list(range(1, 52))
    assert [step.id for step in procedure().activities] == [f"A{n:02}" for n in range(1, 52)]


@pytest.mark.parametrize(
    ("has_egas", "regions", "count", "unused"),
    [
        pytest.param(True, (2, 1), 45, "A03 A16 A17 A18 A19 A20", id="egas"),
        pytest.param(False, (2, 1), 47, "A02 A13 A14 A15", id="no-egas-several-ems"),
        pytest.param(False, (2,), 46, "A02 A13 A14 A15 A17", id="no-egas-one-ems"),
    ],
)
def test_walking_0780_gives_the_activities_of_each_variant(has_egas, regions, count, unused):
    reached = activities_reached(has_egas, *regions)

    assert len(reached) == count
    assert {step.id for step in procedure().activities} - reached == set(unused.split())


def test_the_stages_are_those_printed():
    stages = {step.number: step.stage for step in procedure().activities}

    borders = {"I": (1, 4), "II": (5, 22), "III": (23, 29), "IV": (30, 33), "V": (34, 40), "VI": (41, 51)}
    for stage, (first, last) in borders.items():
        assert {stages[n] for n in range(first, last + 1)} == {stage}


def test_0780_uses_only_the_vocabulary_of_effects_and_messages():
    messages = {f"M-{n:02}" for n in range(1, 50)} | {"M-23S", "M-24a", "M-24b"}

    assert find_faults(procedure(), effects=EFFECTS, messages=messages, channels=_channels()) == ()


def _channels() -> set[str]:
    return {channel for step in procedure().steps.values() for channel in step.channels}


@pytest.mark.parametrize(
    ("step", "effects"),
    [
        ("A01", ["send M-01"]),
        ("A02", ["send M-02"]),
        ("A03", ["send M-03"]),
        ("A04", ["send M-04"]),
        ("A10", ["integrate LVR", "send M-08"]),
        ("A13", ["send M-10"]),
        ("A14", ["integrate LVO"]),
        ("A15", ["send M-11"]),
        ("A16", ["designate EMS"]),
        ("A17", ["send M-13"]),
        ("A19", ["integrate LVO"]),
        ("A20", ["send M-14"]),
        ("A22", ["send M-15"]),
        ("A24", ["integrate LVN"]),
        ("A25", ["authorise LVN"]),
        ("A26", ["send M-16"]),
        ("A27", ["make_layout LD"]),
        ("A28", ["release LD"]),
        ("A29", ["send M-18"]),
        ("A30", ["send M-19"]),
        ("A33", []),
    ],
)
def test_what_a_step_of_0780_makes_the_desk_do(step, effects):
    found = procedure().steps[step].effects

    assert [f"{effect.name} {effect.argument}" for effect in found] == effects


def test_every_activity_has_a_term():
    without = {step.id for step in procedure().activities if step.due is None}

    assert without == set()


def test_the_terms_are_those_of_the_worked_example():
    situation = run_to_the_end(period(egas={"OOAD07": True}, OOAD07=[1]))
    expected = {
        "A02": "2027-01-05",
        "A04": "2027-01-06",
        "A08": "2027-01-18",
        "A11": "2027-01-21",
        "A13": "2027-01-25",
        "A15": "2027-01-28",
        "A22": "2027-02-02",
        "A26": "2027-02-09",
        "A28": "2027-02-12",
        "A30": "2027-02-15",
        "A32": "2027-02-17",
        "A33": "2027-02-18",
        "A34": "2027-02-22",
        "A37": "2027-02-26",
        "A42": "2027-03-16",
        "A43": "2027-03-17",
        "A44": "2027-03-17",
        "A47": "2027-03-22",
        "A48": "2027-03-29",
    }

    for step, on in expected.items():
        (unit, *_) = situation.tree.units(procedure().steps[step].scope)
        assert due(situation, Instance(step, unit), WORKING_DAYS).on == date.fromisoformat(on), step


def test_rubrics_oficios_memorandums_and_prints_must_be_proven():
    for step in procedure().activities:
        written = {"oficio", "memorandum", "impreso_rubricado"} & set(step.channels)
        if step.needs is Level.PROVEN:
            assert written or step.id == "A50", step.id
    proven = {step.id for step in procedure().activities if step.needs is Level.PROVEN}
    assert {"A11", "A12", "A13", "A14", "A15", "A19", "A20", "A21", "A22", "A26", "A29", "A30"} <= proven
    assert {"A32", "A33", "A44", "A46", "A47", "A49"} <= proven
    assert {procedure().steps[step].needs for step in ("A05", "A06", "A16", "A37", "A38")} == {Level.ATTESTED}
    assert {procedure().steps[step].needs for step in ("A01", "A02", "A08", "A28")} == {Level.RECORDED}


def test_the_joins_are_written():
    joins = {
        step.id: step.after.join for step in procedure().steps.values() if step.after and step.after.join
    }

    assert joins == {
        "A09": Join.ALL,
        "A14": Join.ALL,
        "A16": Join.ANY,
        "A18": Join.ALL,
        "A24": Join.ALL,
        "A39": Join.ANY,
        "A40": Join.ANY,
    }


def test_every_human_step_can_be_attested_by_code_and_by_command():
    automatic = {"A09", "A18"}
    by_list = {"A07", "A08"}
    by_the_clock = {"A34"}  # approved before, by code (EV34A)

    for step in procedure().activities:
        triggers = {(trigger.source, trigger.name) for trigger in step.on}
        if step.id in automatic:
            assert triggers == {(Source.EVENT, "opened")}
            continue
        assert (Source.COMMAND, "attest") in triggers, step.id
        assert (Source.MAIL, "code") in triggers or step.id in by_list | by_the_clock, step.id


def test_authorising_and_releasing_are_never_done_by_the_desk_nor_by_chat():
    for step in ("A25", "A28", "A33"):
        sources = {trigger.source for trigger in procedure().steps[step].on}
        assert sources == {Source.MAIL, Source.COMMAND}


def test_only_the_named_gates_may_be_overridden():
    overridable = {
        name: gate.override_by for name, gate in procedure().gates.items() if gate.on_fail is OnFail.OVERRIDE
    }

    assert overridable == {
        "G_ALL_PAC": ("SAC",),
        "G_ALL_EMS": ("EGAS", "EMS_DESIGNADO"),
        "G_ALL_OOAD": ("CACyPCS",),
        "G_CONC": ("CFI",),
        "G_CT": ("CFI",),
    }


def test_a_refund_of_zero_needs_no_receipt():
    situation = run_to_the_end(period(egas={"OOAD07": True}, OOAD07=[1]), stop_before="A45")

    zero = situation.with_facts("", {"refund_amount": "0.00"})
    some = situation.with_facts("", {"refund_amount": "1800.00"})

    assert status(zero, Instance("A45")) is Status.NOT_APPLICABLE
    assert status(some, Instance("A45")) is Status.OPEN
    assert attest(zero, "A47", on=date(2027, 3, 19)).taken


def test_every_activity_cites_its_numeral_and_carries_its_text():
    for step in procedure().activities:
        assert f"act. {step.number}" in step.cites
        assert len(step.says) > 30


# INT-SOL: states, a legal silence, rectification.

RECEIVED = date(2026, 11, 10)
LIMIT = date(2026, 11, 18)


def request(**facts: object) -> Situation:
    return Situation(
        definition=procedure("INT-SOL"),
        tree={"case": ("",)},
        parents={},
        facts={"": {"sender_empowered": True, "lines": 3, "lines_pending": 3, **facts}},
    )


def mail(name: str, on: date = RECEIVED, **facts: object) -> Happening:
    return entry(name, kind=Source.MAIL, on=on, level=Level.RECORDED, **facts)


def told(situation: Situation, *happenings: Happening) -> Decision:
    decision = None
    for happening in happenings:
        decision = decide(situation, happening, WORKING_DAYS)
        situation = decision.situation
    assert decision is not None
    return decision


def sent(decision: Decision) -> list[str]:
    return [effect.argument for taken in decision.taken for effect in taken.effects if effect.name == "send"]


def asked_for_authorisation(on: date = date(2026, 11, 11)) -> Situation:
    return told(
        request(),
        mail("OF_SOL", role="REQ"),
        entry("emparejado", kind=Source.EVENT, on=on),
        entry("pedir_autorizacion", on=on, role="CCPA", operation_named=True),
    ).situation


def silence(on: date = date(2026, 11, 19)) -> Happening:
    return entry("P_SOL_5DH", kind=Source.TIMER, on=on)


def read_until(situation: Situation, until: object) -> Situation:
    return situation.with_facts("", {"mailbox_read_until": until})


def test_int_a_01_a_complete_request_starts_the_clock():
    decision = told(request(), mail("OF_SOL", role="REQ"))

    assert decision.state == "en_revision"
    assert [taken.instance.step for taken in decision.taken] == ["SOL-01", "SOL-03"]
    assert sent(decision) == ["MSG-INT-01"]
    ((timer, when),) = decision.taken[1].starts
    assert (timer.name, timer.due_on) == ("P_SOL_5DH", LIMIT)
    assert "5 días hábiles" in when.reason


def test_int_a_02_an_incomplete_request_starts_no_clock():
    decision = told(request(missing_fields=["VII"]), mail("OF_SOL", role="REQ"))

    assert decision.state == "incompleta"
    assert sent(decision) == ["MSG-INT-02"]
    assert not decision.situation.timers


def test_int_a_03_the_clock_runs_from_the_day_on_which_it_was_completed():
    situation = told(request(missing_fields=["VII"]), mail("OF_SOL", role="REQ")).situation

    decision = told(situation, mail("COMPLEMENTO", on=date(2026, 11, 12), role="REQ", missing_fields=[]))

    assert decision.state == "en_revision"
    assert [timer.due_on for timer in decision.situation.timers] == [date(2026, 11, 20)]


def test_int_a_06_a_sender_without_faculty_gets_no_procedure():
    decision = told(request(sender_empowered=False), mail("OF_SOL"))

    assert decision.state == "no_tramitada"
    assert sent(decision) == ["MSG-INT-05"]
    assert open_instances(decision.situation) == ()


def test_int_a_07_imss_bienestar_asks_through_its_own_channels():
    decision = told(request(), mail("OF_SOL", role="CE"))

    assert decision.taken[0].instance.step == "SOL-02"


@pytest.mark.parametrize(
    ("facts", "state", "messages"),
    [
        ({"lines_fonsabi": 2}, "en_revision", ["MSG-INT-01", "MSG-INT-03"]),
        ({"lines_fonsabi": 3}, "fuera_fonsabi", ["MSG-INT-03"]),
        ({"lines_excluded": 1}, "en_revision", ["MSG-INT-01", "MSG-INT-04"]),
    ],
    ids=["int_a_08-some-fonsabi", "int_a_08-all-fonsabi", "int_a_09-excluded-good"],
)
def test_lines_that_leave_the_procedure_are_told(facts, state, messages):
    decision = told(request(**facts), mail("OF_SOL", role="REQ"))

    assert (decision.state, sent(decision)) == (state, messages)


def test_int_a_11_an_authorisation_stops_the_clock():
    decision = told(
        asked_for_authorisation(), mail("RESP_AUT", on=date(2026, 11, 17), answer="accepted", lines_pending=0)
    )

    assert decision.state == "autorizada"
    assert sent(decision) == ["MSG-INT-09"]
    assert [timer.state for timer in decision.situation.timers] == [TimerState.CANCELLED]


def test_an_authorisation_of_more_than_was_asked_is_refused():
    decision = told(
        asked_for_authorisation(),
        mail("RESP_AUT", answer="accepted", lines_pending=0, authorised_exceeds_requested=True),
    )

    assert [refusal.code for refusal in decision.refused] == ["INT_080"]
    assert decision.state == "autorizacion_pedida"


def test_int_a_12_silence_denies_after_the_mailbox_was_read():
    situation = read_until(asked_for_authorisation(), "2026-11-18")

    decision = told(situation, silence())

    assert decision.state == "negada_silencio"
    assert sent(decision) == ["MSG-INT-11"]
    assert decision.taken[0].by_system


@pytest.mark.parametrize(
    "until",
    [None, "2026-11-17", datetime(2026, 11, 19, 5, 59, 58, tzinfo=UTC), "2026-11-19T05:59:00+00:00"],
    ids=["never-read", "a-day-short", "two-seconds-short", "a-minute-short-as-text"],
)
def test_silence_never_fires_before_the_mailbox_was_read_past_the_limit(until):
    situation = read_until(asked_for_authorisation(), until)

    decision = told(situation, silence())

    assert [refusal.code for refusal in decision.refused] == ["mailbox_not_read"]
    assert [timer.state for timer in decision.situation.timers] == [TimerState.RUNNING]


@pytest.mark.parametrize(
    "until",
    [date(2026, 11, 18), datetime(2026, 11, 19, 6, 0, 1, tzinfo=UTC), "2026-11-19T06:30:00+00:00"],
    ids=["the-day", "midnight-of-the-office", "as-text"],
)
def test_silence_fires_once_the_mailbox_was_read_past_the_limit(until):
    assert told(read_until(asked_for_authorisation(), until), silence()).state == "negada_silencio"


def test_silence_does_not_fire_on_the_day_itself():
    decision = told(read_until(asked_for_authorisation(), "2026-11-18"), silence(on=LIMIT))

    assert [refusal.code for refusal in decision.refused] == ["timer_early"]


def test_int_a_13_silence_fires_once_however_often_the_service_starts():
    first = told(read_until(asked_for_authorisation(), "2026-11-19"), silence())

    again = told(first.situation, silence())
    third = told(again.situation, silence())

    for decision in (again, third):
        assert [refusal.code for refusal in decision.refused] == ["timer_fired"]
        assert sent(decision) == []


def test_int_a_14_a_timely_answer_read_late_sets_the_silence_right():
    denied = told(read_until(asked_for_authorisation(), "2026-11-19"), silence()).situation

    decision = told(denied, mail("RESP_AUT", on=LIMIT, answer="accepted"))

    assert decision.state == "autorizada"
    assert sent(decision) == ["MSG-INT-49"]
    assert [(taken.instance.step, taken.outcome) for taken in decision.taken] == [
        ("SOL-06e", Outcome.DONE),
        ("SOL-06c", Outcome.RECTIFIED),
    ]
    assert decision.situation.record("SOL-06c") is None


def test_int_a_15_a_late_answer_is_recorded_and_revives_nothing():
    denied = told(read_until(asked_for_authorisation(), "2026-11-19"), silence()).situation

    decision = told(denied, mail("RESP_AUT", on=date(2026, 11, 19), answer="accepted"))

    assert decision.state == "negada_silencio"
    assert sent(decision) == ["MSG-INT-44"]


def test_a_late_answer_does_not_slip_in_before_the_silence():
    decision = told(asked_for_authorisation(), mail("RESP_AUT", on=date(2026, 11, 19), answer="accepted"))

    assert not decision.taken
    assert decision.state == "autorizacion_pedida"


def test_int_a_16_silence_denies_only_what_nobody_authorised():
    partial = told(
        asked_for_authorisation(), mail("RESP_AUT", answer="accepted", lines_pending=1, lines_authorised=1)
    )
    assert partial.state == "autorizada_parcial"

    decision = told(read_until(partial.situation, "2026-11-19"), silence())

    assert decision.state == "autorizada"
    assert [effect.name for effect in decision.taken[0].effects] == ["deny_remaining_lines", "send"]


@pytest.mark.parametrize(
    ("facts", "state", "messages", "timer"),
    [
        ({"other_candidate": True}, "en_revision", [], TimerState.RUNNING),
        ({"other_candidate": False}, "negada_expresa", ["MSG-INT-10"], TimerState.CANCELLED),
        ({"lines_authorised": 1}, "autorizada_parcial", [], TimerState.RUNNING),
    ],
    ids=["another-may-give", "nobody-else", "others-already-gave"],
)
def test_a_refusal_goes_where_the_case_stands(facts, state, messages, timer):
    decision = told(asked_for_authorisation(), mail("RESP_AUT", answer="refused", **facts))

    assert (decision.state, sent(decision)) == (state, messages)
    assert [found.state for found in decision.situation.timers] == [timer]


def test_after_a_refusal_another_entity_is_asked():
    situation = told(
        asked_for_authorisation(), mail("RESP_AUT", answer="refused", other_candidate=True)
    ).situation

    decision = told(situation, entry("pedir_autorizacion", on=RECEIVED, role="CCPA", operation_named=True))

    assert decision.state == "autorizacion_pedida"


def test_asking_without_naming_the_operation_is_refused():
    situation = told(request(), mail("OF_SOL", role="REQ")).situation

    decision = told(situation, entry("pedir_autorizacion", role="CCPA"))

    assert [refusal.code for refusal in decision.refused] == ["INT_027"]


def test_the_request_ends_in_an_operation():
    situation = told(
        asked_for_authorisation(), mail("RESP_AUT", answer="accepted", lines_pending=0)
    ).situation

    indicated = told(situation, mail("IND_REC", collection_place="Almacén", collection_terms="8 a 14 h"))
    closed = told(indicated.situation, entry("indicaciones_completas_y_sin_pendientes", kind=Source.EVENT))

    assert indicated.state == "autorizada"
    assert [effect.argument for effect in indicated.taken[0].effects] == [
        "INDICACION",
        "MSG-INT-12",
        "INT-OPE",
    ]
    assert closed.state == "en_operacion"


@pytest.mark.parametrize("name", ["OF_SOL", "COMPLEMENTO", "IND_REC"])
def test_what_the_state_does_not_expect_is_refused_with_the_state(name):
    decision = told(asked_for_authorisation(), mail(name))

    assert not decision.taken
    assert decision.refused[0].code in {"wrong_state", "INT_030"}


def test_the_requester_may_withdraw_and_the_clock_stops():
    decision = told(asked_for_authorisation(), mail("DESISTIMIENTO", role="REQ"))

    assert decision.state == "desistida"
    assert [timer.state for timer in decision.situation.timers] == [TimerState.CANCELLED]
    late = told(read_until(decision.situation, "2026-11-19"), silence())
    assert [refusal.code for refusal in late.refused] == ["timer_cancelled"]


def test_after_the_end_nobody_is_asked_for_anything():
    denied = told(read_until(asked_for_authorisation(), "2026-11-19"), silence()).situation

    assert open_instances(denied) == ()
    assert status(denied, Instance("SOL-06d")) is Status.NOT_APPLICABLE


def test_while_the_clock_runs_the_aportante_is_reminded():
    situation = asked_for_authorisation()
    (timer,) = situation.timers

    reminders = reminders_of(situation, timer, WORKING_DAYS)

    assert [(when.on, message) for when, message in reminders] == [
        (date(2026, 11, 13), "MSG-INT-08"),
        (date(2026, 11, 18), "MSG-INT-08"),
    ]


def test_the_aportante_owes_the_answer():
    assert Instance("SOL-06a") in open_instances(asked_for_authorisation())


# CS-EXP: several channels, turned and turned again, no term of its own.


def expression(**facts: object) -> Situation:
    return Situation(
        definition=procedure("CS-EXP"), tree={"case": ("",)}, parents={}, facts={"": dict(facts)}
    )


def chat(name: str, **facts: object) -> Happening:
    return entry(name, kind=Source.CHAT, level=Level.RECORDED, **facts)


QUEJA = {"type": "queja", "what_happened": "No había medicamento.", "facility": "UMR Las Lomas"}


def test_cs_b_20_a_complaint_by_chat_without_contact_is_taken():
    decision = told(expression(), chat("EXPRESION", **QUEJA))

    assert decision.state == "captada"
    assert sent(decision) == ["MSG-CS-23"]
    # No source sets a term: unless the office sets one, no clock runs.
    assert not decision.situation.timers


def test_what_is_missing_is_asked_and_the_text_is_kept():
    first = told(expression(), chat("EXPRESION", type="queja", what_happened="Me trataron mal."))
    assert first.state == "por_completar"
    assert sent(first) == []

    still = told(first.situation, chat("AMPLIACION", more="fue ayer"))
    whole = told(still.situation, chat("AMPLIACION", facility="UMR Las Lomas"))

    assert still.state == "por_completar"
    assert (whole.state, sent(whole)) == ("captada", ["MSG-CS-23"])


def test_an_addition_to_a_whole_complaint_sends_no_second_receipt():
    situation = told(expression(), chat("EXPRESION", **QUEJA)).situation

    assert sent(told(situation, chat("AMPLIACION", more="otra cosa"))) == []


def test_cs_b_30_the_label_of_the_person_is_one_of_five():
    decision = told(expression(), chat("EXPRESION", **{**QUEJA, "type": "otro"}))

    assert [refusal.code for refusal in decision.refused] == ["CS_025"]
    assert "sugerencia" in decision.refused[0].text


def test_cs_b_21_a_complaint_is_not_turned_to_whom_it_is_about():
    situation = told(expression(about="Dirección de la UMR"), chat("EXPRESION", **QUEJA)).situation

    refused = told(situation, entry("turnar", turned_to="Dirección de la UMR", role="IE"))
    turned = told(situation, entry("turnar", turned_to="EMS", role="IE"))

    assert [refusal.code for refusal in refused.refused] == ["CS_026"]
    assert (turned.state, sent(turned)) == ("turnada", ["MSG-CS-24"])


def test_a_complaint_is_turned_attended_resolved_and_notified():
    decision = told(
        expression(contact="chat"),
        chat("EXPRESION", **QUEJA),
        entry("turnar", turned_to="EMS"),
        entry("turnar", turned_to="ESAZ"),
        entry("ATENCION"),
        entry("ATENCION"),
        entry("resolver", resolution="Se surtió."),
        entry("notificar"),
    )

    assert (decision.state, sent(decision)) == ("notificada", ["MSG-CS-26"])


def test_cs_b_22_a_denuncia_is_channelled_and_followed():
    decision = told(
        expression(),
        chat("EXPRESION", **{**QUEJA, "type": "denuncia"}),
        entry("canalizar", channelled_to="OIC", role="IE"),
    )

    assert (decision.state, sent(decision)) == ("canalizada", ["MSG-CS-25"])
    assert Instance("EXP-06") in open_instances(decision.situation)


def test_channelling_to_nobody_is_refused():
    situation = told(expression(), chat("EXPRESION", **QUEJA)).situation

    assert [refusal.code for refusal in told(situation, entry("canalizar")).refused] == ["CS_027"]


def test_cs_b_23_nothing_is_closed_before_it_is_notified():
    situation = told(
        expression(), chat("EXPRESION", **QUEJA), entry("turnar", turned_to="EMS"), entry("ATENCION")
    ).situation

    early = told(situation, entry("notificar"))
    unwritten = told(situation, entry("resolver"))

    assert [refusal.code for refusal in early.refused] == ["wrong_state"]
    assert [refusal.code for refusal in unwritten.refused] == ["CS_028"]


def test_cs_b_24_the_answer_to_nobody_in_particular_is_published_by_folio():
    decision = told(
        expression(),
        chat("EXPRESION", **QUEJA),
        entry("turnar", turned_to="EMS"),
        entry("resolver", resolution="Se surtió."),
        entry("notificar"),
    )

    assert decision.state == "cerrada_sin_contacto"
    assert [effect.name for effect in decision.taken[0].effects] == ["publish_by_folio"]


def test_a_denuncia_is_not_withdrawn():
    complaint = told(expression(), chat("EXPRESION", **QUEJA)).situation
    denuncia = told(expression(), chat("EXPRESION", **{**QUEJA, "type": "denuncia"})).situation

    assert told(complaint, chat("DESISTIMIENTO")).state == "desistida"
    assert [refusal.code for refusal in told(denuncia, chat("DESISTIMIENTO")).refused] == ["condition"]


def test_a_term_that_the_office_set_reminds_and_moves_nothing():
    office = expression(parameters={"plazo_respuesta": {"working_days": 10, "after": "EXP-01"}})
    situation = told(office, chat("EXPRESION", **QUEJA)).situation
    (timer,) = situation.timers
    assert timer.due_on == date(2027, 1, 18)

    decision = told(situation, entry("P_EXP_INTERNO", kind=Source.TIMER, on=date(2027, 1, 19)))

    assert (decision.state, sent(decision)) == ("captada", ["MSG-CS-28"])


def test_every_channel_takes_a_complaint():
    for kind in (Source.CHAT, Source.MAIL, Source.COMMAND):
        happening = entry("EXPRESION", kind=kind, on=A01_ON, **QUEJA)
        assert told(expression(), happening).state == "captada"
