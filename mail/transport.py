"""How a connection to a mail server is secured; the same words for IMAP and SMTP."""

import ssl
from enum import StrEnum
from pathlib import Path


class Security(StrEnum):
    """Encrypted from the first byte, encrypted after a command, or not at all (loopback)."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that checks certificate and host name, against `ca_file` where one is given."""
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
