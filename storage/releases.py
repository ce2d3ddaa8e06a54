"""What left for the Prestador de Servicios: each file, and each of its lines as it was sent (EnvioPS; 5.2.3, 5.2.4)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Column, Text, UniqueConstraint, insert
from sqlmodel import Field, Session, SQLModel, col, select


class ReleaseRow(SQLModel, table=True):
    """A file that an authorised person released to the PS. Never changed."""

    __tablename__ = "provider_release"

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="list_version.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    acting_for: str = Field(default="", max_length=300, description="por ausencia de …")
    at: datetime
    layout: str = Field(max_length=64, description="key and version of the layout")
    protection: str = Field(max_length=16, description="none, zip or xlsx")
    file_sha256: str = Field(max_length=64, description="the file before it was protected")
    sent_sha256: str = Field(max_length=64, description="the very bytes that left")
    digest: str = Field(max_length=64, description="record digest, 5.2.4")
    lines: int
    seal: str = Field(max_length=64, description="over the seals of all lines, in their order")


class ReleasedLineRow(SQLModel, table=True):
    """A line as it left: what the provider's return is matched with, whatever becomes of the lists."""

    __tablename__ = "released_line"
    __table_args__ = (UniqueConstraint("release_id", "reference", name="uq_released_line_reference"),)

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="provider_release.id")
    reference: str = Field(max_length=32)
    record: str = Field(
        sa_column=Column(Text, nullable=False), description="the values as sent, JSON in a fixed form"
    )
    seal: str = Field(max_length=64, description="SHA-256 over reference and record")


def add_release(session: Session, row: ReleaseRow, lines: Iterable[tuple[str, str, str]]) -> ReleaseRow:
    """Keep a release with its lines, each as (reference, record, seal)."""
    session.add(row)
    session.flush()
    values = [
        {"release_id": row.id, "reference": reference, "record": record, "seal": seal}
        for reference, record, seal in lines
    ]
    if values:
        session.connection().execute(insert(ReleasedLineRow), values)
    return row


def releases_of(session: Session, version_id: int | None) -> list[ReleaseRow]:
    """Return the releases of a version, the oldest first."""
    return list(
        session.exec(
            select(ReleaseRow).where(col(ReleaseRow.version_id) == version_id).order_by(col(ReleaseRow.id))
        )
    )


def last_release(session: Session, version_ids: Collection[int]) -> ReleaseRow | None:
    """Find the newest release of some versions."""
    return session.exec(
        select(ReleaseRow)
        .where(col(ReleaseRow.version_id).in_(version_ids))
        .order_by(col(ReleaseRow.id).desc())
        .limit(1)
    ).first()


def lines_of(session: Session, release_id: int | None) -> list[ReleasedLineRow]:
    """Return the lines of a release in the order in which they left."""
    return list(
        session.exec(
            select(ReleasedLineRow)
            .where(col(ReleasedLineRow.release_id) == release_id)
            .order_by(col(ReleasedLineRow.id))
        )
    )
