"""Turn the authorised list into the listado definitivo and the file that the PS reads (A27)."""

from decimal import Decimal

from actions.attach_lists import layout_text_in_force
from actions.desk import Desk
from actions.integrate_list import line_above, replace_earlier
from documents.layout import Layout, LayoutLine, check_written, write_layout
from documents.layout_declaration import load_layout
from procedures.lists.digest import digest_of_lines, short_digest
from procedures.lists.lines import Line
from storage import layouts, lists
from storage.cases import CaseRow
from storage.layouts import LayoutRow
from storage.lists import ListLevel, ListState, ListVersionRow


def make_layout(
    desk: Desk, case: CaseRow, unit: str, *, person_id: int | None, entry_id: int | None = None
) -> ListVersionRow:
    """Store the listado definitivo: the authorised lines, each with an opaque reference for the PS.

    Lines that the layout cannot hold (V-048, V-049) stay out and are counted; they
    go back to CACyPCS. The files are kept by their hash; nothing leaves yet.
    """
    source = lists.latest_version(desk.session, case.id, ListLevel.LVN, unit)
    if source is None:
        message = "no authorised list"
        raise LookupError(message)
    text = layout_text_in_force(desk)
    layout = load_layout(text)
    rows = lists.lines_of(desk.session, source.id)
    numbered = [(number, row) for number, row in enumerate(rows, start=1)]
    lines = [layout_line(case, row, f"{case.period}-{number:06d}") for number, row in numbered]
    written = write_layout(lines, layout)
    check_written(written, layout)
    refused = {item.reference: item.reason for item in written.refused}
    kept = [
        (number, row)
        for (number, row), line in zip(numbered, lines, strict=True)
        if line.reference not in refused
    ]
    digest = digest_of_lines([row for _number, row in kept])
    version = lists.add_version(
        desk.session,
        case_id=case.id,
        level=ListLevel.LD,
        unit=unit,
        state=ListState.DEFINITIVE,
        digest=digest,
        rows=len(kept),
        vrs=sum(row.kind == "VRS" for _number, row in kept),
        pvr=sum(row.kind == "PVR" for _number, row in kept),
        total_centavos=sum(row.amount_centavos for _number, row in kept),
        layout_sha256=_kept(desk, layout, text),
        rejected=len(refused),
        made_at=desk.now,
        person_id=person_id,
        entry_id=entry_id,
        parents=[source.id],
        file_sha256=desk.blobs.put(written.content),
        notes=[f"{reference}: {why}" for reference, why in refused.items()],
    )
    lists.add_lines(
        desk.session,
        version.id,
        [line_above(row, number, f"{case.period}-{number:06d}") for number, row in kept],
    )
    replace_earlier(desk, version)
    desk.note(
        "layout_made",
        case_id=case.id,
        step="A27",
        unit=unit,
        person_id=person_id,
        entry_id=entry_id,
        version=version.version,
        layout=f"{layout.key} {layout.version}",
        layout_digest=version.layout_sha256,
        rows=version.rows,
        rejected=version.rejected,
        digest=short_digest(digest),
        record_digest=digest,
        file=version.file_sha256,
    )
    return version


def _kept(desk: Desk, layout: Layout, text: str) -> str:
    """Return the digest of the declaration that is used, and keep one that shipped: another release may ship another."""
    digest = layouts.digest_of(text)
    if layouts.find_layout(desk.session, digest) is None:
        layouts.add_layout(
            desk.session,
            LayoutRow(key=layout.key, version=layout.version, sha256=digest, text=text, at=desk.now),
        )
    return digest


def layout_line(case: CaseRow, row: Line, reference: str) -> LayoutLine:
    """Return a line as a layout takes it."""
    return LayoutLine(
        reference=reference,
        ooad=str(case.facts.get(row.ooad, {}).get("name", row.ooad)),
        estado=row.entity,
        municipio=row.municipality,
        localidad=row.locality_name,
        clave_inegi=row.locality,
        nombre=row.name,
        tipo=row.kind,
        importe=Decimal(row.amount_centavos) / 100,
        meses=tuple(row.months.split(",")),
    )
