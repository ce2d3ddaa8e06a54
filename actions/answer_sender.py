"""The short answers: an act was recorded, or could not be."""

from typing import Any

from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.send_letter import send_to_sender
from storage.entries import EntryRow


def thank(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, *, step: str, unit: str, late: bool) -> None:
    """Tell somebody that their act was recorded: what, when, under which folio."""
    values = {"folio": entry.folio, "step": step, "unit": unit or "NACIONAL", "late": late, "at": entry.received_at}
    send_to_sender(desk, "THANKS", values, entry=entry, whereabouts=whereabouts)


def refusal_values(code: str, message: str, mend: str = "") -> dict[str, Any]:
    """Return the values of an answer that refuses for one reason."""
    return {"findings": [{"code": code, "message": message, "mend": mend}]}
