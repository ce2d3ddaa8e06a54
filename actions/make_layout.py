"""Turn the authorised list into the listado definitivo and the file that the PS reads (A27)."""

from actions.desk import Desk
from actions.integrate_list import replace_earlier
from documents.layout import LayoutLine, load_layout, write_layout
from procedures.lists.digest import digest_of_lines, short_digest
from storage import lists, provider
from storage.cases import CaseRow
from storage.lists import ListLevel, ListLineRow, ListState, ListVersionRow

DEFAULT_LAYOUT = "generico"


def make_layout(desk: Desk, case: CaseRow, unit: str, *, person_id: int | None) -> ListVersionRow:
    """Store the listado definitivo: the authorised lines, each with an opaque reference for the PS.

    Lines that the layout cannot hold (V-048, V-049) stay out and are counted; they
    go back to CACyPCS. The files are kept by their hash; nothing leaves yet.
    """
    source = lists.latest_version(desk.session, case.id, ListLevel.LVN, unit)
    if source is None:
        message = "no authorised list"
        raise LookupError(message)
    contract = provider.find_contract(desk.session, desk.today)
    layout = load_layout(contract.layout if contract else DEFAULT_LAYOUT)
    rows = lists.lines_of(desk.session, source.id)
    numbered = [(number, row) for number, row in enumerate(rows, start=1)]
    lines = [layout_line(case, row, f"{case.period}-{number:06d}") for number, row in numbered]
    written = write_layout(lines, layout)
    kept = [(number, row) for (number, row), line in zip(numbered, lines, strict=True) if line.reference not in written.rejected]
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
        rejected=len(written.rejected),
        made_at=desk.now,
        person_id=person_id,
        parents=[source.id],
        file_sha256=desk.blobs.put(written.content),
        notes=[f"{reference}: {why}" for reference, why in written.rejected.items()],
    )
    lists.add_lines(
        desk.session,
        version.id,
        [definitive_line(row, number, f"{case.period}-{number:06d}") for number, row in kept],
    )
    replace_earlier(desk, version)
    desk.note(
        "layout_made",
        case_id=case.id,
        step="A27",
        unit=unit,
        person_id=person_id,
        version=version.version,
        layout=layout.name,
        rows=version.rows,
        rejected=version.rejected,
        digest=short_digest(digest),
        record_digest=digest,
        file=version.file_sha256,
    )
    return version


def layout_line(case: CaseRow, row: ListLineRow, reference: str) -> LayoutLine:
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
        importe_centavos=row.amount_centavos,
        meses=tuple(row.months.split(",")),
    )


def definitive_line(row: ListLineRow, number: int, reference: str) -> ListLineRow:
    """Return a line of the listado definitivo, with the line that it came from."""
    values = row.model_dump(exclude={"id", "version_id", "source_line_id", "position", "reference"})
    return ListLineRow(**values, version_id=0, position=number, source_line_id=row.id, reference=reference)
