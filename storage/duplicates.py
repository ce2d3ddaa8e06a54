"""Who is listed now, looked up by name, place and CURP; and the questions about people that stand twice."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import JSON, BindParameter, Column, Index, UniqueConstraint, bindparam, delete, insert, text
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from procedures.lists.duplicates import PROBABLE, Listed
from procedures.lists.totals import Totals, total
from storage.errors import NotInBooks
from storage.lists import ListLineRow
from storage.rows import insert_rows, question

SAME = "misma"
DISTINCT = "distintas"
"""What may be decided: one person, of whom some lines stay out; or different people, who all stay."""

_CHUNK = 400
_WITH_CURP = text("curp_mark <> ''")


class ListingRow(SQLModel, table=True):
    """Somebody of the list of an ámbito that stands now: one row a person, whatever number of versions and tiers.

    It is what is searched when a list arrives, so that looking for somebody costs the same
    in the first period and in the hundredth.
    """

    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_namesake", "case_id", "namesake"),
        Index("ix_listing_locality", "case_id", "locality"),
        Index("ix_listing_unit", "case_id", "unit"),
        Index(
            "ix_listing_curp",
            "case_id",
            "curp_mark",
            sqlite_where=_WITH_CURP,
            postgresql_where=_WITH_CURP,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id")
    unit: str = Field(max_length=64)
    version_id: int = Field(foreign_key="list_version.id")
    position: int
    namesake: str = Field(max_length=128, description="municipality (5 digits)|nombre_norm")
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    fingerprint: str = Field(max_length=16, description="changes with anything that the row says")
    curp_mark: str = Field(default="", max_length=32, description="keyed hash; the CURP is not kept")


class DuplicateRow(SQLModel, table=True):
    """A person that stands several times, until somebody with the right decides (never the machine)."""

    __tablename__ = "duplicate"
    __table_args__ = (
        UniqueConstraint("case_id", "code", "key", name="uq_duplicate_identity"),
        Index("ix_duplicate_case_unit", "case_id", "unit"),
        Index("ix_duplicate_case_name", "case_id", "name_norm"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    code: str = Field(max_length=8, description="V-050 to V-056")
    unit: str = Field(max_length=64, index=True, description="the unit whose post decides")
    key: str = Field(max_length=300, description="hash of who and in which lists")
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    units: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False), description="PAC units"
    )
    found_at: datetime
    decision: str = Field(
        default="", max_length=120, description="distintas, or misma: what each record says"
    )
    reason: str = Field(default="", max_length=500)
    decided_at: datetime | None = None
    person_id: int | None = Field(default=None, foreign_key="person.id")
    score: float = Field(default=1.0, description="how alike the names are")
    asked_at: datetime | None = Field(default=None, description="when the letter about it was written")
    withdrawn_at: datetime | None = Field(default=None, description="when a corrected list ended it")
    entry_id: int | None = Field(default=None, foreign_key="entry.id", description="the act that decided")


class DuplicateRecordRow(SQLModel, table=True):
    """One of the lines that a duplicate is about, in the version in which it stands now."""

    __tablename__ = "duplicate_record"
    __table_args__ = (Index("ix_duplicate_record_line", "version_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    duplicate_id: int = Field(foreign_key="duplicate.id", index=True)
    unit: str = Field(max_length=64, index=True)
    version_id: int = Field(foreign_key="list_version.id")
    position: int
    fingerprint: str = Field(default="", max_length=16)
    curp_mark: str = Field(default="", max_length=32)
    kept: bool = Field(default=True, description="false where a decision leaves the line out")
    # What the line said when it was last decided about, for whoever decides again.
    before_version_id: int | None = Field(default=None, foreign_key="list_version.id")
    before_position: int | None = None


# ------------------------------------------------------------------ who is listed

_TABLE = SQLModel.metadata.tables["listing"].columns
_LISTED = (
    _TABLE.id,
    _TABLE.unit,
    _TABLE.position,
    _TABLE.name_norm,
    _TABLE.locality,
    _TABLE.kind,
    _TABLE.fingerprint,
    _TABLE.curp_mark,
    _TABLE.version_id,
)


_UNLIST = delete(ListingRow).where(
    col(ListingRow.case_id) == bindparam("of_case"), col(ListingRow.unit) == bindparam("of_unit")
)


def relist(session: Session, case_id: int | None, unit: str, people: Iterable[Listed]) -> None:
    """Put the people of an ámbito's new list in place of those of the one before."""
    session.connection().execute(_UNLIST, {"of_case": case_id, "of_unit": unit})
    insert_rows(
        session,
        SQLModel.metadata.tables["listing"],
        ("case_id", "unit", "namesake", *_AS_LISTED.values()),
        ((case_id, unit, who.namesake, *_as_listed(who)) for who in people),
    )


_AS_LISTED = {
    "version_id": "version_id",
    "row": "position",
    "name_norm": "name_norm",
    "locality": "locality",
    "kind": "kind",
    "fingerprint": "fingerprint",
    "curp_mark": "curp_mark",
}
"""What is kept of somebody who is listed, and in which column."""
_as_listed = attrgetter(*_AS_LISTED)


