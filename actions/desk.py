"""What every action works with: one transaction, one instant, and the office's own facts."""

import hashlib
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session

from actions.standings import Standings
from documents.sandbox import Workshop
from procedures.yaml_text import read_yaml
from storage import journal
from storage.blobs import BlobStore

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """The facts of this office that no regulation fixes."""

    name: str
    address: str
    """The desk's mailbox: every letter leaves from it and every answer comes to it."""
    zone: ZoneInfo
    secret: str
    """Hexadecimal key of workbook marks and one-time codes."""
    authserv_id: str = ""
    """The authserv-id of the receiving server whose verdict is trusted; empty means none is."""
    authentication: str = "optional"
    """required, optional or off: what a mail without a passing verdict is worth."""
    copies_to_jspm: bool = True
    """Whether each JSPM gets a copy of the circular of the delivery period (AMB-33)."""
    provider_protection: str = "zip"
    """zip, xlsx or none: how the file for the PS leaves."""
    letter_limit_mb: int = 20
    """How large a letter may be: what does not fit goes in several."""
    provider_password_to: str = ""
    """Where the password of that file goes; empty: it is told at the keyboard."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The desk for the length of one transaction."""

    session: Session
    now: datetime
    office: Office
    blobs: BlobStore
    workshop: Workshop
    standings: Standings = field(default_factory=Standings)
    wake_couriers: Callable[[], None] = field(default=lambda: None)
    kept: list[bytes] = field(default_factory=list, init=False, repr=False)
    """Originals that become durable just before the transaction is committed."""
    _originals: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    _answers: dict[tuple[object, ...], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _made: dict[Hashable, tuple[tuple[object, ...], Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def today(self) -> date:
        """The office's date at this instant."""
        return self.local_date(self.now)

    def local_date(self, instant: datetime) -> date:
        """Return the legal date of an instant, in the office's zone."""
        return instant.astimezone(self.office.zone).date()

    def once(self, question: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the books for something that this transaction leaves as it is, and only the first time."""
        key = (question, args, tuple(sorted(kwargs.items())))
        if key not in self._answers:
            self._answers[key] = question(self.session, *args, **kwargs)
        answer: T = self._answers[key]
        return answer

    def forget(self, question: Callable[..., object]) -> None:
        """Forget what was asked by `once`: this transaction has changed what the answer would be."""
        for key in [key for key in self._answers if key[0] is question]:
            del self._answers[key]

    def make_once(self, name: Hashable, parts: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what was made before in this transaction of the very same parts, or make it.

        The parts are everything that it depends on: whoever names them all never gets anything stale.
        """
        known = self._made.get(name)
        if known is None or known[0] != parts:
            known = self._made[name] = (parts, make())
        made: T = known[1]
        return made

    def keep(self, content: bytes) -> str:
        """Keep an original that nobody reads before the commit, and return its hash.

        All of a transaction are durable together: with the rows that name them, or before.
        """
        self.kept.append(content)
        return hashlib.sha256(content).hexdigest()

    def fetch_originals(self, digests: Collection[str]) -> None:
        """Fetch several originals at once, so that each is at hand when it is asked for."""
        if digests:
            self._originals.update(self.blobs.get_many(self.session, digests))

    def original(self, sha256: str) -> bytes:
        """Return an original."""
        found = self._originals.get(sha256)
        return self.blobs.get(sha256) if found is None else found

    def learn(
        self, answer: T, question: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Take an answer that was fetched with many others for what `once` would ask."""
        self._answers[(question, args, tuple(sorted(kwargs.items())))] = answer

    def note(
        self,
        kind: str,
        *,
        case_id: int | None = None,
        step: str = "",
        unit: str = "",
        person_id: int | None = None,
        role: str = "",
        channel: str = "",
        entry_id: int | None = None,
        letter_id: int | None = None,
        **data: Any,
    ) -> None:
        """Write one line of the journal, with all the others before the commit.

        Its sentence comes from the catalogue of its kind.
        """
        text = sentences()[kind].format(step=step, unit=unit or "NACIONAL", **data)
        line = journal.Line(
            kind, self.now, text, case_id, step, unit, person_id, role, channel, entry_id, letter_id, data
        )
        journal.append_later(self.session, line)

    def note_now(self, kind: str, **values: Any) -> int:
        """Write one line of the journal at once, for whoever needs its number."""
        self.note(kind, **values)
        return journal.write_waiting(self.session)


@lru_cache(maxsize=1)
def sentences() -> dict[str, str]:
    """Return the catalogue of the journal's sentences, kind to text."""
    text = (files("actions") / "sentences.yaml").read_text(encoding="utf-8")
    catalogue: dict[str, str] = read_yaml(text)
    return catalogue
