"""Payout cases from the PAC's phone to the CACyPCS and back (A38 to A40; C-15, C-16, C-25, C-33; AC-44 to AC-49)."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO

import openpyxl
import pytest
from sqlmodel import col, select, update

from actions.permit_channel import DataClass, permit_channel, revoke_permission
from actions.register_payout_case import Problem, Teller, register_case
from actions.report_payout_problem import report_problem
from bot import texts
from procedures.engine import Status
from service.demo.cast import ZONE
from storage import entries, payees, payout_cases, people
from storage.entries import EntryState
from storage.outbox import LetterRow, LetterState
from storage.payout_cases import PayoutReason, PayoutState
from storage.people import ChannelKind, ChannelRow, ChannelState
from tests.acceptance.phones import Phones, phones_for
from tests.people import ADMIN, CACYPCS, EMS_R03, PAC012, PAC015, PS_ADDRESS, SAC_R01, SAC_R03, volunteers_of

OWN = volunteers_of(PAC012.unit)
OTHERS = volunteers_of(PAC015.unit)
NAME = OWN[0].name
REGION = "OOAD07-R03"


@pytest.fixture
async def phones(announced) -> AsyncIterator[Phones]:
    """A desk in the first week of a delivery, where CACyPCS lets names travel by chat."""
    async with phones_for(announced) as found:
        await announced.leap_to("2027-03-02", "10:00")
        announced.service.writer.act(
            permit_channel,
            "telegram",
            DataClass.PERSONAL,
            as_person=CACYPCS.key,
            document=b"%PDF-",
            document_name="oficio.pdf",
        )
        for member in (PAC012, SAC_R03, EMS_R03, CACYPCS):
            announced[member].news()
        yield found


async def open_case(
    phones, phone, name=NAME, reason="P02", detail="En la identificación dice otro apellido."
):
    """Four taps and one sentence."""
    await phones.say(phone, "/problema")
    await phones.press(phone, name, reason)
    await phones.say(phone, detail)
    await phones.press(phone, "Sucursal Ocosingo")
    return await phones.press(phone, "Enviar")


def case_of(phones, folio="P-2027-B1-0001"):
    with phones.scene.books() as session:
        return payout_cases.find_case(session, folio)


def events_of(phones, folio="P-2027-B1-0001"):
    with phones.scene.books() as session:
        row = payout_cases.find_case(session, folio)
        return [event.to_state for event in payout_cases.events_of(session, row.id)]


def payee_of(phones, volunteer):
    case_id = phones.scene.case().id
    with phones.scene.books() as session:
        [found] = [
            one for one in payees.payees_of(session, case_id, [volunteer.unit]) if one.name == volunteer.name
        ]
        return found


def tell_as_volunteer(phones, volunteer, reason, detail=""):
    """What the chat of a volunteer does when she says that she has a problem."""
    payee = payee_of(phones, volunteer)

    def act(desk):
        entry = entries.record(
            desk.session,
            channel=entries.EntryChannel.CHAT,
            external_id=f"test/{volunteer.name}/{reason}",
            place="",
            received_at=desk.now,
            recorded_at=desk.now,
            blob_sha256=desk.blobs.put(b"{}"),
            size=2,
            folio=lambda: f"E-2027-9{abs(hash((volunteer.name, reason))) % 99999:05d}",
        )[0]
        entry.state = entries.EntryState.APPLIED
        return report_problem(desk, payee, reason, detail, payee.row.volunteer_id, entry).id

    return phones.scene.service.writer.act(act)


# ------------------------------------------------------------------ AC-44: the case


async def test_ac_44_a_case_in_four_taps_has_its_folio_and_its_mail_at_once(phones):
    phone = await phones.of(PAC012)

    answer = await open_case(phones, phone)

    assert answer.text.startswith("Caso P-2027-B1-0001. Se envía por correo a su SAC")
    row = case_of(phones)
    assert (row.state, row.reason, row.office) == (
        PayoutState.SAC_NOTIFIED,
        PayoutReason.OTHER_NAME,
        "OCO-01",
    )
    # The fixture's clock stands still while letters travel: within the minute is within the instant.
    [mail] = [letter for letter in phones.scene[SAC_R03].news() if letter.template == "M-27"]
    assert NAME in mail.text
    assert "En la identificación dice otro apellido." in mail.text
    assert "2027-B1-0" in mail.text
    assert NAME not in mail.subject
    assert "P-2027-B1-0001" in mail.subject
    assert "[0780][2027-B1][A38][OOAD07-R03-PAC012]" in mail.subject
    [copy] = [letter for letter in phones.scene[PAC012].news() if letter.template == "M-27"]
    assert "Copia para su conocimiento" in copy.text
    assert events_of(phones) == ["registrado", "registrado", "notificado_sac"]
    assert "A38" in phones.scene.done(PAC012.unit)


async def test_the_summary_says_what_will_be_sent_and_can_be_edited(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    await phones.press(phone, NAME, "P03", "Sin detalle")
    summary = await phones.press(phone, "Sucursal Ocosingo")
    await phones.press(phone, "Editar", "P05", "Sin detalle", "Ninguna")
    edited = phone.messages()[-1]
    await phones.press(phone, "Enviar")

    assert f"Persona: {NAME}" in summary.text
    assert "Motivo: Falta un requisito o la identificación" in summary.text
    assert summary.text.endswith("Se enviará por correo a su SAC. ¿Confirma?")
    assert "Motivo: La oficina está cerrada" in edited.text
    assert case_of(phones).reason is PayoutReason.OFFICE_CLOSED


@pytest.mark.parametrize("written", ["accents", "slip", "order", "reference"])
async def test_a_person_is_found_however_the_name_is_written(phones, written):
    phone = await phones.of(PAC012)
    payee = payee_of(phones, OWN[0])
    words = NAME.split()
    query = {
        "accents": NAME.translate(str.maketrans("áéíóú", "aeiou")).lower(),
        "slip": f"{words[0]} {words[-1][:-1]}x",
        "order": f"{words[-1]} {words[0]}",
        "reference": payee.row.reference.rpartition("-")[2],
    }[written]
    await phones.say(phone, "/problema")

    found = await phones.say(phone, query)

    assert NAME in [button.text for row in found.buttons for button in row]


async def test_ac_47_another_ambito_s_person_and_nobody_are_answered_alike(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")

    other = await phones.say(phone, OTHERS[0].name)
    nobody = await phones.say(phone, "Xóchitl Inexistente")

    assert other.text == nobody.text == "No encontré a esa persona en su ámbito para este periodo."
    assert other.buttons == nobody.buttons
    searches = phones.scene.noted("people_searched")
    assert len(searches) == 2
    assert all(OTHERS[0].name not in f"{row.text}{row.data}" for row in searches)


async def test_ten_searches_an_hour_and_the_list_stays_at_hand(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    for number in range(10):
        await phones.say(phone, f"nadie {number}")

    refused = await phones.say(phone, NAME)
    shown = await phones.say(phone, "/problema")
    await phones.scene.leap_to("2027-03-02", "11:30")
    later = await phones.say(phone, NAME)

    assert refused.text == texts.text("case_too_many_searches")
    assert shown.buttons
    assert NAME in [button.text for row in later.buttons for button in row]


async def test_without_permission_no_name_travels(phones):
    phones.scene.service.writer.act(revoke_permission, "telegram", DataClass.PERSONAL, as_person=CACYPCS.key)
    phone = await phones.of(PAC012)
    reference = payee_of(phones, OWN[0]).row.reference.rpartition("-")[2]

    await phones.say(phone, "/problema")
    await phones.press(phone, f"Referencia {reference}", "P03", "Sin detalle", "Sucursal Ocosingo", "Enviar")

    said = "\n".join(message.text for message in phone.messages() if not message.mine)
    buttons = "\n".join(b.text for message in phone.messages() for row in message.buttons for b in row)
    assert NAME not in said + buttons
    assert case_of(phones).state is PayoutState.SAC_NOTIFIED


async def test_a_sentence_has_500_characters_at_the_most(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    await phones.press(phone, NAME, "P10")

    refused = await phones.say(phone, "x" * 501)
    taken = await phones.say(phone, "x" * 500)

    assert refused.text == "Use máximo 500 caracteres."
    assert taken.text == "¿En qué oficina?"


async def test_an_open_case_takes_a_comment_and_no_second_case(phones):
    phone = await phones.of(PAC012)
    await open_case(phones, phone)
    await phones.say(phone, "/problema")

    known = await phones.press(phone, NAME)
    await phones.press(phone, "Sí")
    done = await phones.say(phone, "Volvió hoy y tampoco pudo.")

    assert known.text == "Ya existe el caso P-2027-B1-0001 (con su SAC). ¿Agregar comentario?"
    assert done.text == "Comentario agregado al caso P-2027-B1-0001."
    assert "Volvió hoy y tampoco pudo." in phones.scene[SAC_R03].last("CASE-COMMENT").text
    assert case_of(phones, "P-2027-B1-0002") is None


async def test_a_dialogue_is_taken_up_again_after_days_with_every_answer(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    await phones.press(phone, NAME, "P04")
    await phones.say(phone, "Le quieren dar menos.")
    await phones.stop()
    await phones.start()
    await phones.scene.leap_to("2027-03-05", "10:00")

    await phones.say(phone, "/problema")
    await phones.press(phone, "Continuar", "Sucursal Ocosingo", "Enviar")

    row = case_of(phones)
    assert (row.reason, row.detail) == (PayoutReason.OTHER_AMOUNT, "Le quieren dar menos.")
    # It was told on the second, however long the rest took.
    assert row.detected_on.isoformat() == "2027-03-02"


async def test_progress_in_the_middle_of_a_case_loses_neither(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    await phones.press(phone, NAME, "P04")

    await phones.say(phone, "/avance 1 1")
    await phones.press(phone, "Guardar")
    asked = await phones.say(phone, "Le quieren dar menos.")

    assert asked.text == "¿En qué oficina?"
    assert len(phones.scene.noted("progress_reported")) == 1


async def test_a_button_pressed_twice_makes_one_case(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    await phones.press(phone, NAME, "P03", "Sin detalle", "Sucursal Ocosingo")
    summary = phone.messages()[-1]

    phone.press("Enviar", under=summary)
    phone.press("Enviar", under=summary)
    await phones.settle()

    assert case_of(phones) is not None
    assert case_of(phones, "P-2027-B1-0002") is None


# ------------------------------------------------------------------ AC-45: no mail


async def test_ac_45_without_a_mail_server_the_case_is_kept_tried_again_and_alarmed(phones):
    scene = phones.scene
    phone = await phones.of(PAC012)
    await phones.say(phone, "/problema")
    await phones.press(phone, NAME, "P02", "Sin detalle", "Sucursal Ocosingo")
    await scene.hub.close_smtp()

    phone.press("Enviar")
    await until(lambda: any("en cuanto haya servicio" in message.text for message in phone.messages()))
    kept = case_of(phones)
    scene.clock.leap_to(datetime(2027, 3, 3, 9, 30, tzinfo=ZONE))
    await scene.service.ticker.tick()
    await phones.settle_chat()
    late = case_of(phones)
    alarms = [row for row in scene.letters() if row.template == "M-48" and row.channel == "mail"]

    await scene.hub.open_smtp()
    forget_back_off(scene)
    scene.service.couriers.wake()
    await phones.settle()

    assert kept.folio == "P-2027-B1-0001"
    assert kept.state is late.state is PayoutState.REGISTERED
    assert {row.address for row in alarms} == {ADMIN.email, CACYPCS.email}
    assert len(scene.noted("payout_case_late")) == 1
    assert case_of(phones).state is PayoutState.SAC_NOTIFIED
    assert len([one for one in scene[SAC_R03].received if one.template == "M-27"]) == 1
    said = [message.text for message in phone.messages() if "P-2027-B1-0001" in message.text]
    assert sum("en cuanto haya servicio" in text for text in said) == 1
    assert said[-1] == "Ya salió el correo del caso P-2027-B1-0001 a su SAC."


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - real wires
            await asyncio.sleep(0.01)


def forget_back_off(scene):
    """Let what waits for its next try be tried now; back-off runs on system time."""

    def forget(desk):
        desk.session.exec(
            update(LetterRow).where(col(LetterRow.state) == LetterState.WAITING).values(retry_at=None)
        )

    scene.service.writer.act(forget)


# ------------------------------------------------------------------ AC-46: SAC to CACyPCS, and back


async def test_ac_46_the_sac_releases_two_cases_and_the_acuse_comes_back(phones):
    scene = phones.scene
    pac, sac = await phones.of(PAC012), await phones.of(SAC_R03)
    await open_case(phones, pac)
    await open_case(phones, pac, OWN[1].name, "P03", "Perdió su identificación.")

    shown = await phones.say(sac, "/casos")
    released = await phones.press(sac, "Enviar todos")

    assert "2 casos nuevos para informar a la CACyPCS." in shown.text
    assert "2 casos (P-2027-B1-0001 a P-2027-B1-0002)" in released.text
    [report] = [letter for letter in scene[CACYPCS].news() if letter.template == "M-28"]
    cells = [
        str(cell)
        for row in openpyxl.load_workbook(BytesIO(report.attachments["casos.xlsx"])).active.iter_rows(
            values_only=True
        )
        for cell in row
        if cell
    ]
    assert {NAME, OWN[1].name, "P-2027-B1-0001", "P-2027-B1-0002"} <= set(cells)
    assert {case_of(phones, f"P-2027-B1-000{n}").state for n in (1, 2)} == {PayoutState.CACYPCS_INFORMED}
    assert "A39" in scene.done(REGION)

    scene[SAC_R03].news()
    scene[EMS_R03].news()
    back = await scene[CACYPCS].answers(report, f"RECIBIDO {report.code}")

    acuses = [letter for letter in scene[SAC_R03].news() if letter.template == "M-29"]
    copies = [letter for letter in scene[EMS_R03].news() if letter.template == "M-29"]
    assert len(acuses) == len(copies) == 1
    assert "P-2027-B1-0001" in acuses[0].text
    assert "P-2027-B1-0002" in acuses[0].text
    assert NAME not in copies[0].words
    assert case_of(phones).state is PayoutState.CACYPCS_RECEIVED
    assert "A40" in scene.done("")
    assert {"TREATMENT", "THANKS"} <= {letter.template for letter in back}


async def test_names_and_reasons_of_cases_stay_out_of_the_chat_of_sac_and_centre(phones):
    pac = await phones.of(PAC012)
    others = [await phones.of(member) for member in (SAC_R03, CACYPCS)]
    await open_case(phones, pac)
    await phones.say(others[0], "/casos")
    await phones.press(others[0], "Enviar todos")
    await phones.say(others[1], "/casos")
    await phones.press(others[1], "Acusar recibo")

    said = "\n".join(message.text for phone in others for message in phone.messages() if not message.mine)
    assert NAME not in said
    assert "identificación" not in said
    assert case_of(phones).state is PayoutState.CACYPCS_RECEIVED


async def test_one_report_a_day_and_the_next_morning_asks_for_the_rest(phones):
    scene = phones.scene
    pac, sac = await phones.of(PAC012), await phones.of(SAC_R03)
    await open_case(phones, pac)
    await phones.say(sac, "/casos")
    await phones.press(sac, "Enviar todos")
    await open_case(phones, pac, OWN[1].name)
    await phones.say(sac, "/casos")

    refused = await phones.press(sac, "Enviar todos")
    scene[SAC_R03].news()
    await scene.leap_to("2027-03-03", "09:30")
    asked = [letter for letter in scene[SAC_R03].news() if letter.template == "ASK-A39"]
    await scene[SAC_R03].answers(asked[0], f"ENVIADO {asked[0].code}")

    assert refused.text.startswith("Hoy ya se informó a la CACyPCS.")
    assert len(asked) == 1
    assert OWN[1].name in asked[0].text
    assert NAME not in asked[0].text
    assert [letter.template for letter in scene[CACYPCS].received].count("M-28") == 2
    assert case_of(phones, "P-2027-B1-0002").state is PayoutState.CACYPCS_INFORMED


async def test_a_sac_who_does_not_release_is_reminded_and_then_the_ems_hears_without_names(phones):
    scene = phones.scene
    await open_case(phones, await phones.of(PAC012))
    for day in ("2027-03-03", "2027-03-04"):
        await scene.leap_to(day, "09:30")

    asked = [letter for letter in scene[SAC_R03].news() if letter.template == "ASK-A39"]
    told = [
        letter
        for letter in scene[EMS_R03].news()
        if letter.template == "M-46" and "Actividad 39" in letter.subject
    ]

    assert len(asked) == 2
    assert len(told) == 1
    assert NAME not in told[0].words


async def test_many_cases_of_one_office_are_one_incident(phones):
    scene = phones.scene
    sac = await phones.of(SAC_R03)
    found = [payee_of(phones, one) for one in (*OWN[:2], *OTHERS[:2])]

    def register(desk):
        for payee in found:
            register_case(
                desk,
                Problem(
                    payee_id=payee.row.id, reason=PayoutReason.OFFICE_CLOSED, office="OCO-01", at=desk.now
                ),
                Teller(role="PAC", unit=payee.row.pac, channel="chat"),
            )

    scene.service.writer.act(register)
    await phones.settle()
    await phones.say(sac, "/casos")
    await phones.press(sac, "Enviar todos")

    text = scene[CACYPCS].last("M-28").text
    assert "Incidente en Sucursal Ocosingo: 4 casos" in text
    assert found[0].name not in text


async def test_another_region_s_sac_neither_sees_nor_releases(phones):
    pac, other = await phones.of(PAC012), await phones.of(SAC_R01)
    await open_case(phones, pac)

    shown = await phones.say(other, "/casos")

    assert "P-2027" not in shown.text
    assert not shown.buttons


# ------------------------------------------------------------------ AMB-17: the treatment


async def received(phones):
    """A case that the CACyPCS has received, and the form that came with it."""
    scene = phones.scene
    pac, sac = await phones.of(PAC012), await phones.of(SAC_R03)
    await open_case(phones, pac)
    await phones.say(sac, "/casos")
    await phones.press(sac, "Enviar todos")
    report = scene[CACYPCS].last("M-28")
    await scene[CACYPCS].answers(report, f"RECIBIDO {report.code}")
    return pac, scene[CACYPCS].last("TREATMENT")


async def test_the_cacypcs_decides_by_mail_and_the_pac_hears_it(phones):
    scene = phones.scene
    pac, form = await received(phones)
    scene[PAC012].news()
    pac.unread()

    back = await scene[CACYPCS].answers(
        form, f"TRATAMIENTO {form.code}\nP-2027-B1-0001 RESUELTO: la oficina corrigió el nombre"
    )
    await phones.settle()

    row = case_of(phones)
    assert (row.state, row.resolution) == (PayoutState.SOLVED, "la oficina corrigió el nombre")
    assert [letter.template for letter in back] == ["THANKS"]
    assert "la oficina corrigió el nombre" in scene[PAC012].last("CASE-OUTCOME").text
    assert "Caso P-2027-B1-0001: resuelto: se cobró." in pac.unread()[-1].text


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("P-2027-B1-0001 ya se verá", "indique el tratamiento"),
        ("P-2027-B1-0001 RESUELTO", "falta el motivo"),
        ("P-2027-B1-0099 RESUELTO: sí", "no está entre los casos de este formulario"),
        ("", "un renglón por caso"),
    ],
)
async def test_a_form_that_says_too_little_is_answered_and_its_code_still_serves(phones, lines, why):
    scene = phones.scene
    _pac, form = await received(phones)

    [refused] = await scene[CACYPCS].answers(form, f"TRATAMIENTO {form.code}\n{lines}")
    again = await scene[CACYPCS].answers(
        form, f"TRATAMIENTO {form.code}\nP-2027-B1-0001 IMPROCEDENTE: cobró en otra oficina"
    )

    assert why in refused.text
    assert case_of(phones).state is PayoutState.UNFOUNDED
    assert [letter.template for letter in again] == ["THANKS"]


async def test_m_30_the_ps_is_asked_by_reference_alone_once_the_cacypcs_says_so(phones, command):
    scene = phones.scene
    _pac, form = await received(phones)
    told = command("cases", "follow-up", "--on", "--as", CACYPCS.key, "--data", scene.folder)

    await scene[CACYPCS].answers(
        form, f"TRATAMIENTO {form.code}\nP-2027-B1-0001 EN ACLARACION se consulta, Juana insiste"
    )

    assert told == (0, "Los casos en aclaración se consultan al Prestador de Servicios.\n")
    [asked] = [letter for letter in scene[PS_ADDRESS].received if letter.template == "M-30"]
    assert payee_of(phones, OWN[0]).row.reference in asked.subject
    assert NAME not in asked.words
    assert "Juana" not in asked.words
    assert "P-2027" not in asked.words
    assert case_of(phones).state is PayoutState.IN_CLARIFICATION


async def in_clarification(phones, command):
    """A case about which the PS was asked: the PAC's phone, and the question."""
    scene = phones.scene
    pac, form = await received(phones)
    command("cases", "follow-up", "--on", "--as", CACYPCS.key, "--data", scene.folder)
    await scene[CACYPCS].answers(
        form, f"TRATAMIENTO {form.code}\nP-2027-B1-0001 EN ACLARACION se consulta al Prestador"
    )
    return pac, scene[PS_ADDRESS].last("M-30")


