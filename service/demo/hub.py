"""The post of the demonstration: real SMTP on loopback, delivering into real mailboxes.

It behaves like the border of a mail service: it stamps office time, says who a
mail is from (Authentication-Results), refuses whom it does not know, and bounces.
It can also misbehave on command, which the tests of the couriers need.
"""

import asyncio
import logging
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from typing import Any, Protocol, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from actions.ports import Clock
from service.demo.bounces import Bounce, write_report
from service.demo.mailboxes import LOOPBACK, Mailboxes

# aiosmtpd warns of its own past at each login, in the middle of what people read.
logging.getLogger("mail.log").setLevel(logging.ERROR)

_SIZE_LIMIT = 30 * 1024 * 1024
_DSN_PARAMETER = re.compile(r"\s+(RET|ENVID|NOTIFY|ORCPT)=(\S+)", re.IGNORECASE)


class MailStore(Protocol):
    """Where delivered mail lies; the demonstration's is `Mailboxes`, the tests have Dovecot too."""

    @property
    def host(self) -> str:
        """The address of the IMAP server."""

    @property
    def port(self) -> int:
        """The port of the IMAP server."""

    async def start(self) -> None:
        """Open the IMAP server."""

    async def stop(self) -> None:
        """Close it."""

    def add_account(self, address: str, password: str) -> None:
        """Open a mailbox."""

    async def append(self, address: str, original: bytes, received_at: datetime) -> None:
        """Put a mail into an INBOX."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Somebody who has a mailbox here."""

    address: str
    password: str = field(repr=False)
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Delivery:
    sender: str
    recipient: str
    original: bytes
    authentication: str
    greeting: str
    envelope_id: str = ""
    headers_only: bool = False


