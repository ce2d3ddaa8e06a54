"""Hold two files to be the same list whatever their form: CSV, fixed width, the PS's workbook, ours (5.2.4; AMB-21).

What a file says is read back and compared line by line, by the opaque reference, with what the listado definitivo gives
in that form: a layout that writes in capitals loses nothing that counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from documents.errors import DocumentError
from documents.layout import LayoutLine, kept_by, read_layout_rows
from documents.layout_declaration import load_layout
from documents.list_workbook import read_list_workbook
from documents.sandbox import JobDied, JobFailed, JobTimedOut, JsonValue, Workshop
from procedures.lists.digest import record_digest
from procedures.lists.names import normalise_name
from procedures.lists.rows import ListRow

MOST_SHOWN = 50
_COLUMNS = tuple(item.name for item in fields(LayoutLine) if item.name != "reference")


class NotAList(DocumentError):
    """The file is in none of the forms in which the listado definitivo travels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Where a file says something else."""

    reference: str
    column: str
    """Empty when the whole line is missing or too many."""
    expected: str
    found: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What came of comparing a file with the listado definitivo."""

    lines: int
    total: Decimal
    digest: str
    """Record digest of what the file says; equal to the list's where the form keeps every value as it is."""
    differences: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        """Whether the file is the same list."""
        return not self.differences


def compare_file(
    workshop: Workshop,
    path: Path,
    *,
    layout_text: str,
    lines: Sequence[LayoutLine],
    ooads: Mapping[str, str],
    months: Sequence[str],
) -> Comparison:
    """Compare a file with the lines of the listado definitivo. `ooads` gives the name of each OOAD's code.

    Raises:
        NotAList: it cannot be read as any of the forms.
    """
    try:
        answer = workshop.run(
            "documents.same_file:read_any", str(path.resolve()), path.name, layout_text, list(months)
        )
    except (JobDied, JobFailed, JobTimedOut) as error:
        raise NotAList(str(error)) from error
    layout = load_layout(layout_text)
    layout = layout.as_workbook() if answer["form"] == "layout-xlsx" else layout
    found = [_line_from_json(item, ooads) for item in answer["lines"]]
    expected = [kept_by(line, layout) for line in lines] if answer["form"] != "people" else list(lines)
    return Comparison(
        lines=len(found),
        total=sum((line.importe for line in found), Decimal(0)),
        digest=record_digest(_row(line, ooads) for line in found),
        differences=tuple(differences(found, expected)),
    )


def differences(found: Sequence[LayoutLine], expected: Sequence[LayoutLine]) -> Iterator[Difference]:
    """Yield what differs: lines that lack, lines too many or twice, and values."""
    by_reference = {line.reference: line for line in found}
    known = {line.reference: line for line in expected}
    seen: set[str] = set()
    for line in found:
        if line.reference in seen or line.reference not in known:
            twice = "repetido" if line.reference in seen else "no está en el listado"
            yield Difference(reference=line.reference, column="", expected="", found=twice)
        seen.add(line.reference)
    for reference, line in known.items():
        other = by_reference.get(reference)
        if other is None:
            yield Difference(reference=reference, column="", expected="en el listado", found="falta")
            continue
        for column in _COLUMNS:
            wanted, said = getattr(line, column), getattr(other, column)
            if wanted != said:
                yield Difference(
                    reference=reference, column=column, expected=_text(wanted), found=_text(said)
                )


def read_any(path: str, name: str, layout_text: str, months: list[str]) -> dict[str, JsonValue]:
    """Read a file in whichever of its forms it is; runs in a worker."""
    layout = load_layout(layout_text)
    file = Path(path)
    attempts: list[tuple[str, Any]] = [("layout", lambda: read_layout_rows(file, layout))]
    if name.lower().endswith(".xlsx"):
        attempts = [
            ("layout-xlsx", lambda: read_layout_rows(file, layout.as_workbook())),
            ("people", lambda: read_list_workbook(file, months)),
        ]
    reasons = []
    for form, read in attempts:
        try:
            lines = read()
        except (DocumentError, ValueError, KeyError) as error:
            reasons.append(f"{form}: {error}")
            continue
        return {
            "form": form,
            "lines": [{**asdict(line), "importe": str(line.importe)} for line in lines],
        }
    message = "; ".join(reasons)
    raise NotAList(message)


def _line_from_json(item: dict[str, Any], ooads: Mapping[str, str]) -> LayoutLine:
    """Return a line; our own workbook names an OOAD by its code, the layout by its name."""
    return LayoutLine(
        **{
            **item,
            "ooad": ooads.get(item["ooad"], item["ooad"]),
            "importe": Decimal(item["importe"]),
            "meses": tuple(item["meses"]),
        }
    )


def _row(line: LayoutLine, ooads: Mapping[str, str]) -> ListRow:
    """Return a line as the record digest takes it."""
    codes = {name: code for code, name in ooads.items()}
    return ListRow(
        number=0,
        ooad=codes.get(line.ooad, line.ooad),
        pac="",
        estado=line.estado,
        municipio=line.municipio,
        localidad=line.localidad,
        clave_inegi=line.clave_inegi,
        nombre=line.nombre,
        nombre_norm=normalise_name(line.nombre),
        tipo=line.tipo,
        importe=line.importe,
        meses=line.meses,
    )


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
