"""Write the workbooks of the delivery period: the directory of offices (DIR), and a PAC's people to be told.

The second one names people (C3): it goes by mail to their own PAC and to nobody else (ledger 6.8).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

from documents.list_book import Book
from documents.list_values import legend
from documents.workbook_style import BODY, GOLD, GREEN, GREY, HEADER, LEGEND, SUBTITLE, WRAPPED
from procedures.yaml_text import read_yaml

_TABLE_ROW = 4
"""Row of the header, from 0."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeLine:
    """An office as the directory shows it."""

    clave: str
    name: str
    entity: str
    municipality: str
    locality: str
    address: str
    hours: str
    phone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PayeeLine:
    """Somebody to be told, and where to send them; without an office the PAC says which."""

    name: str
    kind: str
    locality: str
    municipality: str
    office: OfficeLine | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsentLine:
    """Somebody active who is not in the listado definitivo (AMB-34)."""

    name: str
    kind: str
    locality: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What every workbook of a delivery says of it."""

    scope: str
    """The unit in words."""
    period: str
    circular: str
    t0: date
    t1: date
    made_on: date


def directory_bytes(delivery: Delivery, offices: Sequence[OfficeLine]) -> bytes:
    """Return the directory of offices as a workbook."""
    words = _words()["directory"]
    buffer = BytesIO()
    book = Book(buffer, title=words["title"], subject=delivery.circular, made_on=delivery.made_on)
    rows = (
        (
            line.clave,
            line.name,
            line.entity,
            line.municipality,
            line.locality,
            line.address,
            line.hours,
            line.phone,
        )
        for line in offices
    )
    _table(book, words, delivery, rows, colour=GREEN)
    book.close()
    return buffer.getvalue()


def extract_bytes(
    delivery: Delivery,
    payees: Sequence[PayeeLine],
    absent: Sequence[AbsentLine],
    requisites: Sequence[str],
) -> bytes:
    """Return a PAC's people to be told as a workbook that can be printed and filled in by hand."""
    words = _words()
    buffer = BytesIO()
    book = Book(buffer, title=words["extract"]["title"], subject=delivery.circular, made_on=delivery.made_on)
    no_office = words["extract"]["no_office"]
    rows = (
        (
            number,
            payee.name,
            payee.kind,
            payee.locality,
            payee.municipality,
            *(
                (payee.office.name, payee.office.address, payee.office.hours, payee.office.phone)
                if payee.office
                else (no_office, "", "", "")
            ),
            "",
            "",
        )
        for number, payee in enumerate(payees, 1)
    )
    sheet = _table(book, words["extract"], delivery, rows, colour=GREEN)
    if payees:
        last = len(words["extract"]["headers"]) - 1
        first_row, last_row = _TABLE_ROW + 1, _TABLE_ROW + len(payees)
        sheet.data_validation(
            first_row,
            last,
            last_row,
            last,
            {"validate": "list", "source": words["extract"]["ways"], "error_type": "information"},
        )
    if absent:
        lines = ((line.name, line.kind, line.locality) for line in absent)
        _table(book, words["absent"], delivery, lines, colour=GREY)
    _telling(book, words["telling"], delivery, requisites)
    book.close()
    return buffer.getvalue()


def _table(
    book: Book,
    words: dict[str, Any],
    delivery: Delivery,
    rows: Iterable[Sequence[str | int]],
    *,
    colour: str,
) -> Any:
    sheet = book.sheet(words["sheet"], colour)
    book.title(sheet, words["title"], _filled(words["note"], delivery))
    sheet.write_string(2, 0, legend(), book.style(LEGEND, text_wrap=False))
    sheet.set_row(_TABLE_ROW, 34)
    for place, (header, width) in enumerate(zip(words["headers"], words["widths"], strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(_TABLE_ROW, place, header, book.style(HEADER))
    style = book.style(BODY, text_wrap=True)
    for number, row in enumerate(rows, _TABLE_ROW + 1):
        for place, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, place, value, style)
            else:
                sheet.write_string(number, place, value, style)
    sheet.freeze_panes(_TABLE_ROW + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_TABLE_ROW)
    footer = words.get("footer") or _words()["extract"]["footer"]
    confidential = _words()["extract"]["confidential"]
    sheet.set_footer(footer.format(legend=legend(), circular=delivery.circular, confidential=confidential))
    return sheet


def _telling(book: Book, words: dict[str, Any], delivery: Delivery, requisites: Sequence[str]) -> None:
    sheet = book.sheet(words["sheet"], GOLD)
    book.title(sheet, words["title"], words["note"])
    sheet.set_column(0, 0, 96)
    row = 3
    for line in words["lines"].values():
        sheet.write_string(row, 0, _filled(line, delivery), book.style(WRAPPED))
        row += 1
    row = book.section(sheet, row + 1, words["requisites"], 0)
    for requisite in requisites:
        sheet.write_string(row, 0, f"• {requisite}", book.style(WRAPPED))
        row += 1
    sheet.write_string(row + 1, 0, legend(), book.style(SUBTITLE, text_wrap=True))
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(
        _words()["extract"]["footer"].format(
            legend=legend(), confidential=_words()["extract"]["confidential"]
        )
    )


def _filled(text: str, delivery: Delivery) -> str:
    return text.format(
        scope=delivery.scope,
        period=delivery.period,
        circular=delivery.circular,
        t0=f"{delivery.t0:%d-%m-%Y}",
        t1=f"{delivery.t1:%d-%m-%Y}",
    )


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = read_yaml(
        resources.files("documents").joinpath("delivery_workbooks.yaml").read_text(encoding="utf-8")
    )
    return words
