"""Corrections find their rows, and never anybody else's."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.lists.merge import (
    KeptList,
    Nature,
    find_counterparts,
    merge,
    nature_of,
    person_of,
    seems_whole,
)
from procedures.lists.messages import finding
from procedures.lists.names import normalise_name
from procedures.lists.rows import RawList, RawRow

NAMES = (
    "Ana Luz Ruiz Bautista",
    "Eva Paz Cruz Domínguez",
    "Juan Sol Mar Figueroa",
    "Petrona Gutiérrez Ñáñez",
    "Andrés Méndez Sántiz",
    "Lucía Hernández Koyoc",
    "Tomás Velasco Wiltrón",
    "Rosa Xóchitl Quiroga",
)
PLACES = ("070590001", "070590012", "070780004")
COLUMNS = {"nombre": "G", "clave_inegi": "F", "importe": "I", "obs": "O"}


def row(number, name, clave=PLACES[0], key="", **more):
    values = {"nombre": name, "clave_inegi": clave, "importe": Decimal(1000), "obs": None, **more}
    return RawRow(number=number, values=values, key=key)


def kept(*rows, wrong=None):
    return KeptList(rows=rows, keys={one.number: f"K{one.number}" for one in rows}, wrong=wrong or {})


def sixty(wrong):
    """Sixty people in rows 3 to 62, of which some rows are wrong in their amount."""
    syllables = ("ba", "ce", "di", "fo", "gu", "ja", "ke", "li", "mo", "nu")
    rows = [
        row(n, f"{'Rosa' if n % 2 else 'Juan'} {syllables[n // 10]}x {syllables[n % 10] * 3}")
        for n in range(3, 63)
    ]
    return kept(*rows, wrong={number: frozenset({"importe"}) for number in wrong})


def joined(old, sent, columns=COLUMNS):
    counterparts = find_counterparts(old, sent)
    return merge(old, RawList(columns=columns, rows=tuple(sent)), sent, counterparts)


# ------------------------------------------------------------------ what came


def test_only_the_wrong_rows_are_a_correction():
    old = sixty({7, 9})
    sent = [row(3, old.rows[4].values["nombre"], key="K7"), row(4, old.rows[6].values["nombre"], key="K9")]

    assert nature_of(old, find_counterparts(old, sent)) is Nature.CORRECTION


def test_a_list_that_leaves_a_few_out_is_whole():
    old = sixty({7, 9})

    assert nature_of(old, find_counterparts(old, old.rows[2:])) is Nature.WHOLE


def test_a_few_of_many_who_stand_could_be_either():
    old = sixty({7, 9})
    sent = [old.rows[4], *old.rows[10:14]]

    assert nature_of(old, find_counterparts(old, sent)) is Nature.UNCLEAR


def test_where_nobody_stands_yet_a_few_may_be_withdrawn_but_not_most():
    nobody = sixty(range(3, 63))

    assert nature_of(nobody, find_counterparts(nobody, nobody.rows[2:])) is Nature.WHOLE
    assert nature_of(nobody, find_counterparts(nobody, nobody.rows[:5])) is Nature.CORRECTION


@pytest.mark.parametrize(("standing", "found", "whole"), [(58, 58, True), (58, 29, True), (58, 28, False)])
def test_at_a_glance_a_list_with_most_people_is_whole(standing, found, whole):
    assert seems_whole(standing, found) is whole


def test_two_people_who_both_changed_are_a_list_and_no_riddle():
    old = kept(row(3, NAMES[0]), row(4, NAMES[1]))

    assert nature_of(old, find_counterparts(old, [row(3, NAMES[2]), row(4, NAMES[3])])) is Nature.WHOLE


# ------------------------------------------------------------------ who is whose


def test_a_mended_row_takes_the_place_of_its_own_and_the_others_stay():
    old = kept(row(3, NAMES[0]), row(4, NAMES[1], "7059001"), wrong={4: frozenset({"clave_inegi"})})

    merged = joined(old, [row(9, NAMES[1], PLACES[1], key="K4")])

    assert [
        (one.number, one.values["nombre"], one.values["clave_inegi"], one.key) for one in merged.raw.rows
    ] == [
        (3, NAMES[0], PLACES[0], "K3"),
        (4, NAMES[1], PLACES[1], "K4"),
    ]
    assert (merged.replaced, merged.added, merged.kept) == (1, 0, 1)


def test_without_its_key_a_mended_row_is_found_by_its_name_where_the_clave_was_wrong():
    old = kept(row(3, NAMES[0]), row(4, NAMES[1], "7059001"), wrong={4: frozenset({"clave_inegi"})})

    assert find_counterparts(old, [row(3, NAMES[1], PLACES[1])]) == {0: 4}


def test_without_a_key_a_homonym_in_another_locality_is_somebody_else():
    old = kept(row(3, NAMES[0]), row(4, NAMES[1]), wrong={4: frozenset({"importe"})})

    merged = joined(old, [row(3, NAMES[0], PLACES[1]), row(4, NAMES[1], PLACES[1])])

    assert len(merged.raw.rows) == 4
    assert merged.added == 2


def test_a_key_on_somebody_elses_row_moves_nobody():
    old = kept(row(3, NAMES[0]), row(4, NAMES[1]), wrong={4: frozenset({"importe"})})

    merged = joined(old, [row(3, NAMES[2], key="K3"), row(4, NAMES[3], key="K4")])

    assert [one.values["nombre"] for one in merged.raw.rows] == list(NAMES[:4])


def test_a_name_that_was_none_is_mended_by_its_key_in_its_place_only():
    old = kept(row(3, "NUÑEZ"), wrong={3: frozenset({"nombre"})})

    assert find_counterparts(old, [row(3, "Ana Núñez Pérez", key="K3")]) == {0: 3}
    assert find_counterparts(old, [row(3, "Ana Núñez Pérez", PLACES[2], key="K3")]) == {}
    assert find_counterparts(old, [row(3, "Ana Núñez Pérez")]) == {}


def test_a_spelling_is_mended_by_its_key():
    old = kept(row(3, "Petrona Gutierres Ruiz"), wrong={3: frozenset({"importe"})})

    assert find_counterparts(old, [row(3, "Petrona Gutiérrez Ruiz", key="K3")]) == {0: 3}


def test_a_row_copied_with_its_key_is_its_own_once():
    old = kept(row(3, NAMES[0]), wrong={3: frozenset({"importe"})})

    merged = joined(old, [row(3, NAMES[1], key="K3"), row(4, NAMES[0], key="K3")])

    assert [(one.values["nombre"], one.key) for one in merged.raw.rows] == [(NAMES[0], "K3"), (NAMES[1], "")]


def test_of_somebody_twice_each_row_goes_to_its_own():
    twice = {3: frozenset({"nombre"}), 4: frozenset({"nombre"})}
    old = kept(row(3, NAMES[0], obs="uno"), row(4, NAMES[0], obs="otro"), wrong=twice)

    assert find_counterparts(old, [row(8, NAMES[0], key="K4"), row(9, "Ana Luz Ruiz B.", key="K3")]) == {
        0: 4,
        1: 3,
    }


def test_a_column_that_did_not_come_keeps_what_was_there_and_an_empty_cell_does_not():
    old = kept(row(3, NAMES[0], obs="regresó"), wrong={3: frozenset({"importe"})})
    without = {field: letters for field, letters in COLUMNS.items() if field != "obs"}
    bare = RawRow(number=3, values={"nombre": NAMES[0], "clave_inegi": PLACES[0], "importe": Decimal(900)})

    assert joined(old, [bare], without).raw.rows[0].values["obs"] == "regresó"
    assert joined(old, [row(3, NAMES[0])]).raw.rows[0].values["obs"] is None


def test_what_was_said_of_the_sheet_is_said_without_its_rows():
    old = kept(row(3, NAMES[0]))
    hidden = finding("V-046", row=9, column="A", expected=1)
    raw = RawList(
        columns=COLUMNS, rows=(row(9, NAMES[0]),), findings=(hidden,), declared={"renglones": Decimal(1)}
    )

    merged = merge(old, raw, raw.rows, find_counterparts(old, raw.rows))

    assert [(item.row, item.column) for item in merged.raw.findings] == [(None, "")]
    assert merged.raw.declared == {}


# ------------------------------------------------------------------ whatever happens to a sheet

people = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(PLACES),
        st.sampled_from(["", "importe", "clave_inegi", "nombre"]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda person: person[0],
)


def _as_it_was(number, name, clave, fault):
    """Return somebody's row before it was mended, and the fields that were wrong."""
    was = row(
        number,
        "PENDIENTE" if fault == "nombre" else name,
        clave[:7] if fault == "clave_inegi" else clave,
        importe="mil" if fault == "importe" else Decimal(1000),
    )
    return was, frozenset({fault} - {""})


