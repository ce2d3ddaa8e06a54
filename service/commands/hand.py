"""A hand on a phone of the demonstration: what comes is shown, what is typed is done."""

import asyncio
import sys
from typing import Any

import httpx

from service.commands.speech import Complaint, say, say_aside, say_json, table

LEAVE = frozenset({"/salir", "/adios", "/adiós"})
SETTLED_SECONDS = 0.6
"""Who pipes lines in hears the answer to each before the next: that long nothing more came."""
PATIENCE_SECONDS = 15.0
RECENT = 6
"""Messages that are shown of what was said before the phone was taken."""


async def hold_phone(client: httpx.AsyncClient, name: str, *, as_json: bool) -> None:
    """Take a phone by its owner's name and hold it until it is given back; without a name, tell whose there are.

    Raises:
        Complaint: the name is nobody's, or several people's.
        httpx.TransportError: the demonstration is over.
    """
    async with client:
        if not name:
            _enumerate((await client.get("/phones")).json(), as_json=as_json)
            return
        answer = await client.post("/phones/take", json={"name": name})
        if answer.status_code == 409:
            raise _not_one(name, answer.json(), (await client.get("/phones")).json())
        owned = answer.json()
        say(f"Tiene en la mano el teléfono de {owned['title']}.")
        say("Escriba un mensaje, o el número de un botón (o lo que dice); /salir lo devuelve.")
        try:
            await _Hand(client, owned["id"]).talk()
        finally:
            await client.post(f"/phones/{owned['id']}/give_back")
        say(f"Devolvió el teléfono de {owned['name']}.")


def _enumerate(phones: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        say_json({"phones": phones})
        return
    rows = [[one["name"], one["role"], one["unit"], "ocupado" if one["taken"] else ""] for one in phones]
    for row in table(rows, ["De quién", "Puesto", "Ámbito", ""]):
        say(row)
    say()
    say("Tome uno con «oficialia chat --as NOMBRE».")


def _not_one(name: str, candidates: list[dict[str, Any]], everybody: list[dict[str, Any]]) -> Complaint:
    if candidates:
        return Complaint(
            f"«{name}» puede ser más de una persona:", *(f"  - {one['title']}" for one in candidates)
        )
    return Complaint(
        f"Nadie del elenco responde a «{name}». Tienen teléfono:",
        *(f"  - {one['title']}" for one in everybody),
    )


class _Hand:
    """Somebody's hand on a phone: shows what comes, does what is typed."""

    def __init__(self, client: httpx.AsyncClient, number: int) -> None:
        self._client = client
        self._place = f"/phones/{number}"
        self._mark = ""
        self._shown: dict[int, str] = {}
        self._toasts = 0
        self._buttons: list[tuple[int, str]] = []
        self._are_newest = False
        self._news = asyncio.Event()

    async def talk(self) -> None:
        """Go on until the person leaves, or the lines that are piped in end."""
        await self._see(wait=0)
        watch = asyncio.create_task(self._watch())
        typed = asyncio.create_task(self._hear_keyboard())
        try:
            done, _ = await asyncio.wait({watch, typed}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (watch, typed):
                task.cancel()
            await asyncio.gather(watch, typed, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await self._see(wait=15)

    async def _see(self, *, wait: int) -> None:
        state = (await self._client.get(self._place, params={"seen": self._mark, "wait": wait})).json()
        if state["mark"] == self._mark:
            return
        self._mark = state["mark"]
        self._show(state)
        self._news.set()

    def _show(self, state: dict[str, Any]) -> None:
        messages = state["messages"]
        for message in messages[-RECENT:] if not self._shown else messages:
            looks = f"{message['text']}|{message['location']}"
            if self._shown.get(message["id"]) == looks:
                continue
            who = "Usted" if message["mine"] else "Oficialía"
            say()
            say(f"── {who} · {message['at']}" + (" (corregido)" if message["edited"] else ""))
            say(message["text"] or _place_of(message))
            self._shown[message["id"]] = looks
        self._shown |= {message["id"]: f"{message['text']}|{message['location']}" for message in messages}
        for toast in state["toasts"][self._toasts :]:
            say(f"   « {toast} »")
        self._toasts = len(state["toasts"])
        last = next((message for message in reversed(messages) if message["buttons"]), None)
        buttons = [(last["id"], text) for row in last["buttons"] for text in row] if last else []
        # What is left under an older message can be pressed, and is not worth saying again.
        is_news = bool(buttons) and buttons[0][0] > (self._buttons[0][0] if self._buttons else 0)
        if is_news or (buttons and not self._buttons):
            for number, (_, text) in enumerate(buttons, 1):
                say(f"   [{number}] {text}")
        self._buttons = buttons
        newest = next((message for message in reversed(messages) if not message["mine"]), None)
        self._are_newest = newest is not None and newest is last

    async def _hear_keyboard(self) -> None:
        alone = sys.stdin.isatty()
        while True:
            line = await asyncio.to_thread(sys.stdin.readline)
            if not line or line.strip().lower() in LEAVE:
                return
            if line.strip():
                self._news.clear()
                await self._do(line.strip())
                if not alone:
                    await self._settle()

    async def _do(self, line: str) -> None:
        button = self._meant(line)
        if button is not None:
            message, text = button
            answer = await self._client.post(f"{self._place}/press", json={"message": message, "text": text})
            if answer.status_code == 410:
                say_aside("Ese botón ya no está.")
        else:
            await self._client.post(f"{self._place}/say", json={"text": line})

    def _meant(self, line: str) -> tuple[int, str] | None:
        """Return the button that somebody means, by its number or its words.

        A number is a button's while nothing newer was said: a question that came since is answered with it.
        """
        if line.isdecimal() and self._are_newest and 1 <= int(line) <= len(self._buttons):
            return self._buttons[int(line) - 1]
        return next((button for button in self._buttons if button[1].casefold() == line.casefold()), None)

    async def _settle(self) -> None:
        """Wait for an answer, and until nothing more comes."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._news.wait()
            while self._news.is_set():
                self._news.clear()
                async with asyncio.timeout(SETTLED_SECONDS):
                    await self._news.wait()
        except TimeoutError:
            return


def _place_of(message: dict[str, Any]) -> str:
    if message["location"]:
        latitude, longitude = message["location"]
        return f"(un lugar en el mapa: {latitude}, {longitude})"
    return "(sin texto)"
