"""Folio series: gap-free per series and year, never reused."""

from sqlmodel import Field, Session, SQLModel, col

from storage.rows import insert_for


class SeriesRow(SQLModel, table=True):
    """The last number given in a series."""

    __tablename__ = "series"

    name: str = Field(primary_key=True, max_length=64, description="entry/2027, circular/2027 ...")
    last: int = 0


class OfficeFactRow(SQLModel, table=True):
    """A fact of this office that is decided here and not in a file: switches, sources, marks."""

    __tablename__ = "office_fact"

    key: str = Field(primary_key=True, max_length=64)
    value: str = Field(default="", max_length=2000)


def next_number(session: Session, series: str, *, count: int = 1) -> int:
    """Take the next numbers of a series, gap-free, and return the last of them: they are given back if the transaction is.

    Until then whoever wants the next one waits, which is the price of no gaps.
    """
    first = insert_for(session, SeriesRow).values(name=series, last=count)
    taken = first.on_conflict_do_update(
        index_elements=["name"], set_={"last": SeriesRow.last + count}
    ).returning(col(SeriesRow.last))
    return int(session.connection().execute(taken).scalar_one())


def get_fact(session: Session, key: str) -> str | None:
    """Return a fact of the office, None when nobody said."""
    row = session.get(OfficeFactRow, key)
    return row.value if row else None


def set_fact(session: Session, key: str, value: str) -> None:
    """Keep a fact of the office."""
    row = session.get(OfficeFactRow, key) or OfficeFactRow(key=key)
    row.value = value
    session.add(row)
