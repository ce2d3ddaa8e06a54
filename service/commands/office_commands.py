"""Commands that set up an office: `init`, `check`, the imports, `verify`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from service.commands.speech import (
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    data_dir,
    say,
    say_json,
    settings_or_complaint,
)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Muestra qué cambiaría, sin guardar nada.")]
Template = Annotated[
    Path | None, typer.Option("--template", help="Escribe aquí el libro en blanco para llenarlo.")
]
Workbook = Annotated[Path | None, typer.Argument(help="Libro de Excel (.xlsx).", metavar="[ARCHIVO.xlsx]")]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    application.command(
        "init", help="Prepara una oficina: pregunta, escribe los ajustes y se conecta de verdad."
    )(init)
    application.command(
        "check", help="Revisa buzón, correo de salida, base de datos, reloj, calendario y disco."
    )(check)
    application.command(
        "import-directory", help="Carga el directorio: unidades, puestos, personas, ámbitos, NUM, tarifas…"
    )(import_directory)
    application.command(
        "import-calendar", help="Carga el calendario anual autorizado, si es factible (F-1 a F-8)."
    )(import_calendar)
    application.command("import-localities", help="Carga el catálogo de localidades del INEGI (AGEEML).")(
        import_localities
    )
    application.command(
        "verify", help="Comprueba la bitácora y los originales: dice si algo se alteró, y dónde."
    )(verify)


def init(
    data: DataOption = None,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Respuesta dada de antemano, nombre=valor (se repite).", metavar="NOMBRE=VALOR"
        ),
    ] = None,
    connect: Annotated[
        bool, typer.Option("--connect/--no-connect", help="Conectarse al buzón y al correo de salida.")
    ] = True,
    assume: Annotated[
        bool, typer.Option("--yes", "-y", help="No preguntar: lo no dado queda con su valor de costumbre.")
    ] = False,
) -> None:
    """Ask, write the settings, prepare the books, and connect."""
    import asyncio

    from service.checkup import examine_mailbox, examine_post
    from service.settings import BadSettings, Settings, read_settings, settings_path, write_settings
    from service.wiring import writing

    folder = data_dir(data)
    given = dict(_pair(item) for item in answers or [])
    unknown = sorted(set(given) - set(Settings.model_fields))
    if unknown:
        raise Complaint(
            f"No conozco estos ajustes: {', '.join(unknown)}.",
            f"Los que hay: {', '.join(Settings.model_fields)}.",
        )
    if settings_path(folder).exists():
        say(f"Ya hay ajustes en {settings_path(folder)}; se conservan.")
    else:
        _write_answers(folder, given, assume=assume, write=write_settings, fields=Settings.model_fields)
    try:
        settings = read_settings(folder)
    except BadSettings as error:
        settings_path(folder).unlink()
        raise Complaint(
            "Los ajustes tienen problemas:", *(f"  - {problem}" for problem in error.problems)
        ) from error
    with writing(settings) as writer:
        from actions.prepare_office import prepare_office

        writer.act(prepare_office)
    say(f"La oficina quedó preparada en {folder}.")
    if connect:
        failures = 0
        for found in (asyncio.run(examine_mailbox(settings)), asyncio.run(examine_post(settings))):
            say(f"{'✔' if found.ok else '✘'} {found.part}: {found.found}")
            if not found.ok:
                failures += 1
                say(f"   {found.mend}")
        if failures:
            raise typer.Exit(FAILED)
    say("Siga con «oficialia import-directory» e «oficialia import-calendar»; «oficialia check» revisa todo.")


def _pair(item: str) -> tuple[str, str]:
    name, sign, value = item.partition("=")
    if not sign:
        raise Complaint(f"«{item}» no es NOMBRE=VALOR.")
    return name.strip(), value.strip()


_ASKED = (
    "office_name",
    "address",
    "timezone",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_user",
    "imap_password",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_user",
    "smtp_password",
    "authserv_id",
)


def _write_answers(folder: Path, given: dict[str, str], *, assume: bool, write: Any, fields: Any) -> None:
    values: dict[str, str | int | float] = {}
    for name in (*_ASKED, *sorted(set(given) - set(_ASKED))):
        field = fields[name]
        default = field.get_default(call_default_factory=True)
        secret = name.endswith("password")
        usual = "" if secret else default
        if name in given:
            answer: Any = given[name]
        elif assume:
            answer = usual
        else:
            answer = typer.prompt(
                field.description, default=usual, hide_input=secret, show_default=not secret
            )
        values[name] = (
            int(answer)
            if isinstance(default, int)
            else float(answer)
            if isinstance(default, float)
            else str(answer)
        )
    write(folder, values)


def check(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Examine every part and say how to mend what is wrong; exit status 1 if something is."""
    from service.checkup import examine
    from service.clock import SystemClock

    with settings_or_complaint(data) as settings:
        found = []
        for item in examine(settings, SystemClock().now()):
            found.append(item)
            if not as_json:
                say(f"{'✔' if item.ok else '✘'} {item.part}: {item.found}")
                if item.mend:
                    say(f"   {item.mend}")
    ok = all(item.ok for item in found)
    if as_json:
        say_json(
            {
                "ok": ok,
                "parts": [
                    {"part": item.part, "ok": item.ok, "found": item.found, "mend": item.mend}
                    for item in found
                ],
            }
        )
    if not ok:
        raise typer.Exit(FAILED)


