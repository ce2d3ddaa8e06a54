"""What the records of a directory must say to each other; each check by a small office that breaks it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from documents.directory.checks import check_directory, months_of
from documents.directory.merging import merge
from documents.directory.values import (
    Contact,
    Contract,
    Directory,
    DirectoryReading,
    Headcount,
    HistoryPerson,
    Holding,
    MedicalUnit,
    Office,
    Ooad,
    Pac,
    Person,
    Place,
    Problem,
    Region,
    Releaser,
    ScopeLocality,
    Tariff,
    Weight,
)
from tests import people

TODAY = date(2026, 12, 10)
KNOWN = frozenset({"OOAD07", "OOAD20", "OOAD21"})
OFFICE = people.office()
CATALOGUE = frozenset(
    {locality.clave for locality in OFFICE.localities} | {office.locality for office in OFFICE.offices}
)
EMPTY = Directory()


def here(row: int = 5) -> Place:
    return Place(sheet="Hoja", row=row)


def check(
    values: Directory, current: Directory = OFFICE, *, retire_missing: bool = False
) -> Sequence[Problem]:
    """Check some records laid over the standing office, which has nothing wrong by itself."""
    merged = merge(current, DirectoryReading(values=values), today=TODAY, retire_missing=retire_missing)
    return check_directory(merged, today=TODAY, catalogue=CATALOGUE, known_ooads=KNOWN)


def codes(values: Directory, current: Directory = OFFICE) -> list[str]:
    return [problem.code for problem in check(values, current)]


def test_the_standing_office_has_nothing_wrong():
    assert check(OFFICE, EMPTY) == ()


PAC = "OOAD07-R03-PAC012"
SOMEBODY = Person(key="NUEVA", full_name="Persona Nueva Ruiz", email="nueva@example.org", place=here())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            Directory(ooads=(Ooad(code="CHIS", place=here()),)), "bad_unit_code", id="no code of an OOAD"
        ),
        pytest.param(
            Directory(ooads=(Ooad(code="OOAD99", place=here()),)),
            "ooad_without_name",
            id="OOAD not in the catalogue",
        ),
        pytest.param(
            Directory(ooads=(Ooad(code="OOAD21", entities=("33",), place=here()),)),
            "unknown_entity",
            id="impossible entity",
        ),
        pytest.param(
            Directory(regions=(Region(code="OOAD07-R04", ooad="OOAD21", name="X", place=here()),)),
            "region_elsewhere",
            id="region of another OOAD",
        ),
        pytest.param(
            Directory(regions=(Region(code="OOAD22-R01", ooad="OOAD22", name="X", place=here()),)),
            "unknown_ooad",
            id="region of an unknown OOAD",
        ),
        pytest.param(
            Directory(regions=(Region(code="OOAD07-R04", ooad="OOAD07", number=3, name="X", place=here()),)),
            "number_taken",
            id="two regions with one number",
        ),
        pytest.param(
            Directory(pacs=(Pac(code="OOAD07-R03-PAC090", region="OOAD07-R01", kind="BS", place=here()),)),
            "pac_elsewhere",
            id="PAC of another region",
        ),
        pytest.param(
            Directory(pacs=(Pac(code="OOAD07-R09-PAC090", region="OOAD07-R09", kind="BS", place=here()),)),
            "unknown_region",
            id="PAC of an unknown region",
        ),
        pytest.param(
            Directory(localities=(ScopeLocality(unit="OOAD07-R03-PAC099", clave="070590068", place=here()),)),
            "unknown_pac",
            id="locality of an unknown PAC",
        ),
        pytest.param(
            Directory(localities=(ScopeLocality(unit="OOAD07-R03-PAC015", clave="070590068", place=here()),)),
            "locality_shared",
            id="locality in two PAC without compartida",
        ),
        pytest.param(
            Directory(
                medical_units=(MedicalUnit(clave="U9", name="X", kind="UMR", unit="OOAD07", place=here()),)
            ),
            "unknown_pac",
            id="unidad médica of no PAC",
        ),
        pytest.param(
            Directory(persons=(replace(SOMEBODY, email=people.PAC012.email),)),
            "email_taken",
            id="address of somebody else",
        ),
        pytest.param(
            Directory(persons=(replace(SOMEBODY, email=people.PS_ADDRESS),)),
            "email_outside",
            id="address of the PS",
        ),
        pytest.param(
            Directory(contacts=(Contact(organisation="PS", email=people.PAC012.email, place=here()),)),
            "email_outside",
            id="contact with the address of the staff",
        ),
        pytest.param(
            Directory(holdings=(Holding(role="ES", unit=PAC, person="NADIE", place=here()),)),
            "unknown_person",
            id="nobody",
        ),
        pytest.param(
            Directory(holdings=(Holding(role="ES", unit="OOAD07-R03-PAC099", person="CFI", place=here()),)),
            "unknown_unit",
            id="post at an unknown unit",
        ),
        pytest.param(
            Directory(holdings=(Holding(role="JSPM", unit="PIB", person="CFI", place=here()),)),
            "role_elsewhere",
            id="role of another tier",
        ),
        pytest.param(
            Directory(holdings=(Holding(role="EGAS", unit="OOAD21", person="CFI", place=here()),)),
            "egas_where_none",
            id="EGAS where there is none",
        ),
        pytest.param(
            Directory(holdings=(Holding(role="SAC", unit="OOAD21", person="CFI", place=here()),)),
            "sac_where_none",
            id="SAC of an EGAS that has none",
        ),
        pytest.param(
            Directory(
                holdings=(
                    Holding(role="CFI", unit="PIB", person="ADMIN", from_on=date(2027, 1, 1), place=here()),
                )
            ),
            "two_titulares",
            id="two titulares at once",
        ),
        pytest.param(
            Directory(offices=(Office(clave="X", name="X", latitude=19.4, longitude=99.1, place=here()),)),
            "outside_mexico",
            id="minus sign forgotten",
        ),
        pytest.param(
            Directory(offices=(Office(clave="X", name="X", latitude=19.4, place=here()),)),
            "half_a_point",
            id="one coordinate",
        ),
        pytest.param(
            Directory(releasers=(Releaser(person="NADIE", email="a@example.org", place=here()),)),
            "unknown_person",
            id="releaser unknown",
        ),
        pytest.param(
            Directory(
                headcounts=(Headcount(unit="OOAD07", period="2027-B1", total=10, vrs=8, pvr=3, place=here()),)
            ),
            "more_than_total",
            id="VRS and PVR above the total",
        ),
        pytest.param(
            Directory(headcounts=(Headcount(unit="OOAD22", period="2027-B1", total=10, place=here()),)),
            "unknown_unit",
            id="headcount of an unknown unit",
        ),
        pytest.param(
            Directory(
                tariffs=(Tariff(kind="VRS", from_on=date(2027, 1, 1), monthly=Decimal(520), place=here()),)
            ),
            "tariffs_overlap",
            id="new tariff without an end to the old one",
        ),
        pytest.param(
            Directory(contracts=(Contract(number="C", provider="P", rfc="XX", place=here()),)),
            "bad_rfc",
            id="RFC",
        ),
        pytest.param(
            Directory(
                contacts=(
                    Contact(
                        organisation="PS",
                        email="b@prestador.example",
                        from_on=date(2027, 2, 1),
                        to_on=date(2027, 1, 1),
                        place=here(),
                    ),
                )
            ),
            "dates_reversed",
            id="dates reversed",
        ),
        pytest.param(
            Directory(
                history=(
                    HistoryPerson(
                        period="2026-B6",
                        name="Ana Ruiz Paz",
                        kind="VRS",
                        clave="070590068",
                        unit=PAC,
                        months=("2026-10",),
                        place=here(),
                    ),
                )
            ),
            "months_elsewhere",
            id="months of another period",
        ),
    ],
)
def test_what_contradicts_itself_or_the_books_is_an_error(values, expected):
    problems = check(values)

    assert expected in [problem.code for problem in problems if problem.weight is Weight.ERROR]
    assert all(problem.mend for problem in problems)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(
            Directory(localities=(ScopeLocality(unit=PAC, clave="070599999", place=here()),)),
            "clave_not_in_catalogue",
            id="INEGI key that the shipped catalogue lacks",
        ),
        pytest.param(
            Directory(localities=(ScopeLocality(unit=PAC, clave="210710001", place=here()),)),
            "clave_other_entity",
            id="locality of another entity",
        ),
        pytest.param(
            Directory(ooads=(Ooad(code="OOAD99", name="Nueva", place=here()),)),
            "new_ooad",
            id="OOAD beyond the catalogue",
        ),
        pytest.param(
            Directory(
                holdings=(
                    Holding(
                        role="PAC",
                        unit=PAC,
                        person="PAC-07-015",
                        kind="suplente",
                        from_on=TODAY,
                        to_on=TODAY,
                        place=here(),
                    ),
                )
            ),
            "without_oficio",
            id="suplencia without oficio",
        ),
        pytest.param(
            Directory(
                holdings=(
                    Holding(
                        role="PAC", unit=PAC, person="PAC-07-015", kind="suplente", oficio="1", place=here()
                    ),
                )
            ),
            "suplencia_open",
            id="suplencia without end",
        ),
        pytest.param(
            Directory(releasers=(Releaser(person="CFI", email="otra@example.org", place=here()),)),
            "releaser_address",
            id="releaser with another address",
        ),
        pytest.param(
            Directory(releasers=(Releaser(person="CFI", email=people.CFI.email, place=here()),)),
            "not_acknowledged",
            id="the PS has not said that it knows",
        ),
        pytest.param(
            Directory(
                history=(
                    HistoryPerson(
                        period="2026-B6",
                        name="Ana Ruiz",
                        kind="VRS",
                        clave="070650001",
                        unit=PAC,
                        place=here(),
                    ),
                )
            ),
            "outside_scope",
            id="history outside the ámbito",
        ),
        pytest.param(
            Directory(
                history=(
                    HistoryPerson(
                        period="2026-B6",
                        name="Ana Ruiz",
                        kind="VRS",
                        clave="070590068",
                        unit=PAC,
                        medical_unit="UMR Otra",
                        place=here(),
                    ),
                )
            ),
            "unknown_medical_unit",
            id="unknown unidad médica",
        ),
        pytest.param(
            Directory(
                pacs=(Pac(code="OOAD07-R03-PAC090", region="OOAD07-R03", name="X", kind="BS", place=here()),)
            ),
            "vacant",
            id="PAC that nobody holds",
        ),
        pytest.param(
            Directory(regions=(Region(code="OOAD07-R09", ooad="OOAD07", name="X", place=here()),)),
            "vacant",
            id="region without SAC",
        ),
    ],
)
def test_what_may_be_so_is_a_warning(values, expected):
    problems = check(values)

    assert expected in [problem.code for problem in problems]
    assert all(problem.weight is Weight.WARNING for problem in problems)


def test_a_region_without_its_sac_leaves_its_pac_with_nobody_above():
    holdings = tuple(
        holding for holding in OFFICE.holdings if (holding.role, holding.unit) != ("SAC", "OOAD07-R03")
    )

    problems = check(replace(OFFICE, holdings=holdings), EMPTY)

    assert [(problem.code, problem.says) for problem in problems] == [
        ("vacant", "Nadie ocupa hoy el puesto SAC de OOAD07-R03 (Ocosingo).")
    ]


def test_an_ooad_whose_egas_nobody_decided_is_told():
    ooads = (OFFICE.ooads[0], replace(OFFICE.ooads[1], has_egas=None))

    assert codes(replace(OFFICE, ooads=ooads), EMPTY) == ["egas_unsaid"]


def test_a_locality_shared_in_every_pac_is_right():
    shared = ScopeLocality(unit="OOAD07-R01-PAC001", clave=people.SHARED_LOCALITY, shared=True, place=here())

    assert codes(Directory(localities=(shared,))) == []


def test_a_successor_is_right_once_the_term_before_has_its_end():
    old = next(holding for holding in OFFICE.holdings if holding.role == "CFI" and holding.kind == "titular")
    ended = replace(old, to_on=date(2026, 12, 31), place=here(5))
    successor = Holding(role="CFI", unit="PIB", person="ADMIN", from_on=date(2027, 1, 1), place=here(6))

    assert codes(Directory(holdings=(ended, successor))) == []


def test_a_suplente_beside_the_titular_is_right():
    suplente = Holding(
        role="PAC",
        unit=PAC,
        person="PAC-07-015",
        kind="suplente",
        from_on=TODAY,
        to_on=date(2026, 12, 24),
        oficio="JSPM/7/2026",
        place=here(),
    )

    assert codes(Directory(holdings=(suplente,))) == []


def test_a_tariff_that_follows_another_is_right():
    old = replace(OFFICE.tariffs[0], to_on=date(2026, 12, 31), place=here(5))
    new = Tariff(kind="VRS", from_on=date(2027, 1, 1), monthly=Decimal(520), place=here(6))

    assert codes(Directory(tariffs=(old, new))) == []


def test_a_missing_holding_ends_the_day_before_its_successor_begins():
    successor = Holding(role="CFI", unit="PIB", person="ADMIN", from_on=date(2027, 1, 1), place=here())

    merged = merge(
        OFFICE, DirectoryReading(values=Directory(holdings=(successor,))), today=TODAY, retire_missing=True
    )

    ends = {(old.role, old.person): new.to_on for old, new in merged.ended}
    assert ends["CFI", "CFI"] == date(2026, 12, 31)
    assert ends["UPIB", "UPIB"] == TODAY


def test_a_first_day_that_is_corrected_makes_no_second_holding():
    old = next(holding for holding in OFFICE.holdings if holding.role == "CFI" and holding.kind == "titular")
    corrected = replace(old, from_on=date(2026, 2, 1), place=here())

    merged = merge(OFFICE, DirectoryReading(values=Directory(holdings=(corrected,))), today=TODAY)

    assert [pair.changed_fields for pair in merged.pairs["holdings"]] == [("from_on",)]


def test_an_empty_cell_or_an_absent_column_keeps_what_the_books_have():
    reading = DirectoryReading(
        values=Directory(
            ooads=(Ooad(code="OOAD07", place=here()),),
            persons=(Person(key="CFI", full_name=people.CFI.name, place=here()),),
        ),
        absent_columns={"persons": frozenset({"cargo", "email"})},
    )

    merged = merge(OFFICE, reading, today=TODAY)

    assert [pair.changed_fields for key in ("ooads", "persons") for pair in merged.pairs[key]] == [(), ()]


def test_a_sheet_without_rows_says_nothing_about_what_is_missing():
    merged = merge(OFFICE, DirectoryReading(values=Directory()), today=TODAY)

    assert not any(merged.missing.values())
    assert merged.directory == OFFICE


@pytest.mark.parametrize(
    ("period", "months"),
    [("2027-B1", ("2027-01", "2027-02")), ("2027-B6", ("2027-11", "2027-12")), ("2027-05", ("2027-05",))],
)
def test_the_code_of_a_period_tells_its_months(period, months):
    assert months_of(period) == months


def test_a_layout_that_does_not_ship_is_to_be_loaded_and_stops_nothing():
    contract = Contract(number="C", provider="P", layout="banco", place=here())

    found = {problem.code: problem for problem in check(Directory(contracts=(contract,)))}

    assert found["layout_to_load"].weight is Weight.WARNING
    assert "oficialia layout load" in found["layout_to_load"].mend
