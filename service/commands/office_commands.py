"""Commands that set up an office: `init`, `check`, the imports, `verify`."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.manual import add_command
from service.commands.speech import (
    BUSY,
    FAILED,
    Complaint,
    DataOption,
    JsonOption,
    bad_settings,
    books,
    data_dir,
    existing_file,
    new_file,
    say,
    say_aside,
    say_json,
    settings_or_complaint,
    table,
)

if TYPE_CHECKING:
    from actions.desk import Desk
    from actions.import_calendar import CalendarImport
    from actions.import_directory import DirectoryImport
    from documents.directory.values import Problem
    from service.checkup import Examined
    from service.settings import Settings

DryRun = Annotated[bool, typer.Option("--dry-run", help="Muestra qué cambiaría, sin guardar nada.")]
Template = Annotated[
    Path | None,
    typer.Option("--template", help="Escribe aquí el libro en blanco, para llenarlo.", metavar="ARCHIVO"),
]
Workbook = Annotated[
    Path | None, typer.Argument(help="Libro de Excel (.xlsx) ya lleno.", metavar="[ARCHIVO.xlsx]")
]


def register(application: typer.Typer) -> None:
    """Add the commands to the command line."""
    add_command(
        application,
        "init",
        init,
        says="Prepara una oficina: pregunta, escribe los ajustes y se conecta de verdad.",
        examples=(
            "oficialia init --data mi-oficina",
            "oficialia init --data mi-oficina --set imap_port=993     # cambia un ajuste y conserva los demás",
            "oficialia init --yes --set address=mesa@example.org --set imap_host=correo.example.org …",
        ),
    )
    add_command(
        application,
        "check",
        check,
        says="Revisa buzón, correo de salida, libros, reloj, directorio, procedimiento, calendario y disco, y dice cómo remediar lo que falle.",
        examples=("oficialia check", "oficialia check --data mi-oficina --json"),
    )
    add_command(
        application,
        "import-directory",
        import_directory,
        says="Carga el directorio: unidades, puestos, personas, ámbitos, NUM, tarifas, oficinas del PS y lo demás que pide su libro. Se puede repetir: lo que ya existe se actualiza y nada se borra por faltar.",
        examples=(
            "oficialia import-directory --template directorio.xlsx",
            "oficialia import-directory directorio.xlsx --dry-run",
            "oficialia import-directory directorio.xlsx",
        ),
    )
    add_command(
        application,
        "import-calendar",
        import_calendar,
        says="Carga el calendario anual autorizado, si es factible (F-1 a F-8). Uno que no lo es se rechaza con sus razones, y sigue en vigor el anterior.",
        examples=(
            "oficialia import-calendar --template calendario.xlsx",
            "oficialia import-calendar calendario.xlsx --dry-run",
            "oficialia import-calendar calendario.xlsx",
        ),
    )
    add_command(
        application,
        "import-localities",
        import_localities,
        says="Carga el catálogo de localidades del INEGI (AGEEML), además de las mayores, que vienen con el programa. El servicio se detiene mientras tanto.",
        examples=("oficialia import-localities AGEEML_202610.csv",),
    )
    add_command(
        application,
        "permit",
        permit,
        says="Autoriza o retira el envío de datos personales por un canal, con el documento de la CACyPCS. Sin canal, muestra lo autorizado.",
        examples=(
            "oficialia permit",
            "oficialia permit telegram C3 --as CACYPCS --document autorizacion.pdf",
            "oficialia permit telegram C3 --as CACYPCS --revoke",
        ),
    )
    add_command(
        application,
        "verify",
        verify,
        says="Comprueba la bitácora y los originales: dice si algo se alteró, y dónde. Termina con 1 si algo se alteró.",
        examples=("oficialia verify", "oficialia verify --head SELLO     # el del último resumen publicado"),
    )


# ------------------------------------------------------------------ init and check


def init(
    data: DataOption = None,
    answers: Annotated[
        list[str] | None,
        typer.Option("--set", help="Respuesta dada de antemano (puede repetirse).", metavar="NOMBRE=VALOR"),
    ] = None,
    connect: Annotated[
        bool,
        typer.Option("--connect/--no-connect", help="Se conecta o no al buzón y al correo de salida."),
    ] = True,
    assume: Annotated[
        bool, typer.Option("--yes", "-y", help="No pregunta: lo que no se dé queda con su valor usual.")
    ] = False,
) -> None:
    """Ask, write the settings, prepare the books, and connect."""
    from actions.prepare_office import prepare_office
    from service.commands import interview
    from service.settings import BadSettings, problems_of, read_settings, settings_path, write_settings

    folder = data_dir(data)
    given = interview.read_answers(answers or ())
    if problems := problems_of(given):
        raise Complaint(
            "Hay respuestas que no sirven; no se escribió nada:",
            *(f"  - {problem}." for problem in problems),
        )
    path = settings_path(folder)
    try:
        if not path.exists():
            told = given if assume else interview.ask_everything(folder, given)
            write_settings(folder, told)
        else:
            read_settings(folder)
            say(
                f"Ya hay una oficina en {folder}; se conservan sus ajustes{', salvo lo dado' if given else ''}."
            )
            if given:
                write_settings(folder, given)
        settings = read_settings(folder)
    except BadSettings as error:
        raise bad_settings(error.problems, folder) from error
    with books(folder) as (writer, _settings):
        writer.act(prepare_office)
    say(f"Los libros están en {'PostgreSQL' if settings.database_url else folder}; los ajustes, en {path}.")
    if connect and not _connects(folder, may_ask=not assume):
        raise typer.Exit(FAILED)
    option = "" if data is None else f" --data {folder}"
    say(f"Siga con «oficialia import-directory{option}»; «oficialia check{option}» dice qué falta.")


def _connects(folder: Path, *, may_ask: bool) -> bool:
    """Connect to both servers; whoever sits at a terminal may mend the answers and try again."""
    import asyncio
    import sys

    from service.checkup import examine_mailbox, examine_post
    from service.commands import interview
    from service.settings import read_settings, write_settings

    ok = True
    for side, examine in (("imap", examine_mailbox), ("smtp", examine_post)):
        while True:
            say_aside(f"Conectando {interview.SIDES[side]}…")
            settings = read_settings(folder)
            found = asyncio.run(examine(settings))
            _tell_examined(found)
            if found.ok:
                break
            if (
                may_ask
                and sys.stdin.isatty()
                and interview.agrees("¿Corregir las respuestas y volver a intentarlo?")
            ):
                write_settings(folder, interview.ask_again(side, settings))
                continue
            ok = False
            break
    return ok


def _tell_examined(found: "Examined") -> None:
    say(f"{'✔' if found.ok else '✘'} {found.part}: {found.found}")
    if found.mend:
        say(f"   {found.mend}")


def check(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Examine every part and say how to mend what is wrong; exit status 1 if something is."""
    from service.checkup import examine
    from service.clock import SystemClock

    parts = []
    with settings_or_complaint(data) as settings:
        for found in examine(settings, SystemClock().now()):
            parts.append(found)
            if not as_json:
                _tell_examined(found)
    ok = all(found.ok for found in parts)
    if as_json:
        told = [
            {"part": found.part, "ok": found.ok, "found": found.found, "mend": found.mend} for found in parts
        ]
        say_json({"ok": ok, "parts": told})
    if not ok:
        raise typer.Exit(FAILED)


