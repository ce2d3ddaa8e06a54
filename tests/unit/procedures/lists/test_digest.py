"""The record digest: the same people give it in any order and format, and nobody else's data do."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.digest import digest_of_lines, record_digest, short_digest
from procedures.lists.rows import ListRow
from tests.unit.procedures.lists.lines_of_lists import line

ROW = ListRow(
    number=4,
    ooad="OOAD07",
    pac="OOAD07-R03-PAC012",
    estado="Chiapas",
    municipio="Ocosingo",
    localidad="Abasolo",
    clave_inegi="070590001",
    nombre="Ana Luz  RUIZ",
    nombre_norm="ANA LUZ RUIZ",
    tipo="VRS",
    importe=Decimal(1000),
    meses=("2027-01", "2027-02"),
)


def test_the_digest_is_that_of_the_ledgers_lines():
    record = "OOAD07|Chiapas|Ocosingo|Abasolo|070590001|ANA LUZ RUIZ|VRS|1000.00|2027-01,2027-02\n"

    assert record_digest([ROW]) == sha256(record.encode()).hexdigest()
    assert short_digest(record_digest([ROW])) == record_digest([ROW])[:10]


def test_ac_36_one_centavo_makes_another_digest():
    assert record_digest([replace(ROW, importe=Decimal("1000.01"))]) != record_digest([ROW])


def test_row_numbers_remarks_and_the_way_of_writing_make_no_difference():
    other = replace(
        ROW,
        number=99,
        nombre="ana luz ruiz",
        obs="nota",
        importe=Decimal("1000.00"),
        meses=("2027-02", "2027-01"),
    )

    assert record_digest([other]) == record_digest([ROW])


def test_a_kept_line_has_the_digest_of_its_row():
    assert digest_of_lines([line()]) == record_digest([ROW])


def test_a_bar_in_a_name_makes_nobody_elses_data():
    one = replace(ROW, municipio="A|B", localidad="C")
    other = replace(ROW, municipio="A", localidad="B|C")

    assert record_digest([one]) != record_digest([other])


rows = st.builds(
    lambda name, centavos, tipo, key: replace(
        ROW, nombre_norm=name, importe=Decimal(centavos) / 100, tipo=tipo, clave_inegi=key
    ),
    st.text(alphabet="ABCÑ |\\", min_size=1, max_size=8),
    st.integers(1, 10**9),
    st.sampled_from(["VRS", "PVR"]),
    st.sampled_from(["070590001", "070590002"]),
)


@given(st.lists(rows, max_size=20), st.randoms())
def test_the_order_makes_no_difference(people, seed):
    shuffled = list(people)
    seed.shuffle(shuffled)

    assert record_digest(shuffled) == record_digest(people)


@given(st.lists(rows, max_size=20), rows)
def test_one_more_person_makes_another_digest(people, somebody):
    assert record_digest([*people, somebody]) != record_digest(people)
