"""`init`: what it asks, what it writes, what it never loses, and that it really connects."""

import os
import pty
import select
import stat
import tomllib

import pytest

from service.settings import Settings, read_settings, write_settings
from storage import journal
from storage.database import Store
from tests.commands.conftest import DESK, PASSWORD, Oficialia, start, wires

ANSWERS = (
    "",  # the office's name
    "nada",
    DESK,
    "Marte/Polo",
    "",  # the time zone
    "correo.imss-bienestar.example",
    "cifrado",
    "tls",
    "banana",
    "",  # the port
    "",  # the user
    PASSWORD,
    "",  # the outgoing server
    "",
    "",
    "",
    "",  # the same password
    "-",  # no name in Authentication-Results
)


def test_it_asks_checks_each_answer_and_writes_the_settings(oficialia: Oficialia, tmp_path):
    told = oficialia("init", "--data", "datos", "--no-connect", answers=ANSWERS)

    assert told.status == 0, told.all
    settings = read_settings(tmp_path / "datos")
    assert settings.address == DESK
    assert (settings.imap_host, settings.imap_security, settings.imap_port) == (
        "correo.imss-bienestar.example",
        "tls",
        993,
    )
    assert (settings.smtp_host, settings.smtp_security, settings.smtp_port) == (
        "smtp.imss-bienestar.example",
        "starttls",
        587,
    )
    assert settings.smtp_user == settings.imap_user == DESK
    assert settings.smtp_password.get_secret_value() == PASSWORD
    assert settings.authserv_id == ""
    for told_off in (
        "Debe ser una dirección como oficialia@example.org, no «nada».",
        "No existe la zona horaria «Marte/Polo»",
        "Debe ser tls, starttls o plain, no «cifrado».",
        "Debe ser un número entero, no «banana».",
    ):
        assert told_off in told.out


def test_a_password_is_never_shown(oficialia: Oficialia):
    told = oficialia("init", "--data", "datos", "--no-connect", answers=ANSWERS)

    assert PASSWORD not in told.all
    assert "Contraseña del correo de salida [la misma]" in told.out


def test_the_file_is_for_its_owner_only_and_explains_every_setting(oficialia: Oficialia, tmp_path):
    oficialia("init", "--data", "datos", "--no-connect", answers=ANSWERS)

    path = tmp_path / "datos" / "oficialia.toml"
    text = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    settings = [name for name in Settings.model_fields if name != "data_dir"]
    assert len(settings) > 20
    for name in settings:
        assert f"{name} = " in text
        assert f"# {Settings.model_fields[name].description}." in text
    # Without the signs of a comment it still is a settings file.
    whole = tomllib.loads("\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line))
    assert set(whole) == set(settings)


def test_the_books_are_prepared_with_the_catalogues(oficialia: Oficialia, tmp_path):
    oficialia("init", "--data", "datos", "--no-connect", "--yes")

    books = Store(tmp_path / "datos")
    with books.reading() as session:
        assert [row.kind for row in journal.history(session)] == ["office_prepared"]
    books.close()


def test_running_it_again_keeps_everything_and_changes_only_what_is_given(oficialia: Oficialia, tmp_path):
    oficialia("init", "--data", "datos", "--no-connect", "--yes", "--set", f"address={DESK}")
    before = read_settings(tmp_path / "datos")
    path = tmp_path / "datos" / "oficialia.toml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# una nota de la oficina\n", encoding="utf-8")

    again = oficialia("init", "--data", "datos", "--no-connect")
    changed = oficialia("init", "--data", "datos", "--no-connect", "--set", "imap_port=1993")

    assert (again.status, changed.status) == (0, 0)
    assert "se conservan sus ajustes." in again.out
    after = read_settings(tmp_path / "datos")
    assert after == before.model_copy(update={"imap_port": 1993})
    assert after.secret == before.secret
    assert "# una nota de la oficina" in path.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8").count("imap_port = ") == 1


