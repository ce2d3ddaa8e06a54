"""Tell CACyPCS of a correction that came after the authorisation, and how to open the list again if it must be (AC-27)."""

from datetime import timedelta

from actions.desk import Desk
from actions.find_addressees import NATION, addressees
from actions.letter_values import unit_in_words
from actions.read_case import read_situation
from actions.send_letter import one_time_code, send
from storage.cases import CaseRow
from storage.entries import EntryRow

REOPENING = "EV25R"
TOO_LATE = "A33"
"""Once the account payable is asked for, a correction enters the next period (AMB-54)."""
VALID = timedelta(days=30)


def tell_of_frozen(desk: Desk, case: CaseRow, unit: str, entry: EntryRow) -> None:
    """Write to CACyPCS that a PAC's correction was refused; with a code for the reopening while that is possible."""
    may_reopen = not read_situation(desk, case).is_done(TOO_LATE)
    for who in addressees(desk, "CACyPCS", NATION):
        values = {
            "event": (
                f"Se rechazó una corrección de {unit_in_words(case, unit)}: "
                "el listado del periodo ya está autorizado (act. 25)."
            ),
            "at": desk.now,
            "reference": entry.folio,
        }
        if may_reopen and who.person_id is not None:
            code = one_time_code(desk, who.person_id, case_id=case.id, act=REOPENING, unit="", valid=VALID)
            values["action"] = (
                "Si la corrección procede, puede reabrir el listado: conteste REABRO, el motivo y el código "
                f"{code}. Las actividades 25 a 32 quedan sin efecto y se autoriza de nuevo."
            )
        send(desk, "M-48", values, [who], case=case, version=entry.folio)
