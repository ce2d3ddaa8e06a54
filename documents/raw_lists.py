"""Carry a raw list over the sandbox's pipe: to JSON in the worker, back to values in the service."""

from datetime import date
from decimal import Decimal
from typing import Any

from procedures.lists.rows import CellValue, Finding, RawList, RawRow, Severity


def raw_list_to_json(raw: RawList) -> dict[str, Any]:
    """Return a value that `json` can write.

    Most cells of a list say what others say: each thing that is said stands once in "said", and a row holds its
    place there. Texts stay texts; numbers and dates become ["n", …] and ["d", …].
    """
    fields = tuple(raw.columns)
    places: dict[Any, int] = {}

    rows = [
        [
            row.number,
            [
                places.setdefault(value if type(value) is str else _to_json(value), len(places))
                for value in map(row.values.get, fields)
            ],
            sorted(row.formulas),
            row.key,
        ]
        for row in raw.rows
    ]
    return {
        "template": raw.template,
        "period": raw.period,
        "unit": raw.unit,
        "version": raw.version,
        "mark": raw.mark,
        "empty_declared": raw.empty_declared,
        "declared": {name: str(value) for name, value in raw.declared.items()},
        "columns": dict(raw.columns),
        "sheet": raw.sheet,
        "said": [list(value) if isinstance(value, tuple) else value for value in places],
        "rows": rows,
        "findings": [finding_to_json(finding) for finding in raw.findings],
    }


def raw_list_from_json(data: dict[str, Any]) -> RawList:
    """Return the list that `raw_list_to_json` wrote."""
    fields = tuple(data["columns"])
    # A list that was kept before what is said stood apart has it in its rows.
    said = [_from_json(value) for value in data.get("said", ())]
    nothing: frozenset[str] = frozenset()
    return RawList(
        template=data["template"],
        period=data["period"],
        unit=data["unit"],
        version=data["version"],
        mark=data["mark"],
        empty_declared=data["empty_declared"],
        declared={name: Decimal(value) for name, value in data["declared"].items()},
        columns=data["columns"],
        sheet=data["sheet"],
        rows=tuple(
            RawRow(
                number=number,
                values=dict(
                    zip(
                        fields,
                        [said[value] if type(value) is int else _from_json(value) for value in values],
                        strict=True,
                    )
                ),
                formulas=frozenset(formulas) if formulas else nothing,
                key=key,
            )
            for number, values, formulas, key in data["rows"]
        ),
        findings=tuple(finding_from_json(finding) for finding in data["findings"]),
    )


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "mend": finding.mend,
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "field": finding.field,
    }


def finding_from_json(data: dict[str, Any]) -> Finding:
    """Return the finding that `finding_to_json` wrote."""
    return Finding(**{**data, "severity": Severity(data["severity"])})


def _to_json(value: CellValue) -> Any:
    if isinstance(value, Decimal):
        return ("n", str(value))
    if isinstance(value, date):
        return ("d", value.isoformat())
    return value


def _from_json(value: Any) -> CellValue:
    if isinstance(value, list):
        kind, text = value
        return Decimal(text) if kind == "n" else date.fromisoformat(text)
    found: CellValue = value
    return found
