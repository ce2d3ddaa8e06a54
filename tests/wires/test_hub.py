"""The demonstration's mail service keeps what it promises, over real SMTP and IMAP."""

import asyncio
import email
import email.policy
import imaplib
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import aioimaplib
import aiosmtplib
import pytest

from service.clock import LeapingClock
from service.demo.bounces import Bounce
from service.demo.correspondent import Attachment, Correspondent
from service.demo.hub import MailHub, strip_field
from service.demo.mailboxes import Mailboxes
from tests.wires.conftest import DESK, MailServer
from tests.wires.dovecot import PASSWORD, Dovecot

PAC = "pac012@ejemplo.example"


def parsed(original: bytes) -> Any:
    return email.message_from_bytes(original, policy=email.policy.default)


def letter(author: str, recipient: str, *, subject: str = "Listado", body: str = "Va el listado.") -> bytes:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = author
    mail["To"] = recipient
    mail["Subject"] = subject
    mail["Message-ID"] = "<uno@ejemplo.example>"
    mail.set_content(body)
    return mail.as_bytes()


def people(hub: MailHub, clock: LeapingClock) -> tuple[Correspondent, Correspondent]:
    return (
        Correspondent.at(hub, clock, DESK, password=PASSWORD, name="Oficialía"),
        Correspondent.at(hub, clock, PAC, password=PASSWORD, name="Rosa Pérez Núñez"),
    )


@asynccontextmanager
async def reading(server: MailServer | MailHub | Mailboxes) -> AsyncIterator[aioimaplib.IMAP4]:
    """Log in as the desk and select its INBOX."""
    port = server.imap_port if isinstance(server, MailHub) else server.port
    client = aioimaplib.IMAP4(server.host, port, timeout=20)
    try:
        await client.wait_hello_from_server()
        assert (await client.login(DESK, PASSWORD)).result == "OK"
        await client.select("INBOX")
        yield client
    finally:
        client.protocol.transport.abort()
        await asyncio.sleep(0)


async def smtp(hub: MailHub, **choices: Any) -> aiosmtplib.SMTP:
    client = aiosmtplib.SMTP(hostname=hub.host, port=hub.smtp_port, start_tls=False, timeout=20, **choices)
    await client.connect()
    return client


async def test_a_list_goes_to_the_desk_and_its_acuse_comes_back(
    any_hub: MailHub, clock: LeapingClock
) -> None:
    desk, pac = people(any_hub, clock)

    sent = await pac.send(
        DESK, "Listado de enero", "Adjunto.", attachments=[Attachment(name="ñandú.xlsx", content=b"PK")]
    )
    (arrived,) = await desk.unread()
    answer = await desk.reply(arrived, "Recibido con folio 1.")
    (acuse,) = await pac.unread()

    mail = parsed(arrived)
    assert mail["Message-ID"] == sent
    assert [part.get_filename() for part in mail.iter_attachments()] == ["ñandú.xlsx"]
    reply = parsed(acuse)
    assert reply["Message-ID"] == answer
    assert reply["In-Reply-To"] == sent
    assert reply["Subject"] == "Re: Listado de enero"
    assert "> Adjunto." in reply.get_body().get_content()
    assert await pac.unread() == []
    assert any_hub.in_flight() == 0


async def test_mail_arrives_at_office_time(any_hub: MailHub, clock: LeapingClock) -> None:
    desk, pac = people(any_hub, clock)
    clock.leap_to(datetime(2027, 3, 1, 5, 59, tzinfo=UTC))

    await pac.send(DESK, "A tiempo", "Todavía es febrero en México.")

    async with reading(any_hub) as client:
        response = await client.uid("fetch", "1:*", "(INTERNALDATE)")
    found = re.search(rb'INTERNALDATE "([^"]+)"', response.lines[0])
    assert found is not None
    assert datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z") == clock.now()
    (arrived,) = await desk.unread()
    assert "01 Mar 2027 05:59:00 +0000" in parsed(arrived)["Received"]