@st.composite
def corrections(draw):
    """A kept list, and rows of it mended, left out, shuffled, copied, with keys lost or on other rows."""
    listed = draw(people)
    rows, wrong = zip(
        *(_as_it_was(number, *person) for number, person in enumerate(listed, start=3)), strict=True
    )
    wrong = {one.number: faults for one, faults in zip(rows, wrong, strict=True) if faults}
    old = kept(*rows, wrong=wrong)
    mended = [
        row(number, name, clave, key=f"K{number}")
        for number, (name, clave, _fault) in enumerate(listed, start=3)
    ]
    sent = draw(st.lists(st.sampled_from(mended), max_size=10))
    sent += [
        row(90, draw(st.sampled_from(NAMES)), draw(st.sampled_from(PLACES)))
        for _ in range(draw(st.integers(0, 2)))
    ]
    keys = [one.key for one in sent]
    how = draw(st.sampled_from(["kept", "cleared", "shuffled", "one for all", "foreign"]))
    if how == "shuffled":
        keys = draw(st.permutations(keys))
    elif how == "one for all":
        keys = [draw(st.sampled_from(keys))] * len(keys) if keys else []
    elif how != "kept":
        keys = ["" if how == "cleared" else "K99"] * len(keys)
    placed = [
        RawRow(number=number, values=one.values, key=key)
        for number, (one, key) in enumerate(zip(sent, keys, strict=True), start=3)
    ]
    return old, placed


