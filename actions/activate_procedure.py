"""Put a version of a procedure in force; only its owner may (5.1.4)."""

from actions.desk import Desk
from actions.effects import NAMES
from procedures import catalogue, loader
from storage import definitions, people
from storage.definitions import DefinitionRow


class NotTheOwner(Exception):
    """Somebody without the owner's post wanted to activate a version (AC-78)."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"Sólo la {owner} puede modificar o interpretar el procedimiento (5.1.4).")
        self.owner = owner


class OtherProcedure(Exception):
    """The text is of another procedure than the one named."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class UnknownPerson(LookupError):
    """The directory has nobody with that key or address."""


def activate_procedure(desk: Desk, key: str, *, as_person: str, text: str | None = None) -> DefinitionRow:
    """Activate a definition, the shipped one or a text of the office's own.

    Expedientes that run keep the version that they began with. A text that is in
    force already stays as it is, under its version.

    Raises:
        NotTheOwner: the person does not hold the owner's post; the refusal is in the journal.
        OtherProcedure: the text defines another procedure.
        UnknownPerson: nobody has that key or address.
        procedures.loader.BadDefinition: the text does not hold together.
    """
    written = text if text is not None else catalogue.read_builtin(key)
    definition = loader.load(written, effects=NAMES)
    if definition.key != key:
        raise OtherProcedure(definition.key)
    person = people.find_person(desk.session, as_person) or people.find_person_by_email(
        desk.session, as_person
    )
    if person is None:
        raise UnknownPerson(as_person)
    posts = people.posts_of(desk.session, person.id, desk.today)
    role = next((post.role for post, _holding in posts if post.role == definition.owner), "")
    if not role:
        desk.note(
            "procedure_activation_denied",
            person_id=person.id,
            role=posts[0][0].role if posts else "",
            channel="command",
            procedure=definition.key,
            owner=definition.owner,
        )
        raise NotTheOwner(definition.owner)
    current = definitions.in_force(desk.session, definition.key)
    if current is not None and current.text == written:
        return current
    last = definitions.last_version(desk.session, definition.key)
    row = definitions.activate(
        desk.session,
        key=definition.key,
        version=max(definition.version, last + 1),
        text=written,
        now=desk.now,
        person_id=person.id,
        role=role,
    )
    desk.note(
        "procedure_activated",
        person_id=person.id,
        role=role,
        channel="command",
        procedure=row.key,
        version=row.version,
        sha256=row.sha256,
    )
    return row
