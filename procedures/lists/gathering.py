"""Say once of a row what would be said of most of its cells: on a phone, twelve times "falta" is one sentence too many."""

from collections.abc import Iterable

from procedures.lists.messages import finding, title_of
from procedures.lists.rows import Finding, Severity

_MANY = 5
"""From so many missing cells on, the row is told as one."""


def gather_missing(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in their order, with one for each row that lacks most of its cells."""
    every = list(findings)
    missing: dict[int, list[Finding]] = {}
    for item in every:
        if item.code == "V-045" and item.severity is Severity.ERROR and item.row is not None:
            missing.setdefault(item.row, []).append(item)
    many = {row: items for row, items in missing.items() if len(items) >= _MANY}
    gathered = []
    for item in every:
        first, *rest = many.get(item.row or 0, [item])
        if item is first and rest:
            titles = ", ".join(title_of(each.field) for each in (first, *rest))
            gathered.append(
                finding(
                    "V-045-many",
                    row=item.row,
                    column=item.column,
                    field=item.field,
                    sheet=item.sheet,
                    n=1 + len(rest),
                    titles=titles,
                )
            )
        elif not any(item is each for each in rest):
            gathered.append(item)
    return gathered
