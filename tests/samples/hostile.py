"""Workbooks that nobody sends by accident, made when a test asks for them."""

import io
import random
import struct
import zipfile
from pathlib import Path

import openpyxl

from documents.cells import column_letters
from documents.list_columns import columns

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="{main}"/></Types>'
)
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}'
    "</Relationships>"
)
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def package(
    sheet: str, *, sheets: int = 1, main: str = _MAIN, extra: dict[str, bytes] | None = None
) -> bytes:
    """A minimal .xlsx around the XML of a sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES.format(main=main))
        archive.writestr(
            "_rels/.rels",
            _RELATIONS.format(
                f'<Relationship Id="r1" Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/>'
            ),
        )
        tabs = "".join(f'<sheet name="H{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, sheets + 1))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {_MAIN_NAMESPACE} xmlns:r="{_KIND}"><sheets>{tabs}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{_KIND}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, sheets + 1)
        )
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(links))
        for n in range(1, sheets + 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", sheet)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def sheet_of(rows: str) -> str:
    """The XML of a sheet with these rows."""
    return f"<worksheet {_MAIN_NAMESPACE}><sheetData>{rows}</sheetData></worksheet>"


_PADDING = {"xl/media/relleno.bin": random.Random(1904).randbytes(600_000)}
"""What no archive packs smaller, so that the rest may be packed a hundred times smaller and more."""


def _line(number: int, texts: list[str]) -> str:
    cells = (
        f'<c r="{column_letters(place)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in enumerate(texts, start=1)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


_HEADER = _line(2, [column.title for column in columns() if column.field != "curp"])
ONE_CELL = sheet_of('<row r="1"><c r="A1" t="inlineStr"><is><t>hola</t></is></c></row>')


def far_cell() -> bytes:
    """Two cells at the two ends of the sheet: 5 kB that ask for 17 thousand million cells."""
    book = openpyxl.Workbook()
    book.active["A1"] = "cerca"
    book.active["XFD1048576"] = "lejos"
    return _saved(book)


def far_columns() -> bytes:
    """Many rows, each with a cell in the last column."""
    rows = (
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="XFD{n}"><v>{n}</v></c></row>' for n in range(1, 5_001)
    )
    return package(sheet_of("".join(rows)))


def bomb_of_zeros() -> bytes:
    """A part of 100 MB of zeros in 100 kB."""
    return package(ONE_CELL, extra={"xl/media/image1.bin": bytes(100 * 1024 * 1024)})


def bomb_of_cells() -> bytes:
    """Three million short cells: below the ratio of a bomb, above the size of a list."""
    row = "<row>" + "<c><v>1</v></c>" * 1000 + "</row>"
    return package(sheet_of(row * 3_500))


def entities() -> bytes:
    """Entities that multiply themselves."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ja">{laughs}]>'
    return package(doctype + ONE_CELL.replace("hola", "&l8;"))


def external_entity() -> bytes:
    """An entity that asks for a file of the machine."""
    doctype = '<!DOCTYPE x [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>'
    return package(doctype + ONE_CELL.replace("hola", "&passwd;"))


def thousands_of_sheets() -> bytes:
    """Six thousand sheets."""
    return package(ONE_CELL, sheets=6_000)


