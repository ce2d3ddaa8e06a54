"""Letters: a pattern is built once, and each recipient's letter is a join of ready bytes.

Building an `EmailMessage` for each recipient costs more than sending it. So
the template is rendered, its HTML inlined and everything encoded once, with
places left open for what is personal; a letter only fills those.
"""

import base64
import binascii
import hashlib
import html as html_lib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import css_inline
import jinja2
from markupsafe import Markup

from mail.catalogue import Message, get_message
from mail.delivery import mailable
from mail.errors import MailError
from mail.invitations import Deadline, calendar_file
from mail.wording import (
    CONFIDENTIAL,
    LEGEND,
    count_of,
    long_date,
    lower_first,
    moment,
    money,
    short_date,
    step_number,
    whole,
)

# Characters for private use stand where a letter is personal; values may not hold them.
_ADDRESSEE, _CODE, _ADDRESS, _TAG_IN_URL = "\ue100", "\ue101", "\ue102", "\ue103"
_PLACES = re.compile("([\ue100-\ue103])")
_SOFT_BREAK = b"=\r\n"


class BadValues(MailError):
    """A letter was asked for with values that its message does not have, or without those that it needs."""


class BadLetter(MailError):
    """What came out is no letter: without the legend, or with a subject that cannot leave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """Who writes: printed on every letter."""

    address: str
    """The desk's mailbox: From of every letter, and where answers come back."""
    contact: str
    """Where a person asks when in doubt."""
    name: str = "Oficialía de partes"
    programme: str = "Programa IMSS-BIENESTAR"
    zone: str = "America/Mexico_City"


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosure:
    """A file that goes with a letter."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """To whom one letter goes, and what in it is only for that person."""

    address: str
    name: str = ""
    cargo: str = ""
    code: str = field(default="", repr=False)
    """The one-time code, when the message asks for an act."""
    tag: str = ""
    """The subject's tag, as text (`str(SubjectTag(...))`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """The mail that a letter answers."""

    in_reply_to: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """A letter without its recipient."""

    key: str
    subject: str
    """Without the tag."""
    text: str = field(repr=False)
    html: str = field(repr=False)
    digest: str
    """SHA-256 over subject, texts and files: what exactly was approved (V-095)."""
    needs_code: bool
    zone: ZoneInfo = field(repr=False)
    head: bytes = field(repr=False)
    """The header fields that are the same for everybody."""
    subject_field: bytes = field(repr=False)
    pieces: tuple[bytes | tuple[str, bool], ...] = field(repr=False)
    """The body: bytes, and (place, whether in HTML) where something personal stands."""

    def letter(
        self, recipient: Recipient, *, message_id: str, date: datetime, thread: Thread | None = None
    ) -> bytes:
        """Return the bytes of one letter; the same arguments give the same bytes.

        Raises:
            mail.delivery.NotDelivered: the address is none that servers take.
            BadLetter: the message asks for a code and the recipient has none.
        """
        if self.needs_code and not recipient.code:
            raise BadLetter(f"{self.key} needs a code")
        encoded = {
            (place, in_html): _quoted(value) for (place, in_html), value in _personal(recipient).items()
        }
        fields = [
            b"Date: " + format_datetime(date.astimezone(self.zone)).encode("ascii"),
            b"Message-ID: " + message_id.encode("ascii"),
            b"To: " + _mailbox(recipient.name, mailable(recipient.address)),
            b"Subject: "
            + (recipient.tag.encode("ascii") + b"\r\n " if recipient.tag else b"")
            + self.subject_field,
        ]
        if thread is not None and thread.in_reply_to:
            known = dict.fromkeys((*thread.references[-20:], thread.in_reply_to))
            fields.append(b"In-Reply-To: " + thread.in_reply_to.encode("ascii", "replace"))
            fields.append(b"References: " + "\r\n ".join(known).encode("ascii", "replace"))
        body = [piece if isinstance(piece, bytes) else encoded[piece] for piece in self.pieces]
        return b"\r\n".join((*fields, self.head, b"", b"".join(body)))

    def subject_for(self, recipient: Recipient) -> str:
        """Return the subject as this recipient would read it."""
        return f"{recipient.tag} {self.subject}".strip()

    def preview(self, recipient: Recipient) -> tuple[str, str]:
        """Return subject and plain text as this recipient would read them."""
        values = _personal(recipient)
        text = _PLACES.sub(lambda found: values[found[1], False], self.text)
        return self.subject_for(recipient), text


