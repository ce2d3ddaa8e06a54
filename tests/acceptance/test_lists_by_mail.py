"""Lists by mail, good and bad (ledger 9.1): what the desk takes, what it says, and what it never does."""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from documents.directory.template import write_directory
from procedures.lists.digest import short_digest
from service.demo.cast import CONFIRMATION
from service.demo.correspondent import Attachment
from storage.cases import StepOutcome
from storage.entries import EntryState
from storage.lists import ListLevel, ListState
from tests.acceptance.scene import DESK, cells_of, edited, saved
from tests.people import (
    ADMIN,
    PAC012,
    PAC015,
    PERIOD,
    SAC_R01,
    SAC_R03,
    office,
    volunteers_of,
)
from tests.samples import hostile

WORKBOOKS = Path(__file__).parents[1] / "samples" / "workbooks"
LIST_STEPS = {"A05", "A06", "A07", "A08"}
UNREADABLE = "El archivo no es un libro de Excel .xlsx legible o tiene contraseña."
NOT_ALLOWED = "El archivo excede el tamaño o contiene elementos no permitidos."


def holds_nothing_of_it(scene, unit=PAC012.unit):
    """Whether no version of a list was stored and none of its steps was taken."""
    return scene.versions(unit) == [] and not (scene.done(unit) & LIST_STEPS)


def keeps_the_original(scene, content):
    """Whether the newest entry has its mail and its file, byte for byte."""
    entry = scene.last_entry()
    return (
        entry.blob_sha256
        and content in scene.kept_files(entry)
        and entry.message_id.encode() in scene.kept(entry)
    )


# ------------------------------------------------------------------ AC-01


async def test_ac_01_a_valid_list_with_its_sentence_is_an_acuse_and_four_steps(asked_anywhere):
    desk = asked_anywhere
    pac, sac = desk[PAC012], desk[SAC_R03]
    workbook = pac.filled()
    sac.news()

    letters = await pac.sends_list(workbook)

    [version] = desk.versions(PAC012.unit)
    assert (version.version, version.state, version.rows, version.vrs, version.pvr) == (
        1,
        ListState.ACCEPTED,
        5,
        3,
        2,
    )
    assert version.total_centavos == 460_000
    [acuse] = letters
    assert acuse.template == "M-06"
    assert acuse.subject == "[0780][2027-B1][ACUSE][OOAD07-R03-PAC012] ACUSE: listado recibido, versión 1"
    assert "Renglones: 5 (3 VRS, 2 PVR)" in acuse.text
    assert "Importe total: $4,600.00" in acuse.text
    assert f"Huella del listado: {short_digest(version.digest)}" in acuse.text
    taken = [row for row in desk.steps(PAC012.unit) if row.step in LIST_STEPS]
    assert [(row.step, row.outcome) for row in taken] == [
        (step, StepOutcome.DONE) for step in sorted(LIST_STEPS)
    ]
    entry = desk.last_entry()
    assert {(row.person_id, row.entry_id, row.channel) for row in taken} == {
        (entry.person_id, entry.id, "mail")
    }
    assert entry.state is EntryState.APPLIED
    assert keeps_the_original(desk, workbook)
    [line] = desk.noted("list_accepted")
    assert (line.entry_id, line.unit) == (entry.id, PAC012.unit)
    [told] = sac.news()
    assert "PAC012 Damasco" in told.text
    assert "Renglones: 5 (3 VRS, 2 PVR)" in told.text


async def test_ac_01_a_second_copy_of_the_same_mail_changes_nothing(asked_anywhere):
    desk = asked_anywhere
    pac = desk[PAC012]
    await pac.sends_list(pac.filled())
    before = (desk.standing(), desk.count_entries(), [row.id for row in desk.versions(PAC012.unit)])
    desk[SAC_R03].news()

    await desk.hub.deliver(DESK, desk.kept(desk.last_entry()))
    await desk.settle()

    assert (desk.standing(), desk.count_entries(), [row.id for row in desk.versions(PAC012.unit)]) == before
    assert pac.news() == []
    assert desk[SAC_R03].news() == []
    assert len(desk.noted("entry_repeated")) == 1
    assert desk.hub.mailboxes.count(DESK) == 0


