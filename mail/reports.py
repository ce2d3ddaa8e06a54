"""What kind of mail it is: a person's, or a machine's report, bounce, auto-reply, challenge, list."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum

from mail.headers import find_addresses, read_addresses, read_id, read_text, restore_text


class MailKind(StrEnum):
    """The classes of mail. Only a normal one may be answered by itself (GEN-15)."""

    NORMAL = "normal"
    BOUNCE = "bounce"
    DELAY = "delay"
    AUTO_REPLY = "auto_reply"
    CHALLENGE = "challenge"
    COMPLAINT = "complaint"
    RECEIPT = "receipt"
    LIST = "list"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedRecipient:
    """An address that a report speaks of."""

    email: str
    permanent: bool
    """Whether trying again is useless: class 5 of RFC 3463, not class 4."""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The kind of a mail, and what a report says of which earlier mail."""

    kind: MailKind = MailKind.NORMAL
    recipients: tuple[ReportedRecipient, ...] = ()
    original_message_id: str = ""
    original_envelope_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What classification looks at, gathered while the mail was read."""

    fields: Mapping[str, tuple[str, ...]]
    """Header fields by name in lower case, raw."""
    subject: str
    from_email: str
    text: str
    status_blocks: tuple[Mapping[str, str], ...] = ()
    disposition_blocks: tuple[Mapping[str, str], ...] = ()
    feedback_blocks: tuple[Mapping[str, str], ...] = ()
    returned_fields: Mapping[str, str] = field(default_factory=dict)
    """Header of the mail that a report returns."""

    def first(self, name: str) -> str:
        """Return the first field of that name, readable, or nothing."""
        values = self.fields.get(name)
        return read_text(values[0]) if values else ""


def classify(evidence: Evidence) -> Report:
    """Return the kind of a mail; standard reports first, then the old and the odd ones."""
    for finder in (_delivery_report, _receipt, _complaint, _odd_bounce):
        report = finder(evidence)
        if report is not None:
            return report
    if _is_challenge(evidence):
        return Report(kind=MailKind.CHALLENGE)
    if _is_auto_reply(evidence):
        return Report(kind=MailKind.AUTO_REPLY)
    if _is_list(evidence):
        return Report(kind=MailKind.LIST)
    if evidence.first("auto-submitted").lower().startswith("auto"):
        return Report(kind=MailKind.AUTO_REPLY)
    return Report()


# Delivery status notifications, RFC 3464


def _delivery_report(evidence: Evidence) -> Report | None:
    if not evidence.status_blocks:
        return None
    recipients: list[ReportedRecipient] = []
    failed = delayed = False
    envelope_id = ""
    for block in evidence.status_blocks:
        envelope_id = envelope_id or block.get("original-envelope-id", "").strip()
        address = _report_address(block)
        if not address:
            continue
        status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", block.get("status", ""))
        diagnostic = read_text(block.get("diagnostic-code", ""))
        klass = status[0][0] if status else _reply_class(diagnostic)
        action = re.match(r"[a-z]+", block.get("action", "").strip().lower())
        word = action[0] if action else {"5": "failed", "4": "delayed"}.get(klass, "")
        if word.startswith("fail"):
            failed = True
        elif word.startswith("delay"):
            delayed = True
        else:
            # Delivered, relayed or expanded: good news is a receipt, and blames nobody.
            continue
        recipients.append(
            ReportedRecipient(
                email=address,
                permanent=word.startswith("fail") and klass != "4",
                status=status[0] if status else "",
                diagnostic=diagnostic[:300],
            )
        )
    if failed:
        kind = MailKind.BOUNCE
    elif delayed:
        kind = MailKind.DELAY
    elif any(_report_address(block) for block in evidence.status_blocks):
        kind = MailKind.RECEIPT
    else:
        # A report that names nobody: its text may.
        return None
    return Report(
        kind=kind,
        recipients=_each_once(recipients),
        original_message_id=read_id(evidence.returned_fields.get("message-id", "")),
        original_envelope_id=envelope_id,
    )


def _report_address(block: Mapping[str, str]) -> str:
    """Return the address that we wrote to; the final one where that is not told."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        value = restore_text(block.get(name, ""))
        kind, semicolon, address = value.partition(";")
        text = address if semicolon else kind
        # utf-8-addr-xtext and xtext write "+2B" or "\x{F1}" for what mail once could not carry.
        text = (
            re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)
            if "utf-8" in kind.lower()
            else text
        )
        text = re.sub(r"\\x\{([0-9A-Fa-f]{1,6})\}", lambda found: chr(int(found[1], 16) % 0x110000), text)
        addresses = find_addresses(text)
        if addresses:
            return addresses[0]
    return ""


