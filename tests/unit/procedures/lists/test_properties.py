"""What holds for every list whatever its cells: an answer, good rows in, harmless decoration without effect."""

import re
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procedures.lists.checks import check_list
from procedures.lists.rows import FIELDS, RawRow, Severity

on_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

cells = (
    st.none()
    | st.booleans()
    | st.dates()
    | st.decimals()
    | st.sampled_from([Decimal("sNaN"), Decimal("1E+999999"), Decimal("-0"), date.max])
    | st.text(max_size=40)
    | st.sampled_from(
        [
            "Chiapas",
            "VRS",
            "enero",
            "1",
            "070590001",
            "-",
            "'",
            "=1",
            "{row}",
            "%s",
            "x" * 40_000,
            "\x00",
            "\ud800",
        ]
    )
)


@on_fixtures
@given(
    rows=st.lists(st.dictionaries(st.sampled_from(FIELDS), cells), max_size=4),
    declared=st.dictionaries(
        st.sampled_from(["renglones", "importe", "vrs", "otro"]), st.decimals(), max_size=2
    ),
)
def test_no_cell_of_any_type_can_stop_the_check(list_of, context, row_of, rows, declared):
    raw_rows = [RawRow(number=place, values=values) for place, values in enumerate(rows, start=4)]

    checked = check_list(list_of(*raw_rows, row_of(90), declared=declared), context)

    assert set(checked.rejected).isdisjoint(row.number for row in checked.rows)
    assert all(item.message for item in checked.findings)


@on_fixtures
@given(changes=st.dictionaries(st.sampled_from(FIELDS), cells, max_size=3))
def test_a_row_stands_or_an_error_says_why(list_of, context, changes):
    checked = check_list(list_of(changes), context)

    errors = [item for item in checked.findings if item.severity is Severity.ERROR]
    assert bool(checked.rows) is not bool(errors)
    assert len(checked.rows) + len(checked.rejected) == 1 or not checked.file_accepted


@on_fixtures
@given(wrong=st.dictionaries(st.sampled_from(FIELDS), cells, min_size=1, max_size=4))
def test_a_wrong_row_never_takes_a_good_one_with_it(list_of, context, wrong):
    alone = check_list(list_of({}), context).rows[0]

    checked = check_list(list_of({}, wrong | {"nombre": "Ana Luz Ruiz"}), context)

    assert checked.rows[0] == alone


decorations = st.fixed_dictionaries(
    {
        "spaces": st.sampled_from(["", " ", "  ", "\u00a0", "\t"]),
        "case": st.sampled_from([str, str.upper, str.lower, str.title]),
        "accents": st.booleans(),
        "apostrophe": st.booleans(),
    }
)
PLAIN = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")


def decorated(text, spaces, case, accents, apostrophe):
    text = case(text)
    if not accents:
        text = text.translate(PLAIN)
    text = re.sub(" ", " " + spaces, text)
    return ("'" if apostrophe else "") + spaces + text + spaces


@on_fixtures
@given(
    by_field=st.fixed_dictionaries(
        dict.fromkeys(
            (
                "ooad",
                "estado",
                "municipio",
                "localidad",
                "nombre",
                "tipo",
                "meses",
                "unidad_medica",
                "clave_inegi",
            ),
            decorations,
        )
    )
)
def test_a_good_row_stays_good_and_the_same_under_harmless_decoration(list_of, context, row_of, by_field):
    plain = row_of(4, nombre="María López Núñez")
    values = {field: decorated(plain.values[field], **how) for field, how in by_field.items()}

    (before,) = check_list(list_of(plain), context).rows
    checked = check_list(list_of(values), context)

    assert checked.findings == ()
    (after,) = checked.rows
    assert {field: getattr(after, field) for field in after.__slots__ if field != "nombre"} == {
        field: getattr(before, field) for field in before.__slots__ if field != "nombre"
    }


@on_fixtures
@given(seed=st.randoms(), count=st.integers(1, 12))
def test_the_order_of_the_rows_changes_nothing_but_their_order(list_of, context, row_of, seed, count):
    people = [row_of(number) for number in range(4, 4 + count)]
    shuffled = list(people)
    seed.shuffle(shuffled)

    one, other = check_list(list_of(*people), context), check_list(list_of(*shuffled), context)

    assert one.totals == other.totals
    assert set(one.rows) == set(other.rows)
