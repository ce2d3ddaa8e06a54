"""Rubrics on paper: the scan that comes back is checked page by page (AC-32, ledger 4.4 and 5.1: M-09)."""

import io
import itertools

import pypdfium2
import pytest
from PIL import Image

from procedures.engine import Status
from service.clock import SystemClock
from service.demo.correspondent import Attachment
from storage import prints
from storage.lists import ListLevel
from tests.acceptance.scene import cells_of, edited
from tests.acceptance.test_prints import print_of
from tests.people import EMS_R03, PAC012, PERIOD, SAC_R01, SAC_R03, at, volunteers_of

REGION = SAC_R03.unit
EMS_R01 = at("EMS", SAC_R01.unit)
GIVEN = ("Adelaida", "Agustina", "Candelaria", "Delfina", "Eulalia", "Herlinda", "Ignacia")
SURNAMES = ("Aguilar", "Bautista", "Cruz", "Encino", "Guzmán", "Hernández", "Jiménez")


def with_many(unit: str, workbook: bytes, count: int) -> bytes:
    """A list with so many more people of its own localities."""
    first = 3 + len(cells_of(workbook))
    last = {column: cells_of(workbook, column)[0] for column in "BJKLM"}
    own = volunteers_of(unit)
    names = itertools.product(GIVEN, SURNAMES, SURNAMES)
    changes = {}
    for number, (given, one, other) in enumerate(itertools.islice(names, count)):
        place = own[number % len(own)]
        values = {
            "A": first + number - 2,
            "C": place.place.entity,
            "D": place.place.municipality,
            "E": place.place.name,
            "F": place.clave,
            "G": f"{given} {one} {other}",
            "H": "VRS",
            "I": 1000,
            **last,
        }
        changes.update({f"{column}{first + number}": value for column, value in values.items()})
    return edited(workbook, changes)


def pictures(content: bytes) -> list[Image.Image]:
    return [page.render(scale=1.7).to_pil().convert("L") for page in pypdfium2.PdfDocument(content)]


def scan(pages: list[Image.Image], name: str = "escaneo.pdf") -> Attachment:
    """The pages as a scanner makes one file of them."""
    buffer = io.BytesIO()
    first, *others = [page.copy() for page in pages]
    first.save(buffer, "PDF", save_all=True, append_images=others)
    return Attachment(name=name, content=buffer.getvalue(), media_type="application/pdf")


def photographs(pages: list[Image.Image]) -> list[Attachment]:
    """The pages as somebody photographs them, upright or not."""
    found = []
    for number, page in enumerate(pages, 1):
        buffer = io.BytesIO()
        page.rotate(90 * (number % 4) + 2, expand=True, fillcolor=210).save(buffer, "JPEG", quality=55)
        found.append(
            Attachment(name=f"IMG_{number:04}.jpg", content=buffer.getvalue(), media_type="image/jpeg")
        )
    return found


@pytest.fixture
async def printed(delivered):
    """A desk where the region's list fills five pages, and its SAC was asked to rubricate them."""
    pac = delivered[PAC012]
    await pac.sends_list(with_many(PAC012.unit, pac.filled(), 150))
    await delivered[SAC_R03].does("A10")
    assert len(pictures(print_of(delivered[SAC_R03].asked("A11")))) == 5
    return delivered


def rubrics(scene):
    [version] = scene.versions(REGION, ListLevel.LVR)[-1:]
    with scene.books() as session:
        return prints.rubrics_of(session, version.id)


def level_of(scene, step: str) -> str:
    return [row for row in scene.steps(REGION) if row.step == step][-1].level


async def test_ac_32_a_scan_of_four_pages_of_five_is_no_rubric(printed):
    sac = printed[SAC_R03]
    question = sac.asked("A11")
    pages = pictures(print_of(question))

    [answer] = await sac.answers(question, f"RUBRIQUÉ {question.code}", files=[scan(pages[:2] + pages[3:])])
    before = printed.stands("A11", REGION)
    again = await sac.answers(question, f"RUBRIQUÉ {question.code}", files=[scan(pages)])

    assert "El escaneo tiene 4 de 5 páginas: falta la página 3." in answer.text
    assert before is Status.OPEN
    # The code was not spent by a scan that was no good.
    assert "acreditado" in " ".join(letter.text for letter in again)
    assert level_of(printed, "A11") == "proven"
    [kept] = rubrics(printed)
    assert (kept.step, kept.pages, kept.role, kept.person_id) == (
        "A11",
        5,
        "SAC",
        rubrics(printed)[0].person_id,
    )
    assert len(printed.service.blobs.get(kept.files[0])) > 1000


