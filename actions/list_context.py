"""Gather what a PAC's list is checked against: the period, the ámbito, the catalogue, what the books know."""

from decimal import Decimal

from actions.attach_lists import TEMPLATE, tariff
from actions.desk import Desk
from actions.find_expediente import open_cases
from actions.letter_values import circular_folio, name_of
from documents.list_mark import check_mark
from procedures.lists.context import ListContext, Place, ScopeLocality
from procedures.lists.duplicates import Identity
from procedures.lists.rows import RawList
from storage import entries, lists, organisation, periods, volunteers
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel, ListState, ListVersionRow

SHEET_VERSION = "sheet_version"
"""Where an entry's reading keeps the version that its workbook's mark bears."""


def list_context(
    desk: Desk, case: CaseRow, unit: str, raw: RawList, entry: EntryRow, file_sha256: str
) -> ListContext:
    """Return the context of a list of an ámbito. Nothing in it is of any other ámbito."""
    period = desk.once(periods.get_period, case.period)
    months = tuple(period.months)
    ooad = desk.once(organisation.find_unit, organisation.ooad_of(unit))
    scope = organisation.ambito(desk.session, unit)
    keys = {str(row.values.get("clave_inegi") or "") for row in raw.rows} | {row.clave for row in scope}
    catalogue = organisation.catalogue_for(desk.session, {key.zfill(9) for key in keys if key.isdigit()})
    by_kind = tariff(desk, months)
    stands = lists.latest_version(desk.session, case.id, ListLevel.LVP, unit)
    stale = stands is not None and _is_older(desk, stands, raw, file_sha256)
    return ListContext(
        period=case.period,
        months=months,
        open_periods={item.period for item in open_cases(desk) if _takes_lists(desk, item)},
        template=TEMPLATE,
        circular=circular_folio(case),
        unit=unit,
        ooad_name=name_of(case, organisation.ooad_of(unit)),
        ooad_aliases=tuple(ooad.aliases) if ooad else (),
        entities=frozenset(ooad.entities) if ooad else frozenset(),
        strict_entities=bool(ooad and ooad.strict_entities),
        localities={
            row.clave: ScopeLocality(municipality=row.municipality, name=row.name, operates=row.operates)
            for row in scope
        },
        catalogue={
            key: Place(municipality=row.municipality, name=row.name) for key, row in catalogue.items()
        },
        medical_units={row.clave: row.name for row in organisation.medical_units(desk.session, unit)},
        tariff={
            (kind, month): amount for kind, by_month in by_kind.items() for month, amount in by_month.items()
        },
        cap=_cap(by_kind, len(months)),
        covered={
            Identity(*who): found
            for who, found in volunteers.covered_months(desk.session, months, besides=case.period).items()
        },
        left={Identity(*who) for who in volunteers.inactive_identities(desk.session, unit)},
        # Only a stale workbook is held to the version that stands: whoever goes on in the first one is not.
        accepted_version=stands.version if stands and stale else None,
        is_older=stale,
        accepted_on=desk.local_date(stands.made_at) if stands else None,
        sent_on=desk.local_date(entry.received_at),
    )


def _cap(by_kind: dict[str, dict[str, Decimal]], months: int) -> Decimal | None:
    largest = [amount for by_month in by_kind.values() for amount in by_month.values()]
    return max(largest) * months * 10 if largest else None


def _is_older(desk: Desk, stands: ListVersionRow, raw: RawList, file_sha256: str) -> bool:
    """Tell whether a workbook was made before the version that stands (V-009).

    It was when it is the very file of an earlier version, or when it bears an older
    mark than the workbook that became the version. A PAC who goes on working in the
    first workbook is not told off for it.
    """
    earlier = lists.versions_of(desk.session, stands.case_id, ListLevel.LVP, stands.unit)
    if any(row.file_sha256 == file_sha256 and row.id != stands.id for row in earlier):
        return True
    if stands.entry_id is None or raw.version is None or not check_mark(raw, desk.office.secret):
        return False
    marked = entries.get_entry(desk.session, stands.entry_id).reading.get(SHEET_VERSION)
    return isinstance(marked, int) and raw.version < marked


def _takes_lists(desk: Desk, case: CaseRow) -> bool:
    """Tell whether a period still takes lists: until its national list is authorised."""
    national = lists.latest_version(desk.session, case.id, ListLevel.LVN, "")
    return national is None or national.state is not ListState.AUTHORISED
