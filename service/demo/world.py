"""The demo world: the service as in production, a mail hub on loopback, a cast, and office time that leaps."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from actions.activate_procedure import activate_procedure
from actions.desk import Desk
from actions.import_calendar import import_calendar
from actions.import_directory import import_directory
from actions.invite_staff import invite_staff
from actions.open_period import open_period
from actions.permit_channel import permit_channel
from actions.prepare_office import prepare_office
from actions.redate_periods import redate_periods
from actions.review_circular import review_circulars
from actions.show_period import PeriodStatus, show_period
from documents.calendar_workbook import read_calendar
from documents.directory.reading import read_directory
from service.clock import LeapingClock
from service.demo import office
from service.demo.bot_api import BotApi
from service.demo.cast import SLIPS, ZONE, Cast, Member, Slip
from service.demo.correspondent import Attachment, Correspondent
from service.demo.hub import MailHub
from service.demo.phone_book import Owned, PhoneBook
from service.demo.phone_line import WHERE, PhoneLine, PhoneRoutes
from service.demo.plot import MOVES_ON, MOVES_TO, PARTS, at, plan_delivery
from service.demo.texting import Texting
from service.settings import read_settings, write_settings
from service.wiring import Service, writing
from storage import agenda, chats, entries, journal, lists, outbox, payout_cases, reminders
from storage.entries import EntryChannel, EntryState
from storage.lists import ListLevel
from storage.outbox import LetterState
from storage.verification import verify

DESK = f"oficialia@{office.DOMAIN}"
OUTSIDER = "listados@desconocido.example"
BEGINS = datetime(2027, 1, 4, 8, 30, tzinfo=ZONE)
LAST_STEP = "A40"
ENDS_AT = datetime(2027, 3, 17, 12, 0, tzinfo=ZONE)
"""The day after the delivery, once what falls due that morning has been told."""
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
    """The demonstration came to its end before the procedure did."""


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
    chats: int = 0
    """Accounts that are tied: of the staff and of volunteers."""
    chat_updates: int = 0
    volunteers_reminded: int = 0
    payees: int = 0
    payees_told: int = 0
    payees_not_told: int = 0
    payout_cases: int = 0
    journal_ok: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the object that programs read."""
        return asdict(self)


Watch = Callable[[str, str], None]
"""Told what passes: who (mail, step, time), and a line."""


PERMISSION = (
    "Oficio CACyPCS/031/2026. Se autoriza que los avisos de la entrega de apoyos lleven nombre y localidad por Telegram,"
    " sólo al PAC del ámbito de que se trate (política 5.1.3)."
)
STAYS_ON = date(2027, 3, 3)
"""The day of the delivery on which a demonstration that stays is left open."""
STAYS_AT = datetime.combine(STAYS_ON, time_of_day(10), ZONE)
WITH_CHAT = ("PAC", "SAC", "EMS", "EGAS", "JSPM", "CACyPCS", "CFI")
"""Who of the staff uses the chat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Everything that is at work in a world: the post, the chat, the cast, the desk."""

    hub: MailHub
    api: BotApi
    cast: Cast
    texting: Texting
    service: Service


