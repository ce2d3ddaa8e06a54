"""Any mixture of the world's mistakes: never a wrong row in, a right row out, a crash or a silence."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from documents.raw_lists import raw_list_from_json
from documents.returned_list import ReturnedList, make_returned_list
from documents.row_keys import keys_of
from documents.workbooks import open_list, read_list
from procedures.lists.checks import CheckedList, check_list, rows_with_people
from procedures.lists.merge import KeptList, find_counterparts, merge
from procedures.lists.rows import RawList, Severity
from tests.samples.hostile import put
from tests.samples.lists import MARK_KEY, template_values
from tests.samples.make_samples import FOLDER
from tests.samples.mutations import (
    CHANGES,
    CONTEXT,
    Listed,
    Shape,
    damages,
    mutated_lists,
    rewritten_parts,
    right_cells,
    write_mutated,
)

on_fixtures = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
UNREADABLE = {"V-004", "V-005", "V-006"}
TEMPLATE = raw_list_from_json(read_list(str(FOLDER / "template.xlsx")))
IS_RIGHT = {f"{field}: {what}": is_right for field, what, _change, is_right in CHANGES}


def read(workshop, path: Path, listed: list[Listed], shape: Shape) -> tuple[RawList, CheckedList, list[int]]:
    rows = write_mutated(path, listed, shape)
    raw = open_list(workshop, path)
    return raw, check_list(raw, CONTEXT), rows


def assert_each_row_is_judged_rightly(checked: CheckedList, listed: list[Listed], rows: list[int]) -> None:
    assert checked.file_accepted, checked.findings
    stands = {row.number: row for row in checked.rows}
    told = Counter(item.row for item in checked.findings if item.severity is Severity.ERROR)
    for person, number in zip(listed, rows, strict=True):
        note(f"{number}: {person.mistakes or 'right'}")
        if person.is_right:
            assert number in stands, [item for item in checked.findings if item.row == number]
            row = stands[number]
            assert (row.nombre_norm, row.clave_inegi, row.tipo, row.importe, row.meses) == person.identity
        else:
            assert number not in stands
            assert told[number]
    # Nobody is there whom nobody listed, and nobody is neither in nor out.
    assert set(stands) | set(checked.rejected) == set(rows)
    assert all(item.message for item in checked.findings)
    assert all(item.mend for item in checked.findings if item.severity is Severity.ERROR)


@settings(max_examples=60, **on_fixtures)
@given(case=mutated_lists())
def test_a_right_row_is_in_a_wrong_row_is_out_and_told(workshop, tmp_path, case):
    listed, shape = case

    _raw, checked, rows = read(workshop, tmp_path / "Listado.xlsx", listed, shape)

    assert_each_row_is_judged_rightly(checked, listed, rows)


def test_each_mistake_by_itself_is_judged_as_it_is_meant(workshop, tmp_path):
    for field, what, change, is_right in CHANGES:
        right = right_cells(1, "María López Gómez", 1, "VRS")
        other = Listed(
            right=right_cells(2, "José Hernández Díaz", 2, "PVR"),
            typed=right_cells(2, "José Hernández Díaz", 2, "PVR"),
            is_right=True,
        )
        person = Listed(
            right=right,
            typed={**right, field: change(right[field])},
            is_right=is_right,
            mistakes=(f"{field}: {what}",),
        )

        _raw, checked, rows = read(workshop, tmp_path / "Listado.xlsx", [person, other], Shape())

        stands = {row.number for row in checked.rows}
        assert (rows[0] in stands, rows[1] in stands) == (is_right, True), (field, what, checked.findings)


@settings(max_examples=15, **on_fixtures)
@given(case=mutated_lists(), choice=st.randoms())
def test_what_comes_back_says_the_same_and_its_wrong_rows_mended_make_the_list_whole(
    workshop, tmp_path, case, choice
):
    listed, shape = case
    listed = listed[: len(listed) - (shape.copied is not None)]
    listed = [replace(person, is_right=all(map(IS_RIGHT.get, person.mistakes))) for person in listed]
    raw, checked, rows = read(workshop, tmp_path / "Listado.xlsx", listed, replace(shape, copied=None))
    keys = keys_of(raw.rows, MARK_KEY, period=CONTEXT.period, unit=CONTEXT.unit, version=1)
    back = tmp_path / "OBSERVACIONES.xlsx"
    values = template_values(version=2)
    make_returned_list(
        workshop, back, ReturnedList(raw=raw, findings=checked.findings, values=values, keys=keys)
    )

    again = open_list(workshop, back)

    unchanged = check_list(again, CONTEXT)
    # A name that a formula computed comes back as a value, which is how it is mended.
    pasted = [
        person
        for person in listed
        if not person.is_right and all(IS_RIGHT[one] for one in person.mistakes if one != "nombre: computed")
    ]
    stands = Counter(row.nombre_norm for row in checked.rows)
    assert Counter(row.nombre_norm for row in unchanged.rows) == stands + Counter(
        person.identity[0] for person in pasted
    )
    assert len(unchanged.rejected) == len(checked.rejected) - len(pasted)

    wrong = {number: person for person, number in zip(listed, rows, strict=True) if not person.is_right}
    if not wrong:
        return
    mended = list(
        mend(again, wrong, dict(zip(rows, (row.number for row in rows_with_people(again)), strict=True)))
    )
    choice.shuffle(mended)
    sent = replace(again, rows=tuple(replace(row, number=3 + n) for n, row in enumerate(mended)))
    kept = KeptList(
        rows=rows_with_people(raw),
        keys=keys,
        wrong={
            number: frozenset(
                item.field for item in checked.findings if item.row == number and item.severity == "error"
            )
            for number in wrong
        },
    )
    found = find_counterparts(kept, sent.rows)

    whole = check_list(merge(kept, sent, sent.rows, found).raw, CONTEXT)

    assert whole.rejected == ()
    assert Counter(
        (row.nombre_norm, row.clave_inegi, row.tipo, row.importe, row.meses) for row in whole.rows
    ) == Counter(person.identity for person in listed)


def mend(again, wrong, numbers):
    """The wrong rows of the workbook that came back, with the right cells."""
    by_number = {row.number: row for row in again.rows}
    for number, person in wrong.items():
        row = by_number[numbers[number]]
        right = {
            name: Decimal(value) if isinstance(value, int) else value for name, value in person.right.items()
        }
        yield replace(row, values={**row.values, **right})


@settings(max_examples=50, **on_fixtures)
@given(data=st.data())
def test_a_damaged_file_gives_the_same_people_or_an_answer(workshop, tmp_path, data):
    right = (FOLDER / "template.xlsx").read_bytes()
    damaged = data.draw(damages(right))

    raw = open_list(workshop, put(tmp_path / "Listado.xlsx", damaged))

    errors = [item for item in raw.findings if item.severity is Severity.ERROR]
    if errors:
        assert {item.code for item in errors} <= UNREADABLE
        assert raw.rows == ()
        assert all(item.mend for item in errors)
    else:
        assert raw.rows == TEMPLATE.rows


@settings(max_examples=50, **on_fixtures)
@given(data=st.data())
def test_xml_that_nobody_wrote_is_read_or_answered(workshop, tmp_path, data):
    content = data.draw(rewritten_parts())

    raw = open_list(workshop, put(tmp_path / "Listado.xlsx", content))
    checked = check_list(raw, CONTEXT)

    assert set(checked.rejected).isdisjoint(row.number for row in checked.rows)
    assert checked.rows or checked.rejected or checked.errors
