"""Somebody at the other end: reads his mail over IMAP and answers over SMTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from email.utils import format_datetime, formataddr, make_msgid
from typing import Self

import aioimaplib
import aiosmtplib

from actions.ports import Clock
from service.demo.hub import Account, MailHub

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NotRead(Exception):
    """The mailbox did not answer as it should."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file in a mail."""

    name: str
    content: bytes
    media_type: str = SPREADSHEET


@dataclass(frozen=True, kw_only=True)
class Correspondent:
    """A person with a mailbox; each call opens its own connection, as a phone does."""

    account: Account
    clock: Clock
    host: str
    imap_port: int
    smtp_port: int
    logs_in: bool = True
    """Without a login the hub marks the mail as not being of whom it says."""

    @classmethod
    def at(cls, hub: MailHub, clock: Clock, address: str, *, password: str = "", name: str = "") -> Self:
        """Give somebody a mailbox at a hub that is open, and the program to read it."""
        return cls(
            account=hub.add_account(address, password, name=name),
            clock=clock,
            host=hub.host,
            imap_port=hub.imap_port,
            smtp_port=hub.smtp_port,
        )

    async def unread(self) -> list[bytes]:
        """Return the mails not read yet, oldest first, and mark them as read.

        Raises:
            NotRead: the server refused, or an answer was cut short.
        """
        mails: list[bytes] = []
        async with self._inbox() as inbox:
            found = _checked(await inbox.uid_search("UNSEEN"))
            for uid in found[0].split():
                lines = _checked(await inbox.uid("fetch", uid.decode(), "(BODY[])"))
                mails.extend(bytes(line) for line in lines if isinstance(line, bytearray))
        return mails

    async def send(
        self,
        to: str,
        subject: str,
        text: str,
        *,
        attachments: Sequence[Attachment] = (),
        in_reply_to: str = "",
        references: str = "",
    ) -> str:
        """Send a mail and return its Message-ID."""
        letter = EmailMessage(policy=SMTP)
        letter["From"] = formataddr((self.account.name, self.account.address))
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = format_datetime(self.clock.now())
        letter["Message-ID"] = make_msgid(domain=self.account.address.rpartition("@")[2])
        if in_reply_to:
            letter["In-Reply-To"] = in_reply_to
            letter["References"] = f"{references} {in_reply_to}".strip()
        letter.set_content(text)
        for attachment in attachments:
            main, _, sub = attachment.media_type.partition("/")
            letter.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
        await self.send_raw([to], letter.as_bytes())
        return str(letter["Message-ID"])

    async def send_raw(self, recipients: Sequence[str], original: bytes) -> None:
        """Send bytes as they are, whatever their headers say."""
        client = aiosmtplib.SMTP(
            hostname=self.host, port=self.smtp_port, local_hostname="telefono.example", start_tls=False
        )
        async with client:
            if self.logs_in:
                await client.login(self.account.address, self.account.password)
            await client.sendmail(self.account.address, list(recipients), original)

    async def reply(
        self, original: bytes, text: str, *, attachments: Sequence[Attachment] = (), quote: bool = True
    ) -> str:
        """Answer a mail, with its text below as most programs do; return the Message-ID."""
        letter = BytesParser(policy=default).parsebytes(original)
        subject = str(letter.get("Subject", ""))
        body = f"{text}\n"
        if quote:
            body += f"\n{_quotation(letter)}"
        return await self.send(
            str(letter.get("Reply-To") or letter.get("From", "")),
            subject if subject.lower().startswith("re:") else f"Re: {subject}",
            body,
            attachments=attachments,
            in_reply_to=str(letter.get("Message-ID", "")),
            references=str(letter.get("References", "")),
        )

    @contextlib.asynccontextmanager
    async def _inbox(self) -> AsyncIterator[aioimaplib.IMAP4]:
        client = aioimaplib.IMAP4(self.host, self.imap_port, timeout=30)
        try:
            await client.wait_hello_from_server()
            _checked(await client.login(self.account.address, self.account.password))
            _checked(await client.select("INBOX"))
            yield client
            await client.logout()
        finally:
            if client.protocol.transport is not None:
                client.protocol.transport.abort()
                await asyncio.sleep(0)


def _checked(response: aioimaplib.Response) -> list[bytes]:
    if response.result != "OK":
        raise NotRead(str(response))
    lines: list[bytes] = response.lines
    return lines


def _quotation(letter: EmailMessage) -> str:
    part = letter.get_body(preferencelist=("plain",))
    quoted = str(part.get_content()) if part is not None else ""
    lines = "\n".join(f"> {line}" for line in quoted.splitlines())
    return f"El {letter.get('Date', '')}, {letter.get('From', '')} escribió:\n{lines}\n"
