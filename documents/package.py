"""Open the zip package of an .xlsx with suspicion: what it is, how large, and what is in it (V-004 to V-006).

Nothing here trusts what the archive says about itself: every part is inflated and counted, checks its sum, and no part
may carry a DTD. Only then is the package given to a reader.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from documents.errors import DocumentError

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Where .xls begins, and likewise an .xlsx with a password: an OLE compound file."""

_CHUNK = 1 << 18
_MEGABYTE = 1024 * 1024
_WORKSHEET = "/worksheet"


class NotAccepted(DocumentError):
    """The file cannot be taken: `code` is the check of the ledger (4.3) that it failed, `detail` is for the log."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageLimits:
    """How large a workbook may be."""

    file_mb: int
    unzipped_mb: int
    ratio: int
    parts: int
    rows: int


LIST_LIMITS = PackageLimits(file_mb=5, unzipped_mb=50, ratio=100, parts=500, rows=20_000)
"""V-005: what a list may be."""

TABLE_LIMITS = PackageLimits(file_mb=50, unzipped_mb=250, ratio=200, parts=5_000, rows=1_048_576)
"""What any other workbook may be that is only looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetPart:
    """A tab of the workbook: its name, the part that holds it, and whether people see it."""

    name: str
    part: str
    visible: bool
    is_grid: bool = True
    """False for a tab that holds a chart or a dialogue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """The parts of a workbook, already inflated and counted."""

    path: Path
    parts: Mapping[str, bytes]
    """Lower-case part name without a leading slash -> its bytes; pictures and the like are left empty."""
    sheets: tuple[SheetPart, ...]
    styles: str = ""
    shared_strings: str = ""
    date1904: bool = False
    file_bytes: int = 0
    unzipped_bytes: int = 0
    foreign: tuple[str, ...] = ()
    """External links, embedded objects, data connections: what a list must not have (V-005)."""


def open_package(path: Path, limits: PackageLimits = LIST_LIMITS, *, file_name: str = "") -> Package:
    """Inflate and weigh the package.

    Raises:
        NotAccepted: V-004 it is no .xlsx, V-005 it is too large, V-006 it is damaged.
    """
    name = file_name or path.name
    if not name.lower().endswith(".xlsx"):
        raise NotAccepted("V-004", "the name does not end in .xlsx")
    file_bytes = path.stat().st_size
    _check_first_bytes(path, file_bytes)
    if file_bytes > limits.file_mb * _MEGABYTE:
        raise NotAccepted("V-005", f"{file_bytes} bytes")
    parts, unzipped_bytes = _inflate(path, file_bytes, limits)
    _refuse_other_formats(parts)
    main = _main_part(parts)
    workbook = parse_part(parts[main])
    targets = _targets(parts, main)
    return Package(
        path=path,
        parts=parts,
        sheets=_sheets(workbook, targets, parts),
        styles=_of_kind(targets, "/styles"),
        shared_strings=_of_kind(targets, "/sharedStrings"),
        date1904=_is_date1904(workbook),
        file_bytes=file_bytes,
        unzipped_bytes=unzipped_bytes,
        foreign=_foreign(parts),
    )


def parse_part(data: bytes) -> etree._Element:
    """Parse one XML part without entities, network or DTD.

    Raises:
        NotAccepted: V-006, it is not well formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotAccepted("V-006", f"XML: {error}") from error
    if root is None:
        raise NotAccepted("V-006", "an empty part")
    return root


def local_name(element: etree._Element) -> str:
    """Return the tag without its namespace: writers use different ones (transitional, strict)."""
    return element.tag.rpartition("}")[2]


def _check_first_bytes(path: Path, file_bytes: int) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if start == _COMPOUND_FILE:
        raise NotAccepted("V-004", "an OLE compound file: .xls, or an .xlsx with a password")
    if file_bytes and not start.startswith(b"PK"):
        raise NotAccepted("V-004", "not a zip archive")
    if not file_bytes or start.startswith(b"PK\x05\x06"):
        raise NotAccepted("V-006", "an empty file")


