"""The mistakes that people and programmes make in a right workbook, as strategies to be mixed at will.

Each change of a cell says whether its row is right all the same. Changes of the sheet (columns moved, titles above,
hidden rows ...) never make a right row wrong or a wrong one right.
"""

import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import strategies as st

from documents.list_columns import column
from procedures.lists.context import ListContext, Place, ScopeLocality
from procedures.lists.names import normalise_name
from procedures.lists.rows import FIELDS
from tests.samples.lists import LOCALITIES, MONTHS, UNITS, template_values
from tests.samples.make_samples import FOLDER

SHOWN = FIELDS[:15]
UNIT = "OOAD07-R03-PAC012"
NAMES = (
    "María López Gómez",
    "Juana Ñáñez Pérez",
    "José Hernández Díaz",
    "Petrona Gutiérrez Ruiz",
    "Andrés Méndez Sántiz",
    "Xóchitl O'Farrill Ku",
    "Guadalupe de la O Zúñiga",
    "Francisca Jiménez-Pech",
)
OTHERS_CLAVE = "070590099"
"""A locality of somebody else's ámbito."""

CONTEXT = ListContext(
    period="2027-B1",
    months=MONTHS,
    open_periods=frozenset({"2027-B1"}),
    template="0780-PLA-v3",
    circular="001/2027",
    unit=UNIT,
    ooad_name="Chiapas",
    ooad_aliases=("Delegación Chiapas",),
    entities=frozenset({"07"}),
    localities={place.clave: ScopeLocality(place.municipality, place.name) for place in LOCALITIES},
    catalogue={
        **{place.clave: Place(place.municipality, place.name) for place in LOCALITIES},
        OTHERS_CLAVE: Place("Ocosingo", "Taniperla"),
    },
    complete=frozenset({"07"}),
    medical_units={f"UMR{number}": name for number, name in enumerate(UNITS)},
    tariff={
        (tipo, month): amount
        for tipo, by_month in template_values().tariff.items()
        for month, amount in by_month.items()
    },
)


@dataclass(frozen=True)
class Formula:
    """A cell that a formula computes."""

    text: str
    value: Any = ""
    """What the programme kept as its result; empty where nobody computed it."""


@dataclass(frozen=True)
class Formatted:
    """A number that is shown in a format."""

    value: Any
    format: str


@dataclass(frozen=True)
class Listed:
    """Somebody in the list: the right cells, the cells as they were typed, and whether the row is right."""

    right: dict[str, Any]
    typed: dict[str, Any]
    is_right: bool
    mistakes: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str, str, Decimal, tuple[str, ...]]:
        return (
            normalise_name(self.right["nombre"]),
            self.right["clave_inegi"],
            self.right["tipo"],
            Decimal(self.right["importe"]),
            MONTHS,
        )


# ------------------------------------------------------------------ cells

Change = Callable[[Any], Any]


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _bare(text: str) -> str:
    return "".join(sign for sign in _decomposed(text) if not unicodedata.combining(sign) or sign == "\u0303")


