"""What names people does not stay in a chat, and a chat's menu names only what its person may ask."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from actions.fire_deadlines import fire_deadlines
from actions.send_chat import Choice, send_chat
from bot import texts
from service.clock import LeapingClock
from service.demo.bot_api import BotApi
from service.settings import read_settings
from service.wiring import writing
from storage import people
from tests.acceptance.chat_scene import Desk
from tests.acceptance.conftest import Offices
from tests.people import PAC012, at

SAC = at("SAC", "OOAD07-R03")


@pytest.fixture
async def desk(offices: Offices, tmp_path: Path) -> AsyncIterator[Desk]:
    clock = LeapingClock(offices.copy("asked", tmp_path / "datos"))
    with writing(read_settings(tmp_path / "datos"), clock) as writer:
        async with BotApi(clock) as api:
            found = Desk(writer, api, clock)
            await found.start()
            yield found
            await found.stop()


async def names(desk, phone, *choices):
    """Let the desk write something that names somebody."""
    desk.writer.act(
        send_chat,
        phone.id,
        "1) Rosa Ejemplo Uno",
        template="chat:names",
        version="1",
        choices=[list(choices)] if choices else (),
        personal=True,
    )
    await desk.settle()
    return phone.unread()[-1]


def seen(phone):
    return [message.text for message in phone.messages() if not message.mine]


async def leap(desk, **time):
    desk.clock.leap_to(desk.clock.now() + timedelta(**time))
    desk.writer.act(fire_deadlines)
    await desk.settle()


async def test_a_message_with_names_is_taken_away_by_its_button(desk):
    phone = await desk.linked(PAC012)
    message = await names(desk, phone)

    phone.press("Borrar", under=message)
    await desk.settle()

    assert message.text not in seen(phone)
    assert desk.api.chats.waiting_buttons() == 0


async def test_a_message_with_names_goes_by_itself_after_a_day(desk):
    phone = await desk.linked(PAC012)
    message = await names(desk, phone)

    await leap(desk, hours=23)
    before = seen(phone)
    await leap(desk, hours=1)

    assert message.text in before
    assert message.text not in seen(phone)


async def test_what_was_taken_away_is_not_deleted_again(desk):
    phone = await desk.linked(PAC012)
    phone.press("Borrar", under=await names(desk, phone))
    await desk.settle()
    deletions = desk.api.calls["deletemessage"]

    await leap(desk, hours=25)

    assert deletions == 1
    assert desk.api.calls["deletemessage"] == 1


async def test_the_button_stays_when_another_one_is_spent(desk):
    phone = await desk.linked(PAC012)
    message = await names(desk, phone, Choice(text="Sí", act="unlink", value="no"))

    phone.press("Sí", under=message)
    await desk.settle()
    left = [
        [button.text for row in one.buttons for button in row]
        for one in phone.messages()
        if one.id == message.id
    ]
    phone.press("Borrar")
    await desk.settle()

    assert left == [["Borrar"]]
    assert message.text not in seen(phone)


async def test_a_message_with_names_that_could_not_leave_in_a_day_never_leaves(desk):
    phone = await desk.linked(PAC012)
    await desk.stop()
    desk.writer.act(send_chat, phone.id, "Rosa", template="chat:names", version="1", personal=True)
    desk.clock.leap_to(desk.clock.now() + timedelta(hours=30))

    await desk.start()
    await desk.settle()
    desk.writer.act(fire_deadlines)
    await desk.settle()

    assert "Rosa" not in seen(phone)


async def test_the_menu_of_a_chat_is_that_of_its_persons_posts(desk):
    phone = desk.api.phone("Nadie")
    await desk.say(phone, "hola")
    before = phone.menu
    linked = await desk.linked(SAC)
    other = await desk.linked(PAC012)

    assert before == tuple(name for name, _ in texts.commands_of(()))
    assert {"tablero", "pendientes"} <= set(linked.menu)
    assert "listado" in other.menu
    assert "tablero" not in other.menu


async def test_who_leaves_the_desk_or_the_post_has_the_menu_of_everybody(desk):
    phone, former = await desk.linked(PAC012), await desk.linked(SAC)

    await desk.say(phone, "/desvincular")
    phone.press("Sí")
    with desk.writer.store.transaction() as session:
        for _post, holding in people.posts_of(session, desk.person_id(SAC), desk.clock.now().date()):
            holding.to_on = desk.clock.now().date() - timedelta(days=1)
            session.add(holding)
    await desk.say(former, "/pendientes")

    everybody = tuple(name for name, _ in texts.commands_of(()))
    assert phone.menu == everybody
    assert former.menu == everybody


async def test_a_menu_is_told_once(desk):
    phone = await desk.linked(PAC012)
    told = desk.api.calls["setmycommands"]

    await desk.say(phone, "/ayuda")
    await desk.say(phone, "/pendientes")

    assert desk.api.calls["setmycommands"] == told
