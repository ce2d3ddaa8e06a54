"""The workbooks that go with letters: a PAC's template, the marked list, consolidated lists, the PS's file."""

import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from actions.desk import Desk
from actions.find_release import find_replaced
from actions.previous_period import previous_case
from documents.layout import Layout
from documents.layout_declaration import GENERIC, builtin_layout_text, builtin_layouts, load_layout
from documents.list_mark import make_mark
from documents.list_template import template_bytes
from documents.list_values import TemplateLocality, TemplatePerson, TemplateValues
from documents.list_workbook import ConsolidatedList, make_list_workbook
from documents.returned_list import ReturnedList, make_returned_list
from mail.composing import Enclosure
from procedures.lists.rows import Finding, ListRow, RawList
from storage import layouts, lists, organisation, periods, provider, volunteers
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow, StoredLine
from storage.volunteers import VolunteerRow

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE = "0780-PLA-v3"
"""The template in force; a workbook that bears another one is answered with this (V-011)."""
SIGNATURES = {ListLevel.LVR: ("SAC", "EMS"), ListLevel.LVO: ("EGAS o EMS designado", "JSPM")}


def template_values(desk: Desk, case: CaseRow, pac: str, *, due: Any = None) -> TemplateValues:
    """Return what the workbook of an ámbito is filled with: its localities, tariff and the last period's people."""
    from actions.letter_values import circular_folio, due_of, name_of

    period = desk.once(periods.get_period, case.period)
    ooad = organisation.ooad_of(pac)
    version = len(lists.versions_of(desk.session, case.id or 0, ListLevel.LVP, pac)) + 1
    scope = organisation.ambito(desk.session, pac)
    places = organisation.places_of(desk.session, [row.clave for row in scope])
    known = {
        row.clave: TemplateLocality(
            clave=row.clave,
            name=row.name or places[row.clave].locality,
            municipality=row.municipality or places[row.clave].municipality,
            state=places[row.clave].entity,
        )
        for row in scope
        if row.operates
    }
    return TemplateValues(
        template=TEMPLATE,
        period=case.period,
        months=tuple(period.months),
        ooad=name_of(case, ooad),
        region=organisation.region_of(pac),
        unit=pac,
        unit_name=name_of(case, pac),
        version=version,
        mark=make_mark(desk.office.secret, template=TEMPLATE, period=case.period, unit=pac, version=version),
        circular=circular_folio(case),
        due_on=due or due_of(desk, case, "A08", pac) or desk.today,
        made_on=desk.today,
        localities=tuple(sorted(known.values(), key=lambda place: place.name)),
        medical_units=tuple(row.name for row in organisation.medical_units(desk.session, pac)),
        tariff=tariff(desk, tuple(period.months)),
        people=tuple(
            TemplatePerson(
                nombre=person.name,
                tipo=person.kind,
                estado=known[person.locality].state,
                municipio=known[person.locality].municipality,
                localidad=known[person.locality].name,
                clave_inegi=person.locality,
                unidad_medica=person.medical_unit,
            )
            for person in last_people(desk, case, pac)
            if person.locality in known
        ),
    )


def last_people(desk: Desk, case: CaseRow, pac: str) -> Sequence[VolunteerRow | StoredLine]:
    """Return the people of an ámbito's last accepted list (A04); in the desk's first period, those of the directory."""
    earlier = previous_case(desk, case)
    version = lists.latest_version(desk.session, earlier.id, ListLevel.LVP, pac) if earlier else None
    if version is not None and version.rows:
        return sorted(lists.lines_of(desk.session, version.id), key=lambda line: line.name)
    return volunteers.volunteers_of(desk.session, pac)


def tariff(desk: Desk, months: Sequence[str]) -> dict[str, dict[str, Decimal]]:
    """Return the monthly amounts of both kinds, in pesos, for the months that have one."""
    found: dict[str, dict[str, Decimal]] = {}
    for kind in ("VRS", "PVR"):
        for month in months:
            row = desk.once(periods.tariff_on, kind, month)
            if row is not None:
                found.setdefault(kind, {})[month] = Decimal(row.monthly_centavos) / 100
    return found


def blank_template(desk: Desk, case: CaseRow, ooad: str) -> Enclosure:
    """Return the workbook of an OOAD without ámbito or people, for whoever wants to see it (PLA of A01)."""
    from actions.letter_values import circular_folio, name_of

    months = tuple(desk.once(periods.get_period, case.period).months)
    values = TemplateValues(
        template=TEMPLATE,
        period=case.period,
        months=months,
        ooad=name_of(case, ooad),
        region="",
        unit="",
        unit_name="",
        version=1,
        mark="",
        circular=circular_folio(case),
        due_on=desk.today,
        made_on=desk.today,
        tariff=tariff(desk, months),
    )
    return Enclosure(
        name=f"Plantilla_{TEMPLATE}_{case.period}.xlsx", media_type=XLSX, data=template_bytes(values)
    )