def listed_elsewhere(session: Session, case_id: int | None, own: Sequence[Listed]) -> list[Listed]:
    """Return who of other ámbitos shares a name in the municipality, a locality or a CURP with somebody.

    Three indexed look-ups, some hundreds of keys at a time: never a scan of the nation.
    """
    units = {who.unit for who in own}
    found: dict[int, Listed] = {}
    for asked, keys in (
        (_NAMESAKES, {who.namesake for who in own}),
        (_NEIGHBOURS, {who.locality for who in own}),
        (_OF_CURP, {who.curp_mark for who in own if who.curp_mark}),
    ):
        wanted = sorted(keys)
        for start in range(0, len(wanted), _CHUNK):
            some = {"of_case": case_id, "wanted": wanted[start : start + _CHUNK]}
            rows = session.connection().execute(asked, some)
            found.update((row[0], Listed._make(row[1:])) for row in rows if row[1] not in units)
    return list(found.values())


_OF_CASE = select_columns(*_LISTED).where(_TABLE.case_id == bindparam("of_case"))
_WANTED: BindParameter[list[str]] = bindparam("wanted", expanding=True)
_NAMESAKES = _OF_CASE.where(_TABLE.namesake.in_(_WANTED))
_NEIGHBOURS = _OF_CASE.where(_TABLE.locality.in_(_WANTED))
# Spelt out, so that the database knows its partial index by it.
_OF_CURP = _OF_CASE.where(_TABLE.curp_mark.in_(_WANTED), _WITH_CURP)


def curp_marks(session: Session, case_id: int | None, unit: str) -> dict[int, str]:
    """Return the marks of the CURP that an ámbito's list which stands gives, by the place of their lines."""
    return {
        row.position: row.mark
        for row in session.connection().execute(_MARKS, {"of_case": case_id, "of_unit": unit})
    }


_MARKS = select_columns(_TABLE.position, _TABLE.curp_mark.label("mark")).where(
    _TABLE.case_id == bindparam("of_case"), _TABLE.unit == bindparam("of_unit"), _WITH_CURP
)


def listed_as(session: Session, case_id: int | None, namesakes: Collection[str]) -> list[Listed]:
    """Return who is listed under some names in their municipalities."""
    wanted = sorted(namesakes)
    found: list[Listed] = []
    for start in range(0, len(wanted), _CHUNK):
        rows = session.connection().execute(
            select_columns(*_LISTED).where(
                _TABLE.case_id == case_id, _TABLE.namesake.in_(wanted[start : start + _CHUNK])
            )
        )
        found += [Listed._make(row[1:]) for row in rows]
    return found


# ------------------------------------------------------------------ the questions


def undecided_duplicates(session: Session, case_id: int | None, unit: str) -> int:
    """Return how many duplicates wait for the decision of a unit's post; what is only probable does not."""
    return sum(not row.decision and row.code != PROBABLE for row in duplicates_at(session, case_id, unit))


def duplicates_at(session: Session, case_id: int | None, unit: str) -> list[DuplicateRow]:
    """Return the duplicates that stand and that a unit's post decides about, decided or not, the oldest first."""
    known = _read_here(session)
    if (case_id, unit) not in known:
        known[case_id, unit] = list(_at(session, case_id, unit))
    return [row for row in known[case_id, unit] if row.withdrawn_at is None]


@question
def _at(case_id: int | None, unit: str) -> SelectOfScalar[DuplicateRow]:
    return (
        select(DuplicateRow)
        .where(col(DuplicateRow.case_id) == case_id, col(DuplicateRow.unit) == unit)
        .order_by(col(DuplicateRow.id))
    )


def _read_here(session: Session) -> dict[tuple[int | None, str], list[DuplicateRow]]:
    """Return the duplicates that this transaction has read, by expediente and unit, withdrawn ones included.

    They are the rows of the session, so that each says what it says now; only a new one must be added.
    """
    known: dict[tuple[int | None, str], list[DuplicateRow]] = session.info.setdefault(
        "storage.duplicates.read", {}
    )
    return known


def add_duplicates(
    session: Session, rows: Sequence[DuplicateRow], records: Sequence[Sequence[Listed]]
) -> None:
    """Register duplicates, each with the lines that it is about."""
    session.add_all(rows)
    session.flush()
    known = _read_here(session)
    for row in rows:
        if (row.case_id, row.unit) in known:
            known[row.case_id, row.unit].append(row)
    values = [record_of(row, who) for row, listed in zip(rows, records, strict=True) for who in listed]
    if values:
        session.connection().execute(insert(DuplicateRecordRow), values)


def record_of(row: DuplicateRow, who: Listed) -> dict[str, Any]:
    """Return what is kept of a line that a duplicate is about."""
    return {
        "duplicate_id": row.id,
        "unit": who.unit,
        "version_id": who.version_id,
        "position": who.row,
        "fingerprint": who.fingerprint,
        "curp_mark": who.curp_mark,
        "kept": True,
    }


def duplicates_of_list(session: Session, case_id: int | None, pac: str) -> list[DuplicateRow]:
    """Return the duplicates that stand and that a PAC's list takes part in."""
    return list(_of_list(session, case_id, pac))


