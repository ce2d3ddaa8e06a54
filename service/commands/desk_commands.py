"""Commands of the running desk: `run`, `demo`, `period`, `tray`, `attest`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    say,
    say_json,
    settings_or_complaint,
    table,
)

PeriodCode = Annotated[str, typer.Argument(help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    application.command(
        "run", help="Atiende: lee el buzón, contesta, recuerda y envía, hasta que se detiene."
    )(run)
    application.command(
        "demo", help="Un periodo completo en dos OOAD, con correo de verdad y nada que configurar."
    )(demo)
    application.command(
        "attest", help="Asienta un paso como persona con nombre (lo mismo que contestar con el código)."
    )(attest)
    period = typer.Typer(no_args_is_help=True, help="Los periodos: abrirlos y ver en qué van.")
    application.add_typer(period, name="period")
    period.command("open", help="Abre un periodo del calendario autorizado.")(period_open)
    period.command("status", help="En qué va un periodo: etapas, pasos, listados, lo vencido y por qué.")(
        period_status
    )
    period.command(
        "layout",
        help="Escribe el archivo del listado definitivo para el Prestador de Servicios (CSV o .xlsx).",
    )(period_layout)
    tray = typer.Typer(
        no_args_is_help=True, help="La bandeja: lo que espera a que una persona lo clasifique."
    )
    application.add_typer(tray, name="tray")
    tray.command("list", help="Lo no clasificado y lo que está en cuarentena.")(tray_list)
    tray.command("export", help="Escribe el original de un folio, tal como llegó.")(tray_export)
    tray.command("assign", help="Dice a qué periodo y ámbito pertenece un folio, y lo vuelve a atender.")(
        tray_assign
    )
    tray.command("dismiss", help="Da por visto un folio, con su motivo.")(tray_dismiss)


def run(data: DataOption = None) -> None:
    """Run the service until a signal stops it."""
    import asyncio

    from service.logs import configure_logs
    from service.wiring import Service, service_lock
    from storage.errors import BooksInUse

    configure_logs()
    with settings_or_complaint(data) as settings:
        try:
            with service_lock(settings.data_dir):
                say(f"Oficialía atiende {settings.address}. Deténgala con Ctrl-C.")
                asyncio.run(Service(settings).run())
        except BooksInUse as error:
            raise Complaint(f"Ya hay un servicio que atiende estos libros: {error}") from error


def demo(
    as_json: JsonOption = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", help="Conserva base de datos, buzones y archivos en esta carpeta.", metavar="CARPETA"
        ),
    ] = None,
) -> None:
    """Run the demonstration and tell what happened."""
    import asyncio
    import tempfile

    from service.demo.screen import Screen
    from service.demo.world import DemoStuck, World
    from service.logs import silence_logs

    silence_logs()
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise Complaint(f"La carpeta «{keep}» no está vacía; indique otra.")
    with tempfile.TemporaryDirectory(prefix="oficialia-demo-") as scratch:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        screen = Screen(quiet=as_json)
        world = World(folder, watch=screen.tell)
        try:
            with screen.showing(world):
                result = asyncio.run(world.run())
        except (DemoStuck, TimeoutError) as error:
            raise Complaint(
                f"La demostración no llegó a su fin: {error or 'se agotó el tiempo'}", status=FAILED
            ) from error
    if as_json:
        say_json(result.to_json())
    else:
        screen.sum_up(world, result, keep)
    if not result.journal_ok:
        raise typer.Exit(FAILED)


def period_open(
    code: PeriodCode,
    ooads: Annotated[list[str] | None, typer.Option("--ooad", help="Sólo estos OOAD (se repite).")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a period; the circular is asked of CACyPCS by mail."""
    from actions.open_period import PeriodNotOpened, open_period
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        try:
            opened = writer.act(open_period, code, tuple(ooads or ()))
        except PeriodNotOpened as error:
            raise Complaint(*error.reasons, status=FAILED) from error
    if as_json:
        say_json({"folio": opened.case.folio, "ooads": list(opened.ooads), "left_out": opened.left_out})
        return
    say(
        f"Se abrió {opened.case.folio} con {len(opened.ooads)} OOAD. La CACyPCS recibe la circular para aprobarla."
    )
    for ooad, why in opened.left_out.items():
        say(f"! {ooad} quedó fuera: {why}.")


