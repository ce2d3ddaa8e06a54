"""Letters out over SMTP: one envelope a recipient, and what a failure means."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtplib

from mail.errors import MailError
from mail.transport import Security, tls_context


class NotDelivered(MailError):
    """The server did not take the letter, or could not be reached."""

    def __init__(
        self,
        address: str,
        answer: str,
        *,
        permanent: bool,
        in_doubt: bool = False,
        retry_after_seconds: float | None = None,
        unreachable: bool = False,
    ) -> None:
        super().__init__(
            f"{'permanent' if permanent else 'temporary'}{', in doubt' if in_doubt else ''}: {answer}"
        )
        self.address = address
        self.answer = answer
        """What the server said, fit for the outbox row."""
        self.permanent = permanent
        """Whether another try is useless."""
        self.in_doubt = in_doubt
        """The letter was handed over and no answer came: the same bytes may arrive twice."""
        self.retry_after_seconds = retry_after_seconds
        """How long the far side wants to be left alone; None when it did not say."""
        self.unreachable = unreachable
        """Nothing reaches this address any more, until its owner comes back (chat: blocked, deactivated)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpSettings:
    """The server that carries the desk's letters."""

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    sender: str
    """Envelope sender: bounces come back here, into the desk's own mailbox."""
    connections: int = 4
    letters_per_connection: int = 100
    idle_seconds: float = 20.0
    """A connection that rested longer is not trusted any more."""
    answer_seconds: float = 60.0
    data_seconds: float = 300.0
    """Servers that check content take minutes after the last line (RFC 5321, 4.5.3.2)."""
    hostname: str = "localhost"
    """What the desk calls itself in EHLO."""

    def __post_init__(self) -> None:
        # A word out of a settings file must not pass for "not encrypted".
        object.__setattr__(self, "security", Security(self.security))
        if not 1 <= self.connections <= 50:
            message = f"between 1 and 50 connections, not {self.connections}"
            raise ValueError(message)


