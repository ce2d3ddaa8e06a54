"""The command line: `oficialia`. Names and options are English; help, prompts and errors are Spanish."""

import sys

import typer

from service.commands import desk_commands, file_commands, office_commands, procedure_commands

application = typer.Typer(
    name="oficialia",
    help="Oficialía: la mesa que recibe, sella, turna y recuerda. Procedimientos por correo, listados y circulares.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
office_commands.register(application)
desk_commands.register(application)
procedure_commands.register(application)
file_commands.register(application)


def main() -> None:
    """Run the command line; a problem that a person can mend is one line and exit status 2."""
    from service.commands.speech import Complaint

    try:
        application()
    except Complaint as complaint:
        for line in complaint.lines:
            print(line, file=sys.stderr)
        raise SystemExit(complaint.status) from None


if __name__ == "__main__":
    main()
