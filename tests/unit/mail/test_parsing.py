"""Every kind of mail that exists is read, and none of them breaks the reader."""

import base64
import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mail import parsing
from mail.parsing import (
    ParsedMail,
    clean_name,
    content_key,
    inspect_mail,
    parse_file,
    parse_mail,
    problem_texts,
)
from mail.reports import MailKind

SAMPLES = Path(__file__).parents[2] / "samples" / "mail"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.eml"))
ISSUE_KEYS = (
    "file",
    "from_email",
    "from_name",
    "to",
    "subject",
    "date",
    "body_text",
    "attachments",
    "class",
    "recipients",
    "problems",
    "seconds",
)
LIST = (SAMPLES / "list-from-a-pac.eml").read_bytes()


def test_there_are_samples():
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_read_as_its_expectation_says(name):
    expected = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))

    mail = parse_mail((SAMPLES / f"{name}.eml").read_bytes())

    attachments = [
        {"name": one.name, "type": one.type, "size": one.size, "sha256": one.sha256}
        for one in mail.attachments
    ]
    found = {
        "from_email": mail.from_email,
        "from_name": mail.from_name,
        "to": list(mail.to),
        "subject": mail.subject,
        "date": mail.date,
        "body_text": mail.body_text,
        "attachments": attachments,
        "class": mail.kind.value,
        "recipients": [{"email": one.email, "permanent": one.permanent} for one in mail.recipients],
        "problems": list(mail.problems),
        "new_text": mail.new_text,
        "in_reply_to": mail.in_reply_to,
        "from_count": mail.from_count,
        "original_message_id": mail.original_message_id,
        "original_envelope_id": mail.original_envelope_id,
    }
    assert found == expected


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_survives_being_written_down(name):
    mail = parse_mail((SAMPLES / f"{name}.eml").read_bytes(), authserv_id="mx.oficialia.example")

    assert ParsedMail.from_json(json.loads(json.dumps(mail.to_json()))) == mail


def test_inspect_has_the_keys_of_its_contract_in_their_order():
    found = inspect_mail(str(SAMPLES / "list-from-a-pac.eml"))

    assert tuple(found) == ISSUE_KEYS
    assert found["class"] == "normal"
    json.dumps(found)


def test_inspect_of_a_file_that_is_not_there_is_an_answer(tmp_path):
    found = inspect_mail(str(tmp_path / "nada.eml"))

    assert tuple(found) == ISSUE_KEYS
    assert found["problems"] == [problem_texts()["missing_file"]]


def test_every_problem_of_the_samples_has_a_sentence():
    texts = problem_texts()

    for name in NAMES:
        for problem in json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))["problems"]:
            assert texts[problem]


def test_attachments_are_written_where_the_sandbox_says(tmp_path):
    values = parse_file(str(SAMPLES / "forwarded-with-files.eml"), str(tmp_path), "")

    mail = ParsedMail.from_json(values)
    inner = next(one for one in mail.attachments if one.name == "Listado.xlsx")
    assert Path(inner.path).read_bytes() == b"PK\x03\x04 libro de ejemplo"
    assert {path.name for path in tmp_path.iterdir()} == {one.sha256 for one in mail.attachments}


def test_trace_fields_do_not_make_another_mail():
    again = b"Received: from elsewhere by mx.oficialia.example; now\r\nX-Spam-Score: 0\r\n" + LIST

    assert content_key(again) == content_key(LIST)
    assert content_key(again) == parse_mail(again).content_key


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"<CA+1@", b"<CA+2@"), (b"Buenos", b"Buenas")],
    ids=["another message id", "another body"],
)
def test_another_message_id_or_body_is_another_mail(old, new):
    assert content_key(LIST.replace(old, new)) != content_key(LIST)


def test_without_a_message_id_two_senders_of_one_text_stay_two():
    one = b"From: uno@ejemplo.example\r\nSubject: x\r\n\r\nENTERADO"
    other = b"From: dos@ejemplo.example\r\nSubject: x\r\n\r\nENTERADO"

    assert content_key(one) != content_key(other)


@given(st.binary(max_size=2000))
def test_no_bytes_at_all_break_the_reader(raw):
    mail = parse_mail(raw)

    assert mail.content_key
    assert isinstance(mail.kind, MailKind)
    json.dumps(mail.to_json())


@example(367, b"\x00", 1)  # within the base 64 of an encoded word
@given(st.integers(0, len(LIST)), st.binary(max_size=40), st.integers(0, 60))
def test_no_damage_to_a_real_mail_breaks_the_reader(at, noise, cut):
    mail = parse_mail(LIST[:at] + noise + LIST[at + cut :])

    assert mail.content_key
    assert "unreadable" not in mail.problems


@given(st.sampled_from(NAMES), st.data())
def test_no_line_put_twice_or_left_out_breaks_the_reader(name, data):
    lines = (SAMPLES / f"{name}.eml").read_bytes().split(b"\r\n")
    at = data.draw(st.integers(0, len(lines) - 1))
    double = data.draw(st.booleans())

    mail = parse_mail(b"\r\n".join(lines[:at] + lines[at : at + 1] * (2 * double) + lines[at + 1 :]))

    assert "unreadable" not in mail.problems


def test_mails_nested_beyond_reason_are_cut_off():
    raw = b"".join(b"Content-Type: message/rfc822\r\n\r\n" for _ in range(60)) + b"Subject: x\r\n\r\nfin"

    assert "too_deep" in parse_mail(b"From: a@ejemplo.example\r\n" + raw).problems


