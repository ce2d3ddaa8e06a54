"""Verify the books: any edit, deletion, insertion or gap in the journal, any altered original, and where."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, String, case, cast, func, literal, select, text, union_all
from sqlmodel import Session, SQLModel, col

from procedures.lists.digest import digest_of_lines
from storage.blobs import BlobStore
from storage.cases import StepOutcome, StepRow
from storage.database import Store
from storage.entries import AttachmentRow, EntryRow
from storage.errors import NotInBooks
from storage.journal import HASHED, JournalRow, SealRow, hash_values
from storage.lists import ListVersionRow
from storage.outbox import LetterRow
from storage.periods import CalendarRow
from storage.sealing import GENESIS, head_of, read_head, seal_hash

BATCH = 2000
ONLY_GROW = (
    "journal",
    "seal",
    "step",
    "notice",
    "payout_event",
    "progress",
    "list_print",
    "rubric",
    "provider_release",
    "released_line",
    "layout",
)
_NAMED_AT_MOST = 20
_TABLES = {"entry": "entrada", "letter": "carta"}


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
    unsealed: int
    """Rows at the end that no seal covers yet; only their own hashes speak for them."""
    originals: int
    head: str
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was altered."""
        return not self.problems


def verify(store: Store, blobs: BlobStore, *, head: str | None = None) -> Verification:
    """Read the whole journal against its chain, and every original against its name.

    `head` is a head passed on earlier (the weekly digest has it): the chain must
    still hold it, and so it must the one that is written beside the books.
    """
    beside = read_head(store.head_path) if store.head_path else None
    heads = [known for known in (head, beside) if known is not None]
    with store.reading() as session:
        reading = _Reading(session, heads)
        reading.read()
        problems = reading.problems
        if store.is_sqlite:
            if reading.seals and beside is None:
                problems.append(
                    Problem(
                        place="journal.head", what="falta el archivo con el último sello, junto a los libros"
                    )
                )
            problems.extend(_check_counters(session))
        problems.extend(_check_triggers(session))
        problems.extend(_check_steps(session))
        problems.extend(_check_lists(session, reading.digests))
        problems.extend(_check_releases(session, reading.release_seals))
        originals = _Originals(session, blobs)
        problems.extend(originals.check())
    return Verification(
        rows=reading.rows,
        seals=reading.seals,
        unsealed=reading.unsealed,
        originals=originals.count,
        head=reading.head,
        problems=tuple(problems),
    )


