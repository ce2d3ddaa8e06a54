"""Send the listado definitivo to the Prestador de Servicios (A28; 5.2.3, 5.2.13)."""

import hashlib
import json
from dataclasses import asdict

from actions.attach_lists import layout_of
from actions.desk import Desk
from actions.find_addressees import NATION
from actions.list_payees import list_payees
from actions.make_layout import layout_line
from actions.say_who_acts import acting_for
from actions.send_message import send_to_provider
from procedures.engine import Instance
from procedures.lists.digest import short_digest
from storage import agenda, lists, releases
from storage.agenda import DeadlineKind, Due
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState, ListVersionRow
from storage.releases import ReleaseRow

REVIEW = "review_circular"
"""The round that looks at the circular of a delivery again, whose listado definitivo is another one now."""


def release_list(desk: Desk, case: CaseRow, instance: Instance, *, person_id: int | None) -> None:
    """Write to the PS with the file, and keep who may collect; the releaser was checked by the gate (G_AUTPS).

    What left is kept line by line, as it left, each line sealed: whatever becomes of the
    lists, the provider's return is matched with that.
    """
    sent_sha256 = send_to_provider(desk, case, instance)
    version = lists.latest_version(desk.session, case.id or 0, ListLevel.LD, instance.unit)
    if version is None:
        message = "no listado definitivo"
        raise LookupError(message)
    _freeze(desk, case, version, person_id=person_id, sent_sha256=sent_sha256)
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


def _freeze(
    desk: Desk, case: CaseRow, version: ListVersionRow, *, person_id: int | None, sent_sha256: str
) -> None:
    layout = layout_of(desk, version)
    lines = []
    for row in lists.lines_of(desk.session, version.id):
        line = layout_line(case, row, row.reference)
        record = json.dumps(
            {**asdict(line), "importe": str(line.importe)}, ensure_ascii=False, sort_keys=True
        )
        seal = hashlib.sha256(f"{line.reference}\n{record}".encode()).hexdigest()
        lines.append((line.reference, record, seal))
    whole = hashlib.sha256("".join(seal for _reference, _record, seal in lines).encode()).hexdigest()
    release = releases.add_release(
        desk.session,
        ReleaseRow(
            version_id=version.id or 0,
            person_id=person_id or 0,
            acting_for=acting_for(desk, person_id, "CPEEyPB", NATION),
            at=desk.now,
            layout=f"{layout.key} {layout.version}",
            protection=desk.office.provider_protection,
            file_sha256=version.file_sha256,
            sent_sha256=sent_sha256,
            digest=version.digest,
            lines=len(lines),
            seal=whole,
        ),
        lines,
    )
    # The journal is chained: with the seal in it, no line of what left can be altered unseen.
    desk.note(
        "release_sealed",
        case_id=case.id,
        step="A28",
        person_id=person_id,
        release=release.id,
        lines=len(lines),
        seal=whole,
        file=sent_sha256,
        record_digest=version.digest,
    )
