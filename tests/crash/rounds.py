"""A desk that fires the first round of notices and is killed in the middle: `python -m tests.crash.rounds FOLDER PLACE NTH`."""

import functools
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from actions import fire_deadlines as firing
from service.clock import LeapingClock
from service.settings import read_settings
from service.wiring import writing
from tests.acceptance.volunteer_scene import instant

PLACES = (
    "storage.reminders:readers_of",
    "storage.chats:put_buttons",
    "storage.outbox:enqueue",
    "storage.reminders:add_notices",
    "storage.journal:append_many",
    "storage.agenda:put_back",
    "storage.blobs:FolderBlobs.put_many",
    "schedules.writer:Writer.act",
)
"""After the n-th call of one of them the process is no more."""


def die_after(place: str, nth: int) -> None:
    """Let this process be killed as soon as a function has returned for the n-th time."""
    module, _, path = place.partition(":")
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module))
    whole = getattr(owner, name)
    calls = 0

    def dies(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        found = whole(*arguments, **options)
        calls += 1
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, dies)


def fire(folder: Path, *, piece: int = 2) -> None:
    """Fire what is due on the morning of the first notice, in small pieces."""
    firing.PIECE = piece
    clock = LeapingClock(instant("2027-02-24", "09:00"))
    with writing(read_settings(folder), clock) as writer:
        while writer.act(firing.fire_deadlines):
            pass


if __name__ == "__main__":
    die_after(sys.argv[2], int(sys.argv[3]))
    fire(Path(sys.argv[1]))