# ------------------------------------------------------------------ imports


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
    from documents.directory.template import write_template

    if template is not None:
        _write_template(template, write_template, workbook)
        return
    path = _required(workbook)
    with books(data) as (writer, _settings):
        from actions.import_directory import import_directory as load
        from actions.review_circular import review_circulars
        from documents.directory.reading import read_directory

        # A workbook with bad cells is refused by the action itself, which also tells what its records contradict.
        reading = read_directory(path)

        reviewed: list[str] = []

        def loaded(desk: "Desk") -> "DirectoryImport":
            outcome = load(
                desk.session, reading, now=desk.now, dry_run=dry_run, retire_missing=retire_missing
            )
            if outcome.accepted and not dry_run:
                reviewed.extend(review_circulars(desk))
            return outcome

        outcome = writer.act(loaded)
    if as_json:
        say_json(outcome.to_json())
    else:
        _tell_problems(outcome.problems)
        _tell_directory(outcome)
        for line in reviewed:
            say(line)
    _end_import(accepted=outcome.accepted, dry_run=dry_run, quiet=as_json)


def _tell_directory(outcome: "DirectoryImport") -> None:
    """Tell the findings, what changes sheet by sheet, and the verdict."""
    from actions.import_directory import ChangeKind

    counts = {change.sheet: outcome.counts(change.sheet) for change in outcome.changes}
    if outcome.accepted and counts:
        kinds = (ChangeKind.ADDED, ChangeKind.CHANGED, ChangeKind.ENDED)
        rows = [
            (
                sheet,
                *(counted[kind] for kind in kinds),
                outcome.unchanged.get(sheet, 0),
                counted[ChangeKind.MISSING],
            )
            for sheet, counted in counts.items()
        ]
        for line in table(rows, ("Hoja", "Altas", "Cambios", "Términos", "Sin cambio", "No vienen")):
            say(line)
        say()
    for line in outcome.sentences:
        say(line)
    if outcome.accepted and not counts and not outcome.unchanged:
        say("! El libro no trae ningún dato: ¿es la plantilla sin llenar?")


