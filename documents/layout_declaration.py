"""Read the declaration of a layout, and tell whoever wrote it what is wrong, on which line, in Spanish (act. 27; V-048).

A declaration is a text that people write by hand from the PS's own document, so every problem is told at once. What reads
well is tried as well: some invented lines are written and read back, for what cannot be read back could never be held to
be the same list (5.2.4).
"""

import csv
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from documents.errors import DocumentError
from documents.layout import (
    KINDS,
    LINE_ENDS,
    MONTH_FORMS,
    QUOTING,
    SOURCES,
    TRANSFORMS,
    TYPES,
    BadLayoutFile,
    Layout,
    LayoutColumn,
    LayoutFile,
    LayoutLine,
    kept_by,
    read_layout_rows,
    write_layout,
)
from procedures.yaml_text import read_yaml

GENERIC = "generico"
LONGEST_TEXT = 64 * 1024
"""A declaration of a hundred columns has a tenth of that."""
WIDEST = 1000
MOST_DECIMALS = 6
SAMPLE = tuple(
    LayoutLine(
        reference=f"2027-B1-{number:06d}",
        ooad=ooad,
        estado=estado,
        municipio=municipio,
        localidad=localidad,
        clave_inegi=clave,
        nombre=nombre,
        tipo=tipo,
        importe=Decimal(importe),
        meses=("2027-01", "2027-02"),
    )
    for number, (ooad, estado, municipio, localidad, clave, nombre, tipo, importe) in enumerate(
        [
            ("Chiapas", "Chiapas", "Ocosingo", "Abasolo", "070590001", "María López Gómez", "VRS", "1000.00"),
            (
                "Oaxaca",
                "Oaxaca",
                "Ixtlán de Juárez",
                "La Luz",
                "200420016",
                "Íñigo Peña Güemes",
                "PVR",
                "800.00",
            ),
            (
                "Veracruz Norte",
                "Veracruz de Ignacio de la Llave",
                "Chicontepec",
                "Ahuatitla Arriba",
                "300580006",
                "José María de los Ángeles Hernández Xicoténcatl",
                "VRS",
                "1000.50",
            ),
        ],
        start=1,
    )
)
"""Invented people, with what names in lists have: accents, Ñ, Ü, and length."""

