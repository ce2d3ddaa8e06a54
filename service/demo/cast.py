"""The cast: people who read their mail and act, with the mistakes that people make.

They know only what their letters say. The service cannot tell them from an office.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from enum import StrEnum
from io import BytesIO
from zoneinfo import ZoneInfo

from actions.ports import Clock
from service.demo import office
from service.demo.correspondent import Attachment, Correspondent

ZONE = ZoneInfo("America/Mexico_City")
OPENS, CLOSES = time(8, 30), time(15, 30)
CONFIRMATION = (
    "Confirmo que el listado se integró con el Equipo de Salud (médico y auxiliar de la unidad) "
    "y que las personas enlistadas participan en sus localidades."
)
_ANSWER = re.compile(r"^ {4}([A-ZÁÉÍÓÚ]+)(?: (\d{6}))?\s*$", re.MULTILINE)
_CHOICE = re.compile(r"\b(?:DECIDO 1 motivo|código) (\d{6})|^ {4}DECIDO\D{0,80}(\d{6})", re.MULTILINE)
_ROWS = re.compile(r"^Renglones: (\S+)", re.MULTILINE)
_AMOUNT = re.compile(r"^Importe total: (\S+)", re.MULTILINE)
_SIX = re.compile(r"(?<!\d)(\d{6})(?!\d)")


class Slip(StrEnum):
    """The mistake that somebody makes the first time."""

    NONE = "none"
    CORRUPT = "corrupt"
    WRONG_KEY = "wrong_key"
    WRONG_AMOUNT = "wrong_amount"
    DUPLICATE = "duplicate"
    LATE = "late"
    UNCONFIRMED = "unconfirmed"


SLIPS = {
    "OOAD07-R01-PAC001": Slip.CORRUPT,
    "OOAD07-R01-PAC004": Slip.WRONG_KEY,
    "OOAD07-R03-PAC015": Slip.DUPLICATE,
    "OOAD21-R01-PAC002": Slip.WRONG_AMOUNT,
    "OOAD21-R01-PAC003": Slip.UNCONFIRMED,
    "OOAD21-R02-PAC008": Slip.LATE,
}
"""Who of the ten PAC errs, and how; the others get it right at once."""


@dataclass(order=True, slots=True)
class Reaction:
    """Something that somebody will do, and when."""

    at: datetime
    number: int
    act: Callable[[], Awaitable[object]] = field(compare=False)
    says: str = field(default="", compare=False)


@dataclass(slots=True)
class Member:
    """Somebody of the cast: a mailbox, a pace and, for a PAC, an ámbito and a slip."""

    correspondent: Correspondent
    role: str
    unit: str
    pace: timedelta
    slip: Slip = Slip.NONE
    sent: int = 0


class Cast:
    """Everybody who answers letters in the demonstration."""

    def __init__(self, clock: Clock, members: list[Member], *, watch: Callable[[str], None]) -> None:
        self._clock = clock
        self.members = {member.correspondent.account.address: member for member in members}
        self._watch = watch
        self._agenda: list[Reaction] = []
        self._known: set[tuple[str, str]] = set()
        self._number = 0
        self._kept: dict[str, bytes] = {}
        self.on_letter: Callable[[str, str], bool] = lambda _address, _text: False
        """Asked first about a letter (to whom, and its text): whether it is for the phone."""

    @property
    def next_at(self) -> datetime | None:
        """When somebody will act next; None when nobody has anything to do."""
        return min(self._agenda).at if self._agenda else None

    def plan(self, at: datetime, act: Callable[[], Awaitable[object]], says: str) -> None:
        """Put something on somebody's mind."""
        self._number += 1
        self._agenda.append(Reaction(at, self._number, act, says))

    async def act(self) -> int:
        """Do what is due now, and return how much that was."""
        due = sorted(reaction for reaction in self._agenda if reaction.at <= self._clock.now())
        for reaction in due:
            self._agenda.remove(reaction)
            if reaction.says:
                self._watch(reaction.says)
            await reaction.act()
        return len(due)

    async def read_mail(self, address: str) -> int:
        """Let somebody read what arrived, and think of what to do about it."""
        member = self.members[address]
        mails = await member.correspondent.unread()
        for original in mails:
            self._consider(member, original)
        return len(mails)

    def _consider(self, member: Member, original: bytes) -> None:
        letter = BytesParser(policy=default).parsebytes(original)
        came = (member.correspondent.account.address, str(letter["Message-ID"]))
        if came in self._known:
            # A letter that was in flight when the desk stopped comes again; nobody answers it twice.
            return
        self._known.add(came)
        text = _text(letter)
        subject = str(letter["Subject"])
        if self.on_letter(came[0], text):
            return
        if member.role == "PAC":
            self._consider_as_pac(member, original, letter, text, subject)
            return
        answer = _acuse(text) if member.role == "PS" else self._answer(member, text, subject)
        if answer:
            self._plan_reply(member, original, answer)

    def _answer(self, member: Member, text: str, subject: str) -> str:
        """Return what somebody of the staff answers to a letter; empty when nothing is asked."""
        if "EXCEPCIÓN" in text and "conteste EXCEPCIÓN" in text:
            return ""
        if "DECIDO" in text:
            found = _SIX.findall(text[text.index("CÓMO RESPONDER") :] if "CÓMO RESPONDER" in text else text)
            reason = (
                "vive y participa en esa localidad"
                if "DUPLICADO" in text
                else "cuenta con personal para integrarlo"
            )
            return f"DECIDO 1 {reason} {found[-1]}" if found else ""
        asked = _ANSWER.search(text)
        if asked is None:
            return ""
        word, code = asked.groups()
        if word == "ENTERADO" or code:
            folio = (
                f" Oficio {member.unit}/{self._number + 1:03d}/2027." if "OFICIO" in subject.upper() else ""
            )
            return f"{word} {code or ''}".strip() + folio
        return ""

    def _plan_reply(self, member: Member, original: bytes, text: str) -> None:
        at = office_hours(self._clock.now() + member.pace)
        who = f"{member.role} {member.unit}" if member.unit != "PIB" else member.role
        shown = _SIX.sub("······", text)
        self.plan(at, lambda: member.correspondent.reply(original, text), f"{who}: «{shown}»")

    # A PAC, who fills in workbooks.

    def _consider_as_pac(
        self, member: Member, original: bytes, letter: EmailMessage, text: str, subject: str
    ) -> None:
        workbook = _workbook(letter)
        if "CONFIRMO" in text and "Para concluir" in text:
            self._plan_reply(member, original, "CONFIRMO")
        elif workbook is not None and "[OBS]" in subject:
            self._plan_list(
                member, original, mend_returned(member.unit, workbook), "corrige lo señalado y reenvía"
            )
        elif workbook is not None and "[A08]" in subject:
            self._plan_first(member, original, workbook)
        elif "[OBS]" in subject and member.slip is Slip.CORRUPT and member.sent == 1:
            self._plan_list(
                member, original, self._kept[member.unit], "vuelve a guardar el libro y lo reenvía"
            )

    def _plan_first(self, member: Member, original: bytes, template: bytes) -> None:
        whole = fill_in(member.unit, template)
        content = make_slip(member.slip, whole)
        self._kept[member.unit] = whole
        says = {
            Slip.NONE: "envía su listado",
            Slip.CORRUPT: "envía un libro dañado",
            Slip.WRONG_KEY: "envía su listado con claves incompletas",
            Slip.WRONG_AMOUNT: "envía su listado con un importe que no corresponde",
            Slip.DUPLICATE: "enlista a alguien que figura en otro ámbito",
            Slip.LATE: "envía su listado, tarde",
            Slip.UNCONFIRMED: "envía su listado y olvida la frase de confirmación",
        }[member.slip]
        delay = timedelta(days=15, hours=2) if member.slip is Slip.LATE else member.pace
        sentence = "Envío el listado." if member.slip is Slip.UNCONFIRMED else CONFIRMATION
        self._plan_list(member, original, content, says, delay=delay, sentence=sentence)

    def _plan_list(
        self,
        member: Member,
        original: bytes,
        content: bytes,
        says: str,
        *,
        delay: timedelta | None = None,
        sentence: str = CONFIRMATION,
    ) -> None:
        at = office_hours(self._clock.now() + (delay or member.pace))
        member.sent += 1
        attachment = Attachment(name=f"Listado {member.unit}.xlsx", content=content)
        self.plan(
            at,
            lambda: member.correspondent.reply(original, sentence, attachments=[attachment]),
            f"PAC {member.unit} {says}",
        )


