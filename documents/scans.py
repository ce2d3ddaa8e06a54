"""Read the scan of a rubricated print: a PDF, photographs, TIFF; which pages of which list it shows.

The pages are drawn and their codes read in the sandbox, where a hostile file can do no more than end its worker. Each
page bears its code twice (documents/printed_list.py), upright or not, skewed, noisy or small.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from documents.page_codes import PageCode
from documents.sandbox import JobDied, JobFailed, JobTimedOut, JsonValue, Workshop

if TYPE_CHECKING:
    from PIL.Image import Image

SCANS = frozenset({".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".webp"})
"""Endings of the files that a scan comes as."""
MOST_PAGES = 400
_PAGES_A_JOB = 6
_DRAWN_DPI = 200
_LONGEST_SIDE = 2600
"""Pixels of the longer side; a photograph of 50 megapixels says no more than one of this size."""
_SMALLEST_SIDE = 1000
"""A picture whose longer side is smaller and that bears no code is a decoration of the letter, not a page."""
_TURNS = (8.0, -8.0, 16.0, -16.0)
"""Degrees by which a page is turned when its code cannot be read as it lies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScannedPage:
    """A page of a scan."""

    file: str
    number: int
    """Its place in the file, from 1."""
    codes: tuple[PageCode, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """What a scan shows, in the order of its files and pages."""

    pages: tuple[ScannedPage, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Names of files that could not be opened at all."""

    @property
    def codes(self) -> tuple[PageCode, ...]:
        """The codes of all pages, in order."""
        return tuple(code for page in self.pages for code in page.codes[:1])

    @property
    def shows_pages(self) -> bool:
        """Whether it may be a scan at all."""
        return bool(self.pages or self.unreadable)

    @property
    def is_ours(self) -> bool:
        """Whether any page bears a code of a print of ours."""
        return bool(self.codes)


def is_scan(name: str) -> bool:
    """Tell whether a file can be a scan, by the ending of its name."""
    return Path(name.lower()).suffix in SCANS


def open_scan(workshop: Workshop, files: Sequence[tuple[Path, str]]) -> Scan:
    """Read the files of a scan in the sandbox. Whatever a file does, the answer is a scan."""
    pages: list[ScannedPage] = []
    unreadable: list[str] = []
    for path, name in files:
        first, total = 0, 1
        # A few pages a job: a worker's time is measured for a job, and an OOAD's list has many pages.
        while first < min(total, MOST_PAGES):
            try:
                found = workshop.run(
                    "documents.scans:read_pages", str(path.resolve()), name, first, _PAGES_A_JOB
                )
            except (JobDied, JobFailed, JobTimedOut):
                unreadable.append(name)
                break
            total = found["total"]
            first += _PAGES_A_JOB
            pages += [
                ScannedPage(
                    file=name,
                    number=item["number"],
                    codes=tuple(code for text in item["codes"] if (code := PageCode.read(text)) is not None),
                )
                for item in found["pages"]
            ]
    return Scan(pages=tuple(pages), unreadable=tuple(unreadable))


def read_pages(path: str, name: str, first: int, count: int) -> dict[str, JsonValue]:
    """Read the codes of some pages of a file, and say how many pages it has; runs in a worker."""
    total, drawn = (_pdf_pages if Path(name.lower()).suffix == ".pdf" else _picture_pages)(
        Path(path), first, count
    )
    found = []
    for number, (picture, is_small) in enumerate(drawn, first + 1):
        codes = _read_codes(picture)
        if codes or not is_small:
            found.append({"number": number, "codes": codes})
    return {"total": total, "pages": found}


def _pdf_pages(path: Path, first: int, count: int) -> "tuple[int, Iterator[tuple[Image, bool]]]":
    import pypdfium2

    document = pypdfium2.PdfDocument(path)

    def draw() -> "Iterator[tuple[Image, bool]]":
        for number in range(first, min(len(document), first + count)):
            page = document[number]
            longest = max(page.get_size())
            scale = min(_DRAWN_DPI / 72, _LONGEST_SIDE / max(longest, 1.0))
            bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
            yield bitmap.to_pil(), False
            bitmap.close()
            page.close()
        document.close()

    return len(document), draw()


def _picture_pages(path: Path, first: int, count: int) -> "tuple[int, Iterator[tuple[Image, bool]]]":
    from PIL import Image as Pictures
    from PIL import ImageOps

    # A picture larger than any scanner's is a bomb; PIL refuses it with an error of its own.
    Pictures.MAX_IMAGE_PIXELS = 60_000_000
    picture = Pictures.open(path)
    total: int = getattr(picture, "n_frames", 1)

    def draw() -> "Iterator[tuple[Image, bool]]":
        for number in range(first, min(total, first + count)):
            picture.seek(number)
            upright = ImageOps.exif_transpose(picture) or picture
            grey = upright.convert("L")
            is_small = max(grey.size) < _SMALLEST_SIDE
            if max(grey.size) > _LONGEST_SIDE:
                grey.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Pictures.Resampling.LANCZOS)
            yield grey, is_small
        picture.close()

    return total, draw()


def _read_codes(picture: "Image") -> list[str]:
    """Return the codes of ours on a page, trying harder as long as there is none."""
    for attempt in _attempts(picture):
        found = _codes_on(attempt)
        if found:
            return found
    return []


def _attempts(picture: "Image") -> "Iterator[Image]":
    """Yield a page as it is; enlarged, when it is small; sharpened; smoothed; and turned a little."""
    from PIL import Image, ImageFilter

    yield picture
    if max(picture.size) < _LONGEST_SIDE:
        factor = min(3.0, _LONGEST_SIDE / max(picture.size))
        size = (round(picture.width * factor), round(picture.height * factor))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
        yield picture
    yield picture.filter(ImageFilter.UnsharpMask(radius=4, percent=300, threshold=0))
    yield picture.filter(ImageFilter.MedianFilter(3))
    yield picture.filter(ImageFilter.GaussianBlur(1.2))
    for turn in _TURNS:
        yield picture.rotate(turn, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def _codes_on(picture: "Image") -> list[str]:
    import zxingcpp

    readings: Sequence[Any] = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.barcode_formats_from_str("QRCode")
    )
    texts = [str(reading.text) for reading in readings]
    return list(dict.fromkeys(text for text in texts if PageCode.read(text) is not None))
