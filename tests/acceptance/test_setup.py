"""Setting up an office from its workbook, on real books."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from actions.export_directory import export_directory
from actions.import_directory import ChangeKind, DirectoryImport, import_directory
from actions.import_localities import import_localities, seed_catalogues
from documents.directory.reading import read_directory
from documents.directory.template import write_directory
from documents.directory.values import Directory, Holding
from storage import journal, organisation, periods, provider, volunteers
from storage import people as staff
from storage.database import Store
from storage.people import ChannelState
from storage.periods import TariffRow
from tests import people

NOW = datetime(2026, 12, 10, 18, tzinfo=UTC)
TODAY = date(2026, 12, 10)
LATER = datetime(2027, 1, 20, 18, tzinfo=UTC)
PAC = "OOAD07-R03-PAC012"


@pytest.fixture(scope="module")
def new_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books with nothing but the catalogues that come with the project; made once, copied for each test."""
    folder = tmp_path_factory.mktemp("new")
    books = Store(folder)
    books.upgrade()
    with books.transaction() as session:
        seed_catalogues(session)
    books.close()
    return folder


@pytest.fixture
def store(tmp_path: Path, new_books: Path) -> Iterator[Store]:
    shutil.copytree(new_books, tmp_path / "books")
    books = Store(tmp_path / "books")
    yield books
    books.close()


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return tmp_path / "directorio.xlsx"


def bring(
    store: Store, directory: Directory, workbook: Path, *, now: datetime = NOW, **options
) -> DirectoryImport:
    """Write a directory as a workbook and import it, as the command does."""
    write_directory(workbook, directory)
    with store.transaction() as session:
        return import_directory(session, read_directory(workbook), now=now, **options)


def test_a_workbook_sets_up_the_whole_office(store, workbook):
    result = bring(store, people.office(), workbook)

    assert result.applied
    assert (result.problems, result.findings) == ((), ())
    with store.reading() as session:
        assert [unit.code for unit in organisation.operating_ooads(session)] == ["OOAD07", "OOAD21"]
        assert staff.addresses_for(session, "PAC", PAC, TODAY) == [people.PAC012.email]
        found = staff.find_person_by_email(session, people.PAC012.email.upper())
        assert found is not None
        assert [(post.role, post.unit) for post, _ in staff.posts_of(session, found.id, TODAY)] == [
            ("PAC", PAC)
        ]
        assert len(organisation.ambito(session, PAC)) == 5
        assert [unit.name for unit in organisation.medical_units(session, PAC)] == [
            "UMR Damasco",
            "UMR Santo Domingo",
        ]
        assert provider.requisites(session)[0] == "Identificación oficial vigente"
        assert provider.find_contract(session, TODAY) is not None
        headcount = periods.headcount_of(session, "OOAD07", people.PERIOD)
        assert headcount is not None
        assert headcount.total == 32
        tariff = periods.tariff_on(session, "PVR", "2027-01")
        assert tariff is not None
        assert tariff.monthly_centavos == 40_000
        assert journal.count(session, "directory_imported") == 1


def test_the_same_workbook_again_changes_nothing(store, workbook):
    bring(store, people.office(), workbook)

    again = bring(store, people.office(), workbook)

    assert again.applied
    assert again.changes == ()
    assert again.unchanged["Personas"] == len(people.office().persons)


def test_the_office_can_be_had_back_as_a_workbook(store, workbook):
    bring(store, people.office(), workbook)
    with store.reading() as session:
        exported = export_directory(session, history_of=["2026-B6"])

    again = bring(store, exported, workbook)

    assert (again.problems, again.findings) == ((), ())
    assert again.changes == ()


def test_a_dry_run_tells_what_would_change_and_writes_nothing(store, workbook):
    write_directory(workbook, people.office())

    with store.reading() as session:
        result = import_directory(session, read_directory(workbook), now=NOW, dry_run=True)

    assert not result.applied
    assert result.accepted
    assert result.counts("OOAD") == {ChangeKind.CHANGED: 1}
    assert result.sentences[0] == "Cambia OOAD OOAD21: Tiene EGAS, de «(vacío)» a «No»."
    assert result.sentences[-1].startswith("Se importaría el directorio.")
    assert result.counts("Personas")[ChangeKind.ADDED] == len(people.office().persons)
    assert "Alta de persona: Hilario Moreno Sántiz (PAC-07-012)." in {
        change.sentence for change in result.changes
    }
    with store.reading() as session:
        assert export_directory(session).persons == ()
        assert journal.count(session) == 0


