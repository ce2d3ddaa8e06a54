"""Find which expediente, unit and step a mail speaks of: folio, thread, workbook, sender's post (GEN-04)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from actions.desk import Desk
from mail.parsing import ParsedMail
from mail.tags import find_tag
from storage import cases, outbox, people
from storage.cases import CaseRow, CaseState
from storage.outbox import LetterRow

PROCEDURE = "0780-003-002"
LIST_STEPS = frozenset({"A05", "A06", "A07", "A08"})
LIST_TAGS = LIST_STEPS | {"BORRADOR", "OBS", "ACUSE", "REC"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Whereabouts:
    """Where a mail belongs, as far as its own marks tell."""

    person_id: int
    posts: tuple[tuple[str, str], ...]
    """(role, unit) of every post that the sender holds today."""
    case: CaseRow | None = None
    unit: str = ""
    step: str = ""
    letter: LetterRow | None = None
    """The letter of ours that it answers."""
    open_cases: tuple[CaseRow, ...] = ()
    tagged_period: str = ""
    doubt: str = ""

    @property
    def pac_units(self) -> tuple[str, ...]:
        """The ámbitos of which the sender is the PAC."""
        return tuple(unit for role, unit in self.posts if role == "PAC")

    @property
    def expects_list(self) -> bool:
        """Whether the sender is a PAC who answers the request of a list."""
        return bool(self.pac_units) and self.case is not None and (self.step in LIST_TAGS)


def open_cases(desk: Desk) -> tuple[CaseRow, ...]:
    """Return the expedientes of lists that run, those that an earlier entry of this transaction closed left out."""
    return tuple(case for case in desk.once(cases.open_cases, PROCEDURE) if case.state is CaseState.OPEN)


def find_whereabouts(
    desk: Desk, mail: ParsedMail, person_id: int, assigned: Mapping[str, str] | None = None
) -> Whereabouts:
    """Find where a mail belongs; never by guessing when more than one expediente fits.

    `assigned` is what a person said of it in the tray, and goes before anything else.
    """
    posts = tuple(
        (post.role, post.unit) for post, _holding in people.posts_of(desk.session, person_id, desk.today)
    )
    found = Whereabouts(person_id=person_id, posts=posts, open_cases=open_cases(desk))
    tag = find_tag(mail.subject)
    if tag is not None:
        found = replace(
            found,
            tagged_period=tag.period,
            case=next((case for case in found.open_cases if case.period == tag.period), None),
            step=tag.activity,
            unit="" if tag.scope == "NACIONAL" else tag.scope,
        )
    letter = answered_letter(desk, mail)
    if letter is not None and letter.case_id is not None:
        found = replace(
            found,
            letter=letter,
            case=cases.get_case(desk.session, letter.case_id),
            step=letter.asks or letter.step,
            unit=letter.asks_unit if letter.asks else letter.unit,
        )
    if assigned:
        case = next((case for case in found.open_cases if case.period == assigned.get("period")), found.case)
        return replace(found, case=case, unit=assigned.get("unit") or found.unit, step=found.step or "A08")
    if found.case is None and not found.tagged_period:
        if len(found.open_cases) == 1:
            return replace(found, case=found.open_cases[0])
        if found.open_cases:
            return replace(found, doubt="hay más de un expediente abierto y el correo no dice de cuál trata")
        return replace(found, doubt="no hay un expediente abierto")
    return found


def answered_letter(desk: Desk, mail: ParsedMail) -> LetterRow | None:
    """Return the letter of ours that a mail answers, by its thread."""
    for message_id in (mail.in_reply_to, *reversed(mail.references)):
        if message_id:
            letter = outbox.find_by_message_id(desk.session, message_id)
            if letter is not None:
                return letter
    return None
