"""The doctor: mailbox, outgoing mail, books, clock, calendar, disk; what is wrong and how to mend it."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mail.delivery import NotDelivered, SmtpPost
from mail.inbox import ImapMailbox, MailboxError
from service.settings import Settings
from service.wiring import imap_settings, smtp_settings
from storage.database import Store, database_now
from storage.errors import BooksError
from storage.migrations import HEAD

LOW_DISK_MB = 500
LARGE_DRIFT = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """One thing examined."""

    part: str
    ok: bool
    found: str
    mend: str = ""
    seconds: float = 0.0


def examine(settings: Settings, now: datetime) -> Iterator[Examined]:
    """Examine every part, one after the other; a part that fails does not hide the next."""
    yield asyncio.run(examine_mailbox(settings))
    yield asyncio.run(examine_post(settings))
    yield from examine_books(settings, now)
    yield examine_disk(settings)


async def examine_mailbox(settings: Settings) -> Examined:
    """Log in to the mailbox and look at its inbox."""
    place = f"{settings.imap_user or settings.address} en {settings.imap_host}:{settings.imap_port} ({settings.imap_security})"
    mailbox = ImapMailbox(imap_settings(settings))
    try:
        await mailbox.connect()
    except MailboxError as error:
        return Examined(
            part="buzón (IMAP)",
            ok=False,
            found=f"No se pudo abrir {place}: {error}",
            mend="Revise servidor, puerto, seguridad, usuario y contraseña (imap_* en oficialia.toml) y que el buzón admita IMAP.",
        )
    finally:
        await mailbox.close()
    return Examined(part="buzón (IMAP)", ok=True, found=f"Se abrió {place}.")


async def examine_post(settings: Settings) -> Examined:
    """Greet the outgoing server, and log in if it asks for it; nothing is sent."""
    place = f"{settings.smtp_host}:{settings.smtp_port} ({settings.smtp_security})"
    post = SmtpPost(smtp_settings(settings))
    try:
        await post.greet()
    except NotDelivered as error:
        return Examined(
            part="correo de salida (SMTP)",
            ok=False,
            found=f"No se pudo hablar con {place}: {error.answer}",
            mend="Revise servidor, puerto, seguridad, usuario y contraseña (smtp_* en oficialia.toml).",
        )
    finally:
        await post.close()
    return Examined(part="correo de salida (SMTP)", ok=True, found=f"{place} contesta.")


def examine_books(settings: Settings, now: datetime) -> Iterator[Examined]:
    """Open the books, compare their clock with the system's, and look for a calendar that covers today."""
    from storage import periods

    try:
        store = Store(settings.database_url or settings.data_dir, data_dir=settings.data_dir)
        behind = store.revision() != HEAD
    except BooksError as error:
        yield Examined(
            part="libros (base de datos)",
            ok=False,
            found=str(error),
            mend="Revise «database_url» o los permisos de la carpeta de datos.",
        )
        return
    try:
        if behind:
            yield Examined(
                part="libros (base de datos)",
                ok=False,
                found="Los libros son de una versión anterior del programa.",
                mend="Ejecute «oficialia init» de nuevo sobre la misma carpeta: los pone al día sin perder nada.",
            )
            return
        yield Examined(
            part="libros (base de datos)",
            ok=True,
            found=f"{'SQLite' if store.is_sqlite else 'PostgreSQL'}, al día.",
        )
        with store.reading() as session:
            drift = abs(database_now(session) - now)
            yield Examined(
                part="reloj",
                ok=drift < LARGE_DRIFT,
                found=f"Diferencia con la base de datos: {drift.total_seconds():.0f} s.",
                mend=""
                if drift < LARGE_DRIFT
                else "Sincronice los relojes (NTP): los plazos legales dependen de ellos.",
            )
            local_year = now.astimezone(settings.office.zone).year
            known = periods.periods_of_year(session, local_year) or periods.periods_of_year(
                session, local_year + 1
            )
            yield Examined(
                part="calendario",
                ok=bool(known),
                found=f"{len(known)} periodos cargados." if known else f"No hay calendario de {local_year}.",
                mend=""
                if known
                else "Cárguelo con «oficialia import-calendar ARCHIVO.xlsx» (la plantilla, con --template).",
            )
    finally:
        store.close()


def examine_disk(settings: Settings) -> Examined:
    """Look at the room that is left for originals."""
    free_mb = shutil.disk_usage(settings.data_dir).free // 2**20
    return Examined(
        part="disco",
        ok=free_mb >= LOW_DISK_MB,
        found=f"{free_mb} MB libres en {settings.data_dir}.",
        mend="" if free_mb >= LOW_DISK_MB else "Libere espacio: sin él, ningún correo puede registrarse.",
    )
