"""What the PS acknowledges: the first version, the one that replaces it, and what goes on only then (AMB-54, AC-27, AC-36)."""

import io

import pytest
import pyzipper

from documents.protection import password_for
from service.clock import SystemClock
from service.demo import office as demo_office
from storage import releases
from storage.entries import EntryState
from storage.lists import ListLevel, ListState
from tests.acceptance.scene import cells_of, edited
from tests.people import (
    ANEW,
    CACYPCS,
    CFI,
    CPEEYPB,
    PAC012,
    PERIOD,
    UPIB,
    volunteers_of,
)

PS = demo_office.PS_ADDRESS


def figures(version) -> str:
    """What a PS that read a version right says of it."""
    return f"{version.rows} renglones, ${version.total_centavos / 100:,.2f}"


async def to_the_ps(scene):
    """A26 to A28: the letter that the PS got."""
    for who, step in ((CACYPCS, "A26"), (CPEEYPB, "A27"), (CPEEYPB, "A28")):
        await scene[who].does(step)
    return scene[PS].last("M-17")


async def to_the_money(scene):
    """A29 to A31: whoever determines the amount has done so, and A32 is asked for."""
    for who, step in ((CPEEYPB, "A29"), (CACYPCS, "A30"), (CFI, "A31")):
        await scene[who].does(step)


@pytest.fixture
async def replaced(authorised):
    """The PS acknowledged version 1; CACyPCS opened the list again, a PAC corrected it, and version 2 was sent."""
    scene = authorised
    first = await to_the_ps(scene)
    await scene[PS].answers(first, f"RECIBIDO: {figures(scene.versions('', ListLevel.LD)[0])}")
    await to_the_money(scene)
    correction = edited(scene[PAC012].filled(), {f"{column}3": None for column in "ABCDEFGHIJKLMNO"})
    await scene[PAC012].sends_list(correction)
    notice = scene[CACYPCS].last("M-48")
    await scene[CACYPCS].answers(notice, f"REABRO una persona causó baja {notice.code}")
    await scene[PAC012].sends_list(correction)
    await scene.take_turns(ANEW)
    await to_the_ps(scene)
    return scene


async def test_amb_54_the_first_version_is_acknowledged_by_the_figures_that_the_ps_read(authorised):
    letter = await to_the_ps(authorised)
    [version] = authorised.versions("", ListLevel.LD)

    back = await authorised[PS].answers(letter, f"Recibido, leímos {figures(version)}. Saludos.")

    assert "sustituye" not in (letter.subject + letter.text).lower()
    assert "RECIBIDO, el número de renglones y el importe total" in letter.text
    assert back == []
    assert authorised.done("") >= {"A28", "EV28A"}
    [step] = [row for row in authorised.steps("") if row.step == "EV28A"]
    assert (step.subject_key, step.by_system) == (version.digest, True)
    for who in (CPEEYPB, CFI):
        told = authorised[who].last("PS-ACUSE")
        assert "acusó de recibo la versión 1" in told.text
    assert authorised.last_entry().state is EntryState.APPLIED
    await to_the_money(authorised)
    assert "y la acusó el" in authorised[CFI].asked("A32").text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Recibido: 12 renglones, $1,000.00", "contestó con otras cifras"),
        ("Recibimos su correo, pero no pudimos abrir el archivo.", "no dice con claridad"),
        ("Buenas tardes. Quedo atento.", "no dice con claridad"),
    ],
    ids=["other_figures", "not_opened", "says_nothing"],
)
async def test_what_is_no_acuse_is_told_and_counts_as_none(authorised, said, told):
    letter = await to_the_ps(authorised)

    await authorised[PS].answers(letter, said)

    assert "EV28A" not in authorised.done("")
    for who in (CPEEYPB, CFI):
        passed_on = authorised[who].last("PS-ACUSE")
        assert told in passed_on.text
        assert said in passed_on.text
    assert len(authorised.noted("provider_disagrees")) == 1


