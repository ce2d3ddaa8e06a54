"""Send the listado definitivo to the Prestador de Servicios (A28; 5.2.3, 5.2.13)."""

from actions.attach_lists import layout_attachment
from actions.desk import Desk
from actions.find_addressees import recipients
from actions.money import pesos
from actions.send_letter import send
from procedures.engine import Instance
from procedures.lists.digest import short_digest
from storage import lists
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState
from storage.periods import get_period


def release_list(desk: Desk, case: CaseRow, instance: Instance, *, person_id: int | None) -> None:
    """Write to the PS with the file; the releaser was checked by the gate (G_AUTPS)."""
    version = lists.latest_version(desk.session, case.id, ListLevel.LD, instance.unit)
    if version is None:
        message = "no listado definitivo"
        raise LookupError(message)
    period = get_period(desk.session, case.period)
    values = {
        "period": case.period,
        "t0": period.t0,
        "t1": period.t1,
        "rows": version.rows,
        "total": pesos(version.total_centavos),
        "digest": short_digest(version.digest),
        "sha256": version.file_sha256,
        "version": version.version,
    }
    send(
        desk,
        "M-17",
        values,
        recipients(desk, case, "M-17", instance.unit),
        case=case,
        step=instance.step,
        unit=instance.unit,
        version=str(version.version),
        attachments=[layout_attachment(desk, case, version)],
    )
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
