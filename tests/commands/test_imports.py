"""The imports: templates, trial runs, errors that name their cell, and nothing half done."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from service.settings import read_settings
from service.wiring import writing
from storage import agenda, cases, periods
from storage.database import ServiceLock, Store
from tests.commands.conftest import Oficialia

TEMPLATES = ("import-directory", "import-calendar")


@pytest.fixture
def new_office(oficialia: Oficialia, tmp_path: Path) -> Path:
    """An office into which nothing was imported yet."""
    oficialia("init", "--data", "nueva", "--yes", "--no-connect")
    return tmp_path / "nueva"


def edit(source: Path, target: Path, changes: dict[tuple[str, str], object]) -> Path:
    """Write a workbook again with other values in some cells."""
    book = openpyxl.load_workbook(source)
    for (sheet, cell), value in changes.items():
        book[sheet][cell] = value
    book.save(target)
    book.close()
    return target


def lines_in(folder: Path, kind: str) -> int:
    from storage import journal

    books = Store(folder)
    with books.reading() as session:
        count = journal.count(session, kind)
    books.close()
    return count


@pytest.mark.parametrize("command", TEMPLATES)
def test_a_template_is_written_once_and_never_over_a_file(oficialia: Oficialia, tmp_path, command):
    first = oficialia(command, "--template", "libro.xlsx")
    (tmp_path / "otro.xlsx").write_text("lo que ya llené")
    second = oficialia(command, "--template", "otro.xlsx")

    assert (first.status, second.status) == (0, 2)
    assert "Plantilla escrita en libro.xlsx." in first.out
    openpyxl.load_workbook(tmp_path / "libro.xlsx").close()
    assert "Ya existe «otro.xlsx», y no se escribe encima" in second.aside
    assert (tmp_path / "otro.xlsx").read_text() == "lo que ya llené"


@pytest.mark.parametrize("command", TEMPLATES)
def test_a_file_that_is_no_workbook_is_told_and_loads_nothing(
    oficialia: Oficialia, new_office, tmp_path, command
):
    (tmp_path / "libro.xlsx").write_bytes(b"PK\x03\x04 nada")

    told = oficialia(command, "libro.xlsx", "--data", new_office)

    assert told.status == 1
    assert told.out.startswith("✘ El libro no pudo abrirse")


def test_a_directory_is_tried_then_loaded_then_the_same_again_changes_nothing(
    oficialia: Oficialia, new_office, workbooks
):
    book = workbooks / "directorio.xlsx"

    tried = oficialia("import-directory", book, "--data", new_office, "--dry-run")
    loaded = oficialia("import-directory", book, "--data", new_office)
    again = oficialia("import-directory", book, "--data", new_office)

    assert (tried.status, loaded.status, again.status) == (0, 0, 0)
    assert tried.out.endswith("No se guardó nada: fue una prueba (--dry-run).\n")
    assert "Se importaría el directorio. Altas: 210; cambios: 1;" in tried.out
    assert "Se importó el directorio. Altas: 210; cambios: 1;" in loaded.out
    assert again.out == "Se importó el directorio. Altas: 0; cambios: 0; términos: 0; sin cambio: 212.\n"


def test_what_an_import_changes_is_shown_sheet_by_sheet(oficialia: Oficialia, office, workbooks, tmp_path):
    book = edit(workbooks / "directorio.xlsx", tmp_path / "d.xlsx", {("Personas", "D7"): "Otro cargo"})

    told = oficialia("import-directory", book, "--data", office)

    assert told.status == 0
    assert told.out.splitlines()[0].split() == [
        "Hoja",
        "Altas",
        "Cambios",
        "Términos",
        "Sin",
        "cambio",
        "No",
        "vienen",
    ]
    assert told.out.splitlines()[2].split() == ["Personas", "0", "1", "0", "27", "0"]
    assert "Otro cargo" in told.out


def test_errors_of_cells_and_contradictions_between_sheets_are_told_together(
    oficialia: Oficialia, new_office, workbooks, tmp_path
):
    book = edit(
        workbooks / "directorio.xlsx",
        tmp_path / "malo.xlsx",
        {("Personas", "E6"): "sin arroba", ("Tarifas", "C6"): "quinientos", ("Puestos", "C6"): "OOAD99"},
    )

    told = oficialia("import-directory", book, "--data", new_office)
    for_programs = oficialia("import-directory", book, "--data", new_office, "--json")

    assert (told.status, for_programs.status) == (1, 1)
    lines = told.out.splitlines()
    assert lines[0].startswith("✘ hoja «Personas», E6: «sin arroba» no es una dirección de correo")
    assert any(line.startswith("✘ hoja «Tarifas», C6: «quinientos»") for line in lines)
    assert any("OOAD99" in line for line in lines)
    assert lines[-1].startswith("No se importó nada. Errores por corregir: ")
    assert for_programs.json["ok"] is False
    assert {(problem["sheet"], problem["cell"]) for problem in for_programs.json["problems"]} >= {
        ("Personas", "E6"),
        ("Tarifas", "C6"),
    }
    assert lines_in(new_office, "directory_imported") == 0


def test_a_template_that_was_not_filled_in_is_asked_about(oficialia: Oficialia, new_office):
    oficialia("import-directory", "--template", "vacio.xlsx")

    assert (
        "! El libro no trae ningún dato"
        in oficialia("import-directory", "vacio.xlsx", "--data", new_office).out
    )


def test_a_calendar_is_tried_then_loaded_and_its_original_is_kept(
    oficialia: Oficialia, new_office, workbooks
):
    book = workbooks / "calendario.xlsx"

    tried = oficialia("import-calendar", book, "--data", new_office, "--dry-run")
    loaded = oficialia("import-calendar", book, "--data", new_office)
    again = oficialia("import-calendar", book, "--data", new_office)

    assert (tried.status, loaded.status, again.status) == (0, 0, 0)
    assert "quedaría en vigor la versión 1" in tried.out
    assert "Calendario 2027, versión 1: 6 periodos en vigor." in loaded.out
    assert "ya está cargado así (versión 1)" in again.out
    with writing(read_settings(new_office)) as writer:
        calendar = writer.act(lambda desk: periods.calendar_in_force(desk.session, 2027))
        assert calendar is not None
        assert writer.blobs.get(calendar.blob_sha256) == book.read_bytes()
    assert oficialia("verify", "--data", new_office).status == 0


def test_an_impossible_calendar_is_refused_with_its_reasons_and_the_old_one_stays(
    oficialia: Oficialia, office, workbooks, tmp_path
):
    book = edit(
        workbooks / "calendario.xlsx", tmp_path / "c.xlsx", {("Calendario", "C7"): datetime(2027, 3, 1)}
    )

    told = oficialia("import-calendar", book, "--data", office)
    for_programs = oficialia("import-calendar", book, "--data", office, "--json")

    assert (told.status, for_programs.status) == (1, 1)
    assert told.out.startswith("F-1. ")
    assert told.out.endswith(
        "El calendario 2027 no procede y no se cargó nada; sigue en vigor la versión 1.\n"
    )
    assert {finding["check"] for finding in for_programs.json["findings"]} >= {"F-1"}


def test_dates_that_move_move_the_agenda_of_a_running_period(
    oficialia: Oficialia, office, workbooks, tmp_path
):
    oficialia("period", "open", "2027-B1", "--data", office)
    before = _waiting(office)
    moved = {("Calendario", "C6"): datetime(2027, 3, 3), ("Calendario", "D6"): datetime(2027, 3, 16)}
    moved[("Calendario", "E6")] = datetime(2027, 3, 1)
    book = edit(workbooks / "calendario.xlsx", tmp_path / "c.xlsx", moved)

    told = oficialia("import-calendar", book, "--data", office)

    assert told.status == 0, told.all
    assert "Se calcularon de nuevo los plazos de los periodos abiertos: 2027-B1." in told.out
    after = _waiting(office)
    assert before.keys() == after.keys() == {"reminder", "due", "overdue"}
    assert (after["due"] - before["due"]).days == 2
    assert all(after[kind] > before[kind] for kind in before)


def test_a_reminder_of_an_older_date_does_not_go_out(
    oficialia: Oficialia, office, workbooks, tmp_path, clock
):
    oficialia("period", "open", "2027-B1", "--data", office)
    # One working day before the new date of A01: too late for a reminder two days ahead.
    moved = {
        ("Calendario", "C6"): datetime(2027, 2, 8),
        ("Calendario", "D6"): datetime(2027, 2, 19),
        ("Calendario", "E6"): datetime(2027, 2, 4),
    }
    book = edit(workbooks / "calendario.xlsx", tmp_path / "c.xlsx", moved)

    told = oficialia("import-calendar", book, "--data", office)

    assert told.status == 0, told.all
    assert "reminder" not in _waiting(office)


def _waiting(folder: Path) -> dict[str, datetime]:
    books = Store(folder)
    with books.reading() as session:
        case = cases.find_case(session, "0780-003-002/2027-B1")
        assert case is not None
        found = {row.kind.value: row.due_at for row in agenda.waiting(session, case.id)}
    books.close()
    return found


AGEEML = (
    "CVEGEO,CVE_ENT,NOM_ENT,CVE_MUN,NOM_MUN,CVE_LOC,NOM_LOC,AMBITO,LAT_DECIMAL,LON_DECIMAL,POB_TOTAL\n"
    "070590999,07,Chiapas,059,Ocosingo,0999,Nueva Esperanza,R,16.9,-91.9,120\n"
)


def test_localities_are_loaded(oficialia: Oficialia, new_office, tmp_path):
    (tmp_path / "AGEEML.csv").write_text(AGEEML, encoding="utf-8")

    told = oficialia("import-localities", "AGEEML.csv", "--data", new_office)

    assert told.status == 0
    assert told.out.startswith("Se importó el catálogo de localidades AGEEML. Renglones: 1; entidades: 1;")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nada.csv", b""),
        ("binario.csv", bytes(range(256)) * 50),
        ("binario.xlsx", bytes(range(256)) * 50),
        ("otro.csv", b"a,b\n1,2\n"),
    ],
)
def test_what_is_no_catalogue_of_localities_is_told(
    oficialia: Oficialia, new_office, tmp_path, name, content
):
    (tmp_path / name).write_bytes(content)

    told = oficialia("import-localities", name, "--data", new_office)

    assert told.status == 1
    assert told.out.startswith("El archivo no es el catálogo de localidades del INEGI (AGEEML)")


def test_localities_are_not_loaded_beside_a_running_service(oficialia: Oficialia, new_office, tmp_path):
    (tmp_path / "AGEEML.csv").write_text(AGEEML, encoding="utf-8")

    with ServiceLock(new_office, owner="oficialia run"):
        told = oficialia("import-localities", "AGEEML.csv", "--data", new_office)

    assert told.status == 75
    assert told.aside.startswith("Estos libros los atiende oficialia run (pid ")
