"""`verify`: whole books, and every way in which they may not be whole."""

import sqlite3

import pytest

from service.settings import read_settings
from service.wiring import writing
from storage.sealing import seal_journal
from tests.commands.conftest import NOW, Oficialia, run_apart


@pytest.fixture
def sealed(office):
    """An office whose journal is sealed to the end."""
    with writing(read_settings(office)) as writer:
        seal_journal(writer.store, NOW)
    return office


def in_books(folder, *statements: str) -> None:
    """Do to the books what only somebody with the file can do."""
    connection = sqlite3.connect(folder / "oficialia.db", isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def without_triggers(folder) -> list[str]:
    connection = sqlite3.connect(folder / "oficialia.db")
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    connection.close()
    return [f"DROP TRIGGER {name}" for name in names]


def test_whole_books_are_said_to_be_whole(oficialia: Oficialia, sealed):
    told = oficialia("verify", "--data", sealed)
    for_programs = oficialia("verify", "--data", sealed, "--json").json

    assert told.status == 0
    assert told.out.startswith("✔ Bitácora íntegra: ")
    assert for_programs["ok"] is True
    assert for_programs["problems"] == []
    assert f"Último sello: {for_programs['head']}" in told.out


def test_an_edited_line_is_found_and_named(oficialia: Oficialia, sealed):
    in_books(sealed, *without_triggers(sealed), "UPDATE journal SET text = 'otra cosa' WHERE id = 2")

    told = oficialia("verify", "--data", sealed)

    assert told.status == 1
    assert "✘ renglón 2 (" in told.out
    assert "se modificó después de escrito" in told.out
    assert "Conserve todo como está" in told.out


def test_a_line_taken_away_is_found(oficialia: Oficialia, sealed):
    in_books(sealed, *without_triggers(sealed), "DELETE FROM journal WHERE id = 2")

    told = oficialia("verify", "--data", sealed, "--json")

    assert told.status == 1
    assert told.json["ok"] is False
    assert told.json["problems"]


def test_a_published_head_proves_that_nothing_was_cut(oficialia: Oficialia, sealed):
    head = oficialia("verify", "--data", sealed, "--json").json["head"]

    assert oficialia("verify", "--data", sealed, "--head", head).status == 0
    told = oficialia("verify", "--data", sealed, "--head", f"9{head}")
    assert told.status == 1
    assert "la cadena no contiene el sello conocido" in told.out


def test_books_that_were_taken_away_are_not_made_anew(oficialia: Oficialia, sealed):
    for path in (*sealed.glob("oficialia.db*"), sealed / "journal.head"):
        path.unlink()

    told = oficialia("verify", "--data", sealed)

    assert told.status == 1
    assert told.aside == f"✘ Faltan los libros: no existe {sealed / 'oficialia.db'}.\n"
    assert not (sealed / "oficialia.db").exists()


def test_books_that_are_no_books(oficialia: Oficialia, sealed):
    (sealed / "oficialia.db").write_bytes(b"nada que ver con libros")

    told = oficialia("verify", "--data", sealed)

    assert told.status == 1
    assert told.aside.startswith("✘ Los libros no pueden leerse (")


def test_as_a_process_of_its_own(sealed, tmp_path):
    told = run_apart("verify", "--data", sealed, "--json", cwd=tmp_path)

    assert (told.status, told.json["ok"], told.aside) == (0, True, "")
