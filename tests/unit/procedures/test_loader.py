"""A definition that cannot run is refused, with every problem and its place."""

import pytest

from procedures.catalogue import builtin_keys, read_builtin
from procedures.loader import BadDefinition, Problem, load

SOUND = """
schema: oficialia/procedure/1
key: DEMO
title: Demostración
version: 1
owner: BOSS
scopes:
  whole: {title: todo}
  part: {title: parte, parent: whole}
channels: [correo]
stages: {I: Única}
roles:
  BOSS: {title: Jefatura}
  CLERK: {title: Oficina, at: part, up: [BOSS]}
documents: {LIST: Listado}
moments: {T0: el inicio}
deadlines:
  D1: {latest: {working_days: 5, after: S1}}
timers:
  CLOCK: {due: {latest: {working_days: 1, after: S1}}, fires: S2}
gates:
  G_NUM: {rule: counted, refusal: "Falta {units}."}
steps:
  - {id: S1, number: 1, title: Uno, says: Uno., cites: act. 1, stage: I, scope: whole, actor: BOSS, on: {command: attest}, starts: [CLOCK], effects: [{send: M-01}]}
  - {id: S2, number: 2, title: Dos, says: Dos., cites: act. 2, scope: part, actor: CLERK, on: [{mail: code}, {timer: CLOCK}], after: [S1], cancels: [CLOCK], due: D1, channel: correo, in: [LIST]}
  - {id: S3, number: 3, title: Tres, says: Tres., cites: act. 3, scope: whole, actor: BOSS, on: {command: attest}, after: {steps: [S2], join: all}, gates: [G_NUM], reopens: [S2]}
"""

STATES = """
schema: oficialia/procedure/1
key: STATE
title: Estados
version: 1
owner: BOSS
scopes: {case: {title: caso}}
roles: {BOSS: {title: Jefatura}}
states: {initial: nuevo, other: [abierto], final: [cerrado]}
steps:
  - {id: S1, title: Uno, says: Uno., cites: "1", scope: case, actor: BOSS, on: {mail: IN}, from: nuevo, to: abierto, effects: [{emit: opened_up}]}
  - {id: S2, title: Dos, says: Dos., cites: "2", scope: case, on: {event: opened_up}, from: abierto, to: cerrado}
"""


def problems_of(text: str, **checks: object) -> tuple[Problem, ...]:
    with pytest.raises(BadDefinition) as refusal:
        load(text, **checks)
    return refusal.value.problems


@pytest.mark.parametrize("text", [SOUND, STATES], ids=["graph", "states"])
def test_a_sound_definition_loads(text):
    assert load(text).version == 1


@pytest.mark.parametrize("key", builtin_keys())
def test_the_definitions_that_come_with_the_project_load(key):
    assert load(read_builtin(key)).key == key


