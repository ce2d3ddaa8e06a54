"""The doctor: mailbox, outgoing mail, books, clock, directory, calendar, disk; what is wrong and how to mend it."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mail.delivery import NotDelivered, SmtpPost
from mail.inbox import ImapMailbox, MailboxError
from service.settings import Settings, settings_path
from service.wiring import imap_settings, smtp_settings
from storage.database import SQLITE_FILE, Store, database_now
from storage.errors import BooksError
from storage.migrations import HEAD

if TYPE_CHECKING:
    from sqlmodel import Session

LOW_DISK_MB = 500
LARGE_DRIFT = timedelta(minutes=2)
PATIENCE_SECONDS = 15.0
"""A server that needs longer to answer would make every letter late."""
READERS = 0o077
"""Permissions by which others could read the settings, and so the passwords."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """One thing examined."""

    part: str
    ok: bool
    found: str
    mend: str = ""


def examine(settings: Settings, now: datetime) -> Iterator[Examined]:
    """Examine every part, one after the other; a part that fails does not hide the next."""
    yield asyncio.run(examine_mailbox(settings))
    yield asyncio.run(examine_post(settings))
    yield from examine_books(settings, now)
    yield examine_disk(settings)
    yield from examine_file(settings)


# ------------------------------------------------------------------ mail


async def examine_mailbox(settings: Settings) -> Examined:
    """Log in to the mailbox and look at its inbox."""
    part = "buzón (IMAP)"
    given = replace(imap_settings(settings), connect_seconds=PATIENCE_SECONDS)
    place = f"{given.user} en {given.host}:{given.port} ({given.security})"
    mailbox = ImapMailbox(given)
    try:
        await mailbox.connect()
        waiting = len(await mailbox.list_places())
    except MailboxError as error:
        found, mend = _why(error, str(error), "imap", given.host)
        return Examined(part=part, ok=False, found=f"No se pudo abrir {place}: {found}.", mend=mend)
    finally:
        await mailbox.close()
    return Examined(part=part, ok=True, found=f"Se abrió {place}; esperan {waiting} correos.")


async def examine_post(settings: Settings) -> Examined:
    """Greet the outgoing server, and log in if there is a user; nothing is sent."""
    part = "correo de salida (SMTP)"
    given = replace(smtp_settings(settings), answer_seconds=PATIENCE_SECONDS)
    place = f"{given.host}:{given.port} ({given.security})"
    post = SmtpPost(given)
    try:
        await post.greet()
    except NotDelivered as error:
        found, mend = _why(error, error.answer, "smtp", given.host)
        return Examined(part=part, ok=False, found=f"No se pudo hablar con {place}: {found}.", mend=mend)
    finally:
        await post.close()
    who = f"dejó entrar a {given.user}" if given.user else "contesta sin pedir contraseña"
    return Examined(part=part, ok=True, found=f"{place} {who}.")


def _why(error: BaseException, words: str, side: str, host: str) -> tuple[str, str]:
    """Return why a server could not be reached, and how to mend it, in Spanish."""
    ports = {"imap": "993 con tls, 143 con starttls", "smtp": "587 con starttls, 465 con tls"}[side]
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return (
            "el certificado del servidor no es de confianza",
            f"Revise que «{side}_host» sea el nombre que lleva el certificado; si es de una autoridad propia, indique su archivo PEM en «ca_file».",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "STARTTLS" in words:
        return (
            "en ese puerto no se habla con ese cifrado",
            f"Revise «{side}_port» y «{side}_security»; lo usual es {ports}.",
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"no se encuentra el servidor {host}", f"Revise «{side}_host» y la conexión de red."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "Connect call failed" in words:
        return (
            "nadie atiende en ese puerto",
            f"Revise «{side}_host» y «{side}_port»; lo usual es {ports}.",
        )
    if any(isinstance(cause, TimeoutError) for cause in causes) or "in time" in words:
        return (
            f"no contestó en {PATIENCE_SECONDS:.0f} segundos",
            f"Revise «{side}_port» y «{side}_security» (lo usual es {ports}), y que ningún cortafuegos lo impida.",
        )
    if words.startswith(("53", "454")) or "AUTH" in words.upper() or "LOGIN" in words.upper():
        return (
            f"no se aceptó el usuario o la contraseña ({words})",
            f"Revise «{side}_user» y «{side}_password»; hay servicios que piden una contraseña de aplicación y que se active {side.upper()}.",
        )
    return words, f"Revise los ajustes «{side}_…»."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


# ------------------------------------------------------------------ books


def examine_books(settings: Settings, now: datetime) -> Iterator[Examined]:
    """Open the books; look at their version and time, and at what a period needs of them."""
    part = "libros (base de datos)"
    init = (
        f"Ejecute «oficialia init --data {settings.data_dir}»: los prepara o los pone al día sin perder nada."
    )
    if not settings.database_url and not (settings.data_dir / SQLITE_FILE).exists():
        yield Examined(part=part, ok=False, found="Aún no hay libros.", mend=init)
        return
    store = Store(settings.database_url or settings.data_dir, data_dir=settings.data_dir)
    try:
        revision = store.revision()
        if revision != HEAD:
            found = "Son de otra versión del programa." if revision else "Aún no hay libros."
            yield Examined(part=part, ok=False, found=found, mend=init)
            return
        kind = "SQLite" if store.is_sqlite else "PostgreSQL"
        yield Examined(part=part, ok=True, found=f"{kind}, al día.")
        with store.reading() as session:
            yield _examine_clock(session, now)
            yield _examine_directory(session)
            yield _examine_procedure(session)
            yield _examine_calendar(session, now.astimezone(settings.office.zone).year)
    except BooksError as error:
        yield Examined(
            part=part,
            ok=False,
            found=f"No se pudieron leer: {' '.join(str(error).split())}.",
            mend="Revise «database_url», y que se pueda escribir en la carpeta de datos. Si hay un respaldo, compárelo.",
        )
    finally:
        store.close()


def _examine_clock(session: "Session", now: datetime) -> Examined:
    """Compare the clock with the database's, and with the last line of the journal: time does not go back."""
    from storage.journal import history

    drift = abs(database_now(session) - now)
    ahead = history(session, since=now + LARGE_DRIFT)
    found = f"{now:%d-%m-%Y %H:%M} UTC; la base de datos difiere {drift.total_seconds():.0f} s."
    if ahead:
        found = f"{found} La bitácora ya tiene asientos del {ahead[-1].at:%d-%m-%Y %H:%M} UTC."
    ok = drift < LARGE_DRIFT and not ahead
    mend = "" if ok else "Sincronice los relojes (NTP): los plazos legales dependen de ellos."
    return Examined(part="reloj", ok=ok, found=found, mend=mend)


