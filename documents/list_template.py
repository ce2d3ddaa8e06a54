"""Make the workbook in which a PAC lists the VRS and PVR of an ámbito (PLA, ledger 4.3).

Four sheets that anybody may look at: Listado, Control, Listas and Instructivo. Nothing is hidden and no cell of the
data holds a formula, so that what the desk refuses in an answer it never sent itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
import yaml

from documents.list_columns import Column, columns
from documents.workbook_style import (
    AS_TEXT,
    BAND,
    BODY,
    HEADER,
    LABEL,
    LEGEND,
    MONEY,
    SECTION,
    SUBTITLE,
    TITLE,
    WRAPPED,
    Style,
)
from procedures.lists.rows import MANDATORY_FIELDS

HEADER_ROW = 2
FIRST_ROW = 3
LAST_ROW = 20_002
"""Rows of the sheet Listado, counted from 1: 20,000 lines at most (V-005)."""

_BLANK_LINES = 50
_SITUATIONS = ("activo", "alta", "baja")
_TEXT_FIELDS = frozenset({"clave_inegi", "curp", "pac", "region"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateLocality:
    """A locality of the ámbito."""

    clave: str
    name: str
    municipality: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplatePerson:
    """A line to fill in beforehand: somebody of the last period."""

    nombre: str
    tipo: str
    estado: str
    municipio: str
    localidad: str
    clave_inegi: str
    unidad_medica: str = ""
    situacion: str = "activo"
    obs: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemplateValues:
    """What one PAC's workbook is filled with."""

    template: str
    """0780-PLA-v3"""
    period: str
    """2027-B1"""
    months: tuple[str, ...]
    """YYYY-MM, in order."""
    ooad: str
    """Name of the OOAD as the catalogue has it; it is what the column OOAD is filled with."""
    region: str
    """Code of the region, OOAD07-R03."""
    unit: str
    """Code of the ámbito, OOAD07-R03-PAC012."""
    unit_name: str
    version: int
    mark: str
    """The check value of `documents.list_mark.make_mark`."""
    circular: str
    """Folio of the circular that it goes with."""
    due_on: date
    made_on: date
    localities: tuple[TemplateLocality, ...] = ()
    medical_units: tuple[str, ...] = ()
    tariff: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    """VRS or PVR -> month -> pesos."""
    people: tuple[TemplatePerson, ...] = ()

    def amount(self, tipo: str, months: tuple[str, ...]) -> Decimal | None:
        """Return the apoyo for these months, or None where the tariff does not say."""
        by_month = self.tariff.get(tipo, {})
        if not months or any(month not in by_month for month in months):
            return None
        return sum((by_month[month] for month in months), Decimal(0))


def template_bytes(values: TemplateValues) -> bytes:
    """Return the workbook's bytes; the same values give the same bytes."""
    buffer = BytesIO()
    write_template(buffer, values)
    return buffer.getvalue()


