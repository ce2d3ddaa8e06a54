"""P2: mails with a list workbook, from the mailbox to the acuse in the outbox.

    python bench/lists.py [--pacs 300] [--people 65] [--imap pymap|dovecot] [--keep FOLDER] [--profile FILE]
    python bench/lists.py --large

One JSON object a line: the whole way of the lists, and the fetching and recording
alone. The limit is a raw `imaplib` that fetches in ranges, writes each mail and
waits for the disk, and does nothing else; for the one large list it is the fastest
reader of workbooks, which reads the rows and does nothing else. The naive way takes one mail at a time
with the tools at hand (`email.policy.default`, openpyxl, a commit each) and leaves
out everything that the procedure wants. All read the same mails from the same server,
one after the other; a figure means something as a ratio within one run.
"""

import argparse
import asyncio
import cProfile
import email
import email.policy
import imaplib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.nation import nation, request_lists  # noqa: E402 -- the tree this script lies in
from schedules.writer import Writer  # noqa: E402
from service.clock import LeapingClock  # noqa: E402
from service.demo.background import in_background  # noqa: E402
from service.demo.cast import CONFIRMATION  # noqa: E402
from service.demo.hub import MailHub, MailStore  # noqa: E402
from service.demo.office import DOMAIN  # noqa: E402
from service.settings import read_settings, write_settings  # noqa: E402
from service.wiring import Service, writing  # noqa: E402

DESK = f"oficialia@{DOMAIN}"
PASSWORD = "oficialia"
ASKED_AT = datetime(2027, 1, 5, 15, tzinfo=UTC)
ARRIVED_AT = datetime(2027, 1, 6, 15, tzinfo=UTC)
RANGE = 50


# ------------------------------------------------------------------ the lists


def prepare(folder: Path, pacs: int, people: int) -> None:
    """Make the office of which every PAC was asked for its list, and the mails that answer."""
    write_settings(folder / "data", {"secret": "5e" * 32, "address": DESK, "authentication": "off"})
    directory = nation(pacs, people)
    with writing(read_settings(folder / "data"), LeapingClock(ASKED_AT)) as writer:
        request_lists(writer, directory, folder)
        letters = writer.act(
            lambda desk: [
                (row.address, row.subject, row.message_id, desk.blobs.get(row.blob_sha256))
                for row in _letters(desk.session, "M-04")
            ]
        )
        writer.act(lambda desk: _let_go(desk.session))
    mails = folder / "mails"
    mails.mkdir()
    for number, (address, subject, message_id, original) in enumerate(letters):
        asked = email.message_from_bytes(original, policy=email.policy.default)
        workbook = next(
            part for part in asked.iter_attachments() if str(part.get_filename()).endswith(".xlsx")
        )
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = address, DESK, f"Re: {subject}"
        mail["Message-ID"], mail["In-Reply-To"] = f"<list-{number}@{DOMAIN}>", message_id
        mail.set_content(f"{CONFIRMATION}\n")
        content = workbook.get_payload(decode=True)
        mail.add_attachment(
            content,
            maintype="application",
            subtype=workbook.get_content_subtype(),
            filename=workbook.get_filename(),
        )
        (mails / f"{number:05d}.eml").write_bytes(mail.as_bytes())


def _letters(session: object, template: str) -> list[object]:
    from sqlmodel import col, select

    from storage.outbox import LetterRow

    return list(
        session.exec(select(LetterRow).where(col(LetterRow.template) == template).order_by(col(LetterRow.id)))
    )


def _let_go(session: object) -> None:
    """Count what was sent before as sent: it is no part of the measurement."""
    from sqlalchemy import update

    from storage.outbox import LetterRow, LetterState

    session.connection().execute(update(LetterRow).values(state=LetterState.SENT, sent_at=ASKED_AT))


# ------------------------------------------------------------------ who takes them in


def limit(folder: Path, port: int) -> dict[str, float]:
    """Fetch in ranges, write and wait for the disk; nothing else."""
    target = folder / "limit"
    target.mkdir()
    started = time.perf_counter()
    for uid, original in _fetched(port, RANGE):
        with (target / f"{uid}.eml").open("wb") as file:
            file.write(original)
            file.flush()
            os.fdatasync(file.fileno())
    return {"seconds": time.perf_counter() - started}


