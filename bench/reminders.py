"""P5: a million reminders wait, and twenty thousand are due now.

    python bench/reminders.py [--waiting 1000000] [--due 20000] [--seconds 30] [--answers-after 0.05]

One JSON object a line. The first is the claiming of what is due, all of it, in the steps in
which couriers claim; beside it what one step costs when nothing else waits, which is the limit:
a step that looked at what is not due would cost a million times as much. The naive way is a
table without our index. The second is the sending at the pace that Telegram allows, 30 messages
a second, with an answer after 50 ms (or as many as are asked for); the naive way sends one after the other. Telegram is a
stand-in that counts how many messages came in any one second.
"""

import argparse
import asyncio
import itertools
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from telegram.request import BaseRequest  # noqa: E402 -- the tree this script lies in

from bot.delivery import TelegramCourier  # noqa: E402
from bot.wires import RawBot  # noqa: E402
from schedules.couriers import LEASE_SECONDS, Couriers, turn_over_letters  # noqa: E402
from service.chat_line import CHANNEL, HANDS, HANDS_FOR_ANSWERS  # noqa: E402
from service.clock import LeapingClock  # noqa: E402
from service.settings import read_settings, write_settings  # noqa: E402
from service.wiring import writing  # noqa: E402
from storage import outbox  # noqa: E402
from storage.database import SQLITE_FILE  # noqa: E402
from storage.outbox import Letter  # noqa: E402

TOKEN = "780003002:BENCH"
NOW = datetime(2027, 3, 9, 15, tzinfo=UTC)
TELEGRAM_TAKES = 30
TEXT = "Recordatorio: quedan 3 días para recoger su apoyo (hasta el 12-mar-2027)."


# ------------------------------------------------------------------ the outbox


def fill(folder: Path, waiting: int, due: int) -> None:
    """Fill an outbox: so many reminders for the days to come, and so many for this morning."""
    write_settings(folder, {"secret": "5e" * 32, "authentication": "off"})
    with writing(read_settings(folder), LeapingClock(NOW)) as writer:
        digest = writer.act(lambda desk: desk.keep(json.dumps({"text": TEXT}).encode()))
        writer.act(
            lambda desk: outbox.enqueue(
                desk.session,
                [
                    Letter(
                        key="pattern",
                        channel=CHANNEL,
                        template="RV-3",
                        address="5000000000",
                        blob_sha256=digest,
                        created_at=NOW - timedelta(days=1),
                        not_before=NOW,
                        not_after=NOW + timedelta(hours=11),
                    )
                ],
            )
        )
    with sqlite3.connect(folder / SQLITE_FILE) as books:
        columns = [row[1] for row in books.execute("PRAGMA table_info(letter)") if row[1] != "id"]
        changed = {
            "key": "'n' || i",
            "address": "CAST(5000000000 + i AS TEXT)",
            "not_before": f"CASE WHEN i < {due} THEN not_before ELSE datetime(not_before, '+' || (1 + i % 9) || ' days') || '.000000' END",
            "not_after": f"CASE WHEN i < {due} THEN not_after ELSE datetime(not_after, '+' || (1 + i % 9) || ' days') || '.000000' END",
        }
        chosen = ", ".join(changed.get(name, name) for name in columns)
        books.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {waiting + due - 1})"
            f" INSERT INTO letter ({', '.join(columns)}) SELECT {chosen} FROM n, (SELECT * FROM letter WHERE key = 'pattern')"
        )
        books.execute("DELETE FROM letter WHERE key = 'pattern'")


# ------------------------------------------------------------------ claiming


