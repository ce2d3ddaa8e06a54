"""`check`: each part fails by itself, says how it is mended, and is well again."""

import shutil
from datetime import timedelta

import pytest

from service import checkup
from service.settings import read_settings, write_settings
from storage import journal
from storage.database import Store
from tests.commands.conftest import NOW, PASSWORD, Oficialia, wires

PARTS = [
    "buzón (IMAP)", "correo de salida (SMTP)", "libros (base de datos)", "reloj", "directorio",
    "procedimiento", "calendario", "disco",
]  # fmt: skip


@pytest.fixture(autouse=True)
def database_on_time(monkeypatch):
    """Let the database's clock stand where the commands' clock stands."""
    monkeypatch.setattr(checkup, "database_now", lambda _session: NOW)


@pytest.fixture
def healthy(office, post):
    """An office of which nothing is to be complained of."""
    given = wires(post)[1::2]
    write_settings(office, dict(item.split("=", 1) for item in given))
    return office


def failing(told):
    return {line[2:].partition(":")[0] for line in told.out.splitlines() if line.startswith("✘")}


def test_a_healthy_office(oficialia: Oficialia, healthy):
    told = oficialia("check", "--data", healthy)
    for_programs = oficialia("check", "--data", healthy, "--json")

    assert told.status == 0, told.all
    assert [line[2:].partition(":")[0] for line in told.out.splitlines()] == PARTS
    assert for_programs.json["ok"] is True
    assert [part["part"] for part in for_programs.json["parts"]] == PARTS


def test_one_part_that_fails_hides_no_other(oficialia: Oficialia, healthy):
    write_settings(healthy, {"imap_password": "otra"})

    told = oficialia("check", "--data", healthy)

    assert told.status == 1
    assert failing(told) == {"buzón (IMAP)"}
    assert "   Revise «imap_user» y «imap_password»" in told.out
    write_settings(healthy, {"imap_password": PASSWORD})
    assert oficialia("check", "--data", healthy).status == 0


def test_a_new_office_is_told_what_it_still_needs(oficialia: Oficialia, post):
    oficialia("init", "--data", "datos", "--yes", *wires(post))

    told = oficialia("check", "--data", "datos")

    assert told.status == 1
    assert failing(told) == {"directorio", "procedimiento", "calendario"}
    for command in ("import-directory", "procedure activate", "import-calendar"):
        assert f"oficialia {command}" in told.out


def test_books_that_are_missing_are_not_made_on_the_side(oficialia: Oficialia, healthy):
    for path in healthy.glob("oficialia.db*"):
        path.unlink()

    told = oficialia("check", "--data", healthy)

    assert failing(told) == {"libros (base de datos)"}
    assert "Aún no hay libros." in told.out
    assert not (healthy / "oficialia.db").exists()
    assert "oficialia init --data" in told.out
    assert oficialia("init", "--data", healthy, "--yes").status == 0


def test_books_that_are_broken(oficialia: Oficialia, healthy):
    (healthy / "oficialia.db").write_bytes(b"nada que ver")

    told = oficialia("check", "--data", healthy)

    assert told.status == 1
    assert failing(told) == {"libros (base de datos)"}


def test_a_clock_that_went_back(oficialia: Oficialia, healthy):
    books = Store(healthy)
    with books.transaction() as session:
        tomorrow = NOW + timedelta(days=1)
        journal.append(session, kind="office_prepared", at=tomorrow, text="mañana", channel="command")
    books.close()

    told = oficialia("check", "--data", healthy)

    assert failing(told) == {"reloj"}
    assert "La bitácora ya tiene asientos del" in told.out
    assert "NTP" in told.out


def test_a_clock_that_differs_from_the_databases(oficialia: Oficialia, healthy, monkeypatch):
    monkeypatch.setattr(checkup, "database_now", lambda _session: NOW - timedelta(minutes=5))

    assert failing(oficialia("check", "--data", healthy)) == {"reloj"}


def test_a_disk_that_is_almost_full(oficialia: Oficialia, healthy, monkeypatch):
    usage = shutil.disk_usage(healthy)._replace(free=3 * 2**20)
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda _folder: usage)

    told = oficialia("check", "--data", healthy)

    assert failing(told) == {"disco"}
    assert "3 MB libres" in told.out


def test_passwords_that_others_may_read(oficialia: Oficialia, healthy):
    (healthy / "oficialia.toml").chmod(0o644)

    told = oficialia("check", "--data", healthy)

    assert failing(told) == {"ajustes"}
    assert "chmod 600" in told.out


def test_a_relative_folder_becomes_an_absolute_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_settings(tmp_path / "datos", {})

    # Sandboxed workers stand elsewhere, and are given paths in it.
    assert read_settings((tmp_path / "datos").relative_to(tmp_path)).data_dir == tmp_path / "datos"
