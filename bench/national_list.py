"""The lists of a nation: every PAC delivers with some rows wrong, mends them, and the list is integrated and authorised.

    python bench/national_list.py [--pacs 300] [--people 67] [--wrong 0.03] [--keep FOLDER]

The desk's own intake takes the mails from a mailbox, each list comes back with its cells
marked, each PAC sends it again whole, and everybody above attests what opens, from the
regions (A10) to the authorisation (A25).  Prints one JSON object: processor time of the desk and
of its workers, seconds of each part, and the most memory that the desk ever had.  There is
no limit to hold it against and no naive way that would do the same; what one person of the
lists costs is to be the same in a small nation and in a large one (`--pacs 30`).
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, default
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from actions.attest_step import AttestationRefused, attest_step  # noqa: E402
from actions.desk import Desk  # noqa: E402
from actions.find_addressees import post_unit  # noqa: E402
from actions.read_case import read_situation  # noqa: E402
from bench.lists import ARRIVED_AT, mailbox, open_service, peak_mb, prepare  # noqa: E402
from documents.list_columns import column  # noqa: E402
from procedures import engine  # noqa: E402
from service.clock import LeapingClock  # noqa: E402
from service.demo.office import DOMAIN, PERIOD  # noqa: E402
from service.settings import read_settings  # noqa: E402
from service.wiring import writing  # noqa: E402
from storage import cases, people  # noqa: E402

LAST = "A25"


def spoil(folder: Path, share: float) -> None:
    """Make of each good mail one whose list has some rows with a wrong key."""
    spoilt = folder / "spoilt"
    spoilt.mkdir()
    for path in sorted((folder / "mails").glob("*.eml")):
        good = BytesParser(policy=default).parsebytes(path.read_bytes())
        [enclosed] = list(good.iter_attachments())
        mail = EmailMessage(policy=SMTP)
        for name in ("From", "To", "Subject", "In-Reply-To"):
            mail[name] = good[name]
        mail["Message-ID"] = f"<spoilt-{path.stem}@{DOMAIN}>"
        mail.set_content(good.get_body(("plain",)).get_content())
        mail.add_attachment(
            _spoilt(enclosed.get_payload(decode=True), share),
            maintype="application",
            subtype=enclosed.get_content_subtype(),
            filename=enclosed.get_filename(),
        )
        (spoilt / path.name).write_bytes(mail.as_bytes())


def _spoilt(workbook: bytes, share: float) -> bytes:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(workbook))
    sheet = book["Listado"]
    title = column("clave_inegi").title
    [header] = [cell for row in sheet.iter_rows(max_row=4) for cell in row if cell.value == title]
    filled = [
        number
        for number in range(header.row + 1, sheet.max_row + 1)
        if sheet.cell(number, header.column).value
    ]
    for number in filled[: max(1, round(share * len(filled)))]:
        sheet.cell(number, header.column).value = "999999999"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# ------------------------------------------------------------------ the desk, in a process of its own


def run_desk(folder: Path, ports: list[int]) -> dict[str, float]:
    """Take both rounds of mails in, and let everybody attest up to the authorisation."""
    measured: dict[str, float] = {}
    worked = time.process_time()
    for name, port in zip(("spoilt", "mended"), ports, strict=True):
        started = time.perf_counter()
        asyncio.run(_take_in(folder, port))
        measured[f"{name}_s"] = round(time.perf_counter() - started, 1)
        measured[f"{name}_accepted"] = _count(folder, "state IN ('aceptado', 'integrado')")
        measured[f"{name}_partial"] = _count(folder, "state = 'aceptado_parcial'")
    started = time.perf_counter()
    with writing(read_settings(folder), LeapingClock(ARRIVED_AT)) as writer:
        while _attest_open(writer):
            pass
    measured["integrated_s"] = round(time.perf_counter() - started, 1)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return measured | {
        "cpu_s": round(time.process_time() - worked, 1),
        "workers_cpu_s": round(workers.ru_utime + workers.ru_stime, 1),
        "peak_mb": peak_mb(),
    }


async def _take_in(folder: Path, port: int) -> None:
    service = open_service(folder, port)
    await service.mailbox.connect()
    await service.intake.poll()
    await service.stop()


def _attest_open(writer) -> bool:
    """Attest every step that is open and tell whether any was taken; after the authorisation nothing more is."""
    done = False
    for step, unit, person in writer.act(_open_steps):
        result = writer.act(attest_step, PERIOD, step, unit, as_person=person)
        done = done or not isinstance(result, AttestationRefused)
    return done


def _open_steps(desk: Desk) -> list[tuple[str, str, str]]:
    case = cases.find_case(desk.session, f"0780-003-002/{PERIOD}")
    situation = read_situation(desk, case)
    if situation.is_done(LAST):
        return []
    found = []
    for instance in engine.open_instances(situation, desk.today):
        for role, unit in engine.owners(situation, instance):
            acting = people.holders(desk.session, role, post_unit(role, unit), desk.today)
            if acting:
                found.append((instance.step, instance.unit, acting[0][0].key))
                break
    return found


def _count(folder: Path, condition: str) -> int:
    books = sqlite3.connect(folder / "oficialia.db")
    try:
        found = books.execute(f"SELECT count(*) FROM list_version WHERE level = 'LVP' AND {condition}")
        return int(found.fetchone()[0])
    finally:
        books.close()


def _outcome(folder: Path) -> dict[str, object]:
    books = sqlite3.connect(folder / "oficialia.db")
    try:
        rows, state = books.execute(
            "SELECT rows, state FROM list_version WHERE level = 'LVN' ORDER BY version DESC LIMIT 1"
        ).fetchone()
        returned = books.execute("SELECT count(*) FROM letter WHERE template = 'M-07'").fetchone()[0]
    finally:
        books.close()
    return {"lists_returned": returned, "national_rows": rows, "national_state": state}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pacs", type=int, default=300)
    parser.add_argument("--people", type=int, default=67)
    parser.add_argument("--wrong", type=float, default=0.03, help="share of the rows that are wrong at first")
    parser.add_argument("--keep", type=Path, help="prepare the lists here, and leave the books there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-nation-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder, options.pacs, options.people)
        spoil(folder, options.wrong)
        with mailbox(folder / "spoilt", "pymap") as first, mailbox(folder / "mails", "pymap") as second:
            command = [sys.executable, __file__, "--desk", str(folder / "data"), str(first), str(second)]
            answer = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        measured = json.loads(answer.stdout.splitlines()[-1])
        outcome = _outcome(folder / "data")
    volunteers = options.pacs * options.people
    cpu = measured["cpu_s"] + measured["workers_cpu_s"]
    print(
        json.dumps(
            {
                "name": "national list",
                "pacs": options.pacs,
                "volunteers": volunteers,
                **measured,
                **outcome,
                "cpu_ms_per_volunteer": round(1000 * cpu / volunteers, 2),
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--desk"]:
        print(json.dumps(run_desk(Path(sys.argv[2]), [int(port) for port in sys.argv[3:]])))
    else:
        main()