async def test_m_30_what_the_ps_answers_reaches_the_cacypcs_with_the_form_and_sac_and_pac(phones, command):
    scene = phones.scene
    _pac, asked = await in_clarification(phones, command)
    for reader in (CACYPCS, SAC_R03, PAC012):
        scene[reader].news()

    await scene[PS_ADDRESS].answers(asked, "El renglón puede cobrarse con credencial en Ocosingo.")

    [form], [to_sac], [to_pac] = (scene[who].news() for who in (CACYPCS, SAC_R03, PAC012))
    assert {form.template, to_sac.template, to_pac.template} == {"CASE-ANSWERED"}
    assert all("puede cobrarse con credencial en Ocosingo" in one.words for one in (form, to_sac, to_pac))
    assert "TRATAMIENTO" in form.text
    assert "TRATAMIENTO" not in to_sac.text + to_pac.text

    await scene[CACYPCS].answers(
        form, f"TRATAMIENTO {form.code}\nP-2027-B1-0001 RESUELTO cobra con credencial en Ocosingo"
    )

    assert case_of(phones).state is PayoutState.SOLVED
    await scene.leap_to("2027-03-12")
    assert [one.template for one in scene[PS_ADDRESS].received].count("M-30") == 1


async def test_m_30_an_answer_in_a_mail_of_its_own_is_known_by_its_reference(phones, command):
    scene = phones.scene
    await in_clarification(phones, command)
    reference = payee_of(phones, OWN[0]).row.reference

    await scene[PS_ADDRESS].writes(f"Aclaración ref. {reference}", "Se entregó el 2 de marzo en Ocosingo.")
    await scene[PS_ADDRESS].writes("Cambio de horario en sucursales", "A partir del lunes abrimos a las 10.")

    assert "Se entregó el 2 de marzo" in scene[CACYPCS].last("CASE-ANSWERED").words
    assert scene.last_entry().state is EntryState.UNCLASSIFIED
    assert "Cambio de horario" not in "".join(one.text for one in scene[CACYPCS].received)


