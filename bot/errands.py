"""What somebody does about a letter from the chat: acknowledge it, ask for it again, pass it on with a note (C-11, C-12, C-27)."""

from actions.acknowledge_letter import note_acknowledged, take_acknowledged
from actions.find_addressees import addressees, recipients
from actions.letter_values import unit_in_words
from actions.pass_on_note import LONGEST, pass_on_note
from actions.read_case import definition_of
from actions.resend_letter import resend_letter
from bot import texts
from bot.access import Caller, stands_near
from bot.skills import Skill
from bot.turn import Turn
from storage import cases, outbox
from storage.cases import CaseRow, CaseState
from storage.organisation import region_of
from storage.outbox import LetterRow

NOTE = "note"
LETTER = "letter"


def _own_letter(turn: Turn, caller: Caller, value: str) -> LetterRow | None:
    """Return the letter of a button, if it is the caller's own and of a post still held; else say that it is no more."""
    letter = outbox.find_letter(turn.desk.session, int(value)) if value.isdigit() else None
    if (
        letter is None
        or letter.person_id is None
        or letter.person_id != caller.person_id
        or not stands_near(turn.desk, caller, letter.asks_unit or letter.unit)
    ):
        turn.say("pending_gone")
        return None
    return letter


def _case_of(turn: Turn, letter: LetterRow) -> CaseRow | None:
    """Return the expediente of a letter, while it runs."""
    case = cases.get_case(turn.desk.session, letter.case_id) if letter.case_id else None
    return case if case is not None and case.state is CaseState.OPEN else None


def acknowledge(turn: Turn, caller: Caller, value: str) -> None:
    """Note that a letter was read; where that takes a step, it is taken (ENTERADO)."""
    letter = _own_letter(turn, caller, value)
    if letter is None:
        return
    if note_acknowledged(turn.desk, letter):
        turn.desk.note(
            "letter_acknowledged",
            case_id=letter.case_id,
            step=letter.step,
            unit=letter.unit,
            person_id=caller.person_id,
            entry_id=turn.entry.id,
            letter_id=letter.id,
            channel="chat",
            template=letter.template,
        )
    turn.say("acknowledged")


def send_again(turn: Turn, caller: Caller, value: str) -> None:
    """Send the details again to the caller's own mail (C-12)."""
    letter = _own_letter(turn, caller, value)
    if letter is not None:
        turn.say("sent_again" if resend_letter(turn.desk, letter, entry=turn.entry) else "sent_again_today")


def report_missing(turn: Turn, caller: Caller, value: str) -> None:
    """Send a letter again that did not arrive, and let the SAC know (C-11)."""
    letter = _own_letter(turn, caller, value)
    if letter is None:
        return
    if not resend_letter(turn.desk, letter, entry=turn.entry):
        turn.say("sent_again_today")
        return
    turn.say("not_received")
    case, unit = _case_of(turn, letter), letter.asks_unit or _unit_as_pac(caller, letter.unit)
    if case is not None and caller.person_id is not None:
        place = unit_in_words(case, unit).split(",")[0]
        pass_on_note(
            turn.desk,
            case,
            addressees(turn.desk, "SAC", region_of(unit)),
            about=texts.text("not_received_about", where=place),
            note=texts.text("not_received_note", where=place),
            person_id=caller.person_id,
            unit=unit,
            entry=turn.entry,
        )


def _unit_as_pac(caller: Caller, unit: str) -> str:
    """Return the caller's own ámbito within a unit to which a letter went."""
    return next((one for one in caller.units_as("PAC") if one.startswith(unit)), unit)


def forward(turn: Turn, caller: Caller, value: str) -> None:
    """Pass on what a letter asks to be passed on (A02, A03, A04, A35, A36)."""
    letter = _own_letter(turn, caller, value)
    if letter is not None and not _forward(turn, caller, letter):
        turn.say("forwarded_already")


def _forward(turn: Turn, caller: Caller, letter: LetterRow, note: str = "") -> bool:
    case = _case_of(turn, letter)
    if case is None or caller.person_id is None or not letter.asks:
        return False
    note_acknowledged(turn.desk, letter)
    taken = take_acknowledged(
        turn.desk,
        turn.entry,
        case,
        step=letter.asks,
        unit=letter.asks_unit,
        person_id=caller.person_id,
        posts=caller.posts,
        channel="chat",
        text=texts.text("forwarded_text"),
    )
    if taken:
        turn.say("forwarded")
    if taken and note:
        step = definition_of(turn.desk, case).steps[letter.asks]
        for message in [effect.argument for effect in step.effects if effect.name == "send"]:
            pass_on_note(
                turn.desk,
                case,
                recipients(turn.desk, case, message, letter.asks_unit),
                about=texts.text(
                    "forwarded_about", where=unit_in_words(case, letter.asks_unit).split(",")[0]
                ),
                note=note,
                person_id=caller.person_id,
                unit=letter.asks_unit,
                entry=turn.entry,
            )
    return taken


def forward_with_note(turn: Turn, caller: Caller, value: str) -> None:
    """Ask for the note that goes with a copy."""
    letter = _own_letter(turn, caller, value)
    if letter is not None:
        turn.begin_dialogue()
        turn.ask(NOTE, **{LETTER: value})
        turn.say("note_wanted")


def hear_note(turn: Turn, caller: Caller) -> None:
    """Pass a letter on with the note that was written."""
    note = turn.update.text.strip()
    if not note:
        turn.say("note_wanted")
        return
    if len(note) > LONGEST:
        turn.say("note_too_long", most=LONGEST)
        return
    letter = _own_letter(turn, caller, turn.chat.answers.get(LETTER, ""))
    turn.end_dialogue()
    if letter is not None and not _forward(turn, caller, letter, note):
        turn.say("forwarded_already")


SKILL = Skill(
    answers={NOTE: hear_note},
    acts={
        "acknowledge": acknowledge,
        "not_received": report_missing,
        "send_again": send_again,
        "forward": forward,
        "forward_with_note": forward_with_note,
    },
)
