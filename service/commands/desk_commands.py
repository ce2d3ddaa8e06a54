"""Commands of the running desk: `run`, `demo`, `period`, `tray`, `attest`."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from service.commands.manual import add_command, add_group
from service.commands.speech import (
    FAILED,
    INTERRUPTED,
    Complaint,
    DataOption,
    JsonOption,
    books,
    data_dir,
    existing_file,
    new_file,
    say,
    say_json,
    settings_or_complaint,
    table,
)

if TYPE_CHECKING:
    from actions.attest_step import BroughtDocument
    from actions.show_period import PeriodStatus, StepStatus
    from documents.sandbox import Workshop
    from storage.periods import PeriodRow

T = TypeVar("T")

PeriodCode = Annotated[str, typer.Argument(help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")]
Folio = Annotated[
    str, typer.Argument(help="Folio de la entrada, como lo muestra «tray list».", metavar="FOLIO")
]
Sorter = Annotated[
    str, typer.Option("--as", help="Quién clasifica: clave o correo del directorio.", metavar="PERSONA")
]

_BAR = 20
_MOST_LISTS = 30
"""So many lists are shown one by one; more only with --all."""
_TITLE = 58
"""Columns that the title of a stage gets, so that a line stays within a hundred."""
_STATES = {"unclassified": "por clasificar", "quarantined": "cuarentena"}
_PERIOD_STATES = {
    "planned": "sin abrir",
    "open": "abierto",
    "entrega": "en entrega",
    "comprobacion": "en comprobación",
    "cerrado": "cerrado",
}


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    add_command(
        application,
        "run",
        run,
        says="Atiende: lee el buzón, contesta, recuerda y envía, hasta que se detiene con Ctrl-C o SIGTERM.",
        examples=("oficialia run", "oficialia run --data mi-oficina 2>> oficialia.log"),
    )
    add_command(
        application,
        "demo",
        demo,
        says="Un periodo completo en dos OOAD, con servidores de correo de verdad en esta máquina y nada que configurar.",
        examples=(
            "oficialia demo",
            "oficialia demo --keep mirar     # conserva libros, buzones y archivos",
            "oficialia demo --keep mirar --stay     # se queda abierta, para tomar un teléfono con «oficialia chat»",
            "oficialia demo --json",
        ),
    )
    add_command(
        application,
        "attest",
        attest,
        says="Asienta un paso a nombre de una persona: lo mismo que si contestara el correo con su código. Con --scan trae el documento firmado o el listado rubricado, que se revisa página por página; también después, de un paso ya atestado.",
        examples=(
            "oficialia attest A11 --period 2027-B1 --unit OOAD07-R03 --as SAC-07-03",
            "oficialia attest A11 --period 2027-B1 --unit OOAD07-R03 --as SAC-07-03 --scan rubricado.pdf",
            "oficialia attest A25 --period 2027-B1 --as CACYPCS --text UPIB/045/2027",
        ),
    )
    _register_period(application)
    _register_tray(application)


def _register_period(application: typer.Typer) -> None:
    period = add_group(application, "period", says="Los periodos: abrirlos y ver en qué van.")
    add_command(
        period,
        "open",
        period_open,
        says="Abre un periodo del calendario autorizado; la CACyPCS recibe por correo la circular para aprobarla.",
        examples=(
            "oficialia period open 2027-B1",
            "oficialia period open 2027-B1 --ooad OOAD07 --ooad OOAD21",
        ),
    )
    add_command(
        period,
        "status",
        period_status,
        says="En qué va un periodo: etapas, pasos en curso, fechas con su porqué, listados y lo vencido. Sin periodo, muestra los que hay en el calendario.",
        examples=(
            "oficialia period status",
            "oficialia period status 2027-B1",
            "oficialia period status 2027-B1 --all",
        ),
    )


def _register_tray(application: typer.Typer) -> None:
    tray = add_group(
        application, "tray", says="La bandeja: lo que espera a que una persona diga a qué pertenece."
    )
    add_command(
        tray,
        "list",
        tray_list,
        says="Lo que está por clasificar y lo que está en cuarentena, con su porqué. Con --json, un objeto por renglón.",
        examples=("oficialia tray list",),
    )
    add_command(
        tray,
        "export",
        tray_export,
        says="Escribe en un archivo el original de un folio, tal como llegó. Si es de origen desconocido, no lo abra.",
        examples=("oficialia tray export E-2027-000012 original.eml",),
    )
    add_command(
        tray,
        "assign",
        tray_assign,
        says="Dice a qué periodo y ámbito pertenece un folio, y la mesa lo vuelve a atender. No suple la identidad de quien lo envió: lo que está en cuarentena sigue ahí mientras el directorio no conozca su dirección.",
        examples=(
            "oficialia tray assign E-2027-000012 --period 2027-B1 --unit OOAD07-R03-PAC012 --as CACYPCS",
        ),
    )
    add_command(
        tray,
        "dismiss",
        tray_dismiss,
        says="Da por visto un folio, con su motivo. El original se conserva.",
        examples=("oficialia tray dismiss E-2027-000012 --reason 'es publicidad' --as CACYPCS",),
    )


# ------------------------------------------------------------------ run and demo


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
                say(f"Oficialía atiende {settings.address}. Se detiene con Ctrl-C.")
                asyncio.run(Service(settings).run())
        except BooksInUse as error:
            raise Complaint(f"Estos libros ya los atiende {error.holder}.") from error
    say("Oficialía se detuvo.")


def demo(
    as_json: JsonOption = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            help="Conserva libros, buzones y archivos en esta carpeta, nueva o vacía.",
            metavar="CARPETA",
        ),
    ] = None,
    stay: Annotated[
        bool,
        typer.Option(
            "--stay",
            help="Se queda abierta el tercer día de la entrega, con los teléfonos a la mano, hasta Ctrl-C.",
        ),
    ] = False,
) -> None:
    """Run the demonstration and tell what happened."""
    import asyncio
    import tempfile

    from service.demo.screen import Screen
    from service.demo.world import DemoStuck, World
    from service.logs import silence_logs

    silence_logs()
    if stay and keep is None:
        raise Complaint("--stay necesita saber dónde conservar la oficina: agregue --keep CARPETA.")
    if keep is not None:
        _be_empty(keep)
    with tempfile.TemporaryDirectory(prefix="oficialia-demo-") as scratch:
        folder = data_dir(keep or Path(scratch))
        folder.mkdir(parents=True, exist_ok=True)
        screen = Screen(quiet=as_json)
        world = World(folder, watch=screen.tell, stays=stay)
        try:
            with screen.showing(world):
                result = asyncio.run(_until_ended(world.run(), leave=world.leave if stay else None))
        except asyncio.CancelledError as error:
            raise Complaint("Se interrumpió.", status=INTERRUPTED) from error
        except (DemoStuck, TimeoutError) as error:
            raise Complaint(
                f"La demostración no llegó a su fin: {error or 'se agotó el tiempo'}.", status=FAILED
            ) from error
    if as_json:
        say_json(result.to_json())
    else:
        screen.sum_up(world, result, keep)
    if not result.journal_ok:
        raise typer.Exit(FAILED)


async def _until_ended(work: Awaitable[T], *, leave: Callable[[], None] | None = None) -> T:
    """Do something to its end, or until SIGTERM: that, too, must leave no process and no folder behind.

    What stays open until somebody leaves is left in order by Ctrl-C, and by SIGTERM.
    """
    import asyncio
    import signal

    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leave or task.cancel)
    if leave is not None:
        loop.add_signal_handler(signal.SIGINT, leave)
    return await work


def _be_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise Complaint(f"«{folder}» no es una carpeta.")
    if folder.exists() and any(folder.iterdir()):
        raise Complaint(f"La carpeta «{folder}» no está vacía, y no se escribe encima; indique otra.")


# ------------------------------------------------------------------ periods


def period_open(
    code: PeriodCode,
    ooads: Annotated[
        list[str] | None,
        typer.Option("--ooad", help="Sólo este OOAD (puede repetirse).", metavar="OOAD"),
    ] = None,
    as_person: Annotated[
        str, typer.Option("--as", help="Quién lo abre: clave o correo del directorio.", metavar="PERSONA")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a period; the circular is asked of CACyPCS by mail."""
    from actions.activate_procedure import UnknownPerson
    from actions.attest_step import find_person
    from actions.desk import Desk
    from actions.open_period import OpenedPeriod, PeriodNotOpened, open_period

    def opened(desk: Desk) -> OpenedPeriod:
        person_id = find_person(desk, as_person).id if as_person else None
        return open_period(desk, code, tuple(ooads or ()), person_id=person_id)

    with books(data) as (writer, _settings):
        try:
            outcome = writer.act(opened)
        except UnknownPerson as error:
            raise _nobody(as_person) from error
        except PeriodNotOpened as error:
            raise Complaint(*error.reasons, status=FAILED) from error
    if as_json:
        say_json({"folio": outcome.case.folio, "ooads": list(outcome.ooads), "left_out": outcome.left_out})
        return
    say(f"Se abrió {outcome.case.folio} con {', '.join(outcome.ooads)}.")
    for ooad, why in outcome.left_out.items():
        say(f"! {ooad} quedó fuera: {why}.")
    say("La CACyPCS recibe por correo la circular para aprobarla, en cuanto atienda «oficialia run».")


