"""Progress of the delivery by chat and by word of mouth (A38; C-14, C-23, C-24; AC-43)."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from actions.redate_periods import redate_periods
from bot import texts
from storage import agenda, periods, progress
from storage.progress import ProgressSource
from tests.acceptance.phones import Phones, phones_for
from tests.people import PAC012, PAC015, PERIOD, SAC_R01, SAC_R03, volunteers_of

N = len(volunteers_of(PAC012.unit))


@pytest.fixture
async def phones(announced) -> AsyncIterator[Phones]:
    async with phones_for(announced) as found:
        await announced.leap_to("2027-03-03", "10:00")
        yield found


def reports(phones, unit=PAC012.unit):
    case_id = phones.scene.case().id
    with phones.scene.books() as session:
        return progress.latest_progress(session, case_id, [unit]).get(unit)


async def test_a_pac_reports_in_three_answers(phones):
    phone = await phones.of(PAC012)

    asked = await phones.say(phone, "/avance")
    second = await phones.say(phone, "3")
    summary = await phones.say(phone, "1")
    saved = await phones.press(phone, "Guardar")

    assert asked.text == f"Avance del 03-mar-2027. ¿Cuántas personas ya cobraron de {N}?"
    assert second.text == "¿Cuántas tienen problema para cobrar?"
    assert summary.text == f"Cobraron: 3. Con problema: 1. Pendientes: {N - 4}. ¿Guardar?"
    assert saved.text.startswith(f"Quedó guardado: 3 de {N} cobraron, 1 con problema.")
    assert "/problema" in saved.text
    row = reports(phones)
    assert (row.collected, row.with_problem, row.payees, row.source) == (3, 1, N, ProgressSource.CHAT)
    assert "A38" in phones.scene.done(PAC012.unit)


async def test_ac_43_a_sum_above_the_payees_is_refused_and_nothing_is_stored(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance")
    await phones.say(phone, "3")

    refused = await phones.say(phone, str(N))

    assert refused.text == f"La suma ({N + 3}) es mayor que sus {N} personas del periodo."
    assert reports(phones) is None
    # The answer that was good is kept: only the other one is asked again.
    assert "¿Guardar?" in (await phones.say(phone, "0")).text


async def test_only_numbers_are_taken(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance")

    heard = {(await phones.say(phone, words)).text for words in ("tres", "3 personas", "-1", "3.5", "👍")}

    assert heard == {texts.text("progress_number_only")}
    assert (await phones.say(phone, "3")).text == texts.text("progress_problem")


async def test_a_decrease_is_confirmed_before_it_is_saved(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance 3 0")
    await phones.press(phone, "Guardar")

    doubt = await phones.say(phone, "/avance 2 1")
    kept = reports(phones)
    await phones.press(phone, "Confirmo", "Guardar")

    assert doubt.text == "Antes reportó 3. ¿Confirma la disminución?"
    assert kept.collected == 3
    assert reports(phones).collected == 2


async def test_outside_the_period_its_dates_are_the_answer(phones):
    phone = await phones.of(PAC012)
    await phones.scene.leap_to("2027-03-13", "10:00")

    assert (
        await phones.say(phone, "/avance")
    ).text == "El periodo de entrega es del 01-mar-2027 al 12-mar-2027."


async def test_a_report_counts_from_when_it_was_sent(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance")
    await phones.say(phone, "3")
    # The phone had a signal at ten; the desk is only reached again two days later.
    await phones.stop()
    phone.say("1")
    await phones.scene.leap_to("2027-03-05", "08:30")
    await phones.start()
    await phones.settle()

    await phones.press(phone, "Guardar")

    assert reports(phones).on.isoformat() == "2027-03-03"


async def test_a_report_can_be_corrected_and_the_last_one_counts(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance 3 0")
    await phones.press(phone, "Guardar")

    await phones.press(phone, "Corregir")
    await phones.say(phone, "4")
    await phones.say(phone, "0")
    await phones.press(phone, "Guardar")

    assert reports(phones).collected == 4
    assert len(phones.scene.noted("progress_reported")) == 2


async def test_c_23_the_sac_sees_the_sums_and_asks_the_silent(phones):
    phone, sac = await phones.of(PAC012), await phones.of(SAC_R03)
    silent = await phones.of(PAC015)
    await phones.say(phone, "/avance 3 1")
    await phones.press(phone, "Guardar")

    shown = await phones.say(sac, "/avance")
    silent.unread()
    asked = await phones.press(sac, "Pedir avance")
    again = await phones.say(sac, "/avance")
    once = await phones.press(sac, "Pedir avance")

    assert "3 de " in shown.text
    assert "PAC012" in shown.text
    assert "Sin informe: PAC" in shown.text
    assert asked.text.startswith("Se pidió el avance a ")
    assert [message.text for message in silent.unread()] == [
        f"Su SAC pide el avance de la entrega: ¿cuántas de sus {len(volunteers_of(PAC015.unit))} personas ya cobraron?"
    ]
    assert again.text == shown.text
    assert once.text == "Ya se pidió hoy."


async def test_c_24_what_was_told_by_word_of_mouth_is_marked_so(phones):
    sac = await phones.of(SAC_R03)
    await phones.say(sac, "/avance")

    await phones.press(sac, "Capturar avance verbal", "PAC012")
    await phones.say(sac, "2")
    await phones.say(sac, "0")
    saved = await phones.press(sac, "Guardar")

    row = reports(phones)
    assert (row.collected, row.source) == (2, ProgressSource.VERBAL)
    assert saved.text.startswith("Quedó guardado (verbal)")
    assert phones.scene.steps(PAC012.unit)[-1].role == "SAC"


async def test_a_sac_reports_for_nobody_of_another_region(phones):
    other = await phones.of(SAC_R01)

    shown = await phones.say(other, "/avance")

    assert "PAC012" not in shown.text


async def test_every_week_the_silent_are_asked_and_not_whoever_reported(phones):
    told, silent = await phones.of(PAC012), await phones.of(PAC015)
    await phones.say(told, "/avance 1 0")
    await phones.press(told, "Guardar")
    for phone in (told, silent):
        phone.unread()

    await phones.scene.leap_to("2027-03-05", "09:30")
    await phones.settle()
    first = [phone.unread() for phone in (told, silent)]
    await phones.scene.leap_to("2027-03-12", "09:30")
    await phones.settle()
    last = [phone.unread() for phone in (told, silent)]

    assert [len(messages) for messages in first] == [0, 1]
    assert [bool(messages) for messages in last] == [True, True]
    assert (await phones.press(silent, "Informar avance")).text.startswith("Avance del 12-mar-2027.")


async def test_when_the_period_moves_its_prompts_and_its_end_move_too(phones):
    scene = phones.scene

    def shorten(desk):
        period = periods.get_period(desk.session, PERIOD)
        period.t1 = date(2027, 3, 10)
        desk.session.add(period)
        desk.session.flush()
        redate_periods(desk)

    scene.service.writer.act(shorten)

    with scene.books() as session:
        waiting = {row.name: row.due_on for row in agenda.waiting(session, scene.case().id)}
    assert waiting["PROGRESS"] == date(2027, 3, 10)
    assert waiting["CASES-END"] == date(2027, 3, 10)


async def test_an_interrupted_report_goes_on_where_it_was(phones):
    phone = await phones.of(PAC012)
    await phones.say(phone, "/avance")
    await phones.say(phone, "3")

    await phones.say(phone, "/pendientes")
    summary = await phones.say(phone, "1")

    assert summary.text.startswith("Cobraron: 3. Con problema: 1.")
