"""What a person typed wrong is told in a line or two; what is our own fault ends with one line, and is written down."""

import pytest

from service import checkup
from service.commands.manual import FAULTS_FILE
from service.settings import write_settings
from storage.errors import BooksBusy
from tests.commands.conftest import Oficialia


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (("perod",), "No hay una orden «perod». ¿Quiso decir «oficialia period»?"),
        (("period", "opne"), "¿Quiso decir «oficialia period open»?"),
        (("zzz",), "Las que hay en «oficialia»: init, check"),
        (("check", "--jso"), "No hay una opción --jso; ¿quiso decir --json?"),
        (("attest", "A11"), "Falta --as: Quién atesta"),
        (("inspect", "mail"), "Falta ARCHIVO…: Archivos por examinar."),
        (("verify", "--head"), "La opción --head está incompleta"),
        (("check", "sobra"), "Sobra algo"),
        (("attest", "A16", "--as", "X", "--period", "2027-B1", "--option", "dos"), "--option no admite"),
        (("procedure", "show", "0780-003-002", "--as", "pdf"), "text, mermaid o svg"),
        (("procedure", "show", "0780"), "Los que hay: 0780-003-002, CS-EXP, INT-SOL."),
        (("procedure", "show", "0780-003-002", "--role", "Rey"), "Los que hay: UPIB"),
        (("init", "--set", "imap_port"), "no es NOMBRE=VALOR"),
        (("init", "--set", "database_url=mysql://x"), "database_url: debe quedar vacío (SQLite) o ser como"),
        (("init", "--set", "ca_file=nada.pem"), "ca_file: «nada.pem» no es un archivo PEM que pueda leerse"),
        (("init", "--set", "imap_prot=1"), "imap_prot: no es un ajuste; ¿quiso decir «imap_port»?"),
        (("check",), "No hay una oficina en «oficialia-datos»."),
        (("import-directory",), "Indique el libro por cargar"),
        (("import-directory", "nada.xlsx"), "No existe el archivo «nada.xlsx»."),
        (("import-calendar", "."), "«.» no es un archivo."),
        (("import-localities", "nada.csv"), "No existe el archivo"),
        (("import-calendar", "--template", "no/hay/c.xlsx"), "No existe la carpeta"),
    ],
)
def test_a_mistake_is_told_in_spanish_with_status_2(oficialia: Oficialia, typed, answer):
    told = oficialia(*typed)

    assert told.status == 2
    assert answer in told.aside
    assert told.out == ""
    assert "Traceback" not in told.all
    assert "Error" not in told.all


def test_settings_tell_every_problem_at_once(oficialia: Oficialia, tmp_path):
    write_settings(
        tmp_path / "datos", {"imap_port": 99999, "imap_security": "ssl", "poll_seconds": 0, "color": "rojo"}
    )

    told = oficialia("check", "--data", "datos")

    assert told.status == 2
    assert told.aside.splitlines() == [
        "Los ajustes tienen problemas:",
        "  - imap_port: debe ser 65535 o menos, no «99999».",
        "  - imap_security: debe ser tls, starttls o plain, no «ssl».",
        "  - poll_seconds: debe ser mayor que 0.0, no «0».",
        "  - color: no es un ajuste.",
        "Corríjalos en datos/oficialia.toml, o con «oficialia init --data datos --set NOMBRE=VALOR».",
    ]


def test_a_broken_settings_file_is_named_with_its_line_and_stays(oficialia: Oficialia, tmp_path):
    folder = tmp_path / "datos"
    path = write_settings(folder, {})
    broken = path.read_text() + "imap_port = = 3\n"
    path.write_text(broken)

    told = oficialia("init", "--data", folder, "--yes", "--no-connect")

    assert told.status == 2
    assert "oficialia.toml: no puede leerse como TOML" in told.aside
    assert path.read_text() == broken


def test_a_setting_from_the_environment_is_judged_like_one_of_the_file(
    oficialia: Oficialia, tmp_path, monkeypatch
):
    write_settings(tmp_path / "datos", {})
    monkeypatch.setenv("OFICIALIA_IMAP_PORT", "hola")

    assert "imap_port: debe ser un número entero, no «hola»" in oficialia("check", "--data", "datos").aside


def test_an_unexpected_fault_is_one_line_and_status_70_and_its_traceback_is_in_the_data_folder(
    oficialia: Oficialia, office, monkeypatch
):
    def stumble(*_arguments: object) -> None:
        message = "tropezón"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(checkup, "examine", stumble)

    told = oficialia("check", "--data", office)

    assert told.status == 70
    assert told.out == ""
    assert told.aside.count("\n") == 1
    assert told.aside.startswith("El programa falló (ZeroDivisionError: tropezón).")
    assert "oficialia check" in told.aside
    assert "Traceback" in (office / FAULTS_FILE).read_text(encoding="utf-8")


def test_books_that_somebody_holds_are_no_fault(oficialia: Oficialia, office, monkeypatch):
    def busy(*_arguments: object) -> None:
        raise BooksBusy("database is locked")

    monkeypatch.setattr(checkup, "examine", busy)

    told = oficialia("check", "--data", office)

    assert (told.status, (office / FAULTS_FILE).exists()) == (75, False)
    assert told.aside == "Los libros están ocupados por otro proceso; vuelva a intentarlo en un momento.\n"


def test_a_place_that_may_not_be_written_is_no_fault(oficialia: Oficialia, office, monkeypatch):
    def denied(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied", "/sin/permiso")

    monkeypatch.setattr(checkup, "examine", denied)

    told = oficialia("check", "--data", office)

    assert told.status == 2
    assert told.aside == "No se pudo usar «/sin/permiso»: no hay permiso para ello.\n"


def test_what_strangers_wrote_cannot_steer_the_terminal(oficialia: Oficialia, tmp_path):
    (tmp_path / "malo.eml").write_bytes(b"From: a@b.example\nSubject: hola\x1b]0;x\x07\n\n\x1b[2Jnada\n")

    told = oficialia("inspect", "mail", "malo.eml")

    assert told.status == 0
    assert "\x1b" not in told.out
    assert "\x07" not in told.out
