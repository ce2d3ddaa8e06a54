"""The post over real SMTP: what was taken, what was refused, what is in doubt."""

import asyncio
import socket
from datetime import UTC, datetime

import pytest

from mail.composing import Office, Recipient, compose
from mail.delivery import NotDelivered, SmtpPost, SmtpSettings, letter_id_of
from mail.inbox import ImapMailbox, ImapSettings
from mail.parsing import parse_mail
from mail.reports import MailKind
from service.demo.bounces import Bounce
from service.demo.hub import MailHub
from tests.wires import dovecot as dovecot_server

DESK = "oficialia@imss-bienestar.example"
PAC = "pac012@ejemplo.example"
NOW = datetime(2027, 1, 4, 15, tzinfo=UTC)


def _letter(address: str = PAC, name: str = "María Núñez") -> bytes:
    values = {"folio": "2027-000148", "received_at": NOW}
    pattern = compose("M-44", values, office=Office(address=DESK, contact="ext. 11223"))
    recipient = Recipient(address=address, name=name, tag="[0780][2027-B1][REC][OOAD07-R03-PAC012]")
    return pattern.letter(recipient, message_id="<1@imss-bienestar.example>", date=NOW)


def _post(hub: MailHub, **changes: object) -> SmtpPost:
    values = {
        "host": hub.host,
        "port": hub.smtp_port,
        "security": "plain",
        "sender": DESK,
        "answer_seconds": 10.0,
    }
    return SmtpPost(SmtpSettings(**{**values, **changes}))


@pytest.fixture
def post_office(hub):
    """A hub where desk and PAC have mailboxes."""
    hub.add_account(DESK, "x")
    hub.add_account(PAC, "x")
    return hub


async def test_a_letter_arrives_with_its_own_bytes_and_its_queue_id_comes_back(post_office):
    post = _post(post_office)
    letter = _letter()

    queue_id = await post.carry(address=PAC, original=letter, letter_id=1)
    await post.close()

    assert queue_id
    assert " " not in queue_id
    [arrived] = post_office.mailboxes.originals(PAC)
    assert arrived.endswith(letter)
    assert parse_mail(arrived).from_email == DESK


async def test_many_letters_share_few_connections(post_office):
    post = _post(post_office, connections=3)

    await asyncio.gather(*(post.carry(address=PAC, original=_letter(), letter_id=n) for n in range(30)))
    open_now = len(post_office._sessions)
    await post.close()

    assert post_office.mailboxes.count(PAC) == 30
    assert open_now <= 3


async def test_a_connection_retires_after_its_letters(post_office):
    post = _post(post_office, connections=1, letters_per_connection=2)

    for number in range(5):
        await post.carry(address=PAC, original=_letter(), letter_id=number)
    resting = len(post._resting)
    await post.close()

    assert post_office.mailboxes.count(PAC) == 5
    assert resting == 1


async def test_a_connection_that_died_while_resting_costs_no_letter(post_office):
    post = _post(post_office, connections=1)
    await post.carry(address=PAC, original=_letter(), letter_id=1)
    for session in list(post_office._sessions):
        session.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
    while post._resting and post._resting[0].client.is_connected:  # noqa: ASYNC110 - the library has no event for it
        await asyncio.sleep(0)

    await post.carry(address=PAC, original=_letter(), letter_id=2)
    await post.close()

    assert post_office.mailboxes.count(PAC) == 2


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 No such user", True),
        ("552 5.3.4 Too big", True),
        ("450 4.2.1 Busy", False),
        ("421 4.3.2 Closing", False),
    ],
)
async def test_a_refusal_says_whether_another_try_helps(post_office, answer, permanent):
    post_office.refuse(PAC, answer)
    post = _post(post_office)

    with pytest.raises(NotDelivered) as refusal:
        await post.carry(address=PAC, original=_letter(), letter_id=1)
    await post.close()

    assert refusal.value.permanent is permanent
    assert not refusal.value.in_doubt
    assert refusal.value.answer == answer
    assert refusal.value.address == PAC


async def test_after_a_refusal_the_same_connection_carries_the_next_letter(post_office):
    post = _post(post_office, connections=1)

    with pytest.raises(NotDelivered):
        await post.carry(address="nadie@ejemplo.example", original=_letter(), letter_id=1)
    await post.carry(address=PAC, original=_letter(), letter_id=2)
    sessions = len(post_office._sessions)
    await post.close()

    assert sessions == 1


