"""Who is at the other end: the person behind an account, with the posts held today; nobody else exists for the desk."""

from collections.abc import Collection
from dataclasses import dataclass

from actions.desk import Desk
from actions.show_boards import designated_ooads
from procedures.organisation import Organisation, Post, Secrecy, may_see
from storage import organisation, people, volunteers
from storage.chats import ChatRow
from storage.volunteers import VolunteerState

NATION = "PIB"
STAFF = "STAFF"
"""What everybody who holds a post is."""
VOLUNTEER = "VOLUNTEER"
"""What VRS and PVR are: there is no post, for there is no employment link."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Somebody who may talk with the desk: of the staff by their posts, or a volunteer."""

    person_id: int | None = None
    posts: tuple[tuple[str, str], ...] = ()
    """Role and unit: what may be seen follows these, never the person."""
    volunteer_id: int | None = None

    @property
    def roles(self) -> frozenset[str]:
        """The roles held today, and what kind of caller this is."""
        if self.volunteer_id is not None:
            return frozenset({VOLUNTEER})
        return frozenset({STAFF, *(role for role, _unit in self.posts)})

    def units_as(self, role: str) -> tuple[str, ...]:
        """Return the units at which a role is held."""
        return tuple(unit for held, unit in self.posts if held == role)


def who_is(desk: Desk, chat: ChatRow) -> Caller | None:
    """Return who talks in a chat; None for an account without a link, and for whoever left."""
    if chat.linked_at is None:
        return None
    if chat.volunteer_id is not None:
        volunteer = volunteers.get_volunteer(desk.session, chat.volunteer_id)
        return None if volunteer.state is VolunteerState.LEFT else Caller(volunteer_id=chat.volunteer_id)
    if chat.person_id is None:
        return None
    posts = desk.once(people.posts_held, chat.person_id, desk.today)
    return Caller(person_id=chat.person_id, posts=posts) if posts else None


def may_look_at(
    desk: Desk, caller: Caller, unit: str, secrecy: Secrecy = Secrecy.INTERNAL, *, roles: Collection[str] = ()
) -> bool:
    """Tell whether a caller may see what belongs to a unit, by a post held today: any, or one of some roles.

    Asked anew whenever a button is pressed: what a button says was true when it was made.
    """
    tree = Organisation({row.code: row.parent or "" for row in desk.once(organisation.units)})
    return any(
        may_see(tree, Post(role, post_unit), unit or NATION, secrecy, designated_for=ooad)
        for role, post_unit in caller.posts
        if not roles or role in roles
        for ooad in ("", *(designated_ooads(desk, post_unit) if role == "EMS" else ()))
    )


def stands_near(desk: Desk, caller: Caller, unit: str) -> bool:
    """Tell whether a caller holds a post at a unit, above it or below it: letters about it may be theirs."""
    tree = Organisation({row.code: row.parent or "" for row in desk.once(organisation.units)})
    place = unit or NATION
    return any(tree.contains(post, place) or tree.contains(place, post) for _role, post in caller.posts)
