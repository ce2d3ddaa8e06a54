"""The short answers: an act was recorded, or could not be."""

from collections.abc import Sequence

from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.letter_values import unit_in_words
from actions.read_case import definition_of
from actions.send_letter import send_to_sender
from procedures.definition import Level, Step
from storage.cases import CaseRow
from storage.entries import EntryRow

LEVELS = {Level.RECORDED: "registrado", Level.ATTESTED: "atestado", Level.PROVEN: "acreditado"}


def thank_for_step(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    case: CaseRow,
    *,
    step: str,
    unit: str,
    level: Level,
    late: bool,
) -> None:
    """Tell somebody that their act was recorded: what, when, under which folio, and what is still missing."""
    definition = definition_of(desk, case).steps[step]
    values = {
        "act": f"Quedó asentado: {definition.title}, {unit_in_words(case, unit)} ({_reference(definition)}).",
        "folio": entry.folio,
        "recorded_at": entry.received_at,
        "level": LEVELS[level],
        "missing": "falta el documento escaneado" if level.rank < definition.needs.rank else "",
        "late": late,
    }
    send_to_sender(desk, "THANKS", values, entry=entry, whereabouts=whereabouts)


def _reference(step: Step) -> str:
    """Return what a step is in the official text: its activity, or what an implied event goes by."""
    return f"actividad {step.number}" if step.number else step.cites


def thank_for_decision(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, decision: str) -> None:
    """Tell somebody that a decision was recorded."""
    values = {"act": decision, "folio": entry.folio, "recorded_at": entry.received_at}
    send_to_sender(desk, "THANKS", values, entry=entry, whereabouts=whereabouts)


def refuse(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    reason: str,
    how: str = "",
    *,
    waiting: Sequence[str] = (),
) -> None:
    """Tell somebody why what they asked was not done, for whom it waits, and how to go on."""
    values = {
        "folio": entry.folio,
        "received_at": entry.received_at,
        "reasons": [reason],
        "waiting": list(waiting),
        "how": how,
    }
    send_to_sender(desk, "NOT-DONE", values, entry=entry, whereabouts=whereabouts)
