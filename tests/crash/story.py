"""A region gathers its lists, and the desk is killed meanwhile; people notice nothing of it.

The cast and the post live in the test's process. Office time leaps when the desk has
nothing left to do, and people read their mail only then, so that two runs are alike.
"""

import asyncio
import dataclasses
import random
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from documents.directory.template import write_directory
from documents.directory.values import Directory
from service.clock import LeapingClock
from service.demo import office
from service.demo.cast import ZONE, Cast, Member, Slip
from service.demo.correspondent import Correspondent
from service.demo.hub import MailHub
from service.settings import write_settings
from tests.crash.books import Books
from tests.crash.desk import PATIENCE_SECONDS, Life, Nursery, set_time

DESK = f"oficialia@{office.DOMAIN}"
BEGINS = datetime(2027, 1, 4, 8, 30, tzinfo=ZONE)


class Stuck(AssertionError):
    """The desk does not come to rest, or nobody has anything to do before the end."""


class Executions(Protocol):
    """Who decides when the desk dies."""

    def armed(self, leaps: int) -> Sequence[str]:
        """Return the points that may kill now."""

    def begin_life(self, rows: int) -> None:
        """Take note that a life begins, in whose journal so many rows stand."""

    def is_over(self, rows: int) -> bool:
        """Tell, once, that the life that goes on must end, now that so many rows stand in the journal."""

    def has_more(self) -> bool:
        """Tell whether lives are still to end when the story is told: a fast desk outruns its last deaths."""


class Mercy:
    """Nobody is killed."""

    def armed(self, leaps: int) -> Sequence[str]:
        return ()

    def begin_life(self, rows: int) -> None:
        pass

    def is_over(self, rows: int) -> bool:
        return False

    def has_more(self) -> bool:
        return False


class AtPoints(Mercy):
    """One more point is armed at each leap of time, so that each meets another kind of mail."""

    def __init__(self, points: Sequence[str]) -> None:
        self._points = points

    def armed(self, leaps: int) -> Sequence[str]:
        return self._points[: leaps + 8]


class AtRandom(Mercy):
    """Each life does as much as the dice say, and then lasts a moment more.

    What a life does is measured by the journal, as part of what the undisturbed story wrote
    there: so the deaths are spread over the story, and all of them come, however fast the machine is.
    """

    def __init__(self, kills: int, *, seed: int, rows: int, longest_moment: float = 0.5) -> None:
        """Prepare the deaths.

        Args:
            kills: how many there are.
            seed: of the dice.
            rows: how many rows the journal of the undisturbed story has.
            longest_moment: the most seconds between a life's last row and its death.
        """
        self._dice = random.Random(seed)
        self._left = kills
        # The last deaths must come before the story is over, and one transaction may write many rows.
        self._rows = rows * 9 // 10
        self._longest = longest_moment
        self._dies_after: int | None = None
        self._dies_at: float | None = None
        self._is_doomed = True

    def begin_life(self, rows: int) -> None:
        self._dies_at = None
        self._dies_after = None
        self._is_doomed = bool(self._left)
        if self._left:
            share = max(0, self._rows - rows) // self._left
            self._dies_after = rows + self._dice.randint(0, share)
            self._left -= 1

    def is_over(self, rows: int) -> bool:
        if self._dies_after is None or rows < self._dies_after:
            return False
        if self._dies_at is None:
            self._dies_at = time.monotonic() + self._dice.uniform(0.0, self._longest)
        if time.monotonic() < self._dies_at:
            return False
        self._dies_after = None
        return True

    def has_more(self) -> bool:
        # The life after the last death lives on.
        return self._is_doomed