def write_template(target: Path | BinaryIO, values: TemplateValues) -> None:
    """Write the workbook to a path or a binary stream."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    book = _Book(xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options))
    _set_properties(book, values)
    listado = book.sheet("Listado", "green")
    control = book.sheet("Control", "gold")
    lists = book.sheet("Listas", "grey")
    instructions = book.sheet("Instructivo", "wine")
    ranges = _write_lists(book, lists, values)
    _write_listado(book, listado, values, ranges)
    _write_control(book, control, values)
    _write_instructions(book, instructions, values)
    book.workbook.close()


def month_names(months: tuple[str, ...]) -> str:
    """Return how a list writes its months.

    >>> month_names(("2027-01", "2027-02"))
    'enero-febrero'
    """
    return "-".join(_words()["months"][int(month[5:7]) - 1] for month in months)


def legend() -> str:
    """Return the mandatory legend (ledger 1.7)."""
    text: str = _words()["legend"]
    return text


class _Book:
    """A workbook that makes each format once."""

    def __init__(self, workbook: Any) -> None:
        self.workbook = workbook
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, style: Style, **changes: Any) -> Any:
        wanted = {**style, **changes}
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(wanted)
        return self._formats[key]

    def sheet(self, name: str, colour: str) -> Any:
        sheet = self.workbook.add_worksheet(name)
        sheet.set_tab_color(
            {"green": "#1E5B4F", "gold": "#A57F2C", "wine": "#9B2247", "grey": "#8A8F94"}[colour]
        )
        sheet.hide_gridlines(2)
        sheet.set_paper(1)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        return sheet


@cache
def _words() -> dict[str, Any]:
    text = resources.files("documents").joinpath("list_template.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _set_properties(book: _Book, values: TemplateValues) -> None:
    book.workbook.set_properties(
        {
            "title": f"{values.template} {values.period} {values.unit}",
            "subject": values.circular,
            "created": datetime.combine(values.made_on, time(), UTC),
            "comments": legend(),
        }
    )


def _write_lists(book: _Book, sheet: Any, values: TemplateValues) -> dict[str, str]:
    """Write what the dropdowns offer; return field -> range. An inline list holds 255 characters only."""
    words = _words()["listas"]
    sheet.write_string(0, 0, words["title"], book.style(TITLE))
    sheet.write_string(1, 0, words["note"], book.style(SUBTITLE))
    headers = words["headers"]
    lists: tuple[tuple[str, str, list[str], int], ...] = (
        ("localidad", headers["localities"], [place.name for place in values.localities], 30),
        ("clave_inegi", headers["keys"], [place.clave for place in values.localities], 14),
        ("municipio", headers["municipalities"], [place.municipality for place in values.localities], 26),
        ("estado", headers["states"], [place.state for place in values.localities], 18),
        ("unidad_medica", headers["units"], list(values.medical_units), 34),
        ("meses", headers["months"], [month_names(months) for months in _choices(values.months)], 18),
    )
    ranges = {}
    for place, (name, title, entries, width) in enumerate(lists):
        sheet.set_column(place, place, width, book.style(BODY, border=0, num_format=AS_TEXT))
        sheet.write_string(3, place, title, book.style(HEADER))
        for number, entry in enumerate(entries, 4):
            sheet.write_string(number, place, entry, book.style(BODY, num_format=AS_TEXT))
        unique = len(dict.fromkeys(entries)) == 1
        if entries:
            letter = chr(ord("A") + place)
            ranges[name] = f"=Listas!${letter}$5:${letter}${5 if unique else 4 + len(entries)}"
    sheet.freeze_panes(4, 0)
    sheet.fit_to_pages(1, 0)
    sheet.set_landscape()
    return ranges


def _choices(months: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the whole period first, then each month."""
    yield months
    if len(months) > 1:
        yield from ((month,) for month in months)


