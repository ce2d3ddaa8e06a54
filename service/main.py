"""The command line: `oficialia`. Names and options are English; help, prompts and errors are Spanish."""

import typer

from service.commands import (
    case_commands,
    chat_commands,
    circular_commands,
    desk_commands,
    file_commands,
    layout_commands,
    list_commands,
    notice_commands,
    office_commands,
    post_commands,
    procedure_commands,
)
from service.commands.manual import SpokenGroup

application = typer.Typer(
    name="oficialia",
    cls=SpokenGroup,
    help="La mesa que recibe, sella, turna y recuerda: procedimientos por correo, listados y circulares."
    "\n\nTermina con 0 si todo está bien, con 1 si la respuesta es mala, con 2 si lo pedido no puede hacerse así, "
    "con 70 si falló el programa y con 75 si conviene volver a intentarlo.",
    epilog="oficialia demo\noficialia init --data mi-oficina\noficialia period --help",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
office_commands.register(application)
post_commands.register(application)
desk_commands.register(application)
chat_commands.register(application)
circular_commands.register(application)
notice_commands.register(application)
case_commands.register(application)
layout_commands.register(application)
list_commands.register(application)
procedure_commands.register(application)
file_commands.register(application)


def main() -> None:
    """Run the command line."""
    application()


if __name__ == "__main__":
    main()
