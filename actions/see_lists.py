"""Who may see what of the lists: counts or names, of which unit; asked by mail, by chat or at the keyboard (ledger 6.8)."""

from collections.abc import Collection, Iterable

from actions.desk import Desk
from actions.find_unit import get_case_of, get_unit
from actions.letter_values import unit_in_words
from actions.record_command import record_command
from procedures.organisation import Organisation, Post, Secrecy, may_see
from storage import people
from storage.cases import CaseRow

NATION = "PIB"


class NotTheirs(LookupError):
    """Somebody asked for what is not theirs to see; the text is for them."""


def scope_of(
    case: CaseRow, posts: Iterable[tuple[str, str]], unit: str, secrecy: Secrecy = Secrecy.PERSONAL
) -> str | None:
    """Return the unit of the post by which somebody may see a unit's lists; None when no post of theirs may.

    Of several posts the widest counts.
    """
    parents = {code: parent or NATION for code, parent in case.parents.items()}
    organisation = Organisation(parents)
    found = []
    for role, place in posts:
        designated = next(
            (
                ooad
                for ooad in case.tree.get("ooad", [])
                if case.facts.get(ooad, {}).get("designated_ems") == place
            ),
            "",
        )
        if may_see(organisation, Post(role, place), unit or NATION, secrecy, designated_for=designated):
            widest = designated if designated and not organisation.contains(place, unit) else place
            found.append("" if widest == NATION else widest)
    return min(found, key=len) if found else None


def own_unit(posts: Iterable[tuple[str, str]]) -> str | None:
    """Return the unit that somebody means who names none: that of their only post, the nation for the centre."""
    units = {"" if place == NATION else place for _role, place in posts}
    return units.pop() if len(units) == 1 else None


def _person(desk: Desk, name: str) -> people.PersonRow:
    person = people.find_person(desk.session, name) or people.find_person_by_email(desk.session, name)
    if person is None:
        raise NotTheirs(f"Nadie en el directorio tiene la clave o el correo «{name}».")
    return person


def acting_for(
    desk: Desk, case: CaseRow, unit: str, *, as_person: str, roles: Collection[str]
) -> people.PersonRow:
    """Return the person at the keyboard, if a post of theirs is one of some roles and holds the unit.

    Raises:
        NotTheirs: nobody has that name, or the unit is not theirs.
    """
    person = _person(desk, as_person)
    posts = [
        (post.role, post.unit)
        for post, _holding in people.posts_of(desk.session, person.id, desk.today)
        if post.role in roles
    ]
    if scope_of(case, posts, unit, Secrecy.INTERNAL) is None:
        raise NotTheirs(
            f"{person.full_name} no ocupa hoy un puesto que pueda hacerlo en {unit_in_words(case, unit)}."
        )
    return person


def name_people(desk: Desk, period: str, unit: str, *, as_person: str, reason: str) -> str:
    """Let a named person at the keyboard see names, with a reason that stays in the journal; return their scope.

    Raises:
        NotTheirs: nobody has that name, no reason was given, or the unit is not theirs.
    """
    case = get_case_of(desk, period)
    code = get_unit(case, unit)
    person = _person(desk, as_person)
    if not reason.strip():
        raise NotTheirs("Para mostrar nombres indique el motivo con --reason; queda en la bitácora.")
    posts = [
        (post.role, post.unit) for post, _holding in people.posts_of(desk.session, person.id, desk.today)
    ]
    scope = scope_of(case, posts, code)
    if scope is None:
        raise NotTheirs(f"{unit_in_words(case, code)} no es del ámbito de {person.full_name}.")
    entry = record_command(
        desk,
        f"lists explain {period} {code} {as_person} {reason}".encode(),
        person_id=person.id,
        case_id=case.id,
        unit=code,
    )
    desk.note(
        "names_shown",
        case_id=case.id,
        unit=code,
        person_id=person.id,
        entry_id=entry.id,
        channel="command",
        reason=reason,
    )
    return scope
