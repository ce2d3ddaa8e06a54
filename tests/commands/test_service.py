"""`run` as a process: one at a time, stopped at once, clear about what fails, silent about people; and `demo`'s edges."""

import re
import signal
import smtplib
import threading
import time

import pytest

from service.logs import mask
from service.settings import write_settings
from tests import people
from tests.commands.conftest import DESK, PASSWORD, Oficialia, run_apart, start

STOPPED_SECONDS = 10


@pytest.fixture
def reachable(office, post):
    """An office that reaches its servers."""
    write_settings(
        office,
        {
            "address": DESK, "imap_host": post.host, "imap_port": post.imap_port, "imap_security": "plain",
            "imap_password": PASSWORD, "smtp_host": post.host, "smtp_port": post.smtp_port,
            "smtp_security": "plain", "smtp_user": DESK, "smtp_password": PASSWORD, "poll_seconds": 1,
        },
    )  # fmt: skip
    return office


def read_until(process, stream, words: str) -> str:
    """Read lines until one has the words; a process that never says them is ended."""
    patience = threading.Timer(60, process.kill)
    patience.start()
    lines = ""
    try:
        while words not in lines:
            line = stream.readline()
            assert line, f"{words!r} did not come, only {lines!r}"
            lines += line
    finally:
        patience.cancel()
    return lines


def stop(process, number=signal.SIGTERM):
    """Send a signal; return how long the end took, and what was still said."""
    sent = time.monotonic()
    process.send_signal(number)
    out, aside = process.communicate(timeout=60)
    return time.monotonic() - sent, out, aside


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_second_instance_is_told_who_is_there_and_a_signal_ends_the_first(reachable, tmp_path, number):
    first = start("run", "--data", reachable, cwd=tmp_path)
    try:
        log = read_until(first, first.stderr, "service_started")
        second = run_apart("run", "--data", reachable, cwd=tmp_path)
        seconds, out, aside = stop(first, number)
    finally:
        first.kill()
        first.wait()

    assert second.status == 2
    assert re.fullmatch(
        rf"Estos libros ya los atiende oficialia run \(pid {first.pid}, .+\)\.\n", second.aside
    )
    assert first.returncode == 0
    assert seconds < STOPPED_SECONDS
    assert out.endswith("Oficialía se detuvo.\n")
    assert "Traceback" not in log + aside
    assert "service_stopped" in aside


def test_a_wrong_password_is_reported_clearly_retried_and_never_written_down(reachable, tmp_path):
    write_settings(reachable, {"imap_password": "otra muy distinta"})

    process = start("run", "--data", reachable, cwd=tmp_path)
    try:
        log = read_until(process, process.stderr, "mailbox_refused")
        again = read_until(process, process.stderr, "mailbox_refused")
        seconds, _out, aside = stop(process)
    finally:
        process.kill()
        process.wait()

    assert "level=error event=mailbox_refused" in again
    assert "oficialia check" in again
    assert seconds < STOPPED_SECONDS
    whole = log + again + aside
    assert "otra muy distinta" not in whole
    assert "@" not in whole.replace("***@***", "")


def test_the_log_of_a_mail_names_nobody_and_quotes_nothing(reachable, post, tmp_path):
    mail = (
        f"From: {people.STRANGER}\r\nTo: {DESK}\r\nSubject: secreto-del-asunto\r\n"
        "Message-ID: <1@prueba.example>\r\n\r\nsecreto-del-cuerpo\r\n"
    )
    process = start("run", "--data", reachable, cwd=tmp_path)
    try:
        log = read_until(process, process.stderr, "service_started")
        with smtplib.SMTP(post.host, post.smtp_port) as line:
            line.sendmail(people.STRANGER, [DESK], mail)
        waiting = _wait_for_tray(reachable, tmp_path)
        _seconds, _out, aside = stop(process)
    finally:
        process.kill()
        process.wait()

    assert people.STRANGER in waiting
    assert "secreto" not in log + aside
    assert people.STRANGER not in log + aside


def _wait_for_tray(folder, cwd) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = run_apart("tray", "list", "--data", folder, cwd=cwd).out
        if "E-" in told:
            return told
    pytest.fail("the mail did not arrive in the tray")


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("NO login of ana.ruiz@example.org failed", "NO login of ***@*** failed"),
        ("<a@b.example>,c@d.example", "<***@***>,***@***"),
        ("bot 123456789:AAabcdefghijklmnopqrstuvwxyz0123456789", "bot ***"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_addresses_and_tokens_are_masked(line, masked):
    assert mask(None, "info", {"event": "x", "error": line, "number": 3}) == {
        "event": "x",
        "error": masked,
        "number": 3,
    }


# The demonstration itself runs in .ci/run; here are its edges.


def test_the_demonstration_keeps_only_into_an_empty_folder(oficialia: Oficialia, tmp_path):
    (tmp_path / "llena").mkdir()
    (tmp_path / "llena" / "algo").touch()
    (tmp_path / "archivo").touch()

    full, file = oficialia("demo", "--keep", "llena"), oficialia("demo", "--keep", "archivo")

    assert (full.status, file.status) == (2, 2)
    assert full.aside == "La carpeta «llena» no está vacía, y no se escribe encima; indique otra.\n"
    assert file.aside == "«archivo» no es una carpeta.\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_an_interrupted_demonstration_leaves_no_folder_and_no_traceback(tmp_path, monkeypatch, number):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = start("demo", cwd=tmp_path, start_new_session=True)
    try:
        shown = read_until(process, process.stdout, "CACyPCS: «APRUEBO")
        seconds, out, aside = stop(process, number)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 130
    assert aside == "Se interrumpió.\n"
    assert seconds < STOPPED_SECONDS
    assert "Traceback" not in shown + out
    assert not re.search(r"\x1b\[", shown + out), "a pipe gets plain lines"
    assert list(tmp_path.iterdir()) == []
