"""Protect a file that leaves the house: a zip with AES, or a workbook with a password (A28, ledger 2.2).

The password is never kept: it is worked out again from the office's key and the file it is for, by whoever may know it.
"""

import base64
import hashlib
import hmac
import io
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from documents.sandbox import Workshop

_GROUPS = 5
_GROUP = 4


class Protection(StrEnum):
    """How a file is protected."""

    NONE = "none"
    ZIP = "zip"
    XLSX = "xlsx"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtectedFile:
    """A file as it leaves."""

    name: str
    media_type: str
    content: bytes


def password_for(secret: str, sha256: str) -> str:
    """Return the password of a file: twenty letters and digits that cannot be mistaken for one another.

    >>> password_for("00" * 32, "ab" * 32)
    'WQDJ-OI25-PSII-J2MR-C4ME'
    """
    key = bytes.fromhex(secret)
    digest = hmac.new(key, f"provider-file:{sha256}".encode(), hashlib.sha256).digest()
    # Base 32 has neither 0 nor 1, which are read for O and I.
    text = base64.b32encode(digest).decode()[: _GROUPS * _GROUP]
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def protect(
    workshop: Workshop, protection: Protection, *, name: str, media_type: str, content: bytes, password: str
) -> ProtectedFile:
    """Protect a file with a password; a file that is no workbook is put into a zip whatever is asked.

    Raises:
        JobDied, JobTimedOut, JobFailed: the worker could not.
    """
    if protection is Protection.NONE:
        return ProtectedFile(name=name, media_type=media_type, content=content)
    as_workbook = protection is Protection.XLSX and name.endswith(".xlsx")
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        source.write_bytes(content)
        job = "encrypt_workbook" if as_workbook else "encrypt_zip"
        workshop.run(f"documents.protection:{job}", str(source), str(target), name, password)
        protected = target.read_bytes()
    if as_workbook:
        return ProtectedFile(name=name, media_type=media_type, content=protected)
    return ProtectedFile(
        name=f"{name.rpartition('.')[0]}.zip", media_type="application/zip", content=protected
    )


def encrypt_zip(source: str, target: str, name: str, password: str) -> None:
    """Write a zip whose one file is encrypted with AES-256 (WinZip AE-2); runs in a worker."""
    import pyzipper

    with pyzipper.AESZipFile(
        target, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr(name, Path(source).read_bytes())


def encrypt_workbook(source: str, target: str, _name: str, password: str) -> None:
    """Write a workbook that opens with a password only (ECMA-376 agile encryption); runs in a worker."""
    from msoffcrypto.format.ooxml import OOXMLFile

    with Path(target).open("wb") as file:
        OOXMLFile(io.BytesIO(Path(source).read_bytes())).encrypt(password, file)
