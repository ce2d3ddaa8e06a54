"""One message is enough: what somebody with poor signal writes is understood, and nothing else is taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.brief_reports import read_brief_progress, read_brief_reports


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PAGO 014 NO LLEGO", [(14, "P01")]),
        ("pago 14 no llegó", [(14, "P01")]),
        ("Pago No. 014: la oficina estaba cerrada", [(14, "P05")]),
        ("#14 dicen que ya lo cobraron", [(14, "P07")]),
        ("ref 2027-B1-000014 está enferma", [(14, "P08")]),
        ("Pago 14 le falta la INE", [(14, "P03")]),
        ("pago 14 le quieren dar menos", [(14, "P04")]),
        ("Pago 14 quién sabe qué pasó", [(14, "P10")]),
        (
            "pago 014 no llego\npago 015 oficina cerrada\n#16 otro apellido",
            [(14, "P01"), (15, "P05"), (16, "P02")],
        ),
        ("pago 14 no llegó, pago 15 sin sistema", [(14, "P01"), (15, "P05")]),
        ("¿cuándo es el pago?", []),
        ("El pago 14 no llegó", []),
        ("hola", []),
        ("014", []),
    ],
)
def test_a_report_in_one_message(text, found):
    assert [(one.number, one.reason) for one in read_brief_reports(text)] == found


def test_the_words_stay_as_they_were_written():
    [one] = read_brief_reports("Pago 14: En la ventanilla dijeron «Muñoz», no Núñez. ")

    assert one.words == "En la ventanilla dijeron «Muñoz», no Núñez."


@pytest.mark.parametrize("text", ["avance", "avance 3", "avance 1 2 3", "3 1", "el avance es 3 y 1"])
def test_what_is_no_progress(text):
    assert read_brief_progress(text) is None


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text):
    read_brief_progress(text)
    assert all(0 <= one.number < 1_000_000 for one in read_brief_reports(text))