def _inflate(path: Path, file_bytes: int, limits: PackageLimits) -> tuple[dict[str, bytes], int]:
    """Inflate every part, counting; keep those that are XML."""
    parts: dict[str, bytes] = {}
    room = limits.unzipped_mb * _MEGABYTE
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > limits.parts:
                raise NotAccepted("V-005", f"{len(entries)} parts")
            for entry in entries:
                name = entry.filename.replace("\\", "/").lstrip("/").lower()
                if entry.flag_bits & 1:
                    raise NotAccepted("V-004", "an encrypted archive")
                if name in parts:
                    raise NotAccepted("V-006", f"two parts are called {name}")
                kept = bytearray()
                is_kept = name.endswith((".xml", ".rels"))
                with archive.open(entry) as stream:
                    while chunk := stream.read(_CHUNK):
                        total += len(chunk)
                        if total > room or total > file_bytes * limits.ratio:
                            raise NotAccepted("V-005", f"more than {total} bytes in {file_bytes}")
                        if is_kept:
                            kept += chunk
                parts[name] = bytes(kept)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ) as error:
        raise NotAccepted("V-006", f"zip: {error}") from error
    for name, data in parts.items():
        # OOXML knows no DTD; whoever sends one wants entities.
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise NotAccepted("V-006", f"{name} carries a DTD")
    return parts, total


def _refuse_other_formats(parts: Mapping[str, bytes]) -> None:
    """Macros, binary workbooks, OpenDocument: formats of their own, whatever the file is called."""
    if "content.xml" in parts and "meta-inf/manifest.xml" in parts:
        raise NotAccepted("V-004", "an OpenDocument file")
    if any(name.endswith("vbaproject.bin") for name in parts) or b"macroEnabled" in parts.get(
        "[content_types].xml", b""
    ):
        raise NotAccepted("V-004", "a workbook with macros")
    if any(name.endswith("workbook.bin") for name in parts):
        raise NotAccepted("V-004", "a binary workbook")


def _main_part(parts: Mapping[str, bytes]) -> str:
    """Return the workbook's part, which the package's relations name."""
    relations = parts.get("_rels/.rels")
    if relations is not None:
        for relation in parse_part(relations):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                target = (relation.get("Target") or "").replace("\\", "/").lstrip("/").lower()
                if target in parts and local_name(parse_part(parts[target])) == "workbook":
                    return target
    raise NotAccepted("V-004", "a zip archive without a workbook")


def _targets(parts: Mapping[str, bytes], main: str) -> dict[str, tuple[str, str]]:
    """Return id -> (type, part) of the workbook's relations."""
    folder, name = posixpath.split(main)
    relations = parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    if relations is None:
        return {}
    found = {}
    for relation in parse_part(relations):
        if relation.get("TargetMode") == "External":
            continue
        target = (relation.get("Target") or "").replace("\\", "/").lower()
        part = (
            target.lstrip("/")
            if target.startswith("/")
            else posixpath.normpath(posixpath.join(folder, target))
        )
        found[relation.get("Id") or ""] = (relation.get("Type") or "", part)
    return found


def _of_kind(targets: Mapping[str, tuple[str, str]], kind: str) -> str:
    return next((part for type_, part in targets.values() if type_.endswith(kind)), "")


def _sheets(
    workbook: etree._Element, targets: Mapping[str, tuple[str, str]], parts: Mapping[str, bytes]
) -> tuple[SheetPart, ...]:
    sheets = []
    for element in workbook.iter("{*}sheet"):
        identity = next((value for key, value in element.attrib.items() if str(key).endswith("}id")), "")
        kind, part = targets.get(str(identity), ("", ""))
        if part not in parts:
            raise NotAccepted("V-006", "a sheet without its part")
        sheets.append(
            SheetPart(
                name=element.get("name") or "",
                part=part,
                visible=(element.get("state") or "visible") == "visible",
                is_grid=kind.endswith(_WORKSHEET),
            )
        )
    if not sheets:
        raise NotAccepted("V-006", "a workbook without sheets")
    return tuple(sheets)


def _is_date1904(workbook: etree._Element) -> bool:
    properties = next(workbook.iter("{*}workbookPr"), None)
    return properties is not None and (properties.get("date1904") or "") in {"1", "true", "on"}


def _foreign(parts: Mapping[str, bytes]) -> tuple[str, ...]:
    kinds = ("/externallinks/", "/embeddings/", "/activex/", "/querytables/", "/connections.xml", "/model/")
    return tuple(sorted(name for name in parts if any(kind in f"/{name}" for kind in kinds)))
