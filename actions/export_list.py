"""Hand out a list at the keyboard, printed, as a workbook or as the PS's layout: to whom, why, and in the journal.

Who may have which list follows the post (6.8, C3); every copy says whose it is (R-5.1.3b). What takes long (setting
hundreds of pages) is left to the caller, so that no transaction waits for it.
"""

from dataclasses import dataclass

from actions.activate_procedure import UnknownPerson
from actions.attach_lists import consolidated_list, layout_of
from actions.attest_step import find_person
from actions.desk import Desk
from actions.make_layout import layout_line
from actions.open_period import PROCEDURE
from actions.print_list import file_name, parts_of, printed_list
from documents.layout import Layout, LayoutLine
from documents.list_workbook import ConsolidatedList
from documents.printed_list import PrintedList, copy_line
from storage import cases, lists, people
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow

LEVELS = {
    "": (ListLevel.LD, ListLevel.LVN),
    "ooad": (ListLevel.LVO,),
    "region": (ListLevel.LVR,),
    "pac": (ListLevel.LVP,),
}
"""Scope of a unit -> the levels of its lists, the most settled first."""
NATIONAL = frozenset({"CACyPCS", "CPEEyPB"})
OF_THE_DEFINITIVE = frozenset({"CFI", "UPIB"})
"""Central posts that see the listado definitivo only (6.8)."""
OF_A_UNIT = frozenset({"PAC", "SAC", "EMS", "EGAS", "JSPM"})


class ExportRefused(Exception):
    """The list cannot be handed out; it says why, in Spanish."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A list that somebody may have, and the line that every page of the copy bears."""

    case: CaseRow
    version: ListVersionRow
    copy: str


def export_prints(
    desk: Desk, period: str, unit: str, *, as_person: str, reason: str, level: str = ""
) -> list[tuple[str, PrintedList]]:
    """Return what is to be printed with the name of each file: one for a unit, of the national list one an OOAD.

    Raises:
        ExportRefused: no such list, or the person may not have it.
    """
    order = _ordered(desk, period, unit, as_person=as_person, reason=reason, level=level, form="PDF")
    return [
        (
            file_name(order.case, order.version, part),
            printed_list(desk, order.case, order.version, part, copy=order.copy),
        )
        for part in parts_of(desk, order.version)
    ]


def export_workbook(
    desk: Desk, period: str, unit: str, *, as_person: str, reason: str, level: str = ""
) -> ConsolidatedList:
    """Return a list as a workbook for people shows it.

    Raises:
        ExportRefused: no such list, or the person may not have it.
    """
    order = _ordered(desk, period, unit, as_person=as_person, reason=reason, level=level, form="Excel")
    return consolidated_list(desk, order.case, order.version, copy=order.copy)


def export_layout(desk: Desk, period: str, *, as_person: str, reason: str) -> tuple[Layout, list[LayoutLine]]:
    """Return the listado definitivo as the PS's layout has it.

    Raises:
        ExportRefused: no such list, or the person may not have it.
    """
    order = _ordered(desk, period, "", as_person=as_person, reason=reason, level="LD", form="layout")
    rows = lists.lines_of(desk.session, order.version.id)
    return layout_of(desk, order.version), [layout_line(order.case, row, row.reference) for row in rows]


def _ordered(
    desk: Desk, period: str, unit: str, *, as_person: str, reason: str, level: str, form: str
) -> Order:
    """Find the list, whether the person may have it, and write down that it was handed out."""
    case = cases.find_case(desk.session, f"{PROCEDURE}/{period}")
    if case is None:
        raise ExportRefused(f"El periodo {period} no está abierto.")
    try:
        person = find_person(desk, as_person)
    except UnknownPerson as error:
        raise ExportRefused(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
    if not reason.strip():
        raise ExportRefused("Indique el motivo con --reason: queda en la bitácora y en cada copia (5.1.3).")
    scope = "" if not unit else next((name for name, codes in case.tree.items() if unit in codes), None)
    wanted = (
        [one for one in LEVELS.get(scope or "", ()) if level in {"", one.value}] if scope is not None else []
    )
    posts = people.posts_of(desk.session, person.id, desk.today)
    roles = [post.role for post, _holding in posts if _may_have(post.role, post.unit, unit, wanted, case)]
    if not roles:
        # The same words for a unit of somebody else's and for one that does not exist (6.8).
        raise ExportRefused(f"{person.full_name} no tiene a su alcance ese listado (5.1.3).")
    found = (lists.latest_version(desk.session, case.id, one, unit) for one in wanted)
    version = next((row for row in found if row is not None), None)
    if version is None or not _may_have_level(roles, version.level):
        raise ExportRefused(f"Todavía no hay un listado de {unit or 'nivel nacional'} que se pueda entregar.")
    desk.note(
        "list_exported",
        case_id=case.id,
        unit=unit,
        person_id=person.id,
        role=roles[0],
        channel="command",
        level=version.level.value,
        version=version.version,
        rows=version.rows,
        form=form,
        reason=reason,
    )
    return Order(case=case, version=version, copy=copy_line(person.full_name, desk.today, reason.strip()))


def _may_have(role: str, post_unit: str, unit: str, wanted: list[ListLevel], case: CaseRow) -> bool:
    """Tell whether a post sees a unit's list: the centre all of them, others what lies in their own unit."""
    if role in NATIONAL:
        return True
    if role in OF_THE_DEFINITIVE:
        return ListLevel.LD in wanted
    if role == "EMS" and unit in case.tree.get("ooad", []):
        # The EMS designado integrates the list of its OOAD (act. 18 to 20).
        return case.facts.get(unit, {}).get("designated_ems") == post_unit
    return role in OF_A_UNIT and bool(unit) and f"{unit}-".startswith(f"{post_unit}-")


def _may_have_level(roles: list[str], level: ListLevel) -> bool:
    return level is ListLevel.LD or bool(set(roles) - OF_THE_DEFINITIVE)
