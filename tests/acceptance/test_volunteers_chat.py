"""What volunteers and their PAC may ask and say in the chat (C-01, C-17 to C-19, C-40 to C-46)."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from actions.link_chat import LOCK
from actions.read_case import read_situation
from actions.tell_payees import mark_told
from bot import texts
from procedures import engine
from procedures.engine import Instance, Status
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.settings import read_settings
from service.wiring import writing
from storage import cases, payees
from storage.outbox import LetterRow
from storage.payees import Told
from storage.payout_cases import PayoutCaseRow, PayoutReason, PayoutState
from storage.people import ChannelState
from storage.provider import ProviderOfficeRow, RequisiteRow
from storage.volunteers import VolunteerRow, VolunteerState
from tests.acceptance.conftest import Offices
from tests.acceptance.volunteer_scene import Delivery, instant, told
from tests.people import CACYPCS, PAC012, PAC015, at, volunteers_of

MARIA, ANTONIA, JUAN, ROSA, CATARINA = volunteers_of(PAC012.unit)
NEIGHBOUR = volunteers_of(PAC015.unit)[0]
REFUSED = texts.text("code_refused")
NEUTRAL = texts.text("unknown_person")


@pytest.fixture
async def desk(offices: Offices, tmp_path: Path) -> AsyncIterator[Delivery]:
    folder = tmp_path / "datos"
    clock = LeapingClock(offices.copy("announced", folder))
    with writing(read_settings(folder), clock) as writer:
        async with BotApi(clock) as api:
            found = Delivery(writer, api, clock)
            await found.start()
            yield found
            await found.stop()


@pytest.fixture
async def pac(desk):
    """PAC012 with personal data permitted in the chat."""
    desk.permit()
    return await desk.linked(PAC012)


async def code_for(desk, pac, name: str) -> str:
    await desk.say(pac, f"/codigo {name}")
    answer = await desk.press(pac, "1")
    found = re.search(r"Código (\w{4}-\w{4})", answer)
    assert found, answer
    return found[1]


def status_of(desk, step, unit):
    return desk.writer.act(
        lambda one: engine.status(read_situation(one, one.session.merge(desk.case())), Instance(step, unit))
    )


def payout_cases_of(desk):
    with desk.writer.store.reading() as session:
        return list(session.exec(select(PayoutCaseRow).order_by(col(PayoutCaseRow.id))))


# ------------------------------------------------------------------ linking


async def test_c_19_and_c_01_a_code_from_the_pac_s_hand_and_the_own_locality_tie_a_volunteer(desk, pac):
    phone = desk.api.phone("María")

    shown = await desk.say(pac, "/codigo gomez santiz")
    issued = await desk.press(pac, "1")
    code = re.search(r"Código (\w{4}-\w{4})", issued)[1]
    asked = await desk.say(phone, f"/start {code}")
    linked = await desk.say(phone, "  damasco ")

    assert shown == "Elija a la persona:\n\n1) María Luisa Gómez Sántiz"
    assert "válido 72 horas, un solo uso. Entréguelo en persona" in issued
    assert asked == "Para confirmar, ¿cuál es su localidad?"
    assert linked.startswith("Listo, su cuenta quedó vinculada.")
    assert "Este programa es público" in linked
    assert "/mi_apoyo" in linked
    assert "/pendientes" not in linked
    assert desk.chat(phone).volunteer_id == desk.volunteer(MARIA).id
    assert {"mi_apoyo", "oficina", "requisitos", "recordar"} <= set(phone.menu)
    assert {"pendientes", "codigo", "notificar"}.isdisjoint(phone.menu)


async def test_the_link_of_a_printed_code_opens_the_chat(desk, pac):
    phone = desk.api.phone("María")
    code = await code_for(desk, pac, "gomez santiz")

    phone.open_link(f"https://t.me/OficialiaBot?start={code}")
    await desk.settle()

    assert told(phone) == [texts.text("locality_wanted")]


async def test_wrong_used_expired_codes_and_a_wrong_locality_are_answered_alike(desk, pac):
    code = await code_for(desk, pac, "gomez santiz")
    first, second = desk.api.phone("Uno"), desk.api.phone("Dos")
    await desk.say(first, f"/start {code}")

    answers = [
        await desk.say(first, "Tuxtla Gutiérrez"),
        await desk.say(second, f"/start {code}"),
        await desk.say(second, "/start AAAA-BBBB"),
    ]
    late = await code_for(desk, pac, "giron")
    desk.clock.leap_to(desk.clock.now() + timedelta(hours=73))
    answers.append(await desk.say(second, f"/start {late}"))

    assert answers == [REFUSED] * 4
    assert desk.chat(first).linked_at is None


async def test_a_locality_may_be_tried_again_and_five_failures_lock_the_account(desk, pac):
    code = await code_for(desk, pac, "gomez santiz")
    clumsy, guesser = desk.api.phone("Torpe"), desk.api.phone("Otra")
    await desk.say(clumsy, f"/start {code}")
    assert await desk.say(clumsy, "Damasko de arriba") == REFUSED
    assert (await desk.say(clumsy, "el Damásco")).startswith("Listo")

    await desk.say(guesser, f"/start {await code_for(desk, pac, 'giron')}")
    for place in ("Ocosingo", "Palenque", "Altamirano", "Chilón", "Yajalón"):
        assert await desk.say(guesser, place) == REFUSED
    locked = await desk.say(guesser, "Damasco")
    desk.clock.leap_to(desk.clock.now() + LOCK + timedelta(minutes=1))

    assert locked == REFUSED
    assert len(desk.letters("M-48")) == 2
    assert (await desk.say(guesser, "Damasco")).startswith("Listo")


async def test_c_19_a_code_that_was_taken_back_is_no_good_even_when_presented(desk, pac):
    before, presented = desk.api.phone("Uno"), desk.api.phone("Dos")
    code = await code_for(desk, pac, "gomez santiz")
    await desk.press(pac, "Anular")
    refused = await desk.say(before, f"/start {code}")

    code = await code_for(desk, pac, "gomez santiz")
    await desk.say(presented, f"/start {code}")
    assert await desk.press(pac, "Anular") == texts.text("code_voided")

    assert refused == REFUSED
    assert await desk.say(presented, "Damasco") == REFUSED


async def test_c_19_who_is_linked_needs_no_code_and_a_new_telephone_ends_the_old_chat(desk, pac):
    old = await desk.phone_of(MARIA)
    new = desk.api.phone("María")
    await desk.say(pac, "/codigo gomez santiz")
    already = await desk.press(pac, "1")
    again = await desk.press(pac, "Cambió de teléfono")
    code = re.search(r"Código (\w{4}-\w{4})", again)[1]
    told(old)

    await desk.say(new, f"/start {code}")
    await desk.say(new, "Damasco")

    assert already == "Ya está vinculada."
    assert told(old) == [texts.text("replaced_volunteer")]
    assert await desk.say(old, "/mi_apoyo") == NEUTRAL
    assert "localidad" in await desk.say(new, "/mi_apoyo")


@pytest.mark.parametrize("name", [NEIGHBOUR.name, "Nadie De Ninguna Parte"])
async def test_ac_47_somebody_of_another_ambito_is_like_nobody(desk, pac, name):
    assert await desk.say(pac, f"/codigo {name}") == texts.text("nobody_found")
    assert await desk.say(pac, f"/notificar {name}") == texts.text("nobody_found")
    assert desk.count("people_searched") == 2


async def test_ten_searches_an_hour(desk, pac):
    answers = [await desk.say(pac, "/codigo maria") for _ in range(11)]
    desk.clock.leap_to(desk.clock.now() + timedelta(hours=1, minutes=1))

    assert answers[9].startswith("Elija a la persona:")
    assert answers[10] == texts.text("too_many_searches")
    assert (await desk.say(pac, "/codigo maria")).startswith("Elija a la persona:")


async def test_a_code_button_of_another_pac_gives_nothing(desk, pac):
    other = await desk.linked(PAC015)
    await desk.say(pac, "/codigo gomez santiz")
    stolen = pac.messages()[-1].button("1").data

    desk.api.chats.ask(
        other.person, {"message_id": 1, "chat": {"id": other.id, "type": "private"}, "date": 1}, stolen
    )
    await desk.settle()

    assert other.toasts == [texts.text("stale_button")]
    assert desk.count("volunteer_code_issued") == 0


async def test_only_a_pac_gives_codes(desk):
    for member in (at("SAC", "OOAD07-R03"), CACYPCS):
        phone = await desk.linked(member)
        assert (await desk.say(phone, "/codigo maria")).startswith("No entendí.")


async def test_c_03_a_volunteer_leaves_and_is_the_pac_s_again(desk):
    phone = await desk.phone_of(MARIA)
    await desk.say(phone, "/desvincular")
    answer = await desk.press(phone, "Sí")
    await desk.go_to(instant("2027-02-25"))

    assert answer == texts.text("unlinked")
    assert told(phone) == []
    assert desk.payee(MARIA).row.told is Told.NOT_YET
    assert desk.chat(phone).state is ChannelState.REVOKED


async def test_whoever_is_no_volunteer_any_more_is_nobody(desk):
    phone = await desk.phone_of(MARIA)
    desk.writer.act(
        lambda one: one.session.exec(
            update(VolunteerRow)
            .where(col(VolunteerRow.id) == desk.volunteer(MARIA).id)
            .values(state=VolunteerState.LEFT)
        )
    )

    assert await desk.say(phone, "/mi_apoyo") == NEUTRAL


async def test_who_links_after_the_first_notice_is_told_at_once(desk, pac):
    await desk.go_to(instant("2027-02-25"))
    phone = desk.api.phone("María")
    await desk.say(phone, f"/start {await code_for(desk, pac, 'gomez santiz')}")
    phone.unread()
    phone.say("Damasco")
    await desk.settle()

    linked, notice = told(phone)
    assert linked.startswith("Listo")
    assert notice.startswith("Estimada persona voluntaria")
    await desk.go_to(instant("2027-02-27"))
    assert told(phone) == []
    assert desk.payee(MARIA).row.told is Told.CHAT


async def test_who_links_before_the_first_notice_waits_for_its_hour(desk, pac):
    phone = desk.api.phone("María")
    await desk.say(phone, f"/start {await code_for(desk, pac, 'gomez santiz')}")
    phone.unread()
    phone.say("Damasco")
    await desk.settle()

    assert len(told(phone)) == 1
    await desk.go_to(instant("2027-02-24", "09:01"))
    assert [text[:27] for text in told(phone)] == ["Estimada persona voluntaria"]


# ------------------------------------------------------------------ what a volunteer asks


async def test_c_44_the_amount_only_after_the_locality(desk):
    desk.permit()
    phone = await desk.phone_of(MARIA)

    asked = await desk.say(phone, "/mi_apoyo")
    wrong = await desk.say(phone, "Ocosingo")
    shown = await desk.say(phone, "DAMASCO")

    assert asked == "Para confirmar, ¿cuál es su localidad?"
    assert "$" not in wrong
    assert "del lunes 1 de marzo de 2027 al viernes 12 de marzo de 2027" in shown
    assert "Sucursal Ocosingo" in shown
    assert "Importe: $1,000.00 por enero y febrero de 2027." in shown
    assert phone.messages()[-1].buttons[-1][0].text == "Borrar"


async def test_c_44_five_wrong_localities_lock_the_question_for_a_day(desk):
    desk.permit()
    phone = await desk.phone_of(MARIA)
    await desk.say(phone, "/mi_apoyo")
    for place in ("Ocosingo", "Palenque", "Altamirano", "Chilón", "Yajalón"):
        await desk.say(phone, place)

    assert await desk.say(phone, "Damasco") == texts.text("support_locked")
    desk.clock.leap_to(desk.clock.now() + LOCK + timedelta(minutes=1))
    assert await desk.say(phone, "/mi_apoyo") == texts.text("support_locality")


async def test_without_permission_a_volunteer_gets_dates_and_office_and_no_amount(desk):
    phone = await desk.phone_of(MARIA)

    shown = await desk.say(phone, "/mi_apoyo")

    assert "Sucursal Ocosingo" in shown
    assert "$" not in shown
    assert "El importe se lo informa su Promotor" in shown
    assert MARIA.name not in shown


async def test_c_44_who_is_not_in_the_list_is_sent_to_the_promoter(desk):
    phone = await desk.phone_of(MARIA)
    number = desk.payee(MARIA).row.id
    desk.writer.act(
        lambda one: one.session.exec(
            update(payees.PayeeRow).where(col(payees.PayeeRow.id) == number).values(in_list=False)
        )
    )

    assert await desk.say(phone, "/mi_apoyo") == texts.text("support_none")
    assert "Sucursal Ocosingo" in await desk.say(phone, "/oficina")


async def test_c_45_the_office_and_its_place_on_the_map(desk):
    phone = await desk.phone_of(MARIA)

    office = await desk.say(phone, "/oficina")
    await desk.press(phone, "Mapa")
    pin = phone.messages()[-1]
    requisites = await desk.say(phone, "/requisitos")

    with desk.writer.store.reading() as session:
        row = session.get(ProviderOfficeRow, "OCO-01")
    assert office.startswith("Su oficina es Sucursal Ocosingo, Calle Central 8")
    assert pin.location == (row.latitude, row.longitude)
    assert pin.text == "Sucursal Ocosingo\nCalle Central 8, frente al parque"
    assert requisites.startswith("Lleve: Identificación oficial vigente; el aviso que le entregó su PAC;")


async def test_what_nobody_loaded_is_not_invented(desk):
    phone = await desk.phone_of(MARIA)

    def forget(one):
        for table in (ProviderOfficeRow, RequisiteRow):
            for row in one.session.exec(select(table)):
                one.session.delete(row)

    desk.writer.act(forget)
    pac = await desk.linked(PAC012)

    assert await desk.say(phone, "/oficina") == texts.text("office_to_be_said")
    assert await desk.say(phone, "/requisitos") == (
        "Lleve: lo que le indique su Promotor de Acción Comunitaria."
    )
    assert await desk.say(pac, "/oficina") == texts.text("offices_missing")


async def test_c_40_de_acuerdo_and_where_it_is(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24"))

    thanks = await desk.press(phone, "De acuerdo")
    where = await desk.press(phone, "¿Dónde queda?")

    assert thanks == texts.text("notice_acknowledged")
    assert "Sucursal Ocosingo" in where
    assert phone.messages()[-1].location is not None
    assert desk.payee(MARIA).row.acknowledged_at is not None


@pytest.mark.parametrize(
    "words", ["¿por qué no me toca?", "autorizo", "/tablero", "/codigo maria", "/problema"]
)
async def test_c_46_everything_else_is_for_the_promoter(desk, words):
    phone = await desk.phone_of(MARIA)

    assert await desk.say(phone, words) == texts.text("ask_your_promoter")


async def test_c_46_a_file_of_a_volunteer_is_not_even_fetched(desk):
    phone = await desk.phone_of(MARIA)
    phone.send_photo(b"\xff\xd8")
    await desk.settle()

    assert told(phone) == [texts.text("ask_your_promoter")]
    assert desk.api.calls["getfile"] == 0


async def test_help_and_privacy_in_words_for_volunteers(desk):
    phone = await desk.phone_of(MARIA)

    menu = await desk.say(phone, "/ayuda")

    assert set(re.findall(r"^/(\w+):", menu, re.MULTILINE)) == {
        "mi_apoyo", "estado", "oficina", "requisitos", "recordar", "ayuda", "privacidad", "cancelar", "desvincular",
    }  # fmt: skip
    assert "5.1.3" in await desk.say(phone, "/privacidad")


async def test_a_notice_forwarded_to_somebody_else_does_nothing_there(desk):
    phone, other = await desk.phone_of(MARIA), await desk.phone_of(ANTONIA)
    await desk.go_to(instant("2027-03-01"))
    stolen = phone.messages()[-1].button("Ya cobré").data

    desk.api.chats.ask(
        other.person, {"message_id": 1, "chat": {"id": other.id, "type": "private"}, "date": 1}, stolen
    )
    await desk.settle()

    assert other.toasts == [texts.text("stale_button")]
    assert desk.payee(MARIA).row.said_collected_at is None


# ------------------------------------------------------------------ the PAC's list


async def test_c_17_the_pac_tells_one_after_the_other_and_confirms(desk, pac):
    first = await desk.say(pac, "/notificar")
    await desk.press(pac, "Avisada en persona")
    await desk.press(pac, "Avisada por teléfono")
    await desk.press(pac, "No localizada")
    await desk.press(pac, "Siguiente")
    await desk.press(pac, "Avisada en persona")
    last = await desk.press(pac, "Avisada en persona")
    confirmed = await desk.press(pac, "Confirmo")

    assert first.startswith("Faltan 5 personas por avisar de enero-febrero 2027")
    assert re.search(r"^1\) [\w ]+, \w+", first, re.MULTILINE)
    assert "Sucursal Ocosingo" in first
    assert "Ya no falta nadie por avisar" in last
    assert "3 en persona" in last
    assert "1 sin localizar" in last
    assert confirmed == texts.text("telling_confirmed", period="enero-febrero 2027")
    assert status_of(desk, "A37", PAC012.unit) is Status.DONE
    with desk.writer.store.reading() as session:
        (step,) = [
            row for row in cases.steps_of(session, desk.case().id)
            if (row.step, row.unit) == ("A37", PAC012.unit)
        ]  # fmt: skip
    assert (step.level, step.person_id) == ("attested", desk.person_id(PAC012))
    assert "3 en persona, 1 por teléfono; 1 sin localizar" in step.text


async def test_c_17_a_mark_can_be_taken_back(desk, pac):
    await desk.say(pac, "/notificar")
    await desk.press(pac, "Avisada en persona")
    undone = await desk.press(pac, "Deshacer")

    assert undone.startswith("Se deshizo.\n\nFaltan 5 personas")
    assert {desk.payee(who).row.told for who in volunteers_of(PAC012.unit)} == {Told.NOT_YET}
    assert desk.count("payee_untold") == 1


async def test_c_17_several_at_once(desk, pac):
    await desk.say(pac, "/notificar")
    page = await desk.press(pac, "Ver varias")
    answer = await desk.press(pac, "Todas en persona")

    assert len(re.findall(r"^\d\) ", page, re.MULTILINE)) == 5
    assert "Ya no falta nadie por avisar" in answer
    assert {desk.payee(who).row.told for who in volunteers_of(PAC012.unit)} == {Told.IN_PERSON}
    assert (await desk.press(pac, "Deshacer")).startswith("Se deshizo.\n\nFaltan 5 personas")


async def test_c_17_those_with_a_chat_are_left_to_the_first_notice_until_its_day_is_over(desk, pac):
    phone = await desk.phone_of(MARIA)
    before = await desk.say(pac, "/notificar")
    await desk.go_to(instant("2027-02-24", "12:00"))
    after = await desk.say(pac, "/notificar")
    phone.block()

    assert before.startswith("Faltan 4 personas")
    assert after.startswith("Faltan 4 personas")
    await desk.press(pac, "Ver varias")
    done = await desk.press(pac, "Todas en persona")
    assert "1 por Telegram\n4 en persona" in done


async def test_c_17_nobody_confirms_before_the_notices_by_chat_left(desk, pac):
    await desk.phone_of(MARIA)
    await desk.say(pac, "/notificar")
    await desk.press(pac, "Ver varias")

    done = await desk.press(pac, "Todas en persona")

    assert "1 recibirán su aviso por Telegram el 24-feb-2027" in done
    assert all(button.text != "Confirmo" for row in pac.messages()[-1].buttons for button in row)


async def test_ac_42_somebody_of_the_ambito_who_is_not_in_the_list_is_not_to_be_told(desk, pac):
    number = desk.payee(ROSA).row.id
    desk.writer.act(
        lambda one: one.session.exec(
            update(payees.PayeeRow).where(col(payees.PayeeRow.id) == number).values(in_list=False)
        )
    )

    assert await desk.say(pac, "/notificar rosa elena") == (
        "No está en el listado definitivo de este periodo; no corresponde citarla."
    )
    assert (await desk.say(pac, "/notificar")).startswith("Faltan 4 personas")


async def test_c_17_somebody_is_found_by_name(desk, pac):
    answer = await desk.say(pac, "/notificar catarina lopes")
    await desk.press(pac, "Avisada por teléfono")

    assert "Catarina López Navarro" in answer
    assert desk.payee(CATARINA).row.told is Told.PHONE
    assert (
        await desk.say(pac, "/notificar catarina")
        == ("Catarina López Navarro, Palestina: ya se avisó (por teléfono).")
        or "ya se avisó (por teléfono)" in pac.messages()[-1].text
    )


async def test_without_permission_no_name_is_shown_anywhere(desk):
    phone = await desk.linked(PAC012)
    said = [
        await desk.say(phone, "/notificar"),
        await desk.press(phone, "Ver varias"),
        await desk.press(phone, "Todas en persona"),
        await desk.say(phone, "/notificar rosa elena"),
        await desk.say(phone, "/codigo rosa elena"),
        await desk.press(phone, "Generar código"),
        await desk.say(phone, "/codigo maria"),
        await desk.say(phone, "/telefono rosa elena"),
    ]

    everything = "\n".join(said)
    assert not any(part in everything for who in volunteers_of(PAC012.unit) for part in who.name.split()[:1])
    assert desk.payee(MARIA).row.reference in said[0] + said[1]
    assert re.search(r"Código \w{4}-\w{4}", said[5])
    assert desk.payee(ROSA).row.told is Told.IN_PERSON


async def test_names_in_the_chat_can_be_erased(desk, pac):
    await desk.say(pac, "/notificar")
    shown = pac.messages()[-1]

    assert shown.buttons[-1][0].text == "Borrar"
    pac.press("Borrar", under=shown)
    await desk.settle()
    assert shown.id not in {message.id for message in pac.messages()}


async def test_a_pac_marks_nobody_of_another_ambito(desk, pac):
    entry = desk.updates()[-1]
    number = desk.payee(NEIGHBOUR).row.id
    marked = desk.writer.act(
        lambda one: mark_told(
            one, [PAC012.unit], [number], Told.IN_PERSON, person_id=desk.person_id(PAC012), entry=entry
        )
    )

    assert marked == 0
    assert desk.payee(NEIGHBOUR).row.told is Told.NOT_YET


# ------------------------------------------------------------------ telephones and offices


async def test_a_wrong_telephone_is_mended(desk, pac):
    await desk.say(pac, "/telefono rosa elena")
    asked = await desk.press(pac, "1")
    wrong = await desk.say(pac, "12345")
    kept = await desk.say(pac, "+52 919 123-45 67")
    number = desk.volunteer(ROSA).phone
    await desk.say(pac, "/notificar rosa elena")
    await desk.press(pac, "Corregir teléfono")
    removed = await desk.say(pac, "ninguno")

    assert asked == texts.text("phone_wanted")
    assert wrong == texts.text("phone_wrong")
    assert kept == texts.text("phone_kept", last="67")
    assert number == "9191234567"
    assert removed == texts.text("phone_removed")
    assert desk.volunteer(ROSA).phone == ""


async def test_a_dialogue_that_another_interrupts_goes_on(desk, pac):
    await desk.say(pac, "/telefono rosa elena")
    await desk.press(pac, "1")
    await desk.say(pac, "/codigo")
    found = await desk.say(pac, "catarina")
    kept = await desk.say(pac, "9191234567")

    assert "Catarina López Navarro" in found
    assert texts.text("resumed") in found
    assert kept == texts.text("phone_kept", last="67")
    assert desk.volunteer(ROSA).phone == "9191234567"


async def test_c_18_another_office_for_a_locality_and_those_told_hear_it(desk, pac):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-02-24"))
    told(phone)

    shown = await desk.say(pac, "/oficina")
    await desk.press(pac, "Cambiar oficina de una localidad")
    asked = await desk.press(pac, "Damasco")
    chosen = await desk.press(pac, "Sucursal Salto de Agua")
    desk.fire()
    await desk.settle()

    assert re.match(r"Oficinas para su ámbito \(Directorio v\d+, \d\d-\w{3}-\d{4}\):", shown)
    assert "Damasco: Sucursal Ocosingo" in shown
    assert "Damasco" in asked
    assert chosen.startswith("Las personas de Damasco irán a Sucursal Salto de Agua.")
    (text,) = told(phone)
    assert text.startswith("Cambió la oficina: su apoyo podrá recogerse del lunes 1 de marzo")
    assert "Sucursal Salto de Agua" in text
    assert "Damasco: Sucursal Salto de Agua" in await desk.say(pac, "/oficina")
    assert desk.payee(ROSA).row.office == "OCO-01"


# ------------------------------------------------------------------ a problem


async def test_c_43_a_problem_reaches_the_pac_in_three_taps(desk, pac):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    told(pac)

    which = await desk.press(phone, "Tengo un problema")
    asked = await desk.press(phone, "Mi nombre está distinto")
    sent = await desk.press(phone, "Enviar así")

    assert which == texts.text("problem_which")
    assert asked == texts.text("problem_detail")
    assert sent == "Su aviso llegó a su Promotor; le contactará."
    (heard,) = told(pac)
    assert heard.startswith("Una persona voluntaria de su ámbito avisa que no puede cobrar.")
    assert MARIA.name not in heard
    assert [address for address, _text in desk.letters("CASE-REPORTED")] == [PAC012.email]


async def test_c_43_with_a_sentence_of_one_s_own(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    await desk.press(phone, "Tengo un problema")
    await desk.press(phone, "La oficina no pudo entregar")

    too_long = await desk.say(phone, "x" * 501)
    sent = await desk.say(phone, "Cerraron a las once y ya no había ficha.")
    twice = await desk.press(phone, "Enviar así")

    assert too_long == "Use máximo 500 caracteres."
    assert sent == texts.text("problem_sent")
    assert twice == texts.text("notice_gone")
    (row,) = payout_cases_of(desk)
    assert (row.reason, row.detail, row.state) == (
        PayoutReason.OFFICE_CLOSED,
        "Cerraron a las once y ya no había ficha.",
        PayoutState.REPORTED,
    )


@pytest.mark.parametrize(
    ("button", "reason", "asks"),
    [
        pytest.param("Me dicen que ya se cobró", PayoutReason.SAID_TO_BE_PAID, True, id="P07"),
        pytest.param("Enfermedad o fallecimiento", PayoutReason.ILLNESS_OR_DEATH, False, id="P08"),
    ],
)
async def test_ac_49_what_is_reserved_goes_to_the_sac_and_the_pac_sees_nothing(
    desk, pac, button, reason, asks
):
    phone = await desk.phone_of(MARIA)
    sac = await desk.linked(at("SAC", "OOAD07-R03"))
    await desk.go_to(instant("2027-03-02"))
    told(pac)
    told(sac)

    await desk.press(phone, "Tengo un problema")
    answer = await desk.press(phone, button)
    if asks:
        answer = await desk.press(phone, "Enviar así")

    assert answer == "Su aviso llegó al Supervisor de Acción Comunitaria; es reservado."
    (row,) = payout_cases_of(desk)
    assert row.reason is reason
    assert told(pac) == []
    assert len(told(sac)) == 1
    with desk.writer.store.reading() as session:
        letters = session.exec(select(LetterRow).where(col(LetterRow.step) == "A38")).all()
    assert letters
    assert PAC012.email not in {letter.address for letter in letters}
    assert str(row.folio) not in await desk.say(pac, "/casos")


async def test_a_problem_interrupted_by_another_question_is_not_lost(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    await desk.press(phone, "Tengo un problema")
    await desk.press(phone, "Otro problema")

    await desk.say(phone, "/oficina")
    await desk.stop()
    await desk.start()
    sent = await desk.say(phone, "No me reconocen la credencial.")

    assert sent == texts.text("problem_sent")
    assert [row.detail for row in payout_cases_of(desk)] == ["No me reconocen la credencial."]


async def test_whose_case_is_open_gets_no_more_reminders_but_is_told_of_it(desk):
    phone = await desk.phone_of(MARIA)
    await desk.go_to(instant("2027-03-02"))
    await desk.press(phone, "Tengo un problema")
    await desk.press(phone, "Enfermedad o fallecimiento")
    told(phone)

    await desk.go_to(instant("2027-03-09", "09:00"))

    assert told(phone) == ["Su caso sigue en atención."]