async def test_c_32_a_ps_that_says_nothing_is_asked_again_and_the_cacypcs_hears_of_it(phones, command):
    scene = phones.scene
    await in_clarification(phones, command)
    scene[CACYPCS].news()
    due = scene.row_of(scene[PS_ADDRESS].last("M-30"))

    await scene.leap_to("2027-03-12")

    asked = [one for one in scene[PS_ADDRESS].received if one.template == "M-30"]
    assert len(asked) > 1
    assert len({scene.row_of(one).id for one in asked}) == len(asked)
    alarm = scene[CACYPCS].last("M-46")
    assert "El Prestador de Servicios no ha contestado sobre el caso P-2027-B1-0001" in alarm.subject
    assert NAME not in alarm.words
    assert due.case_id == case_of(phones).case_id


# ------------------------------------------------------------------ AC-49: avisos and what is reserved


async def test_a_volunteer_s_aviso_becomes_a_case_with_one_tap(phones):
    pac = await phones.of(PAC012)
    tell_as_volunteer(phones, OWN[0], PayoutReason.OFFICE_CLOSED, "No había sistema.")
    await phones.settle()

    notice = pac.messages()[-1]
    before = phones.scene.letters()
    registered = await phones.press(pac, "Registrar caso")

    assert NAME not in notice.text
    assert not [row for row in before if row.template == "M-27"]
    assert registered.text.startswith("Caso P-2027-B1-0001.")
    row = case_of(phones)
    assert (row.state, row.detail) == (PayoutState.SAC_NOTIFIED, "No había sistema.")
    assert events_of(phones)[0] == "aviso"