def _reply_class(text: str) -> str:
    found = re.search(r"\b([245])\d\d[\s\-]|\b([245])\.\d{1,3}\.\d{1,3}\b", text)
    return (found[1] or found[2]) if found else ""


def _each_once(recipients: Iterable[ReportedRecipient]) -> tuple[ReportedRecipient, ...]:
    kept: dict[str, ReportedRecipient] = {}
    for recipient in recipients:
        before = kept.get(recipient.email)
        if before is None or (recipient.permanent and not before.permanent):
            kept[recipient.email] = recipient
    return tuple(kept.values())


# Read receipts (RFC 8098) and complaints (RFC 5965)


def _receipt(evidence: Evidence) -> Report | None:
    if not evidence.disposition_blocks:
        return None
    block = evidence.disposition_blocks[0]
    return Report(
        kind=MailKind.RECEIPT,
        original_message_id=read_id(
            block.get("original-message-id", "") or evidence.returned_fields.get("message-id", "")
        ),
    )


def _complaint(evidence: Evidence) -> Report | None:
    if not evidence.feedback_blocks:
        return None
    block = evidence.feedback_blocks[0]
    addresses = find_addresses(restore_text(block.get("original-rcpt-to", "")))
    return Report(
        kind=MailKind.COMPLAINT,
        recipients=tuple(ReportedRecipient(email=address, permanent=False) for address in addresses),
        original_message_id=read_id(evidence.returned_fields.get("message-id", "")),
        original_envelope_id=block.get("original-envelope-id", "").strip(),
    )


# Bounces of before the standard, and of those who never read it

_DAEMONS = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|post-?master|mmdf|mailerdaemon|mdaemon|uucp|mail\.delivery.*|microsoftexchange[0-9a-f]+)@?",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|failure notice|returned mail|returned to sender|delivery (?:status notification|failure|has failed|problem|report|unsuccessful)"
    r"|mail (?:delivery|system) (?:fail|error|problem)|message (?:status|could not|not deliver)|non[- ]?delivery|nondeliverable|mail could not be delivered"
    r"|no se (?:puede|pudo|ha podido) entregar|no se entreg[oó]|mensaje no entregado|no entregado|error de entrega|devuelto al remitente|correo devuelto"
    r"|entrega (?:fallida|aplazada|retrasada)|notificaci[oó]n de (?:estado|error) de (?:la )?entrega|delivery delayed|delayed mail|could not send message",
    re.IGNORECASE,
)
_BOUNCE_TEXT = re.compile(
    r"this is the qmail-send program|message was created automatically by mail delivery software|did not reach the following recipient"
    r"|this is the (?:postfix|mail system) (?:program|at)|following addresses had permanent|could not be delivered|couldn't be delivered|was not delivered|wasn't delivered"
    r"|delivery (?:to the following|has failed)|undeliverable|no se (?:pudo|ha podido|puede) entregar|no lleg[oó] a (?:los|las)|i'm not going to try again"
    r"|delivery (?:is|was|has been) delayed|user unknown|unknown user|no such user|mailbox (?:unavailable|not found|full)|returned to sender|permanent (?:fatal )?error",
    re.IGNORECASE,
)
_DELAY_TEXT = re.compile(
    r"warning message only|not yet been delivered|will (?:be retried|keep trying|continue to (?:be|try))|has been delayed|delivery (?:is |was )?(?:delayed|incomplete)|"
    r"you do not need to resend|still (?:being )?retried|no es necesario (?:que )?(?:volver|vuelva|reenv)|se (?:seguir[aá]|volver[aá]) a? ?intenta|entrega (?:se ha )?(?:retrasad|aplazad|demorad)",
    re.IGNORECASE,
)
_RETURNED_TEXT = re.compile(
    r"^[ \t]*(?:-{2,}.{0,20}(?:below this line|this is a copy|original message|mensaje original|unsent message|message header|mensaje original|returned message|undelivered message follows).*"
    r"|original message (?:follows|headers|header).*|el mensaje original .*|encabezados de mensajes? original(?:es)?:|diagnostic information for administrators:|informaci[oó]n de diagn[oó]stico.*|received: .*|return-path: .*)$",
    re.IGNORECASE | re.MULTILINE,
)


