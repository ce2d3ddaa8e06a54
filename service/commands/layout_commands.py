"""Commands of the PS's layout: `layout check`, `load`, `list`, `show`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.manual import add_command, add_group
from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    existing_file,
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from documents.layout import Layout
    from documents.layout_declaration import Trial

File = Annotated[Path, typer.Argument(help="Declaración del layout, en YAML.", metavar="ARCHIVO")]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = add_group(
        application,
        "layout",
        says="El layout del Prestador de Servicios: revisarlo, ponerlo en vigor y ver con cuál se hizo cada archivo (actividad 27).",
    )
    add_command(
        group,
        "check",
        layout_check,
        says="Revisa un layout sin cargarlo: dice qué está mal y en qué línea, y muestra cómo quedaría el archivo con personas inventadas. Termina con 1 si no puede usarse.",
        examples=("oficialia layout check prestador.yaml",),
    )
    add_command(
        group,
        "load",
        layout_load,
        says="Pone en vigor un layout para un Prestador, a nombre de quien lo carga. Los listados definitivos ya hechos conservan el suyo.",
        examples=(
            "oficialia layout load prestador.yaml --provider 'Prestador de Servicios de Ejemplo' --as CPEEYPB",
        ),
    )
    add_command(
        group,
        "list",
        layout_list,
        says="Los layouts que se cargaron o con los que se hizo un listado definitivo: quién, cuándo, huella, y cuál está en vigor.",
        examples=("oficialia layout list",),
    )
    add_command(
        group,
        "show",
        layout_show,
        says="Escribe la declaración de un layout por su huella; sin ella, la del que trae el programa, como punto de partida.",
        examples=("oficialia layout show", "oficialia layout show 9f86d08188"),
    )


def layout_check(file: File, as_json: JsonOption = False) -> None:
    """Tell whether a declaration can be used, and what it makes of a sample."""
    from documents.layout_declaration import BadLayout, load_layout, try_layout

    text = _text_of(file)
    try:
        layout = load_layout(text)
    except BadLayout as error:
        if as_json:
            say_json({"usable": False, "problems": list(error.problems)})
            raise typer.Exit(FAILED) from error
        raise Complaint(*_unusable(file, error.problems), status=FAILED) from error
    trial = try_layout(layout)
    if as_json:
        say_json(
            {
                "usable": not trial.losses,
                "problems": list(trial.losses),
                "remarks": list(trial.remarks),
                "key": layout.key,
                "version": layout.version,
                "refused": [refusal.reason for refusal in trial.file.refused],
                "sample": _sample(layout, trial),
            }
        )
    else:
        _say_trial(layout, trial)
    if trial.losses:
        raise typer.Exit(FAILED)


def layout_load(
    file: File,
    as_person: Annotated[
        str, typer.Option("--as", help="Quién lo carga: clave o correo del directorio.", metavar="PERSONA")
    ],
    provider: Annotated[
        str,
        typer.Option(
            "--provider",
            help="De qué Prestador: su nombre o el número de su contrato; sin esto, el del contrato vigente.",
            metavar="PRESTADOR",
        ),
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a declaration in force."""
    from actions.load_layout import LayoutRefused, load_provider_layout
    from documents.layout_declaration import BadLayout

    text = _text_of(file)
    with books(data) as (writer, _settings):
        try:
            outcome = writer.act(load_provider_layout, text, provider_name=provider, as_person=as_person)
        except BadLayout as error:
            raise Complaint(*_unusable(file, error.problems), status=FAILED) from error
    if isinstance(outcome, LayoutRefused):
        raise Complaint(outcome.reason, status=FAILED)
    if as_json:
        say_json(asdict(outcome))
        return
    say(
        f"En vigor para {outcome.provider}: {outcome.key} versión {outcome.version}, huella {outcome.digest[:10]}, folio {outcome.folio}."
    )
    say(
        "Rige para los listados definitivos que se obtengan desde ahora (actividad 27); los ya hechos conservan el suyo."
    )


def layout_list(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show every layout in the books."""
    from actions.load_layout import show_layouts

    with books(data) as (writer, _settings):
        found = writer.act(show_layouts)
    if as_json:
        say_json({"layouts": [asdict(one) for one in found]})
        return
    if not found:
        say("No se ha cargado ni usado ningún layout; rige el que trae el programa (generico).")
        return
    rows = [
        (
            one.provider or "(del programa)",
            one.key,
            one.version,
            one.digest[:10],
            f"{one.on:%d-%m-%Y}",
            one.by or "—",
            one.folio or "—",
            "sí" if one.in_force else "",
        )
        for one in found
    ]
    for line in table(
        rows, ("Prestador", "Layout", "Versión", "Huella", "Desde", "Quién", "Folio", "En vigor")
    ):
        say(line)


def layout_show(
    digest: Annotated[
        str, typer.Argument(help="Huella del layout, o su comienzo (al menos seis signos).", metavar="HUELLA")
    ] = "",
    data: DataOption = None,
) -> None:
    """Write a declaration out."""
    from actions.load_layout import layout_text
    from documents.layout_declaration import builtin_layout_text

    if not digest:
        typer.echo(builtin_layout_text(), nl=False)
        return
    with books(data) as (writer, _settings):
        text = writer.act(layout_text, digest) if len(digest) >= 6 else None
    if text is None:
        raise Complaint(
            f"Ningún layout, o más de uno, tiene una huella que empieza con «{digest}».", status=FAILED
        )
    typer.echo(text, nl=False)


def _text_of(file: Path) -> str:
    try:
        return existing_file(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Complaint(
            f"«{file}» no es un texto en UTF-8; guárdelo de nuevo con esa codificación."
        ) from error


def _unusable(file: Path, problems: tuple[str, ...]) -> list[str]:
    return [f"«{file}» no puede usarse como layout:", *(f"  - {problem}" for problem in problems)]


def _sample(layout: "Layout", trial: "Trial") -> list[str]:
    """Return the lines of the sample as a person may look at them."""
    if layout.kind == "xlsx":
        from documents.layout import shown_cells

        return [" | ".join(cells) for cells in shown_cells(trial.file.written, layout)]
    return trial.file.content.decode(layout.encoding).splitlines()


def _say_trial(layout: "Layout", trial: "Trial") -> None:
    kinds = {"csv": "texto separado por signos", "fixed": "texto de ancho fijo", "xlsx": "libro de Excel"}
    form = kinds[layout.kind] + ("" if layout.kind == "xlsx" else f", codificación {layout.encoding}")
    say(f"{layout.key} versión {layout.version}: {form}, {len(layout.columns)} columnas.")
    for line in table(
        [
            (number, column.name, column.source or "(fijo)", column.type, column.width)
            for number, column in enumerate(layout.columns, 1)
        ],
        ("Núm.", "Columna", "Se llena con", "Tipo", "Ancho"),
    ):
        say(line)
    say()
    say("Así quedaría, con personas inventadas:")
    for line in _sample(layout, trial):
        say(f"  {line}")
    if trial.file.refused:
        say()
        say(
            "De la muestra quedaría fuera lo que no cabe (V-048, V-049); compruebe que así lo pide el Prestador:"
        )
        for refusal in trial.file.refused:
            say(f"  - {refusal.reason}")
    for remark in trial.remarks:
        say(remark)
    say()
    if trial.losses:
        say("No puede usarse:")
        for loss in trial.losses:
            say(f"  - {loss}")
    else:
        say("Puede usarse: la muestra, leída de nuevo, dice lo mismo.")