async def test_the_border_says_who_a_mail_is_from(hub: MailHub, clock: LeapingClock) -> None:
    desk, pac = people(hub, clock)
    hub.outside_domains.add("prestador.example")
    stranger = replace(pac, logs_in=False)

    await pac.send(DESK, "De Rosa", "x")
    await stranger.send(DESK, "Que dice ser Rosa", "x")
    await pac.send_raw([DESK], letter(DESK, DESK))
    await stranger.send_raw([DESK], letter("pagos@prestador.example", DESK))
    await stranger.send_raw([DESK], letter("nadie@desconocido.example", DESK))
    verdicts = [parsed(arrived)["Authentication-Results"] for arrived in await desk.unread()]

    assert verdicts == [
        f"{hub.authserv_id}; dmarc=pass header.from=ejemplo.example",
        f"{hub.authserv_id}; dmarc=fail header.from=ejemplo.example",
        f"{hub.authserv_id}; dmarc=fail header.from=imss-bienestar.example",
        f"{hub.authserv_id}; dmarc=pass header.from=prestador.example",
        f"{hub.authserv_id}; dmarc=fail header.from=desconocido.example",
    ]


async def test_verdicts_that_a_sender_wrote_himself_are_gone(hub: MailHub, clock: LeapingClock) -> None:
    desk, _ = people(hub, clock)
    forged = (
        f"Authentication-Results: {hub.authserv_id};\r\n\tdmarc=pass header.from=ejemplo.example\r\n"
        "AUTHENTICATION-RESULTS: other.example; dmarc=pass\r\n"
    ).encode()

    client = await smtp(hub)
    await client.sendmail(
        "nadie@x.example", [DESK], forged + letter(PAC, DESK, body="Authentication-Results: no")
    )
    await client.quit()

    (arrived,) = await desk.unread()
    assert parsed(arrived).get_all("Authentication-Results") == [
        f"{hub.authserv_id}; dmarc=fail header.from=ejemplo.example"
    ]
    assert b"Authentication-Results: no" in arrived


def test_stripping_a_field_touches_nothing_else() -> None:
    original = b"A: 1\nX: 2\n more\nB: 3\n\nX: body\n"

    assert strip_field(original, b"x") == b"A: 1\nB: 3\n\nX: body\n"
    assert strip_field(b"X: only\r\n", b"X") == b""


async def test_a_wrong_password_does_not_pass_for_a_login(hub: MailHub, clock: LeapingClock) -> None:
    people(hub, clock)
    client = await smtp(hub)

    with pytest.raises(aiosmtplib.SMTPAuthenticationError):
        await client.login(PAC, "wrong")

    client.close()


async def test_an_address_nobody_has_is_refused_when_it_is_named(hub: MailHub, clock: LeapingClock) -> None:
    desk, pac = people(hub, clock)
    hub.refuse("cerrado@ejemplo.example", "552 5.2.2 Mailbox full")

    client = await smtp(hub)
    refused, _ = await client.sendmail(
        PAC, [DESK, "nadie@ejemplo.example", "cerrado@ejemplo.example"], letter(PAC, DESK)
    )
    await client.quit()

    assert {address: answer.code for address, answer in refused.items()} == {
        "nadie@ejemplo.example": 550,
        "cerrado@ejemplo.example": 552,
    }
    assert len(await desk.unread()) == 1
    assert await pac.unread() == []


async def test_what_follows_a_plus_sign_reaches_the_owner(hub: MailHub, clock: LeapingClock) -> None:
    desk, pac = people(hub, clock)

    await pac.send(DESK.replace("@", "+rebote12@"), "Rebote", "x")

    assert len(await desk.unread()) == 1


@pytest.mark.parametrize("headers_only", [True, False])
async def test_a_bounce_is_a_report_that_names_the_letter(
    hub: MailHub, clock: LeapingClock, headers_only: bool
) -> None:
    desk, _ = people(hub, clock)
    hub.bounce("lleno@ejemplo.example", Bounce(status="5.2.2", answer="552 5.2.2 Mailbox full"))
    client = await smtp(hub)

    await client.sendmail(
        DESK,
        ["lleno@ejemplo.example"],
        letter(DESK, "lleno@ejemplo.example", body="Secreto"),
        mail_options=[f"RET={'HDRS' if headers_only else 'FULL'}", "ENVID=oficialia-12"],
        rcpt_options=["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;lleno@ejemplo.example"],
    )
    await client.quit()

    (arrived,) = await desk.unread()
    report = parsed(arrived)
    assert report.get_content_type() == "multipart/report"
    assert report["Return-Path"] == "<>"
    assert report["Authentication-Results"] is None
    status = list(report.iter_parts())[1].get_payload()
    assert status[0]["Original-Envelope-Id"] == "oficialia-12"
    assert status[1]["Action"] == "failed"
    assert status[1]["Status"] == "5.2.2"
    assert "lleno@ejemplo.example" in status[1]["Final-Recipient"]
    assert b"<uno@ejemplo.example>" in arrived
    assert (b"Secreto" in arrived) is not headers_only