async def test_the_same_file_in_a_new_mail_is_answered_already_received(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    await pac.sends_list(workbook)
    before = asked.standing()

    [letter] = await pac.sends_list(workbook)

    assert "Este archivo ya se recibió el lunes 4 de enero de 2027; no hay cambios." in letter.text
    assert asked.standing() == before
    assert len(asked.versions(PAC012.unit)) == 1


async def test_a_list_saved_again_with_the_same_rows_changes_nothing_and_is_answered_so(delivered):
    pac = delivered[PAC012]
    await delivered[SAC_R03].does("A10")
    before = (delivered.standing(), delivered.versions(PAC012.unit))
    region = delivered.versions("OOAD07-R03", ListLevel.LVR)
    kept = delivered.service.blobs.get(before[1][-1].file_sha256)
    book = openpyxl.load_workbook(BytesIO(kept))
    book["Listado"].move_range("A3:O3", rows=20)

    [letter] = await pac.sends_list(saved(book))

    assert letter.template == "ALREADY"
    assert "los mismos renglones que el recibido" in letter.text
    assert "no hay cambios y no se hizo una versión nueva" in letter.text
    assert (delivered.standing(), delivered.versions(PAC012.unit)) == before
    assert region
    assert delivered.versions("OOAD07-R03", ListLevel.LVR) == region
    assert region[-1].state is ListState.INTEGRATED


# ------------------------------------------------------------------ AC-04: whose list it is


async def test_ac_04_a_list_of_another_ambito_is_refused_and_the_superior_hears_of_it_without_data(asked):
    workbook = asked[PAC012].filled()
    sac, superior = asked[SAC_R01], asked.superior_of(SAC_R01)
    superior.news()
    subject = f"[0780][{PERIOD}][A08][{PAC012.unit}] Listado"

    letters = await sac.writes(
        subject, "Envío el listado.", files=[Attachment(name="Listado.xlsx", content=workbook)]
    )

    [answer] = letters
    assert (
        "El listado es de otro ámbito (OOAD07-R03-PAC012); no puede recibirse desde esta cuenta."
        in answer.text
    )
    [copy] = superior.news()
    assert copy.template == "M-44"
    assert asked.last_entry().folio in copy.text
    assert not any(volunteer.name in copy.words for volunteer in volunteers_of(PAC012.unit))
    assert copy.attachments == {}
    assert holds_nothing_of_it(asked)
    assert keeps_the_original(asked, workbook)
    assert [line.entry_id for line in asked.noted("list_refused")] == [asked.last_entry().id]


# ------------------------------------------------------------------ AC-05 to AC-07: which list it is


async def test_ac_05_a_file_older_than_the_accepted_version_does_not_replace_it(asked):
    pac = asked[PAC012]
    older = pac.filled()
    newer = edited(older, {"O3": "corrigió su unidad médica"})
    await asked.leap_to("2027-01-08")
    await pac.sends_list(older)
    await asked.leap_to("2027-01-12")
    await pac.sends_list(newer)
    before = asked.standing()
    await asked.leap_to("2027-01-13")

    [answer] = await pac.sends_list(older)

    assert (
        "Ya existe una versión más reciente (v2, 12-ene-2027). Este archivo no la sustituye." in answer.text
    )
    assert [(row.version, row.state) for row in asked.versions(PAC012.unit)] == [
        (1, ListState.REPLACED),
        (2, ListState.ACCEPTED),
    ]
    assert asked.standing() == before
    assert asked.noted("list_refused")[-1].entry_id == asked.last_entry().id


async def test_ac_05_a_workbook_made_before_the_version_that_stands_does_not_replace_it(asked):
    pac = asked[PAC012]
    first = pac.filled()
    [observed] = await pac.sends_list(edited(first, {"I3": 900}))
    await pac.sends_list(edited(observed.workbook, {"I3": 800}), letter=observed)

    [answer] = await pac.sends_list(edited(first, {"O3": "sobre el libro de antes"}))

    assert (
        "Ya existe una versión más reciente (v2, 04-ene-2027). Este archivo no la sustituye." in answer.text
    )
    assert [row.state for row in asked.versions(PAC012.unit)] == [ListState.REPLACED, ListState.ACCEPTED]


async def test_ac_06_the_workbook_of_another_period_is_not_stored(asked):
    pac = asked[PAC012]
    of_last_period = edited(pac.filled(), {"B6": "2026-B6"}, sheet="Control")

    [answer] = await pac.sends_list(of_last_period)

    assert "El listado corresponde al periodo 2026-B6; el periodo abierto es 2027-B1." in answer.text
    assert holds_nothing_of_it(asked)
    assert keeps_the_original(asked, of_last_period)


async def test_ac_07_an_old_template_is_answered_with_the_current_one(asked):
    pac = asked[PAC012]
    of_before = edited(pac.filled(), {"B5": "0780-PLA-v1"}, sheet="Control")

    [answer] = await pac.sends_list(of_before)

    assert "La plantilla no es la vigente. Use la anexa a la circular 001/2027." in answer.text
    control = openpyxl.load_workbook(BytesIO(answer.workbook))["Control"]
    assert (control["B5"].value, control["B10"].value) == ("0780-PLA-v3", PAC012.unit)
    assert holds_nothing_of_it(asked)


# ------------------------------------------------------------------ AC-08 to AC-12: the file


async def test_ac_08_a_truncated_workbook_is_told_kept_and_moves_no_date(asked_anywhere):
    asked = asked_anywhere
    pac = asked[PAC012]
    whole = pac.filled()
    truncated = whole[: len(whole) // 2]
    due = asked.deadline("A08", PAC012.unit)

    [answer] = await pac.sends_list(truncated)

    assert "El archivo está dañado: no fue posible abrirlo. Vuelva a guardarlo y reenvíelo." in answer.text
    assert "lunes 18 de enero de 2027" in answer.text
    assert "La fecha límite no cambia por este aviso." in answer.text
    assert keeps_the_original(asked, truncated)
    assert holds_nothing_of_it(asked_anywhere)
    assert asked.is_open("A08", PAC012.unit) or asked.is_open("A05", PAC012.unit)
    assert asked.deadline("A08", PAC012.unit) == due


async def test_ac_08_the_damaged_original_waits_in_quarantine_for_a_person(asked, command, tmp_path):
    pac = asked[PAC012]
    truncated = pac.filled()[:9000]

    await pac.sends_list(truncated)

    entry = asked.last_entry()
    assert entry.state is EntryState.QUARANTINED
    _status, listed = command("tray", "list", "--data", asked.folder)
    assert f"{entry.folio}  cuarentena" in listed
    assert "V-006: el archivo está dañado; se pidió otro a quien lo envió" in listed
    [line] = asked.noted("entry_quarantined")
    assert (line.entry_id, line.unit) == (entry.id, PAC012.unit)
    [acuse] = await pac.sends_list(pac.filled())
    assert acuse.template == "M-06"
    status, _said = command(
        "tray", "dismiss", entry.folio, "--reason", "ya se recibió otro", "--as", ADMIN.key, "--data", asked.folder,
    )  # fmt: skip
    assert (status, asked.last_entry().state) == (0, EntryState.APPLIED)


async def test_ac_08_a_damaged_file_read_again_stays_in_quarantine_and_is_answered_once(asked, command):
    pac = asked[PAC012]
    await pac.sends_list(pac.filled()[:9000])
    folio = asked.last_entry().folio

    command(
        "tray", "assign", folio, "--period", PERIOD, "--unit", PAC012.unit, "--as", ADMIN.key, "--data", asked.folder,
    )  # fmt: skip
    await asked.settle()

    assert asked.last_entry().state is EntryState.QUARANTINED
    assert pac.news() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("Listado.xlsx", hostile.password(), id="ac_09_password"),
        pytest.param("Listado.xls", (WORKBOOKS / "template.xls").read_bytes(), id="ac_09_xls"),
        pytest.param("Listado.xlsx", (WORKBOOKS / "xls_renamed.xlsx").read_bytes(), id="ac_09_xls_renamed"),
        pytest.param("Listado.csv", b"No.,OOAD\r\n1,Chiapas\r\n", id="ac_09_csv"),
        pytest.param("Listado.xlsm", hostile.macros(), id="ac_09_xlsm"),
        pytest.param("Listado.xlsx", hostile.macros(), id="ac_09_macros_renamed"),
        pytest.param("Listado.ods", (WORKBOOKS / "ods_renamed.xlsx").read_bytes(), id="ac_09_ods"),
    ],
)
async def test_ac_09_what_is_no_plain_xlsx_is_refused_unopened(asked, name, content):
    pac = asked[PAC012]

    [answer] = await pac.sends_list(content, name=name)

    assert UNREADABLE in answer.text
    assert "«Guardar como»" in answer.text
    assert holds_nothing_of_it(asked)
    assert keeps_the_original(asked, content)
    assert asked.noted("list_refused")[-1].text.endswith("V-004.")


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(hostile.bomb_of_zeros, id="ac_10_ratio"),
        pytest.param(hostile.bomb_of_cells, id="ac_10_size"),
        pytest.param(hostile.external_link, id="ac_10_external_link"),
        pytest.param(hostile.embedded_object, id="ac_10_embedded_object"),
    ],
)
async def test_ac_10_a_bomb_is_a_security_event_and_the_worker_goes_on_serving(asked, bomb):
    pac = asked[PAC012]
    content = bomb()

    [answer] = await pac.sends_list(content)
    neighbours = await asked[PAC015].sends_list(asked[PAC015].filled())

    assert NOT_ALLOWED in answer.text
    [event] = asked.noted("security_event")
    assert "V-005" in event.text
    assert holds_nothing_of_it(asked)
    assert [letter.template for letter in neighbours] == ["M-06"]


