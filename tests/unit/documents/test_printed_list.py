"""Prints: what every page says, that text stays text, that signatures stay together, and that scans are read back."""

import io
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from documents.list_values import legend
from documents.page_codes import PageCode
from documents.printed_list import PrintedList, Signer, make_print
from documents.scans import open_scan
from procedures.lists.rows import ListRow
from tests.samples.lists import MONTHS

DIGEST = "0123456789abcdef" * 4
UNIT = "OOAD07-R03"
HOSTILE = '#read("/etc/passwd") *x* $y$ \\ [b] <c> "q"'


def row(number: int, name: str = "") -> ListRow:
    return ListRow(
        number=number,
        ooad="OOAD07",
        pac=f"{UNIT}-PAC{number // 12:03}",
        estado="Chiapas",
        municipio="Ocosingo",
        localidad="Santo Domingo",
        clave_inegi="070590012",
        nombre=name or f"Persona Ñandú {number}",
        nombre_norm="",
        tipo="PVR" if number % 3 else "VRS",
        importe=Decimal("1000.00"),
        meses=MONTHS,
        unidad_medica="UMR Abasolo",
    )


def printed(lines: int, **changes: object) -> PrintedList:
    values = {
        "office": "Programa IMSS-BIENESTAR",
        "level": "LVR",
        "unit": UNIT,
        "unit_name": "región 03 Ocosingo, OOAD Chiapas",
        "period": "2027-B1",
        "months": MONTHS,
        "version": 2,
        "digest": DIGEST,
        "made_on": date(2027, 1, 25),
        "rows": tuple(row(number) for number in range(lines)),
        "signers": (
            Signer(post="SAC", cargo="Supervisión de Acción Comunitaria", name="Rosa Díaz Sol"),
            Signer(
                post="EMS", cargo="EMS", name="Ana Paz Ruiz", absence="Por ausencia de Luis Gil, oficio 7"
            ),
        ),
        **changes,
    }
    return PrintedList(**values)


def texts(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def pictures(content: bytes, dpi: int = 150) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(content)
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]


@pytest.fixture(scope="module")
def five_pages(workshop):
    return make_print(workshop, printed(150))


def test_every_page_says_what_it_is_and_bears_its_code_twice(five_pages):
    pages = texts(five_pages.content)
    codes = [
        [reading.text for reading in zxingcpp.read_barcodes(picture)]
        for picture in pictures(five_pages.content)
    ]

    assert len(pages) == five_pages.pages == 5
    for number, (text, found) in enumerate(zip(pages, codes, strict=True), 1):
        assert f"Página {number} de 5" in text
        assert "LVR · región 03 Ocosingo, OOAD Chiapas" in text
        assert "versión 2 · huella 0123456789" in text
        assert legend() in text
        assert "No. Estado Municipio Localidad" in text
        assert found == [f"0780:2027-B1:LVR:{UNIT}:2:0123456789:{number}/5"] * 2


def test_the_end_says_what_the_lines_add_up_to_and_who_rubricates(five_pages):
    end = texts(five_pages.content)[-1]

    assert "Total: 150 registros (50 VRS, 100 PVR) · $150,000.00" in end
    assert "Rosa Díaz Sol" in end
    assert "Por ausencia de Luis Gil, oficio 7" in end


def test_what_somebody_wrote_is_printed_as_written_and_never_executed(workshop):
    made = make_print(
        workshop,
        printed(
            1,
            rows=(row(0, HOSTILE),),
            unit_name=HOSTILE,
            notes=(HOSTILE,),
            signers=(Signer(post="SAC", cargo=HOSTILE, name=HOSTILE),),
            copy=HOSTILE,
        ),
    )

    [text] = texts(made.content)
    # Six places that somebody can fill, and the name of the list above every page.
    assert text.replace(" ", "").count(HOSTILE.replace(" ", "")) == 7


def test_signatures_stay_on_one_page_with_the_sentence_that_is_signed(workshop):
    for lines in range(20, 40, 3):
        pages = texts(make_print(workshop, printed(lines)).content)

        together = [
            "Se rubrica cada una" in text and "Rosa Díaz Sol" in text and "Ana Paz Ruiz" in text
            for text in pages
        ]
        assert together.count(True) == 1, lines
        assert sum("Rosa Díaz Sol" in text for text in pages) == 1


def test_a_long_list_is_set_in_parts_that_nobody_sees(workshop):
    made = make_print(workshop, printed(1000))

    pages = texts(made.content)
    assert [text.count(f"Página {number} de {made.pages}") for number, text in enumerate(pages, 1)] == [
        1
    ] * made.pages
    assert sum(text.count("Persona Ñandú") for text in pages) == 1000
    assert [number for number, text in enumerate(pages, 1) if "Huella de los registros" in text] == [1]
    assert [number for number, text in enumerate(pages, 1) if "Total: 1,000" in text] == [made.pages]
    [last] = open_codes(pictures(made.content)[-1])
    assert (last.page, last.pages) == (made.pages, made.pages)


