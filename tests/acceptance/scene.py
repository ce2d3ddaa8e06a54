"""The stage of the acceptance scenarios: a desk at work on real wires, its office, and time that leaps."""

import asyncio
import contextlib
import time as system_time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from io import BytesIO
from pathlib import Path

import openpyxl
from sqlmodel import Session, col, select

from actions.activate_procedure import activate_procedure
from actions.import_calendar import import_calendar
from actions.import_directory import import_directory
from actions.prepare_office import prepare_office
from actions.read_case import read_situation
from actions.show_period import PeriodStatus, show_period
from documents.calendar_workbook import read_calendar
from documents.directory.reading import read_directory
from documents.directory.template import write_directory
from documents.directory.values import Directory
from documents.sandbox import Workshop
from procedures import engine
from procedures.engine import Instance, Status
from procedures.situation import Situation
from service.clock import LeapingClock
from service.demo import office
from service.demo.cast import CONFIRMATION, ZONE, Cast, Slip, fill_in
from service.demo.cast import Member as Actor
from service.demo.correspondent import Attachment, Correspondent
from service.demo.hub import MailHub, MailStore
from service.settings import Settings, read_settings, write_settings
from service.wiring import Service, writing
from storage import agenda, cases, entries, journal, lists, outbox
from storage.cases import CaseRow, StepOutcome, StepRow
from storage.entries import EntryRow, EntryState
from storage.journal import JournalRow
from storage.lists import FindingRow, ListLevel, ListVersionRow, StoredLine
from storage.outbox import LetterRow, LetterState
from tests.people import PERIOD, STRANGER, Member, at
from tests.wires.dovecot import PASSWORD, Dovecot, DovecotMailboxes

DESK = f"oficialia@{office.DOMAIN}"
BEGINS = datetime(2027, 1, 4, 8, 30, tzinfo=ZONE)
PROCEDURE = "0780-003-002"
NEXT_PERIOD = "2027-B2"
_LONGEST_SECONDS = 30.0


class NotSettled(AssertionError):
    """Something is in flight that never lands."""


# ------------------------------------------------------------------ the office


def set_up(folder: Path, clock: LeapingClock, directory: Directory | None = None) -> None:
    """Set an office up as anybody would: settings, directory, calendar, the procedure activated."""
    write_settings(
        folder,
        {
            "office_name": "Oficialía",
            "address": DESK,
            "imap_host": "127.0.0.1",
            "imap_security": "plain",
            "imap_password": PASSWORD,
            "smtp_host": "127.0.0.1",
            "smtp_security": "plain",
            "smtp_user": DESK,
            "smtp_password": PASSWORD,
            "authserv_id": "mx.oficialia.example",
            "authentication": "required",
            "poll_seconds": 1,
            "tick_seconds": 3600,
        },
    )
    people, calendar = folder / "directorio.xlsx", folder / "calendario.xlsx"
    write_directory(people, directory or office.office())
    office.write_calendar(calendar)
    with writing(read_settings(folder), clock) as writer:
        writer.act(prepare_office)
        writer.act(
            lambda desk: import_directory(desk.session, read_directory(people), now=desk.now, dry_run=False)
        )
        writer.act(
            lambda desk: import_calendar(desk.session, read_calendar(calendar), now=desk.now, dry_run=False)
        )
        writer.act(lambda desk: activate_procedure(desk, PROCEDURE, as_person="CACYPCS"))