def office_hours(at: datetime) -> datetime:
    """Return the instant, or the next one at which an office is open."""
    local = at.astimezone(ZONE)
    if local.time() > CLOSES:
        local = datetime.combine(local.date() + timedelta(days=1), OPENS, ZONE)
    elif local.time() < OPENS:
        local = datetime.combine(local.date(), OPENS, ZONE)
    while local.weekday() >= 5:
        local = datetime.combine(local.date() + timedelta(days=1), OPENS, ZONE)
    return local


def fill_in(unit: str, template: bytes) -> bytes:
    """Fill in a PAC's workbook: the last period's people stand there; those elected since are added."""
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(template))
    sheet = book["Listado"]
    columns = _columns(sheet)
    filled = [row for row in range(3, sheet.max_row + 1) if sheet.cell(row, columns["nombre"]).value]
    row = (filled[-1] if filled else 2) + 1
    for person in office.VOLUNTEERS:
        if person.unit == unit and person.is_new:
            _write(sheet, columns, row, unit, person)
            row += 1
    if filled or row > 3:
        _renumber(sheet, columns)
    return _saved(book)


def _write(sheet: object, columns: dict[str, int], row: int, unit: str, person: office.Volunteer) -> None:
    ooad = next(item.name for item in office.OOADS if unit.startswith(item.code))
    values = {
        "ooad": ooad,
        "estado": person.place.entity,
        "municipio": person.place.municipality,
        "localidad": person.place.name,
        "clave_inegi": person.clave,
        "nombre": person.name,
        "tipo": person.kind,
        "importe": float(office.MONTHLY[person.kind] * 2),
        "meses": "enero-febrero",
        "region": unit.rsplit("-", 1)[0],
        "pac": unit,
        "unidad_medica": person.medical_unit,
        "situacion": "alta",
    }
    for name, value in values.items():
        if name in columns:
            sheet.cell(row, columns[name]).value = value  # type: ignore[attr-defined]