def test_there_are_definitions_to_load():
    assert set(builtin_keys()) >= {"0780-003-002", "INT-SOL", "CS-EXP"}


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        pytest.param("key: DEMO", "key: [", "", "no es YAML", id="not-yaml"),
        pytest.param("key: DEMO", "key: DEMO\nkey: OTHER", "key", "repetida", id="repeated-key"),
        pytest.param("key: DEMO", "key: DEMO\ncolour: red", "colour", "clave desconocida «colour»", id="unknown-key"),
        pytest.param("title: Demostración", "", "", "falta «title»", id="missing-key"),
        pytest.param("version: 1", "version: uno", "version", "número entero", id="not-a-number"),
        pytest.param("oficialia/procedure/1", "other/9", "schema", "no es ninguno de", id="other-schema"),
        pytest.param("owner: BOSS", "owner: NOBODY", "owner", "no existe el papel NOBODY", id="unknown-owner"),
        pytest.param("title: Uno", "title: {a: b}", "steps.S1.title", "debe ser un texto", id="not-text"),
        pytest.param("id: S2, number", "id: S1, number", "steps.S1", "S1 ya existe", id="repeated-step"),
        pytest.param("number: 2,", "number: 1,", "steps.S2.number", "la actividad 1 ya existe", id="repeated-number"),
        pytest.param("reopens: [S2]", "hurry: yes", "steps.S3.hurry", "clave desconocida", id="unknown-step-key"),
        pytest.param("reopens: [S2]", "repeat: maybe", "steps.S3.repeat", "true o false", id="not-a-flag"),
        pytest.param("reopens: [S2]", "needs: sworn", "steps.S3.needs", "no es ninguno de", id="unknown-level"),
        pytest.param("reopens: [S2]", "reopens: [S9]", "steps.S3.reopens", "no existe el paso S9", id="unknown-step"),
        pytest.param("reopens: [S2]", "rectifies: [S9]", "steps.S3.rectifies", "no existe el paso S9", id="unknown-rectified"),
        pytest.param("reopens: [S2]", "returns: {steps: [S3]}", "steps.S3.returns", "no puede anular", id="returns-itself"),
        pytest.param("reopens: [S2]", "when: is_sunny", "steps.S3.when", "no existe el predicado is_sunny", id="unknown-predicate"),
        pytest.param("gates: [G_NUM]", "gates: [G_X]", "steps.S3.gates", "no existe la compuerta G_X", id="unknown-gate"),
        pytest.param("  G_NUM: {rule", "  G_NEW: {rule", "gates.G_NEW", "no tiene función", id="gate-without-test"),
        pytest.param('"Falta {units}."', '"Falta {units."', "gates.G_NUM.refusal", "expected '}'", id="gate-sentence-broken"),
        pytest.param('"Falta {units}."', '"No.", on_fail: override', "gates.G_NUM", "override_by", id="override-by-nobody"),
        pytest.param('"Falta {units}."', '"No.", excepts: [S8]', "gates.G_NUM.excepts", "no existe el paso S8", id="unknown-excepted-step"),
        pytest.param("stage: I,", "stage: V,", "steps.S1.stage", "no existe la etapa V", id="unknown-stage"),
        pytest.param("scope: part,", "scope: village,", "steps.S2.scope", "no existe el ámbito village", id="unknown-scope"),
        pytest.param("in: [LIST]", "in: [BOOK]", "steps.S2.in", "no existe el documento BOOK", id="unknown-document"),
        pytest.param("channel: correo", "channel: paloma", "steps.S2.channel", "no existe el canal paloma", id="unknown-channel"),
        pytest.param("actor: CLERK", "actor: KING", "steps.S2.actor", "no existe el papel KING", id="unknown-actor"),
        pytest.param("up: [BOSS]", "up: [KING]", "roles.CLERK", "no existe el papel KING", id="unknown-superior"),
        pytest.param("at: part", "at: village", "roles.CLERK.at", "no existe el ámbito village", id="unknown-seat"),
        pytest.param("due: D1", "due: D9", "steps.S2.due", "no existe el plazo D9", id="unknown-deadline"),
        pytest.param("due: D1", "due: {latest: {working_days: 0, after: S1}}", "steps.S2.due", "whole number", id="no-rule"),
        pytest.param("due: D1", "due: {latest: {date_of: T9}}", "steps.S2.due", "«T9»", id="unknown-moment"),
        pytest.param("due: D1", "due: {soft: {parameter: days}}", "steps.S2.due", "no existe el parámetro days", id="unknown-parameter"),
        pytest.param("cancels: [CLOCK]", "cancels: [BELL]", "steps.S2", "no existe el temporizador BELL", id="unknown-timer"),
        pytest.param("starts: [CLOCK]", "starts: []", "timers.CLOCK", "ningún paso inicia", id="timer-never-started"),
        pytest.param("{mail: code}, {timer: CLOCK}", "{mail: code}", "timers.CLOCK.fires", "no se dispara", id="timer-fires-nothing"),
        pytest.param("fires: S2", "fires: S9", "timers.CLOCK.fires", "no existe el paso S9", id="timer-fires-unknown"),
        pytest.param("on: {command: attest}, starts", "on: {pigeon: x}, starts", "steps.S1.on", "un disparador es", id="bad-trigger"),
        pytest.param("on: {command: attest}, starts", "on: {event: rain}, starts", "steps.S1.on", "evento rain", id="event-from-nowhere"),
        pytest.param("on: {command: attest}, starts", "starts", "steps.S1", "falta «on»", id="never-taken"),
        pytest.param("{send: M-01}", "{send: M-01, also: M-02}", "steps.S1.effects.0", "un efecto es", id="bad-effect"),
        pytest.param("after: {steps: [S2], join: all}", "after: [S2]", "steps.S3.after", "escriba «join: all»", id="join-not-written"),
        pytest.param("after: [S1]", "after: {steps: [S1], join: any}", "steps.S2.after", "sobra", id="join-needless"),
        pytest.param("after: {steps: [S2], join: all}", "after: {steps: [S2], join: some}", "steps.S3.after.join", "no es ninguno de", id="unknown-join"),
        pytest.param("actor: BOSS, on: {command: attest}, starts", "actor: BOSS, on: {command: attest}, after: {steps: [S3, S2], join: all}, starts", "steps.S1.after", "se esperan entre sí", id="circle"),
        pytest.param("scope: whole, actor: BOSS, on: {command: attest}, starts", "scope: whole, to: done, actor: BOSS, on: {command: attest}, starts", "steps.S1", "no tiene estados", id="state-in-a-graph"),
        pytest.param("parent: whole}", "parent: part}", "scopes.part", "contenido en sí mismo", id="scope-in-itself"),
        pytest.param("parent: whole}", "parent: land}", "scopes.part", "no existe el ámbito land", id="scope-in-nothing"),
        pytest.param("title: parte, parent: whole}", "title: parte}", "scopes", "hay 2", id="two-roots"),
    ],
)  # fmt: skip
def test_what_does_not_resolve_in_a_graph_is_refused(old, new, place, says):
    assert old in SOUND

    problems = problems_of(SOUND.replace(old, new, 1))

    assert any(problem.place.startswith(place) and says in problem.text for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        pytest.param("from: abierto, to: cerrado", "from: abierto, to: lejos", "steps.S2.to", "no existe el estado lejos", id="unknown-state"),
        pytest.param("from: abierto, to: cerrado", "to: cerrado", "steps.S2", "diga desde cuáles", id="from-missing"),
        pytest.param("from: abierto, to: cerrado", "from: abierto", "states", "nadie sale del estado abierto", id="no-exit"),
        pytest.param("final: [cerrado]", "final: [cerrado, archivado]", "states.final", "ningún paso lleva al estado archivado", id="state-nobody-reaches"),
        pytest.param("other: [abierto]", "other: [abierto, limbo]", "states.other", "ningún paso lleva al estado limbo", id="state-out-of-reach"),
        pytest.param("from: abierto, to: cerrado}", "from: abierto, to: nuevo}\n  - {id: S3, title: T, says: T., cites: '3', scope: case, on: {mail: X}, from: cerrado, to: nuevo}", "states", "no se puede llegar a ningún estado final", id="loop-without-exit"),
        pytest.param("from: abierto, to: cerrado}", "from: abierto, to: cerrado, effects: [{emit: opened_up}]}", "steps.S2.effects", "sin fin", id="event-circle"),
        pytest.param("from: nuevo, to: abierto", "from: nuevo, to: abierto, starts: [T]", "steps.S1.starts", "no existe el temporizador T", id="unknown-timer"),
        pytest.param("{emit: opened_up}", "{emit: other}", "steps.S2.on", "evento opened_up", id="event-nobody-emits"),
    ],
)  # fmt: skip
def test_what_does_not_resolve_among_states_is_refused(old, new, place, says):
    assert old in STATES

    problems = problems_of(STATES.replace(old, new, 1))

    assert any(problem.place.startswith(place) and says in problem.text for problem in problems), problems


