"""Check a list: the file as a whole, each row by itself, and the rows among each other (ledger 4.3).

An error of the file accepts nothing. An error of a row keeps that row out, and the good rows stand.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal

from procedures.lists.context import ListContext
from procedures.lists.duplicates import Alike, find_alike, find_probable
from procedures.lists.file_checks import check_file
from procedures.lists.kinds import parse_kind
from procedures.lists.messages import Flaw, finding, numbers_in_words
from procedures.lists.names import normalise_name
from procedures.lists.row_checks import CheckedRow, RowChecks
from procedures.lists.rows import Finding, ListRow, RawList, RawRow, Severity
from procedures.lists.totals import Totals, totals_of_rows
from procedures.lists.typed import tidy

_ONLY_WHERE = frozenset({"no_progresivo", "ooad", "estado", "region", "pac"})
"""A row that holds nothing but these is an empty line of the template."""
_SOMEBODY = frozenset({"nombre", "clave_inegi", "curp", "importe", "meses"})
_FEW_WORDS = 3
_HOMONYM = re.compile(r"\bHOMONIM[OA]S?\b|\bPERSONAS? DISTINTAS?\b")
"""What a PAC notes where two people of one name live in one locality."""
_TOTAL = re.compile(r"(?:(?:GRAN|IMPORTE|SUMA) TOTAL|SUB ?TOTAL|TOTAL(?:ES)?|SUMA)\b")
"""How the line below a list begins that sums it up, whatever follows: TOTAL 65, TOTAL DE PERSONAS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedList:
    """What became of a list: the rows that stand, and everything that was found."""

    rows: tuple[ListRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Of the file first, then by row and column."""
    rejected: tuple[int, ...] = ()
    """Numbers of the rows that do not stand, in order."""
    totals: Totals = field(default_factory=Totals)
    """Of the rows that stand."""
    file_accepted: bool = True
    alike: Alike = ()
    """Names of the list that are much alike; also such of rows that do not stand."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return what keeps the file or a row from standing."""
        return tuple(item for item in self.findings if item.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return what is worth a look."""
        return tuple(item for item in self.findings if item.severity is Severity.WARNING)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was mended or left aside, in words for the acuse."""
        return tuple(item.message for item in self.findings if item.severity is Severity.INFO)


def check_list(raw: RawList, context: ListContext) -> CheckedList:
    """Check a list against its context. Whatever the cells hold, the answer is a value."""
    aside, lines = _lines(raw)
    findings = [*raw.findings, *check_file(raw, lines, context)]
    file_accepted = not any(item.severity is Severity.ERROR for item in findings)
    if any(
        item.code in {"V-004", "V-005", "V-006", "V-010"} and item.severity is Severity.ERROR
        for item in findings
    ):
        return CheckedList(findings=tuple(findings), file_accepted=False)
    checks = RowChecks(context, raw.columns, raw.sheet)
    checked = [checks.check(line) for line in lines]
    alike = find_alike(line.identity for line in checked if line.identity is not None)
    within = list(_among_each_other(raw, checked, alike))
    out = {number for number, item in within if item.severity is Severity.ERROR}
    rows = tuple(line.row for line in checked if line.row is not None and line.number not in out)
    by_row = sorted([*aside, *checks.findings, *(item for _, item in within)], key=_sheet_order)
    findings += [*_of_the_list(raw, checks, checked), *by_row]
    if not file_accepted:
        return CheckedList(findings=tuple(findings), file_accepted=False)
    return CheckedList(
        rows=rows,
        findings=tuple(findings),
        rejected=tuple(line.number for line in checked if line.row is None or line.number in out),
        totals=totals_of_rows(rows),
        alike=alike,
    )


def rows_with_people(raw: RawList) -> tuple[RawRow, ...]:
    """Return the rows that hold somebody, without empty lines of the template and sums below the list."""
    return tuple(_lines(raw)[1])


def _lines(raw: RawList) -> tuple[list[Finding], list[RawRow]]:
    """Part the rows that hold somebody from empty lines of the template, sums, signatures and titles."""
    aside, lines = [], []
    for row in raw.rows:
        values = row.values
        if not values.get("nombre") or not values.get("clave_inegi"):
            filled = {field for field, cell in values.items() if tidy(cell) is not None} | row.formulas
            if filled <= _ONLY_WHERE:
                continue
            if "clave_inegi" not in filled and _is_total(row, filled):
                aside.append(finding("TOTAL", row=row.number, sheet=raw.sheet))
                continue
            if _is_nobody(row, filled):
                aside.append(finding("NOBODY", row=row.number, sheet=raw.sheet))
                continue
        lines.append(row)
    return aside, lines


def _is_total(row: RawRow, filled: AbstractSet[str]) -> bool:
    """Tell whether a row sums the list up; whoever has a name is somebody, unless the name is that of a total."""
    looked_at = {"nombre"} if isinstance(tidy(row.values.get("nombre")), str) else filled - {"obs"}
    return any(
        isinstance(cell, str) and _TOTAL.match(normalise_name(cell[:40]))
        for cell in (row.values.get(field) for field in looked_at)
    )


def _is_nobody(row: RawRow, filled: AbstractSet[str]) -> bool:
    """Tell whether a row is a signature or a title: a few words, and neither who nor what somebody gets."""
    if filled & _SOMEBODY or row.formulas or len(filled - _ONLY_WHERE) > _FEW_WORDS:
        return False
    kind = tidy(row.values.get("tipo"))
    return kind is None or isinstance(parse_kind(kind), Flaw)


def _among_each_other(
    raw: RawList, checked: Sequence[CheckedRow], alike: Alike
) -> Iterator[tuple[int, Finding]]:
    """Yield, with its row, who stands twice in the list (V-050, V-051, V-056) or could (V-055)."""
    people: dict[tuple[str, str], list[CheckedRow]] = {}
    curps: dict[str, list[CheckedRow]] = {}
    for line in checked:
        if line.identity is not None:
            people.setdefault(line.identity[:2], []).append(line)
        if line.curp:
            curps.setdefault(line.curp, []).append(line)
    told: set[int] = set()
    for same in people.values():
        if len(same) > 1:
            yield from _together(raw, _code_of(same), "nombre", same)
            told.update(line.number for line in same)
    for same in curps.values():
        if len(same) > 1 and not told.issuperset(line.number for line in same):
            yield from _together(raw, "V-056", "curp", same)
    known = [line for line in checked if line.identity is not None and line.number not in told]
    for pair in find_probable([line.identity for line in known if line.identity is not None], alike):
        yield from _together(raw, "V-055", "nombre", [known[pair.one], known[pair.other]])


def _code_of(same: Sequence[CheckedRow]) -> str:
    """Return how the same person in several rows is told: whoever is noted as a namesake in each stands meanwhile."""
    if len({line.identity.tipo for line in same if line.identity}) > 1:
        return "V-051"
    noted = all(line.row is not None and _HOMONYM.search(normalise_name(line.row.obs)) for line in same)
    return "V-050-homonym" if noted else "V-050"


def _together(
    raw: RawList, code: str, field: str, lines: Sequence[CheckedRow]
) -> Iterator[tuple[int, Finding]]:
    rows = numbers_in_words([line.number for line in lines])
    column = raw.columns.get(field, "")
    for line in lines:
        yield (
            line.number,
            finding(code, row=line.number, column=column, field=field, sheet=raw.sheet, rows=rows),
        )


def _of_the_list(raw: RawList, checks: RowChecks, checked: Sequence[CheckedRow]) -> Iterator[Finding]:
    """Yield what is told once for the whole list."""
    if checks.unverified:
        rows = numbers_in_words(checks.unverified)
        yield finding("V-025-open", field="clave_inegi", sheet=raw.sheet, rows=rows)
    for tipo in sorted(checks.untariffed):
        yield finding("V-041-untariffed", sheet=raw.sheet, tipo=tipo)
    for expected, line in enumerate(checked, start=1):
        if line.position is not None and not _is_number(line.position, expected):
            column = raw.columns.get("no_progresivo", "")
            yield finding(
                "V-046",
                row=line.number,
                column=column,
                field="no_progresivo",
                sheet=raw.sheet,
                expected=expected,
            )
            return


def _is_number(position: object, expected: int) -> bool:
    if isinstance(position, Decimal):
        return position == expected
    return str(position).rstrip(".").removesuffix(".0").lstrip("0") == str(expected)


def _sheet_order(item: Finding) -> int:
    return item.row or 0