def _examine_directory(session: "Session") -> Examined:
    from storage.organisation import UnitKind, operating_ooads, units

    ooads, pacs = operating_ooads(session), units(session, kind=UnitKind.PAC)
    undecided = [ooad.code for ooad in ooads if ooad.has_egas is None]
    mend = ""
    if not pacs:
        mend = "Cárguelo con «oficialia import-directory ARCHIVO.xlsx» (la plantilla, con --template)."
    elif undecided:
        mend = f"Falta decir si hay EGAS en {', '.join(undecided)} (AMB-05): escríbalo en la hoja OOAD y vuelva a importarlo."
    found = f"{len(ooads)} OOAD con regiones, {len(pacs)} PAC."
    return Examined(part="directorio", ok=not mend, found=found, mend=mend)


def _examine_procedure(session: "Session") -> Examined:
    from actions.open_period import PROCEDURE
    from storage.definitions import in_force

    row = in_force(session, PROCEDURE)
    if row is not None:
        return Examined(part="procedimiento", ok=True, found=f"En vigor {PROCEDURE}, versión {row.version}.")
    return Examined(
        part="procedimiento",
        ok=False,
        found=f"{PROCEDURE} no está en vigor.",
        mend=f"Actívelo su titular: «oficialia procedure activate {PROCEDURE} --as PERSONA».",
    )


def _examine_calendar(session: "Session", year: int) -> Examined:
    from storage.periods import periods_of_year

    known = [row.code for covered in (year, year + 1) for row in periods_of_year(session, covered)]
    if known:
        return Examined(
            part="calendario", ok=True, found=f"{len(known)} periodos, de {known[0]} a {known[-1]}."
        )
    return Examined(
        part="calendario",
        ok=False,
        found=f"No hay calendario de {year} ni de {year + 1}.",
        mend="Cárguelo con «oficialia import-calendar ARCHIVO.xlsx» (la plantilla, con --template).",
    )


# ------------------------------------------------------------------ the folder


def examine_disk(settings: Settings) -> Examined:
    """Look at the room that is left for originals."""
    free_mb = shutil.disk_usage(settings.data_dir).free // 2**20
    ok = free_mb >= LOW_DISK_MB
    mend = "" if ok else "Libere espacio: sin él, ningún correo puede registrarse."
    return Examined(part="disco", ok=ok, found=f"{free_mb} MB libres en {settings.data_dir}.", mend=mend)


def examine_file(settings: Settings) -> Iterator[Examined]:
    """Look whether others may read the passwords; nothing is said of a file that is as it should be."""
    path = settings_path(settings.data_dir)
    if path.stat().st_mode & READERS:
        yield Examined(
            part="ajustes",
            ok=False,
            found=f"{path} pueden leerlo otras personas, y guarda contraseñas.",
            mend=f"Ejecute: chmod 600 {path}",
        )