async def test_ac_11_two_workbooks_in_a_mail_are_refused(asked):
    pac = asked[PAC012]
    workbooks = [pac.filled(), edited(pac.filled(), {"O3": "regresó"})]
    files = [
        Attachment(name=f"Listado {number}.xlsx", content=content) for number, content in enumerate(workbooks)
    ]

    [answer] = await pac.answers(pac.last("M-04"), "Envío el listado.", files=files)

    assert "El correo trae 2 archivos de Excel; envíe uno solo." in answer.text
    assert holds_nothing_of_it(asked)
    assert asked.kept_files(asked.last_entry()) == workbooks


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Buenas tardes. Se anexa el listado.", id="ac_12_text_only"),
        pytest.param(
            "Confirmo que el listado se integró con el Equipo de Salud (médico) y que las personas enlistadas "
            "participan en sus localidades.",
            id="ac_12_sentence_without_file",
        ),
    ],
)
async def test_ac_12_a_mail_without_a_workbook_is_told_so(asked, text):
    pac = asked[PAC012]

    [answer] = await pac.answers(pac.last("M-04"), text)

    assert "No se encontró el archivo de Excel." in answer.text
    assert holds_nothing_of_it(asked)


def zipped(name, content):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "media_type", "said"),
    [
        (
            "Listado.zip",
            "application/zip",
            "saque el libro de Excel del archivo comprimido y anéxelo tal cual",
        ),
        ("lista.jpg", "image/jpeg", "De una fotografía o de un PDF no se toma el listado"),
        ("lista.pdf", "application/pdf", "De una fotografía o de un PDF no se toma el listado"),
        ("winmail.dat", "application/ms-tnef", "Envíelo desde el correo web o el teléfono"),
        ("lista.numbers", "application/octet-stream", "Llegó «lista.numbers», que no es un libro de Excel"),
        ("Listado", "application/octet-stream", "Anexe el listado como libro de Excel .xlsx, con ese final"),
    ],
    ids=["zip", "photograph", "PDF", "winmail", "Numbers", "no ending"],
)
async def test_ac_12_what_came_instead_of_a_workbook_is_named_with_what_to_do(asked, name, media_type, said):
    workbook = asked[PAC012].filled()
    content = zipped("Listado.xlsx", workbook) if name.endswith(".zip") else workbook

    [answer] = await asked[PAC012].answers(
        asked[PAC012].last("M-04"),
        CONFIRMATION,
        files=[Attachment(name=name, content=content, media_type=media_type)],
    )

    assert "No se encontró el archivo de Excel." in answer.text
    assert said in answer.text
    assert holds_nothing_of_it(asked)
    assert keeps_the_original(asked, content)


