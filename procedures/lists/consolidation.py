"""Integrate lists upwards: every line of the lists below, but for those that a decision left out (ledger 4.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from procedures.lists.digest import digest_of_lines
from procedures.lists.lines import Line, ooad_of, region_of
from procedures.lists.totals import Totals, totals_by, totals_of

L = TypeVar("L", bound=Line)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part(Generic[L]):
    """The list of a unit below, in the version that stands."""

    unit: str
    version_id: int
    lines: Sequence[L]


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What somebody decided about a person that stands several times: some of the lines stay below.

    A decision that they are different people leaves nothing out, and is none here.
    """

    number: int
    """The duplicate's own number."""
    lines: frozenset[int]
    """The lines that stay below, by their ids in the lists right below."""
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Excluded(Generic[L]):
    """A line that stayed below, and why."""

    line: L
    unit: str
    """The unit below whose list it is in."""
    decision: Decision


@dataclass(frozen=True, kw_only=True, slots=True)
class Consolidated(Generic[L]):
    """A list as it results from those below."""

    lines: tuple[L, ...]
    """The very lines of the lists below, in their order up here; each one's id is where it came from."""
    origins: tuple[int, ...]
    """For each line the version that it came from."""
    excluded: tuple[Excluded[L], ...]
    totals: Totals
    by_unit: dict[str, Totals]
    """By unit below, those without any line included."""
    digest: str


class NotConserved(ArithmeticError):
    """Lines or centavos were lost or gained on the way up (V-047)."""

    def __init__(self, rows: int, centavos: int) -> None:
        super().__init__(f"V-047: {rows:+} rows, {centavos:+} centavos")
        self.rows = rows
        self.centavos = centavos


def consolidate(parts: Iterable[Part[L]], decisions: Iterable[Decision] = ()) -> Consolidated[L]:
    """Put the lists below together, in an order that depends on nothing but the lines themselves."""
    decided = {line: decision for decision in decisions for line in decision.lines}
    kept: list[tuple[L, int]] = []
    excluded: list[Excluded[L]] = []
    by_unit: dict[str, Totals] = {}
    for part in sorted(parts, key=lambda part: part.unit):
        staying: list[L] = []
        for line in part.lines:
            because = decided.get(line.id) if line.id is not None else None
            if because is None:
                staying.append(line)
            else:
                excluded.append(Excluded(line=line, unit=part.unit, decision=because))
        kept += [(line, part.version_id) for line in staying]
        by_unit[part.unit] = by_unit.get(part.unit, Totals()) + totals_of(staying)
    kept.sort(key=_place)
    lines = tuple(line for line, _ in kept)
    return Consolidated(
        lines=lines,
        origins=tuple(version_id for _, version_id in kept),
        excluded=tuple(sorted(excluded, key=lambda item: (_order(item.line), item.unit))),
        totals=totals_of(lines),
        by_unit=by_unit,
        digest=digest_of_lines(lines),
    )


def check_conservation(below: Iterable[tuple[int, int]], consolidated: Consolidated[L]) -> None:
    """Compare the rows and centavos of the lists below with what came out and what was left out (V-047).

    Raises:
        NotConserved: they differ; no list may be stored then.
    """
    rows, centavos = 0, 0
    for part_rows, part_centavos in below:
        rows += part_rows
        centavos += part_centavos
    out = totals_of(item.line for item in consolidated.excluded)
    apart = sum(consolidated.by_unit.values(), Totals())
    more_rows = len(consolidated.lines) + out.rows - rows
    more_centavos = consolidated.totals.centavos + out.centavos - centavos
    if more_rows or more_centavos or apart != consolidated.totals:
        raise NotConserved(more_rows, more_centavos)


def totals_by_tier(lines: Iterable[L]) -> dict[str, Totals]:
    """Return the totals of every ámbito, region and OOAD that the lines are of, by code, and of all under ""."""
    known = list(lines)
    return {
        "": totals_of(known),
        **totals_by(known, lambda line: ooad_of(line.pac)),
        **totals_by(known, lambda line: region_of(line.pac)),
        **totals_by(known, lambda line: line.pac),
    }


def _place(entry: tuple[L, int]) -> tuple[str, int, str, str, str, str, int, int]:
    return (*_order(entry[0]), entry[1])


def _order(line: Line) -> tuple[str, int, str, str, str, str, int]:
    return (
        line.pac,
        line.position,
        line.locality,
        line.name_norm,
        line.kind,
        line.months,
        line.amount_centavos,
    )
