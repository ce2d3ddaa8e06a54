"""Say which classes of data may travel by a channel: personal data only by written permission of CACyPCS (ledger 6.8)."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from actions.activate_procedure import UnknownPerson
from actions.attest_step import find_person
from actions.desk import Desk
from actions.record_command import record_command
from actions.send_chat import TELEGRAM
from storage import folios, people

OWNER = "CACyPCS"


class DataClass(StrEnum):
    """Classes of the confidentiality matrix that a channel may carry at all (5.1.3)."""

    PUBLIC = "C1"
    """Dates, offices, requisites, the legend."""
    AGGREGATES = "C2"
    """Counts, progress, what is overdue."""
    PERSONAL = "C3"
    """Of volunteers: name, locality, tipo, importe, months."""


FREE = frozenset({DataClass.PUBLIC, DataClass.AGGREGATES})
"""What the chat carries without anybody's permission."""
SWITCHES = ((TELEGRAM, DataClass.PERSONAL),)
"""What may be permitted; C4, C5 and C6 never travel by chat, whoever says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """A class of data that a channel may carry, by whose word, on which document."""

    channel: str
    data_class: DataClass
    by: str
    at: datetime
    document: str
    folio: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionRefused:
    """Why a permission was not given or taken back. It is a value: the refusal stays in the journal."""

    reason: str


def is_permitted(desk: Desk, data_class: DataClass, channel: str = TELEGRAM) -> bool:
    """Tell whether a class of data may travel by a channel today."""
    return data_class in FREE or bool(desk.once(folios.get_fact, _key(channel, data_class)))


def permissions(desk: Desk) -> list[Permission]:
    """Return what is permitted beyond what needs no permission."""
    found = []
    for channel, data_class in SWITCHES:
        if value := folios.get_fact(desk.session, _key(channel, data_class)):
            known = json.loads(value)
            found.append(
                Permission(
                    channel=channel,
                    data_class=data_class,
                    by=known["by"],
                    at=datetime.fromisoformat(known["at"]),
                    document=known["document"],
                    folio=known["folio"],
                )
            )
    return found


def permit_channel(
    desk: Desk, channel: str, data_class: str, *, as_person: str, document: bytes, document_name: str
) -> Permission | PermissionRefused:
    """Let a channel carry a class of data, as the enclosed document of CACyPCS authorises."""
    checked = _checked(desk, channel, data_class, as_person)
    if isinstance(checked, PermissionRefused):
        return checked
    if not document:
        return PermissionRefused(reason="El documento de autorización está vacío.")
    wanted, person_id, name = checked
    entry = record_command(desk, document, person_id=person_id, kind="permission")
    permission = Permission(
        channel=channel,
        data_class=wanted,
        by=name,
        at=desk.now,
        document=document_name[:200],
        folio=entry.folio,
    )
    facts = {
        "by": name,
        "at": desk.now.isoformat(),
        "document": permission.document,
        "folio": entry.folio,
    }
    folios.set_fact(desk.session, _key(channel, wanted), json.dumps(facts, ensure_ascii=False))
    desk.note(
        "channel_permitted",
        person_id=person_id,
        role=OWNER,
        channel="command",
        entry_id=entry.id,
        data_class=wanted.value,
        carrier=channel,
        folio=entry.folio,
        sha256=entry.blob_sha256,
    )
    return permission


def revoke_permission(
    desk: Desk, channel: str, data_class: str, *, as_person: str
) -> PermissionRefused | None:
    """Take a permission back, from now on; None when that is done."""
    checked = _checked(desk, channel, data_class, as_person)
    if isinstance(checked, PermissionRefused):
        return checked
    wanted, person_id, _name = checked
    if not folios.get_fact(desk.session, _key(channel, wanted)):
        return PermissionRefused(
            reason=f"No hay una autorización vigente para enviar {wanted} por {channel}."
        )
    entry = record_command(
        desk, f"permit {channel} {wanted} --revoke {as_person}".encode(), person_id=person_id
    )
    folios.set_fact(desk.session, _key(channel, wanted), "")
    desk.note(
        "channel_revoked",
        person_id=person_id,
        role=OWNER,
        channel="command",
        entry_id=entry.id,
        data_class=wanted.value,
        carrier=channel,
    )
    return None


def _checked(
    desk: Desk, channel: str, data_class: str, as_person: str
) -> tuple[DataClass, int | None, str] | PermissionRefused:
    wanted = next(
        (known for carrier, known in SWITCHES if (carrier, known.value) == (channel, data_class.upper())),
        None,
    )
    if wanted is None:
        return PermissionRefused(
            reason=f"{data_class.upper()} por {channel} no depende de una autorización: "
            f"C1 y C2 no la necesitan, y C4, C5 y C6 nunca salen por chat (matriz de confidencialidad). "
            f"Lo que se autoriza: {', '.join(f'{known} por {carrier}' for carrier, known in SWITCHES)}."
        )
    try:
        person = find_person(desk, as_person)
    except UnknownPerson:
        return PermissionRefused(reason=f"Nadie en el directorio tiene la clave o el correo «{as_person}».")
    posts = people.posts_of(desk.session, person.id, desk.today)
    if not any(post.role == OWNER for post, _holding in posts):
        desk.note(
            "channel_permission_denied",
            person_id=person.id,
            channel="command",
            data_class=wanted.value,
            carrier=channel,
        )
        return PermissionRefused(
            reason=f"Sólo la {OWNER} autoriza o retira el envío de datos personales (5.1.3)."
        )
    return wanted, person.id, person.full_name


def _key(channel: str, data_class: DataClass) -> str:
    return f"permit/{channel}/{data_class.value}"
