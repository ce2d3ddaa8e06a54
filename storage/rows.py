"""What every table of the books shares: naming of constraints, and money and text columns."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Enum as SqlEnum
from sqlalchemy import ScalarResult, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

P = ParamSpec("P")
T = TypeVar("T")

# Names are fixed before the first table is declared, so that migrations can find a constraint again.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def words(enumeration: type[StrEnum]) -> Any:
    """Give the column type of an enumeration: its values as text, free of native enums.

    A native enum stores member names and hides a new member from the migrations' check.
    """
    return SqlEnum(
        enumeration,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def question(
    build: Callable[P, SelectOfScalar[T]],
) -> Callable[Concatenate[Session, P], ScalarResult[T]]:
    """Make a question to the books of what builds its SELECT from values.

    It is built once, with a place for each value: building a statement costs more than asking it,
    and an entry asks some dozens. So the building may not look at the values: they are places.
    """
    names = tuple(inspect.signature(build).parameters)
    places: dict[str, Any] = {name: bindparam(name) for name in names}

    @functools.cache
    def statement() -> SelectOfScalar[T]:
        return build(**places)  # type: ignore[call-arg]

    def ask(session: Session, /, *values: P.args, **named: P.kwargs) -> ScalarResult[T]:
        return session.exec(statement(), params={**dict(zip(names, values, strict=False)), **named})

    return ask


def insert_rows(
    session: Session, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert many rows of texts and numbers, given as plain tuples in the order of the names.

    SQLAlchemy takes a dict of each row apart again, which costs more than the database's own work.
    """
    connection = session.connection()
    place = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join([place] * len(names))})"  # noqa: S608
    values = list(rows)
    if values:
        connection.exec_driver_sql(statement, values)


def insert_for(session: Session, table: type[SQLModel]) -> sqlite.Insert:
    """Give the INSERT of the session's own database, which knows what to do about a row that is there.

    Both databases have the same ON CONFLICT, and SQLAlchemy two classes for it of one shape.
    """
    if session.get_bind().dialect.name == "postgresql":
        return cast("sqlite.Insert", postgresql.insert(table))
    return sqlite.insert(table)
