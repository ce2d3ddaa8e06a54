"""One turn of a conversation: what was said, in which chat, and how the desk answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.desk import Desk
from actions.send_chat import Choice, send_chat, send_place
from bot import texts
from bot.updates import ChatUpdate
from storage.chats import ChatRow
from storage.entries import EntryRow

ASIDE = "aside"
"""Under this name the answers of a dialogue keep the one that it interrupted."""


@dataclass(kw_only=True, slots=True)
class Turn:
    """What a dialogue works with, for the length of one update."""

    desk: Desk
    entry: EntryRow
    update: ChatUpdate
    chat: ChatRow
    said: list[str] = field(default_factory=list)
    """The texts by which the desk answered, by their keys."""

    @property
    def mailbox(self) -> str:
        """Where mail to the desk goes."""
        return self.desk.office.address

    def say(
        self,
        key: str,
        *,
        choices: Sequence[Sequence[Choice]] = (),
        personal: bool = False,
        **facts: object,
    ) -> None:
        """Answer with a text of the catalogue; it leaves once, however often this turn is taken.

        What names people is `personal`: whoever reads it can take it away, and after a day it goes by itself.
        """
        self.said.append(key)
        send_chat(
            self.desk,
            self.chat.chat_id,
            texts.text(key, **facts),
            template=f"chat:{key}",
            version=f"{self.entry.folio}/{len(self.said)}",
            choices=choices,
            person_id=self.chat.person_id,
            answering=self.entry,
            personal=personal,
        )

    def show_place(self, *, latitude: float, longitude: float, title: str, address: str) -> None:
        """Answer with a place on the map."""
        self.said.append("place")
        send_place(
            self.desk,
            self.chat.chat_id,
            latitude=latitude,
            longitude=longitude,
            title=title,
            address=address,
            template="chat:place",
            version=f"{self.entry.folio}/{len(self.said)}",
            answering=self.entry,
        )

    def ask(self, dialogue: str, **answers: str) -> None:
        """Remember which question waits, and what was answered so far."""
        self.chat.dialogue = dialogue
        self.chat.answers = {**self.chat.answers, **answers} if dialogue else {}
        self.desk.session.add(self.chat)

    def begin_dialogue(self, family: str = "") -> None:
        """Make room for the questions of a dialogue; another one that waits is put aside with its answers, not lost.

        The family is what stands before the point in the names of its questions: one
        of the same family begins anew.
        """
        if family and self.chat.dialogue.partition(".")[0] == family:
            aside = self.chat.answers.get(ASIDE)
            self.chat.answers = {ASIDE: aside} if aside else {}
        elif self.chat.dialogue:
            self.chat.answers = {ASIDE: json.dumps([self.chat.dialogue, self.chat.answers])}
        self.chat.dialogue = ""
        self.desk.session.add(self.chat)

    def end_dialogue(self) -> None:
        """Forget the question that waits; the dialogue that it had interrupted goes on."""
        aside = self.chat.answers.get(ASIDE)
        self.ask("")
        if aside:
            self.chat.dialogue, self.chat.answers = json.loads(aside)
            self.say("resumed")