def compose(
    key: str,
    values: Mapping[str, Any],
    *,
    office: Office,
    attachments: Sequence[Enclosure] = (),
    invitation: Deadline | None = None,
) -> Pattern:
    """Return the pattern of a message with these values.

    Dates and amounts are given as values (date, aware datetime, Decimal); the
    templates write them out. Values that the message declares with a default
    may be left out.

    Raises:
        mail.catalogue.UnknownMessage: there is no such message.
        BadValues: values are missing, or are none of this message.
        BadLetter: what came out may not leave.
    """
    message = get_message(key)
    zone = ZoneInfo(office.zone)
    given = _complete(message, values)
    subject, text, html = _render(message, _prepared(given, zone), office)
    parts: list[list[bytes | tuple[str, bool]]] = [_text_part("plain", text), _text_part("html", html)]
    enclosed = [_enclosed(one) for one in attachments]
    if invitation is not None:
        ics = calendar_file(invitation)
        parts.append([_encoded('text/calendar; charset="utf-8"; method=PUBLISH', "", ics)])
        enclosed.append(_enclosed(Enclosure(name="plazo.ics", media_type="text/calendar", data=ics)))
    digest = hashlib.sha256()
    for piece in (subject, text, html):
        digest.update(piece.encode() + b"\0")
    for one in enclosed:
        digest.update(one)
    content_type, body = _assembled(parts, enclosed, digest.hexdigest())
    head = [
        b"From: " + _mailbox(f"{office.name}, {office.programme}", office.address),
        *(
            [
                b"Auto-Submitted: " + message.automatic.encode("ascii"),
                b"X-Auto-Response-Suppress: OOF, AutoReply",
            ]
            if message.automatic
            else []
        ),
        b"Content-Language: es-MX",
        b"MIME-Version: 1.0",
        b"Content-Type: " + content_type,
    ]
    return Pattern(
        key=key,
        subject=subject,
        text=text,
        html=html,
        digest=digest.hexdigest(),
        needs_code=_CODE in text,
        zone=zone,
        head=b"\r\n".join(head),
        subject_field=_folded(subject),
        pieces=_merged(body),
    )


# Rendering


@dataclass(frozen=True, slots=True)
class _RecipientPlaces:
    """What a template sees of its recipient: places that each letter fills."""

    addressee: str = _ADDRESSEE
    code: str = _CODE
    address: str = _ADDRESS
    tag_in_url: str = _TAG_IN_URL


