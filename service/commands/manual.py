"""The command line's own words: help with examples, what was typed wrong, and what to do when the program fails."""

import difflib
import errno
import shutil
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from service.commands.speech import BUSY, FAULT, INTERRUPTED, MISUSED, Complaint, office_folder, say_aside

FAULTS_FILE = "fallas.log"
_WIDEST = 100
_NAMES = 30
"""Columns that names of options get at the most; longer ones have their explanation on the next line."""


def add_command(
    group: typer.Typer, name: str, function: Callable[..., None], *, says: str, examples: Sequence[str]
) -> None:
    """Add a command with its explanation and examples of its use."""
    group.command(name, cls=SpokenCommand, help=says, epilog="\n".join(examples))(function)


def add_group(application: typer.Typer, name: str, *, says: str) -> typer.Typer:
    """Add a group of commands, and return it."""
    group = typer.Typer(cls=SpokenGroup, no_args_is_help=True, help=says, rich_markup_mode=None)
    application.add_typer(group, name=name)
    return group


class SpokenCommand(TyperCommand):
    """A command that explains itself in Spanish."""

    def get_usage(self, ctx: Any) -> str:
        """Return the line that shows how the command is written."""
        return _usage(self, ctx)

    def get_help(self, ctx: Any) -> str:
        """Return the whole explanation."""
        return "\n".join(_explain(self, ctx))


