"""What is wrong with a file as a whole (V-004 to V-006, V-010, V-015, V-016), in the words of the catalogues."""

from functools import cache
from importlib import resources

from procedures.lists.messages import finding
from procedures.lists.rows import Finding, Severity
from procedures.yaml_text import read_yaml


def file_finding(
    key: str, *, sheet: str = "", row: int | None = None, column: str = "", field: str = "", **words: str
) -> Finding:
    """Return the finding of that key; the part of the key behind the number is a variant of the text."""
    entry = _catalogue().get(key)
    if entry is None:
        return finding(key, sheet=sheet, row=row, column=column, field=field, **words)
    return Finding(
        code=key[:5],
        severity=Severity(entry["severity"]),
        message=entry["says"].format(**words),
        mend=entry["mend"].format(**words),
        sheet=sheet,
        row=row,
        column=column,
        field=field,
    )


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    text = resources.files("documents").joinpath("file_findings.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = read_yaml(text)
    return found