def period_status(
    code: Annotated[
        str,
        typer.Argument(help="Periodo, por ejemplo 2027-B1. Sin él, todos.", metavar="[PERIODO]"),
    ] = "",
    data: DataOption = None,
    every: Annotated[
        bool, typer.Option("--all", help="Muestra también las actividades que aún no empiezan.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show where a period stands, and the reason of each date."""
    from actions.desk import Desk
    from actions.find_unit import NoSuchPeriod
    from actions.show_period import show_period
    from storage import periods

    def known(desk: Desk) -> "list[PeriodRow]":
        return periods.all_periods(desk.session)

    with books(data) as (writer, _settings):
        if not code:
            _tell_periods(writer.act(known), as_json=as_json)
            return
        try:
            status = writer.act(show_period, code)
        except NoSuchPeriod as error:
            planned = {row.code for row in writer.act(known)}
            hint = (
                f"Está en el calendario; ábralo con «oficialia period open {code}»."
                if code in planned
                else f"No está en el calendario autorizado. Los que hay: {', '.join(sorted(planned)) or 'ninguno'}."
            )
            raise Complaint(f"El periodo {code} no está abierto.", hint, status=FAILED) from error
    if as_json:
        say_json(status.to_json())
        return
    for line in _period_in_lines(status, every=every):
        say(line)


def _tell_periods(rows: "list[PeriodRow]", *, as_json: bool) -> None:
    if as_json:
        periods = [
            {"period": row.code, "state": row.state.value, "t0": row.t0, "t1": row.t1, "r": row.r}
            for row in rows
        ]
        say_json({"periods": periods})
        return
    if not rows:
        say("No hay un calendario autorizado. Cárguelo con «oficialia import-calendar».")
        return
    shown = [
        (
            row.code,
            _PERIOD_STATES[row.state.value],
            f"del {row.t0:%d-%m-%Y} al {row.t1:%d-%m-%Y}",
            f"{row.r:%d-%m-%Y}",
        )
        for row in rows
    ]
    for line in table(shown, ("Periodo", "Estado", "Entrega", "Recurso al PS")):
        say(line)


def _period_in_lines(status: "PeriodStatus", *, every: bool) -> Iterator[str]:
    """Yield where a period stands, within a hundred columns."""
    yield f"{status.folio}, versión {status.version}: {len(status.steps_done)} de {len(status.steps)} actividades hechas."
    yield ""
    for stage, (done, total) in status.stages.items():
        filled = _BAR * done // total if total else 0
        title = _cut(status.stage_titles[stage], _TITLE)
        yield f"{stage:>3}  {title:<{_TITLE}}  {'█' * filled}{'░' * (_BAR - filled)} {done:>4}/{total}"
    steps = [step for step in status.steps if every or step.open]
    yield ""
    if steps:
        rows = [
            (
                "✔" if step.is_done else "…" if step.open else " ",
                step.step,
                _cut(step.title, 44),
                f"{step.done}/{step.total}",
                "/".join(step.by),
                f"{step.due_on:%d-%m-%Y}" if step.due_on else "",
                _note_of(step),
            )
            for step in steps
        ]
        yield from table(rows, ("", "Act.", "Qué", "Hecho", "Quién", "Vence", "Nota"))
        yield ""
        yield from (f"  {step.step}: {step.due_reason}." for step in steps if step.open and step.due_reason)
    else:
        yield "Nada está en curso."
    lacking = [step.step for step in status.steps if step.lacks_proof]
    if lacking:
        yield f"Atestado, falta documento: {', '.join(lacking)}."
    if status.late:
        yield ""
        yield "Vencido:"
        for item in status.late:
            yield f"  {item.step}, {item.unit}: el {item.due_on:%d-%m-%Y} ({item.reason})."
    if status.lists:
        yield ""
        yield "Listados:"
        yield from _lists_in_lines(status.lists, every=every)
    if status.tray or status.quarantined:
        yield ""
        yield f"Bandeja: {status.tray} por clasificar, {status.quarantined} en cuarentena («oficialia tray list»)."


def _lists_in_lines(lists: dict[str, str], *, every: bool) -> Iterator[str]:
    """Yield every list, or of many only how many stand how."""
    if every or len(lists) <= _MOST_LISTS:
        yield from (f"  {unit}: {_words_of(state)}" for unit, state in lists.items())
        return
    standing = Counter(_words_of(state.partition(" ")[2]) for state in lists.values())
    yield from (f"  {count} {state}" for state, count in standing.most_common())


def _words_of(state: str) -> str:
    return state.replace("_", " ")


def _note_of(step: "StepStatus") -> str:
    return f"{step.late} tarde" if step.late else ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


# ------------------------------------------------------------------ acts


def attest(
    step: Annotated[str, typer.Argument(help="Actividad, por ejemplo A11.", metavar="ACTIVIDAD")],
    as_person: Annotated[
        str, typer.Option("--as", help="Quién atesta: clave o correo del directorio.", metavar="PERSONA")
    ],
    period: Annotated[str, typer.Option("--period", help="Periodo, por ejemplo 2027-B1.", metavar="PERIODO")],
    unit: Annotated[
        str,
        typer.Option(
            "--unit", help="Unidad, por ejemplo OOAD07-R03; sin ella, el nivel central.", metavar="UNIDAD"
        ),
    ] = "",
    text: Annotated[str, typer.Option("--text", help="Folio oficial u observación.", metavar="TEXTO")] = "",
    option: Annotated[
        int | None, typer.Option("--option", help="Opción elegida, de las del correo (A16).", metavar="N")
    ] = None,
    scan: Annotated[
        list[Path] | None,
        typer.Option(
            "--scan",
            help="Documento escaneado: PDF, o una fotografía por página repitiendo la opción.",
            metavar="ARCHIVO",
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Attest a step by a named person at the keyboard."""
    from actions.attest_step import AttestationRefused, attest_step

    paths = _scans(scan or [])
    with books(data) as (writer, _settings):
        outcome = writer.act(
            attest_step,
            period,
            step.upper(),
            unit,
            as_person=as_person,
            text=text,
            option=option,
            document=_brought(paths, writer.workshop) if paths else None,
        )
    if isinstance(outcome, AttestationRefused):
        hint = () if unit else ("Si el paso es de un OOAD, una región o un PAC, indíquelo con --unit.",)
        raise Complaint(*outcome.reasons, *hint, status=FAILED)
    for line in outcome:
        say(line)


def _scans(given: list[Path]) -> list[Path]:
    """Return the files of a scan, or complain of the first that cannot be one."""
    from documents.scans import SCANS, is_scan

    for path in given:
        existing_file(path)
        if not is_scan(path.name):
            raise Complaint(
                f"«{path.name}» no es un documento escaneado; se admiten: {', '.join(sorted(SCANS))}."
            )
    return given


def _brought(paths: list[Path], workshop: "Workshop") -> "BroughtDocument":
    from actions.attest_step import BroughtDocument
    from documents.scans import open_scan

    return BroughtDocument(
        files=tuple((path.name, path.read_bytes()) for path in paths),
        scan=open_scan(workshop, [(path, path.name) for path in paths]),
    )


# ------------------------------------------------------------------ the tray


def tray_list(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List what waits for a person."""
    from storage import entries

    with books(data) as (writer, settings):
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
    for row in rows:
        received = row.received_at.astimezone(zone)
        state = _STATES[row.state.value]
        say(f"{row.folio}  {state:<14}  {received:%d-%m-%Y %H:%M}  {row.sender or 'sin remitente legible'}")
        if row.subject:
            say(f"    {_cut(row.subject, 96)}")
        say(f"    {row.reason}")


def tray_export(
    folio: Folio,
    out: Annotated[Path, typer.Argument(help="Archivo por escribir (.eml).", metavar="ARCHIVO")],
    data: DataOption = None,
) -> None:
    """Write an entry's original to a file."""
    from storage import entries

    with books(data) as (writer, _settings):
        row = writer.act(lambda desk: entries.find_entry(desk.session, folio))
        if row is None:
            raise Complaint(f"No hay una entrada con folio {folio}.")
        new_file(out).write_bytes(writer.blobs.get(row.blob_sha256))
    say(f"Escrito en {out}.")


def tray_assign(
    folio: Folio,
    period: Annotated[str, typer.Option("--period", help="Periodo al que pertenece.", metavar="PERIODO")],
    as_person: Sorter,
    unit: Annotated[
        str,
        typer.Option(
            "--unit", help="Ámbito al que pertenece, por ejemplo OOAD07-R03-PAC012.", metavar="UNIDAD"
        ),
    ] = "",
    data: DataOption = None,
) -> None:
    """Say where an entry belongs; it is read again as if it said so itself."""
    from actions.sort_tray import CannotSort, assign_entry

    with books(data) as (writer, _settings):
        try:
            told = writer.act(assign_entry, folio, period=period, unit=unit, as_person=as_person)
        except CannotSort as error:
            raise Complaint(str(error), status=FAILED) from error
    say(told)


def tray_dismiss(
    folio: Folio,
    reason: Annotated[str, typer.Option("--reason", help="Por qué no procede nada.", metavar="MOTIVO")],
    as_person: Sorter,
    data: DataOption = None,
) -> None:
    """Put an entry aside for good, with a reason; its original stays."""
    from actions.sort_tray import CannotSort, dismiss_entry

    with books(data) as (writer, _settings):
        try:
            told = writer.act(dismiss_entry, folio, reason=reason, as_person=as_person)
        except CannotSort as error:
            raise Complaint(str(error), status=FAILED) from error
    say(told)


def _nobody(name: str) -> Complaint:
    return Complaint(f"Nadie en el directorio tiene la clave o el correo «{name}».")
