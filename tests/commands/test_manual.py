"""Every command explains itself, in Spanish, quickly, and as the README says it."""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from service.main import application
from tests.commands.conftest import ROOT, Oficialia

START_SECONDS = 0.4
HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "lxml", "openpyxl", "rich", "asyncio", "structlog", "telegram")


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            yield from _commands(each, (*path, name))
    else:
        yield path, command


ROOT_COMMAND = typer.main.get_command(application)
COMMANDS = list(_commands(ROOT_COMMAND))
NAMED = pytest.mark.parametrize(
    ("path", "command"), COMMANDS, ids=[" ".join(path) for path, _command in COMMANDS]
)


def test_the_commands_are_those_of_the_issue():
    names = {" ".join(path) for path, _command in COMMANDS}

    assert names >= {
        "init", "check", "run", "demo", "verify", "attest", "import-directory", "import-calendar",
        "import-localities", "period open", "period status", "procedure show", "procedure activate",
        "tray list", "tray assign", "inspect mail", "inspect sheet", "inspect cfdi",
    }  # fmt: skip


@NAMED
def test_every_command_and_every_option_has_help(path, command):
    assert command.help
    assert command.help.endswith(".")
    parameters = [each for each in command.params if isinstance(each, TyperArgument | TyperOption)]
    assert len(parameters) == len(command.params)

    silent = [each.name for each in parameters if not each.help]
    nameless = [
        each.name
        for each in parameters
        if not each.metavar and not (isinstance(each, TyperOption) and each.is_bool_flag)
    ]

    assert not silent, "say what they are for"
    assert not nameless, "say what is given to them (metavar)"


@NAMED
def test_the_examples_of_every_command_can_be_typed(path, command):
    examples = (command.epilog or "").splitlines()
    assert examples, "show how it is used"

    for example in examples:
        words = shlex.split(example.partition("#")[0].partition("2>>")[0].replace("…", ""))
        assert tuple(words[: len(path) + 1]) == ("oficialia", *path)
        # Typer's own parser refuses what it does not know.
        command.make_context(" ".join(path), words[len(path) + 1 :])


@NAMED
def test_help_is_in_spanish(oficialia: Oficialia, path, command):
    told = oficialia(*path, "--help")

    assert told.status == 0
    assert told.out.startswith(f"Uso: oficialia {' '.join(path)}")
    assert "Ejemplos:" in told.out
    assert not re.search(r"Usage|Options:|Arguments|Show this|default:|required|env var", told.out)
    assert max(map(len, told.out.splitlines())) <= 110


def test_the_help_of_the_whole_shows_every_command_and_what_the_exit_status_means(oficialia: Oficialia):
    told = oficialia("--help")

    assert all(path[0] in told.out for path, _command in COMMANDS)
    assert "Termina con 0" in told.out


def test_without_a_command_the_help_is_shown(oficialia: Oficialia):
    assert oficialia().all.startswith("Uso: oficialia ORDEN")
    assert oficialia("period").all.startswith("Uso: oficialia period ORDEN")


def test_help_comes_at_once_and_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from service.main import application\n"
        "try: application(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)\n"
    )
    elapsed = []
    for _ in range(3):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        elapsed.append(time.perf_counter() - started)

    assert done.stderr.strip() == "[]", "import it inside the command that needs it"
    assert min(elapsed) < START_SECONDS, elapsed


def _typed_in(text: str) -> list[list[str]]:
    """Return the commands that a document tells its reader to type."""
    lines = re.findall(r"```(?:sh|console)?\n(.*?)```", text, re.DOTALL)
    typed = [
        part.strip()
        for block in lines
        for line in block.splitlines()
        for part in line.partition("#")[0].split("&&")
    ]
    typed += re.findall(r"`(oficialia [^`]+)`", text)
    commands = [shlex.split(re.sub(r"^(\$ )?(\.venv/bin/)?", "", line)) for line in typed]
    return [words[1:] for words in commands if words and words[0] == "oficialia"]


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_the_commands_of_the_documents_exist(document: Path):
    typed = _typed_in(document.read_text(encoding="utf-8"))
    if document == ROOT / "README.md":
        assert len(typed) >= 8

    for words in typed:
        names = [path for path, _command in COMMANDS if tuple(words[: len(path)]) == path]
        groups = [path for path, _command in COMMANDS if tuple(words) == path[: len(words)]]
        assert names or groups, f"{document.name} tells to type {' '.join(words)!r}"
        if names:
            command = dict(COMMANDS)[names[0]]
            known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {
                "--help"
            }
            options = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert options <= known, f"{document.name}: {' '.join(words)!r}"
