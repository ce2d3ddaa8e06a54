"""Where the desk is killed: hooks that the tests' runner installs, and production code knows nothing of.

The names of the points that are armed stand in a file; the first pass of an armed
point ends the process by SIGKILL, and its name goes to a second file.
"""

import functools
import importlib
import inspect
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SETTING_UP = (
    "after the first table of the migration",
    "before the migration is committed",
    "in the middle of an import",
)
"""Points passed before there is any mail."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """An instant in the life of the desk: before or after a call, if it is the one meant."""

    name: str
    place: str
    """module:function or module:Class.function, where it is looked up at the call."""
    when: Literal["before", "after"]
    action: str = ""
    """Of `Writer.act` only: the action that it runs."""


POINTS = (
    Point(name=SETTING_UP[0], place="alembic.ddl.impl:DefaultImpl.create_table", when="after"),
    Point(name=SETTING_UP[1], place="alembic.command:upgrade", when="after"),
    Point(name=SETTING_UP[2], place="actions.import_directory:write_directory", when="after"),
    Point(name="while the books are opened", place="storage.database:Store.upgrade", when="after"),
    Point(name="between the version and its rows", place="storage.lists:add_version", when="after"),
    Point(name="between the rows and the answer", place="storage.lists:add_findings", when="after"),
    Point(name="while a list is integrated", place="storage.lists:add_lines", when="after"),
    Point(name="while the worker reads", place="documents.sandbox:_Worker._send", when="after"),
    Point(name="between reading and applying", place="schedules.intake:read_entry", when="after"),
    Point(name="while letters in flight are taken back", place="storage.outbox:release_claims", when="after"),
    Point(name="between fetching and recording", place="schedules.intake:receive_mails", when="before"),
    Point(name="between original and row", place="storage.blobs:FolderBlobs.put_many", when="after"),
    Point(name="before the entry is committed", place="schedules.intake:receive_mails", when="after"),
    Point(
        name="between commit and MOVE",
        place="schedules.writer:Writer.act",
        when="after",
        action="receive_mails",
    ),
    Point(
        name="between the server's MOVE and its answer", place="mail.inbox:ImapMailbox._move", when="after"
    ),
    Point(name="between MOVE and processing", place="mail.inbox:ImapMailbox.file_away", when="after"),
    Point(name="before the worker has the mail", place="schedules.intake:read_entry", when="before"),
    Point(name="between the step and its effects", place="storage.cases:add_steps", when="after"),
    Point(name="between the letter and the step", place="storage.outbox:enqueue", when="after"),
    Point(name="before the entry's doing is committed", place="schedules.intake:apply_entries", when="after"),
    Point(
        name="between commit and the letter's leaving",
        place="schedules.writer:Writer.act",
        when="after",
        action="apply_entries",
    ),
    Point(name="between claim and SMTP", place="mail.delivery:SmtpPost.carry", when="before"),
    Point(name="between RCPT and DATA", place="aiosmtplib:SMTP.rcpt", when="after"),
    Point(name="between 250 and the check-off", place="mail.delivery:SmtpPost.carry", when="after"),
    Point(
        name="before the check-off is committed", place="schedules.couriers:check_off_letters", when="after"
    ),
    Point(name="while deadlines fire", place="schedules.ticker:fire_deadlines", when="after"),
    Point(name="before the seal is committed", place="storage.sealing:seal", when="after"),
    Point(name="between the seal and its head", place="storage.sealing:write_head", when="before"),
)
"""In the order in which they are armed, one more at each leap of office time."""


CHAT_POINTS = (
    Point(name="before a button comes to rest", place="bot.wires:TelegramChat.release", when="before"),
    Point(name="after a button came to rest", place="bot.wires:TelegramChat.release", when="after"),
    Point(
        name="between fetching and recording updates", place="schedules.chat:receive_updates", when="before"
    ),
    Point(name="before the updates are committed", place="schedules.chat:receive_updates", when="after"),
    Point(
        name="between the record and its confirmation",
        place="schedules.writer:Writer.act",
        when="after",
        action="receive_updates",
    ),
    Point(name="before an update is answered", place="schedules.chat:respond_together", when="before"),
    Point(name="while a message is queued", place="storage.outbox:_put", when="after"),
    Point(name="in the middle of a group of answers", place="storage.chats:mark_heard", when="after"),
    Point(name="before the answers are committed", place="schedules.chat:respond_together", when="after"),
    Point(
        name="between an answer and its leaving",
        place="schedules.writer:Writer.act",
        when="after",
        action="respond_together",
    ),
    Point(name="between claim and Telegram", place="bot.delivery:TelegramCourier.carry", when="before"),
    Point(
        name="between Telegram and the check-off", place="bot.delivery:TelegramCourier.carry", when="after"
    ),
    Point(
        name="before a message's check-off is committed",
        place="schedules.couriers:check_off_letters",
        when="after",
    ),
)
"""In the life of a dialogue."""


class Executioner:
    """Kills this process where the files of a folder say."""

    def __init__(self, folder: Path) -> None:
        self._armed = folder / "armed"
        self._killed = folder / "killed"

    def install(self) -> None:
        """Wrap every place that has a point."""
        every = (*POINTS, *CHAT_POINTS)
        for place in dict.fromkeys(point.place for point in every):
            points = [point for point in every if point.place == place]
            module, _, path = place.partition(":")
            *owners, name = path.split(".")
            owner = functools.reduce(getattr, owners, importlib.import_module(module))
            setattr(owner, name, self._wrapped(getattr(owner, name), points))

    def _wrapped(self, function: Callable[..., Any], points: Sequence[Point]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapped(*args: Any, **kwargs: Any) -> Any:
                self._pass(points, "before", args)
                result = await function(*args, **kwargs)
                self._pass(points, "after", args)
                return result
        else:

            @functools.wraps(function)
            def wrapped(*args: Any, **kwargs: Any) -> Any:
                self._pass(points, "before", args)
                result = function(*args, **kwargs)
                self._pass(points, "after", args)
                return result

        return wrapped

    def _pass(self, points: Sequence[Point], when: str, args: Sequence[Any]) -> None:
        here = [
            point.name
            for point in points
            if point.when == when and (not point.action or args[1].__name__ == point.action)
        ]
        if not here or not (found := set(here) & (names(self._armed) - names(self._killed))):
            return
        with self._killed.open("a", encoding="utf-8") as file:
            file.write(f"{found.pop()}\n")
        os.kill(os.getpid(), signal.SIGKILL)


def names(path: Path) -> set[str]:
    """Return the names that a file holds, one a line."""
    return set(path.read_text(encoding="utf-8").splitlines()) if path.exists() else set()