@pytest.mark.parametrize("keep_mail", [True, False], ids=["the mail went", "the mail is lost"])
async def test_no_answer_after_the_text_leaves_the_letter_in_doubt(post_office, keep_mail):
    post_office.drop_after_data(1, keep_mail=keep_mail)
    post = _post(post_office)

    with pytest.raises(NotDelivered) as failure:
        await post.carry(address=PAC, original=_letter(), letter_id=1)
    await post.carry(address=PAC, original=_letter(), letter_id=1)
    await post.close()

    assert failure.value.in_doubt
    assert not failure.value.permanent
    copies = post_office.mailboxes.originals(PAC)
    assert len(copies) == 1 + keep_mail
    assert len({parse_mail(copy).content_key for copy in copies}) == 1


async def test_a_server_that_does_not_answer_in_time_leaves_the_letter_in_doubt(post_office):
    post_office.answer_after(5)
    post = _post(post_office, data_seconds=0.2)

    with pytest.raises(NotDelivered) as failure:
        await post.carry(address=PAC, original=_letter(), letter_id=1)
    post_office.behave()
    await post.close()

    assert failure.value.in_doubt


async def test_a_refused_port_is_temporary_and_not_in_doubt():
    post = SmtpPost(SmtpSettings(host="127.0.0.1", port=1, security="plain", sender=DESK))

    with pytest.raises(NotDelivered) as failure:
        await post.carry(address=PAC, original=_letter(), letter_id=1)

    assert not failure.value.permanent
    assert not failure.value.in_doubt


@pytest.mark.parametrize(
    "address", ["josé@ejemplo.example", "sin-arroba", "a b@ejemplo.example", "@ejemplo.example"]
)
async def test_an_address_that_no_server_carries_is_refused_before_connecting(address):
    post = SmtpPost(SmtpSettings(host="127.0.0.1", port=1, security="plain", sender=DESK))

    with pytest.raises(NotDelivered) as failure:
        await post.carry(address=address, original=_letter(), letter_id=1)

    assert failure.value.permanent


async def test_a_wrong_password_of_ours_never_condemns_a_letter(post_office):
    post = _post(post_office, user=DESK, password="not this")

    with pytest.raises(NotDelivered) as failure:
        await post.carry(address=PAC, original=_letter(), letter_id=1)

    assert not failure.value.permanent


@pytest.mark.parametrize(("permanent", "kind"), [(True, MailKind.BOUNCE), (False, MailKind.DELAY)])
async def test_what_comes_back_names_the_letter_and_the_address(post_office, permanent, kind):
    post_office.bounce(
        "ido@ejemplo.example", Bounce(permanent=permanent, status="5.1.1" if permanent else "4.4.1")
    )
    post = _post(post_office)

    await post.carry(address="ido@ejemplo.example", original=_letter("ido@ejemplo.example"), letter_id=4711)
    await post.close()
    inbox = ImapMailbox(
        ImapSettings(
            host=post_office.host, port=post_office.imap_port, security="plain", user=DESK, password="x"
        )
    )
    while not await inbox.list_places():
        await inbox.wait_for_news(5)
    [[came_back]] = [batch async for batch in inbox.fetch_batches()]
    await inbox.close()

    report = parse_mail(came_back.raw)
    assert report.kind is kind
    assert [(one.email, one.permanent) for one in report.recipients] == [("ido@ejemplo.example", permanent)]
    assert letter_id_of(report.original_envelope_id) == 4711
    assert report.original_message_id == "<1@imss-bienestar.example>"


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_an_encrypted_post_checks_the_certificate(tmp_path, security):
    import ssl

    from aiosmtpd.smtp import SMTP

    ca_file = dovecot_server.make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    taken: list[bytes] = []

    class Keep:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd calls it so
            taken.append(envelope.original_content)
            return "250 2.0.0 OK: queued as ABC"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            Keep(),
            loop=loop,
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
        ),
        "127.0.0.1",
        0,
        ssl=context if security == "tls" else None,
    )
    settings = SmtpSettings(
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
        security=security,
        sender=DESK,
        ca_file=ca_file,
    )
    post = SmtpPost(settings)

    queue_id = await post.carry(address=PAC, original=_letter(), letter_id=1)
    await post.close()
    stranger = SmtpPost(SmtpSettings(host="127.0.0.1", port=settings.port, security=security, sender=DESK))
    with pytest.raises(NotDelivered, match="certificate") as failure:
        await stranger.carry(address=PAC, original=_letter(), letter_id=2)
    server.close()
    for _ in range(10):
        # The server's own tasks end in the following rounds.
        await asyncio.sleep(0)

    assert queue_id == "ABC"
    assert taken == [_letter()]
    assert not failure.value.permanent
