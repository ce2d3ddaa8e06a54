"""P4: every PAC writes in the same minute, and Telegram takes 50 ms to answer.

    python bench/chat.py [--pacs 300] [--seconds 60] [--keep FOLDER] [--profile FILE]

One JSON object a line. The first is the throughput when all write at once. The limit is
the library's own `process_update` with a handler that replies, and it records nothing: with
as many updates at a time as the desk has messages in flight, which is ten, and once more with
as many as there are people (`limit_unbounded`). The naive way is the same, one update after
the other. The desk's own path fetches, records, confirms, understands, writes its answer to
the books, carries it and checks it off: with its ten in flight, and once more with as many as
there are people (`ours_unbounded`). With ten in flight the network sets the pace; what the
work itself costs is said beside it, in milliseconds of processor time for each update.
The second is the same with what costs most: everybody reports the progress of a delivery,
twice, and confirms it, so that each second line takes a step of the procedure. The third is
how long people wait for an answer when they write over a minute: p50 and p99 of the time
from writing to reading, at Telegram's pace. Telegram is a stand-in in the process
that all of them share: it costs no sockets, answers after 50 ms, counts what is in flight, and
sees to it that nothing is confirmed that is not in the books. Everybody has talked with the
desk before, so that their menus are in place.
"""

import argparse
import asyncio
import cProfile
import itertools
import json
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from telegram import Update  # noqa: E402 -- the tree this script lies in
from telegram.ext import Application, ApplicationBuilder, MessageHandler, filters  # noqa: E402
from telegram.request import BaseRequest  # noqa: E402

from actions.desk import Desk  # noqa: E402
from actions.read_case import read_situation  # noqa: E402
from bench.nation import nation, request_lists  # noqa: E402
from bot.delivery import PER_SECOND, TelegramCourier  # noqa: E402
from bot.wires import RawBot, TelegramChat  # noqa: E402
from schedules.chat import ChatIntake  # noqa: E402
from schedules.couriers import Couriers  # noqa: E402
from schedules.writer import Writer  # noqa: E402
from service.chat_line import CHANNEL, HANDS, HANDS_FOR_ANSWERS  # noqa: E402
from service.clock import LeapingClock  # noqa: E402
from service.settings import read_settings, write_settings  # noqa: E402
from service.wiring import writing  # noqa: E402
from storage import cases, chats, lists, payees, people  # noqa: E402
from storage.cases import StepRow  # noqa: E402
from storage.database import SQLITE_FILE  # noqa: E402
from storage.lists import ListLevel, ListState, StoredLine  # noqa: E402
from storage.outbox import LetterRow, LetterState  # noqa: E402

TOKEN = "780003002:BENCH"
NOW = datetime(2027, 1, 6, 16, tzinfo=UTC)
ANSWERS_AFTER = 0.05
LINES = ("/listado", "/pendientes", "/listado", "/ayuda")
"""What each PAC writes, one line when the one before was answered."""
REPORTS = ("/avance 1 0", "sí", "/avance 3 0", "sí")
"""Two reports of the delivery's progress, each confirmed."""
DURING = datetime(2027, 3, 3, 16, tzinfo=UTC)
"""An instant of the delivery."""
PAYEES = 5
"""People of each ámbito who may collect."""
LAST_BEFORE_DELIVERY = 36
"""The activity by which every PAC was told of the delivery."""
FIRST_NUMBER = 1_000_000
"""Of updates; those before belong to the preparation."""
UNLIMITED = 1_000_000.0


# ------------------------------------------------------------------ the office


def prepare(folder: Path, pacs: int) -> None:
    """Make the office of which every PAC was asked for a list, has tied an account and talked once."""
    from sqlalchemy import update

    write_settings(folder / "data", {"secret": "5e" * 32, "authentication": "off"})
    directory = nation(pacs, 3)
    with writing(read_settings(folder / "data"), LeapingClock(NOW)) as writer:
        request_lists(writer, directory, folder)
        with writer.store.transaction() as session:
            for number, pac in enumerate(directory.pacs):
                person = people.find_person(session, f"PAC-{pac.code}")
                chat = chats.open_chat(session, _chat_id(number))
                chats.link_person(session, chat, person.id, NOW)
        asyncio.run(_greet(writer, Telegram(people=pacs, lines=LINES[:1])))
        with writer.store.transaction() as session:
            session.connection().execute(update(LetterRow).values(state=LetterState.SENT, sent_at=NOW))
    shutil.copytree(folder / "data", folder / "delivery")
    with writing(read_settings(folder / "delivery"), LeapingClock(DURING)) as writer:
        writer.act(_begin_delivery)