def test_one_error_keeps_the_whole_workbook_out(store, workbook):
    office = people.office()
    wrong = Holding(role="ES", unit=PAC, person="NADIE", from_on=date(2026, 6, 1))

    result = bring(store, replace(office, holdings=(*office.holdings, wrong)), workbook)

    assert not result.accepted
    assert not result.applied
    assert result.sentences[-1] == "No se importó nada. Errores por corregir: 1."
    told = {(problem.code, problem.sheet, problem.cell) for problem in result.findings}
    row = 6 + len(office.holdings)
    assert ("unknown_person", "Puestos", f"D{row}") in told
    with store.reading() as session:
        assert export_directory(session).persons == ()


def test_a_failure_half_way_leaves_nothing_behind(store, workbook):
    class PowerCut(Exception):
        pass

    def cut(*_arguments: object) -> None:
        raise PowerCut

    event.listen(TariffRow, "before_insert", cut)
    try:
        with pytest.raises(PowerCut):
            bring(store, people.office(), workbook)
    finally:
        event.remove(TariffRow, "before_insert", cut)

    with store.reading() as session:
        assert export_directory(session).regions == ()
        assert export_directory(session).persons == ()


def test_a_second_import_updates_and_says_from_what_to_what(store, workbook):
    bring(store, people.office(), workbook)
    pac = next(pac for pac in people.office().pacs if pac.code == PAC)

    result = bring(
        store, Directory(pacs=(replace(pac, name="Damasco y Cristóbal Colón"),)), workbook, now=LATER
    )

    assert [change.sentence for change in result.changes if change.kind is ChangeKind.CHANGED] == [
        f"Cambia ámbito de PAC {PAC} Damasco y Cristóbal Colón: Nombre, de «Damasco» a «Damasco y Cristóbal Colón»."
    ]
    with store.reading() as session:
        unit = organisation.find_unit(session, PAC)
        assert unit is not None
        assert unit.name == "Damasco y Cristóbal Colón"
        assert staff.addresses_for(session, "PAC", PAC, TODAY) == [people.PAC012.email]


def test_what_the_workbook_lacks_is_told_and_left_alone(store, workbook):
    bring(store, people.office(), workbook)
    some = people.office().holdings[:5]

    result = bring(store, Directory(holdings=some), workbook, now=LATER)

    missing = [change for change in result.changes if change.kind is ChangeKind.MISSING]
    assert len(missing) == len(people.office().holdings) - len(some)
    assert missing[0].sentence.startswith("No está en el libro y se conserva: puesto JSPM de OOAD07")
    with store.reading() as session:
        assert staff.addresses_for(session, "PAC", PAC, date(2027, 2, 1)) == [people.PAC012.email]


def test_holdings_that_the_workbook_lacks_end_only_when_asked(store, workbook):
    bring(store, people.office(), workbook)
    leaving = people.PAC012
    others = tuple(holding for holding in people.office().holdings if holding.person != leaving.key)
    successor = Holding(role="PAC", unit=PAC, person="CFI-2", from_on=date(2027, 1, 25))

    result = bring(store, Directory(holdings=(*others, successor)), workbook, now=LATER, retire_missing=True)

    assert result.applied, result.sentences
    assert result.counts()[ChangeKind.ENDED] == 1
    with store.reading() as session:
        assert staff.addresses_for(session, "PAC", PAC, date(2027, 1, 24)) == [leaving.email]
        names = [person.key for person, _ in staff.holders(session, "PAC", PAC, date(2027, 1, 25))]
        assert names == ["CFI-2"]


