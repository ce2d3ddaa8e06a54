"""Killed at any instant and started again, the desk loses nothing and does nothing twice."""

import asyncio
from pathlib import Path

import pytest

from service.demo.cast import Slip
from storage.blobs import open_blobs
from storage.database import Store
from storage.verification import verify
from tests.crash.books import check_nothing_lost, check_nothing_twice
from tests.crash.kill_points import POINTS, names
from tests.crash.story import DESK, AtPoints, AtRandom, Executions, Story, region_of_the_demo

SLIPS = {"OOAD07-R03-PAC015": Slip.DUPLICATE, "OOAD07-R03-PAC018": Slip.WRONG_KEY}
LAST_STEP = "A30"
RANDOM_KILLS = 30


def play(folder: Path, executions: Executions | None = None) -> Story:
    """Play the story, and hold what is left to the promises."""
    story = Story(
        folder, directory=region_of_the_demo(), slips=SLIPS, last_step=LAST_STEP, executions=executions
    )
    hub = asyncio.run(story.run())
    check_nothing_lost(story.books, hub, DESK)
    story.repeated = check_nothing_twice(story.books, hub, DESK)
    store = Store(folder / "data")
    try:
        verified = verify(store, open_blobs(folder / "data", store))
    finally:
        store.close()
    assert verified.ok, verified.problems
    assert not verified.unsealed
    return story


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What the story leaves when nobody dies."""
    story = play(tmp_path_factory.mktemp("undisturbed"))
    assert not story.deaths
    assert not story.repeated
    return story.books.state()


def test_killed_at_chosen_points_it_ends_as_if_nothing_had_been(tmp_path, undisturbed):
    story = play(tmp_path, AtPoints([point.name for point in POINTS]))

    assert names(tmp_path / "killed") == {point.name for point in POINTS}
    assert story.deaths == len(POINTS) >= 20
    assert story.books.state() == undisturbed


def test_killed_at_random_instants_it_ends_as_if_nothing_had_been(tmp_path, undisturbed):
    rows = sum(int(count) for _kind, count in undisturbed["journal"])

    story = play(tmp_path, AtRandom(RANDOM_KILLS, seed=780, rows=rows))

    assert story.deaths == RANDOM_KILLS
    assert story.books.state() == undisturbed