def _begin_delivery(desk: Desk) -> None:
    """Bring the period to its delivery: every activity before it is done, and every PAC has people to be paid."""
    (case,) = cases.open_cases(desk.session)
    situation = read_situation(desk, case)
    for instance in situation.instances():
        number = situation.definition.steps[instance.step].number
        if number is not None and number <= LAST_BEFORE_DELIVERY:
            values = {"level": "proven", "at": NOW, "on": NOW.date()}
            cases.add_step(
                desk.session,
                StepRow(case_id=case.id or 0, step=instance.step, unit=instance.unit, **values),
            )
    version = lists.add_version(
        desk.session,
        case_id=case.id,
        level=ListLevel.LD,
        unit="",
        state=ListState.TRANSMITTED,
        rows=PAYEES * len(case.tree["pac"]),
        made_at=NOW,
    )
    lists.add_lines(
        desk.session,
        version.id,
        [
            _line(pac, number)
            for number, pac in enumerate(pac for pac in case.tree["pac"] for _ in range(PAYEES))
        ],
    )
    payees.put_payees(desk.session, case.id or 0, lists.lines_of(desk.session, version.id), {})


def _line(pac: str, number: int) -> StoredLine:
    name = f"PERSONA {number}"
    return StoredLine(
        id=None,
        version_id=0,
        position=number,
        source_line_id=None,
        pac=pac,
        ooad=pac.partition("-")[0],
        entity="",
        municipality="",
        locality_name="",
        locality="070230001",
        name=name,
        name_norm=name,
        kind="VRS",
        amount_centavos=150_000,
        months="2027-01,2027-02",
        medical_unit="",
        situation="",
        remarks="",
        reference=f"2027-B1-{number:06d}",
    )


async def _greet(writer: Writer, telegram: "Telegram") -> None:
    """Let everybody be answered once; what is said stays in the outbox."""
    chat = TelegramChat(RawBot(TOKEN, request=telegram, get_updates_request=telegram))
    await chat.connect()
    intake = ChatIntake(writer=writer, chat=chat, wait_seconds=0.0)
    telegram.write_all()
    confirm = None
    while confirm := await intake.poll(confirm):
        await intake.answer_recorded()


def _chat_id(number: int) -> int:
    return 5_000_000_000 + number


# ------------------------------------------------------------------ Telegram and its people