_LEAD_IN = re.compile(
    r"following (?:recipient|address|mailbox|destinatar)[^\n]{0,60}\n|(?:these|estos) (?:recipients|destinatarios)[^\n]{0,60}\n"
    r"|siguientes? (?:destinatarios?|direcci[oó]n(?:es)?)[^\n]{0,60}\n",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"quota|mailbox (?:is )?full|exceed\w* (?:the )?(?:allowed|storage)|buz[oó]n (?:est[aá] )?lleno|sin espacio",
    re.IGNORECASE,
)


def _odd_bounce(evidence: Evidence) -> Report | None:
    named = [
        address
        for raw in evidence.fields.get("x-failed-recipients", ())
        for address in find_addresses(restore_text(raw))
    ]
    return_path = evidence.fields.get("return-path")
    null_path = return_path is not None and return_path[0].strip() in {"<>", ""}
    daemon = bool(_DAEMONS.match(evidence.from_email)) or not evidence.from_email
    subject_says = bool(_BOUNCE_SUBJECT.search(evidence.subject))
    if not (
        named
        or (daemon and (subject_says or _BOUNCE_TEXT.search(evidence.text)))
        or (null_path and subject_says and _BOUNCE_TEXT.search(evidence.text))
    ):
        return None
    returned = _RETURNED_TEXT.search(evidence.text)
    notice = evidence.text[: returned.start()] if returned and returned.start() > 40 else evidence.text
    kind = (
        MailKind.DELAY
        if _DELAY_TEXT.search(notice) or re.search(r"delay|retras|aplazad", evidence.subject, re.IGNORECASE)
        else MailKind.BOUNCE
    )
    ours = {
        address
        for name in ("to", "cc", "from")
        for _, address in read_addresses(evidence.fields.get(name, ()))
    }
    failing = named or _named_in(notice, ours)
    recipients = [
        ReportedRecipient(
            email=address, permanent=kind is MailKind.BOUNCE and _is_final(_around(address, notice))
        )
        for address in failing
    ]
    message_id = evidence.returned_fields.get("message-id", "")
    if not message_id:
        quoted = re.search(r"^\s*message-id:\s*(<[^<>\s]+>)", evidence.text, re.IGNORECASE | re.MULTILINE)
        message_id = quoted[1] if quoted else ""
    return Report(kind=kind, recipients=_each_once(recipients), original_message_id=read_id(message_id))


def _named_in(notice: str, ours: set[str]) -> list[str]:
    """Return the addresses that a notice names, those after "the following recipients" before all others."""
    introduced = _LEAD_IN.search(notice)
    for text in (notice[introduced.end() :] if introduced else "", notice):
        found = [
            address for address in find_addresses(text) if address not in ours and not _DAEMONS.match(address)
        ]
        if found:
            return found
    return []


def _is_final(reason: str) -> bool:
    klass = _reply_class(reason)
    # A full mailbox is "persistent transient" (RFC 3463, 3.3) where no code says otherwise.
    return klass == "5" or (klass != "4" and not _FULL.search(reason))


def _around(address: str, text: str) -> str:
    """Return the lines from an address to the next one: where its reason stands."""
    start = text.lower().find(address)
    if start < 0:
        return text
    after = text[start + len(address) :]
    following = re.search(r"\n[^\n]*[^\s<>@]+@", after)
    return after[: following.start()] if following else after


# Challenges, auto-replies and lists

