"""The record digest: the same people with the same data give it, whatever the file (5.2.4; ledger 4.4)."""

import hashlib
from collections.abc import Iterable

from procedures.lists.lines import Line
from procedures.lists.rows import ListRow

_SHORT = 10
_ESCAPES = str.maketrans({"\\": r"\\", "|": r"\|", "\n": r"\n"})


def record_digest(rows: Iterable[ListRow]) -> str:
    """Return the digest of checked rows, in hexadecimal."""
    return _digest(
        _record(
            row.ooad,
            row.estado,
            row.municipio,
            row.localidad,
            row.clave_inegi,
            row.nombre_norm,
            row.tipo,
            f"{row.importe:.2f}",
            ",".join(sorted(row.meses)),
        )
        for row in rows
    )


def digest_of_lines(lines: Iterable[Line]) -> str:
    """Return the digest of kept lines; equal to that of the rows that they were made from."""
    return _digest(
        _record(
            line.ooad,
            line.entity,
            line.municipality,
            line.locality_name,
            line.locality,
            line.name_norm,
            line.kind,
            f"{line.amount_centavos // 100}.{line.amount_centavos % 100:02}",
            ",".join(sorted(line.months.split(","))),
        )
        for line in lines
    )


def short_digest(digest: str) -> str:
    """Return the form that is printed on pages and in oficios: the first ten digits.

    >>> short_digest("e3b0c44298fc1c149afbf4c8996fb924")
    'e3b0c44298'
    """
    return digest[:_SHORT]


def _record(*values: str) -> str:
    record = "|".join(values)
    if record.count("|") >= len(values) or "\\" in record or "\n" in record:
        # Nobody can make two people's data look like other people's with a bar in a name of a place.
        return "|".join(value.translate(_ESCAPES) for value in values)
    return record


def _digest(records: Iterable[str]) -> str:
    # Unicode and UTF-8 sort alike, so that the lines may be sorted before they are encoded.
    return hashlib.sha256("".join(f"{record}\n" for record in sorted(records)).encode()).hexdigest()