def _renumber(sheet: object, columns: dict[str, int]) -> None:
    number = 0
    for row in range(3, sheet.max_row + 1):  # type: ignore[attr-defined]
        if sheet.cell(row, columns["nombre"]).value:  # type: ignore[attr-defined]
            number += 1
            sheet.cell(row, columns["no_progresivo"]).value = number  # type: ignore[attr-defined]


def _columns(sheet: object) -> dict[str, int]:
    from documents.list_columns import field_of

    found: dict[str, int] = {}
    for row in (2, 1, 3):
        for column in range(1, sheet.max_column + 1):  # type: ignore[attr-defined]
            name = field_of(str(sheet.cell(row, column).value or ""))  # type: ignore[attr-defined]
            if name:
                found.setdefault(name, column)
        if len(found) > 6:
            break
    return found


def make_slip(slip: Slip, content: bytes) -> bytes:
    """Return the workbook with a mistake in it."""
    from openpyxl import load_workbook

    if slip is Slip.CORRUPT:
        return content[: len(content) // 2]
    if slip not in {Slip.WRONG_KEY, Slip.WRONG_AMOUNT, Slip.DUPLICATE}:
        return content
    book = load_workbook(BytesIO(content))
    sheet = book["Listado"]
    columns = _columns(sheet)
    if slip is Slip.WRONG_KEY:
        for row in (3, 5):
            cell = sheet.cell(row, columns["clave_inegi"])
            cell.value = str(cell.value)[:7]
    elif slip is Slip.WRONG_AMOUNT:
        sheet.cell(4, columns["importe"]).value = 900
    else:
        person = next(
            item
            for item in office.VOLUNTEERS
            if item.clave == office.SHARED_LOCALITY and item.unit.endswith("PAC012")
        )
        row = max(row for row in range(3, sheet.max_row + 1) if sheet.cell(row, columns["nombre"]).value) + 1
        _write(sheet, columns, row, "OOAD07-R03-PAC015", person)
        _renumber(sheet, columns)
    return _saved(book)


def mend_returned(unit: str, returned: bytes) -> bytes:
    """Mend what came back marked, from what the PAC knows of the people of the ámbito."""
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(returned))
    sheet = book["Listado"]
    columns = _columns(sheet)
    people = {person.name: person for person in office.VOLUNTEERS if person.unit == unit}
    for row in range(3, sheet.max_row + 1):
        person = people.get(str(sheet.cell(row, columns["nombre"]).value or ""))
        if person is not None:
            sheet.cell(row, columns["clave_inegi"]).value = person.clave
            sheet.cell(row, columns["importe"]).value = float(office.MONTHLY[person.kind] * 2)
    return _saved(book)


def _saved(book: object) -> bytes:
    buffer = BytesIO()
    book.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def _acuse(text: str) -> str:
    """Return what the PS answers to the listado definitivo: what its system read; empty to any other letter."""
    rows, amount = _ROWS.search(text), _AMOUNT.search(text)
    if rows is None or amount is None or "acusar de recibo" not in " ".join(text.split()):
        return ""
    return f"RECIBIDO: {rows[1]} renglones, {amount[1]}"


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def _workbook(letter: EmailMessage) -> bytes | None:
    for part in letter.iter_attachments():
        if (part.get_filename() or "").endswith(".xlsx"):
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else None
    return None
