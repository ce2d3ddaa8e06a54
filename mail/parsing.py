"""Bytes of a mail to what it says: runs in the sandbox, and never raises.

`content_key` is cheap and safe, and may run anywhere; the rest belongs into a
sandboxed worker, since whoever wrote the mail chose every byte of it.
"""

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from mail.authentication import Authentication, Verdict, read_authentication
from mail.bodies import cut, drop_marks, html_to_text, new_text, split_uuencoded, tidy
from mail.headers import (
    decode_text,
    find_addresses,
    read_addresses,
    read_date,
    read_id,
    read_ids,
    read_text,
    restore_text,
)
from mail.reports import (
    Evidence,
    MailKind,
    Report,
    ReportedRecipient,
    classify,
    read_blocks,
    read_text_blocks,
)

_DEEPEST = 20
_MOST_PARTS = 500
_HUGE_HEADER = 128 * 1024
_LONGEST_FIELD = 64 * 1024
_OUTLOOK_MSG = b"\xd0\xcf\x11\xe0"
# Long runs of base64: most of a mail's bytes, and nothing in them that a reader of structure must see.
_BASE64_RUN = re.compile(rb"(?<=\n)(?:[A-Za-z0-9+/]{60,78}\r?\n){16,}")
_ENCODINGS = re.compile(r"base64|quoted-printable|7bit|8bit|binary|x-uuencode|uuencode", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file that came with a mail, also inside a mail that it forwards."""

    name: str
    type: str
    size: int
    sha256: str
    path: str = ""
    """Where its bytes were written; empty when nobody asked for them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedMail:
    """A mail as the desk understands it."""

    content_key: str
    message_id: str = ""
    from_email: str = ""
    """Lower case. What this address claims is worth what `authentication` says."""
    from_name: str = ""
    from_count: int = 0
    """Addresses in all From fields; a mail from nobody, or from several, is nobody's act."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    date: str | None = None
    """What the Date field claims, ISO 8601. Never the time of reception."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    body_text: str = ""
    new_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    kind: MailKind = MailKind.NORMAL
    recipients: tuple[ReportedRecipient, ...] = ()
    original_message_id: str = ""
    original_envelope_id: str = ""
    auto_submitted: str = ""
    authentication: Authentication = field(default_factory=Authentication)
    problems: tuple[str, ...] = ()
    """Keys of problems.yaml."""

    @property
    def may_be_answered(self) -> bool:
        """Whether an automatic answer could not start a loop (GEN-15)."""
        return self.kind is MailKind.NORMAL

    def to_json(self) -> dict[str, Any]:
        """Return plain values, for the sandbox and for the entry's reading."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the mail that `to_json` wrote down."""
        return cls(
            **{
                **values,
                "to": tuple(values["to"]),
                "cc": tuple(values["cc"]),
                "references": tuple(values["references"]),
                "problems": tuple(values["problems"]),
                "attachments": tuple(Attachment(**one) for one in values["attachments"]),
                "recipients": tuple(ReportedRecipient(**one) for one in values["recipients"]),
                "kind": MailKind(values["kind"]),
                "authentication": Authentication(
                    **{**values["authentication"], "verdict": Verdict(values["authentication"]["verdict"])}
                ),
            }
        )


def content_key(raw: bytes) -> str:
    """Return what makes two deliveries one mail: a hash of Message-ID and body.

    Trace fields differ at each delivery and stay out. Without a Message-ID the
    sender, date and subject take its place.
    """
    header, body = _split_header(raw)
    digest = hashlib.sha256()
    message_id = _field(header, b"message-id")
    if message_id:
        digest.update(message_id)
    else:
        for name in (b"from", b"date", b"subject"):
            digest.update(_field(header, name) + b"\n")
    digest.update(b"\n\n")
    digest.update(body)
    return digest.hexdigest()


def parse_file(path: str, scratch_dir: str, authserv_id: str) -> dict[str, Any]:
    """Return a mail as JSON, its attachments written into `scratch_dir` by hash."""
    folder = Path(scratch_dir)

    def keep(data: bytes, sha256: str) -> str:
        place = folder / sha256
        if not place.exists():
            place.write_bytes(data)
        return str(place)

    return parse_mail(Path(path).read_bytes(), authserv_id=authserv_id, keep=keep).to_json()


def parse_mail(
    raw: bytes, *, authserv_id: str = "", keep: Callable[[bytes, str], str] | None = None
) -> ParsedMail:
    """Return what a mail says; whatever is wrong with it becomes one of its problems."""
    try:
        return _Reading(raw, keep).finish(authserv_id)
    except Exception:  # noqa: BLE001 - the sender chose every byte, and the library has many ways to stumble
        return ParsedMail(content_key=content_key(raw), problems=("unreadable",))


def inspect_mail(path: str) -> dict[str, Any]:
    """Return what `oficialia inspect mail` shows of a file: nothing is written, nothing raised."""
    started = time.perf_counter()
    try:
        mail = parse_mail(Path(path).read_bytes())
        problems = mail.problems
    except OSError:
        mail = ParsedMail(content_key="")
        problems = ("missing_file",)
    sentences = problem_texts()
    return {
        "file": path,
        "from_email": mail.from_email,
        "from_name": mail.from_name,
        "to": list(mail.to),
        "subject": mail.subject,
        "date": mail.date,
        "body_text": mail.body_text,
        "attachments": [
            {"name": one.name, "type": one.type, "size": one.size, "sha256": one.sha256}
            for one in mail.attachments
        ],
        "class": mail.kind.value,
        "recipients": [{"email": one.email, "permanent": one.permanent} for one in mail.recipients],
        "problems": [sentences[key] for key in problems],
        "seconds": round(time.perf_counter() - started, 6),
    }


def problem_texts() -> dict[str, str]:
    """Return the sentence for each problem."""
    from procedures.yaml_text import read_yaml

    texts: dict[str, str] = read_yaml(files("mail").joinpath("problems.yaml").read_text(encoding="utf-8"))
    return texts


def _split_header(raw: bytes) -> tuple[bytes, bytes]:
    found = re.search(rb"\r?\n\r?\n", raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")


def _field(header: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?im)^" + re.escape(name) + rb"[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", header)
    return b" ".join(found[1].split()) if found else b""


class _Reading:
    """One mail being read: what its parts gave so far."""

    def __init__(self, raw: bytes, keep: Callable[[bytes, str], str] | None) -> None:
        self.raw = raw
        self.keep = keep
        self.problems: dict[str, None] = {}
        self.attachments: list[Attachment] = []
        self.parts = 0
        self.status: list[Mapping[str, str]] = []
        self.dispositions: list[Mapping[str, str]] = []
        self.feedback: list[Mapping[str, str]] = []
        self.returned: Mapping[str, str] = {}
        self._runs: list[bytes] = []
        # Nobody can write the hash of the whole mail into the mail.
        self._mark = b"run-" + hashlib.sha256(raw).hexdigest().encode("ascii") + b"-"

    def finish(self, authserv_id: str) -> ParsedMail:
        raw = self.raw.lstrip(b"\xef\xbb\xbf\r\n")
        if not raw.strip():
            return ParsedMail(content_key=content_key(self.raw), problems=("empty",))
        if raw.startswith(_OUTLOOK_MSG):
            return ParsedMail(content_key=content_key(self.raw), problems=("not_a_mail",))
        if len(_split_header(raw)[0]) > _HUGE_HEADER:
            self._note("huge_header")
        message = message_from_bytes(self._set_aside(raw))
        fields = _fields(message)
        body, html_marks = self._body(message)
        senders = read_addresses(fields.get("from", ()))
        from_count = len(senders)
        if not senders:
            senders = self._unclear_sender(fields)
            from_count = len(senders)
        elif from_count > 1:
            self._note("several_from")
        message_id = read_id(_first(fields, "message-id"))
        date = read_date(_first(fields, "date"))
        if not message_id:
            self._note("no_message_id")
        if date is None:
            self._note("no_date")
        subject = read_text(_first(fields, "subject"))
        from_name, from_email = senders[0] if senders else ("", "")
        report = self._classify(fields, subject, from_email, body)
        authentication = read_authentication(
            list(fields.get("authentication-results", ())), authserv_id, from_email
        )
        if authentication.reason.startswith("the field cannot be read"):
            self._note("authentication_unreadable")
        body, shortened = cut(body)
        if shortened:
            self._note("text_truncated")
        references = read_ids(_first(fields, "references"))
        return ParsedMail(
            content_key=content_key(self.raw),
            message_id=message_id,
            from_email=from_email,
            from_name=from_name,
            from_count=from_count,
            to=tuple(address for _, address in read_addresses(fields.get("to", ()))),
            cc=tuple(address for _, address in read_addresses(fields.get("cc", ()))),
            subject=subject,
            date=_iso(date),
            in_reply_to=read_id(_first(fields, "in-reply-to")),
            references=references,
            body_text=body,
            new_text=cut(new_text(html_marks))[0],
            attachments=tuple(self.attachments),
            kind=report.kind,
            recipients=report.recipients,
            original_message_id=report.original_message_id,
            original_envelope_id=report.original_envelope_id,
            auto_submitted=read_text(_first(fields, "auto-submitted")),
            authentication=authentication,
            problems=tuple(self.problems),
        )

    def _note(self, problem: str) -> None:
        self.problems[problem] = None

    def _set_aside(self, raw: bytes) -> bytes:
        """Return the mail with a short line for each long run of base64: the library reads line by line."""

        def take(found: re.Match[bytes]) -> bytes:
            self._runs.append(found[0])
            return self._mark + str(len(self._runs) - 1).encode("ascii") + b"\r\n"

        return _BASE64_RUN.sub(take, raw)

    def _restored(self, data: bytes) -> bytes:
        """Return bytes with the runs of base64 where they were."""
        if self._mark not in data:
            return data
        return re.sub(self._mark + rb"(\d+)\r?\n", lambda found: self._runs[int(found[1])], data)

    def _put_back(self, part: Message) -> None:
        """Give a part, or the blocks of a report, their own lines again."""
        payload = part.get_payload()
        if isinstance(payload, str):
            if self._runs and self._mark.decode("ascii") in payload:
                data = (
                    payload.encode("ascii", "surrogateescape")
                    if payload.isascii()
                    else payload.encode("utf-8", "surrogateescape")
                )
                part.set_payload(self._restored(data + b"\r\n").decode("ascii", "surrogateescape"))
        elif isinstance(payload, list) and part.get_content_maintype() == "message":
            for block in payload:
                if isinstance(block, Message) and not block.is_multipart():
                    self._put_back(block)

    def _unclear_sender(self, fields: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
        """Return the sender out of a From that hides it in an encoded word, or was typed badly."""
        text = read_text(_first(fields, "from"))
        addresses = find_addresses(text)
        self._note("unclear_from" if text else "no_from")
        name = re.sub(r"<[^>]*>|\"", " ", text).strip()
        return [(name if name != addresses[0] else "", addresses[0])] if len(addresses) == 1 else []

    def _classify(
        self, fields: Mapping[str, tuple[str, ...]], subject: str, from_email: str, body: str
    ) -> Report:
        return classify(
            Evidence(
                fields=fields,
                subject=subject,
                from_email=from_email,
                text=body[:20_000],
                status_blocks=tuple(self.status),
                disposition_blocks=tuple(self.dispositions),
                feedback_blocks=tuple(self.feedback),
                returned_fields=self.returned,
            )
        )

    # Parts

    def _body(self, message: Message) -> tuple[str, str]:
        """Return the readable body, and the same with marks where HTML began to quote."""
        plain, html = self._read(message, depth=0)
        if any(text.strip() for text in plain):
            text = tidy("\n\n".join(plain))
            text, files_inside = split_uuencoded(text)
            for name, data in files_inside:
                self._attach(name, "application/octet-stream", data)
            text = tidy(text)
            return text, text
        marked = "\n\n".join(html_to_text(page) for page in html)
        return drop_marks(marked), marked

    def _read(self, part: Message, *, depth: int) -> tuple[list[str], list[str]]:
        """Return the plain and the HTML texts of a part, and put its files aside."""
        self.parts += 1
        if self.parts > _MOST_PARTS:
            self._note("too_many_parts")
            return [], []
        if depth > _DEEPEST:
            self._note("too_deep")
            return [], []
        _mend_fields(part)
        self._put_back(part)
        kind = part.get_content_type()
        if kind in {"message/rfc822", "message/global", "message/news"}:
            self._read_enclosed(part, depth)
            return [], []
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            self.status.extend(read_blocks(part))
            return [], []
        if kind in {"message/disposition-notification", "message/global-disposition-notification"}:
            self.dispositions.extend(read_blocks(part))
            return [], []
        if kind == "message/feedback-report":
            self.feedback.extend(read_blocks(part))
            return [], []
        children = part.get_payload()
        if kind.startswith("multipart/") and isinstance(children, list):
            return self._read_children(part, kind, children, depth)
        if kind.startswith("multipart/"):
            self._note("broken_mime")
        return self._read_leaf(part, kind)

    def _read_children(
        self, part: Message, kind: str, children: list[Any], depth: int
    ) -> tuple[list[str], list[str]]:
        if part.defects:
            self._note("broken_mime")
        if kind == "multipart/encrypted":
            self._note("encrypted")
        plain: list[str] = []
        html: list[str] = []
        for child in children:
            if not isinstance(child, Message):
                continue
            its_plain, its_html = self._read(child, depth=depth + 1)
            plain += its_plain
            html += its_html
        if kind == "multipart/alternative":
            # Several forms of one text: the plain one, unless nothing stands in it.
            return (plain, []) if any(text.strip() for text in plain) else ([], html)
        if any(text.strip() for text in plain) and html:
            # A mixed mail whose text is partly HTML: all of it counts, in one reading.
            plain += [drop_marks(html_to_text(page)) for page in html if not _already_said(page, plain)]
            html = []
        return plain, html

    def _read_enclosed(self, part: Message, depth: int) -> None:
        """List the files of a mail inside the mail; its text is not this mail's text."""
        children = part.get_payload()
        inner = (
            children[0]
            if isinstance(children, list) and children and isinstance(children[0], Message)
            else None
        )
        if inner is None:
            self._note("broken_mime")
            return
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        if encoding in {"base64", "quoted-printable"} and not inner.keys():
            # Forbidden, and done by some all the same.
            holder = Message()
            holder["Content-Transfer-Encoding"] = encoding
            holder.set_payload(inner.get_payload())
            data = holder.get_payload(decode=True)
            inner = message_from_bytes(data) if isinstance(data, bytes) else inner
        fields = _fields(inner)
        if not self.returned:
            self.returned = {name: values[0] for name, values in fields.items()}
        if self.status or self.dispositions or self.feedback:
            # What a report returns is our own letter; its files are no news.
            return
        try:
            data = self._restored(inner.as_bytes()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        except (UnicodeError, LookupError, ValueError, AttributeError, KeyError, TypeError):
            data = b""
        subject = read_text(_first(fields, "subject")).replace("/", "-")
        self._attach(_file_name(part) or f"{subject or 'correo'}.eml", "message/rfc822", data)
        # A report inside a forwarded mail reports nothing to us.
        reports = (self.status, self.dispositions, self.feedback)
        self.status, self.dispositions, self.feedback = [], [], []
        self._read(inner, depth=depth + 1)
        self.status, self.dispositions, self.feedback = reports

    def _read_leaf(self, part: Message, kind: str) -> tuple[list[str], list[str]]:
        name = _file_name(part)
        disposition = str(part.get("content-disposition", "")).partition(";")[0].strip().lower()
        data = _payload(part)
        if kind == "text/rfc822-headers" and (self.status or self.dispositions or self.feedback):
            blocks = read_text_blocks(data.decode("utf-8", "replace"))
            self.returned = blocks[0] if blocks else {}
            return [], []
        if (
            kind in {"text/plain", "text/html"} and not name and disposition != "attachment"
        ) or kind.startswith("multipart/"):
            text, right = decode_text(data, _charset(part))
            if not right:
                self._note("wrong_charset")
            return ([], [text]) if kind == "text/html" else ([text], [])
        if kind == "application/ms-tnef" or name.lower() == "winmail.dat":
            self._note("winmail_dat")
        elif (
            kind in {"application/pkcs7-mime", "application/x-pkcs7-mime"}
            and "signed" not in str(part.get("content-type", "")).lower()
        ):
            self._note("encrypted")
        elif kind == "message/external-body":
            self._note("external_body")
        elif kind == "message/partial":
            self._note("partial")
        self._attach(name or f"adjunto-{len(self.attachments) + 1}{_suffix(kind)}", kind, data)
        return [], []

    def _attach(self, name: str, kind: str, data: bytes) -> None:
        if not data:
            self._note("empty_attachment")
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.keep(data, sha256) if self.keep else ""
        self.attachments.append(
            Attachment(name=clean_name(name), type=kind[:127], size=len(data), sha256=sha256, path=path)
        )


def clean_name(name: str) -> str:
    r"""Return a file's name without folders and without what deceives the eye.

    >>> clean_name("C:\\\\listas\\\\enero.xlsx")
    'enero.xlsx'
    """
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(character for character in name if character.isprintable()).strip(" .\"'")
    if len(name) > 200:
        stem, dot, suffix = name.rpartition(".")
        name = stem[: 199 - len(suffix)] + dot + suffix if dot and len(suffix) <= 10 else name[:200]
    return name or "sin-nombre"


def _fields(message: Message) -> dict[str, tuple[str, ...]]:
    fields: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        fields.setdefault(name.strip().lower(), []).append(str(value)[:_LONGEST_FIELD])
    return {name: tuple(values) for name, values in fields.items()}


def _first(fields: Mapping[str, tuple[str, ...]], name: str) -> str:
    values = fields.get(name)
    return values[0] if values else ""


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _mend_fields(part: Message) -> None:
    """Put right what keeps the library from reading a part: 8-bit names, odd encodings."""
    for name, raw in list(part.raw_items()):
        lower = name.lower()
        if lower in {"content-type", "content-disposition"}:
            value = restore_text(str(raw))
            if value != raw:
                part.replace_header(name, value)
        elif lower == "content-transfer-encoding":
            found = _ENCODINGS.search(str(raw))
            part.replace_header(name, found[0].lower() if found else "8bit")


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or part.get_param("name", "")
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        return ""
    text = name[2] if isinstance(name, tuple) else str(name or "")
    return read_text(text)


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        return ""


def _payload(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (LookupError, UnicodeError, ValueError, TypeError, AttributeError):
        data = None
    if isinstance(data, bytes):
        return data
    payload = part.get_payload()
    if isinstance(payload, list):
        return b"".join(_payload(child) for child in payload if isinstance(child, Message))
    return str(payload).encode("utf-8", "surrogateescape")


def _already_said(page: str, plain: list[str]) -> bool:
    text = "".join(drop_marks(html_to_text(page)).split())
    return not text or any(text in "".join(one.split()) for one in plain)


def _suffix(kind: str) -> str:
    import mimetypes

    return mimetypes.guess_extension(kind) or ""
