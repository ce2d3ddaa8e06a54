"""Payees: who may collect in a period, where, what each was told and what each said of it (act. 37)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, func, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Field, Session, SQLModel, col, select

from storage.errors import NotInBooks
from storage.lists import ListLineRow, StoredLine
from storage.rows import question, words
from storage.volunteers import VolunteerRow

Identity = tuple[str, str, str]
"""Who is who in a list: nombre_norm, clave INEGI, tipo."""


class Told(StrEnum):
    """How somebody was told of the delivery period, or that it could not be done (C-17)."""

    NOT_YET = ""
    CHAT = "telegram"
    IN_PERSON = "en_persona"
    PHONE = "por_telefono"
    NOT_FOUND = "no_localizada"


class PayeeRow(SQLModel, table=True):
    """A person of the listado definitivo for the length of a delivery period (AvisoVoluntario, ledger 4.7).

    What stands here is how it is now; every notice is a row of its own, and the
    journal keeps the rest.
    """

    __tablename__ = "payee"
    __table_args__ = (
        UniqueConstraint("case_id", "name_norm", "locality", "kind", name="uq_payee_identity"),
        Index("ix_payee_case_id_pac", "case_id", "pac"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id")
    pac: str = Field(max_length=64)
    line_id: int = Field(foreign_key="list_line.id", description="the line of the LD in force")
    volunteer_id: int | None = Field(default=None, foreign_key="volunteer.id", index=True)
    reference: str = Field(max_length=32, description="opaque to the PS: 2027-B1-000123")
    name_norm: str = Field(max_length=120)
    locality: str = Field(max_length=9)
    kind: str = Field(max_length=3)
    in_list: bool = Field(default=True, description="false once a newer LD leaves the person out")
    office: str = Field(
        default="", max_length=32, description="clave; empty is por definir, and the PAC says"
    )
    told: Told = Field(default=Told.NOT_YET, sa_type=words(Told))
    told_at: datetime | None = None
    told_by: int | None = Field(default=None, foreign_key="person.id")
    acknowledged_at: datetime | None = Field(default=None, description="Enterada(o)")
    said_collected_at: datetime | None = Field(default=None, description="Ya cobré: informative, no proof")
    muted_at: datetime | None = Field(default=None, description="No recordarme")
    collected_on: date | None = Field(default=None, description="by a report of the PS")


class NoticeRow(SQLModel, table=True):
    """One notice to a payee, by whatever means. Append-only."""

    __tablename__ = "notice"

    id: int | None = Field(default=None, primary_key=True)
    payee_id: int = Field(foreign_key="payee.id", index=True)
    kind: str = Field(max_length=24, description="RV-1 to RV-4, CORRECTION, or how a person told it")
    channel: str = Field(default="", max_length=16)
    at: datetime
    letter_id: int | None = Field(default=None, foreign_key="letter.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", description="who told it")
    office: str = Field(default="", max_length=32)
    note: str = Field(default="", max_length=240)
    said: str = Field(
        default="",
        max_length=40,
        description="what tells apart what it said of the place and of what to bring",
        sa_column_kwargs={"server_default": ""},
    )


class OfficeChoiceRow(SQLModel, table=True):
    """The office that a PAC chose for a locality of the ámbito, before the nearest one (C-18)."""

    __tablename__ = "office_choice"
    __table_args__ = (UniqueConstraint("unit", "locality", name="uq_office_choice_locality"),)

    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(max_length=64, foreign_key="unit.code")
    locality: str = Field(max_length=9)
    office: str = Field(max_length=32)
    at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Payee:
    """A payee with what the list says of the person."""

    row: PayeeRow
    name: str
    locality_name: str
    municipality: str
    amount_centavos: int
    months: str


def put_payees(
    session: Session, case_id: int, lines: Iterable[StoredLine], offices: Mapping[tuple[str, str], str]
) -> None:
    """Make the payees of an expediente those of a listado definitivo; what each was told stays.

    `offices` gives the office by PAC and locality. Whoever a newer list leaves out
    stays in the books, and out of every notice.
    """
    known = {
        identity_of(row): row
        for row in session.exec(select(PayeeRow).where(col(PayeeRow.case_id) == case_id))
    }
    fresh: dict[Identity, StoredLine] = {}
    for line in lines:
        fresh[(line.name_norm, line.locality, line.kind)] = line
    volunteers = _volunteers(session, {line.pac for line in fresh.values()})
    new = []
    for identity, line in fresh.items():
        row = known.pop(identity, None)
        values = {
            "pac": line.pac,
            "line_id": line.id,
            "volunteer_id": volunteers.get((line.pac, *identity)),
            "reference": line.reference,
            "in_list": True,
        }
        if row is None:
            new.append(
                {
                    "case_id": case_id,
                    "name_norm": line.name_norm,
                    "locality": line.locality,
                    "kind": line.kind,
                    "office": offices.get((line.pac, line.locality), ""),
                    "told": Told.NOT_YET,
                    **values,
                }
            )
            continue
        if row.pac != line.pac:
            row.office = offices.get((line.pac, line.locality), "")
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)
    for row in known.values():
        row.in_list = False
        session.add(row)
    session.flush()
    if new:
        session.connection().execute(insert(PayeeRow), new)


def identity_of(row: PayeeRow) -> Identity:
    """Return who a payee is."""
    return row.name_norm, row.locality, row.kind


def _volunteers(session: Session, units: set[str]) -> dict[tuple[str, str, str, str], int]:
    found: dict[tuple[str, str, str, str], int] = {}
    ordered = sorted(units)
    for start in range(0, len(ordered), 400):
        rows = session.connection().execute(
            select_columns(
                col(VolunteerRow.unit),
                col(VolunteerRow.name_norm),
                col(VolunteerRow.locality),
                col(VolunteerRow.kind),
                col(VolunteerRow.id),
            ).where(col(VolunteerRow.unit).in_(ordered[start : start + 400]))
        )
        found |= {(unit, name, locality, kind): number or 0 for unit, name, locality, kind, number in rows}
    return found


def payees_of(session: Session, case_id: int | None, pacs: Sequence[str]) -> list[Payee]:
    """Return who may collect in some ámbitos, by name; nobody whom the list in force leaves out."""
    found: list[Payee] = []
    for start in range(0, len(pacs), 400):
        rows = session.exec(
            select(PayeeRow, ListLineRow)
            .join(ListLineRow, col(ListLineRow.id) == col(PayeeRow.line_id))
            .where(
                col(PayeeRow.case_id) == case_id,
                col(PayeeRow.pac).in_(pacs[start : start + 400]),
                col(PayeeRow.in_list).is_(True),
            )
            .order_by(col(ListLineRow.name), col(PayeeRow.id))
        )
        found.extend(_payee(row, line) for row, line in rows)
    return found


def has_payees(session: Session, case_id: int | None) -> bool:
    """Tell whether anybody may collect in a period."""
    named = select(PayeeRow.id).where(col(PayeeRow.case_id) == case_id, col(PayeeRow.in_list).is_(True))
    return session.exec(named.limit(1)).first() is not None


def offices_of(session: Session, case_id: int | None, pacs: Sequence[str]) -> set[str]:
    """Return the offices to which the people of some ámbitos are to go."""
    found: set[str] = set()
    for start in range(0, len(pacs), 400):
        wanted = select(PayeeRow.office).where(
            col(PayeeRow.case_id) == case_id,
            col(PayeeRow.pac).in_(pacs[start : start + 400]),
            col(PayeeRow.in_list).is_(True),
        )
        found.update(session.exec(wanted.distinct()))
    return found - {""}


def count_payees(session: Session, case_id: int | None, pacs: Sequence[str]) -> dict[str, int]:
    """Return how many people may collect in each of some ámbitos; those without anybody are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(pacs), 400):
        rows: Any = _count_payees(session, case_id, pacs[start : start + 400])
        found.update((pac, count) for pac, count in rows)
    return found


