"""Commands of the circular of the delivery period: `circular preview`, `circular status`, `circular note`."""

from collections import Counter
from collections.abc import Iterator
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
    say,
    say_json,
    table,
)

if TYPE_CHECKING:
    from datetime import tzinfo

    from actions.desk import Desk
    from actions.preview_delivery import DeliveryPreview
    from actions.show_circular import CircularStatus

PeriodCode = Annotated[str, typer.Argument(help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")]

_MESSAGES = {
    "M-23": "circular",
    "M-23S": "circular que sustituye",
    "M-24a": "copia al SAC",
    "M-24b": "copia al PAC",
}
_MOST_COPIES = 60
"""So many recipients are shown one by one; more only with --all."""


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    circular = add_group(
        application,
        "circular",
        says="La circular del periodo de entrega (actividad 34): verla antes de que salga y saber qué fue de ella.",
    )
    add_command(
        circular,
        "preview",
        circular_preview,
        says="La circular como saldría hoy: fechas, impedimentos, avisos, a quién llega y tres correos reales. No envía nada.",
        examples=(
            "oficialia circular preview 2027-B1",
            "oficialia circular preview 2027-B1 --out muestras     # escribe los correos y sus anexos",
        ),
    )
    add_command(
        circular,
        "status",
        circular_status,
        says="Qué fue de la circular, por destinatario: en la salida, aceptada, devuelta, con acuse, turnada o en silencio.",
        examples=("oficialia circular status 2027-B1", "oficialia circular status 2027-B1 --json"),
    )
    add_command(
        circular,
        "note",
        circular_note,
        says="Pone indicaciones adicionales en la circular, o las quita si el texto va vacío. Sólo la CACyPCS; lo ya aprobado se aprueba de nuevo.",
        examples=(
            "oficialia circular note 2027-B1 'En Ocosingo se atiende por orden de llegada.' --as CACYPCS",
        ),
    )


def circular_preview(
    period: PeriodCode,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Carpeta nueva donde escribir los correos de muestra y sus anexos.",
            metavar="CARPETA",
        ),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the circular before it leaves."""
    from actions.preview_delivery import preview_delivery
    from actions.read_case import read_situation
    from storage import cases

    if out is not None and out.exists():
        raise Complaint(f"Ya existe «{out}», y no se escribe encima; indique otra carpeta.")

    def shown(desk: "Desk") -> "DeliveryPreview | None":
        case = cases.find_case(desk.session, f"0780-003-002/{period}")
        return preview_delivery(desk, case, read_situation(desk, case, "")) if case is not None else None

    with books(data) as (writer, settings):
        preview = writer.act(shown)
        zone = settings.office.zone
    if preview is None:
        raise _not_open(period)
    if out is not None:
        _write_samples(preview, out)
    if as_json:
        say_json(_preview_json(preview))
        return
    for line in _preview_in_lines(preview, zone):
        say(line)
    if out is not None:
        say(f"Las muestras y sus anexos están en {out}.")


def _write_samples(preview: "DeliveryPreview", out: Path) -> None:
    out.mkdir(parents=True)
    for number, sample in enumerate(preview.samples, 1):
        (out / f"muestra-{number}.eml").write_bytes(sample.original)
    for file in preview.attachments:
        (out / file.name).write_bytes(file.data)


def _preview_json(preview: "DeliveryPreview") -> dict[str, object]:
    names = ("ooad", "through", "circulars", "sac", "pac", "people")
    return {
        "folio": preview.folio,
        "replaces": preview.old_folio,
        "changes": list(preview.changes),
        "t0": preview.content.t0,
        "t1": preview.content.t1,
        "leaves_at": preview.leaves_at,
        "blockers": list(preview.blockers),
        "warnings": list(preview.warnings),
        "unreachable": list(preview.unreachable),
        "offices": [dict(zip(names, row, strict=True)) for row in preview.offices],
        "letters": preview.recipient_count,
        "digest": preview.content.digest,
        "samples": [
            {"about": sample.about, "subject": sample.subject, "text": sample.text}
            for sample in preview.samples
        ],
    }


def _preview_in_lines(preview: "DeliveryPreview", zone: "tzinfo") -> Iterator[str]:
    content = preview.content
    replaces = f", deja sin efectos la {preview.old_folio}" if preview.old_folio else ""
    yield f"Circular {preview.folio}{replaces}: entrega del {content.t0:%d-%m-%Y} al {content.t1:%d-%m-%Y}."
    leaves = preview.leaves_at
    yield (
        f"Una vez aprobada, sale el {leaves.astimezone(zone):%d-%m-%Y a las %H:%M}."
        if leaves
        else "Una vez aprobada, sale en seguida."
    )
    for title, lines in (
        ("Qué cambia", preview.changes),
        ("Impedimentos", preview.blockers),
        ("Avisos", preview.warnings),
        ("Sin dirección que funcione", preview.unreachable),
    ):
        if lines:
            yield ""
            yield f"{title}:"
            yield from (f"  - {line}" for line in lines)
    yield ""
    yield from table(preview.offices, ("OOAD", "A través de", "Circular", "SAC", "PAC", "Personas"))
    yield f"En total, {preview.recipient_count} correos."
    for number, sample in enumerate(preview.samples, 1):
        yield ""
        yield f"── Muestra {number}. {sample.about}"
        yield f"Asunto: {sample.subject}"
        yield ""
        yield from sample.text.splitlines()


def circular_status(
    period: PeriodCode,
    data: DataOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Muestra a cada destinatario, por muchos que sean.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what became of the circular."""
    from actions.show_circular import NoSuchCircular, show_circular

    with books(data) as (writer, settings):
        try:
            status = writer.act(show_circular, period)
        except NoSuchCircular as error:
            raise _not_open(period) from error
        zone = settings.office.zone
    if as_json:
        say_json(status.to_json())
        return
    for line in _status_in_lines(status, zone, every=every):
        say(line)


def _status_in_lines(status: "CircularStatus", zone: "tzinfo", *, every: bool) -> Iterator[str]:
    yield f"Circular {status.folio}, periodo {status.period}: {status.state}."
    if status.copies:
        yield ""
        for ooad, arrived in status.delivered.items():
            yield f"  {status.names[ooad]}: {'entregada' if arrived else 'no entregada'}"
        yield ""
        counts = Counter(copy.fate.value for copy in status.copies)
        yield "; ".join(f"{count} {fate}" for fate, count in counts.most_common()) + "."
        yield ""
        shown = status.copies if every or len(status.copies) <= _MOST_COPIES else ()
        if shown:
            rows = [
                (
                    _MESSAGES[copy.template],
                    copy.unit_words.split(",")[0],
                    copy.name,
                    copy.fate.value,
                    f"{copy.at.astimezone(zone):%d-%m-%Y %H:%M}" if copy.at else "",
                )
                for copy in shown
            ]
            yield from table(rows, ("Carta", "Unidad", "A quién", "Qué fue de ella", "Cuándo"))
        else:
            yield f"Son {len(status.copies)} destinatarios; con --all se muestran todos."
    if status.unreachable:
        yield ""
        yield "Sin dirección que funcione:"
        yield from (f"  - {line}" for line in status.unreachable)


def circular_note(
    period: PeriodCode,
    text: Annotated[str, typer.Argument(help="Lo que se agrega; vacío, se quita.", metavar="TEXTO")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quién lo indica: clave o correo del directorio.", metavar="PERSONA")
    ],
    data: DataOption = None,
) -> None:
    """Add something to the circular, or take it away."""
    from actions.activate_procedure import UnknownPerson
    from actions.note_circular import NotAllowed, note_circular

    with books(data) as (writer, _settings):
        try:
            told = writer.act(note_circular, period, text, as_person=as_person)
        except UnknownPerson as error:
            raise Complaint(f"Nadie en el directorio tiene la clave o el correo «{as_person}».") from error
        except NotAllowed as error:
            raise Complaint(error.reason, status=FAILED) from error
    for line in told:
        say(line)


def _not_open(period: str) -> Complaint:
    return Complaint(
        f"El periodo {period} no está abierto.", "«oficialia period status» dice cuáles hay.", status=FAILED
    )
