"""Let somebody hold a file to be the listado definitivo, or hear where it is not (5.2.4); and tell the PS's password."""

from dataclasses import dataclass

from actions.activate_procedure import UnknownPerson
from actions.attach_lists import layout_text_of
from actions.attest_step import find_person
from actions.desk import Desk
from actions.make_layout import layout_line
from actions.open_period import PROCEDURE
from actions.protect_file import password_of
from documents.layout import LayoutLine
from storage import cases, lists, people, periods, provider
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow
from storage.people import PersonRow

MAY_COMPARE = frozenset({"CFI", "CPEEyPB", "CACyPCS", "UPIB"})
"""Who sees the listado definitivo (6.8)."""


class ComparisonRefused(Exception):
    """It cannot be compared, or told; it says why, in Spanish."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitive:
    """The listado definitivo as a file is compared with it."""

    lines: tuple[LayoutLine, ...]
    layout_text: str
    months: tuple[str, ...]
    ooads: dict[str, str]
    version: int
    digest: str


def definitive_list(desk: Desk, period: str, *, as_person: str) -> Definitive:
    """Return what a file is compared with.

    Raises:
        ComparisonRefused: there is no such list, or the person may not see it.
    """
    _person, case, version = _found(desk, period, as_person)
    return Definitive(
        lines=tuple(
            layout_line(case, row, row.reference) for row in lists.lines_of(desk.session, version.id)
        ),
        layout_text=layout_text_of(desk, version),
        months=tuple(periods.get_period(desk.session, period).months),
        ooads={code: str(case.facts.get(code, {}).get("name", code)) for code in case.tree.get("ooad", [])},
        version=version.version,
        digest=version.digest,
    )


def note_comparison(desk: Desk, period: str, *, as_person: str, file: str, differences: int) -> None:
    """Write down that a file was compared, and what came of it."""
    person, case, version = _found(desk, period, as_person)
    desk.note(
        "file_compared",
        case_id=case.id,
        person_id=person.id,
        channel="command",
        version=version.version,
        file=file,
        result="es el mismo listado" if not differences else f"{differences} diferencias",
        record_digest=version.digest,
    )


def tell_password(desk: Desk, period: str, *, as_person: str) -> str:
    """Tell the password of the file for the PS to somebody whom UPIB announced to it (5.2.3); it is written down who asked.

    Raises:
        ComparisonRefused: nothing was released, or the person is not among the authorised.
    """
    person, case, version = _found(desk, period, as_person)
    address = people.active_email(desk.session, person.id)
    if not provider.may_release(desk.session, person.id or 0, address, desk.today):
        raise ComparisonRefused(
            f"{person.full_name} no consta en la relación de personal autorizado comunicada al Prestador (5.2.3)."
        )
    desk.note(
        "password_told", case_id=case.id, person_id=person.id, channel="command", version=version.version
    )
    return password_of(desk, version)


def _found(desk: Desk, period: str, as_person: str) -> tuple[PersonRow, CaseRow, ListVersionRow]:
    try:
        person = find_person(desk, as_person)
    except UnknownPerson as error:
        raise ComparisonRefused(
            f"Nadie en el directorio tiene la clave o el correo «{as_person}»."
        ) from error
    roles = {post.role for post, _holding in people.posts_of(desk.session, person.id, desk.today)}
    if not roles & MAY_COMPARE:
        raise ComparisonRefused(f"{person.full_name} no tiene a su alcance el listado definitivo (5.1.3).")
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    version = lists.latest_version(desk.session, case.id, ListLevel.LD, "") if case else None
    if case is None or version is None:
        raise ComparisonRefused(f"El periodo {period} no tiene todavía un listado definitivo (actividad 27).")
    return person, case, version
