"""Who stands above whom, who may see what, and what must be known before a period opens."""

import pytest

from procedures.engine import Instance
from procedures.opening import opening_problems
from procedures.organisation import Organisation, Post, Secrecy, levels_above, may_see
from tests.unit.procedures.country import ooads, period, procedure

CHIAPAS, PUEBLA = "OOAD07", "OOAD21"
TREE, PARENTS = ooads(OOAD07=[2, 1], OOAD21=[1, 1])
OFFICE = Organisation(PARENTS)
R01, R02 = f"{PUEBLA}-R01", f"{PUEBLA}-R02"
PAC = f"{R01}-PAC001"


def test_a_unit_lies_in_all_that_stand_above_it():
    assert OFFICE.ancestors(PAC) == (R01, PUEBLA, "PIB")
    assert OFFICE.ancestors("PIB") == ()


@pytest.mark.parametrize(
    ("post", "sees", "does_not_see"),
    [
        (Post("PAC", PAC), PAC, R01),
        (Post("SAC", R01), PAC, R02),
        (Post("SAC", CHIAPAS), f"{CHIAPAS}-R02", PUEBLA),
        (Post("EMS", R01), R01, PUEBLA),
        (Post("JSPM", PUEBLA), R02, CHIAPAS),
        (Post("CACyPCS", "PIB"), PAC, None),
    ],
    ids=str,
)
def test_a_post_sees_its_own_unit_and_what_lies_in_it(post, sees, does_not_see):
    assert may_see(OFFICE, post, sees, Secrecy.PERSONAL)
    if does_not_see is not None:
        assert not may_see(OFFICE, post, does_not_see, Secrecy.PERSONAL)


def test_the_designated_ems_sees_its_ooad_and_no_other():
    ems = Post("EMS", R01)

    assert may_see(OFFICE, ems, R02, Secrecy.PERSONAL, designated_for=PUEBLA)
    assert not may_see(OFFICE, ems, CHIAPAS, Secrecy.PERSONAL, designated_for=PUEBLA)


@pytest.mark.parametrize(
    ("role", "unit", "secrecy", "answer"),
    [
        ("PAC", PAC, Secrecy.SENSITIVE, False),
        ("SAC", R01, Secrecy.SENSITIVE, True),
        ("EMS", R01, Secrecy.SENSITIVE, False),
        ("JSPM", PUEBLA, Secrecy.MONEY, False),
        ("CFI", "PIB", Secrecy.MONEY, True),
        ("CPEEyPB", "PIB", Secrecy.MONEY, False),
        ("ADMIN", "PIB", Secrecy.PERSONAL, False),
        ("ES", PAC, Secrecy.PERSONAL, False),
        ("PS", "PIB", Secrecy.INTERNAL, False),
        ("PS", "PIB", Secrecy.PUBLIC, True),
    ],
)
def test_the_matrix_of_confidentiality_holds(role, unit, secrecy, answer):
    assert may_see(OFFICE, Post(role, unit), unit, secrecy) is answer


def names(situation, step: str, unit: str = "") -> list[list[str]]:
    return [
        [f"{post.role}@{post.unit}" for post in level]
        for level in levels_above(situation, Instance(step, unit))
    ]


def test_what_is_late_climbs_the_line_of_the_procedure():
    situation = period(egas={CHIAPAS: True, PUEBLA: False}, OOAD07=[2, 1], OOAD21=[1, 1])
    pac = f"{CHIAPAS}-R01-PAC001"

    assert names(situation, "A08", pac) == [[f"SAC@{CHIAPAS}-R01"], [f"EMS@{CHIAPAS}-R01"]]
    assert names(situation, "A10", f"{CHIAPAS}-R01") == [[f"EMS@{CHIAPAS}-R01"], [f"EGAS@{CHIAPAS}"]]
    assert names(situation, "A12", f"{CHIAPAS}-R01") == [[f"EGAS@{CHIAPAS}"], [f"JSPM@{CHIAPAS}"]]
    assert names(situation, "A21", CHIAPAS) == [["CACyPCS@PIB"], ["UPIB@PIB"]]
    assert names(situation, "A28") == [["UPIB@PIB"], []]
    assert names(situation, "A50") == [["UPIB@PIB"], []]


def test_without_an_egas_the_designated_ems_stands_above_the_others():
    situation = period(egas={PUEBLA: False}, OOAD21=[1, 1])
    designated = situation.with_facts(PUEBLA, {"designated_ems": R01})

    assert names(situation, "A12", R02) == [[f"JSPM@{PUEBLA}"], ["CACyPCS@PIB"]]
    assert names(designated, "A12", R02) == [[f"EMS@{R01}"], [f"JSPM@{PUEBLA}"]]
    assert names(designated, "A12", R01) == [[f"JSPM@{PUEBLA}"], ["CACyPCS@PIB"]]


def test_ac_31_a_period_does_not_open_over_an_ooad_whose_egas_nobody_has_stated():
    facts = {CHIAPAS: {"has_egas": True}, PUEBLA: {"has_egas": None, "name": "Puebla"}}

    problems = opening_problems(procedure(), TREE, PARENTS, facts)

    assert [problem.unit for problem in problems] == [PUEBLA]
    assert problems[0].text.startswith("Puebla: Falta indicar si el OOAD cuenta con EGAS; la CACyPCS")


def test_a_period_opens_when_everything_is_stated():
    facts = {CHIAPAS: {"has_egas": True}, PUEBLA: {"has_egas": False}}

    assert opening_problems(procedure(), TREE, PARENTS, facts) == ()


def test_a_region_without_pac_is_told_before_it_opens_a_join_over_nothing():
    tree, parents = ooads(OOAD07=[1, 0])

    problems = opening_problems(procedure(), tree, parents, {CHIAPAS: {"has_egas": True}})

    assert [(problem.unit, "PAC" in problem.text) for problem in problems] == [(f"{CHIAPAS}-R02", True)]