def letter_id_of(original_envelope_id: str) -> int | None:
    """Return the letter that a delivery report's Original-Envelope-Id means, if it can be one of ours.

    >>> letter_id_of(" 4711 "), letter_id_of("QQ314159")
    (4711, None)
    """
    text = original_envelope_id.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def mailable(address: str) -> str:
    """Return the address as servers take it: an international domain in its ASCII form.

    >>> mailable("pac012@ejemplo.example")
    'pac012@ejemplo.example'

    Raises:
        NotDelivered: no server of everyday would take it. Some accept `josé@…`
            (SMTPUTF8) and only bounce it later, so it is refused here.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or re.search(r"[\s<>,;]", address):
        raise NotDelivered(address, "the address is not complete", permanent=True)
    if not local.isascii():
        raise NotDelivered(
            address, "the part before the @ has letters that mail servers do not carry", permanent=True
        )
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise NotDelivered(address, "the domain cannot be written in ASCII", permanent=True) from error


@dataclass(eq=False, slots=True)
class _Line:
    """A connection and what it has done."""

    client: aiosmtplib.SMTP
    letters: int = 0
    rested_at: float = 0.0


class SmtpPost:
    """A small pool of connections; the Courier of actions/ports.py for mail."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.connections)
        self._resting: list[_Line] = []

    async def carry(self, *, address: str, original: bytes, letter_id: int) -> str:
        """Hand one letter over and return the server's queue id, or its words.

        Raises:
            NotDelivered: with `permanent` for 5xx and unusable addresses, and
                `in_doubt` when the connection failed after the text had gone.
        """
        recipient = mailable(address)
        async with self._line(address) as line:
            return await self._send(line, address, recipient, original, letter_id)

    async def greet(self) -> str:
        """Connect and log in; return what the server says of itself (for `check` and `init`)."""
        async with self._line(self._settings.sender) as line:
            response = await line.client.noop()
            return f"{response.code} {response.message}"

    async def close(self) -> None:
        """Say goodbye on every resting connection."""
        resting, self._resting = self._resting, []
        for line in resting:
            await self._hang_up(line)

    # Connections

    @contextlib.asynccontextmanager
    async def _line(self, address: str) -> AsyncIterator[_Line]:
        async with self._places:
            line = await self._take() or await self._connect(address)
            try:
                yield line
            except NotDelivered as failure:
                if not await self._reset(line, failure):
                    line.client.close()
                raise
            except BaseException:
                # Whoever waited has gone; the server may be in the middle of an answer.
                line.client.close()
                raise
            await self._put_back(line)

    async def _take(self) -> _Line | None:
        now = asyncio.get_running_loop().time()
        while self._resting:
            line = self._resting.pop()
            if line.client.is_connected and now - line.rested_at <= self._settings.idle_seconds:
                return line
            await self._hang_up(line)
        return None

    async def _put_back(self, line: _Line) -> None:
        line.letters += 1
        if line.letters >= self._settings.letters_per_connection:
            await self._hang_up(line)
        elif line.client.is_connected:
            line.rested_at = asyncio.get_running_loop().time()
            self._resting.append(line)

    async def _reset(self, line: _Line, failure: NotDelivered) -> bool:
        """Make a connection fit for the next letter after a refusal; tell whether it is."""
        if failure.in_doubt or not line.client.is_connected or failure.answer.startswith("421"):
            return False
        try:
            await line.client.rset(timeout=10)
        except (aiosmtplib.SMTPException, OSError):
            return False
        await self._put_back(line)
        return True

    async def _hang_up(self, line: _Line) -> None:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await line.client.quit(timeout=5)
        line.client.close()

    async def _connect(self, address: str) -> _Line:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=settings.hostname,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=None if settings.security is Security.PLAIN else tls_context(settings.ca_file),
            timeout=settings.answer_seconds,
        )
        try:
            await client.connect()
            connection = client.transport.get_extra_info("socket") if client.transport else None
            if connection is not None:
                # Otherwise each letter waits for a delayed acknowledgement, 45 ms (Nagle).
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # STARTTLS forgets what the server offered, and DSN must be known.
            await client.ehlo()
            if settings.user:
                await client.login(settings.user, settings.password)
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            # A wrong password is ours to mend, not the letter's fault: it waits.
            raise NotDelivered(address, _words(error), permanent=False) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise NotDelivered(address, _words(error), permanent=False) from error
        except BaseException:
            client.close()
            raise
        return _Line(client=client)

    # Letters

    async def _send(self, line: _Line, address: str, recipient: str, original: bytes, letter_id: int) -> str:
        client = line.client
        mail_options: list[str] = []
        recipient_options: list[str] = []
        if client.supports_extension("size"):
            mail_options.append(f"SIZE={len(original)}")
        if client.supports_extension("dsn"):
            mail_options += ["RET=HDRS", f"ENVID={letter_id}"]
            recipient_options += ["NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(recipient)}"]
        handed_over = False
        try:
            await client.mail(self._settings.sender, options=mail_options)
            await client.rcpt(recipient, options=recipient_options)
            handed_over = True
            response = await client.data(original, timeout=self._settings.data_seconds)
        except aiosmtplib.SMTPResponseException as error:
            raise NotDelivered(address, _words(error), permanent=500 <= error.code < 600) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotDelivered(address, _words(error), permanent=False, in_doubt=handed_over) from error
        return _queue_id(response.message)


def _xtext(text: str) -> str:
    return "".join(
        character if "!" <= character <= "~" and character not in "+=" else f"+{ord(character):02X}"
        for character in text
    )


def _queue_id(answer: str) -> str:
    """Return the queue id of the usual answers; otherwise the answer itself.

    >>> _queue_id("2.0.0 Ok: queued as 4ZxY1C2abc")
    '4ZxY1C2abc'
    """
    found = re.search(
        r"queued (?:mail for delivery )?as[: ]+<?([^\s<>;)]+)|\bid=(\S+)|Message accepted for delivery.*?\b(\w{8,})\b",
        answer,
        re.IGNORECASE,
    )
    found_id = next((group for group in found.groups() if group), "") if found else ""
    return (found_id or " ".join(answer.split()))[:160]


def _words(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {' '.join(str(error.message).split())}"[:500]
    return f"{type(error).__name__}: {error}"[:500]