@question
def _count_payees(case_id: int | None, pacs: Sequence[str]) -> Any:
    return (
        select(col(PayeeRow.pac), func.count())
        .where(col(PayeeRow.case_id) == case_id, col(PayeeRow.pac).in_(pacs), col(PayeeRow.in_list).is_(True))
        .group_by(col(PayeeRow.pac))
    )


def payee_of_volunteer(session: Session, case_id: int | None, volunteer_id: int) -> Payee | None:
    """Find what a volunteer may collect in a period; None for whoever is not in its list."""
    found = session.exec(
        select(PayeeRow, ListLineRow)
        .join(ListLineRow, col(ListLineRow.id) == col(PayeeRow.line_id))
        .where(
            col(PayeeRow.case_id) == case_id,
            col(PayeeRow.volunteer_id) == volunteer_id,
            col(PayeeRow.in_list).is_(True),
        )
    ).first()
    return _payee(*found) if found else None


def find_payee(session: Session, payee_id: int) -> Payee | None:
    """Find a payee, whether or not the list in force still names the person."""
    found = session.exec(
        select(PayeeRow, ListLineRow)
        .join(ListLineRow, col(ListLineRow.id) == col(PayeeRow.line_id))
        .where(col(PayeeRow.id) == payee_id)
    ).first()
    return _payee(*found) if found else None


