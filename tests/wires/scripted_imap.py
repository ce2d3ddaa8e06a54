"""An IMAP server that misbehaves on request: what no real server does when one wants it to."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self


@dataclass
class ScriptedImap:
    """A folder, and the faults to play: command word -> what happens instead of an answer."""

    messages: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 7
    capabilities: str = "IMAP4rev1 UIDPLUS MOVE IDLE"
    faults: dict[str, str] = field(default_factory=dict)
    """`drop`, `silence`, `half` (half a body, then drop), `refuse`, `refuse 2` (what names message 2), `lie` (OK, nothing done)."""
    heard: list[str] = field(default_factory=list)
    filed: dict[str, list[int]] = field(default_factory=lambda: {"INBOX": []})
    connections: int = 0
    deleted: set[int] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.idling = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def kill(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def announce(self, text: str) -> None:
        """Say something untagged to everybody."""
        for writer in self._writers:
            writer.write(f"* {text}\r\n".encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.get("greeting") == "silence":
            await reader.read()
            return
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode():
            self.heard.append(line.strip())
            tag, _, command = line.strip().partition(" ")
            words = command.upper().split(" ")
            word = " ".join(words[:2]) if words[0] == "UID" else words[0]
            if "BODY" in command:
                word = "BODY"
            fault = self.faults.get(word, "")
            if fault in {"drop", "half"}:
                del self.faults[word]
            if fault == "drop":
                writer.transport.abort()
                return
            if fault == "silence":
                continue
            if fault == "refuse 2" and 2 not in _uids(command.split(" ")[2]):
                fault = ""
            if fault.startswith("refuse"):
                writer.write(f"{tag} NO [NOPERM] not you\r\n".encode())
                continue
            if not await self._answer(word, command, tag, fault, reader, writer):
                return

    async def _answer(
        self,
        word: str,
        command: str,
        tag: str,
        fault: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        say = lambda text: writer.write(text.encode() + b"\r\n")  # noqa: E731
        if word == "CAPABILITY":
            say(f"* CAPABILITY {self.capabilities}")
        elif word == "SELECT":
            say(f"* {len(self.messages)} EXISTS")
            say(f"* OK [UIDVALIDITY {self.uidvalidity}] fine")
        elif word == "UID SEARCH":
            wanted = _uids(command.split(" ", 2)[2]) if "UID" in command[4:] else None
            found = [uid for uid in self.messages if wanted is None or uid in wanted]
            if "DELETED" in command:
                found = sorted(self.deleted)
            say("* SEARCH " + " ".join(str(uid) for uid in found))
        elif word in {"UID FETCH", "BODY"}:
            for number, (uid, raw) in enumerate(self.messages.items(), 1):
                if uid not in _uids(command.split(" ")[2]):
                    continue
                if "BODY" not in command:
                    say(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
                    continue
                say(
                    f'* {number} FETCH (UID {uid} INTERNALDATE "18-Jan-2027 10:42:00 -0600" BODY[] {{{len(raw)}}}'
                )
                writer.write(raw[: len(raw) // 2] if fault == "half" else raw)
                if fault == "half":
                    await writer.drain()
                    writer.transport.abort()
                    return False
                writer.write(b")\r\n")
        elif word in {"UID MOVE", "UID COPY"}:
            uids = [uid for uid in _uids(command.split(" ")[2]) if uid in self.messages]
            folder = command.split(" ", 3)[3].strip('"')
            if folder not in self.filed:
                say(f"{tag} NO [TRYCREATE] no such folder")
                return True
            if fault != "lie" and uids:
                self.filed[folder] += uids
                if word == "UID MOVE":
                    for uid in uids:
                        del self.messages[uid]
                if "UIDPLUS" in self.capabilities:
                    numbers = ",".join(str(uid) for uid in uids)
                    if word == "UID COPY":
                        say(f"{tag} OK [COPYUID 9 {numbers} {numbers}] copied")
                        return True
                    say(f"* OK [COPYUID 9 {numbers} {numbers}] moved")
        elif word == "UID STORE":
            self.deleted = set(_uids(command.split(" ")[2]))
        elif word in {"UID EXPUNGE", "EXPUNGE"}:
            for uid in self.deleted:
                self.messages.pop(uid, None)
        elif word == "CREATE":
            self.filed[command.split(" ", 1)[1].strip('"')] = []
        elif word == "IDLE":
            say("+ idling")
            self.idling.set()
            done = await reader.readline()
            self.heard.append(done.decode().strip())
            if not done:
                return False
        say(f"{tag} OK done")
        return True


def _uids(sequence: str) -> list[int]:
    uids: list[int] = []
    for first, last in re.findall(r"(\d+)(?::(\d+))?", sequence):
        uids += range(int(first), int(last or first) + 1)
    return uids


RECEIVED = datetime(2027, 1, 18, 16, 42, tzinfo=UTC)