async def test_an_aviso_is_confirmed_by_mail_by_whoever_has_no_chat(phones):
    scene = phones.scene
    tell_as_volunteer(phones, OWN[0], PayoutReason.OFFICE_CLOSED)
    await phones.settle()

    letter = scene[PAC012].last("CASE-REPORTED")
    back = await scene[PAC012].answers(letter, f"HECHO {letter.code}")

    assert case_of(phones).state is PayoutState.SAC_NOTIFIED
    assert {one.template for one in back} == {"THANKS", "M-27"}


@pytest.mark.parametrize("reason", [PayoutReason.SAID_TO_BE_PAID, PayoutReason.ILLNESS_OR_DEATH])
async def test_ac_49_what_is_reserved_goes_to_the_sac_and_the_pac_sees_nothing(phones, reason):
    scene = phones.scene
    pac, sac = await phones.of(PAC012), await phones.of(SAC_R03)
    scene[PAC012].news()
    pac.unread()
    sac.unread()

    tell_as_volunteer(phones, OWN[0], reason, "Le dicen que alguien más firmó.")
    await phones.settle()

    assert scene[PAC012].news() == []
    assert pac.unread() == []
    [mail] = [letter for letter in scene[SAC_R03].news() if letter.template == "M-27"]
    assert "Le dicen que alguien más firmó." in mail.text
    told = sac.unread()
    assert any("reservado" in message.text for message in told)
    assert NAME not in "".join(message.text for message in told)
    # Nor by asking: neither the list of cases nor another report gives it away.
    assert (await phones.say(pac, "/casos")).text == texts.text("cases_none")
    await phones.say(pac, "/problema")
    assert (await phones.press(pac, NAME)).text == texts.text("case_reason")