def test_bad_answers_given_beforehand_write_nothing(oficialia: Oficialia, tmp_path):
    told = oficialia("init", "--data", "datos", "--yes", "--set", "imap_port=abc", "--set", "timezone=Marte")

    assert told.status == 2
    assert "imap_port: debe ser un número entero, no «abc»." in told.aside
    assert "timezone: no existe la zona horaria «Marte»" in told.aside
    assert not (tmp_path / "datos").exists()


def test_answers_that_end_too_soon_leave_nothing(oficialia: Oficialia, tmp_path):
    told = oficialia("init", "--data", "datos", answers=("", DESK))

    assert (told.status, told.aside) == (130, "Se interrumpió.\n")
    assert not (tmp_path / "datos").exists()


def test_it_really_connects(oficialia: Oficialia, post):
    told = oficialia("init", "--data", "datos", "--yes", *wires(post))

    assert told.status == 0, told.all
    assert f"✔ buzón (IMAP): Se abrió {DESK} en 127.0.0.1:{post.imap_port} (plain)" in told.out
    assert "✔ correo de salida (SMTP)" in told.out


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"imap_password": "otra"}, "no se aceptó el usuario o la contraseña"),
        ({"imap_port": 1}, "nadie atiende en ese puerto"),
        ({"imap_security": "tls"}, "en ese puerto no se habla con ese cifrado"),
        ({"imap_security": "starttls"}, "en ese puerto no se habla con ese cifrado"),
        ({"smtp_password": "otra"}, "no se aceptó el usuario o la contraseña"),
        ({"smtp_port": 1}, "nadie atiende en ese puerto"),
        ({"smtp_security": "tls"}, "en ese puerto no se habla con ese cifrado"),
        ({"smtp_security": "starttls"}, "en ese puerto no se habla con ese cifrado"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_with_its_remedy(oficialia: Oficialia, post, changes, why):
    told = oficialia("init", "--data", "datos", "--yes", *wires(post, **changes))

    assert told.status == 1
    assert why in told.out
    side = next(iter(changes)).partition("_")[0]
    assert f"Revise «{side}_" in told.out
    # What was written stays: the next try needs only what was wrong.
    again = oficialia("init", "--data", "datos", *wires(post))
    assert again.status == 0, again.all


def test_at_a_terminal_a_wrong_password_is_asked_again(post, tmp_path):
    write_settings(
        tmp_path / "datos",
        {
            "address": DESK,
            "imap_host": post.host,
            "imap_port": post.imap_port,
            "imap_security": "plain",
            "imap_user": DESK,
            "imap_password": "equivocada",
            "smtp_host": post.host,
            "smtp_port": post.smtp_port,
            "smtp_security": "plain",
            "smtp_user": DESK,
            "smtp_password": "equivocada",
        },
    )
    # Yes, correct it; the same server, cipher, port and user; another password.
    shown = _at_a_terminal(
        ("init", "--data", "datos"), "¿Corregir", ("s", "", "", "", "", PASSWORD), tmp_path
    )

    assert "no se aceptó el usuario o la contraseña" in shown
    assert "✔ buzón (IMAP)" in shown
    # The one account served both ways, and was wrong for both.
    assert "✔ correo de salida (SMTP)" in shown
    assert PASSWORD not in shown
    assert read_settings(tmp_path / "datos").smtp_password.get_secret_value() == PASSWORD


def _at_a_terminal(arguments, question, answers, cwd) -> str:
    """Run a command with a terminal before it; answer once it asks the question, and return what was shown."""
    terminal, its_end = pty.openpty()
    process = start(
        *arguments, cwd=cwd, stdin=its_end, stdout=its_end, stderr=its_end, start_new_session=True
    )
    os.close(its_end)
    shown = ""
    waiting = list(answers)
    try:
        while select.select([terminal], [], [], 60)[0]:
            try:
                shown += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                # Linux' way to say that nobody holds the other end any more.
                break
            if waiting and question in shown and shown.endswith(": "):
                os.write(terminal, f"{waiting.pop(0)}\n".encode())
    finally:
        os.close(terminal)
        process.kill()
        process.wait()
    return shown
