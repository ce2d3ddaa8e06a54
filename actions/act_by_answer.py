"""Do what an answer to a letter says: acknowledge, attest with a code, decide, except, return, confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.acknowledge_letter import note_acknowledged, post_near, take_acknowledged
from actions.answer_payouts import ACTS as PAYOUT_ACTS
from actions.answer_payouts import answer_about_payouts
from actions.answer_sender import refuse, thank_for_decision, thank_for_step
from actions.ask_for_reopening import REOPENING
from actions.ask_for_step import WORDS, ask_for, renew_questions, subject_key_of
from actions.attest_list import attest_list
from actions.decide_duplicate import decide_duplicate
from actions.designate_ems import FACT, ems_options
from actions.desk import Desk
from actions.find_expediente import Whereabouts
from actions.grant_headcount import GrantRefused, grant_headcount
from actions.prove_step import evidence_level
from actions.read_case import read_situation
from actions.say_what_waits import what_waits
from actions.send_letter import send_to_sender
from actions.take_step import Evidence, take_step
from mail.answers import Answer, Verb
from procedures import engine
from procedures.definition import ROOT_UNIT, Level, Source
from procedures.engine import Happening, Instance, Situation
from procedures.organisation import Post, find_exception
from storage import cases, outbox, people, provider
from storage.cases import CaseRow
from storage.entries import EntryRow
from storage.people import CodeRow

EXCEPT = "EXCEPT"
DUPLICATE = "DUPLICATE"
HEADCOUNT = "HEADCOUNT"
STEP_BY_WORD = {word: step for step, word in WORDS.items() if list(WORDS.values()).count(word) == 1}
"""Words that can only mean one step, whatever the mail says besides: AUTORIZO, LIBERO."""
_WHEN_COMPLETE = "Cuando quede completo, recibirá la solicitud con un código nuevo."


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """A proved act: whose, on what, by which code."""

    desk: Desk
    entry: EntryRow
    whereabouts: Whereabouts
    answer: Answer
    case: CaseRow
    code: CodeRow
    documents: Sequence[str] = ()
    """Files that came with it: the signed oficio of a step that needs one."""

    @property
    def post(self) -> tuple[str, str]:
        """The post by which the person acts, as (role, unit)."""
        return post_near(self.whereabouts.posts, self.code.unit)


def act_by_answer(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, answer: Answer, *, documents: Sequence[str] = ()
) -> None:
    """Do what an answer says, or say why it cannot be done."""
    case = whereabouts.case
    if case is None:
        message = "an answer without an expediente has nothing to act on"
        raise ValueError(message)
    entry.case_id = case.id
    entry.unit = whereabouts.unit
    match answer.verb:
        case Verb.ACKNOWLEDGE:
            _acknowledge(desk, entry, whereabouts, case)
        case Verb.CONFIRM:
            attest_list(desk, entry, whereabouts, case, answer)
        case _:
            _act_with_code(desk, entry, whereabouts, answer, case, documents)


def _acknowledge(desk: Desk, entry: EntryRow, whereabouts: Whereabouts, case: CaseRow) -> None:
    # The letter's own button writes a new mail with the tag: no thread, but the same letter.
    letter = whereabouts.letter or outbox.find_unanswered(
        desk.session, case.id, whereabouts.step, whereabouts.unit, entry.sender
    )
    note_acknowledged(desk, letter)
    asked = letter is not None and bool(letter.asks) and letter.person_id == whereabouts.person_id
    # The letter's own button writes a new mail with the tag: no thread, but the same question.
    asked = asked or outbox.is_asked(desk.session, case.id, whereabouts.step, whereabouts.unit, entry.sender)
    taken = asked and take_acknowledged(
        desk,
        entry,
        case,
        step=whereabouts.step,
        unit=whereabouts.unit,
        person_id=whereabouts.person_id,
        posts=whereabouts.posts,
        channel="mail",
    )
    if not taken:
        desk.note("reply_unused", case_id=case.id, entry_id=entry.id, channel="mail", folio=entry.folio)


def _act_with_code(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    answer: Answer,
    case: CaseRow,
    documents: Sequence[str],
) -> None:
    if (
        not answer.code
        and answer.verb is Verb.ATTEST
        and _is_too_early(desk, entry, whereabouts, answer, case)
    ):
        return
    code = people.use_code(
        desk.session,
        answer.code,
        key=bytes.fromhex(desk.office.secret),
        person_id=whereabouts.person_id,
        now=desk.now,
    )
    if code is None:
        desk.note(
            "code_refused",
            case_id=case.id,
            step=whereabouts.step,
            unit=whereabouts.unit,
            person_id=whereabouts.person_id,
            entry_id=entry.id,
            channel="mail",
        )
        send_to_sender(
            desk,
            "CODE-REFUSED",
            {"folio": entry.folio, "received_at": entry.received_at},
            entry=entry,
            whereabouts=whereabouts,
        )
        return
    # The code knows its expediente better than the subject line does.
    case = cases.get_case(desk.session, code.case_id) if code.case_id else case
    entry.case_id, entry.unit = case.id, code.unit
    act = Act(
        desk=desk,
        entry=entry,
        whereabouts=whereabouts,
        answer=answer,
        case=case,
        code=code,
        documents=documents,
    )
    if code.act == DUPLICATE:
        decide_duplicate(desk, case, code, answer, entry=entry, whereabouts=whereabouts)
    elif code.act in PAYOUT_ACTS:
        answer_about_payouts(desk, entry, whereabouts, answer, case, code)
    elif code.act == REOPENING:
        if answer.verb is Verb.REOPEN and answer.reason:
            _apply(act, "reopening")
        else:
            _keep_code(act, "Ese código es para reabrir el listado: conteste REABRO, el motivo y el código.")
    elif code.act == HEADCOUNT:
        _except_headcount(act)
    elif code.act.startswith(f"{EXCEPT}:"):
        if answer.verb is Verb.EXCEPT:
            step = code.act.partition(":")[2]
            _apply(act, "except", step=step, post=_excepting_post(act, step))
        else:
            _keep_code(
                act,
                "Ese código es sólo para asentar una excepción: conteste EXCEPCIÓN, el motivo y el código.",
            )
    elif answer.verb in {Verb.RETURN, Verb.EXCEPT}:
        unit = _named_unit(act)
        if unit:
            _apply(act, answer.verb.value, unit=unit)
        else:
            _keep_code(
                act, f"Indique con su clave la unidad, y que sea de su ámbito; por ejemplo {_example(act)}."
            )
    elif answer.verb is Verb.DECIDE:
        options = ems_options(case, code.unit)
        if answer.option is None or not 1 <= answer.option <= len(options):
            _tell_refusal(act, f"Indique una opción del 1 al {len(options)}.")
        else:
            _apply(act, "code", facts={FACT: options[answer.option - 1]})
    elif code.subject_key and code.subject_key != subject_key_of(desk, case, Instance(code.act, code.unit)):
        _tell_refusal(
            act, "Lo que se le mostró fue sustituido por una versión más reciente; confirme la vigente."
        )
    else:
        _apply(act, "code")


def _is_too_early(
    desk: Desk, entry: EntryRow, whereabouts: Whereabouts, answer: Answer, case: CaseRow
) -> bool:
    """Answer who attests a step of theirs before its time, and so without a code: with what it still lacks (AC-33)."""
    situation = read_situation(desk, case)
    instance = _meant(situation, whereabouts, answer)
    if instance is None:
        return False
    own = [post for post in engine.owners(situation, instance) if post in whereabouts.posts]
    early = {engine.Status.PENDING, engine.Status.BLOCKED}
    if not own or engine.status(situation, instance, desk.today) not in early:
        return False
    happening = _happening(desk, entry, whereabouts, "code", instance, level=Level.RECORDED, post=own[0])
    evidence = Evidence(person_id=whereabouts.person_id, entry=entry, channel="mail", text=answer.reason)
    decision = take_step(desk, case, happening, evidence)
    reasons = dict.fromkeys(refusal.text for refusal in decision.refused)
    waiting = what_waits(desk, case, situation, instance)
    refuse(desk, entry, whereabouts, " ".join(reasons), _WHEN_COMPLETE, waiting=waiting)
    return True


def _meant(situation: Situation, whereabouts: Whereabouts, answer: Answer) -> Instance | None:
    """Return which step somebody attests: that of a word that means one alone, else that of the letter or the tag."""
    for name in (STEP_BY_WORD.get(answer.word, ""), whereabouts.step):
        step = situation.definition.steps.get(name)
        for unit in (whereabouts.unit, ROOT_UNIT):
            if step is not None and situation.tree.scope_of.get(unit) == step.scope:
                return Instance(name, unit)
    return None


def _except_headcount(act: Act) -> None:
    """Except the authorised number of an OOAD with the document that came along; without it the code is kept."""
    if act.answer.verb is not Verb.EXCEPT:
        _keep_code(act, "Ese código es para autorizar el exceso: conteste EXCEPCIÓN, el motivo y el código.")
        return
    outcome = grant_headcount(
        act.desk,
        act.case,
        act.code.unit,
        reason=act.answer.reason,
        entry=act.entry,
        person_id=act.whereabouts.person_id,
        channel="mail",
        shown=act.code.subject_key,
    )
    if isinstance(outcome, GrantRefused):
        _keep_code(act, outcome.reason)
        return
    thank_for_decision(act.desk, act.entry, act.whereabouts, outcome)


def _excepting_post(act: Act, step: str) -> tuple[str, str]:
    """Return by which of a person's posts a unit's work is excepted: the EMS designado does it for other regions."""
    situation = read_situation(act.desk, act.case)
    exception = find_exception(situation, Instance(step, act.code.unit))
    allowed = [post for post in act.whereabouts.posts if exception and Post(*post) in exception.posts]
    return allowed[0] if allowed else act.post


def _apply(
    act: Act,
    name: str,
    *,
    step: str = "",
    unit: str | None = None,
    facts: Mapping[str, object] | None = None,
    post: tuple[str, str] | None = None,
) -> None:
    """Take the step that a code is for, or return or except what it allows; answer what came of it."""
    desk, entry, code = act.desk, act.entry, act.code
    instance = Instance(step or code.act, code.unit if unit is None else unit)
    level = (
        evidence_level(desk, act.case, instance, act.whereabouts.person_id, act.documents)
        if name == "code"
        else Level.ATTESTED
    )
    happening = _happening(
        desk, entry, act.whereabouts, name, instance, level=level, post=post or act.post, facts=facts
    )
    evidence = Evidence(
        person_id=act.whereabouts.person_id,
        entry=entry,
        channel="mail",
        text=act.answer.reason,
        subject_key=code.subject_key,
        motive=act.answer.motive,
    )
    decision = take_step(desk, act.case, happening, evidence)
    if not decision.taken:
        reasons = [refusal.text for refusal in decision.refused] or ["Este paso ya no está pendiente."]
        _tell_refusal(act, " ".join(dict.fromkeys(reasons)))
        return
    taken = decision.taken[0]
    thank_for_step(
        desk,
        entry,
        act.whereabouts,
        act.case,
        step=taken.instance.step,
        unit=taken.instance.unit,
        level=taken.level,
        late=taken.late,
    )
    if name in {"return", "except"}:
        renew_questions(desk, act.case, act.case.parents.get(happening.unit, ""), because=entry.folio)


def _happening(
    desk: Desk,
    entry: EntryRow,
    whereabouts: Whereabouts,
    name: str,
    instance: Instance,
    *,
    level: Level,
    post: tuple[str, str],
    facts: Mapping[str, object] | None = None,
) -> Happening:
    may_release = provider.may_release(desk.session, whereabouts.person_id, entry.sender, desk.today)
    return Happening(
        kind=Source.MAIL,
        name=name,
        unit=instance.unit,
        step=instance.step,
        at=entry.received_at,
        on=desk.local_date(entry.received_at),
        level=level,
        role=post[0],
        role_unit=post[1],
        facts={"releaser_authorised": may_release, **(facts or {})},
    )


def _named_unit(act: Act) -> str:
    """Return the unit whose work goes back or is excepted: among those at or below the code's own.

    Empty when the answer names one that is not there, or that could be several.
    """
    own, wanted = act.code.unit, act.answer.unit
    if not wanted:
        return own if act.answer.verb is Verb.RETURN else ""
    below = [
        unit
        for units in act.case.tree.values()
        for unit in units
        if not own or f"{unit}-".startswith(f"{own}-")
    ]
    named = [unit for unit in below if unit == wanted or unit.endswith(f"-{wanted}")]
    return named[0] if len(named) == 1 else ""


def _example(act: Act) -> str:
    units = [unit for units in act.case.tree.values() for unit in units]
    return next((unit for unit in units if act.case.parents.get(unit, "") == act.code.unit), units[0])


def _keep_code(act: Act, reason: str) -> None:
    """Say why nothing was done of what an answer says; its code was not for that, and is not spent."""
    act.code.used_at = None
    act.desk.session.add(act.code)
    act.desk.note(
        "code_misused",
        case_id=act.case.id,
        step=act.whereabouts.step,
        unit=act.code.unit,
        person_id=act.whereabouts.person_id,
        entry_id=act.entry.id,
        channel="mail",
    )
    refuse(act.desk, act.entry, act.whereabouts, reason, "El código sigue sirviendo.")


def _tell_refusal(act: Act, reason: str) -> None:
    """Say why an act was not done and for whom it waits, and ask again with a new code: the old one is spent."""
    desk, case = act.desk, act.case
    situation = read_situation(desk, case, act.code.unit)
    waiting: list[str] = []
    instance = Instance(step=act.code.act, unit=act.code.unit)
    if instance.step in situation.definition.steps:
        waiting = what_waits(desk, case, situation, instance)
    how = _WHEN_COMPLETE if waiting else "Si el paso sigue pendiente, recibirá por separado un código nuevo."
    refuse(desk, act.entry, act.whereabouts, reason, how, waiting=waiting)
    ask_for(desk, case, situation, instance, again=act.entry.folio)