TOP_KEYS = ("key", "version", "cites", "file", "columns")
FILE_KEYS = ("kind", "encoding", "delimiter", "quoting", "header", "line_end")
COLUMN_KEYS = (*(item.name for item in fields(LayoutColumn) if item.name != "transforms"), "transform")
_KIND_OF = {"importe": "money", "meses": "months"}
"""What is read back from a column as a number or as months has to be written as such."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,31}")
_SPANISH = "ÁÉÍÓÚÜÑáéíóúüñ"

Lines = Mapping[tuple[str | int, ...], int]
"""The line on which each part of a declaration stands, by the keys and places that lead to it."""
Where = tuple[str | int, ...]


class BadLayout(DocumentError):
    """The declaration cannot be used; `problems` names all reasons, in Spanish, each with its line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What a layout makes of some invented lines."""

    file: LayoutFile
    losses: tuple[str, ...]
    """What cannot be read back from the file as it was written, in Spanish; nobody should use such a layout."""
    remarks: tuple[str, ...]
    """What is allowed and yet worth a look."""


def builtin_layout(key: str = GENERIC) -> Layout:
    """Return a layout that comes with the project."""
    return load_layout(builtin_layout_text(key))


def builtin_layout_text(key: str = GENERIC) -> str:
    """Return the declaration of a layout that comes with the project."""
    return resources.files("documents").joinpath("layouts", f"{key}.yaml").read_text(encoding="utf-8")


def builtin_layouts() -> frozenset[str]:
    """Return the names of the layouts that come with the project."""
    folder = resources.files("documents").joinpath("layouts")
    return frozenset(
        item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")
    )


def load_layout(text: str) -> Layout:
    """Load a layout's declaration.

    Raises:
        BadLayout: with all problems at once, V-048 (a mandatory column is missing) among them.
    """
    problems: list[str] = []
    data, lines = _parsed(text, problems)
    reader = _Reader(lines, problems)
    layout = reader.layout(data)
    if problems or layout is None:
        raise BadLayout(problems)
    return layout


def try_layout(layout: Layout, lines: Sequence[LayoutLine] = SAMPLE) -> Trial:
    """Write some lines in a layout and read them back."""
    losses: list[str] = []
    try:
        file = write_layout(lines, layout)
    except (csv.Error, UnicodeError) as error:
        nothing = LayoutFile(content=b"", written=(), refused=())
        return Trial(file=nothing, losses=(_say("unwritable", error=str(error)),), remarks=())
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        path = Path(folder) / f"muestra{layout.extension}"
        path.write_bytes(file.content)
        try:
            found = read_layout_rows(path, layout)
            expected = tuple(kept_by(line, layout) for line in file.written)
        except BadLayoutFile as error:
            losses.append(_say("unreadable", error=str(error)))
        else:
            losses += [
                _say("lost", column=column.name, written=_shown(line, column), read=_shown(again, column))
                for column in layout.columns
                if column.type != "constant"
                for line, again in zip(file.written, found, strict=True)
                if column.type in {"money", "months", "digits"}
                and _shown(line, column) != _shown(again, column)
            ]
            if not losses and found != expected:
                losses.append(_say("unreadable", error="dice otra cosa"))
    return Trial(file=file, losses=tuple(dict.fromkeys(losses)), remarks=tuple(_remarks(layout)))


def _shown(line: LayoutLine, column: LayoutColumn) -> str:
    value = getattr(line, column.source)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _remarks(layout: Layout) -> Iterator[str]:
    if layout.kind == "xlsx":
        return
    try:
        _SPANISH.encode(layout.encoding)
    except UnicodeEncodeError:
        if any(column.type == "text" and "ascii" not in column.transforms for column in layout.columns):
            yield _say("no-accents", encoding=layout.encoding)


# ------------------------------------------------------------------ from text to values


def _parsed(text: str, problems: list[str]) -> tuple[Any, Lines]:
    """Return the values of a YAML text, and where each stands."""
    if len(text) > LONGEST_TEXT:
        problems.append(_say("too-long", limit=LONGEST_TEXT // 1024))
        return None, {}
    lines: dict[Where, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _note_lines(node, (), lines, problems)
        return read_yaml(text), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.append(_at(mark.line + 1 if mark else None, _say("not-yaml")))
    except (yaml.YAMLError, RecursionError, ValueError):
        problems.append(_say("not-yaml"))
    return None, {}


def _note_lines(node: yaml.Node, where: Where, lines: dict[Where, int], problems: list[str]) -> None:
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                problems.append(_at(key.start_mark.line + 1, _say("repeated", name=name)))
            seen.add(name)
            _note_lines(value, (*where, name), lines, problems)
            lines[(*where, name)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            _note_lines(value, (*where, place), lines, problems)


def _at(line: int | None, text: str) -> str:
    return f"línea {line}: {text}" if line else text


def _say(key: str, **words: object) -> str:
    return _texts()[key].format(**words)


@cache
def _texts() -> Mapping[str, str]:
    text = resources.files("documents").joinpath("layout_problems.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = read_yaml(text)
    return found


# ------------------------------------------------------------------ from values to a layout


class _Reader:
    """Reads the values of a declaration, and notes everything that is wrong with them."""

    def __init__(self, lines: Lines, problems: list[str]) -> None:
        self._lines = lines
        self._problems = problems

    def layout(self, data: Any) -> Layout | None:
        """Return the layout; None where it cannot be made, with the reasons noted."""
        if self._problems:
            return None
        if (
            not isinstance(data, dict)
            or not isinstance(data.get("file"), dict)
            or not isinstance(data.get("columns"), list)
        ):
            self._problems.append(_say("shape"))
            return None
        self._known((), data, TOP_KEYS)
        file = data["file"]
        self._known(("file",), file, FILE_KEYS)
        for name in ("kind", "encoding"):
            if name not in file:
                self._wrong(("file",), "missing", name=name)
        kind = self._choice(("file", "kind"), file, KINDS, "csv")
        columns = [
            column
            for place, item in enumerate(data["columns"])
            if (column := self._column(("columns", place), item, kind)) is not None
        ]
        layout: dict[str, Any] = {
            "key": self._name(data),
            "version": self._number(("version",), data, 0, least=1, most=9999),
            "kind": kind,
            "encoding": self._encoding(file),
            "delimiter": self._sign(("file", "delimiter"), file, ","),
            "quoting": self._choice(("file", "quoting"), file, tuple(QUOTING), "minimal"),
            "header": self._switch(("file", "header"), file, default=True),
            "line_end": self._choice(("file", "line_end"), file, tuple(LINE_ENDS), "crlf"),
        }
        self._columns_together(columns, data)
        return None if self._problems else Layout(columns=tuple(columns), **layout)

    def _columns_together(self, columns: Sequence[LayoutColumn], data: Any) -> None:
        mapped = {column.source for column in columns}
        if len(columns) == len(data["columns"]):
            for source in SOURCES:
                if source not in mapped:
                    self._wrong(("columns",), "no-column", source=source)
        seen: set[str] = set()
        for place, item in enumerate(data["columns"]):
            name = item.get("name") if isinstance(item, dict) else None
            if isinstance(name, str) and name in seen:
                self._wrong(("columns", place), "same-name", name=name)
            seen.add(str(name))

    def _column(self, where: Where, item: Any, kind: str) -> LayoutColumn | None:
        before = len(self._problems)
        if not isinstance(item, dict):
            self._wrong(where, "no-mapping")
            return None
        self._known(where, item, COLUMN_KEYS)
        for name in ("name", "type", "width"):
            if name not in item:
                self._wrong(where, "missing", name=name)
        of_type = self._choice((*where, "type"), item, TYPES, "text")
        source = "" if of_type == "constant" else self._choice((*where, "source"), item, SOURCES, "")
        if of_type != "constant" and "source" not in item:
            self._wrong(where, "missing", name="source")
        elif source and _KIND_OF.get(source, of_type) != of_type:
            self._wrong((*where, "type"), "other-type", source=source, type=_KIND_OF[source])
        elif of_type in {"money", "months"} and source and _KIND_OF.get(source) != of_type:
            self._wrong((*where, "type"), "not-that-type", source=source, type=of_type)
        fill = self._sign((*where, "fill"), item, "", empty=True)
        values: dict[str, Any] = {
            "name": self._text((*where, "name"), item, "", longest=120, needed="name" in item),
            "source": source,
            "type": of_type,
            "width": self._number((*where, "width"), item, 1, least=1, most=WIDEST),
            "transforms": self._transforms((*where, "transform"), item),
            "constant": self._text((*where, "constant"), item, "", longest=WIDEST),
            "decimals": self._number((*where, "decimals"), item, 2, least=0, most=MOST_DECIMALS),
            "point": self._switch((*where, "point"), item, default=True),
            "separator": self._text((*where, "separator"), item, ",", longest=3),
            "form": self._choice((*where, "form"), item, MONTH_FORMS, "YYYY-MM"),
            "fill": fill or (" " if kind == "fixed" else ""),
            "side": self._choice((*where, "side"), item, ("left", "right"), "right"),
        }
        return LayoutColumn(**values) if len(self._problems) == before else None

    # What a value may be

    def _known(self, where: Where, data: Mapping[Any, Any], names: Sequence[str]) -> None:
        for name in data:
            if name not in names:
                self._wrong((*where, str(name)), "unknown", name=name, known=", ".join(names))

    def _text(
        self, where: Where, data: Mapping[str, Any], default: str, *, longest: int, needed: bool = False
    ) -> str:
        value = data.get(str(where[-1]), default)
        if not isinstance(value, str):
            self._wrong(where, "not-text", name=where[-1])
        elif len(value) > longest or (needed and not value.strip()):
            self._wrong(where, "length", name=where[-1], longest=longest)
        elif not value.isprintable():
            self._wrong(where, "unprintable", name=where[-1])
        else:
            return value
        return default

    def _name(self, data: Mapping[str, Any]) -> str:
        value = data.get("key")
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            self._wrong(("key",), "no-name")
            return ""
        return value

    def _number(self, where: Where, data: Mapping[str, Any], default: int, *, least: int, most: int) -> int:
        value = data.get(str(where[-1]), default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._wrong(where, "not-number", name=where[-1], least=least, most=most)
            return default
        return value

    def _switch(self, where: Where, data: Mapping[str, Any], *, default: bool) -> bool:
        value = data.get(str(where[-1]), default)
        if not isinstance(value, bool):
            self._wrong(where, "not-switch", name=where[-1])
            return default
        return value

    def _choice(self, where: Where, data: Mapping[str, Any], known: Sequence[str], default: str) -> str:
        value = data.get(str(where[-1]), default)
        if value not in known and str(where[-1]) in data:
            self._wrong(where, "no-choice", name=where[-1], value=value, known=", ".join(known))
            return default
        return str(value)

    def _sign(self, where: Where, data: Mapping[str, Any], default: str, *, empty: bool = False) -> str:
        value = data.get(str(where[-1]), default)
        if not isinstance(value, str):
            self._wrong(where, "not-text", name=where[-1])
        elif not (len(value) == 1 or (empty and not value)) or value in '"\r\n':
            if not (empty and not value):
                self._wrong(where, "not-sign", name=where[-1])
        else:
            return value
        return default

    def _transforms(self, where: Where, data: Mapping[str, Any]) -> tuple[str, ...]:
        value = data.get("transform") or ()
        named = [value] if isinstance(value, str) else value
        if not isinstance(named, list | tuple):
            named = [named]
        for one in named:
            if one not in TRANSFORMS:
                self._wrong(where, "no-choice", name="transform", value=one, known=", ".join(TRANSFORMS))
        return tuple(str(one) for one in named)

    def _encoding(self, file: Mapping[str, Any]) -> str:
        value = file.get("encoding", "utf-8")
        try:
            "0".encode(value)
        except (LookupError, TypeError, UnicodeError, ValueError):
            self._wrong(("file", "encoding"), "no-encoding", value=value)
            return "utf-8"
        return str(value)

    def _wrong(self, where: Where, key: str, **words: object) -> None:
        place = where
        while place and place not in self._lines:
            place = place[:-1]
        self._problems.append(_at(self._lines.get(place), _say(key, **words)))
