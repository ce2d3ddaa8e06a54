"""Taking a phone of the cast: a second keyboard, over HTTP, beside the Bot API."""

import asyncio
import json
import stat
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from service.clock import LeapingClock
from service.demo.background import in_background
from service.demo.bot_api import BotApi
from service.demo.cast import ZONE
from service.demo.phone_book import NotOnePhone, Owned, PhoneBook
from service.demo.phone_line import WHERE, PhoneLine, PhoneRoutes
from tests.commands.conftest import ROOT, Told, start

NOW = datetime(2027, 3, 3, 10, 0, tzinfo=ZONE)


class Ringing:
    """Two phones that ring, and a bot that asks whoever writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = PhoneBook()
        self.routes = PhoneRoutes(self.book)
        self.api = BotApi(LeapingClock(NOW), beside=self.routes.routes())
        for name, role, unit in (
            ("Hilario Moreno Sántiz", "PAC", "OOAD07-R03-PAC012"),
            ("Rosalba Constantino Ozuna", "SAC", "OOAD07-R03"),
        ):
            phone = self.api.phone(name.split()[0])
            self.book.add(Owned(phone=phone, name=name, role=role, unit=unit))

    def line(self) -> PhoneLine:
        return PhoneLine(url=self.api.address, key=self.routes.key)

    async def answer(self) -> None:
        """Answer what is written with a question, a number with a word, and a pressed button with thanks."""
        async with httpx.AsyncClient(base_url=f"{self.api.url}{self.api.token}", timeout=30) as bot:
            offset = 0
            while True:
                found = (await bot.get("/getUpdates", params={"offset": offset, "timeout": 5})).json()
                for update in found["result"]:
                    offset = update["update_id"] + 1
                    if "callback_query" in update:
                        query = update["callback_query"]
                        await bot.post("/answerCallbackQuery", json={"callback_query_id": query["id"]})
                        chat, text, markup = query["message"]["chat"]["id"], f"Anotado: {query['data']}", {}
                    elif update["message"]["text"].isdecimal() or update["message"]["text"] == "cuenta":
                        chat, text = update["message"]["chat"]["id"], f"Dijo {update['message']['text']}."
                        markup = {}
                    else:
                        chat, text = update["message"]["chat"]["id"], "¿Confirma?"
                        markup = {"inline_keyboard": [[{"text": "Sí", "callback_data": "yes"}]]}
                    await bot.post(
                        "/sendMessage", json={"chat_id": chat, "text": text, "reply_markup": markup}
                    )


@pytest.fixture
def ringing(tmp_path) -> Iterator[Ringing]:
    found = Ringing(tmp_path)
    with in_background(found.api) as background:
        found.line().write(tmp_path)
        answers = asyncio.run_coroutine_threadsafe(found.answer(), background._loop)
        yield found
        answers.cancel()


def told(*arguments: object, typed: str = "") -> Told:
    """Run the command as a process of its own, with what somebody types."""
    process = start(*arguments, cwd=ROOT, stdin=subprocess.PIPE)
    out, aside = process.communicate(typed, timeout=60)
    return Told(status=process.returncode, out=out, aside=aside)


def test_without_a_name_the_phones_are_named(ringing):
    done = told("chat", "--data", ringing.folder)

    assert done.status == 0
    assert "Hilario Moreno Sántiz" in done.out
    assert "OOAD07-R03-PAC012" in done.out


def test_a_person_writes_presses_a_button_and_gives_the_phone_back(ringing):
    done = told("chat", "--data", ringing.folder, "--as", "santiz", typed="hola\n1\n/salir\n")

    assert done.status == 0
    assert "¿Confirma?" in done.out
    assert "[1] Sí" in done.out
    assert "Anotado: yes" in done.out
    assert "Devolvió el teléfono de Hilario Moreno Sántiz." in done.out
    assert not ringing.book.find("Hilario").taken


def test_a_number_answers_a_newer_question_and_a_button_goes_by_its_words_too(ringing):
    done = told("chat", "--data", ringing.folder, "--as", "santiz", typed="hola\ncuenta\n1\nsí\n/salir\n")

    assert "Dijo 1." in done.out
    assert done.out.index("Dijo 1.") < done.out.index("Anotado: yes")


def test_a_name_of_several_people_is_answered_with_them(ringing):
    done = told("chat", "--data", ringing.folder, "--as", "OOAD07-R03")

    assert done.status == 2
    assert "Hilario Moreno Sántiz" in done.aside
    assert "Rosalba Constantino Ozuna" in done.aside


def test_where_no_phone_rings_it_is_said_how_to_make_them(tmp_path):
    done = told("chat", "--data", tmp_path, "--as", "Hilario")

    assert done.status == 2
    assert "--stay" in done.aside


def test_a_demonstration_that_is_over_is_told_apart(tmp_path):
    PhoneLine(url="http://127.0.0.1:9", key="k").write(tmp_path)

    done = told("chat", "--data", tmp_path)

    assert done.status == 1
    assert "ya terminó" in done.aside


def test_whoever_lacks_the_key_gets_nothing(ringing):
    for method, path in (("GET", "/phones"), ("POST", "/phones/take"), ("GET", "/phones/5200000001")):
        answer = httpx.request(method, f"{ringing.api.address}{path}", json={"name": "Hilario"})
        assert answer.status_code == 404
        assert "Hilario" not in answer.text


def test_the_key_is_for_the_owner_of_the_folder_alone(ringing):
    place = ringing.folder / WHERE

    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert json.loads(place.read_text(encoding="utf-8"))["key"] == ringing.routes.key


def test_a_phone_is_found_by_parts_of_what_it_is_called(ringing):
    assert ringing.book.find("sac r03").role == "SAC"
    with pytest.raises(NotOnePhone):
        ringing.book.find("")
