"""5.2.4: the same list is the same in every form, and another one is told line by line (AC-36, AMB-21)."""

import string
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documents.layout import BadLayoutFile, check_written, write_layout
from documents.layout_declaration import builtin_layout_text, load_layout
from documents.list_workbook import ConsolidatedList, write_list_workbook
from documents.same_file import NotAList, compare_file, differences
from procedures.lists.digest import record_digest
from procedures.lists.names import normalise_name
from procedures.lists.rows import ListRow
from tests.samples.lists import MONTHS
from tests.unit.documents.test_layout import FIXED, LINES, line

GENERIC = builtin_layout_text()
OOADS = {"OOAD07": "Chiapas", "OOAD20": "Oaxaca"}


def compared(workshop, path, lines=LINES, layout=GENERIC):
    return compare_file(workshop, path, layout_text=layout, lines=lines, ooads=OOADS, months=MONTHS)


def rows(lines) -> tuple[ListRow, ...]:
    return tuple(
        ListRow(
            number=number,
            ooad="OOAD07",
            pac="OOAD07-R03-PAC012",
            estado=item.estado,
            municipio=item.municipio,
            localidad=item.localidad,
            clave_inegi=item.clave_inegi,
            nombre=item.nombre,
            nombre_norm=normalise_name(item.nombre),
            tipo=item.tipo,
            importe=item.importe,
            meses=item.meses,
        )
        for number, item in enumerate(lines, 1)
    )


def written(folder, form: str, lines=LINES):
    """A file of these lines in one of the forms in which they travel."""
    if form == "people":
        path = folder / "LD_2027-B1.xlsx"
        write_list_workbook(
            path,
            ConsolidatedList(
                level="LD",
                period="2027-B1",
                months=MONTHS,
                unit_name="Nacional",
                version=1,
                digest="0" * 64,
                made_on=date(2027, 1, 28),
                rows=rows(lines),
                references=tuple(item.reference for item in lines),
                signatures=("CFI",),
            ),
        )
        return path
    layout = load_layout(FIXED if form == "fixed" else GENERIC)
    layout = layout.as_workbook() if form == "layout-xlsx" else layout
    path = folder / f"ld{layout.extension}"
    path.write_bytes(write_layout(lines, layout).content)
    return path


@pytest.mark.parametrize("form", ["csv", "layout-xlsx", "people"])
def test_ac_36_other_bytes_and_the_same_records_are_the_same_list(workshop, tmp_path, form):
    found = compared(workshop, written(tmp_path, form))

    assert found.is_same
    assert (found.lines, found.total) == (5, sum(item.importe for item in LINES))
    assert found.digest == record_digest(rows(LINES))


def test_a_layout_that_writes_in_capitals_is_held_to_what_it_keeps(workshop, tmp_path):
    assert compared(workshop, written(tmp_path, "fixed"), layout=FIXED).is_same


@pytest.mark.parametrize("form", ["csv", "layout-xlsx", "people"])
def test_ac_36_one_amount_that_differs_by_a_centavo_is_shown(workshop, tmp_path, form):
    changed = (LINES[0], replace(LINES[1], importe=LINES[1].importe + Decimal("0.01")), *LINES[2:])

    found = compared(workshop, written(tmp_path, form, changed))

    [one] = found.differences
    assert (one.reference, one.column) == (LINES[1].reference, "importe")
    assert Decimal(one.found) - Decimal(one.expected) == Decimal("0.01")
    assert found.digest != record_digest(rows(LINES))


def test_lines_that_lack_or_are_too_many_are_named():
    found = [*LINES[:2], LINES[1], line(9)]

    told = {(one.reference, one.found) for one in differences(found, LINES[:3])}

    assert told == {
        (LINES[1].reference, "repetido"),
        ("2027-B1-000009", "no está en el listado"),
        (LINES[2].reference, "falta"),
    }


def test_a_file_of_another_kind_is_no_list(workshop, tmp_path):
    path = tmp_path / "otro.csv"
    path.write_text("a,b\r\n1,2\r\n", encoding="utf-8")

    with pytest.raises(NotAList):
        compared(workshop, path)


NAMES = st.text(alphabet=string.ascii_letters + "áéíóúñÑü .,;'\"-|\\=+@", min_size=1, max_size=60).filter(
    lambda text: text.strip() == text and text.strip()
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=8), form=st.sampled_from(["csv", "layout-xlsx"]))
def test_whatever_people_are_called_every_form_reads_back_as_it_was_written(tmp_path, names, form):
    layout = load_layout(GENERIC)
    layout = layout.as_workbook() if form == "layout-xlsx" else layout
    lines = [line(number, nombre=name) for number, name in enumerate(names, 1)]

    check_written(write_layout(lines, layout), layout)


def test_a_file_that_reads_back_otherwise_does_not_leave():
    layout = load_layout(GENERIC)
    file = write_layout(LINES, layout)

    with pytest.raises(BadLayoutFile):
        check_written(replace(file, content=file.content.replace(b"1000.00", b"1000.01", 1)), layout)