class _Reading:
    """One pass over the journal and its seals, side by side, holding no more than a seal's rows."""

    def __init__(self, session: Session, heads: Sequence[str]) -> None:
        self.rows = self.seals = self.unsealed = 0
        self.head = ""
        self.problems: list[Problem] = []
        self._missing_heads = set(heads)
        self.digests: set[str] = set()
        """Record digests of lists that the journal tells of."""
        self.release_seals: set[str] = set()
        """Seals of what left for the provider that the journal tells of."""
        self._originals: dict[tuple[str, int], tuple[str, str]] = {}
        self._session = session
        self._previous = GENESIS
        self._covered = 0

    def read(self) -> None:
        journal = self._checked_rows()
        row = next(journal, None)
        for number, made in _stored(self._session, SealRow):
            self.seals += 1
            if made is None:
                self._problem(f"sello {number}", "el sello no se puede leer: se modificó")
                continue
            seal = SealRow(**made)
            place = f"sello {seal.id} ({_span(seal)}, {_minute(seal.sealed_at)})"
            if seal.previous_hash != self._previous:
                self._problem(place, "no continúa la cadena: falta un sello anterior o se cambió")
            if seal.first_id != self._covered + 1:
                self._problem(
                    place, f"debería comenzar en el renglón {self._covered + 1}: falta un sello o se cambió"
                )
            gathered: list[tuple[int, str]] = []
            while row is not None and row[0] <= seal.last_id:
                if row[0] < seal.first_id:
                    self._problem(f"renglón {row[0]}", "no está en ningún sello: se insertó después")
                else:
                    gathered.append(row)
                row = next(journal, None)
            self._check_seal(seal, gathered, place)
            self._previous, self._covered = seal.hash, max(self._covered, seal.last_id)
            self.head = head_of(seal)
            self._missing_heads.discard(self.head)
        while row is not None:
            self.unsealed += 1
            row = next(journal, None)
        self._compare_originals()
        for lost in sorted(self._missing_heads):
            self._problem(
                f"final de la bitácora (hasta el renglón {self._covered})",
                f"la cadena no contiene el sello conocido {lost or '(ilegible)'}: se cortó el final o se rehízo",
            )

    def _checked_rows(self) -> Iterator[tuple[int, str]]:
        """Give id and hash of each row, having compared each row with its own hash."""
        for number, row in _stored(self._session, JournalRow):
            self.rows += 1
            if row is None:
                self._problem(
                    f"renglón {number}", "el renglón no se puede leer: se modificó después de escrito"
                )
                yield number, ""
                continue
            if number < 1:
                self._problem(_place(row), "su número no lo dio la bitácora: se insertó a mano")
            if hash_values([row[name] for name in HASHED]) != row["row_hash"]:
                self._problem(
                    _place(row), "el renglón no corresponde a su huella: se modificó después de escrito"
                )
            self._gather(row)
            yield number, str(row["row_hash"])

    def _gather(self, row: dict[str, Any]) -> None:
        """Remember what a line says of other tables: the original of an entry or letter, the digest of a list."""
        if '"sha256"' not in row["data"] and '"record_digest"' not in row["data"]:
            return
        try:
            data = json.loads(row["data"])
        except ValueError:
            return  # Its hash has told already.
        self.digests.add(str(data.get("record_digest", "")))
        self.release_seals.add(str(data.get("seal", "")))
        for table in ("entry", "letter"):
            if "sha256" in data and row[f"{table}_id"] is not None:
                self._originals[table, row[f"{table}_id"]] = (str(data["sha256"]), _place(row))
        if len(self._originals) >= BATCH:
            self._compare_originals()

    def _compare_originals(self) -> None:
        """Hold the entries and letters to what the journal says of their originals."""
        for table, digest in ((EntryRow, EntryRow.blob_sha256), (LetterRow, LetterRow.blob_sha256)):
            name = str(table.__tablename__)
            told = {number: facts for (kind, number), facts in self._originals.items() if kind == name}
            kept: dict[int, str] = {}
            if told:
                rows = self._session.connection().execute(
                    select(col(table.id), col(digest)).where(col(table.id).in_(told))
                )
                kept = {int(number or 0): found for number, found in rows}
            for number, (sha256, place) in told.items():
                if number not in kept:
                    self._problem(f"{_TABLES[name]} {number}", f"se borró: la bitácora la cita en el {place}")
                elif kept[number] != sha256:
                    self._problem(f"{_TABLES[name]} {number}", f"no nombra el original que cita el {place}")
        self._originals.clear()

    def _check_seal(self, seal: SealRow, rows: Sequence[tuple[int, str]], place: str) -> None:
        absent = seal.rows - len(rows)
        if absent > 0:
            numbers = sorted(
                set(range(seal.first_id, seal.last_id + 1)) - {number for number, _row_hash in rows}
            )
            named = ", ".join(map(str, numbers[:_NAMED_AT_MOST])) + (
                " …" if len(numbers) > _NAMED_AT_MOST else ""
            )
            which = named if len(numbers) == absent else f"entre los números {named}"
            self._problem(place, f"se borraron {absent} renglones: {which}")
        elif absent < 0:
            self._problem(place, f"sobran {-absent} renglones: se insertaron después")
        elif seal_hash(seal, rows) != seal.hash:
            self._problem(
                place, "el sello no corresponde a sus renglones: se cambió alguno, su orden o el sello mismo"
            )

    def _problem(self, place: str, what: str) -> None:
        self.problems.append(Problem(place=place, what=what))


