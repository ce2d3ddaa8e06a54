"""Take what the Prestador de Servicios answers to the listado definitivo: its acuse, or what has to be cleared up (A28; AMB-54)."""

from decimal import Decimal

from actions.desk import Desk
from actions.find_addressees import NATION, addressees, unique
from actions.find_expediente import answered_letter
from actions.find_release import ACKNOWLEDGEMENT, find_release
from actions.letter_values import period_in_words, totals_of
from actions.send_letter import send
from actions.take_step import Evidence, take_step
from mail.acknowledgements import read_acknowledgement
from mail.parsing import ParsedMail
from procedures.definition import Level, Source
from procedures.engine import Happening
from storage import cases, lists
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.lists import ListLevel, ListVersionRow
from storage.outbox import LetterRow

LETTER = "M-17"
LONGEST = 4_000


def release_in_question(desk: Desk, mail: ParsedMail) -> LetterRow | None:
    """Return the letter with the listado definitivo that a mail of the PS answers."""
    letter = answered_letter(desk, mail)
    return letter if letter is not None and letter.template == LETTER else None


def hear_of_release(desk: Desk, entry: EntryRow, mail: ParsedMail, letter: LetterRow) -> None:
    """Record the acuse of the version that a letter brought, and pass on to CPEEyPB and CFI what the PS wrote.

    An answer whose figures are others, or that does not say that the file was received, is
    no acuse: people clear it up, and CPEEyPB attests it (EV28A) once it is.
    """
    case = cases.get_case(desk.session, letter.case_id or 0)
    entry.case_id = case.id
    version = _version_of(desk, case, letter)
    if version is None:
        message = f"letter {letter.id} brought no version"
        raise LookupError(message)
    said = read_acknowledgement(mail.new_text)
    amount = Decimal(version.total_centavos) / 100
    agrees = said.agrees(version.rows, amount)
    newest = lists.latest_version(desk.session, case.id, ListLevel.LD, version.unit)
    desk.note(
        "provider_acknowledged" if agrees else "provider_disagrees",
        case_id=case.id,
        step=ACKNOWLEDGEMENT,
        role="PS",
        entry_id=entry.id,
        channel="mail",
        version=version.version,
        digest=version.digest,
    )
    if agrees and newest is not None and newest.id == version.id:
        _acknowledge(desk, case, version, entry)
    _pass_on(desk, case, version, entry, mail, agrees=agrees, differs=said.differs(version.rows, amount))


def _version_of(desk: Desk, case: CaseRow, letter: LetterRow) -> ListVersionRow | None:
    """Return the version that a letter brought: the last that had left when it was written."""
    found = None
    for version in lists.versions_of(desk.session, case.id, ListLevel.LD, letter.unit):
        release = find_release(desk, version)
        if release is not None and release.at <= letter.created_at:
            found = version
    return found


def _acknowledge(desk: Desk, case: CaseRow, version: ListVersionRow, entry: EntryRow) -> None:
    happening = Happening(
        kind=Source.MAIL,
        name="provider",
        unit=version.unit,
        step=ACKNOWLEDGEMENT,
        at=entry.received_at,
        on=desk.local_date(entry.received_at),
        level=Level.ATTESTED,
    )
    evidence = Evidence(
        entry=entry, channel="mail", text=f"Acuse de la versión {version.version}", subject_key=version.digest
    )
    take_step(desk, case, happening, evidence)


def _pass_on(
    desk: Desk,
    case: CaseRow,
    version: ListVersionRow,
    entry: EntryRow,
    mail: ParsedMail,
    *,
    agrees: bool,
    differs: bool,
) -> None:
    values = {
        "period": period_in_words(desk, case),
        "version": version.version,
        "totals": totals_of(version),
        "acknowledged": agrees,
        "differs": differs,
        "said": mail.new_text.strip()[:LONGEST] or "(sin texto)",
        "files": [item.name for item in mail.attachments],
        "folio": entry.folio,
    }
    to = unique([who for role in ("CPEEyPB", "CFI") for who in addressees(desk, role, NATION)])
    send(desk, "PS-ACUSE", values, to, case=case, step="A28", version=entry.folio)
