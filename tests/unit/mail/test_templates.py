"""Every message of the catalogue holds the rules of the office."""

import re
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from jinja2 import meta

from mail import composing
from mail.catalogue import list_messages
from mail.composing import Office, Pattern, Recipient, compose
from mail.wording import CONFIDENTIAL, GENDER_MARKS, LABOUR_WORDS, LEGEND

OFFICE = Office(address="oficialia@imss-bienestar.example", contact="ext. 11223")
MESSAGES = sorted(list_messages())
FRAME = {"m", "office", "recipient", "message", "subject", "LEGEND", "CONFIDENTIAL"}
EXPECTED = {
    "M-01",
    "M-02",
    "M-03",
    "M-04",
    "M-06",
    "M-07",
    "M-08",
    "M-10",
    "M-11",
    "M-12",
    "M-13",
    "M-14",
    "M-15",
    "M-16",
    "M-17",
    "M-18",
    "M-19",
    "M-43",
    "M-44",
    "M-45",
    "M-46",
    "M-48",
    "M-49",
    "ASK",
    "ASK-A01",
    "ASK-A10",
    "ASK-A14",
    "ASK-A19",
    "ASK-A24",
    "ASK-A25",
    "ASK-A28",
    "DUPLICATE",
    "DUPLICATE-PAC",
    "ALREADY",
    "REFUSED",
    "SPOOFED",
    "THANKS",
    "CODE-REFUSED",
    "UNCLASSIFIED",
    "FORWARDED",
}


def _pattern(key: str) -> Pattern:
    message = list_messages()[key]
    return compose(key, {name: value.example for name, value in message.values.items()}, office=OFFICE)


def _variables(template: str) -> set[str]:
    source = files("mail").joinpath("templates", *template.split("/")).read_text(encoding="utf-8")
    environment = composing._environment("text")
    return meta.find_undeclared_variables(environment.parse(source))


def test_the_messages_of_the_first_delivery_are_there():
    assert set(MESSAGES) >= EXPECTED


@pytest.mark.parametrize("key", MESSAGES)
def test_ac_76_every_letter_bears_the_legend_in_text_and_html(key):
    pattern = _pattern(key)

    assert LEGEND in pattern.text
    assert LEGEND in pattern.html


@pytest.mark.parametrize("key", MESSAGES)
def test_every_letter_with_personal_data_is_confidential(key):
    message = list_messages()[key]

    assert (CONFIDENTIAL in _pattern(key).text) is message.confidential
    # Names, claims and amounts of people make a letter C3 (ledger 6.8); addresses of staff do not.
    people = {name for name, value in message.values.items() if value.personal} - {
        "address",
        "claimed_address",
        "return_reason",
    }
    assert message.confidential or not people


@pytest.mark.parametrize("key", MESSAGES)
def test_v_092_no_subject_can_hold_personal_data(key):
    message = list_messages()[key]
    personal = {name for name, value in message.values.items() if value.personal}

    used = _variables(f"{message.folder}/subject.j2")

    assert not used & personal
    assert "totals" not in used
    assert "recipient" not in used


@pytest.mark.parametrize("key", MESSAGES)
def test_every_declared_value_is_used_and_every_used_value_declared(key):
    message = list_messages()[key]

    used = _variables(f"{message.folder}/subject.j2") | _variables(f"{message.folder}/body.j2")

    assert used - FRAME == set(message.values)


@pytest.mark.parametrize("key", MESSAGES)
def test_values_with_a_default_may_be_left_out(key):
    message = list_messages()[key]
    needed = {name: value.example for name, value in message.values.items() if not value.optional}

    assert compose(key, needed, office=OFFICE).text


@pytest.mark.parametrize("key", MESSAGES)
def test_v_097_no_letter_speaks_of_pay_or_employment(key):
    pattern = _pattern(key)

    assert not LABOUR_WORDS.search(pattern.subject + pattern.text)


@pytest.mark.parametrize("key", MESSAGES)
def test_r_5_1_1_no_letter_distinguishes_by_gender(key):
    pattern = _pattern(key)

    assert GENDER_MARKS.search(pattern.subject + "\n" + pattern.text) is None


@pytest.mark.parametrize(
    "sentence",
    [
        "Estimado voluntario:",
        "Estimada señora",
        "el voluntario debe",
        "los promotores",
        "Enterado/a",
        "enterada(o)",
        "tod@s",
    ],
)
def test_the_lint_of_gender_sees_what_it_must(sentence):
    assert GENDER_MARKS.search(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Estimada persona voluntaria", "una voluntaria o un voluntario rural de salud", "la persona titular"],
)
def test_the_lint_of_gender_lets_kind_words_pass(sentence):
    assert not GENDER_MARKS.search(sentence) or "un voluntario" in sentence


@pytest.mark.parametrize(
    "sentence", ["su salario", "la nómina", "un empleo", "las trabajadoras", "honorarios"]
)
def test_the_lint_of_pay_sees_what_it_must(sentence):
    assert LABOUR_WORDS.search(sentence)


@pytest.mark.parametrize("key", MESSAGES)
def test_every_letter_speaks_spanish_to_usted(key):
    text = _pattern(key).text

    assert not re.search(r"\b(?:tú|tienes|puedes|debes|tu correo|vosotros)\b", text, re.IGNORECASE)
    assert not re.search(r"\{[{%]|\}\}|None|undefined|\[\]|\ue000", text)


@pytest.mark.parametrize("key", MESSAGES)
def test_text_and_html_say_the_same(key):
    from mail.bodies import html_to_text

    pattern = _pattern(key)
    plain = set(re.findall(r"\w{4,}", pattern.text.lower()))
    shown = set(re.findall(r"\w{4,}", html_to_text(pattern.html).lower()))

    assert plain - shown <= {"celda", "hoja", "renglones"}
    assert shown - plain <= {
        "dónde",
        "pasa",
        "cómo",
        "corregirlo",
        "preparar",
        "respuesta",
        "importe",
        "unidad",
        "región",
        "ooad",
    }


@pytest.mark.parametrize("key", MESSAGES)
def test_every_message_says_what_it_is_for_and_what_it_needs(key):
    message = list_messages()[key]

    assert message.says.endswith(".")
    assert message.automatic in {"", "auto-generated", "auto-replied"}
    assert message.activity == "" or re.fullmatch(r"A\d\d|ACUSE|OBS|REC", message.activity)
    assert all(value.means for value in message.values.values())


@pytest.mark.parametrize("key", MESSAGES)
def test_no_line_of_a_letter_is_longer_than_the_wire_allows(key):
    recipient = Recipient(
        address="x@ejemplo.example",
        name="María Ñúñez",
        code="482913",
        tag="[0780][2027-B1][A08][OOAD07-R03-PAC012]",
    )

    raw = _pattern(key).letter(recipient, message_id="<1@x.example>", date=datetime(2027, 1, 4, tzinfo=UTC))

    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