def test_an_address_can_pass_from_one_person_to_another(store, workbook):
    bring(store, people.office(), workbook)
    by_key = {person.key: person for person in people.office().persons}
    old, new = by_key["PAC-07-012"], by_key["PAC-07-015"]

    result = bring(
        store,
        Directory(persons=(replace(old, email="otra@example.org"), replace(new, email=old.email))),
        workbook,
        now=LATER,
    )

    assert result.applied, result.sentences
    with store.reading() as session:
        owner = staff.find_person_by_email(session, old.email)
        assert owner is not None
        assert owner.key == new.key
        assert staff.find_person_by_email(session, new.email) is None
        assert staff.addresses_for(session, "PAC", PAC, TODAY) == ["otra@example.org"]


def test_an_address_that_is_given_up_is_revoked_not_forgotten(store, workbook):
    bring(store, people.office(), workbook)
    person = next(person for person in people.office().persons if person.key == "CFI")

    bring(store, Directory(persons=(replace(person, email="nueva@example.org"),)), workbook, now=LATER)

    with store.reading() as session:
        rows = [row for row in session.exec(staff.select(staff.ChannelRow)) if row.value == person.email]
        assert [(row.state, row.revoked_at) for row in rows] == [(ChannelState.REVOKED, LATER)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2027, 7, 11), people.CFI.email),
        (date(2027, 7, 12), people.CFI_SUPLENTE.email),
        (date(2027, 7, 23), people.CFI_SUPLENTE.email),
        (date(2027, 7, 24), people.CFI.email),
    ],
)
def test_a_suplencia_counts_from_its_first_day_to_its_last(store, workbook, day, expected):
    bring(store, people.office(), workbook)

    with store.reading() as session:
        assert staff.addresses_for(session, "CFI", "PIB", day) == [expected]


def test_ac_31_an_ooad_whose_egas_nobody_said_is_told_and_stays_undecided(store, workbook):
    office = people.office()
    chiapas, puebla = office.ooads

    result = bring(store, replace(office, ooads=(chiapas, replace(puebla, has_egas=None))), workbook)

    assert result.applied
    assert [problem.says for problem in result.findings] == ["No se ha dicho si OOAD21 (Puebla) tiene EGAS."]
    with store.reading() as session:
        frozen = organisation.freeze_tree(session, ["OOAD07", "OOAD21"])
        assert frozen.facts["OOAD21"]["has_egas"] is None
        assert frozen.facts["OOAD07"]["has_egas"] is True


@pytest.mark.parametrize(
    ("ooad", "egas", "regions", "pacs"),
    [("OOAD07", True, 2, 5), ("OOAD21", False, 2, 5)],
    ids=["AC-28", "AC-29"],
)
def test_the_office_freezes_into_the_tree_of_a_period(store, workbook, ooad, egas, regions, pacs):
    bring(store, people.office(), workbook)

    with store.reading() as session:
        frozen = organisation.freeze_tree(session, [ooad])

    assert frozen.facts[ooad]["has_egas"] is egas
    assert frozen.facts[ooad]["n_ems"] == len(frozen.tree["region"]) == regions
    assert len(frozen.tree["pac"]) == pacs


def test_the_history_prefills_the_lists_and_covers_its_months(store, workbook):
    bring(store, people.office(), workbook)

    with store.reading() as session:
        listed = [row.name for row in volunteers.volunteers_of(session, PAC)]
        covered = volunteers.covered_months(session, ["2026-11", "2026-12"], besides="2027-B1")

    assert sorted(listed) == sorted(volunteer.name for volunteer in people.volunteers_of(PAC))
    assert len(covered) == sum(not volunteer.is_new for volunteer in people.VOLUNTEERS)
    assert set(map(frozenset, covered.values())) == {frozenset({"2026-11", "2026-12"})}


def test_only_who_was_announced_and_acknowledged_may_send_to_the_ps(store, workbook):
    bring(store, people.office(), workbook)

    with store.reading() as session:
        for member, may in ((people.CPEEYPB, True), (people.CFI, False)):
            person = staff.find_person_by_email(session, member.email)
            assert person is not None
            assert provider.may_release(session, person.id, member.email, TODAY) is may


