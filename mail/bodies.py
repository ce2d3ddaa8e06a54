"""What a person wrote: text out of HTML, and the new text apart from what it quotes."""

import re
from html.parser import HTMLParser

LONGEST_TEXT = 50_000
"""Characters that are kept of a body; nobody writes a longer answer."""

_LONGEST_HTML = 2_000_000
_QUOTE = "\ufdd0"
"""Stands where a mail program's own mark begins the quoted original; a noncharacter never comes in text."""

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_SILENT = frozenset({"head", "script", "style", "title", "template", "object"})
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_QUOTE_CLASSES = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|WordSection_quoted"
)
_QUOTE_IDS = re.compile(
    r"divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|isReplyContent"
)

_ORIGINAL = re.compile(
    r"^[ \t>*_]*(?:"
    r"-{2,}\s*(?:mensaje original|mensaje reenviado|original message|forwarded message|mensagem original|message d'origine|ursprüngliche nachricht).*"
    r"|_{20,}"
    r"|(?:begin forwarded message|inicio del mensaje reenviado)\s*:"
    r"|\*?(?:de|from|desde)\s*:\*?[^\n]*\n[ \t>]*\*?(?:enviad[oa](?: el)?|sent|fecha|date|para|to)\s*:.*"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)
# "El lun, 4 ene 2027 a las 9:00, Oficialía (<o@example.org>) escribió:" on one line or two.
_ATTRIBUTION = re.compile(
    r"^[ \t]*(?:el|on|em|le|am)\b[^\n]{6,300}?(?:\n[^\n]{0,200})?\n?[^\n]{0,200}?(?:escribió|escribio|wrote|escreveu|a écrit|schrieb)[^\n]{0,40}:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_PHONE_LINE = re.compile(
    r"^\s*(?:enviado (?:desde|con)|sent from|obtener outlook|get outlook|enviado do meu)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_UUENCODED = re.compile(r"^begin [0-7]{3,4} ([^\r\n]+)\r?\n(.*?)^end\s*$", re.MULTILINE | re.DOTALL)


def split_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return the text without the files that stand in it the old way (`begin 644 name`), and those files."""
    import binascii

    files: list[tuple[str, bytes]] = []

    def take(found: re.Match[str]) -> str:
        data = bytearray()
        for line in found[2].splitlines():
            try:
                data += binascii.a2b_uu(line.encode("ascii", "replace"))
            except binascii.Error:
                return found[0]
        if not data:
            return found[0]
        files.append((found[1].strip(), bytes(data)))
        return ""

    return (_UUENCODED.sub(take, text) if "\nend" in text else text), files


def tidy(text: str) -> str:
    """Return text with plain line ends, no trailing blanks and no runs of empty lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\x00", "")
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def cut(text: str) -> tuple[str, bool]:
    """Return at most LONGEST_TEXT characters, and whether something was left out."""
    return (text, False) if len(text) <= LONGEST_TEXT else (text[:LONGEST_TEXT], True)


def drop_marks(text: str) -> str:
    """Return text of `html_to_text` without the marks of quotation."""
    return tidy(text.replace(_QUOTE, ""))


def new_text(text: str) -> str:
    r"""Return what its author added: without the quoted original, signature and phone's line.

    An answer written below or between the quoted lines is kept.

    >>> new_text("HECHO 482913\n\nEl lun, 4 ene 2027 a las 9:00, Oficialía escribió:\n> Se solicita")
    'HECHO 482913'
    >>> new_text("> ¿Procede?\nENTERADO")
    'ENTERADO'
    """
    text = text.replace("\r\n", "\n")
    mark = text.find(_QUOTE)
    if mark >= 0:
        text = text[:mark]
    original = _ORIGINAL.search(text)
    if original is not None:
        text = text[: original.start()]
    text = _ATTRIBUTION.sub("", text)
    text = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    signature = _SIGNATURE.search(text)
    if signature is not None and text[: signature.start()].strip():
        text = text[: signature.start()]
    return tidy(_PHONE_LINE.sub("", text))


def html_to_text(page: str) -> str:
    """Return the readable text of an HTML body, with a mark where the quoted original begins."""
    reader = _Reader()
    try:
        reader.feed(page[:_LONGEST_HTML])
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        # The library gives up at some malformed declarations; what was read until there stands.
        reader.pieces.append(re.sub(r"<[^>]*>", " ", page[reader.read_so_far() : _LONGEST_HTML]))
    text = "".join(reader.pieces)
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    return tidy(text)


class _Reader(HTMLParser):
    """Collects text, one line a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._lines = [0]

    def read_so_far(self) -> int:
        """Return about where reading stands, in characters."""
        return sum(len(piece) for piece in self.pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a line for a block and silence for what is not text."""
        if tag in _SILENT:
            self._silent += 1
        elif tag == "body":
            # A head that nobody closed ends here.
            self._silent = 0
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")
        if tag == "li":
            self.pieces.append("- ")
        given = {name: value or "" for name, value in attrs}
        if (
            _QUOTE_CLASSES.search(given.get("class", ""))
            or _QUOTE_IDS.search(given.get("id", ""))
            or (tag == "blockquote" and given.get("type", "").lower() == "cite")
        ):
            self.pieces.append(_QUOTE)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read `<br/>` like `<br>`; a closed `<style/>` silences nothing."""
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close a line, or a silence."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS and tag not in _VOID:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep text, with its white space folded as a browser folds it."""
        if not self._silent:
            self.pieces.append(re.sub(r"[ \t\r\n\f]+", " ", data))
