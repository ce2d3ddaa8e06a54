"""Answer a recorded update: whose it is, what it asks, what the desk says; all of it in one transaction."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from actions.desk import Desk
from actions.link_chat import unlink_chat
from actions.note_reachability import note_reachability
from actions.ports import PressedButton
from actions.send_chat import ERASE, Choice, send_chat, show_commands
from bot import (
    ambito,
    boards,
    brief_reports,
    casework,
    designation,
    errands,
    list_questions,
    names,
    offices,
    payouts,
    problems,
    progress,
    queries,
    reasons,
    telling,
    texts,
    volunteers,
)
from bot.access import Caller, who_is
from bot.linking import talk_with_stranger
from bot.skills import Answer, Command, Press, Skill, joined
from bot.turn import Turn
from bot.updates import ChatUpdate, Deed, read_update
from bot.volunteers import answer_anything, is_volunteer
from storage import chats, entries
from storage.chats import ChatKind, ChatRow
from storage.entries import EntryRow, EntryState
from storage.people import ChannelState

PACE = timedelta(minutes=1)
MESSAGES = 20
"""In one such minute, of one account (ledger 6.8)."""

AUTHORITY = re.compile(
    r"^(?:si,? )?(?:autoriz|aprueb|aprob|rubric|rubriq|liber|firm|valid)(?:o|a|e|amos|ado|ada)\b"
)
"""Acts that are never done by chat, however they are said (ledger 6.1, 6.7)."""

UNLINK = "unlink"
_COMMAND = re.compile(r"/(\w{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)


def respond(desk: Desk, entry_id: int, *, system_now: datetime) -> PressedButton | None:
    """Do what an update means; return the button that it pressed, for that cannot wait.

    An update that was answered already changes nothing.
    """
    entry = entries.get_entry(desk.session, entry_id)
    if entry.state is not EntryState.RECORDED:
        return None
    update = read_update(desk.original(entry.blob_sha256))
    said, button, person_id = _do(desk, entry, update, system_now)
    entries.mark_applied(desk.session, entry, kind=update.deed.value, person_id=person_id)
    if said:
        desk.note(
            "update_answered",
            entry_id=entry.id,
            person_id=person_id,
            channel="chat",
            folio=entry.folio,
            answers=said,
        )
    else:
        desk.note("update_ignored", entry_id=entry.id, channel="chat", folio=entry.folio)
    return button


def _do(
    desk: Desk, entry: EntryRow, update: ChatUpdate, system_now: datetime
) -> tuple[list[str], PressedButton | None, int | None]:
    """Do what an update means; return what was said, the button that was pressed, and whose it was."""
    if update.deed is Deed.OTHER:
        return [], None, None
    if not update.private:
        return _leave_group(desk, update), _at_rest(update) if update.deed is Deed.PRESSED else None, None
    if update.deed in {Deed.CAME, Deed.WENT}:
        note_reachability(desk, update.chat_id, reachable=update.deed is Deed.CAME)
        return [], None, None
    chat = chats.open_chat(desk.session, update.chat_id)
    if chat.state is ChannelState.BOUNCING:
        # Who writes can be written to.
        note_reachability(desk, chat.chat_id, reachable=True)
    turn = Turn(desk=desk, entry=entry, update=update, chat=chat)
    caller = who_is(desk, chat)
    button = None
    paced_from, paced = chat.paced_from, chat.paced
    if update.deed is Deed.PRESSED:
        button = _press(turn, caller)
    else:
        paced_from, paced = _pace(chat, system_now)
        if paced == MESSAGES + 1:
            turn.say("too_fast")
        elif paced <= MESSAGES:
            command, argument = read_command(update.text)
            if caller is None:
                talk_with_stranger(turn, command, argument)
            else:
                _talk(turn, caller, command, argument)
    _keep_menu(turn, caller)
    chats.mark_heard(desk.session, chat, update_id=update.number, paced_from=paced_from, paced=paced)
    return turn.said, button, caller.person_id if caller else None


def _keep_menu(turn: Turn, caller: Caller | None) -> None:
    """Let the chat's own menu name what its person may ask today, whether a link or a post brought the change."""
    if turn.chat.linked_at is None:
        caller = None
    elif caller is None or caller.person_id != turn.chat.person_id:
        caller = who_is(turn.desk, turn.chat)
    commands, digest = _menu_of(caller.roles) if caller else ((), "")
    if turn.chat.menu != digest:
        turn.chat.menu = digest
        show_commands(turn.desk, turn.chat.chat_id, commands, version=turn.entry.folio)