# ------------------------------------------------------------------ letters and people


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter as it lies in somebody's mailbox."""

    template: str
    original: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=default).parsebytes(self.original)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The words of the text part, however its lines are broken."""
        part = self.message.get_body(("plain",))
        return " ".join(str(part.get_content()).split()) if part is not None else ""

    @property
    def html(self) -> str:
        part = self.message.get_body(("html",))
        return str(part.get_content()) if part is not None else ""

    @property
    def lines(self) -> list[str]:
        """The lines of the text part, without those that are empty."""
        part = self.message.get_body(("plain",))
        return [line.strip() for line in str(part.get_content()).splitlines() if line.strip()] if part else []

    @property
    def attachments(self) -> dict[str, bytes]:
        found = {}
        for part in self.message.iter_attachments():
            content = part.get_payload(decode=True)
            found[part.get_filename() or ""] = content if isinstance(content, bytes) else b""
        return found

    @property
    def workbook(self) -> bytes:
        """The one workbook that goes with it."""
        [found] = [content for name, content in self.attachments.items() if name.endswith(".xlsx")]
        return found

    @property
    def code(self) -> str:
        """The one-time code that stands after a word of answer; empty when it asks for none."""
        for line in self.lines:
            words = line.split()
            if len(words) == 2 and words[0].isupper() and words[1].isdigit() and len(words[1]) == 6:
                return words[1]
        digits = [word.strip(".,:;") for word in self.text.split()]
        return next((word for word in digits if word.isdigit() and len(word) == 6), "")

    @property
    def word(self) -> str:
        """The word that it asks to be answered with its code."""
        found = [line.split() for line in self.lines]
        return next((words[0] for words in found if len(words) == 2 and words[1] == self.code), "HECHO")

    @property
    def words(self) -> str:
        """Everything that it says anywhere: headers, text, page, and the cells of its workbooks."""
        cells = [
            str(cell)
            for name, content in self.attachments.items()
            if name.endswith(".xlsx")
            for sheet in openpyxl.load_workbook(BytesIO(content), read_only=True)
            for row in sheet.iter_rows(values_only=True)
            for cell in row
            if cell is not None
        ]
        files = [
            content.decode("utf-8", "replace")
            for name, content in self.attachments.items()
            if not name.endswith(".xlsx")
        ]
        headers = [f"{name}: {value}" for name, value in self.message.items()]
        return "\n".join([*headers, self.text, self.html, *self.attachments, *cells, *files])


@dataclass(kw_only=True)
class Person:
    """Somebody at the other end of the wires."""

    member: Member
    correspondent: Correspondent
    scene: "Scene"
    seen: int = 0

    @property
    def received(self) -> list[Letter]:
        """Every letter in the mailbox, the oldest first."""
        return [self.scene.letter(mail) for mail in self.scene.hub.mailboxes.originals(self.member.email)]

    def news(self) -> list[Letter]:
        """What arrived since the last look."""
        letters = self.received
        fresh, self.seen = letters[self.seen :], len(letters)
        return fresh

    def last(self, template: str) -> Letter:
        """The newest letter of one kind."""
        return [letter for letter in self.received if letter.template == template][-1]

    def asked(self, step: str) -> Letter:
        """The newest letter that asks for a step."""
        return [letter for letter in self.received if self.scene.row_of(letter).asks == step][-1]

    async def answers(
        self, letter: Letter, text: str, *, files: Sequence[Attachment] = (), quote: bool = True
    ) -> list[Letter]:
        """Answer a letter, and return what comes back."""
        self.news()
        await self.correspondent.reply(letter.original, text, attachments=files, quote=quote)
        await self.scene.settle()
        return self.news()

    async def does(self, step: str) -> list[Letter]:
        """Attest a step as its letter asks: with its word and its code."""
        letter = self.asked(step)
        return await self.answers(letter, f"{letter.word} {letter.code}")

    def is_asked(self, step: str) -> bool:
        """Whether any letter in the mailbox asks for a step."""
        return any(self.scene.row_of(letter).asks == step for letter in self.received)

    async def writes(self, subject: str, text: str, *, files: Sequence[Attachment] = ()) -> list[Letter]:
        """Write to the desk of one's own accord, and return what comes back."""
        self.news()
        await self.correspondent.send(DESK, subject, text, attachments=files)
        await self.scene.settle()
        return self.news()

    async def sends_list(
        self,
        workbook: bytes,
        *,
        text: str = CONFIRMATION,
        name: str = "Listado.xlsx",
        letter: Letter | None = None,
    ) -> list[Letter]:
        """Answer the request of a list with a workbook, and return what comes back."""
        return await self.answers(
            letter or self.last("M-04"), text, files=[Attachment(name=name, content=workbook)]
        )

    def blank(self) -> bytes:
        """The workbook that came with the request."""
        return self.last("M-04").workbook

    def filled(self) -> bytes:
        """That workbook, filled in as it should be."""
        return fill_in(self.member.unit, self.blank())


