"""A desk killed by SIGKILL in the middle of a round goes on where it was: everybody has one notice, nobody two."""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import col, select

from service.clock import LeapingClock
from service.settings import read_settings
from service.wiring import writing
from storage import chats
from storage.chats import ButtonRow
from storage.outbox import LetterRow, LetterState
from storage.payees import NoticeRow, PayeeRow
from storage.verification import verify
from tests.acceptance.conftest import Offices, offices
from tests.crash.rounds import PLACES, fire
from tests.people import PAC012, PAC015

__all__ = ["offices"]

ROOT = Path(__file__).parents[2]
MEMBERS = (PAC012, PAC015)


@pytest.fixture(scope="module")
def linked(offices: Offices, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office on the eve of the first notice, with twelve volunteers who have a chat."""
    folder = tmp_path_factory.mktemp("rounds") / "datos"
    now = offices.copy("announced", folder)
    with writing(read_settings(folder), LeapingClock(now)) as writer, writer.store.transaction() as session:
        units = [member.unit for member in MEMBERS]
        for number, row in enumerate(session.exec(select(PayeeRow).where(col(PayeeRow.pac).in_(units)))):
            chat = chats.open_chat(session, 7_000_000_000 + number)
            chats.link_volunteer(session, chat, row.volunteer_id or 0, now)
    return folder


def problems_of(folder: Path) -> object:
    """Return what the verification of some books finds."""
    with writing(read_settings(folder)) as writer:
        return verify(writer.store, writer.blobs).problems


@pytest.mark.parametrize("place", PLACES)
def test_killed_in_a_round_the_desk_tells_everybody_once(linked, tmp_path, place):
    folder = shutil.copytree(linked, tmp_path / "datos")

    died = subprocess.run(
        [sys.executable, "-m", "tests.crash.rounds", str(folder), place, "2"],
        cwd=ROOT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    fire(folder)

    with writing(read_settings(folder)) as writer, writer.store.reading() as session:
        notices = Counter(session.exec(select(NoticeRow.payee_id)))
        letters = session.exec(select(LetterRow).where(col(LetterRow.template) == "RV-1")).all()
        buttons = session.exec(select(ButtonRow).where(col(ButtonRow.act) == "rv_acknowledge")).all()
    problems = problems_of(folder)
    assert set(notices.values()) == {1}
    assert len(notices) == len(letters) == len(buttons) == 12
    assert {letter.state for letter in letters} == {LetterState.WAITING}
    # The scene writes its lists by hand, and verification says so: of the round it has nothing to say.
    assert problems == problems_of(linked)