async def test_ac_49_a_reserved_case_of_the_pac_shows_folio_and_state_alone(phones):
    pac = await phones.of(PAC012)
    phones.scene[PAC012].news()
    await phones.say(pac, "/problema")
    asked = await phones.press(pac, NAME, "P07")
    await phones.say(pac, "Firmó otra persona.")
    await phones.press(pac, "Sucursal Ocosingo")
    summary = pac.messages()[-1]
    await phones.press(pac, "Enviar")

    own = await phones.say(pac, "/casos")
    one = await phones.press(pac, "Ver 1")

    assert asked.text.startswith("Este tipo de caso es reservado; sólo lo verán SAC y CACyPCS.")
    assert "Firmó otra persona." not in summary.text
    assert "Motivo: reservado" in summary.text
    assert "P-2027-B1-0001" in own.text
    assert not re.search(r"cobrado|firm", own.text + one.text, re.IGNORECASE)
    assert [letter for letter in phones.scene[PAC012].news() if letter.template == "M-27"] == []
    assert "Firmó otra persona." in phones.scene[SAC_R03].last("M-27").text


# ------------------------------------------------------------------ C-16, the end


async def test_a_case_is_withdrawn_until_the_cacypcs_knows_of_it(phones):
    pac, sac = await phones.of(PAC012), await phones.of(SAC_R03)
    await open_case(phones, pac)
    await open_case(phones, pac, OWN[1].name)
    await phones.say(pac, "/casos")
    await phones.press(pac, "Ver 2", "Retirar")
    gone = await phones.say(pac, "Ya cobró.")
    await phones.say(sac, "/casos")
    await phones.press(sac, "Enviar todos")
    await phones.say(pac, "/casos")
    seen = await phones.press(pac, "Ver 1")

    assert gone.text == "El caso P-2027-B1-0001 se retiró."
    assert case_of(phones).state is PayoutState.UNFOUNDED
    assert [button.text for row in seen.buttons for button in row] == ["Agregar comentario"]