def claim(folder: Path, waiting: int, due: int) -> dict[str, Any]:
    """Claim all that is due in the steps of the couriers, and time them."""
    fill(folder, waiting, due)
    steps = []
    with writing(read_settings(folder), LeapingClock(NOW)) as writer:
        plan = _plan(folder)
        claimed = 0
        started = time.perf_counter()
        with writer.store.transaction() as session:
            outbox.claim_letters(
                session,
                worker="all",
                now=NOW,
                system_now=NOW,
                lease_seconds=LEASE_SECONDS,
                limit=due,
                channel=CHANNEL,
            )
        at_once = time.perf_counter() - started
        later = NOW + timedelta(seconds=LEASE_SECONDS + 1)
        with writer.store.transaction() as session:
            outbox.release_claims(session)
        for _ in range(min(200, due // HANDS)):
            began = time.perf_counter()
            claimed += len(
                writer.act(
                    turn_over_letters,
                    [],
                    worker="steps",
                    system_now=later,
                    lease_seconds=LEASE_SECONDS,
                    limit=HANDS_FOR_ANSWERS,
                    ordinary=HANDS,
                    channel=CHANNEL,
                )
            )
            steps.append(time.perf_counter() - began)
    return {
        "at_once": at_once,
        "step": statistics.median(steps),
        "claimed": claimed,
        "plan": plan,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _plan(folder: Path) -> list[str]:
    """Return how the database looks for what is due."""
    with sqlite3.connect(folder / SQLITE_FILE) as books:
        rows = books.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM letter WHERE state = 'waiting' AND channel = 'telegram'"
            " AND priority = 1 AND not_before <= ? ORDER BY not_before, id LIMIT 12",
            (NOW.isoformat(),),
        )
        return [str(row[3]) for row in rows]


# ------------------------------------------------------------------ sending


class Telegram(BaseRequest):
    """Telegram without a network, which counts."""

    def __init__(self, answers_after: float) -> None:
        self.answers_after = answers_after
        self.sent = 0
        self.in_flight = self.most_in_flight = 0
        self.most_in_a_second = 0
        self.refused = 0
        self._moments: deque[float] = deque()
        self._numbers = itertools.count(1)

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
        """Take a message, unless there were too many in this second."""
        del url, method
        now = time.perf_counter()
        while self._moments and now - self._moments[0] >= 1.0:
            self._moments.popleft()
        if len(self._moments) >= TELEGRAM_TAKES:
            self.refused += 1
            body = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
            return 429, json.dumps(body | {"parameters": {"retry_after": 1}}).encode()
        self._moments.append(now)
        self.most_in_a_second = max(self.most_in_a_second, len(self._moments))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(self.answers_after)
        self.in_flight -= 1
        self.sent += 1
        chat = {"id": int(request_data.json_parameters["chat_id"]), "type": "private"}
        message = {"message_id": next(self._numbers), "date": 1, "chat": chat, "text": TEXT}
        return 200, json.dumps({"ok": True, "result": message}).encode()


def send(folder: Path, waiting: int, due: int, seconds: float, answers_after: float) -> dict[str, Any]:
    """Let the couriers send for a while, and count."""
    fill(folder, waiting, due)

    async def run() -> dict[str, Any]:
        telegram = Telegram(answers_after)
        with writing(read_settings(folder), LeapingClock(NOW)) as writer:
            bot = RawBot(TOKEN, request=telegram, get_updates_request=telegram)
            couriers = Couriers(
                writer=writer,
                courier=TelegramCourier(bot),
                channel=CHANNEL,
                hands=HANDS,
                hands_for_answers=HANDS_FOR_ANSWERS,
                in_order=True,
            )
            task = asyncio.create_task(couriers.run())
            while not telegram.sent:  # noqa: ASYNC110 -- the first seconds are another matter
                await asyncio.sleep(0.01)
            await asyncio.sleep(1.5)
            before, began, worked = telegram.sent, time.perf_counter(), time.process_time()
            await asyncio.sleep(seconds)
            rate = (telegram.sent - before) / (time.perf_counter() - began)
            cpu_seconds = time.process_time() - worked
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return {
            "rate": rate,
            "most_in_a_second": telegram.most_in_a_second,
            "most_in_flight": telegram.most_in_flight,
            "refused": telegram.refused,
            "cpu_seconds": round(cpu_seconds, 2),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }

    return asyncio.run(run())


# ------------------------------------------------------------------ the measurement


def contest(
    name: str, waiting: int, due: int, seconds: float = 0.0, answers_after: float = 0.0
) -> dict[str, Any]:
    """Let a contestant work in a process of its own."""
    numbers = [str(number) for number in (waiting, due, seconds, answers_after)]
    command = [sys.executable, __file__, "--contestant", name, *numbers]
    answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    result: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    print(name, waiting, result, file=sys.stderr)
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waiting", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=30.0, help="for which the sending is watched")
    parser.add_argument("--answers-after", type=float, default=0.05, help="seconds that Telegram takes")
    options = parser.parse_args()
    alone = contest("claim", 0, options.due)
    ours = contest("claim", options.waiting, options.due)
    sent = contest("send", options.waiting, options.due, options.seconds, options.answers_after)
    print(
        json.dumps(
            {
                "name": "P5 what is due is claimed",
                "unit": "s",
                "limit": round(alone["at_once"], 3),
                "ours": round(ours["at_once"], 3),
                "ours_over_limit": round(ours["at_once"] / alone["at_once"], 2),
                "step_ms_alone": round(alone["step"] * 1000, 2),
                "step_ms": round(ours["step"] * 1000, 2),
                "plan": ours["plan"],
                "peak_mb": ours["peak_mb"],
            }
        )
    )
    print(
        json.dumps(
            {
                "name": "P5 sent at the pace that Telegram allows",
                "unit": "messages/s",
                "limit": TELEGRAM_TAKES,
                "naive": round(1 / options.answers_after, 1),
                "ours": round(sent["rate"], 2),
                "ours_over_limit": round(sent["rate"] / TELEGRAM_TAKES, 3),
                "ours_over_naive": round(sent["rate"] * options.answers_after, 2),
                "most_in_a_second": sent["most_in_a_second"],
                "most_in_flight": sent["most_in_flight"],
                "refused": sent["refused"],
                "peak_mb": sent["peak_mb"],
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contestant"]:
        contestant, waiting, due = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
        seconds, answers_after = float(sys.argv[5]), float(sys.argv[6])
        with tempfile.TemporaryDirectory(prefix="bench-reminders-") as scratch:
            place = Path(scratch)
            found = (
                claim(place, waiting, due)
                if contestant == "claim"
                else send(place, waiting, due, seconds, answers_after)
            )
        print(json.dumps(found))
    else:
        main()