def lying_directory() -> bytes:
    """The central directory says that a sheet has 100 bytes."""
    data = bytearray(package(sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>' * 2_000)))
    for signature, sizes_at, name_at in ((b"PK\x01\x02", 20, 46), (b"PK\x03\x04", 18, 30)):
        start = data.find(signature)
        while start >= 0:
            if data[start + name_at :].startswith(b"xl/worksheets/sheet1.xml"):
                packed = struct.unpack_from("<I", data, start + sizes_at)[0]
                struct.pack_into("<II", data, start + sizes_at, packed, 100)
            start = data.find(signature, start + 4)
    return bytes(data)


def macros() -> bytes:
    """A workbook with macros under the name of one without."""
    return package(ONE_CELL, main=_MACROS, extra={"xl/vbaProject.bin": b"\x00" * 64})


def external_link() -> bytes:
    """A workbook that draws on another."""
    return package(ONE_CELL, extra={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


def embedded_object() -> bytes:
    """A workbook with an object inside."""
    return package(ONE_CELL, extra={"xl/embeddings/oleObject1.bin": b"MZ"})


def password() -> bytes:
    """What an .xlsx with a password begins with: an OLE compound file."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(2000)
    )


def broken_xml() -> bytes:
    """A sheet that ends in the middle of a row."""
    return package(sheet_of('<row r="1"><c r="A1"><v>1</v></c>')[:-20])


def no_sheet_part() -> bytes:
    """A workbook that names a sheet that is not there."""
    data = io.BytesIO(package(ONE_CELL))
    buffer = io.BytesIO()
    with zipfile.ZipFile(data) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            if "sheet1" not in name:
                target.writestr(name, source.read(name))
    return buffer.getvalue()


def merged_over_merged() -> bytes:
    """Two hundred thousand merged cells, one over the other, down to the end of the sheet."""
    merged = '<mergeCell ref="E3:E1048576"/>' * 200_000
    rows = _HEADER + "".join(_line(n, ["x"] * 15) for n in range(3, 2_000))
    return package(
        f"<worksheet {_MAIN_NAMESPACE}><sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>",
        extra=_PADDING,
    )


def hidden_spans() -> bytes:
    """Three hundred thousand spans of hidden columns beside a row of three thousand cells."""
    spans = '<col min="40" max="41" hidden="1"/>' * 300_000
    wide = _line(3, ["x"] * 3_000)
    return package(
        f"<worksheet {_MAIN_NAMESPACE}><cols>{spans}</cols><sheetData>{_HEADER}{wide}</sheetData></worksheet>",
        extra=_PADDING,
    )


def wide_titles() -> bytes:
    """A dozen sheets whose first rows have thousands of texts that could be titles."""
    rows = "".join(_line(n, [f"columna {place}" for place in range(3_000)]) for n in range(1, 20))
    return package(sheet_of(rows), sheets=12, extra=_PADDING)


def one_long_text() -> bytes:
    """A text of 300 kB in three hundred cells: a small file, and a list that would be none."""
    text = "x" * 300_000
    cells = [
        "".join(f'<c r="{column_letters(place)}{n}" t="s"><v>0</v></c>' for place in range(1, 16))
        for n in range(3, 23)
    ]
    rows = _HEADER + "".join(f'<row r="{n}">{line}</row>' for n, line in enumerate(cells, start=3))
    strings = f"<sst {_MAIN_NAMESPACE}><si><t>{text}</t></si></sst>".encode()
    data = io.BytesIO(package(sheet_of(rows), extra={**_PADDING, "xl/sharedStrings.xml": strings}))
    buffer = io.BytesIO()
    with zipfile.ZipFile(data) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/_rels/workbook.xml.rels":
                link = f'<Relationship Id="rs" Type="{_KIND}/sharedStrings" Target="sharedStrings.xml"/>'
                content = content.replace(b"</Relationships>", f"{link}</Relationships>".encode())
            target.writestr(name, content)
    return buffer.getvalue()


def odd_writer() -> bytes:
    """What a writer of its own kind makes: prefixed names, no references, single quotes, absolute targets."""
    sheet = (
        "<x:worksheet xmlns:x='http://purl.oclc.org/ooxml/spreadsheetml/main'><x:sheetData>"
        "<x:row><x:c t='inlineStr'><x:is><x:r><x:t>Ni</x:t></x:r><x:r><x:t>ña</x:t></x:r></x:is></x:c>"
        "<x:c><x:v>1.5E3</x:v></x:c><x:c t='b'><x:v>1</x:v></x:c><x:c t='d'><x:v>2027-01-31</x:v></x:c></x:row>"
        "</x:sheetData></x:worksheet>"
    )
    return package(sheet)


def _saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def put(path: Path, data: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(data)
    return path
