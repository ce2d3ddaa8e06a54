"""What an empty cell means: the sentences of the sheet Instructivo, each kept here."""

from decimal import Decimal

import pytest

from documents.list_values import words
from procedures.lists.checks import check_list
from procedures.lists.merge import KeptList, find_counterparts, merge
from procedures.lists.rows import MANDATORY_FIELDS, RawRow, Severity

NOTHING = [
    pytest.param(None, id="empty"),
    pytest.param("   ", id="blanks"),
    pytest.param("-", id="dash"),
    pytest.param(".", id="period"),
    pytest.param("—", id="long-dash"),
]


def test_there_is_a_promise_for_every_sentence_of_the_instructions():
    # That whoever is in no row is told as a baja is kept in tests/acceptance/test_two_periods.py.
    assert [sentence.split()[0:3] for sentence in words()["instructivo"]["empty"]] == [
        ["En", "una", "columna"],
        ["En", "Situación", "u"],
        ["Un", "guion", "o"],
        ["Un", "renglón", "sin"],
        ["Quien", "estaba", "en"],
        ["Lo", "mismo", "vale"],
    ]


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize("field", MANDATORY_FIELDS)
def test_a_mandatory_cell_without_a_value_returns_its_row_and_takes_nothing_from_above(
    list_of, context, field, nothing
):
    checked = check_list(list_of({}, {field: nothing}), context)

    assert checked.rejected == (5,)
    assert [item.code for item in checked.errors if item.row == 5][:1] == ["V-045"]
    assert len(checked.rows) == 1


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(("field", "kept"), [("situacion", "situacion"), ("obs", "obs"), ("curp", "curp")])
def test_an_optional_cell_without_a_value_says_nothing(list_of, context, field, kept, nothing):
    checked = check_list(list_of({field: nothing}), context)

    assert checked.findings == ()
    assert getattr(checked.rows[0], kept) == ""


def test_a_zero_is_a_value(list_of, context):
    checked = check_list(list_of({"importe": Decimal(0)}), context)

    assert [item.code for item in checked.errors] == ["V-040"]


def test_a_row_with_nothing_but_where_it_is_of_does_not_count(list_of, context):
    unused = dict.fromkeys(
        (
            "municipio",
            "localidad",
            "clave_inegi",
            "nombre",
            "tipo",
            "importe",
            "meses",
            "unidad_medica",
            "situacion",
        )
    )

    checked = check_list(list_of({}, unused), context)

    assert (len(checked.rows), checked.findings) == (1, ())


@pytest.mark.parametrize(("field", "codes"), [("importe", ["V-045"]), ("obs", [])])
def test_in_a_correction_an_empty_cell_is_empty_as_well(list_of, row_of, context, field, codes):
    before = row_of(4, obs="regresó en enero")
    kept = KeptList(rows=[before, row_of(5)], wrong={4: frozenset({"importe"})})
    sent = list_of(RawRow(number=4, values={**before.values, field: None}))
    found = find_counterparts(kept, sent.rows)

    checked = check_list(merge(kept, sent, sent.rows, found).raw, context)

    assert [item.code for item in checked.findings if item.severity is Severity.ERROR] == codes
    assert {row.obs for row in checked.rows} == {""}
