"""Verify the books: any edit, deletion, insertion or gap in the journal, any altered original, and where."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from storage.blobs import BlobStore
from storage.database import Store
from storage.entries import EntryRow
from storage.errors import NotInBooks
from storage.journal import JournalRow, SealRow, hash_row
from storage.lists import ListVersionRow
from storage.outbox import LetterRow
from storage.sealing import GENESIS, head_of, read_head, seal_hash

BATCH = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something that is not as it was written."""

    place: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What a verification found."""

    rows: int
    seals: int
    head: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was altered."""
        return not self.problems


def verify(store: Store, blobs: BlobStore, *, head: str | None = None) -> Verification:
    """Read the whole journal against its chain, and every original against its name.

    `head` is a head passed on earlier (the weekly digest has it): the chain must
    still hold it. Without one, the head written beside the books serves.
    """
    problems: list[Problem] = []
    with store.reading() as session:
        seals = list(session.exec(select(SealRow).order_by(col(SealRow.id))))
        rows = _check_rows(session, seals, problems)
        _check_chain(seals, problems)
        known = head or (read_head(store.data_dir) if store.data_dir else None)
        if known is not None:
            _check_head(seals, known, problems)
        problems.extend(_check_originals(session, blobs))
    return Verification(rows=rows, seals=len(seals), head=head_of(seals[-1]) if seals else "", problems=tuple(problems))


def _check_rows(session: Session, seals: list[SealRow], problems: list[Problem]) -> int:
    """Compare each row with its own hash, and the rows of each seal with the seal."""
    count = 0
    remaining = iter(seals)
    current = next(remaining, None)
    gathered: list[tuple[int, str]] = []
    for row in _rows(session):
        count += 1
        number = row.id or 0
        if hash_row(row) != row.row_hash:
            problems.append(Problem(place=_place(row), what="el renglón no corresponde a su huella: se modificó después de escrito"))
        while current is not None and number > current.last_id:
            _check_seal(current, gathered, problems)
            gathered = []
            current = next(remaining, None)
        if current is not None:
            if number < current.first_id:
                problems.append(Problem(place=_place(row), what="el renglón no está en ningún sello: se insertó después"))
            else:
                gathered.append((number, row.row_hash))
    while current is not None:
        _check_seal(current, gathered, problems)
        gathered = []
        current = next(remaining, None)
    return count


def _rows(session: Session) -> Iterator[JournalRow]:
    last = 0
    while True:
        rows = list(
            session.exec(
                select(JournalRow).where(col(JournalRow.id) > last).order_by(col(JournalRow.id)).limit(BATCH)
            )
        )
        if not rows:
            return
        for row in rows:
            yield row
            session.expunge(row)
        last = rows[-1].id or 0


def _check_seal(seal: SealRow, rows: list[tuple[int, str]], problems: list[Problem]) -> None:
    place = f"sello {seal.id} (renglones {seal.first_id} a {seal.last_id})"
    numbers = [number for number, _row_hash in rows]
    if len(rows) < seal.rows:
        missing = sorted(set(range(seal.first_id, seal.last_id + 1)) - set(numbers))
        named = ", ".join(map(str, missing[:10])) or "sin determinar"
        problems.append(Problem(place=place, what=f"faltan {seal.rows - len(rows)} renglones: {named}"))
    elif len(rows) > seal.rows:
        problems.append(Problem(place=place, what=f"sobran {len(rows) - seal.rows} renglones: se insertaron después"))
    elif seal_hash(seal.previous_hash, rows) != seal.hash:
        problems.append(Problem(place=place, what="el sello no corresponde a sus renglones: alguno se cambió"))


def _check_chain(seals: list[SealRow], problems: list[Problem]) -> None:
    previous, last_id = GENESIS, 0
    for seal in seals:
        if seal.previous_hash != previous:
            problems.append(Problem(place=f"sello {seal.id}", what="no continúa la cadena del sello anterior: falta un sello o se cambió"))
        if seal.first_id <= last_id:
            problems.append(Problem(place=f"sello {seal.id}", what="cubre renglones de otro sello"))
        previous, last_id = seal.hash, seal.last_id


def _check_head(seals: list[SealRow], head: str, problems: list[Problem]) -> None:
    if not any(head_of(seal) == head for seal in seals):
        last_id = head.partition(".")[0]
        problems.append(Problem(place=f"renglones hasta el {last_id}", what="la cadena ya no contiene el último sello conocido: se cortó el final o se rehízo"))


def _check_originals(session: Session, blobs: BlobStore) -> Iterator[Problem]:
    """Read every original that a row names; what lies under a hash must have that hash."""
    import hashlib

    named = (
        ("folio", select(EntryRow.folio, EntryRow.blob_sha256)),
        ("carta", select(LetterRow.id, LetterRow.blob_sha256)),
        ("listado", select(ListVersionRow.id, ListVersionRow.file_sha256)),
    )
    for what, wanted in named:
        for name, digest in session.connection().execute(wanted):
            if not digest:
                continue
            try:
                content = blobs.get(digest)
            except NotInBooks:
                yield Problem(place=f"{what} {name}", what="falta el original")
                continue
            if hashlib.sha256(content).hexdigest() != digest:
                yield Problem(place=f"{what} {name}", what="el original fue alterado")


def _place(row: JournalRow) -> str:
    return f"renglón {row.id} ({row.at:%d-%m-%Y %H:%M} UTC, {row.kind})"