def test_every_volunteer_has_an_office_to_go_to(store, workbook):
    bring(store, people.office(), workbook)

    with store.reading() as session:
        found = {
            volunteer.name: provider.find_office(session, volunteer.clave, TODAY)
            for volunteer in people.VOLUNTEERS
        }

    assert len(found) == 60
    assert all(found.values())
    tahitic = next(volunteer for volunteer in people.VOLUNTEERS if volunteer.clave == "212070017")
    assert found[tahitic.name].office.clave == "ZAP-01"
    atzalan = next(volunteer for volunteer in people.VOLUNTEERS if volunteer.clave == "210170002")
    assert found[atzalan.name].nearness is provider.Nearness.DISTANCE
    assert found[atzalan.name].office.clave == "TEZ-01"


# ------------------------------------------------------------------ catalogues

AGEEML = (
    "CVEGEO,Estatus,CVE_ENT,NOM_ENT,NOM_ABR,CVE_MUN,NOM_MUN,CVE_LOC,NOM_LOC,AMBITO,LATITUD,LONGITUD,"
    "LAT_DECIMAL,LON_DECIMAL,ALTITUD,CVE_CARTA,POB_TOTAL\n"
    '070599001,,07,Chiapas,Chis.,059,Ocosingo,9001,"Peña Blanca, La",R,,,16.9,-91.5,900,E15,84\n'
    "070590068,,07,Chiapas,Chis.,059,Ocosingo,0068,Damasco,R,,,17.16269,-91.601359,400,E15,-\n"
    "070590000,,07,Chiapas,Chis.,059,Ocosingo,0000,Total,R,,,,,,,\n"
)


def test_the_catalogues_come_with_the_project_and_load_again_without_harm(store):
    with store.transaction() as session:
        puebla = organisation.find_unit(session, "OOAD21")
        assert puebla is not None
        puebla.has_egas = False
        session.add(puebla)
    with store.transaction() as session:
        seed_catalogues(session)

    with store.reading() as session:
        ooads = organisation.units(session, organisation.UnitKind.OOAD)
        assert len(ooads) == 20
        assert {unit.code for unit in ooads if unit.has_egas} == {"OOAD07", "OOAD20"}
        assert {unit.code for unit in ooads if unit.has_egas is False} == {"OOAD21"}
        assert organisation.catalogue_for(session, ["070590068"])["070590068"].municipality == "Ocosingo"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_small_locality_is_known_once_the_ageeml_is_loaded(store, workbook, tmp_path, encoding):
    office = people.office()
    small = replace(office.localities[0], unit=PAC, clave="070599001", municipality="", name="")
    before = bring(store, replace(office, localities=(*office.localities, small)), workbook, dry_run=True)
    assert [problem.code for problem in before.findings] == ["clave_not_in_catalogue"]
    path = tmp_path / "AGEEML.csv"
    path.write_text(AGEEML, encoding=encoding)
    seen: list[int] = []

    with store.transaction() as session:
        loaded = import_localities(session, path, source="ageeml-2026-10", now=NOW, progress=seen.append)

    assert (loaded.read, loaded.skipped, loaded.entities) == (3, 1, ("07",))
    assert seen[-1] == 3
    after = bring(store, replace(office, localities=(*office.localities, small)), workbook)
    assert after.findings == ()
    with store.reading() as session:
        names = {place.clave: place.name for place in organisation.ambito(session, PAC)}
        assert names["070599001"] == "Peña Blanca, La"
        assert journal.count(session, "localities_imported") == 1


def test_a_complete_download_withdraws_what_it_does_not_bring(store, tmp_path):
    path = tmp_path / "AGEEML.csv"
    path.write_text(AGEEML, encoding="utf-8")

    with store.transaction() as session:
        loaded = import_localities(session, path, now=NOW, retire_missing=True)

    with store.reading() as session:
        found = organisation.catalogue_for(session, ["070590068", "070590001", "210710001"])
    assert loaded.retired == 750
    assert {clave: row.active for clave, row in found.items()} == {
        "070590068": True,
        "070590001": False,
        "210710001": True,
    }


def test_money_of_a_tariff_stays_exact(store, workbook):
    tariff = replace(people.office().tariffs[0], monthly=Decimal("500.10"))
    bring(store, replace(people.office(), tariffs=(tariff,)), workbook)

    with store.reading() as session:
        assert export_directory(session).tariffs == (tariff,)
