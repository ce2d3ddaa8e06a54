"""Read a recorded mail, find out what it means, and let it do that: an entry's way through the desk."""

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from actions.accept_list import ListMail, accept_list
from actions.act_by_answer import act_by_answer
from actions.answer_list import refuse_without_file
from actions.answer_question import answer_question
from actions.ask_provider import ROLE as PROVIDER
from actions.ask_provider import cases_in_question, take_answer
from actions.desk import Desk, Office
from actions.find_expediente import Whereabouts, find_whereabouts
from actions.give_reason import give_reason
from actions.hear_of_release import hear_of_release, release_in_question
from actions.prove_step import lacks_document, prove_step
from actions.quarantine_entry import leave_unclassified, quarantine
from actions.send_letter import send_to_person
from actions.sort_tray import ASSIGNED
from actions.take_bounce import take_bounce
from actions.take_scan import expects_rubric, take_scan
from documents.sandbox import Workshop
from documents.scans import Scan, is_scan, open_scan
from documents.workbooks import open_list
from mail.answers import QUESTIONS, Verb, confirms_list, read_answer
from mail.authentication import AuthenticationMode, is_authentic
from mail.parsing import ParsedMail
from mail.reports import MailKind
from procedures.lists.merge import Nature
from procedures.lists.names import normalise_name
from procedures.lists.rows import RawList
from storage import entries, people
from storage.blobs import BlobStore
from storage.entries import EntryRow, EntryState
from storage.people import PersonRow

