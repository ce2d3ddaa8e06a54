"""Send the staff the codes by which they tie their accounts of the chat (C-01)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.link_chat import issue_link_code
from storage import chats, people


@dataclass(kw_only=True, slots=True)
class Invitations:
    """Who was sent a code, and who was not."""

    invited: list[str] = field(default_factory=list)
    linked_already: list[str] = field(default_factory=list)
    without_address: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the object that programs read."""
        return asdict(self)


def invite_staff(
    desk: Desk, *, roles: Iterable[str] = (), persons: Iterable[str] = (), again: bool = False
) -> Invitations:
    """Send a code to everybody in some roles and to some people, each once.

    Whoever has an account tied already is left alone, unless asked `again` (a new phone).
    """
    outcome = Invitations()
    wanted: dict[int, str] = {}
    for role in roles:
        holders = people.holders_of_role(desk.session, role, desk.today)
        if not holders:
            outcome.unknown.append(role)
        wanted |= {person.id: person.full_name for person in holders if person.id is not None}
    for name in persons:
        try:
            person = find_person(desk, name)
        except UnknownPerson:
            outcome.unknown.append(name)
            continue
        wanted[person.id or 0] = person.full_name
    for person_id, name in wanted.items():
        if not again and chats.chat_of_person(desk.session, person_id) is not None:
            outcome.linked_already.append(name)
        elif issue_link_code(desk, person_id):
            outcome.invited.append(name)
        else:
            outcome.without_address.append(name)
    return outcome
