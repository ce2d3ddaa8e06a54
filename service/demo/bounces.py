"""The report that comes back when a mail could not be delivered after all (RFC 3464)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """How mail to an address comes back, after it was accepted."""

    permanent: bool = True
    status: str = "5.1.1"
    answer: str = "550 5.1.1 No such user here"


def write_report(
    original: bytes,
    bounce: Bounce,
    *,
    sender: str,
    recipient: str,
    server: str,
    envelope_id: str,
    headers_only: bool,
    at: datetime,
) -> bytes:
    """Write a delivery status notification (RFC 3464) in the words that servers use."""
    status = [f"Reporting-MTA: dns; {server}"]
    if envelope_id:
        status.append(f"Original-Envelope-Id: {envelope_id}")
    status += [
        f"Arrival-Date: {format_datetime(at)}",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        f"Action: {'failed' if bounce.permanent else 'delayed'}",
        f"Status: {bounce.status}",
        f"Diagnostic-Code: smtp; {bounce.answer}",
        "",
    ]
    returned = original.partition(b"\r\n\r\n")[0] + b"\r\n" if headers_only else original
    boundary = f"report-{secrets.token_hex(8)}"
    cover = EmailMessage()
    cover["From"] = f"Mail Delivery System <MAILER-DAEMON@{server}>"
    cover["To"] = sender
    cover["Subject"] = "Undelivered Mail Returned to Sender" if bounce.permanent else "Delayed Mail"
    cover["Date"] = format_datetime(at)
    cover["Message-ID"] = f"<{secrets.token_hex(12)}@{server}>"
    cover["Auto-Submitted"] = "auto-replied"
    head = cover.as_bytes().strip().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    words = f"Your message to <{recipient}> could not be delivered.\r\n{bounce.answer}\r\n"
    parts = [
        ("text/plain; charset=us-ascii", words.encode()),
        ("message/delivery-status", "\r\n".join(status).encode()),
        ("text/rfc822-headers" if headers_only else "message/rfc822", returned),
    ]
    body = b"".join(
        b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (boundary.encode(), kind.encode(), content)
        for kind, content in parts
    )
    return (
        head
        + b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n"
        + f'\tboundary="{boundary}"\r\n\r\n'.encode()
        + body
        + f"--{boundary}--\r\n".encode()
    )