SPREADSHEETS = frozenset({".xlsx", ".xls", ".xlsm", ".xlsb", ".csv", ".ods", ".xlt", ".xltx"})
MAX_ATTEMPTS = 3
SMALLEST_DOCUMENT = 20_000
"""Bytes; what is smaller is a logo of somebody's signature, and no scan of an oficio."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What reading an entry needs, without the books."""

    entry_id: int
    path: str
    known_senders: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """An attachment taken out of a mail; its bytes lie among the originals."""

    name: str
    media_type: str
    sha256: str
    size: int

    @property
    def is_spreadsheet(self) -> bool:
        """Whether the name or the type says that it is a workbook, ours to read or not."""
        return (
            Path(self.name.lower()).suffix in SPREADSHEETS
            or "spreadsheet" in self.media_type
            or "excel" in self.media_type
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """An entry as the workers read it."""

    mail: ParsedMail
    files: tuple[File, ...] = ()
    sheets: Mapping[str, RawList] = field(default_factory=dict)
    """SHA-256 of a workbook -> what was read of it."""
    scan: Scan = field(default_factory=Scan)
    """What its pictures and PDFs show, if it brings no workbook."""


def prepare_entries(desk: Desk, *, besides: Collection[int], limit: int) -> list[Prepared]:
    """Gather what reading needs of the entries that wait, in the order of arrival."""
    waiting = [row for row in entries.pending(desk.session, limit=limit) if row.id not in besides]
    if not waiting:
        return []
    known_senders = people.known_addresses(desk.session)
    return [
        Prepared(entry_id=row.id, path=str(desk.blobs.path_of(row.blob_sha256)), known_senders=known_senders)
        for row in waiting
    ]


def read_entry(prepared: Prepared, workshop: Workshop, office: Office, blobs: BlobStore) -> Reading:
    """Parse a mail, and the workbook it brings, in sandboxed workers; no transaction is open.

    Its files are made durable here, long before a row names them. Those of unknown
    senders are kept, too, but not opened.
    """
    with tempfile.TemporaryDirectory(prefix="oficialia-") as scratch:
        values = workshop.run("mail.parsing:parse_file", prepared.path, scratch, office.authserv_id)
        mail = ParsedMail.from_json(values)
        contents = [Path(item.path).read_bytes() for item in mail.attachments]
        files = tuple(
            File(name=item.name, media_type=item.type, sha256=digest, size=len(content))
            for item, content, digest in zip(
                mail.attachments, contents, blobs.put_many(contents), strict=True
            )
        )
        sheets: dict[str, RawList] = {}
        scan = Scan()
        if mail.kind is MailKind.NORMAL and mail.from_email in prepared.known_senders:
            workbooks = [item for item in mail.attachments if Path(item.name.lower()).suffix in SPREADSHEETS]
            if len({item.sha256 for item in workbooks}) == 1:
                sheets[workbooks[0].sha256] = open_list(workshop, Path(workbooks[0].path), workbooks[0].name)
            elif not workbooks:
                scan = open_scan(
                    workshop,
                    [(Path(item.path), item.name) for item in mail.attachments if is_scan(item.name)],
                )
        return Reading(mail=mail, files=files, sheets=sheets, scan=scan)


def apply_entries(desk: Desk, readings: Mapping[int, Reading]) -> None:
    """Do what some entries mean, in their order and in one transaction: all of it or nothing."""
    # Held until the end, so that each of them is found without asking for it by itself.
    waiting = entries.get_entries(desk.session, readings)
    for entry_id, reading in readings.items():
        apply_entry(desk, entry_id, reading)
    del waiting


def apply_entry(desk: Desk, entry_id: int, reading: Reading) -> None:
    """Do what an entry means: steps, lists, letters, journal.

    An entry that was already applied changes nothing (a crash between two
    entries leaves the first applied and the second recorded).
    """
    entry = entries.get_entry(desk.session, entry_id)
    if entry.state is not EntryState.RECORDED:
        return
    mail = reading.mail
    said = entry.reading.get(ASSIGNED)
    assigned = {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else None
    # Who it is of is asked before anything is written: each question would write what waits by itself.
    person = (
        people.find_person_by_email(desk.session, mail.from_email) if mail.kind is MailKind.NORMAL else None
    )
    whereabouts = find_whereabouts(desk, mail, person.id or 0, assigned) if person else None
    _understand(desk, entry, reading, person, again=bool(entry.reading.keys() - {ASSIGNED}))
    if mail.kind is MailKind.BOUNCE:
        take_bounce(desk, entry, mail)
        return
    if mail.kind is not MailKind.NORMAL:
        # No automaton is ever answered: that is how two of them keep each other busy for a night (GEN-15).
        _finish(desk, entry, EntryState.APPLIED, what=f"correo automático ({mail.kind})")
        return
    mode = AuthenticationMode(desk.office.authentication)
    if person is None or whereabouts is None:
        contact = people.find_external_contact(desk.session, mail.from_email, desk.today)
        if contact is None:
            quarantine(desk, entry, mail, code="V-001", reason="remitente desconocido")
        elif contact.organisation == PROVIDER and is_authentic(mail.authentication, mode):
            _hear_provider(desk, entry, reading)
        else:
            _leave_outsider(desk, entry)
        return
    if not is_authentic(mail.authentication, mode):
        quarantine(
            desk,
            entry,
            mail,
            code="V-002",
            reason="la autenticación del correo no es aceptable",
            holder=person,
        )
        return
    _act(desk, entry, reading, whereabouts)


def _hear_provider(desk: Desk, entry: EntryRow, reading: Reading) -> None:
    """Take an answer of the PS to its file, or about payout cases; whatever else it writes is sorted by a person."""
    about = cases_in_question(desk, reading.mail)
    letter = release_in_question(desk, reading.mail)
    if letter is not None:
        hear_of_release(desk, entry, reading.mail, letter)
        _finish(desk, entry, EntryState.APPLIED)
    elif about:
        take_answer(desk, entry, reading.mail, about)
        _finish(desk, entry, EntryState.APPLIED)
    else:
        _leave_outsider(desk, entry)


def _leave_outsider(desk: Desk, entry: EntryRow) -> None:
    leave_unclassified(desk, entry, "lo envía un contacto externo; una persona lo clasifica", answer=False)


def _understand(
    desk: Desk, entry: EntryRow, reading: Reading, person: PersonRow | None, *, again: bool
) -> None:
    """Keep what the workers read; an entry that the tray gave back has its files already."""
    mail = reading.mail
    entry.kind = mail.kind
    entry.sender = mail.from_email[:254]
    entry.subject = mail.subject[:998]
    entry.message_id = mail.message_id[:998]
    entry.reading = mail.to_json()
    entry.person_id = person.id if person else None
    desk.session.add(entry)
    if not again:
        entries.add_attachments(
            desk.session,
            entry.id,
            [
                {
                    "name": item.name[:255],
                    "media_type": item.media_type[:127],
                    "size": item.size,
                    "sha256": item.sha256,
                }
                for item in reading.files
            ],
        )


def _act(desk: Desk, entry: EntryRow, reading: Reading, whereabouts: Whereabouts) -> None:
    mail = reading.mail
    if not whereabouts.posts:
        # Whoever left a post gets the neutral message, and nothing of the expediente (design 3).
        send_to_person(
            desk,
            "M-44",
            {"folio": entry.folio, "received_at": entry.received_at},
            whereabouts.person_id,
            entry=entry,
        )
        leave_unclassified(desk, entry, "quien lo envía ya no ocupa ningún puesto", answer=False)
        return
    # The same file twice in a mail is one file.
    workbooks = list({item.sha256: item for item in reading.files if item.is_spreadsheet}.values())
    documents = [
        item.sha256 for item in reading.files if is_scan(item.name) and item.size > SMALLEST_DOCUMENT
    ]
    answer = read_answer(mail.new_text)
    if workbooks:
        accept_list(
            desk,
            entry,
            whereabouts,
            ListMail(
                workbooks=workbooks,
                sheets=reading.sheets,
                confirmation=confirms_list(mail.new_text),
                draft=_is_draft(mail.subject),
                said=_said_of_list(mail.subject),
                motive=answer.motive,
            ),
        )
    elif answer.verb in QUESTIONS:
        answer_question(desk, entry, whereabouts, answer)
    elif answer.verb is Verb.REASON and whereabouts.case is not None:
        give_reason(desk, entry, whereabouts, whereabouts.case, answer)
    elif reading.scan.is_ours or (reading.scan.shows_pages and expects_rubric(desk, whereabouts)):
        take_scan(desk, entry, whereabouts, reading.scan, documents, answer)
    elif answer.verb is not Verb.NONE and whereabouts.case is not None:
        act_by_answer(desk, entry, whereabouts, answer, documents=documents)
    elif documents and lacks_document(desk, whereabouts):
        prove_step(desk, entry, whereabouts, documents)
    elif whereabouts.expects_list:
        # Whatever unit the subject names: nobody is told of another ámbito.
        own = whereabouts.pac_units
        unit = whereabouts.unit if whereabouts.unit in own else own[0]
        refuse_without_file(desk, entry, whereabouts, unit)
    else:
        leave_unclassified(desk, entry, whereabouts.doubt or "no se reconoce qué pide", answer=True)
        return
    if entry.state is EntryState.RECORDED:
        _finish(desk, entry, EntryState.APPLIED)


def _is_draft(subject: str) -> bool:
    """Tell whether a list is sent to be tried: nothing of it is kept."""
    words = subject.upper()
    return "[BORRADOR]" in words or "PRUEBA" in words


def _said_of_list(subject: str) -> Nature | None:
    """Return what a subject says of the list that it brings: the whole one, or corrections of it."""
    words = set(normalise_name(subject).split())
    if words & {"COMPLETO", "COMPLETA"}:
        return Nature.WHOLE
    return Nature.CORRECTION if words & {"CORRECCION", "CORRECCIONES"} else None


def _finish(desk: Desk, entry: EntryRow, state: EntryState, *, what: str = "") -> None:
    entry.state = state
    desk.session.add(entry)
    if what:
        desk.note(
            "entry_answered",
            case_id=entry.case_id,
            entry_id=entry.id,
            channel="mail",
            folio=entry.folio,
            what=what,
        )


def fail_entry(desk: Desk, entry_id: int, fault: str) -> None:
    """Note our own failure to process an entry; after a few tries it goes to the tray.

    The sender hears nothing of it: our faults are told to whoever operates the desk.
    """
    entry = entries.get_entry(desk.session, entry_id)
    entry.attempts += 1
    desk.session.add(entry)
    desk.note(
        "entry_failed",
        entry_id=entry.id,
        channel="mail",
        folio=entry.folio,
        attempt=entry.attempts,
        fault=fault,
    )
    if entry.attempts >= MAX_ATTEMPTS:
        leave_unclassified(desk, entry, f"falla propia al procesarlo ({fault})", answer=False, alarm=True)