def test_a_step_that_waits_for_a_circle_is_told_apart_from_it():
    text = SOUND.replace("after: [S1]", "after: [S1, S2]")

    problems = problems_of(text)

    assert {(problem.place, problem.text.split()[0]) for problem in problems} == {
        ("steps.S2.after", "los"),
        ("steps.S3", "ningún"),
    }


def test_all_problems_are_told_at_once_with_their_lines():
    text = SOUND.replace("owner: BOSS", "owner: NOBODY").replace("stage: I,", "stage: V,")

    problems = problems_of(text)

    assert [(problem.place, problem.line) for problem in problems] == [("owner", 6), ("steps.S1.stage", 24)]
    assert "línea 6, owner: no existe el papel NOBODY" in str(BadDefinition(problems))


def test_an_effect_that_no_action_implements_is_refused():
    problems = problems_of(SOUND, effects={"integrate"})

    assert [problem.text for problem in problems] == ["no existe el efecto send"]


def test_a_message_that_is_not_in_the_catalogue_is_refused():
    problems = problems_of(SOUND, effects={"send"}, messages={"M-02"})

    assert [problem.text for problem in problems] == ["no existe el mensaje M-01"]


def test_the_key_on_is_not_read_as_true():
    assert load(SOUND).steps["S1"].on[0].name == "attest"


def test_an_empty_text_is_refused():
    assert problems_of("")


def test_a_list_is_no_definition():
    assert next(problem.text for problem in problems_of("- a")) == "debe ser un mapa"
