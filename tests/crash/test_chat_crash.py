"""Killed at any point of a dialogue and started again, the desk loses no answer and tells nobody twice."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.conversation import HANDLERS
from storage.blobs import open_blobs
from storage.database import Store
from storage.verification import Problem, verify
from tests.acceptance.conftest import Offices, offices
from tests.crash.chat_story import PRESS, SAY, ChatStory, Line
from tests.crash.kill_points import CHAT_POINTS, names
from tests.crash.story import AtPoints, AtRandom, Executions
from tests.people import CACYPCS, JSPM_CHIAPAS, PAC012, PAC015, SAC_R03, Member

__all__ = ["offices"]

RANDOM_KILLS = 20
DIALOGUES: dict[str, dict[Member, tuple[Line, ...]]] = {
    "desvincular": {
        SAC_R03: ((SAY, "/desvincular"), (PRESS, "No"), (SAY, "/tablero")),
        PAC015: ((SAY, "/listado"), (SAY, "/desvincular"), (PRESS, "No"), (SAY, "/pendientes")),
    },
    "tablero": {JSPM_CHIAPAS: ((SAY, "/tablero"), (PRESS, "Por correo"), (SAY, "/estado"))},
    "nacional": {CACYPCS: ((SAY, "/nacional"), (PRESS, "Vencidos"), (PRESS, "Por OOAD"), (SAY, "autorizo"))},
    "notificar": {
        PAC012: (
            (SAY, "/notificar"),
            (PRESS, "Avisada en persona"),
            (PRESS, "Avisada por teléfono"),
            (PRESS, "Deshacer"),
            (SAY, "/oficina"),
        )
    },
    "avance": {
        PAC012: ((SAY, "/avance"), (SAY, "1"), (SAY, "1"), (PRESS, "Guardar")),
        PAC015: ((SAY, "/avance 2 0"), (PRESS, "Guardar")),
    },
    "problema": {
        PAC012: (
            (SAY, "/problema"),
            (PRESS, "Referencia"),
            (PRESS, "P03"),
            (PRESS, "Sin detalle"),
            (PRESS, "Sucursal Ocosingo"),
            (PRESS, "Enviar"),
        )
    },
    "casos": {SAC_R03: ((SAY, "/casos"),)},
}
"""By the command that begins each: whoever says what. Those whose command is there are played, one after the other."""


class AtOnce(AtPoints):
    """Every point is armed from the beginning: a dialogue is short."""

    def armed(self, leaps: int) -> Sequence[str]:
        del leaps
        return self._points


def lines() -> dict[Member, list[Line]]:
    """Return what everybody does in the whole story."""
    found: dict[Member, list[Line]] = {}
    for command, parts in DIALOGUES.items():
        if command in HANDLERS:
            for who, some in parts.items():
                found.setdefault(who, []).extend(some)
    assert PAC012 in found
    return found


def play(folder: Path, office: Path, executions: Executions | None = None) -> ChatStory:
    """Play the story, and hold what is left to the promises."""
    story = ChatStory(folder, lines=lines(), executions=executions)
    api = asyncio.run(story.run(office))
    story.check_nothing_lost(api)
    story.repeated = story.check_nothing_twice()
    # The scene writes its lists by hand, and verification says so: of the chat it has nothing to say.
    assert problems(folder / "data") == problems(office)
    return story


def problems(folder: Path) -> tuple[Problem, ...]:
    """Return what the verification of some books finds."""
    store = Store(folder)
    try:
        return verify(store, open_blobs(folder, store)).problems
    finally:
        store.close()


@pytest.fixture(scope="module")
def announced(offices: Offices) -> Path:
    """The office in its delivery period: every PAC was told (A36)."""
    return offices.made("announced")


@pytest.fixture(scope="module")
def undisturbed(announced: Path, tmp_path_factory: pytest.TempPathFactory):
    """What the story leaves when nobody dies."""
    story = play(tmp_path_factory.mktemp("undisturbed"), announced)
    assert not story.deaths
    assert not story.repeated
    return story.state()


def test_killed_at_chosen_points_of_the_dialogues_it_ends_as_if_nothing_had_been(
    tmp_path, announced, undisturbed
):
    story = play(tmp_path, announced, AtOnce([point.name for point in CHAT_POINTS]))

    assert names(tmp_path / "killed") == {point.name for point in CHAT_POINTS}
    assert story.deaths == len(CHAT_POINTS) >= 12
    assert story.state() == undisturbed


def test_killed_at_random_instants_of_the_dialogues_it_ends_as_if_nothing_had_been(
    tmp_path, announced, undisturbed
):
    rows = sum(int(count) for _kind, count in undisturbed["journal"])

    story = play(tmp_path, announced, AtRandom(RANDOM_KILLS, seed=780, rows=rows, longest_moment=0.1))

    assert story.deaths == RANDOM_KILLS
    assert story.state() == undisturbed
