"""The mailboxes of the demonstration: pymap, a real IMAP server, on a loopback port.

In memory, stamped with office time. For the demonstration and the tests only: the
library was last released in 2024 (docs/decisions/0009-pymap-for-the-demo.md).
"""

import asyncio
import contextlib
import ssl
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Event, Subsystem
from pymap.imap import IMAPServer
from pymap.mime import MessageBody, MessageContent, MessageHeader
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Seen
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl import SASLAuth
from pysasl.hashing import Cleartext

from actions.ports import Clock

LOOPBACK = "127.0.0.1"


class _Config(Config):
    """The server's settings; its greeting asks no name server who we are."""

    @property
    def greeting(self) -> bytes:
        return b"Buzones de la demostracion"

    @cached_property
    def tls_auth(self) -> SASLAuth:
        # The library looks through every installed distribution for them at each connection.
        return SASLAuth.defaults()


class _Original(MessageContent):
    """A mail that is taken apart only when somebody asks for its parts.

    Most are fetched whole; the library would parse each on arrival, and keep ten
    times its size.
    """

    __slots__ = ("_parsed",)

    def __init__(self, original: bytes) -> None:
        # The parent's constructor wants what is parsed; __bytes__ and __len__ need only this.
        self._raw = memoryview(original)
        self._parsed: MessageContent | None = None

    def _parts(self) -> MessageContent:
        if self._parsed is None:
            self._parsed = MessageContent.parse(bytes(self._raw))
        return self._parsed

    @property  # type: ignore[misc]
    def header(self) -> MessageHeader:
        return self._parts().header

    @property  # type: ignore[misc]
    def body(self) -> MessageBody:
        return self._parts().body

    @property  # type: ignore[misc]
    def lines(self) -> int:
        return self._parts().lines


class _Folder(MailboxData):
    """A folder whose mails arrive at office time."""

    def __init__(self, owner: "_MailboxSet") -> None:
        super().__init__(owner._content_cache, owner._thread_cache)  # noqa: SLF001 -- the library has no other way in
        self._clock = owner.clock

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        async with self.messages_lock.write_lock():
            self._max_uid += 1
            message = Message(
                self._max_uid,
                append_msg.when or self._clock.now(),
                append_msg.flag_set,
                email_id=ObjectId.random_email_id(),
                thread_id=ObjectId.random_thread_id(),
                recent=recent,
                content=_Original(append_msg.literal),
            )
            self._messages[message.uid] = message
            self._mod_sequences.update([message.uid])
            self._updated.set()
        return message

    async def update_selected(
        self, selected: SelectedMailbox, *, wait_on: Event | None = None
    ) -> SelectedMailbox:
        # The library waits for the *next* change even when one came while the last answer was being
        # written, and an IDLE then sleeps on a mail that lies there.
        if selected.mod_sequence != self._mod_sequences.highest:
            wait_on = None
        return await super().update_selected(selected, wait_on=wait_on)

    def waiting(self) -> int:
        """Count the mails that nobody has seen."""
        return sum(Seen not in message.permanent_flags for message in self._messages.values())

    def originals(self) -> Iterator[tuple[int, datetime, bytes]]:
        """Give each mail's UID, date of arrival and bytes."""
        for uid, message in self._messages.items():
            yield uid, message.internal_date, bytes(message._content or b"")  # noqa: SLF001


class _MailboxSet(MailboxSet):
    """The folders of one account."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self._inbox: _Folder = _Folder(self)

    @property
    def inbox(self) -> _Folder:
        return self._inbox

    async def add_mailbox(self, name: str) -> ObjectId:
        if name in self._set:
            raise ValueError(name)
        self._set[name] = folder = _Folder(self)
        return folder.mailbox_id

    def folders(self) -> Iterator[tuple[str, _Folder]]:
        """Give each folder with its name."""
        yield "INBOX", self.inbox
        for name, folder in self._set.items():
            assert isinstance(folder, _Folder)
            yield name, folder


class Mailboxes:
    """An IMAP server with any number of accounts, for one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sets: dict[str, _MailboxSet] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._config = _Config(
            Namespace(proxy_protocol=None, passlib_cfg=None),
            host=LOOPBACK,
            port=0,
            demo_data=False,
            demo_user="",
            demo_password="",
            # Everything below spares what loopback does not need: TLS, slow hashes, threads, penalties.
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            invalid_user_sleep=0.0,
        )
        self._login = Login(self._config)
        self._answer = IMAPServer(self._login, self._config)

    @property
    def host(self) -> str:
        """The address that the server listens on."""
        return LOOPBACK

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        if self._server is None:
            message = "the mailboxes are not open"
            raise RuntimeError(message)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Open the server on a free port of loopback."""
        self._server = await asyncio.start_server(self._serve, host=LOOPBACK, port=0)

    async def stop(self) -> None:
        """Close the server and every connection; the mails stay readable by `export`."""
        if self._server is not None:
            self._server.close()
        await self.hang_up()
        self._server = None

    async def hang_up(self) -> None:
        """Cut every connection, as a server that restarts does."""
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        # An idling connection has two tasks of its own that end in the following rounds.
        for _ in range(3):
            await asyncio.sleep(0)

    def add_account(self, address: str, password: str) -> None:
        """Open a mailbox, empty; opening it twice changes the password only."""
        self._login.users_dict[address] = UserMetadata(self._config, address, password=password)
        if address not in self._sets:
            self._sets[address] = mailbox_set = _MailboxSet(self._clock)
            self._config.set_cache[address] = (mailbox_set, FilterSet())

    async def append(self, address: str, original: bytes, received_at: datetime) -> None:
        """Put a mail into the INBOX of an account.

        Raises:
            KeyError: there is no such account.
        """
        inbox = self._sets[address].inbox
        await inbox.append(AppendMessage(original, received_at), recent=True)

    def unseen(self, address: str) -> int:
        """Count the mails in the INBOX of an account that nobody has seen."""
        return self._sets[address].inbox.waiting()

    def count(self, address: str, folder: str = "INBOX") -> int:
        """Count the mails in a folder of an account; a folder that does not exist has none."""
        folders = dict(self._sets[address].folders())
        return sum(1 for _ in folders[folder].originals()) if folder in folders else 0

    def originals(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """Return the mails in a folder of an account, oldest first, marking nothing."""
        folders = dict(self._sets[address].folders())
        return [original for _, _, original in folders[folder].originals()] if folder in folders else []

    def export(self, target: Path) -> int:
        """Write every mail as `account/folder/instant-uid.eml`; return how many."""
        written = 0
        for address, mailbox_set in self._sets.items():
            for name, folder in mailbox_set.folders():
                for uid, received_at, original in folder.originals():
                    place = target / address / name.replace("/", "-")
                    place.mkdir(parents=True, exist_ok=True)
                    (place / f"{received_at:%Y%m%dT%H%M%S}-{uid}.eml").write_bytes(original)
                    written += 1
        return written

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            with contextlib.suppress(ConnectionError):
                await self._answer(reader, writer, SocketInfoLocal(writer))
        finally:
            self._connections.discard(connection)
            writer.close()