@given(corrections())
def test_nobodys_row_is_put_over_anybody_elses(case):
    old, sent = case

    merged = joined(old, sent)

    by_number = {one.number: one for one in old.rows}
    for place, number in find_counterparts(old, sent).items():
        before, after = by_number[number], sent[place]
        name, clave = person_of(after)
        is_nobody = "nombre" in old.wrong.get(number, ())
        assert normalise_name(before.values["nombre"]) == name or (
            is_nobody and before.values["clave_inegi"] == clave
        )
    stay = {number for number in by_number if number not in find_counterparts(old, sent).values()}
    after_by_number = {one.number: one for one in merged.raw.rows}
    assert all(after_by_number[number].values == by_number[number].values for number in stay)


@given(corrections())
def test_every_row_that_came_is_there_once(case):
    old, sent = case

    merged = joined(old, sent)

    numbers = [one.number for one in merged.raw.rows]
    assert len(set(numbers)) == len(numbers) == len(old.rows) + merged.added
    assert merged.replaced + merged.added == len(sent)
    for one in sent:
        same = [other for other in sent if other.values == one.values]
        assert sum(other.values == one.values for other in merged.raw.rows) >= len(same)


@given(people, st.randoms())
def test_with_its_key_every_mended_row_finds_its_own_in_any_order(listed, seed):
    was = [_as_it_was(number, *person) for number, person in enumerate(listed, start=3)]
    old = kept(*(one for one, _ in was), wrong={one.number: faults for one, faults in was if faults})
    mended = [
        row(number, name, clave, key=f"K{number}") for number, (name, clave, _) in enumerate(listed, start=3)
    ]
    seed.shuffle(mended)

    found = find_counterparts(old, mended)

    assert {place: mended[place].key for place in found} == {
        place: f"K{number}" for place, number in found.items()
    }
    assert len(found) == len(mended)
