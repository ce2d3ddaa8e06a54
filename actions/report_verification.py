"""Tell those who must know that the books are not as they were written (AC-77)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from actions.desk import Desk
from actions.find_addressees import addressees, unique
from actions.send_letter import send
from storage import folios
from storage.verification import Problem

LAST = "verified_at"
EVERY = timedelta(days=1)
NAMED = 5


def is_verification_due(desk: Desk) -> bool:
    """Tell whether a day has passed since the books were last verified."""
    last = folios.get_fact(desk.session, LAST)
    return last is None or desk.now - datetime.fromisoformat(last) >= EVERY


def report_verification(desk: Desk, problems: Sequence[Problem]) -> int:
    """Note that the books were verified; with problems, write to CACyPCS and ADMIN and return how many letters."""
    folios.set_fact(desk.session, LAST, desk.now.isoformat())
    if not problems:
        return 0
    places = "; ".join(problem.place for problem in problems[:NAMED])
    desk.note("verification_failed", count=len(problems), places=places)
    values = {
        "event": f"La verificación de la bitácora encontró {len(problems)} alteraciones: {places}.",
        "at": desk.now,
        "count": len(problems),
        "action": "Ejecute «oficialia verify», conserve los libros tal como están y compare con el último respaldo.",
    }
    to = unique([*addressees(desk, "CACyPCS", "PIB"), *addressees(desk, "ADMIN", "PIB")])
    letters = send(desk, "M-48", values, to, version=f"verification/{desk.today.isoformat()}")
    desk.wake_couriers()
    return len(letters)