@lru_cache(maxsize=64)
def _menu_of(roles: frozenset[str]) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return the commands of some roles, and a digest by which a change of them is seen."""
    commands = tuple(texts.commands_of(roles))
    return commands, hashlib.sha256(repr(commands).encode()).hexdigest()[:16]


def read_command(text: str) -> tuple[str, str]:
    """Return the command that a text begins with, and what follows it.

    >>> read_command("/start AB3D-EFGH"), read_command("hola")
    (('start', 'AB3D-EFGH'), ('', ''))
    """
    found = _COMMAND.fullmatch(text.strip())
    return (found[1].lower(), (found[2] or "").strip()) if found else ("", "")


def _pace(chat: ChatRow, system_now: datetime) -> tuple[datetime, int]:
    """Return since when messages are counted, and how many there are with this one.

    Who writes too many is told once, and then not heard.
    """
    if chat.paced_from is None or system_now - chat.paced_from >= PACE:
        return system_now, 1
    return chat.paced_from, chat.paced + 1


# Commands


def _talk(turn: Turn, caller: Caller, command: str, argument: str) -> None:
    """Do a command, hear the answer to the question that waits, or say what can be asked.

    A command in the middle of a dialogue leaves the question where it is: whoever
    comes back to it finds it as it was (dialogues do not expire by themselves).
    """
    handler = HANDLERS.get(command)
    answer = ANSWERS.get(turn.chat.dialogue) if not command else None
    if turn.update.deed is Deed.FILE and not is_volunteer(caller):
        turn.say("no_files", mailbox=turn.mailbox)
    elif handler is not None and (command in ALWAYS or texts.may_use(command, caller.roles)):
        handler(turn, caller, argument)
    elif answer is not None and turn.update.deed is not Deed.FILE:
        answer(turn, caller)
    elif is_volunteer(caller):
        answer_anything(turn, caller)
    elif AUTHORITY.search(_plain(turn.update.text)):
        turn.desk.note(
            "chat_authorisation_refused",
            person_id=caller.person_id,
            entry_id=turn.entry.id,
            channel="chat",
        )
        turn.say("no_authority")
    elif not (brief_reports.understand(turn, caller) or reasons.understand(turn, caller)):
        turn.say("not_understood", menu=texts.menu(caller.roles))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _greet(turn: Turn, caller: Caller, argument: str) -> None:
    del argument
    turn.say("already_linked", menu=texts.menu(caller.roles))


def _help(turn: Turn, caller: Caller, argument: str) -> None:
    del argument
    key = "volunteer_help" if is_volunteer(caller) else "help"
    turn.say(key, menu=texts.menu(caller.roles), mailbox=turn.mailbox)


def _cancel(turn: Turn, caller: Caller, argument: str) -> None:
    del caller, argument
    turn.say("cancelled")
    turn.end_dialogue()


def _explain_privacy(turn: Turn, caller: Caller, argument: str) -> None:
    del argument
    turn.say("volunteer_privacy" if is_volunteer(caller) else "privacy", mailbox=turn.mailbox)


def _ask_to_unlink(turn: Turn, caller: Caller, argument: str) -> None:
    del caller, argument
    turn.say(
        "unlink_question",
        choices=[
            [
                Choice(text=texts.text("answer_yes"), act=UNLINK, value="yes"),
                Choice(text=texts.text("answer_no"), act=UNLINK, value="no"),
            ]
        ],
    )


# Buttons


def _unlink(turn: Turn, caller: Caller, value: str) -> None:
    del caller
    if value == "yes":
        turn.say("unlinked")
        unlink_chat(turn.desk, turn.chat, entry=turn.entry)
    else:
        turn.say("unlink_kept")


BASICS = Skill(
    commands={
        "start": _greet,
        "vincular": _greet,
        "ayuda": _help,
        "cancelar": _cancel,
        "privacidad": _explain_privacy,
        "desvincular": _ask_to_unlink,
    },
    acts={UNLINK: _unlink},
)
SKILLS = joined(
    BASICS,
    names.SKILL,
    queries.SKILL,
    boards.SKILL,
    list_questions.SKILL,
    errands.SKILL,
    designation.SKILL,
    volunteers.SKILL,
    offices.SKILL,
    telling.SKILL,
    ambito.SKILL,
    progress.SKILL,
    payouts.SKILL,
    casework.SKILL,
    problems.SKILL,
    brief_reports.SKILL,
)
"""What the desk can do in a conversation; each module of the chat brings its own part."""
HANDLERS: Mapping[str, Command] = SKILLS.commands
ANSWERS: Mapping[str, Answer] = SKILLS.answers
ACTS: Mapping[str, Press] = SKILLS.acts
LOOKS = SKILLS.looks
"""Acts that change nothing: their buttons may be pressed again."""
ALWAYS = frozenset({"start", "vincular"})


def _press(turn: Turn, caller: Caller | None) -> PressedButton:
    """Do what a button is for, if it is this account's, unspent and young enough."""
    desk = turn.desk
    button = chats.find_button(desk.session, turn.update.token, chat_id=turn.chat.chat_id, now=desk.now)
    act = ACTS.get(button.act) if button else None
    if caller is None or button is None or act is None:
        return _at_rest(turn.update, text=texts.text("stale_button"), spent=True)
    if button.act in LOOKS:
        act(turn, caller, button.value)
        return _at_rest(turn.update)
    if not chats.spend_button(desk.session, button, now=desk.now, but=ERASE):
        return _at_rest(turn.update, text=texts.text("stale_button"), spent=True)
    act(turn, caller, button.value)
    left = chats.neighbour(desk.session, button, ERASE)
    return _at_rest(turn.update, spent=True, erase_button=left)


def _at_rest(
    update: ChatUpdate, *, text: str = "", spent: bool = False, erase_button: str = ""
) -> PressedButton:
    return PressedButton(
        query_id=update.query_id,
        text=text,
        chat_id=update.chat_id,
        message_id=update.message_id,
        spent=spent,
        erase_button=erase_button,
    )


# Groups


def _leave_group(desk: Desk, update: ChatUpdate) -> list[str]:
    """Say one line and leave, once for each time that somebody brought the bot there (AC-48)."""
    if update.deed is Deed.WENT:
        return []
    group: ChatRow = chats.open_chat(desk.session, update.chat_id, ChatKind.GROUP)
    if update.deed is Deed.CAME:
        group.joins += 1
        desk.session.add(group)
    said = send_chat(
        desk,
        update.chat_id,
        texts.text("group"),
        template="chat:group",
        version=str(group.joins),
        leave=True,
    )
    return ["group"] if said else []
