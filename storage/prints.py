"""Prints of lists, and the rubrics that stand on them (act. 10 to 22 and 32; ledger 4.4)."""

from datetime import date, datetime

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select


class ListPrintRow(SQLModel, table=True):
    """A print that the desk made: the file, and how many pages a scan of it has."""

    __tablename__ = "list_print"
    __table_args__ = (UniqueConstraint("version_id", "part", "signers", name="uq_list_print_identity"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="list_version.id", index=True)
    part: str = Field(max_length=64, description="unit of the pages' codes; of a national list the OOAD")
    signers: str = Field(max_length=16, description="whose names stand under it, in short")
    pages: int
    sha256: str = Field(max_length=64)
    made_at: datetime


class RubricRow(SQLModel, table=True):
    """A scan of a rubricated print: every page of it, of this version (Rubrica, ledger 4.4)."""

    __tablename__ = "rubric"

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="list_version.id", index=True)
    step: str = Field(max_length=32)
    unit: str = Field(default="", max_length=64)
    role: str = Field(max_length=64)
    person_id: int = Field(foreign_key="person.id")
    acting_for: str = Field(default="", max_length=300, description="por ausencia de …")
    on: date
    at: datetime
    entry_id: int = Field(foreign_key="entry.id")
    pages: int
    # [sha256, ...] of the files as they came, in the order of the mail.
    files: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


def find_print(session: Session, version_id: int | None, part: str, signers: str) -> ListPrintRow | None:
    """Find a print made before, with the same names under it."""
    return session.exec(
        select(ListPrintRow).where(
            col(ListPrintRow.version_id) == version_id,
            col(ListPrintRow.part) == part,
            col(ListPrintRow.signers) == signers,
        )
    ).first()


def prints_of(session: Session, version_id: int | None, part: str) -> list[ListPrintRow]:
    """Return every print of a list, or of a part of it, the oldest first."""
    return list(
        session.exec(
            select(ListPrintRow)
            .where(col(ListPrintRow.version_id) == version_id, col(ListPrintRow.part) == part)
            .order_by(col(ListPrintRow.id))
        )
    )


def keep_print(session: Session, row: ListPrintRow) -> ListPrintRow:
    """Remember a print, so that it is made once and its scan can be checked."""
    session.add(row)
    session.flush()
    return row


def keep_rubric(session: Session, row: RubricRow) -> RubricRow:
    """Keep that a scan with every page came."""
    session.add(row)
    session.flush()
    return row


def find_rubric(session: Session, version_id: int | None, step: str, unit: str) -> RubricRow | None:
    """Find the newest scan for a step on a version of a list."""
    return session.exec(
        select(RubricRow)
        .where(
            col(RubricRow.version_id) == version_id, col(RubricRow.step) == step, col(RubricRow.unit) == unit
        )
        .order_by(col(RubricRow.id).desc())
        .limit(1)
    ).first()


def rubrics_of(session: Session, version_id: int | None) -> list[RubricRow]:
    """Return the rubrics of a version, the oldest first."""
    return list(
        session.exec(
            select(RubricRow).where(col(RubricRow.version_id) == version_id).order_by(col(RubricRow.id))
        )
    )
