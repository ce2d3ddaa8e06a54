"""What the demonstration shows: stages that fill, and what passes, as it passes."""

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from service.demo.world import Result, World

STAGES = {
    "I": "Solicitud de listados",
    "II": "Integración regional y por OOAD",
    "III": "Listado nacional, autorización, envío al PS",
    "IV": "Gestión de recursos",
    "V": "Entrega",
    "VI": "Comprobación",
}
SHOWN = 12
FIRST_DAY = "04-01-2027"


class Screen:
    """A live view on a terminal, plain lines elsewhere, nothing when a program reads."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console()
        self._lines: deque[str] = deque(maxlen=SHOWN)
        self._day = ""
        self._world: World | None = None
        self._started = time.monotonic()

    def tell(self, kind: str, line: str) -> None:
        """Take note of what passes."""
        if self._quiet:
            return
        if kind == "clock":
            self._day = line
        else:
            self._lines.append(f"{self._day or FIRST_DAY}  {line}")
        if self._console.is_terminal or kind == "clock":
            return
        try:
            print(self._lines[-1], file=sys.stdout, flush=True)
        except BrokenPipeError:
            # Whoever watched has gone (`| head`): the rest goes on unseen, and what is kept stays whole.
            self._quiet = True

    @contextmanager
    def showing(self, world: "World") -> Iterator[None]:
        """Show the world while it runs."""
        self._world = world
        self._started = time.monotonic()
        self.tell("office", "Se prepara una oficina inventada, con su servidor de correo.")
        if self._quiet or not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._view, console=self._console, refresh_per_second=8, transient=True):
            yield

    def _view(self) -> Group:
        stages = Table.grid(padding=(0, 2))
        status = self._world.status if self._world else None
        for stage, title in STAGES.items():
            done, total = status.stages.get(stage, (0, 0)) if status else (0, 0)
            filled = round(20 * done / total) if total else 0
            stages.add_row(
                Text(f"{stage:>3}", style="bold"),
                title,
                "█" * filled + "░" * (20 - filled),
                f"{done}/{total}",
            )
        passing = Text("\n".join(self._lines), no_wrap=True, overflow="ellipsis")
        seconds = f"{time.monotonic() - self._started:.0f} s"
        return Group(
            Panel(
                stages,
                title=f"0780-003-002 · 2027-B1 · {self._day or FIRST_DAY}",
                subtitle=seconds,
                border_style="red",
            ),
            Panel(passing, title="Lo que pasa", border_style="grey50", height=SHOWN + 2),
        )

    def sum_up(self, world: "World", result: "Result", kept: Path | None) -> None:
        """Tell what happened."""
        summary = Table(show_header=False, box=None, padding=(0, 2))
        by_channel = result.letters_by_channel or {}
        rows = (
            ("Actividades hechas", f"{result.activities_done} de {result.activities_total} (hasta la A40)"),
            ("Pasos asentados", f"{result.steps_done}"),
            (
                "Listados",
                f"{result.lists_received} recibidos, {result.lists_returned} devueltos o rechazados",
            ),
            ("Renglones en el listado definitivo", f"{result.rows_accepted}"),
            (
                "Correos",
                (
                    f"{result.entries - result.chat_updates} recibidos ({result.quarantined} en cuarentena),"
                    f" {by_channel.get('mail', 0)} enviados"
                ),
            ),
            (
                "Telegram",
                (
                    f"{result.chats} cuentas vinculadas, {result.chat_updates} mensajes recibidos,"
                    f" {by_channel.get('telegram', 0)} enviados"
                ),
            ),
            (
                "Personas por avisar",
                (
                    f"{result.payees}: {result.payees_told} avisadas, {result.payees_not_told} sin avisar;"
                    f" {result.volunteers_reminded} recordatorios por Telegram"
                ),
            ),
            ("Casos con problemas para cobrar", f"{result.payout_cases}"),
            ("Recordatorios al personal", f"{result.reminders_sent}"),
            ("Bitácora", "íntegra" if result.journal_ok else "ALTERADA"),
            ("Tiempo", f"{result.seconds} s"),
        )
        for name, value in rows:
            summary.add_row(name, value)
        self._console.print(
            Panel(
                summary,
                title="El periodo 2027-B1, de la solicitud de listados a la entrega de los apoyos",
                border_style="red",
            )
        )
        if kept is not None:
            self._console.print(
                f"Se conservó en {kept}: oficialia.db (libros), blobs/ (originales), buzones/ (correo de cada quien)."
            )
            self._console.print(
                f"Véalo con «oficialia period status 2027-B1 --data {kept}» y «oficialia verify --data {kept}»."
            )
        else:
            self._console.print("Para conservar libros, buzones y archivos: oficialia demo --keep CARPETA")
        del world
