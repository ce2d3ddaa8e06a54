"""Arrange who holds a post: a deputy by oficio with dates (suplencia), or a handover in one act (features 29)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.find_addressees import NATION, Addressee, post_unit
from actions.link_chat import issue_link_code
from actions.record_command import record_command
from actions.send_letter import send
from actions.settle_post import open_steps, settle_post
from storage import agenda, chats, organisation, people
from storage.agenda import DeadlineKind, Due
from storage.entries import EntryRow
from storage.people import HoldingKind, HoldingRow, PersonRow

CENTRAL_KEEPERS = frozenset({"ADMIN", "CACyPCS", "UPIB"})
"""Posts that may arrange any post; a JSPM may those of its OOAD, and a titular the own one."""


class PostNotArranged(Exception):
    """The post stays as it was; `reasons` says why, in Spanish."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True, slots=True)
class Arranged:
    """What became of a post."""

    role: str
    unit: str
    incoming: str
    outgoing: str
    from_on: date
    to_on: date | None
    codes_ended: int
    folio: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    """An arrangement that may be made: the post, who comes, who is there, and by whose order."""

    post_id: int
    role: str
    unit: str
    incoming: PersonRow
    titular: PersonRow | None
    by: PersonRow
    oficio: str


def name_deputy(
    desk: Desk,
    role: str,
    unit: str,
    *,
    person: str,
    from_on: date,
    to_on: date,
    oficio: str,
    as_person: str,
) -> Arranged:
    """Name who acts for the titular of a post between two days, both included.

    From the first day letters and codes go to the deputy; after the last one the
    titular is asked again, and the deputy's codes are dead.

    Raises:
        PostNotArranged: with every reason.
    """
    order = _ordered(desk, role, unit, person=person, oficio=oficio, as_person=as_person)
    if to_on < from_on:
        raise PostNotArranged("La suplencia termina antes de empezar.")
    if to_on < desk.today:
        raise PostNotArranged(f"La suplencia ya habría terminado el {to_on:%d-%m-%Y}.")
    if order.titular is not None and order.titular.id == order.incoming.id:
        raise PostNotArranged(f"{order.incoming.full_name} ya es titular de ese puesto.")
    people.add_holding(
        desk.session,
        HoldingRow(
            post_id=order.post_id,
            person_id=order.incoming.id or 0,
            kind=HoldingKind.SUPLENTE,
            from_on=from_on,
            to_on=to_on,
            oficio=order.oficio,
        ),
    )
    words = f"suplencia de {role} {order.unit}: {order.incoming.key}, {from_on} a {to_on}, {order.oficio}"
    entry = _record(desk, order, words)
    desk.note(
        "deputy_named",
        unit=order.unit,
        person_id=order.by.id,
        role=role,
        channel="command",
        entry_id=entry.id,
        deputy=order.incoming.full_name,
        since=f"{from_on:%d-%m-%Y}",
        until=f"{to_on:%d-%m-%Y}",
        oficio=order.oficio,
    )
    _tell(desk, order, entry, "DEPUTY", {"from_on": from_on, "to_on": to_on})
    ended = _settle(desk, order, (from_on, to_on + timedelta(days=1)))
    return _arranged(order, entry, from_on=from_on, to_on=to_on, ended=ended)


def hand_over_post(
    desk: Desk,
    role: str,
    unit: str,
    *,
    person: str,
    on: date,
    oficio: str,
    as_person: str,
) -> Arranged:
    """Give a post to another titular from a day on: open steps, threads, codes, chat and lists, in one act.

    Raises:
        PostNotArranged: with every reason.
    """
    order = _ordered(desk, role, unit, person=person, oficio=oficio, as_person=as_person)
    if on < desk.today:
        raise PostNotArranged(f"La entrega no puede fecharse antes de hoy, {desk.today:%d-%m-%Y}.")
    if order.titular is not None and order.titular.id == order.incoming.id:
        raise PostNotArranged(f"{order.incoming.full_name} ya es titular de ese puesto.")
    people.end_holdings(desk.session, order.post_id, last_on=on - timedelta(days=1))
    people.add_holding(
        desk.session,
        HoldingRow(
            post_id=order.post_id,
            person_id=order.incoming.id or 0,
            kind=HoldingKind.TITULAR,
            from_on=on,
            oficio=order.oficio,
        ),
    )
    entry = _record(
        desk, order, f"entrega de {role} {order.unit}: {order.incoming.key}, {on}, {order.oficio}"
    )
    desk.note(
        "post_handed_over",
        unit=order.unit,
        person_id=order.by.id,
        role=role,
        channel="command",
        entry_id=entry.id,
        incoming=order.incoming.full_name,
        outgoing=order.titular.full_name if order.titular else "nadie",
        since=f"{on:%d-%m-%Y}",
        oficio=order.oficio,
    )
    had_chat = order.titular is not None and chats.chat_of_person(desk.session, order.titular.id) is not None
    ended = _settle(desk, order, (on,))
    _tell(desk, order, entry, "HANDOVER", {"from_on": on, "pending": _pending(desk, order)})
    if had_chat and on <= desk.today and chats.chat_of_person(desk.session, order.incoming.id) is None:
        # An account is a person's and is not handed on; whoever takes over is offered one of their own.
        issue_link_code(desk, order.incoming.id or 0, issued_by=order.by.id)
    return _arranged(order, entry, from_on=on, to_on=None, ended=ended)


