"""Draw the sheets of a list workbook: Listado, Control and Listas, for a blank template or for one that comes back.

Nothing is hidden, no cell of the sheet Listado is merged or holds a formula: what the desk objects to in an answer it
never sent itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from documents.list_columns import Column, columns, row_key
from documents.list_values import (
    TemplateValues,
    day_in_words,
    legend,
    month_choices,
    month_names,
    words,
)
from documents.workbook_style import (
    AS_TEXT,
    BAND,
    BODY,
    DAY,
    DOUBTFUL,
    GOLD,
    GREEN,
    GREY,
    HEADER,
    LABEL,
    LEGEND,
    MONEY,
    SAND,
    SECTION,
    SUBTITLE,
    TITLE,
    WINE,
    WRONG,
    Style,
)
from procedures.lists.rows import MANDATORY_FIELDS, CellValue

HEADER_ROW = 2
FIRST_ROW = 3
LAST_ROW = 20_002
"""Rows of the sheet Listado, counted from 1: 20,000 lines at most (V-005)."""

_LAST_RULED_ROW = 2_002
"""Dropdowns reach so far down: some programmes write a cell for each, and a PAC lists dozens of people."""
_BLANK_LINES = 50
_SITUATIONS = ("activo", "alta", "baja")
_TEXT_FIELDS = frozenset({"clave_inegi", "curp", "pac", "region"})
_CENTRED_FIELDS = frozenset({"no_progresivo", "tipo", "situacion"})
_LARGEST_NUMBER = Decimal(10) ** 15


@dataclass(frozen=True, kw_only=True, slots=True)
class CellNote:
    """What is said of a cell."""

    text: str
    is_error: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """What the sheet Listado holds."""

    header_row: int = HEADER_ROW
    rows: Mapping[int, Mapping[str, CellValue]] = field(default_factory=dict)
    """Row number -> field -> value."""
    notes: Mapping[tuple[int, str], CellNote] = field(default_factory=dict)
    """Row number and field -> what is wrong with the cell."""
    summary: str = ""
    """Said first of all in row 1."""
    with_curp: bool = False
    keys: Mapping[int, str] = field(default_factory=dict)
    """Row number -> the row's own key, for a column of its own at the end."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns shown; CURP only where the sender gave it (SROP 3.3.1)."""
        return tuple(column for column in columns() if self.with_curp or column.field != "curp")

    @property
    def last_row(self) -> int:
        """Return the last filled row."""
        return max(self.rows, default=self.header_row)


