"""Record what somebody did at the keyboard: it is an entry like any other, with a folio and an original."""

from collections.abc import Sequence

from actions.desk import Desk
from storage import folios
from storage.entries import AttachmentRow, EntryChannel, EntryRow, EntryState


def record_command(
    desk: Desk,
    content: bytes,
    *,
    person_id: int | None,
    case_id: int | None = None,
    unit: str = "",
    kind: str = "command",
    documents: Sequence[tuple[str, bytes]] = (),
) -> EntryRow:
    """Write a command down as an entry that is done; `content` is what was typed, or the document that it brought.

    Documents that go with what was typed, each as (name, content), become its attachments.
    """
    year = desk.today.year
    row = EntryRow(
        folio=f"E-{year}-{folios.next_number(desk.session, f'entry/{year}'):06d}",
        channel=EntryChannel.COMMAND,
        external_id=f"{desk.now.isoformat()}/{folios.next_number(desk.session, 'command')}",
        received_at=desk.now,
        recorded_at=desk.now,
        blob_sha256=desk.blobs.put(content),
        size=len(content),
        state=EntryState.APPLIED,
        kind=kind,
        person_id=person_id,
        case_id=case_id,
        unit=unit,
    )
    desk.session.add(row)
    desk.session.flush()
    for name, data in documents:
        desk.session.add(
            AttachmentRow(
                entry_id=row.id or 0,
                name=name[:255],
                media_type="application/octet-stream",
                size=len(data),
                sha256=desk.blobs.put(data),
            )
        )
    return row
