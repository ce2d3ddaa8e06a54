"""Telegram's HTML: a text with marks becomes plain text and entities, or is refused."""

from html.parser import HTMLParser

from service.demo.chats import Json, bad_request, utf16_length

_ENTITIES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "a": "text_link",
}


class _Reader(HTMLParser):
    """Collects the text and where each mark begins and ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.entities: list[Json] = []
        self._open: list[tuple[str, Json]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ENTITIES:
            raise bad_request(
                f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {self._offset()}'
            )
        entity: Json = {"type": _ENTITIES[tag], "offset": utf16_length(self.text)}
        if tag == "a":
            entity["url"] = dict(attrs).get("href") or ""
        self._open.append((tag, entity))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {self._offset()}")
        _, entity = self._open.pop()
        entity["length"] = utf16_length(self.text) - entity["offset"]
        if entity["length"]:
            self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        self.text += data

    def finish(self) -> None:
        """Refuse what was left open."""
        self.close()
        if self._open:
            raise bad_request(
                f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1][0]}\""
            )

    def _offset(self) -> int:
        return utf16_length(self.text)


def read_text(text: str, parse_mode: str) -> tuple[str, list[Json]]:
    """Return a text as people see it, with its entities.

    >>> read_text("Folio <b>12</b>", "HTML")
    ('Folio 12', [{'type': 'bold', 'offset': 6, 'length': 2}])

    Raises:
        Refused: it is not well formed, or formatted in a way that the desk does not use.
    """
    if not parse_mode:
        return text.strip(), []
    if parse_mode.upper() != "HTML":
        raise bad_request("unsupported parse_mode")
    reader = _Reader()
    reader.feed(text)
    reader.finish()
    return reader.text.strip(), sorted(
        reader.entities, key=lambda entity: (entity["offset"], -entity["length"])
    )
