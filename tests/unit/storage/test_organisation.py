"""The tree as it stands and as an expediente freezes it; localities and unidades médicas."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, SQLModel, create_engine

from storage import organisation, rows  # noqa: F401  # constraint names come first
from storage.organisation import LocalityRow, MedicalUnitRow, ScopeLocalityRow, UnitKind, UnitRow


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as open_session:
        open_session.add_all(
            [
                UnitRow(code="PIB", kind=UnitKind.NATIONAL, name="Nacional"),
                UnitRow(
                    code="OOAD07",
                    kind=UnitKind.OOAD,
                    parent="PIB",
                    name="Chiapas",
                    has_egas=True,
                    egas_has_sac=True,
                ),
                UnitRow(code="OOAD21", kind=UnitKind.OOAD, parent="PIB", name="Puebla"),
                UnitRow(code="OOAD31", kind=UnitKind.OOAD, parent="PIB", name="Yucatán"),
                UnitRow(code="OOAD07-R03", kind=UnitKind.REGION, parent="OOAD07", name="Ocosingo", number=3),
                UnitRow(
                    code="OOAD21-R01", kind=UnitKind.REGION, parent="OOAD21", name="Huauchinango", number=1
                ),
                UnitRow(code="OOAD07-R03-PAC012", kind=UnitKind.PAC, parent="OOAD07-R03", name="Damasco"),
                UnitRow(code="OOAD07-R03-PAC015", kind=UnitKind.PAC, parent="OOAD07-R03", name="Taniperla"),
                UnitRow(
                    code="OOAD07-R03-PAC099",
                    kind=UnitKind.PAC,
                    parent="OOAD07-R03",
                    name="Cerrado",
                    active=False,
                ),
            ]
        )
        open_session.flush()
        yield open_session
    engine.dispose()


@pytest.mark.parametrize(
    ("code", "ooad", "region"),
    [
        ("PIB", "", ""),
        ("OOAD15P", "OOAD15P", ""),
        ("OOAD07-R03", "OOAD07", "OOAD07-R03"),
        ("OOAD07-R03-PAC012", "OOAD07", "OOAD07-R03"),
    ],
)
def test_a_code_tells_its_ooad_and_its_region(code, ooad, region):
    assert organisation.ooad_of(code) == ooad
    assert organisation.region_of(code) == region


def test_units_are_asked_for_by_tier_and_by_what_they_belong_to(session):
    assert [unit.code for unit in organisation.units(session, UnitKind.OOAD)] == [
        "OOAD07",
        "OOAD21",
        "OOAD31",
    ]
    assert [unit.code for unit in organisation.units(session, UnitKind.PAC, "OOAD07-R03")] == [
        "OOAD07-R03-PAC012",
        "OOAD07-R03-PAC015",
    ]


def test_an_ooad_without_regions_does_not_take_part(session):
    assert [unit.code for unit in organisation.operating_ooads(session)] == ["OOAD07", "OOAD21"]


def test_the_frozen_tree_has_the_shape_of_the_engine(session):
    frozen = organisation.freeze_tree(session, ["OOAD21", "OOAD07"])

    assert frozen.tree == {
        "period": [""],
        "ooad": ["OOAD07", "OOAD21"],
        "region": ["OOAD07-R03", "OOAD21-R01"],
        "pac": ["OOAD07-R03-PAC012", "OOAD07-R03-PAC015"],
    }
    assert frozen.parents["OOAD07"] == ""
    assert frozen.parents["OOAD07-R03-PAC012"] == "OOAD07-R03"
    assert frozen.facts["OOAD07"] == {
        "name": "Chiapas",
        "has_egas": True,
        "egas_has_sac": True,
        "n_ems": 1,
        "timezone": "America/Mexico_City",
    }
    assert frozen.facts["OOAD07-R03-PAC015"] == {"name": "Taniperla"}


def test_an_egas_that_nobody_has_decided_stays_undecided_in_the_frozen_tree(session):
    assert organisation.freeze_tree(session, ["OOAD21"]).facts["OOAD21"]["has_egas"] is None


def test_an_unknown_ooad_is_not_frozen(session):
    with pytest.raises(organisation.UnknownUnit, match="OOAD99"):
        organisation.freeze_tree(session, ["OOAD99"])


def test_the_catalogue_is_looked_up_in_bulk(session):
    claves = [f"07059{number:04d}" for number in range(1, 1201)]
    session.add_all([LocalityRow(clave=clave, municipality="Ocosingo", name=clave) for clave in claves])
    session.flush()

    found = organisation.catalogue_for(session, [*claves, "219999999"])

    assert set(found) == set(claves)


def test_an_ambito_has_its_localities_and_its_unidades_medicas(session):
    unit = "OOAD07-R03-PAC012"
    session.add(ScopeLocalityRow(unit=unit, clave="070590068", name="Damasco"))
    session.add(ScopeLocalityRow(unit="OOAD07-R03-PAC015", clave="070590374", name="Taniperla"))
    session.add(MedicalUnitRow(clave="UMR1", name="UMR Damasco", kind="UMR", unit=unit))
    session.add(MedicalUnitRow(clave="UMR2", name="UMR cerrada", kind="UMR", unit=unit, active=False))
    session.flush()

    assert [place.clave for place in organisation.ambito(session, unit)] == ["070590068"]
    assert [place.clave for place in organisation.medical_units(session, unit)] == ["UMR1"]
