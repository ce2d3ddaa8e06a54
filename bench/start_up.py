"""P6: how long `oficialia --help` takes, and what the idle service weighs.

    python bench/start_up.py [--rounds N]

One JSON object a line. Beside ours: the limit (the interpreter alone) and the
naive way (every library that the desk uses, imported at the start). A figure
means something as a ratio within one run.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from service.clock import SystemClock  # noqa: E402 -- the tree this script lies in, not an installed copy
from service.demo.hub import MailHub  # noqa: E402
from service.settings import write_settings  # noqa: E402

EVERYTHING = (
    "import aioimaplib, aiosmtplib, alembic, apscheduler, icalendar, jinja2, lxml.etree, openpyxl, pydantic_settings,"
    " python_calamine, rich.console, sqlalchemy, sqlmodel, structlog, telegram.ext, typer, xlsxwriter, yaml"
)
OURS = "import sys; sys.argv = ['oficialia', *sys.argv[1:]]; from service.main import main; main()"
SETTLED_SECONDS = 3.0


def seconds(program: str, *arguments: str) -> float:
    """Run a program to its end and return how long that took."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def measure_help(rounds: int) -> dict[str, object]:
    """Time the three, in turn, so that a noisy neighbour disturbs all alike."""
    limits, naives, ours = [], [], []
    for _ in range(rounds):
        limits.append(seconds("pass"))
        naives.append(seconds(EVERYTHING))
        ours.append(seconds(OURS, "--help"))
    return report(
        "P6 oficialia --help", "s", *(statistics.median(values) for values in (limits, naives, ours))
    )


def memory_mb(process_id: int, field: str = "VmRSS") -> float:
    """Return what the kernel says of a process."""
    for line in Path(f"/proc/{process_id}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def descendants(process_id: int) -> list[int]:
    """Return the processes that a process started: its sandboxed workers."""
    found = []
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += [int(child), *descendants(int(child))]
    return found


def memory_of(program: str) -> float:
    """Return what an interpreter weighs after a program."""
    script = f"{program}\nprint('ready', flush=True); import sys; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        weight = memory_mb(process.pid)
        process.stdin.close()
    return weight


async def measure_idle() -> dict[str, object]:
    """Weigh the service while it waits for mail, workers included."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        async with MailHub(SystemClock()) as hub:
            account = hub.add_account("oficialia@imss-bienestar.example")
            write_settings(
                data,
                {
                    "address": account.address,
                    "imap_host": hub.host,
                    "imap_port": hub.imap_port,
                    "imap_security": "plain",
                    "imap_password": account.password,
                    "smtp_host": hub.host,
                    "smtp_port": hub.smtp_port,
                    "smtp_security": "plain",
                },
            )
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", OURS, "run", "--data", str(data)),
                cwd=ROOT,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            assert process.stderr is not None
            async with asyncio.timeout(60):
                while b"service_started" not in (line := await process.stderr.readline()):
                    if not line:
                        raise RuntimeError("the service did not start")
            await asyncio.sleep(SETTLED_SECONDS)
            service = memory_mb(process.pid)
            workers = [memory_mb(child) for child in descendants(process.pid)]
            peak = memory_mb(process.pid, "VmHWM")
            process.terminate()
            await process.communicate()
    result = report("P6 idle service", "MB", memory_of("import asyncio"), memory_of(EVERYTHING), service)
    return result | {"peak_mb": round(peak, 1), "workers_mb": [round(worker, 1) for worker in workers]}


def report(name: str, unit: str, limit: float, naive: float, ours: float) -> dict[str, object]:
    """Put one measurement into the words that all of bench/ uses."""
    return {
        "name": name,
        "unit": unit,
        "limit": round(limit, 3),
        "naive": round(naive, 3),
        "ours": round(ours, 3),
        "ours_over_limit": round(ours / limit, 2),
        "ours_over_naive": round(ours / naive, 2),
        "peak_mb": None,
    }


def main() -> None:
    """Measure both and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(json.dumps(measure_help(rounds)), flush=True)
    print(json.dumps(asyncio.run(measure_idle())), flush=True)


if __name__ == "__main__":
    main()