class MailHub:
    """An SMTP server and the mailboxes behind it, for one event loop.

    Use it as an async context manager, or in its own thread (service/demo/background.py).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        authserv_id: str = "mx.oficialia.example",
        mailboxes: MailStore | None = None,
        outside_domains: Iterable[str] = (),
        size_limit: int = _SIZE_LIMIT,
    ) -> None:
        """Prepare a hub that is not open yet.

        Args:
            clock: office time, which dates deliveries.
            authserv_id: the name under which it writes Authentication-Results.
            mailboxes: another store than pymap's.
            outside_domains: domains elsewhere whose mail passes DMARC although
                nobody logged in for it; any other mail without a login fails.
            size_limit: bytes of the largest mail taken.
        """
        self.authserv_id = authserv_id
        self.accounts: dict[str, Account] = {}
        self.mailboxes: Any = mailboxes or Mailboxes(clock)
        self.outside_domains = {domain.lower() for domain in outside_domains}
        self.listeners: list[Callable[[str], None]] = []
        """Called with the address after each delivery, in the hub's own loop."""
        self.accepted = 0
        """Mails that the hub took."""
        self.delivered = 0
        """Mails put into a mailbox, reports of bounces included."""
        self.refused: Counter[str] = Counter()
        """Refusals, by address."""
        self._clock = clock
        self._size_limit = size_limit
        self._in_flight = 0
        self._server: asyncio.Server | None = None
        self._smtp_port = 0
        self._sessions: set[_Smtp] = set()
        self._bounces: dict[str, Bounce] = {}
        self._refusals: dict[str, str] = {}
        self._deferrals: dict[str, int] = {}
        self._drops = 0
        self._drops_keep_mail = False
        self._answer_after = 0.0

    # Opening and closing

    async def start(self) -> None:
        """Open mailboxes and SMTP on free ports of loopback."""
        await self.mailboxes.start()
        await self.open_smtp()

    async def stop(self) -> None:
        """Close both, and every connection."""
        await self.close_smtp()
        await self.mailboxes.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def open_smtp(self) -> None:
        """Open SMTP, on the same port as before if it was open once."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Smtp(self, loop), host=LOOPBACK, port=self._smtp_port
        )
        self._smtp_port = self._server.sockets[0].getsockname()[1]

    async def close_smtp(self) -> None:
        """Close SMTP: connections are cut and new ones refused, as when a server is down."""
        if self._server is not None:
            self._server.close()
            self._server = None
        sessions = list(self._sessions)
        for session in sessions:
            session.cut()
        await asyncio.gather(*(session.ended() for session in sessions), return_exceptions=True)

    @property
    def host(self) -> str:
        """The address of both servers."""
        return LOOPBACK

    @property
    def smtp_port(self) -> int:
        """The port that takes mail."""
        return self._smtp_port

    @property
    def imap_port(self) -> int:
        """The port that gives mail."""
        port: int = self.mailboxes.port
        return port

    # People

    def add_account(self, address: str, password: str = "", *, name: str = "") -> Account:
        """Open a mailbox for somebody; without a password, a random one is made."""
        account = Account(
            address=address.lower(), password=password or secrets.token_urlsafe(9), name=name or address
        )
        self.accounts[account.address] = account
        self.mailboxes.add_account(account.address, account.password)
        return account

    def account_of(self, address: str) -> Account | None:
        """Find whose mailbox an address means; what follows a plus sign is the owner's affair."""
        local, _, domain = address.lower().rpartition("@")
        return self.accounts.get(f"{local.partition('+')[0]}@{domain}")

    # What it carries

    def in_flight(self) -> int:
        """Count the mails that the hub is taking and has not delivered yet."""
        return self._in_flight

    async def deliver(
        self, address: str, original: bytes, *, dmarc: str = "pass", received_at: datetime | None = None
    ) -> None:
        """Put a mail into a mailbox as if it had come from elsewhere over SMTP.

        Args:
            address: a mailbox of the hub.
            original: the mail, with or without headers of other servers.
            dmarc: the verdict to write: pass, fail or none; empty writes no verdict.
            received_at: another instant than now.

        Raises:
            KeyError: nobody here has that address.
        """
        author = _author(original)
        delivery = _Delivery(
            sender=author,
            recipient=address,
            original=original,
            authentication=f"dmarc={dmarc} header.from={author.rpartition('@')[2]}" if dmarc else "",
            greeting="outside.example",
        )
        await self._deliver(delivery, received_at)

    async def take(self, session: Session, envelope: Envelope) -> None:
        """Deliver or bounce what a session handed over, to each of its recipients."""
        assert isinstance(envelope.content, bytes)
        assert isinstance(envelope, _Envelope)
        original = envelope.content
        for recipient in envelope.rcpt_tos:
            delivery = _Delivery(
                sender="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
                recipient=recipient,
                original=original,
                authentication=self._verdict(session, original),
                greeting=str(session.host_name or "localhost"),
                envelope_id=envelope.dsn.get("ENVID", ""),
                headers_only=envelope.dsn.get("RET", "").upper() == "HDRS",
            )
            self.accepted += 1
            bounce = self._bounces.get(recipient.lower())
            if bounce is None:
                await self._deliver(delivery)
            elif delivery.sender and self.account_of(delivery.sender):
                await self._deliver(self._report(delivery, bounce))

    def _verdict(self, session: Session, original: bytes) -> str:
        """Say whether a mail is of whom it says: people here log in, others have a domain."""
        author = _author(original)
        domain = author.rpartition("@")[2]
        account = self.account_of(author)
        if session.authenticated:
            passed = account is not None and account.address == session.auth_data
        else:
            passed = account is None and domain in self.outside_domains
        return f"dmarc={'pass' if passed else 'fail'} header.from={domain or 'unknown'}"

    async def _deliver(self, delivery: _Delivery, received_at: datetime | None = None) -> None:
        account = self.account_of(delivery.recipient)
        if account is None:
            raise KeyError(delivery.recipient)
        received_at = received_at or self._clock.now()
        traces = [f"Return-Path: <{delivery.sender}>"]
        if delivery.authentication:
            traces.append(f"Authentication-Results: {self.authserv_id}; {delivery.authentication}")
        traces.append(
            f"Received: from {delivery.greeting} ([{LOOPBACK}]) by {self.authserv_id} with ESMTP\r\n"
            f"\tid {secrets.token_hex(6)} for <{delivery.recipient}>; {format_datetime(received_at)}"
        )
        head = "".join(f"{trace}\r\n" for trace in traces).encode()
        body = strip_field(delivery.original, b"Authentication-Results")
        await self.mailboxes.append(account.address, head + body, received_at)
        self.delivered += 1
        for listener in self.listeners:
            listener(account.address)

    def _report(self, delivery: _Delivery, bounce: Bounce) -> _Delivery:
        """Write the report (RFC 3464) of a mail that could not be delivered after all."""
        return _Delivery(
            sender="",
            recipient=delivery.sender,
            original=write_report(
                delivery.original,
                bounce,
                sender=delivery.sender,
                recipient=delivery.recipient,
                server=self.authserv_id,
                envelope_id=delivery.envelope_id,
                headers_only=delivery.headers_only,
                at=self._clock.now(),
            ),
            # A server writes no verdict over its own reports.
            authentication="",
            greeting=self.authserv_id,
        )

    # Misbehaviour, on command

    def bounce(self, address: str, how: Bounce | None = None) -> None:
        """Accept mail to an address from now on, and then report that it could not be delivered."""
        self._bounces[address.lower()] = how or Bounce()

    def refuse(self, address: str, answer: str = "550 5.7.1 Refused") -> None:
        """Refuse mail to an address from now on, at RCPT."""
        self._refusals[address.lower()] = answer

    def defer(self, times: int, address: str = "*") -> None:
        """Answer 451 to the next `times` recipients, or to one address only."""
        self._deferrals[address.lower()] = times

    def drop_after_data(self, times: int, *, keep_mail: bool) -> None:
        """Cut the next `times` connections instead of answering DATA; the mail is kept or lost."""
        self._drops = times
        self._drops_keep_mail = keep_mail

    def answer_after(self, seconds: float) -> None:
        """Answer DATA only after some seconds, as servers do that check content."""
        self._answer_after = seconds

    def behave(self, address: str | None = None) -> None:
        """Stop misbehaving, altogether or towards one address."""
        if address is not None:
            for rules in (self._bounces, self._refusals, self._deferrals):
                rules.pop(address.lower(), None)
            return
        self._bounces.clear()
        self._refusals.clear()
        self._deferrals.clear()
        self._drops = 0
        self._answer_after = 0.0

    # What the SMTP sessions ask (aiosmtpd calls these by name)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer delivery status notifications."""
        del server, envelope
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or say why not."""
        del server, session
        key = address.lower()
        answer = self._refusals.get(key)
        for rule in (key, "*"):
            if answer is None and self._deferrals.get(rule, 0) > 0:
                self._deferrals[rule] -= 1
                answer = "451 4.3.2 Try again later"
        if answer is None and key not in self._bounces and self.account_of(address) is None:
            answer = "550 5.1.1 No such user here"
        if answer is not None:
            self.refused[key] += 1
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail, deliver it and answer; or misbehave."""
        self._in_flight += 1
        try:
            drop = self._drops > 0
            self._drops -= drop
            if not drop or self._drops_keep_mail:
                await self.take(session, envelope)
            if self._answer_after:
                await asyncio.sleep(self._answer_after)
        finally:
            self._in_flight -= 1
        if drop:
            assert isinstance(server, _Smtp)
            server.cut()
        return f"250 2.0.0 OK: queued as {secrets.token_hex(5).upper()}"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, credentials: Any
    ) -> AuthResult:
        """Let people in who have a mailbox here."""
        del mechanism
        if isinstance(credentials, LoginPassword):
            address = credentials.login.decode(errors="replace").lower()
            account = self.accounts.get(address)
            known = account.password.encode() if account else b""
            if account and secrets.compare_digest(credentials.password, known):
                return AuthResult(success=True, auth_data=address)
        return AuthResult(success=False, handled=False)

    def opened(self, session: "_Smtp") -> None:
        """Note a session, so that it can be cut."""
        self._sessions.add(session)

    def closed(self, session: "_Smtp") -> None:
        """Forget a session."""
        self._sessions.discard(session)