class Telegram(BaseRequest):
    """Telegram without a network: people who write their lines, each when the one before was answered."""

    def __init__(self, *, people: int, lines: Sequence[str], first: int = 1, now: datetime = NOW) -> None:
        self.now = now
        self.waits: list[float] = []
        self.answered = asyncio.Event()
        self.in_flight = self.most_in_flight = 0
        self.books: Path | None = None
        self.lost = 0
        self._left = {_chat_id(number): deque(lines) for number in range(people)}
        self._said_at: dict[int, float] = {}
        self.waiting: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._numbers = itertools.count(first)
        self._messages = itertools.count(first)
        self._total = people * len(lines)

    def write(self, chat_id: int) -> dict[str, Any] | None:
        """Let somebody write the next line."""
        if not self._left[chat_id]:
            return None
        text = self._left[chat_id].popleft()
        update = {
            "update_id": next(self._numbers),
            "message": {
                "message_id": next(self._messages),
                "date": int(self.now.timestamp()),
                "chat": {"id": chat_id, "type": "private", "first_name": "PAC"},
                "from": {"id": chat_id, "is_bot": False, "first_name": "PAC"},
                "text": text,
                "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}],
            },
        }
        self._said_at[chat_id] = time.perf_counter()
        self.waiting.append(update)
        self._news.set()
        return update

    def write_all(self) -> None:
        """Let everybody write the first line at once."""
        for chat_id in self._left:
            self.write(chat_id)

    async def write_over(self, seconds: float) -> None:
        """Let everybody begin at a moment of their own within a time."""
        dice = random.Random(780)
        moments = sorted((dice.uniform(0, seconds), chat_id) for chat_id in self._left)
        began = time.perf_counter()
        for moment, chat_id in moments:
            await asyncio.sleep(max(0.0, began + moment - time.perf_counter()))
            self.write(chat_id)

    async def initialize(self) -> None:
        """There is nothing to open."""

    async def shutdown(self) -> None:
        """There is nothing to close."""

    @property
    def read_timeout(self) -> float | None:
        """Nothing times out."""
        return None

    async def do_request(
        self, url: str, method: str, request_data: Any = None, **_: Any
    ) -> tuple[int, bytes]:
        """Answer a method of the Bot API."""
        del method
        parameters = request_data.json_parameters if request_data else {}
        name = url.rsplit("/", 1)[1]
        if name == "getUpdates":
            result: Any = await self._updates(parameters)
        else:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            await asyncio.sleep(ANSWERS_AFTER)
            self.in_flight -= 1
            result = self._me() if name == "getMe" else True
            if name == "sendMessage":
                result = self._message(parameters)
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def _updates(self, parameters: dict[str, str]) -> list[dict[str, Any]]:
        offset = int(parameters.get("offset", 0))
        confirmed = [update for update in self.waiting if update["update_id"] < offset]
        self._check(confirmed)
        self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
        if not self.waiting:
            self._news.clear()
            try:
                async with asyncio.timeout(float(parameters.get("timeout", 0)) or 0.01):
                    await self._news.wait()
            except TimeoutError:
                return []
        # The way there and back is as long as for any other method.
        await asyncio.sleep(ANSWERS_AFTER)
        return self.waiting[:100]

    def _check(self, confirmed: Sequence[dict[str, Any]]) -> None:
        """Look into the books whether what is confirmed is there."""
        if self.books is None or not confirmed:
            return
        with sqlite3.connect(f"file:{self.books}?mode=ro", uri=True) as books:
            wanted = [f"{TOKEN.split(':', maxsplit=1)[0]}/{update['update_id']}" for update in confirmed]
            marks = ",".join("?" * len(wanted))
            found = books.execute(f"SELECT count(*) FROM entry WHERE external_id IN ({marks})", wanted)
            self.lost += len(wanted) - found.fetchone()[0]

    def _message(self, parameters: dict[str, str]) -> dict[str, Any]:
        chat_id = int(parameters["chat_id"])
        said_at = self._said_at.pop(chat_id, None)
        if said_at is not None:
            self.waits.append(time.perf_counter() - said_at)
            if len(self.waits) == self._total:
                self.answered.set()
            self.write(chat_id)
        return {
            "message_id": next(self._messages),
            "date": int(self.now.timestamp()),
            "chat": {"id": chat_id, "type": "private"},
            "text": parameters["text"],
        }

    def _me(self) -> dict[str, Any]:
        return {"id": 780003002, "is_bot": True, "first_name": "Oficialía", "username": "OficialiaBot"}


# ------------------------------------------------------------------ who answers


async def _library(telegram: Telegram, *, at_once: int) -> float:
    """Answer by the library's own `process_update`, so many updates at a time, and record nothing."""
    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder()
        .token(TOKEN)
        .updater(None)
        .concurrent_updates(at_once)
        .request(telegram)
        .get_updates_request(telegram)
        .build()
    )

    async def reply(update: Update, _context: object) -> None:
        await update.message.reply_text(
            "Su listado v1 de enero-febrero 2027: aceptado. 0 errores y 0 avisos."
        )

    application.add_handler(MessageHandler(filters.TEXT, reply))
    await application.initialize()
    telegram.write_all()
    started = time.perf_counter()
    offset = 0
    tasks: set[asyncio.Task[None]] = set()
    while not telegram.answered.is_set():
        updates = [update for update in telegram.waiting if update["update_id"] > offset]
        for raw in updates:
            offset = raw["update_id"]
            update = Update.de_json(raw, application.bot)
            # As the library's own fetcher does it: its processor holds back what is too much.
            work = application.update_processor.process_update(update, application.process_update(update))
            task = asyncio.create_task(work)
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        telegram.waiting = [update for update in telegram.waiting if update["update_id"] > offset]
        await asyncio.sleep(0)
        if not telegram.waiting and tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    seconds = time.perf_counter() - started
    await application.shutdown()
    return seconds


