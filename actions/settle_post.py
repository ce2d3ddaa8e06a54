"""Set a post right after who holds it changed: codes that are nobody's die, and whoever holds it now is asked.

Rights follow the post: steps, threads, deadlines and lists were never the person's and need no move. What is a
person's own is ended here: one-time codes, letters that have not left, the account of the chat.
"""

from actions.ask_for_step import ask_for
from actions.desk import Desk
from actions.find_addressees import NATION
from actions.find_expediente import LIST_STEPS
from actions.letter_values import unit_in_words
from actions.read_case import read_situation
from actions.send_message import ask_for_list
from procedures import engine
from procedures.engine import Instance, Situation
from procedures.situation import UnknownInstance
from storage import cases, chats, outbox, people
from storage.agenda import DeadlineRow
from storage.cases import CaseRow
from storage.people import CodeRow


def fire_post(desk: Desk, row: DeadlineRow) -> None:
    """Set a post right on the day from which somebody else holds it."""
    settle_post(desk, row.name, row.unit)


def settle_post(desk: Desk, role: str, unit: str) -> int:
    """End what is left with former holders, and ask today's for what is open; return how many codes died."""
    ended = 0
    situations = {case.id: (case, read_situation(desk, case)) for case in cases.open_cases(desk.session)}
    for person_id in people.ever_holders(desk.session, role, unit):
        ended += _end_codes(desk, situations, person_id)
        _withdraw_letters(desk, situations, person_id)
        _end_chat(desk, person_id)
    for case, situation in situations.values():
        _ask(desk, case, situation, (role, unit))
    return ended


def _posts(desk: Desk, person_id: int) -> set[tuple[str, str]]:
    return {(post.role, post.unit) for post, _holding in people.posts_of(desk.session, person_id, desk.today)}


def _end_codes(desk: Desk, situations: dict[int | None, tuple[CaseRow, Situation]], person_id: int) -> int:
    """End the codes of a person for acts that are no longer the person's."""
    posts = _posts(desk, person_id)
    dead = [
        code
        for code in people.live_codes(desk.session, person_id, desk.now)
        if code.case_id is not None and not _is_theirs(situations, code, posts)
    ]
    for code in dead:
        people.end_code(desk.session, code, desk.now)
    if dead:
        desk.note("codes_ended", person_id=person_id, count=len(dead))
    return len(dead)


def _is_theirs(
    situations: dict[int | None, tuple[CaseRow, Situation]], code: CodeRow, posts: set[tuple[str, str]]
) -> bool:
    if code.case_id not in situations:
        return False
    _case, situation = situations[code.case_id]
    if code.act in situation.definition.steps:
        return bool(_owners(situation, Instance(code.act, code.unit)) & posts)
    # Decisions and exceptions are bound to a unit's post, and to no step of its own.
    return any(unit == (code.unit or NATION) for _role, unit in posts)


def _owners(situation: Situation, instance: Instance) -> set[tuple[str, str]]:
    try:
        return set(engine.owners(situation, instance))
    except UnknownInstance:
        return set()


def _withdraw_letters(
    desk: Desk, situations: dict[int | None, tuple[CaseRow, Situation]], person_id: int
) -> None:
    posts = _posts(desk, person_id)
    stale = [
        letter
        for letter in outbox.unsent_questions(desk.session, person_id)
        if letter.case_id in situations
        and not _owners(situations[letter.case_id][1], Instance(letter.asks, letter.asks_unit)) & posts
    ]
    outbox.withdraw(desk.session, stale)


def _end_chat(desk: Desk, person_id: int) -> None:
    """Untie the account of somebody who holds no post any more."""
    chat = chats.chat_of_person(desk.session, person_id)
    if chat is not None and not _posts(desk, person_id):
        chats.unlink(desk.session, chat, desk.now)
        desk.note("chat_ended", person_id=person_id, channel="chat")


def open_steps(desk: Desk, role: str, unit: str) -> list[str]:
    """Return what is open of a post, in words."""
    found = []
    for case in cases.open_cases(desk.session):
        situation = read_situation(desk, case)
        for instance in engine.waiting_instances(situation, desk.today):
            if (role, unit) in _owners(situation, instance):
                title = situation.definition.steps[instance.step].title
                found.append(
                    f"{instance.step}, {title}: {unit_in_words(case, instance.unit)} ({case.period})"
                )
    return found


def _ask(desk: Desk, case: CaseRow, situation: Situation, post: tuple[str, str]) -> None:
    """Ask whoever holds a post now for the steps of it that are open."""
    for instance in engine.waiting_instances(situation, desk.today):
        if post not in _owners(situation, instance):
            continue
        if instance.step in LIST_STEPS:
            ask_for_list(desk, case, instance.unit)
        else:
            ask_for(desk, case, situation, instance)
