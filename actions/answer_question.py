"""Answer what somebody asks by mail about the lists: EXPLICA (why these totals), FALTANTES (who has not sent), RECUERDA."""

from actions.answer_sender import refuse, thank_for_decision
from actions.desk import Desk
from actions.explain_lists import explain_lists
from actions.find_addressees import NATION, addressees
from actions.find_expediente import Whereabouts
from actions.find_unit import PROCEDURE, NoSuchUnit, get_unit
from actions.mail_explanation import SHOWN, explanation_values
from actions.remind_missing import CHASERS, chased_in_words, missing_lists, remind_missing
from actions.see_lists import own_unit, scope_of
from actions.send_letter import send, send_to_sender
from actions.show_deliveries import in_words, show_deliveries
from mail.answers import Answer, Verb
from procedures.organisation import Secrecy
from storage import cases
from storage.cases import CaseRow
from storage.entries import EntryRow

_WORDS = {Verb.EXPLAIN: "EXPLICA", Verb.MISSING: "FALTANTES", Verb.CHASE: "RECUERDA"}
_SECRECY = {
    Verb.EXPLAIN: Secrecy.PERSONAL,
    Verb.MISSING: Secrecy.INTERNAL,
    Verb.CHASE: Secrecy.INTERNAL,
}
NOT_FOUND = "No encontré ese listado en su ámbito."
"""The same whether there is none or it is another's (ledger 6.8)."""


def answer_question(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, answer: Answer) -> None:
    """Answer for the unit that the mail names, or for the asker's own, as far as its post may see."""
    case = _case(desk, whereabouts, answer)
    if case is None:
        refuse(
            desk,
            entry,
            whereabouts,
            "Indique de qué periodo se trata.",
            f"Por ejemplo: {_WORDS[answer.verb]} {_periods(desk)} {_own(whereabouts)}".rstrip(),
        )
        return
    entry.case_id = case.id
    unit = _unit(case, whereabouts, answer, _SECRECY[answer.verb])
    posts = [post for post in whereabouts.posts if answer.verb is not Verb.CHASE or post[0] in CHASERS]
    scope = scope_of(case, posts, unit, _SECRECY[answer.verb]) if unit is not None else None
    if unit is None or scope is None:
        refuse(
            desk,
            entry,
            whereabouts,
            NOT_FOUND,
            f"Escriba {_WORDS[answer.verb]} para lo que es suyo, o indique una unidad de su ámbito: "
            f"{_WORDS[answer.verb]} {_own(whereabouts) or 'OOAD20-R01'}.",
        )
        return
    entry.unit = unit
    match answer.verb:
        case Verb.EXPLAIN:
            _explain(desk, case, unit, scope, entry, whereabouts, answer)
        case Verb.MISSING:
            chasers = [post for post in whereabouts.posts if post[0] in CHASERS]
            may_remind = scope_of(case, chasers, unit, Secrecy.INTERNAL) is not None
            _tell_missing(desk, case, unit, entry, whereabouts, may_remind=may_remind)
        case _:
            _chase(desk, case, unit, entry, whereabouts)


def _explain(
    desk: Desk,
    case: CaseRow,
    unit: str,
    scope: str,
    entry: EntryRow,
    whereabouts: Whereabouts,
    answer: Answer,
) -> None:
    since, until = (*answer.steps, "A27")[:2] if answer.steps else ("A08", "A27")
    told = explain_lists(desk, case.period, unit, since=since, until=until, scope=scope, names=True)
    desk.note(
        "list_explained",
        case_id=case.id,
        unit=unit,
        person_id=whereabouts.person_id,
        entry_id=entry.id,
        channel="mail",
    )
    if not told.whole:
        _alarm(desk, case, unit, entry)
    send_to_sender(
        desk, "EXPLAIN", explanation_values(desk, case, told), entry=entry, whereabouts=whereabouts
    )


def _tell_missing(
    desk: Desk, case: CaseRow, unit: str, entry: EntryRow, whereabouts: Whereabouts, *, may_remind: bool
) -> None:
    """Say who has sent the list and who has not."""
    found = show_deliveries(desk, case, unit)
    missing = found.missing
    values = {
        "period": found.period_in_words,
        "scope": found.where,
        "headline": found.headline,
        "may_remind": may_remind,
        "missing": [in_words(one) for one in missing[:SHOWN]],
        "here": [in_words(one) for one in found.units if not one.state.is_missing][:SHOWN],
    }
    send_to_sender(desk, "DELIVERIES", values, entry=entry, whereabouts=whereabouts)


def _chase(desk: Desk, case: CaseRow, unit: str, entry: EntryRow, whereabouts: Whereabouts) -> None:
    """Remind exactly those who owe their list, each once a day, and say whom (C-21)."""
    already = missing_lists(desk, case, unit).already
    reminded = remind_missing(desk, case, unit, person_id=whereabouts.person_id, entry=entry, channel="mail")
    thank_for_decision(desk, entry, whereabouts, chased_in_words(case, reminded, already))


def _alarm(desk: Desk, case: CaseRow, unit: str, entry: EntryRow) -> None:
    """Tell whoever runs the desk that the lines of the books do not add up (AC-77)."""
    values = {
        "event": f"Los renglones de los listados de {unit or 'todo el país'} no explican la diferencia de sus totales",
        "at": desk.now,
        "action": "Ejecute «oficialia verify», conserve los libros tal como están y compare con el último respaldo.",
    }
    send(desk, "M-48", values, addressees(desk, "ADMIN", NATION), case=case, version=f"lineage/{entry.folio}")


def _case(desk: Desk, whereabouts: Whereabouts, answer: Answer) -> CaseRow | None:
    if answer.period:
        return cases.find_case(desk.session, f"{PROCEDURE}/{answer.period}")
    return whereabouts.case


def _own(whereabouts: Whereabouts) -> str:
    """Return a unit of the asker's own, for an example; empty for the centre."""
    return next((unit for _role, unit in whereabouts.posts if unit != NATION), "")


def _periods(desk: Desk) -> str:
    return next((case.period for case in cases.open_cases(desk.session) if case.period), "2027-B1")


def _unit(case: CaseRow, whereabouts: Whereabouts, answer: Answer, secrecy: Secrecy) -> str | None:
    """Return the unit that a question is about: the one it names, the asker's own, that of the letter it answers."""
    if answer.subject:
        try:
            return get_unit(
                case,
                answer.subject,
                may_mean=lambda code: scope_of(case, whereabouts.posts, code, secrecy) is not None,
            )
        except NoSuchUnit:
            return None
    own = own_unit(whereabouts.posts)
    if own is not None:
        return own
    return whereabouts.unit or None