TEXTS: dict[str, Change] = {
    "upper case": str.upper,
    "lower case": str.lower,
    "decomposed accents": _decomposed,
    "no accents": _bare,
    "blanks around": lambda text: f"  {text} ",
    "hard blanks": lambda text: "\u00a0" + text.replace(" ", "\u00a0 ") + "\u00a0",
    "apostrophe in front": lambda text: f"'{text}",
    "an invisible sign": lambda text: f"{text}\u200b",
    "a line break": lambda text: f"{text}\n",
}
RIGHT: dict[str, dict[str, Change]] = {
    "clave_inegi": {
        "lost zero": int,
        "lost zero, as text": lambda clave: clave.lstrip("0"),
        "a decimal, as text": lambda clave: f"{int(clave)}.0",
        "hyphens": lambda clave: f"{clave[:2]}-{clave[2:5]}-{clave[5:]}",
        "blanks": lambda clave: f" {clave[:2]} {clave[2:5]} {clave[5:]}\u00a0",
        "apostrophe": lambda clave: f"'{clave}",
        "zeros by format": lambda clave: Formatted(int(clave), "000000000"),
        "wide digits": lambda clave: "".join(chr(ord(digit) + 0xFEE0) for digit in clave),
        "computed": lambda clave: Formula(f'="{clave}"', clave),
    },
    "importe": {
        "as text": lambda amount: f"{amount:,.2f}",
        "with a sign": lambda amount: f"$ {amount:,.2f} ",
        "apostrophe": lambda amount: f"'{amount}",
        "a float's noise": lambda amount: float(amount) + 1e-10,
        "as currency": lambda amount: Formatted(amount, '"$"#,##0.00'),
        "computed": lambda amount: Formula(f"=2*{amount // 2}", amount),
    },
    "meses": {
        "short": lambda _: "ENE-FEB",
        "listed": lambda _: "enero, febrero",
        "with the year": lambda _: "Enero - Febrero 2027",
        "numbers": lambda _: "01,02",
        "how many": lambda _: 2,
        "how many, in words": lambda _: "2 meses",
        "iso": lambda _: "2027-01, 2027-02",
        "computed": lambda months: Formula(f'="{months}"', months),
    },
    "tipo": {
        "lower case": str.lower,
        "points": ".".join,
        "long": {"VRS": "Voluntaria Rural de Salud", "PVR": "Partera Voluntaria Rural"}.__getitem__,
        "computed": lambda tipo: Formula(f'="{tipo}"', tipo),
    },
    "no_progresivo": {
        "as text": str,
        "a gap": lambda number: number + 7,
        "computed": lambda number: Formula("=ROW()-2", number),
    },
    "situacion": {
        "other word": lambda _: "Activa",
        "upper case": str.upper,
        "empty": lambda _: None,
        "unknown": lambda _: "sigue",
    },
    "obs": {
        "a remark": lambda _: "regresó en enero",
        "too long": lambda _: "regresó " * 60,
        "a date": lambda _: date(2027, 1, 15),
        "a number": lambda _: 919,
        "minus five": lambda _: "-5",
    },
    "ooad": {**TEXTS, "alias": lambda _: "DELEGACION CHIAPAS", "code": lambda _: "OOAD07"},
    "unidad_medica": {**TEXTS, "another": lambda _: "UMR Lejana"},
    "region": {**TEXTS, "its name": lambda _: "Región 3"},
    "pac": {"its name": lambda _: "Ocosingo Centro", "lower case": str.lower},
    "nombre": TEXTS,
    "estado": TEXTS,
    "municipio": TEXTS,
    "localidad": TEXTS,
}
WRONG: dict[str, dict[str, Change]] = {
    "clave_inegi": {
        "seven digits": lambda clave: int(clave[:2] + clave[4:]),
        "a digit too many": lambda clave: f"{clave}1",
        "no such entity": lambda clave: f"33{clave[2:]}",
        "no municipality": lambda clave: f"{clave[:2]}000{clave[5:]}",
        "of another entity": lambda clave: f"20{clave[2:]}",
        "of another ámbito": lambda _: OTHERS_CLAVE,
        "letters": lambda clave: clave.replace("0", "O"),
        "a date": lambda _: date(1959, 7, 1),
        "scientific": lambda _: "7.0590001E7",
        "rounded": lambda clave: f"{int(clave):.2E}",
        "not computed": lambda _: Formula("=A1&B1"),
        "an error": lambda _: Formula("=VLOOKUP(1,A1:B2,2,0)", "#N/A"),
        "a yes": lambda _: True,
    },
    "importe": {
        "european": lambda amount: (
            f"{amount // 1000}.{amount % 1000:03},00" if amount >= 1000 else f"{amount},00"
        ),
        "in words": lambda _: "mil pesos",
        "zero": lambda _: 0,
        "below zero": lambda amount: -amount,
        "centavos and more": lambda amount: amount + 0.005,
        "another amount": lambda amount: amount - 100,
        "a date": lambda _: date(1902, 9, 26),
        "not computed": lambda _: Formula("=500*2"),
        "an error": lambda _: Formula("=1/0", "#DIV/0!"),
        "a yes": lambda _: True,
    },
    "meses": {
        "outside": lambda _: "FEB-MAR",
        "which": lambda _: "1",
        "three": lambda _: 3,
        "a date": lambda _: date(2027, 1, 1),
        "an instant": lambda _: datetime(2027, 2, 1, 10, 30),
        "another year": lambda _: "enero-febrero 2026",
        "twice": lambda _: "enero, enero",
        "backwards": lambda _: "febrero-enero",
        "a decimal": lambda _: 1.2,
        "not computed": lambda _: Formula("=A1"),
    },
    "tipo": {
        "VSF": lambda _: "VSF",
        "aval": lambda _: "Aval Ciudadano",
        "the other one": {"VRS": "PVR", "PVR": "VRS"}.__getitem__,
        "a number": lambda _: 1,
    },
    "nombre": {
        "one word": lambda name: name.split()[0],
        "placeholder": lambda _: "PENDIENTE POR DEFINIR",
        "a digit": lambda name: f"{name} 2",
        "a number": lambda _: 12345,
        "a formula as text": lambda _: '=HYPERLINK("http://x.example","ver")',
        "an at sign": lambda name: f"@{name}",
        "computed": lambda name: Formula('=UPPER("x")', name),
        "two people": lambda name: f"{name} / {name}",
    },
    "estado": {"another": lambda _: "Oaxaca", "none such": lambda _: "Chiapitas"},
    "ooad": {"another": lambda _: "Oaxaca", "a number": lambda _: 7},
    "pac": {"another": lambda _: "OOAD07-R03-PAC015"},
    "situacion": {"baja": lambda _: "BAJA", "suspended": lambda _: "Suspendida"},
    "obs": {"a formula as text": lambda _: "=1+1", "plus": lambda _: "+cmd|' /C calc'!A0"},
}
for _field in (
    "ooad",
    "estado",
    "municipio",
    "localidad",
    "clave_inegi",
    "nombre",
    "tipo",
    "importe",
    "meses",
):
    WRONG.setdefault(_field, {})["empty"] = lambda _: None
