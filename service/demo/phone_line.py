"""Lend a phone of the cast to somebody at another keyboard: HTTP routes beside the Bot API, and where they are.

Only on loopback, and only for whoever can read the kept folder: the key lies in a
file of its own there.
"""

import asyncio
import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.demo.cast import ZONE
from service.demo.chats import Json
from service.demo.phone import NoSuchButton, Seen
from service.demo.phone_book import NotOnePhone, Owned, PhoneBook

WHERE = "telefonos.json"
"""The file of a kept folder that says where the phones are while the demonstration runs."""
HEADER = "X-Phone-Key"
LONGEST_WAIT = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneLine:
    """Where the phones are."""

    url: str
    key: str

    def write(self, folder: Path) -> None:
        """Say so in a kept folder, to its owner alone."""
        place = folder / WHERE
        place.unlink(missing_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"url": self.url, "key": self.key}, file)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return where the phones of a kept folder are; None when nobody says."""
        try:
            values = json.loads((folder / WHERE).read_text(encoding="utf-8"))
            return cls(url=str(values["url"]), key=str(values["key"]))
        except (OSError, ValueError, KeyError):
            return None


class PhoneRoutes:
    """What another keyboard may do with a phone."""

    def __init__(self, book: PhoneBook) -> None:
        self.key = secrets.token_urlsafe(24)
        self._book = book

    def routes(self) -> list[Route]:
        """Return the routes, for the server of the Bot API."""
        return [
            Route("/phones", self._list, methods=["GET"]),
            Route("/phones/take", self._take, methods=["POST"]),
            Route("/phones/{number:int}", self._look, methods=["GET"]),
            Route("/phones/{number:int}/say", self._say, methods=["POST"]),
            Route("/phones/{number:int}/press", self._press, methods=["POST"]),
            Route("/phones/{number:int}/give_back", self._give_back, methods=["POST"]),
        ]

    def _may(self, request: Request) -> bool:
        return secrets.compare_digest(request.headers.get(HEADER, ""), self.key)

    def _owned(self, request: Request) -> Owned | None:
        number = request.path_params["number"]
        return next((one for one in self._book.phones if one.phone.id == number), None)

    async def _list(self, request: Request) -> Response:
        if not self._may(request):
            return _refused()
        return JSONResponse([_described(one) for one in self._book.phones])

    async def _take(self, request: Request) -> Response:
        if not self._may(request):
            return _refused()
        try:
            owned = self._book.find(str((await request.json())["name"]))
        except NotOnePhone as error:
            return JSONResponse([_described(one) for one in error.candidates], status_code=409)
        owned.taken = True
        return JSONResponse(_described(owned))

    async def _give_back(self, request: Request) -> Response:
        owned = self._owned(request) if self._may(request) else None
        if owned is None:
            return _refused()
        owned.taken = False
        return JSONResponse(_described(owned))

    async def _look(self, request: Request) -> Response:
        """Return the conversation, at once or as soon as it is not what the asker has seen already."""
        owned = self._owned(request) if self._may(request) else None
        if owned is None:
            return _refused()
        seen = request.query_params.get("seen", "")
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + min(float(request.query_params.get("wait", "0")), LONGEST_WAIT)
        while (state := _state(owned))["mark"] == seen and loop.time() < ends_at:
            if await request.is_disconnected():
                break
            await asyncio.sleep(0.05)
        return JSONResponse(state)

    async def _say(self, request: Request) -> Response:
        owned = self._owned(request) if self._may(request) else None
        if owned is None:
            return _refused()
        owned.phone.say(str((await request.json())["text"])[:4096])
        return JSONResponse(_state(owned))

    async def _press(self, request: Request) -> Response:
        owned = self._owned(request) if self._may(request) else None
        if owned is None:
            return _refused()
        wanted = await request.json()
        for message in owned.phone.messages():
            if message.id == wanted["message"]:
                with contextlib.suppress(NoSuchButton):
                    owned.phone.press(str(wanted["text"]), under=message)
                    return JSONResponse(_state(owned))
        return JSONResponse({"error": "gone"}, status_code=410)


def _refused() -> Response:
    return JSONResponse({"error": "not here"}, status_code=404)


def _described(owned: Owned) -> Json:
    return {
        "id": owned.phone.id,
        "name": owned.name,
        "role": owned.role,
        "unit": owned.unit,
        "title": owned.title,
        "address": owned.address,
        "taken": owned.taken,
    }


def _state(owned: Owned) -> Json:
    messages = owned.phone.messages()
    toasts = owned.phone.toasts
    described = [_message(one) for one in messages]
    mark = f"{len(toasts)}.{hash(json.dumps(described)) & 0xFFFFFFFF:x}"
    return {"mark": mark, "messages": described, "toasts": toasts}


def _message(seen: Seen) -> Json:
    return {
        "id": seen.id,
        "at": f"{seen.at.astimezone(ZONE):%d-%m-%Y %H:%M}",
        "mine": seen.mine,
        "text": seen.text,
        "edited": seen.edited,
        "location": list(seen.location) if seen.location else None,
        "buttons": [[button.text for button in row] for row in seen.buttons],
    }
