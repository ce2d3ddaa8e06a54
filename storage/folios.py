"""Folio series: gap-free per series and year, never reused."""

from sqlmodel import Field, SQLModel



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
