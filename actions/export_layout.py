"""Write the listado definitivo to a file again, in either form of the PS's layout; every export is in the journal."""

from actions.activate_procedure import UnknownPerson
from actions.attach_lists import layout_in_force
from actions.attest_step import find_person
from actions.desk import Desk
from actions.make_layout import layout_line
from actions.open_period import PROCEDURE
from documents.layout import write_layout
from storage import cases, lists, people
from storage.lists import ListLevel

MAY_EXPORT = frozenset({"CPEEyPB", "CACyPCS", "CFI", "UPIB"})
"""Who may see the whole list (6.8, C3 at national level)."""


class ExportRefused(Exception):
    """The list cannot be exported; it says why, in Spanish."""


def export_layout(desk: Desk, period: str, *, as_person: str, reason: str, workbook: bool) -> bytes:
    """Return the file for the PS as CSV (or what the layout says) or as a workbook (R-5.1.3b).

    Raises:
        ExportRefused: no such list, or the person may not see it.
    """
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    version = lists.latest_version(desk.session, case.id, ListLevel.LD, "") if case else None
    if case is None or version is None:
        raise ExportRefused(f"El periodo {period} no tiene todavía un listado definitivo (actividad 27).")
    try:
        person = find_person(desk, as_person)
    except UnknownPerson as error:
        raise ExportRefused(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
    roles = {post.role for post, _holding in people.posts_of(desk.session, person.id, desk.today)}
    if not roles & MAY_EXPORT:
        raise ExportRefused("El listado completo sólo lo exportan CPEEyPB, CACyPCS, CFI y UPIB (5.1.3).")
    layout = layout_in_force(desk)
    rows = lists.lines_of(desk.session, version.id)
    written = write_layout(
        [layout_line(case, row, row.reference) for row in rows], layout.as_workbook() if workbook else layout
    )
    desk.note(
        "list_exported",
        case_id=case.id,
        person_id=person.id,
        role=min(roles & MAY_EXPORT),
        channel="command",
        version=version.version,
        rows=len(written.written),
        reason=reason,
    )
    return written.content