def import_calendar(
    workbook: Workbook = None,
    template: Template = None,
    data: DataOption = None,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> None:
    """Load the annual calendar, or write its workbook."""
    from documents.calendar_template import write_template

    if template is not None:
        _write_template(template, write_template, workbook)
        return
    path = _required(workbook)
    with books(data) as (writer, _settings):
        from actions.import_calendar import import_calendar as load
        from actions.redate_periods import redate_periods
        from actions.review_circular import review_circulars
        from documents.calendar_workbook import read_calendar

        reading = read_calendar(path)
        redated: list[str] = []
        reviewed: list[str] = []
        # The original is kept, whatever comes of it; the blob must be durable before its row.
        original = "" if dry_run or not reading.is_sound else writer.blobs.put(path.read_bytes())

        def loaded(desk: "Desk") -> "CalendarImport":
            outcome = load(desk.session, reading, now=desk.now, dry_run=dry_run, original_sha256=original)
            if outcome.applied:
                redated.extend(redate_periods(desk))
                reviewed.extend(review_circulars(desk))
            return outcome

        outcome = writer.act(loaded)
    if as_json:
        say_json(outcome.to_json())
    else:
        _tell_problems(outcome.problems)
        for line in outcome.sentences:
            say(line)
        if redated:
            say(f"Se calcularon de nuevo los plazos de los periodos abiertos: {', '.join(redated)}.")
        for line in reviewed:
            say(line)
    _end_import(accepted=outcome.accepted, dry_run=dry_run, quiet=as_json)


def import_localities(
    file: Annotated[Path, typer.Argument(help="Archivo del INEGI (AGEEML), CSV o .xlsx.", metavar="ARCHIVO")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load INEGI's catalogue of localities."""
    from actions.import_localities import import_localities as load

    path = existing_file(file)
    started = time.monotonic()
    with (
        books(data) as (writer, settings),
        _nobody_else(settings),
        _counting("Localidades leídas", quiet=as_json) as progress,
    ):
        outcome = writer.act(lambda desk: load(desk.session, path, now=desk.now, progress=progress))
    if as_json:
        say_json(outcome.to_json())
    else:
        for line in outcome.sentences:
            say(line)
        say(f"En {time.monotonic() - started:.1f} s.")
    if not outcome.accepted:
        raise typer.Exit(FAILED)


def _write_template(path: Path, write: "Callable[[Path], None]", workbook: Path | None) -> None:
    if workbook is not None:
        raise Complaint("Pida la plantilla o cargue un libro; no las dos cosas a la vez.")
    write(new_file(path))
    say(f"Plantilla escrita en {path}. Llénela, y revísela con --dry-run antes de cargarla.")


def _required(workbook: Path | None) -> Path:
    if workbook is None:
        raise Complaint("Indique el libro por cargar, o pida la plantilla con --template ARCHIVO.xlsx.")
    return existing_file(workbook)


def _tell_problems(problems: "Iterable[Problem]") -> None:
    for problem in problems:
        say(f"{'✘' if problem.is_error else '!'} {problem.sentence}")


def _end_import(*, accepted: bool, dry_run: bool, quiet: bool) -> None:
    if dry_run and accepted and not quiet:
        say("No se guardó nada: fue una prueba (--dry-run).")
    if not accepted:
        raise typer.Exit(FAILED)


@contextmanager
def _nobody_else(settings: "Settings") -> "Iterator[None]":
    """Keep the service away from books that one long transaction is about to hold."""
    from storage.database import ServiceLock
    from storage.errors import BooksInUse

    if settings.database_url:
        # Writers of PostgreSQL do not wait for each other.
        yield
        return
    try:
        with ServiceLock(settings.data_dir, owner="oficialia import-localities"):
            yield
    except BooksInUse as error:
        raise Complaint(
            f"Estos libros los atiende {error.holder}.",
            "Deténgalo mientras se carga el catálogo, que tarda alrededor de un minuto, y vuelva a intentarlo.",
            status=BUSY,
        ) from error


@contextmanager
def _counting(what: str, *, quiet: bool) -> "Iterator[Callable[[int], None]]":
    """Show on a terminal how far a long piece of work is."""
    if quiet or not sys.stderr.isatty():
        yield lambda _count: None
        return
    yield lambda count: print(f"\r{what}: {count:,}", end="", file=sys.stderr, flush=True)
    print("\r\033[K", end="", file=sys.stderr, flush=True)


# ------------------------------------------------------------------ verify


def verify(
    data: DataOption = None,
    head: Annotated[
        str,
        typer.Option(
            "--head",
            help="Sello publicado (el del resumen semanal) contra el cual comparar.",
            metavar="SELLO",
        ),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Verify the journal's chain and every original; exit status 1 says that something was altered."""
    from service.wiring import open_store
    from storage.blobs import open_blobs
    from storage.database import SQLITE_FILE
    from storage.errors import BooksError
    from storage.verification import verify as verify_books

    with settings_or_complaint(data) as settings:
        file = settings.data_dir / SQLITE_FILE
        if not settings.database_url and not file.exists():
            raise Complaint(f"✘ Faltan los libros: no existe {file}.", status=FAILED)
        try:
            store = open_store(settings)
        except BooksError as error:
            if settings.database_url or error.may_try_again:
                # Books that cannot be reached say nothing about what they hold.
                raise
            raise Complaint(f"✘ Los libros no pueden leerse ({error}).", status=FAILED) from error
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
                "unsealed": found.unsealed,
                "originals": found.originals,
                "head": found.head,
                "problems": [{"place": item.place, "what": item.what} for item in found.problems],
            }
        )
    else:
        for item in found.problems:
            say(f"✘ {item.place}: {item.what}.")
        if found.ok:
            say(
                f"✔ Bitácora íntegra: {found.rows} renglones, {found.seals} sellos ({found.unsealed} aún sin sello), {found.originals} originales."
            )
            say(f"  Último sello: {found.head or 'ninguno todavía'}")
        else:
            say(
                f"Hay {len(found.problems)} alteraciones. Conserve todo como está y compare con el último respaldo."
            )
    if not found.ok:
        raise typer.Exit(FAILED)


# ------------------------------------------------------------------ what may travel by which channel


def permit(
    channel: Annotated[str, typer.Argument(help="Canal: telegram.", metavar="[CANAL]")] = "",
    data_class: Annotated[
        str, typer.Argument(help="Clase de datos: C3 (nombre, localidad, tipo, importe).", metavar="[CLASE]")
    ] = "",
    as_person: Annotated[
        str, typer.Option("--as", help="Quién autoriza: clave o correo del directorio.", metavar="PERSONA")
    ] = "",
    document: Annotated[
        Path | None,
        typer.Option("--document", help="Documento con la autorización; se conserva.", metavar="ARCHIVO"),
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Retira la autorización.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Permit a channel to carry a class of data, take it back, or show what is permitted."""
    from actions.permit_channel import PermissionRefused, permissions, permit_channel, revoke_permission

    if not channel:
        with books(data) as (writer, settings):
            found = writer.act(permissions)
            zone = settings.office.zone
        if as_json:
            say_json({"permitted": [{**asdict(one), "data_class": one.data_class.value} for one in found]})
            return
        if not found:
            say(
                "Por chat sólo salen fechas, oficinas, requisitos y conteos (C1 y C2). No hay otra autorización."
            )
        for one in found:
            day = one.at.astimezone(zone)
            say(
                f"{one.data_class} por {one.channel}: lo autorizó {one.by} el {day:%d-%m-%Y}, folio {one.folio} ({one.document})."
            )
        return
    if not data_class or not as_person:
        raise Complaint("Indique la clase de datos y, con --as, quién autoriza.")
    if not revoke and document is None:
        raise Complaint("Falta el documento de la autorización; indíquelo con --document.")
    content = existing_file(document).read_bytes() if document is not None and not revoke else b""
    with books(data) as (writer, _settings):
        outcome = (
            writer.act(revoke_permission, channel, data_class, as_person=as_person)
            if revoke
            else writer.act(
                permit_channel,
                channel,
                data_class,
                as_person=as_person,
                document=content,
                document_name=document.name if document else "",
            )
        )
    if isinstance(outcome, PermissionRefused):
        raise Complaint(outcome.reason, status=FAILED)
    if as_json:
        say_json({"channel": channel, "data_class": data_class.upper(), "permitted": not revoke})
    elif outcome is None:
        say(f"Se retiró la autorización: desde ahora no salen datos {data_class.upper()} por {channel}.")
    else:
        say(
            f"Autorizado: {outcome.data_class} por {channel}, folio {outcome.folio}. El documento se conserva."
        )