class Book:
    """A workbook in the making, which makes each format once."""

    def __init__(self, target: Path | BinaryIO, *, title: str, subject: str, made_on: date) -> None:
        self.workbook: Any = xlsxwriter.Workbook(
            str(target) if isinstance(target, Path) else target,
            {
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "in_memory": True,
            },
        )
        self.workbook.set_properties(
            {
                "title": title,
                "subject": subject,
                "created": datetime.combine(made_on, time(), UTC),
                "comments": legend(),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, style: Style, **changes: Any) -> Any:
        """Return the format of a style, with changes."""
        wanted = {**style, **changes}
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(wanted)
        return self._formats[key]

    def sheet(self, name: str, colour: str) -> Any:
        """Add a sheet with a coloured tab."""
        sheet = self.workbook.add_worksheet(name)
        sheet.set_tab_color(colour)
        sheet.hide_gridlines(2)
        sheet.set_paper(1)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.set_default_row(18)
        return sheet

    def section(self, sheet: Any, row: int, title: str, last: int) -> int:
        """Write the title of a section, underlined over its columns; return the row below (from 0)."""
        sheet.set_row(row, 24)
        sheet.write_string(row, 0, title, self.style(SECTION))
        for place in range(1, last + 1):
            sheet.write_blank(row, place, None, self.style(SECTION))
        return row + 1

    def title(self, sheet: Any, title: str, note: str) -> None:
        """Write a sheet's title and the sentence below it."""
        sheet.set_row(0, 30)
        sheet.write_string(0, 0, title, self.style(TITLE))
        sheet.write_string(1, 0, note, self.style(SUBTITLE))

    def close(self) -> None:
        """Write the file."""
        self.workbook.close()


def template_book(target: Path | BinaryIO, values: TemplateValues) -> Book:
    """Begin the workbook of a PAC."""
    return Book(
        target,
        title=f"{values.template} {values.period} {values.unit}",
        subject=values.circular,
        made_on=values.made_on,
    )


def write_sheets(book: Book, values: TemplateValues, lines: Lines) -> None:
    """Write the sheets Listado, Control and Listas."""
    listado = book.sheet("Listado", GREEN)
    control = book.sheet("Control", GOLD)
    lists = book.sheet("Listas", GREY)
    ranges = _write_choices(book, lists, values)
    _write_listado(book, listado, values, lines, ranges)
    _write_control(book, control, values, lines)


def template_names(values: TemplateValues) -> dict[str, str]:
    """Return the words that the texts of the catalogue are filled with."""
    return {
        "template": values.template,
        "period": values.period,
        "ooad": values.ooad,
        "region": values.region,
        "unit": values.unit,
        "unit_name": values.unit_name,
        "version": str(values.version),
        "mark": values.mark,
        "months": month_names(values.months),
        "circular": values.circular,
        "due": day_in_words(values.due_on),
        "legend": legend(),
    }


def _write_choices(book: Book, sheet: Any, values: TemplateValues) -> dict[str, str]:
    """Write what the dropdowns offer; return field -> range. An inline list holds 255 characters only."""
    text = words()["listas"]
    book.title(sheet, text["title"], text["note"])
    lists: tuple[tuple[str, list[str], int], ...] = (
        ("localidad", [place.name for place in values.localities], 30),
        ("clave_inegi", [place.clave for place in values.localities], 16),
        ("municipio", [place.municipality for place in values.localities], 28),
        ("estado", [place.state for place in values.localities], 20),
        ("unidad_medica", list(values.medical_units), 36),
        ("meses", [month_names(months) for months in month_choices(values.months)], 20),
    )
    titles = {column.field: column.title for column in columns()}
    ranges = {}
    for place, (name, entries, width) in enumerate(lists):
        sheet.set_column(place, place, width)
        sheet.write_string(3, place, titles[name], book.style(HEADER))
        for number, entry in enumerate(entries, 4):
            sheet.write_string(number, place, entry, book.style(BODY, num_format=AS_TEXT))
        if entries:
            letter = chr(ord("A") + place)
            last = 5 if len(set(entries)) == 1 else 4 + len(entries)
            ranges[name] = f"=Listas!${letter}$5:${letter}${last}"
    sheet.freeze_panes(4, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return ranges


def _write_listado(
    book: Book, sheet: Any, values: TemplateValues, lines: Lines, ranges: Mapping[str, str]
) -> None:
    text = words()["listado"]
    shown = lines.columns
    # No merged cell: the text runs over its empty neighbours.
    title = text["title"].format(**template_names(values))
    sheet.set_row(0, 22)
    if lines.summary:
        style = book.style(BAND, bold=True, font_color=WINE, font_size=11)
        sheet.write_string(0, 0, f"{lines.summary}  ·  {title}", style)
    else:
        sheet.write_string(0, 0, title, book.style(BAND, bold=True))
    for place in range(1, len(shown)):
        sheet.write_blank(0, place, None, book.style(BAND))
    sheet.set_row(lines.header_row - 1, 34)
    for place, column in enumerate(shown):
        sheet.set_column(place, place, column.width, _style(book, column, border=0))
        is_mandatory = column.field in MANDATORY_FIELDS
        sheet.write_string(lines.header_row - 1, place, column.title, book.style(HEADER, bold=is_mandatory))
    for number in range(lines.header_row + 1, lines.last_row + 1 + _BLANK_LINES):
        line = lines.rows.get(number, {})
        for place, column in enumerate(shown):
            note = lines.notes.get((number, column.field))
            value = line.get(column.field)
            _write_cell(sheet, (number - 1, place), value, _cell_style(book, column, value, note))
            if note:
                sheet.write_comment(
                    number - 1, place, note.text, {"x_scale": 2.2, "y_scale": 1.4, "font_size": 10}
                )
    if lines.keys:
        _write_keys(book, sheet, lines)
    for place, column in enumerate(shown):
        rule = _rule(column, values, ranges)
        if rule:
            sheet.data_validation(
                lines.header_row, place, max(_LAST_RULED_ROW, lines.last_row + 100) - 1, place, rule
            )
    sheet.freeze_panes(lines.header_row, 0)
    sheet.set_landscape()
    sheet.set_paper(5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(lines.header_row - 1)
    sheet.set_footer(text["footer"].format(**template_names(values)))
    sheet.print_area(0, 0, lines.last_row + 9, len(shown) - 1)
    sheet.set_selection(lines.last_row, 0, lines.last_row, 0)


def _write_keys(book: Book, sheet: Any, lines: Lines) -> None:
    """Write the rows' own keys behind the last column: to be seen, and not in the way."""
    column = row_key()
    place = len(lines.columns)
    style = book.style(BODY, num_format=AS_TEXT, font_color=GREY, bg_color=SAND, font_size=9)
    sheet.set_column(place, place, column.width)
    sheet.write_string(lines.header_row - 1, place, column.title, book.style(LABEL, text_wrap=True))
    sheet.write_comment(lines.header_row - 1, place, column.note, {"x_scale": 2.2, "font_size": 10})
    for number, key in lines.keys.items():
        sheet.write_string(number - 1, place, key, style)


def _write_cell(sheet: Any, cell: tuple[int, int], value: CellValue, style: Any) -> None:
    """Write a value as it was typed: a text stays a text, whatever it begins with."""
    if isinstance(value, str):
        sheet.write_string(*cell, value, style)
    elif isinstance(value, bool):
        sheet.write_boolean(*cell, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(*cell, datetime.combine(value, time()), style)
    elif value is None:
        sheet.write_blank(*cell, None, style)
    elif abs(value) < _LARGEST_NUMBER:
        sheet.write_number(*cell, value, style)
    else:
        sheet.write_string(*cell, str(value), style)


def _cell_style(book: Book, column: Column, value: CellValue, note: CellNote | None) -> Any:
    changes: Style = {"bg_color": WRONG if note.is_error else DOUBTFUL} if note else {}
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "'"}:
        # Without this, Excel would make a formula of it when somebody edits the cell.
        changes["quote_prefix"] = True
    elif isinstance(value, date):
        changes["num_format"] = DAY
    return _style(book, column, **changes)


def _style(book: Book, column: Column, **changes: Any) -> Any:
    own: Style = {}
    if column.field == "importe":
        own = {"num_format": MONEY, "indent": 0}
    elif column.field in _CENTRED_FIELDS:
        own = {"align": "center", "indent": 0}
    elif column.field in _TEXT_FIELDS:
        own = {"num_format": AS_TEXT}
    return book.style(BODY, **{**own, **changes})


def _rule(column: Column, values: TemplateValues, ranges: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what a cell of the column accepts, and what it says about it."""
    errors, prompts = words()["errors"], words()["prompts"]
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
        case "meses":
            rule |= {"validate": "list", "source": ranges["meses"]}
        case _ if column.field in ranges:
            rule |= {"validate": "list", "source": ranges[column.field], "error_type": "warning"}
            rule |= {"error_message": errors["outside"]}
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


def _write_control(book: Book, sheet: Any, values: TemplateValues, lines: Lines) -> None:
    text = words()["control"]
    names = template_names(values)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 42)
    sheet.set_column(2, 2, 68)
    book.title(sheet, text["title"], text["note"])
    row = book.section(sheet, 3, text["made_for"], 1)
    for key, label in text["labels"].items():
        sheet.write_string(row, 0, label, book.style(LABEL))
        sheet.write_string(row, 1, names[key], book.style(BODY))
        row += 1
    row = book.section(sheet, row + 1, text["totals"], 1)
    for key, formula, value, shape in _totals(lines):
        sheet.write_string(row, 0, text["total_labels"][key], book.style(LABEL))
        sheet.write_formula(
            row, 1, formula, book.style(BODY, num_format=shape, bold=True, align="left"), value
        )
        row += 1
    row = book.section(sheet, row + 1, text["nobody"], 1)
    sheet.write_string(row, 0, text["empty"], book.style(LABEL))
    sheet.write_blank(row, 1, None, book.style(BODY))
    sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": [text["empty_value"]]})
    sheet.write_string(row, 2, text["empty_hint"], book.style(SUBTITLE))
    sheet.write_string(row + 2, 0, legend(), book.style(LEGEND, text_wrap=False))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _totals(lines: Lines) -> Iterator[tuple[str, str, int | Decimal, str]]:
    """Yield key, formula, present value and number format of each control total."""
    letters = {column.field: chr(ord("A") + place) for place, column in enumerate(lines.columns)}

    def cells(name: str) -> str:
        return f"Listado!${letters[name]}${lines.header_row + 1}:${letters[name]}${LAST_ROW}"

    rows = lines.rows.values()
    yield "renglones", f"=COUNTA({cells('nombre')})", sum(row.get("nombre") is not None for row in rows), "0"
    for tipo in ("VRS", "PVR"):
        count = sum(str(row.get("tipo")).upper() == tipo for row in rows)
        yield tipo.lower(), f'=COUNTIF({cells("tipo")},"{tipo}")', count, "0"
    amounts = (amount for row in rows if isinstance(amount := row.get("importe"), Decimal))
    yield "importe", f"=SUM({cells('importe')})", sum(amounts, Decimal(0)), MONEY
