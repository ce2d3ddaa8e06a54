"""Commands of the chat: `chat` takes a phone of a running demonstration, `invite` sends link codes to the staff."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.manual import add_command
from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    data_dir,
    say,
    say_aside,
    say_json,
    table,
)

if TYPE_CHECKING:
    import httpx

LEAVE = frozenset({"/salir", "/adios", "/adiós"})
SETTLED_SECONDS = 0.6
"""Who pipes lines in hears the answer to each before the next: that long nothing more came."""
PATIENCE_SECONDS = 15.0
RECENT = 6
"""Messages that are shown of what was said before the phone was taken."""


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    add_command(
        application,
        "chat",
        chat,
        says="Toma el teléfono de alguien del elenco mientras corre una demostración que se conserva.",
        examples=(
            "oficialia chat --data mirar     # quién tiene teléfono en «oficialia demo --keep mirar --stay»",
            "oficialia chat --data mirar --as 'Hilario Moreno'",
        ),
    )
    add_command(
        application,
        "invite",
        invite,
        says="Envía a personas del directorio, por correo, el código con que vinculan su cuenta de Telegram.",
        examples=(
            "oficialia invite --role PAC --role SAC",
            "oficialia invite --person PAC-07-012",
        ),
    )


# ------------------------------------------------------------------ taking a phone


def chat(
    name: Annotated[
        str,
        typer.Option(
            "--as",
            help="De quién: nombre, puesto o ámbito, o parte de ellos. Sin esto, enumera los teléfonos.",
            metavar="NOMBRE",
        ),
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a phone of the cast until the person at the keyboard gives it back."""
    from service.demo.phone_line import HEADER, PhoneLine

    folder = _folder_of_the_demonstration(data)
    line = PhoneLine.read(folder)
    if line is None:
        raise Complaint(
            f"En «{folder}» no corre ninguna demostración con teléfonos.",
            f"Inicie una en otra ventana: «oficialia demo --keep {folder} --stay».",
        )
    import httpx

    client = httpx.AsyncClient(base_url=line.url, headers={HEADER: line.key}, timeout=30)
    try:
        asyncio.run(_hold(client, name, as_json=as_json))
    except httpx.TransportError as error:
        raise Complaint("La demostración ya terminó: sus teléfonos no contestan.", status=FAILED) from error
    except KeyboardInterrupt:
        say()


def _folder_of_the_demonstration(given: Path | None) -> Path:
    """Return the folder that was meant: the one given, or the only one near by in which phones ring."""
    from service.demo.phone_line import WHERE

    if given is None:
        near = [path.parent for path in (*Path().glob(WHERE), *Path().glob(f"*/{WHERE}"))]
        if len(near) == 1:
            return data_dir(near[0])
    return data_dir(given)


async def _hold(client: "httpx.AsyncClient", name: str, *, as_json: bool) -> None:
    async with client:
        if not name:
            _enumerate((await client.get("/phones")).json(), as_json=as_json)
            return
        answer = await client.post("/phones/take", json={"name": name})
        if answer.status_code == 409:
            raise _not_one(name, answer.json(), (await client.get("/phones")).json())
        owned = answer.json()
        say(f"Tiene en la mano el teléfono de {owned['title']}.")
        say("Escriba un mensaje, o el número de un botón; /salir lo devuelve.")
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

    def __init__(self, client: "httpx.AsyncClient", number: int) -> None:
        self._client = client
        self._place = f"/phones/{number}"
        self._mark = ""
        self._shown: dict[int, str] = {}
        self._toasts = 0
        self._buttons: list[tuple[int, str]] = []
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
        if buttons != self._buttons:
            self._buttons = buttons
            for number, (_, text) in enumerate(buttons, 1):
                say(f"   [{number}] {text}")

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
        if line.isdecimal() and 1 <= int(line) <= len(self._buttons):
            message, text = self._buttons[int(line) - 1]
            answer = await self._client.post(f"{self._place}/press", json={"message": message, "text": text})
            if answer.status_code == 410:
                say_aside("Ese botón ya no está.")
        else:
            await self._client.post(f"{self._place}/say", json={"text": line})

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


# ------------------------------------------------------------------ inviting the staff


def invite(
    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--role", help="A todas las personas con este puesto (puede repetirse).", metavar="PUESTO"
        ),
    ] = None,
    persons: Annotated[
        list[str] | None,
        typer.Option("--person", help="A esta persona: clave o correo (puede repetirse).", metavar="PERSONA"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="También a quienes ya tienen una cuenta vinculada.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the mails with the link codes in the outbox; the running service carries them."""
    from actions.invite_staff import invite_staff

    if not roles and not persons:
        raise Complaint("Diga a quién: --role PUESTO o --person PERSONA.")
    with books(data) as (writer, _settings):
        outcome = writer.act(invite_staff, roles=roles or (), persons=persons or (), again=again)
    if as_json:
        say_json(outcome.to_json())
    else:
        for name in outcome.unknown:
            say(f"No se encontró a nadie con «{name}».")
        for name in outcome.without_address:
            say(f"Sin correo o sin puesto vigente: {name}.")
        for name in outcome.linked_already:
            say(f"Ya tiene su cuenta vinculada: {name}.")
        say(f"Se enviará su código a {len(outcome.invited)} personas; vence en 72 horas.")
    if outcome.unknown:
        raise typer.Exit(FAILED)
