"""People report by chat, and the desk is killed meanwhile; they notice nothing of it.

The phones, Telegram and the post live in the test's process. Everybody does one thing, the desk
comes to rest, everybody does the next. The dialogues are data: whoever adds one adds its lines.
"""

import asyncio
import shutil
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from service.clock import LeapingClock
from service.demo import office
from service.demo.bot_api import BotApi
from service.demo.cast import ZONE
from service.demo.hub import MailHub
from service.demo.phone import Phone
from service.settings import read_settings, write_settings
from service.wiring import writing
from storage import chats, people
from tests.acceptance.scene import DESK, PASSWORD
from tests.crash.books import Books
from tests.crash.desk import PATIENCE_SECONDS, Life, Nursery, set_time
from tests.crash.story import Executions, Mercy, Stuck
from tests.people import Member

BEGINS = datetime(2027, 3, 2, 10, tzinfo=ZONE)
SAY, PRESS = "say", "press"
Line = tuple[str, str]

STATE = {
    "entries": "SELECT kind, state, sender, person_id, count(*) FROM entry WHERE channel = 'chat'"
    " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    "chats": "SELECT chat_id, person_id, state, dialogue, answers, last_update_id, menu FROM chat ORDER BY 1",
    "letters": "SELECT channel, address, template, unit, state, count(*) FROM letter"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
    "steps": "SELECT step, unit, outcome, level, person_id, channel, text FROM step ORDER BY id",
    "progress": "SELECT unit, collected, with_problem, source, person_id FROM progress ORDER BY id",
    "payout cases": "SELECT folio, pac, reason, state, detail, person_id FROM payout_case ORDER BY id",
    "payees": "SELECT pac, name_norm, told, told_by, acknowledged_at IS NOT NULL, muted_at IS NOT NULL"
    " FROM payee ORDER BY pac, name_norm",
    "notices": "SELECT payee_id, kind, channel, count(*) FROM notice GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "agenda": "SELECT kind, step, unit, name, state, count(*) FROM deadline WHERE kind <> 'erasure'"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
    "journal": "SELECT kind, count(*) FROM journal WHERE kind NOT IN ('letter_repeated', 'update_repeated')"
    " GROUP BY kind ORDER BY kind",
}
"""What two runs must have in common; ids of rows and random words are left out."""


