"""The tray at the keyboard: what waits, what a person may do with it, and what she may not."""

import asyncio
import json
from email.message import EmailMessage

import pytest

from actions.receive_mail import receive_mails
from mail.inbox import FetchedMail, ImapMailbox
from schedules.intake import Intake
from service.settings import read_settings, write_settings
from service.wiring import imap_settings, writing
from storage import entries, journal
from storage.entries import EntryState
from tests import people
from tests.commands.conftest import DESK, NOW, Oficialia

PASSED = "mx.oficialia.example; dmarc=pass header.from=imss-bienestar.example"
FAILED = "mx.oficialia.example; dmarc=fail header.from=imss-bienestar.example"


@pytest.fixture(autouse=True)
def authentication_is_required(office):
    write_settings(office, {"authentication": "required"})


@pytest.fixture
def open_office(oficialia: Oficialia, office):
    """An office with two running periods: a mail that names none fits both."""
    for code in ("2027-B1", "2027-B2"):
        assert oficialia("period", "open", code, "--data", office).status == 0
    return office


def take_in(folder, *, sender, subject="Buenas tardes", body="¿Cuándo?", verdict=PASSED, attach=True) -> str:
    """Let a mail arrive and be read, as the service does, and return its folio."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, DESK, subject
    letter["Message-ID"] = f"<{subject.encode().hex()}@prueba.example>"
    letter.set_content(body)
    if attach:
        letter.add_attachment(b"PK nada", maintype="application", subtype="zip", filename="libro.xlsx")
    raw = f"Authentication-Results: {verdict}\r\n".encode() + letter.as_bytes()
    with writing(read_settings(folder)) as writer:
        mail = FetchedMail(place=f"INBOX/1/{subject}", uid=1, received_at=NOW, raw=raw)
        writer.act(receive_mails, [mail])
        read_on(folder, writer)
        return writer.act(lambda desk: max(row.folio for row in entries.tray(desk.session)))


def read_on(folder, writer=None) -> None:
    """Read what was recorded, as the service does when it next looks."""
    if writer is None:
        with writing(read_settings(folder)) as own:
            read_on(folder, own)
        return
    unused = ImapMailbox(imap_settings(read_settings(folder)))
    asyncio.run(Intake(writer=writer, mailbox=unused, poll_seconds=1)._process())


def entry(folder, folio):
    with writing(read_settings(folder)) as writer:
        return writer.act(lambda desk: entries.find_entry(desk.session, folio))


def test_an_empty_tray(oficialia: Oficialia, office):
    assert oficialia("tray", "list", "--data", office).out == "La bandeja está vacía.\n"
    assert oficialia("tray", "list", "--data", office, "--json").out == ""


def test_what_waits_is_listed_with_its_reason(oficialia: Oficialia, open_office):
    folio = take_in(open_office, sender=people.STRANGER, subject="Hola \x1b[31m")

    told = oficialia("tray", "list", "--data", open_office)
    for_programs = oficialia("tray", "list", "--data", open_office, "--json")

    assert f"{folio}  cuarentena" in told.out
    assert people.STRANGER in told.out
    assert "V-001: remitente desconocido" in told.out
    assert "\x1b" not in told.out
    (line,) = for_programs.out.splitlines()
    assert json.loads(line)["state"] == "quarantined"


def test_an_original_is_exported_as_it_came_and_never_over_a_file(
    oficialia: Oficialia, open_office, tmp_path
):
    folio = take_in(open_office, sender=people.STRANGER)

    first = oficialia("tray", "export", folio, "original.eml", "--data", open_office)
    second = oficialia("tray", "export", folio, "original.eml", "--data", open_office)
    unknown = oficialia("tray", "export", "E-1999-000001", "otro.eml", "--data", open_office)

    assert (first.status, second.status, unknown.status) == (0, 2, 2)
    assert (tmp_path / "original.eml").read_bytes().startswith(b"Authentication-Results:")
    assert unknown.aside == "No hay una entrada con folio E-1999-000001.\n"


def test_a_mail_that_fits_two_periods_is_read_again_as_of_the_one_that_a_person_names(
    oficialia: Oficialia, open_office
):
    folio = take_in(open_office, sender=people.PAC012.email)
    assert entry(open_office, folio).state is EntryState.UNCLASSIFIED

    told = oficialia(
        "tray", "assign", folio, "--period", "2027-B2", "--unit", people.PAC012.unit,
        "--as", "CACYPCS", "--data", open_office,
    )  # fmt: skip
    read_on(open_office)

    assert told.out == f"El folio {folio} se atenderá como del periodo 2027-B2, {people.PAC012.unit}.\n"
    read = entry(open_office, folio)
    # It was read, and answered: the workbook that it brings is none, which keeps it apart (AC-08).
    assert (read.state, read.reason[:5]) == (EntryState.QUARANTINED, "V-006")
    assert (read.unit, read.attempts) == (people.PAC012.unit, 0)
    with writing(read_settings(open_office)) as writer:
        sorted_by = writer.act(
            lambda desk: [row for row in journal.history(desk.session) if row.kind == "entry_classified"]
        )
    assert [(row.person_id is not None, row.channel) for row in sorted_by] == [(True, "command")]


def test_being_assigned_gives_nobody_the_ambito_of_somebody_else(oficialia: Oficialia, open_office):
    folio = take_in(open_office, sender=people.PAC012.email)

    oficialia(
        "tray", "assign", folio, "--period", "2027-B2", "--unit", people.PAC015.unit,
        "--as", "CACYPCS", "--data", open_office,
    )  # fmt: skip
    read_on(open_office)

    assert entry(open_office, folio).unit != people.PAC015.unit


def test_an_unknown_sender_does_not_pass_by_being_assigned(oficialia: Oficialia, open_office):
    folio = take_in(open_office, sender=people.STRANGER)

    told = oficialia("tray", "assign", folio, "--period", "2027-B1", "--as", "CACYPCS", "--data", open_office)

    assert told.status == 1
    assert told.aside.startswith(f"Nadie en el directorio tiene la dirección {people.STRANGER}")
    assert entry(open_office, folio).state is EntryState.QUARANTINED


def test_a_mail_that_could_not_prove_its_sender_does_not_pass_by_being_assigned(
    oficialia: Oficialia, open_office
):
    folio = take_in(open_office, sender=people.PAC012.email, verdict=FAILED)

    told = oficialia("tray", "assign", folio, "--period", "2027-B1", "--as", "CACYPCS", "--data", open_office)

    assert told.status == 1
    assert "no probó ser de quien dice" in told.aside
    assert entry(open_office, folio).state is EntryState.QUARANTINED


def test_identity_is_judged_again_when_an_assigned_mail_is_read(oficialia: Oficialia, open_office):
    """Even an entry that somehow was handed back goes through the same checks as any mail."""
    folio = take_in(open_office, sender=people.PAC012.email, verdict=FAILED)
    with writing(read_settings(open_office)) as writer:

        def hand_back(desk):
            row = entries.find_entry(desk.session, folio)
            row.state = EntryState.RECORDED
            row.reading = {**row.reading, "assigned": {"period": "2027-B1", "unit": people.PAC012.unit}}
            desk.session.add(row)

        writer.act(hand_back)
    read_on(open_office)

    assert entry(open_office, folio).state is EntryState.QUARANTINED


def test_an_entry_that_we_failed_to_read_keeps_its_files_when_it_is_read_again(
    oficialia: Oficialia, open_office
):
    folio = take_in(open_office, sender=people.PAC012.email)
    with writing(read_settings(open_office)) as writer:

        def forget(desk):
            row = entries.find_entry(desk.session, folio)
            for file in entries.attachments_of(desk.session, row.id):
                desk.session.delete(file)
            row.reading, row.sender, row.attempts = {}, "", 3
            desk.session.add(row)

        writer.act(forget)

    oficialia("tray", "assign", folio, "--period", "2027-B1", "--as", "CACYPCS", "--data", open_office)
    read_on(open_office)

    read = entry(open_office, folio)
    assert (read.state, read.reason[:5], read.attempts) == (EntryState.QUARANTINED, "V-006", 0)
    with writing(read_settings(open_office)) as writer:
        assert len(writer.act(lambda desk: entries.attachments_of(desk.session, read.id))) == 1


def test_an_entry_is_dismissed_with_a_reason_and_by_name(oficialia: Oficialia, open_office):
    folio = take_in(open_office, sender=people.STRANGER)
    typed = ("tray", "dismiss", folio, "--data", open_office)

    nameless = oficialia(*typed, "--reason", "publicidad")
    without = oficialia(*typed, "--reason", "  ", "--as", "CACYPCS")
    done = oficialia(*typed, "--reason", "publicidad", "--as", "CACYPCS")
    again = oficialia(*typed, "--reason", "publicidad", "--as", "CACYPCS")

    assert (nameless.status, without.status, done.status, again.status) == (2, 1, 0, 1)
    assert "queda en la bitácora" in without.aside
    assert done.out == f"El folio {folio} quedó atendido: publicidad.\n"
    assert "ya se atendió" in again.aside
    assert oficialia("verify", "--data", open_office).status == 0


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--period", "2027-B9", "--as", "CACYPCS"), "El periodo 2027-B9 no está abierto."),
        (
            ("--period", "2027-B1", "--unit", "OOAD99", "--as", "CACYPCS"),
            "OOAD99 no es una unidad del periodo 2027-B1.",
        ),
        (
            ("--period", "2027-B1", "--as", "NADIE"),
            "Nadie en el directorio tiene la clave o el correo «NADIE».",
        ),
    ],
)
def test_an_assignment_that_makes_no_sense(oficialia: Oficialia, open_office, arguments, answer):
    folio = take_in(open_office, sender=people.PAC012.email)

    told = oficialia("tray", "assign", folio, *arguments, "--data", open_office)

    assert (told.status, told.aside) == (1, f"{answer}\n")