async def test_what_is_open_when_the_delivery_ends_goes_to_the_conciliation(phones):
    scene = phones.scene
    pac = await phones.of(PAC012)
    await open_case(phones, pac)

    await scene.leap_to("2027-03-12", "23:00")
    last_day = case_of(phones).state
    pac.unread()
    await scene.leap_to("2027-03-13", "00:30")
    await phones.settle()
    at_night = pac.unread()
    await scene.leap_to("2027-03-13", "09:00")
    await phones.settle()

    assert last_day is PayoutState.SAC_NOTIFIED
    assert case_of(phones).state is PayoutState.LEFT_TO_RECONCILE
    assert at_night == []
    assert "sin resolver al término" in "".join(message.text for message in pac.unread())
    assert "conciliación" in scene[PAC012].last("CASE-OUTCOME").text


async def test_a_sac_writes_down_a_case_told_by_word_of_mouth(phones):
    sac = await phones.of(SAC_R03)
    await phones.say(sac, "/problema")
    await phones.say(sac, NAME)

    await phones.press(sac, NAME, "P06", "Sin detalle", "Ninguna", "Enviar")

    row = case_of(phones)
    assert any("registrado como aviso verbal" in message.text for message in sac.messages())
    assert (row.channel, row.pac) == ("verbal", PAC012.unit)
    assert phones.scene.steps(PAC012.unit)[-1].role == "SAC"


