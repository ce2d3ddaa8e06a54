"""The effects that definitions may name, and what does each of them."""

from actions.authorise_list import authorise_list
from actions.designate_ems import note_designation
from actions.desk import Desk
from actions.find_duplicates import ask_anew
from actions.find_jump import find_jump_of, keep_reason
from actions.integrate_list import integrate
from actions.make_layout import make_layout
from actions.prepare_prints import order_prints
from actions.prompt_progress import plan_prompts
from actions.release_list import release_list
from actions.remind_volunteers import plan_rounds
from actions.send_message import BY_THEIR_WORDS, SENDERS, send_message
from actions.unfreeze_list import unfreeze_list
from procedures.definition import Effect
from procedures.engine import Happening, Taken
from storage.cases import CaseRow
from storage.lists import ListLevel

NAMES = frozenset(
    {"send", "integrate", "authorise", "make_layout", "release", "designate", "remind", "reopen", "print"}
)
"""What the loader lets a definition name."""

LATER = frozenset(
    {
        "M-21",
        "M-34",
        "M-35",
        "M-38",
        "M-40",
        "M-42",
    }
)
"""Oficios and letters of A33 and the comprobación (A43 to A51): the steps are attested, people write these."""


class UnknownEffect(LookupError):
    """A definition names an effect that nothing does; the loader refuses it long before."""


def run_effect(
    desk: Desk,
    case: CaseRow,
    taken: Taken,
    effect: Effect,
    happening: Happening,
    *,
    person_id: int | None,
    reason: str,
    entry_id: int | None = None,
    motive: str = "",
) -> None:
    """Do one effect of a step that was taken."""
    unit = taken.instance.unit
    match effect.name:
        case "send" if effect.argument in SENDERS or effect.argument in BY_THEIR_WORDS:
            send_message(desk, case, taken.instance, effect.argument, happening, reason)
        case "send" if effect.argument in LATER:
            desk.note(
                "letter_left_to_people",
                case_id=case.id,
                step=taken.instance.step,
                unit=unit,
                template=effect.argument,
            )
        case "integrate":
            version = integrate(
                desk, case, ListLevel(effect.argument), unit, person_id=person_id, entry_id=entry_id
            )
            if motive and find_jump_of(desk, case, version, unit) is not None:
                keep_reason(
                    desk,
                    case,
                    version,
                    motive,
                    role=happening.role,
                    person_id=person_id,
                    entry_id=entry_id,
                    channel=happening.kind.value,
                )
        case "authorise":
            authorise_list(desk, case, ListLevel(effect.argument), unit, person_id=person_id)
        case "reopen":
            unfreeze_list(
                desk,
                case,
                ListLevel(effect.argument),
                unit,
                person_id=person_id,
                reason=reason,
                entry_id=entry_id,
            )
        case "make_layout":
            make_layout(desk, case, unit, person_id=person_id, entry_id=entry_id)
        case "print":
            order_prints(desk, case, unit)
        case "release":
            release_list(desk, case, taken.instance, person_id=person_id)
        case "remind" if effect.argument == "RV":
            plan_rounds(desk, case, unit)
        case "remind" if effect.argument == "PROGRESS":
            plan_prompts(desk, case)
        case "designate":
            note_designation(desk, case, unit, person_id=person_id, reason=reason)
            send_message(desk, case, taken.instance, "M-12", happening, reason)
            ask_anew(desk, case, unit)
        case _:
            raise UnknownEffect(f"{effect.name}: {effect.argument}")
