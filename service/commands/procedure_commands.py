"""Commands about procedures: `procedure list`, `show` and `activate`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    say,
    say_json,
    settings_or_complaint,
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
    procedure = typer.Typer(
        no_args_is_help=True, help="Los procedimientos: dibujarlos, consultarlos, activarlos."
    )
    application.add_typer(procedure, name="procedure")
    procedure.command("list", help="Los procedimientos que vienen con el programa.")(list_procedures)
    procedure.command(
        "show", help="Dibuja el flujo, o la lista de tareas de cada rol, a partir de los datos."
    )(show)
    procedure.command(
        "activate", help="Pone en vigor una versión; sólo quien es titular del procedimiento (5.1.4)."
    )(activate)


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
    form: Annotated[Form, typer.Option("--as", help="text, mermaid o svg.")] = Form.TEXT,
    role: Annotated[
        str, typer.Option("--role", help="Sólo la lista de tareas de un rol, por ejemplo SAC.")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Escribe el dibujo en un archivo.")] = None,
) -> None:
    """Draw the flow of a procedure and each role's checklist, from its data alone."""
    from procedures import catalogue, flow, loader

    if key not in catalogue.builtin_keys():
        raise Complaint(
            f"No hay un procedimiento «{key}».", f"Los que hay: {', '.join(catalogue.builtin_keys())}."
        )
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
        out.write_text(drawn, encoding="utf-8")
        say(f"Escrito en {out}.")


def activate(
    key: Key,
    as_person: Annotated[
        str, typer.Option("--as", help="Quien activa: clave o correo del directorio.", metavar="PERSONA")
    ],
    file: Annotated[
        Path | None, typer.Option("--file", help="Una definición propia (YAML) en lugar de la que viene.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Activate a version; expedientes that run keep theirs."""
    from actions.activate_procedure import NotTheOwner, UnknownPerson, activate_procedure
    from procedures import catalogue
    from procedures.loader import BadDefinition
    from service.wiring import writing

    if file is None and key not in catalogue.builtin_keys():
        raise Complaint(
            f"No hay un procedimiento «{key}».", f"Los que hay: {', '.join(catalogue.builtin_keys())}."
        )
    text = file.read_text(encoding="utf-8") if file else None
    refusal: NotTheOwner | None = None
    with settings_or_complaint(data) as settings, writing(settings) as writer:

        def activated(desk: object) -> str:
            # A refusal is an act of the journal too, so that its transaction must not be rolled back.
            nonlocal refusal
            try:
                row = activate_procedure(desk, key, as_person=as_person, text=text)  # type: ignore[arg-type]
            except NotTheOwner as error:
                refusal = error
                return ""
            return f"Quedó en vigor {row.key}, versión {row.version}."

        try:
            told = writer.act(activated)
        except UnknownPerson as error:
            raise Complaint(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
        except BadDefinition as error:
            raise Complaint(
                "La definición no se sostiene:",
                *(f"  - {problem}" for problem in error.problems),
                status=FAILED,
            ) from error
    if refusal is not None:
        raise Complaint(str(refusal), status=FAILED)
    say(told)
