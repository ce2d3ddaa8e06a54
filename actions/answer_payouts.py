"""Do what an answer with a code says about payout cases: release, receive, treat, confirm (act. 38 to 40, AMB-17)."""

from actions.answer_sender import refuse, thank_for_decision
from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.inform_cacypcs import Hindrance, release_cases
from actions.payout_letters import CONFIRM, RECEIVE, RELEASE, TREAT, ask_for_treatment, folio_span
from actions.payout_words import state_in_words
from actions.receive_payout_cases import ROLE, receive_cases
from actions.register_payout_case import Teller, confirm_report
from actions.treat_payout_cases import check_treatment, treat_cases
from mail.answers import Answer, Verb
from storage import payout_cases
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.payout_cases import PayoutState
from storage.people import CodeRow

ACTS = frozenset({RELEASE, RECEIVE, TREAT, CONFIRM})
HINDRANCES = {
    Hindrance.NO_CASES: "No hay casos nuevos por informar.",
    Hindrance.SENT_TODAY: "Hoy ya se informó a la CACyPCS; los casos nuevos irán en el correo del siguiente día hábil.",
}


def answer_about_payouts(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, answer: Answer, case: CaseRow, code: CodeRow
) -> None:
    """Do what the answer says, or say why it cannot be done; a code with a word that is not its own is not spent."""
    wanted = {TREAT: {Verb.TREAT}, RECEIVE: {Verb.ATTEST, Verb.TREAT}}.get(code.act, {Verb.ATTEST})
    if answer.verb not in wanted:
        word = "TRATAMIENTO" if code.act == TREAT else "HECHO"
        _keep_code(desk, entry, whereabouts, code, f"Ese código se contesta con la palabra {word}.")
    elif code.act == RELEASE:
        _release(desk, entry, whereabouts, case, code)
    elif code.act == CONFIRM:
        _confirm(desk, entry, whereabouts, code)
    elif code.act == RECEIVE:
        _receive(desk, entry, whereabouts, answer, case, code)
    else:
        _treat(desk, entry, whereabouts, answer, case, code)


def _keep_code(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, code: CodeRow, reason: str) -> None:
    code.used_at = None
    desk.session.add(code)
    refuse(desk, entry, whereabouts, reason, "El código sigue sirviendo.")


def _release(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, case: CaseRow, code: CodeRow) -> None:
    release = release_cases(
        desk,
        case,
        code.unit,
        person_id=whereabouts.person_id,
        role="SAC",
        channel="mail",
        entry=entry,
    )
    if release.hindrance is Hindrance.NONE:
        folios = folio_span([str(row.folio) for row in release.rows])
        thank_for_decision(
            desk, entry, whereabouts, f"Se informó a la CACyPCS de {len(release.rows)} casos ({folios})."
        )
    elif release.hindrance is Hindrance.SENT_TODAY:
        _keep_code(desk, entry, whereabouts, code, HINDRANCES[release.hindrance])
    else:
        refuse(desk, entry, whereabouts, release.reason or HINDRANCES[release.hindrance])


def _confirm(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, code: CodeRow) -> None:
    row = payout_cases.get_case(desk.session, int(code.subject_key))
    if row.state is not PayoutState.REPORTED:
        known = f"Ya es el caso {row.folio}: " if row.folio else "El aviso está "
        refuse(desk, entry, whereabouts, f"{known}{state_in_words(row.state)}.")
        return
    role, unit = _post_of(whereabouts, code.unit)
    confirm_report(
        desk,
        row,
        Teller(role=role, unit=unit, channel="mail", person_id=whereabouts.person_id, entry=entry),
    )
    thank_for_decision(
        desk, entry, whereabouts, f"Quedó registrado el caso {row.folio}; se envía por correo a la SAC."
    )


def _post_of(whereabouts: Whereabouts, pac: str) -> tuple[str, str]:
    """Return the post by which somebody confirms: the PAC's own, else the SAC's above it."""
    if ("PAC", pac) in whereabouts.posts:
        return "PAC", pac
    return next(
        (post for post in whereabouts.posts if post[0] == "SAC" and pac.startswith(post[1])), ("", "")
    )


def _receive(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, answer: Answer, case: CaseRow, code: CodeRow
) -> None:
    last = int(code.subject_key.partition("/")[0].partition("-")[2])
    rows = receive_cases(
        desk,
        case,
        code.unit,
        up_to=last,
        person_id=whereabouts.person_id,
        channel="mail",
        entry=entry,
    )
    if answer.verb is Verb.TREAT:
        _treat(desk, entry, whereabouts, answer, case, code)
    elif rows:
        folios = folio_span([str(row.folio) for row in rows])
        thank_for_decision(
            desk, entry, whereabouts, f"Se dio acuse a la SAC de {len(rows)} casos ({folios})."
        )
    else:
        thank_for_decision(desk, entry, whereabouts, "De esos casos ya se había dado acuse.")


def _treat(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, answer: Answer, case: CaseRow, code: CodeRow
) -> None:
    problems = {one.folio: check_treatment(desk, one, code.unit) for one in answer.treatments}
    good = [one for one in {one.folio: one for one in answer.treatments}.values() if not problems[one.folio]]
    bad = [problem for problem in problems.values() if problem]
    if not good:
        reason = " ".join(bad) or "Falta un renglón por caso: el folio, el tratamiento y el motivo."
        _keep_code(desk, entry, whereabouts, code, reason)
        return
    rows = treat_cases(
        desk,
        good,
        person_id=whereabouts.person_id,
        role=ROLE,
        channel="mail",
        entry_id=entry.id,
        version=entry.folio,
    )
    done = "; ".join(f"{row.folio}, {state_in_words(row.state)}" for row in rows)
    undone = f" No se hizo: {' '.join(bad)}" if bad else ""
    thank_for_decision(desk, entry, whereabouts, f"Quedó asentado el tratamiento: {done}.{undone}")
    ask_for_treatment(desk, case, code.unit, whereabouts.person_id, version=entry.folio)
