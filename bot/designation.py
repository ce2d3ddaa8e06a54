"""Designate the EMS that integrates the list of an OOAD without EGAS (C-26): atestado, as ledger 6.7 allows."""

from actions.acknowledge_letter import post_near
from actions.designate_ems import FACT, designated_region, ems_options
from actions.find_addressees import addressees
from actions.letter_values import name_of, unit_in_words
from actions.notify_by_chat import DESIGNATE, DESIGNATION
from actions.pass_on_note import LONGEST, pass_on_note
from actions.send_chat import Choice
from actions.take_step import Evidence, take_step
from bot import texts
from bot.access import Caller
from bot.skills import Skill
from bot.turn import Turn
from procedures.definition import Level, Source
from procedures.engine import Happening
from storage import cases, outbox
from storage.cases import CaseRow, CaseState

CONFIRM, REFUSE = "designate_confirm", "designate_not"
AGREE, OBSERVE = "agree", "observe"
OBSERVATION = "observation"
MATTER = "matter"


def _matter(turn: Turn, caller: Caller, value: str) -> tuple[CaseRow, str, str] | None:
    """Return expediente, OOAD and region of a button, if the caller may still decide there; else say so."""
    case_id, _, rest = value.partition("|")
    ooad, _, region = rest.partition("|")
    case = cases.get_case(turn.desk.session, int(case_id)) if case_id.isdigit() else None
    decides = ooad in caller.units_as("JSPM") or any(
        case is not None and case.parents.get(unit) == ooad for unit in caller.units_as("EMS")
    )
    if (
        case is None
        or case.state is not CaseState.OPEN
        or not decides
        or region not in ems_options(case, ooad)
    ):
        turn.say("pending_gone")
        return None
    return case, ooad, region


def choose(turn: Turn, caller: Caller, value: str) -> None:
    """Show what was chosen, and ask to confirm it."""
    if (matter := _matter(turn, caller, value)) is None:
        return
    case, ooad, region = matter
    turn.say(
        "designation_question",
        choices=[
            [
                Choice(text=texts.text("answer_confirm"), act=CONFIRM, value=value),
                Choice(text=texts.text("answer_cancel"), act=REFUSE),
            ]
        ],
        region=unit_in_words(case, region).split(",")[0],
        ooad=name_of(case, ooad),
    )


def confirm(turn: Turn, caller: Caller, value: str) -> None:
    """Take A16 with the EMS that was chosen."""
    if (matter := _matter(turn, caller, value)) is None:
        return
    case, ooad, region = matter
    role, role_unit = post_near(caller.posts, ooad)
    happening = Happening(
        kind=Source.CHAT,
        name="designation",
        unit=ooad,
        step=DESIGNATION,
        at=turn.entry.received_at,
        on=turn.desk.local_date(turn.entry.received_at),
        level=Level.ATTESTED,
        role=role,
        role_unit=role_unit,
        facts={FACT: region},
    )
    evidence = Evidence(
        person_id=caller.person_id,
        entry=turn.entry,
        channel="chat",
        text=texts.text("designation_text", region=unit_in_words(case, region).split(",")[0]),
    )
    decision = take_step(turn.desk, case, happening, evidence)
    if decision.taken:
        turn.say("designation_done", region=unit_in_words(case, region).split(",")[0])
    else:
        turn.say("pending_gone")


def leave_open(turn: Turn, caller: Caller, value: str) -> None:
    """Designate nobody."""
    del caller, value
    turn.say("nothing_decided")


# The JSPM (5.2.10: jointly)


def _designated(turn: Turn, caller: Caller, value: str) -> CaseRow | None:
    """Return the expediente of a letter about a designation, if the caller is the JSPM of that OOAD."""
    letter = outbox.find_letter(turn.desk.session, int(value)) if value.isdigit() else None
    if letter is None or letter.person_id != caller.person_id or letter.unit not in caller.units_as("JSPM"):
        turn.say("pending_gone")
        return None
    return cases.get_case(turn.desk.session, letter.case_id)


def agree(turn: Turn, caller: Caller, value: str) -> None:
    """Note that the JSPM agrees."""
    case = _designated(turn, caller, value)
    if case is not None:
        _note(turn, caller, case, value, "designation_agreed")
        turn.say("designation_agreed")


def observe(turn: Turn, caller: Caller, value: str) -> None:
    """Ask for the observation of the JSPM."""
    if _designated(turn, caller, value) is not None:
        turn.begin_dialogue()
        turn.ask(OBSERVATION, **{MATTER: value})
        turn.say("observation_wanted")


def hear_observation(turn: Turn, caller: Caller) -> None:
    """Pass the observation on to the EMS of the OOAD and to CACyPCS."""
    text = turn.update.text.strip()
    if not text:
        turn.say("observation_wanted")
        return
    if len(text) > LONGEST:
        turn.say("note_too_long", most=LONGEST)
        return
    value = turn.chat.answers.get(MATTER, "")
    case = _designated(turn, caller, value)
    turn.end_dialogue()
    if case is None or caller.person_id is None:
        return
    ooad = _note(turn, caller, case, value, "designation_observed")
    to = [who for region in ems_options(case, ooad) for who in addressees(turn.desk, "EMS", region)]
    pass_on_note(
        turn.desk,
        case,
        [*to, *addressees(turn.desk, "CACyPCS", "PIB")],
        about=texts.text(
            "observation_about",
            region=unit_in_words(case, designated_region(case, ooad)).split(",")[0],
        ),
        note=text,
        person_id=caller.person_id,
        unit=ooad,
        entry=turn.entry,
    )
    turn.say("observation_done")


def _note(turn: Turn, caller: Caller, case: CaseRow, value: str, kind: str) -> str:
    letter = outbox.get_letter(turn.desk.session, int(value))
    turn.desk.note(
        kind,
        case_id=case.id,
        step=DESIGNATION,
        unit=letter.unit,
        person_id=caller.person_id,
        role="JSPM",
        entry_id=turn.entry.id,
        channel="chat",
    )
    return letter.unit


SKILL = Skill(
    answers={OBSERVATION: hear_observation},
    acts={
        DESIGNATE: choose,
        CONFIRM: confirm,
        REFUSE: leave_open,
        AGREE: agree,
        OBSERVE: observe,
    },
    looks=frozenset({DESIGNATE}),
)
