"""INEGI's catalogue of localities (AGEEML), as downloaded: CSV or xlsx, some 300,000 rows."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from documents.directory.cells import as_text, is_clave


@dataclass(frozen=True, kw_only=True, slots=True)
class Locality:
    """A locality as INEGI publishes it."""

    clave: str
    entity: str
    municipality: str
    name: str
    rural: bool
    latitude: float | None
    longitude: float | None
    population: int | None


class NotAnAgeeml(ValueError):
    """A file whose header is not that of INEGI's catalogue; it carries the columns that it lacks."""

    def __init__(self, missing: Sequence[str]) -> None:
        """Keep the names of the missing columns."""
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


NEEDED = ("CVE_ENT", "NOM_ENT", "CVE_MUN", "NOM_MUN", "CVE_LOC", "NOM_LOC")
"""AMBITO, LAT_DECIMAL, LON_DECIMAL and POB_TOTAL are taken where they are; CVEGEO follows from the keys."""


def read_localities(path: Path) -> Iterator[Locality | None]:
    """Yield the localities of an AGEEML file one by one; None for a row that is no locality.

    A text file may be UTF-8 or Latin-1, parted by commas, semicolons or tabs: INEGI has
    published every mixture. Nothing is held in memory but the row at hand.

    Raises:
        NotAnAgeeml: the header lacks columns that every AGEEML has, or there is no header to be read.
    """
    from python_calamine import CalamineError

    rows = _workbook_rows(path) if path.suffix.lower() == ".xlsx" else _text_rows(path)
    try:
        header = [name.strip().upper() for name in next(rows, [])]
    except (CalamineError, IndexError, csv.Error) as error:
        raise NotAnAgeeml(NEEDED) from error
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise NotAnAgeeml(missing)
    for cells in rows:
        if any(cells):
            yield _locality(dict(zip(header, cells, strict=False)))


def _text_rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding=_encoding(path), errors="replace", newline="") as lines:
        first = lines.readline()
        delimiter = max(",;\t", key=first.count)
        lines.seek(0)
        yield from csv.reader(lines, delimiter=delimiter)


def _encoding(path: Path) -> str:
    """Return UTF-8 where the whole file is that, else Windows' Latin-1."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as original:
            while chunk := original.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _workbook_rows(path: Path) -> Iterator[list[str]]:
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as workbook:
        for row in workbook.get_sheet_by_index(0).iter_rows():
            yield [as_text(cell) for cell in row]


def _locality(row: Mapping[str, str]) -> Locality | None:
    entity = row.get("CVE_ENT", "").strip().zfill(2)
    clave = f"{entity}{row.get('CVE_MUN', '').strip().zfill(3)}{row.get('CVE_LOC', '').strip().zfill(4)}"
    name = row.get("NOM_LOC", "").strip()
    if not is_clave(clave) or not name:
        return None
    return Locality(
        clave=clave,
        entity=row.get("NOM_ENT", "").strip(),
        municipality=row.get("NOM_MUN", "").strip(),
        name=name,
        rural=row.get("AMBITO", "R").strip().upper() != "U",
        latitude=_number(row.get("LAT_DECIMAL", "")),
        longitude=_number(row.get("LON_DECIMAL", "")),
        population=_count(row.get("POB_TOTAL", "")),
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _count(text: str) -> int | None:
    # INEGI writes "-" or "*" where it withholds the figure.
    digits = text.strip().replace(",", "")
    return int(digits) if digits.isdigit() else None
