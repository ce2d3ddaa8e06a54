"""What is checked of a list as a whole: period, version, template, ámbito, rows at all, control totals."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from procedures.lists.amounts import money, parse_amount
from procedures.lists.context import ListContext
from procedures.lists.kinds import parse_kind
from procedures.lists.messages import Flaw, finding, quote, short_date
from procedures.lists.rows import CellValue, Finding, RawList, RawRow
from procedures.lists.typed import tidy

_FILES_NAMED = 3
_PACKED = frozenset({"zip", "rar", "7z", "gz", "tgz", "tar"})
_PICTURES = frozenset({"pdf", "jpg", "jpeg", "png", "tif", "tiff", "heic", "heif", "webp", "gif", "bmp"})


def no_workbook(files: Sequence[str]) -> Finding:
    """Return that a mail brought no workbook (V-003), and what of the files that it did bring to do instead.

    >>> no_workbook(["Listado.zip"]).mend
    'Llegó «Listado.zip»: saque el libro de Excel del archivo comprimido y anéxelo tal cual.'
    """
    endings = {name.lower().rpartition(".")[2] for name in files}
    how = "other"
    if not files:
        how = ""
    elif "winmail.dat" in {name.lower() for name in files}:
        how = "winmail"
    elif endings & _PACKED:
        how = "packed"
    elif endings <= _PICTURES:
        how = "picture"
    return finding(
        "V-003-none", how=how, files=", ".join(f"«{quote(name)}»" for name in files[:_FILES_NAMED])
    )


def check_file(raw: RawList, rows: Sequence[RawRow], context: ListContext) -> Iterator[Finding]:
    """Yield what is wrong with the file (V-008, V-009, V-011 to V-014); `rows` are those that hold somebody."""
    if (raw.period and raw.period != context.period) or context.period not in context.open_periods:
        is_open = context.period in context.open_periods
        period = context.period if is_open else ", ".join(sorted(context.open_periods)) or "ninguno"
        yield finding("V-008", declared=raw.period or context.period, period=period)
    if _is_stale(raw, context):
        on = short_date(context.accepted_on) if context.accepted_on else ""
        yield finding("V-009", version=context.accepted_version or "", date=on)
    if raw.template.strip().upper() != context.template.upper():
        yield finding("V-011", circular=context.circular, template=context.template)
    if raw.unit and raw.unit.strip().upper() != context.unit.upper():
        yield finding("V-012", ambito=raw.unit)
    if not rows and not raw.empty_declared:
        yield finding("V-013", sheet=raw.sheet)
    elif rows and raw.empty_declared:
        yield finding("V-014", declared="SIN VOLUNTARIOS", computed=f"{len(rows)} renglones")
    if raw.declared:
        yield from _check_totals(raw, rows)


def _is_stale(raw: RawList, context: ListContext) -> bool:
    if context.accepted_version is None:
        return False
    if context.is_older or (raw.version is not None and raw.version < context.accepted_version):
        return True
    return bool(context.sent_on and context.accepted_on and context.sent_on < context.accepted_on)


def _check_totals(raw: RawList, rows: Sequence[RawRow]) -> Iterator[Finding]:
    """Compare what the sheet Control declares; what a wrong cell keeps from being summed is not compared."""
    for name, declared in raw.declared.items():
        computed = _computed(name, rows)
        if computed is not None and declared.is_finite() and computed != declared:
            yield finding(
                "V-014",
                sheet="Control",
                declared=f"{name} {_written(name, declared)}",
                computed=f"{name} {_written(name, computed)}",
            )


def _written(name: str, total: Decimal) -> str:
    if name == "importe" and abs(total) < 10**15:
        return money(total)
    return (
        str(total.normalize())
        if total != total.to_integral_value() or abs(total) >= 10**15
        else str(int(total))
    )


def _computed(name: str, rows: Sequence[RawRow]) -> Decimal | None:
    match name:
        case "renglones":
            return Decimal(len(rows))
        case "importe":
            amounts = [_amount(row.values.get("importe")) for row in rows]
            return _sum(amounts)
        case "vrs" | "pvr":
            kinds = [_kind(row.values.get("tipo")) for row in rows]
            return None if None in kinds else Decimal(kinds.count(name.upper()))
        case _:
            return None


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _amount(cell: CellValue) -> Decimal | None:
    value = tidy(cell)
    amount = parse_amount(value) if value is not None else None
    return None if isinstance(amount, Flaw) else amount


def _kind(cell: CellValue) -> str | None:
    value = tidy(cell)
    kind = parse_kind(value) if value is not None else None
    return None if isinstance(kind, Flaw) else kind