# ------------------------------------------------------------------ the keyboard


async def test_the_page_of_a_case_says_what_happened_and_who_did_it_and_names_nobody(phones, command):
    scene = phones.scene
    pac = await phones.of(PAC012)
    await open_case(phones, pac)

    listed, lines = command("cases", "list", "2027-B1", "--data", scene.folder)
    shown, page = command("cases", "show", "p-2027-b1-0001", "--data", scene.folder)
    whole, content = command("cases", "show", "P-2027-B1-0001", "--as", SAC_R03.key, "--data", scene.folder)
    refused, why = command("cases", "show", "P-2027-B1-0001", "--as", SAC_R01.key, "--data", scene.folder)

    assert (listed, shown, whole, refused) == (0, 0, 0, 1)
    assert "P-2027-B1-0001" in lines
    assert f"{PAC012.name} (PAC): registrado" in page
    assert "con su SAC; El correo salió; M-27, sent" in page
    assert NAME not in lines + page + why
    assert "otro apellido" not in page
    assert NAME in content
    assert "otro apellido" in content
    assert len(scene.noted("payout_case_read")) == 1


async def test_a_case_is_decided_at_the_keyboard_by_the_cacypcs_alone(phones, command):
    scene = phones.scene
    await received(phones)
    words = (
        "cases",
        "close",
        "P-2027-B1-0001",
        "no-resuelto",
        "--reason",
        "no volvió",
        "--data",
        scene.folder,
    )

    refused, why = command(*words, "--as", SAC_R03.key)
    done, _told = command(*words, "--as", CACYPCS.key)
    again, gone = command(*words, "--as", CACYPCS.key)
    scene.service.couriers.wake()
    await phones.settle()

    assert (refused, done, again) == (1, 0, 1)
    assert "Sólo la CACyPCS" in why
    assert "no espera tratamiento" in gone
    assert case_of(phones).state is PayoutState.NOT_SOLVED
    assert "no volvió" in scene[PAC012].last("CASE-OUTCOME").text


