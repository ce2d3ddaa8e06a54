"""One cell into one value, or into what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from documents.directory.sheets import Column, folded

Cell = object
"""What the reader of workbooks gives: text, Decimal, bool, date, datetime, time or timedelta."""


class Unreadable(ValueError):
    """A cell that cannot be what its column says; `code` is a key of messages.yaml."""

    def __init__(self, code: str, **facts: Any) -> None:
        """Keep the code of the message and its facts."""
        super().__init__(code)
        self.code = code
        self.facts = facts


def as_text(cell: Cell) -> str:
    """Return a cell as its author sees it: whole numbers without a decimal point, one space between words."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Sí" if cell else "No"
    if isinstance(cell, Decimal | float):
        return f"{Decimal(str(cell)):f}".removesuffix(".0")
    if isinstance(cell, datetime | date):
        return f"{cell:%d/%m/%Y}"
    return " ".join(str(cell).replace("\u00a0", " ").split())


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing a person would see."""
    return as_text(cell).lstrip("'") == ""


ERROR_VALUE = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")
"""What a formula that failed leaves in its cell; the file bears these names in every language."""


def read_cell(cell: Cell, column: Column) -> Any:
    """Return the value of a cell that is not blank.

    Raises:
        Unreadable: the cell cannot be what its column says.
    """
    text = as_text(cell).lstrip("'").strip()
    if ERROR_VALUE.fullmatch(text):
        raise Unreadable("error_cell", value=text)
    value = READERS[column.kind](cell, text, column)
    if column.limit is not None and isinstance(value, str) and len(value) > column.limit:
        raise Unreadable("too_long", header=column.header, length=len(value), limit=column.limit)
    return value


def _text(_cell: Cell, text: str, _column: Column) -> str:
    return text


def _code(_cell: Cell, text: str, _column: Column) -> str:
    return re.sub(r"\s*[-–—]\s*", "-", text).replace(" ", "").upper()


YES = frozenset({"si", "s", "x", "1", "verdadero", "true"})
NO = frozenset({"no", "n", "0", "falso", "false"})


def _bool(_cell: Cell, text: str, _column: Column) -> bool:
    word = folded(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise Unreadable("bad_bool", value=text)


MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
SERIAL_ORIGIN = date(1899, 12, 30)
"""Day zero of the serial dates of a workbook, for cells that lost their date format."""


def month_number(word: str) -> int | None:
    """Return the month that a Spanish name, or an abbreviation of three letters or more, stands for.

    >>> month_number("SEP."), month_number("setiembre"), month_number("ma")
    (9, 9, None)
    """
    name = folded(word).replace("setiembre", "septiembre")
    if len(name) < 3:
        return None
    return next((number for number, month in enumerate(MONTHS, start=1) if month.startswith(name)), None)


def _date(cell: Cell, text: str, _column: Column) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, Decimal) and cell == int(cell) and 20000 <= cell <= 80000:
        return SERIAL_ORIGIN + timedelta(days=int(cell))
    try:
        if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00:00)?", text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := re.fullmatch(r"(\d{1,2})(?: de |[ /.-])([^\W\d]+)\.?(?: de | del |[ /.-])(\d{4})", text):
            month = month_number(found[2])
            if month is not None:
                return date(int(found[3]), month, int(found[1]))
    except ValueError:
        pass  # A day that its month does not have is no date, whatever its form.
    raise Unreadable("bad_date", value=text)


def _integer(_cell: Cell, text: str, _column: Column) -> int:
    if not re.fullmatch(r"\d{1,9}|\d{1,3}(?:,\d{3})+", text):
        raise Unreadable("bad_integer", value=text)
    return int(text.replace(",", ""))


def _decimal(_cell: Cell, text: str, _column: Column) -> float:
    if not re.fullmatch(r"[+\-−]?\d{1,3}(?:\.\d+)?", text):
        raise Unreadable("bad_decimal", value=text)
    return float(text.replace("−", "-"))


def _money(_cell: Cell, text: str, _column: Column) -> Decimal:
    written = text.replace("$", "").strip()
    if not re.fullmatch(r"\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?", written):
        raise Unreadable("bad_money", value=text)
    amount = Decimal(written.replace(",", ""))
    if amount <= 0 or amount != round(amount, 2):
        raise Unreadable("bad_money", value=text)
    return round(amount, 2)


ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
"""An ASCII local part at a full domain: servers take others and bounce them later."""


def _email(_cell: Cell, text: str, _column: Column) -> str:
    address = text.removeprefix("mailto:").lower()
    if len(address) > 254 or not ADDRESS.fullmatch(address) or len(address.partition("@")[0]) > 64:
        raise Unreadable("bad_email", value=text)
    return address


def _clave(_cell: Cell, text: str, _column: Column) -> str:
    digits = re.sub(r"[\s-]", "", text.removesuffix(".0"))
    # Eight digits lost their zero: a workbook took the key for a number.
    if re.fullmatch(r"[1-9]\d{7}", digits):
        digits = f"0{digits}"
    if not is_clave(digits):
        raise Unreadable("bad_clave", value=text)
    return digits


def is_clave(digits: str) -> bool:
    """Tell whether nine digits can be INEGI's key of a locality.

    >>> is_clave("070590001"), is_clave("330590001"), is_clave("070000001")
    (True, False, False)
    """
    return (
        re.fullmatch(r"\d{9}", digits) is not None
        and "01" <= digits[:2] <= "32"
        and digits[2:5] != "000"
        and digits[5:] != "0000"
    )


def _list(_cell: Cell, text: str, column: Column) -> tuple[str, ...]:
    items = [item.strip() for item in re.split(r"[,;|\n]", text) if item.strip()]
    if column.digits is not None:
        wrong = [item for item in items if not re.fullmatch(rf"\d{{1,{column.digits}}}", item)]
        if wrong:
            raise Unreadable("bad_digits", value=wrong[0], digits=column.digits)
        items = [item.zfill(column.digits) for item in items]
    return tuple(dict.fromkeys(items))


def _choice(_cell: Cell, text: str, column: Column) -> str:
    wanted = {folded(choice): choice for choice in column.choices}
    wanted |= {folded(spelling): choice for spelling, choice in column.spellings.items()}
    word = folded(text)
    if word not in wanted:
        raise Unreadable("bad_choice", value=text, header=column.header, choices=", ".join(column.choices))
    return wanted[word]


def _period(_cell: Cell, text: str, _column: Column) -> str:
    period = text.replace(" ", "").upper()
    if not re.fullmatch(r"20\d\d(?:-B[1-6]|-(?:0[1-9]|1[0-2]))?", period):
        raise Unreadable("bad_period", value=text)
    return period


def _months(cell: Cell, text: str, _column: Column) -> tuple[str, ...]:
    """Return months: YYYY-MM, or names, which stay MM until the row's period says the year."""
    if isinstance(cell, date):
        return (f"{cell:%Y-%m}",)
    months: list[str] = []
    for word in re.findall(r"20\d\d-(?:0[1-9]|1[0-2])(?!\d)|[^\s,;/|\n-]+", text):
        number = month_number(word)
        if re.fullmatch(r"20\d\d-\d\d", word):
            months.append(word)
        elif number is not None:
            months.append(f"{number:02d}")
        elif folded(word) not in {"y", "e", "a"}:
            raise Unreadable("bad_months", value=text)
    # "enero-abril" may mean two months or four: ask.
    is_range = re.fullmatch(r"[^\W\d]+\.?(?:\s*-\s*|\s+a\s+)[^\W\d]+\.?", text) is not None
    if not months or (is_range and int(months[-1]) - int(months[0]) != 1):
        raise Unreadable("bad_months", value=text)
    return tuple(dict.fromkeys(months))


READERS: Mapping[str, Callable[[Cell, str, Column], Any]] = {
    "text": _text,
    "key": _text,
    "code": _code,
    "bool": _bool,
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "email": _email,
    "clave": _clave,
    "list": _list,
    "choice": _choice,
    "period": _period,
    "months": _months,
}
