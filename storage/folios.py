"""Folio series: gap-free per series and year, never reused."""

from sqlmodel import Field, Session, SQLModel, col, select


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


def next_number(session: Session, series: str) -> int:
    """Take the next number of a series, gap-free: it is given back if the transaction is."""
    row = session.exec(select(SeriesRow).where(col(SeriesRow.name) == series).with_for_update()).first()
    if row is None:
        row = SeriesRow(name=series, last=0)
    row.last += 1
    session.add(row)
    session.flush()
    return row.last


def get_fact(session: Session, key: str) -> str | None:
    """Return a fact of the office, None when nobody said."""
    row = session.get(OfficeFactRow, key)
    return row.value if row else None


def set_fact(session: Session, key: str, value: str) -> None:
    """Keep a fact of the office."""
    row = session.get(OfficeFactRow, key) or OfficeFactRow(key=key)
    row.value = value
    session.add(row)
