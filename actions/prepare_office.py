"""Prepare the books of a new office: the catalogues that come with the project."""

from actions.desk import Desk
from actions.import_localities import seed_catalogues
from storage.organisation import find_unit


def prepare_office(desk: Desk) -> bool:
    """Load the shipped catalogues (20 OOAD, INEGI) once; return whether anything was loaded."""
    if find_unit(desk.session, "PIB") is not None:
        return False
    seed_catalogues(desk.session)
    desk.note("office_prepared", channel="command", office=desk.office.name)
    return True