def template_attachment(desk: Desk, case: CaseRow, pac: str) -> Enclosure:
    """Return the workbook in which a PAC lists the people of an ámbito."""
    content = template_bytes(template_values(desk, case, pac))
    return Enclosure(name=f"Listado_{case.period}_{pac}.xlsx", media_type=XLSX, data=content)


def returned_attachment(
    desk: Desk,
    case: CaseRow,
    pac: str,
    raw: RawList,
    findings: Sequence[Finding],
    *,
    keys: Mapping[int, str],
    is_draft: bool,
) -> Enclosure:
    """Return the sender's own workbook with its wrong cells marked and explained."""
    returned = ReturnedList(
        raw=raw,
        findings=tuple(findings),
        values=template_values(desk, case, pac),
        keys=keys,
        is_draft=is_draft,
    )
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        path = Path(folder) / "listado.xlsx"
        make_returned_list(desk.workshop, path, returned)
        return Enclosure(
            name=f"OBSERVACIONES_{case.period}_{pac}.xlsx", media_type=XLSX, data=path.read_bytes()
        )


def list_attachment(desk: Desk, case: CaseRow, version: ListVersionRow) -> Enclosure:
    """Return a consolidated list as a workbook for people; made once a version and kept."""
    name = f"{version.level.value}_{case.period}_{version.unit or 'NACIONAL'}_v{version.version}.xlsx"
    key = f"workbook/{version.id}"
    known = lists.file_of(desk.session, key)
    if known:
        return Enclosure(name=name, media_type=XLSX, data=desk.blobs.get(known))
    with tempfile.TemporaryDirectory(prefix="oficialia-") as folder:
        path = Path(folder) / "listado.xlsx"
        make_list_workbook(desk.workshop, path, consolidated_list(desk, case, version))
        content = path.read_bytes()
    lists.keep_file(desk.session, key, desk.blobs.put(content))
    return Enclosure(name=name, media_type=XLSX, data=content)


def consolidated_list(
    desk: Desk, case: CaseRow, version: ListVersionRow, *, copy: str = ""
) -> ConsolidatedList:
    """Return a list above the PACs as a workbook shows it."""
    rows = lists.lines_of(desk.session, version.id)
    period = desk.once(periods.get_period, case.period)
    return ConsolidatedList(
        level=version.level.value,
        period=case.period,
        months=tuple(period.months),
        unit_name=str(case.facts.get(version.unit, {}).get("name", version.unit or "Nacional")),
        version=version.version,
        digest=version.digest,
        made_on=desk.local_date(version.made_at),
        rows=tuple(list_row(row) for row in rows),
        references=tuple(row.reference for row in rows) if version.level is ListLevel.LD else (),
        unit_names={code: str(facts["name"]) for code, facts in case.facts.items() if facts.get("name")},
        signatures=SIGNATURES.get(version.level, ()),
        copy=copy,
    )


def list_row(row: StoredLine) -> ListRow:
    """Return a line of the books as the value that procedures and documents use."""
    return ListRow(
        number=row.position,
        ooad=row.ooad,
        pac=row.pac,
        estado=row.entity,
        municipio=row.municipality,
        localidad=row.locality_name,
        clave_inegi=row.locality,
        nombre=row.name,
        nombre_norm=row.name_norm,
        tipo=row.kind,
        importe=Decimal(row.amount_centavos) / 100,
        meses=tuple(row.months.split(",")),
        unidad_medica=row.medical_unit,
        situacion=row.situation,
        obs=row.remarks,
    )


def layout_text_in_force(desk: Desk) -> str:
    """Return what was loaded last for the PS of the contract in force; until then, the one that ships."""
    contract = provider.find_contract(desk.session, desk.today)
    loaded = layouts.latest_of(desk.session, contract.provider) if contract else None
    if loaded is not None:
        return loaded.text
    # The directory was told, when it was imported, that a layout which does not ship is to be loaded.
    return builtin_layout_text(
        contract.layout if contract and contract.layout in builtin_layouts() else GENERIC
    )


def layout_text_of(desk: Desk, version: ListVersionRow) -> str:
    """Return the declaration with which a listado definitivo was made, whatever is in force now."""
    kept = layouts.find_layout(desk.session, version.layout_sha256) if version.layout_sha256 else None
    return kept.text if kept else layout_text_in_force(desk)


def layout_of(desk: Desk, version: ListVersionRow) -> Layout:
    """Return the layout with which a listado definitivo was made."""
    return load_layout(layout_text_of(desk, version))


def layout_attachment(desk: Desk, case: CaseRow, version: ListVersionRow) -> Enclosure:
    """Return the file for the PS, byte for byte as it was made in A27; its name says which version it replaces."""
    layout = layout_of(desk, version)
    media_type = {"xlsx": XLSX, "csv": "text/csv", "fixed": "text/plain"}[layout.kind]
    replaced = find_replaced(desk, case, version)
    mark = f"_sustituye_a_v{replaced.version}" if replaced else ""
    name = f"LD_{case.period}_v{version.version}{mark}{layout.extension}"
    return Enclosure(name=name, media_type=media_type, data=desk.blobs.get(version.file_sha256))
