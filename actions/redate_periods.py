"""Set the agendas of running periods right after the calendar changed: dates moved, or the days off did."""

from actions.close_payout_cases import ROUND as END
from actions.desk import Desk
from actions.import_calendar import PROCEDURE
from actions.prompt_progress import plan_prompts
from actions.read_case import read_situation
from actions.refresh_agenda import DELIVERY, DELIVERY_STEPS, refresh_agenda
from procedures import engine
from storage import agenda, cases


def redate_periods(desk: Desk) -> tuple[str, ...]:
    """Put down anew what is open in every running period, and return their codes.

    What waited for the old dates is taken back first: a reminder whose new day is
    already past must not go out on the old one.
    """
    redated = []
    for case in cases.open_cases(desk.session, PROCEDURE):
        situation = read_situation(desk, case)
        undated = {(instance.step, instance.unit) for instance in engine.open_instances(situation)}
        undated |= {(DELIVERY, unit) for step, unit in undated if step in DELIVERY_STEPS}
        agenda.cancel_reminders(desk.session, case.id, undated)
        refresh_agenda(desk, case, situation)
        if agenda.is_waiting(desk.session, f"{case.id}/{END}"):
            plan_prompts(desk, case)
        redated.append(case.period)
    return tuple(redated)