async def test_a_rubric_attested_by_code_lacks_its_document_until_the_scan(printed):
    sac = printed[SAC_R03]
    question = sac.asked("A11")

    thanks = await sac.does("A11")
    attested = level_of(printed, "A11")
    answer = await sac.answers(question, "Va el escaneo.", files=photographs(pictures(print_of(question))))

    assert "falta el documento escaneado" in " ".join(letter.text for letter in thanks)
    assert attested == "attested"
    assert "acreditado" in " ".join(letter.text for letter in answer)
    assert level_of(printed, "A11") == "proven"
    assert [row.on for row in printed.steps(REGION) if row.step == "A11"][-1] == printed.today
    [step] = [step for step in (await printed.status()).steps if step.step == "A11"]
    assert not step.lacks_proof


async def test_a_scan_without_code_waits_for_the_code(printed):
    sac = printed[SAC_R03]
    question = sac.asked("A11")

    [answer] = await sac.writes(
        "RUBRICA listado", "Rubriqué las 5 páginas.", files=[scan(pictures(print_of(question)))]
    )
    waiting = printed.stands("A11", REGION)
    await sac.does("A11")

    assert "El escaneo está completo (5 de 5 páginas)" in answer.text
    assert waiting is Status.OPEN
    assert level_of(printed, "A11") == "proven"


async def test_what_is_wrong_with_a_scan_is_said_page_by_page(printed):
    sac = printed[SAC_R03]
    question = sac.asked("A11")
    pages = pictures(print_of(question))
    blank = Image.new("L", pages[0].size, 255)
    await printed[SAC_R01].does("A10")
    others = pictures(print_of(printed[SAC_R01].asked("A11")))

    async def said(*files: Attachment) -> str:
        return (await sac.answers(question, f"RUBRIQUÉ {question.code}", files=list(files)))[0].text

    unread = await said(scan([*pages[:3], blank, pages[4]]))
    mixed = await said(scan([*pages[:4], others[0]]))
    disordered = await said(scan([pages[0], pages[2], pages[1], *pages[3:]]))
    repeated = await said(scan([*pages, pages[1]]))
    nothing = await said(scan([blank, blank]))
    broken = await said(
        Attachment(name="roto.pdf", content=b"%PDF-1.4 roto" * 4000, media_type="application/pdf")
    )
    foreign = await said(scan(others))

    assert "falta la página 4" in unread
    assert "No se pudo leer el código de la página 4 de «escaneo.pdf»" in unread
    assert "páginas de otro listado o de otra versión: la página 5 de «escaneo.pdf»" in mixed
    assert "Las páginas están en desorden (1, 3, 2, 4, 5)." in disordered
    assert "Se repite la página 2." in repeated
    assert "No se pudo leer el código de ninguna de las 2 páginas" in nothing
    assert "No se pudo abrir «roto.pdf»" in broken
    assert "no es de los que corresponde rubricar a su puesto" in foreign
    assert rubrics(printed) == []
    assert printed.stands("A11", REGION) is Status.OPEN


async def test_a_scan_of_an_older_version_is_no_rubric_of_the_newer(printed):
    sac, pac = printed[SAC_R03], printed[PAC012]
    old = pictures(print_of(sac.asked("A11")))
    await pac.sends_list(with_many(PAC012.unit, pac.filled(), 149))
    await sac.does("A10")
    question = sac.asked("A11")

    [answer] = await sac.answers(question, f"RUBRIQUÉ {question.code}", files=[scan(old)])

    assert "versión 1" in answer.text
    assert "la vigente es la 2" in answer.text
    assert printed.stands("A11", REGION) is Status.OPEN


async def test_ac_26_a_correction_voids_a_rubric_that_was_proven(printed):
    sac, pac = printed[SAC_R03], printed[PAC012]
    question = sac.asked("A11")
    await sac.answers(question, f"RUBRIQUÉ {question.code}", files=[scan(pictures(print_of(question)))])
    proven = level_of(printed, "A11")

    await pac.sends_list(with_many(PAC012.unit, pac.filled(), 148))
    await sac.does("A10")

    assert proven == "proven"
    assert printed.stands("A11", REGION) is Status.OPEN
    assert rubrics(printed) == []


async def test_each_post_proves_its_own_rubric_on_the_same_sheets(printed):
    sac, ems = printed[SAC_R03], printed[EMS_R03]
    for person, step in ((sac, "A11"), (ems, "A12")):
        question = person.asked(step)
        await person.answers(
            question, f"RUBRIQUÉ {question.code}", files=[scan(pictures(print_of(question)))]
        )

    assert [(row.step, row.role) for row in rubrics(printed)] == [("A11", "SAC"), ("A12", "EMS")]
    assert {level_of(printed, step) for step in ("A11", "A12")} == {"proven"}


