"""Look at the circular of the delivery period again when what it says may have changed (act. 34).

Before it leaves, a change voids its approval and CACyPCS is asked anew. After it
left, CACyPCS is asked to approve the one that replaces it.
"""

from actions.ask_for_step import ask_for, renew_questions
from actions.compose_circular import (
    CHANGED,
    OUTDATED,
    changes_between,
    circular_content,
    circular_words,
    content_sent,
    delivery_folio,
)
from actions.desk import Desk
from actions.list_payees import renew_offices
from actions.read_case import read_situation
from actions.refresh_agenda import refresh_agenda
from actions.remind_volunteers import correct_notices
from actions.send_circular import reach_newcomers
from actions.take_step import Evidence, take_step
from procedures.definition import Level, Source
from procedures.engine import Happening, Instance
from storage import agenda, cases
from storage.cases import CaseRow

PROCEDURE = "0780-003-002"
APPROVAL, LEAVING, REPLACING = "EV34A", "A34", "EV34S"


def review_circulars(desk: Desk) -> tuple[str, ...]:
    """Review the circular of every delivery, and say what came of it: the calendar or the directory changed."""
    said = [review_circular(desk, case) for case in cases.open_cases(desk.session, PROCEDURE)]
    return tuple(sentence for sentence in said if sentence)


def review_circular(desk: Desk, case: CaseRow) -> str:
    """Void an approval of what changed, or ask for the circular that replaces one that left; say which."""
    situation = read_situation(desk, case)
    if APPROVAL not in situation.definition.steps or not situation.is_done("A33"):
        return ""
    renew_offices(desk, case)
    words = circular_words()["reviewed"]
    said = ""
    if situation.is_done(LEAVING):
        if _compare_with_sent(desk, case):
            said = words["outdated"].format(folio=delivery_folio(case), period=case.period)
        # Who would go on a wrong day, or to a wrong office, hears of it the same day (ledger 7.5).
        correct_notices(desk, case)
        reach_newcomers(desk, case)
    elif situation.is_done(APPROVAL):
        if approved_digest(desk, case) != circular_content(desk, case).digest:
            void_approval(desk, case)
            said = words["void"].format(period=case.period)
    else:
        renew_questions(desk, case, "")
    return str(said)


def void_approval(desk: Desk, case: CaseRow) -> None:
    """Let the approval fall with its clock; the question goes out again by itself."""
    happening = Happening(
        kind=Source.COMMAND,
        name="return",
        unit="",
        step=LEAVING,
        at=desk.now,
        on=desk.today,
        level=Level.RECORDED,
    )
    reason = "cambió lo que dice"
    desk.note("circular_approval_void", case_id=case.id, step=APPROVAL, reason=reason)
    take_step(desk, case, happening, Evidence(channel="system", text=reason))


def approved_digest(desk: Desk, case: CaseRow) -> str:
    """Return the digest of what CACyPCS was shown when it approved; empty when it has not."""
    row = cases.last_step(desk.session, case.id, APPROVAL, "")
    return row.subject_key if row else ""


def _compare_with_sent(desk: Desk, case: CaseRow) -> bool:
    """Ask for the circular that replaces the one that left, if that no longer says what holds; tell whether so."""
    sent, content = content_sent(desk, case), circular_content(desk, case)
    was = case.facts.get("", {}).get(OUTDATED) is True
    outdated = sent is not None and sent.digest != content.digest
    if not outdated:
        if was:
            cases.keep_fact(desk.session, case, OUTDATED, value=False)
            agenda.cancel_reminders(desk.session, case.id, [(REPLACING, "")])
        return False
    if not was:
        cases.keep_fact(desk.session, case, OUTDATED, value=True)
        cases.keep_fact(desk.session, case, CHANGED, desk.today.isoformat())
        reason = " ".join(changes_between(sent, content)) if sent else ""
        desk.note(
            "circular_outdated",
            case_id=case.id,
            step=REPLACING,
            folio=delivery_folio(case),
            reason=reason[:480],
        )
    desk.session.flush()
    situation = read_situation(desk, case, "")
    instance = Instance(REPLACING, "")
    ask_for(desk, case, situation, instance)
    refresh_agenda(desk, case, situation, opened=[instance])
    return True
