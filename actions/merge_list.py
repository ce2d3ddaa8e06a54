"""Find out whether a workbook brings a whole list or corrections of the one that stands, and bring those together."""

import json
from collections.abc import Sequence

from actions.desk import Desk
from documents.raw_lists import raw_list_from_json, raw_list_to_json
from documents.row_keys import check_row_key, keys_of
from documents.workbooks import open_list
from procedures.lists.checks import rows_with_people
from procedures.lists.merge import (
    KeptList,
    Merged,
    Nature,
    find_counterparts,
    merge,
    nature_of,
    person_of,
    seems_partial,
    seems_whole,
)
from procedures.lists.messages import finding, short_date
from procedures.lists.rows import Finding, RawList, RawRow, Severity
from storage import journal, lists
from storage.cases import CaseRow
from storage.lists import ListLevel, ListState, ListVersionRow

TRIED = "list_tried"
"""How the journal calls a list that was only tried: how many rows it had, and nothing of what they said."""


def merge_list(
    desk: Desk, case: CaseRow, unit: str, raw: RawList, said: Nature | None
) -> Merged | Finding | None:
    """Return the whole list that corrections make, or why that cannot be known; None where a whole list came.

    `said` is what the subject says of it. Most lists are whole at a glance: the version
    that stands is read again only where this one lacks most of its people.
    """
    rows = rows_with_people(raw)
    stands = standing_version(desk, case, unit)
    if not rows or said is Nature.WHOLE or any(item.severity is Severity.ERROR for item in raw.findings):
        return None
    if stands is None:
        return _doubt_about_the_first(desk, case, unit, len(rows), said)
    people = {(name, clave) for name, clave, _kind, _row in lists.identities_of(desk.session, stands.id)}
    if seems_whole(len(people), len(people & {person_of(row) for row in rows})):
        return None
    kept = read_kept(desk, case, stands)
    sent = [_checked(desk, case, unit, row) for row in rows]
    counterparts = find_counterparts(kept, sent)
    nature = nature_of(kept, counterparts)
    if nature is Nature.UNCLEAR and said is not Nature.CORRECTION:
        return finding(
            "UNCLEAR", rows=_rows_in_words(len(rows)), standing=stands.rows, version=stands.version
        )
    return None if nature is Nature.WHOLE else merge(kept, raw, sent, counterparts)


def _doubt_about_the_first(
    desk: Desk, case: CaseRow, unit: str, came: int, said: Nature | None
) -> Finding | None:
    """Say why the first rows that come are no whole list: of what was tried before them nothing was kept."""
    if said is Nature.CORRECTION:
        return finding("NOTHING-TO-CORRECT")
    largest, tried_at = 0, desk.now
    for line in journal.lines_of_unit(desk.session, TRIED, case_id=case.id, unit=unit):
        told = json.loads(line.data)
        if (rows := told["rows"] + told["rejected"]) > largest:
            largest, tried_at = rows, line.at
    if not seems_partial(largest, came):
        return None
    return finding(
        "UNCLEAR-TRIED",
        rows=_rows_in_words(came),
        tried=largest,
        date=short_date(desk.local_date(tried_at)),
    )


def standing_version(desk: Desk, case: CaseRow, unit: str) -> ListVersionRow | None:
    """Return the version of an ámbito that stands."""
    found = lists.latest_version(desk.session, case.id, ListLevel.LVP, unit)
    return found if found and found.state is not ListState.REPLACED else None


def read_kept(desk: Desk, case: CaseRow, version: ListVersionRow) -> KeptList:
    """Return the rows of a version as they were read, with their keys and what is wrong with them."""
    rows = rows_with_people(_read_again(desk, version))
    wrong: dict[int, frozenset[str]] = {}
    for item in lists.findings_of(desk.session, version.id):
        if item.severity == Severity.ERROR and item.row is not None:
            wrong[item.row] = wrong.get(item.row, frozenset()) | {item.field}
    return KeptList(rows=rows, keys=row_keys(desk, case, version, rows), wrong=wrong)


def keep_merged(desk: Desk, version: ListVersionRow, raw: RawList) -> None:
    """Keep the rows of a version that no file holds as they are: a correction made it of another."""
    content = json.dumps(raw_list_to_json(raw), ensure_ascii=False).encode("utf-8", "surrogatepass")
    # Durable at once: the next mail of the same transaction may be a correction of this one.
    lists.keep_file(desk.session, _place(version), desk.blobs.put(content))


def row_keys(desk: Desk, case: CaseRow, version: ListVersionRow, rows: Sequence[RawRow]) -> dict[int, str]:
    """Return the keys with which the rows of a version go back to their PAC."""
    return keys_of(rows, desk.office.secret, period=case.period, unit=version.unit, version=version.version)


def _rows_in_words(count: int) -> str:
    return "1 renglón" if count == 1 else f"{count} renglones"


def _checked(desk: Desk, case: CaseRow, unit: str, row: RawRow) -> RawRow:
    key = check_row_key(row.key, desk.office.secret, period=case.period, unit=unit) if row.key else ""
    return RawRow(number=row.number, values=row.values, formulas=row.formulas, key=key)


def _read_again(desk: Desk, version: ListVersionRow) -> RawList:
    merged = lists.file_of(desk.session, _place(version))
    if merged:
        return raw_list_from_json(json.loads(desk.blobs.get(merged)))
    return open_list(desk.workshop, desk.blobs.path_of(version.file_sha256), "Listado.xlsx")


def _place(version: ListVersionRow) -> str:
    return f"merged/{version.id}"
