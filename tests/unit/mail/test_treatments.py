"""The CACyPCS writes the treatment of cases as people write: any case, accents, marks and order of lines."""

import pytest

from mail.answers import Verb, read_answer
from mail.treatments import Treatment, read_treatments


@pytest.mark.parametrize(
    ("line", "treatment", "reason"),
    [
        ("P-2027-B1-0001 EN ACLARACION se consulta", Treatment.CLARIFY, "se consulta"),
        ("  > p-2027-b1-0001: en aclaración — se consulta.", Treatment.CLARIFY, "se consulta"),
        ("P-2027-B1-1 Resuelto; ya cobró", Treatment.SOLVED, "ya cobró"),
        ("P 2027-B1-0001 NO   RESUELTO, no volvió", Treatment.NOT_SOLVED, "no volvió"),
        (
            "P-2027-B1-0001 IMPROCEDENTE: cobró en otra oficina 482913",
            Treatment.UNFOUNDED,
            "cobró en otra oficina",
        ),
        ("P-2027-B1-0001 RESUELTO", Treatment.SOLVED, ""),
        ("P-2027-B1-0001 ya veremos", None, "ya veremos"),
    ],
)
def test_a_line_is_read_as_people_write_it(line, treatment, reason):
    [found] = read_treatments(line)

    assert (found.folio, found.treatment, found.reason) == ("P-2027-B1-0001", treatment, reason)


def test_lines_that_name_no_case_say_nothing():
    assert read_treatments("Buenas tardes:\n\nSaludos\nRESUELTO") == []


def test_the_code_stands_anywhere_and_is_never_taken_out_of_a_reference():
    answer = read_answer("Tratamiento\nP-2027-B1-0001 RESUELTO ref. 2027-B1-000123\n\n482913")

    assert (answer.verb, answer.code) == (Verb.TREAT, "482913")
    assert len(answer.treatments) == 1


def test_the_lines_alone_are_enough():
    assert read_answer("P-2027-B1-0001 RESUELTO ya cobró\n482913").verb is Verb.TREAT
