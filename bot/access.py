"""Who is at the other end: the person behind an account, with the posts held today; nobody else exists for the desk."""

from dataclasses import dataclass

from actions.desk import Desk
from storage import people
from storage.chats import ChatRow

NATION = "PIB"


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Somebody of the staff who may talk with the desk."""

    person_id: int
    posts: tuple[tuple[str, str], ...]
    """Role and unit: what may be seen follows these, never the person."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles held today."""
        return frozenset(role for role, _unit in self.posts)

    def units_as(self, role: str) -> tuple[str, ...]:
        """Return the units at which a role is held."""
        return tuple(unit for held, unit in self.posts if held == role)


def who_is(desk: Desk, chat: ChatRow) -> Caller | None:
    """Return who talks in a chat; None for an account without a link, and for whoever holds no post any more."""
    if chat.linked_at is None or chat.person_id is None:
        return None
    person = people.get_person(desk.session, chat.person_id)
    posts = people.posts_of(desk.session, chat.person_id, desk.today)
    if not person.active or not posts:
        return None
    return Caller(person_id=chat.person_id, posts=tuple((post.role, post.unit) for post, _holding in posts))
