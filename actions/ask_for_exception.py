"""Tell CACyPCS and the JSPM that an OOAD lists more people than it may (V-057); CACyPCS can except it with a document."""

from datetime import timedelta

from actions.check_headcounts import Limit, excess_of, find_limit, listed_totals
from actions.desk import Desk
from actions.find_addressees import NATION, addressees
from actions.letter_values import period_in_words, unit_in_words
from actions.send_letter import one_time_code, send
from procedures.lists.totals import Totals
from storage import people
from storage.cases import CaseRow

ACT = "HEADCOUNT"
VALID = timedelta(days=30)


def ask_for_exception(desk: Desk, case: CaseRow, ooad: str) -> None:
    """Tell CACyPCS and the JSPM that an OOAD exceeds its number; CACyPCS can except it by answering with the document."""
    limit = find_limit(desk, case, ooad)
    excess = excess_of(desk, case, ooad)
    if limit is None or not excess:
        return
    listed = listed_totals(desk, case, ooad)
    values = {
        "period": period_in_words(desk, case),
        "ooad": unit_in_words(case, ooad),
        "excess": [f"{text}." for text in excess],
        "listed": {"rows": listed.rows, "vrs": listed.vrs, "pvr": listed.pvr},
        "document": limit.document,
    }
    version = f"{shown_by(listed)}/{_limit(limit)}"
    owner = addressees(desk, "CACyPCS", NATION)
    if not people.has_live_act(
        desk.session, case_id=case.id, act=ACT, unit=ooad, subject_key=shown_by(listed), now=desk.now
    ):
        codes = {
            who.email: one_time_code(
                desk,
                who.person_id,
                case_id=case.id,
                act=ACT,
                unit=ooad,
                subject_key=shown_by(listed),
                valid=VALID,
            )
            for who in owner
            if who.person_id is not None
        }
        send(
            desk,
            "HEADCOUNT",
            values | {"decides": True},
            owner,
            case=case,
            unit=ooad,
            version=f"{version}/{people.count_codes(desk.session, case_id=case.id, act=ACT, unit=ooad)}",
            codes=codes,
        )
    send(
        desk,
        "HEADCOUNT",
        values | {"decides": False},
        addressees(desk, "JSPM", ooad),
        case=case,
        unit=ooad,
        version=version,
    )


def shown_by(listed: Totals) -> str:
    """Return what a letter about an excess shows, so that an answer to anything older is known as such."""
    return f"{listed.rows}/{listed.vrs}/{listed.pvr}"


def _limit(limit: Limit) -> str:
    return f"{limit.headcount.total}/{limit.headcount.vrs}/{limit.headcount.pvr}"