def naive(folder: Path, port: int) -> dict[str, float]:
    """Take one mail at a time: parse, open with openpyxl, look at each row, store, answer, commit."""
    from io import BytesIO

    from openpyxl import load_workbook
    from sqlmodel import Field, Session, SQLModel, create_engine

    class Mail(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        sender: str
        original: bytes

    class Line(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        mail_id: int
        values: str

    class Answer(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        mail_id: int
        original: bytes

    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    SQLModel.metadata.create_all(
        engine, tables=[SQLModel.metadata.tables[name] for name in ("mail", "line", "answer")]
    )
    started = time.perf_counter()
    for _uid, original in _fetched(port, 1):
        message = email.message_from_bytes(original, policy=email.policy.default)
        with Session(engine) as session:
            row = Mail(sender=str(message["From"]), original=original)
            session.add(row)
            session.commit()
            workbook = next(
                part for part in message.iter_attachments() if str(part.get_filename()).endswith(".xlsx")
            )
            sheet = load_workbook(BytesIO(workbook.get_payload(decode=True)))["Listado"]
            rows = [
                [str(cell or "") for cell in cells] for cells in sheet.iter_rows(min_row=3, values_only=True)
            ]
            good = [cells for cells in rows if any(len(cell) == 9 and cell.isdigit() for cell in cells)]
            session.add_all([Line(mail_id=row.id or 0, values="|".join(cells)) for cells in good])
            answer = EmailMessage(policy=SMTP)
            answer["From"], answer["To"], answer["Subject"] = DESK, row.sender, "Acuse"
            answer.set_content(f"Se recibieron {len(good)} renglones.\n")
            session.add(Answer(mail_id=row.id or 0, original=answer.as_bytes()))
            session.commit()
    return {"seconds": time.perf_counter() - started}


def calamine(folder: Path, port: int) -> dict[str, float]:
    """Fetch, take the workbook out of the mail and read its rows with the fastest reader there is; nothing else."""
    from io import BytesIO

    from python_calamine import CalamineWorkbook

    del folder
    started = time.perf_counter()
    for _uid, original in _fetched(port, RANGE):
        message = email.message_from_bytes(original)
        workbook = next(part for part in message.walk() if str(part.get_filename()).endswith(".xlsx"))
        sheet = CalamineWorkbook.from_filelike(BytesIO(workbook.get_payload(decode=True))).get_sheet_by_name(
            "Listado"
        )
        rows = sum(1 for _row in sheet.iter_rows())
    return {"seconds": time.perf_counter() - started, "rows": rows}


def ours(folder: Path, port: int) -> dict[str, float]:
    """Let the desk's own intake take them in, as in production but for the couriers."""
    service = open_service(folder / "ours", port)
    return _measured(service, service.intake.poll)


def recorded(folder: Path, port: int) -> dict[str, float]:
    """Let the desk's own intake fetch and record them, and read nothing yet."""
    service = open_service(folder / "recorded", port)

    async def take_in() -> None:
        async for batch in service.mailbox.fetch_batches():
            await service.intake.record(batch)

    return _measured(service, take_in)


def open_service(data: Path, port: int) -> Service:
    write_settings(
        data,
        {
            "secret": "5e" * 32,
            "address": DESK,
            "imap_host": "127.0.0.1",
            "imap_port": port,
            "imap_security": "plain",
            "imap_password": PASSWORD,
            "authentication": "off",
        },
    )
    return Service(read_settings(data), clock=LeapingClock(ARRIVED_AT))


def _measured(service: Service, work: Callable[[], object]) -> dict[str, float]:
    async def run() -> tuple[float, float]:
        await service.mailbox.connect()
        # A service that runs has a worker at hand; what this job answers is nothing to anybody.
        await asyncio.to_thread(service.workshop.run, "procedures.lists.names:normalise_name", "María")
        started, worked = time.perf_counter(), time.process_time()
        await work()
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - worked
        await service.stop()
        return seconds, cpu_seconds

    seconds, cpu_seconds = asyncio.run(run())
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": seconds,
        "peak_mb": peak_mb(),
        "cpu_seconds": round(cpu_seconds, 2),
        "workers_cpu_seconds": round(workers.ru_utime + workers.ru_stime, 2),
        "worker_peak_mb": round(workers.ru_maxrss / 1024, 1),
    }


def peak_mb() -> float:
    """Return the most that this process ever weighed; `getrusage` would count its parent before the exec, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def _fetched(port: int, size: int) -> Iterator[tuple[str, bytes]]:
    inbox = imaplib.IMAP4("127.0.0.1", port)
    inbox.login(DESK, PASSWORD)
    inbox.select("INBOX")
    uids = inbox.uid("SEARCH", "ALL")[1][0].decode().split()
    for start in range(0, len(uids), size):
        some = uids[start : start + size]
        answer = inbox.uid("FETCH", ",".join(some), "(UID BODY.PEEK[])")[1]
        yield from zip(some, (part[1] for part in answer if isinstance(part, tuple)), strict=True)
    inbox.logout()


CONTESTANTS = {contestant.__name__: contestant for contestant in (limit, calamine, naive, ours, recorded)}
SMALL = ("limit", "naive", "ours", "recorded")
LARGE = ("calamine", "naive", "ours")
LARGE_ROWS = 20_000


# ------------------------------------------------------------------ the measurement


@contextmanager
def mailbox(mails: Path, kind: str) -> Iterator[int]:
    """Give the port of an IMAP server on which the mails lie."""
    with _store(kind) as store:
        hub = MailHub(LeapingClock(ARRIVED_AT), mailboxes=store)
        with in_background(hub) as background:
            hub.add_account(DESK, PASSWORD)
            for path in sorted(mails.glob("*.eml")):
                background.run(hub.mailboxes.append(DESK, path.read_bytes(), ARRIVED_AT))
            yield hub.imap_port


@contextmanager
def _store(kind: str) -> Iterator[MailStore | None]:
    if kind == "pymap":
        yield None
        return
    from tests.wires.dovecot import DovecotMailboxes, running_dovecot

    with running_dovecot() as server:
        yield DovecotMailboxes(server)


def run(contestant: str, prepared: Path, kind: str, profile: str = "") -> dict[str, float]:
    """Let one contestant take the mails in, in a process of its own, from a mailbox of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-lists-") as scratch,
        mailbox(prepared / "mails", kind) as port,
    ):
        for name in ("ours", "recorded"):
            shutil.copytree(prepared / "data", Path(scratch) / name)
        command = [sys.executable, __file__, "--contestant", contestant, scratch, str(port), profile]
        answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        result: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
        if contestant == "ours":
            result |= _outcome(Path(scratch) / "ours")
        return result


def _outcome(data: Path) -> dict[str, float]:
    """Return what the books hold afterwards: accepted lists, and letters that wait."""
    import sqlite3

    books = sqlite3.connect(data / "oficialia.db")
    accepted = books.execute("SELECT count(*) FROM list_version WHERE state = 'aceptado'").fetchone()[0]
    acuses = books.execute(
        "SELECT count(*) FROM letter WHERE template = 'M-06' AND state = 'waiting'"
    ).fetchone()[0]
    books.close()
    return {"accepted": accepted, "acuses": acuses}


def report(
    name: str, limit_rate: float, naive_rate: float, our_rate: float, peak_mb: float, *, unit: str = "mails/s"
) -> str:
    """Put one measurement into the words that all of bench/ uses."""
    return json.dumps(
        {
            "name": name,
            "unit": unit,
            "limit": round(limit_rate, 1),
            "naive": round(naive_rate, 1),
            "ours": round(our_rate, 1),
            "ours_over_limit": round(our_rate / limit_rate, 2),
            "ours_over_naive": round(our_rate / naive_rate, 2),
            "peak_mb": peak_mb,
        }
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pacs", type=int, default=300)
    parser.add_argument("--people", type=int, default=65)
    parser.add_argument(
        "--imap", choices=["pymap", "dovecot"], default="dovecot" if shutil.which("dovecot") else "pymap"
    )
    parser.add_argument("--keep", type=Path, help="use the lists prepared here, or prepare them here")
    parser.add_argument("--only", choices=sorted(CONTESTANTS), help="one contestant only")
    parser.add_argument("--profile", default="", help="write a profile of the desk's process")
    parser.add_argument("--large", action="store_true", help=f"one list of {LARGE_ROWS:,} rows instead")
    options = parser.parse_args()
    if options.large:
        options.pacs, options.people = 1, LARGE_ROWS
    with tempfile.TemporaryDirectory(prefix="bench-lists-") as scratch:
        prepared = options.keep or Path(scratch)
        if not (prepared / "mails").exists():
            prepared.mkdir(parents=True, exist_ok=True)
            prepare(prepared, options.pacs, options.people)
        count = len(list((prepared / "mails").iterdir()))
        chosen = [options.only] if options.only else LARGE if options.large else SMALL
        results = {name: run(name, prepared, options.imap, options.profile) for name in chosen}
    for name, result in results.items():
        print(name, {**result, "rate": round(count / result["seconds"], 1)}, file=sys.stderr)
    if options.only:
        return
    rates = {name: count / result["seconds"] for name, result in results.items()}
    if options.large:
        rows = {name: rate * LARGE_ROWS for name, rate in rates.items()}
        print(
            report(
                "P2 one large list to acuse",
                rows["calamine"],
                rows["naive"],
                rows["ours"],
                results["ours"]["peak_mb"],
                unit="rows/s",
            )
        )
        return
    print(
        report("P2 lists to acuse", rates["limit"], rates["naive"], rates["ours"], results["ours"]["peak_mb"])
    )
    print(
        report(
            "P2 fetch and record",
            rates["limit"],
            rates["naive"],
            rates["recorded"],
            results["recorded"]["peak_mb"],
        )
    )


def contest(name: str, folder: str, port: str, profile: str) -> None:
    """Be a contestant."""
    contestant = CONTESTANTS[name]
    if not profile:
        print(json.dumps(contestant(Path(folder), int(port))))
        return
    # The desk's work is done in the writer's thread, of which a profiler in this one sees nothing.
    profiler = cProfile.Profile()
    act = Writer.act
    Writer.act = lambda *args, **kwargs: profiler.runcall(act, *args, **kwargs)  # type: ignore[method-assign]
    print(json.dumps(contestant(Path(folder), int(port))))
    profiler.dump_stats(f"{profile}.{name}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--contestant"]:
        contest(*sys.argv[2:])
    else:
        main()
