"""What the books and the mailboxes of a killed desk must hold, read with other eyes than the desk's own."""

import hashlib
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from service.demo.hub import MailHub

CODE = re.compile(r"(?<![\d.-])\d{6}(?!\d)")

STATE = {
    "entries": "SELECT folio, kind, sender, subject, state, unit, reason, person_id, attempts, received_at,"
    " (SELECT count(*) FROM attachment WHERE entry_id = entry.id) FROM entry ORDER BY folio",
    "lists": "SELECT level, unit, version, state, digest, rows, vrs, pvr, total_centavos, rejected, person_id"
    " FROM list_version ORDER BY level, unit, version",
    "lines": "SELECT level, unit, version, position, list_line.name, locality, kind, amount_centavos, months"
    " FROM list_line JOIN list_version ON version_id = list_version.id"
    " ORDER BY level, unit, version, position",
    "findings": "SELECT level, unit, version, code, row, field, message"
    " FROM finding JOIN list_version ON version_id = list_version.id"
    " ORDER BY level, unit, version, finding.id",
    "duplicates": "SELECT code, unit, key, decision, reason, person_id FROM duplicate ORDER BY code, key",
    "steps": "SELECT step, unit, outcome, level, at, [on], due_on, late, person_id, role, by_system, channel, text"
    " FROM step ORDER BY at, id",
    "letters": "SELECT key, template, step, unit, asks, asks_unit, address, subject, message_id, state"
    " FROM letter ORDER BY key",
    "agenda": "SELECT key, kind, due_at, state FROM deadline ORDER BY key",
    "codes": "SELECT person_id, act, unit, subject_key, used_at IS NOT NULL FROM code ORDER BY 1, 2, 3, 4, 5",
    "expediente": "SELECT folio, state, stage, facts FROM case_file",
    "journal": "SELECT kind, count(*) FROM journal WHERE kind <> 'letter_repeated' GROUP BY kind ORDER BY kind",
}
"""What two runs of the same story must have in common; ids of rows and random words are left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter as the outbox has it."""

    id: int
    address: str
    state: str
    message_id: str
    original: bytes


class Books:
    """The data folder of a desk, for reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """Ask the database."""
        connection = sqlite3.connect(f"file:{self._folder / 'oficialia.db'}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    def original(self, digest: str) -> bytes:
        """Return an original, which must be what its name says."""
        path = self._folder / "blobs" / digest[:2] / digest[2:]
        content = path.read_bytes() if path.exists() else self._small(digest)
        assert hashlib.sha256(content).hexdigest() == digest
        return content

    def _small(self, digest: str) -> bytes:
        """Return an original that is kept in the table."""
        ((content,),) = self.ask(f"SELECT content FROM blob WHERE sha256 = '{digest}'")
        assert isinstance(content, bytes)
        return content

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """Return everything that a run leaves, without what is drawn by lot."""
        return {
            name: [
                tuple(CODE.sub("······", cell) if isinstance(cell, str) else cell for cell in row)
                for row in self.ask(question)
            ]
            for name, question in STATE.items()
        }

    def letters(self) -> list[Letter]:
        """Return the letters of the outbox."""
        rows = self.ask("SELECT id, address, state, message_id, blob_sha256 FROM letter ORDER BY id")
        return [
            Letter(
                id=int(str(number)),
                address=str(address),
                state=str(state),
                message_id=str(message_id),
                original=self.original(str(digest)),
            )
            for number, address, state, message_id, digest in rows
        ]


def check_nothing_lost(books: Books, hub: MailHub, desk: str) -> None:
    """Every mail that reached the desk is one entry, with its original byte for byte, and was put away."""
    arrived = hub.mailboxes.originals(desk, "Procesados")
    recorded = [books.original(str(digest)) for (digest,) in books.ask("SELECT blob_sha256 FROM entry")]

    assert arrived
    assert Counter(recorded) == Counter(arrived)
    assert hub.mailboxes.count(desk) == 0
    assert hub.mailboxes.count(desk, "Errores") == 0


def check_nothing_twice(books: Books, hub: MailHub, desk: str) -> int:
    """Every letter arrived once; one that was in flight perhaps again, the same, and the journal says so.

    Returns how many came again.
    """
    again = Counter(
        number for (number,) in books.ask("SELECT letter_id FROM journal WHERE kind = 'letter_repeated'")
    )
    inboxes: dict[str, list[bytes]] = {
        address: hub.mailboxes.originals(address) for address in hub.accounts if address != desk
    }
    arrived = Counter((address, _message_id(mail)) for address, mails in inboxes.items() for mail in mails)
    letters = books.letters()
    assert letters
    assert set(arrived) == {(letter.address, letter.message_id) for letter in letters}
    repeated = 0
    for letter in letters:
        copies = arrived[letter.address, letter.message_id]
        same = [mail for mail in inboxes[letter.address] if mail.endswith(letter.original)]
        assert letter.state == "sent"
        assert len(same) == copies, f"letter {letter.id} changed its bytes between two tries"
        assert copies - 1 <= again[letter.id], (
            f"letter {letter.id} came {copies} times, and the journal does not say so"
        )
        repeated += copies - 1
    return repeated


def _message_id(mail: bytes) -> str:
    return str(BytesHeaderParser().parsebytes(mail)["Message-ID"]).strip()
