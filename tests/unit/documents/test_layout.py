"""Layouts are data: the file for the PS to the byte, the rows that do not fit, and the way back."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.layout import SOURCES, BadLayoutFile, LayoutLine, layout_line, read_layout_rows, write_layout
from documents.layout_declaration import (
    COLUMN_KEYS,
    FILE_KEYS,
    BadLayout,
    builtin_layout,
    load_layout,
    try_layout,
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
        (("source: nombre", "source: curp"), "línea 13: «source: curp» no existe"),
        (
            ("type: money", "type: float"),
            "línea 15: «type: float» no existe; puede ser: text, digits, money, months, constant.",
        ),
        (("encoding: latin-1", "encoding: klingon"), "línea 4: la codificación «klingon» no existe"),
        (("kind: fixed", "kind: pdf"), "línea 4: «kind: pdf» no existe; puede ser: csv, fixed, xlsx."),
        (("width: 30", "width: wide"), "línea 13: «width» debe ser un número entero de 1 a 1000."),
        (("transform: upper", "transform: rot13"), "«transform: rot13» no existe"),
        (
            ("version: 3", "colour: red"),
            "línea 2: «colour» no se conoce aquí; puede ir: key, version, cites, file, columns.",
        ),
        (("name: CLAVE,", "name: TIPO,"), "línea 14: ya hay otra columna que se llama «TIPO»."),
        (("name: NOMBRE, ", ""), "línea 13: falta «name»."),
        (("form: YYYYMM", "form: MM"), "«form: MM» no existe"),
        (("columns:", "rows:"), "key, version, file y columns"),
        (("key:", "key: [:"), "línea 1: No se entiende como YAML"),
        (("  - {name: NOMBRE", "  # {name: NOMBRE"), "línea 5: ninguna columna se llena con nombre"),
        (("key: ancho_fijo", "key: ../x"), "línea 1: «key» es el nombre del layout"),
        (
            ("source: nombre, type: text", "source: nombre, type: money"),
            "«nombre» no puede ser de tipo money",
        ),
        (("source: importe, type: money", "source: importe, type: text"), "debe ser de tipo money"),
        (('fill: "0"', "fill: 0"), "«fill» debe ser un texto; escríbalo entre comillas."),
        (("width: 9}", "width: 9, width: 8}"), "línea 12: «width» aparece dos veces."),
        (("header: false", "header: maybe"), "línea 4: «header» debe ser true o false."),
        (("  - {name: OOAD", "  - OOAD\n  - {name: X"), "línea 8: cada columna se escribe entre llaves"),
        (("version: 3", "version: tres"), "línea 2: «version» debe ser un número entero de 1 a 9999."),
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


# ------------------------------------------------------------------ trying a layout that somebody wrote


def test_a_layout_is_tried_with_invented_people_and_read_back():
    trial = try_layout(load_layout(FIXED))

    assert trial.losses == trial.remarks == ()
    # Two of them are named at the length and with the place that this layout has no room for.
    assert {refusal.column for refusal in trial.file.refused} == {"OOAD", "ESTADO", "NOMBRE"}
    assert len(trial.file.written) == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("form: YYYYMM", "form: YYYY-MM"), "«MESES»: se escribió 2027-01, 2027-02 y al leerlo"),
        (('fill: "0", side: left', 'fill: "9", side: left'), "«IMPORTE»: se escribió 1000.00"),
    ],
    ids=["months that run together", "an amount filled up with nines"],
)
def test_what_cannot_be_read_back_is_told_before_it_is_used(change, told):
    wide = FIXED.replace("width: 12, form", "width: 14, form")

    losses = try_layout(load_layout(wide.replace(*change))).losses

    assert any(told in loss for loss in losses)


def test_an_encoding_without_accents_is_remarked_and_no_error():
    [remark] = try_layout(load_layout(FIXED.replace("latin-1", "ascii"))).remarks

    assert "no tiene acentos ni Ñ" in remark


def test_a_header_that_cannot_be_written_is_told():
    text = FIXED.replace("header: false", "header: true").replace("latin-1", "ascii").replace("OOAD,", "AÑO,")

    assert "no se puede escribir" in try_layout(load_layout(text)).losses[0]


def test_a_blank_constant_keeps_a_place_free():
    blank = FIXED.replace('constant: "D"', 'constant: " "')

    assert write_layout(LINES, load_layout(blank)).refused == ()


pieces = st.sampled_from(
    [
        "key",
        "version",
        "file",
        "columns",
        "name",
        "type",
        "width",
        "source",
        "kind",
        "csv",
        "encoding",
        "utf-8",
        "nombre",
        "importe",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\n",
        "  ",
        "*a",
        "&a",
        "!!python/name:os",
        "1",
    ]
)


def problems_of(text):
    """What is wrong with a declaration; nothing when it can be used."""
    try:
        load_layout(text)
    except BadLayout as problem:
        return problem.problems or ("nothing is told",)
    return ()


@given(st.lists(pieces, max_size=40).map("".join) | st.text(max_size=60))
def test_no_scrap_of_a_declaration_is_a_layout_and_all_are_told_what_is_wrong(text):
    assert problems_of(text) not in {(), ("nothing is told",)}


@given(st.sampled_from(FIXED.splitlines()), st.sampled_from(["", "- x", "  ]", "\tkey: 1", "  - {}", "? a"]))
def test_a_spoilt_line_is_told_unless_nothing_depends_on_it(line_of_it, instead):
    found = problems_of(FIXED.replace(line_of_it, instead, 1))

    assert found != ("nothing is told",)
    assert found or (instead == "" and line_of_it.split(":")[0] in {"cites", "  - {name"})


def test_the_layout_in_the_guide_can_be_used():
    guide = Path("docs/layouts.md").read_text(encoding="utf-8")
    [text] = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)

    trial = try_layout(load_layout(text))

    assert (trial.losses, trial.file.refused) == ((), ())
    assert all(re.search(rf"[`\s]{name}`", guide) for name in (*COLUMN_KEYS, *FILE_KEYS, *SOURCES))