async def test_an_oficio_is_proven_by_the_document_that_comes_with_the_code_or_later(delivered):
    paper = Attachment(name="oficio.pdf", content=b"%PDF-1.4 " + b"0" * 30_000, media_type="application/pdf")
    for sac, ems in ((SAC_R01, EMS_R01), (SAC_R03, EMS_R03)):
        await delivered[sac].does("A10")
        await delivered[sac].does("A11")
        await delivered[ems].does("A12")
    first, second = delivered[EMS_R01].asked("A13"), delivered[EMS_R03].asked("A13")

    await delivered[EMS_R01].answers(first, f"FIRMÉ oficio 12/2027 {first.code}", files=[paper])
    await delivered[EMS_R03].does("A13")
    attested = [row.level for row in delivered.steps(REGION) if row.step == "A13"]
    await delivered[EMS_R03].answers(second, "Adjunto el oficio firmado.", files=[paper])

    assert [row.level for row in delivered.steps(SAC_R01.unit) if row.step == "A13"] == ["proven"]
    assert attested == ["attested"]
    assert [row.level for row in delivered.steps(REGION) if row.step == "A13"][-1] == "proven"


# ------------------------------------------------------------------ at the keyboard


@pytest.fixture
def attest(printed, command, monkeypatch, tmp_path):
    """Attest a step at the keyboard, at the office's own time, with scanned files or without."""

    def typed(step: str, who, *files: Attachment, unit: str = REGION) -> tuple[int, str]:
        monkeypatch.setattr(SystemClock, "now", lambda _clock: printed.clock.now())
        words: list[object] = []
        for file in files:
            path = tmp_path / file.name
            path.write_bytes(file.content)
            words += ["--scan", path]
        return command(
            "attest",
            step,
            "--period",
            PERIOD,
            "--unit",
            unit,
            "--as",
            who.key,
            *words,
            "--data",
            printed.folder,
        )

    return typed


async def test_ac_32_at_the_keyboard_a_scan_is_judged_as_by_mail_and_kept(printed, attest):
    pages = pictures(print_of(printed[SAC_R03].asked("A11")))

    short = attest("A11", SAC_R03, scan(pages[:2] + pages[3:]))
    before = (printed.stands("A11", REGION), rubrics(printed))
    whole = scan(pages)
    done = attest("A11", SAC_R03, whole)
    await printed.settle()

    assert short[0] == 1
    assert "El escaneo tiene 4 de 5 páginas: falta la página 3." in short[1]
    assert before == (Status.OPEN, [])
    assert done[0] == 0, done[1]
    assert "A11, región 03 Ocosingo" in done[1]
    assert "acreditado" in done[1]
    assert level_of(printed, "A11") == "proven"
    [kept] = rubrics(printed)
    assert (kept.step, kept.pages, kept.role) == ("A11", 5, "SAC")
    assert printed.service.blobs.get(kept.files[0]) == whole.content
    assert {line.channel for line in printed.noted("rubric_scanned")} == {"command"}
    [refused] = printed.noted("rubric_refused")
    assert "falta la página 3" in refused.text


async def test_at_the_keyboard_a_rubric_can_be_proven_after_it_was_attested(printed, attest):
    pages = photographs(pictures(print_of(printed[SAC_R03].asked("A11"))))

    first = attest("A11", SAC_R03)
    attested = level_of(printed, "A11")
    second = attest("A11", SAC_R03, *pages)
    await printed.settle()

    assert (first[0], second[0]) == (0, 0), second[1]
    assert "falta el documento" in first[1]
    assert attested == "attested"
    assert level_of(printed, "A11") == "proven"


async def test_at_the_keyboard_neither_a_foreign_list_nor_a_foreign_hand_is_a_rubric(printed, attest):
    own = pictures(print_of(printed[SAC_R03].asked("A11")))
    await printed[SAC_R01].does("A10")
    others = pictures(print_of(printed[SAC_R01].asked("A11")))

    foreign = attest("A11", SAC_R03, scan(others))
    stranger = attest("A11", SAC_R01, scan(own))
    broken = attest("A11", SAC_R03, Attachment(name="roto.pdf", content=b"%PDF-1.4 roto", media_type=""))
    workbook = attest("A11", SAC_R03, Attachment(name="lista.xlsx", content=b"PK", media_type=""))

    assert [answer[0] for answer in (foreign, stranger, broken, workbook)] == [1, 1, 1, 2]
    assert "no es el listado que se rubrica con ese paso" in foreign[1]
    assert "corresponde a" in stranger[1]
    assert "No se pudo abrir «roto.pdf»" in broken[1]
    assert "no es un documento escaneado" in workbook[1]
    assert rubrics(printed) == []
    assert printed.stands("A11", REGION) is Status.OPEN


async def test_at_the_keyboard_the_signed_oficio_of_a_step_proves_it(printed, attest):
    paper = scan(pictures(print_of(printed[SAC_R03].asked("A11")))[:1], name="oficio.pdf")
    for step, who in (("A11", SAC_R03), ("A12", EMS_R03)):
        await printed[who].does(step)

    done = attest("A13", EMS_R03, paper)
    await printed.settle()

    assert done[0] == 0, done[1]
    assert level_of(printed, "A13") == "proven"
