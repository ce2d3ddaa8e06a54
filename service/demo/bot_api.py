"""A Telegram Bot API on loopback: the methods that the desk uses, over HTTP, with Telegram's own refusals.

For the demonstration and the tests. What people do with their phones is in
`phone.py`; the state both share is in `chats.py`. It can misbehave on command:
floods, bad gateways, answers that never arrive.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import socket
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from actions.ports import Clock
from service.demo.chats import BOT_ID, Chats, Json, Person, Refused, Room, bad_request, menu_key
from service.demo.formatting import read_text
from service.demo.mailboxes import LOOPBACK
from service.demo.phone import Group, Phone

# A connection broken off on purpose is no news.
logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
UPLOAD_LIMIT = 50_000_000
DOWNLOAD_LIMIT = 20_000_000
CALLBACK_DATA_LIMIT = 64
_FIRST_PERSON_ID = 5_200_000_001
_FIRST_GROUP_ID = -4_100_000_001


@dataclass(kw_only=True)
class _Trouble:
    """What goes wrong with the next requests."""

    kind: str
    times: int
    method: str
    chat_id: int | None = None
    retry_after: int = 0


@dataclass(frozen=True, kw_only=True)
class _Upload:
    """A file in a request."""

    name: str
    media_type: str
    content: bytes

    @classmethod
    async def of(cls, part: UploadFile) -> Self:
        return cls(
            name=part.filename or "file",
            media_type=part.content_type or "application/octet-stream",
            content=await part.read(),
        )


class _Quiet(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Cut(Response):
    """An answer that breaks off: its head promises more than comes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        head = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise asyncio.CancelledError