async def test_ac_11_the_same_workbook_twice_in_a_mail_is_one_workbook(asked):
    workbook = asked[PAC012].filled()

    [acuse] = await asked[PAC012].answers(
        asked[PAC012].last("M-04"),
        CONFIRMATION,
        files=[Attachment(name=name, content=workbook) for name in ("Listado.xlsx", "Listado (1).xlsx")],
    )

    assert acuse.template == "M-06"
    assert len(asked.versions(PAC012.unit)) == 1


async def test_people_in_another_sheet_of_the_workbook_are_not_left_out_without_a_word(asked):
    pac = asked[PAC012]
    book = openpyxl.load_workbook(BytesIO(pac.filled()))
    other, sheet = book.create_sheet("Otra comunidad"), book["Listado"]
    for row in (2, 6, 7):
        other.append([cell.value for cell in sheet[row]])
    sheet.delete_rows(6, 2)

    [answer] = await pac.sends_list(saved(book))

    assert answer.template == "REFUSED"
    assert "sólo se lee la hoja «Listado»: «Otra comunidad» (2 renglones)" in answer.text
    assert holds_nothing_of_it(asked)


async def test_a_title_among_the_rows_is_told_in_one_sentence(asked):
    pac = asked[PAC012]

    [answer] = await pac.sends_list(edited(pac.filled(), {"G8": "Comunidad de Abasolo"}))

    assert "Fila 8: faltan 12 datos: No., OOAD, Estado" in answer.text
    assert answer.text.count("Fila 8") == 1
    assert "1 renglón" in answer.text


