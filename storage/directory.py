"""The whole tables that an import of the directory compares with its workbook."""

from collections.abc import Collection
from typing import TypeVar

from sqlalchemy import inspect
from sqlmodel import Session, SQLModel, col, select

from storage.volunteers import CoveredMonthRow

Row = TypeVar("Row", bound=SQLModel)


def every(session: Session, table: type[Row]) -> list[Row]:
    """Return every row of a table, by its primary key."""
    return list(session.exec(select(table).order_by(*inspect(table).primary_key)))


def covered_in(session: Session, periods: Collection[str]) -> list[CoveredMonthRow]:
    """Return the months covered in some periods, in the order of writing."""
    return list(
        session.exec(
            select(CoveredMonthRow)
            .where(col(CoveredMonthRow.period).in_(sorted(periods)))
            .order_by(col(CoveredMonthRow.id))
        )
    )