_CHALLENGE = re.compile(
    r"requires verification verify#|sender (?:verification|authentication) (?:required|request)"
    r"|(?:prove|verify|confirm|verification)[^.\n]{0,60}(?:you are|you're|that a) (?:a )?(?:real )?(?:human|person)|human (?:being )?and not|not a (?:robot|spammer|machine)\b"
    r"|(?:demostrar|comprobar|confirm(?:ar|e)|verifi(?:car|que))[^.\n]{0,60}(?:es|sea) (?:un |una )?(?:humano|ser humano|persona (?:real|y no))|no es un robot"
    r"|challenge[/-]response|antispam uol",
    re.IGNORECASE,
)
# People write such sentences too; only a machine's mail is judged by them.
_HELD = re.compile(
    r"confirm (?:your|this|the) (?:message|mail|e-?mail)|(?:your|su|tu) (?:message|mail|e-?mail|mensaje|correo)[^.\n]{0,80}"
    r"(?:held|retenido|en espera|waiting)[^.\n]{0,80}(?:confirm|verif)|confirm[ae](?:r)? (?:su|tu|este) (?:mensaje|correo)",
    re.IGNORECASE,
)
_CHALLENGE_FIELDS = (
    "x-boxtrapper",
    "x-boxtrapper-queue",
    "x-spamarrest-info",
    "x-challenge-response",
    "x-asg-challenge",
)
_AUTO_SUBJECT = re.compile(
    r"^\W{0,3}(?:respuesta autom[aá]tica|autom(?:atic|atische) (?:reply|response|antwort)|auto(?:-| )?(?:reply|response|respuesta|matic reply)|autorespuesta|autoreply"
    r"|fuera de (?:la )?oficina|out of (?:the )?office|ausente de la oficina|r[eé]ponse automatique|resposta autom[aá]tica|vacation (?:reply|message)|i am (?:currently )?out of)",
    re.IGNORECASE,
)
_AUTO_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-auto-reply-from",
    "x-mail-autoreply",
    "x-autogenerated",
    "x-mdaemon-autoresponse",
)


def _is_challenge(evidence: Evidence) -> bool:
    if any(name in evidence.fields for name in _CHALLENGE_FIELDS):
        return True
    opening = f"{evidence.subject}\n{evidence.text[:4000]}"
    return bool(_CHALLENGE.search(opening) or (_is_of_a_machine(evidence) and _HELD.search(opening)))


def _is_auto_reply(evidence: Evidence) -> bool:
    if any(name in evidence.fields for name in _AUTO_FIELDS):
        return True
    if evidence.first("auto-submitted").lower().startswith("auto-replied"):
        return True
    if evidence.first("precedence").lower() in {"auto_reply", "auto-reply", "junk"}:
        return True
    return bool(_AUTO_SUBJECT.match(evidence.subject))


def _is_of_a_machine(evidence: Evidence) -> bool:
    return (
        _is_auto_reply(evidence)
        or evidence.first("auto-submitted").lower().startswith("auto")
        or evidence.first("precedence").lower() in {"bulk", "list"}
        or evidence.first("return-path") == "<>"
    )


def _is_list(evidence: Evidence) -> bool:
    if any(
        name in evidence.fields for name in ("list-id", "list-post", "list-unsubscribe", "x-mailing-list")
    ):
        return True
    return evidence.first("precedence").lower() in {"list", "bulk"}


def read_blocks(part: Message) -> tuple[dict[str, str], ...]:
    """Return the blocks of fields of a report part, whichever way the part was encoded."""
    payload = part.get_payload()
    if isinstance(payload, list):
        blocks = [block for block in payload if isinstance(block, Message)]
        found = [{name.lower(): str(value) for name, value in block.raw_items()} for block in blocks]
        if any(found) and str(part.get("content-transfer-encoding", "")).strip().lower() not in {
            "base64",
            "quoted-printable",
        }:
            return tuple(block for block in found if block)
        payload = "\n\n".join(str(block.get_payload()) for block in blocks)
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        holder = Message()
        holder["Content-Transfer-Encoding"] = encoding
        holder.set_payload(payload)
        data = holder.get_payload(decode=True)
    else:
        data = part.get_payload(decode=True)
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else str(payload)
    return read_text_blocks(text)


def read_text_blocks(text: str) -> tuple[dict[str, str], ...]:
    """Return the blocks of `Name: value` lines of a text."""
    blocks: list[dict[str, str]] = []
    unfolded = re.sub(r"\r?\n[ \t]+", " ", text.strip("\r\n"))
    for block in re.split(r"(?:\r?\n){2,}", unfolded):
        fields: dict[str, str] = {}
        for line in block.splitlines():
            name, colon, value = line.partition(":")
            if colon and re.fullmatch(r"[!-9;-~]+", name.strip()):
                fields.setdefault(name.strip().lower(), value.strip())
        if fields:
            blocks.append(fields)
    return tuple(blocks)
