"""The chat over real HTTP: linking, what is refused, what is lost (nothing), and who sees what."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from actions.deliver_letters import claim_round, take_back_letters
from actions.link_chat import LOCK
from actions.receive_update import pending_updates, receive_updates
from bot import texts
from bot.wires import TelegramChat, make_bot
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.demo.phone import Phone
from service.settings import read_settings
from service.wiring import Service, writing
from storage import people
from storage.chats import ChatRow
from storage.entries import EntryState
from storage.outbox import LetterRow
from storage.people import ChannelState
from tests.acceptance.chat_scene import Desk
from tests.acceptance.conftest import Offices
from tests.people import PAC012, PAC015, at
from tests.unit.bot import kinds

SAC = at("SAC", "OOAD07-R03")
CACYPCS = at("CACyPCS", "PIB")


@pytest.fixture
async def desk(offices: Offices, tmp_path: Path) -> AsyncIterator[Desk]:
    folder = tmp_path / "datos"
    clock = LeapingClock(offices.copy("asked", folder))
    with writing(read_settings(folder), clock) as writer:
        async with BotApi(clock) as api:
            found = Desk(writer, api, clock)
            await found.start()
            yield found
            await found.stop()


@pytest.fixture
def stranger(desk: Desk) -> Phone:
    return desk.api.phone("Nadie")


NEUTRAL = texts.text("unknown_person")
REFUSED = texts.text("code_refused")


# ------------------------------------------------------------------ linking


async def test_c_01_a_code_and_six_digits_by_mail_tie_an_account(desk, stranger):
    welcome = await desk.say(stranger, "/start")
    asked = await desk.say(stranger, desk.link_code(PAC012).lower().replace("-", " "))
    linked = await desk.say(stranger, desk.digits(PAC012))

    assert welcome == texts.text("welcome")
    assert asked == texts.text("digits_wanted")
    assert linked.startswith("Listo, su cuenta quedó vinculada.")
    assert "Este programa es público, ajeno a cualquier partido político." in linked
    assert "/listado" in linked
    assert "/tablero" not in linked
    assert desk.chat(stranger).person_id == desk.person_id(PAC012)


async def test_c_01_the_link_in_the_mail_opens_the_chat(desk, stranger):
    await desk.say(stranger, "hola")
    desk.link_code(PAC012)

    url = re.search(r"https://\S+", desk.letters("LINK")[-1][1])[0]
    stranger.open_link(url)
    await desk.settle()

    assert stranger.unread()[-1].text == texts.text("digits_wanted")


async def test_wrong_used_and_expired_codes_are_answered_alike(desk):
    used, expired = desk.link_code(PAC012), desk.link_code(PAC015)
    await desk.say(desk.api.phone("Uno"), f"/start {used}")
    answers = [
        await desk.say(desk.api.phone("Dos"), f"/start {code}") for code in (used, "AAAA-BBBB", "x" * 40)
    ]
    desk.clock.leap_to(desk.clock.now() + timedelta(hours=73))
    answers.append(await desk.say(desk.api.phone("Tres"), f"/vincular {expired}"))

    assert answers == [REFUSED] * 4


async def test_a_code_without_the_mailbox_of_its_person_ties_nothing(desk, stranger):
    await desk.say(stranger, f"/start {desk.link_code(PAC012)}")

    guess = "000000" if desk.digits(PAC012) != "000000" else "111111"

    assert await desk.say(stranger, guess) == REFUSED
    assert await desk.say(stranger, "/pendientes") == texts.text("digits_wanted")
    assert desk.chat(stranger).linked_at is None


async def test_digits_are_good_only_in_the_chat_that_asked_for_them(desk, stranger):
    other = desk.api.phone("Otro")
    await desk.say(other, f"/start {desk.link_code(PAC015)}")
    await desk.say(stranger, f"/start {desk.link_code(PAC012)}")

    assert await desk.say(other, desk.digits(PAC012)) == REFUSED


async def test_five_wrong_codes_lock_the_account_for_a_day_and_alarm(desk, stranger):
    for _ in range(5):
        assert await desk.say(stranger, "/start AAAA-BBBB") == REFUSED
    code = desk.link_code(PAC012)
    locked = await desk.say(stranger, f"/start {code}")
    alarms = {address for address, _text in desk.letters("M-48")}
    desk.clock.leap_to(desk.clock.now() + LOCK + timedelta(minutes=1))
    later = await desk.say(stranger, f"/start {code}")

    assert locked == REFUSED
    assert alarms == {at("ADMIN", "PIB").email, CACYPCS.email}
    assert "AAAA" not in "".join(text for _address, text in desk.letters("M-48"))
    assert later == texts.text("digits_wanted")


async def test_a_person_has_one_account_and_the_older_one_is_told(desk):
    old = await desk.linked(PAC012)
    new = await desk.linked(PAC012)

    assert [message.text[:48] for message in old.unread()] == [
        texts.text("replaced", mailbox=desk.writer.office.address)[:48]
    ]
    assert await desk.say(old, "/pendientes") == NEUTRAL
    assert "pendiente" in await desk.say(new, "/pendientes")


async def test_desvincular_asks_and_does(desk):
    phone = await desk.linked(PAC012)

    assert await desk.say(phone, "/desvincular") == texts.text("unlink_question")
    phone.press("No")
    await desk.settle()
    assert phone.unread()[-1].text == texts.text("unlink_kept")
    await desk.say(phone, "/desvincular")
    phone.press("Sí")
    await desk.settle()

    assert phone.unread()[-1].text == texts.text("unlinked")
    assert await desk.say(phone, "/ayuda") == NEUTRAL
    assert desk.api.chats.waiting_buttons() == 0
    assert all(not message.buttons for message in phone.messages())


async def test_a_button_of_somebody_else_or_pressed_twice_does_nothing(desk):
    phone = await desk.linked(PAC012)
    other = await desk.linked(PAC015)
    await desk.say(phone, "/desvincular")
    question = phone.messages()[-1]
    stolen = question.button("Sí").data

    desk.api.chats.ask(
        other.person, {"message_id": 1, "chat": {"id": other.id, "type": "private"}, "date": 1}, stolen
    )
    await desk.settle()
    phone.press("No", under=question)
    phone.press("Sí", under=question)
    await desk.settle()

    assert other.toasts == [texts.text("stale_button")]
    assert phone.toasts == [texts.text("stale_button")]
    assert desk.chat(phone).linked_at is not None
    assert desk.chat(other).linked_at is not None


async def test_who_holds_no_post_any_more_is_nobody(desk):
    phone = await desk.linked(PAC012)
    with desk.writer.store.transaction() as session:
        for _post, holding in people.posts_of(session, desk.person_id(PAC012), desk.clock.now().date()):
            holding.to_on = desk.clock.now().date() - timedelta(days=1)
            session.add(holding)

    assert await desk.say(phone, "/pendientes") == NEUTRAL


# ------------------------------------------------------------------ what is not done here


@pytest.mark.parametrize(
    "words", ["hola", "/ayuda", "/pendientes", "123456", "AAAA-BBBB", "autorizo", "¿quién es PAC012?"]
)
async def test_c_04_unknown_people_get_one_text_whatever_they_write(desk, stranger, words):
    assert await desk.say(stranger, words) == NEUTRAL


async def test_c_04_a_strangers_file_is_answered_like_everything_else(desk, stranger):
    stranger.send_document("listado.xlsx", b"PK")
    await desk.settle()

    assert [message.text for message in stranger.unread()] == [NEUTRAL]
    assert desk.api.calls["getfile"] == 0


@pytest.mark.parametrize("words", ["autorizo", "Autorizo el listado nacional", "APRUEBO", "Sí, rubrico"])
async def test_ac_34_the_list_cannot_be_authorised_by_chat(desk, words):
    phone = await desk.linked(CACYPCS)

    assert await desk.say(phone, words) == "La autorización del listado no puede hacerse por este medio."
    assert desk.count("chat_authorisation_refused") == 1
    assert desk.count("list_authorised") == 0


async def test_ac_72_files_are_refused_with_where_to_send_them_and_not_even_fetched(desk):
    phone = await desk.linked(PAC012)
    phone.unread()

    phone.send_document("listado.xlsx", b"PK")
    phone.send_photo(b"\xff\xd8")
    await desk.settle()

    said = f"Por seguridad, envíe el listado por correo a {desk.writer.office.address}."
    assert [message.text for message in phone.unread()] == [said, said]
    assert desk.api.calls["getfile"] == 0


async def test_ac_48_in_a_group_the_desk_says_one_line_and_leaves(desk, stranger):
    group = desk.api.group("Supervisión")

    group.add_bot(stranger)
    group.say(stranger, "@OficialiaBot ¿quiénes son las personas de PAC012?")
    await desk.settle()

    assert group.texts() == ["Este servicio atiende sólo en conversación privada."]
    assert not group.has_bot
    group.add_bot(stranger)
    await desk.settle()
    assert group.texts() == ["Este servicio atiende sólo en conversación privada."] * 2
    assert not group.has_bot


async def test_more_than_twenty_messages_in_a_minute_are_not_answered(desk, stranger):
    for _ in range(25):
        stranger.say("hola")
    await desk.settle()

    said = [message.text for message in stranger.unread()]
    assert said == [NEUTRAL] * 20 + [texts.text("too_fast")]


# ------------------------------------------------------------------ what somebody may ask


async def test_c_10_what_waits_for_a_pac(desk):
    phone = await desk.linked(PAC012)

    answer = await desk.say(phone, "/pendientes")

    assert answer == "Tiene 1 pendiente:\n\n1) Enviar listado enero-febrero 2027, vence el 18-ene-2027."
    phone.press("Ver 1")
    phone.press("Ver 1")
    await desk.settle()
    details = [message.text for message in phone.unread()]
    assert len(details) == 2
    assert all("PAC012" in one and "Vence el lunes 18 de enero de 2027" in one for one in details)


async def test_c_12_a_list_that_has_not_come(desk):
    phone = await desk.linked(PAC012)

    assert (await desk.say(phone, "/listado")).startswith(
        "Aún no se recibe su listado de enero-febrero 2027; vence el"
    )


async def test_c_20_a_sac_sees_the_region_and_a_pac_does_not(desk):
    sac, pac = await desk.linked(SAC), await desk.linked(PAC012)

    answer = await desk.say(sac, "/tablero")
    sac.press("Ver faltantes")
    await desk.settle()

    assert re.match(
        r"Región 03 .*, enero-febrero 2027: 0/\d+ PAC entregaron; 0 con errores; vence el", answer
    )
    missing = sac.unread()[-1].text
    assert "PAC012" in missing
    assert PAC012.name not in missing
    assert (await desk.say(pac, "/tablero")).startswith("No entendí. Elija una opción:")


# ------------------------------------------------------------------ nothing is lost, nothing is done twice


async def test_a_message_counts_from_when_it_was_sent_however_late_the_desk_reads_it(desk, stranger):
    await desk.stop()
    sent = desk.clock.now()
    stranger.say("hola")
    desk.clock.leap_to(sent + timedelta(days=2))
    await desk.start()
    await desk.settle()

    row = desk.updates()[-1]
    assert abs(row.received_at - sent) < timedelta(seconds=1)
    assert row.recorded_at == desk.clock.now()


async def test_the_service_itself_answers_once_it_has_a_token(desk, stranger, tmp_path):
    await desk.stop()
    desk.writer.store.close()
    settings = read_settings(tmp_path / "datos").model_copy(
        update={
            "telegram_token": SecretStr(desk.api.token),
            "telegram_api": desk.api.url.removesuffix("/bot"),
        }
    )
    service = Service(settings, clock=desk.clock)
    await service.start()
    try:
        stranger.say("hola")

        assert (await stranger.hear()).text == NEUTRAL
        assert "chat" in {task.get_name() for task in service._tasks}
    finally:
        await service.stop()


async def test_what_was_recorded_and_not_confirmed_is_answered_once_after_a_restart(desk, stranger):
    await desk.say(stranger, "hola")
    await desk.stop()
    fetched = await _fetch_and_record(desk, stranger, "/start AAAA-BBBB")

    await desk.start()
    await desk.settle()

    assert fetched == 1
    assert [message.text for message in stranger.unread()] == [REFUSED]
    assert desk.count("update_repeated") == 1
    assert desk.count("link_refused") == 1


async def _fetch_and_record(desk: Desk, phone: Phone, text: str) -> int:
    """Record what somebody writes, and stop before the server is told."""
    phone.unread()
    phone.say(text)
    chat = TelegramChat(make_bot(desk.settings()))
    await chat.connect()
    updates = await chat.fetch(confirm=None, wait_seconds=0)
    await chat.close()
    return desk.writer.act(receive_updates, updates)


async def test_105_kinds_of_updates_are_recorded_and_change_and_stop_nothing(desk, stranger):
    unwanted = list(kinds.kinds())
    before = {kind: desk.count(kind) for kind in ("step_taken", "chat_linked", "chat_letter_queued")}

    for _name, content in unwanted:
        desk.push_raw(content)
    answer = await desk.say(stranger, "hola")

    assert answer == NEUTRAL
    rows = desk.updates()
    assert len(rows) == len(unwanted) + 1 >= 106
    assert {row.state for row in rows} == {EntryState.APPLIED}
    assert [row.kind for row in rows] == ["other"] * len(unwanted) + ["said"]
    assert {kind: desk.count(kind) for kind in before} == before | {
        "chat_letter_queued": before["chat_letter_queued"] + 1
    }
    with desk.writer.store.reading() as session:
        assert [chat.chat_id for chat in session.exec(select(ChatRow)).all()] == [stranger.id]


async def test_our_own_fault_goes_to_the_tray_and_to_the_operator_and_stops_nobody(
    desk, stranger, monkeypatch
):
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.conversation.talk_with_stranger", fail)
    stranger.say("hola")
    await desk.settle()
    monkeypatch.undo()

    assert [row.state for row in desk.updates()] == [EntryState.UNCLASSIFIED]
    assert [address for address, _ in desk.letters("M-48")] == [at("ADMIN", "PIB").email]
    assert stranger.unread() == []
    assert await desk.say(stranger, "hola") == NEUTRAL


async def test_an_answer_whose_receipt_was_lost_goes_again_and_the_journal_says_so(desk, stranger):
    desk.api.lose_answers(1, method="sendMessage")

    phone = stranger
    phone.say("hola")
    async with asyncio.timeout(20):
        while desk.count("letter_repeated") == 0:  # noqa: ASYNC110 - real wires tell nobody
            await asyncio.sleep(0.01)

    assert [message.text for message in phone.unread()] == [NEUTRAL]
    with desk.writer.store.transaction() as session:
        letter = session.exec(select(LetterRow).where(col(LetterRow.channel) == "telegram")).one()
        letter.retry_at = None
        session.add(letter)
    desk.line.couriers.wake()
    await desk.settle()
    assert [message.text for message in phone.unread()] == [NEUTRAL]


async def test_what_was_in_flight_when_the_desk_died_goes_again_and_the_journal_says_so(desk, stranger):
    await desk.say(stranger, "/start")
    await desk.stop()
    await _fetch_and_record(desk, stranger, "hola")
    chat = TelegramChat(make_bot(desk.settings()))
    for pending in desk.writer.act(pending_updates, limit=9):
        desk.writer.act(chat.respond, pending.entry_id, system_now=desk.clock.system_now())
    claimed = desk.writer.act(
        claim_round,
        worker="died",
        system_now=desk.clock.system_now(),
        lease_seconds=600,
        limit=9,
        channel="telegram",
    )

    desk.writer.act(take_back_letters)
    await desk.start()
    await desk.settle()

    assert len(claimed) == 1
    assert [message.text for message in stranger.unread()] == [NEUTRAL]
    assert desk.count("letter_repeated") == 1


@pytest.mark.parametrize("moments", range(6))
async def test_a_courier_that_is_woken_and_stopped_at_the_same_moment_stops(desk, moments):
    await desk.stop()
    await desk.start()
    resting = desk._tasks[-1]
    while not desk.line.couriers._woken._waiters:  # noqa: ASYNC110 -- it rests once it waits to be woken
        await asyncio.sleep(0)

    desk.line.couriers.wake()
    for _ in range(moments):
        await asyncio.sleep(0)
    resting.cancel()

    done, _ = await asyncio.wait([resting], timeout=3)
    assert done


async def test_a_flood_is_waited_out_in_order(desk, stranger):
    desk.api.flood(2, retry_after=1, method="sendMessage")

    stranger.say("/start")
    stranger.say("/start AAAA-BBBB")
    stranger.say("hola")
    await desk.settle()

    assert [message.text for message in stranger.unread()] == [texts.text("welcome"), REFUSED, NEUTRAL]


async def test_an_account_that_blocked_the_desk_is_noted_until_it_comes_back(desk):
    phone = await desk.linked(PAC012)
    phone.say("/ayuda")
    phone.person.blocked = True
    await desk.settle()
    blocked = desk.chat(phone).state
    phone.unblock()
    await desk.settle()

    assert blocked is ChannelState.BOUNCING
    assert desk.chat(phone).state is ChannelState.ACTIVE
    assert desk.count("chat_unreachable") == 1
    assert "pendiente" in await desk.say(phone, "/pendientes")


@pytest.mark.parametrize(
    "trouble",
    [
        lambda api: api.break_down(2),
        lambda api: api.lose_answers(2, method="getUpdates"),
        lambda api: api.flood(1, retry_after=1, method="getUpdates"),
    ],
    ids=["bad gateway", "lost network", "429"],
)
async def test_a_lost_line_is_taken_up_again(desk, stranger, trouble: Callable[[BotApi], Any]):
    trouble(desk.api)

    assert await desk.say(stranger, "hola") == NEUTRAL


async def test_another_poller_is_survived(desk, stranger):
    await desk.say(stranger, "hola")

    await desk.api.chats.take_updates(offset=0, limit=1, wait_seconds=0, allowed=None)

    assert await desk.say(stranger, "hola") == NEUTRAL
    assert [row.state for row in desk.updates()] == [EntryState.APPLIED] * 2


async def test_people_are_answered_side_by_side_and_each_in_order(desk):
    phones = [desk.api.phone(f"Persona {number}") for number in range(25)]

    for phone in phones:
        phone.say("/start")
    for phone in phones:
        phone.say("/start AAAA-BBBB")
    await desk.settle()

    assert {tuple(message.text for message in phone.unread()) for phone in phones} == {
        (texts.text("welcome"), REFUSED)
    }
