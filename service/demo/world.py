"""The demo world: the service as in production, a mail hub on loopback, a cast, and office time that leaps."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from actions.activate_procedure import activate_procedure
from actions.desk import Desk
from actions.import_calendar import import_calendar
from actions.import_directory import import_directory
from actions.open_period import open_period
from actions.prepare_office import prepare_office
from actions.show_period import PeriodStatus, show_period
from documents.calendar_workbook import read_calendar
from documents.directory.reading import read_directory
from service.clock import LeapingClock
from service.demo import office
from service.demo.cast import SLIPS, ZONE, Cast, Member, Slip
from service.demo.correspondent import Attachment, Correspondent
from service.demo.hub import MailHub
from service.settings import read_settings, write_settings
from service.wiring import Service, writing
from storage import agenda, entries, journal, lists, outbox
from storage.entries import EntryState
from storage.lists import ListLevel
from storage.outbox import LetterState
from storage.verification import verify

DESK = f"oficialia@{office.DOMAIN}"
OUTSIDER = "listados@desconocido.example"
BEGINS = datetime(2027, 1, 4, 8, 30, tzinfo=ZONE)
LAST_STEP = "A30"
PHONE_PASSWORD = "demostracion"  # noqa: S105 - of mailboxes that live as long as the demonstration
LONGEST_SECONDS = 600
TOLD = frozenset(
    {
        "entry_quarantined",
        "list_accepted",
        "list_accepted_partially",
        "list_refused",
        "duplicate_found",
        "duplicate_decided",
        "step_overdue",
        "ems_designated",
        "list_integrated",
        "list_authorised",
        "layout_made",
        "list_released",
    }
)
"""Kinds of journal lines that the screen shows as they are written."""


class DemoStuck(Exception):
    """The demonstration came to a halt before its end: nothing is due and nobody has anything to do."""


@dataclass(kw_only=True, slots=True)
class Result:
    """What happened, as `--json` prints it."""

    procedure: str = "0780-003-002"
    period: str = office.PERIOD
    activities_done: int = 0
    activities_total: int = 51
    steps_done: int = 0
    entries: int = 0
    quarantined: int = 0
    lists_received: int = 0
    lists_returned: int = 0
    rows_accepted: int = 0
    letters_sent: int = 0
    letters_by_channel: dict[str, int] | None = None
    reminders_sent: int = 0
    payout_cases: int = 0
    journal_ok: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the object that programs read."""
        return asdict(self)


Watch = Callable[[str, str], None]
"""Told what passes: who (mail, step, time), and a line."""