async def _desk(
    data: Path, telegram: Telegram, *, per_second: float, over: float = 0.0, hands: int | None = None
) -> float:
    """Answer by the desk itself: recorded, confirmed, understood, carried, checked off."""
    telegram.books = data / SQLITE_FILE
    with writing(read_settings(data), LeapingClock(telegram.now)) as writer:
        bot = RawBot(TOKEN, request=telegram, get_updates_request=telegram)
        couriers = Couriers(
            writer=writer,
            courier=TelegramCourier(bot, per_second=per_second),
            channel=CHANNEL,
            hands=hands or HANDS,
            hands_for_answers=hands or HANDS_FOR_ANSWERS,
            in_order=True,
        )
        intake = ChatIntake(writer=writer, chat=TelegramChat(bot))
        writer.on_letters(couriers.wake)
        tasks = [asyncio.create_task(intake.run()), asyncio.create_task(couriers.run())]
        await asyncio.sleep(0.3)  # until the first getUpdates waits
        started = time.perf_counter()
        if over:
            await telegram.write_over(over)
        else:
            telegram.write_all()
        await telegram.answered.wait()
        seconds = time.perf_counter() - started
        while couriers.in_flight:  # noqa: ASYNC110 -- nobody tells when the last is checked off
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return seconds


def limit(data: Path, pacs: int, _seconds: float) -> dict[str, Any]:
    """Process as many updates at once as the desk has messages in flight, without a record."""
    return _run(data, pacs, lambda telegram: _library(telegram, at_once=HANDS_FOR_ANSWERS))


def limit_unbounded(data: Path, pacs: int, _seconds: float) -> dict[str, Any]:
    """Process all updates at once, without a record."""
    return _run(data, pacs, lambda telegram: _library(telegram, at_once=pacs))


def naive(data: Path, pacs: int, _seconds: float) -> dict[str, Any]:
    """Process one update after the other, without a record."""
    return _run(data, min(pacs, 10), lambda telegram: _library(telegram, at_once=1))


def ours(data: Path, pacs: int, _seconds: float) -> dict[str, Any]:
    """Let the desk answer everybody at once."""
    return _run(data, pacs, lambda telegram: _desk(data, telegram, per_second=UNLIMITED))


def ours_unbounded(data: Path, pacs: int, _seconds: float) -> dict[str, Any]:
    """Let the desk answer everybody at once, with a hand for each."""
    return _run(data, pacs, lambda telegram: _desk(data, telegram, per_second=UNLIMITED, hands=pacs))


def reports(data: Path, pacs: int, _seconds: float) -> dict[str, Any]:
    """Let everybody report the progress of a delivery at once, twice."""

    def work(telegram: Telegram) -> Awaitable[float]:
        return _desk(data, telegram, per_second=UNLIMITED)

    found = _run(data, pacs, work, lines=REPORTS, now=DURING)
    with sqlite3.connect(f"file:{data / SQLITE_FILE}?mode=ro", uri=True) as books:
        found["reports"] = books.execute("SELECT count(*) FROM progress").fetchone()[0]
    return found


def minute(data: Path, pacs: int, seconds: float) -> dict[str, Any]:
    """Let the desk answer people who write over a minute, at the pace that Telegram allows."""
    return _run(data, pacs, lambda telegram: _desk(data, telegram, per_second=PER_SECOND, over=seconds))


def _run(
    data: Path,
    pacs: int,
    work: Callable[[Telegram], Awaitable[float]],
    *,
    lines: Sequence[str] = LINES,
    now: datetime = NOW,
) -> dict[str, Any]:
    del data

    async def run() -> dict[str, Any]:
        telegram = Telegram(people=pacs, lines=lines, first=FIRST_NUMBER, now=now)
        worked = time.process_time()
        seconds = await work(telegram)
        waits = sorted(telegram.waits)
        return {
            "updates": len(waits),
            "seconds": round(seconds, 3),
            "rate": round(len(waits) / seconds, 1),
            "cpu_ms": round((time.process_time() - worked) / len(waits) * 1000, 2),
            "most_in_flight": telegram.most_in_flight,
            "p50": round(statistics.median(waits), 3),
            "p99": round(waits[int(len(waits) * 0.99)], 3),
            "confirmed_and_not_recorded": telegram.lost,
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }

    return asyncio.run(run())