def _write_listado(book: _Book, sheet: Any, values: TemplateValues, ranges: Mapping[str, str]) -> None:
    shown = [column for column in columns() if column.field != "curp"]
    words = _words()["listado"]
    last = len(shown) - 1
    title = words["title"].format(**_names(values))
    sheet.set_row(0, 20)
    # No merged cell: the text runs over its empty neighbours.
    sheet.write_string(0, 0, title, book.style(BAND, bold=True))
    for place in range(1, last + 1):
        sheet.write_blank(0, place, None, book.style(BAND))
    sheet.set_row(1, 34)
    for place, column in enumerate(shown):
        sheet.set_column(place, place, column.width, _column_style(book, column, border=0))
        is_mandatory = column.field in MANDATORY_FIELDS
        sheet.write_string(
            1, place, column.title, book.style(HEADER, **({} if is_mandatory else {"bold": False}))
        )
    for number in range(len(values.people) + _BLANK_LINES):
        row = FIRST_ROW - 1 + number
        line = _line(number, values) if number < len(values.people) else {}
        for place, column in enumerate(shown):
            _write_cell(sheet, row, place, line.get(column.field), _column_style(book, column))
    for place, column in enumerate(shown):
        rule = _rule(column, values, ranges)
        if rule:
            sheet.data_validation(FIRST_ROW - 1, place, LAST_ROW - 1, place, rule)
    sheet.freeze_panes(2, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_footer(_footer(values))
    sheet.print_area(0, 0, FIRST_ROW - 2 + max(1, len(values.people) + _BLANK_LINES), last)
    sheet.set_selection(FIRST_ROW - 1 + len(values.people), 0, FIRST_ROW - 1 + len(values.people), 0)


def _line(number: int, values: TemplateValues) -> dict[str, str | int | Decimal | None]:
    person = values.people[number]
    return {
        "no_progresivo": number + 1,
        "ooad": values.ooad,
        "estado": person.estado,
        "municipio": person.municipio,
        "localidad": person.localidad,
        "clave_inegi": person.clave_inegi,
        "nombre": person.nombre,
        "tipo": person.tipo,
        "importe": values.amount(person.tipo, values.months),
        "meses": month_names(values.months),
        "region": values.region,
        "pac": values.unit,
        "unidad_medica": person.unidad_medica,
        "situacion": person.situacion,
        "obs": person.obs,
    }


def _write_cell(sheet: Any, row: int, place: int, value: str | int | Decimal | None, style: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, place, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, place, value, style)
    else:
        sheet.write_number(row, place, value, style)


def _column_style(book: _Book, column: Column, **changes: Any) -> Any:
    if column.field == "importe":
        return book.style(BODY, num_format=MONEY, **changes)
    if column.field in {"no_progresivo", "tipo", "situacion"}:
        return book.style(BODY, align="center", **changes)
    if column.field in _TEXT_FIELDS:
        return book.style(BODY, num_format=AS_TEXT, **changes)
    return book.style(BODY, **changes)


def _rule(column: Column, values: TemplateValues, ranges: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what a cell of the column accepts, and what it says about it."""
    errors, prompts = _words()["errors"], _words()["prompts"]
    rule: dict[str, Any] = {"error_title": column.title[:32], "error_message": errors["other"]}
    match column.field:
        case "no_progresivo":
            rule |= {
                "validate": "integer",
                "criteria": ">=",
                "value": 1,
                "error_message": errors["no_progresivo"],
            }
        case "nombre":
            rule |= {"validate": "length", "criteria": "between", "minimum": 5, "maximum": 120}
            rule |= {"error_message": errors["nombre"]}
        case "tipo":
            rule |= {"validate": "list", "source": ["VRS", "PVR"], "error_message": errors["tipo"]}
        case "importe":
            rule |= {"validate": "decimal", "criteria": ">", "value": 0, "error_message": errors["importe"]}
        case "situacion":
            rule |= {"validate": "list", "source": list(_SITUATIONS)}
        case "obs":
            rule |= {"validate": "length", "criteria": "<=", "value": 250, "error_message": errors["obs"]}
        case "ooad" | "region" | "pac":
            only = {"ooad": values.ooad, "region": values.region, "pac": values.unit}[column.field]
            rule |= {"validate": "list", "source": [only]}
        case _ if column.field in ranges:
            rule |= {"validate": "list", "source": ranges[column.field]}
            if column.field != "meses":
                rule |= {"error_type": "warning", "error_message": errors["outside"]}
        case _:
            return None
    prompt = prompts.get(column.field, "").format(amounts=_amounts_in_words(values), period=values.period)
    if prompt:
        rule |= {"input_title": column.title[:32], "input_message": prompt[:255]}
    return rule


def _amounts_in_words(values: TemplateValues) -> str:
    found = ((tipo, values.amount(tipo, values.months)) for tipo in ("VRS", "PVR"))
    return "; ".join(
        f"{tipo}: ${amount:,.2f} por {month_names(values.months)}"
        for tipo, amount in found
        if amount is not None
    )


def _footer(values: TemplateValues) -> str:
    text: str = _words()["listado"]["footer"].format(**_names(values), legend=legend())
    return text


def _names(values: TemplateValues) -> dict[str, str]:
    return {
        "template": values.template,
        "period": values.period,
        "unit": values.unit,
        "unit_name": values.unit_name,
        "version": str(values.version),
        "mark": values.mark,
        "months": month_names(values.months),
        "circular": values.circular,
        "due": _day_in_words(values.due_on),
    }


def _day_in_words(day: date) -> str:
    return f"{day.day} de {_words()['months'][day.month - 1]} de {day.year}"


def _write_control(book: _Book, sheet: Any, values: TemplateValues) -> None:
    words = _words()["control"]
    labels = words["labels"]
    names = {**_names(values), "ooad": values.ooad, "region": values.region}
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 40)
    sheet.set_column(2, 2, 70)
    sheet.write_string(0, 0, words["title"], book.style(TITLE))
    sheet.write_string(1, 0, words["note"], book.style(SUBTITLE))
    row = _section(book, sheet, 3, words["made_for"], 1)
    for key in (
        "template",
        "period",
        "months",
        "ooad",
        "region",
        "unit",
        "unit_name",
        "version",
        "mark",
        "circular",
        "due",
    ):
        sheet.write_string(row, 0, labels[key], book.style(LABEL))
        sheet.write_string(row, 1, names[key], book.style(BODY))
        row += 1
    row = _section(book, sheet, row + 1, words["totals"], 1)
    for key, formula, value, shape in _totals(values):
        sheet.write_string(row, 0, labels[key], book.style(LABEL))
        sheet.write_formula(
            row, 1, formula, book.style(BODY, num_format=shape, bold=True, align="left"), value
        )
        row += 1
    row = _section(book, sheet, row + 1, words["nobody"], 1)
    sheet.write_string(row, 0, labels["empty"], book.style(LABEL))
    sheet.write_blank(row, 1, None, book.style(BODY))
    sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": [words["empty_value"]]})
    sheet.write_string(row, 2, words["empty_hint"], book.style(SUBTITLE))
    sheet.write_string(row + 2, 0, legend(), book.style(LEGEND, text_wrap=False))
    sheet.fit_to_pages(1, 0)


def _totals(values: TemplateValues) -> Iterator[tuple[str, str, int | Decimal, str]]:
    """Yield key, formula, present value and number format of each control total."""
    letters = {column.field: chr(ord("A") + place) for place, column in enumerate(columns())}

    def cells(name: str) -> str:
        return f"Listado!${letters[name]}${FIRST_ROW}:${letters[name]}${LAST_ROW}"

    people = values.people
    amounts = (values.amount(person.tipo, values.months) for person in people)
    yield "renglones", f"=COUNTA({cells('nombre')})", len(people), "0"
    for tipo in ("VRS", "PVR"):
        yield (
            tipo.lower(),
            f'=COUNTIF({cells("tipo")},"{tipo}")',
            sum(person.tipo == tipo for person in people),
            "0",
        )
    yield (
        "importe",
        f"=SUM({cells('importe')})",
        sum((amount or Decimal(0) for amount in amounts), Decimal(0)),
        MONEY,
    )


def _section(book: _Book, sheet: Any, row: int, title: str, last: int) -> int:
    """Write the title of a section, underlined over its columns; return the row below."""
    sheet.set_row(row, 22)
    sheet.write_string(row, 0, title, book.style(SECTION))
    for place in range(1, last + 1):
        sheet.write_blank(row, place, None, book.style(SECTION))
    return row + 1


def _write_instructions(book: _Book, sheet: Any, values: TemplateValues) -> None:
    words = _words()["instructivo"]
    names = _names(values)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 72)
    sheet.set_column(2, 2, 16)
    sheet.write_string(0, 0, words["title"], book.style(TITLE))
    sheet.write_string(1, 0, words["subtitle"].format(**names), book.style(SUBTITLE))
    sheet.write_string(
        2, 0, words["due"].format(**names), book.style(SUBTITLE, bold=True, font_color="#9B2247")
    )
    row = _section(book, sheet, 4, words["steps_title"], 2)
    for number, step in enumerate(words["steps"], 1):
        row = _paragraph(book, sheet, row, f"{number}. {step}")
    row = _section(book, sheet, row + 1, words["amounts_title"], 2)
    row = _table(book, sheet, row, words["amounts_headers"], _amount_lines(values))
    row = _section(book, sheet, row + 1, words["columns_title"], 2)
    lines = [
        (item.title, item.note, words["mandatory"] if item.field in MANDATORY_FIELDS else words["optional"])
        for item in columns()
        if item.field != "curp"
    ]
    row = _table(book, sheet, row, words["columns_headers"], lines)
    row = _section(book, sheet, row + 1, words["after_title"], 2)
    for sentence in words["after"]:
        row = _paragraph(book, sheet, row, f"• {sentence}")
    sheet.merge_range(row + 1, 0, row + 1, 2, legend(), book.style(LEGEND))
    sheet.set_row(row + 1, 28)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&8Página &P de &N")


def _paragraph(book: _Book, sheet: Any, row: int, text: str) -> int:
    sheet.merge_range(row, 0, row, 2, text, book.style(WRAPPED))
    sheet.set_row(row, 16 * (1 + len(text) // 112))
    return row + 1


def _table(book: _Book, sheet: Any, row: int, headers: list[str], lines: list[tuple[str, str, str]]) -> int:
    for place, header in enumerate(headers):
        sheet.write_string(row, place, header, book.style(HEADER))
    for number, line in enumerate(lines, row + 1):
        sheet.set_row(number, 16 * (1 + len(line[1]) // 76))
        for place, text in enumerate(line):
            sheet.write_string(number, place, text, book.style(BODY, text_wrap=True, bold=not place))
    return row + 1 + len(lines)


def _amount_lines(values: TemplateValues) -> list[tuple[str, str, str]]:
    return [
        (tipo, month_names(months), f"${amount:,.2f}")
        for tipo in ("VRS", "PVR")
        for months in _choices(values.months)
        if (amount := values.amount(tipo, months)) is not None
    ]
