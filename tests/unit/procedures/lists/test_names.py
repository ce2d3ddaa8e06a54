"""Names: the normal form, what can be a name, and how alike two are."""

import unicodedata
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.names import (
    alike_across,
    alike_within,
    are_alike,
    is_plausible_name,
    normalise_name,
    similarity,
)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("  maría   LÓPEZ ", "MARIA LOPEZ"),
        ("Núñez", "NUÑEZ"),
        ("NU\u006e\u0303EZ", "NUÑEZ"),
        ("María de los Ángeles del Río", "MARIA DE LOS ANGELES DEL RIO"),
        ("García-López", "GARCIA LOPEZ"),
        ("Ma.Guadalupe", "MA GUADALUPE"),
        ("O'Higgins D´Ángel", "OHIGGINS DANGEL"),
        ("ＭＡＲＩＡ\u00a0ＰＥＲＥＺ", "MARIA PEREZ"),
        ("Mª José", "MA JOSE"),
        ("Agüero\u200b Sáenz", "AGUERO SAENZ"),
        ("Xʼunkʼal Kꞌaxil", "XUNKAL KAXIL"),
        ("", ""),
    ],
)
def test_a_name_has_one_normal_form_however_it_was_typed(typed, normal):
    assert normalise_name(typed) == normal


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text):
    assert normalise_name(normalise_name(text)) == normalise_name(text)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F)))
def test_neither_case_nor_composition_of_accents_changes_the_normal_form(text):
    assert normalise_name(unicodedata.normalize("NFD", text)) == normalise_name(text)
    assert normalise_name(text.upper()) == normalise_name(text)


@pytest.mark.parametrize(
    "name",
    [
        "María López",
        "MA. DEL CARMEN PÉREZ-GÓMEZ",
        "Juan D'Angelo Núñez",
        "Ana Xʼunkʼal",
        "JOSÉ POR DIOS LUNA",
    ],
)
def test_names_of_people_are_plausible(name):
    assert is_plausible_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "NUÑEZ",
        "PENDIENTE POR DEFINIR",
        "VACANTE VACANTE",
        "XX XX",
        "XXX XXXX XXX",
        "SIN NOMBRE",
        "Por asignar",
        "No aplica nadie",
        "Nombre completo",
        "María López 2",
        "María_López",
        "María López / Ana Ruiz",
        "Mария Лопес",
        "A B",
        "María " + "L" * 120,
        "AAAA AAAA",
        "",
        "ana@example.org luz",
    ],
)
def test_what_is_no_full_name_is_not_plausible(name):
    assert not is_plausible_name(name)


def test_names_are_alike_by_their_letters_and_not_by_the_order_of_words():
    assert are_alike("MARIA LOPEZ HERNANDEZ", "MARIA LOPES HERNANDEZ", 0.92)
    assert are_alike("LOPEZ HERNANDEZ MARIA", "MARIA LOPEZ HERNANDEZ", 0.92)
    assert not are_alike("MARIA LOPEZ HERNANDEZ", "MARIO LOPEZ FERNANDEZ", 0.92)
    assert not are_alike("ANA RUIZ", "ANA LUZ RUIZ", 0.92)


@given(st.text(alphabet="ABCÑ ", max_size=20), st.text(alphabet="ABCÑ ", max_size=20))
def test_likeness_goes_both_ways_and_is_never_less_than_what_common_pieces_show(one, other):
    one, other = normalise_name(one), normalise_name(other)
    pieces = SequenceMatcher(None, one, other, autojunk=False).ratio()

    assert similarity(one, other) == similarity(other, one) >= round(pieces, 9) - 1e-9


@given(
    st.sets(st.sampled_from(["ANA RUIZ", "ANA RUIS", "RUIZ ANA", "EVA PAZ", "EVA PAS", "ANA RUZ"])), st.data()
)
def test_names_alike_across_two_lists_are_those_alike_within_both_together(names, data):
    own = data.draw(st.sets(st.sampled_from(sorted(names)))) if names else set()
    across = alike_across(own, names - own, 0.85)

    assert {frozenset(pair[:2]) for pair in across} == {
        frozenset(pair[:2]) for pair in alike_within(names, 0.85) if len({pair.one, pair.other} & own) == 1
    }


@given(st.text(alphabet="ABCÑ ", max_size=20), st.text(alphabet="ABCÑ ", max_size=20))
def test_the_quick_answer_about_likeness_is_the_slow_one(one, other):
    one, other = normalise_name(one), normalise_name(other)
    assert are_alike(one, other, 0.85) == (similarity(one, other) >= 0.85)
