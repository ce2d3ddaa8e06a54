"""The way of the lines from list to list: what stayed behind, what came from nowhere, what says something else."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from procedures.lists.lineage import COMPARED
from procedures.lists.totals import Totals
from storage.lists import ListLineRow

_CHUNK = 400


def totals_by_ambito(session: Session, version_ids: Collection[int], unit: str = "") -> dict[str, Totals]:
    """Return the totals of the lines of some versions by PAC, of those within a unit only."""
    found: dict[str, Totals] = {}
    for some in _chunks(version_ids):
        rows = session.connection().execute(
            select(ListLineRow.pac, ListLineRow.kind, func.count(), func.sum(ListLineRow.amount_centavos))
            .where(col(ListLineRow.version_id).in_(some), *_within(ListLineRow, unit))
            .group_by(col(ListLineRow.pac), col(ListLineRow.kind))
        )
        for pac, kind, count, centavos in rows:
            part = (
                Totals(vrs=count, vrs_centavos=int(centavos))
                if kind == "VRS"
                else Totals(pvr=count, pvr_centavos=int(centavos))
            )
            found[pac] = found.get(pac, Totals()) + part
    return dict(sorted(found.items()))


def lines_left_behind(
    session: Session, version_id: int, parent_ids: Collection[int], unit: str = ""
) -> list[ListLineRow]:
    """Return the lines of some versions from which no line of a higher one came, in order."""
    above = aliased(ListLineRow)
    came_up = (
        select(above.id)
        .where(col(above.source_line_id) == col(ListLineRow.id), col(above.version_id) == version_id)
        .exists()
    )
    found: list[ListLineRow] = []
    for some in _chunks(parent_ids):
        found += session.exec(
            select(ListLineRow)
            .where(col(ListLineRow.version_id).in_(some), ~came_up, *_within(ListLineRow, unit))
            .order_by(col(ListLineRow.pac), col(ListLineRow.position))
        )
    return found


def lines_without_source(
    session: Session, version_id: int, parent_ids: Collection[int], unit: str = ""
) -> list[ListLineRow]:
    """Return the lines of a version that came from none of those that it was made of."""
    below = aliased(ListLineRow)
    rows = session.exec(
        select(ListLineRow, below.version_id)
        .join(below, col(below.id) == col(ListLineRow.source_line_id), isouter=True)
        .where(
            col(ListLineRow.version_id) == version_id,
            or_(col(below.id).is_(None), col(below.version_id).not_in(list(parent_ids))),
            *_within(ListLineRow, unit),
        )
        .order_by(col(ListLineRow.position))
    )
    return [line for line, _parent in rows]


def lines_altered(session: Session, version_id: int, unit: str = "") -> list[tuple[ListLineRow, ListLineRow]]:
    """Return the lines of a version that say something else than those that they came from, as (below, above)."""
    below = aliased(ListLineRow)
    rows = session.exec(
        select(below, ListLineRow)
        .join(ListLineRow, col(below.id) == col(ListLineRow.source_line_id))
        .where(
            col(ListLineRow.version_id) == version_id,
            or_(*(getattr(below, name) != getattr(ListLineRow, name) for name in COMPARED)),
            *_within(ListLineRow, unit),
        )
        .order_by(col(ListLineRow.position))
    )
    return [(earlier, later) for earlier, later in rows]


def lines_within(session: Session, version_id: int, unit: str = "") -> list[ListLineRow]:
    """Return the lines of a version, of those within a unit only, in order."""
    return list(
        session.exec(
            select(ListLineRow)
            .where(col(ListLineRow.version_id) == version_id, *_within(ListLineRow, unit))
            .order_by(col(ListLineRow.position), col(ListLineRow.id))
        )
    )


def _within(table: type[ListLineRow], unit: str) -> list[ColumnElement[bool]]:
    """Return the condition that a line is of a unit: an ámbito, a region, an OOAD; none for the nation."""
    if not unit:
        return []
    return [or_(col(table.pac) == unit, col(table.pac).startswith(f"{unit}-", autoescape=True))]


def _chunks(ids: Collection[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK)]
