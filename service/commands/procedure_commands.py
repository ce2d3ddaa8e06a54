"""Commands about procedures: `procedure list`, `show` and `activate`."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.commands.manual import add_command, add_group
from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    existing_file,
    new_file,
    say,
    say_json,
)

Key = Annotated[
    str, typer.Argument(help="Clave del procedimiento, por ejemplo 0780-003-002.", metavar="CLAVE")
]


class Form(StrEnum):
    """How a procedure is drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    procedure = add_group(
        application, "procedure", says="Los procedimientos: consultarlos, dibujarlos, activarlos."
    )
    add_command(
        procedure,
        "list",
        list_procedures,
        says="Los procedimientos que vienen con el programa. Con --json, un objeto por renglón.",
        examples=("oficialia procedure list",),
    )
    add_command(
        procedure,
        "show",
        show,
        says="Dibuja el flujo de un procedimiento, o la lista de tareas de un rol, a partir de sus datos.",
        examples=(
            "oficialia procedure show 0780-003-002",
            "oficialia procedure show 0780-003-002 --role SAC",
            "oficialia procedure show 0780-003-002 --as svg --out flujo.svg",
        ),
    )
    add_command(
        procedure,
        "activate",
        activate,
        says="Pone en vigor una versión; sólo quien es titular del procedimiento (5.1.4). Los expedientes en curso siguen con la suya.",
        examples=(
            "oficialia procedure activate 0780-003-002 --as CACYPCS",
            "oficialia procedure activate 0780-003-002 --as CACYPCS --file propia.yaml",
        ),
    )


def list_procedures(as_json: JsonOption = False) -> None:
    """List the shipped procedures."""
    from procedures import catalogue, loader

    for key in catalogue.builtin_keys():
        definition = loader.load(catalogue.read_builtin(key))
        if as_json:
            say_json(
                {
                    "key": definition.key,
                    "title": definition.title,
                    "version": definition.version,
                    "owner": definition.owner,
                }
            )
        else:
            say(f"{definition.key}  v{definition.version}  {definition.title} ({definition.owner})")


def show(
    key: Key,
    form: Annotated[
        Form, typer.Option("--as", help="Forma del dibujo: text, mermaid o svg.", metavar="FORMA")
    ] = Form.TEXT,
    role: Annotated[
        str,
        typer.Option("--role", help="Sólo la lista de tareas de un rol, por ejemplo SAC.", metavar="ROL"),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Escribe el dibujo en un archivo.", metavar="ARCHIVO")
    ] = None,
) -> None:
    """Draw the flow of a procedure and each role's checklist, from its data alone."""
    from procedures import catalogue, flow, loader

    if key not in catalogue.builtin_keys():
        raise _no_procedure(key, catalogue.builtin_keys())
    if role and form is not Form.TEXT:
        raise Complaint("La lista de tareas de un rol es texto: pida --role sin --as.")
    definition = loader.load(catalogue.read_builtin(key))
    if role:
        if role not in definition.roles:
            raise Complaint(
                f"«{role}» no es un rol de {key}.", f"Los que hay: {', '.join(definition.roles)}."
            )
        drawn = flow.draw_checklist(definition, role)
    elif form is Form.MERMAID:
        drawn = flow.draw_mermaid(definition)
    elif form is Form.SVG:
        drawn = flow.draw_svg(definition)
    else:
        drawn = flow.draw_text(definition)
    if out is None:
        say(drawn)
    else:
        new_file(out).write_text(drawn, encoding="utf-8")
        say(f"Escrito en {out}.")


def activate(
    key: Key,
    as_person: Annotated[
        str, typer.Option("--as", help="Quién activa: clave o correo del directorio.", metavar="PERSONA")
    ],
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", help="Una definición propia (YAML) en lugar de la que viene.", metavar="ARCHIVO"
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Activate a version; expedientes that run keep theirs."""
    from actions.activate_procedure import NotTheOwner, OtherProcedure, UnknownPerson, activate_procedure
    from actions.desk import Desk
    from procedures import catalogue
    from procedures.loader import BadDefinition
    from storage.definitions import in_force

    if file is None and key not in catalogue.builtin_keys():
        raise _no_procedure(key, catalogue.builtin_keys())
    text = _text_of(file) if file is not None else None
    refusal: NotTheOwner | None = None

    def activated(desk: Desk) -> str:
        # A refusal is an act of the journal too, so that its transaction must not be rolled back.
        nonlocal refusal
        before = in_force(desk.session, key)
        try:
            row = activate_procedure(desk, key, as_person=as_person, text=text)
        except NotTheOwner as error:
            refusal = error
            return ""
        since = "ya estaba en vigor" if before is not None and before.id == row.id else "quedó en vigor"
        return f"El procedimiento {row.key} {since}: versión {row.version}."

    with books(data) as (writer, _settings):
        try:
            told = writer.act(activated)
        except UnknownPerson as error:
            raise Complaint(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
        except OtherProcedure as error:
            raise Complaint(f"«{file}» define el procedimiento {error.key}, no {key}.") from error
        except BadDefinition as error:
            if file is None:
                raise Complaint(
                    f"{key} viene para consultarse («oficialia procedure show {key}»); esta versión todavía no lo atiende.",
                    status=FAILED,
                ) from error
            raise Complaint(
                "La definición no se sostiene:",
                *(f"  - {problem}" for problem in error.problems),
                status=FAILED,
            ) from error
    if refusal is not None:
        raise Complaint(str(refusal), status=FAILED)
    say(told)


def _no_procedure(key: str, known: Iterable[str]) -> Complaint:
    return Complaint(f"No hay un procedimiento «{key}».", f"Los que hay: {', '.join(known)}.")


def _text_of(file: Path) -> str:
    try:
        return existing_file(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Complaint(f"«{file}» no es un texto en UTF-8.") from error
