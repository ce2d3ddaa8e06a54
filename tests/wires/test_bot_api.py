"""The emulated Bot API does what Telegram's documentation says, seen through python-telegram-bot."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)
from telegram.request import HTTPXRequest

from service.clock import LeapingClock
from service.demo.background import in_background
from service.demo.bot_api import BotApi
from service.demo.phone import NoSuchButton, NothingCame, Phone


@pytest.fixture
async def api(clock: LeapingClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock) as server:
        yield server


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    async with made_bot(api) as one:
        yield one


@pytest.fixture
def rosa(api: BotApi) -> Phone:
    phone = api.phone("Rosa", last_name="Pérez", username="rosa_pac")
    phone.start()
    return phone


def made_bot(api: BotApi, token: str = "") -> Bot:
    # Reading the world's certificates takes longer than a test, and loopback has none.
    plain = {"verify": False}
    return Bot(
        token or api.token,
        base_url=api.url,
        base_file_url=api.file_url,
        request=HTTPXRequest(connection_pool_size=20, httpx_kwargs=plain),
        get_updates_request=HTTPXRequest(connection_pool_size=4, httpx_kwargs=plain),
    )


async def confirm(bot: Bot) -> list[Update]:
    """Read what waits, and confirm it."""
    updates = list(await bot.get_updates(allowed_updates=Update.ALL_TYPES))
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1, limit=1)
    return updates


def refused(words: str, kind: type[TelegramError] = BadRequest) -> AbstractContextManager[Any]:
    """Expect a refusal in these words; the library writes their first letter large."""
    return pytest.raises(kind, match=re.compile(re.escape(words), re.IGNORECASE))


def buttons(*names: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(name, callback_data=f"token-{name}") for name in names]]
    )


# getMe, tokens, methods


async def test_the_bot_learns_who_it_is(api: BotApi, bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.username, me.is_bot, me.first_name) == ("OficialiaBot", True, "Oficialía")
    assert me.can_read_all_group_messages is False


async def test_a_wrong_token_is_not_let_in(api: BotApi) -> None:
    with pytest.raises(InvalidToken):
        async with made_bot(api, "780003002:wrong"):
            pass


async def test_a_method_that_does_not_exist_is_not_found(api: BotApi) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{api.url}{api.token}/sendDice", json={"chat_id": 1})

    assert answer.status_code == 404
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
async def test_parameters_come_in_four_ways(api: BotApi, rosa: Phone, way: str) -> None:
    values = {"chat_id": str(rosa.id), "text": "Recibido"}
    url = f"{api.url}{api.token}/SENDMESSAGE"
    sent: dict[str, Any] = {
        "query": {"params": values},
        "form": {"data": values},
        "json": {"json": values},
        "multipart": {"data": values, "files": {"unused": b"x"}},
    }[way]

    async with httpx.AsyncClient() as client:
        answer = await client.post(url, **sent)

    assert answer.json()["ok"] is True
    assert rosa.unread()[0].text == "Recibido"


# getUpdates


async def test_a_long_poll_ends_when_somebody_writes(bot: Bot, rosa: Phone) -> None:
    await confirm(bot)

    waiting = asyncio.create_task(bot.get_updates(timeout=20, read_timeout=25))
    await asyncio.sleep(0)
    rosa.say("/avance@OficialiaBot hoy")
    (update,) = await waiting

    assert update.message is not None
    assert update.message.text == "/avance@OficialiaBot hoy"
    assert [update.message.parse_entity(entity) for entity in update.message.entities] == [
        "/avance@OficialiaBot"
    ]
    assert update.effective_user is not None
    assert update.effective_user.full_name == "Rosa Pérez"


async def test_a_long_poll_ends_empty_after_its_time(bot: Bot, rosa: Phone) -> None:
    await confirm(bot)

    assert list(await bot.get_updates(timeout=1, read_timeout=5)) == []


async def test_updates_come_again_until_their_offset_is_confirmed(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    for number in range(3):
        rosa.say(str(number))

    first = await bot.get_updates()
    again = await bot.get_updates()
    rest = await bot.get_updates(offset=first[0].update_id + 1)
    limited = await bot.get_updates(limit=1)
    last = await bot.get_updates(offset=-1)

    assert [update.update_id for update in first] == [update.update_id for update in again]
    assert [update.message.text for update in rest if update.message] == ["1", "2"]
    assert [update.message.text for update in limited if update.message] == ["1"]
    assert [update.message.text for update in last if update.message] == ["2"]
    assert api.in_flight() == 1


async def polled(api: BotApi, *, by_somebody: bool = True) -> None:
    """Give the server its turns until a getUpdates waits there, or none does."""
    while api.chats.is_polled() is not by_somebody:  # noqa: ASYNC110 -- the server tells nobody
        await asyncio.sleep(0.005)


async def test_a_new_poll_ends_the_older_with_a_conflict(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await confirm(bot)

    older = asyncio.create_task(bot.get_updates(timeout=20, read_timeout=25))
    await polled(api)
    newer = await bot.get_updates(timeout=0)

    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await older
    assert list(newer) == []


async def test_a_poll_that_hung_up_is_forgotten(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await confirm(bot)

    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"{api.url}{api.token}/getUpdates", params={"timeout": 30}, timeout=0.1)
    await polled(api, by_somebody=False)
    rosa.say("después")

    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "después"


async def test_kinds_that_nobody_asked_for_are_not_sent(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await bot.get_updates(allowed_updates=["message"])
    await confirm(bot)
    await bot.get_updates(allowed_updates=["message"])

    rosa.block()
    rosa.say("sólo esto")

    (update,) = await bot.get_updates()
    assert update.message is not None


async def test_updates_of_the_future_arrive_and_stop_nothing(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    await bot.get_updates(allowed_updates=[])
    api.push("hologram", {"depth": 3})
    api.push(
        "channel_post", {"message_id": 1, "date": 1, "chat": {"id": -100, "type": "channel"}, "new": {"a": 1}}
    )
    rosa.say("sigo aquí")

    updates = await bot.get_updates()

    assert len(updates) == 3
    assert updates[0].effective_user is None


async def test_waiting_updates_can_be_dropped(bot: Bot, rosa: Phone) -> None:
    await bot.delete_webhook(drop_pending_updates=True)

    assert list(await bot.get_updates()) == []
    assert (await bot.get_webhook_info()).pending_update_count == 0


# Messages and their buttons


async def test_a_message_arrives_at_office_time(bot: Bot, rosa: Phone, clock: LeapingClock) -> None:
    sent = await bot.send_message(
        rosa.id, "Folio <b>12</b> ✓ &amp; más", parse_mode="HTML", disable_notification=True
    )

    (seen,) = rosa.unread()
    assert sent.date == seen.at == clock.now()
    assert seen.text == sent.text == "Folio 12 ✓ & más"
    assert sent.parse_entities() == {sent.entities[0]: "12"}
    assert seen.silent
    assert rosa.unread() == []


async def test_a_pressed_button_asks_and_its_answer_shows(bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    await bot.send_message(rosa.id, "¿Confirma?", reply_markup=buttons("Sí", "No"))

    rosa.press("Sí")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    await query.answer("Anotado")
    await query.edit_message_text("Confirmado.")

    assert query.data == "token-Sí"
    assert query.from_user.id == rosa.id
    assert rosa.toasts == ["Anotado"]
    (seen,) = [message for message in rosa.messages() if not message.mine]
    assert (seen.text, seen.buttons, seen.edited) == ("Confirmado.", (), True)
    with pytest.raises(NoSuchButton):
        rosa.press("Sí")
    with refused("query is too old and response timeout expired or query id is invalid"):
        await query.answer("otra vez")


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, rosa: Phone) -> None:
    sent = await bot.send_message(rosa.id, "Igual", reply_markup=buttons("Sí"))

    with refused("message is not modified"):
        await bot.edit_message_text("Igual", rosa.id, sent.message_id, reply_markup=buttons("Sí"))
    await bot.edit_message_reply_markup(rosa.id, sent.message_id, reply_markup=buttons("Sí", "No"))
    await bot.edit_message_reply_markup(rosa.id, sent.message_id)
    with refused("message is not modified"):
        await bot.edit_message_reply_markup(rosa.id, sent.message_id)


async def test_only_its_own_messages_can_be_edited(bot: Bot, rosa: Phone) -> None:
    hers = rosa.say("mío")

    with refused("message can't be edited"):
        await bot.edit_message_text("tuyo", rosa.id, hers.id)
    with refused("message to edit not found"):
        await bot.edit_message_text("nada", rosa.id, 9999)


async def test_messages_can_be_deleted_for_two_days(bot: Bot, rosa: Phone, clock: LeapingClock) -> None:
    first = await bot.send_message(rosa.id, "nombres")
    second = await bot.send_message(rosa.id, "más nombres")

    assert await bot.delete_message(rosa.id, first.message_id)
    clock.leap_to(clock.now() + timedelta(hours=49))

    with refused("message can't be deleted for everyone"):
        await bot.delete_message(rosa.id, second.message_id)
    with refused("message to delete not found"):
        await bot.delete_message(rosa.id, first.message_id)
    assert [seen.text for seen in rosa.messages() if not seen.mine] == ["más nombres"]


async def test_a_reply_names_what_it_answers(bot: Bot, rosa: Phone) -> None:
    hers = rosa.say("¿Cuándo?")

    sent = await bot.send_message(rosa.id, "El lunes.", reply_parameters=ReplyParameters(hers.id))

    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "¿Cuándo?"
    with refused("message to be replied not found"):
        await bot.send_message(rosa.id, "x", reply_parameters=ReplyParameters(9999))
    loose = await bot.send_message(
        rosa.id, "x", reply_parameters=ReplyParameters(9999, allow_sending_without_reply=True)
    )
    assert loose.reply_to_message is None


async def test_a_keyboard_is_shown_and_taken_away(bot: Bot, rosa: Phone) -> None:
    board = ReplyKeyboardMarkup([["/avance", KeyboardButton("Mi ubicación", request_location=True)]])

    await bot.send_message(rosa.id, "Elija", reply_markup=board)
    shown = rosa.keyboard
    await bot.send_message(rosa.id, "Listo", reply_markup=ReplyKeyboardRemove())

    assert shown == (("/avance", "Mi ubicación"),)
    assert rosa.keyboard == ()


async def test_what_telegram_would_not_take_is_refused(bot: Bot, rosa: Phone) -> None:
    for text, words in (("", "text is empty"), ("   ", "text is empty"), ("x" * 4097, "too long")):
        with refused(words):
            await bot.send_message(rosa.id, text)
    for markup, words in (("<b>abierto", "end tag"), ("<div>x</div>", "unsupported start tag")):
        with refused(words):
            await bot.send_message(rosa.id, markup, parse_mode="HTML")
    long_data = InlineKeyboardMarkup([[InlineKeyboardButton("Sí", callback_data="á" * 33)]])
    with refused("button_data_invalid"):
        await bot.send_message(rosa.id, "x", reply_markup=long_data)
    with refused("Text buttons are unallowed"):
        await bot.send_message(
            rosa.id, "x", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Sí")]])
        )
    assert rosa.unread() == []


async def test_a_corrected_message_is_told(bot: Bot, rosa: Phone) -> None:
    written = rosa.say("12 entregas")
    await confirm(bot)

    rosa.correct(written, "13 entregas")

    (update,) = await bot.get_updates()
    assert update.edited_message is not None
    assert update.edited_message.text == "13 entregas"


# Files and places


async def test_a_document_goes_up_and_comes_down(bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    workbook = bytes(range(256)) * 4000
    rosa.send_document("listado año.xlsx", workbook)

    (update,) = await bot.get_updates()
    assert update.message is not None
    document = update.message.document
    assert document is not None
    content = await (await document.get_file()).download_as_bytearray()
    await bot.send_document(rosa.id, bytes(content), filename="devuelto ñ.xlsx", caption="Con marcas")
    again = await bot.send_document(rosa.id, document.file_id)

    assert (document.file_name, document.file_size) == ("listado año.xlsx", len(workbook))
    first, second = rosa.unread()
    assert (first.file_name, first.content == workbook, first.text) == ("devuelto ñ.xlsx", True, "Con marcas")
    assert second.content == workbook
    assert again.document is not None


async def test_photos_and_places_go_both_ways(bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    rosa.send_photo(b"jpeg", caption="Identificación")
    rosa.send_location(16.75, -93.11)
    rosa.send_contact("+529610000000")

    photo, place, contact = [update.message for update in await bot.get_updates()]
    assert photo is not None
    assert place is not None
    assert contact is not None
    await bot.send_photo(rosa.id, photo.photo[-1].file_id)
    await bot.send_photo(rosa.id, b"otro jpeg")
    await bot.send_location(rosa.id, 16.9, -92.1)

    assert photo.caption == "Identificación"
    assert place.location is not None
    assert (place.location.latitude, place.location.longitude) == (16.75, -93.11)
    assert contact.contact is not None
    assert contact.contact.user_id == rosa.id
    same, other, where = rosa.unread()
    assert (same.content, other.content, where.location) == (b"jpeg", b"otro jpeg", (16.9, -92.1))


async def test_files_that_are_too_big_or_unknown_are_refused(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    rosa.send_document("grande.bin", b"x" * 20_000_001)

    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    with refused("file is too big"):
        await update.message.document.get_file()
    with refused("wrong file_id"):
        await bot.get_file("nunca-visto")
    with refused("caption is too long"):
        await bot.send_document(rosa.id, b"x", caption="x" * 1025)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{api.file_url}{api.token}/documents/none")).status_code == 404


# Whom a bot may write to


async def test_it_cannot_write_first(api: BotApi, bot: Bot) -> None:
    stranger = api.phone("Nadie")
    met = api.phone("Alguien", known=True)

    for unknown in (stranger.id, 12345, "@nadie"):
        with refused("chat not found"):
            await bot.send_message(unknown, "hola")
    with refused("bot can't initiate conversation with a user", Forbidden):
        await bot.send_message(met.id, "hola")
    met.start()
    await bot.send_message(met.id, "hola")


async def test_a_blocked_bot_is_told_so_until_it_is_let_back(bot: Bot, rosa: Phone) -> None:
    await confirm(bot)

    rosa.block()
    with refused("bot was blocked by the user", Forbidden):
        await bot.send_message(rosa.id, "hola")
    rosa.unblock()
    await bot.send_message(rosa.id, "hola")

    members = [update.my_chat_member for update in await bot.get_updates()]
    assert [(one.old_chat_member.status, one.new_chat_member.status) for one in members if one] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]


async def test_an_account_that_was_given_up_gets_nothing(bot: Bot, rosa: Phone) -> None:
    rosa.deactivate()

    with refused("user is deactivated", Forbidden):
        await bot.send_message(rosa.id, "hola")


async def test_a_link_carries_its_payload(api: BotApi, bot: Bot) -> None:
    phone = api.phone("Ana")

    phone.open_link("https://t.me/OficialiaBot?start=jur09_AbC-12")

    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "/start jur09_AbC-12"
    with pytest.raises(ValueError, match="payload"):
        phone.start("con espacio")
    with pytest.raises(ValueError, match="payload"):
        phone.start("x" * 65)
    with pytest.raises(ValueError, match="link"):
        phone.open_link("https://t.me/OtroBot?start=x")


async def test_a_group_hears_one_line_and_sees_it_leave(api: BotApi, bot: Bot, rosa: Phone) -> None:
    await confirm(bot)
    group = api.group("Promotores")
    group.add_bot(rosa)
    group.say(rosa, "entre nosotros")
    group.say(rosa, "/avance")

    updates = await bot.get_updates()
    await bot.send_message(group.id, "Este servicio atiende sólo en conversación privada.")
    await bot.leave_chat(group.id)

    kinds = [
        update.my_chat_member is not None or bool(update.message and update.message.new_chat_members)
        for update in updates
    ]
    assert kinds == [True, True, False]
    assert updates[2].message is not None
    assert updates[2].message.text == "/avance"
    assert updates[2].message.chat.type == "group"
    assert group.texts() == ["Este servicio atiende sólo en conversación privada."]
    assert not group.has_bot
    with refused("bot is not a member", Forbidden):
        await bot.send_message(group.id, "otra")
    with refused("private chats"):
        await bot.leave_chat(rosa.id)


# Trouble


async def test_a_flood_says_how_long_to_wait(api: BotApi, bot: Bot, rosa: Phone) -> None:
    api.flood(1, retry_after=7, method="sendMessage", chat_id=rosa.id)

    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(rosa.id, "hola")
    await bot.send_message(rosa.id, "hola")

    assert refusal.value._retry_after == timedelta(seconds=7)
    assert len(rosa.unread()) == 1


async def test_more_messages_a_second_than_allowed_are_a_flood(clock: LeapingClock) -> None:
    async with BotApi(clock, messages_per_second=5) as api, made_bot(api) as bot:
        rosa = api.phone("Rosa")
        rosa.start()

        answers = await asyncio.gather(
            *(bot.send_message(rosa.id, str(number)) for number in range(8)), return_exceptions=True
        )

    assert sum(isinstance(answer, RetryAfter) for answer in answers) == 3
    assert len(rosa.unread()) == 5


async def test_a_bad_gateway_is_no_answer_of_telegram(api: BotApi, bot: Bot, rosa: Phone) -> None:
    api.break_down(1)

    with pytest.raises(NetworkError):
        await bot.send_message(rosa.id, "hola")
    await bot.send_message(rosa.id, "hola")

    assert len(rosa.unread()) == 1


async def test_an_answer_can_be_lost_after_the_message_left(api: BotApi, bot: Bot, rosa: Phone) -> None:
    api.lose_answers(1, method="sendMessage")

    with pytest.raises(NetworkError):
        await bot.send_message(rosa.id, "hola")

    assert [seen.text for seen in rosa.unread()] == ["hola"]
    assert api.in_flight() == 1


# Menus and conversations


async def test_menus_are_kept_by_scope(bot: Bot, rosa: Phone) -> None:
    everybody = [BotCommand("ayuda", "Qué puede hacer aquí")]
    hers = [*everybody, BotCommand("avance", "Informar entregas")]

    await bot.set_my_commands(everybody)
    await bot.set_my_commands(hers, scope={"type": "chat", "chat_id": rosa.id})  # type: ignore[arg-type]

    assert list(await bot.get_my_commands()) == everybody
    with refused("bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Ayuda", "x")])
    await bot.delete_my_commands()
    assert list(await bot.get_my_commands()) == []


async def test_a_person_can_wait_for_what_the_bot_says(bot: Bot, rosa: Phone) -> None:
    waiting = asyncio.create_task(rosa.hear("folio"))
    await bot.send_message(rosa.id, "Un momento")
    await bot.send_message(rosa.id, "Su folio es 7")

    assert (await waiting).text == "Su folio es 7"
    with pytest.raises(NothingCame, match="folio es 7"):
        await rosa.hear("más", patience_seconds=0.01)


async def test_a_whole_application_runs_and_stops(api: BotApi) -> None:
    rosa = api.phone("Rosa")
    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder().token(api.token).base_url(api.url).base_file_url(api.file_url).build()
    )

    async def start(update: Update, _: object) -> None:
        assert update.message is not None
        await update.message.reply_text("¿Empezamos?", reply_markup=buttons("Sí"))

    async def pressed(update: Update, _: object) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("Empezamos.")

    async def anything(update: Update, _: object) -> None:
        assert update.message is not None
        await update.message.reply_text(f"Dijo {update.message.text}")

    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(pressed))
    application.add_handler(MessageHandler(filters.TEXT, anything))
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(timeout=5)
        rosa.start("x")
        await rosa.hear("¿Empezamos?")
        rosa.press("Sí")
        await rosa.wait_until(
            lambda: any(message.text == "Empezamos." for message in rosa.messages()) or None
        )
        rosa.say("hola")
        await rosa.hear("Dijo hola")
        await application.updater.stop()
        await application.stop()

    assert api.in_flight() == 0
    assert api.chats.waiting_buttons() == 0


def test_it_can_run_beside_code_that_does_not_await(clock: LeapingClock) -> None:
    api = BotApi(clock)
    rosa = api.phone("Rosa")

    with in_background(api), httpx.Client() as client:
        rosa.start()
        updates = client.get(f"{api.url}{api.token}/getUpdates").json()["result"]
        client.post(f"{api.url}{api.token}/sendMessage", json={"chat_id": rosa.id, "text": "hola"})

    assert updates[0]["message"]["text"] == "/start"
    assert [seen.text for seen in rosa.unread()] == ["hola"]
