"""The PS: which office is near, and who may send it files."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session, SQLModel, create_engine

from storage import cases, people, provider  # noqa: F401  # tables that others refer to
from storage.organisation import LocalityRow
from storage.people import PersonRow
from storage.provider import ContractRow, Nearness, ProviderOfficeRow, ReleaserRow, RequisiteRow

DAY = date(2027, 2, 12)
ACKNOWLEDGED = datetime(2027, 1, 10, 18, tzinfo=UTC)
OCOSINGO = (16.908038, -92.095826)
PALENQUE = (17.509, -91.982)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as open_session:
        open_session.add(PersonRow(id=1, key="P1", full_name="Persona que envía"))
        for clave, (latitude, longitude) in {
            "070590068": (17.16269, -91.601359),
            "070590001": OCOSINGO,
        }.items():
            open_session.add(
                LocalityRow(
                    clave=clave, municipality="Ocosingo", name=clave, latitude=latitude, longitude=longitude
                )
            )
        open_session.flush()
        yield open_session
    engine.dispose()


def add_office(
    session: Session, clave: str, locality: str, point: tuple[float, float] | None = None, **more
) -> None:
    latitude, longitude = point or (None, None)
    session.add(
        ProviderOfficeRow(
            clave=clave, name=clave, locality=locality, latitude=latitude, longitude=longitude, **more
        )
    )
    session.flush()


def test_the_office_of_the_locality_comes_first_then_of_the_municipality_then_the_nearest(session):
    add_office(session, "PALENQUE", "070650001", PALENQUE)
    add_office(session, "TAPACHULA", "070890001", (14.903, -92.257))
    add_office(session, "OCOSINGO", "070590001")
    add_office(session, "DAMASCO", "070590068")

    found = provider.offices_near(session, "070590068", DAY)

    assert [(near.office.clave, near.nearness) for near in found] == [
        ("DAMASCO", Nearness.SAME_LOCALITY),
        ("OCOSINGO", Nearness.SAME_MUNICIPALITY),
        ("PALENQUE", Nearness.DISTANCE),
        ("TAPACHULA", Nearness.DISTANCE),
    ]
    assert found[1].km == pytest.approx(59.7, abs=1)


def test_a_nearer_office_of_another_municipality_does_not_go_before_the_own_one(session):
    add_office(session, "OCOSINGO", "070590001")
    add_office(session, "VECINA", "070650099", (17.1627, -91.6014))

    near = provider.find_office(session, "070590068", DAY)

    assert near is not None
    assert near.office.clave == "OCOSINGO"


def test_an_office_without_coordinates_takes_those_of_its_locality(session):
    add_office(session, "OCOSINGO", "070590001")

    near = provider.find_office(session, "070590001", DAY)

    assert near is not None
    assert near.km == 0


def test_no_office_is_proposed_where_no_distance_can_be_known(session):
    add_office(session, "PALENQUE", "070650001", PALENQUE)

    assert provider.find_office(session, "219990001", DAY) is None


def test_an_office_that_closed_is_not_proposed(session):
    add_office(session, "DAMASCO", "070590068", to_on=date(2027, 2, 11))

    assert provider.find_office(session, "070590068", DAY) is None


def add_releaser(session: Session, **more) -> None:
    values = {"person_id": 1, "email": "envios@example.org", "acknowledged_at": ACKNOWLEDGED} | more
    session.add(ReleaserRow(**values))
    session.flush()


def test_a_listed_person_may_release_from_the_listed_address(session):
    add_releaser(session)

    assert provider.may_release(session, 1, " Envios@example.org", DAY)


@pytest.mark.parametrize(
    ("person_id", "email", "row"),
    [
        pytest.param(2, "envios@example.org", {}, id="not listed"),
        pytest.param(1, "otra@example.org", {}, id="another address"),
        pytest.param(1, "envios@example.org", {"to_on": date(2027, 2, 11)}, id="expired"),
        pytest.param(1, "envios@example.org", {"from_on": date(2027, 2, 13)}, id="not yet"),
        pytest.param(
            1, "envios@example.org", {"acknowledged_at": None}, id="the PS has not said that it knows"
        ),
    ],
)
def test_nobody_else_may_release(session, person_id, email, row):
    add_releaser(session, **row)

    assert not provider.may_release(session, person_id, email, DAY)


def test_the_contract_in_force_is_the_one_of_the_day(session):
    session.add(
        ContractRow(number="C-2026", provider="PS", from_on=date(2026, 1, 1), to_on=date(2026, 12, 31))
    )
    session.add(ContractRow(number="C-2027", provider="PS", from_on=date(2027, 1, 1)))

    found = provider.find_contract(session, DAY)

    assert found is not None
    assert found.number == "C-2027"
    assert provider.find_contract(session, date(2025, 6, 1)) is None


def test_requisites_keep_the_order_of_the_office(session):
    session.add(RequisiteRow(position=2, text="Comprobante"))
    session.add(RequisiteRow(position=1, text="Identificación oficial"))

    assert provider.requisites(session) == ["Identificación oficial", "Comprobante"]
