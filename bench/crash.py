"""Kill the desk many times while it carries a period, and see that nothing is lost and nothing is done twice.

The crash tests kill it thirty times; this is the larger run of the same story, with the same checks, any one
of which ends it with an error.  Prints one JSON object: how many times the desk was killed, how many letters
a correspondent received again under the same Message-ID, and the seconds of both runs.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.crash.story import AtRandom  # noqa: E402
from tests.crash.test_crash import play  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="how many times the desk dies (default 200)")
    parser.add_argument("--seed", type=int, default=780, help="the seed of the instants (default 780)")
    parser.add_argument(
        "--longest",
        type=float,
        default=0.5,
        help="the longest moment between a life's last row in the journal and its death (default 0.5 s)",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        for name in ("undisturbed", "killed"):
            (Path(directory) / name).mkdir()
        began = time.perf_counter()
        undisturbed = play(Path(directory) / "undisturbed")
        rows = sum(int(count) for _kind, count in undisturbed.books.state()["journal"])
        between = time.perf_counter()
        killed = play(
            Path(directory) / "killed",
            AtRandom(options.kills, seed=options.seed, rows=rows, longest_moment=options.longest),
        )
        ended = time.perf_counter()
        same = killed.books.state() == undisturbed.books.state()
    print(
        json.dumps(
            {
                "name": "crash",
                "kills": killed.deaths,
                "same_books": same,
                "letters_repeated": killed.repeated,
                "undisturbed_s": round(between - began, 1),
                "killed_s": round(ended - between, 1),
            }
        )
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
