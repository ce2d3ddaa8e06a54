"""The mailbox over real IMAP servers: everything in it comes out, whole and once, and is put away."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail.inbox import FetchedMail, ImapMailbox, ImapSettings, MailboxRefused, MailboxUnreachable
from mail.transport import Security

# In the past: Dovecot keeps no INTERNALDATE of the future.
RECEIVED = datetime(2026, 1, 19, 16, 42, tzinfo=UTC)


def _original(number: int, size: int = 300) -> bytes:
    body = os.urandom(size).hex().encode()
    lines = b"\r\n".join(body[start : start + 76] for start in range(0, len(body), 76))
    return b"Message-ID: <%d@pac.example>\r\nSubject: Listado {12}\r\n\r\n%s\r\n(no cierra\r\n" % (
        number,
        lines,
    )


def _settings(server, **changes: object) -> ImapSettings:
    values = {"host": server.host, "port": server.port, "security": "plain", "user": server.users[0]}
    return ImapSettings(**{**values, "password": server.password, "command_seconds": 20.0, **changes})


async def _deliver(server, original: bytes, received_at: datetime = RECEIVED) -> None:
    await asyncio.to_thread(server.deliver, server.users[0], original, received_at)


async def _fetch_all(mailbox: ImapMailbox) -> list[FetchedMail]:
    return [mail async for batch in mailbox.fetch_batches() for mail in batch]


async def test_everything_comes_out_byte_for_byte_with_the_servers_time(mail_server):
    originals = [_original(number, size) for number, size in enumerate([0, 300, 40_000, 2_000_000, 10])]
    for original in originals:
        await _deliver(mail_server, original)
    mailbox = ImapMailbox(_settings(mail_server))

    mails = await _fetch_all(mailbox)
    await mailbox.close()

    assert [mail.raw for mail in mails] == originals
    assert {mail.received_at for mail in mails} == {RECEIVED}
    assert len({mail.place for mail in mails}) == 5


async def test_sixty_mails_are_filed_away_under_a_name_with_accents_and_the_inbox_is_empty(mail_server):
    for number in range(60):
        await _deliver(mail_server, _original(number))
    mailbox = ImapMailbox(_settings(mail_server, filed="Trámites del año"))

    moved: list[int] = []
    async for batch in mailbox.fetch_batches():
        moved += await mailbox.file_away(mail.uid for mail in batch)
    left = await mailbox.list_places()
    filed = ImapMailbox(_settings(mail_server, inbox="Trámites del año"))
    there = await _fetch_all(filed)
    await mailbox.close()
    await filed.close()

    assert len(moved) == 60
    assert left == ()
    assert len(there) == 60


async def test_what_was_not_filed_away_comes_again_at_the_same_place(mail_server):
    await _deliver(mail_server, _original(1))
    first = ImapMailbox(_settings(mail_server))
    before = await _fetch_all(first)
    await first.close()
    second = ImapMailbox(_settings(mail_server))

    after = await _fetch_all(second)
    await second.close()

    assert [mail.place for mail in before] == [mail.place for mail in after]
    assert [mail.raw for mail in before] == [mail.raw for mail in after]


async def test_new_mail_wakes_whoever_waits(mail_server):
    mailbox = ImapMailbox(_settings(mail_server))
    await mailbox.list_places()
    waiting = asyncio.ensure_future(mailbox.wait_for_news(30))
    await _deliver(mail_server, _original(1))

    assert await asyncio.wait_for(waiting, 20) is True
    assert len(await mailbox.list_places()) == 1
    await mailbox.close()


async def test_waiting_in_vain_leaves_the_connection_usable(mail_server):
    mailbox = ImapMailbox(_settings(mail_server))
    await mailbox.list_places()

    assert await mailbox.wait_for_news(0.2) is False
    await _deliver(mail_server, _original(1))
    assert len(await _fetch_all(mailbox)) == 1
    await mailbox.close()


async def test_filing_away_what_another_took_is_no_error(mail_server):
    await _deliver(mail_server, _original(1))
    ours = ImapMailbox(_settings(mail_server))
    theirs = ImapMailbox(_settings(mail_server))
    [mail] = await _fetch_all(ours)
    await theirs.list_places()
    await theirs.file_away([mail.uid])

    assert await ours.file_away([mail.uid]) == ()
    await ours.close()
    await theirs.close()


async def test_a_wrong_password_is_refused_at_once(mail_server):
    mailbox = ImapMailbox(_settings(mail_server, password="not this"))

    with pytest.raises(MailboxRefused):
        await mailbox.connect()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_encrypted_connection_checks_the_certificate(dovecot, security):
    port = dovecot.tls_port if security == "tls" else dovecot.port
    settings = ImapSettings(
        host=dovecot.host,
        port=port,
        security=Security(security),
        user="cifrado@ejemplo.example",
        password="correct horse",
        ca_file=dovecot.ca_file,
    )
    mailbox = ImapMailbox(settings)

    assert await mailbox.list_places() == ()
    assert mailbox.is_encrypted
    await mailbox.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_of_nobody_we_trust_ends_the_try(dovecot, security):
    port = dovecot.tls_port if security == "tls" else dovecot.port
    mailbox = ImapMailbox(
        ImapSettings(host=dovecot.host, port=port, security=Security(security), user="x", password="y")
    )

    with pytest.raises(MailboxUnreachable, match="certificate"):
        await mailbox.connect()


def test_a_word_that_is_no_security_is_refused():
    with pytest.raises(ValueError, match="ssl"):
        ImapSettings(host="127.0.0.1", security="ssl", ca_file=Path("x"))
