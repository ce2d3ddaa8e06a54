"""How many people an OOAD lists and may list: the authorised number, what CACyPCS excepted, what exceeds (V-057 to V-059)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from actions.desk import Desk
from actions.find_jump import find_jump_of
from procedures.lists.headcounts import Headcount, check_headcount, check_reference
from procedures.lists.totals import Totals
from storage import cases, duplicates, lists, periods
from storage.cases import CaseRow
from storage.lists import ListLevel, ListVersionRow
from storage.periods import HeadcountExceptionRow

DELIVER = {"pac": ("A08",), "region": ("A12", "A13", "A17")}
"""By which activities a list below an OOAD is delivered; who is excepted from one of them delivers none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How many people an OOAD may list, and by which document."""

    headcount: Headcount
    document: str
    exception: HeadcountExceptionRow | None = None
    """By which CACyPCS let the OOAD list more than its authorised number (NUM)."""


def find_limit(desk: Desk, case: CaseRow, ooad: str) -> Limit | None:
    """Return the authorised number of an OOAD, or what CACyPCS put in its place for this period."""
    row = periods.headcount_of(desk.session, ooad, case.period)
    if row is None:
        return None
    exception = periods.headcount_exception(desk.session, case.id, ooad)
    if exception is not None:
        allowed = Headcount(total=exception.total, vrs=exception.vrs, pvr=exception.pvr)
        return Limit(headcount=allowed, document=exception.document, exception=exception)
    return Limit(headcount=Headcount(total=row.total, vrs=row.vrs, pvr=row.pvr), document=row.document)


def listed_totals(desk: Desk, case: CaseRow, ooad: str) -> Totals:
    """Return how many people the lists of an OOAD name, without the lines that decisions leave out.

    Units without whose lists somebody goes on list nobody, whatever they sent.
    """
    regions = [code for code in case.tree.get("region", []) if case.parents.get(code) == ooad]
    gone = cases.excepted_units(desk.session, case.id, DELIVER["region"], regions)
    pacs = [
        code
        for code in case.tree.get("pac", [])
        if case.parents.get(code) in regions and case.parents[code] not in gone
    ]
    gone = cases.excepted_units(desk.session, case.id, DELIVER["pac"], pacs)
    pacs = [code for code in pacs if code not in gone]
    versions = lists.current_versions(desk.session, case.id, ListLevel.LVP, pacs)
    out = duplicates.totals_left_out(desk.session, case.id, [ooad, *regions])
    return Totals(
        vrs=sum(row.vrs for row in versions) - out.vrs, pvr=sum(row.pvr for row in versions) - out.pvr
    )


def excess_of(desk: Desk, case: CaseRow, ooad: str) -> list[str]:
    """Say in how far an OOAD lists more people than it may, in all and by kind; nothing when it does not (V-057)."""
    limit = find_limit(desk, case, ooad)
    if limit is None:
        return []
    found = check_headcount(ooad, listed_totals(desk, case, ooad), limit.headcount)
    return [item.message.removeprefix(f"{ooad}: ").rstrip(".") for item in found]


def exceptions_in_words(desk: Desk, case: CaseRow, unit: str) -> Iterator[str]:
    """Say which OOADs may list more than their number; of the unit itself, or of all for the nation."""
    for ooad in case.tree.get("ooad", []):
        if unit not in {"", ooad}:
            continue
        row = periods.headcount_exception(desk.session, case.id, ooad)
        if row is None:
            continue
        number = periods.headcount_of(desk.session, ooad, case.period)
        name = str(case.facts.get(ooad, {}).get("name") or ooad)
        yield (
            f"OOAD {name}: la CACyPCS autorizó {row.total} personas ({row.vrs} VRS, {row.pvr} PVR) en lugar de "
            f"{number.total if number else 0}, con {row.document}, el {desk.local_date(row.granted_at):%d-%m-%Y}. {row.reason}"
        ).strip()


def doubts_about(
    desk: Desk, case: CaseRow, versions: Iterable[ListVersionRow], names: dict[str, str]
) -> list[str]:
    """Say which lists have more people than their reference (V-058), or many more or fewer than before (V-059)."""
    found = []
    for row in versions:
        name = names[row.unit]
        reference = None
        if row.level in {ListLevel.LVP, ListLevel.LVR}:
            reference = periods.headcount_of(desk.session, row.unit, case.period)
        if reference is not None:
            found += [
                f"{item.message} ({item.code})" for item in check_reference(name, row.rows, reference.total)
            ]
        jump = find_jump_of(desk, case, row, name)
        if jump is not None:
            found.append(jump.in_words())
    return found