def open_codes(picture: Image.Image) -> list[PageCode]:
    found = {reading.text: PageCode.read(reading.text) for reading in zxingcpp.read_barcodes(picture)}
    return list(found.values())


def test_a_list_of_nobody_is_printed_too(workshop):
    made = make_print(workshop, printed(0))

    assert made.pages == 1
    assert "Total: 0 registros" in texts(made.content)[0]


# ------------------------------------------------------------------ scans


def rubricated(picture: Image.Image) -> Image.Image:
    """A page with a scrawl over its lower code and a stamp over its lines."""
    page = picture.copy()
    pen = ImageDraw.Draw(page)
    width, height = page.size
    pen.line([(0.02 * width, 0.99 * height), (0.2 * width, 0.86 * height)], fill=40, width=9)
    pen.ellipse([0.4 * width, 0.4 * height, 0.6 * width, 0.7 * height], outline=90, width=6)
    return page


def noisy(picture: Image.Image) -> Image.Image:
    noise = Image.effect_noise(picture.size, 70)
    return Image.blend(picture, noise, 0.35)


def in_perspective(picture: Image.Image) -> Image.Image:
    """As somebody photographs a sheet that lies on a table."""
    width, height = picture.size
    corners = (-0.06 * width, 0, -0.02 * width, height, 1.02 * width, height, 1.08 * width, -0.03 * height)
    return picture.transform(
        picture.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=180
    )


DAMAGE = {
    "as it was printed": lambda page: page,
    "rubricated": rubricated,
    "turned by a quarter": lambda page: page.rotate(90, expand=True),
    "upside down": lambda page: page.rotate(180, expand=True),
    "skewed by three degrees": lambda page: page.rotate(3, expand=True, fillcolor=255),
    "skewed by eleven degrees": lambda page: page.rotate(-11, expand=True, fillcolor=200),
    "noisy": noisy,
    "out of focus": lambda page: page.filter(ImageFilter.GaussianBlur(2)),
    "of half the size": lambda page: page.resize(
        (page.width // 2, page.height // 2), Image.Resampling.BILINEAR
    ),
    "pale": lambda page: page.point(lambda value: 150 + value * 0.4),
    "photographed from the side": in_perspective,
    "rubricated, skewed and noisy": lambda page: noisy(
        rubricated(page).rotate(4, expand=True, fillcolor=230)
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_scan_is_read_however_the_sheet_lay(workshop, tmp_path, five_pages, damage):
    files = []
    for number, page in enumerate(pictures(five_pages.content), 1):
        path = tmp_path / f"{number}.jpg"
        damage(page).save(path, quality=60)
        files.append((path, path.name))

    scan = open_scan(workshop, files)

    assert [(code.page, code.pages) for code in scan.codes] == [(number, 5) for number in range(1, 6)]
    assert {code.list_key for code in scan.codes} == {("2027-B1", "LVR", UNIT, 2, "0123456789")}


@pytest.mark.parametrize("form", ["PDF", "TIFF"])
def test_all_pages_may_come_in_one_file(workshop, tmp_path, five_pages, form):
    path = tmp_path / f"escaneo.{form.lower()}"
    first, *others = [rubricated(page) for page in pictures(five_pages.content)]
    first.save(path, form, save_all=True, append_images=others)

    scan = open_scan(workshop, [(path, path.name)])

    assert [code.page for code in scan.codes] == [1, 2, 3, 4, 5]


def test_a_page_without_a_code_is_a_page_and_a_logo_is_none(workshop, tmp_path):
    blank, logo = tmp_path / "hoja.png", tmp_path / "logo.png"
    Image.new("L", (1700, 1300), 255).save(blank)
    Image.new("L", (120, 60), 255).save(logo)

    scan = open_scan(workshop, [(blank, blank.name), (logo, logo.name)])

    assert [(page.file, page.codes) for page in scan.pages] == [("hoja.png", ())]
    assert not scan.is_ours


def test_a_code_of_somebody_elses_says_nothing(workshop, tmp_path):
    path = tmp_path / "cartel.png"
    code = zxingcpp.create_barcode("https://ejemplo.example/", zxingcpp.BarcodeFormat.QRCode)
    Image.fromarray(code.to_image(scale=8)).resize((800, 800)).save(path)

    assert not open_scan(workshop, [(path, path.name)]).is_ours


@pytest.mark.parametrize("name", ["roto.pdf", "roto.jpg", "roto.tiff"])
def test_a_file_that_is_none_is_named_and_stops_nobody(workshop, tmp_path, five_pages, name):
    broken, good = tmp_path / name, tmp_path / "bueno.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing of the kind")
    good.write_bytes(five_pages.content)

    scan = open_scan(workshop, [(broken, name), (good, good.name)])

    assert scan.unreadable == (name,)
    assert len(scan.codes) == 5


def test_a_picture_larger_than_any_scanners_is_refused(workshop, tmp_path):
    path = tmp_path / "bomba.png"
    buffer = io.BytesIO()
    Image.new("1", (40_000, 20_000)).save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())

    assert open_scan(workshop, [(path, path.name)]).unreadable == ("bomba.png",)
