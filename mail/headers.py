"""Raw header fields to text, addresses, ids and dates, whatever their sender made of them."""

import binascii
import inspect
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

# A "?" inside is wrong, and written by some; the bounds keep junk from costing more than it is worth.
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,500})\?=")
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;@\[\]\\]+@[A-Za-z0-9](?:[\w\-]*[\w])?(?:\.[\w\-]+)+")
_SURROGATES = re.compile("[\udc80-\udcff]")
# Newer Pythons refuse a whole list for one odd address unless they are told not to.
_LENIENT = {"strict": False} if "strict" in inspect.signature(getaddresses).parameters else {}

_CHARSETS = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "cp-850": "cp850",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "default": "utf-8",
    "unicode": "utf-8",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
}


def decode_text(data: bytes, charset: str = "") -> tuple[str, bool]:
    """Return bytes as text, and whether the charset that they declared was right.

    Spanish text in Latin-1 is practically never valid UTF-8, so bytes beyond
    ASCII that are valid UTF-8 are UTF-8, whatever a Latin charset claims.
    """
    name = charset.strip().strip("\"'").lower()
    name = _CHARSETS.get(name, name) or "utf-8"
    if data.isascii() and not name.startswith(("utf-7", "utf-16", "utf-32", "iso-2022", "hz")):
        return data.decode("ascii"), True
    if name == "cp1252":
        try:
            return data.decode("utf-8"), False
        except UnicodeDecodeError:
            return data.decode("cp1252", "replace"), True
    try:
        return data.decode(name), True
    except (LookupError, UnicodeError, ValueError):
        pass
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), False


def restore_text(raw: str) -> str:
    """Return a raw field without the surrogates that 8-bit bytes leave in it."""
    if not _SURROGATES.search(raw):
        return raw
    return decode_text(
        raw.encode("ascii", "surrogateescape")
        if _only_ascii_and_surrogates(raw)
        else raw.encode("utf-8", "surrogateescape")
    )[0]


def _only_ascii_and_surrogates(raw: str) -> bool:
    return all(character < "\x80" or "\udc80" <= character <= "\udcff" for character in raw)


def read_text(raw: str) -> str:
    """Return the text of an unstructured field: unfolded, decoded, without control characters."""
    text = decode_words(re.sub(r"[\r\n\t ]+", " ", restore_text(raw)))
    return "".join(character if character.isprintable() else " " for character in text).strip()


def decode_words(text: str) -> str:
    """Return text with its encoded words (RFC 2047) decoded.

    Adjacent words of one charset are joined before decoding: many programs cut
    a character in two.
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending = b""
    charset = ""
    end = 0
    for found in _ENCODED_WORD.finditer(text):
        between = text[end : found.start()]
        data = _word_bytes(found[2], found[3])
        its_charset = found[1].partition("*")[0].lower()
        adjacent = end > 0 and not between.strip()
        if adjacent and its_charset == charset:
            pending += data
        else:
            pieces.append(decode_text(pending, charset)[0])
            if not adjacent:
                pieces.append(between)
            pending, charset = data, its_charset
        end = found.end()
    pieces.append(decode_text(pending, charset)[0])
    pieces.append(text[end:])
    return "".join(pieces)


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    # Damage must not cost the mail: what is no sign of the alphabet is left out, and a sign too many as well.
    signs = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    if len(signs) % 4 == 1:
        signs = signs[:-1]
    return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))


def read_addresses(raws: Iterable[str]) -> list[tuple[str, str]]:
    """Return (name, address in lower case) of each address in these fields.

    Encoded words are decoded after the addresses were told apart: a name may
    not smuggle an address in.
    """
    fields = [re.sub(r"[\r\n\t ]+", " ", restore_text(raw)) for raw in raws]
    try:
        pairs = getaddresses(fields, **_LENIENT)
    except (RecursionError, IndexError, ValueError, TypeError):
        # Brackets within brackets, without end.
        pairs = [("", address) for field in fields for address in find_addresses(field)]
    found = [(read_text(name), address.strip().lower()) for name, address in pairs]
    return [(name, address) for name, address in found if _ADDRESS.fullmatch(address)]


def find_addresses(text: str) -> list[str]:
    """Return whatever looks like an address in a text, in lower case, each once."""
    return list(dict.fromkeys(address.strip(".").lower() for address in _ADDRESS.findall(text)))


def read_ids(raw: str) -> tuple[str, ...]:
    """Return the message ids of a field, with their angle brackets."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(restore_text(raw))))


def read_id(raw: str) -> str:
    """Return the first message id of a field; what stands there when it has no brackets."""
    ids = read_ids(raw)
    return ids[0] if ids else read_text(raw).partition(" ")[0]


def read_date(raw: str) -> datetime | None:
    """Return the instant that a Date field claims, or None."""
    try:
        instant = parsedate_to_datetime(restore_text(raw))
    except (TypeError, ValueError, IndexError, OverflowError, AttributeError):
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        instant.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return instant