class BotApi:
    """The server and its bot, for one event loop.

    Use it as an async context manager, or in its own thread (service/demo/background.py).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        token: str = "",
        name: str = "Oficialía",
        username: str = "OficialiaBot",
        messages_per_second: int | None = None,
        answer_after_seconds: float = 0.0,
        beside: Sequence[Route] = (),
    ) -> None:
        """Prepare a server that is not open yet.

        Args:
            clock: office time, which dates messages.
            token: the bot's token; one is made if none is given.
            name: what the bot is called.
            username: its unique name, for links.
            messages_per_second: how many messages it takes in a second of system
                time before it asks to wait (Telegram: about 30); None for any number.
            answer_after_seconds: how long each answer takes.
            beside: what else the server answers, besides the Bot API.
        """
        self.token = token or f"{BOT_ID}:{secrets.token_urlsafe(26)}"
        self.chats = Chats(clock, bot_name=name, bot_username=username)
        self.calls: Counter[str] = Counter()
        """Requests by method, refused ones included."""
        self.answer_after_seconds = answer_after_seconds
        self._messages_per_second = messages_per_second
        self._beside = tuple(beside)
        self._moments: deque[float] = deque()
        self._troubles: list[_Trouble] = []
        self._in_flight = 0
        self._server: _Quiet | None = None
        self._task: asyncio.Task[None] | None = None
        self._port = 0
        self._methods: dict[str, Callable[[Json], Awaitable[object]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "getwebhookinfo": self._get_webhook_info,
            "deletewebhook": self._delete_webhook,
            "sendmessage": self._send_message,
            "senddocument": self._send_document,
            "sendphoto": self._send_photo,
            "sendlocation": self._send_location,
            "sendvenue": self._send_venue,
            "sendchataction": self._send_chat_action,
            "editmessagetext": self._edit_message_text,
            "editmessagereplymarkup": self._edit_message_reply_markup,
            "deletemessage": self._delete_message,
            "answercallbackquery": self._answer_callback_query,
            "getfile": self._get_file,
            "getchat": self._get_chat,
            "leavechat": self._leave_chat,
            "setmycommands": self._set_my_commands,
            "getmycommands": self._get_my_commands,
            "deletemycommands": self._delete_my_commands,
        }

    # Opening and closing

    async def start(self) -> None:
        """Open the server on a free port of loopback."""
        self.chats.open()
        routes = [
            Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._download, methods=["GET"]),
            *self._beside,
        ]
        configuration = uvicorn.Config(
            Starlette(routes=routes),
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Quiet(configuration)
        listener = socket.create_server((LOOPBACK, self._port))
        self._port = listener.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Close the server; a getUpdates that waits is answered with nothing."""
        self.chats.close()
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """What stands before the token in a request (python-telegram-bot: base_url)."""
        return f"http://{LOOPBACK}:{self._port}/bot"

    @property
    def address(self) -> str:
        """Where the server is, for what it answers besides the Bot API (telegram_api in the settings)."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def file_url(self) -> str:
        """What stands before the token in a download (python-telegram-bot: base_file_url)."""
        return f"http://{LOOPBACK}:{self._port}/file/bot"

    # People

    def phone(
        self, first_name: str, *, last_name: str = "", username: str = "", known: bool = False
    ) -> Phone:
        """Give somebody a phone with an account; the bot has met the known, and may still not begin."""
        person = Person(
            id=_FIRST_PERSON_ID + len(self.chats.people),
            first_name=first_name,
            last_name=last_name,
            username=username,
            known=known,
        )
        self.chats.people[person.id] = person
        self.chats.rooms[person.id] = Room(id=person.id, person=person)
        return Phone(self.chats, person)

    def group(self, title: str) -> Group:
        """Open a group without the bot."""
        number = _FIRST_GROUP_ID - sum(room.person is None for room in self.chats.rooms.values())
        self.chats.rooms[number] = Room(id=number, title=title, bot_is_member=False)
        return Group(self.chats, self.chats.rooms[number])

    def push(self, kind: str, content: Json) -> int:
        """Let any update wait for the bot: what the desk does not care for, or does not know."""
        return self.chats.push(kind, content)

    def in_flight(self) -> int:
        """Count what the bot has not dealt with: unconfirmed updates, requests being answered."""
        return self.chats.unconfirmed() + self._in_flight

    # Misbehaviour, on command

    def flood(self, times: int, *, retry_after: int, method: str = "", chat_id: int | None = None) -> None:
        """Answer 429 to the next requests, or to those of one method or room."""
        self._troubles.append(
            _Trouble(
                kind="flood", times=times, method=method.lower(), chat_id=chat_id, retry_after=retry_after
            )
        )

    def break_down(self, times: int, *, method: str = "") -> None:
        """Answer 502 in HTML, as a proxy does whose server is gone."""
        self._troubles.append(_Trouble(kind="gateway", times=times, method=method.lower()))

    def lose_answers(self, times: int, *, method: str = "") -> None:
        """Do what the next requests ask, and break the connection off instead of answering."""
        self._troubles.append(_Trouble(kind="cut", times=times, method=method.lower()))

    def _trouble(self, method: str, parameters: Json) -> _Trouble | None:
        for trouble in self._troubles:
            if trouble.method not in ("", method):
                continue
            if trouble.chat_id is not None and str(trouble.chat_id) != str(parameters.get("chat_id")):
                continue
            trouble.times -= 1
            if trouble.times <= 0:
                self._troubles.remove(trouble)
            return trouble
        return None

    def _limit_rate(self, method: str) -> None:
        if self._messages_per_second is None or not method.startswith("send"):
            return
        now = asyncio.get_running_loop().time()
        while self._moments and now - self._moments[0] >= 1:
            self._moments.popleft()
        if len(self._moments) >= self._messages_per_second:
            raise _too_many(1)
        self._moments.append(now)

    # HTTP

    async def _answer(self, request: Request) -> Response:
        method = request.path_params["method"].lower()
        self.calls[method] += 1
        if request.path_params["token"] != self.token:
            return _refusal(Refused(401, "Unauthorized"))
        try:
            parameters = await _parameters(request)
        except Refused as refused:
            return _refusal(refused)
        trouble = self._trouble(method, parameters)
        if trouble is not None and trouble.kind == "gateway":
            return Response("<html><body>502 Bad Gateway</body></html>", 502, media_type="text/html")
        polls = method == "getupdates"
        self._in_flight += not polls
        try:
            if trouble is not None and trouble.kind == "flood":
                raise _too_many(trouble.retry_after)
            if self.answer_after_seconds and not polls:
                await asyncio.sleep(self.answer_after_seconds)
            self._limit_rate(method)
            result = await self._call(request, method, parameters)
        except Refused as refused:
            return _refusal(refused)
        finally:
            self._in_flight -= not polls
        return _Cut() if trouble is not None else JSONResponse({"ok": True, "result": result})

    async def _call(self, request: Request, method: str, parameters: Json) -> object:
        work = self._methods.get(method)
        if work is None:
            raise Refused(404, "Not Found")
        if method != "getupdates":
            return await work(parameters)
        # A client that hangs up while it waits must not be in the way of its next request.
        waiting = asyncio.ensure_future(work(parameters))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait([waiting, gone], return_when=asyncio.FIRST_COMPLETED)
            return await waiting if waiting.done() else []
        finally:
            waiting.cancel()
            gone.cancel()

    async def _download(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return _refusal(Refused(401, "Unauthorized"))
        for stored in self.chats.files.values():
            if stored.path == request.path_params["path"]:
                return Response(stored.content, media_type="application/octet-stream")
        return _refusal(Refused(404, "Not Found"))

    # Methods, in the words of core.telegram.org/bots/api

    async def _get_me(self, _: Json) -> Json:
        return {
            **self.chats.bot,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _get_updates(self, parameters: Json) -> list[Json]:
        allowed = _structure(parameters, "allowed_updates")
        return await self.chats.take_updates(
            offset=_integer(parameters, "offset", 0),
            limit=min(max(_integer(parameters, "limit", 100), 1), 100),
            wait_seconds=min(_integer(parameters, "timeout", 0), 50),
            allowed=allowed if isinstance(allowed, list) else None,
        )

    async def _get_webhook_info(self, _: Json) -> Json:
        return {"url": "", "has_custom_certificate": False, "pending_update_count": self.chats.unconfirmed()}

    async def _delete_webhook(self, parameters: Json) -> bool:
        if _truth(parameters, "drop_pending_updates"):
            self.chats.forget_updates()
        return True

    async def _send_message(self, parameters: Json) -> Json:
        content = _text_content(parameters)
        return self._post(parameters, content)

    async def _send_document(self, parameters: Json) -> Json:
        return self._post(parameters, {"document": self._document(parameters)} | _caption(parameters))

    async def _send_photo(self, parameters: Json) -> Json:
        sent = parameters.get("photo")
        if isinstance(sent, _Upload):
            stored = self.chats.keep_file(
                sent.content, name="photo.jpg", media_type="image/jpeg", folder="photos"
            )
        else:
            stored = self.chats.file(sent)
        size = {"file_id": stored.id, "file_unique_id": stored.unique_id, "width": 90, "height": 90}
        return self._post(parameters, {"photo": [size]} | _caption(parameters))

    async def _send_location(self, parameters: Json) -> Json:
        return self._post(parameters, {"location": _point(parameters)})

    async def _send_venue(self, parameters: Json) -> Json:
        venue: Json = {"location": _point(parameters)}
        for name in ("title", "address"):
            venue[name] = str(parameters.get(name, ""))
            if not venue[name]:
                raise bad_request(f"{name} is empty")
        return self._post(parameters, {"venue": venue, "location": venue["location"]})

    async def _send_chat_action(self, parameters: Json) -> bool:
        self.chats.room_for_bot(parameters.get("chat_id"))
        return True

    async def _edit_message_text(self, parameters: Json) -> Json:
        room = self.chats.room_for_bot(parameters.get("chat_id"))
        message = self.chats.own_message(room, parameters.get("message_id"), to="edit")
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        markup = self._inline_keyboard(parameters)
        return self.chats.edit(room, message, _text_content(parameters) | markup)

    async def _edit_message_reply_markup(self, parameters: Json) -> Json:
        room = self.chats.room_for_bot(parameters.get("chat_id"))
        message = self.chats.own_message(room, parameters.get("message_id"), to="edit")
        return self.chats.edit(room, message, self._inline_keyboard(parameters))

    async def _delete_message(self, parameters: Json) -> bool:
        room = self.chats.room_for_bot(parameters.get("chat_id"))
        self.chats.delete(room, parameters.get("message_id"))
        return True

    async def _answer_callback_query(self, parameters: Json) -> bool:
        text = str(parameters.get("text", ""))
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self.chats.answer(parameters.get("callback_query_id"), text)
        return True

    async def _get_file(self, parameters: Json) -> Json:
        stored = self.chats.file(parameters.get("file_id"))
        if len(stored.content) > DOWNLOAD_LIMIT:
            raise bad_request("file is too big")
        return {
            "file_id": stored.id,
            "file_unique_id": stored.unique_id,
            "file_size": len(stored.content),
            "file_path": stored.path,
        }

    async def _get_chat(self, parameters: Json) -> Json:
        chat = self.chats.room_for_bot(parameters.get("chat_id")).chat
        return chat | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _NO_GIFTS}

    async def _leave_chat(self, parameters: Json) -> bool:
        room = self.chats.room_for_bot(parameters.get("chat_id"))
        if room.person is not None:
            raise bad_request("chat member status can't be changed in private chats")
        room.bot_is_member = False
        self.chats.tell(room)
        return True

    async def _set_my_commands(self, parameters: Json) -> bool:
        commands = _structure(parameters, "commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("can't parse commands")
        for command in commands:
            name = str(command.get("command", "")).removeprefix("/")
            if not name or len(name) > 32 or not name.replace("_", "").isalnum() or name != name.lower():
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.chats.commands[_scope(parameters)] = commands
        return True

    async def _get_my_commands(self, parameters: Json) -> list[Json]:
        return self.chats.commands.get(_scope(parameters), [])

    async def _delete_my_commands(self, parameters: Json) -> bool:
        self.chats.commands.pop(_scope(parameters), None)
        return True

    # What they share

    def _post(self, parameters: Json, content: Json) -> Json:
        room = self.chats.room_for_bot(parameters.get("chat_id"))
        markup = self._inline_keyboard(parameters)
        reply_to = self._reply_to(room, parameters)
        self._show_keyboard(room, parameters)
        message = self.chats.post(room, self.chats.bot, content | markup, reply_to=reply_to)
        if _truth(parameters, "disable_notification"):
            room.silent.add(message["message_id"])
        kind = next((one for one in ("document", "photo", "venue", "location") if one in content), "text")
        self.chats.sent[kind] += 1
        return message

    def _reply_to(self, room: Room, parameters: Json) -> Json | None:
        wanted = _structure(parameters, "reply_parameters")
        if not isinstance(wanted, dict):
            return None
        original = room.messages.get(int(wanted.get("message_id", 0)))
        if original is None and not wanted.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        return original

    def _show_keyboard(self, room: Room, parameters: Json) -> None:
        markup = _structure(parameters, "reply_markup")
        if room.person is None or not isinstance(markup, dict):
            return
        if "keyboard" in markup:
            room.person.keyboard = tuple(
                tuple(button if isinstance(button, str) else str(button.get("text", "")) for button in row)
                for row in markup["keyboard"]
            )
        elif markup.get("remove_keyboard"):
            room.person.keyboard = ()

    def _inline_keyboard(self, parameters: Json) -> Json:
        markup = _structure(parameters, "reply_markup")
        if not isinstance(markup, dict) or "inline_keyboard" not in markup:
            return {}
        rows = markup["inline_keyboard"]
        for button in (one for row in rows for one in row):
            if not button.get("text"):
                raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
            data = button.get("callback_data")
            if data is None and not any(
                key in button for key in ("url", "web_app", "login_url", "copy_text")
            ):
                raise bad_request("Text buttons are unallowed in the inline keyboard")
            if data is not None and not 1 <= len(str(data).encode()) <= CALLBACK_DATA_LIMIT:
                raise bad_request("BUTTON_DATA_INVALID")
        return {"reply_markup": {"inline_keyboard": rows}} if any(rows) else {}

    def _document(self, parameters: Json) -> Json:
        sent = parameters.get("document")
        if isinstance(sent, _Upload):
            if len(sent.content) > UPLOAD_LIMIT:
                raise Refused(413, "Request Entity Too Large")
            if not sent.content:
                raise bad_request("file must be non-empty")
            stored = self.chats.keep_file(
                sent.content, name=sent.name, media_type=sent.media_type, folder="documents"
            )
        elif sent:
            stored = self.chats.file(sent)
        else:
            raise bad_request("there is no document in the request")
        return {
            "file_id": stored.id,
            "file_unique_id": stored.unique_id,
            "file_name": stored.name,
            "mime_type": stored.media_type,
            "file_size": len(stored.content),
        }


_NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def _text_content(parameters: Json) -> Json:
    text, entities = read_text(str(parameters.get("text", "")), str(parameters.get("parse_mode", "")))
    if not text:
        raise bad_request("message text is empty")
    if len(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def _point(parameters: Json) -> Json:
    try:
        latitude, longitude = float(parameters["latitude"]), float(parameters["longitude"])
    except (KeyError, ValueError):
        raise bad_request(
            "latitude is empty" if not parameters.get("latitude") else "longitude is empty"
        ) from None
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise bad_request("wrong HTTP location specified")
    return {"latitude": latitude, "longitude": longitude}


def _caption(parameters: Json) -> Json:
    caption, entities = read_text(str(parameters.get("caption", "")), str(parameters.get("parse_mode", "")))
    if len(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})


def _scope(parameters: Json) -> str:
    scope = _structure(parameters, "scope") or {"type": "default"}
    return menu_key(scope, str(parameters.get("language_code", "")))


async def _parameters(request: Request) -> Json:
    """Read the parameters in any of the ways that the Bot API takes them; attach:// names a part."""
    parameters: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        parameters |= body if isinstance(body, dict) else {}
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for name, value in form.items():
                parameters[name] = value if isinstance(value, str) else await _Upload.of(value)
        for name, value in list(parameters.items()):
            if isinstance(value, str) and value.startswith("attach://"):
                parameters[name] = parameters.get(value.removeprefix("attach://"))
    return parameters


def _structure(parameters: Json, name: str) -> Any:
    value = parameters.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None


def _integer(parameters: Json, name: str, default: int) -> int:
    try:
        return int(float(parameters.get(name, default)))
    except (TypeError, ValueError):
        return default


def _truth(parameters: Json, name: str) -> bool:
    return str(parameters.get(name, "")).lower() in ("true", "1", "yes")


def _too_many(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def _refusal(refused: Refused) -> Response:
    body: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return JSONResponse(body, refused.code)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
