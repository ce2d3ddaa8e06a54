"""Commands of the chat: `chat` takes a phone of a running demonstration, `invite` sends link codes to the staff."""

from pathlib import Path
from typing import Annotated

import typer

from service.commands.manual import add_command
from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    data_dir,
    say,
    say_json,
)


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    add_command(
        application,
        "chat",
        chat,
        says="Toma el teléfono de alguien del elenco mientras corre una demostración que se conserva.",
        examples=(
            "oficialia chat --data mirar     # quién tiene teléfono en «oficialia demo --keep mirar --stay»",
            "oficialia chat --data mirar --as 'Hilario Moreno'",
        ),
    )
    add_command(
        application,
        "invite",
        invite,
        says="Envía a personas del directorio, por correo, el código con que vinculan su cuenta de Telegram.",
        examples=(
            "oficialia invite --role PAC --role SAC",
            "oficialia invite --person PAC-07-012",
        ),
    )


# ------------------------------------------------------------------ taking a phone


def chat(
    name: Annotated[
        str,
        typer.Option(
            "--as",
            help="De quién: nombre, puesto o ámbito, o parte de ellos. Sin esto, enumera los teléfonos.",
            metavar="NOMBRE",
        ),
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a phone of the cast until the person at the keyboard gives it back."""
    from service.demo.phone_line import HEADER, PhoneLine

    folder = _folder_of_the_demonstration(data)
    line = PhoneLine.read(folder)
    if line is None:
        raise Complaint(
            f"En «{folder}» no corre ninguna demostración con teléfonos.",
            f"Inicie una en otra ventana: «oficialia demo --keep {folder} --stay».",
        )
    import asyncio

    import httpx

    from service.commands.hand import hold_phone

    client = httpx.AsyncClient(base_url=line.url, headers={HEADER: line.key}, timeout=30)
    try:
        asyncio.run(hold_phone(client, name, as_json=as_json))
    except httpx.TransportError as error:
        raise Complaint("La demostración ya terminó: sus teléfonos no contestan.", status=FAILED) from error
    except KeyboardInterrupt:
        say()


def _folder_of_the_demonstration(given: Path | None) -> Path:
    """Return the folder that was meant: the one given, or the only one near by in which phones ring."""
    from service.demo.phone_line import WHERE

    if given is None:
        near = [path.parent for path in (*Path().glob(WHERE), *Path().glob(f"*/{WHERE}"))]
        if len(near) == 1:
            return data_dir(near[0])
    return data_dir(given)


# ------------------------------------------------------------------ inviting the staff


def invite(
    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--role", help="A todas las personas con este puesto (puede repetirse).", metavar="PUESTO"
        ),
    ] = None,
    persons: Annotated[
        list[str] | None,
        typer.Option("--person", help="A esta persona: clave o correo (puede repetirse).", metavar="PERSONA"),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="También a quienes ya tienen una cuenta vinculada.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the mails with the link codes in the outbox; the running service carries them."""
    from actions.invite_staff import invite_staff

    if not roles and not persons:
        raise Complaint("Diga a quién: --role PUESTO o --person PERSONA.")
    with books(data) as (writer, _settings):
        outcome = writer.act(invite_staff, roles=roles or (), persons=persons or (), again=again)
    if as_json:
        say_json(outcome.to_json())
    else:
        for name in outcome.unknown:
            say(f"No se encontró a nadie con «{name}».")
        for name in outcome.without_address:
            say(f"Sin correo o sin puesto vigente: {name}.")
        for name in outcome.linked_already:
            say(f"Ya tiene su cuenta vinculada: {name}.")
        say(f"Se enviará su código a {len(outcome.invited)} personas; vence en 72 horas.")
    if outcome.unknown:
        raise typer.Exit(FAILED)