def _stored(session: Session, table: type[SQLModel]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Give the rows of a table by id, in batches; None for one that a hand made unreadable."""
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    connection = session.connection()
    last: int | None = None
    while True:
        ids = select(columns.id).order_by(columns.id).limit(BATCH)
        if last is not None:
            ids = ids.where(columns.id > last)
        numbers = list(connection.execute(ids).scalars())
        if not numbers:
            return
        rows = (
            select(*columns).where(columns.id >= numbers[0], columns.id <= numbers[-1]).order_by(columns.id)
        )
        try:
            found = [(int(row["id"]), dict(row)) for row in connection.execute(rows).mappings()]
        except (ValueError, TypeError):
            # A date that is none, say: SQLite keeps whatever a hand wrote. One by one, to say which.
            for number in numbers:
                yield number, _stored_row(connection, columns, number)
        else:
            yield from found
        last = numbers[-1]


def _stored_row(connection: Connection, columns: Any, number: int) -> dict[str, Any] | None:
    try:
        return dict(connection.execute(select(*columns).where(columns.id == number)).mappings().one())
    except (ValueError, TypeError):
        return None


def _check_counters(session: Session) -> Iterator[Problem]:
    """Compare SQLite's own counters with the tables: a tail that was cut leaves the counter behind."""
    connection = session.connection()
    for table, name in ((JournalRow, "journal"), (SealRow, "seal")):
        given = connection.execute(
            text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}
        ).scalar()
        last = connection.execute(select(func.max(col(table.id)))).scalar()
        if (given or 0) != (last or 0):
            yield Problem(
                place=f"final de la tabla {name}",
                what=f"se dieron números hasta el {given or 0} y el último renglón es el {last or 0}: se cortó o se agregó",
            )


def _check_triggers(session: Session) -> Iterator[Problem]:
    """Look whether the database still refuses to change what only grows."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        guards = {name.rpartition("_no_")[0] + ":" + name.rpartition("_")[2] for name in found}
        whole = {table for table in ONLY_GROW if {f"{table}:update", f"{table}:delete"} <= guards}
    else:
        found = connection.execute(text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")).scalars()
        whole = {name.removesuffix("_only_grows") for name in found}
    for table in ONLY_GROW:
        if table not in whole:
            yield Problem(
                place=f"tabla {table}", what="falta el disparador que impide cambiarla o borrar de ella"
            )


def _check_releases(session: Session, told: set[str]) -> Iterator[Problem]:
    """Compute the seals of what left for the provider anew, and look for each release's in the journal."""
    connection = session.connection()
    releases = SQLModel.metadata.tables["provider_release"].columns
    lines = SQLModel.metadata.tables["released_line"].columns
    for release in connection.execute(
        select(releases.id, releases.seal, releases.lines).order_by(releases.id)
    ):
        whole, count = hashlib.sha256(), 0
        kept = select(lines.reference, lines.record).where(lines.release_id == release.id).order_by(lines.id)
        for reference, record in connection.execute(kept):
            whole.update(hashlib.sha256(f"{reference}\n{record}".encode()).hexdigest().encode())
            count += 1
        if (whole.hexdigest(), count) != (release.seal, release.lines):
            yield Problem(
                place=f"envío {release.id} al Prestador", what="sus renglones no son los que se enviaron"
            )
        elif release.seal not in told:
            yield Problem(
                place=f"envío {release.id} al Prestador", what="la bitácora no cuenta que se haya enviado así"
            )


def _check_lists(session: Session, told: set[str]) -> Iterator[Problem]:
    """Compute the record digest of each list anew, and look for it in the journal."""
    connection = session.connection()
    lines = SQLModel.metadata.tables["list_line"].columns
    versions = SQLModel.metadata.tables["list_version"].columns
    for version in connection.execute(
        select(*versions).where(versions.digest != "").order_by(versions.id)
    ).all():
        place = f"listado {version.level} {version.unit or 'NACIONAL'}, versión {version.version}"
        kept = connection.execute(select(*lines).where(lines.version_id == version.id))
        if digest_of_lines(kept) != version.digest:
            yield Problem(
                place=place,
                what="sus renglones no corresponden a su huella: se modificaron después de escritos",
            )
        elif version.digest not in told:
            yield Problem(
                place=place, what="su huella no aparece en la bitácora: se cambió o se agregó a mano"
            )


