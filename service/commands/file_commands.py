"""Commands about single files: `inspect`. They change nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from service.commands.speech import JsonOption, say, say_json

Files = Annotated[list[Path], typer.Argument(help="Archivos por examinar.", metavar="ARCHIVO...")]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    inspect = typer.Typer(
        no_args_is_help=True, help="Dice qué entendería la mesa de un archivo, sin cambiar nada."
    )
    application.add_typer(inspect, name="inspect")
    inspect.command("mail", help="Un correo (.eml): de quién, qué dice, qué trae, qué clase de correo es.")(
        _mail
    )
    inspect.command("sheet", help="Un libro de Excel: si es un listado, una tabla o algo que no se recibe.")(
        _sheet
    )
    inspect.command("cfdi", help="Un comprobante fiscal (XML): folio fiscal, RFC, importes y conceptos.")(
        _cfdi
    )


def _mail(files: Files, as_json: JsonOption = False) -> None:
    _inspect(files, "mail.parsing:inspect_mail", _failed_mail, as_json=as_json)


def _sheet(files: Files, as_json: JsonOption = False) -> None:
    _inspect(files, "documents.inspection:inspect_sheet", _failed_sheet, as_json=as_json)


def _cfdi(files: Files, as_json: JsonOption = False) -> None:
    _inspect(files, "documents.inspection:inspect_cfdi", _failed_cfdi, as_json=as_json)


def _inspect(
    files: list[Path], job: str, failed: Callable[[str, str], dict[str, Any]], *, as_json: bool
) -> None:
    from documents.errors import DocumentError
    from documents.sandbox import Workshop

    workshop = Workshop(workers=1)
    try:
        for path in files:
            try:
                found = workshop.run(job, str(path))
            except DocumentError as error:
                found = failed(str(path), str(error))
            if as_json:
                say_json(found)
            else:
                _show(found)
    finally:
        workshop.close()


def _failed_mail(path: str, why: str) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("from_email", "from_name", "subject", "date", "body_text"), "")
    return {
        "file": path,
        **empty,
        "to": [],
        "attachments": [],
        "class": "normal",
        "recipients": [],
        "problems": [why],
        "seconds": None,
    }


def _failed_sheet(path: str, why: str) -> dict[str, Any]:
    return {
        "file": path,
        "outcome": "refused",
        "error": why,
        "sheets": [],
        "rows": 0,
        "texts": [],
        "problems": [why],
        "seconds": None,
    }


def _failed_cfdi(path: str, why: str) -> dict[str, Any]:
    names = (
        "version",
        "uuid",
        "emisor_rfc",
        "receptor_rfc",
        "folio",
        "serie",
        "fecha",
        "tipo",
        "moneda",
        "subtotal",
        "total",
    )
    return {"file": path, "outcome": "refused", "error": why, **dict.fromkeys(names), "conceptos": []}


def _show(found: dict[str, Any]) -> None:
    say(f"■ {found['file']}")
    for name, value in found.items():
        if name in {"file", "texts"} or value in ("", None, []):
            continue
        if isinstance(value, list):
            say(f"  {name}:")
            for item in value[:20]:
                say(
                    f"    - {json.dumps(item, ensure_ascii=False, default=str) if isinstance(item, dict) else item}"
                )
            if len(value) > 20:
                say(f"    … y {len(value) - 20} más")
        else:
            text = str(value)
            say(f"  {name}: {text if len(text) < 400 else text[:400] + '…'}")
    say()
