"""Commands about single files: `inspect`. They change nothing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.manual import add_command, add_group
from service.commands.speech import JsonOption, say, say_json

if TYPE_CHECKING:
    from documents.sandbox import Workshop

Files = Annotated[list[Path], typer.Argument(help="Archivos por examinar.", metavar="ARCHIVO…")]
Found = dict[str, Any]

_WORKERS = 2
_SHOWN = 20
"""Items of a list that a person is shown; programs get all of them."""
_LONG = 400
_FOR_PROGRAMS = frozenset({"file", "texts", "seconds"})
_WORDS = {
    "from_email": "de",
    "from_name": "nombre",
    "to": "para",
    "subject": "asunto",
    "date": "fecha",
    "body_text": "texto",
    "attachments": "adjuntos",
    "class": "clase",
    "recipients": "destinatarios fallidos",
    "problems": "observaciones",
    "outcome": "resultado",
    "error": "motivo",
    "sheets": "hojas",
    "rows": "renglones",
    "version": "versión",
    "uuid": "folio fiscal",
    "emisor_rfc": "RFC del emisor",
    "receptor_rfc": "RFC del receptor",
}
_OUTCOMES = {
    "list": "un listado",
    "table": "una tabla, que no es un listado",
    "refused": "no se recibe",
    "cfdi": "un CFDI",
}
_CLASSES = {
    "normal": "de una persona",
    "bounce": "rebote: no se entregó",
    "delay": "aviso de demora",
    "auto_reply": "respuesta automática",
    "challenge": "pide confirmar que escribe una persona",
    "complaint": "queja por correo no deseado",
    "receipt": "acuse de lectura o de entrega",
    "list": "de una lista de correo",
}


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    inspect = add_group(
        application,
        "inspect",
        says="Dice qué entendería la mesa de unos archivos, sin cambiar nada. Con --json, un objeto por archivo, en el orden dado.",
    )
    add_command(
        inspect,
        "mail",
        inspect_mail,
        says="Correos (.eml): de quién son, qué dicen, qué traen, y si los escribió una persona o una máquina.",
        examples=("oficialia inspect mail correo.eml", "oficialia inspect mail --json *.eml"),
    )
    add_command(
        inspect,
        "sheet",
        inspect_sheet,
        says="Libros de Excel: si cada uno es un listado, una tabla o algo que no se recibe, y por qué.",
        examples=("oficialia inspect sheet listado.xlsx", "oficialia inspect sheet --json *.xlsx"),
    )
    add_command(
        inspect,
        "cfdi",
        inspect_cfdi,
        says="Comprobantes fiscales (XML): folio fiscal, RFC, importes y conceptos.",
        examples=("oficialia inspect cfdi factura.xml",),
    )


def inspect_mail(files: Files, as_json: JsonOption = False) -> None:
    """Tell what the desk would make of mails."""
    _inspect(files, _look_at_mail, as_json=as_json)


def inspect_sheet(files: Files, as_json: JsonOption = False) -> None:
    """Tell what the desk would make of workbooks."""
    _inspect(files, _look_at_sheet, as_json=as_json)


def inspect_cfdi(files: Files, as_json: JsonOption = False) -> None:
    """Tell what the desk would make of CFDIs."""
    _inspect(files, _look_at_cfdi, as_json=as_json)


def _inspect(files: list[Path], look: "Callable[[Workshop, Path], Found]", *, as_json: bool) -> None:
    for found in _looked_at(files, look):
        if as_json:
            say_json(found)
        else:
            for line in _in_lines(found):
                say(line)


def _looked_at(files: list[Path], look: "Callable[[Workshop, Path], Found]") -> Iterator[Found]:
    """Yield what is found of each file, in the order given, a few of them being read at a time."""
    from concurrent.futures import ThreadPoolExecutor

    from documents.sandbox import Workshop

    workers = min(_WORKERS, len(files))
    workshop = Workshop(workers=workers)
    threads = ThreadPoolExecutor(max_workers=workers)
    try:
        yield from threads.map(lambda path: look(workshop, path), files)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        workshop.close()


def _look_at_mail(workshop: "Workshop", path: Path) -> Found:
    from documents.errors import DocumentError

    started = time.perf_counter()
    try:
        found: Found = workshop.run("mail.parsing:inspect_mail", str(path.absolute()))
    except DocumentError:
        found = {
            "file": "",
            "from_email": "",
            "from_name": "",
            "to": [],
            "subject": "",
            "date": None,
            "body_text": "",
            "attachments": [],
            "class": "normal",
            "recipients": [],
            "problems": ["El correo no pudo leerse dentro de los límites de tiempo y memoria."],
        }
    return {**found, "file": str(path), "seconds": round(time.perf_counter() - started, 4)}


def _look_at_sheet(workshop: "Workshop", path: Path) -> Found:
    from documents.inspection import look_at_sheet

    found: Found = look_at_sheet(workshop, path)
    return {**found, "file": str(path)}


def _look_at_cfdi(workshop: "Workshop", path: Path) -> Found:
    from documents.inspection import look_at_cfdi

    found: Found = look_at_cfdi(workshop, path)
    return {name: value for name, value in {**found, "file": str(path)}.items() if name != "seconds"}


def _in_lines(found: Found) -> Iterator[str]:
    """Yield what was found, for a person."""
    yield f"■ {found['file']}"
    for name, value in found.items():
        if name in _FOR_PROGRAMS or value in ("", None, []):
            continue
        label = _WORDS.get(name, name)
        if isinstance(value, list):
            yield f"  {label}:"
            yield from (f"    - {_item(item)}" for item in value[:_SHOWN])
            if len(value) > _SHOWN:
                yield f"    … y {len(value) - _SHOWN} más"
            continue
        text = str({"outcome": _OUTCOMES, "class": _CLASSES}.get(name, {}).get(value, value)).strip()
        text = text if len(text) < _LONG else f"{text[:_LONG]}…"
        yield f"  {label}: {text}".replace("\n", "\n    ")
    yield ""


def _item(item: object) -> str:
    """Return one sheet, attachment, recipient or concept on a line."""
    match item:
        case {"name": name, "rows": rows, "columns": columns}:
            return f"{name} ({rows} renglones, {columns} columnas)"
        case {"name": name, "type": media_type, "size": size}:
            return f"{name or 'sin nombre'} ({media_type}, {size} bytes)"
        case {"email": email, "permanent": permanent}:
            return f"{email} ({'definitivo' if permanent else 'pasajero'})"
        case dict():
            return "; ".join(f"{name} {value}" for name, value in item.items() if value not in ("", None))
    return str(item)
