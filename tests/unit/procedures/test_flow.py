"""The drawings and the checklists come from the definition alone, and say all of it."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from procedures.catalogue import builtin_keys
from procedures.definition import Source
from procedures.flow import checklist, draw_checklist, draw_mermaid, draw_svg, draw_text
from procedures.flow_layout import lane_of, places_of, ways_of
from procedures.flow_words import say_term
from tests.unit.procedures.country import procedure

KEYS = builtin_keys()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("draw", [draw_text, draw_mermaid, draw_svg])
def test_every_step_is_in_every_drawing(draw, key):
    drawn = draw(procedure(key))

    for step in procedure(key).steps.values():
        assert re.search(rf"\b{re.escape(step.id)}\b", drawn), step.id


@pytest.mark.parametrize("key", KEYS)
def test_the_drawing_is_sound_xml_and_complete_in_itself(key):
    root = ET.fromstring(draw_svg(procedure(key)))

    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == procedure(key).title
    assert not [node for node in root.iter() if node.tag in {f"{SVG}image", f"{SVG}script", f"{SVG}use"}]
    assert "http" not in draw_svg(procedure(key)).replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_drawn_outside_the_page(key):
    root = ET.fromstring(draw_svg(procedure(key)))
    width, height = float(root.get("width")), float(root.get("height"))

    for box in root.iter(f"{SVG}rect"):
        x, y = float(box.get("x", 0)), float(box.get("y", 0))
        assert x >= 0
        assert y >= 0
        assert x + float(box.get("width")) <= width + 0.5
        assert y + float(box.get("height")) <= height + 0.5


def cards() -> dict[str, tuple[float, float, float, float]]:
    root = ET.fromstring(draw_svg(procedure()))
    found = {}
    for group in root.iter(f"{SVG}g"):
        box = next((node for node in group if node.get("class") == "body"), None)
        name = group.find(f"{SVG}title")
        if box is not None and name is not None:
            found[name.text.split()[0]] = tuple(float(box.get(k)) for k in ("x", "y", "width", "height"))
    return found


def test_no_two_cards_overlap():
    drawn = list(cards().items())
    assert len(drawn) == len(procedure().steps)

    for index, (name, (x, y, wide, high)) in enumerate(drawn):
        for other, (x2, y2, wide2, high2) in drawn[index + 1 :]:
            apart = x + wide <= x2 or x2 + wide2 <= x or y + high <= y2 or y2 + high2 <= y
            assert apart, (name, other)


def test_no_arrow_runs_through_a_card_that_is_not_its_own():
    root = ET.fromstring(draw_svg(procedure()))
    boxes = cards()

    for way in (node for node in root.iter(f"{SVG}path") if node.get("class") == "way"):
        points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", way.get("d"))]
        for (xa, ya), (xb, yb) in itertools.pairwise(points):
            for name, (x, y, wide, high) in boxes.items():
                inside = min(xa, xb) < x + wide - 1 and max(xa, xb) > x + 1
                assert not (inside and min(ya, yb) < y + high - 1 and max(ya, yb) > y + 1), name


def test_what_comes_before_stands_above():
    places = places_of(procedure())

    for way in ways_of(procedure()):
        assert places[way.start].row < places[way.end].row


def test_arrows_that_others_imply_are_left_out():
    ways = {(way.start, way.end) for way in ways_of(procedure())}

    assert ("A17", "A18") in ways
    assert ("A12", "A18") not in ways
    assert ("A12", "A17") not in ways


def test_who_stands_for_another_shares_the_lane():
    assert lane_of(procedure(), procedure().steps["A19"]) == "EMS"


def test_the_branches_are_named():
    for drawn in (draw_text(procedure()), draw_mermaid(procedure()), draw_svg(procedure())):
        assert "Existe EGAS" in drawn
        assert "No existe EGAS" in drawn


def test_the_six_stages_are_named_in_order():
    drawn = draw_text(procedure())

    assert re.findall(r"^Etapa (\w+)\.", drawn, re.MULTILINE) == ["I", "II", "III", "IV", "V", "VI"]


def test_mermaid_has_one_arrow_for_each_way():
    drawn = draw_mermaid(procedure())

    assert drawn.startswith("flowchart TD")
    assert len(re.findall(r"-->", drawn)) == len(ways_of(procedure()))
    assert draw_mermaid(procedure("INT-SOL")).startswith("stateDiagram-v2")


@pytest.mark.parametrize("key", KEYS)
def test_every_condition_of_a_drawing_has_a_name(key):
    definition = procedure(key)

    used = {
        name
        for step in definition.steps.values()
        for name in (
            *step.when,
            *(name for trigger in step.on for name in trigger.when if trigger.source is not Source.EVENT),
            *(name for branch in step.branches for name in branch.when),
        )
    }
    assert used <= set(definition.conditions)


@pytest.mark.parametrize("key", KEYS)
def test_every_step_with_an_actor_is_in_some_checklist(key):
    definition = procedure(key)

    listed = {task.step for role in definition.roles for task in checklist(definition, role)}
    assert listed == {step.id for step in definition.steps.values() if step.actors}


def test_a_pac_reads_what_to_do_when_and_how():
    tasks = {task.step: task for task in checklist(procedure(), "PAC")}

    assert list(tasks) == ["A05", "A06", "A07", "A08", "A37", "A38"]
    assert tasks["A08"].scope == "por PAC"
    assert "fecha del calendario autorizado" in tasks["A08"].when
    assert "10 días hábiles después de la circular" in tasks["A08"].when
    assert tasks["A08"].how[0] == "Envíe por correo el archivo de Excel; una sola vez basta."


def test_an_ems_reads_what_falls_to_it_only_when_designated():
    tasks = {task.step: task for task in checklist(procedure(), "EMS")}

    assert "Sólo como EMS designado." in tasks["A19"].notes
    assert "Sólo como EMS designado." not in tasks["A12"].notes


def test_what_somebody_outside_does_is_in_the_list_of_who_records_it():
    tasks = {task.step: task for task in checklist(procedure(), "CFI")}

    assert any("División de Trámite de Erogaciones" in note for note in tasks["A50"].notes)


def test_who_may_write_it_down_too_is_told():
    tasks = {task.step: task for task in checklist(procedure(), "SAC")}

    assert "También puede asentarlo." in tasks["A38"].notes


def test_a_checklist_fits_a_printed_sheet():
    printed = draw_checklist(procedure(), "CFI", width=90)

    assert max(map(len, printed.splitlines())) <= 90
    assert printed.count("☐") == len(checklist(procedure(), "CFI"))


def test_a_role_without_steps_is_told_so():
    assert "no tiene pasos" in draw_checklist(procedure(), "CCTE")


def test_an_unknown_role_is_no_checklist():
    with pytest.raises(KeyError):
        checklist(procedure(), "NOBODY")


def test_every_term_can_be_said():
    for key in KEYS:
        for rule in procedure(key).terms.values():
            assert say_term(rule, procedure(key).moments).endswith(".")