async def test_a_report_that_bounces_is_not_answered(hub: MailHub, clock: LeapingClock) -> None:
    desk, _ = people(hub, clock)
    hub.bounce("lleno@ejemplo.example")
    client = await smtp(hub)

    await client.sendmail(
        "", ["lleno@ejemplo.example"], letter("MAILER-DAEMON@x.example", "lleno@ejemplo.example")
    )
    await client.quit()

    assert hub.delivered == 0
    assert await desk.unread() == []


async def test_it_can_put_off_letters_for_a_while(hub: MailHub, clock: LeapingClock) -> None:
    desk, _ = people(hub, clock)
    hub.defer(2)
    codes = []

    client = await smtp(hub)
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
            await client.sendmail(PAC, [DESK], letter(PAC, DESK))
        codes.append(refusal.value.recipients[0].code)
    await client.sendmail(PAC, [DESK], letter(PAC, DESK))
    await client.quit()

    assert codes == [451, 451]
    assert len(await desk.unread()) == 1


@pytest.mark.parametrize("keep_mail", [True, False])
async def test_it_can_drop_the_connection_after_data(
    hub: MailHub, clock: LeapingClock, keep_mail: bool
) -> None:
    desk, _ = people(hub, clock)
    hub.drop_after_data(1, keep_mail=keep_mail)

    client = await smtp(hub)
    with pytest.raises((aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPReadTimeoutError)):
        await client.sendmail(PAC, [DESK], letter(PAC, DESK))
    client.close()

    assert len(await desk.unread()) == int(keep_mail)
    assert hub.in_flight() == 0


async def test_it_can_be_down_and_come_back_on_the_same_port(clock: LeapingClock) -> None:
    async with MailHub(clock) as hub:
        desk, pac = people(hub, clock)
        port = hub.smtp_port
        await hub.close_smtp()

        with pytest.raises(aiosmtplib.SMTPConnectError):
            await pac.send(DESK, "Con el servidor caído", "x")
        await hub.open_smtp()
        await pac.send(DESK, "Con el servidor de vuelta", "x")

        assert hub.smtp_port == port
        assert len(await desk.unread()) == 1


async def test_what_is_being_taken_counts_as_in_flight(clock: LeapingClock) -> None:
    async with MailHub(clock) as hub:
        _, pac = people(hub, clock)
        seen: list[int] = []
        hub.listeners.append(lambda _address: seen.append(hub.in_flight()))

        await pac.send(DESK, "En camino", "x")

        assert seen == [1]
        assert hub.in_flight() == 0


async def test_a_mailbox_that_idles_hears_of_every_mail(mail_server: MailServer, clock: LeapingClock) -> None:
    counts: list[str] = []

    async with reading(mail_server) as client:
        await client.idle_start(timeout=30)
        for number in range(3):
            mail_server.deliver(DESK, letter(PAC, DESK), clock.now())
            while f"{number + 1} EXISTS" not in counts:
                lines = await client.wait_server_push(timeout=20)
                counts += [line.decode() for line in lines if line.endswith(b"EXISTS")]
        client.idle_done()

    assert counts == ["1 EXISTS", "2 EXISTS", "3 EXISTS"]


async def test_two_mails_at_once_are_both_heard_of(clock: LeapingClock) -> None:
    mailboxes = Mailboxes(clock)
    await mailboxes.start()
    mailboxes.add_account(DESK, PASSWORD)
    counts: list[str] = []

    async with reading(mailboxes) as client:
        await client.idle_start(timeout=30)
        await asyncio.gather(*(mailboxes.append(DESK, letter(PAC, DESK), clock.now()) for _ in range(2)))
        while "2 EXISTS" not in counts:
            counts += [line.decode() for line in await client.wait_server_push(timeout=20)]
        client.idle_done()
    await mailboxes.stop()