class World:
    """A whole period in two OOADs, from the circular that asks for lists to the delivery of the apoyos."""

    def __init__(self, folder: Path, *, watch: Watch, stays: bool = False) -> None:
        """Prepare a world.

        Args:
            folder: where books, originals and mailboxes lie.
            watch: told what passes.
            stays: leave the office open on a day of the delivery, phones at hand,
                until `leave` is called.
        """
        self.folder = folder
        self.clock = LeapingClock(BEGINS)
        self.stays = stays
        self._watch = watch
        self._left = asyncio.Event()
        self._is_open = False
        self._book = PhoneBook()
        self.status: PeriodStatus | None = None
        self._told = 0

    def leave(self) -> None:
        """End a world that stays."""
        self._left.set()

    async def run(self) -> Result:
        """Run the world to its end.

        Raises:
            DemoStuck: the delivery has ended, and the last step was not taken.
        """
        started = time.monotonic()
        hub = MailHub(self.clock)
        hub.add_account(DESK, "oficialia", name="Oficialía")
        routes = PhoneRoutes(self._book)
        api = BotApi(self.clock, beside=routes.routes())
        async with hub, api:
            settings = self._settle(hub, api)
            self._set_up(settings)
            cast = self._engage(hub)
            texting = self._hand_out_phones(api, cast)
            service = Service(settings, clock=self.clock)
            await service.start()
            stage = Stage(hub=hub, api=api, cast=cast, texting=texting, service=service)
            self._plan_new_end(stage)
            PhoneLine(url=api.address, key=routes.key).write(self.folder)
            try:
                await service.writer.run(invite_staff, roles=WITH_CHAT)
                await service.writer.run(open_period, office.PERIOD)
                if self.stays:
                    await self._play(stage)
                else:
                    await asyncio.wait_for(self._play(stage), timeout=LONGEST_SECONDS)
                await self._settle_down(stage)
                await service.ticker.tick()
            finally:
                (self.folder / WHERE).unlink(missing_ok=True)
                await service.stop()
            result = self._sum_up(settings)
            if not self.stays and LAST_STEP not in (self.status.steps_done if self.status else ()):
                raise DemoStuck(f"el {ENDS_AT:%d-%m-%Y} no se ha llegado a {LAST_STEP}")
            hub.mailboxes.export(self.folder / "buzones")
        result.seconds = round(time.monotonic() - started, 1)
        return result

    def _settle(self, hub: MailHub, api: BotApi) -> Any:
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
                "telegram_token": api.token,
                "telegram_api": api.address,
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
            writer.act(
                permit_channel,
                "telegram",
                "C3",
                as_person="CACYPCS",
                document=PERMISSION.encode(),
                document_name="CACyPCS-031-2026.txt",
            )
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

    def _hand_out_phones(self, api: BotApi, cast: Cast) -> Texting:
        """Give a phone to whoever of the staff uses the chat, and to some volunteers."""
        places = {unit.code: unit.name for unit in (*office.OOADS, *office.REGIONS, *office.PACS)}
        for role, unit, _key, name, _cargo in office.STAFF:
            if role in WITH_CHAT:
                first, _, last = name.partition(" ")
                owned = Owned(
                    phone=api.phone(first, last_name=last),
                    name=name,
                    role=role,
                    unit=unit,
                    place=places.get(unit, ""),
                    address=office.address_of(name),
                )
                self._book.add(owned)
        for part in PARTS:
            volunteer = next(one for one in office.VOLUNTEERS if one.name == part.name)
            first, _, last = part.name.partition(" ")
            self._book.add(
                Owned(
                    phone=api.phone(first, last_name=last),
                    name=part.name,
                    role=volunteer.kind,
                    unit=volunteer.unit,
                    place=places[volunteer.unit],
                )
            )
        texting = Texting(self.clock, self._book, cast)
        plan_delivery(texting)
        return texting

    def _plan_new_end(self, stage: Stage) -> None:
        """Let UPIB move the end of the delivery, after the circular: whoever operates the desk loads the calendar anew."""
        workbook = self.folder / "calendario-2027-corregido.xlsx"
        office.write_calendar(workbook, ends_on=date.fromisoformat(MOVES_TO))
        reading = read_calendar(workbook)

        def load(desk: Desk) -> None:
            import_calendar(desk.session, reading, now=desk.now, dry_run=False)
            redate_periods(desk)
            review_circulars(desk)

        says = f"la UPIB mueve el término de la entrega al {date.fromisoformat(MOVES_TO):%d-%m-%Y}"
        stage.cast.plan(at(MOVES_ON, 10), lambda: stage.service.writer.run(load), says)

    async def _play(self, stage: Stage) -> None:
        """Let people and service act until the last step; leap when nothing is in flight."""
        while not self._left.is_set():
            if await self._let_people_act(stage):
                continue
            if not await self._is_quiet(stage):
                await asyncio.sleep(0.01)
                continue
            await self._tell_what_the_desk_did(stage.service)
            self.status = await stage.service.writer.run(show_period, office.PERIOD)
            if self._is_over():
                return
            await self._leap(stage)

    async def _let_people_act(self, stage: Stage) -> int:
        moved = await stage.cast.act()
        for address in [one for one in stage.cast.members if stage.hub.mailboxes.unseen(one)]:
            moved += await stage.cast.read_mail(address)
        return moved + stage.texting.read()

    def _is_over(self) -> bool:
        """Tell whether the delivery has ended; a world that stays is over when somebody leaves it."""
        return not self.stays and self.clock.now() >= ENDS_AT

    async def _leap(self, stage: Stage) -> None:
        """Leap to the next instant at which something is due; the day on which the world stays does not end."""
        due = [stage.cast.next_at, *await stage.service.writer.run(_next_instants)]
        waiting = [instant for instant in due if instant is not None]
        if self.stays and (not waiting or min(waiting).astimezone(ZONE).date() > STAYS_ON):
            await self._keep_open(stage)
            return
        leap = min([*waiting, ENDS_AT])
        if leap.astimezone(ZONE).date() != self.clock.now().astimezone(ZONE).date():
            self._watch("clock", f"{leap.astimezone(ZONE):%d-%m-%Y}")
        self.clock.leap_to(max(leap, self.clock.now()))
        await stage.service.ticker.tick()
        stage.service.wake_couriers()

    async def _keep_open(self, stage: Stage) -> None:
        """Wait for whoever has a phone in the hand, with the mailboxes laid out as they are."""
        if self.clock.now() < STAYS_AT:
            self.clock.leap_to(STAYS_AT)
            self._watch("clock", f"{STAYS_ON:%d-%m-%Y}")
        if not self._is_open:
            self._is_open = True
            self._watch(
                "office", f"La oficina se queda abierta. En otra ventana: oficialia chat --data {self.folder}"
            )
            self._watch("office", "Los buzones están en la carpeta buzones. Se cierra con Ctrl-C.")
        stage.hub.mailboxes.export(self.folder / "buzones")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await self._left.wait()

    async def _tell_what_the_desk_did(self, service: Service) -> None:
        """Show the lines of the journal that a person would want to see pass."""

        def read(desk: Desk) -> list[tuple[int, str]]:
            return [(row.id or 0, row.text) for row in journal.lines_after(desk.session, self._told, TOLD)]

        for number, text in await service.writer.run(read):
            self._told = number
            self._watch("desk", f"    ▸ {text}")

    async def _is_quiet(self, stage: Stage) -> bool:
        """Tell whether nothing is in flight anywhere: on the wires, in the mailbox, in the books."""
        if stage.hub.in_flight() or stage.api.in_flight() or stage.service.at_work:
            return False
        if stage.hub.mailboxes.count(DESK):
            return False
        return not await stage.service.writer.run(_has_work)

    async def _settle_down(self, stage: Stage) -> None:
        """Let the last letters reach their mailboxes."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if await self._is_quiet(stage):
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
    by_channel = outbox.count_by_channel(session, LetterState.SENT)
    result.letters_sent, result.letters_by_channel = sum(by_channel.values()), by_channel
    result.reminders_sent = sum(
        outbox.count_letters(session, LetterState.SENT, template) for template in ("M-45", "M-46")
    )
    result.chats = chats.count_linked(session)
    result.chat_updates = entries.count_entries(session, channel=EntryChannel.CHAT)
    result.volunteers_reminded = sum(
        outbox.count_letters(session, LetterState.SENT, f"RV-{number}") for number in range(1, 5)
    )
    tallies = reminders.tally(session, case_id)
    result.payees = sum(one.total for one in tallies)
    result.payees_not_told = sum(one.not_yet + one.not_found for one in tallies)
    result.payees_told = result.payees - result.payees_not_told
    result.payout_cases = payout_cases.count_cases(session, case_id)
