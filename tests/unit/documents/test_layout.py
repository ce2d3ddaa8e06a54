"""Layouts are data: the file for the PS to the byte, the rows that do not fit, and the way back."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.layout import (
    BadLayout,
    BadLayoutFile,
    LayoutLine,
    builtin_layout,
    layout_line,
    load_layout,
    read_layout_rows,
    write_layout,
)
from procedures.lists.rows import ListRow
from tests.samples.lists import MONTHS, PEOPLE

SAMPLES = Path("tests/samples/layouts").resolve()
FIXED = (SAMPLES / "ancho_fijo.yaml").read_text(encoding="utf-8")


def line(number: int, **changes: object) -> LayoutLine:
    person = PEOPLE[(number - 1) % len(PEOPLE)]
    known = LayoutLine(
        reference=f"2027-B1-{number:06}",
        ooad="Chiapas",
        estado=person.estado,
        municipio=person.municipio,
        localidad=person.localidad,
        clave_inegi=person.clave_inegi,
        nombre=person.nombre,
        tipo=person.tipo,
        importe=Decimal("1000.00") if person.tipo == "VRS" else Decimal("800.00"),
        meses=MONTHS,
    )
    return replace(known, **changes)


LINES = tuple(line(number) for number in range(1, 6))


def test_the_generic_layout_to_the_byte():
    written = write_layout(LINES, builtin_layout())

    assert written.content == (SAMPLES / "generico.csv").read_bytes()
    assert written.refused == ()
    assert written.written == LINES


def test_a_layout_of_fixed_width_to_the_byte():
    written = write_layout(LINES, load_layout(FIXED))

    assert written.content == (SAMPLES / "ancho_fijo.txt").read_bytes()
    assert {len(row) for row in written.content.decode("latin-1").splitlines()} == {155}


@pytest.mark.parametrize("layout", [builtin_layout(), builtin_layout().as_workbook()], ids=["csv", "xlsx"])
def test_r_5_2_4_the_file_read_back_gives_the_same_rows(layout, tmp_path):
    path = tmp_path / f"ld{layout.extension}"
    path.write_bytes(write_layout(LINES, layout).content)

    assert read_layout_rows(path, layout) == LINES


def test_a_file_of_fixed_width_is_read_back_as_far_as_its_layout_keeps_the_values(tmp_path):
    layout = load_layout(FIXED)
    path = tmp_path / "ld.txt"
    path.write_bytes(write_layout(LINES, layout).content)

    rows = read_layout_rows(path, layout)

    assert [row.nombre for row in rows] == [item.nombre.upper() for item in LINES]
    assert [(row.importe, row.meses, row.clave_inegi) for row in rows] == [
        (item.importe, item.meses, item.clave_inegi) for item in LINES
    ]


def test_the_same_rows_give_the_same_workbook():
    layout = builtin_layout().as_workbook()

    assert write_layout(LINES, layout).content == write_layout(LINES, layout).content


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        pytest.param({"nombre": "  "}, "V-048", "falta «NOMBRE»", id="V-048-empty"),
        pytest.param(
            {"nombre": "X" * 31}, "V-049", "tiene 31 caracteres y el layout admite 30", id="V-049-width"
        ),
        pytest.param({"nombre": "Łukasz Peña"}, "V-049", "contiene «Ł»", id="V-049-charset"),
        pytest.param({"clave_inegi": "07059A001"}, "V-049", "sólo dígitos", id="V-049-digits"),
        pytest.param({"localidad": "Aba\nsolo"}, "V-049", "salto de línea", id="V-049-line-break"),
        pytest.param({"importe": Decimal("0.005")}, "V-049", "más de 2 decimales", id="V-049-cents"),
    ],
)
def test_a_row_that_does_not_fit_stays_out_and_is_named(changes, code, reason):
    written = write_layout([LINES[0], line(2, **changes), LINES[2]], load_layout(FIXED))

    assert written.written == (LINES[0], LINES[2])
    (refusal,) = written.refused
    assert (refusal.position, refusal.reference, refusal.code) == (2, "2027-B1-000002", code)
    assert reason in refusal.reason
    assert written.content.count(b"\n") == 2


def test_what_the_layout_writes_and_what_it_refuses_is_all_there_was():
    lines = [line(number, nombre="" if number % 3 else "Ana Ruiz") for number in range(1, 31)]

    written = write_layout(lines, builtin_layout())

    assert len(written.written) + len({refusal.position for refusal in written.refused}) == 30


def test_a_delimiter_inside_a_value_is_quoted_or_refused():
    comma = line(1, localidad="Abasolo, el Viejo")
    bare = builtin_layout()
    unquoted = replace(bare, quoting="none")

    assert b'"Abasolo, el Viejo"' in write_layout([comma], bare).content
    # The months of the generic layout hold a comma as well.
    assert {refusal.column for refusal in write_layout([comma], unquoted).refused} == {"LOCALIDAD", "MESES"}


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=60
).filter(lambda text: text.strip() == text)


@given(name=texts, place=texts, amount=st.decimals(Decimal("0.01"), Decimal(10**9), places=2))
def test_whatever_the_generic_layout_takes_it_gives_back(name, place, amount, tmp_path_factory):
    layout = builtin_layout()
    sent = line(1, nombre=name, localidad=place, importe=amount)
    path = tmp_path_factory.getbasetemp() / "ld.csv"
    path.write_bytes(write_layout([sent], layout).content)

    assert read_layout_rows(path, layout) == (sent,)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("source: nombre", "source: curp"), "V-048: no column for nombre"),
        (("type: money", "type: float"), "no type float"),
        (("encoding: latin-1", "encoding: klingon"), "no encoding klingon"),
        (("kind: fixed", "kind: pdf"), "no kind pdf"),
        (("width: 30", "width: wide"), "width is a whole number"),
        (("transform: upper", "transform: rot13"), "no transform rot13"),
        (("version: 3", "colour: red"), "unknown key colour"),
        (("name: CLAVE,", "name: TIPO,"), "two columns have the same name"),
        (("name: NOMBRE, ", ""), "name, type and width are mandatory"),
        (("form: YYYYMM", "form: MM"), "no form MM"),
        (("columns:", "rows:"), "key, version, file and columns"),
        (("key:", "key: [:"), "not YAML"),
    ],
)
def test_a_layout_that_makes_no_sense_is_refused_with_its_reasons(change, problem):
    with pytest.raises(BadLayout) as caught:
        load_layout(FIXED.replace(*change))

    assert any(problem in found for found in caught.value.problems)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a,b\r\nc,d\r\n", b"x" * 155 + b"\n"])
def test_a_file_that_does_not_follow_the_layout_is_told(content, tmp_path):
    path = tmp_path / "ld.csv"
    path.write_bytes(content)

    with pytest.raises(BadLayoutFile):
        read_layout_rows(path, builtin_layout())


def test_a_row_of_the_ld_becomes_a_line_of_the_file():
    row = ListRow(
        number=3,
        pac="OOAD07-R03-PAC012",
        nombre_norm="MARIA LOPEZ GOMEZ",
        **{
            name: getattr(LINES[0], name)
            for name in ("ooad", "estado", "municipio", "localidad", "clave_inegi")
        },
        **{name: getattr(LINES[0], name) for name in ("nombre", "tipo", "importe", "meses")},
    )

    assert layout_line(row, "2027-B1-000001") == LINES[0]


def test_the_file_for_the_ps_can_be_looked_at_by_anybody(workshop, tmp_path):
    from documents.inspection import look_at_sheet

    path = tmp_path / "ld.xlsx"
    path.write_bytes(write_layout(LINES, builtin_layout().as_workbook()).content)

    seen = look_at_sheet(workshop, path)

    assert seen["outcome"] == "table"
    assert seen["texts"][10:14] == ["2027-B1-000001", "Chiapas", "Chiapas", "Ocosingo"]