@question
def _of_list(case_id: int | None, pac: str) -> SelectOfScalar[DuplicateRow]:
    return (
        select(DuplicateRow)
        .where(
            col(DuplicateRow.id).in_(
                select(DuplicateRecordRow.duplicate_id).where(col(DuplicateRecordRow.unit) == pac)
            ),
            col(DuplicateRow.case_id) == case_id,
            col(DuplicateRow.withdrawn_at).is_(None),
        )
        .order_by(col(DuplicateRow.id))
    )


def duplicates_named(session: Session, case_id: int | None, names: Collection[str]) -> list[DuplicateRow]:
    """Return every duplicate about somebody of some names, withdrawn or not."""
    wanted = sorted(names)
    found: list[DuplicateRow] = []
    for start in range(0, len(wanted), _CHUNK):
        found += session.exec(
            select(DuplicateRow)
            .where(
                col(DuplicateRow.case_id) == case_id,
                col(DuplicateRow.name_norm).in_(wanted[start : start + _CHUNK]),
            )
            .order_by(col(DuplicateRow.id))
        )
    return found


def records_of(session: Session, duplicate_ids: Collection[int]) -> dict[int, list[DuplicateRecordRow]]:
    """Return the lines that some duplicates are about, in the order of their lists."""
    wanted = sorted(duplicate_ids)
    found: dict[int, list[DuplicateRecordRow]] = {number: [] for number in wanted}
    for start in range(0, len(wanted), _CHUNK):
        rows = session.exec(
            select(DuplicateRecordRow)
            .where(col(DuplicateRecordRow.duplicate_id).in_(wanted[start : start + _CHUNK]))
            .order_by(col(DuplicateRecordRow.unit), col(DuplicateRecordRow.position))
        )
        for row in rows:
            found[row.duplicate_id].append(row)
    return found


def get_duplicate(session: Session, duplicate_id: int) -> DuplicateRow:
    """Return a duplicate.

    Raises:
        NotInBooks: there is none with that id.
    """
    row = session.get(DuplicateRow, duplicate_id)
    if row is None:
        raise NotInBooks("duplicate", duplicate_id)
    return row


def line_at(session: Session, version_id: int | None, position: int | None) -> ListLineRow | None:
    """Return the line at a place of a version."""
    return session.exec(
        select(ListLineRow)
        .where(col(ListLineRow.version_id) == version_id, col(ListLineRow.position) == position)
        .order_by(col(ListLineRow.id))
    ).first()


def lines_above(session: Session, line_ids: Collection[int]) -> dict[int, list[int]]:
    """Return, for some lines, the lines of higher lists that came from each."""
    wanted = sorted(line_ids)
    found: dict[int, list[int]] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = session.connection().execute(
            select(ListLineRow.source_line_id, ListLineRow.id).where(
                col(ListLineRow.source_line_id).in_(wanted[start : start + _CHUNK])
            )
        )
        for source, line in rows:
            found.setdefault(source, []).append(line)
    return found


def lines_left_out(session: Session, duplicate_ids: Collection[int]) -> dict[int, int]:
    """Return the lines that decisions leave out, with the duplicate of each."""
    wanted = sorted(duplicate_ids)
    found: dict[int, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = session.connection().execute(
            select(ListLineRow.id, DuplicateRecordRow.duplicate_id)
            .join(
                DuplicateRecordRow,
                (col(DuplicateRecordRow.version_id) == col(ListLineRow.version_id))
                & (col(DuplicateRecordRow.position) == col(ListLineRow.position)),
            )
            .where(
                col(DuplicateRecordRow.duplicate_id).in_(wanted[start : start + _CHUNK]),
                col(DuplicateRecordRow.kept).is_(False),
            )
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def totals_left_out(session: Session, case_id: int | None, units: Collection[str]) -> Totals:
    """Return how many lines the decisions of some units' posts leave out, each counted once."""
    rows = session.connection().execute(
        select(ListLineRow.kind, ListLineRow.id, ListLineRow.amount_centavos)
        .join(
            DuplicateRecordRow,
            (col(DuplicateRecordRow.version_id) == col(ListLineRow.version_id))
            & (col(DuplicateRecordRow.position) == col(ListLineRow.position)),
        )
        .join(DuplicateRow, col(DuplicateRow.id) == col(DuplicateRecordRow.duplicate_id))
        .where(
            col(DuplicateRow.case_id) == case_id,
            col(DuplicateRow.unit).in_(sorted(units)),
            col(DuplicateRow.decision) == SAME,
            col(DuplicateRow.withdrawn_at).is_(None),
            col(DuplicateRecordRow.kept).is_(False),
        )
        .distinct()
    )
    return total((kind, centavos) for kind, _line, centavos in rows)


def decided_by(session: Session, case_id: int | None, person_id: int) -> list[DuplicateRow]:
    """Return the duplicates that a person decided."""
    wanted = select(DuplicateRow).where(
        col(DuplicateRow.case_id) == case_id, col(DuplicateRow.person_id) == person_id
    )
    return list(session.exec(wanted.order_by(col(DuplicateRow.id))))