@cache
def _environment(medium: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mail", "templates"),
        autoescape=medium == "html",  # noqa: S701 - plain text has nothing to escape
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        # Templates change with the program only, and are many: none is looked at on disk for each letter, nor read twice.
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters |= {
        "long_date": long_date,
        "short_date": short_date,
        "moment": moment,
        "money": money,
        "whole": whole,
        "count_of": count_of,
        "flow": _flow,
        "number": step_number,
        "dated": _dated,
        "office_row": _office_row,
        "lower_first": lower_first,
    }
    environment.globals |= {"LEGEND": LEGEND, "CONFIDENTIAL": CONFIDENTIAL}
    return environment


def _dated(row: Sequence[Any]) -> tuple[Any, str]:
    """Return a row of who and when with its date written out."""
    return row[0], long_date(row[1])


def _office_row(office: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return a row of a circular's preview."""
    headcount = office["headcount"]
    return (
        office["ooad"],
        office["through"],
        whole(office["recipients"]),
        "falta" if headcount is None else whole(headcount),
    )


def _flow(text: str) -> str:
    """Return a paragraph on one line: where a template breaks its lines means nothing."""
    return type(text)(" ".join(text.split()))


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _render(message: Message, values: Mapping[str, Any], office: Office) -> tuple[str, str, str]:
    """Return subject, plain text and HTML, with places for what is personal."""
    subject = " ".join(
        _environment("text").get_template(f"{message.folder}/subject.j2").render(**values).split()
    )
    if not subject or len(subject) > 200 or _PLACES.search(subject):
        raise BadLetter(f"{message.key}: no subject can be made of {subject!r}")
    rendered = {}
    for medium in ("text", "html"):
        environment = _environment(medium)
        frame = {"office": office, "recipient": _RecipientPlaces(), "message": message, "subject": subject}
        macros = environment.get_template(f"_layout/macros.{medium}.j2").make_module(frame)
        body = environment.get_template(f"{message.folder}/body.j2").render({**values, **frame, "m": macros})
        layout = environment.get_template(f"_layout/layout.{medium}.j2")
        rendered[medium] = layout.render({**frame, "body": Markup(body) if medium == "html" else body})  # noqa: S704 - rendered with autoescape
    text = re.sub(r"[ \t]+\n", "\n", rendered["text"])
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    html = _inliner().inline(rendered["html"])
    if LEGEND not in text or LEGEND not in html:
        raise BadLetter(f"{message.key}: the legend is missing (V-091)")
    return subject, text, html


def _complete(message: Message, values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(values.keys() - message.values.keys())
    missing = sorted(name for name, one in message.values.items() if name not in values and not one.optional)
    if unknown or missing:
        raise BadValues(f"{message.key}: missing {missing}, unknown {unknown}")
    return {**{name: one.default for name, one in message.values.items() if one.optional}, **values}


def _prepared(value: Any, zone: ZoneInfo) -> Any:
    """Return values fit for a template: instants in the office's zone, no characters of our own."""
    if isinstance(value, str):
        return _PLACES.sub("", value)
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, Mapping):
        return {key: _prepared(one, zone) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_prepared(one, zone) for one in value]
    return value


def _personal(recipient: Recipient) -> dict[tuple[str, bool], str]:
    lines = [line for line in (recipient.name.strip(), recipient.cargo.strip()) if line] or [
        "A quien corresponda"
    ]
    plain = {_CODE: recipient.code, _ADDRESS: recipient.address, _TAG_IN_URL: quote(recipient.tag)}
    return {
        (_ADDRESSEE, False): "\n".join(lines),
        (_ADDRESSEE, True): "<br>".join(html_lib.escape(line) for line in lines),
        **{(place, False): value for place, value in plain.items()},
        **{(place, True): html_lib.escape(value) for place, value in plain.items()},
    }


# Bytes


def _quoted(text: str) -> bytes:
    """Return text in quoted-printable, ending so that anything may follow on the same line."""
    encoded = binascii.b2a_qp(text.encode(), istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    last = encoded[encoded.rfind(b"\n") + 1 :]
    if not last:
        return encoded
    if len(last) > 75:
        cut = -3 if last[-3:-2] == b"=" else -1
        encoded = encoded[:cut] + _SOFT_BREAK + encoded[cut:]
    return encoded + _SOFT_BREAK


def _text_part(subtype: str, text: str) -> list[bytes | tuple[str, bool]]:
    header = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    pieces: list[bytes | tuple[str, bool]] = [header.encode("ascii")]
    for one in _PLACES.split(text):
        if _PLACES.fullmatch(one):
            pieces.append((one, subtype == "html"))
        elif one:
            pieces.append(_quoted(one))
    return pieces


def _encoded(content_type: str, disposition: str, data: bytes) -> bytes:
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n")
    header = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n"
    if disposition:
        header += f"Content-Disposition: {disposition}\r\n"
    return header.encode("ascii") + b"\r\n" + lines


def _enclosed(one: Enclosure) -> bytes:
    name = "".join(character for character in one.name if character.isprintable() and character not in '"\\/')
    # RFC 2231 alone for accents: beside a plain name, some programs show the plain one.
    given = f'filename="{name}"' if name.isascii() else f"filename*=utf-8''{quote(name, safe='')}"
    return _encoded(one.media_type, f"attachment;\r\n {given}", one.data)


def _assembled(
    parts: Sequence[Sequence[bytes | tuple[str, bool]]], enclosed: Sequence[bytes], digest: str
) -> tuple[bytes, list[bytes | tuple[str, bool]]]:
    """Return the content type of the whole and its body."""
    # "=_" comes neither in quoted-printable nor in base64: no boundary can stand in a part.
    inner = f"=_alternative_{digest[:24]}".encode("ascii")
    outer = f"=_mixed_{digest[:24]}".encode("ascii")
    alternative: list[bytes | tuple[str, bool]] = []
    for part in parts:
        alternative += [b"--" + inner + b"\r\n", *part, b"\r\n"]
    alternative.append(b"--" + inner + b"--\r\n")
    kind = b'multipart/alternative;\r\n boundary="' + inner + b'"'
    if not enclosed:
        return kind, alternative
    mixed: list[bytes | tuple[str, bool]] = [
        b"--" + outer + b"\r\nContent-Type: " + kind + b"\r\n\r\n",
        *alternative,
    ]
    mixed += [b"\r\n--" + outer + b"\r\n" + one for one in enclosed]
    mixed.append(b"\r\n--" + outer + b"--\r\n")
    return b'multipart/mixed;\r\n boundary="' + outer + b'"', mixed


def _merged(pieces: Sequence[bytes | tuple[str, bool]]) -> tuple[bytes | tuple[str, bool], ...]:
    merged: list[bytes | tuple[str, bool]] = []
    for piece in pieces:
        if isinstance(piece, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)


@lru_cache(maxsize=1024)
def _folded(text: str) -> bytes:
    """Return an unstructured field's text: folded, in encoded words where it has accents."""
    return (
        Header(text, None if text.isascii() else "utf-8", maxlinelen=75)
        .encode(linesep="\r\n")
        .encode("ascii")
    )


def _mailbox(name: str, address: str) -> bytes:
    name = " ".join("".join(character if character.isprintable() else " " for character in name).split())
    if not name:
        return address.encode("ascii")
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"\r\n <{address}>'.encode("ascii")
    return _folded(name) + f"\r\n <{address}>".encode("ascii")