def get_payee(session: Session, payee_id: int) -> Payee:
    """Return a payee.

    Raises:
        NotInBooks: there is none under that id.
    """
    found = find_payee(session, payee_id)
    if found is None:
        raise NotInBooks("payee", payee_id)
    return found


def _payee(row: PayeeRow, line: ListLineRow) -> Payee:
    return Payee(
        row=row,
        name=line.name,
        locality_name=line.locality_name,
        municipality=line.municipality,
        amount_centavos=line.amount_centavos,
        months=line.months,
    )


def locality_names(session: Session, volunteer_id: int) -> set[str]:
    """Return what the lists call the locality of a volunteer."""
    wanted = (
        select(ListLineRow.locality_name)
        .join(PayeeRow, col(PayeeRow.line_id) == col(ListLineRow.id))
        .where(col(PayeeRow.volunteer_id) == volunteer_id)
    )
    return set(session.exec(wanted))


def tell(
    session: Session, payee_id: int, how: Told, *, at: datetime | None, person_id: int | None = None
) -> None:
    """Note that somebody was told, or could not be found."""
    session.exec(
        update(PayeeRow).where(col(PayeeRow.id) == payee_id).values(told=how, told_at=at, told_by=person_id)
    )


def add_notices(session: Session, notices: Sequence[NoticeRow]) -> None:
    """Store notices; they are never changed."""
    session.add_all(notices)
    session.flush()


def notices_of(session: Session, payee_id: int) -> list[NoticeRow]:
    """Return what a payee was sent and told, the first first."""
    return list(
        session.exec(
            select(NoticeRow)
            .where(col(NoticeRow.payee_id) == payee_id)
            .order_by(col(NoticeRow.at), col(NoticeRow.id))
        )
    )


# ------------------------------------------------------------------ the office of a locality


def office_choices(session: Session, units: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the offices that PAC chose: by ámbito and locality."""
    rows = session.exec(select(OfficeChoiceRow).where(col(OfficeChoiceRow.unit).in_(list(units))))
    return {(row.unit, row.locality): row.office for row in rows}


def choose_office(
    session: Session, unit: str, locality: str, office: str, *, at: datetime, person_id: int | None
) -> None:
    """Keep the office of a locality of an ámbito, as its PAC says; the last word counts."""
    row = session.exec(
        select(OfficeChoiceRow).where(
            col(OfficeChoiceRow.unit) == unit, col(OfficeChoiceRow.locality) == locality
        )
    ).first()
    if row is None:
        row = OfficeChoiceRow(unit=unit, locality=locality, office=office, at=at, person_id=person_id)
    row.office, row.at, row.person_id = office, at, person_id
    session.add(row)
    session.flush()