def period_status(
    code: PeriodCode,
    data: DataOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Todas las actividades, también las que aún no empiezan.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show where a period stands, and the reason of each date."""
    from actions.show_period import NoSuchPeriod, show_period
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        try:
            status = writer.act(show_period, code)
        except NoSuchPeriod as error:
            raise Complaint(f"El periodo {code} no está abierto.") from error
    if as_json:
        say_json(status.to_json())
        return
    say(f"{status.folio}, versión {status.version}: {len(status.steps_done)} de 51 actividades hechas.")
    say()
    rows = []
    for step in status.steps:
        if not every and not step.done and not step.due_on:
            continue
        mark = "✔" if step.is_done else "…" if step.done else " "
        note = "atestado, falta documento" if step.lacks_proof else ""
        note = ", ".join(filter(None, [note, f"{step.late} tarde" if step.late else ""]))
        due = f"{step.due_on:%d-%m-%Y}" if step.due_on else ""
        rows.append((mark, step.step, step.title, f"{step.done}/{step.total}", due, note))
    for line in table(rows, ("", "Act.", "Qué", "Hecho", "Vence", "Nota")):
        say(line)
    if status.late:
        say()
        say("Vencido:")
        for item in status.late:
            say(f"  {item.step} {item.unit}: vencía el {item.due_on:%d-%m-%Y} ({item.reason})")
    if status.lists:
        say()
        say("Listados: " + ", ".join(f"{unit} {state}" for unit, state in status.lists.items()))
    if status.tray or status.quarantined:
        say(
            f"Bandeja: {status.tray} por clasificar, {status.quarantined} en cuarentena («oficialia tray list»)."
        )


def period_layout(
    code: PeriodCode,
    out: Annotated[Path, typer.Argument(help="Archivo por escribir; su terminación decide: .csv o .xlsx.")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quien exporta: clave o correo del directorio.", metavar="PERSONA")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Para qué; queda en la bitácora (5.1.3).")],
    data: DataOption = None,
) -> None:
    """Write the file for the PS again; who did it and why is in the journal."""
    from actions.export_layout import ExportRefused, export_layout
    from service.wiring import writing

    workbook = out.suffix.lower() == ".xlsx"
    with settings_or_complaint(data) as settings, writing(settings) as writer:
        try:
            content = writer.act(export_layout, code, as_person=as_person, reason=reason, workbook=workbook)
        except ExportRefused as error:
            raise Complaint(str(error), status=FAILED) from error
    out.write_bytes(content)
    say(f"Escrito en {out}.")


def attest(
    step: Annotated[str, typer.Argument(help="Actividad, por ejemplo A11.")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quien atesta: clave o correo del directorio.", metavar="PERSONA")
    ],
    period: Annotated[str, typer.Option("--period", help="Periodo, por ejemplo 2027-B1.")],
    unit: Annotated[
        str, typer.Option("--unit", help="Unidad, por ejemplo OOAD07-R03; vacío: nivel central.")
    ] = "",
    text: Annotated[str, typer.Option("--text", help="Folio oficial u observación.")] = "",
    option: Annotated[int | None, typer.Option("--option", help="Opción elegida (A16).")] = None,
    data: DataOption = None,
) -> None:
    """Attest a step by a named person at the keyboard."""
    from actions.attest_step import AttestationRefused, attest_step
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        outcome: Any = writer.act(
            attest_step, period, step, unit, as_person=as_person, text=text, option=option
        )
    if isinstance(outcome, AttestationRefused):
        raise Complaint(*outcome.reasons, status=FAILED)
    for line in outcome:
        say(line)


def tray_list(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List what waits for a person."""
    from service.wiring import writing
    from storage import entries

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        rows = writer.act(lambda desk: entries.tray(desk.session))
        zone = settings.office.zone
    if as_json:
        for row in rows:
            say_json(
                {
                    "folio": row.folio,
                    "state": row.state.value,
                    "received_at": row.received_at,
                    "sender": row.sender,
                    "subject": row.subject,
                    "reason": row.reason,
                }
            )
        return
    if not rows:
        say("La bandeja está vacía.")
        return
    shown = [
        (row.folio, row.state.value, _stamp(row.received_at.astimezone(zone)), row.sender, row.reason[:60])
        for row in rows
    ]
    for line in table(shown, ("Folio", "Estado", "Recibido", "De", "Por qué")):
        say(line)


def tray_export(
    folio: Annotated[str, typer.Argument(help="Folio de la entrada.")],
    out: Annotated[Path, typer.Argument(help="Archivo .eml por escribir.")],
    data: DataOption = None,
) -> None:
    """Write an entry's original to a file."""
    from service.wiring import writing
    from storage import entries

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        row = writer.act(lambda desk: entries.find_entry(desk.session, folio))
        if row is None:
            raise Complaint(f"No hay una entrada con folio {folio}.")
        out.write_bytes(writer.blobs.get(row.blob_sha256))
    say(f"Escrito en {out}.")


def tray_assign(
    folio: Annotated[str, typer.Argument(help="Folio de la entrada.")],
    period: Annotated[str, typer.Option("--period", help="Periodo al que pertenece.")],
    unit: Annotated[
        str, typer.Option("--unit", help="Ámbito al que pertenece, por ejemplo OOAD07-R03-PAC012.")
    ] = "",
    as_person: Annotated[
        str, typer.Option("--as", help="Quien clasifica: clave o correo del directorio.", metavar="PERSONA")
    ] = "",
    data: DataOption = None,
) -> None:
    """Say where an entry belongs; it is read again as if it said so itself."""
    from actions.sort_tray import CannotSort, assign_entry
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        try:
            told = writer.act(assign_entry, folio, period=period, unit=unit, as_person=as_person)
        except CannotSort as error:
            raise Complaint(str(error), status=FAILED) from error
    say(told)


def tray_dismiss(
    folio: Annotated[str, typer.Argument(help="Folio de la entrada.")],
    reason: Annotated[str, typer.Option("--reason", help="Por qué no procede nada.")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quien clasifica: clave o correo del directorio.", metavar="PERSONA")
    ] = "",
    data: DataOption = None,
) -> None:
    """Put an entry aside for good, with a reason; its original stays."""
    from actions.sort_tray import CannotSort, dismiss_entry
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        try:
            told = writer.act(dismiss_entry, folio, reason=reason, as_person=as_person)
        except CannotSort as error:
            raise Complaint(str(error), status=FAILED) from error
    say(told)


def _stamp(instant: datetime) -> str:
    return f"{instant:%d-%m-%Y %H:%M}"