CONTESTANTS = {
    contestant.__name__: contestant
    for contestant in (limit, limit_unbounded, naive, ours, ours_unbounded, reports, minute)
}


# ------------------------------------------------------------------ the measurement


def run(name: str, prepared: Path, pacs: int, seconds: float, profile: str) -> dict[str, Any]:
    """Let one contestant answer, in a process of its own, with books of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-chat-", dir=prepared) as scratch:
        data = Path(scratch) / "data"
        shutil.copytree(prepared / ("delivery" if name == "reports" else "data"), data)
        command = [
            sys.executable,
            __file__,
            "--contestant",
            name,
            str(data),
            str(pacs),
            str(seconds),
            profile,
        ]
        answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        result: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
        return result


def contest(name: str, data: str, pacs: str, seconds: str, profile: str) -> None:
    """Be a contestant."""
    contestant = CONTESTANTS[name]
    if not profile:
        print(json.dumps(contestant(Path(data), int(pacs), float(seconds))))
        return
    # The desk's work is done in the writer's thread, of which a profiler in this one sees nothing.
    profiler = cProfile.Profile()
    act = Writer.act
    Writer.act = lambda *args, **kwargs: profiler.runcall(act, *args, **kwargs)  # type: ignore[method-assign]
    print(json.dumps(contestant(Path(data), int(pacs), float(seconds))))
    profiler.dump_stats(f"{profile}.{name}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pacs", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0, help="over which people begin to write")
    parser.add_argument("--keep", type=Path, help="use the office prepared here, or prepare it here")
    parser.add_argument("--only", choices=sorted(CONTESTANTS), help="one contestant only")
    parser.add_argument("--profile", default="", help="write a profile of the desk's process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-chat-") as scratch:
        prepared = options.keep or Path(scratch)
        if not (prepared / "delivery").exists():
            prepared.mkdir(parents=True, exist_ok=True)
            prepare(prepared, options.pacs)
        chosen = [options.only] if options.only else list(CONTESTANTS)
        results = {
            name: run(name, prepared, options.pacs, options.seconds, options.profile) for name in chosen
        }
    for name, result in results.items():
        print(name, result, file=sys.stderr)
    if options.only:
        return
    at_once = [name for name in results if name not in {"minute", "reports"}]
    rates = {name: results[name]["rate"] for name in at_once}
    print(
        json.dumps(
            {
                "name": "P4 answers when everybody writes at once",
                "unit": "updates/s",
                **rates,
                "ours_over_limit": round(rates["ours"] / rates["limit"], 2),
                "ours_over_limit_unbounded": round(rates["ours_unbounded"] / rates["limit_unbounded"], 2),
                "ours_over_naive": round(rates["ours"] / rates["naive"], 2),
                "cpu_ms": {name: results[name]["cpu_ms"] for name in at_once},
                "most_in_flight": {name: results[name]["most_in_flight"] for name in at_once},
                "p99_seconds": {name: results[name]["p99"] for name in at_once},
                "confirmed_and_not_recorded": results["ours"]["confirmed_and_not_recorded"],
                "peak_mb": results["ours"]["peak_mb"],
            }
        )
    )
    print(
        json.dumps(
            {
                "name": "P4 everybody reports the progress of a delivery at once",
                "unit": "updates/s",
                "limit": rates["limit"],
                "ours": results["reports"]["rate"],
                "ours_over_limit": round(results["reports"]["rate"] / rates["limit"], 2),
                "cpu_ms": results["reports"]["cpu_ms"],
                "most_in_flight": results["reports"]["most_in_flight"],
                "p99_seconds": results["reports"]["p99"],
                "reports_in_the_books": results["reports"]["reports"],
                "confirmed_and_not_recorded": results["reports"]["confirmed_and_not_recorded"],
                "peak_mb": results["reports"]["peak_mb"],
            }
        )
    )
    print(
        json.dumps(
            {
                "name": "P4 waiting for an answer, everybody within a minute",
                "unit": "s",
                "limit": ANSWERS_AFTER,
                "p50": results["minute"]["p50"],
                "ours": results["minute"]["p99"],
                "most_in_flight": results["minute"]["most_in_flight"],
                "peak_mb": results["minute"]["peak_mb"],
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contestant"]:
        contest(*sys.argv[2:])
    else:
        main()