def _ordered(desk: Desk, role: str, unit: str, *, person: str, oficio: str, as_person: str) -> _Order:
    """Find the post and the people, and whether the one who orders may."""
    place = post_unit(role, unit)
    post = people.find_post(desk.session, role, place)
    if post is None:
        raise PostNotArranged(f"No hay un puesto {role} en {place or 'ninguna unidad'}.")
    if not oficio.strip():
        raise PostNotArranged("Indique el oficio con --oficio: sin él nadie actúa en lugar de otra persona.")
    incoming, by = _found(desk, person), _found(desk, as_person)
    if not people.active_email(desk.session, incoming.id):
        raise PostNotArranged(f"{incoming.full_name} no tiene una dirección de correo en el directorio.")
    posts = {(held.role, held.unit) for held, _holding in people.posts_of(desk.session, by.id, desk.today)}
    titular = people.titular_of(desk.session, role, place, desk.today)
    if not _may_arrange(posts, place) and (titular is None or titular.id != by.id):
        raise PostNotArranged(
            "Sólo asientan cambios de un puesto su titular, la JSPM de su OOAD, la CACyPCS, la UPIB o la administración."
        )
    return _Order(
        post_id=post.id or 0,
        role=role,
        unit=place,
        incoming=incoming,
        titular=titular,
        by=by,
        oficio=oficio.strip()[:120],
    )


def _found(desk: Desk, name: str) -> PersonRow:
    try:
        return find_person(desk, name)
    except UnknownPerson as error:
        raise PostNotArranged(f"Nadie en el directorio tiene la clave o el correo «{name}».") from error


def _may_arrange(posts: set[tuple[str, str]], unit: str) -> bool:
    return (
        any(role in CENTRAL_KEEPERS for role, _unit in posts)
        or (
            "JSPM",
            organisation.ooad_of(unit) or unit,
        )
        in posts
    )


def _record(desk: Desk, order: _Order, words: str) -> EntryRow:
    return record_command(desk, words.encode(), person_id=order.by.id, unit=order.unit)


def _settle(desk: Desk, order: _Order, days: Sequence[date]) -> int:
    """Set the post right now, and again on each day to come on which somebody else holds it."""
    coming = [day for day in days if day > desk.today]
    agenda.put(
        desk.session,
        [
            Due(
                f"post/{order.role}/{order.unit}/{day.isoformat()}",
                DeadlineKind.POST,
                None,
                "",
                order.unit,
                order.role,
                datetime.combine(day, time(0, 1), desk.office.zone),
                day,
                f"cambia quién ocupa el puesto ({order.oficio})",
            )
            for day in coming
        ],
    )
    return settle_post(desk, order.role, order.unit) if len(coming) < len(days) else 0


def _tell(desk: Desk, order: _Order, entry: EntryRow, template: str, values: dict[str, Any]) -> None:
    """Tell both: who comes, and who was there."""
    common = {
        **values,
        "role": order.role,
        "unit": order.unit if order.unit != NATION else "nivel central",
        "incoming": order.incoming.full_name,
        "outgoing": order.titular.full_name if order.titular else "",
        "oficio": order.oficio,
        "folio": entry.folio,
    }
    told = [(order.incoming, True)] + ([(order.titular, False)] if order.titular else [])
    for person, is_incoming in told:
        address = people.active_email(desk.session, person.id)
        if not address:
            continue
        who = Addressee(
            email=address,
            name=person.full_name,
            cargo=person.cargo,
            role=order.role,
            unit=order.unit,
            person_id=person.id,
        )
        send(desk, template, {**common, "is_incoming": is_incoming}, [who], version=entry.folio)


def _pending(desk: Desk, order: _Order) -> list[str]:
    """Return what is open of the post, for whoever takes over."""
    return open_steps(desk, order.role, order.unit)


def _arranged(order: _Order, entry: EntryRow, *, from_on: date, to_on: date | None, ended: int) -> Arranged:
    return Arranged(
        role=order.role,
        unit=order.unit,
        incoming=order.incoming.full_name,
        outgoing=order.titular.full_name if order.titular else "",
        from_on=from_on,
        to_on=to_on,
        codes_ended=ended,
        folio=entry.folio,
    )