def edited(workbook: bytes, changes: dict[str, object], *, sheet: str = "Listado") -> bytes:
    """A workbook with some cells changed."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    for place, value in changes.items():
        book[sheet][place].value = value
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cells_of(workbook: bytes, column: str = "G", *, sheet: str = "Listado") -> list[object]:
    """The filled cells of a column, from the first row of data."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    return [cell.value for cell in book[sheet][column][2:] if cell.value is not None]


# ------------------------------------------------------------------ the scene


class Scene:
    """A desk at work, and everybody who writes to it."""

    def __init__(self, *, folder: Path, clock: LeapingClock, hub: MailHub, settings: Settings) -> None:
        self.folder = folder
        self.clock = clock
        self.hub = hub
        self.settings = settings
        self.service = Service(settings, clock=clock)
        self._people: dict[str, Person] = {}

    def __getitem__(self, member: Member | str) -> Person:
        """Return somebody, by the standing people's names or by address."""
        known = (
            member
            if isinstance(member, Member)
            else Member(key="", name=member, email=member, role="", unit="")
        )
        if known.email not in self._people:
            correspondent = Correspondent.at(
                self.hub, self.clock, known.email, password=PASSWORD, name=known.name
            )
            self._people[known.email] = Person(member=known, correspondent=correspondent, scene=self)
        return self._people[known.email]

    def invite(self) -> None:
        """Open a mailbox for everybody of the office, the PS and a stranger."""
        self.hub.add_account(DESK, PASSWORD, name="Oficialía")
        for role, unit, *_rest in office.STAFF:
            _ = self[at(role, unit)]
        for address in (office.PS_ADDRESS, STRANGER):
            _ = self[address]

    async def bring_letters(self) -> None:
        """Put the letters of earlier, which another hub delivered, into the mailboxes of this one."""
        with self.books() as session:
            sent = session.exec(
                select(LetterRow).where(col(LetterRow.state) == LetterState.SENT).order_by(col(LetterRow.id))
            )
            earlier = [(row.address, self.service.blobs.get(row.blob_sha256), row.sent_at) for row in sent]
        for address, original, sent_at in earlier:
            await self.hub.mailboxes.append(self[address].member.email, original, sent_at or self.clock.now())
        for person in self._people.values():
            person.news()

    # Time

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ZONE).date()

    async def settle(self) -> None:
        """Wait until nothing is in flight: on the wires, in the mailbox, in the books."""
        deadline = system_time.monotonic() + _LONGEST_SECONDS
        quiet = 0
        # Twice in a row: between two looks a letter may pass from one hand to the next.
        while quiet < 2:
            quiet = quiet + 1 if self._is_quiet() else 0
            if system_time.monotonic() > deadline:
                raise NotSettled(
                    f"in the mailbox: {self.hub.mailboxes.count(DESK)}, at work: {self.service.at_work}"
                )
            await asyncio.sleep(0.005)

    def _is_quiet(self) -> bool:
        if self.hub.in_flight() or self.service.at_work or self.hub.mailboxes.count(DESK):
            return False
        with self.books() as session:
            due = outbox.next_due_at(session)
            return not entries.count_entries(session, EntryState.RECORDED) and (
                due is None or due > self.clock.now()
            )

    async def take_turns(self, turns: Sequence[tuple[Member, Sequence[str]]]) -> None:
        """Let people do their steps, one after the other."""
        for who, steps in turns:
            for step in steps:
                await self[who].does(step)

    async def leap_to(self, day: str, hour: str = "09:30") -> None:
        """Let office time pass, with everything that falls due on the way."""
        target = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), ZONE)
        while True:
            with self.books() as session:
                due = agenda.next_due_at(session)
            instant = min(due or target, target)
            self.clock.leap_to(instant)
            await self.service.ticker.tick()
            self.service.couriers.wake()
            await self.settle()
            if instant == target:
                return

    async def play(self, until: Callable[[PeriodStatus], bool], *, period: str = PERIOD) -> None:
        """Let everybody of the office do their part, as the demonstration's cast does."""
        members = [
            Actor(
                correspondent=self[at(role, unit)].correspondent,
                role=role,
                unit=unit,
                pace=timedelta(minutes=20 + number % 9),
                slip=Slip.NONE,
            )
            for number, (role, unit, *_rest) in enumerate(office.STAFF)
        ]
        cast = Cast(self.clock, members, watch=lambda _line: None)
        while True:
            moved = await cast.act()
            for address in [address for address in cast.members if self.hub.mailboxes.unseen(address)]:
                moved += await cast.read_mail(address)
            await self.settle()
            if moved:
                continue
            if until(await self.service.writer.run(show_period, period)):
                return
            with self.books() as session:
                waiting = [
                    instant for instant in (cast.next_at, agenda.next_due_at(session)) if instant is not None
                ]
            self.clock.leap_to(min(waiting))
            await self.service.ticker.tick()
            self.service.couriers.wake()
            await self.settle()

    # What the books say

    @contextlib.contextmanager
    def books(self) -> Iterator[Session]:
        with self.service.store.reading() as session:
            yield session

    def case(self, period: str = PERIOD) -> CaseRow:
        with self.books() as session:
            found = cases.find_case(session, f"{PROCEDURE}/{period}")
        assert found is not None
        return found

    def steps(self, unit: str | None = None) -> list[StepRow]:
        """The records of steps, of the whole period or of a unit, in order."""
        case_id = self.case().id
        with self.books() as session:
            found = cases.steps_of(session, case_id)
        return [row for row in found if unit is None or row.unit == unit]

    def done(self, unit: str) -> set[str]:
        """The steps of a unit that stand as done or excepted."""
        last = {row.step: row for row in self.steps(unit)}
        return {step for step, row in last.items() if row.outcome in {StepOutcome.DONE, StepOutcome.EXCEPTED}}

    def standing(self) -> list[tuple[str, str, str]]:
        """Everything that steps have come to, to be compared with itself later."""
        return [(row.step, row.unit, row.outcome.value) for row in self.steps()]

    def versions(
        self, unit: str, level: ListLevel = ListLevel.LVP, *, period: str = PERIOD
    ) -> list[ListVersionRow]:
        """The versions of a list, the oldest first."""
        case_id = self.case(period).id
        with self.books() as session:
            return lists.versions_of(session, case_id, level, unit)

    def noted(self, kind: str) -> list[JournalRow]:
        """The lines of the journal of one kind."""
        with self.books() as session:
            return [row for row in journal.history(session) if row.kind == kind]

    def last_entry(self) -> EntryRow:
        with self.books() as session:
            return session.exec(select(EntryRow).order_by(col(EntryRow.id).desc())).first()

    def count_entries(self) -> int:
        with self.books() as session:
            return entries.count_entries(session)

    def kept(self, entry: EntryRow) -> bytes:
        """The original of an entry."""
        return self.service.blobs.get(entry.blob_sha256)

    def kept_files(self, entry: EntryRow) -> list[bytes]:
        """The files of an entry, as they were taken out of it."""
        with self.books() as session:
            found = entries.attachments_of(session, entry.id or 0)
        return [self.service.blobs.get(row.sha256) for row in found]

    def letters(self) -> list[LetterRow]:
        """Every letter that the desk ever wrote."""
        with self.books() as session:
            return list(session.exec(select(LetterRow).order_by(col(LetterRow.id))))

    def row_of(self, letter: Letter) -> LetterRow:
        """The outbox's row of a letter."""
        with self.books() as session:
            found = outbox.find_by_message_id(session, str(letter.message["Message-ID"]).strip())
        assert found is not None
        return found

    def letter(self, original: bytes) -> Letter:
        """A mail out of a mailbox as a letter of ours."""
        message_id = str(
            BytesParser(policy=default).parsebytes(original, headersonly=True)["Message-ID"]
        ).strip()
        with self.books() as session:
            row = outbox.find_by_message_id(session, message_id)
        return Letter(template=row.template if row else "", original=original)

    def lines(self, unit: str, level: ListLevel = ListLevel.LVP) -> list[StoredLine]:
        """The lines of the newest version of a list, in its order."""
        version = self.versions(unit, level)[-1]
        with self.books() as session:
            return sorted(lists.lines_of(session, version.id), key=lambda line: line.position)

    def findings(self, unit: str, *, period: str = PERIOD) -> list[FindingRow]:
        """What was found in the newest version of a PAC's list."""
        version = self.versions(unit, period=period)[-1]
        with self.books() as session:
            return list(session.exec(select(FindingRow).where(col(FindingRow.version_id) == version.id)))

    async def status(self) -> PeriodStatus:
        return await self.service.writer.run(show_period, PERIOD)

    def situation(self, unit: str | None = None) -> Situation:
        """What the engine reasons about, with what the gates read of a unit."""
        case = self.case()
        return self.service.writer.act(lambda desk: read_situation(desk, case, unit))

    def stands(self, step: str, unit: str) -> Status:
        """Where a step of a unit stands."""
        return engine.status(self.situation(), Instance(step, unit))

    def is_open(self, step: str, unit: str) -> bool:
        return self.stands(step, unit) is Status.OPEN

    def superior_of(self, member: Member) -> Person:
        """Who stands above somebody of a region: the EMS above a SAC."""
        return self[at("EMS", member.unit)]

    def deadline(self, step: str, unit: str) -> date | None:
        """The due date of a step, as the agenda has it."""
        case_id = self.case().id
        with self.books() as session:
            found = [row for row in agenda.waiting(session, case_id) if (row.step, row.unit) == (step, unit)]
        return found[0].due_on if found else None


