"""P6: a national list as PDFs, one an OOAD: how long, and how much memory at the highest.

    python bench/prints.py [--rows N] [--workers N]

One JSON object a line. Beside ours: the limit (typst setting the largest OOAD once, without codes) and the naive way
(the whole nation as one document). A figure means something as a ratio within one run.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from documents.printed_list import PrintedList, Signer, make_print  # noqa: E402 -- this tree, not an installed copy
from documents.sandbox import Workshop  # noqa: E402
from procedures.lists.rows import ListRow  # noqa: E402

OOADS = 20
NAMES = (
    "María Guadalupe Hernández Gómez",
    "Íñigo Ñuñez de la Cruz",
    "Eulalia Pérez",
    "Candelaria del Socorro Ruiz Sántiz",
)
PLACES = ("Santo Domingo", "Nuevo Jerusalén de los Ángeles (El Zapote)", "Damasco", "San Juan Tahitic")
SMALLEST_SHARE = 0.4
"""Of the mean; the largest OOAD has the most, as in life."""


def rows_of(ooad: str, count: int) -> tuple[ListRow, ...]:
    """Return invented people of an OOAD: twelve a PAC, five PACs a region."""
    return tuple(
        ListRow(
            number=number,
            ooad=ooad,
            pac=f"{ooad}-R{1 + number // 60:02}-PAC{number // 12:03}",
            estado="Chiapas",
            municipio="Ocosingo",
            localidad=PLACES[number % len(PLACES)],
            clave_inegi="070590459",
            nombre=NAMES[number % len(NAMES)],
            nombre_norm="",
            tipo="PVR" if number % 3 else "VRS",
            importe=Decimal("1000.00"),
            meses=("2027-01", "2027-02"),
        )
        for number in range(count)
    )


def national(total: int) -> list[PrintedList]:
    """Return the lists to print: the shares of the OOADs differ up to four to one."""
    weights = [SMALLEST_SHARE + 2 * (1 - SMALLEST_SHARE) * place / (OOADS - 1) for place in range(OOADS)]
    ends = [round(total * end / sum(weights)) for end in accumulate(weights)]
    shares = [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
    return [
        printed(f"OOAD{place:02}", rows_of(f"OOAD{place:02}", share)) for place, share in enumerate(shares, 1)
    ]


def printed(ooad: str, rows: tuple[ListRow, ...]) -> PrintedList:
    """Return a list as the desk prints it."""
    return PrintedList(
        office="Programa IMSS-BIENESTAR",
        level="LD",
        unit=ooad,
        unit_name=ooad,
        period="2027-B1",
        months=("2027-01", "2027-02"),
        version=1,
        digest="0" * 64,
        made_on=date(2027, 1, 28),
        rows=rows,
        references=tuple(f"2027-B1-{number:06}" for number in range(len(rows))),
        signers=(Signer(post="CFI", cargo="Coordinación de Finanzas e Infraestructura"),),
    )


class Peak:
    """The most memory that this process and its workers held together, looked at many times a second."""

    def __init__(self) -> None:
        self.mb = 0.0
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.mb = max(self.mb, held_mb("self") + sum(held_mb(child) for child in children()))


def held_mb(process: str) -> float:
    """Return the memory of a process that it shares with nobody, or all it holds where that is not told."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1024**2
    except OSError:
        return 0.0


def children() -> list[str]:
    """Return the ids of the workers."""
    found: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            found += (task / "children").read_text(encoding="ascii").split()
        except OSError:
            continue
    return found


def measure(name: str, lists: list[PrintedList], workers: int) -> None:
    """Print lists and say what it took."""
    started = time.perf_counter()
    with (
        Peak() as peak,
        Workshop(workers=workers) as workshop,
        ThreadPoolExecutor(max_workers=workers) as threads,
    ):
        made = list(threads.map(lambda one: make_print(workshop, one), lists))
    report(
        name,
        rows=sum(len(one.rows) for one in lists),
        files=len(made),
        pages=sum(one.pages for one in made),
        pdf_mb=round(sum(len(one.content) for one in made) / 1024**2, 1),
        seconds=round(time.perf_counter() - started, 1),
        peak_mb=round(peak.mb),
    )


def measure_at_once(name: str, one: PrintedList) -> None:
    """Set a list in one piece, without codes, in a process of its own that may take what it wants."""
    program = (
        "import sys, time, resource, json; sys.path.insert(0, sys.argv[1]); sys.path.insert(0, sys.argv[1] + '/bench')\n"
        "import prints, documents.printed_list as it\n"
        "it._LINES_PER_PART = 10**9\n"
        "ooad, count = sys.argv[2], int(sys.argv[3])\n"
        "[data] = it._parts(prints.printed(ooad, prints.rows_of(ooad, count)))\n"
        "started = time.perf_counter(); pages = it.set_part(sys.argv[4], data)\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "print(json.dumps({'pages': pages, 'seconds': round(time.perf_counter() - started, 1), 'peak_mb': round(peak)}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(ROOT), one.unit, str(len(one.rows)), "/dev/null"],
        check=True,
        capture_output=True,
        text=True,
    )
    report(name, rows=len(one.rows), files=1, **json.loads(answer.stdout))


def report(name: str, **figures: object) -> None:
    """Print a result."""
    print(json.dumps({"bench": name, **figures}), flush=True)


def main() -> None:
    """Measure the limit, the naive way and ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    lists = national(given.rows)
    measure_at_once("P6 prints: limit, the largest OOAD set once without codes", lists[-1])
    measure_at_once(
        "P6 prints: naive, the nation in one document", printed("OOAD01", rows_of("OOAD01", given.rows))
    )
    measure("P6 prints: ours", lists, given.workers)


if __name__ == "__main__":
    main()