class ChatStory:
    """Some people's dialogues, from the first line to the last."""

    def __init__(
        self,
        folder: Path,
        *,
        lines: Mapping[Member, Sequence[Line]],
        executions: Executions | None = None,
    ) -> None:
        self.folder = folder
        self.books = Books(folder / "data")
        self.deaths = 0
        self.phones: dict[Member, Phone] = {}
        self._lines = lines
        self._executions = executions or Mercy()
        self._clock = LeapingClock(BEGINS)
        self._leaps = 0
        self._life: Life | None = None

    async def run(self, office_folder: Path) -> BotApi:
        """Play the story in a copy of an office, and return Telegram with what everybody saw."""
        shutil.copytree(office_folder, self.folder / "data")
        hub = MailHub(self._clock)
        hub.add_account(DESK, PASSWORD)
        for _role, _unit, _key, name, _cargo in office.STAFF:
            hub.add_account(office.address_of(name), PASSWORD)
        hub.add_account(office.PS_ADDRESS, PASSWORD)
        api = BotApi(self._clock)
        async with hub, api:
            self._settle(hub, api)
            self._arm()
            with Nursery(self.folder) as nursery:
                await self._come_to_rest(hub, api, nursery)
                for number in range(max(map(len, self._lines.values()))):
                    self._leaps += 1
                    self._arm()
                    await self._everybody(number, hub, api, nursery)
                while self._executions.has_more():
                    await self._come_to_rest(hub, api, nursery)
                await self._stop()
        return api

    def _settle(self, hub: MailHub, api: BotApi) -> None:
        """Let the desk find the post and Telegram, and everybody an account that is tied."""
        set_time(self.folder, BEGINS)
        write_settings(
            self.folder / "data",
            {
                "imap_port": hub.imap_port,
                "smtp_port": hub.smtp_port,
                "poll_seconds": 5,
                "tick_seconds": 0.2,
                "telegram_token": api.token,
                "telegram_api": api.url.removesuffix("/bot"),
            },
        )
        with (
            writing(read_settings(self.folder / "data"), self._clock) as writer,
            writer.store.transaction() as session,
        ):
            for member in self._lines:
                phone = self.phones[member] = api.phone(member.name)
                phone.person.started = True
                person = people.find_person_by_email(session, member.email)
                assert person is not None
                chats.link_person(
                    session, chats.open_chat(session, phone.id), person.id or 0, self._clock.now()
                )

    async def _everybody(self, number: int, hub: MailHub, api: BotApi, nursery: Nursery) -> None:
        """Let everybody do their next thing, and see that all of them are answered."""
        acting = [
            (self.phones[who], lines[number]) for who, lines in self._lines.items() if number < len(lines)
        ]
        for phone, (how, words) in acting:
            phone.unread()
            if how == SAY:
                phone.say(words)
            else:
                phone.press(words)
        await self._come_to_rest(hub, api, nursery)
        silent = [
            (phone.person.first_name, line)
            for phone, line in acting
            if not phone.unread() and not phone.toasts
        ]
        assert not silent, f"nobody answered {silent}"

    # Life and death

    def _arm(self) -> None:
        (self.folder / "armed").write_text("\n".join(self._executions.armed(self._leaps)), encoding="utf-8")

    def _keep_alive(self, nursery: Nursery) -> None:
        rows = int(str(self.books.ask("SELECT coalesce(max(id), 0) FROM journal")[0][0]))
        if self._life is not None and self._executions.is_over(rows):
            self._life.end(signal.SIGKILL)
        if self._life is None or self._life.is_over():
            if self._life is not None:
                assert self._life.exit_code == -signal.SIGKILL, self._said()
                self.deaths += 1
            self._executions.begin_life(rows)
            self._life = nursery.bear("attend")

    def _said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")[-3000:]

    async def _come_to_rest(self, hub: MailHub, api: BotApi, nursery: Nursery) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        quiet = 0
        while quiet < 3:
            self._keep_alive(nursery)
            # A button that was pressed may turn until Telegram tires of it: its act is done and its answer there.
            busy = api.in_flight() or hub.in_flight() or self._has_work()
            quiet = 0 if busy or not api.chats.is_polled() else quiet + 1
            if time.monotonic() > deadline:
                raise Stuck(f"the desk does not come to rest: {self._said()}")
            await asyncio.sleep(0.02)

    def _has_work(self) -> bool:
        recorded, unsealed, waiting = self.books.ask(
            "SELECT (SELECT count(*) FROM entry WHERE state = 'recorded'),"
            " (SELECT max(id) FROM journal) - coalesce((SELECT max(last_id) FROM seal), 0),"
            " (SELECT count(*) FROM letter WHERE state = 'waiting' AND not_before <="
            f" '{self._clock.now():%Y-%m-%d %H:%M:%S}.999999')"
        )[0]
        return bool(recorded or unsealed or waiting)

    async def _stop(self) -> None:
        assert self._life is not None
        self._life.end(signal.SIGTERM)
        assert await asyncio.to_thread(self._life.wait) == 0, self._said()

    # What is left

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """Return everything that a run leaves, without what is drawn by lot."""
        return {name: self.books.ask(question) for name, question in STATE.items()}

    def check_nothing_lost(self, api: BotApi) -> None:
        """Everything that people did is one entry that was answered, and nothing waits to be confirmed."""
        assert api.chats.unconfirmed() == 0
        lines = sum(map(len, self._lines.values()))
        (counts,) = self.books.ask(
            "SELECT count(*), count(DISTINCT external_id), sum(state = 'applied') FROM entry WHERE channel = 'chat'"
        )
        assert counts == (lines, lines, lines)

    def check_nothing_twice(self) -> int:
        """Everybody got each message once; one that was in flight perhaps again, and the journal says so.

        Returns how many came again.
        """
        repeated = Counter(
            str(address)
            for (address,) in self.books.ask(
                "SELECT letter.address FROM journal JOIN letter ON letter.id = journal.letter_id"
                " WHERE journal.kind = 'letter_repeated' AND letter.channel = 'telegram'"
            )
        )
        sent = Counter(
            str(address)
            for (address,) in self.books.ask(
                "SELECT address FROM letter WHERE channel = 'telegram' AND state = 'sent' AND provider_id <> ''"
            )
        )
        again = 0
        for phone in self.phones.values():
            arrived = sum(not message.mine for message in phone.messages())
            address = str(phone.id)
            assert 0 <= arrived - sent[address] <= repeated[address], (
                f"{phone.person.first_name} got {arrived} messages, {sent[address]} were sent"
            )
            again += arrived - sent[address]
        return again
