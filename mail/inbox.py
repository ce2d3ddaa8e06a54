"""The desk's mailbox over IMAP: what lies in it, its bytes, and putting away what was recorded.

The folder itself is the queue. Nothing here marks a message as read; the caller
records it, commits, and only then files it away:

    async for mails in mailbox.fetch_batches():
        record(mails)                                     # one transaction, committed
        await mailbox.file_away(mail.uid for mail in mails)

After a crash between the two, the message is still there and is known by its
place; should the server have numbered its folder anew, by its content key.

The library needs care (each line below was seen to matter): it does not notice a
lost connection, hangs after its own time-outs, quotes no names, and reports a
refusal as a value. So every call is raced against the loss of the connection and
against the clock, and a connection that was late once is never used again.
"""

import asyncio
import base64
import contextlib
import random
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import aioimaplib
import structlog

from mail.errors import MailError
from mail.transport import Security, tls_context

log = structlog.get_logger()

T = TypeVar("T")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_INTERNALDATE = re.compile(
    rb'INTERNALDATE "\s*(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.IGNORECASE
)
_COPYUID = re.compile(rb"COPYUID \d+ ([\d:,]+) ([\d:,]+)", re.IGNORECASE)
_FETCH = re.compile(rb"^\d+ FETCH \(")
_LITERAL = re.compile(rb"\{(\d+)\}$")
# IDLE is given up by servers and firewalls after ten to thirty minutes.
_IDLE_SECONDS = 9 * 60.0
# A parser of the library calls itself for each line; long answers end it.
_RANGE = 50
_RANGE_BYTES = 8 * 1024 * 1024


class MailboxError(MailError):
    """Something about the mailbox; trying again later is worth while unless a subclass says otherwise."""


class MailboxUnreachable(MailboxError):
    """The server could not be reached, or its certificate is not to be trusted."""


class MailboxLost(MailboxError):
    """The connection went away, or an answer did not come in time."""


class MailboxRefused(MailboxError):
    """The server said no: wrong password, no such folder, no right. Trying again does not help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ImapSettings:
    """Where the desk's mail lies."""

    host: str
    port: int = 993
    security: Security = Security.TLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    inbox: str = "INBOX"
    filed: str = "Procesados"
    failed: str = "Errores"
    command_seconds: float = 60.0
    """The longest wait for one answer."""
    connect_seconds: float = 30.0
    range_size: int = 25
    """Messages that one FETCH asks for, 1 to 50."""
    longest_pause_seconds: float = 300.0
    """The longest back-off between two tries to connect."""

    def __post_init__(self) -> None:
        # A word out of a settings file must not pass for "not encrypted".
        object.__setattr__(self, "security", Security(self.security))
        if not 1 <= self.range_size <= _RANGE:
            message = f"a range of messages holds 1 to {_RANGE}, not {self.range_size}"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedMail:
    """A message as the server keeps it."""

    place: str
    """folder/uidvalidity/uid: unique as long as the server keeps its promises; the content key is for when not."""
    uid: int
    received_at: datetime
    """INTERNALDATE in UTC: the legal time of reception (GEN-03)."""
    raw: bytes = field(repr=False)