async def test_ac_12_a_subject_that_names_another_ambito_brings_no_word_of_it(asked):
    [answer] = await asked[PAC012].writes(f"[0780][{PERIOD}][A08][{PAC015.unit}] Listado", "Va el listado.")

    assert "No se encontró el archivo de Excel." in answer.text
    assert not [word for word in ("Taniperla", PAC015.name) if word in answer.words]


# ------------------------------------------------------------------ AC-13 to AC-15, AC-19 to AC-22: the rows


async def test_ac_13_a_lost_zero_is_put_back_and_told_in_the_acuse(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    clave = cells_of(workbook, "F")[0]

    [acuse] = await pac.sends_list(edited(workbook, {"F3": int(clave)}))

    assert len(str(int(clave))) == 8
    assert f"Fila 3: se completó el cero inicial de la clave INEGI ({clave})." in acuse.text
    assert asked.lines(PAC012.unit)[0].locality == clave
    assert [row.state for row in asked.versions(PAC012.unit)] == [ListState.ACCEPTED]


async def test_ac_13_seven_digits_are_an_error(asked):
    pac = asked[PAC012]

    [answer] = await pac.sends_list(edited(pac.filled(), {"F3": 7059006}))

    assert (
        "Fila 3: la clave INEGI debe tener 9 dígitos (entidad 2 + municipio 3 + localidad 4)." in answer.text
    )
    assert stands_in_part(asked, rejected=1)
    assert comment_at(answer.workbook, "F3").startswith("Fila 3") or "9 dígitos" in comment_at(
        answer.workbook, "F3"
    )


async def test_ac_14_without_a_mandatory_column_nothing_is_accepted(asked):
    pac = asked[PAC012]
    book = openpyxl.load_workbook(BytesIO(pac.filled()))
    book["Listado"].delete_cols(6)
    without = saved(book)

    [answer] = await pac.sends_list(without)

    assert "Falta la columna «Clave INEGI»." in answer.text
    assert holds_nothing_of_it(asked)
    assert keeps_the_original(asked, without)


async def test_ac_15_the_same_person_twice_is_told_with_both_rows(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    again = {f"{column}8": cells_of(workbook, column)[0] for column in "BCDEFGHIJKLM"}

    [answer] = await pac.sends_list(edited(workbook, {"A8": 6, **again}))

    assert "Filas 3 y 8: la misma persona aparece más de una vez en su listado." in answer.text
    assert stands_in_part(asked, rejected=2)


async def test_ac_19_a_locality_outside_the_ambito_is_an_error_that_names_nobody(asked):
    pac = asked[PAC012]
    outside = next(
        volunteer.place
        for volunteer in volunteers_of(PAC015.unit)
        if volunteer.place.name != "Santo Domingo" and volunteer.place.name not in PAC015.unit
    )
    changes = {"E3": outside.name, "F3": outside.clave, "D3": outside.municipality}

    [answer] = await pac.sends_list(edited(pac.filled(), changes))

    assert "Fila 3: la localidad no pertenece a su ámbito de responsabilidad." in answer.text
    assert not [word for word in ("PAC015", PAC015.name, PAC015.email) if word in answer.words]
    assert stands_in_part(asked, rejected=1)


async def test_ac_20_a_state_that_is_not_the_ooads_is_a_warning(asked):
    pac = asked[PAC012]

    [answer] = await pac.sends_list(edited(pac.filled(), {"C3": "Tabasco"}))

    assert "Fila 3: el estado Tabasco no corresponde al OOAD Chiapas." in answer.text
    assert {(row.code, row.severity) for row in asked.findings(PAC012.unit)} >= {("V-021", "warning")}


async def test_ac_20_where_the_directory_says_so_it_is_an_error(asked, command, tmp_path):
    path = tmp_path / "directorio.xlsx"
    known = office()
    strict = tuple(replace(ooad, strict_entities=ooad.code == "OOAD07") for ooad in known.ooads)
    write_directory(path, replace(known, ooads=strict))
    status, said = command("import-directory", path, "--data", asked.folder)
    pac = asked[PAC012]

    [answer] = await pac.sends_list(edited(pac.filled(), {"C3": "Tabasco"}))

    assert status == 0, said
    assert (
        "Fila 3: el estado Tabasco no corresponde al OOAD Chiapas. Corrija el estado; se espera Chiapas."
        in (answer.text.replace("Cómo corregir: ", ""))
    )
    assert {(row.code, row.severity) for row in asked.findings(PAC012.unit)} >= {("V-021", "error")}
    assert stands_in_part(asked, rejected=1)


async def test_ac_21_an_amount_that_is_not_the_tariff_of_its_months_is_told_with_what_was_expected(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    row = 3 + cells_of(workbook, "H").index("VRS")

    [answer] = await pac.sends_list(edited(workbook, {f"I{row}": 900, f"J{row}": "ENE-FEB"}))

    assert f"Fila {row}: el importe 900.00 no corresponde a 2 mes(es); se esperaba 1,000.00." in answer.text
    assert stands_in_part(asked, rejected=1)


async def test_ac_22_nobody_but_vrs_and_pvr_receives_support(asked):
    pac = asked[PAC012]

    [answer] = await pac.sends_list(edited(pac.filled(), {"H3": "Aval Ciudadano"}))

    assert "Fila 3: sólo VRS y PVR reciben apoyo económico." in answer.text
    assert stands_in_part(asked, rejected=1)


# ------------------------------------------------------------------ what comes back


async def test_the_good_rows_stand_and_the_same_workbook_comes_back_marked(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    names = cells_of(workbook)

    [answer] = await pac.sends_list(edited(workbook, {"I4": 900, "O5": "regresó en enero"}))

    assert answer.template == "M-07"
    assert cells_of(answer.workbook) == names
    assert cells_of(answer.workbook, "I")[1] == 900
    assert "se esperaba" in comment_at(answer.workbook, "I4")
    [version] = asked.versions(PAC012.unit)
    assert (version.state, version.rows, version.rejected) == (ListState.PARTIAL, 4, 1)
    assert "A08" not in asked.done(PAC012.unit)


async def test_the_corrected_workbook_completes_the_delivery(asked):
    pac = asked[PAC012]
    [observed] = await pac.sends_list(edited(pac.filled(), {"I4": 900}))

    [acuse] = await pac.sends_list(edited(observed.workbook, {"I4": 800}), letter=observed)

    assert acuse.template == "M-06"
    assert [(row.version, row.state) for row in asked.versions(PAC012.unit)] == [
        (1, ListState.REPLACED),
        (2, ListState.ACCEPTED),
    ]
    assert asked.done(PAC012.unit) >= LIST_STEPS


async def test_only_the_corrected_rows_may_come_back_and_the_others_stay(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    [observed] = await pac.sends_list(edited(workbook, {"I4": 900}))

    [acuse] = await pac.sends_list(with_rows(observed.workbook, [4], {"I3": 800}), letter=observed)

    assert acuse.template == "M-06"
    assert (
        "El renglón que envió se tomó como corrección del listado ya recibido: 1 sustituye al que estaba; "
        "4 que no venían siguen como estaban." in acuse.text
    )
    assert [(row.version, row.state, row.rows) for row in asked.versions(PAC012.unit)] == [
        (1, ListState.REPLACED, 4),
        (2, ListState.ACCEPTED, 5),
    ]
    assert [line.name for line in asked.lines(PAC012.unit)] == cells_of(workbook)
    assert asked.done(PAC012.unit) >= LIST_STEPS
    assert asked.noted("list_merged")[-1].entry_id == asked.last_entry().id


async def test_rows_may_be_mended_one_after_the_other_whatever_became_of_their_keys(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    claves = cells_of(workbook, "F")
    [observed] = await pac.sends_list(edited(workbook, {"F3": "7059", "G5": "NUÑEZ", "I6": 900}))
    [name] = [cells_of(workbook)[2]]

    [second] = await pac.sends_list(
        with_rows(observed.workbook, [3], {"F3": claves[0], "P3": None}), letter=observed
    )
    # The workbook of before the last answer is as good, for its keys are those of the rows.
    [third] = await pac.sends_list(with_rows(observed.workbook, [5], {"G3": name}), letter=observed)
    amount = 1000 if cells_of(workbook, "H")[3] == "VRS" else 800
    [acuse] = await pac.sends_list(with_rows(third.workbook, [6], {"I3": amount}), letter=third)

    assert [letter.template for letter in (second, third, acuse)] == ["M-07", "M-07", "M-06"]
    assert "Los números de fila de este correo son los del libro anexo." in second.text
    assert cells_of(second.workbook, "F") == claves
    assert [(row.rows, row.rejected) for row in asked.versions(PAC012.unit)] == [
        (2, 3),
        (3, 2),
        (4, 1),
        (5, 0),
    ]
    assert [line.name for line in asked.lines(PAC012.unit)] == cells_of(workbook)


async def test_a_key_on_somebody_elses_row_overwrites_nobody(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    [observed] = await pac.sends_list(edited(workbook, {"I4": 900}))
    stranger = with_rows(observed.workbook, [4], {"G3": "Zenaida Quiroga Uc", "I3": 800})

    [answer] = await pac.sends_list(stranger, letter=observed)

    assert answer.template == "REFUSED"
    assert "no se sabe si es el listado completo o sólo son correcciones" in answer.text
    [corrected] = await pac.writes(
        f"[0780][{PERIOD}][A08][{PAC012.unit}] Corrección", CONFIRMATION, files=[xlsx(stranger)]
    )
    assert corrected.template == "M-07"
    assert {*cells_of(workbook), "Zenaida Quiroga Uc"} == set(cells_of(corrected.workbook))
    names = {line.name for line in asked.lines(PAC012.unit)}
    assert names == {*cells_of(workbook), "Zenaida Quiroga Uc"} - {cells_of(workbook)[1]}


async def test_a_list_that_lacks_most_of_its_people_is_asked_about_and_taken_at_its_word(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    await pac.sends_list(workbook)
    short = with_rows(workbook, [3], {"O3": "cambia"})
    before = (asked.standing(), asked.versions(PAC012.unit))

    [question] = await pac.sends_list(short)
    same = (asked.standing(), asked.versions(PAC012.unit)) == before
    [acuse] = await pac.writes(
        f"[0780][{PERIOD}][A08][{PAC012.unit}] Listado completo", CONFIRMATION, files=[xlsx(short)]
    )

    assert "El libro trae 1 renglón y el listado recibido tiene 5 (versión 1)" in question.text
    assert "COMPLETO en el asunto" in question.text
    assert same
    assert acuse.template == "M-06"
    assert [row.rows for row in asked.versions(PAC012.unit)] == [5, 1]


async def test_a_new_version_tells_what_it_changes_with_the_old_beside_the_new(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    await pac.sends_list(workbook)
    names, units = cells_of(workbook), cells_of(workbook, "M")
    other = next(unit for unit in units if unit != units[0])
    leaves = {f"{letter}7": None for letter in "ABCDEFGHIJKLMN"}

    [acuse] = await pac.sends_list(edited(workbook, {"M3": other, **leaves}))

    told = "Respecto de la versión 1 y de las personas con que se llenó la plantilla: 0 altas, 1 baja y 1 cambio."
    assert told in acuse.text
    assert f"Cambio: {names[0]}; unidad médica: antes {units[0]}, ahora {other}." in acuse.text
    assert f"Baja: {names[4]}" in acuse.text


async def test_a_list_received_in_part_tells_what_its_good_rows_change_and_calls_nobody_to_mend_a_baja(asked):
    pac = asked[PAC012]
    workbook = pac.filled()
    await pac.sends_list(workbook)
    names, units = cells_of(workbook), cells_of(workbook, "M")
    other = next(unit for unit in units if unit != units[0])

    [observed] = await pac.sends_list(edited(workbook, {"M3": other, "I4": 900}))

    assert observed.template == "M-07"
    assert (
        "Respecto de la versión 1 y de las personas con que se llenó la plantilla: 0 altas, 0 bajas y 1 cambio, sin contar los renglones por corregir."
        in observed.text
    )
    assert f"Cambio: {names[0]}; unidad médica: antes {units[0]}, ahora {other}." in observed.text
    assert f"Baja: {names[1]}" not in observed.text


async def test_whoever_is_left_out_of_the_whole_workbook_is_withdrawn(asked):
    pac = asked[PAC012]
    [observed] = await pac.sends_list(edited(pac.filled(), {"I4": 900}))

    [acuse] = await pac.sends_list(with_rows(observed.workbook, [3, 5, 6, 7]), letter=observed)

    assert acuse.template == "M-06"
    assert asked.versions(PAC012.unit)[-1].rows == 4


async def test_a_correction_may_be_tried_first_and_keeps_nothing(asked):
    pac = asked[PAC012]
    [observed] = await pac.sends_list(edited(pac.filled(), {"I4": 900}))
    before = (asked.standing(), asked.versions(PAC012.unit))

    [answer] = await pac.writes(
        f"PRUEBA [0780][{PERIOD}][A08][{PAC012.unit}]",
        CONFIRMATION,
        files=[xlsx(with_rows(observed.workbook, [4], {"I3": 800}))],
    )

    assert "Borrador revisado: sin errores".upper() in answer.text.upper()
    assert "4 que no venían siguen como estaban" in answer.text
    assert "Renglones: 5 (3 VRS, 2 PVR)" in answer.text
    assert (asked.standing(), asked.versions(PAC012.unit)) == before


async def test_a_tried_list_comes_back_marked_and_nothing_of_it_is_kept(asked):
    pac = asked[PAC012]
    before = (asked.standing(), asked.is_open("A05", PAC012.unit))

    [answer] = await pac.writes(
        f"prueba [0780][{PERIOD}][A08][{PAC012.unit}]",
        CONFIRMATION,
        files=[xlsx(edited(pac.filled(), {"I4": 900}))],
    )

    assert (answer.template, "Nada quedó registrado." in answer.text) == ("M-07", True)
    assert "se esperaba" in comment_at(answer.workbook, "I4")
    book = openpyxl.load_workbook(BytesIO(answer.workbook))
    assert book["Listado"]["P2"].value is None
    assert "envíe el libro completo: de una prueba no se guarda nada" in book["Errores"]["A2"].value
    assert (asked.standing(), asked.is_open("A05", PAC012.unit)) == before
    assert holds_nothing_of_it(asked)
    assert asked.noted("list_tried")


async def test_a_few_rows_of_a_list_that_was_only_tried_are_not_taken_for_the_whole_list(asked):
    pac = asked[PAC012]
    prueba = f"PRUEBA [0780][{PERIOD}][A08][{PAC012.unit}]"
    [tried] = await pac.writes(
        prueba, CONFIRMATION, files=[xlsx(edited(pac.filled(), {"I4": 900, "I3": 900}))]
    )
    mended = with_rows(tried.workbook, [4], {"I3": 800})

    [again] = await pac.writes(prueba, CONFIRMATION, files=[xlsx(mended)])
    [question] = await pac.sends_list(mended, letter=tried)
    none_taken = holds_nothing_of_it(asked)
    [whole] = await pac.writes(
        f"[0780][{PERIOD}][A08][{PAC012.unit}] Listado completo", CONFIRMATION, files=[xlsx(mended)]
    )

    assert again.template == question.template == "REFUSED"
    told = "El libro trae 1 renglón; el que envió como prueba el 04-ene-2027 traía 5."
    assert told in again.text
    assert told in question.text
    assert "Envíe el libro completo." in question.text
    assert none_taken
    assert (whole.template, asked.versions(PAC012.unit)[-1].rows) == ("M-06", 1)


async def test_what_is_called_a_correction_needs_a_list_that_it_corrects(asked):
    pac = asked[PAC012]

    [answer] = await pac.writes(
        f"Corrección [0780][{PERIOD}][A08][{PAC012.unit}]",
        CONFIRMATION,
        files=[xlsx(with_rows(pac.filled(), [4]))],
    )

    assert "todavía no hay un listado recibido de su ámbito" in answer.text
    assert holds_nothing_of_it(asked)


async def test_the_same_errors_again_make_no_version_and_go_back_once_more(asked):
    pac = asked[PAC012]
    wrong = edited(pac.filled(), {"I4": 900})
    [observed] = await pac.sends_list(wrong)
    before = (asked.standing(), asked.versions(PAC012.unit))

    [again] = await pac.sends_list(observed.workbook, letter=observed)

    assert again.template == "M-07"
    assert "no cambia nada de lo ya recibido: los mismos renglones siguen por corregir" in again.text
    assert "se esperaba" in comment_at(again.workbook, "I4")
    assert (asked.standing(), asked.versions(PAC012.unit)) == before


def with_rows(workbook, rows, changes=None):
    """A workbook with only some rows of its sheet Listado, moved up below the header, and some cells changed."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    sheet = book["Listado"]
    kept = [[cell.value for cell in sheet[number]][:16] for number in rows]
    for line in sheet.iter_rows(min_row=3):
        for cell in line:
            cell.value, cell.comment = None, None
    for number, line in enumerate(kept, start=3):
        for column, value in enumerate(line, start=1):
            sheet.cell(number, column, value)
    return edited(saved(book), changes or {})


def xlsx(content):
    return Attachment(name="Listado.xlsx", content=content)


async def test_a_list_without_its_sentence_waits_for_the_word_confirmo(asked):
    pac = asked[PAC012]

    [acuse] = await pac.sends_list(pac.filled(), text="Envío el listado.")
    waiting = asked.done(PAC012.unit) & LIST_STEPS
    await pac.answers(acuse, "CONFIRMO")

    assert "CONFIRMO" in acuse.text
    assert waiting == set()
    assert asked.done(PAC012.unit) >= LIST_STEPS


def stands_in_part(scene, *, rejected, unit=PAC012.unit):
    """Whether the good rows stand in version 1, and the delivery is still open."""
    [version] = scene.versions(unit)
    partial = version.state is ListState.PARTIAL and version.rejected == rejected
    return partial and not ({"A07", "A08"} & scene.done(unit))


def comment_at(workbook, place):
    """The note at a cell of the workbook that came back."""
    comment = openpyxl.load_workbook(BytesIO(workbook))["Listado"][place].comment
    return comment.text if comment else ""