async def test_a_region_without_cases_owes_no_report(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance 1 0")
    await phones.press(phone, "Guardar")
    without = phones.scene.stands("A39", REGION)

    await open_case(phones, phone)

    assert without is Status.NOT_APPLICABLE
    assert phones.scene.stands("A39", REGION) is Status.OPEN


# ------------------------------------------------------------------ one message


def last_digits(phones, volunteer):
    return payee_of(phones, volunteer).row.reference.rpartition("-")[2].lstrip("0")


async def test_one_message_is_echoed_and_kept_once_it_is_confirmed(phones):
    phone = await phones.of(PAC012)
    first, second = last_digits(phones, OWN[0]), last_digits(phones, OWN[1])

    echo = await phones.say(phone, f"PAGO {first} NO LLEGO\npago {second}: oficina cerrada")
    before = case_of(phones)
    done = await phones.press(phone, "Registrar")

    assert f"1) {NAME}: No aparece en la lista de la oficina." in echo.text
    assert f"2) {OWN[1].name}: La oficina está cerrada" in echo.text
    assert before is None
    assert done.text.startswith("Registrado: P-2027-B1-0001, P-2027-B1-0002.")
    assert case_of(phones, "P-2027-B1-0002").detail == "oficina cerrada"
    assert case_of(phones).state is PayoutState.SAC_NOTIFIED


async def test_one_message_names_nobody_of_another_ambito(phones):
    phone = await phones.of(PAC012)
    other = last_digits(phones, OTHERS[0])

    theirs = await phones.say(phone, f"pago {other} no llegó")
    nobody = await phones.say(phone, "pago 999999 no llegó")

    assert theirs.text.replace(other.zfill(6), "") == nobody.text.replace("999999", "")
    assert not [row for row in theirs.buttons for button in row if button.text == "Registrar"]


async def test_a_case_that_is_known_is_said_and_not_made_again(phones):
    phone = await phones.of(PAC012)
    await open_case(phones, phone)

    echo = await phones.say(phone, f"#{last_digits(phones, OWN[0])} no llegó")

    assert "ya existe el caso P-2027-B1-0001 (con su SAC)" in echo.text


async def test_progress_in_one_message(phones):
    phone = await phones.of(PAC012)

    echo = await phones.say(phone, "avance: 3 cobraron, 1 con problema")

    assert echo.text.startswith("Cobraron: 3. Con problema: 1.")


async def test_a_desk_that_stops_at_every_question_loses_no_answer_and_repeats_none(phones):
    phone = await phones.of(PAC012)
    deeds = [
        lambda: phone.say("/problema"),
        lambda: phone.press(NAME),
        lambda: phone.press("P04"),
        lambda: phone.say("Le quieren dar menos."),
        lambda: phone.press("Sucursal Ocosingo"),
        lambda: phone.press("Enviar"),
    ]
    phone.unread()

    for deed in deeds:
        # It is down when they write, and comes up to a question that waits.
        await phones.stop()
        deed()
        await phones.start()
        await phones.settle()

    said = [message.text for message in phone.unread()]
    assert len(said) == len(set(said)) == len(deeds)
    assert said[-1].startswith("Caso P-2027-B1-0001.")
    row = case_of(phones)
    assert (row.reason, row.detail, row.office) == (
        PayoutReason.OTHER_AMOUNT,
        "Le quieren dar menos.",
        "OCO-01",
    )
    assert case_of(phones, "P-2027-B1-0002") is None


async def test_a_case_whose_mail_bounces_is_not_with_the_sac_and_goes_again_once_the_address_is_mended(
    phones,
):
    scene = phones.scene
    phone = await phones.of(PAC012)
    scene.hub.bounce(SAC_R03.email)
    await open_case(phones, phone)
    bounced = case_of(phones).state
    said = [message.text for message in phone.messages() if "no pudo entregarse" in message.text]

    def mend(desk):
        person = people.find_person_by_email(desk.session, SAC_R03.email)
        for channel in desk.session.exec(
            select(ChannelRow).where(
                col(ChannelRow.person_id) == person.id, col(ChannelRow.kind) == ChannelKind.EMAIL
            )
        ):
            channel.state = ChannelState.ACTIVE
            desk.session.add(channel)

    scene.service.writer.act(mend)
    scene.hub.behave()
    await scene.leap_to("2027-03-03", "09:30")
    await phones.settle()

    assert bounced is PayoutState.REGISTERED
    assert len(said) == 1
    assert case_of(phones).state is PayoutState.SAC_NOTIFIED
    assert "P-2027-B1-0001" in scene[SAC_R03].last("M-27").subject
