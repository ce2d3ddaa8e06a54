"""Rules of the house that no linter knows; each says how to mend what it finds."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("actions", "bot", "documents", "mail", "procedures", "schedules", "service", "storage")


def found(files: list[Path]) -> list[Path]:
    """A loop over files that finds none would pass for ever."""
    assert files, "no file was found: the rule looks in the wrong place"
    return files


def modules() -> list[Path]:
    return found([path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")])


def sources() -> list[Path]:
    """Everything that is kept: what git tracks, or the tree where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    if listing.returncode == 0 and listing.stdout:
        tracked = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
        return found([path for path in tracked if path.is_file()])
    return found(
        [
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(ROOT).parts[:-1])
        ]
    )


def texts() -> list[tuple[Path, str]]:
    read = []
    for path in sources():
        try:
            read.append((path.relative_to(ROOT), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    assert read
    return read


def test_no_module_is_called_like_one_of_the_standard_library() -> None:
    taken = {
        str(path.relative_to(ROOT))
        for path in modules()
        for name in (path.stem, path.parent.name)
        if name in sys.stdlib_module_names and name != "__main__"
    }

    assert not taken, f"rename them; inside a folder they shadow the library too: {sorted(taken)}"


def test_no_installed_distribution_brings_a_package_of_our_names() -> None:
    owners = importlib.metadata.packages_distributions()

    foreign = {folder: set(owners.get(folder, [])) - {"oficialia"} for folder in FOLDERS}

    assert not {folder: names for folder, names in foreign.items() if names}, "do not depend on those"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_module_says_what_it_is_for(folder: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in found(list((ROOT / folder).rglob("*.py")))
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert not silent, f"write in the first line what the module is for: {silent}"


def test_no_folder_of_leftovers() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "core", "manager", "base", "misc", "lib"}

    named = [str(path.relative_to(ROOT)) for path in modules() if {path.stem, path.parent.name} & vague]

    assert not named, f"name what they hold: {named}"


def test_tests_are_no_package() -> None:
    packages = [path for path in found(list((ROOT / "tests").rglob("*.py"))) if path.name == "__init__.py"]

    assert not packages, "tests/mail/__init__.py would hide our own folder mail"


def test_the_tree_holds_no_path_of_a_machine_and_no_address_of_a_registry() -> None:
    # Written in pieces, so that this file does not find itself.
    forbidden = re.compile(
        "|".join(
            (
                r"(?<![\w.])/(?:" + "work|farm" + r")/",
                "/" + r"home/\w+/",
                "/" + "root" + "/",
                "index" + "-url",
                "file" + ":///(?!etc/passwd)",
                r"https?://[^\s\"']*" + "(?:pypi|pythonhosted)" + r"\.[^\s\"']*",
                r"https?://[^\s\"']+\.(?:whl|tar\.gz)",
            )
        )
    )

    guilty = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if forbidden.search(line) and path.name != "LICENSE"
    ]

    assert not guilty, guilty


def test_people_in_the_tree_have_addresses_that_nobody_can_have() -> None:
    invented = re.compile(r"(?:^|\.)(?:example(?:\.(?:org|com|net))?|invalid|localhost|test)$", re.IGNORECASE)
    address = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")

    real = {
        f"{path}: {match[0]}"
        for path, text in texts()
        if path.parts[0] in (*FOLDERS, "tests", "docs", "bench") and path.suffix != ".svg"
        for match in address.finditer(text)
        if not invented.search(match[1])
    }

    assert not real, f"use the domains of RFC 2606 and .example: {sorted(real)[:10]}"


def test_every_version_is_pinned_and_every_dependency_is_among_them() -> None:
    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]

    loose = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    pinned = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in lines}
    names = {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ;]", one, maxsplit=1)[0]).lower() for one in wanted}

    assert lines
    assert not loose
    assert names
    assert names <= pinned, f"add to constraints.txt: {sorted(names - pinned)}"


def test_help_loads_no_heavy_library() -> None:
    heavy = (
        "sqlalchemy",
        "sqlmodel",
        "telegram",
        "pydantic",
        "openpyxl",
        "lxml",
        "jinja2",
        "alembic",
        "starlette",
    )
    program = f"import sys, service.main; print([name for name in {heavy!r} if name in sys.modules])"

    loaded = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=True,
        text=True,
    )

    assert loaded.stdout.strip() == "[]", "import them where they are used: start-up is a feature (P6)"