async def test_a_mail_can_be_fetched_and_put_away(mail_server: MailServer, clock: LeapingClock) -> None:
    mail_server.deliver(DESK, letter(PAC, DESK), clock.now() - timedelta(days=40))

    async with reading(mail_server) as client:
        found = await client.uid_search("ALL")
        uid = found.lines[0].decode().strip()
        fetched = await client.uid("fetch", uid, "(UID INTERNALDATE BODY.PEEK[])")
        await client.create("Procesados")
        moved = await client.uid("move", uid, "Procesados")
        left = await client.uid_search("ALL")

    assert bytes(next(line for line in fetched.lines if isinstance(line, bytearray))) == letter(PAC, DESK)
    assert b"25-Nov-2026" in fetched.lines[0]
    assert any(b"COPYUID" in line for line in moved.lines)
    assert left.lines[0].strip() == b""


async def test_a_mail_can_be_searched_and_taken_apart(mail_server: MailServer, clock: LeapingClock) -> None:
    mail_server.deliver(DESK, letter(PAC, DESK, subject="Listado", body="Va el listado."), clock.now())
    mail_server.deliver(DESK, letter(PAC, DESK, subject="Otra cosa"), clock.now())

    async with reading(mail_server) as client:
        found = await client.uid_search('SUBJECT "listado"')
        uid = found.lines[0].decode().strip()
        structure = await client.uid("fetch", uid, "(BODYSTRUCTURE RFC822.SIZE)")
        text = await client.uid("fetch", uid, "(BODY.PEEK[TEXT])")

    size = len(letter(PAC, DESK, subject="Listado", body="Va el listado."))
    assert b'"text" "plain"' in structure.lines[0].lower()
    assert f"RFC822.SIZE {size}".encode() in structure.lines[0]
    assert bytes(text.lines[1]) == b"Va el listado.\r\n"


async def test_a_mail_appended_without_a_date_gets_office_time(clock: LeapingClock) -> None:
    mailboxes = Mailboxes(clock)
    await mailboxes.start()
    mailboxes.add_account(DESK, PASSWORD)

    async with reading(mailboxes) as client:
        await client.append(letter(DESK, DESK), mailbox="INBOX")
        fetched = await client.uid("fetch", "1:*", "(INTERNALDATE)")
    await mailboxes.stop()

    assert b'"04-Jan-2027 14:00:00 +0000"' in fetched.lines[0]


async def test_cut_connections_are_noticed_and_new_ones_work(clock: LeapingClock) -> None:
    mailboxes = Mailboxes(clock)
    await mailboxes.start()
    mailboxes.add_account(DESK, PASSWORD)
    lost = asyncio.Event()

    async with reading(mailboxes) as client:
        client.protocol.conn_lost_cb = lambda _reason: lost.set()
        await mailboxes.hang_up()
        await asyncio.wait_for(lost.wait(), 20)
    async with reading(mailboxes) as again:
        assert (await again.noop()).result == "OK"

    await mailboxes.stop()


async def test_what_was_kept_can_be_looked_at_as_files(
    hub: MailHub, clock: LeapingClock, tmp_path: Any
) -> None:
    desk, pac = people(hub, clock)
    await pac.send(DESK, "Uno", "x")

    written = hub.mailboxes.export(tmp_path)

    (file,) = tmp_path.rglob("*.eml")
    assert written == 1
    assert file.parent == tmp_path / DESK / "INBOX"
    assert [file.read_bytes()] == await desk.unread()


def test_dovecot_speaks_tls_with_an_authority_of_our_own(dovecot: Dovecot) -> None:
    trusted = ssl.create_default_context(cafile=str(dovecot.ca_file))
    with imaplib.IMAP4_SSL(dovecot.host, dovecot.tls_port, ssl_context=trusted, timeout=20) as client:
        assert client.login(DESK, PASSWORD)[0] == "OK"
    with (
        socket.create_connection((dovecot.host, dovecot.tls_port), timeout=20) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(connection, server_hostname=dovecot.host)