def import_directory(
    workbook: Workbook = None,
    template: Template = None,
    data: DataOption = None,
    dry_run: DryRun = False,
    retire_missing: Annotated[
        bool,
        typer.Option("--retire-missing", help="Da por terminados los nombramientos que el libro ya no trae."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load the directory, or write its workbook."""
    from documents.directory.reading import read_directory
    from documents.directory.template import write_template

    if template is not None:
        write_template(template)
        say(f"Plantilla escrita en {template}.")
        return
    path = _required(workbook)
    reading = read_directory(path)
    _complain_of(reading.problems, as_json=as_json)
    from actions.import_directory import import_directory as load
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        outcome = writer.act(
            lambda desk: load(
                desk.session, reading, now=desk.now, dry_run=dry_run, retire_missing=retire_missing
            )
        )
    _tell(outcome, dry_run=dry_run, as_json=as_json)


def import_calendar(
    workbook: Workbook = None,
    template: Template = None,
    data: DataOption = None,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> None:
    """Load the annual calendar, or write its workbook."""
    from documents.calendar_template import write_template
    from documents.calendar_workbook import read_calendar

    if template is not None:
        write_template(template)
        say(f"Plantilla escrita en {template}.")
        return
    path = _required(workbook)
    reading = read_calendar(path)
    _complain_of(reading.problems, as_json=as_json)
    from actions.import_calendar import import_calendar as load
    from service.wiring import writing

    with settings_or_complaint(data) as settings, writing(settings) as writer:
        outcome = writer.act(lambda desk: load(desk.session, reading, now=desk.now, dry_run=dry_run))
    _tell(outcome, dry_run=dry_run, as_json=as_json)


def import_localities(
    file: Annotated[Path, typer.Argument(help="Archivo del INEGI (AGEEML), CSV o .xlsx.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load INEGI's catalogue of localities."""
    from actions.import_localities import import_localities as load
    from service.wiring import writing

    if not file.exists():
        raise Complaint(f"No existe el archivo «{file}».")
    started = time.monotonic()
    with settings_or_complaint(data) as settings, writing(settings) as writer:
        outcome = writer.act(lambda desk: load(desk.session, file, now=desk.now))
    _tell(outcome, dry_run=False, as_json=as_json)
    if not as_json:
        say(f"En {time.monotonic() - started:.1f} s.")


def _required(workbook: Path | None) -> Path:
    if workbook is None:
        raise Complaint("Indique el libro por cargar, o pida la plantilla con --template ARCHIVO.xlsx.")
    if not workbook.exists():
        raise Complaint(f"No existe el archivo «{workbook}».")
    return workbook


def _complain_of(problems: Any, *, as_json: bool) -> None:
    errors = [problem for problem in problems if problem.is_error]
    if as_json and errors:
        say_json({"ok": False, "problems": [problem.to_json() for problem in problems]})
        raise typer.Exit(FAILED)
    for problem in problems:
        say(f"{'✘' if problem.is_error else '!'} {problem.sentence}")
    if errors:
        say(
            f"No se cargó nada: corrija {'lo señalado' if len(errors) > 1 else 'el problema señalado'} y vuelva a intentarlo."
        )
        raise typer.Exit(FAILED)


def _tell(outcome: Any, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        say_json(outcome.to_json())
    else:
        for line in outcome.sentences:
            say(line)
        if dry_run:
            say("No se guardó nada: fue una prueba (--dry-run).")
    if not outcome.accepted:
        raise typer.Exit(FAILED)


def verify(
    data: DataOption = None,
    head: Annotated[
        str, typer.Option("--head", help="Sello publicado (resumen semanal) contra el cual comparar.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Verify the journal's chain and every original; exit status 1 says that something was altered."""
    from service.wiring import open_store
    from storage.blobs import open_blobs
    from storage.verification import verify as verify_books

    with settings_or_complaint(data) as settings:
        store = open_store(settings)
        try:
            found = verify_books(store, open_blobs(settings.data_dir, store), head=head or None)
        finally:
            store.close()
    if as_json:
        say_json(
            {
                "ok": found.ok,
                "rows": found.rows,
                "seals": found.seals,
                "head": found.head,
                "problems": [{"place": item.place, "what": item.what} for item in found.problems],
            }
        )
    else:
        for item in found.problems:
            say(f"✘ {item.place}: {item.what}")
        if found.ok:
            say(
                f"✔ Bitácora íntegra: {found.rows} renglones, {found.seals} sellos. Último sello: {found.head}"
            )
    if not found.ok:
        raise typer.Exit(FAILED)
