"""Send the listado definitivo to the Prestador de Servicios (A28; 5.2.3, 5.2.13)."""

from actions.desk import Desk
from actions.list_payees import list_payees
from actions.send_message import send_to_provider
from procedures.engine import Instance
from procedures.lists.digest import short_digest
from storage import agenda, lists
from storage.agenda import DeadlineKind, Due
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState

REVIEW = "review_circular"
"""The round that looks at the circular of a delivery again, whose listado definitivo is another one now."""


def release_list(desk: Desk, case: CaseRow, instance: Instance, *, person_id: int | None) -> None:
    """Write to the PS with the file, and keep who may collect; the releaser was checked by the gate (G_AUTPS)."""
    send_to_provider(desk, case, instance)
    version = lists.latest_version(desk.session, case.id or 0, ListLevel.LD, instance.unit)
    if version is None:
        message = "no listado definitivo"
        raise LookupError(message)
    version.state = ListState.TRANSMITTED
    desk.session.add(version)
    desk.note(
        "list_released",
        case_id=case.id,
        step=instance.step,
        unit=instance.unit,
        person_id=person_id,
        version=version.version,
        file=version.file_sha256,
        digest=short_digest(version.digest),
        record_digest=version.digest,
    )
    list_payees(desk, case, version)
    if version.version > 1:
        # What leaves this transaction decides nothing: the circular that may have left is looked at right after it.
        review = Due(
            key=f"{case.id}/{REVIEW}/{version.id}",
            kind=DeadlineKind.ROUND,
            case_id=case.id,
            step="",
            unit="",
            name=REVIEW,
            due_at=desk.now,
            due_on=None,
            reason="",
        )
        agenda.put(desk.session, [review])