class World:
    """A whole request of lists in two OOADs, from the circular to the file for the PS."""

    def __init__(self, folder: Path, *, watch: Watch) -> None:
        self.folder = folder
        self.clock = LeapingClock(BEGINS)
        self._watch = watch
        self.status: PeriodStatus | None = None
        self._told = 0

    async def run(self) -> Result:
        """Run the world to its end.

        Raises:
            DemoStuck: nothing is due any more, and it is not the end.
        """
        started = time.monotonic()
        hub = MailHub(self.clock)
        hub.add_account(DESK, "oficialia", name="Oficialía")
        async with hub:
            settings = self._settle(hub)
            self._set_up(settings)
            cast = self._engage(hub)
            service = Service(settings, clock=self.clock)
            await service.start()
            try:
                await service.writer.run(open_period, office.PERIOD)
                await asyncio.wait_for(self._play(hub, cast, service), timeout=LONGEST_SECONDS)
                await self._settle_down(hub, service)
                await service.ticker.tick()
            finally:
                await service.stop()
            result = self._sum_up(settings)
            hub.mailboxes.export(self.folder / "buzones")
        result.seconds = round(time.monotonic() - started, 1)
        return result

    def _settle(self, hub: MailHub) -> Any:
        write_settings(
            self.folder,
            {
                "office_name": "Oficialía",
                "address": DESK,
                "imap_host": hub.host,
                "imap_port": hub.imap_port,
                "imap_security": "plain",
                "imap_password": "oficialia",
                "smtp_host": hub.host,
                "smtp_port": hub.smtp_port,
                "smtp_security": "plain",
                "smtp_user": DESK,
                "smtp_password": "oficialia",
                "authserv_id": hub.authserv_id,
                "authentication": "required",
                "poll_seconds": 5,
                "tick_seconds": 1,
            },
        )
        return read_settings(self.folder)

    def _set_up(self, settings: Any) -> None:
        """Set the office up as anybody would: with the workbooks of directory and calendar."""
        directory, calendar = self.folder / "directorio.xlsx", self.folder / "calendario-2027.xlsx"
        office.write_directory(directory)
        office.write_calendar(calendar)
        with writing(settings, self.clock) as writer:
            writer.act(prepare_office)
            writer.act(
                lambda desk: import_directory(
                    desk.session, read_directory(directory), now=desk.now, dry_run=False
                )
            )
            writer.act(
                lambda desk: import_calendar(
                    desk.session, read_calendar(calendar), now=desk.now, dry_run=False
                )
            )
            writer.act(lambda desk: activate_procedure(desk, "0780-003-002", as_person="CACYPCS"))
        self._watch("office", "Se cargaron el directorio (2 OOAD, 10 PAC) y el calendario 2027.")

    def _engage(self, hub: MailHub) -> Cast:
        members = []
        for number, (role, unit, _key, name, _cargo) in enumerate(office.STAFF):
            address = office.address_of(name)
            correspondent = Correspondent.at(hub, self.clock, address, password=PHONE_PASSWORD, name=name)
            pace = timedelta(minutes=20 + 7 * (number % 9))
            members.append(
                Member(
                    correspondent=correspondent,
                    role=role,
                    unit=unit,
                    pace=pace,
                    slip=SLIPS.get(unit, Slip.NONE) if role == "PAC" else Slip.NONE,
                )
            )
        provider = Correspondent.at(
            hub, self.clock, office.PS_ADDRESS, password=PHONE_PASSWORD, name="Prestador de Servicios"
        )
        members.append(Member(correspondent=provider, role="PS", unit="PIB", pace=timedelta(hours=1)))
        cast = Cast(self.clock, members, watch=lambda line: self._watch("cast", line))
        self._plan_outsider(hub, cast)
        return cast

    def _plan_outsider(self, hub: MailHub, cast: Cast) -> None:
        """Let somebody whom nobody knows mail a list."""
        outsider = Correspondent.at(hub, self.clock, OUTSIDER, password=PHONE_PASSWORD, name="Alguien")
        subject = f"[0780][{office.PERIOD}][A08][OOAD07-R03-PAC012] Listado"
        attachment = Attachment(name="listado.xlsx", content=(self.folder / "directorio.xlsx").read_bytes())
        cast.plan(
            BEGINS + timedelta(hours=3),
            lambda: outsider.send(DESK, subject, "Se envía listado.", attachments=[attachment]),
            "un remitente desconocido envía un libro",
        )

    async def _play(self, hub: MailHub, cast: Cast, service: Service) -> None:
        """Let people and service act until the last step; leap when nothing is in flight."""
        while True:
            moved = await cast.act()
            for address in [address for address in cast.members if hub.mailboxes.unseen(address)]:
                moved += await cast.read_mail(address)
            if moved:
                continue
            if not await self._is_quiet(hub, service):
                await asyncio.sleep(0.01)
                continue
            await self._tell_what_the_desk_did(service)
            self.status = await service.writer.run(show_period, office.PERIOD)
            if LAST_STEP in self.status.steps_done:
                return
            due = [cast.next_at, *await service.writer.run(_next_instants)]
            waiting = [instant for instant in due if instant is not None]
            if not waiting:
                raise DemoStuck(f"a {self.clock.now():%d-%m-%Y %H:%M}: no hay nada pendiente")
            leap = min(waiting)
            if leap.astimezone(ZONE).date() != self.clock.now().astimezone(ZONE).date():
                self._watch("clock", f"{leap.astimezone(ZONE):%d-%m-%Y}")
            self.clock.leap_to(max(leap, self.clock.now()))
            await service.ticker.tick()
            service.couriers.wake()

    async def _tell_what_the_desk_did(self, service: Service) -> None:
        """Show the lines of the journal that a person would want to see pass."""

        def read(desk: Desk) -> list[tuple[int, str]]:
            return [(row.id or 0, row.text) for row in journal.lines_after(desk.session, self._told, TOLD)]

        for number, text in await service.writer.run(read):
            self._told = number
            self._watch("desk", f"    ▸ {text}")

    async def _is_quiet(self, hub: MailHub, service: Service) -> bool:
        """Tell whether nothing is in flight anywhere: on the wires, in the mailbox, in the books."""
        if hub.in_flight() or service.at_work or hub.mailboxes.count(DESK):
            return False
        return not await service.writer.run(_has_work)

    async def _settle_down(self, hub: MailHub, service: Service) -> None:
        """Let the last letters reach their mailboxes."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if await self._is_quiet(hub, service):
                return
            await asyncio.sleep(0.02)

    def _sum_up(self, settings: Any) -> Result:
        result = Result()
        with writing(settings, self.clock) as writer:
            status = writer.act(show_period, office.PERIOD)
            self.status = status
            result.activities_done = len(status.steps_done)
            result.steps_done = status.instances_done
            writer.act(lambda desk: _count(desk.session, status.case_id, result))
            found = verify(writer.store, writer.blobs)
            result.journal_ok = found.ok
        return result


def _next_instants(desk: Any) -> list[datetime | None]:
    return [agenda.next_due_at(desk.session), outbox.next_due_at(desk.session)]


def _has_work(desk: Any) -> bool:
    """Tell whether the books hold something that is due now."""
    if entries.count_entries(desk.session, EntryState.RECORDED):
        return True
    return any(instant is not None and instant <= desk.now for instant in _next_instants(desk))


def _count(session: Any, case_id: int, result: Result) -> None:
    versions = lists.all_versions(session, case_id, ListLevel.LVP)
    result.entries = entries.count_entries(session)
    result.quarantined = entries.count_entries(session, EntryState.QUARANTINED)
    result.lists_received = len(versions) + journal.count(session, "list_refused")
    result.lists_returned = sum(version.rejected > 0 for version in versions) + journal.count(
        session, "list_refused"
    )
    national = lists.latest_version(session, case_id, ListLevel.LD, "")
    result.rows_accepted = national.rows if national else 0
    result.letters_sent = outbox.count_letters(session, LetterState.SENT)
    result.letters_by_channel = {"mail": result.letters_sent}
    result.reminders_sent = sum(
        outbox.count_letters(session, LetterState.SENT, template) for template in ("M-45", "M-46")
    )
