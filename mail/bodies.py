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
_QUOTE_CLASSES = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|WordSection_quoted"
)
_QUOTE_IDS = re.compile(
    r"divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|isReplyContent"
)

_ORIGINAL = re.compile(
    r"^[ \t>*]*(?:"
    r"-{2,}\s*(?:mensaje original|mensaje reenviado|original message|forwarded message|mensagem original|message d'origine|ursprüngliche nachricht).*"
    r"|_{20,}"
    r"|(?:begin forwarded message|inicio del mensaje reenviado)\s*:"
    r"|\*?(?:de|from|desde)\s*:\*?[^\n]*\n[ \t>]*\*?(?:enviad[oa](?: el)?|sent|fecha|date|para|to)\s*:.*"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)
# "El lun, 4 ene 2027 a las 9:00, Oficialía (<o@example.org>) escribió:" on one line, two or three; a sentence
# above it that begins like that, too, is its author's.
_ATTRIBUTION = re.compile(
    r"^[ \t]*(?:el|on|em|le|am)\b[^\n]{4,300}?(?:\n(?![ \t]*(?:$|(?:el|on|em|le|am)\b))[^\n]{0,200}?){0,2}\b(?:escribió|escribio|wrote|escreveu|a écrit|schrieb)\s{0,3}:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_PHONE_LINE = re.compile(
    r"^[ \t]*(?:enviado (?:desde|con)|sent from|obtener outlook|get outlook|enviado do meu)\b.*$",
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

    # Each beginning without an end is looked for to the last line; a few are enough.
    return (_UUENCODED.sub(take, text) if "\nend" in text and text.count("begin ") <= 20 else text), files


def tidy(text: str) -> str:
    """Return text with plain line ends, no trailing blanks and no runs of empty lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\x00", "")
    text = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
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
    >>> new_text("El caso procede.\n\nEl lun, 4 ene 2027 a las 9:00, Oficialía\nescribió:\n> Se solicita")
    'El caso procede.'
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
    # People begin sentences like that too; a date or an address tells the program's from theirs.
    text = _ATTRIBUTION.sub(lambda found: "" if re.search(r"\d|@", found[0]) else found[0], text)
    text = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    signature = _SIGNATURE.search(text)
    if signature is not None and text[: signature.start()].strip():
        text = text[: signature.start()]
    return tidy(_PHONE_LINE.sub("", text))


def html_to_text(page: str) -> str:
    """Return the readable text of an HTML body, with a mark where the quoted original begins."""
    page = page[:_LONGEST_HTML]
    if page.count("<") > page.count(">") + 1000:
        # Tags that never close cost the library a look at the whole rest each.
        return tidy(re.sub(r"<[^<>]*>?", " ", page))
    reader = _Reader()
    try:
        reader.feed(page)
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        # The library gives up at some malformed declarations; the rest is read without their help.
        reader.handle_data(re.sub(r"<[^>]*>?", " ", reader.rawdata))
    return tidy("\n".join(reader.finished()))


class _Reader(HTMLParser):
    """Collects the lines that a browser would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._silent = 0

    def finished(self) -> list[str]:
        """Return the lines, the last one too."""
        self._end_line()
        return self._lines

    def _end_line(self, *, even_empty: bool = False) -> None:
        line = "".join(self._line).strip(" ")
        if line or even_empty:
            self._lines.append(line)
        self._line = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line for a block, and silence for what is no text."""
        if tag in _SILENT:
            self._silent += 1
        elif tag == "body":
            # A head that nobody closed ends here.
            self._silent = 0
        if tag == "br":
            self._end_line(even_empty=True)
        elif tag in _BLOCKS:
            self._end_line()
        elif tag in {"td", "th"}:
            self._line.append(" ")
        if tag == "li":
            self._line = ["- "]
        given = {name: value or "" for name, value in attrs}
        if (
            _QUOTE_CLASSES.search(given.get("class", ""))
            or _QUOTE_IDS.search(given.get("id", ""))
            or (tag == "blockquote" and given.get("type", "").lower() == "cite")
        ):
            self._line.append(_QUOTE)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read `<br/>` like `<br>`; a closed `<style/>` silences nothing."""
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """End a line, a paragraph or a silence."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BLOCKS:
            self._end_line()
        if tag == "p":
            self._end_line(even_empty=True)

    def handle_data(self, data: str) -> None:
        """Keep text, with its white space folded as a browser folds it."""
        if not self._silent:
            folded = re.sub(r"[ \t\r\n\f]+", " ", data)
            if not self._line or self._line[-1].endswith(" "):
                folded = folded.lstrip(" ")
            if folded:
                self._line.append(folded)