class ImapMailbox:
    """One connection to one mailbox; commands run one at a time."""

    def __init__(
        self,
        settings: ImapSettings,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._pause = pause
        self._chance = chance
        self._lock = asyncio.Lock()
        self._client: Any = None
        self._lost: asyncio.Future[None] | None = None
        self._uidvalidity = 0
        self._listed: frozenset[int] = frozenset()
        self._listed_in = 0
        self._failures = 0

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection that nothing is known against."""
        return self._client is not None and self._lost is not None and not self._lost.done()

    @property
    def is_encrypted(self) -> bool:
        """Whether what goes over the connection is encrypted."""
        transport = self._client.protocol.transport if self.is_connected else None
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    async def connect(self) -> None:
        """Connect, log in and open the inbox; one try.

        Raises:
            MailboxUnreachable: no server, no trust, or no answer.
            MailboxRefused: the server does not let us in.
        """
        async with self._lock:
            await self._connect()

    async def close(self) -> None:
        """Log out if that is quick, and let the connection go."""
        async with self._lock:
            if self.is_connected:
                with contextlib.suppress(MailboxError):
                    await self._call(self._client.logout(), seconds=5.0)
            self._drop()

    async def list_places(self) -> tuple[str, ...]:
        """Return the place of every message in the inbox, oldest first."""
        async with self._lock:
            await self._list()
            return tuple(self._place(uid) for uid in sorted(self._listed))

    async def fetch_batches(
        self, places: Iterable[str] | None = None
    ) -> AsyncIterator[tuple[FetchedMail, ...]]:
        """Yield the messages of the inbox in small batches, oldest first; or only those at some places.

        Between two batches the caller may take all the time it needs, and file
        away what it has. What went away meanwhile is left out.

        Raises:
            MailboxLost: the connection went, or the folder was numbered anew; begin again.
        """
        async with self._lock:
            await self._list()
            uidvalidity = self._uidvalidity
            uids = sorted(self._listed if places is None else self._listed & self._uids(places))
        for start in range(0, len(uids), _RANGE):
            async with self._lock:
                await self._ready(uidvalidity)
                sizes = await self._sizes(uids[start : start + _RANGE])
            for some in _ranges(sizes, self._settings.range_size):
                async with self._lock:
                    await self._ready(uidvalidity)
                    mails = await self._fetch_some(some)
                if mails:
                    yield tuple(mails)

    async def file_away(self, uids: Iterable[int], folder: str = "") -> tuple[int, ...]:
        """Move messages of the last listing out of the inbox; return those that were really moved.

        What is not there any more was moved by an earlier try and is no error.

        Raises:
            MailboxRefused: a message is still there after the server had said OK.
            MailboxLost: the connection went, or the folder was numbered anew:
                these numbers may now be other messages, so nothing was moved.
        """
        wanted = sorted(set(uids))
        moved: list[int] = []
        async with self._lock:
            await self._ready(self._listed_in)
            for start in range(0, len(wanted), _RANGE):
                moved += await self._move(wanted[start : start + _RANGE], folder or self._settings.filed)
            missing = sorted(set(wanted) - set(moved))
            if missing:
                left = set(await self._search(f"UID {_sequence(missing)}")) & set(missing)
                if left:
                    raise MailboxRefused(f"the server said OK and left {len(left)} message(s) in the inbox")
            self._listed -= frozenset(wanted)
        return tuple(moved)

    async def wait_for_news(self, seconds: float) -> bool:
        """Wait until the server tells of new mail; tell whether it did.

        A push is only a hint: list the places anyway now and then. What arrived
        since the last listing is noticed at once. A server without IDLE is
        simply waited out.
        """
        async with self._lock:
            await self._ready()
            await self._select()
            if self._uidvalidity != self._listed_in or frozenset(await self._search("ALL")) - self._listed:
                return True
            if not self._client.has_capability("IDLE"):
                await self._call(asyncio.sleep(seconds), seconds=seconds + 1)
                return False
            loop = asyncio.get_running_loop()
            end = loop.time() + seconds
            while (left := end - loop.time()) > 0:
                if await self._idle(min(left, _IDLE_SECONDS)):
                    return True
        return False

    # The connection

    async def _ready(self, uidvalidity: int = 0) -> None:
        """See to it that there is a connection; after failures, not before a pause that grows.

        Whoever goes by uids says of which folder: another numbering is a loss.
        """
        if not self.is_connected:
            if self._failures:
                longest = min(2.0 ** min(self._failures, 16), self._settings.longest_pause_seconds)
                await self._pause(longest * (0.5 + self._chance() / 2))
            await self._connect()
        if uidvalidity and self._uidvalidity != uidvalidity:
            raise MailboxLost("the folder was numbered anew while it was read")

    async def _list(self) -> None:
        """Look what lies in the inbox now."""
        await self._ready()
        await self._select()
        self._listed = frozenset(await self._search("ALL"))
        self._listed_in = self._uidvalidity
        self._failures = 0

    async def _connect(self) -> None:
        self._drop()
        settings = self._settings
        self._failures += 1
        try:
            context = None if settings.security is Security.PLAIN else tls_context(settings.ca_file)
            lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._lost = lost
            self._client = _Client(
                settings.host,
                settings.port,
                timeout=settings.command_seconds,
                ssl_context=context if settings.security is Security.TLS else None,
                conn_lost_cb=lambda _error: None if lost.done() else lost.set_result(None),
            )
            await self._call(self._client.wait_hello_from_server(), seconds=settings.connect_seconds)
            if settings.security is Security.STARTTLS:
                await self._start_tls(context)
            await self._answer(self._client.login(_quote(settings.user), settings.password))
            await self._call(self._client.protocol.capability())
            await self._select()
        except (OSError, ssl.SSLError) as error:
            self._drop()
            raise MailboxUnreachable(f"{settings.host}:{settings.port}: {error}") from error
        except MailboxLost as error:
            self._drop()
            raise MailboxUnreachable(f"{settings.host}:{settings.port}: {error}") from error
        except BaseException:
            self._drop()
            raise

    async def _start_tls(self, context: ssl.SSLContext | None) -> None:
        protocol = self._client.protocol
        if not self._client.has_capability("STARTTLS"):
            raise MailboxRefused("the server offers no STARTTLS")
        await self._answer(
            protocol.execute(aioimaplib.Command("STARTTLS", protocol.new_tag(), loop=protocol.loop))
        )
        if protocol.incomplete_line:
            raise MailboxRefused("the server sent more than its answer before encryption began")
        loop = asyncio.get_running_loop()
        protocol.transport = await self._call(
            loop.start_tls(
                protocol.transport,
                protocol,
                context or tls_context(None),
                server_hostname=self._settings.host,
            ),
            seconds=self._settings.connect_seconds,
        )
        # What was promised in the clear counts for nothing (RFC 3501, 6.2.1).
        await self._call(protocol.capability())

    def _drop(self) -> None:
        """Cut the connection: one that was late, or that we gave up, may still answer later."""
        client, self._client = self._client, None
        self._uidvalidity = 0
        if client is None:
            return
        transport = client.protocol.transport
        if transport is not None:
            transport.abort()
        client.abandon()

    async def _call(self, awaitable: Awaitable[T], *, seconds: float | None = None) -> T:
        """Await an answer, the loss of the connection or the clock, whichever comes first."""
        assert self._lost is not None
        task = asyncio.ensure_future(awaitable)
        try:
            awaited: set[asyncio.Future[Any]] = {task, self._lost}
            done, _ = await asyncio.wait(
                awaited,
                timeout=self._settings.command_seconds if seconds is None else seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if task in done:
                return task.result()
        except (aioimaplib.AioImapException, TimeoutError) as error:
            self._drop()
            raise MailboxLost(f"{type(error).__name__} {error}".strip()) from error
        except asyncio.CancelledError:
            # Whoever asked went away in the middle of an answer.
            self._drop()
            raise
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            if not task.cancelled():
                task.exception()
        was_lost = self._lost.done()
        self._drop()
        raise MailboxLost("the connection was lost" if was_lost else "no answer in time")

    async def _answer(self, awaitable: Awaitable[Any], *, seconds: float | None = None) -> list[Any]:
        """Await an answer and return its lines; a refusal is raised, for the library reports it as a value."""
        response = await self._call(awaitable, seconds=seconds)
        if response.result != "OK":
            lines = b" ".join(bytes(line) for line in response.lines[-1:]).decode("utf-8", "replace")
            raise MailboxRefused(f"{response.result} {lines}"[:300])
        lines_: list[Any] = response.lines
        return lines_

    # Commands

    async def _select(self) -> None:
        lines = await self._answer(self._client.select(quote_folder(self._settings.inbox)))
        found = re.search(rb"UIDVALIDITY (\d+)", b"\n".join(bytes(line) for line in lines))
        self._uidvalidity = int(found[1]) if found else 0

    async def _search(self, criteria: str) -> list[int]:
        lines = await self._answer(self._client.uid_search(criteria, charset=None))
        return [int(word) for line in lines[:-1] for word in bytes(line).split() if word.isdigit()]

    async def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        lines = await self._answer(self._client.uid("fetch", _sequence(uids), "(UID RFC822.SIZE)"))
        sizes: dict[int, int] = {}
        for line in lines:
            uid = re.search(rb"UID (\d+)", line)
            size = re.search(rb"RFC822\.SIZE (\d+)", line)
            if _FETCH.match(line) and uid and size and int(uid[1]) in uids:
                sizes[int(uid[1])] = int(size[1])
        return sizes

    async def _fetch_some(self, uids: Sequence[int]) -> list[FetchedMail]:
        """Fetch a range; where the server refuses it, each message alone, so that one bad one stops no other."""
        try:
            return await self._fetch(uids)
        except MailboxRefused as refused:
            if len(uids) == 1:
                log.warning("mail_left_in_inbox", uid=uids[0], answer=str(refused))
                return []
        mails = []
        for uid in uids:
            mails += await self._fetch_some([uid])
        return mails

    async def _fetch(self, uids: Sequence[int]) -> list[FetchedMail]:
        lines = await self._answer(
            self._client.uid("fetch", _sequence(uids), "(UID INTERNALDATE BODY.PEEK[])")
        )
        mails = []
        for described, body in _split_fetch(lines):
            uid = re.search(rb"UID (\d+)", described)
            if uid is None or body is None:
                # Somebody else's flags, or a message that went away meanwhile.
                continue
            mails.append(
                FetchedMail(
                    place=self._place(int(uid[1])),
                    uid=int(uid[1]),
                    received_at=_received_at(described),
                    raw=body,
                )
            )
        return mails

    async def _move(self, uids: Sequence[int], folder: str) -> list[int]:
        """Move messages and return those that the server says it moved."""
        try:
            return await self._move_once(uids, folder)
        except MailboxRefused as refused:
            answer = str(refused).upper()
            if "TRYCREATE" in answer:
                await self._answer(self._client.create(quote_folder(folder)))
                await self._call(self._client.subscribe(quote_folder(folder)))
            elif "EXPUNGEISSUED" in answer:
                # Somebody else took some of them; the server moves none until we have seen that.
                await self._select()
            else:
                raise
        left = [uid for uid in await self._search(f"UID {_sequence(uids)}") if uid in uids]
        return await self._move_once(left, folder) if left else []

    async def _move_once(self, uids: Sequence[int], folder: str) -> list[int]:
        command = "move" if self._client.has_capability("MOVE") else "copy"
        sequence = _sequence(uids)
        lines = await self._answer(self._client.uid(command, sequence, quote_folder(folder)))
        moved = _copied(lines)
        if not moved and not self._client.has_capability("UIDPLUS"):
            # Without COPYUID only the folder itself tells what became of them.
            left = set(await self._search(f"UID {sequence}"))
            moved = list(uids) if command == "copy" else [uid for uid in uids if uid not in left]
        if command == "copy" and moved:
            await self._expunge(moved)
        return moved

    async def _expunge(self, uids: Sequence[int]) -> None:
        """Take away what was copied, and nothing that somebody else marked."""
        sequence = _sequence(uids)
        await self._answer(self._client.uid("store", sequence, "+FLAGS.SILENT (\\Deleted)"))
        if self._client.has_capability("UIDPLUS"):
            await self._answer(self._client.uid("expunge", sequence))
        elif set(await self._search("DELETED")) <= set(uids):
            await self._answer(self._client.expunge())

    async def _idle(self, seconds: float) -> bool:
        """Wait in IDLE for at most so long; tell whether new mail was announced."""
        client = self._client
        queue = client.protocol.idle_queue
        while not queue.empty():
            queue.get_nowait()
        idle = await self._call(client.idle_start(timeout=seconds + 60))
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        news = False
        try:
            while not news and (left := end - loop.time()) > 0:
                lines = await self._call(_next(queue, left), seconds=left + 5)
                news = any(re.match(rb"\d+ (?:EXISTS|RECENT)", bytes(line)) for line in lines or ())
                if lines is None:
                    break
        finally:
            if self.is_connected:
                client.idle_done()
                await self._call(idle)
        return news

    # Places

    def _place(self, uid: int) -> str:
        return f"{self._settings.inbox}/{self._uidvalidity}/{uid}"

    def _uids(self, places: Iterable[str]) -> frozenset[int]:
        """Return the uids of these places, as far as they are of the folder as it is now."""
        current = f"{self._settings.inbox}/{self._uidvalidity}/"
        return frozenset(int(place.removeprefix(current)) for place in places if place.startswith(current))


class _Client(aioimaplib.IMAP4):  # type: ignore[misc]
    """The library's client, which also tells when the connection goes, with TLS as without."""

    def abandon(self) -> None:
        """Stop what the library left running."""
        self._client_task.cancel()
        if self._idle_waiter is not None:
            self._idle_waiter.cancel()
        for task in (*self.tasks, *self.protocol.tasks):
            task.cancel()


async def _next(queue: asyncio.Queue[list[bytes]], seconds: float) -> list[bytes] | None:
    try:
        # Not wait_for: in Python 3.11 it loses a cancellation that comes in the moment of waking.
        async with asyncio.timeout(seconds):
            return await queue.get()
    except TimeoutError:
        return None


def quote_folder(name: str) -> str:
    """Return a folder's name as the wire wants it: modified UTF-7 (RFC 3501, 5.1.3), quoted.

    >>> quote_folder("Trámites del año")
    '"Tr&AOE-mites del a&APE-o"'
    """
    pieces: list[str] = []
    wide: list[str] = []

    def flush() -> None:
        if wide:
            encoded = (
                base64.b64encode("".join(wide).encode("utf-16-be"))
                .decode("ascii")
                .rstrip("=")
                .replace("/", ",")
            )
            pieces.append(f"&{encoded}-")
            wide.clear()

    for character in name:
        if " " <= character <= "~":
            flush()
            pieces.append("&-" if character == "&" else character)
        else:
            wide.append(character)
    flush()
    return _quote("".join(pieces))


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _sequence(uids: Iterable[int]) -> str:
    return ",".join(str(uid) for uid in uids)


def _ranges(sizes: dict[int, int], count: int) -> list[list[int]]:
    """Return the uids in ranges small enough in number and in bytes."""
    ranges: list[list[int]] = []
    total = 0
    for uid, size in sizes.items():
        if not ranges or len(ranges[-1]) == count or total + size > _RANGE_BYTES:
            ranges.append([])
            total = 0
        ranges[-1].append(uid)
        total += size
    return ranges


def _split_fetch(lines: Sequence[Any]) -> list[tuple[bytes, bytes | None]]:
    """Return (attributes, body) of each message of a FETCH answer.

    Raises:
        MailboxLost: a body has not the length that the server announced.
    """
    messages: list[tuple[bytes, bytes | None]] = []
    announced = -1
    for line in lines:
        if isinstance(line, bytearray):
            if not messages or len(line) != announced:
                raise MailboxLost(f"a message of {announced} bytes came with {len(line)}")
            messages[-1] = (messages[-1][0], bytes(line))
            continue
        if _FETCH.match(line):
            messages.append((line, b"" if line.rstrip().endswith(b'""') else None))
        elif messages:
            messages[-1] = (messages[-1][0] + b" " + line, messages[-1][1])
        literal = _LITERAL.search(line)
        announced = int(literal[1]) if literal else -1
    return messages


def _received_at(described: bytes) -> datetime:
    found = _INTERNALDATE.search(described)
    if found is None:
        raise MailboxError("the server told no INTERNALDATE")
    day, month, year, hour, minute, second, sign, hours, minutes = (
        part.decode("ascii", "replace") for part in found.groups()
    )
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    local = datetime(
        int(year),
        _MONTHS.index(month.lower()) + 1,
        int(day),
        int(hour),
        int(minute),
        int(second),
        tzinfo=timezone(offset),
    )
    return local.astimezone(UTC)


def _copied(lines: Sequence[Any]) -> list[int]:
    """Return the uids that the server says it copied or moved."""
    uids: list[int] = []
    for line in lines:
        found = _COPYUID.search(bytes(line))
        if found:
            for part in found[1].decode("ascii").split(","):
                first, _, last = part.partition(":")
                low, high = sorted((int(first), int(last or first)))
                uids += range(low, high + 1)
    return uids