class SpokenGroup(TyperGroup):
    """Commands under one name; the outermost group turns whatever happens into lines and an exit status."""

    def get_usage(self, ctx: Any) -> str:
        """Return the line that shows how a command of the group is written."""
        return _usage(self, ctx)

    def get_help(self, ctx: Any) -> str:
        """Return the explanation of the group, with its commands."""
        return "\n".join(_explain(self, ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that was typed, or say which there are."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, self.commands, n=1)
            asked = f" ¿Quiso decir «{ctx.command_path} {near[0]}»?" if near else ""
            raise Complaint(
                f"No hay una orden «{name}».{asked}",
                f"Las que hay en «{ctx.command_path}»: {', '.join(self.commands)}.",
            )
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line and end with its status; nothing is raised for a person's mistake."""
        del prog_name, complete_var, standalone_mode, windows_expand_args, extra
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A terminal without our signs shows question marks; it is no reason to stop.
                stream.reconfigure(errors="replace")
        run = super().main
        raise SystemExit(_answer(lambda: run(args, prog_name="oficialia", standalone_mode=False)))


def _answer(run: Callable[[], object]) -> int:
    try:
        status = run()
        if status == INTERRUPTED:
            say_aside("Se interrumpió.")
    except Complaint as complaint:
        for line in complaint.lines:
            say_aside(line)
        return complaint.status
    except typer.Abort:
        say_aside("Se interrumpió.")
        return INTERRUPTED
    except TyperException as error:
        for line in _misuse(error):
            say_aside(line)
        return MISUSED
    except Exception as error:  # noqa: BLE001 - the last border: a person reads one line, the file the rest
        line, status = _fault(error)
        say_aside(line)
    return status if isinstance(status, int) else 0


# ------------------------------------------------------------------ what went wrong


def _misuse(error: TyperException) -> Iterator[str]:
    """Yield what was typed wrong, and how it is written."""
    context: Any = getattr(error, "ctx", None)
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        yield error.format_message()
        return
    parameter: Any = getattr(error, "param", None)
    name = _name_of(parameter) if parameter is not None else getattr(error, "option_name", "")
    if kind == "NoSuchOption":
        near = getattr(error, "possibilities", None)
        yield f"No hay una opción {name}{f'; ¿quiso decir {near[0]}?' if near else '.'}"
    elif kind == "MissingParameter":
        yield f"Falta {name}: {parameter.help or ''}"
    elif kind == "BadParameter":
        yield f"{name} no admite lo que se le dio. {parameter.help or '' if parameter is not None else ''}"
    elif kind == "BadOptionUsage":
        yield f"La opción {name} está incompleta o no lleva valor."
    else:
        yield "Sobra algo en lo que se escribió."
    if context is not None:
        yield context.get_usage()
        yield f"Para saber más: {context.command_path} --help"


_PLACES = {
    errno.EACCES: "no hay permiso para ello",
    errno.EPERM: "no hay permiso para ello",
    errno.ENOENT: "no existe",
    errno.EISDIR: "es una carpeta",
    errno.ENOTDIR: "no es una carpeta",
    errno.EROFS: "el disco es de sólo lectura",
    errno.ENOSPC: "no queda espacio en el disco",
    errno.EDQUOT: "no queda espacio en el disco",
}


def _fault(error: Exception) -> tuple[str, int]:
    """Write a failure down where it can be looked at, and return a line for a person and a status."""
    from storage.errors import BooksBusy

    if isinstance(error, BooksBusy):
        return "Los libros están ocupados por otro proceso; vuelva a intentarlo en un momento.", BUSY
    if isinstance(error, ModuleNotFoundError) and error.name == "psycopg":
        return "Para usar PostgreSQL instale también: pip install '.[postgres]'", MISUSED
    if isinstance(error, OSError) and error.errno in _PLACES and error.filename:
        return f"No se pudo usar «{error.filename}»: {_PLACES[error.errno]}.", MISUSED
    told = " ".join(str(error).split())[:200]
    line = f"El programa falló ({type(error).__name__}{f': {told}' if told else ''})."
    return f"{line} El detalle quedó en {_write_down(error)}; «oficialia check» revisa cada parte.", FAULT


def _write_down(error: Exception) -> Path:
    """Append the traceback to a file of the data folder, or of the system's folder of passing things."""
    from service.clock import SystemClock

    text = f"{SystemClock().now().isoformat()}\n{''.join(traceback.format_exception(error))}\n"
    folder = office_folder.get()
    for place in (folder, Path(tempfile.gettempdir())):
        if place is None or not place.is_dir():
            continue
        path = place / (FAULTS_FILE if place == folder else f"oficialia-{FAULTS_FILE}")
        try:
            with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        return path
    return Path("ninguna parte")


# ------------------------------------------------------------------ help


def _usage(command: TyperCommand | TyperGroup, ctx: Any) -> str:
    pieces = [ctx.command_path]
    if any(isinstance(parameter, TyperOption) for parameter in command.params):
        pieces.append("[OPCIONES]")
    pieces += [
        f"{_name_of(parameter)} {parameter.metavar}"
        for parameter in command.params
        if isinstance(parameter, TyperOption) and parameter.required
    ]
    pieces += [_name_of(parameter) for parameter in command.params if isinstance(parameter, TyperArgument)]
    if isinstance(command, TyperGroup):
        pieces.append("ORDEN …")
    return f"Uso: {' '.join(pieces)}"


def _explain(command: TyperCommand | TyperGroup, ctx: Any) -> Iterator[str]:
    yield _usage(command, ctx)
    yield ""
    for number, paragraph in enumerate((command.help or "").split("\n\n")):
        yield from ([""] if number else [])
        yield from _wrapped(paragraph)
    parameters = command.get_params(ctx)
    arguments = [parameter for parameter in parameters if isinstance(parameter, TyperArgument)]
    options = [parameter for parameter in parameters if isinstance(parameter, TyperOption)]
    yield from _section("Argumentos", [(_name_of(each), each.help or "") for each in arguments])
    if isinstance(command, TyperGroup):
        listed = [(name, _first_sentence(each.help or "")) for name, each in command.commands.items()]
        yield from _section("Órdenes", listed)
    yield from _section("Opciones", [(_names_of(each), _help_of(each)) for each in options])
    if command.epilog:
        yield from ("", "Ejemplos:")
        yield from (f"  {line}" for line in command.epilog.splitlines())


def _section(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    rows = list(rows)
    if not rows:
        return
    yield from ("", f"{title}:")
    column = min(max(len(name) for name, _text in rows), _NAMES) + 2
    for name, text in rows:
        lines = _wrapped(text, " " * (column + 2)) or [""]
        if len(name) > column - 2:
            yield f"  {name}"
        else:
            lines[0] = f"  {name:<{column}}{lines[0].strip()}".rstrip()
        yield from lines


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].removesuffix(".") + "."


def _wrapped(text: str, margin: str = "  ") -> list[str]:
    width = max(min(shutil.get_terminal_size().columns, _WIDEST), 40)
    return textwrap.wrap(
        text,
        width,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _name_of(parameter: Any) -> str:
    """Return how a person writes a parameter."""
    if isinstance(parameter, TyperOption):
        return max(parameter.opts, key=len)
    name: str = parameter.metavar or parameter.name.upper()
    return name


def _names_of(option: TyperOption) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        names = f"{names} / {', '.join(option.secondary_opts)}"
    return f"{names} {option.metavar}" if option.metavar else names


def _help_of(option: TyperOption) -> str:
    if "--help" in option.opts:
        return "Muestra esta ayuda."
    notes = [f"por omisión: {option.show_default}"] if isinstance(option.show_default, str) else []
    notes += [f"variable {option.envvar}"] if option.envvar else []
    notes += ["obligatoria"] if option.required else []
    return f"{option.help or ''} [{'; '.join(notes)}]" if notes else option.help or ""