def test_a_thousand_levels_are_an_answer_too():
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(1500)
    )

    assert parse_mail(b"From: a@ejemplo.example\r\n" + raw).content_key


def test_a_header_beyond_measure_is_named():
    raw = b"From: a@ejemplo.example\r\nX-Relleno: " + b"x" * 200_000 + b"\r\nSubject: sigue\r\n\r\nHola"

    mail = parse_mail(raw)

    assert "huge_header" in mail.problems
    assert mail.subject == "sigue"


def test_a_long_text_is_cut_and_says_so():
    mail = parse_mail(b"From: a@ejemplo.example\r\n\r\n" + b"palabra " * 20_000)

    assert len(mail.body_text) == 50_000
    assert "text_truncated" in mail.problems


def test_many_parts_are_cut_off():
    part = b"--b\r\nContent-Type: text/plain; name=a.txt\r\n\r\nx\r\n"
    raw = (
        b"From: a@ejemplo.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        + part * 2000
        + b"--b--"
    )

    mail = parse_mail(raw)

    assert "too_many_parts" in mail.problems
    assert len(mail.attachments) < 501


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\listas\\enero.xlsx", "enero.xlsx"),
        ("listado\u202exslx.exe", "listadoxslx.exe"),
        ("", "sin-nombre"),
        (".", "sin-nombre"),
        ("a" * 300 + ".xlsx", "a" * 195 + ".xlsx"),
        ("Año Nuevo.xlsx", "Año Nuevo.xlsx"),
    ],
)
def test_a_files_name_has_no_folders_and_no_tricks(name, clean):
    assert clean_name(name) == clean


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("Auto-Submitted: no", MailKind.NORMAL),
        ("Auto-Submitted: auto-generated", MailKind.AUTO_REPLY),
        ("Auto-Submitted: Auto-Replied; owner=x", MailKind.AUTO_REPLY),
        ("X-Autoreply: yes", MailKind.AUTO_REPLY),
        ("Precedence: bulk", MailKind.LIST),
        ("Precedence: junk", MailKind.AUTO_REPLY),
        ("List-Id: <x.example>\r\nAuto-Submitted: auto-generated", MailKind.LIST),
        ("Return-Path: <>", MailKind.NORMAL),
        ("X-Auto-Response-Suppress: OOF", MailKind.NORMAL),
    ],
)
def test_what_no_person_wrote_is_never_answered(fields, kind):
    raw = f"From: pac@ejemplo.example\r\nSubject: Listado\r\n{fields}\r\n\r\nHola".encode()

    mail = parse_mail(raw)

    assert mail.kind is kind
    assert mail.may_be_answered is (kind is MailKind.NORMAL)


def test_a_person_who_answers_an_automatic_reply_is_a_person():
    raw = "From: pac@ejemplo.example\r\nSubject: Re: Respuesta automática: Circular\r\n\r\nENTERADO".encode()

    assert parse_mail(raw).kind is MailKind.NORMAL


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            b"Subject: " + b"=?utf-8?q?a" * 50_000 + b"\r\n\r\nx", id="encoded words that never end"
        ),
        pytest.param(b"To: " + b"a@b.example, " * 50_000 + b"\r\n\r\nx", id="fifty thousand recipients"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<a " * 300_000, id="tags that never close"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<b>x</b>y " * 50_000, id="one endless line"),
        pytest.param(b"Subject: x\r\n\r\n" + b" " * 500_000, id="blanks"),
        pytest.param(
            b"Subject: x\r\n\r\n" + b"begin 644 a\r\n" * 50_000 + b"\r\nend", id="files that never end"
        ),
        pytest.param(b"Subject: x\r\n\r\n" + b"_" * 50_000 + b"x", id="underscores"),
        pytest.param(b"From: " + b"(" * 50_000 + b"a@b.example\r\n\r\nx", id="brackets"),
    ],
)
def test_junk_made_to_be_slow_is_read_like_any_other(raw):
    assert "unreadable" not in parse_mail(raw).problems


BOOK = bytes(range(256)) * 40
LINES = base64.encodebytes(BOOK).replace(b"\n", b"\r\n")
PART = b"Content-Type: application/x; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + LINES
INNER = (
    b"From: b@ejemplo.example\r\nSubject: dentro\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n"
    + PART
    + b"--i--\r\n"
)
HEAD = b"From: a@ejemplo.example\r\nMessage-ID: <1@ejemplo.example>\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(HEAD + PART, id="the whole mail is the file"),
        pytest.param(HEAD + b"\r\nMire:\r\n" + LINES + b"fin", id="pasted into the text"),
        pytest.param(
            HEAD + b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" + PART + b"--o--",
            id="in a part",
        ),
        pytest.param(
            HEAD
            + b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
            + INNER
            + b"--o--",
            id="in a forwarded mail",
        ),
        pytest.param(
            HEAD
            + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(INNER).replace(b"\n", b"\r\n"),
            id="a forwarded mail in base64",
        ),
        pytest.param(HEAD + PART[: len(PART) // 2], id="cut in the middle"),
        pytest.param(HEAD + PART.replace(b"\r\n", b"\n"), id="with bare line feeds"),
    ],
)
def test_reading_quickly_reads_the_same(raw, monkeypatch):
    quickly = parse_mail(raw)

    monkeypatch.setattr(parsing, "_BASE64_RUN", re.compile(rb"(?!)"))

    assert parse_mail(raw) == quickly
    assert "unreadable" not in quickly.problems