async def test_amb_54_the_new_version_says_in_letter_subject_and_file_what_it_replaces(replaced):
    letter = replaced[PS].last("M-17")
    first, second = replaced.versions("", ListLevel.LD)
    with replaced.books() as session:
        [old], [new] = (releases.releases_of(session, version.id) for version in (first, second))
        lines = [releases.lines_of(session, release.id) for release in (old, new)]

    [(name, content)] = letter.attachments.items()
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        [inside] = archive.namelist()
        password = password_for(replaced.settings.office.secret, second.file_sha256)
        text = archive.read(inside, pwd=password.encode()).decode("utf-8-sig")

    assert "versión 2: sustituye a la versión 1" in letter.subject
    assert "Esta versión 2 sustituye a la versión 1, enviada el" in letter.text
    assert "acusar de recibo de esta versión" in letter.text
    assert name == f"LD_{PERIOD}_v2_sustituye_a_v1.zip"
    assert inside == f"LD_{PERIOD}_v2_sustituye_a_v1.csv"
    gone = cells_of(replaced[PAC012].filled())[0]
    assert gone in {one.name for one in volunteers_of(PAC012.unit)}
    assert gone not in text
    assert (first.state, second.state) == (ListState.REPLACED, ListState.TRANSMITTED)
    assert (len(lines[0]), len(lines[1])) == (first.rows, first.rows - 1)
    assert old.digest != new.digest == second.digest
    question = replaced[CPEEYPB].asked("A28").text
    assert "Sustituye a la versión 1" in question


async def test_amb_54_the_money_waits_until_the_ps_acknowledged_the_version_that_counts(replaced):
    scene = replaced
    first, second = (letter for letter in scene[PS].received if letter.template == "M-17")
    await to_the_money(scene)

    early = await scene[CFI].does("A32")
    await scene[PS].answers(first, f"RECIBIDO: {figures(scene.versions('', ListLevel.LD)[0])}")
    stale = await scene[CFI].does("A32")
    await scene[PS].answers(second, f"RECIBIDO: {figures(scene.versions('', ListLevel.LD)[1])}")
    done = await scene[CFI].does("A32")

    for answers in (early, stale):
        refusal = next(letter for letter in answers if letter.template == "NOT-DONE")
        assert "no ha acusado de recibo la versión 2 del listado definitivo" in refusal.text
        assert "que sustituye a la 1" in refusal.text
        [again] = [letter for letter in answers if letter.template == "ASK"]
        assert "que sustituye a la versión 1; todavía no la ha acusado" in again.text
    assert "THANKS" in [letter.template for letter in done]
    assert scene.done("") >= {"A32", "EV28A"}
    assert [row.subject_key for row in scene.steps("") if row.step == "EV28A" and row.outcome == "done"] == [
        version.digest for version in scene.versions("", ListLevel.LD)
    ]
    # A33 asks the same gate again, and may go on.
    assert scene[UPIB].is_asked("A33") or scene[CFI].is_asked("A33")


async def test_amb_54_an_acuse_that_came_otherwise_is_attested_with_its_document(
    replaced, command, monkeypatch, tmp_path
):
    scene = replaced
    await to_the_money(scene)
    paper = tmp_path / "acuse.png"
    paper.write_bytes(_picture())
    monkeypatch.setattr(SystemClock, "now", lambda _clock: scene.clock.now())
    typed = ("attest", "EV28A", "--period", PERIOD, "--scan", paper, "--data", scene.folder)

    by_cfi = command(*typed, "--as", CFI.key)
    done = command(*typed, "--as", CPEEYPB.key, "--text", "acuse en papel")
    await scene.settle()
    answers = await scene[CFI].does("A32")

    assert (by_cfi[0], done[0]) == (1, 0), done[1]
    assert "THANKS" in [letter.template for letter in answers]


def _picture() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("L", (1200, 1600), 255).save(buffer, "PNG")
    return buffer.getvalue()