_STEP_KINDS = ("step_taken", "step_taken_late", "step_by_system", "step_excepted", "step_voided")


def _check_steps(session: Session) -> Iterator[Problem]:
    """Count the steps, each kind of each person at each unit, here and in the journal: both tell of every one."""
    connection = session.connection()
    kind = case(
        (col(StepRow.outcome) == StepOutcome.EXCEPTED, "step_excepted"),
        (col(StepRow.outcome).in_((StepOutcome.VOIDED, StepOutcome.RECTIFIED)), "step_voided"),
        (col(StepRow.by_system).is_(True), "step_by_system"),
        (col(StepRow.late).is_(True), "step_taken_late"),
        else_="step_taken",
    )
    kept = [col(StepRow.case_id), col(StepRow.step), col(StepRow.unit), col(StepRow.person_id), kind]
    told = [
        col(JournalRow.case_id),
        col(JournalRow.step),
        col(JournalRow.unit),
        col(JournalRow.person_id),
        col(JournalRow.kind),
    ]
    here = _counted(connection.execute(select(*kept, func.count()).group_by(*kept)))
    there = _counted(
        connection.execute(
            select(*told, func.count()).where(col(JournalRow.kind).in_(_STEP_KINDS)).group_by(*told)
        )
    )
    for key in sorted(here.keys() | there.keys(), key=str):
        if here.get(key, 0) != there.get(key, 0):
            _case, step, unit, _person, name = key
            yield Problem(
                place=f"paso {step} de {unit or 'NACIONAL'} ({name})",
                what=f"figura {here.get(key, 0)} veces entre los pasos y {there.get(key, 0)} en la bitácora: "
                "se cambió, se borró o se agregó a mano",
            )


def _counted(rows: Iterable[Any]) -> dict[tuple[Any, ...], int]:
    return {tuple(row[:-1]): int(row[-1]) for row in rows}


class _Originals:
    """Every original that a row names, read once; what lies under a hash must have that hash."""

    def __init__(self, session: Session, blobs: BlobStore) -> None:
        self.count = 0
        self._session = session
        self._blobs = blobs

    def check(self) -> Iterator[Problem]:
        named = union_all(
            *(
                select(
                    literal(what).label("what"), cast(name, String).label("name"), digest.label("digest")
                ).where(digest != "")
                for what, name, digest in (
                    ("folio", col(EntryRow.folio), col(EntryRow.blob_sha256)),
                    ("anexo de la entrada", col(AttachmentRow.entry_id), col(AttachmentRow.sha256)),
                    ("carta", col(LetterRow.id), col(LetterRow.blob_sha256)),
                    ("versión de listado", col(ListVersionRow.id), col(ListVersionRow.file_sha256)),
                    ("calendario", col(CalendarRow.year), col(CalendarRow.blob_sha256)),
                )
            )
        ).subquery()
        rows = self._session.connection().execute(
            select(named.c.what, named.c.name, named.c.digest).order_by(named.c.digest),
            execution_options={"yield_per": BATCH},
        )
        for digest, users in groupby(rows, key=lambda row: str(row.digest)):
            self.count += 1
            wrong = self._wrong(digest)
            if wrong:
                place = ", ".join(sorted({f"{row.what} {row.name}" for row in users})[:_NAMED_AT_MOST])
                yield Problem(place=place, what=f"{wrong} ({digest[:12]}…)")

    def _wrong(self, digest: str) -> str:
        try:
            content = self._blobs.get(digest)
        except NotInBooks:
            return "falta el original"
        except OSError as error:
            return f"el original no se puede leer: {error.strerror}"
        return "" if hashlib.sha256(content).hexdigest() == digest else "el original fue alterado"


def _place(row: dict[str, Any]) -> str:
    return f"renglón {row['id']} ({_minute(row['at'])}, {row['kind']})"


def _span(seal: SealRow) -> str:
    return f"renglones {seal.first_id} a {seal.last_id}"


def _minute(instant: datetime) -> str:
    return f"{instant:%d-%m-%Y %H:%M} UTC"