class _Envelope(Envelope):
    """An envelope with what its sender asked of delivery reports."""

    def __init__(self) -> None:
        super().__init__()
        self.dsn: dict[str, str] = {}


class _Smtp(SMTP):
    """An SMTP session that knows DSN's parameters (RFC 3461) and can be cut."""

    def __init__(self, hub: MailHub, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            hub,
            data_size_limit=hub._size_limit,  # noqa: SLF001 -- the hub's own session
            hostname=hub.authserv_id,
            ident="ESMTP",
            authenticator=hub.authenticate,
            auth_require_tls=False,
            loop=loop,
        )
        self._hub = hub

    def _create_envelope(self) -> _Envelope:
        return _Envelope()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._hub.opened(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._hub.closed(self)
        super().connection_lost(error)

    def cut(self) -> None:
        """End the connection without a word."""
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def ended(self) -> None:
        """Wait until the session's task has ended."""
        if self._handler_coroutine is not None:
            await asyncio.wait([self._handler_coroutine])

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        plain, dsn = _split_parameters(arg)
        await super().smtp_MAIL(plain)
        if isinstance(self.envelope, _Envelope):
            self.envelope.dsn = dsn

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        plain, _ = _split_parameters(arg)
        await super().smtp_RCPT(plain)


def _split_parameters(arg: str | None) -> tuple[str | None, dict[str, str]]:
    """Take DSN's parameters out of a command; aiosmtpd knows none of them and refuses the rest."""
    if arg is None:
        return None, {}
    found = {name.upper(): value for name, value in _DSN_PARAMETER.findall(arg)}
    return _DSN_PARAMETER.sub("", arg), found


def strip_field(original: bytes, name: bytes) -> bytes:
    r"""Return a mail without the header fields of one name, its other bytes as they were.

    >>> strip_field(b"A: 1\r\nX: 2\r\n\tmore\r\nB: 3\r\n\r\nX: body\r\n", b"x")
    b'A: 1\r\nB: 3\r\n\r\nX: body\r\n'
    """
    prefix = name.lower() + b":"
    kept: list[bytes] = []
    dropping = False
    lines = original.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line in (b"\r\n", b"\n"):
            return b"".join(kept) + b"".join(lines[number:])
        if not line.startswith((b" ", b"\t")):
            dropping = line.lower().startswith(prefix)
        if not dropping:
            kept.append(line)
    return b"".join(kept)


def _author(original: bytes) -> str:
    """Return the address in From, in small letters; empty if there is none."""
    header = BytesHeaderParser().parsebytes(original.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    return parseaddr(str(header.get("From", "")))[1].lower()