for _field in ("no_progresivo", "region", "pac", "unidad_medica"):
    WRONG.setdefault(_field, {})["empty"] = lambda _: "-"

CHANGES = [
    (name, what, change, is_right)
    for table, is_right in ((RIGHT, True), (WRONG, False))
    for name, changes in table.items()
    for what, change in changes.items()
]


def right_cells(number: int, name: str, place: int, tipo: str) -> dict[str, Any]:
    """The cells of somebody whose row is right."""
    locality = LOCALITIES[place]
    return {
        "no_progresivo": number,
        "ooad": "Chiapas",
        "estado": locality.state,
        "municipio": locality.municipality,
        "localidad": locality.name,
        "clave_inegi": locality.clave,
        "nombre": name,
        "tipo": tipo,
        "importe": 1000 if tipo == "VRS" else 800,
        "meses": "enero-febrero",
        "region": "OOAD07-R03",
        "pac": UNIT,
        "unidad_medica": UNITS[place],
        "situacion": "activo",
        "obs": None,
    }


@st.composite
def people(draw: st.DrawFn) -> list[Listed]:
    """Some people, each with as many mistakes as it likes, one a cell."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    listed = []
    for number, name in enumerate(names, start=1):
        right = right_cells(
            number, name, draw(st.integers(0, len(LOCALITIES) - 1)), draw(st.sampled_from(("VRS", "PVR")))
        )
        changes = draw(
            st.lists(
                st.sampled_from(CHANGES),
                max_size=draw(st.sampled_from((0, 1, 2, 4))),
                unique_by=lambda one: one[0],
            )
        )
        typed = dict(right)
        for field_name, _what, change, _is_right in changes:
            typed[field_name] = change(right[field_name])
        listed.append(
            Listed(
                right=right,
                typed=typed,
                is_right=all(is_right for *_, is_right in changes),
                mistakes=tuple(f"{field_name}: {what}" for field_name, what, *_ in changes),
            )
        )
    return listed


# ------------------------------------------------------------------ sheets


TOTALS = ("TOTAL", "Total:", "TOTAL 65", "Total de personas: 5", "SUBTOTAL", "Suma total")


@dataclass(frozen=True)
class Shape:
    """How the sheet around the rows is made."""

    order: tuple[str, ...] = SHOWN
    titles: dict[str, str] = field(default_factory=dict)
    sheet_name: str = "Listado"
    lines_above: int = 1
    merged_titles: bool = False
    first_column: int = 0
    own_column: bool = False
    empty_lines: frozenset[int] = frozenset()
    """Before which people an empty line stands."""
    repeated_header: bool = False
    header_in_two: bool = False
    """Whether every other title stands in the row above the others."""
    total_below: str = ""
    """How the line below the list begins that sums it up."""
    signed_below: bool = False
    title_between: int | None = None
    """Before whom a line stands that names a place and nobody."""
    hidden_rows: frozenset[int] = frozenset()
    hidden_column: str = ""
    hidden_sheet: bool = False
    sheet_before: bool = False
    whole_columns: bool = False
    far_format: bool = False
    date_1904: bool = False
    is_table: bool = False
    copied: int | None = None
    """Whose row stands twice."""


@st.composite
def shapes(draw: st.DrawFn, count: int) -> Shape:
    """A sheet for so many people, with any of the things that people and programmes do to sheets."""
    titles = {}
    for name in draw(st.sets(st.sampled_from(SHOWN), max_size=6)):
        known = column(name)
        title = draw(st.sampled_from((known.title, *known.aliases)))
        dress = draw(st.sampled_from((str.upper, str.lower, _decomposed, _bare, lambda text: f"  {text}: ")))
        titles[name] = dress(title)
    some = st.sets(st.integers(0, count - 1), max_size=2).map(frozenset)
    is_table = draw(st.booleans())
    header_in_two = not is_table and draw(st.booleans())
    return Shape(
        order=tuple(draw(st.permutations(SHOWN))) if draw(st.booleans()) else SHOWN,
        titles=titles,
        sheet_name=draw(st.sampled_from(("Listado", "Hoja1", "LISTADO ", "VRS y PVR"))),
        lines_above=draw(st.integers(1, 8)),
        merged_titles=draw(st.booleans()),
        first_column=draw(st.sampled_from((0, 0, 2))),
        own_column=draw(st.booleans()),
        empty_lines=frozenset() if is_table else draw(some),
        repeated_header=not is_table and not header_in_two and draw(st.booleans()),
        header_in_two=header_in_two,
        total_below=draw(st.sampled_from(("", *TOTALS))),
        signed_below=draw(st.booleans()),
        title_between=None if is_table else draw(st.none() | st.integers(0, count - 1)),
        hidden_rows=draw(some),
        hidden_column=draw(st.sampled_from(("", "", "obs", "clave_inegi"))),
        hidden_sheet=draw(st.booleans()),
        sheet_before=draw(st.booleans()),
        whole_columns=draw(st.booleans()),
        far_format=draw(st.booleans()),
        date_1904=draw(st.booleans()),
        is_table=is_table,
        copied=draw(st.none() | st.integers(0, count - 1)),
    )


@st.composite
def mutated_lists(draw: st.DrawFn) -> tuple[list[Listed], Shape]:
    """A right list after any mixture of mistakes."""
    listed = draw(people())
    shape = draw(shapes(len(listed)))
    if shape.copied is not None:
        # Nobody may stand twice, whatever else is right.
        twice = replace(listed[shape.copied], is_right=False)
        listed = [*listed[: shape.copied], twice, *listed[shape.copied + 1 :], twice]
    return listed, shape


def write_mutated(target: Path | BytesIO, listed: list[Listed], shape: Shape) -> list[int]:
    """Write the workbook, and return the row of everybody in it."""
    book = xlsxwriter.Workbook(
        target,
        {
            "date_1904": shape.date_1904,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "in_memory": True,
        },
    )
    if shape.sheet_before:
        book.add_worksheet("Notas").write_column(0, 0, ["Pendientes de la semana", "Llamar al SAC"])
    sheet = book.add_worksheet(shape.sheet_name)
    day, instant = (
        book.add_format({"num_format": "mmm-yy"}),
        book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
    )
    width = len(shape.order) + shape.own_column
    first = shape.first_column
    if shape.whole_columns:
        sheet.set_column(0, 40, 14, book.add_format({"font_name": "Arial", "num_format": "@"}))
    mark = f"0780-PLA-v3 · 2027-B1 · {UNIT} · versión 1"
    for row in range(shape.lines_above):
        text = mark if row == shape.lines_above - 1 else f"IMSS-BIENESTAR, línea {row + 1}"
        if shape.merged_titles:
            sheet.merge_range(row, first, row, first + width - 1, text)
        else:
            sheet.write_string(row, first, text)
    titles = [shape.titles.get(name, column(name).title) for name in shape.order]
    header = shape.lines_above + shape.header_in_two
    row = header + 1
    _write_header(sheet, header, first, titles, shape)
    rows = []
    for number, person in enumerate(listed):
        if number in shape.empty_lines:
            row += 1
        if number == shape.title_between:
            sheet.write_string(row, first + shape.order.index("localidad"), "COMUNIDAD DE ABASOLO")
            row += 1
        if shape.repeated_header and number == 1:
            _write_header(sheet, row, first, titles, shape)
            row += 1
        for place, name in enumerate(shape.order, start=first):
            _write(sheet, book, row, place, person.typed[name], day, instant)
        if number in shape.hidden_rows:
            sheet.set_row(row, None, None, {"hidden": True})
        rows.append(row + 1)
        row += 1
    if shape.is_table:
        headers = [{"header": title} for title in _unique(titles)]
        sheet.add_table(
            header, first, row - 1, first + len(shape.order) - 1, {"columns": headers, "style": None}
        )
        _write_header(sheet, header, first, titles, shape)
    if shape.total_below:
        sheet.write_string(row + 1, first + shape.order.index("nombre"), shape.total_below)
        sheet.write_formula(row + 1, first + shape.order.index("importe"), "=SUM(I1:I2)", None, 5800)
    if shape.signed_below:
        for below, words in ((4, ("Elaboró", "Vo. Bo.")), (6, ("Rosa Díaz Cruz", "Juan Paz Ruiz"))):
            for name, text in zip(("municipio", "unidad_medica"), words, strict=True):
                sheet.write_string(row + below, first + shape.order.index(name), text)
    if shape.hidden_column:
        place = first + shape.order.index(shape.hidden_column)
        sheet.set_column(place, place, None, None, {"hidden": True})
    if shape.hidden_sheet:
        other = book.add_worksheet("Bajas 2026")
        other.write_column(0, 0, ["Nombre", "Rosa Vieja Lista"])
        other.hide()
    if shape.far_format:
        sheet.write_blank(50_000, 200, None, book.add_format({"bold": True}))
        sheet.set_row(1_048_575, 20)
    book.close()
    return rows


def _write_header(sheet: Any, row: int, first: int, titles: list[str], shape: Shape) -> None:
    for place, title in enumerate(titles, start=first):
        sheet.write_string(row - (shape.header_in_two and place % 2), place, title)
    if shape.own_column:
        sheet.write_string(row, first + len(titles), "Teléfono")


def _unique(titles: list[str]) -> list[str]:
    """A table's headers differ without regard to case; ours are written over them afterwards."""
    return [f"{number} {title.strip()}" for number, title in enumerate(titles)]