class Maildirs(DovecotMailboxes):
    """Dovecot's mailboxes, which a test can also look into without a connection of its own."""

    def __init__(self, dovecot: Dovecot) -> None:
        super().__init__(dovecot)
        self._folder = dovecot.folder / "mail"

    def count(self, address: str) -> int:
        """Count the mails in an INBOX."""
        return len(self._files(address))

    def originals(self, address: str) -> list[bytes]:
        """Return the mails in an INBOX, oldest first."""
        return [file.read_bytes() for file in self._files(address)]

    def _files(self, address: str) -> list[Path]:
        maildir = self._folder / address / "Maildir"
        files = [file for place in ("new", "cur") for file in (maildir / place).glob("*")]
        return sorted(files, key=lambda file: int(file.name.split(".")[1].rpartition("_")[2]))


@contextlib.asynccontextmanager
async def at_work(
    folder: Path, now: datetime, *, mailboxes: MailStore | None = None, workshop: Workshop | None = None
) -> AsyncIterator[Scene]:
    """Open a data folder's desk on new wires, at an instant of office time.

    A workshop that is lent spares the desk the start of its own workers.
    """
    clock = LeapingClock(now)
    hub = MailHub(clock, mailboxes=mailboxes)
    async with hub:
        settings = read_settings(folder).model_copy(
            update={"imap_port": hub.imap_port, "smtp_port": hub.smtp_port}
        )
        scene = Scene(folder=folder, clock=clock, hub=hub, settings=settings)
        scene.service.writer.workshop = workshop or scene.service.workshop
        scene.invite()
        await scene.bring_letters()
        await scene.service.start()
        try:
            await scene.settle()
            yield scene
        finally:
            await scene.service.stop()