class Story:
    """A request of lists by mail, from the circular to a last step."""

    def __init__(
        self,
        folder: Path,
        *,
        directory: Directory,
        slips: dict[str, Slip],
        last_step: str,
        executions: Executions | None = None,
    ) -> None:
        self.folder = folder
        self.books = Books(folder / "data")
        self.deaths = 0
        self._directory = directory
        self._slips = slips
        self._last_step = last_step
        self._executions = executions or Mercy()
        self._clock = LeapingClock(BEGINS)
        self._leaps = 0
        self._life: Life | None = None
        self._said_before = 0

    async def run(self) -> MailHub:
        """Play the story to its end, and return the post with what everybody got."""
        hub = MailHub(self._clock)
        hub.add_account(DESK, "oficialia")
        async with hub:
            self._settle(hub)
            cast = self._engage(hub)
            self._arm()
            with Nursery(self.folder) as nursery:
                await self._set_up(nursery)
                await self._play(hub, cast, nursery)
                await self._stop()
        return hub

    # Before the first mail

    def _settle(self, hub: MailHub) -> None:
        set_time(self.folder, BEGINS)
        write_directory(self.folder / "directory.xlsx", self._directory)
        office.write_calendar(self.folder / "calendar.xlsx")
        write_settings(
            self.folder / "data",
            {
                "secret": "5e" * 32,
                "address": DESK,
                "imap_host": hub.host,
                "imap_port": hub.imap_port,
                "imap_security": "plain",
                "imap_password": "oficialia",
                "smtp_host": hub.host,
                "smtp_port": hub.smtp_port,
                "smtp_security": "plain",
                "smtp_user": DESK,
                "smtp_password": "oficialia",
                "authserv_id": hub.authserv_id,
                "authentication": "required",
                "poll_seconds": 5,
                "tick_seconds": 0.2,
            },
        )

    def _engage(self, hub: MailHub) -> Cast:
        posts = {holding.unit for holding in self._directory.holdings}
        members = []
        for number, (role, unit, _key, name, _cargo) in enumerate(office.STAFF):
            if unit in posts:
                correspondent = Correspondent.at(hub, self._clock, office.address_of(name), name=name)
                members.append(
                    Member(
                        correspondent=correspondent,
                        role=role,
                        unit=unit,
                        pace=timedelta(minutes=20 + 7 * number),
                        slip=self._slips.get(unit, Slip.NONE) if role == "PAC" else Slip.NONE,
                    )
                )
        provider = Correspondent.at(hub, self._clock, office.PS_ADDRESS)
        members.append(Member(correspondent=provider, role="PS", unit="PIB", pace=timedelta(hours=1)))
        return Cast(self._clock, members, watch=lambda _line: None)

    async def _set_up(self, nursery: Nursery) -> None:
        """Set the office up, again after each kill."""
        while await asyncio.to_thread((life := nursery.bear("set_up")).wait):
            self._bury(life)

    # Life and death

    def _arm(self) -> None:
        (self.folder / "armed").write_text("\n".join(self._executions.armed(self._leaps)), encoding="utf-8")

    def _keep_alive(self, nursery: Nursery) -> None:
        """Start the desk if it is dead, and kill it if its time has come."""
        rows = self._rows()
        if self._life is not None and self._executions.is_over(rows):
            self._life.end(signal.SIGKILL)
        if self._life is None or self._life.is_over():
            if self._life is not None:
                self._bury(self._life)
            self._said_before = len(self._said())
            self._executions.begin_life(rows)
            self._life = nursery.bear("attend")

    def _rows(self) -> int:
        """Count the rows of the journal."""
        return int(str(self.books.ask("SELECT coalesce(max(id), 0) FROM journal")[0][0]))

    def _bury(self, life: Life) -> None:
        """Count a death that was meant; the desk dies of nothing else."""
        assert life.exit_code == -signal.SIGKILL, (
            f"the desk ended by itself ({life.exit_code}): {self._said()[-3000:]}"
        )
        self.deaths += 1

    def _said(self) -> str:
        """Return what every life has logged so far."""
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")

    async def _stop(self) -> None:
        """End the last life as an operator does, once it attends: before, nothing hears a signal."""
        assert self._life is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "service_started" not in self._said()[self._said_before :]:
            assert time.monotonic() < deadline, f"the last life does not attend: {self._said()[-3000:]}"
            assert not self._life.is_over(), f"the last life ended by itself: {self._said()[-3000:]}"
            await asyncio.sleep(0.01)
        self._life.end(signal.SIGTERM)
        assert await asyncio.to_thread(self._life.wait) == 0, self._said()[-3000:]

    # The story

    async def _play(self, hub: MailHub, cast: Cast, nursery: Nursery) -> None:
        while True:
            await self._come_to_rest(hub, nursery)
            if await self._read_mail(hub, cast):
                continue
            if self._is_over():
                if not self._executions.has_more():
                    return
                await asyncio.sleep(0.01)
                continue
            waiting = [at for at in (cast.next_at, self._next_due_at()) if at is not None]
            if not waiting:
                raise Stuck(f"nothing is due after {self._clock.now():%d-%m-%Y %H:%M}")
            self._clock.leap_to(min(waiting))
            set_time(self.folder, self._clock.now())
            self._leaps += 1
            self._arm()
            await cast.act()

    async def _read_mail(self, hub: MailHub, cast: Cast) -> int:
        """Let everybody read what is new, one after the other."""
        return sum([await cast.read_mail(who) for who in cast.members if hub.mailboxes.unseen(who)])

    def _is_over(self) -> bool:
        return bool(self.books.ask(f"SELECT 1 FROM step WHERE step = '{self._last_step}'"))

    async def _come_to_rest(self, hub: MailHub, nursery: Nursery) -> None:
        """Wait until nothing is in flight, with a desk that lives."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._keep_alive(nursery)
            if not hub.in_flight() and not hub.mailboxes.count(DESK) and not self._has_work():
                return
            if time.monotonic() > deadline:
                raise Stuck(f"the desk does not come to rest: {self._said()[-3000:]}")
            await asyncio.sleep(0.01)

    def _has_work(self) -> bool:
        """Tell whether the books hold something to be done now, or not sealed yet."""
        recorded, unsealed = self.books.ask(
            "SELECT (SELECT count(*) FROM entry WHERE state = 'recorded'),"
            " (SELECT max(id) FROM journal) - coalesce((SELECT max(last_id) FROM seal), 0)"
        )[0]
        due = self._next_due_at()
        return bool(recorded or unsealed) or (due is not None and due <= self._clock.now())

    def _next_due_at(self) -> datetime | None:
        """Return when the desk has something to do of itself."""
        instants = [
            str(instant)
            for (instant,) in self.books.ask(
                "SELECT min(not_before) FROM letter WHERE state = 'waiting'"
                " UNION ALL SELECT min(due_at) FROM deadline WHERE state = 'waiting'"
            )
            if instant is not None
        ]
        return datetime.fromisoformat(min(instants)).replace(tzinfo=UTC) if instants else None


def region_of_the_demo(region: str = "OOAD07-R03") -> Directory:
    """Return the office of the demonstration with one region only, everybody above it included."""
    whole = office.office()
    ooad = region.partition("-")[0]

    def here(unit: str) -> bool:
        return unit in {"PIB", ooad} or unit.startswith(region)

    holdings = tuple(holding for holding in whole.holdings if here(holding.unit))
    people = {holding.person for holding in holdings}
    return dataclasses.replace(
        whole,
        ooads=tuple(row for row in whole.ooads if row.code == ooad),
        regions=tuple(row for row in whole.regions if row.code == region),
        pacs=tuple(row for row in whole.pacs if row.region == region),
        localities=tuple(row for row in whole.localities if here(row.unit)),
        medical_units=tuple(row for row in whole.medical_units if here(row.unit)),
        persons=tuple(row for row in whole.persons if row.key in people),
        holdings=holdings,
        headcounts=tuple(row for row in whole.headcounts if row.unit == ooad),
        history=tuple(row for row in whole.history if here(row.unit)),
    )