def _write(sheet: Any, book: Any, row: int, place: int, value: Any, day: Any, instant: Any) -> None:
    match value:
        case None:
            sheet.write_blank(row, place, None)
        case Formula():
            sheet.write_formula(row, place, value.text, None, value.value)
        case Formatted():
            sheet.write_number(row, place, value.value, book.add_format({"num_format": value.format}))
        case bool():
            sheet.write_boolean(row, place, value)
        case datetime():
            sheet.write_datetime(row, place, value, instant)
        case date():
            sheet.write_datetime(row, place, value, day)
        case str():
            sheet.write_string(row, place, value)
        case _:
            sheet.write_number(row, place, value)


# ------------------------------------------------------------------ bytes


@st.composite
def damages(draw: st.DrawFn, content: bytes) -> bytes:
    """A file as disks and networks leave it: cut, with bytes changed, doubled, lost or of something else."""
    kind = draw(
        st.sampled_from(("cut", "changed", "lost", "inserted", "twice", "zeros", "first half of another"))
    )
    place = draw(st.integers(0, len(content) - 1))
    length = draw(st.integers(1, 64))
    match kind:
        case "cut":
            return content[:place]
        case "changed":
            noise = draw(st.binary(min_size=length, max_size=length))
            return content[:place] + noise + content[place + length :]
        case "lost":
            return content[:place] + content[place + length :]
        case "inserted":
            return content[:place] + draw(st.binary(min_size=1, max_size=length)) + content[place:]
        case "twice":
            return content + content
        case "zeros":
            return content[:place] + bytes(len(content) - place)
        case _:
            return draw(st.binary(max_size=200)) + content[place:]


_PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
)
_INSTEAD = (
    "", "0", "-1", "1", "99999999999999999999", "1e400", "NaN", "XFD1048576", "A0", "ZZZZZZ9", "#REF!", "true",
    "s", "str", "inlineStr", "b", "e", "d", "_x0000_", "_xD800_", "&#1;", "&lt;", "\ufffe", "<v>", "</row>", "<row/>",
    '<c r="A1"/>', '<mergeCell ref="A1:XFD1048576"/>', '<mergeCell ref="E3:E1048576"/>', 'hidden="1"', "<f>", "<f/>",
)  # fmt: skip


@st.composite
def rewritten_parts(draw: st.DrawFn) -> bytes:
    """The template with some words of its XML replaced, in a package that is whole."""
    source = zipfile.ZipFile(FOLDER / "template.xlsx")
    part = draw(st.sampled_from(_PARTS))
    text = source.read(part).decode()
    for _ in range(draw(st.integers(1, 5))):
        words = re.findall(r'"[^"<>]*"|>[^<>]+<|<[^<> ]+', text)
        old = draw(st.sampled_from(words))
        new = draw(st.sampled_from(_INSTEAD))
        text = text.replace(
            old, f'"{new}"' if old[0] == '"' and "<" not in new else new, draw(st.sampled_from((1, 1, -1)))
        )
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(
                name, text.encode("utf-8", "surrogatepass") if name == part else source.read(name)
            )
    return buffer.getvalue()
